(** The theorem on orthonormal weights is false as printed.

    Claim: in a network with ||W||_2 <= 1 for all W whose gradient has norm 1 almost everywhere, each
    weight can be replaced, the others kept, by one whose singular values are all 1, without changing
    the function.  Example A (a rank-deficient first layer) and example B (a first weight of full rank)
    refute it: no orthogonal replacement works, whatever its bias.  In example A all layers can be
    re-chosen jointly.  Activations are MaxMin in descending order, (max, min). *)

From Coq Require Import Reals Lra Lia Arith List.
From Lipref Require Import Matrix.
Import ListNotations.
Local Open Scope R_scope.

(** * Networks *)

Definition rows (l : list (list R)) : mat := fun i j => nth j (nth i l []) 0.
Definition column (l : list R) : vec := fun i => nth i l 0.

Definition affine (n : nat) (W : mat) (b : vec) (x : vec) : vec := fun i => mulv n W x i + b i.

Definition maxmin (x : vec) : vec := fun i =>
  if Nat.even i then Rmax (x i) (x (S i)) else Rmin (x (pred i)) (x i).

Definition zero : vec := fun _ => 0.

(** * Example A: f (x1, x2) = |x1| *)

(** 1 / sqrt 2. *)
Definition r : R := / sqrt 2.

Definition W1 : mat := rows [[1; 0]; [0; 0]].
Definition W2 : mat := rows [[r; 0]; [- r; 0]; [0; 1]; [0; 0]].
Definition b2 : vec := column [0; 0; 0; -1000].
Definition W3 : mat := rows [[r; - r; 0; 0]; [0; 0; 1; 0]].
Definition W4 : mat := rows [[1; 0]].

(** The network with its first affine layer left open: widths 2, 2, 4, 2, 1. *)
Definition networkA (W : mat) (b : vec) (x : vec) : R :=
  affine 2 W4 zero (maxmin (affine 4 W3 zero (maxmin (affine 2 W2 b2 (affine 2 W b x))))) 0%nat.

Definition fA : vec -> R := networkA W1 zero.

