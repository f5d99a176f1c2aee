(** When does g -> W^T g keep the Euclidean norm?  Exactly when W W^T = I, so never for a tall W, whose
    singular values may all be 1 nevertheless. *)

From Coq Require Import Reals Lra Lia Arith.
From Lipref Require Import Matrix.
Local Open Scope R_scope.

(** W, of shape m by k, preserves the norm of every back-propagated gradient g in R^m. *)
Definition preserves_gradients (m k : nat) (W : mat) : Prop :=
  forall g, normsq k (mulv m (transpose W) g) = normsq m g.

(** <g, W W^T g>. *)
Lemma backward_normsq : forall m k W g,
  normsq k (mulv m (transpose W) g) = dot m g (mulv m (mul k W (transpose W)) g).
Proof. intros. rewrite normsq_mulv. reflexivity. Qed.

Definition unit_vector (i : nat) : vec := fun k => delta i k.

Lemma dot_unit_l : forall n i y, (i < n)%nat -> dot n (unit_vector i) y = y i.
Proof. intros. unfold dot, unit_vector. apply rsum_delta_l. assumption. Qed.

Lemma mulv_unit : forall n A i j, (i < n)%nat -> mulv n A (unit_vector i) j = A j i.
Proof.
  intros. unfold mulv, unit_vector.
  rewrite <- (rsum_delta_r n i (fun k => A j k)) by assumption.
  apply rsum_ext; intros. rewrite delta_sym. reflexivity.
Qed.

Lemma normsq_unit : forall n i, (i < n)%nat -> normsq n (unit_vector i) = 1.
Proof. intros. rewrite <- dot_normsq, dot_unit_l by assumption. apply delta_refl. Qed.

Lemma dot_add_l : forall n x y z, dot n (fun i => x i + y i) z = dot n x z + dot n y z.
Proof. intros. unfold dot. rewrite <- rsum_add. apply rsum_ext; intros; ring. Qed.

Lemma mulv_add : forall n A x y i, mulv n A (fun i => x i + y i) i = mulv n A x i + mulv n A y i.
Proof. intros. unfold mulv. rewrite <- rsum_add. apply rsum_ext; intros; ring. Qed.

(** All gradients keep their norm exactly when the rows are orthonormal, W W^T = I. *)
(* @statement SO-GNP *)
Theorem preserves_gradients_iff : forall m k W,
  preserves_gradients m k W <-> orthonormal_rows m k W.
Proof.
  intros m k W. split.
  - intros H i j Hi Hj. set (G := mul k W (transpose W)).
    assert (Gs : forall a b, G a b = G b a).
    { intros a b. unfold G, mul, transpose. apply rsum_ext; intros; ring. }
    assert (D : forall a, (a < m)%nat -> G a a = 1).
    { intros a Ha. specialize (H (unit_vector a)). rewrite backward_normsq in H.
      rewrite dot_unit_l, mulv_unit, normsq_unit in H by assumption. exact H. }
    destruct (Nat.eq_dec i j) as [->|N]; [rewrite delta_refl; apply D; assumption|].
    rewrite delta_neq by assumption.
    specialize (H (fun a => unit_vector i a + unit_vector j a)). rewrite backward_normsq in H.
    rewrite <- dot_normsq in H. rewrite !dot_add_l in H.
    rewrite !dot_unit_l in H by assumption. fold G in H.
    rewrite !mulv_add in H. rewrite !mulv_unit in H by assumption.
    unfold unit_vector in H. rewrite !delta_refl in H. rewrite (delta_neq i j), (delta_neq j i) in H by lia.
    pose proof (D i Hi). pose proof (D j Hj). pose proof (Gs i j). lra.
  - intros H g. apply (isometry_of_columns k m (transpose W)). intros i j Hi Hj.
    unfold orthonormal_rows in H. specialize (H i j Hi Hj). rewrite <- H.
    unfold mul, transpose. apply rsum_ext; intros; ring.
Qed.

Lemma trace_swap : forall m k A B,
  rsum m (fun i => mul k A B i i) = rsum k (fun j => mul m B A j j).
Proof.
  intros. unfold mul. rewrite rsum_swap. apply rsum_ext; intros. apply rsum_ext; intros. ring.
Qed.

