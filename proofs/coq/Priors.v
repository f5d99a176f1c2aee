(** Priors and losses: when the Kantorovich-Rubinstein loss and its hinge-regularised form are bounded below.

   Content.  For finite laws P and Q of the classes +1 and -1 and the prior q of the class +1: the mean of - y f over
   1-Lipschitz functions is bounded below exactly for q = 1/2; with the hinge added with weight lam it is bounded
   below exactly for lam min (q, 1 - q) >= |2 q - 1|.

   Definitions.  [Ex n w x f] (mean of f under the weights w at the points x), [kr], [hkr], [bounded_below].

   Witnesses.  Constant functions drive both losses to minus infinity.

   Not covered: general measures, that the bounds are attained. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix.
Open Scope R_scope.

Section Priors.
Variable X : PM.
(* P and Q: finite laws of the classes +1 and -1. *)
Variables nP nQ : nat.
Variables xP xQ : nat -> X.
Variables wP wQ : nat -> R.
Hypothesis wP_nonneg : forall i, (i < nP)%nat -> 0 <= wP i.
Hypothesis wQ_nonneg : forall i, (i < nQ)%nat -> 0 <= wQ i.
Hypothesis wP_one : rsum nP wP = 1.
Hypothesis wQ_one : rsum nQ wQ = 1.

Definition Ex (n : nat) (w : nat -> R) (x : nat -> X) (f : X -> R) : R := rsum n (fun i => w i * f (x i)).

(* Mean of - y f when the class +1 has the prior q. *)
Definition kr (q : R) (f : X -> R) : R := - (q * Ex nP wP xP f) + (1 - q) * Ex nQ wQ xQ f.
(* Mean of - y f + lam max (0, m - y f). *)
Definition hkr (q lam m : R) (f : X -> R) : R :=
  q * Ex nP wP xP (fun u => - f u + lam * Rmax 0 (m - f u))
  + (1 - q) * Ex nQ wQ xQ (fun u => f u + lam * Rmax 0 (m + f u)).

Definition bounded_below (J : (X -> R) -> R) : Prop := exists B, forall f, Lip (Y := Real) 1 f -> B <= J f.

Lemma Ex_const : forall n w x c, rsum n w = 1 -> Ex n w x (fun _ => c) = c.
Proof. intros n w x c H. unfold Ex. rewrite rsum_scal_r, H. ring. Qed.

Lemma Ex_le : forall n w x f g, (forall i, (i < n)%nat -> 0 <= w i) -> (forall u, f u <= g u) ->
  Ex n w x f <= Ex n w x g.
Proof. intros n w x f g Hw H. apply rsum_le. intros i Hi. apply Rmult_le_compat_l; auto. Qed.

Lemma Ex_lin : forall n w x f g a b, Ex n w x (fun u => a * f u + b * g u) = a * Ex n w x f + b * Ex n w x g.
Proof.
  intros. unfold Ex. rewrite <- !rsum_scal, <- rsum_add. apply rsum_ext. intros. ring.
Qed.

Let c0 := xP 0.
Let a := Ex nP wP xP (fun u => d u c0).
Let b := Ex nQ wQ xQ (fun u => d u c0).

Lemma lip_const1 : forall c, Lip (X := X) (Y := Real) 1 (fun _ => c).
Proof. intros c u v. simpl. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. pose proof (d_nonneg X u v). lra. Qed.

Lemma lip_at : forall f u, Lip (X := X) (Y := Real) 1 f -> f c0 - d u c0 <= f u <= f c0 + d u c0.
Proof. intros f u H. pose proof (abs_le_inv _ _ (H u c0)). lra. Qed.

Lemma ExP_le : forall f, Lip (Y := Real) 1 f -> Ex nP wP xP f <= f c0 + a.
Proof.
  intros f H. unfold a. rewrite <- (Ex_const nP wP xP (f c0) wP_one).
  replace (Ex nP wP xP (fun _ => f c0) + Ex nP wP xP (fun u => d u c0))
    with (Ex nP wP xP (fun u => 1 * f c0 + 1 * d u c0)) by (rewrite Ex_lin; ring).
  apply Ex_le; [exact wP_nonneg|]. intros u. pose proof (lip_at f u H). lra.
Qed.

Lemma ExQ_ge : forall f, Lip (Y := Real) 1 f -> f c0 - b <= Ex nQ wQ xQ f.
Proof.
  intros f H. unfold b. rewrite <- (Ex_const nQ wQ xQ (f c0) wQ_one).
  replace (Ex nQ wQ xQ (fun _ => f c0) - Ex nQ wQ xQ (fun u => d u c0))
    with (Ex nQ wQ xQ (fun u => 1 * f c0 + -1 * d u c0)) by (rewrite Ex_lin; ring).
  apply Ex_le; [exact wQ_nonneg|]. intros u. pose proof (lip_at f u H). lra.
Qed.

(* The Kantorovich-Rubinstein loss is bounded below on 1-Lipschitz functions exactly for equal priors. *)
(* @statement MF-Eq6 *)
Theorem kr_bounded_iff : forall q, bounded_below (kr q) <-> q = 1 / 2.
Proof.
  intros q. split.
  - intros [B H]. destruct (Req_dec q (1 / 2)) as [E|N]; [exact E|exfalso].
    assert (N2 : 2 * q - 1 <> 0) by lra.
    specialize (H (fun _ => (1 - B) / (2 * q - 1)) (lip_const1 _)).
    unfold kr in H. rewrite !Ex_const in H by assumption.
    replace (- (q * ((1 - B) / (2 * q - 1))) + (1 - q) * ((1 - B) / (2 * q - 1))) with (B - 1) in H
      by (field; exact N2). lra.
  - intros ->. exists (- (a + b) / 2). intros f H. unfold kr.
    pose proof (ExP_le f H). pose proof (ExQ_ge f H). lra.
Qed.

Lemma hkr_const : forall q lam m c, hkr q lam m (fun _ => c)
  = - (2 * q - 1) * c + lam * q * Rmax 0 (m - c) + lam * (1 - q) * Rmax 0 (m + c).
Proof. intros. unfold hkr. rewrite !Ex_const by assumption. ring. Qed.

Lemma hkr_split : forall q lam m f, hkr q lam m f = kr q f + lam * q * Ex nP wP xP (fun u => Rmax 0 (m - f u))
  + lam * (1 - q) * Ex nQ wQ xQ (fun u => Rmax 0 (m + f u)).
Proof.
  intros. unfold hkr, kr.
  replace (Ex nP wP xP (fun u => - f u + lam * Rmax 0 (m - f u)))
    with (Ex nP wP xP (fun u => -1 * f u + lam * Rmax 0 (m - f u))).
  2:{ apply rsum_ext. intros. ring. }
  replace (Ex nQ wQ xQ (fun u => f u + lam * Rmax 0 (m + f u)))
    with (Ex nQ wQ xQ (fun u => 1 * f u + lam * Rmax 0 (m + f u))).
  2:{ apply rsum_ext. intros. ring. }
  rewrite (Ex_lin nP wP xP f (fun u => Rmax 0 (m - f u)) (-1) lam).
  rewrite (Ex_lin nQ wQ xQ f (fun u => Rmax 0 (m + f u)) 1 lam). ring.
Qed.

Lemma hinge_P : forall m f, Lip (Y := Real) 1 f ->
  0 <= Ex nP wP xP (fun u => Rmax 0 (m - f u)) /\ m - f c0 - a <= Ex nP wP xP (fun u => Rmax 0 (m - f u)).
Proof.
  intros m f H. split.
  - eapply Rle_trans; [right; symmetry; exact (Ex_const nP wP xP 0 wP_one)|].
    apply Ex_le; [exact wP_nonneg | intros; apply Rmax_l].
  - unfold a. rewrite <- (Ex_const nP wP xP (m - f c0) wP_one).
    replace (Ex nP wP xP (fun _ => m - f c0) - Ex nP wP xP (fun u => d u c0))
      with (Ex nP wP xP (fun u => 1 * (m - f c0) + -1 * d u c0)) by (rewrite Ex_lin; ring).
    apply Ex_le; [exact wP_nonneg|]. intros u. pose proof (lip_at f u H).
    pose proof (Rmax_r 0 (m - f u)). lra.
Qed.

Lemma hinge_Q : forall m f, Lip (Y := Real) 1 f ->
  0 <= Ex nQ wQ xQ (fun u => Rmax 0 (m + f u)) /\ m + f c0 - b <= Ex nQ wQ xQ (fun u => Rmax 0 (m + f u)).
Proof.
  intros m f H. split.
  - eapply Rle_trans; [right; symmetry; exact (Ex_const nQ wQ xQ 0 wQ_one)|].
    apply Ex_le; [exact wQ_nonneg | intros; apply Rmax_l].
  - unfold b. rewrite <- (Ex_const nQ wQ xQ (m + f c0) wQ_one).
    replace (Ex nQ wQ xQ (fun _ => m + f c0) - Ex nQ wQ xQ (fun u => d u c0))
      with (Ex nQ wQ xQ (fun u => 1 * (m + f c0) + -1 * d u c0)) by (rewrite Ex_lin; ring).
    apply Ex_le; [exact wQ_nonneg|]. intros u. pose proof (lip_at f u H).
    pose proof (Rmax_r 0 (m + f u)). lra.
Qed.

(* The hinge-regularised loss is bounded below on 1-Lipschitz functions exactly when
   lam * min (q, 1 - q) >= |2 q - 1|, with q the prior of the class +1. *)
(* @statement MF-LossHKR *)
Theorem hkr_bounded_iff : forall q lam m, 0 <= q <= 1 -> 0 <= lam ->
  (bounded_below (hkr q lam m) <-> Rabs (2 * q - 1) <= lam * Rmin q (1 - q)).
Proof.
  intros q lam m Hq Hl. split.
  - intros [B H]. destruct (Rle_dec (1 / 2) q) as [Hq2|Hq2].
    + rewrite Rmin_right, Rabs_right by lra.
      destruct (Rle_dec (2 * q - 1) (lam * (1 - q))) as [G|G]; [exact G|exfalso].
      set (g := 2 * q - 1 - lam * (1 - q)) in *. assert (Pg : 0 < g) by (unfold g; lra).
      set (k := lam * (1 - q) * m - B + 1). set (c := Rmax (Rabs m) (k / g)).
      assert (C1 : Rabs m <= c) by apply Rmax_l. assert (C2 : k / g <= c) by apply Rmax_r.
      specialize (H (fun _ => c) (lip_const1 _)). rewrite hkr_const in H.
      pose proof (Rle_abs m). pose proof (Rle_abs (- m)). rewrite Rabs_Ropp in *.
      rewrite (Rmax_left 0 (m - c)), (Rmax_right 0 (m + c)) in H by lra.
      apply Rmult_le_compat_r with (r := g) in C2; [|lra].
      replace (k / g * g) with k in C2 by (field; lra). unfold g, k in C2. lra.
    + rewrite Rmin_left, Rabs_left by lra.
      destruct (Rle_dec (- (2 * q - 1)) (lam * q)) as [G|G]; [exact G|exfalso].
      set (g := - (2 * q - 1) - lam * q) in *. assert (Pg : 0 < g) by (unfold g; lra).
      set (k := lam * q * m - B + 1). set (c := Rmax (Rabs m) (k / g)).
      assert (C1 : Rabs m <= c) by apply Rmax_l. assert (C2 : k / g <= c) by apply Rmax_r.
      specialize (H (fun _ => - c) (lip_const1 _)). rewrite hkr_const in H.
      pose proof (Rle_abs m). pose proof (Rle_abs (- m)). rewrite Rabs_Ropp in *.
      rewrite (Rmax_right 0 (m - - c)), (Rmax_left 0 (m + - c)) in H by lra.
      apply Rmult_le_compat_r with (r := g) in C2; [|lra].
      replace (k / g * g) with k in C2 by (field; lra). unfold g, k in C2. lra.
  - intros G. exists (- q * a - (1 - q) * b - lam * q * Rabs (m - a) - lam * (1 - q) * Rabs (m - b)).
    intros f H. rewrite hkr_split. set (c := f c0).
    destruct (hinge_P m f H) as [P0 P1]. destruct (hinge_Q m f H) as [Q0 Q1].
    set (hP := Ex nP wP xP (fun u => Rmax 0 (m - f u))) in *.
    set (hQ := Ex nQ wQ xQ (fun u => Rmax 0 (m + f u))) in *.
    assert (K : - q * a - (1 - q) * b - (2 * q - 1) * c <= kr q f).
    { unfold kr. pose proof (ExP_le f H) as EP. pose proof (ExQ_ge f H) as EQ. fold c in EP, EQ.
      apply Rmult_le_compat_l with (r := q) in EP; [|lra].
      apply Rmult_le_compat_l with (r := 1 - q) in EQ; [|lra]. lra. }
    fold c in P1, Q1.
    assert (Lq : 0 <= lam * q) by (apply Rmult_le_pos; lra).
    assert (Lq' : 0 <= lam * (1 - q)) by (apply Rmult_le_pos; lra).
    pose proof (Rmult_le_pos _ _ Lq P0). pose proof (Rmult_le_pos _ _ Lq' Q0).
    pose proof (Rmult_le_compat_l _ _ _ Lq P1). pose proof (Rmult_le_compat_l _ _ _ Lq' Q1).
    pose proof (Rmult_le_compat_l _ _ _ Lq (Rle_abs (- (m - a)))) as U1. rewrite Rabs_Ropp in U1.
    pose proof (Rmult_le_compat_l _ _ _ Lq' (Rle_abs (- (m - b)))) as U2. rewrite Rabs_Ropp in U2.
    pose proof (Rmult_le_pos _ _ Lq (Rabs_pos (m - a))). pose proof (Rmult_le_pos _ _ Lq' (Rabs_pos (m - b))).
    assert (G1 : 2 * q - 1 <= lam * (1 - q)).
    { pose proof (Rmult_le_compat_l _ _ _ Hl (Rmin_r q (1 - q))). pose proof (Rle_abs (2 * q - 1)). lra. }
    assert (G2 : - (2 * q - 1) <= lam * q).
    { pose proof (Rmult_le_compat_l _ _ _ Hl (Rmin_l q (1 - q))). pose proof (Rle_abs (- (2 * q - 1))).
      rewrite Rabs_Ropp in *. lra. }
    destruct (Rle_dec 0 c) as [Hc|Hc].
    + destruct (Rle_dec 0 (2 * q - 1)) as [S|S].
      * pose proof (Rmult_le_compat_r c _ _ Hc G1). lra.
      * pose proof (Rmult_le_pos _ _ Hc (Rlt_le 0 (- (2 * q - 1)) ltac:(lra))). lra.
    + assert (Hc' : 0 <= - c) by lra. destruct (Rle_dec 0 (2 * q - 1)) as [S|S].
      * pose proof (Rmult_le_pos _ _ Hc' S). lra.
      * pose proof (Rmult_le_compat_r (- c) _ _ Hc' G2). lra.
Qed.
End Priors.
