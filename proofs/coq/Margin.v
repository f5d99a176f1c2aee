(** Certified radii of margin classifiers.

    [f x i] is the logit of class [i < n] at [x]; [d] is any distance between inputs (no axiom of a
    metric is used by the certificates).  Four kinds of Lipschitz assumption, four radii:
    every logit K-Lipschitz: margin / (2K); the logit vector K-Lipschitz into l2: margin / (sqrt 2 K);
    into l1: margin / K; a binary score: |f| / K.  Each is shown to be the largest possible. *)

From Coq Require Import Reals Lra Lia Arith List.
From Lipref Require Import Matrix.
Import ListNotations.
Local Open Scope R_scope.

(** * The margin *)

(** The largest of a list (0 for the empty one). *)
Fixpoint list_max (l : list R) : R :=
  match l with
  | [] => 0
  | [a] => a
  | a :: l' => Rmax a (list_max l')
  end.

Definition others (n t : nat) : list nat := filter (fun i => negb (Nat.eqb i t)) (seq 0 n).

(** M = max (0, y_t - max_{i <> t} y_i). *)
Definition margin (n t : nat) (y : vec) : R := Rmax 0 (y t - list_max (map y (others n t))).

(** The class [t] has the strictly largest logit. *)
Definition predicts (n t : nat) (y : vec) : Prop :=
  forall i, (i < n)%nat -> i <> t -> y i < y t.

Lemma list_max_upper : forall l a, In a l -> a <= list_max l.
Proof.
  induction l as [|b l IH]; intros a H; [destruct H|].
  destruct l as [|c l].
  - destruct H as [->|[]]. simpl; lra.
  - change (list_max (b :: c :: l)) with (Rmax b (list_max (c :: l))).
    destruct H as [->|H]; [apply Rmax_l|].
    eapply Rle_trans; [apply IH, H | apply Rmax_r].
Qed.

Lemma list_max_in : forall l, l <> [] -> In (list_max l) l.
Proof.
  induction l as [|b l IH]; intros H; [contradiction|].
  destruct l as [|c l]; [left; reflexivity|].
  change (list_max (b :: c :: l)) with (Rmax b (list_max (c :: l))).
  destruct (Rle_dec b (list_max (c :: l))) as [L|L].
  - rewrite Rmax_right by lra. right. apply IH. discriminate.
  - rewrite Rmax_left by lra. left; reflexivity.
Qed.

Lemma in_others : forall n t i, In i (others n t) <-> (i < n)%nat /\ i <> t.
Proof.
  intros. unfold others. rewrite filter_In, in_seq, Bool.negb_true_iff, Nat.eqb_neq. lia.
Qed.

Lemma margin_le_gap : forall n t y c, 0 < c -> c <= margin n t y ->
  forall i, (i < n)%nat -> i <> t -> c <= y t - y i.
Proof.
  intros n t y c Hc H i Hi Ht. unfold margin in H.
  assert (y i <= list_max (map y (others n t))).
  { apply list_max_upper, in_map, in_others; auto. }
  destruct (Rle_dec 0 (y t - list_max (map y (others n t)))).
  - rewrite Rmax_right in H by lra. lra.
  - rewrite Rmax_left in H by lra. lra.
Qed.

(** The margin exceeds a nonnegative number exactly when all gaps do. *)
(* @statement SO-Eq4 *)
Theorem margin_exceeds : forall n t y c, (2 <= n)%nat -> (t < n)%nat -> 0 <= c ->
  (c < margin n t y <-> forall i, (i < n)%nat -> i <> t -> c < y t - y i).
Proof.
  intros n t y c Hn Ht Hc. split.
  - intros H i Hi Hne.
    assert (c <= c) by lra.
    assert (G : margin n t y <= y t - y i).
    { apply margin_le_gap with (n := n); auto; lra. }
    lra.
  - intros H. unfold margin.
    assert (E : map y (others n t) <> []).
    { intros E. apply map_eq_nil in E.
      assert (I : In (if Nat.eqb t 0 then 1%nat else 0%nat) (others n t)).
      { apply in_others. destruct (Nat.eqb t 0) eqn:Et;
        [apply Nat.eqb_eq in Et | apply Nat.eqb_neq in Et]; lia. }
      rewrite E in I. destruct I. }
    apply list_max_in in E. apply in_map_iff in E. destruct E as [i [Ei Ii]].
    apply in_others in Ii. rewrite <- Ei. specialize (H i (proj1 Ii) (proj2 Ii)).
    rewrite Rmax_right; lra.
