(** * Universality of MaxMin networks

    Content: on every compact subset of R^n, n > 0, in particular on boxes, the MaxMin networks whose first layer has rows of
    dual norm exactly 1 and whose later layers have absolute row sums exactly 1 are uniformly dense in the 1-Lipschitz
    functions, for the norms l1, l2 and l_inf of R^n. Hence so are those with norms at most 1.
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
