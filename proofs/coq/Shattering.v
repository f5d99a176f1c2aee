(** Shattering by 1-Lipschitz functions with a margin (MF-Prop7), and the printed bounds.

   Content.  Points are shattered with margin m exactly when they are pairwise 2m apart; the exact number in
   one dimension; at most k + 1 vectors of R^k have pairwise negative inner products; the refutation of the
   printed lower bound by the six-dimensional ball of radius 7/5 with m = 1, where the exact number is 7;
   separation of two classes by a margin m needs the distance 2m (so eps/2 and not eps); training error zero
   and failure everywhere else.

   Definitions.  [shattered m n x] (every labelling of x 0 .. x (n-1) is realised with margin m by a
   1-Lipschitz function), [separated r n x] (pairwise distances at least r), [in_ball n r x].

   Witnesses.  Six-dimensional ball: radius 7/5, m = 1, (7/5)^6 = 117649/15625; seven shattered points with
   coordinates in 1/21: x_i = 23/21 at i and -7/21 elsewhere (i < 6), x_6 = 12/21 everywhere.
   Two classes: points 0 and 1, eps = 1: margin 1/2 is possible, 1 is not.

   Not covered: the volume of the ball (the printed bound is taken as (1/m)^n vol(X)/vol(B) with
   vol(ball of radius r)/vol(B) = r^n), the bound in the plane with packing constants, PAC learnability. *)
Require Import Reals Lra Lia List.
From Lipref Require Import Metric Matrix McShane Euclid.
Open Scope R_scope.

Definition shattered (X : PM) (m : R) (n : nat) (x : nat -> X) : Prop :=
  forall s : nat -> bool, exists f : X -> R, Lip (Y := Real) 1 f /\
    forall i, (i < n)%nat -> if s i then m <= f (x i) else f (x i) <= - m.

Definition separated (X : PM) (r : R) (n : nat) (x : nat -> X) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> r <= d (x i) (x j).

(* A labelling of finitely many points is realised with margin m by a 1-Lipschitz function exactly when points
   of different labels are 2m apart. *)
(* @statement MF-Sep *)
Theorem labelling_realised_iff : forall (X : PM) m n (x : nat -> X) (s : nat -> bool), 0 <= m ->
  ((exists f : X -> R, Lip (Y := Real) 1 f /\
     forall i, (i < n)%nat -> if s i then m <= f (x i) else f (x i) <= - m) <->
   (forall i j, (i < n)%nat -> (j < n)%nat -> s i = true -> s j = false -> 2 * m <= d (x i) (x j))).
Proof.
  intros X m n x s Hm. split.
  - intros [f [L F]] i j Hi Hj Si Sj. pose proof (F i Hi) as A. rewrite Si in A.
    pose proof (F j Hj) as B. rewrite Sj in B.
    pose proof (L (x i) (x j)) as C. simpl in C. pose proof (Rle_abs (f (x i) - f (x j))). lra.
  - intros H. destruct n as [|n].
    + exists (fun _ => 0). split; [|intros; lia]. intros u v. simpl.
      rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. pose proof (d_nonneg X u v). lra.
    + set (v := fun i => if s i then m else - m).
      exists (mcshane X v x n). split; [apply mcshane_lip|]. intros i Hi.
      rewrite (mcshane_value X v x n i) by
        (try lia; intros j Hj; unfold v; pose proof (d_nonneg X (x i) (x j));
         destruct (s i) eqn:Si, (s j) eqn:Sj; try lra; pose proof (H i j ltac:(lia) ltac:(lia) Si Sj); lra).
      unfold v. destruct (s i); lra.
Qed.

(* Finitely many points are shattered by 1-Lipschitz functions with margin m exactly when they are pairwise at
   distance at least 2m. *)
(* @statement MF-Prop7 *)
Theorem shattered_iff_separated : forall (X : PM) m n (x : nat -> X), 0 <= m ->
  (shattered X m n x <-> separated X (2 * m) n x).
