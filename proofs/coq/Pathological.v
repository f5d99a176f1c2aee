(** The Kantorovich-Rubinstein minimiser is a weak classifier: the distributions of MF-Prop6 with the right count.

   Content.  P is uniform on the points 4 i and Q on the points 4 i + 3, i = 0 .. n-1 (the paper counts from
   1).  P carries the label +1, Q the label -1, and the loss is minus the mean of y f.  The optimal potentials
   are exactly the 1-Lipschitz functions that drop by 3 from each point of P to the next point of Q.  Every one
   of them, with every threshold, classifies at most n + 2 of the 2 n points right (ties counted as right), and
   one of them classifies n + 2 right (ties counted as wrong).  Hence the proposition holds with
   n = floor(1/eps) + 1, and the printed n = ceil(1/(2 eps)) fails at eps = 1/40.

   Definitions.  [lip1], [KR] (the class-balanced value), [optimal], [right_lenient] and [right_strict] (numbers
   of points on the right side of a threshold, ties right or wrong), [error_lenient], [error_strict].

   Witnesses.  posP i = 4 i, posQ i = 4 i + 3; potential p_i = -2 i, q_i = -2 i - 3; threshold -5/2;
   eps = 1/40, printed n = 20, error 9/20 (accuracy 22/40); corrected n = 41.

   Not covered: the duality theorem itself (only the value 3 as the maximum over 1-Lipschitz functions). *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric McShane Matrix.
Open Scope R_scope.

Definition lip1 (f : R -> R) : Prop := Lip (X := Real) (Y := Real) 1 f.

Fixpoint count (n : nat) (a : nat -> bool) : nat :=
  match n with O => O | S k => (count k a + (if a k then 1 else 0))%nat end.

Definition posP (i : nat) : R := 4 * INR i.
Definition posQ (i : nat) : R := 4 * INR i + 3.

Definition KR (n : nat) (f : R -> R) : R := rsum n (fun i => f (posP i) - f (posQ i)) / INR n.

Definition optimal (n : nat) (f : R -> R) : Prop :=
  lip1 f /\ forall g, lip1 g -> KR n g <= KR n f.

Definition leb (x y : R) : bool := if Rle_dec x y then true else false.
Definition ltb (x y : R) : bool := if Rlt_dec x y then true else false.

Definition right_lenient (n : nat) (f : R -> R) (T : R) : nat :=
  (count n (fun i => leb T (f (posP i))) + count n (fun i => leb (f (posQ i)) T))%nat.
Definition right_strict (n : nat) (f : R -> R) (T : R) : nat :=
  (count n (fun i => ltb T (f (posP i))) + count n (fun i => ltb (f (posQ i)) T))%nat.

Definition error_lenient (n : nat) (f : R -> R) (T : R) : R := 1 - INR (right_lenient n f T) / INR (2 * n).
Definition error_strict (n : nat) (f : R -> R) (T : R) : R := 1 - INR (right_strict n f T) / INR (2 * n).

Lemma lip1_abs : forall f, lip1 f <-> forall x y, Rabs (f x - f y) <= Rabs (x - y).
Proof.
  intros f. unfold lip1, Lip. simpl.
  split; intros H x y; specialize (H x y); lra.
Qed.

Lemma leb_true : forall x y, leb x y = true <-> x <= y.
Proof. intros x y. unfold leb. destruct (Rle_dec x y); split; intros; try easy; lra. Qed.

Lemma ltb_true : forall x y, ltb x y = true <-> x < y.
Proof. intros x y. unfold ltb. destruct (Rlt_dec x y); split; intros; try easy; lra. Qed.

Lemma INR_20 : INR 20 = 20.
Proof. simpl. lra. Qed.

Lemma INR_pos : forall n, (0 < n)%nat -> 0 < INR n.
Proof. intros n H. apply lt_0_INR. exact H. Qed.

(** * The value 3 and the optimal potentials *)

Lemma drop_le : forall f i, lip1 f -> f (posP i) - f (posQ i) <= 3.
Proof.
  intros f i H. apply (proj1 (lip1_abs f)) with (x := posP i) (y := posQ i) in H.
  replace (posP i - posQ i) with (-3) in H by (unfold posP, posQ; ring).
  replace (Rabs (-3)) with 3 in H by (rewrite Rabs_left; lra).
  pose proof (Rle_abs (f (posP i) - f (posQ i))). lra.
Qed.

Lemma rsum_le_const : forall n g c, (forall i, (i < n)%nat -> g i <= c) -> rsum n g <= INR n * c.
Proof.
  induction n as [|n IH]; intros g c H.
  - simpl. lra.
  - cbn [rsum]. rewrite S_INR. pose proof (H n (Nat.lt_succ_diag_r n)).
    assert (rsum n g <= INR n * c) by (apply IH; intros; apply H; lia). lra.
Qed.

Lemma rsum_eq_const : forall n g c, (forall i, (i < n)%nat -> g i <= c) -> rsum n g = INR n * c ->
  forall i, (i < n)%nat -> g i = c.
Proof.
  induction n as [|n IH]; intros g c H E i Hi; [lia|].
  cbn [rsum] in E. rewrite S_INR in E.
  assert (g n <= c) by (apply H; lia).
  assert (rsum n g <= INR n * c) by (apply rsum_le_const; intros; apply H; lia).
  destruct (Nat.eq_dec i n) as [->|Hne]; [lra|].
  apply IH with (i := i); [intros; apply H; lia | lra | lia].
Qed.

Lemma rsum_const : forall n g c, (forall i, (i < n)%nat -> g i = c) -> rsum n g = INR n * c.
Proof.
  induction n as [|n IH]; intros g c H.
  - simpl. ring.
  - cbn [rsum]. rewrite S_INR, (H n) by lia. rewrite (IH g c) by (intros; apply H; lia). ring.
Qed.

(* No 1-Lipschitz potential exceeds the value 3. *)
(* @statement MF-Prop6 *)
Theorem KR_le_3 : forall n f, (0 < n)%nat -> lip1 f -> KR n f <= 3.
Proof.
  intros n f Hn H. unfold KR. pose proof (INR_pos n Hn).
  apply Rmult_le_reg_r with (INR n); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra.
  rewrite Rmult_1_r, (Rmult_comm 3). apply rsum_le_const. intros. apply drop_le. exact H.
Qed.

(* The value 3 is reached exactly when every drop from a point of P to the next point of Q is 3. *)
(* @statement MF-Prop6 *)
Theorem KR_eq_3_iff : forall n f, (0 < n)%nat -> lip1 f ->
  (KR n f = 3 <-> forall i, (i < n)%nat -> f (posP i) = f (posQ i) + 3).
Proof.
  intros n f Hn H. pose proof (INR_pos n Hn). unfold KR. split.
  - intros E i Hi.
    assert (E2 : rsum n (fun j => f (posP j) - f (posQ j)) = INR n * 3).
    { rewrite <- E. field. lra. }
    pose proof (rsum_eq_const n _ 3 (fun j _ => drop_le f j H) E2 i Hi). simpl in *. lra.
  - intros E. rewrite (rsum_const n _ 3).
    + field. lra.
    + intros i Hi. rewrite (E i Hi). ring.
Qed.

Definition potential (n : nat) : R -> R :=
  mcshane Real
    (fun i => if Nat.even i then -2 * INR (Nat.div2 i) else -2 * INR (Nat.div2 i) - 3)
    (fun i => if Nat.even i then posP (Nat.div2 i) else posQ (Nat.div2 i)) (2 * n - 1).

Lemma potential_lip : forall n, lip1 (potential n).
Proof. intros n. apply mcshane_lip. Qed.

Lemma INR_gap : forall i j : nat, INR i = INR j \/ INR i + 1 <= INR j \/ INR j + 1 <= INR i.
Proof.
  intros i j. rewrite <- !S_INR. destruct (lt_eq_lt_dec i j) as [[H|H]|H].
  - right; left. apply le_INR. lia.
  - left. now rewrite H.
  - right; right. apply le_INR. lia.
Qed.

Lemma node_lip : forall i j (a b : bool),
  (if a then -2 * INR i else -2 * INR i - 3) - (if b then -2 * INR j else -2 * INR j - 3)
  <= Rabs ((if a then posP i else posQ i) - (if b then posP j else posQ j)).
Proof.
  intros i j a b. unfold posP, posQ.
  destruct a, b; unfold Rabs; destruct Rcase_abs; destruct (INR_gap i j) as [?|[?|?]]; lra.
Qed.

Lemma potential_P : forall n i, (i < n)%nat -> potential n (posP i) = -2 * INR i.
Proof.
  intros n i Hi. unfold potential.
  pose proof (mcshane_value Real
    (fun i => if Nat.even i then -2 * INR (Nat.div2 i) else -2 * INR (Nat.div2 i) - 3)
    (fun i => if Nat.even i then posP (Nat.div2 i) else posQ (Nat.div2 i)) (2 * n - 1) (2 * i)) as V.
  cbv beta in V. rewrite Nat.div2_double, Nat.even_mul in V. simpl Nat.even in V. cbn [orb] in V.
  apply V; [lia|]. intros k _. apply (node_lip i (Nat.div2 k) true (Nat.even k)).
Qed.

Lemma potential_Q : forall n i, (i < n)%nat -> potential n (posQ i) = -2 * INR i - 3.
Proof.
  intros n i Hi. unfold potential.
  pose proof (mcshane_value Real
    (fun i => if Nat.even i then -2 * INR (Nat.div2 i) else -2 * INR (Nat.div2 i) - 3)
    (fun i => if Nat.even i then posP (Nat.div2 i) else posQ (Nat.div2 i)) (2 * n - 1) (S (2 * i))) as V.
  cbv beta in V. rewrite Nat.div2_succ_double, Nat.even_succ, <- Nat.negb_even, Nat.even_mul in V.
  cbn [Nat.even orb negb] in V.
  apply V; [lia|]. intros k _. apply (node_lip i (Nat.div2 k) false (Nat.even k)).
Qed.

(* A 1-Lipschitz potential is optimal exactly when it drops by 3 from each point of P to the next point of Q. *)
(* @statement MF-Prop6 *)
Theorem optimal_iff : forall n f, (0 < n)%nat ->
  (optimal n f <-> lip1 f /\ forall i, (i < n)%nat -> f (posP i) = f (posQ i) + 3).
Proof.
  intros n f Hn. split.
  - intros [L M]. split; [exact L|]. apply KR_eq_3_iff; [exact Hn | exact L |].
    apply Rle_antisym; [apply KR_le_3; assumption|].
    assert (E : KR n (potential n) = 3).
    { apply KR_eq_3_iff; [exact Hn | apply potential_lip |].
      intros i Hi. rewrite potential_P, potential_Q by assumption. ring. }
    rewrite <- E. apply M. apply potential_lip.
  - intros [L D]. split; [exact L|]. intros g Hg.
    rewrite (proj2 (KR_eq_3_iff n f Hn L) D). apply KR_le_3; assumption.
Qed.

(** * Counting *)

Lemma count_le : forall n a, (count n a <= n)%nat.
Proof. induction n as [|n IH]; intros a; simpl; [lia|]. specialize (IH a). destruct (a n); lia. Qed.

Lemma count_tail : forall n m a, (forall i, (i < n)%nat -> a i = true -> (m <= i)%nat) ->
  (count n a <= n - m)%nat.
Proof.
  induction n as [|n IH]; intros m a H; cbn [count]; [lia|].
  assert (count n a <= n - m)%nat by (apply IH; intros; apply H; [lia | assumption]).
  destruct (a n) eqn:E; [|lia]. pose proof (H n (Nat.lt_succ_diag_r n) E). lia.
Qed.

Lemma count_pair : forall n a b,
  (forall i j, (i < n)%nat -> (j < n)%nat -> a i = true -> b j = true -> (i <= j + 1)%nat) ->
  (count n a + count n b <= n + 2)%nat.
Proof.
  induction n as [|n IH]; intros a b H; [simpl; lia|].
  destruct (a n) eqn:E.
  - assert (count (S n) b <= S n - (n - 1))%nat.
    { apply count_tail. intros j Hj Hb. pose proof (H n j (Nat.lt_succ_diag_r n) Hj E Hb). lia. }
    pose proof (count_le (S n) a). lia.
  - assert (count n a + count n b <= n + 2)%nat by (apply IH; intros; apply H; auto; lia).
    cbn [count]. rewrite E. destruct (b n); lia.
Qed.

Lemma optimal_decreasing : forall n f, (0 < n)%nat -> optimal n f ->
  forall j k, (j + k < n)%nat -> f (posP (j + k)) <= f (posP j) - 2 * INR k.
Proof.
  intros n f Hn O j. apply (optimal_iff n f Hn) in O. destruct O as [L D].
  induction k as [|k IH]; intros H.
  - rewrite Nat.add_0_r. simpl. lra.
  - replace (j + S k)%nat with (S (j + k)) by lia.
    assert (A : f (posP (S (j + k))) <= f (posQ (j + k)) + 1).
    { apply (proj1 (lip1_abs f)) with (x := posP (S (j + k))) (y := posQ (j + k)) in L.
      replace (posP (S (j + k)) - posQ (j + k)) with 1 in L by (unfold posP, posQ; rewrite S_INR; ring).
      rewrite Rabs_R1 in L. pose proof (Rle_abs (f (posP (S (j + k))) - f (posQ (j + k)))). lra. }
    specialize (IH ltac:(lia)). rewrite S_INR.
    pose proof (D (j + k)%nat ltac:(lia)). lra.
Qed.

(* Whatever the optimal potential and the threshold, at most n + 2 of the 2 n points are on the right side,
   even when ties count as right. *)
(* @statement MF-Prop6 *)
Theorem optimal_right_le : forall n f T, (0 < n)%nat -> optimal n f -> (right_lenient n f T <= n + 2)%nat.
Proof.
  intros n f T Hn O. unfold right_lenient. apply count_pair. intros i j Hi Hj A B.
  apply leb_true in A. apply leb_true in B.
  destruct (le_lt_dec i (j + 1)) as [H|H]; [exact H|exfalso].
  pose proof (optimal_decreasing n f Hn O j (i - j)) as M.
  replace (j + (i - j))%nat with i in M by lia. specialize (M Hi).
  apply (optimal_iff n f Hn) in O. destruct O as [_ D]. pose proof (D j Hj).
  assert (2 <= INR (i - j)) by (change 2 with (INR 2); apply le_INR; lia). lra.
Qed.

Lemma count_all : forall n a, (forall i, (i < n)%nat -> a i = true) -> count n a = n.
Proof.
  induction n as [|n IH]; intros a H; simpl; [reflexivity|].
  rewrite (H n) by lia. rewrite IH by (intros; apply H; lia). lia.
Qed.

Lemma count_head2 : forall n a, (2 <= n)%nat -> a 0%nat = true -> a 1%nat = true ->
  (forall i, (2 <= i)%nat -> (i < n)%nat -> a i = false) -> count n a = 2%nat.
Proof.
  induction n as [|n IH]; intros a Hn A B H; [lia|].
  destruct (Nat.eq_dec n 1) as [->|Hne].
  - cbn [count]. rewrite A, B. reflexivity.
  - cbn [count]. rewrite IH by (auto; try lia; intros; apply H; lia).
    rewrite (H n) by lia. reflexivity.
Qed.

(* The potential with p_i = -2 i and q_i = -2 i - 3 is optimal, and with the threshold -5/2 exactly n + 2 of
   the 2 n points are strictly on the right side. *)
(* @statement MF-Prop6 *)
Theorem potential_right : forall n, (2 <= n)%nat ->
  optimal n (potential n) /\ right_strict n (potential n) (-5/2) = (n + 2)%nat.
Proof.
  intros n Hn. split.
  - apply optimal_iff; [lia|]. split; [apply potential_lip|].
    intros i Hi. rewrite potential_P, potential_Q by assumption. ring.
  - unfold right_strict. rewrite (count_head2 n), (count_all n); try lia.
    + intros i Hi. rewrite potential_Q by assumption. apply ltb_true. pose proof (pos_INR i). lra.
    + rewrite potential_P by lia. apply ltb_true. simpl. lra.
    + rewrite potential_P by lia. apply ltb_true. simpl. lra.
    + intros i H2 Hi. rewrite potential_P by assumption. unfold ltb. destruct Rlt_dec as [H|H]; [|reflexivity].
      assert (2 <= INR i) by (change 2 with (INR 2); apply le_INR; lia). lra.
Qed.

(** * The proposition *)

Lemma error_ge : forall n f T, (0 < n)%nat -> optimal n f -> 1 / 2 - 1 / INR n <= error_lenient n f T.
Proof.
  intros n f T Hn O. unfold error_lenient. pose proof (INR_pos n Hn) as P.
  pose proof (le_INR _ _ (optimal_right_le n f T Hn O)) as L. rewrite plus_INR in L.
  change (INR 2) with 2 in L. rewrite mult_INR. change (INR 2) with 2.
  assert (INR (right_lenient n f T) / (2 * INR n) <= (INR n + 2) / (2 * INR n)).
  { apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat; lra | exact L]. }
  replace ((INR n + 2) / (2 * INR n)) with (1 / 2 + 1 / INR n) in H by (field; lra). lra.
