(* The Highest Mountain Function, binary and multiclass.

   Content.  The distance to a non-empty set exists and is 1-Lipschitz.  In a geodesic space (R^n with the
   Euclidean distance, the real line) the signed distance to the frontier between two sets (MF-Def1, MF-Def3)
   is 1-Lipschitz with the right sign, and the multiclass function of MF-Def4 is 1-Lipschitz into l1 and has its
   argmax at the nearest class.  Certificates: a 1-Lipschitz score keeps its sign, and a score 1-Lipschitz into
   l1 keeps its argmax, below the radius |f| and the margin.  Without segments the frontier may be empty and the
   signed distance to the other class jumps by 2 (two points).  The step -f(x) grad f(x) is no attack, even with
   overshoot, in the six-point example; pointwise a classifier may have a better certificate, but none has more
   than half the distance of the classes everywhere.

   Definitions.  [dist A x] for a non-empty set A (infimum of the distances), [frontier A B] (points at the same
   distance from A and B), [hmf A B] (printed (10): ties are positive), [Frontier] and [HMF] for K classes.

   Witnesses.  Two points: x in A, y in B, d = 1.  Six points on the unit circle:
   A = (1,0), (-1,0), (-1/2, +-sqrt 3/2), B = (1/2, +-sqrt 3/2), x = (-1,0), ray (s,0).
   Pointwise: A = 0, B = 1, f u = 9/10 - u.

   Not covered: gradients (norm 1 almost everywhere), the measure of the frontier, existence of nearest points. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid.
Open Scope R_scope.

(* ---- the distance to a set ---- *)

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

(* ---- crossing a level along a segment ---- *)

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

(* ---- binary ---- *)

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
  pose proof (Rle_abs (dist B x - dist A x)). pose proof (Rle_abs (- (dist B x - dist A x))) as N. rewrite Rabs_Ropp in N.
  unfold hmf. destruct Rle_dec; split; intros; lra.
Qed.

(* On points nearer to A the function is positive, on points nearer to B negative; so it has the sign of the
   class on any two sets that have positive distance at their own points. *)
(* @statement MF-Prop1 *)
Theorem hmf_sign : forall x, (dist A x < dist B x -> 0 < hmf x) /\ (dist B x < dist A x -> hmf x < 0).
Proof. intros x. destruct (hmf_dominates x) as [P N]. split; intros H; [pose proof (P ltac:(lra)) | pose proof (N H)]; lra. Qed.

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

(* ---- multiclass ---- *)

Section Multiclass.
Variable X : PM.
Variable K : nat.               (* K + 2 classes, numbered 0 .. K + 1 *)
Variable A : nat -> nset X.

Let classes := S (S K).

(* Distance to the nearest of the classes j < n other than k; the distance to a class other than k when there
   is none below n. *)
Fixpoint others (k n : nat) (x : X) : R :=
  match n with
  | O => dist (A (if Nat.eqb k 0 then 1 else 0)) x
  | S j => if Nat.eqb j k then others k j x else Rmin (others k j x) (dist (A j) x)
  end.

Definition nearest_other (k : nat) (x : X) : R := others k classes x.

Lemma others_le : forall k n x j, (j < n)%nat -> j <> k -> others k n x <= dist (A j) x.
Proof.
  intros k n x j. induction n as [|n IH]; intros Hj Hne; [lia|]. simpl.
  destruct (Nat.eqb n k) eqn:E.
  - apply Nat.eqb_eq in E. apply IH; [lia | exact Hne].
  - destruct (Nat.eq_dec j n) as [->|]; [apply Rmin_r|].
    eapply Rle_trans; [apply Rmin_l | apply IH; [lia | exact Hne]].
Qed.

Lemma others_attained : forall k n x, exists j, (j < Nat.max n 2)%nat /\ j <> k /\ others k n x = dist (A j) x.
Proof.
  intros k n x. induction n as [|n [j [Hj [Hne E]]]]; simpl others.
  - destruct (Nat.eqb k 0) eqn:E0.
    + apply Nat.eqb_eq in E0. exists 1%nat. repeat split; lia.
    + apply Nat.eqb_neq in E0. exists 0%nat. repeat split; lia.
  - destruct (Nat.eqb n k) eqn:En; [exists j; repeat split; [lia | exact Hne | exact E]|].
    apply Nat.eqb_neq in En. destruct (Rle_dec (others k n x) (dist (A n) x)).
    + rewrite Rmin_left by assumption. exists j. repeat split; [lia | exact Hne | exact E].
    + rewrite Rmin_right by lra. exists n. repeat split; lia.
Qed.

Lemma nearest_other_le : forall k x j, (j < classes)%nat -> j <> k -> nearest_other k x <= dist (A j) x.
Proof. intros. now apply others_le. Qed.

Lemma nearest_other_attained : forall k x, exists j, (j < classes)%nat /\ j <> k /\ nearest_other k x = dist (A j) x.
Proof. intros k x. destruct (others_attained k classes x) as [j [H H0]]. exists j. split; [unfold classes in *; lia | exact H0]. Qed.

Lemma nearest_other_diff : forall k x y, nearest_other k x <= d x y + nearest_other k y.
Proof.
  intros k x y. destruct (nearest_other_attained k y) as [j [Hj [Hne ->]]].
  eapply Rle_trans; [apply nearest_other_le; eassumption | apply dist_diff].
Qed.

(* Ties of the minimum: two classes are both nearest. *)
Definition on_Frontier (z : X) : Prop := exists k l, (k < classes)%nat /\ (l < classes)%nat /\ k <> l /\
  dist (A k) z = dist (A l) z /\ forall j, (j < classes)%nat -> dist (A k) z <= dist (A j) z.

Lemma Frontier_of_tie : forall k z, (k < classes)%nat -> dist (A k) z = nearest_other k z -> on_Frontier z.
Proof.
  intros k z Hk E. destruct (nearest_other_attained k z) as [l [Hl [Hne El]]].
  exists k, l. repeat split; auto; [congruence|]. intros j Hj.
  destruct (Nat.eq_dec j k) as [->|N]; [lra|]. rewrite E. now apply nearest_other_le.
Qed.

Lemma gap_k_lip : forall k, Lip (Y := Real) 2 (fun x => nearest_other k x - dist (A k) x).
Proof.
  intros k x y. simpl. pose proof (nearest_other_diff k x y). pose proof (nearest_other_diff k y x).
  pose proof (dist_diff X (A k) x y). pose proof (dist_diff X (A k) y x). rewrite (d_sym X y x) in *.
  apply Rabs_le. lra.
Qed.

Lemma Frontier_between : geodesic X -> forall k x y, (k < classes)%nat ->
  dist (A k) x <= nearest_other k x -> nearest_other k y <= dist (A k) y ->
  exists z, on_Frontier z /\ d x z + d z y = d x y.
Proof.
  intros G k x y Hk Hx Hy.
  destruct (crossing X (fun u => nearest_other k u - dist (A k) u) 2 x y G ltac:(lra) (gap_k_lip k) ltac:(lra) ltac:(lra))
    as [z [E D]].
  exists z. split; [apply (Frontier_of_tie k z Hk); lra | exact D].
Qed.

Lemma Frontier_inhab : geodesic X -> exists z, on_Frontier z.
Proof.
  intros G. destruct (inhab X (A 0)) as [a Ha]. destruct (inhab X (A 1)) as [b Hb].
  destruct (Frontier_between G 0 a b) as [z [F _]]; [unfold classes; lia | | | exists z; exact F].
  - rewrite (dist_in X (A 0) a Ha). destruct (nearest_other_attained 0 a) as [j [_ [_ ->]]]. apply dist_nonneg.
  - eapply Rle_trans; [apply (nearest_other_le 0 b 1); unfold classes; lia|].
    rewrite (dist_in X (A 1) b Hb). apply dist_nonneg.
Qed.

Hypothesis G : geodesic X.
Definition Frontier : nset X := {| elem := on_Frontier; inhab := Frontier_inhab G |}.

(* Component k: the distance to the frontier where class k is strictly nearest, else 0. *)
Definition HMF (x : X) (k : nat) : R := if Rlt_dec (dist (A k) x) (nearest_other k x) then dist Frontier x else 0.

Lemma cell_unique : forall k l x, (k < classes)%nat -> (l < classes)%nat ->
  dist (A k) x < nearest_other k x -> dist (A l) x < nearest_other l x -> k = l.
Proof.
  intros k l x Hk Hl Ck Cl. destruct (Nat.eq_dec k l) as [E|N]; [exact E|exfalso].
  pose proof (nearest_other_le k x l Hl ltac:(auto)). pose proof (nearest_other_le l x k Hk ltac:(auto)). lra.
Qed.

(* Every point is in the cell of exactly one class or on the frontier. *)
Lemma argmin_ex : forall x n, exists k, (k <= n)%nat /\ forall j, (j <= n)%nat -> dist (A k) x <= dist (A j) x.
Proof.
  intros x. induction n as [|n [k [Hk Mk]]].
  - exists 0%nat. split; [lia|]. intros j Hj. replace j with 0%nat by lia. lra.
  - destruct (Rle_dec (dist (A k) x) (dist (A (S n)) x)) as [L|L].
    + exists k. split; [lia|]. intros j Hj. destruct (Nat.eq_dec j (S n)) as [->|]; [exact L | apply Mk; lia].
    + exists (S n). split; [lia|]. intros j Hj. destruct (Nat.eq_dec j (S n)) as [->|]; [lra|].
      pose proof (Mk j ltac:(lia)). lra.
Qed.

Lemma cell_or_frontier : forall x,
  (exists k, (k < classes)%nat /\ dist (A k) x < nearest_other k x) \/ on_Frontier x.
Proof.
  intros x. destruct (argmin_ex x (S K)) as [k [Hk Mk]].
  destruct (Rlt_dec (dist (A k) x) (nearest_other k x)) as [L|L].
  - left. exists k. split; [unfold classes; lia | exact L].
  - right. apply (Frontier_of_tie k x); [unfold classes; lia|].
    destruct (nearest_other_attained k x) as [j [Hj [_ E]]].
    pose proof (Mk j ltac:(unfold classes in *; lia)). lra.
Qed.

Lemma HMF_cell : forall x k, (k < classes)%nat -> dist (A k) x < nearest_other k x ->
  forall j, (j < classes)%nat -> HMF x j = delta k j * dist Frontier x.
Proof.
  intros x k Hk C j Hj. unfold HMF. destruct Rlt_dec as [L|L].
  - replace j with k by (eapply cell_unique; eassumption). rewrite delta_refl. ring.
  - rewrite delta_neq; [ring|]. intros ->. contradiction.
Qed.

Lemma HMF_frontier : forall x, on_Frontier x -> forall j, HMF x j = 0.
Proof. intros x F j. unfold HMF. rewrite (dist_in X Frontier x F). destruct Rlt_dec; reflexivity. Qed.

Lemma rsum_delta_const : forall n k c, (k < n)%nat -> rsum n (fun j => delta k j * c) = c.
Proof. intros n k c H. apply (rsum_delta_l n k (fun _ => c) H). Qed.

Definition l1_dist (u v : nat -> R) : R := rsum classes (fun j => Rabs (u j - v j)).

(* The multiclass Highest Mountain Function is 1-Lipschitz into R^K with the l1 norm (hence for every p-norm). *)
(* @statement MF-Prop2 *)
Theorem HMF_lipschitz_l1 : forall x y, l1_dist (HMF x) (HMF y) <= d x y.
Proof.
  assert (half : forall x y, on_Frontier y -> l1_dist (HMF x) (HMF y) <= d x y).
  { intros x y F. unfold l1_dist. destruct (cell_or_frontier x) as [[k [Hk Ck]]|Fx].
    - rewrite (rsum_ext _ _ (fun j => delta k j * dist Frontier x)).
      + rewrite rsum_delta_const by exact Hk. apply dist_le. exact F.
      + intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_frontier y F), Rminus_0_r.
        apply Rabs_right, Rle_ge, Rmult_le_pos; [|apply dist_nonneg].
        unfold delta. destruct Nat.eqb; lra.
    - rewrite rsum_zero; [apply d_nonneg|]. intros j _. rewrite !HMF_frontier by assumption.
      rewrite Rminus_0_r. apply Rabs_R0. }
  intros x y. destruct (cell_or_frontier y) as [[l [Hl Cl]]|Fy]; [|now apply half].
  destruct (cell_or_frontier x) as [[k [Hk Ck]]|Fx].
  2:{ rewrite d_sym. eapply Rle_trans; [|apply (half y x Fx)]. right. unfold l1_dist. apply rsum_ext.
      intros. apply Rabs_minus_sym. }
  unfold l1_dist. destruct (Nat.eq_dec k l) as [<-|N].
  - rewrite (rsum_ext _ _ (fun j => delta k j * Rabs (dist Frontier x - dist Frontier y))).
    + rewrite rsum_delta_const by exact Hk. pose proof (dist_lipschitz X Frontier x y) as L. simpl in L. lra.
    + intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_cell y k Hk Cl j Hj), <- Rmult_minus_distr_l, Rabs_mult.
      f_equal. unfold delta. destruct Nat.eqb; apply Rabs_right; lra.
  - pose proof (dist_nonneg X Frontier x) as Px. pose proof (dist_nonneg X Frontier y) as Py.
    apply Rle_trans with (dist Frontier x + dist Frontier y).
    + rewrite (rsum_ext _ _ (fun j => delta k j * dist Frontier x + delta l j * dist Frontier y)).
      * rewrite rsum_add, !rsum_delta_const by assumption. lra.
      * intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_cell y l Hl Cl j Hj). unfold delta.
        destruct (Nat.eqb k j) eqn:Ek, (Nat.eqb l j) eqn:El; unfold Rabs; destruct Rcase_abs; try lra.
        all: apply Nat.eqb_eq in Ek; apply Nat.eqb_eq in El; congruence.
    + destruct (Frontier_between G k x y Hk ltac:(lra)) as [z [F E]].
      * pose proof (nearest_other_le k y l Hl ltac:(auto)). pose proof (nearest_other_le l y k Hk ltac:(auto)). lra.
      * pose proof (dist_le X Frontier x z F). pose proof (dist_le X Frontier y z F). rewrite (d_sym X y z) in *. lra.