Proof.
  intros X m n x Hm. split.
  - intros H i j Hi Hj Hne.
    refine (proj1 (labelling_realised_iff X m n x (fun k => Nat.eqb k i) Hm) (H _) i j Hi Hj _ _).
    + apply Nat.eqb_refl.
    + apply Nat.eqb_neq. auto.
  - intros H s. apply (labelling_realised_iff X m n x s Hm). intros i j Hi Hj Si Sj.
    apply H; auto. intros E. rewrite E, Sj in Si. discriminate.
Qed.

(** * Margin and separation of two classes *)

Definition zero_one (i : nat) : Real := match i with O => 0 | _ => 1 end.

(* Two classes at distance eps = 1 admit the margin eps/2 but not the margin eps. *)
(* @statement MF-Sep *)
Theorem margin_is_half_the_gap :
  (exists f, Lip (X := Real) (Y := Real) 1 f /\ 1 / 2 <= f (zero_one 0) /\ f (zero_one 1) <= - (1 / 2)) /\
  ~ (exists f, Lip (X := Real) (Y := Real) 1 f /\ 1 <= f (zero_one 0) /\ f (zero_one 1) <= - 1).
Proof.
  split.
  - exists (fun u => 1 / 2 - u). split; [|simpl; lra]. intros u v. simpl.
    replace (1 / 2 - u - (1 / 2 - v)) with (- (u - v)) by ring. rewrite Rabs_Ropp. lra.
  - intros [f [L [A B]]]. pose proof (L (zero_one 0) (zero_one 1)) as C. simpl in *.
    replace (0 - 1) with (-1) in C by ring. rewrite (Rabs_left (-1)) in C by lra.
    pose proof (Rle_abs (f 0 - f 1)). lra.
Qed.

(** * Zero training error, wrong everywhere else *)

Lemma Lip_opp_shift : forall (X : PM) (g : X -> R) c, Lip (Y := Real) 1 g -> Lip (Y := Real) 1 (fun u => c - g u).
Proof.
  intros X g c H u v. simpl. replace (c - g u - (c - g v)) with (- (g u - g v)) by ring.
  rewrite Rabs_Ropp. apply H.
Qed.

(* For every finite sample there is a 1-Lipschitz function that reaches the margin m at the sample and at no
   point at a positive distance from it: the decision with the third value is right on the sample only. *)
(* @statement MF-DefCm *)
Theorem right_on_the_sample_only : forall (X : PM) m n (x : nat -> X), 0 < m ->
  exists f : X -> R, Lip (Y := Real) 1 f /\ (forall i, (i <= n)%nat -> f (x i) = m) /\
    forall z, (forall i, (i <= n)%nat -> 0 < d z (x i)) -> f z < m.
Proof.
  intros X m n x Hm. exists (fun u => m - mcshane X (fun _ => 0) x n u). split; [|split].
  - apply Lip_opp_shift, mcshane_lip.
  - intros i Hi. rewrite mcshane_value; [ring | exact Hi |].
    intros j _. pose proof (d_nonneg X (x i) (x j)). lra.
  - intros z Hz. destruct (mcshane_attained X (fun _ => 0) x n z) as [k [Hk ->]]. specialize (Hz k Hk). lra.
Qed.

(** * One dimension *)

Lemma NoDup_map_on : forall (A B : Type) (g : A -> B) l,
  (forall a b, In a l -> In b l -> a <> b -> g a <> g b) -> NoDup l -> NoDup (map g l).
Proof.
  intros A B g l H N. induction N as [|a l Ha N IH]; simpl; constructor.
  - intros I. apply in_map_iff in I. destruct I as [b [E I]].
    apply (H b a); simpl; auto. intros ->. contradiction.
  - apply IH. intros. apply H; simpl; auto.
Qed.

Lemma bins : forall n (g : nat -> nat) k,
  (forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> g i <> g j) ->
  (forall i, (i < n)%nat -> (g i < k)%nat) -> (n <= k)%nat.
