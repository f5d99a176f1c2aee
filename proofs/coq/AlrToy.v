(** The toy function of adversarial Lipschitz regularisation (ALR-Eq27, ALR-Eq28).

   Content.  (28) is min(1, |r - 3/2|): continuous and 1-Lipschitz, in the radius and in the plane.  Its radial
   squared error against the target of (27), int (g - f)^2 r dr over [0, 4], is exactly 1/4 (mean squared error
   pi/128 on the square); another 1-Lipschitz profile has the error (648 - 11 sqrt 33 - 47 sqrt 141)/108, which
   is smaller, and no 1-Lipschitz profile has a smaller one.

   Definitions.  [toy28], [target] (27), [best] (the optimal profile with ramps at [a0] and [b0]);
   [integral f a b I]: f is Riemann integrable on [a, b] with integral I; [mse I] = 2 pi I / 64, the mean over the
   square [-4, 4]^2 of a radial function that vanishes beyond the radius 4, with I its integral against r dr.

   Witnesses.  a0 = (-3 + sqrt 33)/6, b0 = (-3 + sqrt 141)/6.

   Not covered: the change to polar coordinates and the reduction of general functions on the plane to radial ones
   (averaging over rotations). *)
Require Import Reals Lra Lia List.
From Lipref Require Import Metric Matrix Euclid.
Import ListNotations.
Open Scope R_scope.

(** * The function (28) *)

Definition toy28 (r : R) : R :=
  if Rle_dec r (1/2) then 1 else if Rle_dec r (3/2) then 3/2 - r else if Rle_dec r (5/2) then r - 3/2 else 1.

(* 0 on the ring 1 <= r <= 2, else 1. *)
Definition target (r : R) : R := if Rle_dec 1 r then if Rle_dec r 2 then 0 else 1 else 1.

Lemma toy28_formula : forall r, toy28 r = Rmin 1 (Rabs (r - 3/2)).
Proof.
  intros r. unfold toy28, Rmin, Rabs. repeat destruct Rle_dec; destruct Rcase_abs; lra.
Qed.

(* (28) is 1-Lipschitz as a function of the radius. *)
(* @statement ALR-Eq28 *)
Theorem toy28_lipschitz : Lip (X := Real) (Y := Real) 1 toy28.
Proof.
  intros r s. simpl. rewrite !toy28_formula.
  unfold Rmin. repeat destruct Rle_dec; unfold Rabs in *; repeat destruct Rcase_abs; lra.
Qed.

(* (28) is continuous, and takes the values 1, 0, 1 at the radii 1/2, 3/2, 5/2. *)
(* @statement ALR-Eq28 *)
Theorem toy28_continuous : continuity toy28 /\ toy28 (1/2) = 1 /\ toy28 (3/2) = 0 /\ toy28 (5/2) = 1.
Proof.
  split.
  - intros r eps He. exists eps. split; [exact He|]. intros s [_ H]. simpl in *. unfold R_dist in *.
    pose proof (toy28_lipschitz s r) as L. simpl in L. lra.
  - unfold toy28. repeat destruct Rle_dec; lra.
Qed.

Lemma nrm_lip : forall n, Lip (X := euclid n) (Y := Real) 1 (nrm n).
Proof.
  intros n x y. simpl. pose proof (nrm_triangle n (sub x y) y). pose proof (nrm_triangle n (sub y x) x).
  replace (nrm n (fun i => sub x y i + y i)) with (nrm n x) in * by (apply nrm_ext; intros; unfold sub; ring).
  replace (nrm n (fun i => sub y x i + x i)) with (nrm n y) in * by (apply nrm_ext; intros; unfold sub; ring).
  rewrite (nrm_sub_sym n y x) in *. apply Rabs_le. lra.
Qed.

(* The function of the plane given by (28) is 1-Lipschitz for the Euclidean distance. *)
(* @statement ALR-Eq28 *)
Theorem toy28_plane_lipschitz : Lip (X := euclid 2) (Y := Real) 1 (fun x => toy28 (nrm 2 x)).
Proof.
  replace 1 with (1 * 1) by ring. apply (Lip_compose (euclid 2) Real Real 1 1 (nrm 2) toy28).
  - lra.
  - apply nrm_lip.
  - apply toy28_lipschitz.