Qed.

(** * Logits that are each K-Lipschitz *)

Section Certificates.

Variable X : Type.
Variable d : X -> X -> R.
Variable n : nat.
Variable f : X -> vec.

(** Every logit is K-Lipschitz: the vector is K-Lipschitz into l-infinity. *)
Definition lipschitz_linf (K : R) : Prop :=
  forall x x' i, (i < n)%nat -> Rabs (f x i - f x' i) <= K * d x x'.
Definition lipschitz_l2 (K : R) : Prop :=
  forall x x', sqrt (normsq n (fun i => f x i - f x' i)) <= K * d x x'.
Definition lipschitz_l1 (K : R) : Prop :=
  forall x x', rsum n (fun i => Rabs (f x i - f x' i)) <= K * d x x'.

(** A gap that changes by at most [c] per unit of distance keeps its sign within margin / c. *)
Lemma predicts_of_gap : forall t c eps x x', 0 < c -> 0 < eps ->
  (forall i, (i < n)%nat -> i <> t -> (f x t - f x i) - (f x' t - f x' i) <= c * d x x') ->
  c * eps <= margin n t (f x) -> d x x' < eps -> predicts n t (f x').
Proof.
  intros t c eps x x' Hc He G M D i Hi Ht.
  assert (c * eps <= f x t - f x i).
  { apply margin_le_gap with (n := n); auto. apply Rmult_lt_0_compat; assumption. }
  specialize (G i Hi Ht).
  assert (c * d x x' < c * eps) by (apply Rmult_lt_compat_l; assumption). lra.
Qed.

(** A margin of at least 2 K eps certifies every perturbation shorter than eps. *)
(* @statement SO-Cert *)
Theorem certificate_linf : forall K t eps x x', (t < n)%nat -> 0 < K -> 0 < eps ->
  lipschitz_linf K -> 2 * K * eps <= margin n t (f x) -> d x x' < eps -> predicts n t (f x').
Proof.
  intros K t eps x x' Ht HK He L M D.
  apply (predicts_of_gap t (2 * K) eps x x'); try lra.
  intros i Hi _. pose proof (L x x' i Hi) as A. pose proof (L x x' t Ht) as B.
  apply abs_le_inv in A. apply abs_le_inv in B. lra.
Qed.

(** The strict margin certifies the closed ball, K = 0 included. *)
(* @statement SO-Cert *)
Theorem certificate_linf_closed : forall K t eps x x', (t < n)%nat -> 0 <= K -> 0 <= eps ->
  lipschitz_linf K -> 2 * K * eps < margin n t (f x) -> d x x' <= eps -> predicts n t (f x').
