(** The Parseval step W <- (1 + beta) W - beta W W^T W: for beta = 1/2 one Björck step of order 1;
    on singular values s -> (1 + beta) s - beta s^3, whose basin is (0, sqrt ((1 + beta) / beta)). *)

From Coq Require Import Reals Lra Lia Arith.
From Lipref Require Import Matrix BjorckScalar BjorckMatrix.
Local Open Scope R_scope.

Definition parseval_step (m n : nat) (beta : R) (W : mat) : mat :=
  fun i j => (1 + beta) * W i j - beta * mul n W (gram m W) i j.

Definition parseval (beta s : R) : R := (1 + beta) * s - beta * s^3.

(** beta = 1/2 is one Björck step of order 1. *)
(* @statement SO-Eq9 *)
Theorem parseval_half : forall m n W i j, (j < n)%nat ->
  parseval_step m n (1/2) W i j = bjorck_step m n 1 W i j.
Proof.
  intros m n W i j Hj. unfold parseval_step, bjorck_step.
  transitivity (rsum n (fun k => 3/2 * (W i k * delta k j) - 1/2 * (W i k * gram m W k j))).
  - rewrite rsum_sub, !rsum_scal. rewrite (rsum_delta_r n j (fun k => W i k) Hj). unfold mul. field.
  - apply rsum_ext; intros k Hk. cbn [bjorck_polynomial power].
    rewrite (mul_delta_l n (residual m W) k j Hk Hj). unfold residual. simpl. field.
Qed.

(** The same on singular values. *)
(* @statement SO-Eq9 *)
Theorem parseval_half_scalar : forall s, parseval (1/2) s = bjorck 1 s.
Proof. intros. unfold parseval. rewrite bjorck_one. field. Qed.

(** Singular triples are kept, singular values go through the scalar map. *)
(* @statement SO-Eq9 *)
Theorem parseval_step_singular : forall m n beta W s u v, singular m n W s u v ->
  singular m n (parseval_step m n beta W) (parseval beta s) u v.
Proof.
  intros m n beta W s u v [H1 H2].
  assert (G : forall j, (j < n)%nat -> mulv n (gram m W) v j = s * s * v j).
  { intros j Hj. unfold gram. rewrite mulv_mul.
    rewrite (mulv_ext m (transpose W) (mulv n W v) (fun k => s * u k)) by exact H1.
    rewrite mulv_scal, H2 by exact Hj. ring. }
  split.
  - intros i Hi.
    assert (E : mulv n (parseval_step m n beta W) v i
                = (1 + beta) * mulv n W v i - beta * mulv n (mul n W (gram m W)) v i).
    { unfold mulv, parseval_step. rewrite <- !rsum_scal, <- rsum_sub. apply rsum_ext; intros; ring. }
    rewrite E, mulv_mul. rewrite (mulv_ext n W (mulv n (gram m W) v) (fun k => s * s * v k)) by exact G.
    rewrite mulv_scal, H1 by exact Hi. unfold parseval. ring.
  - intros j Hj.
    assert (E : mulv m (transpose (parseval_step m n beta W)) u j
                = (1 + beta) * mulv m (transpose W) u j
                  - beta * mulv n (gram m W) (mulv m (transpose W) u) j).
    { rewrite <- mulv_mul. unfold mulv, transpose, parseval_step.
      rewrite <- !rsum_scal, <- rsum_sub. apply rsum_ext; intros k Hk.
      assert (X : mul n W (gram m W) k j = mul n (gram m W) (transpose W) j k).
      { unfold mul. apply rsum_ext; intros l _. rewrite (gram_sym m W l j). unfold transpose. ring. }
      rewrite X. unfold transpose. ring. }
    rewrite E, H2 by exact Hj.
    rewrite (mulv_ext n (gram m W) (mulv m (transpose W) u) (fun k => s * v k)) by exact H2.
    rewrite mulv_scal, G by exact Hj. unfold parseval. ring.
Qed.

