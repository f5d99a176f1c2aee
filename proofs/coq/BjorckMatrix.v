(** The Björck step on matrices of any shape m by n, W' = W sum_{i <= p} c_i (I - W^T W)^i.

    It keeps singular vectors and acts on singular values by the scalar map of the same order.
    For order 1, the residual R = I - W^T W becomes R^2 (3 I + R) / 4; for order 2,
    R^3 (40 I + 15 R + 9 R^2) / 64.  Equalities hold entry by entry inside the n by n block. *)

From Coq Require Import Reals Lra Lia Arith List.
From Lipref Require Import Matrix BjorckScalar.
Import ListNotations.
Local Open Scope R_scope.

(** * Definitions *)

Definition gram (m : nat) (W : mat) : mat := mul m (transpose W) W.
Definition residual (m : nat) (W : mat) : mat := fun i j => delta i j - gram m W i j.

Fixpoint power (n : nat) (Q : mat) (k : nat) : mat :=
  match k with O => delta | S j => mul n (power n Q j) Q end.

Fixpoint bjorck_polynomial (n p : nat) (Q : mat) : mat :=
  match p with
  | O => delta
  | S q => fun i j => bjorck_polynomial n q Q i j + coefficient (S q) * power n Q (S q) i j
  end.

Definition bjorck_step (m n p : nat) (W : mat) : mat :=
  mul n W (bjorck_polynomial n p (residual m W)).

(** * Singular vectors and singular values, every order and every shape *)

(** (s, u, v) is a singular triple: W v = s u and W^T u = s v. *)
Definition singular (m n : nat) (W : mat) (s : R) (u v : vec) : Prop :=
  (forall i, (i < m)%nat -> mulv n W v i = s * u i) /\
  (forall j, (j < n)%nat -> mulv m (transpose W) u j = s * v j).

Lemma mulv_delta : forall n x i, (i < n)%nat -> mulv n delta x i = x i.
Proof. intros. unfold mulv. apply rsum_delta_l. assumption. Qed.

Lemma mulv_delta_transpose : forall n x i, (i < n)%nat -> mulv n (transpose delta) x i = x i.
Proof.
  intros n x i Hi. transitivity (mulv n delta x i); [|apply mulv_delta; exact Hi].
  unfold mulv, transpose. apply rsum_ext; intros. rewrite delta_sym. reflexivity.
Qed.

Lemma residual_sym : forall m W i j, residual m W i j = residual m W j i.
Proof.
  intros. unfold residual, gram, mul, transpose. rewrite delta_sym. f_equal.
  apply rsum_ext; intros; ring.
Qed.

Lemma residual_vector : forall m n W s u v, singular m n W s u v ->
  forall i, (i < n)%nat -> mulv n (residual m W) v i = (1 - s * s) * v i.
Proof.
  intros m n W s u v [H1 H2] i Hi.
  assert (E : mulv n (residual m W) v i = mulv n delta v i - mulv n (gram m W) v i).
  { unfold mulv, residual. rewrite <- rsum_sub. apply rsum_ext; intros; ring. }
  rewrite E, mulv_delta by exact Hi. unfold gram. rewrite mulv_mul.
  rewrite (mulv_ext m (transpose W) (mulv n W v) (fun k => s * u k)) by exact H1.
  rewrite mulv_scal, H2 by exact Hi. ring.
Qed.

Lemma power_vector : forall n Q v c, (forall i, (i < n)%nat -> mulv n Q v i = c * v i) ->
  forall k i, (i < n)%nat -> mulv n (power n Q k) v i = c ^ k * v i.
Proof.
  intros n Q v c H. induction k as [|k IH]; intros i Hi; simpl power.
  - rewrite mulv_delta by exact Hi. simpl; ring.
  - rewrite mulv_mul. rewrite (mulv_ext n _ (mulv n Q v) (fun k => c * v k)) by exact H.
    rewrite mulv_scal, IH by exact Hi. simpl; ring.
Qed.

Lemma power_vector_transpose : forall n Q v c, (forall i j, Q i j = Q j i) ->
  (forall i, (i < n)%nat -> mulv n Q v i = c * v i) ->
  forall k i, (i < n)%nat -> mulv n (transpose (power n Q k)) v i = c ^ k * v i.