Proof.
  intros K t eps x x' Ht HK He L M D i Hi Hne.
  assert (P : 0 <= 2 * K * eps) by (apply Rmult_le_pos; lra).
  assert (G : margin n t (f x) <= f x t - f x i).
  { apply margin_le_gap with (n := n); auto; lra. }
  pose proof (L x x' i Hi) as A. pose proof (L x x' t Ht) as B.
  apply abs_le_inv in A. apply abs_le_inv in B.
  assert (K * d x x' <= K * eps) by (apply Rmult_le_compat_l; assumption). lra.
Qed.

(** Logits W h + b over features that are each L-Lipschitz: the gap of classes t and i may change by
    L ||w_t - w_i||_1 per unit, which is sharper than twice the row sum. *)
(* @statement SO-Cert *)
Theorem certificate_per_class : forall k W b h L t eps x x',
  (forall x x' j, (j < k)%nat -> Rabs (h x j - h x' j) <= L * d x x') ->
  (forall x i, (i < n)%nat -> f x i = mulv k W (h x) i + b i) ->
  (t < n)%nat -> d x x' < eps ->
  (forall i, (i < n)%nat -> i <> t ->
     0 < L * rsum k (fun j => Rabs (W t j - W i j)) /\
     L * rsum k (fun j => Rabs (W t j - W i j)) * eps <= f x t - f x i) ->
  predicts n t (f x').
Proof.
  intros k W b h L t eps x x' Hh Hf Ht D G i Hi Hne.
  destruct (G i Hi Hne) as [P Q]. rewrite (Hf x' i Hi), (Hf x' t Ht).
  rewrite (Hf x i Hi), (Hf x t Ht) in Q.
  assert (A : rsum k (fun j => (W t j - W i j) * (h x j - h x' j))
              <= L * rsum k (fun j => Rabs (W t j - W i j)) * d x x').
  { replace (L * rsum k (fun j => Rabs (W t j - W i j)) * d x x')
      with ((L * d x x') * rsum k (fun j => Rabs (W t j - W i j))) by ring.
    rewrite <- rsum_scal. apply rsum_le. intros j Hj.
    eapply Rle_trans; [apply Rle_abs|]. rewrite Rabs_mult, Rmult_comm.
    apply Rmult_le_compat_r; [apply Rabs_pos | apply Hh; exact Hj]. }
  assert (B : rsum k (fun j => (W t j - W i j) * (h x j - h x' j))
              = (mulv k W (h x) t - mulv k W (h x) i) - (mulv k W (h x') t - mulv k W (h x') i)).
  { unfold mulv. rewrite <- !rsum_sub. apply rsum_ext. intros; ring. }
  rewrite B in A.
  assert (L * rsum k (fun j => Rabs (W t j - W i j)) * d x x'
          < L * rsum k (fun j => Rabs (W t j - W i j)) * eps)
    by (apply Rmult_lt_compat_l; assumption).
  lra.
Qed.

(** * Logit vectors that are K-Lipschitz into l2 or l1 *)

Lemma gap_l2 : forall (v : vec) i t, (i < n)%nat -> (t < n)%nat -> i <> t ->
  v t - v i <= sqrt 2 * sqrt (normsq n v).
Proof.
  intros v i t Hi Ht Hne. rewrite <- sqrt_mult; [| lra | apply normsq_nonneg].
  assert (H : v i * v i + v t * v t <= normsq n v).
  { apply (rsum_two_le n (fun k => v k * v k)); auto. intros; apply Rle_0_sqr. }
  eapply Rle_trans; [apply Rle_abs|]. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt.
  unfold Rsqr. pose proof (pow2_ge_0 (v t + v i)). lra.
Qed.

(** A margin of at least sqrt 2 K eps certifies when the logit vector is K-Lipschitz into l2. *)
(* @statement SO-Cert *)
Theorem certificate_l2 : forall K t eps x x', (t < n)%nat -> 0 < K -> 0 < eps ->
  lipschitz_l2 K -> sqrt 2 * K * eps <= margin n t (f x) -> d x x' < eps -> predicts n t (f x').
Proof.
  intros K t eps x x' Ht HK He L M D.
  assert (S : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  apply (predicts_of_gap t (sqrt 2 * K) eps x x'); auto.
  { apply Rmult_lt_0_compat; assumption. }
  intros i Hi Hne.
  pose proof (gap_l2 (fun i => f x i - f x' i) i t Hi Ht Hne) as G. simpl in G.
  specialize (L x x').
  assert (sqrt 2 * sqrt (normsq n (fun i => f x i - f x' i)) <= sqrt 2 * (K * d x x')).
  { apply Rmult_le_compat_l; lra. }
  lra.
Qed.

(** A margin of at least K eps certifies when the logit vector is K-Lipschitz into l1, as the
    multiclass highest mountain function is. *)
(* @statement MF-Prop2 *)
Theorem certificate_l1 : forall K t eps x x', (t < n)%nat -> 0 < K -> 0 < eps ->
  lipschitz_l1 K -> K * eps <= margin n t (f x) -> d x x' < eps -> predicts n t (f x').
Proof.
  intros K t eps x x' Ht HK He L M D.
  apply (predicts_of_gap t K eps x x'); auto.
  intros i Hi Hne. eapply Rle_trans; [| apply L].
  assert (Rabs (f x i - f x' i) + Rabs (f x t - f x' t)
          <= rsum n (fun i => Rabs (f x i - f x' i))).
  { apply (rsum_two_le n (fun k => Rabs (f x k - f x' k))); auto. intros; apply Rabs_pos. }
  pose proof (Rle_abs (f x t - f x' t)). pose proof (Rle_abs (- (f x i - f x' i))) as N.
  rewrite Rabs_Ropp in N. lra.
Qed.

(** The multiclass hinge sum_{i <> t} max (0, kappa - (y_t - y_i)). *)
Definition hinge (kappa : R) (t : nat) (y : vec) : R :=
  rsum n (fun i => if Nat.eqb i t then 0 else Rmax 0 (kappa - (y t - y i))).

(** Zero hinge loss with kappa means certified within kappa / (2K): kappa = K a certifies a / 2. *)
(* @statement SO-Eq5 *)
Theorem hinge_certifies : forall K kappa t x x', (t < n)%nat -> 0 < K -> lipschitz_linf K ->
  hinge kappa t (f x) = 0 -> d x x' < kappa / (2 * K) -> predicts n t (f x').
Proof.
  intros K kappa t x x' Ht HK L H D i Hi Hne.
  assert (Z : (if Nat.eqb i t then 0 else Rmax 0 (kappa - (f x t - f x i))) = 0).
  { apply (rsum_nonneg_zero n
             (fun i => if Nat.eqb i t then 0 else Rmax 0 (kappa - (f x t - f x i)))); auto.
    intros k _. destruct (Nat.eqb k t); [lra | apply Rmax_l]. }
  apply Nat.eqb_neq in Hne. rewrite Hne in Z.
  pose proof (Rmax_r 0 (kappa - (f x t - f x i))) as Q. rewrite Z in Q.
  pose proof (L x x' i Hi) as A. pose proof (L x x' t Ht) as B.
  apply abs_le_inv in A. apply abs_le_inv in B.
  assert (K * d x x' < kappa / 2).
  { replace (kappa / 2) with (K * (kappa / (2 * K))) by (field; lra).
    apply Rmult_lt_compat_l; assumption. }
  lra.
Qed.

End Certificates.

(** Inputs measured in the sup norm while the logit vector is K-Lipschitz between Euclidean spaces
    of inputs of width p: the margin needed is sqrt (2 p) K eps. *)
(* @statement SO-Cert *)
Theorem certificate_l2_sup_input : forall p n (f : vec -> vec) K t eps x x',
  (t < n)%nat -> 0 < K -> 0 < eps -> (0 < p)%nat ->
  lipschitz_l2 vec (fun x x' => sqrt (normsq p (fun j => x j - x' j))) n f K ->
  sqrt 2 * K * (sqrt (INR p) * eps) <= margin n t (f x) ->
  (forall j, (j < p)%nat -> Rabs (x j - x' j) < eps) -> predicts n t (f x').
Proof.
  intros p n f K t eps x x' Ht HK He Hp L M D.
  assert (P : 0 < INR p) by (apply lt_0_INR; exact Hp).
  apply (certificate_l2 vec (fun x x' => sqrt (normsq p (fun j => x j - x' j))) n f
           K t (sqrt (INR p) * eps) x x'); auto.
  - apply Rmult_lt_0_compat; [apply sqrt_lt_R0; exact P | exact He].
  - rewrite <- (sqrt_square eps) by lra. rewrite <- sqrt_mult by nra.
    apply sqrt_lt_1_alt. split; [apply normsq_nonneg|].
    clear L M P. induction p as [|p IH]; [lia|].
    unfold normsq in *. simpl rsum. rewrite S_INR.
    assert (Q : (x p - x' p) * (x p - x' p) < eps * eps).
    { assert (A : Rabs (x p - x' p) < Rabs eps).
      { rewrite (Rabs_right eps) by lra. apply D; lia. }
      apply Rsqr_lt_abs_1 in A. exact A. }
    destruct p as [|p].
    + simpl. lra.
    + assert (rsum (S p) (fun i => (x i - x' i) * (x i - x' i)) < INR (S p) * (eps * eps)).
      { apply IH; [lia | intros; apply D; lia]. }
      lra.
Qed.

(** * Each constant is the largest possible *)

Definition dist (x x' : R) : R := Rabs (x - x').

(** The classifier (K x, -K x) of one real input. *)
Definition pair (a b : R -> R) (x : R) : vec :=
  fun i => match i with 0%nat => a x | _ => b x end.

Lemma margin_two : forall y : vec, 0 <= y 0%nat - y 1%nat ->
  margin 2 0 y = y 0%nat - y 1%nat.
Proof. intros y H. unfold margin; simpl. rewrite Rmax_right; lra. Qed.

Lemma not_predicts_two : forall y : vec, y 0%nat <= y 1%nat -> ~ predicts 2 0 y.
Proof. intros y H P. specialize (P 1%nat). assert (y 1%nat < y 0%nat) by (apply P; lia). lra. Qed.

Lemma lipschitz_pair_linf : forall K, 0 <= K ->
  lipschitz_linf R dist 2 (pair (fun x => K * x) (fun x => - (K * x))) K.
Proof.
  intros K HK x x' i Hi. unfold dist.
  destruct i as [|i]; simpl.
  - rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right K); lra.
  - replace (- (K * x) - - (K * x')) with (- (K * (x - x'))) by ring.
    rewrite Rabs_Ropp, Rabs_mult, (Rabs_right K); lra.
Qed.

(** For every margin m below 2 K eps some K-Lipschitz classifier has exactly that margin and is
    flipped, strictly, within eps. *)
(* @statement SO-Cert *)
Theorem certificate_linf_sharp : forall K eps m, 0 < K -> 0 <= m -> m < 2 * K * eps ->
  exists (f : R -> vec) x x', lipschitz_linf R dist 2 f K /\ margin 2 0 (f x) = m /\
    dist x x' < eps /\ f x' 0%nat < f x' 1%nat.
Proof.
  intros K eps m HK Hm H.
  set (x := m / (2 * K)). set (x' := (x - eps) / 2).
  assert (Ex : 2 * K * x = m) by (unfold x; field; lra).
  assert (X0 : 0 <= x) by (unfold x; apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (X1 : x < eps) by (apply Rmult_lt_reg_l with (2 * K); lra).
  exists (pair (fun x => K * x) (fun x => - (K * x))), x, x'. repeat split.
  - apply lipschitz_pair_linf; lra.
  - rewrite margin_two; simpl; lra.
  - unfold dist, x'. rewrite Rabs_right; lra.
  - simpl. assert (x' < 0) by (unfold x'; lra).
    assert (K * x' < K * 0) by (apply Rmult_lt_compat_l; assumption). lra.
Qed.

(** No constant below 2 will do, whatever K and eps: in particular neither 1/2 nor 1. *)
(* @statement SO-Cert *)
Theorem certificate_linf_constant : forall c K eps, c < 2 -> 0 < K -> 0 < eps ->
  ~ (forall (f : R -> vec) x x', lipschitz_linf R dist 2 f K ->
       c * K * eps < margin 2 0 (f x) -> dist x x' < eps -> predicts 2 0 (f x')).
Proof.
  intros c K eps Hc HK He H.
  assert (P : 0 < K * eps) by (apply Rmult_lt_0_compat; assumption).
  set (c' := Rmax 0 ((c + 2) / 2)).
  assert (C1 : c < c') by (unfold c'; eapply Rlt_le_trans; [| apply Rmax_r]; lra).
  assert (C2 : c' < 2) by (unfold c'; apply Rmax_lub_lt; lra).
  assert (C0 : 0 <= c') by apply Rmax_l.
  destruct (certificate_linf_sharp K eps (c' * (K * eps))) as [f [x [x' [L [M [D F]]]]]]; auto.
  - apply Rmult_le_pos; lra.
  - rewrite Rmult_assoc. apply Rmult_lt_compat_r; assumption.
  - apply (not_predicts_two (f x')); [lra|]. apply (H f x x'); auto.
    rewrite M, Rmult_assoc. apply Rmult_lt_compat_r; assumption.
Qed.

Definition witness : R -> vec := pair (fun x => x) (fun x => - x).

Lemma witness_lipschitz : lipschitz_linf R dist 2 witness 1.
Proof.
  intros x x' i Hi. unfold dist. destruct i as [|i]; simpl; [lra|].
  replace (- x - - x') with (- (x - x')) by ring. rewrite Rabs_Ropp. lra.
Qed.

(** The printed condition, margin > K eps / 2: K = 1, eps = 1, x = 2/5, delta = -9/10.  The margin is
    4/5 > 1/2, the perturbed logits are (-1/2, 1/2). *)
(* @statement SO-Cert *)
Theorem printed_half_refuted :
  lipschitz_linf R dist 2 witness 1 /\ margin 2 0 (witness (2/5)) = 4/5 /\ 1 * 1 / 2 < 4/5 /\
  dist (2/5) (2/5 + - (9/10)) < 1 /\
  witness (2/5 + - (9/10)) 0%nat = - (1/2) /\ witness (2/5 + - (9/10)) 1%nat = 1/2 /\
  ~ predicts 2 0 (witness (2/5 + - (9/10))).
Proof.
  repeat split; try (simpl; lra).
  - apply witness_lipschitz.
  - rewrite margin_two; simpl; lra.
  - unfold dist. rewrite Rabs_right; lra.
  - apply not_predicts_two; simpl; lra.
Qed.

(** The condition of the figure, margin > K eps: K = 1, eps = 1, x = 3/5, delta = -4/5.  The margin is
    6/5 > 1, the perturbed logits are (-1/5, 1/5). *)
(* @statement SO-LB *)
Theorem printed_figure_refuted :
  lipschitz_linf R dist 2 witness 1 /\ margin 2 0 (witness (3/5)) = 6/5 /\ 1 * 1 < 6/5 /\
  dist (3/5) (3/5 + - (4/5)) < 1 /\
  witness (3/5 + - (4/5)) 0%nat = - (1/5) /\ witness (3/5 + - (4/5)) 1%nat = 1/5 /\
  ~ predicts 2 0 (witness (3/5 + - (4/5))).
Proof.
  repeat split; try (simpl; lra).
  - apply witness_lipschitz.
  - rewrite margin_two; simpl; lra.
  - unfold dist. rewrite Rabs_right; lra.
  - apply not_predicts_two; simpl; lra.
Qed.

Lemma sqrt_half : forall K, (K / sqrt 2) * (K / sqrt 2) = K * K / 2.
Proof.
  intros K. assert (0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  replace (K * K / 2) with (K * K / (sqrt 2 * sqrt 2)) by (rewrite sqrt_sqrt; lra). field. lra.
Qed.

Lemma lipschitz_pair_l2 : forall K, 0 <= K ->
  lipschitz_l2 R dist 2 (pair (fun x => K / sqrt 2 * x) (fun x => - (K / sqrt 2 * x))) K.
Proof.
  intros K HK x x'. unfold dist.
  replace (K * Rabs (x - x')) with (Rabs (K * (x - x')))
    by (rewrite Rabs_mult, (Rabs_right K); lra).
  rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. unfold normsq, Rsqr. simpl.
  pose proof (sqrt_half K) as S.
  replace (0 + (K / sqrt 2 * x - K / sqrt 2 * x') * (K / sqrt 2 * x - K / sqrt 2 * x') +
    (- (K / sqrt 2 * x) - - (K / sqrt 2 * x')) * (- (K / sqrt 2 * x) - - (K / sqrt 2 * x')))
    with (2 * ((K / sqrt 2) * (K / sqrt 2)) * ((x - x') * (x - x'))) by ring.
  rewrite S. right. field.
Qed.

(** sqrt 2 is sharp for l2: every smaller margin is flipped strictly within eps. *)
(* @statement SO-Cert *)
Theorem certificate_l2_sharp : forall K eps m, 0 < K -> 0 <= m -> m < sqrt 2 * K * eps ->
  exists (f : R -> vec) x x', lipschitz_l2 R dist 2 f K /\ margin 2 0 (f x) = m /\
    dist x x' < eps /\ f x' 0%nat < f x' 1%nat.
Proof.
  intros K eps m HK Hm H.
  assert (S : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  assert (SS : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  assert (SK : 0 < sqrt 2 * K) by (apply Rmult_lt_0_compat; assumption).
  assert (KS : 0 < K / sqrt 2) by (apply Rdiv_lt_0_compat; assumption).
  assert (E : 2 * (K / sqrt 2) = sqrt 2 * K) by (rewrite <- SS at 1; field; lra).
  set (x := m / (sqrt 2 * K)). set (x' := (x - eps) / 2).
  assert (Ex : sqrt 2 * K * x = m) by (unfold x; field; lra).
  assert (X0 : 0 <= x) by (unfold x; apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (X1 : x < eps) by (apply Rmult_lt_reg_l with (sqrt 2 * K); lra).
  exists (pair (fun x => K / sqrt 2 * x) (fun x => - (K / sqrt 2 * x))), x, x'. repeat split.
  - apply lipschitz_pair_l2; lra.
  - assert (A : 2 * (K / sqrt 2) * x = m) by (rewrite E; exact Ex).
    rewrite margin_two; simpl; lra.
  - unfold dist, x'. rewrite Rabs_right; lra.
  - simpl. assert (x' < 0) by (unfold x'; lra).
    assert (K / sqrt 2 * x' < K / sqrt 2 * 0) by (apply Rmult_lt_compat_l; assumption). lra.
Qed.

(** K eps is not enough in l2 either: (x, -x) / sqrt 2 at x = 1, eps = 6/5, delta = -11/10. *)
(* @statement SO-Cert *)
Theorem l2_figure_refuted :
  let f := pair (fun x => 1 / sqrt 2 * x) (fun x => - (1 / sqrt 2 * x)) in
  lipschitz_l2 R dist 2 f 1 /\ margin 2 0 (f 1) = sqrt 2 /\ 1 * (6/5) < sqrt 2 /\
  dist 1 (1 + - (11/10)) < 6/5 /\ f (1 + - (11/10)) 0%nat < f (1 + - (11/10)) 1%nat.
Proof.
  intros f.
  assert (S : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  assert (SS : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra).
  assert (E : 1 / sqrt 2 + 1 / sqrt 2 = sqrt 2).
  { replace (1 / sqrt 2 + 1 / sqrt 2) with (2 / sqrt 2) by (field; lra). rewrite <- SS at 1. field. lra. }
  repeat split.
  - apply lipschitz_pair_l2; lra.
  - unfold f. rewrite margin_two; simpl; lra.
  - apply Rnot_le_lt. intros N.
    assert (sqrt 2 * sqrt 2 <= 1 * (6/5) * (1 * (6/5))) by (apply Rmult_le_compat; lra). lra.
  - unfold dist. rewrite Rabs_right; lra.
  - unfold f; simpl. lra.
Qed.

(** The full margin is sharp for l1: (K x, 0). *)
(* @statement MF-Prop2 *)
Theorem certificate_l1_sharp : forall K eps m, 0 < K -> 0 <= m -> m < K * eps ->
  exists (f : R -> vec) x x', lipschitz_l1 R dist 2 f K /\ margin 2 0 (f x) = m /\
    dist x x' < eps /\ f x' 0%nat < f x' 1%nat.
Proof.
  intros K eps m HK Hm H.
  set (x := m / K). set (x' := (x - eps) / 2).
  assert (Ex : K * x = m) by (unfold x; field; lra).
  assert (X0 : 0 <= x) by (unfold x; apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (X1 : x < eps) by (apply Rmult_lt_reg_l with K; lra).
  exists (pair (fun x => K * x) (fun _ => 0)), x, x'. repeat split.
  - intros y y'. unfold dist. simpl. rewrite Rminus_0_r, Rabs_R0.
    rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right K); lra.
  - rewrite margin_two; simpl; lra.
  - unfold dist, x'. rewrite Rabs_right; lra.
  - simpl. assert (x' < 0) by (unfold x'; lra).
    assert (K * x' < K * 0) by (apply Rmult_lt_compat_l; assumption). lra.
Qed.

(** * Binary scores *)

(** A K-Lipschitz score keeps its sign within |f x| / K. *)
(* @statement MF-Property1 *)
Theorem sign_certificate : forall (X : Type) (d : X -> X -> R) (f : X -> R) K x x', 0 < K ->
  (forall x x', Rabs (f x - f x') <= K * d x x') -> d x x' < Rabs (f x) / K ->
  (0 < f x -> 0 < f x') /\ (f x < 0 -> f x' < 0).
Proof.
  intros X d f K x x' HK L D.
  assert (Q : K * d x x' < Rabs (f x)).
  { replace (Rabs (f x)) with (K * (Rabs (f x) / K)) by (field; lra).
    apply Rmult_lt_compat_l; assumption. }
  specialize (L x x'). apply abs_le_inv in L.
  split; intros S.
  - rewrite Rabs_right in Q by lra. lra.
  - rewrite Rabs_left in Q by lra. lra.
Qed.

(** The radius |f x| / K is attained: f = K x reaches 0 at that distance and changes sign beyond. *)
(* @statement MF-Property1 *)
Theorem sign_certificate_sharp : forall K r, 0 < K -> 0 < r ->
  exists f : R -> R, (forall x x', Rabs (f x - f x') <= K * dist x x') /\
    exists x, 0 < f x /\ Rabs (f x) / K = r /\ f (x - r) = 0 /\
      forall r', r < r' -> f (x - r') < 0.
Proof.
  intros K r HK Hr. exists (fun x => K * x). split.
  - intros x x'. unfold dist. rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right K); lra.
  - exists r. assert (P : 0 < K * r) by (apply Rmult_lt_0_compat; assumption). repeat split.
    + exact P.
    + rewrite Rabs_right by lra. field. lra.
    + ring.
    + intros r' H. assert (K * (r - r') < K * 0) by (apply Rmult_lt_compat_l; lra). lra.
Qed.