Qed.

(** * Integrals *)

Definition integral (f : R -> R) (a b I : R) : Prop := exists pr : Riemann_integrable f a b, RiemannInt pr = I.

Lemma integral_unique : forall f a b I J, integral f a b I -> integral f a b J -> I = J.
Proof. intros f a b I J [p E] [q F]. rewrite <- E, <- F. apply RiemannInt_P5. Qed.

Lemma integral_chain : forall f a b c I J, integral f a b I -> integral f b c J -> integral f a c (I + J).
Proof.
  intros f a b c I J [p E] [q F]. exists (RiemannInt_P24 p q). rewrite <- E, <- F. symmetry. apply RiemannInt_P26.
Qed.

Lemma integral_le : forall f g a b I J, a <= b -> integral f a b I -> integral g a b J ->
  (forall x, a < x < b -> f x <= g x) -> I <= J.
Proof. intros f g a b I J L [p E] [q F] H. rewrite <- E, <- F. now apply RiemannInt_P19. Qed.

(* A function that vanishes inside the interval is integrable, whatever its values at the ends. *)
Lemma vanishing_integrable : forall e a b, a <= b -> (forall x, a < x < b -> e x = 0) -> Riemann_integrable e a b.
Proof.
  intros e a b L H.
  assert (S : IsStepFun e a b).
  { exists [a; b]. exists [0]. repeat split.
    - intros i Hi. simpl in Hi. replace i with 0%nat by lia. simpl. exact L.
    - simpl. now rewrite Rmin_left.
    - simpl. now rewrite Rmax_right.
    - intros i Hi. simpl in Hi. replace i with 0%nat by lia. simpl. intros x [A B]. apply H. split; assumption. }
  intros eps. exists (mkStepFun S). exists (mkStepFun (StepFun_P4 a b 0)). split.
  - intros t _. simpl. unfold fct_cte. rewrite Rminus_eq_0, Rabs_R0. lra.
  - rewrite StepFun_P18, Rmult_0_l, Rabs_R0. apply cond_pos.
Qed.

(* Two functions that agree inside the interval have the same integral. *)
Lemma integral_open : forall f h a b I, a <= b -> integral h a b I -> (forall x, a < x < b -> f x = h x) ->
  integral f a b I.
Proof.
  intros f h a b I L [p E] H.
  assert (q : Riemann_integrable (fun x => h x + 1 * (f x - h x)) a b).
  { apply RiemannInt_P10; [exact p|]. apply vanishing_integrable; [exact L|]. intros x Hx. rewrite (H x Hx). ring. }
  assert (r : Riemann_integrable f a b).
  { refine (@Riemann_integrable_ext (fun x => h x + 1 * (f x - h x)) f a b _ q). intros; ring. }
  exists r. rewrite <- E. apply RiemannInt_P18; [exact L | exact H].
Qed.

(* Newton and Leibniz. *)
Lemma integral_newton : forall F h a b, (forall x, derivable_pt_lim F x (h x)) -> continuity h -> a <= b ->
  integral h a b (F b - F a).
Proof.
  intros F h a b D C L.
  set (dF := (fun x => exist _ (h x) (D x)) : derivable F).
  assert (p : Riemann_integrable (derive F dF) a b).
  { apply continuity_implies_RiemannInt; [exact L|]. intros x _. apply C. }
  exists p. apply (FTC_Riemann (mkC1 (diff0 := dF) C) p).
Qed.

Definition cubic (k s r : R) : R := ((r - s) * (r - s) + k * (r - s)) * r.
Definition quartic (k s r : R) : R := r^4 / 4 + (k - 2 * s) * (r^3 / 3) + (s * s - k * s) * (r^2 / 2).