Proof.
  intros n g k H B. rewrite <- (seq_length n 0), <- (map_length g), <- (seq_length k 0).
  apply NoDup_incl_length.
  - apply NoDup_map_on; [|apply seq_NoDup]. intros a b Ia Ib. apply in_seq in Ia, Ib. apply H; lia.
  - intros v I. apply in_map_iff in I. destruct I as [a [<- Ia]]. apply in_seq in Ia. apply in_seq.
    specialize (B a). lia.
Qed.

Lemma floor_spec : forall r, IZR (Int_part r) <= r < IZR (Int_part r) + 1.
Proof. intros r. destruct (base_Int_part r). lra. Qed.

(* On an interval of length l the margin m > 0 allows exactly floor(l / (2m)) + 1 shattered points. *)
(* @statement MF-Prop7 *)
Theorem interval_count : forall l m n, 0 <= l -> 0 < m ->
  ((exists x : nat -> Real, (forall i, (i < n)%nat -> 0 <= x i <= l) /\ shattered Real m n x) <->
   (Z.of_nat n <= Int_part (l / (2 * m)) + 1)%Z).
Proof.
  intros l m n Hl Hm. set (q := l / (2 * m)).
  assert (Hq : 0 <= q) by (unfold q, Rdiv; apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (Fq : (0 <= Int_part q)%Z).
  { destruct (floor_spec q). apply le_IZR. assert (-1 < IZR (Int_part q)) by lra.
    apply (lt_IZR (-1)) in H1. apply IZR_le. lia. }
  split.
  - intros [x [B H]]. apply shattered_iff_separated in H; [|lra].
    set (g := fun i => Z.to_nat (Int_part (x i / (2 * m)))).
    assert (Pos : forall i, (i < n)%nat -> (0 <= Int_part (x i / (2 * m)) <= Int_part q)%Z).
    { intros i Hi. destruct (B i Hi) as [B0 B1].
      assert (0 <= x i / (2 * m) <= q).
      { unfold q, Rdiv. assert (0 < / (2 * m)) by (apply Rinv_0_lt_compat; lra). split.
        - apply Rmult_le_pos; lra.
        - apply Rmult_le_compat_r; lra. }
      destruct (floor_spec (x i / (2 * m))). destruct (floor_spec q). split.
      - assert (-1 < IZR (Int_part (x i / (2 * m)))) by lra. apply (lt_IZR (-1)) in H5. lia.
      - assert (IZR (Int_part (x i / (2 * m))) < IZR (Int_part q + 1)) by (rewrite plus_IZR; lra).
        apply lt_IZR in H5. lia. }
    assert (n <= S (Z.to_nat (Int_part q)))%nat; [|lia].
    apply (bins n g).
    + intros i j Hi Hj Hne E. pose proof (Pos i Hi). pose proof (Pos j Hj).
      assert (E2 : Int_part (x i / (2 * m)) = Int_part (x j / (2 * m))) by (unfold g in E; lia).
      destruct (floor_spec (x i / (2 * m))) as [A1 A2]. destruct (floor_spec (x j / (2 * m))) as [B1 B2].
      rewrite E2 in A1, A2. pose proof (H i j Hi Hj Hne) as S. simpl in S.
      assert (A : Rabs (x i / (2 * m) - x j / (2 * m)) < 1) by (apply Rabs_def1; lra).
      replace (x i / (2 * m) - x j / (2 * m)) with ((x i - x j) * / (2 * m)) in A by (field; lra).
      rewrite Rabs_mult, (Rabs_right (/ _)) in A by (left; apply Rinv_0_lt_compat; lra).
      apply Rmult_lt_compat_r with (r := 2 * m) in A; [|lra].
      rewrite Rmult_assoc, Rinv_l in A by lra. lra.
    + intros i Hi. pose proof (Pos i Hi). unfold g. lia.
  - intros Hn. exists (fun i => 2 * m * INR i). split.
    + intros i Hi. pose proof (pos_INR i). split.
      * apply Rmult_le_pos; lra.
      * assert (INR i <= q).
        { apply Rle_trans with (IZR (Int_part q)); [|apply floor_spec]. rewrite INR_IZR_INZ. apply IZR_le. lia. }
        replace l with (2 * m * q) by (unfold q; field; lra). apply Rmult_le_compat_l; lra.
    + apply shattered_iff_separated; [lra|]. intros i j Hi Hj Hne. simpl.
      rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right (2 * m)) by lra.
      rewrite <- (Rmult_1_r (2 * m)) at 1. apply Rmult_le_compat_l; [lra|].
      unfold Rabs. destruct Rcase_abs.
      * assert (INR i < INR j) by lra. apply INR_lt in H. apply le_INR in H. rewrite S_INR in H. lra.
      * assert (INR j <= INR i) by lra. apply INR_le in H. assert (S j <= i)%nat by lia.
        apply le_INR in H0. rewrite S_INR in H0. lra.
