(** Vectors are functions [nat -> R], matrices functions [nat -> nat -> R]; the sizes are
    arguments of the sums.  What lies beyond the size is never read by a statement.
    Only what the other files need: finite sums, products, transposes, the Gram matrix. *)

From Coq Require Import Reals Lra Lia Arith.
Local Open Scope R_scope.

Definition vec := nat -> R.
Definition mat := nat -> nat -> R.

(** Sum of [f 0 .. f (n-1)]. *)
Fixpoint rsum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => rsum k f + f k end.

Definition delta (i j : nat) : R := if Nat.eqb i j then 1 else 0.

(** Inner product, squared Euclidean norm, matrix times vector, matrix product. *)
Definition dot (n : nat) (x y : vec) : R := rsum n (fun i => x i * y i).
Definition normsq (n : nat) (x : vec) : R := rsum n (fun i => x i * x i).
Definition mulv (n : nat) (A : mat) (x : vec) : vec := fun i => rsum n (fun j => A i j * x j).
Definition mul (n : nat) (A B : mat) : mat := fun i j => rsum n (fun k => A i k * B k j).
Definition transpose (A : mat) : mat := fun i j => A j i.

(** Columns (or rows) of an [m] by [n] matrix are orthonormal. *)
Definition orthonormal_columns (m n : nat) (A : mat) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> mul m (transpose A) A i j = delta i j.
Definition orthonormal_rows (m n : nat) (A : mat) : Prop :=
  forall i j, (i < m)%nat -> (j < m)%nat -> mul n A (transpose A) i j = delta i j.

(** Operator norm at most 1 between Euclidean spaces, [A] of shape [m] by [n]. *)
Definition contraction (m n : nat) (A : mat) : Prop :=
  forall x, normsq m (mulv n A x) <= normsq n x.

Lemma rsum_ext : forall n f g, (forall i, (i < n)%nat -> f i = g i) -> rsum n f = rsum n g.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [reflexivity|].
  rewrite (IH f g) by (intros; apply H; lia). rewrite H by lia. reflexivity.
Qed.

Lemma rsum_zero : forall n f, (forall i, (i < n)%nat -> f i = 0) -> rsum n f = 0.
Proof.
  induction n as [|n IH]; intros f H; simpl; [reflexivity|].
  rewrite IH by (intros; apply H; lia). rewrite H by lia. lra.
Qed.

Lemma rsum_add : forall n f g, rsum n (fun i => f i + g i) = rsum n f + rsum n g.
Proof. induction n as [|n IH]; intros; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_sub : forall n f g, rsum n (fun i => f i - g i) = rsum n f - rsum n g.
Proof. induction n as [|n IH]; intros; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_scal : forall n c f, rsum n (fun i => c * f i) = c * rsum n f.
Proof. induction n as [|n IH]; intros; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_scal_r : forall n c f, rsum n (fun i => f i * c) = rsum n f * c.
Proof. induction n as [|n IH]; intros; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_swap : forall n m (f : nat -> nat -> R),
  rsum n (fun i => rsum m (fun j => f i j)) = rsum m (fun j => rsum n (fun i => f i j)).
Proof.
  induction n as [|n IH]; intros m f; simpl.
  - symmetry; apply rsum_zero; reflexivity.
  - rewrite IH, <- rsum_add. reflexivity.
Qed.

Lemma rsum_le : forall n f g, (forall i, (i < n)%nat -> f i <= g i) -> rsum n f <= rsum n g.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [lra|].
  apply Rplus_le_compat; [apply IH; intros; apply H; lia | apply H; lia].
Qed.

