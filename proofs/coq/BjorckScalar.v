(** The scalar Björck maps g_p (s) = s sum_{i <= p} c_i (1 - s^2)^i, c_i = C(2i, i) / 4^i, which act on
    the singular values of the Björck iteration of order p.

    For every order: coefficients, derivative, monotone on [0,1], convergence to 1 from (0, 1].
    For odd orders: convergence from every s > 0 with g_p (s) > 0.
    For orders 1 and 2: exact basins (0, sqrt 3) and (0, sqrt (7/3)), rates with their constants and the
    places where they hold, what happens beyond the basin. *)

From Coq Require Import Reals Lra Lia Arith.
Local Open Scope R_scope.

(** * Definitions *)

Fixpoint coefficient (i : nat) : R :=
  match i with O => 1 | S k => coefficient k * (2 * INR k + 1) / (2 * INR k + 2) end.

Fixpoint bjorck_sum (p : nat) (u : R) : R :=
  match p with
  | O => 1
  | S q => bjorck_sum q u + coefficient (S q) * u ^ (S q)
  end.

Definition bjorck (p : nat) (s : R) : R := s * bjorck_sum p (1 - s * s).

Fixpoint iterate (g : R -> R) (k : nat) (s : R) : R :=
  match k with O => s | S j => g (iterate g j s) end.

Definition converges_to (g : R -> R) (s l : R) : Prop := Un_cv (fun k => iterate g k s) l.

(** * Coefficients *)

(** c_i is the central binomial coefficient over 4^i. *)
(* @statement SO-Eq3 *)
Theorem coefficient_binomial : forall i, coefficient i = C (2 * i) i / 4 ^ i.
Proof.
  induction i as [|i IH].
  - unfold C; simpl. field.
  - simpl coefficient. rewrite IH. unfold C.
    replace (2 * i - i)%nat with i by lia. replace (2 * S i - S i)%nat with (S i) by lia.
    replace (2 * S i)%nat with (S (S (2 * i))) by lia.
    change (fact (S (S (2 * i)))) with ((S (S (2 * i))) * ((S (2 * i)) * fact (2 * i)))%nat.
    change (fact (S i)) with ((S i) * fact i)%nat.
    rewrite !mult_INR, !S_INR, mult_INR. simpl (INR 2). simpl (4 ^ S i).
    assert (INR (fact i) <> 0) by apply INR_fact_neq_0.
    assert (0 <= INR i) by apply pos_INR.
    assert (4 ^ i <> 0) by (apply pow_nonzero; lra).
    field. repeat split; try assumption; lra.
Qed.

(** The first five: 1, 1/2, 3/8, 5/16, 35/128. *)
(* @statement SO-Eq3 *)
Theorem coefficient_values :
  coefficient 0 = 1 /\ coefficient 1 = 1/2 /\ coefficient 2 = 3/8 /\
  coefficient 3 = 5/16 /\ coefficient 4 = 35/128.
Proof. simpl. repeat split; field. Qed.

(** Order 1 is s (3 - s^2) / 2. *)
(* @statement SO-Eq3 *)
Theorem bjorck_one : forall s, bjorck 1 s = s * (3 - s^2) / 2.
Proof. intros. unfold bjorck; simpl. field. Qed.

(** Order 2 is s (15 - 10 s^2 + 3 s^4) / 8. *)
(* @statement SO-Eq3 *)
Theorem bjorck_two : forall s, bjorck 2 s = s * (15 - 10 * s^2 + 3 * s^4) / 8.
Proof. intros. unfold bjorck; simpl. field. Qed.

Lemma coefficient_pos : forall i, 0 < coefficient i.
Proof.
  induction i as [|i IH]; simpl; [lra|]. pose proof (pos_INR i).
  apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra | apply Rinv_0_lt_compat; lra].
Qed.

(** * Derivative, every order *)

