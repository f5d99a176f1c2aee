(** * The norms l1, l2 and l_inf on finite vectors

    Content: vectors are lists of reals; for each exponent p in {1, 2, inf} the norm [norm p] and the distance [dist p];
    the pseudo-metric space [vec p]; dual exponents, the dot product, Hoelder's inequality and its sharpness.

    R^n is the set of lists of length n (the predicate [dim n]). The space [vec p] holds lists of all lengths, a list
    standing for its continuation by zeros, so that distances are defined without conditions on lengths.
    The three norms are treated at once: each is a fold of an associative combination [comb p] of two nonnegative reals
    (sum, hypotenuse, maximum), and what follows uses only the laws of [comb p] proved below.
    Not covered: other exponents. *)

Require Import Reals Lra Psatz List Permutation Lia.
From Lipref Require Import Metric.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

Inductive exponent : Set := P1 | P2 | Pinf.

Definition comb (p : exponent) (u v : R) : R :=
  match p with P1 => u + v | P2 => sqrt (u * u + v * v) | Pinf => Rmax u v end.

(* norm P1 x = sum |x_i|, norm P2 x = sqrt (sum x_i^2), norm Pinf x = max |x_i|; see norm_P2 below *)
Fixpoint norm (p : exponent) (x : list R) : R :=
  match x with [] => 0 | a :: x' => comb p (Rabs a) (norm p x') end.

Fixpoint dist (p : exponent) (x y : list R) : R :=
  match x with
  | [] => norm p y
  | a :: x' => match y with
               | [] => norm p x
               | b :: y' => comb p (Rabs (a - b)) (dist p x' y')
               end
  end.

Definition dim (n : nat) (x : list R) : Prop := length x = n.

Fixpoint dot (w x : list R) : R :=
  match w, x with a :: w', b :: x' => a * b + dot w' x' | _, _ => 0 end.

Definition dual (p : exponent) : exponent := match p with P1 => Pinf | P2 => P2 | Pinf => P1 end.

(** ** Laws of the combination *)

Ltac rmax := unfold Rmax, Rmin in *; repeat destruct Rle_dec; try lra.
Ltac rabs := unfold Rabs in *; repeat destruct Rcase_abs; try lra.

Lemma sqrt_le_of_square (x y : R) : 0 <= y -> x <= y * y -> sqrt x <= y.
Proof. intros. rewrite <- (sqrt_square y) by assumption. apply sqrt_le_1_alt. assumption. Qed.

Lemma le_sqrt_of_square (x y : R) : 0 <= y -> x * x <= y -> x <= sqrt y.
Proof.
  intros. destruct (Rle_dec 0 x).
  - rewrite <- (sqrt_square x) by assumption. apply sqrt_le_1_alt. assumption.
  - pose proof (sqrt_pos y). lra.
Qed.

Lemma sumsq_nonneg (u v : R) : 0 <= u * u + v * v.
Proof. pose proof (Rle_0_sqr u). pose proof (Rle_0_sqr v). unfold Rsqr in *. lra. Qed.

Lemma comb_nonneg (p : exponent) (u v : R) : 0 <= u -> 0 <= v -> 0 <= comb p u v.
Proof. intros. destruct p; simpl; [lra | apply sqrt_pos | rmax]. Qed.

Lemma comb_mono (p : exponent) (u v u' v' : R) :
  0 <= u -> 0 <= v -> u <= u' -> v <= v' -> comb p u v <= comb p u' v'.
Proof.
  intros. destruct p; simpl; [lra | | rmax].
  apply sqrt_le_1_alt. apply Rplus_le_compat; apply Rmult_le_compat; assumption.
Qed.

Lemma comb_0_r (p : exponent) (u : R) : 0 <= u -> comb p u 0 = u.
Proof.
  intros. destruct p; simpl; [lra | | rmax].
  rewrite Rmult_0_l, Rplus_0_r. apply sqrt_square; assumption.
Qed.

Lemma comb_sym (p : exponent) (u v : R) : comb p u v = comb p v u.
Proof. destruct p; simpl; [lra | f_equal; lra | apply Rmax_comm]. Qed.

Lemma comb_0_l (p : exponent) (u : R) : 0 <= u -> comb p 0 u = u.
Proof. rewrite comb_sym. apply comb_0_r. Qed.

Lemma comb_assoc (p : exponent) (u v w : R) : comb p u (comb p v w) = comb p (comb p u v) w.
Proof.
  destruct p; simpl; [lra | | rmax].
  rewrite !sqrt_sqrt by apply sumsq_nonneg. f_equal; lra.