Qed.

(** * Vectors with pairwise negative inner products *)

Lemma all_zero_or : forall n (u : nat -> R), (forall i, (i < n)%nat -> u i = 0) \/ exists i, (i < n)%nat /\ u i <> 0.
Proof.
  induction n as [|n IH]; intros u; [left; intros; lia|].
  destruct (IH u) as [Z|[i [Hi N]]]; [|right; exists i; split; [lia | exact N]].
  destruct (Req_dec (u n) 0) as [E|N].
  - left. intros i Hi. destruct (Nat.eq_dec i n) as [->|]; [exact E | apply Z; lia].
  - right. exists n. split; [lia | exact N].
Qed.

(* k + 1 vectors of R^k are linearly dependent. *)
Lemma dependent : forall k (a : nat -> nat -> R), exists c : nat -> R,
  (exists i, (i <= k)%nat /\ c i <> 0) /\ forall r, (r < k)%nat -> rsum (S k) (fun i => c i * a i r) = 0.
Proof.
  induction k as [|k IH]; intros a.
  - exists (fun _ => 1). split; [exists 0%nat; split; [lia | lra] | intros; lia].
  - destruct (all_zero_or (S k) (a (S k))) as [Z|[p [Hp N]]].
    + exists (fun i => if Nat.eqb i (S k) then 1 else 0). split.
      * exists (S k). rewrite Nat.eqb_refl. split; [lia | lra].
      * intros r Hr. cbn [rsum]. rewrite Nat.eqb_refl, (Z r Hr).
        assert (E : forall n, (n <= S k)%nat ->
          rsum n (fun i => (if Nat.eqb i (S k) then 1 else 0) * a i r) = 0).
        { intros n Hn. apply rsum_zero. intros i Hi.
          replace (Nat.eqb i (S k)) with false by (symmetry; apply Nat.eqb_neq; lia). ring. }
        pose proof (E (S k) (le_n _)) as E1. cbn [rsum] in E1. rewrite E1. ring.
    + (* eliminate coordinate p with the last vector *)
      set (skip := fun t => if Nat.ltb t p then t else S t).
      set (b := fun i r => a i r - a i p / a (S k) p * a (S k) r).
      destruct (IH (fun i t => b i (skip t))) as [c [[i [Hi Ci]] H]].
      set (last := - rsum (S k) (fun j => c j * (a j p / a (S k) p))).
      exists (fun j => if Nat.eqb j (S k) then last else c j). split.
      * exists i. replace (Nat.eqb i (S k)) with false by (symmetry; apply Nat.eqb_neq; lia). split; [lia | exact Ci].
      * intros r Hr.
        assert (Key : rsum (S k) (fun j => c j * b j r) = 0).
        { destruct (lt_eq_lt_dec r p) as [[L|E]|L].
          - specialize (H r ltac:(lia)). unfold skip in H.
            replace (Nat.ltb r p) with true in H by (symmetry; apply Nat.ltb_lt; lia). exact H.
          - subst r. apply rsum_zero. intros j _. unfold b. field. exact N.
          - specialize (H (r - 1)%nat ltac:(lia)). unfold skip in H.
            replace (Nat.ltb (r - 1) p) with false in H by (symmetry; apply Nat.ltb_ge; lia).
            replace (S (r - 1)) with r in H by lia. exact H. }
        change (rsum (S k) (fun j => (if Nat.eqb j (S k) then last else c j) * a j r)
                + (if Nat.eqb (S k) (S k) then last else c (S k)) * a (S k) r = 0).
        rewrite Nat.eqb_refl.
        rewrite (rsum_ext (S k) _ (fun j => c j * b j r + c j * (a j p / a (S k) p) * a (S k) r)).
        2:{ intros j Hj. replace (Nat.eqb j (S k)) with false by (symmetry; apply Nat.eqb_neq; lia).
            unfold b. ring. }
        rewrite rsum_add, Key, rsum_scal_r. unfold last. ring.