Lemma rsum_nonneg : forall n f, (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= rsum n f.
Proof.
  intros n f H. rewrite <- (rsum_zero n (fun _ => 0)) by reflexivity. apply rsum_le; auto.
Qed.

Lemma rsum_nonneg_zero : forall n f, (forall i, (i < n)%nat -> 0 <= f i) -> rsum n f = 0 ->
  forall i, (i < n)%nat -> f i = 0.
Proof.
  induction n as [|n IH]; intros f Hp H i Hi; [lia|]. simpl in H.
  assert (A : 0 <= rsum n f) by (apply rsum_nonneg; intros; apply Hp; lia).
  assert (B : 0 <= f n) by (apply Hp; lia).
  destruct (Nat.eq_dec i n) as [->|N]; [lra|].
  apply IH; [intros; apply Hp; lia | lra | lia].
Qed.

(** One term, or two different terms, of a sum of nonnegative terms. *)
Lemma rsum_one_le : forall n f i, (forall k, (k < n)%nat -> 0 <= f k) -> (i < n)%nat ->
  f i <= rsum n f.
Proof.
  induction n as [|n IH]; intros f i Hp Hi; [lia|]. simpl.
  assert (A : 0 <= rsum n f) by (apply rsum_nonneg; intros; apply Hp; lia).
  destruct (Nat.eq_dec i n) as [->|N]; [lra|].
  assert (B : f i <= rsum n f) by (apply IH; [intros; apply Hp; lia | lia]).
  assert (0 <= f n) by (apply Hp; lia). lra.
Qed.

Lemma rsum_two_le : forall n f i j, (forall k, (k < n)%nat -> 0 <= f k) ->
  (i < n)%nat -> (j < n)%nat -> i <> j -> f i + f j <= rsum n f.
Proof.
  induction n as [|n IH]; intros f i j Hp Hi Hj Hij; [lia|]. simpl.
  assert (P : forall k, (k < n)%nat -> 0 <= f k) by (intros; apply Hp; lia).
  assert (0 <= f n) by (apply Hp; lia).
  destruct (Nat.eq_dec i n) as [->|Ni].
  - assert (f j <= rsum n f) by (apply rsum_one_le; [exact P | lia]). lra.
  - destruct (Nat.eq_dec j n) as [->|Nj].
    + assert (f i <= rsum n f) by (apply rsum_one_le; [exact P | lia]). lra.
    + assert (f i + f j <= rsum n f) by (apply IH; auto; lia). lra.
Qed.

Lemma rsum_abs : forall n f, Rabs (rsum n f) <= rsum n (fun i => Rabs (f i)).
Proof.
  induction n as [|n IH]; intros f; simpl; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]. specialize (IH f). lra.
Qed.

Lemma delta_refl : forall i, delta i i = 1.
Proof. intros. unfold delta. rewrite Nat.eqb_refl. reflexivity. Qed.

Lemma delta_neq : forall i j, i <> j -> delta i j = 0.
Proof. intros i j H. unfold delta. apply Nat.eqb_neq in H. rewrite H. reflexivity. Qed.

Lemma delta_sym : forall i j, delta i j = delta j i.
Proof. intros. unfold delta. rewrite Nat.eqb_sym. reflexivity. Qed.

Lemma rsum_delta_l : forall n i f, (i < n)%nat -> rsum n (fun k => delta i k * f k) = f i.
Proof.
  induction n as [|n IH]; intros i f Hi; [lia|]. simpl.
  destruct (Nat.eq_dec i n) as [->|N].
  - rewrite delta_refl. rewrite rsum_zero; [lra|].
    intros k Hk. rewrite delta_neq by lia. lra.
  - rewrite IH by lia. rewrite delta_neq by exact N. lra.
Qed.

Lemma rsum_delta_r : forall n i f, (i < n)%nat -> rsum n (fun k => f k * delta k i) = f i.
Proof.
  intros n i f Hi. rewrite <- (rsum_delta_l n i f Hi). apply rsum_ext.
  intros k _. rewrite (delta_sym k i). lra.
Qed.

(** Products. *)
Lemma mul_assoc : forall n m A B C i j,
  mul m (mul n A B) C i j = mul n A (mul m B C) i j.
