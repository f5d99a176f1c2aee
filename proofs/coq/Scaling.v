(** Scaling a network to the Lipschitz constant 1, and averages of maps (residual connections).

   Content.  g / L is 1-Lipschitz and has the sign of g (MF-Cor1).  The average of two unit gradients has norm 1
   only if they are equal; for operator norms of Jacobians the remark fails; the average of two linear isometries is
   an isometry exactly when they agree.

   Definitions.  [average A B] = (A + B) / 2 for matrices.

   Witness.  Jacobians diag(1, 1) and diag(1, -1): the average diag(1, 0) has the operator norm 1.

   Not covered: realising g / L by a network with 1-Lipschitz layers. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid.
Open Scope R_scope.

(* Dividing an L-Lipschitz function by L > 0 gives a 1-Lipschitz function with the same sign everywhere. *)
(* @statement MF-Cor1 *)
Theorem scaled_same_sign : forall (X : PM) (g : X -> R) L, 0 < L -> Lip (Y := Real) L g ->
  Lip (Y := Real) 1 (fun x => g x / L) /\
  forall x, (0 < g x <-> 0 < g x / L) /\ (g x < 0 <-> g x / L < 0) /\ (g x = 0 <-> g x / L = 0).
Proof.
  intros X g L HL H. assert (I : 0 < / L) by now apply Rinv_0_lt_compat. split.
  - intros x y. simpl. replace (g x / L - g y / L) with ((g x - g y) * / L) by (unfold Rdiv; ring).
    rewrite Rabs_mult, (Rabs_right (/ L)) by lra.
    apply Rmult_le_reg_r with L; [exact HL|]. rewrite Rmult_assoc, Rinv_l by lra.
    pose proof (H x y) as D. simpl in D. lra.
  - intros x. assert (E : g x = g x / L * L) by (field; lra).
    set (q := g x / L) in *. clearbody q. rewrite E.
    repeat split; intros Q.
    + apply Rmult_lt_reg_r with L; lra.
    + now apply Rmult_lt_0_compat.
    + apply Rmult_lt_reg_r with L; lra.
    + pose proof (Rmult_lt_compat_r L _ _ HL Q). lra.
    + apply Rmult_integral in Q. destruct Q; lra.
    + rewrite Q. ring.
Qed.

(* A function with the Lipschitz constant 0 is constant; it needs no scaling. *)
(* @statement MF-Cor1 *)
Theorem constant_network : forall (X : PM) (g : X -> R), Lip (Y := Real) 0 g ->
  Lip (Y := Real) 1 g /\ forall x y, g x = g y.
Proof.
  intros X g H. split.
  - apply (Lip_weaken X Real 0 1 g); [lra | exact H].
  - intros x y. pose proof (H x y) as D. simpl in D. rewrite Rmult_0_l in D.
    destruct (Req_dec (g x - g y) 0) as [E|N]; [lra|]. apply Rabs_pos_lt in N. lra.
Qed.

Lemma parallelogram : forall n x y,
  normsq n (fun i => (x i + y i) / 2) = (normsq n x + normsq n y) / 2 - normsq n (sub x y) / 4.
Proof.
  intros. rewrite normsq_sub.
  replace (normsq n (fun i => (x i + y i) / 2)) with (normsq n (fun i => 1/2 * x i + 1/2 * y i)).
  - rewrite normsq_lin. field.
  - unfold normsq. apply rsum_ext. intros. field.
Qed.

(* The average of two unit gradients has norm at most 1, and norm 1 exactly when they are equal. *)
(* @statement MF-RemRes *)
Theorem average_of_unit_gradients : forall n x y, normsq n x = 1 -> normsq n y = 1 ->
  normsq n (fun i => (x i + y i) / 2) <= 1 /\
  (normsq n (fun i => (x i + y i) / 2) = 1 <-> forall i, (i < n)%nat -> x i = y i).
Proof.
  intros n x y Hx Hy. rewrite parallelogram, Hx, Hy. pose proof (normsq_nonneg n (sub x y)).
  split; [lra|]. split.
  - intros E i Hi. assert (Z : normsq n (sub x y) = 0) by lra.
    assert (Q : sub x y i * sub x y i = 0).
    { apply (rsum_nonneg_zero n (fun k => sub x y k * sub x y k)); [intros; apply Rle_0_sqr | exact Z | exact Hi]. }
    apply Rmult_integral in Q. unfold sub in Q. destruct Q; lra.
  - intros E. replace (normsq n (sub x y)) with 0; [lra|]. symmetry. apply rsum_zero.
    intros i Hi. unfold sub. rewrite (E i Hi). ring.
Qed.

Definition average (A B : mat) : mat := fun i j => (A i j + B i j) / 2.

Definition flip (i j : nat) : R := if Nat.eqb i j then (if Nat.eqb i 0 then 1 else -1) else 0.

(* For Jacobians the remark fails: diag(1, 1) and diag(1, -1) are isometries and differ, and their average still
   has operator norm 1 (it is a contraction and keeps the length of the first axis). *)
(* @statement MF-RemRes *)
Theorem average_of_jacobians :
  (forall x, normsq 2 (mulv 2 delta x) = normsq 2 x) /\ (forall x, normsq 2 (mulv 2 flip x) = normsq 2 x) /\
  delta 1 1 <> flip 1 1 /\ contraction 2 2 (average delta flip) /\
  normsq 2 (mulv 2 (average delta flip) (delta 0)) = 1 /\ normsq 2 (delta 0) = 1.
Proof.
  unfold contraction, normsq, mulv, average, delta, flip. cbn [rsum Nat.eqb]. repeat split; try lra.
  - intros x. lra.
  - intros x. lra.
  - intros x. pose proof (Rle_0_sqr (x 1%nat)) as S. unfold Rsqr in S. lra.
Qed.

(* The average of two linear isometries is an isometry exactly when the two maps are equal. *)
(* @statement MF-RemRes *)
Theorem average_of_isometries : forall m n A B,
  (forall x, normsq m (mulv n A x) = normsq n x) -> (forall x, normsq m (mulv n B x) = normsq n x) ->
  ((forall x, normsq m (mulv n (average A B) x) = normsq n x) <->
   (forall x i, (i < m)%nat -> mulv n A x i = mulv n B x i)).
Proof.
  intros m n A B HA HB.
  assert (P : forall x, normsq m (mulv n (average A B) x) = normsq n x - normsq m (sub (mulv n A x) (mulv n B x)) / 4).
  { intros x. replace (normsq m (mulv n (average A B) x)) with (normsq m (fun i => (mulv n A x i + mulv n B x i) / 2)).
    - rewrite parallelogram, HA, HB. field.
    - unfold normsq. apply rsum_ext. intros i _.
      replace (mulv n (average A B) x i) with ((mulv n A x i + mulv n B x i) / 2); [reflexivity|].
      unfold mulv, average. rewrite <- rsum_add. unfold Rdiv. rewrite <- rsum_scal_r. apply rsum_ext. intros. field. }
  split.
  - intros H x i Hi. assert (Z : normsq m (sub (mulv n A x) (mulv n B x)) = 0).
    { specialize (H x). rewrite P in H. lra. }
    assert (Q : sub (mulv n A x) (mulv n B x) i * sub (mulv n A x) (mulv n B x) i = 0).
    { apply (rsum_nonneg_zero m (fun k => sub (mulv n A x) (mulv n B x) k * sub (mulv n A x) (mulv n B x) k));
        [intros; apply Rle_0_sqr | exact Z | exact Hi]. }
    apply Rmult_integral in Q. unfold sub in Q. destruct Q; lra.
  - intros H x. rewrite P. replace (normsq m (sub (mulv n A x) (mulv n B x))) with 0; [lra|].
    symmetry. apply rsum_zero. intros i Hi. unfold sub. rewrite (H x i Hi). ring.
Qed.