Proof.
  intros n Q v c Sym H. induction k as [|k IH]; intros i Hi; simpl power.
  - rewrite mulv_delta_transpose by exact Hi. simpl; ring.
  - assert (E : mulv n (transpose (mul n (power n Q k) Q)) v i
                = mulv n Q (mulv n (transpose (power n Q k)) v) i).
    { rewrite <- mulv_mul. unfold mulv. apply rsum_ext; intros j _. f_equal.
      unfold mul, transpose. apply rsum_ext; intros l _. rewrite (Sym l i). ring. }
    rewrite E. rewrite (mulv_ext n Q _ (fun k0 => c ^ k * v k0)) by exact IH.
    rewrite mulv_scal, H by exact Hi. simpl; ring.
Qed.

Lemma polynomial_vector : forall n Q v c, (forall i j, Q i j = Q j i) ->
  (forall i, (i < n)%nat -> mulv n Q v i = c * v i) ->
  forall p i, (i < n)%nat ->
  mulv n (bjorck_polynomial n p Q) v i = bjorck_sum p c * v i /\
  mulv n (transpose (bjorck_polynomial n p Q)) v i = bjorck_sum p c * v i.
Proof.
  intros n Q v c Sym H. induction p as [|p IH]; intros i Hi.
  - simpl. rewrite mulv_delta, mulv_delta_transpose by exact Hi. split; ring.
  - change (bjorck_sum (S p) c) with (bjorck_sum p c + coefficient (S p) * c ^ (S p)).
    destruct (IH i Hi) as [I1 I2]. split.
    + assert (E : mulv n (bjorck_polynomial n (S p) Q) v i
                  = mulv n (bjorck_polynomial n p Q) v i
                    + coefficient (S p) * mulv n (power n Q (S p)) v i).
      { unfold mulv. rewrite <- rsum_scal, <- rsum_add. apply rsum_ext; intros.
        cbn [bjorck_polynomial]. ring. }
      rewrite E, I1, (power_vector n Q v c H (S p) i Hi). ring.
    + assert (E : mulv n (transpose (bjorck_polynomial n (S p) Q)) v i
                  = mulv n (transpose (bjorck_polynomial n p Q)) v i
                    + coefficient (S p) * mulv n (transpose (power n Q (S p))) v i).
      { unfold mulv, transpose. rewrite <- rsum_scal, <- rsum_add. apply rsum_ext; intros.
        cbn [bjorck_polynomial]. ring. }
      rewrite E, I2, (power_vector_transpose n Q v c Sym H (S p) i Hi). ring.
Qed.

(** Every singular triple (s, u, v) of W becomes the triple (g_p (s), u, v) of the step. *)
(* @statement SO-Eq3 *)
Theorem bjorck_step_singular : forall m n p W s u v, singular m n W s u v ->
  singular m n (bjorck_step m n p W) (bjorck p s) u v.
Proof.
  intros m n p W s u v H. pose proof H as [H1 H2].
  pose proof (polynomial_vector n (residual m W) v (1 - s * s) (residual_sym m W)
                (residual_vector m n W s u v H) p) as P.
  split.
  - intros i Hi. unfold bjorck_step. rewrite mulv_mul.
    rewrite (mulv_ext n W _ (fun j => bjorck_sum p (1 - s * s) * v j))
      by (intros; apply P; assumption).
    rewrite mulv_scal, H1 by exact Hi. unfold bjorck. ring.
  - intros j Hj. unfold bjorck_step.
    set (B := bjorck_polynomial n p (residual m W)) in *.
    assert (E : mulv m (transpose (mul n W B)) u j
                = mulv n (transpose B) (mulv m (transpose W) u) j).
    { rewrite <- mulv_mul. unfold mulv. apply rsum_ext; intros k _. f_equal.
      unfold mul, transpose. apply rsum_ext; intros; ring. }
    rewrite E. rewrite (mulv_ext n (transpose B) _ (fun k => s * v k)) by exact H2.
    rewrite mulv_scal. destruct (P j Hj) as [_ P2]. rewrite P2. unfold bjorck. ring.
Qed.

(** Hence also after any number of steps. *)
(* @statement SO-Eq3 *)
Theorem bjorck_iterate_singular : forall m n p W s u v k, singular m n W s u v ->
  singular m n (Nat.iter k (bjorck_step m n p) W) (iterate (bjorck p) k s) u v.