Lemma quartic_derivative : forall k s r, derivable_pt_lim (quartic k s) r (cubic k s r).
Proof.
  intros k s r. unfold quartic, cubic.
  assert (M : forall n c x, derivable_pt_lim (fun y => c * y ^ n) x (c * (INR n * x ^ pred n))).
  { intros n c x. apply (derivable_pt_lim_scal (fun y => y ^ n)), derivable_pt_lim_pow. }
  pose proof (derivable_pt_lim_plus _ _ r _ _ 
    (derivable_pt_lim_plus _ _ r _ _ (M 4%nat (1/4) r) (M 3%nat ((k - 2 * s) / 3) r))
    (M 2%nat ((s * s - k * s) / 2) r)) as P.
  replace (((r - s) * (r - s) + k * (r - s)) * r) with
    (1 / 4 * (INR 4 * r ^ pred 4) + (k - 2 * s) / 3 * (INR 3 * r ^ pred 3) + (s * s - k * s) / 2 * (INR 2 * r ^ pred 2))
    by (simpl; field).
  eapply derivable_pt_lim_ext; [|exact P]. intros x. unfold plus_fct. field.
Qed.

Lemma cubic_continuous : forall k s, continuity (cubic k s).
Proof. intros k s. unfold cubic. reg. Qed.

Lemma integral_cubic : forall k s a b, a <= b -> integral (cubic k s) a b (quartic k s b - quartic k s a).
Proof. intros. apply integral_newton; [apply quartic_derivative | apply cubic_continuous | assumption]. Qed.

(** * Squared errors *)

(* Radial squared error of a profile against the target, with the weight r of the plane. *)
Definition error (g : R -> R) (r : R) : R := (g r - target r) * (g r - target r) * r.

Definition mse (I : R) : R := 2 * PI * I / 64.

Lemma target_in : forall r, 1 < r < 2 -> target r = 0.
Proof. intros r H. unfold target. repeat destruct Rle_dec; lra. Qed.

Lemma target_out : forall r, r < 1 \/ 2 < r -> target r = 1.
Proof. intros r H. unfold target. repeat destruct Rle_dec; lra. Qed.

Lemma integral_zero : forall f a b, a <= b -> (forall x, a < x < b -> f x = 0) -> integral f a b 0.
Proof.
  intros f a b L H. apply (integral_open f (fct_cte 0)); [exact L | | exact H].
  exists (RiemannInt_P14 a b 0). rewrite RiemannInt_P15. ring.
Qed.

Lemma toy28_ramp : forall r, 1/2 < r < 3/2 -> toy28 r = 3/2 - r.
Proof. intros r H. unfold toy28. repeat destruct Rle_dec; lra. Qed.

Lemma toy28_ramp2 : forall r, 3/2 < r < 5/2 -> toy28 r = r - 3/2.
Proof. intros r H. unfold toy28. repeat destruct Rle_dec; lra. Qed.

Lemma toy28_one : forall r, r < 1/2 \/ 5/2 < r -> toy28 r = 1.
Proof. intros r H. unfold toy28. repeat destruct Rle_dec; lra. Qed.

(* The radial squared error of (28) is exactly 1/4. *)
(* @statement ALR-Eq28 *)
Theorem toy28_error : integral (error toy28) 0 4 (1/4).
Proof.
  assert (P1 : integral (error toy28) 0 (1/2) 0).
  { apply integral_zero; [lra|]. intros r H. unfold error. rewrite toy28_one, target_out by lra. field. }
  assert (P2 : integral (error toy28) (1/2) 1 (quartic 0 (1/2) 1 - quartic 0 (1/2) (1/2))).
  { apply (integral_open _ (cubic 0 (1/2))); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite toy28_ramp, target_out by lra. field. }
  assert (P3 : integral (error toy28) 1 (3/2) (quartic 0 (3/2) (3/2) - quartic 0 (3/2) 1)).
  { apply (integral_open _ (cubic 0 (3/2))); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite toy28_ramp, target_in by lra. field. }
  assert (P4 : integral (error toy28) (3/2) 2 (quartic 0 (3/2) 2 - quartic 0 (3/2) (3/2))).
  { apply (integral_open _ (cubic 0 (3/2))); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite toy28_ramp2, target_in by lra. field. }
  assert (P5 : integral (error toy28) 2 (5/2) (quartic 0 (5/2) (5/2) - quartic 0 (5/2) 2)).
  { apply (integral_open _ (cubic 0 (5/2))); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite toy28_ramp2, target_out by lra. field. }
  assert (P6 : integral (error toy28) (5/2) 4 0).
  { apply integral_zero; [lra|]. intros r H. unfold error. rewrite toy28_one, target_out by lra. field. }
  pose proof (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _
    (integral_chain _ _ _ _ _ _ (integral_chain _ _ _ _ _ _ P1 P2) P3) P4) P5) P6) as P.
  unfold quartic in P. match type of P with integral _ _ _ ?v => replace (1/4) with v by field end. exact P.