Qed.

(* With n > 1/eps pairs of points every optimal potential, with any threshold and any rule for ties, has an
   error above 1/2 - eps. *)
(* @statement MF-Prop6 *)
Theorem KR_weak_classifier_n : forall eps n f T, 0 < eps -> 1 / eps < INR n ->
  optimal n f -> 1 / 2 - eps < error_lenient n f T.
Proof.
  intros eps n f T He Hn O.
  assert (P : 0 < 1 / eps) by (apply Rdiv_lt_0_compat; lra).
  assert (N : (0 < n)%nat) by (apply INR_lt; simpl; lra).
  pose proof (error_ge n f T N O). pose proof (INR_pos n N) as Pn.
  assert (1 / INR n < eps); [|lra].
  apply Rmult_lt_reg_r with (INR n); [exact Pn|]. replace (1 / INR n * INR n) with 1 by (field; lra).
  apply Rmult_lt_compat_r with (r := eps) in Hn; [|exact He].
  replace (1 / eps * eps) with 1 in Hn by (field; lra). lra.
Qed.

(* For every eps the distributions with n = floor(1/eps) + 1 pairs ([up] is floor + 1) force an error above
   1/2 - eps on every optimal potential. *)
(* @statement MF-Prop6 *)
Theorem KR_weak_classifier : forall eps, 0 < eps -> exists n, n = Z.to_nat (up (1 / eps)) /\ (0 < n)%nat /\
  forall f T, optimal n f -> 1 / 2 - eps < error_lenient n f T.