Qed.

Lemma dot_rsum_l : forall k n (c : nat -> R) (u : nat -> vec) v,
  dot k (fun r => rsum n (fun i => c i * u i r)) v = rsum n (fun i => c i * dot k (u i) v).
Proof.
  intros k n c u v. induction n as [|n IH]; cbn [rsum].
  - apply rsum_zero. intros. ring.
  - rewrite <- IH. unfold dot. rewrite <- rsum_scal, <- rsum_add. apply rsum_ext. intros. ring.
Qed.

Lemma dot_comm : forall k x y, dot k x y = dot k y x.
Proof. intros. apply rsum_ext. intros. ring. Qed.

Lemma normsq_comb : forall k n (c : nat -> R) (u : nat -> vec),
  normsq k (fun r => rsum n (fun i => c i * u i r))
  = rsum n (fun i => rsum n (fun j => c i * c j * dot k (u i) (u j))).
Proof.
  intros. rewrite <- dot_normsq, dot_rsum_l. apply rsum_ext. intros i _.
  rewrite dot_comm, dot_rsum_l, <- rsum_scal. apply rsum_ext. intros j _.
  rewrite (dot_comm k (u j) (u i)). ring.
Qed.

(* At most k + 1 vectors of R^k have pairwise negative inner products. *)
(* @statement MF-Prop7 *)
Theorem negative_inner_products : forall k n (u : nat -> vec),
  (forall i j, (i < n)%nat -> (j < n)%nat -> i <> j -> dot k (u i) (u j) < 0) -> (n <= k + 1)%nat.
Proof.
  intros k n u H. destruct (le_lt_dec n (k + 1)) as [L|L]; [exact L|exfalso].
  destruct (dependent k u) as [c [[q [Hq Cq]] Hc]].
  assert (Z : normsq k (fun r => rsum (S k) (fun i => c i * u i r)) = 0).
  { apply rsum_zero. intros r Hr. cbv beta. rewrite Hc by exact Hr. ring. }
  assert (A : normsq k (fun r => rsum (S k) (fun i => Rabs (c i) * u i r)) <= 0).
  { rewrite <- Z, !normsq_comb. apply rsum_le. intros i Hi. apply rsum_le. intros j Hj.
    destruct (Nat.eq_dec i j) as [<-|Hne].
    - rewrite <- Rabs_mult, Rabs_right; [lra|]. apply Rle_ge, Rle_0_sqr.
    - assert (D : dot k (u i) (u j) < 0) by (apply H; lia).
      rewrite <- Rabs_mult. pose proof (Rle_abs (c i * c j)).
      apply Ropp_le_cancel. rewrite !Ropp_mult_distr_r. apply Rmult_le_compat_r; lra. }
  assert (B : dot k (fun r => rsum (S k) (fun i => Rabs (c i) * u i r)) (u (S k)) = 0).
  { apply dot_zero. apply Rle_antisym; [exact A | apply normsq_nonneg]. }
  rewrite dot_rsum_l in B.
  assert (C : rsum (S k) (fun i => - (Rabs (c i) * dot k (u i) (u (S k)))) = 0).
  { rewrite (rsum_ext _ _ (fun i => -1 * (Rabs (c i) * dot k (u i) (u (S k))))) by (intros; ring).
    rewrite rsum_scal, B. ring. }
  assert (P : forall i, (i < S k)%nat -> 0 <= - (Rabs (c i) * dot k (u i) (u (S k)))).
  { intros i Hi. rewrite Ropp_mult_distr_r. apply Rmult_le_pos; [apply Rabs_pos|].
    assert (dot k (u i) (u (S k)) < 0) by (apply H; lia). lra. }
  pose proof (rsum_nonneg_zero (S k) _ P C q ltac:(lia)) as E. cbv beta in E.
  assert (D : dot k (u q) (u (S k)) < 0) by (apply H; lia).
  pose proof (Rabs_pos_lt _ Cq) as Pq.
  pose proof (Rmult_lt_compat_l _ _ _ Pq D). lra.