Qed.

(* Where class k is strictly nearest, component k is positive and every other component is 0. *)
(* @statement MF-Prop2 *)
Theorem HMF_argmax : forall x k, (k < classes)%nat -> dist (A k) x < nearest_other k x ->
  0 < HMF x k /\ forall j, (j < classes)%nat -> j <> k -> HMF x j = 0.
Proof.
  intros x k Hk C. split.
  - rewrite (HMF_cell x k Hk C k Hk), delta_refl.
    assert ((nearest_other k x - dist (A k) x) / 2 <= dist Frontier x); [|lra].
    apply dist_ge. intros z [p [q [Hp [Hq [Npq [E M]]]]]].
    assert (nearest_other k z <= dist (A k) z).
    { destruct (Nat.eq_dec p k) as [->|N].
      - rewrite E. apply nearest_other_le; auto.
      - eapply Rle_trans; [apply (nearest_other_le k z p Hp N) | apply M; exact Hk]. }
    pose proof (nearest_other_diff k x z). pose proof (dist_diff X (A k) z x). rewrite (d_sym X z x) in *. lra.
  - intros j Hj N. rewrite (HMF_cell x k Hk C j Hj), delta_neq by auto. ring.
Qed.

(* The whole component f_k(x), the margin of the multiclass function, is a certified radius: closer than f_k(x)
   the argmax is still k. *)
