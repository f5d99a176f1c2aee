(** * Compactness

    Content: open sets and compact subsets (every open cover has a finite subcover) of a pseudo-metric space; compact
    sets are bounded; boxes of R^n are compact for the norms l1, l2 and l_inf (Heine-Borel and the tube lemma).
    Excluded middle is used for boxes, where a point is found below a least upper bound.
    Not covered: closed and bounded sets in general. *)

Require Import Reals Lra Psatz List Classical.
From Lipref Require Import Metric Norms.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

Definition open {X : PM} (U : X -> Prop) : Prop :=
  forall x, U x -> exists e, 0 < e /\ forall y, d x y < e -> U y.

Definition compact {X : PM} (K : X -> Prop) : Prop :=
  forall (I : Type) (U : I -> X -> Prop),
    (forall i, open (U i)) -> (forall x, K x -> exists i, U i x) ->
    exists l : list I, forall x, K x -> exists i, In i l /\ U i x.

(* the box [l1,u1] x ... x [ln,un] *)
Definition box (bs : list (R * R)) (x : list R) : Prop := Forall2 (fun b t => fst b <= t <= snd b) bs x.

(** ** General facts *)

Lemma Rabs_bounds (x c : R) : Rabs x <= c -> - c <= x <= c.
Proof. unfold Rabs. destruct Rcase_abs; lra. Qed.

Lemma ball_open (X : PM) (y : X) (r : R) : open (fun z : X => d y z < r).
Proof.
  intros x Hx. exists (r - d y x). split; [lra |]. intros z Hz. pose proof (d_tri X y x z). lra.
Qed.

(* A compact set is bounded. *)
Lemma compact_bounded (X : PM) (K : X -> Prop) (o : X) : compact K -> exists M, forall x, K x -> d o x <= M.
Proof.
  intro HK. destruct (HK R (fun r x => d o x < r)) as (l & Hl).
  - intro r. apply ball_open.
  - intros x _. exists (d o x + 1). lra.
  - exists (fold_right Rmax 0 l). intros x Hx. destruct (Hl x Hx) as (r & Hr & Hd).
    assert (H : forall l, In r l -> r <= fold_right Rmax 0 l).
    { clear. induction l as [| a l IH]; simpl; [tauto |].
      intros [-> | H]; [apply Rmax_l | eapply Rle_trans; [apply IH, H | apply Rmax_r]]. }
    specialize (H l Hr). lra.
Qed.

(* Every finite list of positive numbers has a positive lower bound. *)
Lemma positive_lower_bound (A : Type) (f : A -> R) (l : list A) :
  (forall a, 0 < f a) -> exists m, 0 < m /\ forall a, In a l -> m <= f a.
Proof.
  intro H. induction l as [| a l (m & Hm & IH)]; [exists 1; split; [lra | intros ? []] |].
  exists (Rmin (f a) m). split; [apply Rmin_glb_lt; auto |].
  intros b [<- | Hb]; [apply Rmin_l |]. eapply Rle_trans; [apply Rmin_r | apply IH, Hb].
Qed.

(* A property of intervals that is additive and holds on all small intervals around each point holds on [l, u]. *)
Lemma interval_induction (l u : R) (P : R -> R -> Prop) :
  l <= u -> (forall a b c, a <= b -> b <= c -> P a b -> P b c -> P a c) ->
  (forall t, l <= t <= u -> exists e, 0 < e /\ forall a b, t - e < a -> a <= b -> b < t + e -> P a b) -> P l u.
Proof.
  intros Hlu Hadd Hloc. set (E := fun s => l <= s <= u /\ P l s).
  assert (HEl : E l).
  { split; [lra |]. destruct (Hloc l) as (e & He & H); [lra |]. apply H; lra. }
  destruct (completeness E) as (m & Hub & Hleast).
  - exists u. intros s [Hs _]. lra.
  - exists l. exact HEl.
  - assert (Hlm : l <= m) by (apply Hub, HEl).
    assert (Hmu : m <= u) by (apply Hleast; intros s [Hs _]; lra).
    destruct (Hloc m) as (e & He & H); [lra |].
    assert (exists s, E s /\ m - e < s) as (s & [[Hls Hsu] Ps] & Hs).
    { apply NNPP. intro N. assert (m <= m - e); [| lra]. apply Hleast. intros s Es.
      destruct (Rle_dec s (m - e)); [assumption |]. exfalso. apply N. exists s. split; [exact Es | lra]. }
    assert (Hsm : s <= m) by (apply Hub; split; [lra | exact Ps]).
    set (b := Rmin (m + e / 2) u).
    assert (Hb1 : b <= m + e / 2) by apply Rmin_l. assert (Hb2 : b <= u) by apply Rmin_r.
    assert (Hmb : m <= b) by (apply Rmin_glb; lra).
    assert (Pb : P l b) by (apply (Hadd l s b); try lra; [exact Ps | apply H; lra]).
    assert (b <= m) by (apply Hub; split; [lra | exact Pb]).
    assert (Hbu : b = u) by (unfold b, Rmin in *; destruct Rle_dec; lra).
    rewrite <- Hbu. exact Pb.