Proof.
  intros m n p W s u v k H. induction k as [|k IH]; [exact H|]. simpl.
  apply bjorck_step_singular. exact IH.
Qed.

(** * The residual identity *)

(** Equality of the n by n blocks. *)
Definition meq (n : nat) (A B : mat) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> A i j = B i j.

Definition madd (A B : mat) : mat := fun i j => A i j + B i j.
Definition mscal (a : R) (A : mat) : mat := fun i j => a * A i j.

Lemma meq_refl : forall n A, meq n A A.
Proof. intros n A i j _ _; reflexivity. Qed.

Lemma meq_sym : forall n A B, meq n A B -> meq n B A.
Proof. intros n A B H i j Hi Hj; symmetry; auto. Qed.

Lemma meq_trans : forall n A B C, meq n A B -> meq n B C -> meq n A C.
Proof. intros n A B C H K i j Hi Hj. rewrite H, K by assumption. reflexivity. Qed.

Lemma meq_mul : forall n A A' B B', meq n A A' -> meq n B B' -> meq n (mul n A B) (mul n A' B').
Proof. intros n A A' B B' H K i j Hi Hj. apply mul_ext; intros; auto. Qed.

Lemma meq_madd : forall n A A' B B', meq n A A' -> meq n B B' -> meq n (madd A B) (madd A' B').
Proof. intros n A A' B B' H K i j Hi Hj. unfold madd. rewrite H, K by assumption. reflexivity. Qed.

Lemma meq_mscal : forall n a A A', meq n A A' -> meq n (mscal a A) (mscal a A').
Proof. intros n a A A' H i j Hi Hj. unfold mscal. rewrite H by assumption. reflexivity. Qed.

Lemma mul_delta_l : forall n A, meq n (mul n delta A) A.
Proof. intros n A i j Hi Hj. unfold mul. apply (rsum_delta_l n i (fun k => A k j)). exact Hi. Qed.

Lemma mul_delta_r : forall n A, meq n (mul n A delta) A.
Proof. intros n A i j Hi Hj. unfold mul. apply (rsum_delta_r n j (fun k => A i k)). exact Hj. Qed.

Lemma mul_madd_l : forall n A B C i j,
  mul n (madd A B) C i j = mul n A C i j + mul n B C i j.
Proof. intros. unfold mul, madd. rewrite <- rsum_add. apply rsum_ext; intros; ring. Qed.

Lemma mul_madd_r : forall n A B C i j,
  mul n A (madd B C) i j = mul n A B i j + mul n A C i j.
Proof. intros. unfold mul, madd. rewrite <- rsum_add. apply rsum_ext; intros; ring. Qed.

Lemma mul_mscal_l : forall n a A B i j, mul n (mscal a A) B i j = a * mul n A B i j.
Proof. intros. unfold mul, mscal. rewrite <- rsum_scal. apply rsum_ext; intros; ring. Qed.

Lemma mul_mscal_r : forall n a A B i j, mul n A (mscal a B) i j = a * mul n A B i j.
Proof. intros. unfold mul, mscal. rewrite <- rsum_scal. apply rsum_ext; intros; ring. Qed.

(** Polynomials in one matrix P, coefficients from the constant one up, and their arithmetic. *)
Fixpoint peval (n : nat) (P : mat) (l : list R) : mat :=
  match l with
  | [] => fun _ _ => 0
  | a :: l' => madd (mscal a delta) (mul n P (peval n P l'))
  end.

Fixpoint padd (l k : list R) : list R :=
  match l, k with
  | [], _ => k
  | _, [] => l
  | a :: l', b :: k' => (a + b) :: padd l' k'
  end.

Definition pscal (a : R) (l : list R) : list R := map (fun b => a * b) l.

Fixpoint pmul (l k : list R) : list R :=
  match l with [] => [] | a :: l' => padd (pscal a k) (0 :: pmul l' k) end.

Lemma peval_list : forall n P l k i j, l = k -> peval n P l i j = peval n P k i j.
Proof. intros; subst; reflexivity. Qed.

Lemma cons_eq : forall (a b : R) l k, a = b -> l = k -> a :: l = b :: k.
Proof. intros; subst; reflexivity. Qed.

(** Two lists of constant coefficients are the same. *)
Ltac same_list := simpl; repeat (apply cons_eq; [field|]); reflexivity.

Section Polynomials.

Variable n : nat.
Variable P : mat.
Local Notation ev := (peval n P).