(** Exact error: 1 - s' = (1 - s) (1 - beta s (1 + s)); near 1 the factor is 1 - 2 beta. *)
(* @statement SO-Eq9 *)
Theorem parseval_error : forall beta s,
  1 - parseval beta s = (1 - s) * (1 - beta * (s * (1 + s))).
Proof. intros. unfold parseval. ring. Qed.

(** From (0, 1] the error shrinks at least by the factor 1 - beta s0 (1 + s0) at each step. *)
(* @statement SO-Eq9 *)
Theorem parseval_converges_unit : forall beta s, 0 < beta <= 1/2 -> 0 < s <= 1 ->
  converges_to (parseval beta) s 1 /\
  forall k, 0 <= 1 - iterate (parseval beta) k s <= (1 - s) * (1 - beta * (s * (1 + s))) ^ k.
Proof.
  intros beta s Hb Hs.
  assert (A : 0 < s * (1 + s)) by (apply Rmult_lt_0_compat; lra).
  assert (B : s * (1 + s) <= 1 * 2) by (apply Rmult_le_compat; lra).
  assert (A' : 0 < beta * (s * (1 + s))) by (apply Rmult_lt_0_compat; lra).
  assert (B' : beta * (s * (1 + s)) <= 1/2 * 2) by (apply Rmult_le_compat; lra).
  set (q := 1 - beta * (s * (1 + s))) in *.
  assert (K : forall k, s <= iterate (parseval beta) k s <= 1 /\
                        1 - iterate (parseval beta) k s <= (1 - s) * q ^ k).
  { induction k as [|k [[I1 I2] I3]]; simpl iterate; simpl pow; [lra|].
    set (x := iterate (parseval beta) k s) in *. pose proof (parseval_error beta x) as E.
    assert (Q1 : s * (1 + s) <= x * (1 + x)) by (apply Rmult_le_compat; lra).
    assert (Q2 : x * (1 + x) <= 1 * 2) by (apply Rmult_le_compat; lra).
    assert (Q3 : beta * (s * (1 + s)) <= beta * (x * (1 + x))) by (apply Rmult_le_compat_l; lra).
    assert (Q4 : beta * (x * (1 + x)) <= 1/2 * 2) by (apply Rmult_le_compat; lra).
    assert (M1 : (1 - x) * (1 - beta * (x * (1 + x))) <= (1 - x) * q)
      by (apply Rmult_le_compat_l; unfold q; lra).
    assert (M0 : 0 <= (1 - x) * (1 - beta * (x * (1 + x)))) by (apply Rmult_le_pos; lra).
    assert (M2 : (1 - x) * q <= (1 - x) * 1) by (apply Rmult_le_compat_l; unfold q; lra).
    assert (M3 : (1 - x) * q <= (1 - s) * q ^ k * q)
      by (apply Rmult_le_compat_r; [unfold q; lra | lra]).
    split; [split; lra | lra]. }
  split.
  - apply cv_geometric with (c := 1 - s) (q := q); [unfold q; lra | lra |].
    intros k. destruct (K k) as [K1 K2]. rewrite Rabs_left1 by lra. lra.
  - intros k. destruct (K k) as [K1 K2]. lra.
Qed.

(** Positive up to the zero sqrt ((1 + beta) / beta). *)
Lemma parseval_positive : forall beta s, 0 < beta -> 0 < s < sqrt ((1 + beta) / beta) ->
  0 < parseval beta s.
Proof.
  intros beta s Hb Hs.
  assert (P : 0 < (1 + beta) / beta) by (apply Rdiv_lt_0_compat; lra).
  assert (S : s * s < (1 + beta) / beta) by (apply lt_sqrt; lra).
  assert (T : beta * (s * s) < 1 + beta).
  { replace (1 + beta) with (beta * ((1 + beta) / beta)) by (field; lra).
    apply Rmult_lt_compat_l; assumption. }
  replace (parseval beta s) with (s * (1 + beta - beta * (s * s))) by (unfold parseval; ring).
  apply Rmult_lt_0_compat; lra.
Qed.

(** From the right of 1, the iterates either come into (0, 1] or shrink by 1 - 2 beta. *)
Lemma parseval_right : forall beta s, 0 < beta <= 1/2 -> 1 <= s < sqrt ((1 + beta) / beta) ->
  forall k, (exists j, (j <= k)%nat /\ 0 < iterate (parseval beta) j s <= 1) \/
            (1 <= iterate (parseval beta) k s <= s /\
             iterate (parseval beta) k s - 1 <= (s - 1) * (1 - 2 * beta) ^ k).
Proof.
  intros beta s Hb Hs. induction k as [|k IH]; [right; simpl; lra|].
  destruct IH as [[j [Hj1 Hj2]] | [[I1 I2] I3]]; [left; exists j; split; [lia | exact Hj2]|].
  simpl iterate. simpl pow. set (x := iterate (parseval beta) k s) in *.
  assert (Px : 0 < parseval beta x) by (apply parseval_positive; lra).
  destruct (Rle_dec (parseval beta x) 1) as [L|L].
  - left. exists (S k). split; [lia|]. simpl. fold x. lra.
  - right. pose proof (parseval_error beta x) as E.
    assert (Q : 1 * 2 <= x * (1 + x)) by (apply Rmult_le_compat; lra).
    assert (Q' : beta * 2 <= beta * (x * (1 + x))) by (apply Rmult_le_compat_l; lra).
    assert (M1 : (x - 1) * (1 - beta * (x * (1 + x))) <= (x - 1) * (1 - 2 * beta))
      by (apply Rmult_le_compat_l; lra).
    assert (M2 : (x - 1) * (1 - 2 * beta) <= (s - 1) * (1 - 2 * beta) ^ k * (1 - 2 * beta))
      by (apply Rmult_le_compat_r; lra).
    assert (M3 : (x - 1) * (1 - 2 * beta) <= (x - 1) * 1) by (apply Rmult_le_compat_l; lra).
    split; [split; lra | lra].
Qed.

(** Close to 1 no step moves away from 1. *)
Lemma parseval_close : forall beta s, 0 < beta <= 1/2 -> 1/2 <= s <= 3/2 ->
  Rabs (parseval beta s - 1) <= Rabs (s - 1).
Proof.
  intros beta s Hb Hs.
  replace (parseval beta s - 1) with ((s - 1) * (1 - beta * (s * (1 + s)))) by (unfold parseval; ring).
  rewrite Rabs_mult. rewrite <- (Rmult_1_r (Rabs (s - 1))) at 2.
  apply Rmult_le_compat_l; [apply Rabs_pos|].
  assert (0 <= s * (1 + s)) by (apply Rmult_le_pos; lra).
  assert (s * (1 + s) <= 3/2 * (5/2)) by (apply Rmult_le_compat; lra).
  assert (0 <= beta * (s * (1 + s))) by (apply Rmult_le_pos; lra).
  assert (beta * (s * (1 + s)) <= 1/2 * (3/2 * (5/2))) by (apply Rmult_le_compat; lra).
  apply Rabs_le. lra.
Qed.

(** For 0 < beta <= 1/2 all of (0, sqrt ((1 + beta) / beta)) converges to 1. *)
(* @statement SO-Eq9 *)
Theorem parseval_basin : forall beta s, 0 < beta <= 1/2 -> 0 < s < sqrt ((1 + beta) / beta) ->
  converges_to (parseval beta) s 1.
Proof.
  intros beta s Hb Hs. destruct (Rle_dec s 1) as [L|L]; [apply parseval_converges_unit; lra|].
  intros eps He.
  set (e := Rmin (eps / 2) (1/2)).
  assert (E0 : 0 < e) by (unfold e; apply Rmin_glb_lt; lra).
  assert (E1 : e < eps) by (unfold e; pose proof (Rmin_l (eps / 2) (1/2)); lra).
  assert (E2 : e <= 1/2) by apply Rmin_r.
  destruct (pow_lt_1_zero (1 - 2 * beta) ltac:(rewrite Rabs_right; lra) (e / s)
              ltac:(apply Rdiv_lt_0_compat; lra)) as [N HN].
  specialize (HN N ltac:(lia)). rewrite Rabs_right in HN by (apply Rle_ge, pow_le; lra).
  destruct (parseval_right beta s Hb ltac:(lra) N) as [[j [_ Hj]] | [H1 H2]].
  - pose proof (converges_after _ j s 1 (proj1 (parseval_converges_unit beta _ Hb Hj))) as C.
    exact (C eps He).
  - assert (P : 0 <= (1 - 2 * beta) ^ N) by (apply pow_le; lra).
    assert (Q : (s - 1) * (1 - 2 * beta) ^ N <= s * (1 - 2 * beta) ^ N)
      by (apply Rmult_le_compat_r; lra).
    assert (R : s * (1 - 2 * beta) ^ N < s * (e / s)) by (apply Rmult_lt_compat_l; lra).
    replace (s * (e / s)) with e in R by (field; lra).
    exists N. intros n Hn. unfold R_dist.
    assert (K : forall k, Rabs (iterate (parseval beta) (N + k) s - 1) <= e).
    { induction k as [|k IH].
      - rewrite Nat.add_0_r, Rabs_right; lra.
      - rewrite Nat.add_succ_r. simpl iterate. apply abs_le_inv in IH as IH'.
        eapply Rle_trans; [apply parseval_close; [exact Hb | lra] | exact IH]. }
    specialize (K (n - N)%nat). replace (N + (n - N))%nat with n in K by lia. lra.
Qed.

(** The end points 0 and sqrt ((1 + beta) / beta) do not, so the basin is exactly that interval. *)
(* @statement SO-Eq9 *)
Theorem parseval_basin_exact : forall beta a b, 0 < beta <= 1/2 -> a < 1 < b ->
  ((forall s, a < s < b -> converges_to (parseval beta) s 1) <->
   0 <= a /\ b <= sqrt ((1 + beta) / beta)).
Proof.
  intros beta a b Hb Hab.
  assert (P : 1 < (1 + beta) / beta).
  { replace ((1 + beta) / beta) with (1 + 1 / beta) by (field; lra).
    assert (0 < 1 / beta) by (apply Rdiv_lt_0_compat; lra). lra. }
  assert (S1 : 1 < sqrt ((1 + beta) / beta)) by (apply lt_sqrt; lra).
  assert (Z : parseval beta 0 = 0) by (unfold parseval; ring).
  assert (E : parseval beta (sqrt ((1 + beta) / beta)) = 0).
  { replace (parseval beta (sqrt ((1 + beta) / beta)))
      with (sqrt ((1 + beta) / beta) *
            (1 + beta - beta * (sqrt ((1 + beta) / beta) * sqrt ((1 + beta) / beta))))
      by (unfold parseval; ring).
    rewrite sqrt_sqrt by lra. field. lra. }
  split.
  - intros H. split; apply Rnot_lt_le; intros L.
    + apply (stuck_not_one (parseval beta) 0 0 Z Z); [intros F; lra | apply H; lra].
    + apply (stuck_not_one (parseval beta) _ 0 Z E); [intros F; lra | apply H; lra].
  - intros [Ha Hb'] s Hs. apply parseval_basin; lra.
Qed.
