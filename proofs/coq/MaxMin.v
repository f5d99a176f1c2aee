(** * MaxMin

    Content: the activation MaxMin, which sends each pair (a, b) of consecutive entries to (max, min); it is 1-Lipschitz
    and keeps the norm, in l1, l2 and l_inf. The absolute value as a maximum.
    The order is descending. A last entry without a partner is left as it is.
    Not covered here: other group sizes (GroupSort.v), derivatives. *)

Require Import Reals Lra Psatz List Permutation.
From Lipref Require Import Metric Norms.
Import ListNotations.
Open Scope R_scope.

(** ** Definition *)

Fixpoint maxmin (x : list R) : list R :=
  match x with a :: b :: x' => Rmax a b :: Rmin a b :: maxmin x' | _ => x end.

(** ** Properties *)

Lemma pair_ind (A : Type) (P : list A -> Prop) :
  P [] -> (forall a, P [a]) -> (forall a b x, P x -> P (a :: b :: x)) -> forall x, P x.
Proof.
  intros H0 H1 H2. fix rec 1. intros [| a [| b x]]; [exact H0 | apply H1 | apply H2, rec].
Qed.

Lemma maxmin_length (x : list R) : length (maxmin x) = length x.
Proof. induction x using pair_ind; simpl; congruence. Qed.

Lemma maxmin_perm (x : list R) : Permutation (maxmin x) x.
Proof.
  induction x as [| a | a b x IH] using pair_ind; [constructor | reflexivity |]. simpl.
  unfold Rmax, Rmin. destruct (Rle_dec a b).
  - etransitivity; [apply perm_swap |]. do 2 constructor. exact IH.
  - do 2 constructor. exact IH.
Qed.

(* @statement SO-MaxMin *)
(* On one pair, MaxMin brings no two points further apart, in l1, l2 and l_inf. *)
Theorem maxmin_pair (p : exponent) (a b a' b' : R) :
  comb p (Rabs (Rmax a b - Rmax a' b')) (Rabs (Rmin a b - Rmin a' b')) <= comb p (Rabs (a - a')) (Rabs (b - b')).
Proof.
  destruct p; simpl.
  - unfold Rmax, Rmin; repeat destruct Rle_dec; rabs.
  - assert (Habs : forall x, Rabs x * Rabs x = x * x) by (intro x; rewrite <- Rabs_mult; rabs; nra).
    rewrite !Habs. apply sqrt_le_1_alt. unfold Rmax, Rmin. repeat destruct Rle_dec; nra.
  - apply Rmax_lub; [apply Rmax_nonexpansive | apply Rmin_nonexpansive].
Qed.

(* @statement SO-MaxMin *)
(* MaxMin brings no two vectors of equal length further apart, in l1, l2 and l_inf. *)
Theorem maxmin_dist (p : exponent) (x y : list R) : length x = length y -> dist p (maxmin x) (maxmin y) <= dist p x y.
Proof.
  revert y. induction x as [| a | a b x IH] using pair_ind; intros [| a' [| b' y]] H; try discriminate.
  - apply Rle_refl.
  - apply Rle_refl.
  - simpl. rewrite !comb_assoc. apply comb_mono.
    + apply comb_nonneg; apply Rabs_pos.
    + apply dist_nonneg.
    + apply maxmin_pair.
    + apply IH. injection H; auto.
Qed.

(* @statement SO-MaxMin *)
(* MaxMin is 1-Lipschitz on R^n with the norm l1, l2 or l_inf. *)
Theorem maxmin_lip (p : exponent) (n : nat) : Lip_on (X := vec p) (Y := vec p) (dim n) 1 maxmin.
Proof. intros x y Hx Hy. simpl. rewrite Rmult_1_l. apply maxmin_dist. unfold dim in *; congruence. Qed.

(* @statement SO-MaxMin *)
(* MaxMin keeps the norms l1, l2 and l_inf. *)
Theorem maxmin_norm (p : exponent) (x : list R) : norm p (maxmin x) = norm p x.
Proof. apply norm_perm, maxmin_perm. Qed.

(* MaxMin acts on each part of a concatenation, when the first part is made of whole pairs. *)
Lemma maxmin_app (x y : list R) : Nat.Even (length x) -> maxmin (x ++ y) = maxmin x ++ maxmin y.
Proof.
  induction x as [| a | a b x IH] using pair_ind; intros [k Hk]; simpl in Hk.
  - reflexivity.
  - destruct k as [| k]; simpl in Hk; [discriminate | rewrite Nat.add_succ_r in Hk; discriminate].
  - simpl. rewrite IH; [reflexivity |]. destruct k as [| k]; [discriminate |]. exists k.
    simpl in Hk. rewrite Nat.add_succ_r in Hk. injection Hk as Hk. exact Hk.
Qed.

(* @statement SO-AppA-absInf *)
(* The absolute value is the first output of MaxMin at (t, -t). *)
Theorem abs_of_maxmin (t : R) : hd 0 (maxmin [t; - t]) = Rabs t.
Proof. simpl. rmax; rabs. Qed.