Lemma peval_add : forall l k, meq n (ev (padd l k)) (madd (ev l) (ev k)).
Proof.
  induction l as [|a l IH]; intros k i j Hi Hj.
  - unfold madd; simpl. ring.
  - destruct k as [|b k]; [unfold madd; simpl; unfold madd; ring|].
    cbn [padd peval]. unfold madd at 1.
    rewrite (meq_mul n P P _ _ (meq_refl n P) (IH k) i j Hi Hj), mul_madd_r.
    unfold madd, mscal. ring.
Qed.

Lemma peval_scal : forall a l, meq n (ev (pscal a l)) (mscal a (ev l)).
Proof.
  intros a. induction l as [|b l IH]; intros i j Hi Hj.
  - unfold mscal; simpl. ring.
  - change (pscal a (b :: l)) with (a * b :: pscal a l). cbn [peval]. unfold madd at 1.
    rewrite (meq_mul n P P _ _ (meq_refl n P) IH i j Hi Hj), mul_mscal_r.
    unfold madd, mscal. ring.
Qed.

Lemma peval_mul : forall l k, meq n (ev (pmul l k)) (mul n (ev l) (ev k)).
Proof.
  induction l as [|a l IH]; intros k i j Hi Hj.
  - simpl. unfold mul. symmetry. apply rsum_zero; intros; ring.
  - cbn [pmul]. rewrite (peval_add _ _ i j Hi Hj). unfold madd at 1.
    rewrite (peval_scal a k i j Hi Hj). cbn [peval].
    unfold madd at 1. rewrite (meq_mul n P P _ _ (meq_refl n P) (IH k) i j Hi Hj).
    rewrite mul_madd_l, mul_mscal_l, mul_assoc.
    rewrite (mul_delta_l n (peval n P k) i j Hi Hj). unfold mscal. ring.
Qed.

Lemma peval_one : meq n (ev [1]) delta.
Proof.
  intros i j Hi Hj. cbn [peval]. unfold madd, mscal, mul.
  rewrite rsum_zero by (intros; ring). ring.
Qed.

Lemma peval_var : meq n (ev [0; 1]) P.
Proof.
  intros i j Hi Hj. change (ev [0; 1]) with (madd (mscal 0 delta) (mul n P (ev [1]))).
  unfold madd. rewrite (meq_mul n P P _ _ (meq_refl n P) peval_one i j Hi Hj).
  rewrite (mul_delta_r n P i j Hi Hj). unfold mscal. ring.
Qed.

Lemma peval_commutes : forall l, meq n (mul n (ev l) P) (mul n P (ev l)).
Proof.
  induction l as [|a l IH]; intros i j Hi Hj.
  - simpl. unfold mul. rewrite !rsum_zero; intros; ring.
  - cbn [peval]. rewrite mul_madd_l, mul_madd_r, mul_mscal_l, mul_mscal_r, mul_assoc.
    rewrite (mul_delta_l n P i j Hi Hj), (mul_delta_r n P i j Hi Hj).
    rewrite (meq_mul n P P _ _ (meq_refl n P) IH i j Hi Hj). reflexivity.
Qed.

Variable P_symmetric : forall i j, P i j = P j i.

Lemma peval_symmetric : forall l, meq n (transpose (ev l)) (ev l).
Proof.
  induction l as [|a l IH]; intros i j Hi Hj; [reflexivity|].
  cbn [peval]. unfold madd, mscal, transpose at 1. rewrite (delta_sym j i). f_equal.
  rewrite <- mul_transpose.
  rewrite <- (peval_commutes l i j Hi Hj).
  apply mul_ext; intros k Hk; [apply IH; assumption | unfold transpose; apply P_symmetric].
Qed.

End Polynomials.

Lemma gram_sym : forall m W i j, gram m W i j = gram m W j i.
Proof. intros. unfold gram, mul, transpose. apply rsum_ext; intros; ring. Qed.

Lemma peval_residual : forall m n W, meq n (residual m W) (peval n (gram m W) [1; -1]).
Proof.
  intros m n W i j Hi Hj. cbn [peval]. unfold madd at 1.
  rewrite (meq_mul n (gram m W) (gram m W) _ (mscal (-1) delta) (meq_refl n _)).
  - rewrite mul_mscal_r, (mul_delta_r n (gram m W) i j Hi Hj). unfold residual, mscal. ring.
  - intros k l Hk Hl. unfold madd, mul. rewrite rsum_zero by (intros; ring). ring.
  - exact Hi.
  - exact Hj.