(* @statement MF-Prop2 *)
Theorem HMF_certificate : forall x y k, (k < classes)%nat -> dist (A k) x < nearest_other k x -> d x y < HMF x k ->
  0 < HMF y k /\ forall j, (j < classes)%nat -> j <> k -> HMF y j = 0.
Proof.
  intros x y k Hk C H.
  assert (P : 0 < HMF y k).
  { pose proof (HMF_lipschitz_l1 x y) as L. unfold l1_dist in L.
    pose proof (rsum_one_le classes (fun j => Rabs (HMF x j - HMF y j)) k (fun _ _ => Rabs_pos _) Hk) as O.
    cbv beta in O. pose proof (Rle_abs (HMF x k - HMF y k)). lra. }
  split; [exact P|]. unfold HMF in P. destruct Rlt_dec as [Cy|]; [|lra]. apply (HMF_argmax y k Hk Cy).
Qed.
End Multiclass.

(* The multiclass function of non-empty subsets of Euclidean space R^n is 1-Lipschitz into l1. *)
(* @statement MF-Prop2 *)
Theorem HMF_lipschitz_euclid : forall n K (A : nat -> nset (euclid n)) x y,
  l1_dist K (HMF (euclid n) K A (euclid_geodesic n) x) (HMF (euclid n) K A (euclid_geodesic n) y) <= d x y.