Qed.

(** * The six-dimensional ball *)

Definition in_ball (n : nat) (r : R) (x : vec) : Prop := normsq n x <= r * r.

(* In R^k, at most k + 1 points of a ball of radius r < sqrt 2 * m are shattered with margin m. *)
(* @statement MF-Prop7 *)
Theorem ball_count_le : forall k r m n (x : nat -> euclid k), 0 < m -> r * r < 2 * (m * m) ->
  (forall i, (i < n)%nat -> in_ball k r (x i)) -> shattered (euclid k) m n x -> (n <= k + 1)%nat.
Proof.
  intros k r m n x Hm Hr B S. apply shattered_iff_separated in S; [|lra].
  apply (negative_inner_products k n x). intros i j Hi Hj Hne.
  pose proof (proj1 (euclid_le_iff k (x i) (x j) (2 * m) ltac:(lra)) (S i j Hi Hj Hne)) as D.
  rewrite normsq_sub in D. pose proof (B i Hi). pose proof (B j Hj). unfold in_ball in *. lra.
Qed.

Definition seven (i : nat) : vec := fun r => if Nat.eqb i 6 then 12 / 21 else if Nat.eqb i r then 23 / 21 else - 7 / 21.

(* In the closed ball of radius 7/5 of R^6 the margin 1 allows exactly 7 shattered points, fewer than the printed
   lower bound (1/m)^6 vol(X)/vol(B) = (7/5)^6 = 117649/15625. *)
(* @statement MF-Prop7 MF-Eq8 *)
Theorem six_ball_refutes_printed_lower_bound :
  (forall n (x : nat -> euclid 6), (forall i, (i < n)%nat -> in_ball 6 (7 / 5) (x i)) ->
     shattered (euclid 6) 1 n x -> (n <= 7)%nat) /\
  ((forall i, (i < 7)%nat -> in_ball 6 (7 / 5) (seven i)) /\ shattered (euclid 6) 1 7 seven) /\
  INR 7 < (1 / 1) ^ 6 * (7 / 5) ^ 6 /\ (7 / 5) ^ 6 = 117649 / 15625.
Proof.
  split; [|split; [split|split]].
  - intros n x B S. apply (ball_count_le 6 (7 / 5) 1 n x); auto; lra.
  - intros i Hi. do 7 (destruct i as [|i]; [unfold in_ball, normsq, seven; simpl; lra|]). lia.
  - apply shattered_iff_separated; [lra|]. intros i j Hi Hj Hne.
    apply (euclid_le_iff 6 (seven i) (seven j)); [lra|].
    do 7 (destruct i as [|i];
      [do 7 (destruct j as [|j]; [try lia; unfold normsq, sub, seven; simpl; lra|]); lia|]).
    lia.
  - simpl. lra.
  - simpl. lra.
Qed.
