(** The binary cross-entropy and the Lipschitz constant.

   Content.  The corrected inequality behind MF-Prop3 (the sum of two losses is at most p times the mean), the
   quantitative lower bound on the Lipschitz constant and its sharpness, the divergence; the corrected MF-Prop10
   (the derivative of the loss at every training point of a minimiser is bounded away from zero by an explicit
   constant) and the failure of the printed bound.

   Definitions.  [sp] (softplus), [bce] (mean loss over a sample of size p, labels true = +1, false = -1),
   [loss T y u] = sp (- y T u), [dloss] its derivative in u, [risk], [minimiser] over L-Lipschitz functions,
   [mass b] (weight of the class b), [beta] (log of the ratio of the class masses).

   Witnesses.  Printed (15): p = 2, f = 0.  Printed MF-Prop10: T = 1/2, f = 0, y = 1.
   Sharpness of the bound: points 1 and -1, f x = K x.

   Not covered: existence of minimisers, general probability measures (finite ones only), statistics.
   Coq's own logarithm and exponential rest on excluded middle, so do most theorems here. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix.
Open Scope R_scope.

Definition sp (z : R) : R := ln (1 + exp z).

Definition sgn (y : bool) : R := if y then 1 else -1.

(* Mean cross-entropy of the logits f on the sample (x i, y i), i < p. *)
Definition bce {X : Type} (p : nat) (x : nat -> X) (y : nat -> bool) (f : X -> R) : R :=
  rsum p (fun i => sp (- (sgn (y i) * f (x i)))) / INR p.

Lemma one_exp_pos : forall z, 0 < 1 + exp z.
Proof. intros z. pose proof (exp_pos z). lra. Qed.

Lemma exp_le : forall a b, a <= b -> exp a <= exp b.
Proof. intros a b [H|H]; [left; now apply exp_increasing | right; now rewrite H]. Qed.

Lemma ln_le : forall a b, 0 < a -> a <= b -> ln a <= ln b.
Proof. intros a b H [L|L]; [left; now apply ln_increasing | right; now rewrite L]. Qed.

Lemma exp_half : forall z, exp z = exp (z / 2) * exp (z / 2).
Proof. intros z. rewrite <- exp_plus. f_equal. field. Qed.

Lemma sp_pos : forall z, 0 < sp z.
Proof. intros z. unfold sp. rewrite <- ln_1. apply ln_increasing; [lra|]. pose proof (exp_pos z). lra. Qed.

(* Convexity of the softplus at the midpoint. *)
Lemma sp_mid : forall a b, 2 * sp ((a + b) / 2) <= sp a + sp b.
Proof.
  intros a b. unfold sp. pose proof (one_exp_pos a). pose proof (one_exp_pos b).
  pose proof (one_exp_pos ((a + b) / 2)).
  replace (2 * ln (1 + exp ((a + b) / 2))) with
    (ln (1 + exp ((a + b) / 2)) + ln (1 + exp ((a + b) / 2))) by ring.
  rewrite <- !ln_mult by assumption. apply ln_le; [now apply Rmult_lt_0_compat|].
  replace ((a + b) / 2) with (a / 2 + b / 2) by field. rewrite exp_plus.
  rewrite (exp_half a), (exp_half b). pose proof (pow2_ge_0 (exp (a / 2) - exp (b / 2))). lra.
Qed.

(** * MF-Prop3 *)

Section Sample.
Variable X : PM.
Variable p : nat.
Variable x : nat -> X.
Variable y : nat -> bool.

(* The losses of two examples with different labels add up to at most p times the mean loss. *)
(* @statement MF-Eq15 *)
Theorem pair_loss_le : forall (f : X -> R) i j, (i < p)%nat -> (j < p)%nat -> y i = true -> y j = false ->
  0 <= sp (- f (x i)) + sp (f (x j)) <= INR p * bce p x y f.
Proof.
  intros f i j Hi Hj Yi Yj. pose proof (sp_pos (- f (x i))). pose proof (sp_pos (f (x j))).
  split; [lra|]. unfold bce.
  assert (Pp : 0 < INR p) by (apply lt_0_INR; lia).
  replace (INR p * (rsum p (fun k => sp (- (sgn (y k) * f (x k)))) / INR p))
    with (rsum p (fun k => sp (- (sgn (y k) * f (x k))))) by (field; lra).
  pose proof (rsum_two_le p (fun k => sp (- (sgn (y k) * f (x k)))) i j) as T. cbv beta in T.
  rewrite Yi, Yj in T. unfold sgn in T.
  replace (- (1 * f (x i))) with (- f (x i)) in T by ring.
  replace (- (-1 * f (x j))) with (f (x j)) in T by ring.
  apply T; auto.
  - intros k _. left. apply sp_pos.
  - intros E. rewrite E, Yj in Yi. discriminate.
Qed.

Lemma bce_pos : forall (f : X -> R), (0 < p)%nat -> 0 < INR p * bce p x y f.
Proof.
  intros f Hp. unfold bce. assert (Pp : 0 < INR p) by (now apply lt_0_INR).
  replace (INR p * (rsum p (fun k => sp (- (sgn (y k) * f (x k)))) / INR p))
    with (rsum p (fun k => sp (- (sgn (y k) * f (x k))))) by (field; lra).
  pose proof (rsum_one_le p (fun k => sp (- (sgn (y k) * f (x k)))) 0
    (fun k _ => Rlt_le _ _ (sp_pos _)) Hp) as T. cbv beta in T.
  pose proof (sp_pos (- (sgn (y 0%nat) * f (x 0%nat)))). lra.
Qed.

(* A K-Lipschitz classifier of mean loss E satisfies K * |x_i - x_j| >= - 2 log (exp (p E / 2) - 1) for any two
   examples with different labels. *)
(* @statement MF-Prop3 *)
Theorem bce_lipschitz_bound : forall (f : X -> R) K i j, Lip (Y := Real) K f ->
  (i < p)%nat -> (j < p)%nat -> y i = true -> y j = false ->
  -2 * ln (exp (INR p * bce p x y f / 2) - 1) <= K * d (x i) (x j).
Proof.
  intros f K i j HL Hi Hj Yi Yj.
  destruct (pair_loss_le f i j Hi Hj Yi Yj) as [_ B].
  pose proof (sp_mid (- f (x i)) (f (x j))) as M.
  set (u := (- f (x i) + f (x j)) / 2) in *.
  assert (S1 : sp u <= INR p * bce p x y f / 2) by lra.
  apply exp_le in S1. unfold sp in S1. rewrite exp_ln in S1 by apply one_exp_pos.
  assert (L : u <= ln (exp (INR p * bce p x y f / 2) - 1)).
  { rewrite <- (ln_exp u). apply ln_le; [apply exp_pos | lra]. }
  pose proof (HL (x i) (x j)) as D. simpl in D. pose proof (Rle_abs (f (x i) - f (x j))).
  unfold u in L. lra.
Qed.

(* The same with the quotient: the Lipschitz constant is at least - 2 log (exp (p E / 2) - 1) / |x_i - x_j|, in
   particular for a pair of examples of different labels at the smallest distance. *)
(* @statement MF-Prop3 *)
Corollary bce_lipschitz_bound_div : forall (f : X -> R) K i j, Lip (Y := Real) K f ->
  (i < p)%nat -> (j < p)%nat -> y i = true -> y j = false -> 0 < d (x i) (x j) ->
  -2 * ln (exp (INR p * bce p x y f / 2) - 1) / d (x i) (x j) <= K.
Proof.
  intros f K i j HL Hi Hj Yi Yj Hd. pose proof (bce_lipschitz_bound f K i j HL Hi Hj Yi Yj).
  apply Rmult_le_reg_r with (d (x i) (x j)); [exact Hd|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(* A mean loss of at most (2/p) log (1 + exp (- M D / 2)), with D the distance of two examples of different
   labels, forces the Lipschitz constant to be at least M. *)
(* @statement MF-Prop3 *)
Theorem bce_small_forces_lipschitz : forall (f : X -> R) K M i j, Lip (Y := Real) K f ->
  (i < p)%nat -> (j < p)%nat -> y i = true -> y j = false -> 0 < d (x i) (x j) ->
  bce p x y f <= 2 / INR p * sp (- (M * d (x i) (x j) / 2)) -> M <= K.
Proof.
  intros f K M i j HL Hi Hj Yi Yj Hd HE.
  pose proof (bce_lipschitz_bound f K i j HL Hi Hj Yi Yj) as B.
  assert (Pp : 0 < INR p) by (apply lt_0_INR; lia).
  pose proof (bce_pos f ltac:(lia)) as P0.
  set (D := d (x i) (x j)) in *. set (E := INR p * bce p x y f / 2) in *.
  assert (HE2 : E <= sp (- (M * D / 2))).
  { unfold E. apply Rmult_le_compat_l with (r := INR p) in HE; [|lra].
    replace (INR p * (2 / INR p * sp (- (M * D / 2)))) with (2 * sp (- (M * D / 2))) in HE by (field; lra). lra. }
  apply exp_le in HE2. unfold sp in HE2. rewrite exp_ln in HE2 by apply one_exp_pos.
  assert (G : 0 < exp E - 1).
  { assert (0 < E) by (unfold E; lra). pose proof (exp_increasing 0 E ltac:(lra)). rewrite exp_0 in *. lra. }
  assert (L : ln (exp E - 1) <= - (M * D / 2)).
  { rewrite <- (ln_exp (- (M * D / 2))). apply ln_le; [exact G | lra]. }
  apply Rmult_le_reg_r with D; [exact Hd | lra].
Qed.

(* If the mean losses of a sequence of functions f_t tend to zero on a sample with two classes, Lipschitz
   constants K_t of the f_t tend to infinity. *)
(* @statement MF-Prop3 *)
Theorem bce_to_zero_diverges : forall (f : nat -> X -> R) (K : nat -> R) i j,
  (forall t, Lip (Y := Real) (K t) (f t)) ->
  (i < p)%nat -> (j < p)%nat -> y i = true -> y j = false -> 0 < d (x i) (x j) ->
  Un_cv (fun t => bce p x y (f t)) 0 -> cv_infty K.
Proof.
  intros f K i j HL Hi Hj Yi Yj Hd HE M.
  assert (Pp : 0 < INR p) by (apply lt_0_INR; lia).
  assert (E0 : 2 / INR p * sp (- ((M + 1) * d (x i) (x j) / 2)) > 0).
  { apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra | apply sp_pos]. }
  destruct (HE _ E0) as [N HN]. exists N. intros t Ht. specialize (HN t Ht).
  unfold R_dist in HN. rewrite Rminus_0_r in HN.
  pose proof (Rle_abs (bce p x y (f t))).
  pose proof (bce_small_forces_lipschitz (f t) (K t) (M + 1) i j (HL t) Hi Hj Yi Yj Hd ltac:(lra)). lra.
Qed.
End Sample.

Definition two_points (i : nat) : Real := match i with O => 1 | _ => -1 end.
Definition two_labels (i : nat) : bool := match i with O => true | _ => false end.

(* The bound is attained: two points at 1 and -1 with f x = K x give equality for every K. *)
(* @statement MF-Prop3 *)
Theorem bce_lipschitz_bound_sharp : forall K,
  -2 * ln (exp (INR 2 * bce 2 two_points two_labels (fun u => K * u) / 2) - 1)
  = K * d (two_points 0) (two_points 1).
Proof.
  intros K. unfold bce. cbn [rsum two_points two_labels sgn]. change (INR 2) with 2.
  replace (- (1 * (K * 1))) with (- K) by ring. replace (- (-1 * (K * -1))) with (- K) by ring.
  replace (2 * ((0 + sp (- K) + sp (- K)) / 2) / 2) with (sp (- K)) by field.
  unfold sp. rewrite exp_ln by apply one_exp_pos.
  replace (1 + exp (- K) - 1) with (exp (- K)) by ring. rewrite ln_exp. simpl.
  replace (1 - -1) with 2 by ring. rewrite Rabs_right by lra. ring.
Qed.

(* The printed (15), without the factor p, fails for p = 2 and f = 0: the sum is 2 log 2 and the mean log 2. *)
(* @statement MF-Eq15 *)
Theorem printed_15_refuted : let f := fun _ : Real => 0 in
  sp (- f (two_points 0)) + sp (f (two_points 1)) = 2 * ln 2 /\ bce 2 two_points two_labels f = ln 2 /\
  bce 2 two_points two_labels f < sp (- f (two_points 0)) + sp (f (two_points 1)).
Proof.
  cbv zeta beta. unfold bce. cbn [rsum two_labels sgn]. change (INR 2) with 2.
  replace (- (1 * 0)) with 0 by ring. replace (- (-1 * 0)) with 0 by ring. rewrite Ropp_0.
  assert (E : sp 0 = ln 2) by (unfold sp; rewrite exp_0; f_equal; ring).
  rewrite E. pose proof (sp_pos 0). rewrite E in *. repeat split; try field. lra.
Qed.

(** * MF-Prop10 *)

(* Binary cross-entropy with temperature T of the logit u and the label y = 1 or -1. *)
Definition loss (T y u : R) : R := sp (- (y * T * u)).
Definition dloss (T y u : R) : R := - (y * T) / (1 + exp (y * T * u)).

(* The derivative of the loss with respect to the logit is - y T / (1 + exp (y T u)). *)
(* @statement MF-LossBCET *)
Theorem loss_derivative : forall T y u, derivable_pt_lim (loss T y) u (dloss T y u).
Proof.
  intros T y u. unfold loss, sp.
  assert (A : derivable_pt_lim (fun v => - (y * T * v)) u (- (y * T))).
  { replace (fun v => - (y * T * v)) with (mult_real_fct (- (y * T)) id).
    - replace (- (y * T)) with (- (y * T) * 1) at 2 by ring.
      apply derivable_pt_lim_scal, derivable_pt_lim_id.
    - apply FunctionalExtensionality.functional_extensionality. intros v. unfold mult_real_fct, id. ring. }
  assert (B : derivable_pt_lim (fun v => exp (- (y * T * v))) u (exp (- (y * T * u)) * - (y * T))).
  { apply (derivable_pt_lim_comp (fun v => - (y * T * v)) exp); [exact A | apply derivable_pt_lim_exp]. }
  assert (C : derivable_pt_lim (fun v => 1 + exp (- (y * T * v))) u (0 + exp (- (y * T * u)) * - (y * T))).
  { apply (derivable_pt_lim_plus (fct_cte 1) (fun v => exp (- (y * T * v)))).
    - apply derivable_pt_lim_const.
    - exact B. }
  replace (dloss T y u) with (/ (1 + exp (- (y * T * u))) * (0 + exp (- (y * T * u)) * - (y * T))).
  - apply (derivable_pt_lim_comp (fun v => 1 + exp (- (y * T * v))) ln); [exact C|].
    apply derivable_pt_lim_ln. apply one_exp_pos.
  - unfold dloss. rewrite exp_Ropp. pose proof (exp_pos (y * T * u)). field. lra.
Qed.

Lemma dloss_abs : forall T y u, 0 < T -> y = 1 \/ y = -1 -> Rabs (dloss T y u) = T / (1 + exp (y * T * u)).
Proof.
  intros T y u HT Hy. unfold dloss. pose proof (one_exp_pos (y * T * u)).
  unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ _)); [|left; now apply Rinv_0_lt_compat].
  f_equal. rewrite Rabs_Ropp, Rabs_mult, (Rabs_right T) by lra.
  destruct Hy as [-> | ->]; [rewrite Rabs_R1 | rewrite Rabs_left by lra]; ring.