Lemma r_square : r * r = 1 / 2.
Proof.
  unfold r. assert (sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  assert (0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  rewrite <- Rinv_mult. rewrite H. lra.
Qed.

Lemma r_positive : 0 < r.
Proof. unfold r. apply Rinv_0_lt_compat, sqrt_lt_R0. lra. Qed.

(** The part after the first layer: max (|z1|, max (z2, -1000)). *)
Lemma fold_abs : forall z, r * Rmax (r * z) (- r * z) - r * Rmin (r * z) (- r * z) = Rabs z.
Proof.
  intros z. pose proof r_positive as P. pose proof r_square as S. unfold Rabs.
  destruct (Rcase_abs z) as [N|N].
  - assert (r * z <= 0) by (replace 0 with (r * 0) by ring; apply Rmult_le_compat_l; lra).
    rewrite Rmax_right, Rmin_left by lra.
    replace (r * (- r * z) - r * (r * z)) with (- (2 * (r * r) * z)) by ring. rewrite S. field.
  - assert (0 <= r * z) by (apply Rmult_le_pos; lra).
    rewrite Rmax_left, Rmin_right by lra.
    replace (r * (r * z) - r * (- r * z)) with (2 * (r * r) * z) by ring. rewrite S. field.
Qed.

Lemma networkA_tail : forall W b x,
  networkA W b x = Rmax (Rabs (affine 2 W b x 0%nat)) (Rmax (affine 2 W b x 1%nat) (-1000)).
Proof.
  intros W b x. unfold networkA. set (z := affine 2 W b x).
  unfold affine at 1. unfold mulv, W4, rows, zero, column. simpl rsum. cbn [nth].
  unfold maxmin at 1. cbn [Nat.even].
  unfold affine at 1 2 3 4, mulv, W3, rows, zero. simpl rsum. cbn [nth].
  unfold maxmin. cbn [Nat.even pred].
  unfold affine, mulv, W2, b2, rows, column. simpl rsum. cbn [nth].
  replace (0 + r * z 0%nat + 0 * z 1%nat + 0) with (r * z 0%nat) by ring.
  replace (0 + - r * z 0%nat + 0 * z 1%nat + 0) with (- r * z 0%nat) by ring.
  replace (0 + 0 * z 0%nat + 1 * z 1%nat + 0) with (z 1%nat) by ring.
  replace (0 + 0 * z 0%nat + 0 * z 1%nat + -1000) with (-1000) by ring.
  rewrite <- (fold_abs (z 0%nat)).
  match goal with |- 0 + 1 * Rmax ?u ?v + _ + _ = _ => transitivity (Rmax u v); [ring|] end.
  f_equal; ring.
Qed.

Definition norm_one (m n : nat) (W : mat) : Prop :=
  contraction m n W /\ exists x, normsq n x = 1 /\ normsq m (mulv n W x) = 1.

(** All four matrices have operator norm exactly 1. *)
(* @statement SO-Thm2 *)
Theorem A_norms : norm_one 2 2 W1 /\ norm_one 4 2 W2 /\ norm_one 2 4 W3 /\ norm_one 1 2 W4.
Proof.
  pose proof r_square as S.
  assert (Q : forall y z : R, 0 <= (y - z) * (y - z)) by (intros; apply Rle_0_sqr).
  repeat split.
  - intros x. unfold normsq, mulv, W1, rows; simpl. pose proof (Q (x 1%nat) 0). lra.
  - exists (column [1; 0]). unfold normsq, mulv, W1, rows, column; simpl. split; ring.
  - intros x. unfold normsq, mulv, W2, rows; simpl. right.
    transitivity (2 * (r * r) * (x 0%nat * x 0%nat) + x 1%nat * x 1%nat); [ring|]. rewrite S. field.
  - exists (column [0; 1]). unfold normsq, mulv, W2, rows, column; simpl. split; ring.
  - intros x. unfold normsq, mulv, W3, rows; simpl.
    apply Rle_trans with (r * r * ((x 0%nat - x 1%nat) * (x 0%nat - x 1%nat)) + x 2%nat * x 2%nat).
    + right; ring.
    + rewrite S. pose proof (Q (x 0%nat) (- x 1%nat)). pose proof (Q (x 3%nat) 0). lra.
  - exists (column [0; 0; 1; 0]). unfold normsq, mulv, W3, rows, column; simpl. split; ring.
  - intros x. unfold normsq, mulv, W4, rows; simpl. pose proof (Q (x 1%nat) 0). lra.
  - exists (column [1; 0]). unfold normsq, mulv, W4, rows, column; simpl. split; ring.
Qed.

(** The network computes |x1|. *)
(* @statement SO-Thm2 *)
Theorem A_function : forall x, fA x = Rabs (x 0%nat).
Proof.
  intros x. unfold fA. rewrite networkA_tail.
  unfold affine, mulv, W1, rows, zero; simpl.
  replace (0 + 1 * x 0%nat + 0 * x 1%nat + 0) with (x 0%nat) by ring.
  replace (0 + 0 * x 0%nat + 0 * x 1%nat + 0) with 0 by ring.
  rewrite (Rmax_left 0 (-1000)) by lra. apply Rmax_left, Rabs_pos.
Qed.

(** g is the gradient of f at x. *)
Definition has_gradient (n : nat) (f : vec -> R) (x g : vec) : Prop :=
  forall eps, 0 < eps -> exists d, 0 < d /\ forall h, sqrt (normsq n h) < d ->
    Rabs (f (fun i => x i + h i) - f x - dot n g h) <= eps * sqrt (normsq n h).

Lemma entry_le_norm : forall h, Rabs (h 0%nat) <= sqrt (normsq 2 h).
Proof.
  intros h. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. unfold normsq, Rsqr; simpl.
  pose proof (Rle_0_sqr (h 1%nat)) as Q. unfold Rsqr in Q. lra.
Qed.

Lemma norm_axis : forall t, sqrt (normsq 2 (column [t; 0])) = Rabs t /\
  sqrt (normsq 2 (column [0; t])) = Rabs t.
Proof.
  intros t. rewrite <- sqrt_Rsqr_abs. unfold normsq, column, Rsqr; simpl. split; f_equal; ring.
Qed.

(** Off the line x1 = 0 the gradient is (sign x1, 0). *)
Lemma A_gradient_exists : forall x s, x 0%nat <> 0 -> s * Rabs (x 0%nat) = x 0%nat ->
  has_gradient 2 fA x (column [s; 0]).
Proof.
  intros x s Hx Hs eps He. exists (Rabs (x 0%nat)). split; [apply Rabs_pos_lt; exact Hx|].
  intros h Hh. pose proof (entry_le_norm h) as E. rewrite !A_function.
  assert (Z : Rabs (x 0%nat + h 0%nat) - Rabs (x 0%nat) - dot 2 (column [s; 0]) h = 0).
  { unfold dot, column; simpl. pose proof (Rle_abs (h 0%nat)). pose proof (Rle_abs (- h 0%nat)) as M.
    rewrite Rabs_Ropp in M.
    destruct (Rdichotomy _ _ Hx) as [L|L].
    - rewrite (Rabs_left (x 0%nat)) in * by lra.
      assert (s = -1) as -> by (apply Rmult_eq_reg_r with (- x 0%nat); lra).
      rewrite Rabs_left by lra. ring.
    - rewrite (Rabs_right (x 0%nat)) in * by lra.
      assert (s = 1) as -> by (apply Rmult_eq_reg_r with (x 0%nat); lra).
      rewrite Rabs_right by lra. ring. }
  rewrite Z, Rabs_R0. apply Rmult_le_pos; [lra | apply sqrt_pos].
Qed.

(** Along an axis the difference quotient tends to the entry of the gradient. *)
Lemma gradient_axis : forall f x g, has_gradient 2 f x g -> forall eps, 0 < eps ->
  exists d, 0 < d /\ forall t, Rabs t < d ->
    Rabs (f (fun i => x i + column [t; 0] i) - f x - g 0%nat * t) <= eps * Rabs t /\
    Rabs (f (fun i => x i + column [0; t] i) - f x - g 1%nat * t) <= eps * Rabs t.
Proof.
  intros f x g H eps He. destruct (H eps He) as [d [Hd K]]. exists d. split; [exact Hd|].
  intros t Ht. destruct (norm_axis t) as [N0 N1]. split.
  - specialize (K (column [t; 0])). rewrite N0 in K. specialize (K Ht).
    replace (g 0%nat * t) with (dot 2 g (column [t; 0])) by (unfold dot, column; simpl; ring). exact K.
  - specialize (K (column [0; t])). rewrite N1 in K. specialize (K Ht).
    replace (g 1%nat * t) with (dot 2 g (column [0; t])) by (unfold dot, column; simpl; ring). exact K.
Qed.

(** Wherever the network has a gradient, that gradient has norm 1; it has one unless x1 = 0. *)
(* @statement SO-Thm2 *)
Theorem A_gradient : forall x,
  (x 0%nat <> 0 -> exists g, has_gradient 2 fA x g) /\
  (forall g, has_gradient 2 fA x g -> x 0%nat <> 0 /\ normsq 2 g = 1).
Proof.
  intros x. split.
  - intros Hx. exists (column [x 0%nat / Rabs (x 0%nat); 0]). apply A_gradient_exists; [exact Hx|].
    field. apply Rabs_no_R0. exact Hx.
  - intros g H.
    assert (B : forall eps, 0 < eps -> exists t, 0 < t /\ (x 0%nat <> 0 -> t < Rabs (x 0%nat)) /\
      Rabs (Rabs (x 0%nat + t) - Rabs (x 0%nat) - g 0%nat * t) <= eps * t /\
      Rabs (Rabs (x 0%nat - t) - Rabs (x 0%nat) + g 0%nat * t) <= eps * t /\
      Rabs (g 1%nat * t) <= eps * t).
    { intros eps He. destruct (gradient_axis fA x g H eps He) as [d [Hd K]].
      assert (T : exists t, 0 < t /\ t < d /\ (x 0%nat <> 0 -> t < Rabs (x 0%nat))).
      { destruct (Req_dec (x 0%nat) 0) as [Z|Z].
        - exists (d / 2). split; [lra|]. split; [lra|]. intros C; contradiction.
        - assert (P : 0 < Rabs (x 0%nat)) by (apply Rabs_pos_lt; exact Z).
          exists (Rmin d (Rabs (x 0%nat)) / 2).
          pose proof (Rmin_l d (Rabs (x 0%nat))). pose proof (Rmin_r d (Rabs (x 0%nat))).
          assert (0 < Rmin d (Rabs (x 0%nat))) by (apply Rmin_glb_lt; assumption).
          split; [lra|]. split; [lra|]. intros _; lra. }
      destruct T as [t [T0 [T1 T2]]]. exists t. split; [exact T0|]. split; [exact T2|].
      destruct (K t ltac:(rewrite Rabs_right; lra)) as [K1 K2].
      destruct (K (- t) ltac:(rewrite Rabs_Ropp, Rabs_right; lra)) as [K3 _].
      rewrite !A_function in K1, K2, K3. unfold column in K1, K2, K3. simpl in K1, K2, K3.
      rewrite Rabs_Ropp in K3. rewrite (Rabs_right t) in K1, K2, K3 by lra. repeat split.
      - exact K1.
      - replace (Rabs (x 0%nat - t) - Rabs (x 0%nat) + g 0%nat * t)
          with (Rabs (x 0%nat + - t) - Rabs (x 0%nat) - g 0%nat * - t)
          by (unfold Rminus; ring). exact K3.
      - replace (Rabs (x 0%nat + 0) - Rabs (x 0%nat) - g 1%nat * t) with (- (g 1%nat * t)) in K2
          by (rewrite Rplus_0_r; ring). rewrite Rabs_Ropp in K2. exact K2. }
    assert (small : forall a, (forall eps, 0 < eps -> exists t, 0 < t /\ Rabs (a * t) <= eps * t) -> a = 0).
    { intros a Ha. destruct (Req_dec a 0) as [Z|Z]; [exact Z|].
      assert (P : 0 < Rabs a) by (apply Rabs_pos_lt; exact Z).
      destruct (Ha (Rabs a / 2) ltac:(lra)) as [t [T0 T1]].
      rewrite Rabs_mult, (Rabs_right t) in T1 by lra.
      assert (0 < Rabs a * t) by (apply Rmult_lt_0_compat; assumption). lra. }
    assert (G1 : g 1%nat = 0).
    { apply small. intros eps He. destruct (B eps He) as [t [T0 [_ [_ [_ T3]]]]]. exists t. auto. }
    assert (Hx : x 0%nat <> 0).
    { intros Z. destruct (B (1/2) ltac:(lra)) as [t [T0 [_ [T1 [T2 _]]]]]. rewrite Z in T1, T2.
      rewrite Rplus_0_l, Rabs_R0, (Rabs_right t) in T1 by lra.
      replace (Rabs (0 - t)) with t in T2
        by (rewrite Rminus_0_l, Rabs_Ropp, Rabs_right; lra). rewrite Rabs_R0 in T2.
      pose proof (Rle_abs (t - 0 - g 0%nat * t)). pose proof (Rle_abs (t - 0 + g 0%nat * t)). lra. }
    split; [exact Hx|].
    assert (G0 : g 0%nat = 1 \/ g 0%nat = -1).
    { destruct (Rdichotomy _ _ Hx) as [L|L]; [right | left].
      - apply Rplus_eq_reg_r with 1. replace (-1 + 1) with 0 by ring. apply small.
        intros eps He. destruct (B eps He) as [t [T0 [T1 [T2 _]]]]. exists t. split; [exact T0|].
        specialize (T1 Hx). rewrite (Rabs_left (x 0%nat)) in * by lra.
        rewrite (Rabs_left (x 0%nat + t)) in T2 by lra.
        replace ((g 0%nat + 1) * t) with (- (- (x 0%nat + t) - - x 0%nat - g 0%nat * t)) by ring.
        rewrite Rabs_Ropp. exact T2.
      - apply Rplus_eq_reg_r with (-1). replace (1 + -1) with 0 by ring. apply small.
        intros eps He. destruct (B eps He) as [t [T0 [_ [T2 _]]]]. exists t. split; [exact T0|].
        rewrite (Rabs_right (x 0%nat)), (Rabs_right (x 0%nat + t)) in T2 by lra.
        replace ((g 0%nat + -1) * t) with (- (x 0%nat + t - x 0%nat - g 0%nat * t)) by ring.
        rewrite Rabs_Ropp. exact T2. }
    unfold normsq; simpl. rewrite G1. destruct G0 as [-> | ->]; ring.
Qed.

(** No orthogonal first matrix, with any bias, gives the same function while the rest is kept. *)
(* @statement SO-Thm2 *)
Theorem A_no_replacement : forall W b, orthonormal_columns 2 2 W ->
  ~ (forall x, networkA W b x = fA x).
Proof.
  intros W b H F.
  assert (T : forall t, W 0%nat 1%nat * t + b 0%nat = 0 /\ W 1%nat 1%nat * t + b 1%nat <= 0).
  { intros t. specialize (F (column [0; t])). rewrite networkA_tail, A_function in F.
    unfold affine, mulv, column in F; simpl in F. rewrite Rabs_R0 in F.
    replace (0 + W 0%nat 0%nat * 0 + W 0%nat 1%nat * t + b 0%nat)
      with (W 0%nat 1%nat * t + b 0%nat) in F by ring.
    replace (0 + W 1%nat 0%nat * 0 + W 1%nat 1%nat * t + b 1%nat)
      with (W 1%nat 1%nat * t + b 1%nat) in F by ring.
    set (u := W 0%nat 1%nat * t + b 0%nat) in *. set (v := W 1%nat 1%nat * t + b 1%nat) in *.
    pose proof (Rmax_l (Rabs u) (Rmax v (-1000))). pose proof (Rmax_r (Rabs u) (Rmax v (-1000))).
    pose proof (Rmax_l v (-1000)). pose proof (Rle_abs u). pose proof (Rle_abs (- u)) as N.
    rewrite Rabs_Ropp in N. split; lra. }
  assert (Z : W 0%nat 1%nat = 0).
  { destruct (T 0) as [T0 _]. destruct (T 1) as [T1 _]. lra. }
  specialize (H 1%nat 1%nat ltac:(lia) ltac:(lia)). unfold mul, transpose, delta in H; simpl in H.
  rewrite Z in H. set (w := W 1%nat 1%nat) in *.
  assert (Hw : w * w = 1) by lra.
  destruct (T (w * (1 + Rabs (b 1%nat)))) as [_ T2].
  replace (w * (w * (1 + Rabs (b 1%nat)))) with ((w * w) * (1 + Rabs (b 1%nat))) in T2 by ring.
  rewrite Hw in T2. pose proof (Rle_abs (- b 1%nat)) as N. rewrite Rabs_Ropp in N. lra.
Qed.

(** The printed replacement U V^T is diag (1, 1) or diag (1, -1): the value at (0, 5), or (0, -5),
    becomes 5 instead of 0. *)
(* @statement SO-Thm2 *)
Theorem A_printed_replacement :
  networkA (rows [[1; 0]; [0; 1]]) zero (column [0; 5]) = 5 /\ fA (column [0; 5]) = 0 /\
  networkA (rows [[1; 0]; [0; -1]]) zero (column [0; -5]) = 5 /\ fA (column [0; -5]) = 0.
Proof.
  rewrite !networkA_tail, !A_function. unfold affine, mulv, rows, zero, column; simpl.
  rewrite Rabs_R0. repeat split.
  - replace (0 + 1 * 0 + 0 * 5 + 0) with 0 by ring. replace (0 + 0 * 0 + 1 * 5 + 0) with 5 by ring.
    rewrite Rabs_R0, (Rmax_left 5) by lra. apply Rmax_right; lra.
  - replace (0 + 1 * 0 + 0 * -5 + 0) with 0 by ring. replace (0 + 0 * 0 + -1 * -5 + 0) with 5 by ring.
    rewrite Rabs_R0, (Rmax_left 5) by lra. apply Rmax_right; lra.
Qed.

(** * Example A, all layers re-chosen: every matrix orthonormal, same function *)

Definition V1 : mat := rows [[1; 0]; [0; 1]].
Definition V2 : mat := rows [[r; 0]; [- r; 0]; [0; r]; [0; - r]].
Definition V3 : mat := rows [[r; - r; 0; 0]; [0; 0; - r; r]].
Definition V4 : mat := rows [[1; 0]].

Definition network_joint (x : vec) : R :=
  affine 2 V4 zero (maxmin (affine 4 V3 zero (maxmin (affine 2 V2 zero (affine 2 V1 zero x))))) 0%nat.

(** In example A all four matrices can be replaced at once by orthonormal ones. *)
(* @statement SO-Thm2 *)
Theorem A_joint_replacement :
  orthonormal_columns 2 2 V1 /\ orthonormal_columns 4 2 V2 /\ orthonormal_rows 2 4 V3 /\
  orthonormal_rows 1 2 V4 /\ forall x, network_joint x = fA x.
Proof.
  pose proof r_square as S.
  assert (cases : forall i, (i < 2)%nat -> i = 0%nat \/ i = 1%nat) by (intros; lia).
  repeat split.
  - intros i j Hi Hj. destruct (cases i Hi) as [-> | ->]; destruct (cases j Hj) as [-> | ->];
      unfold mul, transpose, V1, rows, delta; simpl; ring.
  - intros i j Hi Hj. destruct (cases i Hi) as [-> | ->]; destruct (cases j Hj) as [-> | ->];
      unfold mul, transpose, V2, rows, delta; simpl; try ring; lra.
  - intros i j Hi Hj. destruct (cases i Hi) as [-> | ->]; destruct (cases j Hj) as [-> | ->];
      unfold mul, transpose, V3, rows, delta; simpl; try ring; lra.
  - intros i j Hi Hj. assert (i = 0%nat) as -> by lia. assert (j = 0%nat) as -> by lia.
    unfold mul, transpose, V4, rows, delta; simpl; ring.
  - intros x. rewrite A_function. unfold network_joint.
    set (z := affine 2 V2 zero (affine 2 V1 zero x)).
    assert (Z : z 0%nat = r * x 0%nat /\ z 1%nat = - r * x 0%nat /\
                z 2%nat = r * x 1%nat /\ z 3%nat = - r * x 1%nat).
    { unfold z, affine, mulv, V2, V1, rows, zero; simpl. repeat split; ring. }
    destruct Z as [Z0 [Z1 [Z2 Z3]]].
    unfold affine at 1. unfold mulv, V4, rows, zero. simpl rsum. cbn [nth].
    unfold maxmin at 1. cbn [Nat.even].
    unfold affine, mulv, V3, rows. simpl rsum. cbn [nth].
    unfold maxmin. cbn [Nat.even pred]. rewrite Z0, Z1, Z2, Z3.
    match goal with |- 0 + 1 * Rmax ?u ?v + _ + _ = _ =>
      transitivity (Rmax u v); [ring|];
      replace u with (Rabs (x 0%nat)) by (rewrite <- (fold_abs (x 0%nat)); ring);
      replace v with (- Rabs (x 1%nat)) by (rewrite <- (fold_abs (x 1%nat)); ring) end.
    apply Rmax_left. pose proof (Rabs_pos (x 0%nat)). pose proof (Rabs_pos (x 1%nat)). lra.
Qed.

(** * Example B: a weight of full rank between two fixed 1-Lipschitz maps *)

Definition clip (t : R) : R := Rmax (-1) (Rmin t 1).
Definition hB (x : vec) : vec := fun i => match i with 0%nat => x 0%nat | _ => clip (x 1%nat) end.
Definition FB (z : vec) : R := Rmax (Rabs (z 0%nat)) (Rabs (z 1%nat) - 1/2).
Definition networkB (W : mat) (b x : vec) : R := FB (affine 2 W b (hB x)).
Definition WB : mat := rows [[1; 0]; [0; 1/2]].
Definition fB : vec -> R := networkB WB zero.

Lemma clip_range : forall t, -1 <= clip t <= 1.
Proof.
  intros t. unfold clip. split; [apply Rmax_l|]. apply Rmax_lub; [lra | apply Rmin_r].
Qed.

Lemma clip_id : forall t, -1 <= t <= 1 -> clip t = t.
Proof. intros t H. unfold clip. rewrite Rmin_left by lra. apply Rmax_right. lra. Qed.

(** The weight diag (1, 1/2) has norm 1, and the function is |x1| again. *)
(* @statement SO-Thm2 *)
Theorem B_function : norm_one 2 2 WB /\ forall x, fB x = Rabs (x 0%nat).
Proof.
  split; [split|].
  - intros x. unfold normsq, mulv, WB, rows; simpl.
    pose proof (Rle_0_sqr (x 1%nat)) as Q. unfold Rsqr in Q. lra.
  - exists (column [1; 0]). unfold normsq, mulv, WB, rows, column; simpl. split; ring.
  - intros x. unfold fB, networkB, FB, affine, mulv, WB, rows, zero, hB; simpl.
    pose proof (clip_range (x 1%nat)) as C.
    replace (0 + 1 * x 0%nat + 0 * clip (x 1%nat) + 0) with (x 0%nat) by ring.
    apply Rmax_left.
    replace (0 + 0 * x 0%nat + 1 / 2 * clip (x 1%nat) + 0) with (clip (x 1%nat) / 2) by field.
    assert (Rabs (clip (x 1%nat) / 2) <= 1/2) by (apply Rabs_le; lra).
    pose proof (Rabs_pos (x 0%nat)). lra.
Qed.

(** With the identity in place of diag (1, 1/2) the value at (0, 1) is 1/2 instead of 0. *)
(* @statement SO-Thm2 *)
Theorem B_printed_replacement :
  networkB (rows [[1; 0]; [0; 1]]) zero (column [0; 1]) = 1/2 /\ fB (column [0; 1]) = 0.
Proof.
  split.
  - unfold networkB, FB, affine, mulv, rows, zero, hB, column; simpl. rewrite clip_id by lra.
    replace (0 + 1 * 0 + 0 * 1 + 0) with 0 by ring. replace (0 + 0 * 0 + 1 * 1 + 0) with 1 by ring.
    rewrite Rabs_R0, (Rabs_right 1) by lra. rewrite Rmax_right; lra.
  - destruct B_function as [_ H]. rewrite H. unfold column; simpl. apply Rabs_R0.
Qed.

(** No orthogonal matrix, with any bias, gives the same function while h and F are kept. *)
(* @statement SO-Thm2 *)
Theorem B_no_replacement : forall W b, orthonormal_columns 2 2 W ->
  ~ (forall x, networkB W b x = fB x).
Proof.
  intros W b H F. destruct B_function as [_ E].
  assert (T : forall t, -1 <= t <= 1 ->
    W 0%nat 1%nat * t + b 0%nat = 0 /\ Rabs (W 1%nat 1%nat * t + b 1%nat) <= 1/2).
  { intros t Ht. specialize (F (column [0; t])). rewrite E in F.
    unfold networkB, FB, affine, mulv, hB, column in F; simpl in F.
    rewrite (clip_id t Ht), Rabs_R0 in F.
    replace (0 + W 0%nat 0%nat * 0 + W 0%nat 1%nat * t + b 0%nat)
      with (W 0%nat 1%nat * t + b 0%nat) in F by ring.
    replace (0 + W 1%nat 0%nat * 0 + W 1%nat 1%nat * t + b 1%nat)
      with (W 1%nat 1%nat * t + b 1%nat) in F by ring.
    set (u := W 0%nat 1%nat * t + b 0%nat) in *. set (v := W 1%nat 1%nat * t + b 1%nat) in *.
    pose proof (Rmax_l (Rabs u) (Rabs v - 1/2)). pose proof (Rmax_r (Rabs u) (Rabs v - 1/2)).
    pose proof (Rle_abs u). pose proof (Rle_abs (- u)) as N. rewrite Rabs_Ropp in N. split; lra. }
  destruct (T 0 ltac:(lra)) as [T0 _]. destruct (T 1 ltac:(lra)) as [T1 V1'].
  destruct (T (-1) ltac:(lra)) as [_ V2'].
  apply abs_le_inv in V1'. apply abs_le_inv in V2'.
  specialize (H 1%nat 1%nat ltac:(lia) ltac:(lia)). unfold mul, transpose, delta in H; simpl in H.
  assert (Z : W 0%nat 1%nat = 0) by lra. rewrite Z in H. set (w := W 1%nat 1%nat) in *.
  assert (w * w <= 1/2 * (1/2)).
  { apply Rsqr_le_abs_1. rewrite (Rabs_right (1/2)) by lra. apply Rabs_le. lra. }
  lra.
Qed.
