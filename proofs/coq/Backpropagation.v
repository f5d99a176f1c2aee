(** Gradients do not explode in 1-Lipschitz networks (MF-Prop9), for one example and dense layers.

   Content.  A layer y = W h + b followed by any 1-Lipschitz map and a loss: the gradient with respect to W is at
   most |grad of the loss| times |h| in Frobenius norm, with respect to b at most |grad of the loss|.  The chain
   rule version: a product of transposed Jacobians of operator norm at most 1 does not enlarge the gradient, and
   the outer product has norm |g| |h|.  Inputs of the layers stay bounded by |x| plus the biases.  With weights
   shared between positions the bound fails.

   Definitions.  [slope_at l y g]: near y the loss l changes by at most g times the distance, up to a
   relatively small error (true with g = |gradient| if l is differentiable at y); [frob] squared Frobenius norm;
   [weights_gradient], [bias_gradient]: all directional derivatives exist and are given by the gradient;
   [backward] product of transposed Jacobians applied to a vector.

   Witness.  Weight sharing: 16 positions, f h = sum h / 4, h_i = w x_i + b: the derivative in b is 4.

   Not covered: raw parameters of reparametrised layers, convolutions beyond the counterexample, batches. *)
Require Import Reals Lra Lia List.
From Lipref Require Import Metric Matrix Euclid.
Import ListNotations.
Open Scope R_scope.

Definition slope_at {k : nat} (l : euclid k -> R) (y : euclid k) (g : R) : Prop :=
  forall eps, 0 < eps -> exists delta, 0 < delta /\
    forall y' : euclid k, d y' y < delta -> Rabs (l y' - l y) <= (g + eps) * d y' y.

(* l is differentiable at y with the gradient g. *)
Definition gradient_at {k : nat} (l : euclid k -> R) (y : euclid k) (g : vec) : Prop :=
  forall eps, 0 < eps -> exists delta, 0 < delta /\
    forall y' : euclid k, d y' y < delta -> Rabs (l y' - l y - dot k g (sub y' y)) <= eps * d y' y.

