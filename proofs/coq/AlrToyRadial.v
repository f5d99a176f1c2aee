(** The printed toy function is optimal for the wrong measure.

   Content.  With the measure dr on the radius (instead of r dr, the area of the plane) the squared error of (28)
   against the target of (27) is 1/6, and no 1-Lipschitz profile has a smaller one.

   Definitions.  [error_dr] (the squared error without the weight r).
   Not covered: uniqueness of the optimum. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix AlrToy.
Open Scope R_scope.

Definition error_dr (g : R -> R) (r : R) : R := (g r - target r) * (g r - target r).

Definition parabola (k s r : R) : R := (r - s) * (r - s) + k * (r - s).
Definition primitive_of (k s r : R) : R := r^3 / 3 + (k / 2 - s) * r^2 + (s * s - k * s) * r.

Lemma primitive_of_derivative : forall k s r, derivable_pt_lim (primitive_of k s) r (parabola k s r).
Proof.
  intros k s r. unfold primitive_of, parabola.
  assert (M : forall n c x, derivable_pt_lim (fun y => c * y ^ n) x (c * (INR n * x ^ pred n))).
  { intros n c x. apply (derivable_pt_lim_scal (fun y => y ^ n)), derivable_pt_lim_pow. }
  pose proof (derivable_pt_lim_plus _ _ r _ _
    (derivable_pt_lim_plus _ _ r _ _ (M 3%nat (1/3) r) (M 2%nat (k / 2 - s) r)) (M 1%nat (s * s - k * s) r)) as P.
  replace ((r - s) * (r - s) + k * (r - s)) with
    (1 / 3 * (INR 3 * r ^ pred 3) + (k / 2 - s) * (INR 2 * r ^ pred 2) + (s * s - k * s) * (INR 1 * r ^ pred 1))
    by (simpl; field).
  eapply derivable_pt_lim_ext; [|exact P]. intros x. unfold plus_fct. simpl. field.
Qed.

Lemma integral_parabola : forall k s a b, a <= b ->
  integral (parabola k s) a b (primitive_of k s b - primitive_of k s a).
Proof.
  intros k s a b L. apply integral_newton; [apply primitive_of_derivative | unfold parabola; reg | exact L].
Qed.

(* The integrals of the pieces below; the terms in k and l cancel. *)
Lemma six_pieces : forall f k l, integral f 0 (1/2) 0 ->
  integral f (1/2) 1 (primitive_of k (1/2) 1 - primitive_of k (1/2) (1/2)) ->
  integral f 1 (3/2) (primitive_of k (3/2) (3/2) - primitive_of k (3/2) 1) ->
  integral f (3/2) 2 (primitive_of l (3/2) 2 - primitive_of l (3/2) (3/2)) ->
  integral f 2 (5/2) (primitive_of l (5/2) (5/2) - primitive_of l (5/2) 2) ->
  integral f (5/2) 4 0 -> integral f 0 4 (1/6).
Proof.
  intros f k l P1 P2 P3 P4 P5 P6.
  pose proof (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _
    (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _ P1 P2) P3) P4) P5) P6) as P.
  unfold primitive_of in P. match type of P with integral _ _ _ ?v => replace (1/6) with v by field end. exact P.
Qed.

(* For the measure dr the squared error of (28) is 1/6. *)
(* @statement ALR-Eq28 *)
Theorem toy28_error_dr : integral (error_dr toy28) 0 4 (1/6).
Proof.
  apply (six_pieces _ 0 0).
  - apply integral_zero; [lra|]. intros r H. unfold error_dr. rewrite toy28_one, target_out by lra. field.
  - apply (integral_open _ (parabola 0 (1/2))); [lra | apply integral_parabola; lra |]. intros r H.
    unfold error_dr, parabola. rewrite toy28_ramp, target_out by lra. field.
  - apply (integral_open _ (parabola 0 (3/2))); [lra | apply integral_parabola; lra |]. intros r H.
    unfold error_dr, parabola. rewrite toy28_ramp, target_in by lra. field.
  - apply (integral_open _ (parabola 0 (3/2))); [lra | apply integral_parabola; lra |]. intros r H.
    unfold error_dr, parabola. rewrite toy28_ramp2, target_in by lra. field.
  - apply (integral_open _ (parabola 0 (5/2))); [lra | apply integral_parabola; lra |]. intros r H.
    unfold error_dr, parabola. rewrite toy28_ramp2, target_out by lra. field.
  - apply integral_zero; [lra|]. intros r H. unfold error_dr. rewrite toy28_one, target_out by lra. field.
Qed.

