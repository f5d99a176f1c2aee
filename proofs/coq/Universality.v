(** * Universality of MaxMin networks

    Content: on every compact subset of R^n, n > 0, in particular on boxes, the MaxMin networks whose first layer has rows of
    dual norm exactly 1 and whose later layers have absolute row sums exactly 1 are uniformly dense in the 1-Lipschitz
    functions, for the norms l1, l2 and l_inf of R^n. Hence so are those with norms at most 1. The same on every bounded
    subset, by McShane's extension.
    All networks of the class are 1-Lipschitz (Network.v). The proof is the paper's: the class is a lattice, it separates
    points, and the restricted Stone-Weierstrass theorem applies.
    Not covered: rates, sizes of networks, and networks whose later layers are measured in l2 (an open question). *)

Require Import Reals Lra List Lia.
From Lipref Require Import Metric Norms MaxMin RowSum Compact StoneWeierstrass Network Separation.
Import ListNotations.
Open Scope R_scope.

Lemma box_dim (bs : list (R * R)) (x : list R) : box bs x -> dim (length bs) x.
Proof. unfold dim. induction 1; simpl; congruence. Qed.

Lemma Net_unit_ball (p : exponent) (n : nat) (f : list R -> R) : Net unit_norm p n f -> Net ball_norm p n f.
Proof. intros (Ls & r & HL & E). exists Ls, r. split; [apply lawful_unit_ball, HL | exact E]. Qed.

(* @statement SO-Thm3 *)
(* On a nonempty compact subset K of (R^n, p), n > 0, p = 1, 2, inf, the MaxMin networks with all rows of norm exactly 1
   (dual norm in the first layer, absolute row sum later) are dense in the functions that are 1-Lipschitz on K. *)
Theorem universality (p : exponent) (n : nat) (K : list R -> Prop) :
  (0 < n)%nat -> compact (X := vec p) K -> (forall x, K x -> dim n x) -> (exists x, K x) ->
  dense_in_Lip (X := vec p) K (Net unit_norm p n).
Proof.
  intros Hn HK Hdim Hne. destruct (compact_bounded (vec p) K [] HK) as (M & HM). simpl in HM.
  apply stone_weierstrass; auto.
  - intros g Hg. apply (Lip_on_subset (vec p) Real (dim n)); [exact Hdim |]. apply Net_lip, Net_unit_ball, Hg.
  - apply Net_lattice. reflexivity.
  - intros x y a b Hx Hy Hab.
    destruct (separation_two_layers p n M x y a b) as (A & r & _ & HL & Ex & Ey); auto.
    exists (value [A] r). split; [| auto]. exists [A], r. auto.
Qed.

(* @statement SO-Thm3 *)
(* The same in full, for a box: every 1-Lipschitz function is within e of a network with all rows of norm exactly 1. *)
Theorem universality_on_boxes (p : exponent) (bs : list (R * R)) (f : list R -> R) (e : R) :
  bs <> [] -> Forall (fun b => fst b <= snd b) bs ->
  (forall x y, box bs x -> box bs y -> Rabs (f x - f y) <= dist p x y) -> 0 < e ->
  exists Ls r, lawful unit_norm p (length bs) Ls r /\ forall x, box bs x -> Rabs (value Ls r x - f x) <= e.
Proof.
  intros Hbs Hle Hf He.
  assert (Hdim : forall x, box bs x -> dim (length bs) x) by (intros x Hx; apply box_dim, Hx).
  destruct (universality p (length bs) (box bs)) with (f := f) (e := e) as (g & (Ls & r & HL & E) & Hg); auto.
  - destruct bs; [congruence | simpl; lia].
  - apply box_compact.
  - exists (map fst bs). clear Hbs Hf Hdim. induction Hle; constructor; [lra | assumption].
  - intros x y Hx Hy. simpl. rewrite Rmult_1_l. apply Hf; assumption.
  - exists Ls, r. split; [exact HL |]. intros x Hx. rewrite <- E by (apply Hdim, Hx). apply Hg, Hx.
Qed.

(* @statement SO-Thm3 *)
(* The l_inf form: MaxMin networks with absolute row sums at most 1 are dense in the functions that are 1-Lipschitz in l_inf
   on a box. *)
Corollary universality_linf (bs : list (R * R)) (f : list R -> R) (e : R) :
  bs <> [] -> Forall (fun b => fst b <= snd b) bs ->
  (forall x y, box bs x -> box bs y -> Rabs (f x - f y) <= dist Pinf x y) -> 0 < e ->
  exists Ls r, lawful ball_norm Pinf (length bs) Ls r /\ forall x, box bs x -> Rabs (value Ls r x - f x) <= e.