(** g_p' (s) = (2p + 1) c_p (1 - s^2)^p. *)
(* @statement SO-Eq3 *)
Theorem bjorck_derivative : forall p s,
  derivable_pt_lim (bjorck p) s ((2 * INR p + 1) * coefficient p * (1 - s * s) ^ p).
Proof.
  induction p as [|p IH]; intros s.
  - apply derivable_pt_lim_ext with (f := id).
    + intros z. unfold bjorck, id; simpl. ring.
    + replace ((2 * INR 0 + 1) * coefficient 0 * (1 - s * s) ^ 0) with 1 by (simpl; ring).
      apply derivable_pt_lim_id.
  - apply derivable_pt_lim_ext
      with (f := plus_fct (bjorck p) (fun z => coefficient (S p) * (z * (1 - z * z) ^ (S p)))).
    + intros z. unfold plus_fct, bjorck. change (bjorck_sum (S p) (1 - z * z)) with
        (bjorck_sum p (1 - z * z) + coefficient (S p) * (1 - z * z) ^ S p). ring.
    + set (u := 1 - s * s).
      assert (D : derivable_pt_lim (fun z => z * (1 - z * z) ^ (S p)) s
                   (1 * u ^ (S p) + s * (INR (S p) * u ^ p * (- (2 * s))))).
      { apply (derivable_pt_lim_mult id (fun z => (1 - z * z) ^ (S p)) s).
        - apply derivable_pt_lim_id.
        - replace (INR (S p) * u ^ p * - (2 * s)) with ((INR (S p) * u ^ pred (S p)) * - (2 * s))
            by reflexivity.
          apply (derivable_pt_lim_comp (fun z => 1 - z * z) (fun y => y ^ (S p)) s).
          + replace (- (2 * s)) with (0 - (1 * id s + id s * 1)) by (unfold id; ring).
            apply (derivable_pt_lim_minus (fct_cte 1) (id * id)%F).
            * apply derivable_pt_lim_const.
            * apply derivable_pt_lim_mult; apply derivable_pt_lim_id.
          + apply derivable_pt_lim_pow. }
      pose proof (derivable_pt_lim_scal _ (coefficient (S p)) _ _ D) as E.
      pose proof (derivable_pt_lim_plus _ _ _ _ _ (IH s) E) as F.
      replace ((2 * INR (S p) + 1) * coefficient (S p) * u ^ S p)
        with ((2 * INR p + 1) * coefficient p * u ^ p +
              coefficient (S p) * (1 * u ^ (S p) + s * (INR (S p) * u ^ p * (- (2 * s))))).
      * exact F.
      * assert (Hs : s * s = 1 - u) by (unfold u; ring).
        replace (s * (INR (S p) * u ^ p * - (2 * s)))
          with (- (2 * INR (S p) * u ^ p * (s * s))) by ring.
        rewrite Hs. rewrite S_INR. simpl coefficient. simpl (u ^ S p).
        pose proof (pos_INR p). field. lra.
Qed.

Lemma bjorck_at_one : forall p, bjorck p 1 = 1.
Proof.
  intros p. unfold bjorck. replace (1 - 1 * 1) with 0 by ring. rewrite Rmult_1_l.
  induction p as [|p IH]; simpl bjorck_sum; [reflexivity|]. rewrite IH. simpl. ring.
Qed.

Lemma bjorck_at_zero : forall p, bjorck p 0 = 0.
Proof. intros. unfold bjorck. ring. Qed.

(** Odd function: singular values may be replaced by their negatives. *)
(* @statement SO-Eq3 *)
Theorem bjorck_odd : forall p s, bjorck p (- s) = - bjorck p s.
Proof. intros. unfold bjorck. replace (- s * - s) with (s * s) by ring. ring. Qed.

(** Strictly increasing on [0,1], every order. *)
(* @statement SO-Eq3 *)
Theorem bjorck_increasing : forall p a b, 0 <= a -> a < b -> b <= 1 -> bjorck p a < bjorck p b.
Proof.
  intros p a b Ha Hab Hb.
  destruct (MVT_cor2 (bjorck p) (fun s => (2 * INR p + 1) * coefficient p * (1 - s * s) ^ p) a b Hab)
    as [c [E Hc]].
  { intros; apply bjorck_derivative. }
  assert (0 < (2 * INR p + 1) * coefficient p * (1 - c * c) ^ p).
  { apply Rmult_lt_0_compat.
    - apply Rmult_lt_0_compat; [pose proof (pos_INR p); lra | apply coefficient_pos].
    - apply pow_lt. assert (c * c < 1 * 1) by (apply Rmult_le_0_lt_compat; lra). lra. }
  assert (0 < bjorck p b - bjorck p a) by (rewrite E; apply Rmult_lt_0_compat; lra). lra.
Qed.

(** (0, 1] is mapped into itself, every order. *)
(* @statement SO-Eq3 *)
Theorem bjorck_unit_interval : forall p s, 0 < s <= 1 -> 0 < bjorck p s <= 1.
Proof.
  intros p s Hs. split.
  - rewrite <- (bjorck_at_zero p) at 1. apply bjorck_increasing; lra.
  - destruct (Rle_lt_or_eq_dec s 1 (proj2 Hs)) as [L|E].
    + left. rewrite <- (bjorck_at_one p). apply bjorck_increasing; lra.
    + rewrite E, bjorck_at_one. lra.
Qed.

(** Higher order moves further up: s <= g_1 (s) <= g_p (s) on (0, 1] for p >= 1. *)
Lemma bjorck_sum_ge_one : forall p u, 0 <= u -> (1 <= p)%nat -> 1 + u / 2 <= bjorck_sum p u.
Proof.
  induction p as [|p IH]; intros u Hu Hp; [lia|].
  destruct p as [|p].
  - simpl. lra.
  - change (bjorck_sum (S (S p)) u)
      with (bjorck_sum (S p) u + coefficient (S (S p)) * u ^ (S (S p))).
    specialize (IH u Hu ltac:(lia)).
    assert (0 <= coefficient (S (S p)) * u ^ (S (S p))).
    { apply Rmult_le_pos; [left; apply coefficient_pos | apply pow_le; exact Hu]. }
    lra.
Qed.

(** * Convergence *)

Lemma iterate_shift : forall g k s, iterate g (S k) s = iterate g k (g s).
Proof. intros g k s. induction k as [|k IH]; [reflexivity|]. simpl in *. rewrite IH. reflexivity. Qed.

Lemma iterate_add : forall g j k s, iterate g (j + k) s = iterate g k (iterate g j s).
Proof.
  intros g j k s. induction k as [|k IH]; simpl.
  - rewrite Nat.add_0_r. reflexivity.
  - rewrite Nat.add_succ_r. simpl. rewrite IH. reflexivity.
Qed.

Lemma converges_step : forall g s l, converges_to g (g s) l -> converges_to g s l.
Proof.
  intros g s l H eps He. destruct (H eps He) as [N HN]. exists (S N). intros n Hn.
  destruct n as [|n]; [lia|]. rewrite iterate_shift. apply HN. lia.
Qed.

Lemma converges_after : forall g j s l, converges_to g (iterate g j s) l -> converges_to g s l.
Proof.
  intros g j s l H eps He. destruct (H eps He) as [N HN]. exists (j + N)%nat. intros n Hn.
  replace n with (j + (n - j))%nat by lia. rewrite iterate_add. apply HN. lia.
Qed.

(** A sequence with |x_k - l| <= c q^k, 0 <= q < 1, converges to l. *)
Lemma cv_geometric : forall x l c q, 0 <= q < 1 -> 0 <= c ->
  (forall k, Rabs (x k - l) <= c * q ^ k) -> Un_cv x l.
Proof.
  intros x l c q Hq Hc H eps He.
  destruct (pow_lt_1_zero q ltac:(rewrite Rabs_right; lra) (eps / (c + 1))
              ltac:(apply Rdiv_lt_0_compat; lra)) as [N HN].
  exists N. intros n Hn. unfold R_dist. specialize (HN n Hn).
  assert (P : 0 <= q ^ n) by (apply pow_le; lra).
  rewrite Rabs_right in HN by lra.
  assert (q ^ n * (c + 1) < eps).
  { replace eps with (eps / (c + 1) * (c + 1)) by (field; lra).
    apply Rmult_lt_compat_r; lra. }
  specialize (H n). lra.
Qed.

(** A map of (0,1] into itself that lifts every s at least to g_1 (s) drives every s to 1:
    1 - s_k <= (1 - s_0 (1 + s_0) / 2)^k (1 - s_0). *)
Lemma lifting_rate : forall g, (forall s, 0 < s <= 1 -> s * (1 + (1 - s * s) / 2) <= g s <= 1) ->
  forall s, 0 < s <= 1 -> forall k,
  s <= iterate g k s <= 1 /\ 1 - iterate g k s <= (1 - s) * (1 - s * (1 + s) / 2) ^ k.
Proof.
  intros g Hg s Hs. induction k as [|k [IH1 IH2]]; simpl iterate; simpl pow; [lra|].
  set (x := iterate g k s) in *. destruct (Hg x ltac:(lra)) as [L U].
  assert (X : 1 - g x <= (1 - x) * (1 - x * (1 + x) / 2)).
  { replace ((1 - x) * (1 - x * (1 + x) / 2)) with (1 - x * (1 + (1 - x * x) / 2)) by field. lra. }
  assert (Q : s * (1 + s) <= x * (1 + x)) by (apply Rmult_le_compat; lra).
  assert (Q1 : x * (1 + x) <= 1 * 2) by (apply Rmult_le_compat; lra).
  assert (M : 0 <= x * (1 - x * x)).
  { apply Rmult_le_pos; [lra|]. assert (x * x <= 1 * 1) by (apply Rmult_le_compat; lra). lra. }
  split; [split; lra|].
  eapply Rle_trans; [exact X|].
  apply Rle_trans with ((1 - x) * (1 - s * (1 + s) / 2)).
  - apply Rmult_le_compat_l; lra.
  - replace ((1 - s) * ((1 - s * (1 + s) / 2) * (1 - s * (1 + s) / 2) ^ k))
      with ((1 - s) * (1 - s * (1 + s) / 2) ^ k * (1 - s * (1 + s) / 2)) by ring.
    apply Rmult_le_compat_r; lra.
Qed.

Lemma lifting_converges : forall g, (forall s, 0 < s <= 1 -> s * (1 + (1 - s * s) / 2) <= g s <= 1) ->
  forall s, 0 < s <= 1 -> converges_to g s 1.
Proof.
  intros g Hg s Hs.
  assert (A : 0 < s * (1 + s)) by (apply Rmult_lt_0_compat; lra).
  assert (B : s * (1 + s) <= 1 * 2) by (apply Rmult_le_compat; lra).
  apply cv_geometric with (c := 1 - s) (q := 1 - s * (1 + s) / 2); [lra | lra |].
  intros k. destruct (lifting_rate g Hg s Hs k) as [H1 H2].
  rewrite Rabs_left1 by lra. lra.
Qed.

Lemma bjorck_lifts : forall p, (1 <= p)%nat ->
  forall s, 0 < s <= 1 -> s * (1 + (1 - s * s) / 2) <= bjorck p s <= 1.
Proof.
  intros p Hp s Hs. split; [| apply bjorck_unit_interval; exact Hs].
  unfold bjorck. apply Rmult_le_compat_l; [lra|]. apply bjorck_sum_ge_one; [| exact Hp].
  assert (s * s <= 1 * 1) by (apply Rmult_le_compat; lra). lra.
Qed.

(** Every order p >= 1 converges to 1 from all of (0, 1], with an explicit geometric bound. *)
(* @statement SO-Eq3 *)
Theorem bjorck_converges_unit : forall p s, (1 <= p)%nat -> 0 < s <= 1 ->
  converges_to (bjorck p) s 1 /\
  forall k, 0 <= 1 - iterate (bjorck p) k s <= (1 - s) * (1 - s * (1 + s) / 2) ^ k.
Proof.
  intros p s Hp Hs. split.
  - apply lifting_converges; [apply bjorck_lifts; exact Hp | exact Hs].
  - intros k. destruct (lifting_rate _ (bjorck_lifts p Hp) s Hs k). lra.
Qed.

(** Small singular values grow by at most 3/2 per step at order 1, s_k <= (3/2)^k s: a fixed number of
    steps is not enough for all of them. *)
(* @statement SO-Eq3 SO-BjorckUse *)
Theorem bjorck_one_growth : forall s k, 0 < s <= 1 -> iterate (bjorck 1) k s <= (3/2) ^ k * s.
Proof.
  intros s k Hs. induction k as [|k IH]; simpl iterate; simpl pow; [lra|].
  destruct (bjorck_converges_unit 1 s ltac:(lia) Hs) as [_ B].
  set (x := iterate (bjorck 1) k s) in *.
  assert (X : 0 <= x).
  { destruct (lifting_rate _ (bjorck_lifts 1 ltac:(lia)) s Hs k). unfold x. lra. }
  rewrite bjorck_one.
  assert (0 <= x * (x * x)) by (apply Rmult_le_pos; [exact X | apply Rle_0_sqr]).
  replace (x * (3 - x ^ 2) / 2) with (3/2 * x - x * (x * x) / 2) by field. lra.
Qed.

(** Odd order: g_p <= 1 on [0, oo), so one step from s > 0 with g_p (s) > 0 lands in (0, 1]. *)
Lemma bjorck_odd_order_le_one : forall q s, 0 <= s -> bjorck (2 * q + 1) s <= 1.
Proof.
  intros q s Hs. set (p := (2 * q + 1)%nat).
  destruct (Rle_dec s 1) as [L|L].
  - destruct (Req_dec s 0) as [->|N]; [rewrite bjorck_at_zero; lra|].
    apply bjorck_unit_interval; lra.
  - destruct (MVT_cor2 (bjorck p) (fun s => (2 * INR p + 1) * coefficient p * (1 - s * s) ^ p) 1 s
                ltac:(lra)) as [c [E Hc]].
    { intros; apply bjorck_derivative. }
    rewrite bjorck_at_one in E.
    assert (0 < c * c - 1) by (assert (1 * 1 < c * c) by (apply Rmult_le_0_lt_compat; lra); lra).
    assert (N : (1 - c * c) ^ p <= 0).
    { replace (1 - c * c) with (-1 * (c * c - 1)) by ring. rewrite Rpow_mult_distr.
      unfold p. rewrite Nat.add_1_r, pow_1_odd.
      assert (0 < (c * c - 1) ^ S (2 * q)) by (apply pow_lt; assumption). lra. }
    assert (K : 0 <= (2 * INR p + 1) * coefficient p).
    { apply Rmult_le_pos; [pose proof (pos_INR p); lra | left; apply coefficient_pos]. }
    assert (0 <= (2 * INR p + 1) * coefficient p * - (1 - c * c) ^ p) by (apply Rmult_le_pos; lra).
    assert (0 <= (2 * INR p + 1) * coefficient p * - (1 - c * c) ^ p * (s - 1))
      by (apply Rmult_le_pos; lra).
    lra.
Qed.

(** Every odd order converges to 1 from every s > 0 whose image is positive: the immediate basin
    reaches to the positive zero of g_p. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_odd_order_basin : forall q s, 0 < s -> 0 < bjorck (2 * q + 1) s ->
  converges_to (bjorck (2 * q + 1)) s 1.
Proof.
  intros q s Hs Hg. apply converges_step. apply bjorck_converges_unit; [lia|].
  split; [exact Hg | apply bjorck_odd_order_le_one; lra].
Qed.

(** Even order: g_p is strictly increasing on the whole line. *)
Lemma bjorck_even_order_strict : forall q a b, a < b -> (b <= -1 \/ (-1 <= a /\ b <= 1) \/ 1 <= a) ->
  bjorck (2 * q) a < bjorck (2 * q) b.
Proof.
  intros q a b Hab Hout. set (p := (2 * q)%nat).
  destruct (MVT_cor2 (bjorck p) (fun s => (2 * INR p + 1) * coefficient p * (1 - s * s) ^ p) a b Hab)
    as [c [E Hc]].
  { intros; apply bjorck_derivative. }
  assert (N : 1 - c * c <> 0).
  { replace (1 - c * c) with ((1 - c) * (1 + c)) by ring.
    apply Rmult_integral_contrapositive_currified; lra. }
  assert (0 < (2 * INR p + 1) * coefficient p * (1 - c * c) ^ p).
  { apply Rmult_lt_0_compat.
    - apply Rmult_lt_0_compat; [pose proof (pos_INR p); lra | apply coefficient_pos].
    - unfold p. rewrite pow_mult. apply pow_lt. replace ((1 - c * c) ^ 2) with (Rsqr (1 - c * c))
        by (unfold Rsqr; ring). apply Rsqr_pos_lt. exact N. }
  assert (0 < bjorck p b - bjorck p a) by (rewrite E; apply Rmult_lt_0_compat; lra). lra.
Qed.

(** Even orders are strictly increasing on the whole line. *)
(* @statement SO-Eq3 *)
Theorem bjorck_even_order_increasing : forall q a b, a < b -> bjorck (2 * q) a < bjorck (2 * q) b.
Proof.
  intros q.
  assert (H1 : forall a b, a < b -> -1 <= a -> bjorck (2 * q) a < bjorck (2 * q) b).
  { intros a b Hab Ha. destruct (Rle_dec b 1) as [L|L].
    { apply bjorck_even_order_strict; [| right; left]; lra. }
    destruct (Rle_dec 1 a) as [M|M].
    { apply bjorck_even_order_strict; [| right; right]; lra. }
    apply Rlt_trans with (bjorck (2 * q) 1); apply bjorck_even_order_strict;
      [lra | right; left; lra | lra | right; right; lra]. }
  intros a b Hab. destruct (Rle_dec (-1) a) as [L|L]; [apply H1; lra|].
  destruct (Rle_dec b (-1)) as [M|M]; [apply bjorck_even_order_strict; [|left]; lra|].
  apply Rlt_trans with (bjorck (2 * q) (-1)); [apply bjorck_even_order_strict; [|left] | apply H1]; lra.
Qed.

(** * Order 1 *)

Lemma sqrt3_sq : sqrt 3 * sqrt 3 = 3.
Proof. apply sqrt_sqrt; lra. Qed.

Lemma sqrt_pos_lt : forall a, 0 < a -> 0 < sqrt a.
Proof. intros; apply sqrt_lt_R0; assumption. Qed.

Lemma lt_sqrt : forall s a, 0 <= s -> 0 <= a -> (s < sqrt a <-> s * s < a).
Proof.
  intros s a Hs Ha. pose proof (sqrt_sqrt a Ha) as E. pose proof (sqrt_pos a) as P. split; intros H.
  - rewrite <- E. apply Rmult_le_0_lt_compat; lra.
  - apply Rnot_le_lt. intros N. assert (sqrt a * sqrt a <= s * s) by (apply Rmult_le_compat; lra).
    lra.
Qed.

Lemma sqrt_lt' : forall s a, 0 <= s -> 0 <= a -> (sqrt a < s <-> a < s * s).
Proof.
  intros s a Hs Ha. pose proof (sqrt_sqrt a Ha) as E. pose proof (sqrt_pos a) as P. split; intros H.
  - rewrite <- E. apply Rmult_le_0_lt_compat; lra.
  - apply Rnot_le_lt. intros N. assert (s * s <= sqrt a * sqrt a) by (apply Rmult_le_compat; lra).
    lra.
Qed.

(** (0, sqrt 3) is mapped into (0, 1] in one step. *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_into : forall s, 0 < s < sqrt 3 -> 0 < bjorck 1 s <= 1.
Proof.
  intros s Hs. split.
  - assert (s * s < 3) by (apply lt_sqrt; lra).
    rewrite bjorck_one. apply Rmult_lt_0_compat; [|lra].
    apply Rmult_lt_0_compat; [lra|]. simpl. lra.
  - apply (bjorck_odd_order_le_one 0). lra.
Qed.

(** Convergence to 1 from all of (0, sqrt 3). *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_basin : forall s, 0 < s < sqrt 3 -> converges_to (bjorck 1) s 1.
Proof.
  intros s Hs. apply converges_step, bjorck_converges_unit; [lia|]. apply bjorck_one_into, Hs.
Qed.

Lemma stuck_not_one : forall g s l, g l = l -> g s = l -> l <> 1 -> ~ converges_to g s 1.
Proof.
  intros g s l Hl Hs Hne H.
  destruct (H (Rabs (l - 1)) (Rabs_pos_lt _ (Rminus_eq_contra _ _ Hne))) as [N HN].
  specialize (HN (S N) ltac:(lia)). rewrite iterate_shift, Hs in HN.
  assert (E : forall k, iterate g k l = l) by (induction k as [|k IH]; simpl; [|rewrite IH]; auto).
  rewrite E in HN. unfold R_dist in HN. lra.
Qed.

(** Neither end point converges to 1: 0 stays, sqrt 3 goes to 0. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_ends : bjorck 1 0 = 0 /\ bjorck 1 (sqrt 3) = 0 /\
  ~ converges_to (bjorck 1) 0 1 /\ ~ converges_to (bjorck 1) (sqrt 3) 1.
Proof.
  assert (E : bjorck 1 (sqrt 3) = 0).
  { rewrite bjorck_one. simpl. rewrite Rmult_1_r, sqrt3_sq. field. }
  assert (Z : bjorck 1 0 = 0) by apply bjorck_at_zero.
  repeat split; auto; apply stuck_not_one with (l := 0); auto; intros F; lra.
Qed.

(** So (0, sqrt 3) is the largest interval around 1 on which the order-1 iteration converges to 1. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_basin_exact : forall a b, a < 1 < b ->
  ((forall s, a < s < b -> converges_to (bjorck 1) s 1) <-> 0 <= a /\ b <= sqrt 3).
Proof.
  intros a b Hab. destruct bjorck_one_ends as [_ [_ [N0 N3]]].
  assert (1 < sqrt 3) by (apply lt_sqrt; lra). split.
  - intros H0. split; apply Rnot_lt_le; intros L; [apply N0 | apply N3]; apply H0; lra.
  - intros [Ha Hb] s Hs. apply bjorck_one_basin. lra.
Qed.

(** The positive fixed point is 1 alone (the fixed points are 0, 1, -1). *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_fixed : forall s, bjorck 1 s = s <-> s = 0 \/ s = 1 \/ s = -1.
Proof.
  intros s. rewrite bjorck_one. split.
  - intros H. assert (E : s * ((1 - s) * (1 + s)) = 0).
    { replace (s * ((1 - s) * (1 + s))) with (2 * (s * (3 - s ^ 2) / 2) - 2 * s) by field. lra. }
    apply Rmult_integral in E. destruct E as [E|E]; [left; exact E|].
    apply Rmult_integral in E. destruct E; [right; left | right; right]; lra.
  - intros [-> | [-> | ->]]; simpl; field.
Qed.

(** Exact error: 1 - g_1 (s) = (1 - s)^2 (2 + s) / 2. *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_error : forall s, 1 - bjorck 1 s = (1 - s)^2 * (2 + s) / 2.
Proof. intros. rewrite bjorck_one. field. Qed.

(** Quadratic with constant 3/2 on [0, 1]. *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_quadratic : forall s, 0 <= s <= 1 ->
  0 <= 1 - bjorck 1 s <= 3/2 * (1 - s)^2.
Proof.
  intros s Hs. rewrite bjorck_one_error. pose proof (pow2_ge_0 (1 - s)) as P.
  assert (0 <= (1 - s)^2 * (1 - s)) by (apply Rmult_le_pos; lra).
  assert (0 <= (1 - s)^2 * (2 + s)) by (apply Rmult_le_pos; lra). lra.
Qed.

(** Quadratic with constant 1 + sqrt 3 / 2 < 1.87 on [1, sqrt 3). *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_quadratic_right : forall s, 1 <= s < sqrt 3 ->
  0 <= 1 - bjorck 1 s <= (1 + sqrt 3 / 2) * (1 - s)^2 /\ 1 + sqrt 3 / 2 < 187/100.
Proof.
  intros s Hs. rewrite bjorck_one_error. pose proof (pow2_ge_0 (1 - s)) as P.
  assert (0 <= (1 - s)^2 * (sqrt 3 - s)) by (apply Rmult_le_pos; lra).
  assert (0 <= (1 - s)^2 * (2 + s)) by (apply Rmult_le_pos; lra).
  assert (sqrt 3 < 174/100) by (apply sqrt_lt'; lra).
  repeat split; lra.
Qed.

(** The constant 3/2 fails at every s > 1. *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_quadratic_fails : forall s, 1 < s -> 3/2 * (1 - s)^2 < 1 - bjorck 1 s.
Proof.
  intros s Hs. rewrite bjorck_one_error.
  assert (P : 0 < (1 - s)^2) by (replace ((1 - s)^2) with ((s - 1) * (s - 1)) by ring;
    apply Rmult_lt_0_compat; lra).
  assert (0 < (1 - s)^2 * (s - 1)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

Lemma square_iteration : forall (e : nat -> R) c n, 0 <= c -> (1 <= n)%nat ->
  (forall k, 0 <= e k) -> (forall k, c * e (S k) <= (c * e k) ^ n) ->
  forall k, c * e k <= (c * e 0%nat) ^ (n ^ k).
Proof.
  intros e c n Hc Hn He H. induction k as [|k IH].
  - simpl. lra.
  - eapply Rle_trans; [apply H|]. simpl Nat.pow. rewrite Nat.mul_comm, pow_mult.
    apply pow_incr. split; [apply Rmult_le_pos; auto | exact IH].
Qed.

(** All iterates from (0, 1]: (3/2) e_k <= ((3/2) e_0)^(2^k). *)
(* @statement SO-Eq3 *)
Theorem bjorck_one_quadratic_iterates : forall s k, 0 < s <= 1 ->
  3/2 * (1 - iterate (bjorck 1) k s) <= (3/2 * (1 - s)) ^ (2 ^ k).
Proof.
  intros s k Hs.
  assert (B : forall k, 0 < iterate (bjorck 1) k s <= 1).
  { induction k0 as [|j IH]; simpl; [exact Hs|]. apply bjorck_unit_interval, IH. }
  apply (square_iteration (fun k => 1 - iterate (bjorck 1) k s) (3/2) 2); [lra | lia | |].
  - intros j. specialize (B j). lra.
  - intros j. specialize (B j). simpl iterate.
    pose proof (bjorck_one_quadratic (iterate (bjorck 1) j s) ltac:(lra)) as Q.
    replace ((3/2 * (1 - iterate (bjorck 1) j s)) ^ 2)
      with (3/2 * (3/2 * (1 - iterate (bjorck 1) j s)^2)) by ring. lra.
Qed.

(** Beyond the basin: negative at once; to -1 while the image stays above - sqrt 3. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_beyond : forall s, sqrt 3 < s ->
  bjorck 1 s < 0 /\ (- sqrt 3 < bjorck 1 s -> converges_to (bjorck 1) s (-1)).
Proof.
  intros s Hs. assert (0 < sqrt 3) by (apply sqrt_pos_lt; lra).
  assert (3 < s * s) by (apply sqrt_lt'; lra).
  assert (Hn : bjorck 1 s < 0).
  { rewrite bjorck_one. assert (0 < s * (s^2 - 3)) by (apply Rmult_lt_0_compat; [|simpl]; lra).
    replace (s * (3 - s^2) / 2) with (- (s * (s^2 - 3) / 2)) by field. lra. }
  split; [exact Hn|]. intros Hb. apply converges_step.
  pose proof (bjorck_one_basin (- bjorck 1 s) ltac:(lra)) as B.
  assert (E : forall k x, iterate (bjorck 1) k (- x) = - iterate (bjorck 1) k x).
  { induction k as [|k IH]; intros x; simpl; [reflexivity|]. rewrite IH. apply bjorck_odd. }
  intros eps He. destruct (B eps He) as [N HN]. exists N. intros n Hn'.
  specialize (HN n Hn'). rewrite E in HN. unfold R_dist in *.
  replace (- iterate (bjorck 1) n (bjorck 1 s) - 1)
    with (- (iterate (bjorck 1) n (bjorck 1 s) - -1)) in HN by ring.
  rewrite Rabs_Ropp in HN. exact HN.
Qed.

(** For instance 9/5 goes to -1, and 11/5 comes back to +1. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_bands :
  converges_to (bjorck 1) (9/5) (-1) /\ converges_to (bjorck 1) (11/5) 1.
Proof.
  assert (L : 17/10 < sqrt 3) by (apply lt_sqrt; lra).
  assert (U : sqrt 3 < 9/5) by (apply sqrt_lt'; lra).
  split.
  - apply bjorck_one_beyond; [exact U|]. rewrite bjorck_one. simpl. lra.
  - apply converges_after with (j := 2%nat). apply bjorck_one_basin. simpl.
    rewrite !bjorck_one. simpl. lra.
Qed.

(** sqrt 5 and - sqrt 5 form a two-cycle. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_two_cycle :
  bjorck 1 (sqrt 5) = - sqrt 5 /\ bjorck 1 (- sqrt 5) = sqrt 5 /\ sqrt 5 <> - sqrt 5.
Proof.
  assert (E : bjorck 1 (sqrt 5) = - sqrt 5).
  { rewrite bjorck_one. simpl. rewrite Rmult_1_r, sqrt_sqrt by lra. field. }
  assert (0 < sqrt 5) by (apply sqrt_pos_lt; lra).
  repeat split; [exact E | rewrite bjorck_odd, E; ring | intros F; lra].
Qed.

(** Beyond sqrt 5 the absolute values grow at least geometrically: divergence. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_one_diverges : forall s, sqrt 5 < s -> 1 < (s * s - 3) / 2 /\
  forall k, s * ((s * s - 3) / 2) ^ k <= Rabs (iterate (bjorck 1) k s).
Proof.
  intros s Hs. assert (P : 0 < sqrt 5) by (apply sqrt_pos_lt; lra).
  assert (Q : 5 < s * s) by (apply sqrt_lt'; lra). split; [lra|].
  assert (H : forall k, s <= Rabs (iterate (bjorck 1) k s) /\
                        s * ((s * s - 3) / 2) ^ k <= Rabs (iterate (bjorck 1) k s)).
  { induction k as [|k [I1 I2]]; simpl iterate; simpl pow.
    - rewrite Rabs_right; lra.
    - set (x := iterate (bjorck 1) k s) in *. set (r := (s * s - 3) / 2) in *.
      assert (A : s * s <= Rabs x * Rabs x) by (apply Rmult_le_compat; lra).
      assert (E : Rabs (bjorck 1 x) = Rabs x * ((Rabs x * Rabs x - 3) / 2)).
      { rewrite bjorck_one.
        replace (x * (3 - x ^ 2) / 2) with (- (x * ((x * x - 3) / 2))) by field.
        rewrite Rabs_Ropp, Rabs_mult, <- Rabs_mult.
        assert (S : x * x = Rabs x * Rabs x) by (rewrite <- Rabs_mult, Rabs_right; [reflexivity|];
          apply Rle_ge, Rle_0_sqr).
        rewrite Rabs_mult. rewrite S. rewrite (Rabs_right ((Rabs x * Rabs x - 3) / 2)); lra. }
      rewrite E.
      assert (R1 : r <= (Rabs x * Rabs x - 3) / 2) by (unfold r; lra).
      assert (R0 : 1 < r) by (unfold r; lra).
      assert (M : Rabs x * r <= Rabs x * ((Rabs x * Rabs x - 3) / 2))
        by (apply Rmult_le_compat_l; lra).
      assert (M2 : Rabs x * 1 <= Rabs x * r) by (apply Rmult_le_compat_l; lra).
      assert (M3 : s * r ^ k * r <= Rabs x * r) by (apply Rmult_le_compat_r; lra).
      split; lra. }
  intros k. apply H.
Qed.

(** * Order 2 *)

(** Exact error: 1 - g_2 (s) = (1 - s)^3 (8 + 9 s + 3 s^2) / 8. *)
(* @statement SO-Eq3 *)
Theorem bjorck_two_error : forall s, 1 - bjorck 2 s = (1 - s)^3 * (8 + 9 * s + 3 * s^2) / 8.
Proof. intros. rewrite bjorck_two. field. Qed.

(** Cubic with constant 5/2 on [0, 1]. *)
(* @statement SO-Eq3 *)
Theorem bjorck_two_cubic : forall s, 0 <= s <= 1 -> 0 <= 1 - bjorck 2 s <= 5/2 * (1 - s)^3.
Proof.
  intros s Hs. rewrite bjorck_two_error.
  assert (P : 0 <= (1 - s)^3) by (apply pow_le; lra).
  assert (Q : s^2 <= 1) by (simpl; assert (s * s <= 1 * 1) by (apply Rmult_le_compat; lra); lra).
  pose proof (pow2_ge_0 s).
  assert (0 <= (1 - s)^3 * (8 + 9 * s + 3 * s^2)) by (apply Rmult_le_pos; lra).
  assert (0 <= (1 - s)^3 * (20 - (8 + 9 * s + 3 * s^2))) by (apply Rmult_le_pos; lra). lra.
Qed.

(** All iterates from (0, 1]: sqrt (5/2) e_k <= (sqrt (5/2) e_0)^(3^k). *)
(* @statement SO-Eq3 *)
Theorem bjorck_two_cubic_iterates : forall s k, 0 < s <= 1 ->
  sqrt (5/2) * (1 - iterate (bjorck 2) k s) <= (sqrt (5/2) * (1 - s)) ^ (3 ^ k).
Proof.
  intros s k Hs.
  assert (B : forall k, 0 < iterate (bjorck 2) k s <= 1).
  { induction k0 as [|j IH]; simpl; [exact Hs|]. apply bjorck_unit_interval, IH. }
  assert (R2 : sqrt (5/2) * sqrt (5/2) = 5/2) by (apply sqrt_sqrt; lra).
  pose proof (sqrt_pos (5/2)) as R0.
  apply (square_iteration (fun k => 1 - iterate (bjorck 2) k s) (sqrt (5/2)) 3); [lra | lia | |].
  - intros j. specialize (B j). lra.
  - intros j. specialize (B j). simpl iterate.
    pose proof (bjorck_two_cubic (iterate (bjorck 2) j s) ltac:(lra)) as Q.
    replace ((sqrt (5/2) * (1 - iterate (bjorck 2) j s)) ^ 3)
      with (sqrt (5/2) * ((sqrt (5/2) * sqrt (5/2)) * (1 - iterate (bjorck 2) j s)^3)) by ring.
    rewrite R2. apply Rmult_le_compat_l; lra.
Qed.

(** The positive fixed points are 1 and sqrt (7/3). *)
(* @statement SO-Eq3 *)
Theorem bjorck_two_fixed : forall s, 0 < s -> (bjorck 2 s = s <-> s = 1 \/ s = sqrt (7/3)).
Proof.
  intros s Hs.
  assert (P : 0 < sqrt (7/3)) by (apply sqrt_pos_lt; lra).
  assert (E : sqrt (7/3) * sqrt (7/3) = 7/3) by (apply sqrt_sqrt; lra).
  assert (D : bjorck 2 s - s = 3/8 * (s * ((s - 1) * ((s + 1) * ((s - sqrt (7/3)) * (s + sqrt (7/3))))))).
  { rewrite bjorck_two. replace ((s - sqrt (7/3)) * (s + sqrt (7/3))) with (s * s - 7/3)
      by lra. field. }
  split.
  - intros H. rewrite H in D. assert (Z : s * ((s - 1) * ((s + 1) * ((s - sqrt (7/3)) * (s + sqrt (7/3))))) = 0) by lra.
    apply Rmult_integral in Z. destruct Z as [Z|Z]; [lra|].
    apply Rmult_integral in Z. destruct Z as [Z|Z]; [left; lra|].
    apply Rmult_integral in Z. destruct Z as [Z|Z]; [lra|].
    apply Rmult_integral in Z. destruct Z as [Z|Z]; [right; lra | lra].
  - intros [-> | ->]; lra.
Qed.

(** Between 1 and sqrt (7/3) the distance to 1 shrinks by a factor that is the largest at the start. *)
Lemma bjorck_two_right : forall s, 1 <= s < sqrt (7/3) ->
  let q := (s - 1)^2 * (8 + 9 * s + 3 * s^2) / 8 in
  q < 1 /\ forall k, 1 <= iterate (bjorck 2) k s <= s /\ iterate (bjorck 2) k s - 1 <= (s - 1) * q ^ k.
Proof.
  intros s Hs q.
  assert (S2 : s * s < 7/3) by (apply lt_sqrt; lra).
  assert (Q1 : q < 1).
  { replace q with (1 - 3/8 * (s * (s + 1) * (7/3 - s * s))) by (unfold q; field).
    assert (0 < s * (s + 1) * (7/3 - s * s)) by (apply Rmult_lt_0_compat;
      [apply Rmult_lt_0_compat|]; lra). lra. }
  assert (Q0 : 0 <= q).
  { unfold q. pose proof (pow2_ge_0 (s - 1)). pose proof (pow2_ge_0 s).
    assert (0 <= (s - 1)^2 * (8 + 9 * s + 3 * s^2)) by (apply Rmult_le_pos; lra). lra. }
  split; [exact Q1|]. induction k as [|k [[I1 I2] I3]]; simpl iterate; simpl pow; [lra|].
  set (x := iterate (bjorck 2) k s) in *. set (c := (x - 1)^2 * (8 + 9 * x + 3 * x^2) / 8).
  assert (E : bjorck 2 x - 1 = (x - 1) * c).
  { pose proof (bjorck_two_error x) as F. unfold c.
    replace ((x - 1) * ((x - 1)^2 * (8 + 9 * x + 3 * x^2) / 8))
      with (- ((1 - x)^3 * (8 + 9 * x + 3 * x^2) / 8)) by field. lra. }
  assert (X2 : x^2 <= s^2) by (apply pow_incr; lra).
  assert (Y2 : (x - 1)^2 <= (s - 1)^2) by (apply pow_incr; lra).
  pose proof (pow2_ge_0 (x - 1)). pose proof (pow2_ge_0 x).
  assert (C : (x - 1)^2 * (8 + 9 * x + 3 * x^2) <= (s - 1)^2 * (8 + 9 * s + 3 * s^2))
    by (apply Rmult_le_compat; lra).
  assert (C0 : 0 <= (x - 1)^2 * (8 + 9 * x + 3 * x^2)) by (apply Rmult_le_pos; lra).
  assert (Cq : c <= q) by (unfold c, q; lra).
  assert (Cp : 0 <= c) by (unfold c; lra).
  assert (M0 : 0 <= (x - 1) * c) by (apply Rmult_le_pos; lra).
  assert (M1 : (x - 1) * c <= (x - 1) * q) by (apply Rmult_le_compat_l; lra).
  assert (M2 : (x - 1) * q <= (x - 1) * 1) by (apply Rmult_le_compat_l; lra).
  assert (M3 : (x - 1) * q <= (s - 1) * q ^ k * q) by (apply Rmult_le_compat_r; lra).
  split; [split; lra | lra].
Qed.

(** Convergence to 1 from all of (0, sqrt (7/3)). *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_two_basin : forall s, 0 < s < sqrt (7/3) -> converges_to (bjorck 2) s 1.
Proof.
  intros s Hs. destruct (Rle_dec s 1) as [L|L].
  - apply bjorck_converges_unit; [lia | lra].
  - destruct (bjorck_two_right s ltac:(lra)) as [Q H].
    apply cv_geometric with (c := s - 1) (q := (s - 1)^2 * (8 + 9 * s + 3 * s^2) / 8).
    + split; [|exact Q]. pose proof (pow2_ge_0 (s - 1)). pose proof (pow2_ge_0 s).
      assert (0 <= (s - 1)^2 * (8 + 9 * s + 3 * s^2)) by (apply Rmult_le_pos; lra). lra.
    + lra.
    + intros k. destruct (H k) as [H1 H2]. rewrite Rabs_right by lra. exact H2.
Qed.

(** Both end points are fixed. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_two_ends : bjorck 2 0 = 0 /\ bjorck 2 (sqrt (7/3)) = sqrt (7/3) /\
  ~ converges_to (bjorck 2) 0 1 /\ ~ converges_to (bjorck 2) (sqrt (7/3)) 1.
Proof.
  assert (L : 1 < sqrt (7/3)) by (apply lt_sqrt; lra).
  assert (E : bjorck 2 (sqrt (7/3)) = sqrt (7/3)) by (apply bjorck_two_fixed; [lra | right; reflexivity]).
  pose proof (bjorck_at_zero 2) as Z.
  repeat split; auto; [apply stuck_not_one with (l := 0) | apply stuck_not_one with (l := sqrt (7/3))];
    auto; intros F; lra.
Qed.

(** So (0, sqrt (7/3)) is the largest interval around 1 on which the order-2 iteration converges to 1. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_two_basin_exact : forall a b, a < 1 < b ->
  ((forall s, a < s < b -> converges_to (bjorck 2) s 1) <-> 0 <= a /\ b <= sqrt (7/3)).
Proof.
  intros a b Hab. destruct bjorck_two_ends as [_ [_ [N0 N3]]].
  assert (1 < sqrt (7/3)) by (apply lt_sqrt; lra). split.
  - intros H0. split; apply Rnot_lt_le; intros L; [apply N0 | apply N3]; apply H0; lra.
  - intros [Ha Hb] s Hs. apply bjorck_two_basin. lra.
Qed.

(** Cubic on the right of 1 too, with the constant (15 + 9 sqrt (7/3)) / 8 < 3.6. *)
(* @statement SO-Eq3 *)
Theorem bjorck_two_cubic_right : forall s, 1 <= s < sqrt (7/3) ->
  0 <= bjorck 2 s - 1 <= (15 + 9 * sqrt (7/3)) / 8 * (s - 1)^3 /\ (15 + 9 * sqrt (7/3)) / 8 < 36/10.
Proof.
  intros s Hs. pose proof (bjorck_two_error s) as E.
  assert (S2 : s * s < 7/3) by (apply lt_sqrt; lra).
  assert (P : 0 <= (s - 1)^3) by (apply pow_le; lra).
  assert (Z : 0 <= s * s) by apply Rle_0_sqr.
  assert (F : bjorck 2 s - 1 = (s - 1)^3 * (8 + 9 * s + 3 * (s * s)) / 8)
    by (replace ((s - 1)^3 * (8 + 9 * s + 3 * (s * s)) / 8)
          with (- ((1 - s)^3 * (8 + 9 * s + 3 * s^2) / 8)) by field; lra).
  assert (0 <= (s - 1)^3 * (8 + 9 * s + 3 * (s * s))) by (apply Rmult_le_pos; lra).
  assert (0 <= (s - 1)^3 * ((15 + 9 * sqrt (7/3)) - (8 + 9 * s + 3 * (s * s)))) by (apply Rmult_le_pos; lra).
  assert (sqrt (7/3) < 153/100) by (apply sqrt_lt'; lra).
  repeat split; lra.
Qed.

(** Beyond sqrt (7/3) the iterates grow at least geometrically: divergence to infinity. *)
(* @statement SO-Eq3 SO-B3-Basin *)
Theorem bjorck_two_diverges : forall s, sqrt (7/3) < s ->
  1 < (15 - 10 * s^2 + 3 * s^4) / 8 /\
  forall k, s * ((15 - 10 * s^2 + 3 * s^4) / 8) ^ k <= iterate (bjorck 2) k s.
Proof.
  intros s Hs. assert (P : 0 < sqrt (7/3)) by (apply sqrt_pos_lt; lra).
  assert (Q : 7/3 < s * s) by (apply sqrt_lt'; lra).
  assert (R1 : 1 < (15 - 10 * s^2 + 3 * s^4) / 8).
  { replace ((15 - 10 * s^2 + 3 * s^4) / 8) with (1 + 3/8 * ((s * s - 1) * (s * s - 7/3))) by field.
    assert (0 < (s * s - 1) * (s * s - 7/3)) by (apply Rmult_lt_0_compat; lra). lra. }
  split; [exact R1|]. set (r := (15 - 10 * s^2 + 3 * s^4) / 8) in *.
  assert (H : forall k, s <= iterate (bjorck 2) k s /\ s * r ^ k <= iterate (bjorck 2) k s).
  { induction k as [|k [I1 I2]]; simpl iterate; simpl pow; [lra|].
    set (x := iterate (bjorck 2) k s) in *.
    assert (A : s * s <= x * x) by (apply Rmult_le_compat; lra).
    assert (Rx : r <= (15 - 10 * x^2 + 3 * x^4) / 8).
    { apply Rminus_le. unfold r.
      replace ((15 - 10 * s^2 + 3 * s^4) / 8 - (15 - 10 * x^2 + 3 * x^4) / 8)
        with (- (3/8 * ((x * x - s * s) * (x * x + s * s - 10/3)))) by field.
      assert (0 <= (x * x - s * s) * (x * x + s * s - 10/3)) by (apply Rmult_le_pos; lra). lra. }
    assert (E : bjorck 2 x = x * ((15 - 10 * x^2 + 3 * x^4) / 8)) by (rewrite bjorck_two; field).
    rewrite E.
    assert (M : x * r <= x * ((15 - 10 * x^2 + 3 * x^4) / 8)) by (apply Rmult_le_compat_l; lra).
    assert (M2 : x * 1 <= x * r) by (apply Rmult_le_compat_l; lra).
    assert (M3 : s * r ^ k * r <= x * r) by (apply Rmult_le_compat_r; lra).
    split; lra. }
  intros k. apply H.
Qed.

(** The sufficient condition |s^2 - 1| < 1 lies inside both basins, and is not necessary. *)
(* @statement SO-B3-Suff *)
Theorem bjorck_sufficient : forall s, 0 < s -> Rabs (s * s - 1) < 1 ->
  converges_to (bjorck 1) s 1 /\ converges_to (bjorck 2) s 1.
Proof.
  intros s Hs H. apply Rabs_def2 in H. split; [apply bjorck_one_basin | apply bjorck_two_basin];
    (split; [exact Hs | apply lt_sqrt; lra]).
Qed.

(** At s = 3/2 the condition fails and both orders converge. *)
(* @statement SO-B3-Suff *)
Theorem bjorck_sufficient_not_necessary :
  1 < Rabs (3/2 * (3/2) - 1) /\ converges_to (bjorck 1) (3/2) 1 /\ converges_to (bjorck 2) (3/2) 1.
Proof.
  repeat split.
  - rewrite Rabs_right; lra.
  - apply bjorck_one_basin. split; [lra | apply lt_sqrt; lra].
  - apply bjorck_two_basin. split; [lra | apply lt_sqrt; lra].
Qed.