Proof. intros. apply HMF_lipschitz_l1. Qed.

(* Any score whose values are 1-Lipschitz into l1 keeps its argmax closer than the margin (the full margin). *)
(* @statement MF-Prop2 *)
Theorem argmax_certificate_l1 : forall (X : PM) n (f : X -> nat -> R) x y k,
  (forall u v, rsum n (fun j => Rabs (f u j - f v j)) <= d u v) -> (k < n)%nat ->
  (forall j, (j < n)%nat -> j <> k -> d x y < f x k - f x j) ->
  forall j, (j < n)%nat -> j <> k -> f y j < f y k.
Proof.
  intros X n f x y k L Hk M j Hj N. specialize (M j Hj N). specialize (L x y).
  pose proof (rsum_two_le n (fun i => Rabs (f x i - f y i)) k j (fun _ _ => Rabs_pos _) Hk Hj ltac:(auto)) as T.
  cbv beta in T. pose proof (Rle_abs (f x k - f y k)). pose proof (Rle_abs (- (f x j - f y j))) as B.
  rewrite Rabs_Ropp in B. lra.
Qed.

(* ---- without segments: two points ---- *)

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
    assert (E : Rabs (f true - f false) = 2) by (rewrite Ft, Ff; replace (1 - - (1)) with 2 by ring; apply Rabs_right; lra).
    split; [exact E|]. split; [reflexivity|]. intros L. specialize (L true false). simpl in L. lra.
Qed.

(* ---- the six-point example ---- *)

Definition pt2 (a b : R) : vec := fun i => match i with O => a | _ => b end.

Definition sixA : nset (euclid 2).
Proof.
  refine {| elem := fun u : euclid 2 => u = pt2 1 0 \/ u = pt2 (-1) 0 \/ u = pt2 (-1/2) (sqrt 3 / 2) \/ u = pt2 (-1/2) (- (sqrt 3 / 2)) |}.
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

Lemma normsq_pt2 : forall (u : vec) a b, normsq 2 (sub u (pt2 a b)) = (u 0%nat - a) * (u 0%nat - a) + (u 1%nat - b) * (u 1%nat - b).
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

(* ---- better certificates at a point ---- *)

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