Proof.
  intros H1 H2 H3 H4. destruct (universality_on_boxes Pinf bs f e H1 H2 H3 H4) as (Ls & r & HL & Hv).
  exists Ls, r. split; [apply lawful_unit_ball, HL | exact Hv].
Qed.

(** ** Bounded sets *)

(* @statement SO-Thm3 *)
(* McShane: a real function that is 1-Lipschitz on a nonempty subset of a pseudo-metric space is the restriction of one that is
   1-Lipschitz on the whole space (used for bounded sets). *)
Theorem mcshane_extension (X : PM) (D : X -> Prop) (f : X -> R) :
  (exists x, D x) -> Lip_on (Y := Real) D 1 f -> exists F, Lip (Y := Real) 1 F /\ forall x, D x -> F x = f x.
Proof.
  intros (y0 & H0) Hf.
  set (E := fun x t => exists y, D y /\ t = - (f y + d x y)).
  assert (Hbound : forall x, bound (E x)).
  { intro x. exists (d x y0 - f y0). intros t (y & Hy & ->). pose proof (Hf y0 y H0 Hy) as H. simpl in H.
    apply Rabs_bounds in H. pose proof (d_tri X y0 x y). rewrite (d_sym X y0 x) in *. lra. }
  assert (Hinh : forall x, exists t, E x t) by (intro x; exists (- (f y0 + d x y0)); exists y0; auto).
  set (F := fun x => - proj1_sig (completeness (E x) (Hbound x) (Hinh x))).
  assert (Hle : forall x y, D y -> F x <= f y + d x y).
  { intros x y Hy. unfold F. destruct completeness as (s & Hub & Hlub). simpl.
    assert (- (f y + d x y) <= s) by (apply Hub; exists y; auto). lra. }
  assert (Hge : forall x c, (forall y, D y -> c <= f y + d x y) -> c <= F x).
  { intros x c Hc. unfold F. destruct completeness as (s & Hub & Hlub). simpl.
    assert (s <= - c); [| lra]. apply Hlub. intros t (y & Hy & ->). specialize (Hc y Hy). lra. }
  exists F. split.
  - assert (H1 : forall x z, F x - d x z <= F z).
    { intros x z. apply Hge. intros y Hy. pose proof (Hle x y Hy). pose proof (d_tri X x z y). lra. }
    intros x z. simpl. pose proof (H1 x z). pose proof (H1 z x). rewrite (d_sym X z x) in *. apply Rabs_le. lra.
  - intros x Hx. apply Rle_antisym.
    + specialize (Hle x x Hx). rewrite d_refl in Hle. lra.
    + apply Hge. intros y Hy. pose proof (Hf x y Hx Hy) as H. simpl in H. apply Rabs_bounds in H. lra.
Qed.

(* @statement SO-Thm3 *)
(* On every nonempty bounded subset D of (R^n, p), n > 0, p = 1, 2, inf, compact or not, the MaxMin networks with all rows of
   norm exactly 1 are dense in the functions that are 1-Lipschitz on D. *)
Theorem universality_on_bounded_sets (p : exponent) (n : nat) (M : R) (D : list R -> Prop) :
  (0 < n)%nat -> (exists x, D x) -> (forall x, D x -> dim n x /\ norm p x <= M) ->
  dense_in_Lip (X := vec p) D (Net unit_norm p n).
Proof.
  intros Hn Hne HD f Hf e He. destruct (mcshane_extension (vec p) D f Hne Hf) as (F & HF & EF).
  set (bs := repeat (- M, M) n).
  assert (HDb : forall x, D x -> box bs x).
  { intros x Hx. destruct (HD x Hx) as (Hd & HM). unfold bs. rewrite <- Hd. clear Hd Hx. induction x as [| a x IH]; [constructor |].
    simpl in HM. pose proof (Rabs_pos a). pose proof (norm_nonneg p x). constructor.
    - apply Rabs_bounds. simpl. eapply Rle_trans; [apply (comb_ge_l p); eassumption | exact HM].
    - apply IH. eapply Rle_trans; [apply (comb_ge_r p (Rabs a)); assumption | exact HM]. }
  destruct (universality p n (box bs)) with (f := F) (e := e) as (g & Hg & HgF); auto.
  - apply box_compact.
  - intros x Hx. replace n with (length bs) by apply repeat_length. apply box_dim, Hx.
  - destruct Hne as (x & Hx). exists x. apply HDb, Hx.
  - apply Lip_Lip_on. exact HF.
  - exists g. split; [exact Hg |]. intros x Hx. rewrite <- EF by exact Hx. apply HgF, HDb, Hx.
Qed.
