(** * The restricted Stone-Weierstrass theorem for lattices

    Content: on a compact subset K of a pseudo-metric space, a set L of functions that are 1-Lipschitz on K, is closed
    under pointwise maximum and minimum, and interpolates every lawful pair of values at every pair of points of K, is
    dense, in the uniform norm on K, in the functions that are 1-Lipschitz on K.
    The first form allows the two points to be equal and needs neither choice nor excluded middle. The second asks for
    different points only, as in the paper, supposes that K has two points, and uses excluded middle.
    Not covered: other target metrics. *)

Require Import Reals Lra List Classical.
From Lipref Require Import Metric Compact.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* L is a lattice of functions *)
Definition lattice {X : Type} (L : (X -> R) -> Prop) : Prop :=
  forall f g, L f -> L g -> L (fun x => Rmax (f x) (g x)) /\ L (fun x => Rmin (f x) (g x)).

(* L is uniformly dense, on K, in the functions that are 1-Lipschitz on K *)
Definition dense_in_Lip {X : PM} (K : X -> Prop) (L : (X -> R) -> Prop) : Prop :=
  forall f, Lip_on (Y := Real) K 1 f -> forall e, 0 < e -> exists g, L g /\ forall x, K x -> Rabs (g x - f x) <= e.

(** ** Finite maxima and minima *)

Lemma finite_min (X : Type) (L : (X -> R) -> Prop) (g0 : X -> R) (gs : list (X -> R)) :
  lattice L -> L g0 -> Forall L gs ->
  exists g, L g /\ (forall x, g x <= g0 x) /\ (forall h x, In h gs -> g x <= h x) /\
            (forall x c, g0 x = c -> (forall h, In h gs -> h x = c) -> g x = c) /\
            (forall x c, c <= g0 x -> (forall h, In h gs -> c <= h x) -> c <= g x).
Proof.
  intros HL H0 H. induction H as [| h gs Hh _ (g & Hg & A & B & C & D)].
  - exists g0. repeat split; auto; try (intros; lra). intros h x [].
  - exists (fun x => Rmin (h x) (g x)). repeat split.
    + apply HL; assumption.
    + intro x. eapply Rle_trans; [apply Rmin_r | apply A].
    + intros k x [<- | Hk]; [apply Rmin_l | eapply Rle_trans; [apply Rmin_r | apply B, Hk]].
    + intros x c E0 E. rewrite (E h) by (left; reflexivity). rewrite (C x c) by (auto; intros; apply E; right; auto).
      unfold Rmin. destruct Rle_dec; reflexivity.
    + intros x c E0 E. apply Rmin_glb; [apply E; left; reflexivity | apply D; auto]. intros; apply E; right; auto.
Qed.

Lemma finite_max (X : Type) (L : (X -> R) -> Prop) (g0 : X -> R) (gs : list (X -> R)) :
  lattice L -> L g0 -> Forall L gs ->
  exists g, L g /\ (forall h x, In h gs -> h x <= g x) /\
            (forall x c, g0 x <= c -> (forall h, In h gs -> h x <= c) -> g x <= c).
Proof.
  intros HL H0 H. induction H as [| h gs Hh _ (g & Hg & B & D)].
  - exists g0. repeat split; auto. intros h x [].
  - exists (fun x => Rmax (h x) (g x)). repeat split.
    + apply HL; assumption.
    + intros k x [<- | Hk]; [apply Rmax_l | eapply Rle_trans; [apply B, Hk | apply Rmax_r]].
    + intros x c E0 E. apply Rmax_lub; [apply E; left; reflexivity | apply D; auto]. intros; apply E; right; auto.
Qed.

(** ** The theorem *)

Section StoneWeierstrass.

Variables (X : PM) (K : X -> Prop) (L : (X -> R) -> Prop).
Hypothesis K_compact : compact K.
Hypothesis L_lip : forall g, L g -> Lip_on (Y := Real) K 1 g.
Hypothesis L_lattice : lattice L.
Hypothesis L_interpolates :
  forall x y a b, K x -> K y -> Rabs (a - b) <= d x y -> exists g, L g /\ g x = a /\ g y = b.

(* For each x in K some g in L equals f at x and exceeds f nowhere on K by more than e. *)
Lemma below_at (f : X -> R) (e : R) (x : X) :
  Lip_on (Y := Real) K 1 f -> 0 < e -> K x ->
  exists g, L g /\ g x = f x /\ forall z, K z -> g z <= f z + e.
