(** Euclidean space R^n as a pseudo-metric space of functions nat -> R, and geodesic spaces.

   Content.  Cauchy-Schwarz for [dot], the Euclidean distance, the space [euclid n] (points that agree on the
   first n coordinates are at distance zero), geodesic spaces, R^n and the real line are geodesic.
   Not covered: other norms, completeness, angles. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix.
Open Scope R_scope.

Definition nrm (n : nat) (x : vec) : R := sqrt (normsq n x).
Definition sub (x y : vec) : vec := fun i => x i - y i.

Lemma nrm_nonneg : forall n x, 0 <= nrm n x.
Proof. intros. apply sqrt_pos. Qed.

Lemma nrm_sq : forall n x, nrm n x * nrm n x = normsq n x.
Proof. intros. apply sqrt_sqrt, normsq_nonneg. Qed.

Lemma normsq_lin : forall n x y a b,
  normsq n (fun i => a * x i + b * y i) = a * a * normsq n x + 2 * a * b * dot n x y + b * b * normsq n y.
Proof.
  intros. unfold normsq, dot. rewrite <- !rsum_scal, <- !rsum_add. apply rsum_ext. intros. ring.
Qed.

Lemma normsq_sub : forall n x y, normsq n (sub x y) = normsq n x - 2 * dot n x y + normsq n y.
Proof.
  intros. replace (normsq n (sub x y)) with (normsq n (fun i => 1 * x i + -1 * y i)).
  - rewrite normsq_lin. ring.
  - apply rsum_ext. intros. unfold sub. ring.
Qed.

Lemma dot_zero : forall n x y, normsq n x = 0 -> dot n x y = 0.
Proof.
  intros n x y H. apply rsum_zero. intros i Hi.
  assert (x i * x i = 0) as E.
  { apply (rsum_nonneg_zero n (fun k => x k * x k)); [intros; apply Rle_0_sqr | exact H | exact Hi]. }
  assert (x i = 0) by (apply Rmult_integral in E; tauto). rewrite H0. ring.
Qed.

Lemma cauchy_schwarz_sq : forall n x y, dot n x y * dot n x y <= normsq n x * normsq n y.
Proof.
  intros n x y. pose proof (normsq_nonneg n x) as Hx. destruct Hx as [Hx|Hx].
  - pose proof (normsq_nonneg n (fun i => - (dot n x y) * x i + normsq n x * y i)) as H.
    rewrite normsq_lin in H.
    apply Rmult_le_reg_l with (normsq n x); [exact Hx|]. lra.
  - rewrite (dot_zero n x y) by now symmetry. rewrite <- Hx. lra.
Qed.

Lemma cauchy_schwarz : forall n x y, Rabs (dot n x y) <= nrm n x * nrm n y.
Proof.
  intros n x y. apply Rsqr_incr_0_var; [|apply Rmult_le_pos; apply nrm_nonneg].
  rewrite <- Rsqr_abs. unfold Rsqr.
  replace (nrm n x * nrm n y * (nrm n x * nrm n y)) with ((nrm n x * nrm n x) * (nrm n y * nrm n y)) by ring.
  rewrite !nrm_sq. apply cauchy_schwarz_sq.
Qed.

Lemma nrm_triangle : forall n x y, nrm n (fun i => x i + y i) <= nrm n x + nrm n y.
Proof.
  intros n x y. pose proof (nrm_nonneg n x). pose proof (nrm_nonneg n y).
  apply Rsqr_incr_0_var; [|lra]. unfold Rsqr. rewrite nrm_sq.
  replace (normsq n (fun i => x i + y i)) with (normsq n (fun i => 1 * x i + 1 * y i))
    by (apply rsum_ext; intros; ring).
  rewrite normsq_lin, <- !nrm_sq. pose proof (cauchy_schwarz n x y). pose proof (Rle_abs (dot n x y)). lra.
Qed.

Lemma nrm_ext : forall n x y, (forall i, (i < n)%nat -> x i = y i) -> nrm n x = nrm n y.
Proof. intros n x y H. unfold nrm. f_equal. apply rsum_ext. intros i Hi. now rewrite H. Qed.

Lemma nrm_scal : forall n c x, nrm n (fun i => c * x i) = Rabs c * nrm n x.
Proof.
  intros n c x. unfold nrm. rewrite <- sqrt_Rsqr_abs.
  rewrite <- sqrt_mult by (try apply Rle_0_sqr; apply normsq_nonneg). f_equal.
  unfold normsq. rewrite <- rsum_scal. apply rsum_ext. intros. unfold Rsqr. ring.
Qed.

Lemma nrm_sub_sym : forall n x y, nrm n (sub x y) = nrm n (sub y x).
Proof. intros. unfold nrm. f_equal. apply rsum_ext. intros. unfold sub. ring. Qed.

(* R^n with the Euclidean distance. *)
Definition euclid (n : nat) : PM.
Proof.
  refine {| pt := vec; d := fun x y => nrm n (sub x y) |}.
  - intros x. unfold nrm. replace (normsq n (sub x x)) with 0; [apply sqrt_0|].
    symmetry. apply rsum_zero. intros. unfold sub. ring.
  - intros x y. apply nrm_sub_sym.
  - intros x y z. eapply Rle_trans; [|apply nrm_triangle].
    right. apply nrm_ext. intros i _. unfold sub. lra.
Defined.

Lemma euclid_sq : forall n (x y : euclid n), d x y * d x y = normsq n (sub x y).
Proof. intros. apply nrm_sq. Qed.

Lemma euclid_le_iff : forall n (x y : euclid n) c, 0 <= c -> (c <= d x y <-> c * c <= normsq n (sub x y)).
Proof.
  intros n x y c Hc. rewrite <- euclid_sq. pose proof (d_nonneg _ x y). split; intros H0.
  - apply Rmult_le_compat; lra.
  - apply Rsqr_incr_0; unfold Rsqr; lra.
Qed.

(* Any two points are joined by a path along which distances are proportional to the parameter; the ends of the
   path may differ from the points by distance zero. *)
Definition geodesic (X : PM) : Prop :=
  forall x y : X, exists g : R -> X, d (g 0) x = 0 /\ d (g 1) y = 0 /\
    forall s t, 0 <= s <= 1 -> 0 <= t <= 1 -> d (g s) (g t) = Rabs (s - t) * d x y.

Lemma euclid_geodesic : forall n, geodesic (euclid n).
Proof.
  intros n x y. exists (fun t i => x i + t * (y i - x i)).
  split; [|split].
  - simpl. unfold nrm. replace (normsq n _) with 0; [apply sqrt_0|].
    symmetry. apply rsum_zero. intros. unfold sub. ring.
  - simpl. unfold nrm. replace (normsq n _) with 0; [apply sqrt_0|].
    symmetry. apply rsum_zero. intros. unfold sub. ring.
  - intros s t _ _. simpl. rewrite (nrm_sub_sym n x y), <- nrm_scal. apply nrm_ext. intros. unfold sub. ring.
Qed.

Lemma Real_geodesic : geodesic Real.
Proof.
  intros x y. exists (fun t => x + t * (y - x)). simpl. split; [|split].
  - replace (x + 0 * (y - x) - x) with 0 by lra. apply Rabs_R0.
  - replace (x + 1 * (y - x) - y) with 0 by lra. apply Rabs_R0.
  - intros s t _ _. rewrite <- Rabs_mult, <- Rabs_Ropp. f_equal. ring.
Qed.