Qed.

(** ** Boxes *)

(* Tube lemma: a cover of {t} x K' contains finitely many sets that cover (t - e, t + e) x K' for some e > 0. *)
Lemma tube (p : exponent) (K' : list R -> Prop) (I : Type) (U : I -> list R -> Prop) (t : R) :
  compact (X := vec p) K' -> (forall i, open (X := vec p) (U i)) -> (forall y, K' y -> exists i, U i (t :: y)) ->
  exists e, 0 < e /\ exists L, forall t', Rabs (t' - t) < e -> forall y, K' y -> exists i, In i L /\ U i (t' :: y).
Proof.
  intros HK HU Hcov.
  set (good := fun j : I * list R * R =>
                 0 < snd j /\ forall z, dist p (t :: snd (fst j)) z < 2 * snd j -> U (fst (fst j)) z).
  destruct (HK {j | good j} (fun j z => dist p (snd (fst (proj1_sig j))) z < snd (proj1_sig j))) as (l & Hl).
  - intro j. apply (ball_open (vec p)).
  - intros y Hy. destruct (Hcov y Hy) as (i & Hi). destruct (HU i (t :: y) Hi) as (e & He & HeU). simpl in HeU.
    assert (G : good (i, y, e / 2)).
    { split; simpl; [lra |]. intros z Hz. apply HeU. eapply Rlt_le_trans; [exact Hz |]. lra. }
    exists (exist _ _ G). simpl. rewrite dist_refl. lra.
  - destruct (positive_lower_bound _ (fun j : {j | good j} => snd (proj1_sig j)) l) as (e & He & Hle).
    { intros (j & Hj & ?). exact Hj. }
    exists e. split; [exact He |]. exists (map (fun j => fst (fst (proj1_sig j))) l).
    intros t' Ht' y Hy. destruct (Hl y Hy) as (j & Hj & Hd). exists (fst (fst (proj1_sig j))).
    split; [apply in_map_iff; exists j; auto |]. pose proof (Hle j Hj) as Hje. destruct j as (j & Hpos & HjU). simpl in *.
    apply HjU. eapply Rle_lt_trans; [apply comb_le_plus; [apply Rabs_pos | apply dist_nonneg] |].
    rewrite Rabs_minus_sym. lra.
Qed.

(* @statement SO-Thm3 *)
(* Boxes of R^n are compact for the norms l1, l2 and l_inf (part of the theorem's proof). *)
Theorem box_compact (p : exponent) (bs : list (R * R)) : compact (X := vec p) (box bs).
Proof.
  induction bs as [| (l, u) bs IH]; intros I U HU Hcov.
  - destruct (Hcov []) as (i & Hi); [constructor |]. exists [i]. intros x Hx. inversion Hx; subst.
    exists i. simpl. auto.
  - destruct (Rle_dec l u) as [Hlu | Hlu].
    + set (P := fun a b => l <= a -> b <= u ->
                exists L, forall t, a <= t <= b -> forall y, box bs y -> exists i, In i L /\ U i (t :: y)).
      destruct (interval_induction l u P) as (L & HL); try lra.
      * intros a b c Hab Hbc Pab Pbc Ha Hc. destruct Pab as (L1 & H1); [lra | lra |].
        destruct Pbc as (L2 & H2); [lra | lra |]. exists (L1 ++ L2). intros t Ht y Hy.
        destruct (Rle_dec t b); [destruct (H1 t) with (y := y) as (i & Hi & Ui) | destruct (H2 t) with (y := y) as (i & Hi & Ui)];
          try lra; try assumption; exists i; split; auto; apply in_or_app; auto.
      * intros t Ht. destruct (tube p (box bs) I U t IH HU) as (e & He & L & HL).
        { intros y Hy. apply Hcov. constructor; [exact Ht | exact Hy]. }
        exists e. split; [exact He |]. intros a b Ha Hab Hb _ _. exists L. intros t' Ht' y Hy.
        apply HL; [apply Rabs_def1; lra | exact Hy].
      * exists L. intros x Hx. inversion Hx as [| b t bs' y Ht Hy]; subst. apply HL; assumption.
    + exists []. intros x Hx. inversion Hx as [| b t bs' y Ht Hy]; subst. simpl in Ht. lra.
Qed.