(* The slope of a differentiable function is the norm of its gradient. *)
(* @statement MF-Set2 *)
Theorem gradient_slope : forall k (l : euclid k -> R) y g, gradient_at l y g -> slope_at l y (nrm k g).
Proof.
  intros k l y g H eps He. destruct (H eps He) as [delta [Hd B]]. exists delta. split; [exact Hd|].
  intros y' Hy'. specialize (B y' Hy').
  pose proof (cauchy_schwarz k g (sub y' y)) as C.
  replace (l y' - l y) with ((l y' - l y - dot k g (sub y' y)) + dot k g (sub y' y)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. simpl in *. lra.
Qed.

(* A derivative is bounded by the rate at which the function can change. *)
Lemma derivative_bound : forall (phi : R -> R) l c g, 0 <= c -> 0 <= g -> derivable_pt_lim phi 0 l ->
  (forall eps, 0 < eps -> exists delta, 0 < delta /\
     forall t, Rabs t * c < delta -> Rabs (phi t - phi 0) <= (g + eps) * (Rabs t * c)) ->
  Rabs l <= g * c.
Proof.
  intros phi l c g Hc Hg D B.
  destruct (Rle_dec (Rabs l) (g * c)) as [H|H]; [exact H|exfalso].
  set (gap := Rabs l - g * c). assert (Pg : 0 < gap) by (unfold gap; lra).
  set (eps := gap / (2 * (c + 1))). assert (Pe : 0 < eps) by (apply Rdiv_lt_0_compat; lra).
  destruct (B eps Pe) as [delta [Pd Bd]].
  destruct (D (gap / 2) ltac:(lra)) as [[eta Peta] E]. simpl in E.
  set (t := Rmin (eta / 2) (delta / (2 * (c + 1)))).
  assert (Pt : 0 < t) by (apply Rmin_glb_lt; apply Rdiv_lt_0_compat; lra).
  assert (T1 : t < eta) by (eapply Rle_lt_trans; [apply Rmin_l | lra]).
  assert (T2 : t * (c + 1) < delta).
  { apply Rle_lt_trans with (delta / (2 * (c + 1)) * (c + 1)).
    - apply Rmult_le_compat_r; [lra | apply Rmin_r].
    - replace (delta / (2 * (c + 1)) * (c + 1)) with (delta / 2) by (field; lra). lra. }
  assert (At : Rabs t = t) by (apply Rabs_right; lra).
  specialize (Bd t). rewrite At in Bd. specialize (Bd ltac:(lra)).
  specialize (E t ltac:(lra)). rewrite At in E. specialize (E T1). rewrite Rplus_0_l in E.
  assert (Q : Rabs ((phi t - phi 0) / t) <= (g + eps) * c).
  { unfold Rdiv. rewrite Rabs_mult, Rabs_inv, At.
    apply Rmult_le_reg_r with t; [exact Pt|]. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  assert (F : eps * c < gap / 2).
  { unfold eps. apply Rmult_lt_reg_r with (2 * (c + 1)); [lra|].
    replace (gap / (2 * (c + 1)) * c * (2 * (c + 1))) with (gap * c) by (field; lra). lra. }
  pose proof (Rabs_triang_inv l ((phi t - phi 0) / t)) as I. rewrite Rabs_minus_sym in E.
  unfold gap in *. lra.
Qed.

Definition frob (m n : nat) (E : mat) : R := rsum m (fun i => normsq n (E i)).
Definition frob_dot (m n : nat) (A B : mat) : R := rsum m (fun i => dot n (A i) (B i)).

Lemma frob_nonneg : forall m n E, 0 <= frob m n E.
Proof. intros. apply rsum_nonneg. intros. apply normsq_nonneg. Qed.

Lemma frob_mulv : forall m n E h, normsq m (mulv n E h) <= frob m n E * normsq n h.
Proof.
  intros. unfold frob. rewrite <- rsum_scal_r. apply rsum_le. intros i _.
  change (mulv n E h i) with (dot n (E i) h). apply cauchy_schwarz_sq.
Qed.

Section Layer.
Variables m n k : nat.
Variable after : euclid m -> euclid k.    (* what follows the layer: 1-Lipschitz *)
Variable loss : euclid k -> R.
Variables (W : mat) (b h : vec).          (* the layer and its input *)
Variable g : R.                           (* slope of the loss at the output *)
Hypothesis after_lip : Lip 1 after.

Definition layer (V : mat) (c : vec) : euclid m := fun i => mulv n V h i + c i.
Definition output : euclid k := after (layer W b).

Hypothesis g_nonneg : 0 <= g.
Hypothesis slope : slope_at loss output g.

Definition weights_gradient (D : mat) : Prop := forall E,
  derivable_pt_lim (fun t => loss (after (layer (fun i j => W i j + t * E i j) b))) 0 (frob_dot m n D E).
Definition bias_gradient (D : vec) : Prop := forall e,
  derivable_pt_lim (fun t => loss (after (layer W (fun i => b i + t * e i)))) 0 (dot m D e).

(* Moving the layer's value along t v moves the loss by at most about g |t| |v|. *)
Lemma direction : forall (u : R -> euclid m) (v : vec) l,
  (forall t i, (i < m)%nat -> u t i = layer W b i + t * v i) ->
  derivable_pt_lim (fun t => loss (after (u t))) 0 l -> Rabs l <= g * nrm m v.
Proof.
  intros u v l Hu D.
  assert (Du : forall s t, d (u s) (u t) = Rabs (s - t) * nrm m v).
  { intros s t. simpl. rewrite <- nrm_scal. apply nrm_ext. intros i Hi. unfold sub. rewrite !Hu by exact Hi. ring. }
  assert (D0 : d (layer W b) (u 0) = 0).
  { simpl. unfold nrm. replace (normsq m _) with 0; [apply sqrt_0|]. symmetry. apply rsum_zero.
    intros i Hi. unfold sub. rewrite Hu by exact Hi. ring. }
  assert (Z : d (after (u 0)) output = 0).
  { unfold output. pose proof (after_lip (u 0) (layer W b)) as A. rewrite (d_sym _ (u 0)), D0 in A.
    pose proof (d_nonneg _ (after (u 0)) (after (layer W b))). lra. }
  assert (L0 : loss (after (u 0)) = loss output).
  { destruct (slope 1 ltac:(lra)) as [delta [Pd B]]. specialize (B (after (u 0)) ltac:(lra)).
    rewrite Z, Rmult_0_r in B. pose proof (Rabs_pos (loss (after (u 0)) - loss output)).
    assert (E : Rabs (loss (after (u 0)) - loss output) = 0) by lra.
    destruct (Req_dec (loss (after (u 0)) - loss output) 0) as [Q|Q]; [lra|]. apply Rabs_no_R0 in Q. lra. }
  apply (derivative_bound (fun t => loss (after (u t)))); [apply nrm_nonneg | exact g_nonneg | exact D |].
  intros eps He. destruct (slope eps He) as [delta [Pd B]]. exists delta. split; [exact Pd|].
  intros t Ht.
  assert (A : d (after (u t)) output <= Rabs t * nrm m v).
  { pose proof (d_tri _ (after (u t)) (after (u 0)) output) as T. pose proof (after_lip (u t) (u 0)) as A.
    rewrite Du, Rminus_0_r in A. lra. }
  rewrite L0. eapply Rle_trans; [apply B; lra|]. apply Rmult_le_compat_l; lra.
Qed.

(* The gradient with respect to the weights has Frobenius norm at most (slope of the loss) * |h|. *)
(* @statement MF-Prop9 *)
Theorem weights_gradient_bound : forall D, weights_gradient D -> sqrt (frob m n D) <= g * nrm n h.
Proof.
  intros D H. specialize (H D).
  assert (B : Rabs (frob_dot m n D D) <= g * nrm m (mulv n D h)).
  { apply (direction _ (mulv n D h) _) in H; [exact H|]. intros t i _. unfold layer, mulv.
    rewrite (rsum_ext n _ (fun j => W i j * h j + t * (D i j * h j))) by (intros; ring).
    rewrite rsum_add, rsum_scal. ring. }
  assert (E : frob_dot m n D D = frob m n D) by (apply rsum_ext; intros; apply dot_normsq).
  rewrite E, Rabs_right in B by (apply Rle_ge, frob_nonneg).
  set (F := sqrt (frob m n D)) in *. assert (PF : 0 <= F) by apply sqrt_pos.
  assert (SF : F * F = frob m n D) by (apply sqrt_sqrt, frob_nonneg).
  assert (C : nrm m (mulv n D h) <= F * nrm n h).
  { apply Rsqr_incr_0_var; [|apply Rmult_le_pos; [exact PF | apply nrm_nonneg]]. unfold Rsqr. rewrite nrm_sq.
    replace (F * nrm n h * (F * nrm n h)) with (F * F * (nrm n h * nrm n h)) by ring.
    rewrite SF, nrm_sq. apply frob_mulv. }
  pose proof (Rmult_le_compat_l g _ _ g_nonneg C) as C2. pose proof (nrm_nonneg n h) as Pn.
  pose proof (Rmult_le_pos _ _ g_nonneg Pn).
  destruct PF as [PF|PF]; [|lra]. apply Rmult_le_reg_l with F; [exact PF | lra].
Qed.

(* The gradient with respect to the bias has norm at most the slope of the loss. *)
(* @statement MF-Prop9 *)
Theorem bias_gradient_bound : forall D, bias_gradient D -> nrm m D <= g.
Proof.
  intros D H. specialize (H D).
  assert (B : Rabs (dot m D D) <= g * nrm m D).
  { apply (direction _ D _) in H; [exact H|]. intros t i _. unfold layer. ring. }
  rewrite dot_normsq, Rabs_right in B by (apply Rle_ge, normsq_nonneg).
  rewrite <- nrm_sq in B. pose proof (nrm_nonneg m D) as P.
  destruct P as [P|P]; [|lra]. apply Rmult_le_reg_l with (nrm m D); [exact P | lra].
Qed.
End Layer.

(* MF-Prop9 with the norm of the gradient of a differentiable loss at the output. *)
(* @statement MF-Prop9 *)
Theorem no_exploding_gradient : forall m n k (after : euclid m -> euclid k) (loss : euclid k -> R) W b h grad DW Db,
  Lip 1 after -> gradient_at loss (output m n k after W b h) grad ->
  weights_gradient m n k after loss W b h DW -> bias_gradient m n k after loss W b h Db ->
  sqrt (frob m n DW) <= nrm k grad * nrm n h /\ nrm m Db <= nrm k grad.
Proof.
  intros m n k after loss W b h grad DW Db L G GW Gb. apply gradient_slope in G.
  pose proof (nrm_nonneg k grad) as P. split.
  - apply (weights_gradient_bound m n k after loss W b h (nrm k grad)); assumption.
  - apply (bias_gradient_bound m n k after loss W b h (nrm k grad)); assumption.
Qed.

(** * The chain rule version *)

(* A matrix and its transpose have the same operator norm bound 1. *)
(* @statement MF-Prop9 *)
Theorem transpose_contraction : forall m n A, contraction m n A -> contraction n m (transpose A).
Proof.
  intros m n A H g. set (v := mulv m (transpose A) g).
  assert (E : normsq n v = dot m (mulv n A v) g).
  { rewrite <- dot_normsq. unfold v at 1. unfold dot, mulv, transpose.
    rewrite (rsum_ext n _ (fun i => rsum m (fun j => A j i * g j * v i))) by (intros; now rewrite rsum_scal_r).
    rewrite rsum_swap. apply rsum_ext. intros j _. rewrite <- rsum_scal_r. apply rsum_ext. intros. ring. }
  pose proof (cauchy_schwarz_sq m (mulv n A v) g) as C. rewrite <- E in C.
  pose proof (H v) as Hv. pose proof (normsq_nonneg m g) as Pg. pose proof (normsq_nonneg n v) as Pv.
  pose proof (Rmult_le_compat_r _ _ _ Pg Hv) as M.
  destruct Pv as [Pv|Pv]; [|lra]. apply Rmult_le_reg_l with (normsq n v); [exact Pv | lra].
Qed.

(* Jacobians from the last layer down: (rows, columns, matrix). *)
Fixpoint backward (Js : list (nat * nat * mat)) (g : vec) : vec :=
  match Js with [] => g | (m, n, J) :: rest => backward rest (mulv m (transpose J) g) end.

Inductive chained : nat -> list (nat * nat * mat) -> nat -> Prop :=
| chained_nil : forall m, chained m [] m
| chained_cons : forall m n l J rest, contraction m n J -> chained n rest l -> chained m ((m, n, J) :: rest) l.

(* Passing a gradient back through layers whose Jacobians have operator norm at most 1 does not enlarge it. *)
(* @statement MF-Eq19 *)
Theorem backward_contracts : forall m Js l g, chained m Js l -> normsq l (backward Js g) <= normsq m g.
Proof.
  intros m Js l g H. revert g. induction H as [|m n l J rest C H IH]; intros g; simpl; [lra|].
  eapply Rle_trans; [apply IH | apply transpose_contraction; exact C].
Qed.

(* The gradient of a dense layer for one example is the outer product of the backward vector and the layer's input;
   its squared Frobenius norm is at most |grad|^2 |h|^2. *)
(* @statement MF-Prop9 *)
Theorem outer_product_bound : forall k Js m n grad h, chained k Js m ->
  frob m n (fun i j => backward Js grad i * h j) <= normsq k grad * normsq n h.
Proof.
  intros k Js m n grad h H.
  replace (frob m n (fun i j => backward Js grad i * h j)) with (normsq m (backward Js grad) * normsq n h).
  - apply Rmult_le_compat_r; [apply normsq_nonneg | now apply backward_contracts].
  - unfold frob, normsq. rewrite <- rsum_scal_r. apply rsum_ext. intros i _. rewrite <- rsum_scal.
    apply rsum_ext. intros. ring.
Qed.

(** * Inputs of the layers *)

(* After any number of 1-Lipschitz layers the norm is at most |x| plus the norms of the layers' values at 0 (the
   biases of affine layers), so that the factor |h| of the bound does not explode either. *)
(* @statement MF-Prop9 *)
Theorem activations_bounded : forall n (hs : list (euclid n -> euclid n)) (x : euclid n), Forall (Lip 1) hs ->
  nrm n (fold_left (fun u f => f u) hs x)
  <= nrm n x + fold_right Rplus 0 (map (fun f => nrm n (f (fun _ => 0))) hs).
Proof.
  intros n hs x H. revert x. induction H as [|f hs F _ IH]; intros x; simpl; [lra|].
  assert (A : nrm n (f x) <= nrm n x + nrm n (f (fun _ => 0))).
  { eapply Rle_trans; [|apply Rplus_le_compat_r].
    - eapply Rle_trans; [|apply (nrm_triangle n (sub (f x) (f (fun _ => 0))) (f (fun _ => 0)))].
      right. apply nrm_ext. intros. unfold sub. lra.
    - eapply Rle_trans; [apply (F x (fun _ => 0))|]. rewrite Rmult_1_l.
      right. apply nrm_ext. intros. unfold sub. lra. }
  eapply Rle_trans; [apply IH|]. rewrite <- Rplus_assoc. apply Rplus_le_compat_r. exact A.
Qed.

(** * Shared weights *)

Definition mean16 (h : euclid 16) : R := rsum 16 h / 4.

(* With one weight and one bias shared by 16 positions, followed by the 1-Lipschitz map sum h / 4, the derivative
   with respect to the bias is 4, above the bound 1. *)
(* @statement MF-Prop9 *)
Theorem shared_bias_exceeds : Lip (Y := Real) 1 mean16 /\
  forall w (x : vec) b, derivable_pt_lim (fun c => mean16 (fun i => w * x i + c)) b 4.
Proof.
  split.
  - intros u v. simpl. unfold mean16.
    pose proof (cauchy_schwarz 16 (fun _ => 1) (sub u v)) as C.
    replace (nrm 16 (fun _ => 1)) with 4 in C.
    + replace (rsum 16 u / 4 - rsum 16 v / 4) with (dot 16 (fun _ => 1) (sub u v) / 4).
      * unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ 4)) by lra. lra.
      * unfold dot, sub. cbn [rsum]. lra.
    + unfold nrm. replace (normsq 16 (fun _ => 1)) with (4 * 4) by (unfold normsq; cbn [rsum]; lra).
      symmetry. apply sqrt_square. lra.
  - intros w x b eps He. exists (mkposreal 1 Rlt_0_1). intros t Ht _. unfold mean16. cbn [rsum].
    match goal with |- Rabs ?e < _ => replace e with 0; [rewrite Rabs_R0; exact He | field; exact Ht] end.
Qed.