Qed.

Lemma inv_le : forall a b, 0 < a -> a <= b -> / b <= / a.
Proof. intros a b H L. apply Rinv_le_contravar; assumption. Qed.

(* The derivative is at least T / (1 + exp (T |u|)) in absolute value. *)
(* @statement MF-Prop10 *)
Theorem dloss_lower : forall T y u, 0 < T -> y = 1 \/ y = -1 ->
  T / (1 + exp (T * Rabs u)) <= Rabs (dloss T y u).
Proof.
  intros T y u HT Hy. rewrite dloss_abs by assumption. unfold Rdiv.
  apply Rmult_le_compat_l; [lra|]. apply inv_le; [apply one_exp_pos|].
  apply Rplus_le_compat_l, exp_le.
  assert (y * u <= Rabs u) by (destruct Hy as [-> | ->]; unfold Rabs; destruct Rcase_abs; lra).
  apply Rmult_le_compat_l with (r := T) in H; [|lra]. lra.
Qed.

(* The printed lower bound 1 / (1 + exp |u|) fails for T = 1/2 at u = 0: 1/4 < 1/2. *)
(* @statement MF-Prop10 *)
Theorem printed_prop10_refuted : Rabs (dloss (1/2) 1 0) = 1 / 4 /\ 1 / (1 + exp (Rabs 0)) = 1 / 2 /\
  Rabs (dloss (1/2) 1 0) < 1 / (1 + exp (Rabs 0)).