Lemma rsum_one : forall n, rsum n (fun _ => 1) = INR n.
Proof. induction n as [|n IH]; [reflexivity|]. rewrite S_INR. simpl rsum. rewrite IH. reflexivity. Qed.

(** Orthonormal columns (every singular value is 1) preserve gradients only if W is square. *)
(* @statement SO-GNP *)
Theorem orthonormal_columns_lose_gradients : forall m k W,
  orthonormal_columns m k W -> preserves_gradients m k W -> m = k.
Proof.
  intros m k W Hc Hp. apply preserves_gradients_iff in Hp.
  apply INR_eq. rewrite <- (rsum_one m), <- (rsum_one k).
  rewrite (rsum_ext m (fun _ => 1) (fun i => mul k W (transpose W) i i)).
  - rewrite trace_swap. apply rsum_ext. intros j Hj. rewrite Hc by assumption. apply delta_refl.
  - intros i Hi. rewrite Hp by assumption. symmetry. apply delta_refl.
Qed.

Lemma normsq_sub : forall n x y,
  normsq n (fun i => x i - y i) = normsq n x - 2 * dot n x y + normsq n y.
Proof.
  intros. unfold normsq, dot. rewrite <- rsum_scal, <- rsum_sub, <- rsum_add.
  apply rsum_ext; intros; ring.
Qed.

(** Orthonormal columns: what is lost is the part of g outside the range of W, and the norm is kept
    exactly for the g in the range, g = W W^T g. *)
(* @statement SO-GNP *)
Theorem tall_gradient_norm : forall m k W g, orthonormal_columns m k W ->
  let p := mulv k W (mulv m (transpose W) g) in
  normsq k (mulv m (transpose W) g) = normsq m g - normsq m (fun i => g i - p i) /\
  (normsq k (mulv m (transpose W) g) = normsq m g <-> forall i, (i < m)%nat -> g i = p i).
Proof.
  intros m k W g H p.
  assert (P : normsq m p = normsq k (mulv m (transpose W) g)) by (apply isometry_of_columns; exact H).
  assert (Q : dot m g p = normsq k (mulv m (transpose W) g)).
  { unfold p. rewrite <- dot_normsq.
    replace (dot m g (mulv k W (mulv m (transpose W) g)))
      with (dot m (mulv k W (mulv m (transpose W) g)) g)
      by (unfold dot; apply rsum_ext; intros; ring).
    apply dot_adjoint. }
  assert (E : normsq m (fun i => g i - p i) = normsq m g - normsq k (mulv m (transpose W) g))
    by (rewrite normsq_sub, Q, P; lra).
  split; [lra|]. split.
  - intros F i Hi.
    assert (Z : normsq m (fun i => g i - p i) = 0) by lra.
    apply (rsum_nonneg_zero m _ (fun i _ => Rle_0_sqr (g i - p i))) with (i := i) in Z; [|exact Hi].
    apply Rmult_integral in Z. destruct Z; lra.
  - intros F. assert (normsq m (fun i => g i - p i) = 0).
    { apply rsum_zero. intros i Hi. rewrite (F i Hi) at 1. ring. }
    lra.
Qed.

(** The tall matrix [1; 0] and the gradient that it loses. *)
Definition tall : mat := fun i j => match i, j with 0%nat, 0%nat => 1 | _, _ => 0 end.
Definition lost : vec := fun i => match i with 1%nat => 1 | _ => 0 end.

(** W = [1; 0] has the one singular value 1, and g = (0, 1) is sent to 0. *)
(* @statement SO-GNP *)
Theorem tall_counterexample :
  orthonormal_columns 2 1 tall /\ normsq 2 lost = 1 /\ normsq 1 (mulv 2 (transpose tall) lost) = 0 /\
  ~ preserves_gradients 2 1 tall.
Proof.
  assert (C : orthonormal_columns 2 1 tall).
  { intros i j Hi Hj. assert (i = 0%nat) as -> by lia. assert (j = 0%nat) as -> by lia.
    unfold mul, transpose, delta; simpl. ring. }
  repeat split.
  - exact C.
  - unfold normsq; simpl. ring.
  - unfold normsq, mulv, transpose; simpl. ring.
  - intros H. apply orthonormal_columns_lose_gradients in H; [discriminate | exact C].
Qed.