Qed.

Lemma comb_swap (p : exponent) (u v w : R) : comb p u (comb p v w) = comb p v (comb p u w).
Proof. rewrite !comb_assoc. f_equal. apply comb_sym. Qed.

Lemma comb_ge_l (p : exponent) (u v : R) : 0 <= u -> 0 <= v -> u <= comb p u v.
Proof. intros. rewrite <- (comb_0_r p u) at 1 by assumption. apply comb_mono; lra. Qed.

Lemma comb_ge_r (p : exponent) (u v : R) : 0 <= u -> 0 <= v -> v <= comb p u v.
Proof. rewrite comb_sym. intros. apply comb_ge_l; assumption. Qed.

Lemma comb_homog (p : exponent) (c u v : R) : 0 <= c -> comb p (c * u) (c * v) = c * comb p u v.
Proof.
  intros. destruct p; simpl; [lra | |].
  - replace (c * u * (c * u) + c * v * (c * v)) with ((c * c) * (u * u + v * v)) by ring.
    rewrite sqrt_mult_alt by (apply Rmult_le_pos; assumption). rewrite sqrt_square by assumption. reflexivity.
  - apply RmaxRmult. assumption.
Qed.

(* Cauchy-Schwarz in the plane *)
Lemma cauchy2 (a b u v : R) : a * u + b * v <= sqrt (a * a + b * b) * sqrt (u * u + v * v).
Proof.
  rewrite <- sqrt_mult_alt by apply sumsq_nonneg.
  apply le_sqrt_of_square.
  - apply Rmult_le_pos; apply sumsq_nonneg.
  - pose proof (Rle_0_sqr (a * v - b * u)). unfold Rsqr in *. nra.
Qed.