Proof.
  intros Hf He Hx.
  set (good := fun j : (X -> R) * X => L (fst j) /\ fst j x = f x /\ K (snd j) /\ fst j (snd j) = f (snd j)).
  destruct (K_compact {j | good j} (fun j z => d (snd (proj1_sig j)) z < e / 2)) as (l & Hl).
  - intro j. apply ball_open.
  - intros y Hy. destruct (L_interpolates x y (f x) (f y) Hx Hy) as (g & Hg & Ex & Ey).
    { specialize (Hf x y Hx Hy). simpl in Hf. lra. }
    assert (G : good (g, y)) by (repeat split; assumption).
    exists (exist _ _ G). simpl. rewrite d_refl. lra.
  - destruct (L_interpolates x x (f x) (f x) Hx Hx) as (g0 & Hg0 & E0 & _).
    { rewrite d_refl, Rminus_diag_eq, Rabs_R0; lra. }
    destruct (finite_min X L g0 (map (fun j : {j | good j} => fst (proj1_sig j)) l)) as (g & Hg & _ & B & C & _); auto.
    { apply Forall_forall. intros h Hh. apply in_map_iff in Hh. destruct Hh as ((j & Gj) & <- & _). apply Gj. }
    exists g. split; [exact Hg |]. split.
    + apply C; [exact E0 |]. intros h Hh. apply in_map_iff in Hh. destruct Hh as ((j & Gj) & <- & _). apply Gj.
    + intros z Hz. destruct (Hl z Hz) as (j & Hj & Hd).
      eapply Rle_trans; [apply (B (fst (proj1_sig j)) z); apply in_map_iff; exists j; auto |].
      destruct j as ((h & y) & Lh & Ex & Ky & Ey). simpl in *.
      pose proof (L_lip h Lh y z Ky Hz) as H1. pose proof (Hf y z Ky Hz) as H2. simpl in H1, H2.
      apply Rabs_bounds in H1. apply Rabs_bounds in H2. lra.
Qed.

(* @statement SO-Lem1 *)
(* A lattice of 1-Lipschitz functions on a compact set that takes all lawful values at two points is dense in the
   1-Lipschitz functions. *)
Theorem stone_weierstrass : (exists x, K x) -> dense_in_Lip K L.
Proof.
  intros (x0 & Hx0) f Hf e He.
  set (good := fun j : (X -> R) * X =>
                 L (fst j) /\ K (snd j) /\ fst j (snd j) = f (snd j) /\ forall z, K z -> fst j z <= f z + e).
  destruct (K_compact {j | good j} (fun j z => d (snd (proj1_sig j)) z < e / 2)) as (l & Hl).
  - intro j. apply ball_open.
  - intros y Hy. destruct (below_at f e y Hf He Hy) as (g & Hg & Ey & Hz).
    assert (G : good (g, y)) by (repeat split; assumption).
    exists (exist _ _ G). simpl. rewrite d_refl. lra.
  - destruct (below_at f e x0 Hf He Hx0) as (g0 & Hg0 & _ & H0).
    destruct (finite_max X L g0 (map (fun j : {j | good j} => fst (proj1_sig j)) l)) as (g & Hg & B & D); auto.
    { apply Forall_forall. intros h Hh. apply in_map_iff in Hh. destruct Hh as ((j & Gj) & <- & _). apply Gj. }
    exists g. split; [exact Hg |]. intros z Hz.
    assert (Hup : g z <= f z + e).
    { apply D; [apply H0, Hz |]. intros h Hh. apply in_map_iff in Hh. destruct Hh as ((j & Gj) & <- & _). apply Gj, Hz. }
    destruct (Hl z Hz) as (j & Hj & Hd).
    assert (Hlow : fst (proj1_sig j) z <= g z) by (apply B; apply in_map_iff; exists j; auto).
    destruct j as ((h & y) & Lh & Ky & Ey & Hle). simpl in *.
    pose proof (L_lip h Lh y z Ky Hz) as H1. pose proof (Hf y z Ky Hz) as H2. simpl in H1, H2.
    apply Rabs_bounds in H1. apply Rabs_bounds in H2. apply Rabs_le. lra.
Qed.

End StoneWeierstrass.

(* @statement SO-Lem1 *)
(* The paper's form: K has two points, and L takes all lawful values at any two different points of K. *)
Theorem stone_weierstrass_two_points (X : PM) (K : X -> Prop) (L : (X -> R) -> Prop) :
  compact K -> (exists x y, K x /\ K y /\ x <> y) ->
  (forall g, L g -> Lip_on (Y := Real) K 1 g) -> lattice L ->
  (forall x y a b, K x -> K y -> x <> y -> Rabs (a - b) <= d x y -> exists g, L g /\ g x = a /\ g y = b) ->
  dense_in_Lip K L.
Proof.
  intros HK (u & v & Hu & Hv & Huv) HLip Hlat Hint. apply stone_weierstrass; auto; [| exists u; exact Hu].
  intros x y a b Hx Hy Hab. destruct (classic (x = y)) as [<- | N]; [| apply Hint; assumption].
  rewrite d_refl in Hab. assert (a = b) as <- by (pose proof (Rabs_pos (a - b)); unfold Rabs in *; destruct Rcase_abs; lra).
  assert (exists w, K w /\ x <> w) as (w & Hw & Nw).
  { destruct (classic (x = u)) as [-> | N]; [exists v | exists u]; auto. }
  destruct (Hint x w a a Hx Hw Nw) as (g & Hg & E & _); [| exists g; auto].
  rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. apply d_nonneg.
Qed.