Proof.
  intros. unfold mul.
  transitivity (rsum m (fun k => rsum n (fun l => A i l * B l k * C k j))).
  - apply rsum_ext; intros k _. rewrite <- rsum_scal_r. reflexivity.
  - rewrite rsum_swap. apply rsum_ext; intros l _. rewrite <- rsum_scal.
    apply rsum_ext; intros k _. lra.
Qed.

Lemma mulv_mul : forall n m A B x i, mulv m (mul n A B) x i = mulv n A (mulv m B x) i.
Proof.
  intros. unfold mulv, mul.
  transitivity (rsum m (fun k => rsum n (fun l => A i l * B l k * x k))).
  - apply rsum_ext; intros k _. rewrite <- rsum_scal_r. reflexivity.
  - rewrite rsum_swap. apply rsum_ext; intros l _. rewrite <- rsum_scal.
    apply rsum_ext; intros k _. lra.
Qed.

Lemma mul_ext : forall n A A' B B' i j,
  (forall k, (k < n)%nat -> A i k = A' i k) -> (forall k, (k < n)%nat -> B k j = B' k j) ->
  mul n A B i j = mul n A' B' i j.
Proof. intros. unfold mul. apply rsum_ext; intros k Hk. rewrite H, H0 by exact Hk. reflexivity. Qed.

Lemma mulv_ext : forall n A x y i, (forall k, (k < n)%nat -> x k = y k) ->
  mulv n A x i = mulv n A y i.
Proof. intros. unfold mulv. apply rsum_ext; intros k Hk. rewrite H by exact Hk. reflexivity. Qed.

Lemma mulv_scal : forall n A c x i, mulv n A (fun k => c * x k) i = c * mulv n A x i.
Proof. intros. unfold mulv. rewrite <- rsum_scal. apply rsum_ext; intros; lra. Qed.

Lemma mul_transpose : forall n A B i j,
  mul n (transpose B) (transpose A) i j = mul n A B j i.
Proof. intros. unfold mul, transpose. apply rsum_ext; intros; lra. Qed.

(** <A x, y> = <x, A^T y>. *)
Lemma dot_adjoint : forall m n A x y,
  dot m (mulv n A x) y = dot n x (mulv m (transpose A) y).
Proof.
  intros. unfold dot, mulv, transpose.
  transitivity (rsum m (fun i => rsum n (fun j => A i j * x j * y i))).
  - apply rsum_ext; intros. rewrite <- rsum_scal_r. reflexivity.
  - rewrite rsum_swap. apply rsum_ext; intros j _. rewrite <- rsum_scal.
    apply rsum_ext; intros; lra.
Qed.

Lemma dot_normsq : forall n x, dot n x x = normsq n x.
Proof. reflexivity. Qed.

Lemma normsq_nonneg : forall n x, 0 <= normsq n x.
Proof. intros. apply rsum_nonneg. intros. apply Rle_0_sqr. Qed.

(** ||A x||^2 = <x, A^T A x>. *)
Lemma normsq_mulv : forall m n A x,
  normsq m (mulv n A x) = dot n x (mulv n (mul m (transpose A) A) x).
Proof.
  intros. rewrite <- dot_normsq, dot_adjoint. unfold dot. apply rsum_ext; intros i _.
  rewrite mulv_mul. reflexivity.
Qed.

(** Orthonormal columns keep the Euclidean norm. *)
Lemma isometry_of_columns : forall m n A, orthonormal_columns m n A ->
  forall x, normsq m (mulv n A x) = normsq n x.
Proof.
  intros m n A H x. rewrite normsq_mulv. unfold dot, normsq. apply rsum_ext; intros i Hi.
  f_equal. unfold mulv. rewrite <- (rsum_delta_l n i x Hi). apply rsum_ext; intros j Hj.
  rewrite H by assumption. reflexivity.
Qed.

Lemma abs_le_inv : forall x a, Rabs x <= a -> - a <= x <= a.
Proof.
  intros x a H. pose proof (Rle_abs x). pose proof (Rle_abs (- x)) as N.
  rewrite Rabs_Ropp in N. lra.
Qed.