Qed.

(** * The optimal profile *)

Definition a0 : R := (-3 + sqrt 33) / 6.
Definition b0 : R := (-3 + sqrt 141) / 6.

(* 1 up to a0, then down with slope -1, 0 until b0, then up with slope 1 to 1. *)
Definition best (r : R) : R := Rmin 1 (Rmax 0 (Rmax (a0 + 1 - r) (r - b0))).

Lemma sqrt_between : forall x lo hi, 0 <= lo -> 0 <= hi -> lo * lo < x -> x < hi * hi -> lo < sqrt x < hi.
Proof.
  intros x lo hi Hl Hh A B. split.
  - rewrite <- (sqrt_square lo) by exact Hl. apply sqrt_lt_1; [apply Rmult_le_pos; exact Hl | | exact A].
    pose proof (Rmult_le_pos lo lo Hl Hl). lra.
  - rewrite <- (sqrt_square hi) by exact Hh. apply sqrt_lt_1; [|apply Rmult_le_pos; exact Hh | exact B].
    pose proof (Rmult_le_pos lo lo Hl Hl). lra.
Qed.

Lemma sqrt33 : 5.744 < sqrt 33 < 5.745.
Proof. apply sqrt_between; lra. Qed.

Lemma sqrt141 : 11.874 < sqrt 141 < 11.875.
Proof. apply sqrt_between; lra. Qed.

Lemma a0_range : 0.457 < a0 < 0.458.
Proof. unfold a0. pose proof sqrt33. lra. Qed.

Lemma b0_range : 1.479 < b0 < 1.48.
Proof. unfold b0. pose proof sqrt141. lra. Qed.

(* The ramps are placed by a^2 + a + 1/3 = 1 and b^2 + b + 1/3 = 4. *)
Lemma a0_sq : a0 * a0 = 2/3 - a0.
Proof. unfold a0. pose proof (sqrt_sqrt 33 ltac:(lra)) as S. lra. Qed.

Lemma b0_sq : b0 * b0 = 11/3 - b0.
Proof. unfold b0. pose proof (sqrt_sqrt 141 ltac:(lra)) as S. lra. Qed.

(* The profile is 1-Lipschitz. *)
(* @statement ALR-Eq28 *)
Theorem best_lipschitz : Lip (X := Real) (Y := Real) 1 best.
Proof.
  unfold best. apply (Lip_min Real 1 (fun _ => 1)); [|apply (Lip_max Real 1 (fun _ => 0)); [|apply Lip_max]];
    intros r s; simpl.
  - rewrite Rminus_eq_0, Rabs_R0. pose proof (Rabs_pos (r - s)). lra.
  - rewrite Rminus_eq_0, Rabs_R0. pose proof (Rabs_pos (r - s)). lra.
  - replace (a0 + 1 - r - (a0 + 1 - s)) with (- (r - s)) by ring. rewrite Rabs_Ropp. lra.
  - replace (r - b0 - (s - b0)) with (r - s) by ring. lra.
Qed.

Lemma best_one : forall r, r < a0 \/ b0 + 1 < r -> best r = 1.
Proof. intros r H. pose proof a0_range. pose proof b0_range. unfold best, Rmin, Rmax. repeat destruct Rle_dec; lra. Qed.