(* Minkowski's inequality in the plane *)
Lemma comb_sub (p : exponent) (a b u v : R) : comb p (a + u) (b + v) <= comb p a b + comb p u v.
Proof.
  destruct p; simpl; [lra | | rmax].
  pose proof (cauchy2 a b u v). pose proof (sqrt_pos (a * a + b * b)). pose proof (sqrt_pos (u * u + v * v)).
  pose proof (sqrt_sqrt _ (sumsq_nonneg a b)). pose proof (sqrt_sqrt _ (sumsq_nonneg u v)).
  apply sqrt_le_of_square; [lra |]. nra.
Qed.

Lemma comb_le_plus (p : exponent) (u v : R) : 0 <= u -> 0 <= v -> comb p u v <= u + v.
Proof.
  intros. replace (comb p u v) with (comb p (u + 0) (0 + v)) by (f_equal; lra).
  eapply Rle_trans; [apply comb_sub |]. rewrite comb_0_r, comb_0_l; lra.
Qed.

(* Hoelder's inequality in the plane *)
Lemma comb_hoelder (p : exponent) (a b u v : R) :
  0 <= a -> 0 <= b -> 0 <= u -> 0 <= v -> a * u + b * v <= comb (dual p) a b * comb p u v.
Proof.
  intros. destruct p; simpl.
  - pose proof (Rmax_l a b). pose proof (Rmax_r a b). nra.
  - apply cauchy2.
  - pose proof (Rmax_l u v). pose proof (Rmax_r u v). nra.
Qed.

(** ** The norms *)

Lemma norm_nonneg (p : exponent) (x : list R) : 0 <= norm p x.
Proof. induction x; simpl; [lra | apply comb_nonneg; [apply Rabs_pos | assumption]]. Qed.

Lemma norm_app (p : exponent) (x y : list R) : norm p (x ++ y) = comb p (norm p x) (norm p y).
Proof.
  induction x; simpl.
  - rewrite comb_0_l; [reflexivity | apply norm_nonneg].
  - rewrite IHx. apply comb_assoc.
Qed.

Lemma norm_perm (p : exponent) (x y : list R) : Permutation x y -> norm p x = norm p y.
Proof.
  induction 1; simpl; [reflexivity | congruence | apply comb_swap | congruence].
Qed.

Lemma norm_scale (p : exponent) (c : R) (x : list R) : norm p (map (Rmult c) x) = Rabs c * norm p x.
Proof.
  induction x; simpl; [lra |]. rewrite IHx, Rabs_mult. apply comb_homog. apply Rabs_pos.
Qed.

Lemma norm_opp (p : exponent) (x : list R) : norm p (map Ropp x) = norm p x.
Proof. induction x; simpl; [reflexivity |]. rewrite IHx, Rabs_Ropp. reflexivity. Qed.

Lemma norm_zeros (p : exponent) (n : nat) : norm p (repeat 0 n) = 0.
Proof. induction n; simpl; [reflexivity |]. rewrite IHn, Rabs_R0. apply comb_0_r. lra. Qed.

Lemma norm_P2 (x : list R) : norm P2 x = sqrt (fold_right (fun a s => a * a + s) 0 x).
Proof.
  assert (H : forall x, 0 <= fold_right (fun a s => a * a + s) 0 x).
  { intro z; induction z as [| a z IH]; simpl; [lra |]. pose proof (Rle_0_sqr a). unfold Rsqr in *. lra. }
  induction x as [| a x IH]; simpl; [symmetry; apply sqrt_0 |].
  rewrite IH, sqrt_sqrt by apply H. f_equal. rewrite <- Rabs_mult, Rabs_pos_eq; [reflexivity |].
  pose proof (Rle_0_sqr a). unfold Rsqr in *. lra.
Qed.

Lemma norm_entry (p : exponent) (x : list R) (a : R) : In a x -> Rabs a <= norm p x.
Proof.
  induction x; simpl; [tauto |]. pose proof (norm_nonneg p x). pose proof (Rabs_pos a0). intros [-> | H1].
  - apply comb_ge_l; assumption.
  - eapply Rle_trans; [apply IHx; assumption | apply comb_ge_r; assumption].
Qed.

Lemma norm_Pinf_le (x : list R) (c : R) : 0 <= c -> (forall a, In a x -> Rabs a <= c) -> norm Pinf x <= c.
Proof. intros Hc H. induction x; simpl in *; [assumption |]. apply Rmax_lub; auto. Qed.

(** ** The distances *)

Lemma dist_step (p : exponent) (x y : list R) :
  dist p x y = comb p (Rabs (hd 0 x - hd 0 y)) (dist p (tl x) (tl y)).
Proof.
  destruct x as [| a x], y as [| b y]; simpl.
  - rewrite Rminus_0_r, Rabs_R0, comb_0_r; lra.
  - rewrite Rminus_0_l, Rabs_Ropp. reflexivity.
  - rewrite Rminus_0_r. destruct x; reflexivity.
  - reflexivity.
Qed.

Lemma dist_nil (p : exponent) : dist p [] [] = 0.
Proof. reflexivity. Qed.

Lemma dist_0_r (p : exponent) (x : list R) : dist p x [] = norm p x.
Proof. destruct x; reflexivity. Qed.

Lemma dist_nonneg (p : exponent) (x y : list R) : 0 <= dist p x y.
Proof.
  revert y. induction x as [| a x IH]; intro y; [apply norm_nonneg |]. destruct y as [| b y]; [apply norm_nonneg |].
  simpl. apply comb_nonneg; [apply Rabs_pos | apply IH].
Qed.

Lemma dist_refl (p : exponent) (x : list R) : dist p x x = 0.
Proof. induction x; simpl; [reflexivity |]. rewrite IHx, Rminus_diag_eq, Rabs_R0, comb_0_r; lra. Qed.

Lemma dist_sym (p : exponent) (x y : list R) : dist p x y = dist p y x.
Proof.
  revert y. induction x as [| a x IH]; intros [| b y]; try reflexivity.
  simpl. rewrite IH, Rabs_minus_sym. reflexivity.
Qed.

Lemma dist_tri (p : exponent) (x y z : list R) : dist p x z <= dist p x y + dist p y z.
Proof.
  assert (H : forall n x y z, (length x <= n)%nat -> (length y <= n)%nat -> (length z <= n)%nat ->
                         dist p x z <= dist p x y + dist p y z).
  { clear. induction n as [| n IH]; intros x y z Hx Hy Hz.
    - destruct x, y, z; simpl in *; try lia. lra.
    - rewrite (dist_step p x z), (dist_step p x y), (dist_step p y z).
      eapply Rle_trans; [| apply comb_sub]. apply comb_mono; [apply Rabs_pos | apply dist_nonneg | |].
      + replace (hd 0 x - hd 0 z) with ((hd 0 x - hd 0 y) + (hd 0 y - hd 0 z)) by lra. apply Rabs_triang.
      + apply IH; [destruct x | destruct y | destruct z]; simpl in *; lia. }
  apply (H (length x + length y + length z)%nat); lia.
Qed.

Lemma dist_app (p : exponent) (x x' y y' : list R) :
  length x = length y -> dist p (x ++ x') (y ++ y') = comb p (dist p x y) (dist p x' y').
Proof.
  revert y. induction x as [| a x IH]; intros [| b y] H; try discriminate; simpl.
  - rewrite comb_0_l; [reflexivity | apply dist_nonneg].
  - rewrite IH by (injection H; auto). apply comb_assoc.
Qed.

Lemma dist_entry (p : exponent) (x y : list R) (i : nat) : Rabs (nth i x 0 - nth i y 0) <= dist p x y.
Proof.
  revert x y. induction i as [| i IH]; intros x y; rewrite dist_step.
  - replace (nth 0 x 0) with (hd 0 x) by (destruct x; reflexivity).
    replace (nth 0 y 0) with (hd 0 y) by (destruct y; reflexivity).
    apply comb_ge_l; [apply Rabs_pos | apply dist_nonneg].
  - eapply Rle_trans; [| apply comb_ge_r; [apply Rabs_pos | apply dist_nonneg]].
    replace (nth (S i) x 0) with (nth i (tl x) 0) by (destruct x, i; reflexivity).
    replace (nth (S i) y 0) with (nth i (tl y) 0) by (destruct y, i; reflexivity). apply IH.
Qed.

Lemma dist_Pinf_le (x y : list R) (c : R) :
  0 <= c -> (forall i, Rabs (nth i x 0 - nth i y 0) <= c) -> dist Pinf x y <= c.
Proof.
  intros Hc. revert y. induction x as [| a x IH]; intros y H.
  - simpl. apply norm_Pinf_le; [assumption |]. intros b Hb. destruct (In_nth _ _ 0 Hb) as (i & _ & <-).
    specialize (H i). destruct i; simpl in H; rewrite Rminus_0_l, Rabs_Ropp in H; exact H.
  - rewrite dist_step. simpl comb. apply Rmax_lub.
    + specialize (H 0%nat). destruct y; exact H.
    + apply IH. intro i. specialize (H (S i)). destruct y; simpl in *; [destruct i |]; exact H.
Qed.

(* Finite vectors of all lengths, continued by zeros, with the distance of exponent p. *)
Definition vec (p : exponent) : PM :=
  {| pt := list R; d := dist p; d_refl := dist_refl p; d_sym := dist_sym p; d_tri := dist_tri p |}.

(** ** Dot product and duality *)

Lemma dual_dual (p : exponent) : dual (dual p) = p.
Proof. destruct p; reflexivity. Qed.

Lemma dot_nil_r (w : list R) : dot w [] = 0.
Proof. destruct w; reflexivity. Qed.

Lemma dot_step (a : R) (w x : list R) : dot (a :: w) x = a * hd 0 x + dot w (tl x).
Proof. destruct x; simpl; [rewrite dot_nil_r; lra | reflexivity]. Qed.

Lemma dot_app (w w' x x' : list R) : length w = length x -> dot (w ++ w') (x ++ x') = dot w x + dot w' x'.
Proof.
  revert x. induction w as [| a w IH]; intros [| b x] H; try discriminate; simpl; [lra |].
  rewrite IH by (injection H; auto). lra.
Qed.

Lemma dot_scale (c : R) (w x : list R) : dot (map (Rmult c) w) x = c * dot w x.
Proof. revert x. induction w; intros [| b x]; simpl; try lra. rewrite IHw. lra. Qed.

Lemma dot_opp (w x : list R) : dot (map Ropp w) x = - dot w x.
Proof. revert x. induction w; intros [| b x]; simpl; try lra. rewrite IHw. lra. Qed.

Lemma dot_zeros (n : nat) (x : list R) : dot (repeat 0 n) x = 0.
Proof. revert x. induction n; intros [| b x]; simpl; try lra. rewrite IHn. lra. Qed.

(* @statement SO-MixNorm *)
(* Hoelder: a linear functional w changes by at most its dual norm times the distance of its arguments. *)
Theorem dot_lipschitz (p : exponent) (w x y : list R) : Rabs (dot w x - dot w y) <= norm (dual p) w * dist p x y.
Proof.
  revert x y. induction w as [| a w IH]; intros x y; simpl norm.
  - simpl. rewrite Rminus_0_r, Rabs_R0. lra.
  - rewrite !dot_step, dist_step. specialize (IH (tl x) (tl y)).
    replace (a * hd 0 x + dot w (tl x) - (a * hd 0 y + dot w (tl y)))
      with (a * (hd 0 x - hd 0 y) + (dot w (tl x) - dot w (tl y))) by ring.
    eapply Rle_trans; [apply Rabs_triang |]. rewrite Rabs_mult.
    eapply Rle_trans; [apply Rplus_le_compat_l, IH |].
    apply comb_hoelder; auto using Rabs_pos, norm_nonneg, dist_nonneg.
Qed.

(* @statement SO-MixNorm *)
(* Hoelder's inequality for p = 1, 2, inf. *)
Theorem hoelder (p : exponent) (w x : list R) : Rabs (dot w x) <= norm (dual p) w * norm p x.
Proof.
  pose proof (dot_lipschitz p w x []). rewrite dot_nil_r, dist_0_r, Rminus_0_r in H. exact H.
Qed.

(* In the plane every vector (a, v) is normed by a vector (s, t) of dual norm exactly 1. *)
Lemma comb_norming (p : exponent) (a v : R) :
  0 <= v -> exists s t, comb (dual p) (Rabs s) (Rabs t) = 1 /\ s * a + t * v = comb p (Rabs a) v.
Proof.
  intros Hv. assert (Hs : exists s, Rabs s = 1 /\ s * a = Rabs a).
  { destruct (Rle_dec 0 a); [exists 1 | exists (-1)]; rabs. }
  destruct Hs as (s & Hs & Hsa). destruct p; simpl.
  - exists s, 1. rewrite Hs, Rabs_R1. split; [rmax | lra].
  - set (h := sqrt (Rabs a * Rabs a + v * v)).
    pose proof (sqrt_sqrt _ (sumsq_nonneg (Rabs a) v)) as Hh. fold h in Hh.
    assert (0 <= h) by apply sqrt_pos.
    assert (Ha : Rabs a * Rabs a = a * a) by (rewrite <- Rabs_mult; rabs; nra).
    destruct (Req_dec h 0) as [H0 | H0].
    + exists 1, 0. rewrite Rabs_R0, Rabs_R1. replace (1 * 1 + 0 * 0) with 1 by lra. rewrite sqrt_1. split; [reflexivity |].
      assert (a = 0) by nra. lra.
    + exists (a / h), (v / h).
      assert (Habs : forall x, Rabs x * Rabs x = x * x) by (intro x; rewrite <- Rabs_mult; rabs; nra).
      rewrite !Habs. split.
      * replace (a / h * (a / h) + v / h * (v / h)) with 1; [apply sqrt_1 |].
        apply (Rmult_eq_reg_r (h * h)); [field_simplify; nra | nra].
      * apply (Rmult_eq_reg_r h); [field_simplify; nra | assumption].
  - destruct (Rle_dec v (Rabs a)).
    + exists s, 0. rewrite Hs, Rabs_R0. split; [lra | rmax].
    + exists 0, 1. rewrite Rabs_R0, Rabs_R1. split; [lra | rmax].
Qed.

(* @statement SO-MixNorm *)
(* Hoelder is sharp: every nonempty x is normed by some w of the same length and of dual norm exactly 1. *)
Theorem norming (p : exponent) (x : list R) :
  x <> [] -> exists w, length w = length x /\ norm (dual p) w = 1 /\ dot w x = norm p x.
Proof.
  induction x as [| a x IH]; [congruence | intros _]. destruct x as [| b x].
  - destruct (comb_norming p a 0) as (s & t & H1 & H2); [lra |].
    exists [if Rle_dec 0 a then 1 else -1]. simpl. split; [reflexivity |].
    rewrite !comb_0_r by apply Rabs_pos. destruct (Rle_dec 0 a); rabs.
  - destruct IH as (w & Hl & Hn & Hd); [discriminate |].
    destruct (comb_norming p a (norm p (b :: x))) as (s & t & H1 & H2); [apply norm_nonneg |].
    exists (s :: map (Rmult t) w). split; [simpl in *; rewrite map_length, Hl; reflexivity | split].
    + change (comb (dual p) (Rabs s) (norm (dual p) (map (Rmult t) w)) = 1). rewrite norm_scale, Hn, Rmult_1_r. exact H1.
    + change (s * a + dot (map (Rmult t) w) (b :: x) = comb p (Rabs a) (norm p (b :: x))).
      rewrite dot_scale, Hd. exact H2.
Qed.
