(** What the printed derivations of adversarial Lipschitz regularisation assume: counterexamples.

   Content.  The iteration (16), which replaces r by the normalised gradient of the distance of f(x) and f(x + r),
   stalls below the maximum for affine f and the norms l_inf and l1; with a large step it forgets a better
   direction; no distance that obeys the triangle inequality is dominated by a squared distance, so (23) and (24)
   apply to no metric; the printed reduction (square of the mean) is not the loss used (mean of the square); the
   argmax of (14) need not exist.

   Definitions.  [slope D r g]: near r the function D of two variables is affine with gradient g.

   Witnesses.  l_inf: J = diag(1, 2), start (99/100, 141/1000), stays at (1, 0), ratio 1 against 2 at (0, 1).
   l1: J = [[2, 3], [2, -2]], start signs (1, 1), stays at (4, 1)/sqrt 17, ratio sqrt 17 against 5 at (0, 1).
   Large step: f = max(0, x1) + x2/10 at (1, 0), start (-1, 0), steps of length 10, radius 1/2.
   Reductions: L = 0 and L = 2.  Argmax: f x = x^2 on [-1, 1] at 1.

   Not covered: convergence of the iteration for l2, floating point. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid.
Open Scope R_scope.

Definition slope (D : R -> R -> R) (r1 r2 g1 g2 : R) : Prop := exists delta, 0 < delta /\
  forall h1 h2, Rabs h1 < delta -> Rabs h2 < delta -> D (r1 + h1) (r2 + h2) = D r1 r2 + g1 * h1 + g2 * h2.

(* Distance of f(x) and f(x + r) for f with the matrix diag(1, 2) and the l_inf norm. *)
Definition Dinf (r1 r2 : R) : R := Rmax (Rabs r1) (Rabs (2 * r2)).

Lemma Dinf_slope : forall r1 r2, 0 < r1 -> Rabs (2 * r2) < r1 -> slope Dinf r1 r2 1 0.
Proof.
  intros r1 r2 P H. exists ((r1 - Rabs (2 * r2)) / 4). split; [lra|].
  intros h1 h2 H1 H2. unfold Dinf.
  pose proof (Rabs_triang (2 * r2) (2 * h2)) as T. replace (2 * r2 + 2 * h2) with (2 * (r2 + h2)) in T by ring.
  rewrite (Rabs_mult 2 h2), (Rabs_right 2) in T by lra.
  pose proof (Rle_abs (- h1)) as A. rewrite Rabs_Ropp in A. pose proof (Rabs_pos (2 * r2)).
  rewrite (Rabs_right r1), (Rabs_right (r1 + h1)) by lra.
  rewrite !Rmax_left by lra. ring.
Qed.

(* For l_inf and J = diag(1, 2) the normalised gradient at (99/100, 141/1000), and at (1, 0) itself, is (1, 0) for
   every step xi > 0: the iteration stalls at the ratio 1 while the maximum is 2. *)
(* @statement ALR-Eq16 *)
Theorem linf_iteration_stalls :
  (forall xi, 0 < xi -> slope Dinf (xi * (99/100)) (xi * (141/1000)) 1 0) /\
  (forall xi, 0 < xi -> slope Dinf (xi * 1) (xi * 0) 1 0) /\
  Dinf 1 0 = 1 /\ Dinf 0 1 = 2 /\ forall r1 r2, Dinf r1 r2 <= 2 * sqrt (r1 * r1 + r2 * r2).
Proof.
  split; [|split; [|split; [|split]]].
  - intros xi H. apply Dinf_slope; [lra|]. rewrite Rabs_right by lra. lra.
  - intros xi H. apply Dinf_slope; [lra|]. replace (2 * (xi * 0)) with 0 by ring. rewrite Rabs_R0. lra.
  - unfold Dinf. replace (2 * 0) with 0 by ring. rewrite Rabs_R1, Rabs_R0. apply Rmax_left. lra.
  - unfold Dinf. replace (2 * 1) with 2 by ring. rewrite Rabs_R0, (Rabs_right 2) by lra. apply Rmax_right. lra.
  - intros r1 r2. unfold Dinf. pose proof (sqrt_pos (r1 * r1 + r2 * r2)).
    pose proof (Rle_0_sqr r1) as S1. pose proof (Rle_0_sqr r2) as S2.
    assert (A : Rabs r1 <= sqrt (r1 * r1 + r2 * r2)).
    { rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1; unfold Rsqr in *; lra. }
    assert (B : Rabs r2 <= sqrt (r1 * r1 + r2 * r2)).
    { rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1; unfold Rsqr in *; lra. }
    rewrite Rabs_mult, (Rabs_right 2) by lra. apply Rmax_lub; lra.
Qed.

(* The same for the matrix [[2, 3], [2, -2]] and the l1 norm. *)
Definition Done (r1 r2 : R) : R := Rabs (2 * r1 + 3 * r2) + Rabs (2 * r1 - 2 * r2).

Lemma Done_slope : forall r1 r2, 0 < 2 * r1 + 3 * r2 -> 0 < 2 * r1 - 2 * r2 -> slope Done r1 r2 4 1.
Proof.
  intros r1 r2 P Q. exists (Rmin (2 * r1 + 3 * r2) (2 * r1 - 2 * r2) / 6).
  pose proof (Rmin_l (2 * r1 + 3 * r2) (2 * r1 - 2 * r2)). pose proof (Rmin_r (2 * r1 + 3 * r2) (2 * r1 - 2 * r2)).
  pose proof (Rmin_pos _ _ P Q). split; [lra|]. intros h1 h2 B1 B2. unfold Done.
  apply Rabs_def2 in B1. apply Rabs_def2 in B2. rewrite !Rabs_right by lra. ring.
Qed.

Lemma below_norm : forall a b c r1 r2, 0 <= c -> a * a + b * b <= c * c ->
  a * r1 + b * r2 <= c * sqrt (r1 * r1 + r2 * r2).
Proof.
  intros a b c r1 r2 Hc H. pose proof (Rle_0_sqr r1) as S1. pose proof (Rle_0_sqr r2) as S2. unfold Rsqr in *.
  apply Rle_trans with (Rabs (a * r1 + b * r2)); [apply Rle_abs|].
  rewrite <- (sqrt_square c) by exact Hc. rewrite <- sqrt_mult by (try apply Rle_0_sqr; lra).
  rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1.
  - apply Rle_0_sqr.
  - apply Rmult_le_pos; [apply Rle_0_sqr | lra].
  - unfold Rsqr. pose proof (Rle_0_sqr (a * r2 - b * r1)) as S. unfold Rsqr in S.
    apply Rle_trans with ((a * a + b * b) * (r1 * r1 + r2 * r2)); [lra | apply Rmult_le_compat_r; lra].
Qed.

(* For l1 and J = [[2, 3], [2, -2]], from every start where both components of J r are positive, the gradient is
   (4, 1), and it stays so: the iteration is fixed at the ratio sqrt 17, while the maximum is 5. *)
(* @statement ALR-Eq16 *)
Theorem l1_iteration_stalls :
  (forall r1 r2, 0 < 2 * r1 + 3 * r2 -> 0 < 2 * r1 - 2 * r2 -> slope Done r1 r2 4 1) /\
  (forall xi, 0 < xi -> slope Done (xi * (4 / sqrt 17)) (xi * (1 / sqrt 17)) 4 1) /\
  4 / sqrt 17 * (4 / sqrt 17) + 1 / sqrt 17 * (1 / sqrt 17) = 1 /\
  Done (4 / sqrt 17) (1 / sqrt 17) = sqrt 17 /\ Done 0 1 = 5 /\ sqrt 17 < 5 /\
  forall r1 r2, Done r1 r2 <= 5 * sqrt (r1 * r1 + r2 * r2).
Proof.
  pose proof (sqrt_lt_R0 17 ltac:(lra)) as P. pose proof (sqrt_sqrt 17 ltac:(lra)) as S.
  assert (I : 0 < / sqrt 17) by (now apply Rinv_0_lt_compat).
  assert (L : sqrt 17 < 5).
  { apply Rsqr_incrst_0; unfold Rsqr; lra. }
  split; [exact Done_slope|]. split; [|split; [|split; [|split; [|split; [exact L|]]]]].
  - intros xi H. pose proof (Rmult_lt_0_compat _ _ H I). unfold Rdiv. apply Done_slope; lra.
  - replace (_ + _) with (17 / (sqrt 17 * sqrt 17)) by (field; lra). rewrite S. field.
  - unfold Done, Rdiv. rewrite !Rabs_right by lra.
    replace (_ + _) with (17 * / sqrt 17) by ring. rewrite <- S at 1. field. lra.
  - unfold Done. rewrite Rabs_right, Rabs_left by lra. lra.
  - intros r1 r2. unfold Done.
    pose proof (below_norm 4 1 5 r1 r2 ltac:(lra) ltac:(lra)).
    pose proof (below_norm (-4) (-1) 5 r1 r2 ltac:(lra) ltac:(lra)).
    pose proof (below_norm 0 5 5 r1 r2 ltac:(lra) ltac:(lra)).
    pose proof (below_norm 0 (-5) 5 r1 r2 ltac:(lra) ltac:(lra)).
    unfold Rabs. repeat destruct Rcase_abs; lra.
Qed.

(** * A large step *)

Definition ramp (x1 x2 : R) : R := Rmax 0 x1 + x2 / 10.
Definition Dramp (r1 r2 : R) : R := Rabs (ramp 1 0 - ramp (1 + r1) r2).

(* For f = max(0, x1) + x2/10 at (1, 0) and the start (-1, 0), a step of length 10 has the gradient (0, -1/10), hence
   the direction (0, -1) with the ratio 1/10 at radius 1/2, where the start itself has the ratio 1. *)
(* @statement ALR-Eq16 *)
Theorem large_step_worse : slope Dramp (-10) 0 0 (-1/10) /\
  Dramp 0 (-1/2) / (1/2) = 1/10 /\ Dramp (-1/2) 0 / (1/2) = 1.
Proof.
  unfold Dramp, ramp. split; [|split].
  - exists 1. split; [lra|]. intros h1 h2 H1 H2. apply Rabs_def2 in H1. apply Rabs_def2 in H2.
    rewrite (Rmax_right 0 1), (Rmax_left 0 (1 + -10)), (Rmax_left 0 (1 + (-10 + h1))) by lra.
    rewrite !Rabs_right by lra. field.
  - rewrite !Rmax_right by lra. rewrite Rabs_right by lra. field.
  - rewrite !Rmax_right by lra. rewrite Rabs_right by lra. field.
Qed.

(** * Metrics and second derivatives *)

(* A distance on R^n with the triangle inequality that is at most C times the squared Euclidean distance vanishes:
   no metric has the second-order expansion that the derivation of the power iteration needs. *)
(* @statement ALR-Eq23 *)
Theorem squared_domination_trivial : forall n (D : vec -> vec -> R) C, 0 <= C ->
  (forall x y z, D x z <= D x y + D y z) -> (forall x y, D x y <= C * normsq n (sub x y)) ->
  forall x y, D x y <= 0.
Proof.
  intros n D C HC T B x y.
  assert (Chain : forall m k, (0 < m)%nat ->
    D x (fun i => x i + INR k / INR m * (y i - x i)) <= INR k * (C * normsq n (sub x y) / (INR m * INR m))
    \/ k = 0%nat).
  { intros m k Hm. destruct k as [|k]; [now right|left]. apply lt_0_INR in Hm.
    induction k as [|k IH].
    - eapply Rle_trans; [apply B|]. right. change (INR 1) with 1.
      replace (normsq n (sub x (fun i => x i + 1 / INR m * (y i - x i)))) with (/ (INR m * INR m) * normsq n (sub x y)).
      + field. lra.
      + unfold normsq. rewrite <- rsum_scal. apply rsum_ext. intros. unfold sub. field. lra.
    - eapply Rle_trans; [apply (T _ (fun i => x i + INR (S k) / INR m * (y i - x i)))|].
      rewrite (S_INR (S k)).
      replace ((INR (S k) + 1) * (C * normsq n (sub x y) / (INR m * INR m))) with
        (INR (S k) * (C * normsq n (sub x y) / (INR m * INR m)) + C * (/ (INR m * INR m) * normsq n (sub x y)))
        by (field; lra).
      apply Rplus_le_compat; [exact IH|]. eapply Rle_trans; [apply B|]. right. f_equal.
      unfold normsq. rewrite <- rsum_scal. apply rsum_ext. intros. unfold sub. field. lra. }
  set (Q := C * normsq n (sub x y)).
  assert (HQ : 0 <= Q) by (apply Rmult_le_pos; [exact HC | apply normsq_nonneg]).
  assert (Step : forall m, (0 < m)%nat -> D x y <= Q / INR m).
  { intros m Hm. destruct (Chain m m Hm) as [H|H]; [|lia]. apply lt_0_INR in Hm.
    fold Q in H. replace (INR m * (Q / (INR m * INR m))) with (Q / INR m) in H by (field; lra).
    pose proof (T x (fun i => x i + INR m / INR m * (y i - x i)) y) as T2.
    assert (Z : D (fun i => x i + INR m / INR m * (y i - x i)) y <= 0).
    { eapply Rle_trans; [apply B|]. right.
      replace (normsq n _) with 0; [ring|]. symmetry. apply rsum_zero. intros. unfold sub. field. lra. }
    lra. }
  destruct (Rle_dec (D x y) 0) as [H|H]; [exact H|exfalso].
  destruct (archimed (Q / D x y)) as [A _].
  assert (P : 0 < D x y) by lra.
  assert (PQ : 0 <= Q / D x y) by (unfold Rdiv; apply Rmult_le_pos; [exact HQ | left; now apply Rinv_0_lt_compat]).
  assert (U : (0 < up (Q / D x y))%Z) by (apply lt_IZR; lra).
  assert (E : INR (Z.to_nat (up (Q / D x y))) = IZR (up (Q / D x y)))
    by (rewrite INR_IZR_INZ, Z2Nat.id by lia; reflexivity).
  pose proof (Step (Z.to_nat (up (Q / D x y))) ltac:(lia)) as S. rewrite E in S.
  set (u := IZR (up (Q / D x y))) in *. assert (Pu : 0 < u) by lra.
  apply Rmult_lt_compat_r with (r := D x y) in A; [|exact P].
  replace (Q / D x y * D x y) with Q in A by (field; lra).
  apply Rmult_le_compat_r with (r := u) in S; [|lra].
  replace (Q / u * u) with Q in S by (field; lra). lra.
Qed.

(* On the line the distance |u - v| has the slope 1 at every r > 0, so its gradient does not vanish at 0. *)
(* @statement ALR-Eq23 *)
Theorem distance_has_slope_one : forall r, 0 < r -> derivable_pt_lim (fun u => Rabs (u - 0)) r 1.
Proof.
  intros r H eps He. exists (mkposreal r H). intros h Hh Lh. simpl in Lh. apply Rabs_def2 in Lh.
  rewrite !Rminus_0_r, (Rabs_right (r + h)), (Rabs_right r) by lra.
  replace ((r + h - r) / h - 1) with 0 by (field; exact Hh).
  rewrite Rabs_R0. exact He.
Qed.

(** * Reductions *)

(* For the values 0 and 2 with equal probability the square of the mean is 1 and the mean of the squares 2. *)
(* @statement ALR-Reg *)
Theorem square_of_mean_differs : let l := fun i : nat => match i with O => 0 | _ => 2 end in
  (rsum 2 l / 2) * (rsum 2 l / 2) = 1 /\ rsum 2 (fun i => l i * l i) / 2 = 2.
Proof. simpl. split; field. Qed.

(** * No argmax *)

(* For f x = x^2 on [-1, 1] at x = 1 every admissible r has a ratio below 2, and ratios come arbitrarily close
   to 2: the argmax does not exist. *)
(* @statement ALR-Eq14 *)
Theorem argmax_missing : let ratio := fun r => Rabs (1 * 1 - (1 + r) * (1 + r)) / Rabs r in
  (forall r, -1 <= 1 + r <= 1 -> r <> 0 -> ratio r < 2) /\
  (forall eps, 0 < eps -> exists r, -1 <= 1 + r <= 1 /\ r <> 0 /\ 2 - eps < ratio r).
Proof.
  cbv zeta.
  assert (F : forall r, -2 <= r < 0 -> Rabs (1 * 1 - (1 + r) * (1 + r)) / Rabs r = 2 + r).
  { intros r H. replace (1 * 1 - (1 + r) * (1 + r)) with ((2 + r) * - r) by ring.
    rewrite Rabs_mult, Rabs_Ropp, (Rabs_right (2 + r)) by lra. field. apply Rabs_no_R0. lra. }
  split.
  - intros r H N. rewrite F; lra.
  - intros eps He. exists (- Rmin 1 (eps / 2)).
    pose proof (Rmin_l 1 (eps / 2)). pose proof (Rmin_r 1 (eps / 2)).
    pose proof (Rmin_pos 1 (eps / 2) ltac:(lra) ltac:(lra)).
    rewrite F by lra. lra.
Qed.