Lemma best_down : forall r, a0 < r < a0 + 1 -> best r = a0 + 1 - r.
Proof. intros r H. pose proof a0_range. pose proof b0_range. unfold best, Rmin, Rmax. repeat destruct Rle_dec; lra. Qed.

Lemma best_flat : forall r, a0 + 1 < r < b0 -> best r = 0.
Proof. intros r H. pose proof a0_range. pose proof b0_range. unfold best, Rmin, Rmax. repeat destruct Rle_dec; lra. Qed.

Lemma best_up : forall r, b0 < r < b0 + 1 -> best r = r - b0.
Proof. intros r H. pose proof a0_range. pose proof b0_range. unfold best, Rmin, Rmax. repeat destruct Rle_dec; lra. Qed.

(* Integral over [0, 4] of the lower bound used below, with slopes k on the first ramp and l on the second;
   the terms in k and l cancel. *)
Definition best_value : R := (648 - 11 * sqrt 33 - 47 * sqrt 141) / 108.

Lemma pieces_value : forall k l,
  0 + (quartic k a0 1 - quartic k a0 a0) + (quartic k (a0 + 1) (a0 + 1) - quartic k (a0 + 1) 1) + 0
  + (quartic l b0 2 - quartic l b0 b0) + (quartic l (b0 + 1) (b0 + 1) - quartic l (b0 + 1) 2) + 0 = best_value.
Proof.
  intros k l. pose proof a0_sq as A. pose proof b0_sq as B.
  assert (A3 : a0 * a0 * a0 = 5/3 * a0 - 2/3).
  { rewrite A. replace ((2/3 - a0) * a0) with (2/3 * a0 - a0 * a0) by ring. rewrite A. field. }
  assert (B3 : b0 * b0 * b0 = 14/3 * b0 - 11/3).
  { rewrite B. replace ((11/3 - b0) * b0) with (11/3 * b0 - b0 * b0) by ring. rewrite B. field. }
  assert (A4 : a0 * a0 * a0 * a0 = 10/9 - 7/3 * a0).
  { rewrite A3. replace ((5/3 * a0 - 2/3) * a0) with (5/3 * (a0 * a0) - 2/3 * a0) by ring. rewrite A. field. }
  assert (B4 : b0 * b0 * b0 * b0 = 154/9 - 25/3 * b0).
  { rewrite B3. replace ((14/3 * b0 - 11/3) * b0) with (14/3 * (b0 * b0) - 11/3 * b0) by ring. rewrite B. field. }
  assert (V : best_value = (648 - 11 * (6 * a0 + 3) - 47 * (6 * b0 + 3)) / 108) by (unfold best_value, a0, b0; field).
  rewrite V. unfold quartic.
  assert (KA : k * (a0 * a0) = k * (2/3 - a0)) by now rewrite A.
  assert (KA3 : k * (a0 * a0 * a0) = k * (5/3 * a0 - 2/3)) by now rewrite A3.
  assert (LB : l * (b0 * b0) = l * (11/3 - b0)) by now rewrite B.
  assert (LB3 : l * (b0 * b0 * b0) = l * (14/3 * b0 - 11/3)) by now rewrite B3.
  lra.
Qed.

Lemma seven_pieces : forall f x0 x1 x2 x3 x4 x5 x6 x7 i1 i2 i3 i4 i5 i6 i7,
  integral f x0 x1 i1 -> integral f x1 x2 i2 -> integral f x2 x3 i3 -> integral f x3 x4 i4 ->
  integral f x4 x5 i5 -> integral f x5 x6 i6 -> integral f x6 x7 i7 ->
  integral f x0 x7 (i1 + i2 + i3 + i4 + i5 + i6 + i7).
Proof. intros. repeat (eapply integral_chain; [|eassumption]). assumption. Qed.

Lemma piece_bounds : a0 < 1 /\ 1 < a0 + 1 /\ a0 + 1 < b0 /\ b0 < 2 /\ 2 < b0 + 1 /\ b0 + 1 < 4 /\ 0 < a0.
Proof. pose proof a0_range. pose proof b0_range. lra. Qed.