Qed.

(** W' = W S with S a polynomial of W^T W: the new Gram matrix is S (W^T W) S. *)
Lemma gram_step : forall m n W S l, meq n S (peval n (gram m W) l) ->
  meq n (gram m (mul n W S)) (peval n (gram m W) (pmul l (pmul [0; 1] l))).
Proof.
  intros m n W S l H.
  assert (E : forall i j, gram m (mul n W S) i j = mul n (transpose S) (mul n (gram m W) S) i j).
  { intros i j. unfold gram at 1.
    transitivity (mul m (mul n (transpose S) (transpose W)) (mul n W S) i j).
    - apply mul_ext; intros k Hk; [|reflexivity]. rewrite mul_transpose. reflexivity.
    - rewrite mul_assoc. apply mul_ext; [reflexivity|]. intros k Hk.
      unfold gram. symmetry. apply mul_assoc. }
  intros i j Hi Hj. rewrite E.
  rewrite (peval_mul n (gram m W) l (pmul [0; 1] l) i j Hi Hj).
  apply (meq_mul n); try assumption.
  - apply meq_trans with (transpose (peval n (gram m W) l)).
    + intros a b Ha Hb. unfold transpose. apply H; assumption.
    + apply peval_symmetric. apply gram_sym.
  - apply meq_trans with (mul n (peval n (gram m W) [0; 1]) (peval n (gram m W) l)).
    + apply meq_mul; [apply meq_sym, peval_var | exact H].
    + apply meq_sym, peval_mul.
Qed.

Lemma residual_step : forall m n W S l, meq n S (peval n (gram m W) l) ->
  meq n (residual m (mul n W S))
        (peval n (gram m W) (padd [1] (pscal (-1) (pmul l (pmul [0; 1] l))))).
Proof.
  intros m n W S l H i j Hi Hj. unfold residual at 1.
  rewrite (peval_add n (gram m W) _ _ i j Hi Hj). unfold madd.
  rewrite (peval_one n (gram m W) i j Hi Hj), (peval_scal n (gram m W) _ _ i j Hi Hj).
  unfold mscal. rewrite (gram_step m n W S l H i j Hi Hj). ring.
Qed.

Lemma polynomial_one : forall m n W,
  meq n (bjorck_polynomial n 1 (residual m W)) (peval n (gram m W) [3/2; -1/2]).
Proof.
  intros m n W i j Hi Hj. cbn [bjorck_polynomial power].
  rewrite (mul_delta_l n (residual m W) i j Hi Hj).
  transitivity (peval n (gram m W) (padd [1] (pscal (1/2) [1; -1])) i j).
  - rewrite (peval_add n (gram m W) _ _ i j Hi Hj). unfold madd.
    rewrite (peval_one n (gram m W) i j Hi Hj), (peval_scal n (gram m W) _ _ i j Hi Hj).
    unfold mscal. rewrite <- (peval_residual m n W i j Hi Hj). simpl. field.
  - apply peval_list. same_list.
Qed.

Lemma polynomial_two : forall m n W,
  meq n (bjorck_polynomial n 2 (residual m W)) (peval n (gram m W) [15/8; -5/4; 3/8]).
Proof.
  intros m n W i j Hi Hj.
  change (bjorck_polynomial n 2 (residual m W) i j)
    with (bjorck_polynomial n 1 (residual m W) i j
          + coefficient 2 * mul n (mul n delta (residual m W)) (residual m W) i j).
  rewrite (polynomial_one m n W i j Hi Hj).
  transitivity (peval n (gram m W) (padd [3/2; -1/2] (pscal (3/8) (pmul [1; -1] [1; -1]))) i j).
  - rewrite (peval_add n (gram m W) _ _ i j Hi Hj). unfold madd.
    rewrite (peval_scal n (gram m W) _ _ i j Hi Hj).
    unfold mscal. rewrite (peval_mul n (gram m W) _ _ i j Hi Hj).
    f_equal. f_equal; [simpl; field|]. apply (meq_mul n); try assumption; [|apply peval_residual].
    apply meq_trans with (residual m W); [apply mul_delta_l | apply peval_residual].
  - apply peval_list. same_list.
Qed.

(** Order 1, W of any shape: I - W'^T W' = R^2 (3 I + R) / 4 with R = I - W^T W. *)
(* @statement SO-Eq3 *)
Theorem bjorck_residual_one : forall m n W i j, (i < n)%nat -> (j < n)%nat ->
  let r := residual m W in
  residual m (bjorck_step m n 1 W) i j = mul n (mul n r r) (fun i j => 3 * delta i j + r i j) i j / 4.
Proof.
  intros m n W i j Hi Hj r. unfold bjorck_step.
  rewrite (residual_step m n W _ _ (polynomial_one m n W) i j Hi Hj).
  assert (Rr : meq n r (peval n (gram m W) [1; -1])) by apply peval_residual.
  rewrite (meq_mul n _ (peval n (gram m W) (pmul [1; -1] [1; -1])) _
             (peval n (gram m W) [4; -1])); try assumption.
  - rewrite <- (peval_mul n (gram m W) _ _ i j Hi Hj).
    replace (peval n (gram m W) (pmul (pmul [1; -1] [1; -1]) [4; -1]) i j / 4)
      with (1/4 * peval n (gram m W) (pmul (pmul [1; -1] [1; -1]) [4; -1]) i j) by field.
    pose proof (peval_scal n (gram m W) (1/4) (pmul (pmul [1; -1] [1; -1]) [4; -1]) i j Hi Hj) as E.
    unfold mscal in E. rewrite <- E.
    apply peval_list. same_list.
  - apply meq_trans with (mul n (peval n (gram m W) [1; -1]) (peval n (gram m W) [1; -1])).
    + apply meq_mul; exact Rr.
    + apply meq_sym, peval_mul.
  - intros a b Ha Hb. rewrite (Rr a b Ha Hb).
    transitivity (peval n (gram m W) (padd (pscal 3 [1]) [1; -1]) a b).
    + rewrite (peval_add n (gram m W) _ _ a b Ha Hb). unfold madd.
      rewrite (peval_scal n (gram m W) _ _ a b Ha Hb). unfold mscal.
      rewrite (peval_one n (gram m W) a b Ha Hb). reflexivity.
    + apply peval_list. same_list.
Qed.

(** Order 2, W of any shape: I - W'^T W' = R^3 (40 I + 15 R + 9 R^2) / 64. *)
(* @statement SO-Eq3 *)
Theorem bjorck_residual_two : forall m n W i j, (i < n)%nat -> (j < n)%nat ->
  let r := residual m W in
  residual m (bjorck_step m n 2 W) i j
  = mul n (mul n (mul n r r) r) (fun i j => 40 * delta i j + 15 * r i j + 9 * mul n r r i j) i j / 64.
Proof.
  intros m n W i j Hi Hj r. unfold bjorck_step.
  rewrite (residual_step m n W _ _ (polynomial_two m n W) i j Hi Hj).
  assert (Rr : meq n r (peval n (gram m W) [1; -1])) by apply peval_residual.
  assert (R2 : meq n (mul n r r) (peval n (gram m W) [1; -2; 1])).
  { apply meq_trans with (mul n (peval n (gram m W) [1; -1]) (peval n (gram m W) [1; -1])).
    - apply meq_mul; exact Rr.
    - apply meq_trans with (peval n (gram m W) (pmul [1; -1] [1; -1])); [apply meq_sym, peval_mul|].
      intros a b Ha Hb. apply peval_list. same_list. }
  assert (R3 : meq n (mul n (mul n r r) r) (peval n (gram m W) (pmul [1; -2; 1] [1; -1]))).
  { apply meq_trans with (mul n (peval n (gram m W) [1; -2; 1]) (peval n (gram m W) [1; -1])).
    - apply meq_mul; assumption.
    - apply meq_sym, peval_mul. }
  rewrite (meq_mul n _ _ _ (peval n (gram m W) [64; -33; 9]) R3); try assumption.
  - rewrite <- (peval_mul n (gram m W) _ _ i j Hi Hj).
    pose proof (peval_scal n (gram m W) (1/64) (pmul (pmul [1; -2; 1] [1; -1]) [64; -33; 9]) i j Hi Hj)
      as E.
    unfold mscal in E.
    replace (peval n (gram m W) (pmul (pmul [1; -2; 1] [1; -1]) [64; -33; 9]) i j / 64)
      with (1/64 * peval n (gram m W) (pmul (pmul [1; -2; 1] [1; -1]) [64; -33; 9]) i j) by field.
    rewrite <- E.
    apply peval_list. same_list.
  - intros a b Ha Hb. rewrite (Rr a b Ha Hb), (R2 a b Ha Hb).
    transitivity (peval n (gram m W) (padd (padd (pscal 40 [1]) (pscal 15 [1; -1]))
                                           (pscal 9 [1; -2; 1])) a b).
    + rewrite !(peval_add n (gram m W) _ _ a b Ha Hb). unfold madd.
      rewrite !(peval_add n (gram m W) _ _ a b Ha Hb). unfold madd.
      rewrite !(peval_scal n (gram m W) _ _ a b Ha Hb). unfold mscal.
      rewrite (peval_one n (gram m W) a b Ha Hb). reflexivity.
    + apply peval_list. same_list.
Qed.

(** All absolute row sums of the n by n block are at most e: a bound on the matrix norm max_i sum_j |a_ij|. *)
Definition row_sums_le (n : nat) (A : mat) (e : R) : Prop :=
  forall i, (i < n)%nat -> rsum n (fun j => Rabs (A i j)) <= e.

Lemma row_sums_mul : forall n A B a b, 0 <= b -> row_sums_le n A a -> row_sums_le n B b ->
  row_sums_le n (mul n A B) (a * b).
Proof.
  intros n A B a b Hb HA HB i Hi.
  apply Rle_trans with (rsum n (fun j => rsum n (fun k => Rabs (A i k) * Rabs (B k j)))).
  - apply rsum_le; intros j Hj. unfold mul. eapply Rle_trans; [apply rsum_abs|].
    apply rsum_le; intros k Hk. rewrite Rabs_mult. lra.
  - rewrite rsum_swap.
    apply Rle_trans with (rsum n (fun k => Rabs (A i k) * b)).
    + apply rsum_le; intros k Hk. rewrite rsum_scal. apply Rmult_le_compat_l; [apply Rabs_pos|].
      apply HB; exact Hk.
    + rewrite rsum_scal_r. apply Rmult_le_compat_r; [exact Hb | apply HA; exact Hi].
Qed.

(** Quadratic decrease of the residual in that norm: at most e <= 1 before, at most e^2 after a step of
    order 1. *)
(* @statement SO-Eq3 *)
Theorem bjorck_residual_quadratic : forall m n W e, 0 <= e <= 1 ->
  row_sums_le n (residual m W) e -> row_sums_le n (residual m (bjorck_step m n 1 W)) (e * e).
Proof.
  intros m n W e He H i Hi. set (r := residual m W) in *.
  assert (H2 : row_sums_le n (mul n r r) (e * e)) by (apply row_sums_mul; [lra | exact H | exact H]).
  assert (E2 : 0 <= e * e) by (apply Rmult_le_pos; lra).
  assert (H3 : row_sums_le n (mul n (mul n r r) r) (e * e * e)) by (apply row_sums_mul; [lra | exact H2 | exact H]).
  assert (E3 : e * e * e <= e * e * 1) by (apply Rmult_le_compat_l; lra).
  apply Rle_trans with (rsum n (fun j => 3/4 * Rabs (mul n r r i j) + 1/4 * Rabs (mul n (mul n r r) r i j))).
  - apply rsum_le; intros j Hj. rewrite (bjorck_residual_one m n W i j Hi Hj). fold r.
    assert (X : mul n (mul n r r) (fun i j => 3 * delta i j + r i j) i j
                = 3 * mul n r r i j + mul n (mul n r r) r i j).
    { transitivity (mul n (mul n r r) (madd (mscal 3 delta) r) i j); [reflexivity|].
      rewrite mul_madd_r, mul_mscal_r.
      rewrite (mul_delta_r n (mul n r r) i j Hi Hj). reflexivity. }
    rewrite X.
    replace ((3 * mul n r r i j + mul n (mul n r r) r i j) / 4)
      with (3/4 * mul n r r i j + 1/4 * mul n (mul n r r) r i j) by field.
    eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
    rewrite (Rabs_right (3/4)), (Rabs_right (1/4)) by lra. lra.
  - rewrite rsum_add, !rsum_scal. specialize (H2 i Hi). specialize (H3 i Hi). lra.
Qed.