Proof.
  intros eps He. exists (Z.to_nat (up (1 / eps))).
  assert (P : 0 < 1 / eps) by (apply Rdiv_lt_0_compat; lra).
  destruct (archimed (1 / eps)) as [A _].
  assert (U : (0 < up (1 / eps))%Z) by (apply lt_IZR; simpl; lra).
  assert (E : INR (Z.to_nat (up (1 / eps))) = IZR (up (1 / eps))).
  { rewrite INR_IZR_INZ, Z2Nat.id by lia. reflexivity. }
  split; [reflexivity|]. split; [lia|].
  intros f T O. apply (KR_weak_classifier_n eps (Z.to_nat (up (1 / eps))) f T He); [|exact O].
  rewrite E. exact A.
Qed.

(* The printed number of pairs, ceil(1/(2 eps)), is 20 at eps = 1/40, and there an optimal potential has the
   error 9/20, below 1/2 - eps = 19/40 (and an accuracy of 55 per cent). *)
(* @statement MF-Prop6 *)
Theorem printed_count_fails : INR 20 = 1 / (2 * (1 / 40)) /\
  exists f T, optimal 20 f /\ error_strict 20 f T = 9 / 20 /\ error_strict 20 f T < 1 / 2 - 1 / 40.
Proof.
  split; [rewrite INR_20; lra|].
  exists (potential 20), (-5/2). destruct (potential_right 20 ltac:(lia)) as [O C].
  assert (E : error_strict 20 (potential 20) (-5/2) = 9 / 20).
  { unfold error_strict. rewrite C. replace (INR (20 + 2)) with 22 by (simpl; lra).
    replace (INR (2 * 20)) with 40 by (simpl; lra). lra. }
  rewrite E. split; [exact O | split; lra].
Qed.

(* The corrected number of pairs at eps = 1/40 is 41, and it works. *)
(* @statement MF-Prop6 *)
Theorem corrected_count_works : forall f T, optimal 41 f -> 1 / 2 - 1 / 40 < error_lenient 41 f T.
Proof.
  intros f T O. apply KR_weak_classifier_n with (eps := 1 / 40); [lra | | exact O].
  replace (INR 41) with 41 by (simpl; lra). lra.
Qed.