(* The profile has the radial squared error (648 - 11 sqrt 33 - 47 sqrt 141) / 108. *)
(* @statement ALR-Eq28 *)
Theorem best_error : integral (error best) 0 4 best_value.
Proof.
  destruct piece_bounds as [H1 [H2 [H3 [H4 [H5 [H6 H7]]]]]].
  rewrite <- (pieces_value 0 0). eapply seven_pieces.
  - apply (integral_zero _ 0 a0); [lra|]. intros r H. unfold error. rewrite best_one, target_out by lra. field.
  - apply (integral_open _ (cubic 0 a0) a0 1); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite best_down, target_out by lra. field.
  - apply (integral_open _ (cubic 0 (a0 + 1)) 1 (a0 + 1)); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite best_down, target_in by lra. field.
  - apply (integral_zero _ (a0 + 1) b0); [lra|]. intros r H. unfold error. rewrite best_flat, target_in by lra. field.
  - apply (integral_open _ (cubic 0 b0) b0 2); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite best_up, target_in by lra. field.
  - apply (integral_open _ (cubic 0 (b0 + 1)) 2 (b0 + 1)); [lra | apply integral_cubic; lra |]. intros r H.
    unfold error, cubic. rewrite best_up, target_out by lra. field.
  - apply (integral_zero _ (b0 + 1) 4); [lra|]. intros r H. unfold error. rewrite best_one, target_out by lra. field.
Qed.

(* The exact comparison: pi (648 - 11 sqrt 33 - 47 sqrt 141) / 3456 is smaller than pi / 128, the mean squared
   error of (28). *)
(* @statement ALR-Eq28 *)
Theorem toy28_not_optimal :
  mse (1/4) = PI / 128 /\ mse best_value = PI * (648 - 11 * sqrt 33 - 47 * sqrt 141) / 3456 /\
  mse best_value < mse (1/4).
Proof.
  unfold mse, best_value. split; [field|]. split; [field|].
  pose proof PI_RGT_0 as P. pose proof sqrt33. pose proof sqrt141.
  assert (V : (648 - 11 * sqrt 33 - 47 * sqrt 141) / 108 < 1/4) by lra.
  apply Rmult_lt_compat_l with (r := 2 * PI) in V; lra.
Qed.

Ltac pick := do 2 (destruct Req_EM_T; [lra|]); repeat (destruct Rlt_dec; try lra).

(* No 1-Lipschitz profile has a smaller radial squared error than [best]. *)
(* @statement ALR-Eq28 *)
Theorem best_optimal : forall u I, Lip_on (X := Real) (Y := Real) (fun r => 0 <= r <= 4) 1 u ->
  integral (error u) 0 4 I -> best_value <= I.
