(** Counterexamples about the Highest Mountain Function.

   Content.  Without segments the frontier may be empty and the signed distance to the other class jumps by 2 (two
   points).  The step -f(x) grad f(x) is no attack, even with overshoot, in the six-point example.  At a single
   point another classifier without error may have a better certificate.

   Witnesses.  Two points: x in A, y in B, d = 1.  Six points on the unit circle:
   A = (1,0), (-1,0), (-1/2, +-sqrt 3/2), B = (1/2, +-sqrt 3/2), x = (-1,0), ray (s,0).
   Pointwise: A = 0, B = 1, f u = 9/10 - u. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid HighestMountain.
Open Scope R_scope.

(** * Without segments: two points *)

Definition two : PM.
Proof.
  refine {| pt := bool; d := fun x y => if Bool.eqb x y then 0 else 1 |}.
  - intros []; reflexivity.
  - intros [] []; reflexivity.
  - intros [] [] []; simpl; lra.
Defined.

Definition only (X : PM) (a : X) : nset X := {| elem := fun u => u = a; inhab := ex_intro _ a eq_refl |}.

Lemma dist_only : forall (X : PM) (a x : X), dist (only X a) x = d x a.
Proof.
  intros X a x. apply Rle_antisym; [apply dist_le; reflexivity|]. apply dist_ge. intros u ->. lra.
Qed.

(* In the space of two points at distance 1, each its own class, no point is on the frontier, and the signed
   distance to the other class is not 1-Lipschitz: it jumps by 2. *)
(* @statement MF-Def1 *)
Theorem two_points_fail : let A := only two true in let B := only two false in
  (forall z, ~ on_frontier two A B z) /\
  (forall f : two -> R, f true = dist B true -> f false = - dist A false ->
     Rabs (f true - f false) = 2 /\ d (true : two) false = 1 /\ ~ Lip (Y := Real) 1 f).
Proof.
  cbv zeta. split.
  - intros z. unfold on_frontier. rewrite !dist_only. destruct z; simpl; lra.
  - intros f Ft Ff. rewrite dist_only in Ft, Ff. simpl in Ft, Ff.
    assert (E : Rabs (f true - f false) = 2).
    { rewrite Ft, Ff. replace (1 - - (1)) with 2 by ring. apply Rabs_right. lra. }
    split; [exact E|]. split; [reflexivity|]. intros L. specialize (L true false). simpl in L. lra.
Qed.

(** * The six-point example *)

Definition pt2 (a b : R) : vec := fun i => match i with O => a | _ => b end.

Definition sixA : nset (euclid 2).
Proof.
  refine {| elem := fun u : euclid 2 =>
    u = pt2 1 0 \/ u = pt2 (-1) 0 \/ u = pt2 (-1/2) (sqrt 3 / 2) \/ u = pt2 (-1/2) (- (sqrt 3 / 2)) |}.
  exists (pt2 1 0 : euclid 2). auto.
Defined.

Definition sixB : nset (euclid 2).
Proof.
  refine {| elem := fun u : euclid 2 => u = pt2 (1/2) (sqrt 3 / 2) \/ u = pt2 (1/2) (- (sqrt 3 / 2)) |}.
  exists (pt2 (1/2) (sqrt 3 / 2) : euclid 2). auto.
Defined.

Definition six_hmf : euclid 2 -> R := hmf (euclid 2) sixA sixB (euclid_geodesic 2).

Lemma sqrt3_sq : sqrt 3 * sqrt 3 = 3.
Proof. apply sqrt_sqrt. lra. Qed.

Lemma normsq_pt2 : forall (u : vec) a b,
  normsq 2 (sub u (pt2 a b)) = (u 0%nat - a) * (u 0%nat - a) + (u 1%nat - b) * (u 1%nat - b).
Proof. intros. unfold normsq, sub, pt2. simpl. ring. Qed.

Lemma dist_lt_of_points : forall n (A B : nset (euclid n)) (x : euclid n) c, 0 <= c ->
  (exists a, A a /\ normsq n (sub x a) < c) -> (forall b, B b -> c <= normsq n (sub x b)) -> dist A x < dist B x.
Proof.
  intros n A B x c Hc [a [Ha La]] Hb.
  apply Rle_lt_trans with (d x a); [now apply dist_le|].
  apply Rlt_le_trans with (sqrt c).
  - simpl. unfold nrm. apply sqrt_lt_1; [apply normsq_nonneg | exact Hc | exact La].
  - apply dist_ge. intros b B0. simpl. unfold nrm. apply sqrt_le_1; [exact Hc | apply normsq_nonneg | now apply Hb].
Qed.

(* Left of the vertical axis, every point is nearer to A. *)
Lemma six_left : forall u : euclid 2, u 0%nat < 0 -> dist sixA u < dist sixB u.
Proof.
  intros u Hu. pose proof sqrt3_sq as S3. pose proof (sqrt_lt_R0 3 ltac:(lra)) as P3.
  set (a := u 0%nat) in *. set (b := u 1%nat).
  apply (dist_lt_of_points 2 sixA sixB u (Rmin ((a - 1/2) * (a - 1/2) + (b - sqrt 3 / 2) * (b - sqrt 3 / 2))
    ((a - 1/2) * (a - 1/2) + (b - - (sqrt 3 / 2)) * (b - - (sqrt 3 / 2))))).
  - apply Rmin_glb; apply Rplus_le_le_0_compat; apply Rle_0_sqr.
  - destruct (Rle_dec 0 b) as [Hb|Hb].
    + exists (pt2 (-1/2) (sqrt 3 / 2)). split; [simpl; auto|]. rewrite normsq_pt2. fold a b.
      pose proof (Rmult_le_pos _ _ Hb (Rlt_le _ _ P3)). apply Rmin_glb_lt; lra.
    + exists (pt2 (-1/2) (- (sqrt 3 / 2))). split; [simpl; auto|]. rewrite normsq_pt2. fold a b.
      pose proof (Rmult_le_pos (- b) _ ltac:(lra) (Rlt_le _ _ P3)). apply Rmin_glb_lt; lra.
  - intros v [-> | ->]; rewrite normsq_pt2; fold a b; [apply Rmin_l | apply Rmin_r].
Qed.

Lemma d_pt2 : forall a b a' b', d (pt2 a b : euclid 2) (pt2 a' b') = sqrt ((a - a') * (a - a') + (b - b') * (b - b')).
Proof. intros. simpl. unfold nrm. rewrite normsq_pt2. reflexivity. Qed.

(* The origin is on the frontier: all six points are on the unit circle. *)
Lemma six_origin : on_frontier (euclid 2) sixA sixB (pt2 0 0).
Proof.
  pose proof sqrt3_sq as S3.
  assert (EA : dist sixA (pt2 0 0) = 1).
  { apply Rle_antisym.
    - eapply Rle_trans; [apply (dist_le (euclid 2) sixA (pt2 0 0) (pt2 1 0)); simpl; auto|].
      rewrite d_pt2. replace (_ + _) with 1 by lra. rewrite sqrt_1. lra.
    - apply dist_ge. intros v [-> | [-> | [-> | ->]]]; rewrite d_pt2; rewrite <- sqrt_1 at 1; apply sqrt_le_1; lra. }
  assert (EB : dist sixB (pt2 0 0) = 1).
  { apply Rle_antisym.
    - eapply Rle_trans; [apply (dist_le (euclid 2) sixB (pt2 0 0) (pt2 (1/2) (sqrt 3 / 2))); simpl; auto|].
      rewrite d_pt2. replace (_ + _) with 1 by lra. rewrite sqrt_1. lra.
    - apply dist_ge. intros v [-> | ->]; rewrite d_pt2; rewrite <- sqrt_1 at 1; apply sqrt_le_1; lra. }
  unfold on_frontier. congruence.
Qed.

(* At x = (-1, 0) the function is exactly 1, the frontier point (0, 0) is at the distance 1, and yet no point
   (s, 0), s > 0, of the ray from x through it is negative: no overshoot makes the step an attack. *)
(* @statement MF-Cor3 *)
Theorem six_points_no_attack :
  six_hmf (pt2 (-1) 0) = 1 /\ on_frontier (euclid 2) sixA sixB (pt2 0 0) /\ d (pt2 (-1) 0 : euclid 2) (pt2 0 0) = 1 /\
  forall s, 0 < s -> 0 < six_hmf (pt2 s 0).
Proof.
  assert (D1 : d (pt2 (-1) 0 : euclid 2) (pt2 0 0) = 1).
  { rewrite d_pt2. replace (_ + _) with 1 by lra. apply sqrt_1. }
  split; [|split; [exact six_origin | split; [exact D1|]]].
  - unfold six_hmf, hmf. pose proof (six_left (pt2 (-1) 0) ltac:(simpl; lra)) as L.
    destruct Rle_dec as [_|N]; [|lra]. apply Rle_antisym.
    + rewrite <- D1. apply dist_le. exact six_origin.
    + apply dist_ge. intros z Fz. destruct (Rle_dec 1 (d (pt2 (-1) 0 : euclid 2) z)) as [H|H]; [exact H|exfalso].
      assert (z 0%nat < 0).
      { destruct (Rlt_dec (z 0%nat) 0) as [Z|Z]; [exact Z|exfalso]. apply H.
        apply (euclid_le_iff 2 (pt2 (-1) 0) z); [lra|].
        unfold normsq, sub, pt2. simpl. pose proof (Rle_0_sqr (0 - z 1%nat)) as Q. unfold Rsqr in Q.
        pose proof (Rmult_le_pos (z 0%nat) (z 0%nat + 2) ltac:(lra) ltac:(lra)). lra. }
      pose proof (six_left z H0). simpl in Fz. unfold on_frontier in Fz. lra.
  - intros s Hs. unfold six_hmf. apply hmf_sign. pose proof sqrt3_sq as S3.
    apply (dist_lt_of_points 2 sixA sixB (pt2 s 0) (1 - s + s * s)).
    + pose proof (pow2_ge_0 (s - 1/2)). lra.
    + exists (pt2 1 0). split; [simpl; auto|]. rewrite normsq_pt2. simpl. lra.
    + intros b [-> | ->]; rewrite normsq_pt2; simpl; lra.
Qed.

(** * Better certificates at a point *)

(* For the classes 0 and 1 of the real line the Highest Mountain Function certifies 1/2 at 0, but the 1-Lipschitz
   f u = 9/10 - u has no error either and certifies 9/10 there. *)
(* @statement MF-Cor3 *)
Theorem better_certificate_at_a_point :
  hmf Real (only Real 0) (only Real 1) Real_geodesic 0 = 1 / 2 /\
  (let f := fun u : Real => 9 / 10 - u in Lip (Y := Real) 1 f /\ 0 < f 0 /\ f 1 < 0 /\ f 0 = 9 / 10 /\ 1 / 2 < f 0).
Proof.
  split.
  - unfold hmf. rewrite !dist_only. simpl. destruct Rle_dec as [_|N].
    + apply Rle_antisym.
      * eapply Rle_trans; [apply (dist_le Real (frontier Real (only Real 0) (only Real 1) Real_geodesic) 0 (1/2))|].
        -- simpl. unfold on_frontier. rewrite !dist_only. simpl. unfold Rabs. repeat destruct Rcase_abs; lra.
        -- simpl. unfold Rabs. destruct Rcase_abs; lra.
      * apply dist_ge. intros z Hz. simpl in *. unfold on_frontier in Hz. rewrite !dist_only in Hz. simpl in Hz.
        revert Hz. unfold Rabs. repeat destruct Rcase_abs; lra.
    + exfalso. apply N. unfold Rabs. repeat destruct Rcase_abs; lra.
  - cbv zeta beta. split; [|lra]. intros u v. simpl.
    replace (9 / 10 - u - (9 / 10 - v)) with (- (u - v)) by ring. rewrite Rabs_Ropp. lra.
Qed.