(* For the measure dr no 1-Lipschitz profile has a smaller squared error than (28). *)
(* @statement ALR-Eq28 *)
Theorem toy28_optimal_dr : forall u I, Lip_on (X := Real) (Y := Real) (fun r => 0 <= r <= 4) 1 u ->
  integral (error_dr u) 0 4 I -> 1/6 <= I.
Proof.
  intros u I L H.
  assert (Lu : forall r s, 0 <= r -> r <= s -> s <= 4 -> - (s - r) <= u s - u r <= s - r).
  { intros r s A B C. pose proof (L r s ltac:(lra) ltac:(lra)) as Q. simpl in Q.
    rewrite (Rabs_left1 (r - s)) in Q by lra. pose proof (abs_le_inv _ _ Q). lra. }
  set (w1 := u 1 - 1/2). set (w2 := u 2 - 1/2).
  set (low := fun r => if Req_EM_T r 1 then 0 else if Req_EM_T r 2 then 0 else if Rlt_dec r (1/2) then 0
    else if Rlt_dec r 1 then parabola (-2 * w1) (1/2) r else if Rlt_dec r (3/2) then parabola (-2 * w1) (3/2) r
    else if Rlt_dec r 2 then parabola (2 * w2) (3/2) r else if Rlt_dec r (5/2) then parabola (2 * w2) (5/2) r else 0).
  assert (V : integral low 0 4 (1/6)).
  { apply (six_pieces _ (-2 * w1) (2 * w2)).
    - apply integral_zero; [lra|]. intros r Hr. unfold low. pick.
    - apply (integral_open _ (parabola (-2 * w1) (1/2))); [lra | apply integral_parabola; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (parabola (-2 * w1) (3/2))); [lra | apply integral_parabola; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (parabola (2 * w2) (3/2))); [lra | apply integral_parabola; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (parabola (2 * w2) (5/2))); [lra | apply integral_parabola; lra |].
      intros r Hr. unfold low. pick.
    - apply integral_zero; [lra|]. intros r Hr. unfold low. pick. }
  apply (integral_le low (error_dr u) 0 4 _ _ ltac:(lra) V H). intros r Hr.
  assert (Sq : 0 <= error_dr u r) by apply Rle_0_sqr.
  (* (v - t)^2 >= e^2 + 2 w e with e = g - t, when (v - g - w) e >= 0 *)
  assert (Key : forall v t e w, 0 <= (v - t - e - w) * e -> e * e + 2 * w * e <= (v - t) * (v - t)).
  { intros v t e w K. pose proof (Rle_0_sqr (v - t - e)) as Q. unfold Rsqr in Q. lra. }
  unfold low. destruct (Req_EM_T r 1) as [N1|N1]; [exact Sq|]. destruct (Req_EM_T r 2) as [N2|N2]; [exact Sq|].
  unfold error_dr, parabola. destruct (Rlt_dec r (1/2)) as [A|A]; [exact Sq|].
  destruct (Rlt_dec r 1) as [B|B].
  { rewrite target_out by lra. pose proof (Lu r 1 ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 1 - (1/2 - r) - w1) * (1/2 - r)).
    { replace (_ * _) with ((u 1 - u r + (1 - r)) * (r - 1/2)) by (unfold w1; field). apply Rmult_le_pos; lra. }
    pose proof (Key _ _ _ _ NN). lra. }
  destruct (Rlt_dec r (3/2)) as [C|C].
  { rewrite target_in by lra. pose proof (Lu 1 r ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 0 - (3/2 - r) - w1) * (3/2 - r)).
    { replace (_ * _) with ((u r - u 1 + (r - 1)) * (3/2 - r)) by (unfold w1; field). apply Rmult_le_pos; lra. }
    pose proof (Key _ _ _ _ NN). lra. }
  destruct (Rlt_dec r 2) as [F|F].
  { rewrite target_in by lra. pose proof (Lu r 2 ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 0 - (r - 3/2) - w2) * (r - 3/2)).
    { replace (_ * _) with ((u r - u 2 + (2 - r)) * (r - 3/2)) by (unfold w2; field). apply Rmult_le_pos; lra. }
    pose proof (Key _ _ _ _ NN). lra. }
  destruct (Rlt_dec r (5/2)) as [M|M]; [|exact Sq].
  rewrite target_out by lra. pose proof (Lu 2 r ltac:(lra) ltac:(lra) ltac:(lra)).
  assert (NN : 0 <= (u r - 1 - (r - 5/2) - w2) * (r - 5/2)).
  { replace (_ * _) with ((u 2 - u r + (r - 2)) * (5/2 - r)) by (unfold w2; field). apply Rmult_le_pos; lra. }
  pose proof (Key _ _ _ _ NN). lra.
Qed.
