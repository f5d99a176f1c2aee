(** The Highest Mountain Function of two classes.

   Content.  The distance to a non-empty set exists and is 1-Lipschitz.  In a geodesic space (R^n with the
   Euclidean distance, the real line) the signed distance to the frontier between two sets (MF-Def1, MF-Def3) is
   1-Lipschitz with the right sign, at least half the distance to the other class on the classes, and a certificate
   that cannot be enlarged.  Any 1-Lipschitz score keeps its sign below the radius |f|.  No classifier certifies
   more than half the distance of the classes everywhere.  In R^n, for sets without a common point and with nearest
   points (closed sets), points of the other sign lie arbitrarily near every frontier point, so that the radius of
   the classifier is exactly |f|.

   Definitions.  [nset X] (non-empty sets), [dist A x] (infimum of the distances from x to A), [on_frontier A B]
   (points at the same distance from A and B), [hmf] (printed (10): ties are positive).

   Not covered: gradients (norm 1 almost everywhere), the measure of the frontier, existence of nearest points.
   The counterexamples are in HighestMountainExamples.v, several classes in HighestMountainMulticlass.v. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid.
Open Scope R_scope.

(** * The distance to a set *)

Section Distance.
Variable X : PM.

(* A non-empty set of points. *)
Record nset : Type := { elem :> X -> Prop; inhab : exists a, elem a }.

Definition neg_dists (A : nset) (x : X) (r : R) : Prop := exists a, A a /\ r = - d x a.

Lemma neg_dists_bound : forall A x, bound (neg_dists A x).
Proof. intros A x. exists 0. intros r [a [_ E]]. pose proof (d_nonneg X x a). lra. Qed.

Lemma neg_dists_ex : forall A x, exists r, neg_dists A x r.
Proof. intros A x. destruct (inhab A) as [a Ha]. exists (- d x a), a. auto. Qed.

Definition dist (A : nset) (x : X) : R :=
  - proj1_sig (completeness (neg_dists A x) (neg_dists_bound A x) (neg_dists_ex A x)).

Lemma dist_le : forall (A : nset) x a, A a -> dist A x <= d x a.
Proof.
  intros A x a Ha. unfold dist. destruct (completeness _ _ _) as [m [U V]]. simpl.
  assert (- d x a <= m) by (apply U; exists a; auto). lra.
Qed.

Lemma dist_ge : forall (A : nset) x c, (forall a, A a -> c <= d x a) -> c <= dist A x.
Proof.
  intros A x c H. unfold dist. destruct (completeness _ _ _) as [m [U L]]. simpl.
  assert (m <= - c); [|lra]. apply L. intros r [a [Ha ->]]. specialize (H a Ha). lra.
Qed.

Lemma dist_nonneg : forall A x, 0 <= dist A x.
Proof. intros. apply dist_ge. intros. apply d_nonneg. Qed.

Lemma dist_in : forall (A : nset) x, A x -> dist A x = 0.
Proof.
  intros A x H. apply Rle_antisym; [|apply dist_nonneg]. rewrite <- (d_refl X x). apply dist_le. exact H.
Qed.

(* The distance to a set is the infimum of the distances to its points. *)
(* @statement MF-Set1 *)
Theorem dist_is_infimum : forall (A : nset) x,
  (forall a, A a -> dist A x <= d x a) /\ (forall c, (forall a, A a -> c <= d x a) -> c <= dist A x).
Proof. intros A x. split; [intros; now apply dist_le | intros; now apply dist_ge]. Qed.

Lemma dist_diff : forall A x y, dist A x <= d x y + dist A y.
Proof.
  intros A x y. assert (dist A x - d x y <= dist A y); [|lra].
  apply dist_ge. intros a Ha. pose proof (dist_le A x a Ha). pose proof (d_tri X x y a). lra.
Qed.

(* The distance to a non-empty set is 1-Lipschitz. *)
(* @statement MF-Eq11 *)
Theorem dist_lipschitz : forall A, Lip (Y := Real) 1 (dist A).
Proof.
  intros A x y. simpl. pose proof (dist_diff A x y). pose proof (dist_diff A y x).
  rewrite (d_sym X y x) in *. apply Rabs_le. lra.
Qed.
End Distance.

Arguments nset X : clear implicits.
Arguments dist {X} A x.
Arguments elem {X} n _.

(** * Crossing a level along a segment *)

Definition clamp (t : R) : R := Rmax 0 (Rmin t 1).

Lemma clamp_range : forall t, 0 <= clamp t <= 1.
Proof. intros t. unfold clamp, Rmax, Rmin. repeat destruct Rle_dec; lra. Qed.

Lemma clamp_id : forall t, 0 <= t <= 1 -> clamp t = t.
Proof. intros t H. unfold clamp, Rmax, Rmin. repeat destruct Rle_dec; lra. Qed.

Lemma clamp_lip : forall s t, Rabs (clamp s - clamp t) <= Rabs (s - t).
Proof.
  intros s t. unfold clamp, Rmax, Rmin. unfold Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra.
Qed.

Lemma lipschitz_continuity : forall (h : R -> R) C, 0 <= C ->
  (forall s t, Rabs (h s - h t) <= C * Rabs (s - t)) -> continuity h.
Proof.
  intros h C HC H t eps He. exists (eps / (C + 1)). split; [apply Rdiv_lt_0_compat; lra|].
  intros s [_ Hs]. simpl in *. unfold R_dist in *. eapply Rle_lt_trans; [apply H|].
  apply Rle_lt_trans with (C * (eps / (C + 1))).
  - apply Rmult_le_compat_l; lra.
  - apply Rmult_lt_reg_r with (C + 1); [lra|].
    replace (C * (eps / (C + 1)) * (C + 1)) with (C * eps) by (field; lra). lra.
Qed.

(* A Lipschitz function with values of opposite signs at two points of a geodesic space vanishes at a point
   between them. *)
Lemma crossing : forall (X : PM) (h : X -> R) C x y, geodesic X -> 0 <= C -> Lip (Y := Real) C h ->
  0 <= h x -> h y <= 0 -> exists z, h z = 0 /\ d x z + d z y = d x y.
Proof.
  intros X h C x y G HC HL Hx Hy. destruct (G x y) as [g [G0 [G1 Gd]]].
  assert (same : forall u v : X, d u v = 0 -> h u = h v).
  { intros u v E. pose proof (HL u v) as L. simpl in L. rewrite E, Rmult_0_r in L.
    pose proof (Rabs_pos (h u - h v)). assert (Rabs (h u - h v) = 0) as E2 by lra.
    destruct (Req_dec (h u - h v) 0) as [Z|N]; [lra|]. apply Rabs_no_R0 in N. lra. }
  set (k := fun t => h (g (clamp t))).
  assert (K : continuity k).
  { apply (lipschitz_continuity k (C * d x y)).
    - apply Rmult_le_pos; [exact HC | apply d_nonneg].
    - intros s t. unfold k. eapply Rle_trans; [apply (HL (g (clamp s)) (g (clamp t)))|].
      rewrite Gd by apply clamp_range. pose proof (clamp_lip s t). pose proof (d_nonneg X x y).
      replace (C * (Rabs (clamp s - clamp t) * d x y)) with (C * d x y * Rabs (clamp s - clamp t)) by ring.
      apply Rmult_le_compat_l; [apply Rmult_le_pos; assumption | assumption]. }
  assert (K0 : k 0 = h x) by (unfold k; rewrite clamp_id by lra; now apply same).
  assert (K1 : k 1 = h y) by (unfold k; rewrite clamp_id by lra; now apply same).
  destruct (IVT_cor k 0 1 K ltac:(lra)) as [t [Ht Zt]].
  { rewrite K0, K1. rewrite <- (Rmult_0_r (h x)). apply Rmult_le_compat_l; lra. }
  exists (g t). unfold k in Zt. rewrite clamp_id in Zt by lra. split; [exact Zt|].
  assert (A : d x (g t) = t * d x y).
  { replace (d x (g t)) with (d (g 0) (g t)).
    - rewrite Gd by lra. rewrite Rminus_0_l, Rabs_Ropp, Rabs_right by lra. reflexivity.
    - pose proof (d_tri X (g 0) x (g t)). pose proof (d_tri X x (g 0) (g t)). rewrite (d_sym X x (g 0)) in *. lra. }
  assert (B : d (g t) y = (1 - t) * d x y).
  { replace (d (g t) y) with (d (g t) (g 1)).
    - rewrite Gd by lra. rewrite Rabs_left1 by lra. ring.
    - pose proof (d_tri X (g t) y (g 1)). pose proof (d_tri X (g t) (g 1) y). rewrite (d_sym X y (g 1)) in *. lra. }
  rewrite A, B. ring.
Qed.

(** * Binary *)

Section Binary.
Variable X : PM.
Variables A B : nset X.

Definition on_frontier (z : X) : Prop := dist A z = dist B z.

Lemma gap_lip : Lip (Y := Real) 2 (fun x => dist B x - dist A x).
Proof.
  intros x y. simpl. pose proof (dist_diff X A x y). pose proof (dist_diff X A y x).
  pose proof (dist_diff X B x y). pose proof (dist_diff X B y x). rewrite (d_sym X y x) in *.
  apply Rabs_le. lra.
Qed.

Lemma frontier_between : geodesic X -> forall x y, dist A x <= dist B x -> dist B y <= dist A y ->
  exists z, on_frontier z /\ d x z + d z y = d x y.
Proof.
  intros G x y Hx Hy.
  destruct (crossing X (fun u => dist B u - dist A u) 2 x y G ltac:(lra) gap_lip ltac:(lra) ltac:(lra)) as [z [E D]].
  exists z. split; [unfold on_frontier; lra | exact D].
Qed.

Lemma frontier_inhab : geodesic X -> exists z, on_frontier z.
Proof.
  intros G. destruct (inhab X A) as [a Ha]. destruct (inhab X B) as [b Hb].
  destruct (frontier_between G a b) as [z [F _]].
  - rewrite (dist_in X A a Ha). apply dist_nonneg.
  - rewrite (dist_in X B b Hb). apply dist_nonneg.
  - exists z. exact F.
Qed.

Hypothesis G : geodesic X.
Definition frontier : nset X := {| elem := on_frontier; inhab := frontier_inhab G |}.

(* Signed distance to the frontier, positive nearer to A; ties count as positive. *)
Definition hmf (x : X) : R := if Rle_dec (dist A x) (dist B x) then dist frontier x else - dist frontier x.

(* The Highest Mountain Function is 1-Lipschitz. *)
(* @statement MF-Prop1 *)
Theorem hmf_lipschitz : Lip (Y := Real) 1 hmf.
Proof.
  assert (Opp : forall x y, dist A x <= dist B x -> dist B y <= dist A y -> dist frontier x + dist frontier y <= d x y).
  { intros x y Hx Hy. destruct (frontier_between G x y Hx Hy) as [z [F E]].
    pose proof (dist_le X frontier x z F). pose proof (dist_le X frontier y z F). rewrite (d_sym X y z) in *. lra. }
  intros x y. simpl. unfold hmf.
  pose proof (dist_diff X frontier x y). pose proof (dist_diff X frontier y x). rewrite (d_sym X y x) in *.
  pose proof (dist_nonneg X frontier x). pose proof (dist_nonneg X frontier y).
  destruct (Rle_dec (dist A x) (dist B x)), (Rle_dec (dist A y) (dist B y)); apply Rabs_le.
  - lra.
  - pose proof (Opp x y ltac:(lra) ltac:(lra)). lra.
  - pose proof (Opp y x ltac:(lra) ltac:(lra)). rewrite (d_sym X y x) in *. lra.
  - lra.
Qed.

(* The absolute value of the function is the distance to the frontier. *)
(* @statement MF-Def1 *)
Theorem hmf_abs : forall x, Rabs (hmf x) = dist frontier x.
Proof.
  intros x. pose proof (dist_nonneg X frontier x). unfold hmf.
  destruct Rle_dec; [|rewrite Rabs_Ropp]; apply Rabs_right; lra.
Qed.

(* Half the difference of the distances to the two sets has the same sign and is not larger. *)
(* @statement MF-Prop1 *)
Theorem hmf_dominates : forall x,
  (dist A x <= dist B x -> (dist B x - dist A x) / 2 <= hmf x) /\
  (dist B x < dist A x -> hmf x <= (dist B x - dist A x) / 2).
Proof.
  intros x.
  assert (D : Rabs (dist B x - dist A x) / 2 <= dist frontier x).
  { apply dist_ge. intros z Hz. simpl in Hz. unfold on_frontier in Hz.
    pose proof (gap_lip x z) as L. simpl in L. rewrite Hz in L.
    replace (dist B x - dist A x - (dist B z - dist B z)) with (dist B x - dist A x) in L by ring. lra. }
  pose proof (Rle_abs (dist B x - dist A x)). pose proof (Rle_abs (- (dist B x - dist A x))) as N.
  rewrite Rabs_Ropp in N.
  unfold hmf. destruct Rle_dec; split; intros; lra.
Qed.

(* On points nearer to A the function is positive, on points nearer to B negative; so it has the sign of the
   class on any two sets that have positive distance at their own points. *)
(* @statement MF-Prop1 *)
Theorem hmf_sign : forall x, (dist A x < dist B x -> 0 < hmf x) /\ (dist B x < dist A x -> hmf x < 0).
Proof.
  intros x. destruct (hmf_dominates x) as [P N].
  split; intros H; [pose proof (P ltac:(lra)) | pose proof (N H)]; lra.
Qed.

(* On the classes the function is at least half the distance to the other class. *)
(* @statement MF-Prop1 *)
Theorem hmf_on_classes : forall x, (A x -> dist B x / 2 <= hmf x) /\ (B x -> 0 < dist A x -> hmf x <= - (dist A x / 2)).
Proof.
  intros x. destruct (hmf_dominates x) as [P N]. split.
  - intros Ax. rewrite (dist_in X A x Ax) in P. pose proof (dist_nonneg X B x). pose proof (P ltac:(lra)). lra.
  - intros Bx Pos. rewrite (dist_in X B x Bx) in N. pose proof (N ltac:(lra)). lra.
Qed.

(* Within the distance |f x| of x the side of the frontier is the same. *)
(* @statement MF-Cor3 *)
Theorem hmf_radius : forall x y, d x y < Rabs (hmf x) -> (0 < hmf x <-> 0 < hmf y) /\ (hmf x < 0 <-> hmf y < 0).
Proof.
  intros x y H. pose proof (hmf_lipschitz x y) as L. simpl in L.
  assert (Rabs (hmf x - hmf y) < Rabs (hmf x)) by lra.
  revert H0. unfold Rabs. repeat destruct Rcase_abs; lra.
Qed.

(* The radius cannot be enlarged: the infimum of the distances from x to the zeros of the function, where the
   distances to the two sets tie, is |f x|. *)
(* @statement MF-Cor3 *)
Theorem hmf_radius_tight : forall x c, (forall z, hmf z = 0 -> c <= d x z) -> c <= Rabs (hmf x).
Proof.
  intros x c H. rewrite hmf_abs. apply dist_ge. intros z Fz. apply H.
  unfold hmf. rewrite (dist_in X frontier z Fz). destruct Rle_dec; ring.
Qed.
End Binary.

(* The Highest Mountain Function of two non-empty sets of Euclidean space R^n is 1-Lipschitz. *)
(* @statement MF-Prop1 *)
Theorem hmf_lipschitz_euclid : forall n (A B : nset (euclid n)),
  Lip (Y := Real) 1 (hmf (euclid n) A B (euclid_geodesic n)).
Proof. intros. apply hmf_lipschitz. Qed.

(* Any 1-Lipschitz score keeps its sign within the distance |f x| (robustness certificate). *)
(* @statement MF-Property1 *)
Theorem sign_certificate : forall (X : PM) (f : X -> R) x y, Lip (Y := Real) 1 f -> d x y < Rabs (f x) ->
  (0 < f x <-> 0 < f y) /\ (f x < 0 <-> f y < 0) /\ f y <> 0.
Proof.
  intros X f x y L H. specialize (L x y). simpl in L.
  assert (Rabs (f x - f y) < Rabs (f x)) by lra. revert H0. unfold Rabs. repeat destruct Rcase_abs; lra.
Qed.

(* Every classifier that separates a from b has, at a or at b, another decision within half their distance: no
   classifier certifies more than half the distance of the classes at all points, and the function above reaches
   that half ([hmf_on_classes]). *)
(* @statement MF-Eq2 *)
Theorem certificate_at_most_half : forall (X : PM) (c : X -> bool) a b, geodesic X -> c a = true -> c b = false ->
  exists z, (c z <> c a /\ d a z <= d a b / 2) \/ (c z <> c b /\ d b z <= d a b / 2).
Proof.
  intros X c a b G Ca Cb. destruct (G a b) as [g [G0 [G1 Gd]]]. exists (g (1 / 2)).
  assert (A : d a (g (1 / 2)) <= d a b / 2).
  { pose proof (d_tri X a (g 0) (g (1 / 2))) as T. rewrite Gd in T by lra. rewrite (d_sym X a (g 0)), G0 in T.
    replace (Rabs (0 - 1 / 2)) with (1 / 2) in T by (rewrite Rabs_left; lra). lra. }
  assert (B : d b (g (1 / 2)) <= d a b / 2).
  { pose proof (d_tri X b (g 1) (g (1 / 2))) as T. rewrite Gd in T by lra. rewrite (d_sym X b (g 1)), G1 in T.
    replace (Rabs (1 - 1 / 2)) with (1 / 2) in T by (rewrite Rabs_right; lra). lra. }
  destruct (c (g (1 / 2))) eqn:E; [right | left]; (split; [congruence | assumption]).
Qed.

(** * The exact radius in R^n *)

Section Exact.
Variable n : nat.
Variables A B : nset (euclid n).
Hypothesis nearest_A : forall z, exists a, A a /\ d z a = dist A z.
Hypothesis nearest_B : forall z, exists b, B b /\ d z b = dist B z.
Hypothesis apart : forall a b, A a -> B b -> 0 < d a b.

(* Moving from a point where the distances tie towards the nearest point of one set makes that set the nearer. *)
Lemma toward : forall (P Q : nset (euclid n)) z t,
  (forall u, exists a, P a /\ d u a = dist P u) -> (forall u, exists b, Q b /\ d u b = dist Q u) ->
  (forall a b, P a -> Q b -> 0 < d a b) -> dist P z = dist Q z -> 0 < t < 1 ->
  exists y, d z y = t * dist Q z /\ dist Q y < dist P y.
Proof.
  intros P Q z t NP NQ Ap E Ht. destruct (NQ z) as [b [Qb Db]]. set (r := dist Q z) in *.
  set (v := sub b z). set (y := (fun i => z i + t * v i) : euclid n).
  assert (Nv : nrm n v = r) by (rewrite <- Db; apply nrm_sub_sym).
  assert (Dzy : d z y = t * r).
  { rewrite <- Nv, <- (Rabs_right t) by lra. rewrite <- nrm_scal. rewrite d_sym. apply nrm_ext.
    intros. unfold sub, y. ring. }
  exists y. split; [exact Dzy|].
  assert (Dyb : d y b = (1 - t) * r).
  { rewrite <- Nv, <- (Rabs_right (1 - t)) by lra. rewrite <- nrm_scal. rewrite d_sym. apply nrm_ext.
    intros. unfold sub, y, v, sub. ring. }
  destruct (NP y) as [a [Pa Da]]. pose proof (dist_le _ Q y b Qb) as LQ.
  destruct (Rlt_dec (dist Q y) (dist P y)) as [L|L]; [exact L|exfalso].
  pose proof (Ap a b Pa Qb) as Pos. set (w := sub a y).
  assert (Nw : normsq n w <= (1 - t) * r * ((1 - t) * r)).
  { rewrite <- nrm_sq. assert (W : nrm n w = d y a) by apply nrm_sub_sym. rewrite W.
    pose proof (d_nonneg _ y a). apply Rmult_le_compat; lra. }
  assert (Nv2 : normsq n v = r * r) by (rewrite <- nrm_sq, Nv; reflexivity).
  assert (Za : r * r <= t * t * normsq n v + 2 * t * dot n v w + normsq n w).
  { pose proof (dist_le _ P z a Pa) as LP. rewrite E in LP. pose proof (dist_nonneg _ Q z) as R0. fold r in R0.
    apply (euclid_le_iff n z a r R0) in LP.
    replace (normsq n (sub z a)) with (normsq n (fun i => t * v i + 1 * w i)) in LP.
    - rewrite normsq_lin in LP. lra.
    - unfold normsq. apply rsum_ext. intros. unfold sub, w, sub, y. ring. }
  assert (Zb : normsq n (sub a b) = normsq n w - 2 * (1 - t) * dot n v w + (1 - t) * (1 - t) * normsq n v).
  { replace (normsq n (sub a b)) with (normsq n (fun i => - (1 - t) * v i + 1 * w i)).
    - rewrite normsq_lin. ring.
    - unfold normsq. apply rsum_ext. intros. unfold w, v, sub, y, v, sub. ring. }
  assert (Z : t * normsq n (sub a b) <= 0).
  { rewrite Zb, Nv2. rewrite Nv2 in Za. apply Rmult_le_compat_l with (r := 1 - t) in Za; lra. }
  rewrite <- euclid_sq in Z. pose proof (Rmult_lt_0_compat _ _ Pos Pos) as P2.
  pose proof (Rmult_lt_0_compat t _ ltac:(lra) P2). lra.
Qed.

Let f := hmf (euclid n) A B (euclid_geodesic n).

(* Where the function is positive, points of negative sign lie at distances arbitrarily close to f x, and none
   closer ([hmf_radius]): the infimum of the distances to the other sign is f x. *)
(* @statement MF-Cor3 *)
Theorem hmf_exact_radius_positive : forall x c, (forall y, f y < 0 -> c <= d x y) -> c <= Rabs (f x).
Proof.
  intros x c H. unfold f. rewrite hmf_abs. apply dist_ge. intros z Fz. simpl in Fz.
  destruct (Rle_dec c (d x z)) as [L|L]; [exact L|exfalso].
  pose proof (dist_nonneg _ B z) as R0. set (gap := c - d x z). assert (Pg : 0 < gap) by (unfold gap; lra).
  set (t := Rmin (1/2) (gap / (2 * (dist B z + 1)))).
  assert (Pt : 0 < t) by (apply Rmin_glb_lt; [lra | apply Rdiv_lt_0_compat; lra]).
  assert (T1 : t <= 1/2) by apply Rmin_l.
  assert (T2 : t * (dist B z + 1) <= gap / 2).
  { apply Rle_trans with (gap / (2 * (dist B z + 1)) * (dist B z + 1)).
    - apply Rmult_le_compat_r; [lra | apply Rmin_r].
    - right. field. lra. }
  destruct (toward A B z t nearest_A nearest_B apart Fz ltac:(lra)) as [y [Dy Sy]].
  apply (hmf_sign _ A B (euclid_geodesic n) y) in Sy. pose proof (H y Sy). pose proof (d_tri _ x z y).
  unfold gap in *. lra.
Qed.

(* The same where the function is negative. *)
(* @statement MF-Cor3 *)
Theorem hmf_exact_radius_negative : forall x c, (forall y, 0 < f y -> c <= d x y) -> c <= Rabs (f x).
Proof.
  intros x c H. unfold f. rewrite hmf_abs. apply dist_ge. intros z Fz. simpl in Fz.
  destruct (Rle_dec c (d x z)) as [L|L]; [exact L|exfalso].
  pose proof (dist_nonneg _ A z) as R0. set (gap := c - d x z). assert (Pg : 0 < gap) by (unfold gap; lra).
  set (t := Rmin (1/2) (gap / (2 * (dist A z + 1)))).
  assert (Pt : 0 < t) by (apply Rmin_glb_lt; [lra | apply Rdiv_lt_0_compat; lra]).
  assert (T1 : t <= 1/2) by apply Rmin_l.
  assert (T2 : t * (dist A z + 1) <= gap / 2).
  { apply Rle_trans with (gap / (2 * (dist A z + 1)) * (dist A z + 1)).
    - apply Rmult_le_compat_r; [lra | apply Rmin_r].
    - right. field. lra. }
  assert (Ap : forall a b, B a -> A b -> 0 < d a b) by (intros a b Ba Ab; rewrite d_sym; now apply apart).
  destruct (toward B A z t nearest_B nearest_A Ap (eq_sym Fz) ltac:(lra)) as [y [Dy Sy]].
  apply (hmf_sign _ A B (euclid_geodesic n) y) in Sy. pose proof (H y Sy). pose proof (d_tri _ x z y).
  unfold gap in *. lra.
Qed.
End Exact.