Proof.
  intros u I L H. destruct piece_bounds as [H1 [H2 [H3 [H4 [H5 [H6 H7]]]]]].
  assert (Lu : forall r s, 0 <= r -> r <= s -> s <= 4 -> - (s - r) <= u s - u r <= s - r).
  { intros r s A B C. pose proof (L r s ltac:(lra) ltac:(lra)) as Q. simpl in Q.
    rewrite (Rabs_left1 (r - s)) in Q by lra. pose proof (abs_le_inv _ _ Q). lra. }
  set (w1 := u 1 - a0). set (w2 := u 2 - (2 - b0)).
  (* a lower bound of the error on every piece, whose integrals add up to best_value *)
  set (low := fun r => if Req_EM_T r 1 then 0 else if Req_EM_T r 2 then 0 else if Rlt_dec r a0 then 0
    else if Rlt_dec r 1 then cubic (-2 * w1) a0 r
    else if Rlt_dec r (a0 + 1) then cubic (-2 * w1) (a0 + 1) r else if Rlt_dec r b0 then 0
    else if Rlt_dec r 2 then cubic (2 * w2) b0 r else if Rlt_dec r (b0 + 1) then cubic (2 * w2) (b0 + 1) r else 0).
  assert (V : integral low 0 4 best_value).
  { rewrite <- (pieces_value (-2 * w1) (2 * w2)). eapply seven_pieces.
    - apply (integral_zero _ 0 a0); [lra|].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (cubic (-2 * w1) a0) a0 1); [lra | apply integral_cubic; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (cubic (-2 * w1) (a0 + 1)) 1 (a0 + 1)); [lra | apply integral_cubic; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_zero _ (a0 + 1) b0); [lra|].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (cubic (2 * w2) b0) b0 2); [lra | apply integral_cubic; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_open _ (cubic (2 * w2) (b0 + 1)) 2 (b0 + 1)); [lra | apply integral_cubic; lra |].
      intros r Hr. unfold low. pick.
    - apply (integral_zero _ (b0 + 1) 4); [lra|]. intros r Hr. unfold low. pick. }
  apply (integral_le low (error u) 0 4 _ _ ltac:(lra) V H). intros r Hr.
  assert (Sq : 0 <= error u r).
  { unfold error. apply Rmult_le_pos; [apply Rle_0_sqr | lra]. }
  (* (v - t)^2 >= (g - t)^2 + 2 w (g - t) when (v - g - w) (g - t) >= 0 *)
  assert (Key : forall v t e w, 0 <= (v - t - e - w) * e -> (e * e + 2 * w * e) * r <= (v - t) * (v - t) * r).
  { intros v t e w K. apply Rmult_le_compat_r; [lra|]. pose proof (Rle_0_sqr (v - t - e)) as Q. unfold Rsqr in Q. lra. }
  unfold low. destruct (Req_EM_T r 1) as [N1|N1]; [exact Sq|]. destruct (Req_EM_T r 2) as [N2|N2]; [exact Sq|].
  destruct (Rlt_dec r a0) as [A|A]; [exact Sq|].
  destruct (Rlt_dec r 1) as [B|B].
  { unfold error, cubic. rewrite target_out by lra.
    pose proof (Key (u r) 1 (a0 - r) w1) as K. pose proof (Lu r 1 ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 1 - (a0 - r) - w1) * (a0 - r)).
    { replace (_ * _) with ((u 1 - u r + (1 - r)) * (r - a0)) by (unfold w1; ring). apply Rmult_le_pos; lra. }
    specialize (K NN). lra. }
  destruct (Rlt_dec r (a0 + 1)) as [C|C].
  { unfold error, cubic. rewrite target_in by lra.
    pose proof (Key (u r) 0 (a0 + 1 - r) w1) as K. pose proof (Lu 1 r ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 0 - (a0 + 1 - r) - w1) * (a0 + 1 - r)).
    { replace (_ * _) with ((u r - u 1 + (r - 1)) * (a0 + 1 - r)) by (unfold w1; ring). apply Rmult_le_pos; lra. }
    specialize (K NN). lra. }
  destruct (Rlt_dec r b0) as [E|E]; [exact Sq|].
  destruct (Rlt_dec r 2) as [F|F].
  { unfold error, cubic. rewrite target_in by lra.
    pose proof (Key (u r) 0 (r - b0) w2) as K. pose proof (Lu r 2 ltac:(lra) ltac:(lra) ltac:(lra)).
    assert (NN : 0 <= (u r - 0 - (r - b0) - w2) * (r - b0)).
    { replace (_ * _) with ((u r - u 2 + (2 - r)) * (r - b0)) by (unfold w2; ring). apply Rmult_le_pos; lra. }
    specialize (K NN). lra. }
  destruct (Rlt_dec r (b0 + 1)) as [M|M]; [|exact Sq].
  unfold error, cubic. rewrite target_out by lra.
  pose proof (Key (u r) 1 (r - b0 - 1) w2) as K. pose proof (Lu 2 r ltac:(lra) ltac:(lra) ltac:(lra)).
  assert (NN : 0 <= (u r - 1 - (r - b0 - 1) - w2) * (r - b0 - 1)).
  { replace (_ * _) with ((u 2 - u r + (r - 2)) * (b0 + 1 - r)) by (unfold w2; ring). apply Rmult_le_pos; lra. }
  specialize (K NN). lra.
Qed.