Proof.
  rewrite dloss_abs by lra. replace (1 * (1 / 2) * 0) with 0 by ring. rewrite Rabs_R0, exp_0. lra.
Qed.

Section Minimiser.
Variable X : PM.
Variable p : nat.
Variable x : nat -> X.
Variable y : nat -> bool.
Variable w : nat -> R.            (* weights of the examples *)
Variables T L D : R.
Hypothesis HT : 0 < T.
Hypothesis HL : 0 <= L.
Hypothesis w_nonneg : forall i, (i < p)%nat -> 0 <= w i.
Hypothesis diameter : forall i j, (i < p)%nat -> (j < p)%nat -> d (x i) (x j) <= D.

Definition risk (f : X -> R) : R := rsum p (fun i => w i * loss T (sgn (y i)) (f (x i))).
Definition minimiser (f : X -> R) : Prop :=
  Lip (Y := Real) L f /\ forall g, Lip (Y := Real) L g -> risk f <= risk g.
Definition mass (b : bool) : R := rsum p (fun i => if Bool.eqb (y i) b then w i else 0).

Hypothesis mass_pos : forall b, 0 < mass b.

Lemma rsum_derivable : forall n (h : nat -> R -> R) (h' : nat -> R) c,
  (forall i, (i < n)%nat -> derivable_pt_lim (h i) c (h' i)) ->
  derivable_pt_lim (fun t => rsum n (fun i => h i t)) c (rsum n h').
Proof.
  induction n as [|n IH]; intros h h' c H; cbn [rsum].
  - apply derivable_pt_lim_const.
  - apply (derivable_pt_lim_plus (fun t => rsum n (fun i => h i t)) (h n)).
    + apply IH. intros. apply H. lia.
    + apply H. lia.
Qed.

(* At a minimiser the weighted derivatives of the losses add up to zero (stationarity under constants). *)
Lemma stationary : forall f, minimiser f -> rsum p (fun i => w i * dloss T (sgn (y i)) (f (x i))) = 0.
Proof.
  intros f [Lf Mf].
  set (h := fun t => rsum p (fun i => w i * loss T (sgn (y i)) (f (x i) + t))).
  assert (Dh : derivable_pt_lim h 0 (rsum p (fun i => w i * dloss T (sgn (y i)) (f (x i))))).
  { apply rsum_derivable. intros i _.
    apply (derivable_pt_lim_scal (fun t => loss T (sgn (y i)) (f (x i) + t)) (w i)).
    replace (dloss T (sgn (y i)) (f (x i))) with (dloss T (sgn (y i)) (f (x i) + 0) * (0 + 1))
      by (rewrite Rplus_0_r; ring).
    apply (derivable_pt_lim_comp (fun t => f (x i) + t) (loss T (sgn (y i)))).
    - apply (derivable_pt_lim_plus (fct_cte (f (x i))) id); [apply derivable_pt_lim_const | apply derivable_pt_lim_id].
    - apply loss_derivative. }
  pose proof (exist _ _ Dh : derivable_pt h 0) as pr.
  assert (Z : derive_pt h 0 pr = 0).
  { apply (deriv_minimum h (-1) 1); try lra. intros t _ _. unfold h.
    assert (risk f <= risk (fun u => f u + t)).
    { apply Mf. intros u v. simpl. replace (f u + t - (f v + t)) with (f u - f v) by ring. apply Lf. }
    unfold risk in H. erewrite rsum_ext; [exact H|]. intros i _. cbv beta. rewrite Rplus_0_r. reflexivity. }
  rewrite <- Z. symmetry. apply derive_pt_eq_0. exact Dh.
Qed.

(* Splitting a sum by label. *)
Lemma split_label : forall n (a b : nat -> R),
  rsum n (fun i => if y i then a i else b i) =
  rsum n (fun i => if Bool.eqb (y i) true then a i else 0) + rsum n (fun i => if Bool.eqb (y i) false then b i else 0).
Proof. induction n as [|n IH]; intros a b; cbn [rsum]; [ring|]. rewrite IH. destruct (y n); simpl; ring. Qed.

Lemma balance : forall f, minimiser f ->
  rsum p (fun i => if Bool.eqb (y i) true then w i * / (1 + exp (T * f (x i))) else 0) =
  rsum p (fun i => if Bool.eqb (y i) false then w i * / (1 + exp (- (T * f (x i)))) else 0).
Proof.
  intros f M. pose proof (stationary f M) as S.
  rewrite (rsum_ext p _ (fun i => - T * (if y i then w i * / (1 + exp (T * f (x i)))
                                         else - (w i * / (1 + exp (- (T * f (x i)))))))) in S.
  2:{ intros i _. unfold dloss, sgn. destruct (y i).
      - replace (1 * T * f (x i)) with (T * f (x i)) by ring. unfold Rdiv. ring.
      - replace (-1 * T * f (x i)) with (- (T * f (x i))) by ring. unfold Rdiv. ring. }
  rewrite rsum_scal in S. apply Rmult_integral in S. destruct S as [S|S]; [lra|].
  rewrite split_label in S.
  rewrite (rsum_ext p (fun i => if Bool.eqb (y i) false then - (w i * / (1 + exp (- (T * f (x i))))) else 0)
            (fun i => -1 * (if Bool.eqb (y i) false then w i * / (1 + exp (- (T * f (x i)))) else 0))) in S.
  2:{ intros i _. destruct (Bool.eqb (y i) false); ring. }
  rewrite rsum_scal in S. lra.
Qed.

Lemma mass_bound : forall b (g : nat -> R) c, (forall i, (i < p)%nat -> g i <= c) ->
  rsum p (fun i => if Bool.eqb (y i) b then w i * g i else 0) <= mass b * c.
Proof.
  intros b g c H. unfold mass. rewrite <- rsum_scal_r. apply rsum_le. intros i Hi.
  destruct (Bool.eqb (y i) b); [apply Rmult_le_compat_l; auto | lra].
Qed.

Lemma mass_bound_below : forall b (g : nat -> R) c, (forall i, (i < p)%nat -> c <= g i) ->
  mass b * c <= rsum p (fun i => if Bool.eqb (y i) b then w i * g i else 0).
Proof.
  intros b g c H. unfold mass. rewrite <- rsum_scal_r. apply rsum_le. intros i Hi.
  destruct (Bool.eqb (y i) b); [apply Rmult_le_compat_l; auto | lra].
Qed.

Definition beta : R := ln (mass true / mass false).

Lemma inv_exp : forall m, / (1 + exp (- m)) = exp m * / (1 + exp m).
Proof. intros m. rewrite exp_Ropp. pose proof (exp_pos m). field. lra. Qed.

(* If T f is at least m on the whole sample, m is at most beta; if at most m, m is at least beta. *)
Lemma above_beta : forall f m, minimiser f -> (forall i, (i < p)%nat -> m <= T * f (x i)) -> m <= beta.
Proof.
  intros f m M H. pose proof (balance f M) as B.
  pose proof (mass_bound true (fun i => / (1 + exp (T * f (x i)))) (/ (1 + exp m))) as U. cbv beta in U.
  pose proof (mass_bound_below false (fun i => / (1 + exp (- (T * f (x i))))) (/ (1 + exp (- m)))) as V. cbv beta in V.
  assert (E : mass false * / (1 + exp (- m)) <= mass true * / (1 + exp m)).
  { eapply Rle_trans; [apply V | rewrite <- B; apply U]; intros i Hi; specialize (H i Hi);
      apply inv_le; try apply one_exp_pos; apply Rplus_le_compat_l, exp_le; lra. }
  rewrite inv_exp in E. pose proof (one_exp_pos m) as Q.
  assert (E2 : mass false * exp m <= mass true).
  { apply Rmult_le_reg_r with (/ (1 + exp m)); [now apply Rinv_0_lt_compat | lra]. }
  unfold beta. pose proof (mass_pos false) as Pf.
  rewrite <- (ln_exp m). apply ln_le; [apply exp_pos|].
  apply Rmult_le_reg_r with (mass false); [exact Pf|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Lemma below_beta : forall f m, minimiser f -> (forall i, (i < p)%nat -> T * f (x i) <= m) -> beta <= m.
Proof.
  intros f m M H. pose proof (balance f M) as B.
  pose proof (mass_bound_below true (fun i => / (1 + exp (T * f (x i)))) (/ (1 + exp m))) as U. cbv beta in U.
  pose proof (mass_bound false (fun i => / (1 + exp (- (T * f (x i))))) (/ (1 + exp (- m)))) as V. cbv beta in V.
  assert (E : mass true * / (1 + exp m) <= mass false * / (1 + exp (- m))).
  { eapply Rle_trans; [apply U | rewrite B; apply V]; intros i Hi; specialize (H i Hi);
      apply inv_le; try apply one_exp_pos; apply Rplus_le_compat_l, exp_le; lra. }
  rewrite inv_exp in E. pose proof (one_exp_pos m) as Q.
  assert (E2 : mass true <= mass false * exp m).
  { apply Rmult_le_reg_r with (/ (1 + exp m)); [now apply Rinv_0_lt_compat | lra]. }
  unfold beta. pose proof (mass_pos false) as Pf. pose proof (mass_pos true) as Pt.
  rewrite <- (ln_exp m). apply ln_le; [apply Rdiv_lt_0_compat; assumption|].
  apply Rmult_le_reg_r with (mass false); [exact Pf|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(* A minimiser over L-Lipschitz functions is bounded on the sample by |beta| / T + L D, where beta is the log of
   the ratio of the class masses and D bounds the diameter of the sample. *)
(* @statement MF-Prop4 *)
Theorem minimiser_bounded : forall f i, minimiser f -> (i < p)%nat ->
  T * Rabs (f (x i)) <= Rabs beta + T * L * D.
Proof.
  intros f i M Hi.
  assert (Near : forall j, (j < p)%nat -> Rabs (T * f (x i) - T * f (x j)) <= T * L * D).
  { intros j Hj. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right T) by lra. rewrite Rmult_assoc.
    apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [apply (proj1 M)|].
    apply Rmult_le_compat_l; [exact HL | apply diameter; assumption]. }
  assert (A : T * f (x i) - T * L * D <= beta).
  { apply (above_beta f _ M). intros j Hj. pose proof (abs_le_inv _ _ (Near j Hj)). lra. }
  assert (B : beta <= T * f (x i) + T * L * D).
  { apply (below_beta f _ M). intros j Hj. pose proof (abs_le_inv _ _ (Near j Hj)). lra. }
  rewrite <- (Rabs_right T) at 1 by lra. rewrite <- Rabs_mult.
  apply Rabs_le. pose proof (Rle_abs beta). pose proof (Rle_abs (- beta)). rewrite Rabs_Ropp in *. lra.
Qed.

(* The derivative of the loss at every training point of a minimiser is at least
   T / (1 + exp (|beta| + T L D)), a constant known beforehand. *)
(* @statement MF-Prop10 *)
Theorem minimiser_gradient : forall f i, minimiser f -> (i < p)%nat ->
  T / (1 + exp (Rabs beta + T * L * D)) <= Rabs (dloss T (sgn (y i)) (f (x i))).
Proof.
  intros f i M Hi. eapply Rle_trans; [|apply dloss_lower; [exact HT | unfold sgn; destruct (y i); auto]].
  unfold Rdiv. apply Rmult_le_compat_l; [lra|]. apply inv_le; [apply one_exp_pos|].
  apply Rplus_le_compat_l, exp_le, minimiser_bounded; assumption.
Qed.
End Minimiser.
