(** * Separation of two points

    Content: a network with allowed norms takes two given values a, b at two given points x, y of R^n whenever
    |a - b| <= |x - y|, for the norms l1, l2 and l_inf. With norms of rows at most 1 one affine layer does it; with norm
    exactly 1 one affine layer does it for n >= 2 but not for n = 1; and with all norms exactly 1 two layers do it for every
    n >= 1, on any bounded set.
    Not covered: other norms. *)

Require Import Reals Lra Psatz List Lia.
From Lipref Require Import Metric Norms MaxMin RowSum Network.
Import ListNotations.
Open Scope R_scope.

(** ** Differences of vectors *)

Fixpoint vsub (x y : list R) : list R :=
  match x, y with a :: x', b :: y' => (a - b) :: vsub x' y' | _, _ => [] end.

Lemma vsub_length (x y : list R) : length x = length y -> length (vsub x y) = length x.
Proof. revert y. induction x; intros [| b y] H; try discriminate; simpl; auto. Qed.

Lemma vsub_norm (p : exponent) (x y : list R) : length x = length y -> norm p (vsub x y) = dist p x y.
Proof. revert y. induction x; intros [| b y] H; try discriminate; simpl; [reflexivity |]. rewrite IHx; auto. Qed.

Lemma dot_vsub (w x y : list R) : length x = length y -> dot w (vsub x y) = dot w x - dot w y.
Proof.
  revert x y. induction w; intros [| b x] [| c y] H; try discriminate; simpl; try lra. rewrite IHw by auto. lra.
Qed.

(* A functional of dual norm exactly 1 that attains the distance of two points. *)
Lemma norming_difference (p : exponent) (n : nat) (x y : list R) :
  (0 < n)%nat -> dim n x -> dim n y ->
  exists w, length w = n /\ norm (dual p) w = 1 /\ dot w x - dot w y = dist p x y.
Proof.
  unfold dim. intros Hn Hx Hy. assert (E : length x = length y) by congruence.
  destruct (norming p (vsub x y)) as (w & Hl & Hw & Hd).
  - intro H. apply (f_equal (@length R)) in H. rewrite vsub_length in H by exact E. simpl in H. lia.
  - exists w. rewrite <- dot_vsub, <- vsub_norm by exact E. rewrite Hl, vsub_length by exact E. auto.
Qed.

(* The slope with which a functional that attains the distance is scaled. *)
Lemma slope (a b d : R) : 0 <= d -> Rabs (a - b) <= d -> exists c, -1 <= c <= 1 /\ c * d = a - b.
Proof.
  intros Hd H. destruct (Req_dec d 0) as [-> | Nd].
  - exists 0. split; [lra |]. unfold Rabs in H. destruct Rcase_abs; lra.
  - exists ((a - b) / d). assert (E : (a - b) / d * d = a - b) by (field; assumption). split; [| exact E].
    unfold Rabs in H. destruct Rcase_abs; nra.
Qed.

(** ** One affine layer *)

(* @statement SO-Thm3-sep *)
(* With dual norm at most 1: one affine layer takes the values a at x and b at y whenever |a - b| <= |x - y| (n > 0). *)
Theorem separation_ball (p : exponent) (n : nat) (x y : list R) (a b : R) :
  (0 < n)%nat -> dim n x -> dim n y -> Rabs (a - b) <= dist p x y ->
  exists r : row, length (fst r) = n /\ norm (dual p) (fst r) <= 1 /\ out x r = a /\ out y r = b.
Proof.
  intros Hn Hx Hy H. destruct (norming_difference p n x y Hn Hx Hy) as (w & Hl & Hw & Hd).
  destruct (slope a b _ (dist_nonneg p x y) H) as (c & Hc & E).
  exists (map (Rmult c) w, a - c * dot w x). unfold out. simpl. rewrite map_length, norm_scale, !dot_scale, Hw.
  repeat split; try assumption; try lra.
  - rewrite Rmult_1_r. apply Rabs_le. lra.
  - rewrite <- Hd in E. lra.
Qed.

(* In the plane the functionals of dual norm exactly 1 take at (a, v) every value up to the norm. *)
Lemma comb_all_values (p : exponent) (a v t : R) :
  0 <= a -> 0 <= v -> 0 <= t <= comb p a v -> exists s1 s2, comb (dual p) (Rabs s1) (Rabs s2) = 1 /\ s1 * a + s2 * v = t.
Proof.
  intros Ha Hv Ht. destruct p; simpl in *.
  - assert (Hmax : forall s, -1 <= s <= 1 -> Rmax 1 (Rabs s) = 1) by (intros; apply Rmax_left; apply Rabs_le; lra).
    destruct (Rle_dec a v) as [H | H].
    + destruct (Req_dec v 0) as [-> | N].
      * exists 1, 1. rewrite Rabs_R1. split; [apply Rmax_left; lra | lra].
      * exists 1, ((t - a) / v). assert (E : (t - a) / v * v = t - a) by (field; assumption).
        rewrite Rabs_R1. split; [apply Hmax; nra | lra].
    + exists ((t - v) / a), 1. assert (E : (t - v) / a * a = t - v) by (field; lra).
      rewrite Rabs_R1, Rmax_comm. split; [apply Hmax; nra | lra].
  - set (h := sqrt (a * a + v * v)) in *. assert (Hh : h * h = a * a + v * v) by (apply sqrt_sqrt, sumsq_nonneg).
    assert (Habs : forall z, Rabs z * Rabs z = z * z) by (intro z; rewrite <- Rabs_mult; rabs; nra).
    destruct (Req_dec h 0) as [H0 | N].
    + exists 1, 0. rewrite !Habs. replace (1 * 1 + 0 * 0) with 1 by lra. rewrite sqrt_1.
      split; [reflexivity |]. assert (a = 0) by nra. lra.
    + assert (Hpos : 0 < h) by lra. set (c := t / h). assert (Ec : c * h = t) by (unfold c; field; assumption).
      assert (Hc : 0 <= c <= 1) by nra. set (e := sqrt (1 - c * c)).
      assert (He : e * e = 1 - c * c) by (apply sqrt_sqrt; nra).
      exists ((c * a - e * v) / h), ((c * v + e * a) / h). rewrite !Habs. split.
      * rewrite <- sqrt_1 at 1. f_equal.
        replace ((c * a - e * v) / h * ((c * a - e * v) / h) + (c * v + e * a) / h * ((c * v + e * a) / h))
          with ((c * c + e * e) * (a * a + v * v) / (h * h)) by (field; assumption).
        rewrite He, <- Hh. field. assumption.
      * replace ((c * a - e * v) / h * a + (c * v + e * a) / h * v) with (c * (a * a + v * v) / h) by (field; assumption).
        rewrite <- Hh, <- Ec. field. assumption.
  - assert (Hsum : forall s, 0 <= s <= 1 -> Rabs s + Rabs (s - 1) = 1) by (intros; rabs).
    destruct (Req_dec (a + v) 0) as [H0 | N].
    + exists 1, 0. rewrite Rabs_R1, Rabs_R0. split; [lra |]. assert (t <= 0) by (revert Ht; rmax). nra.
    + destruct (Rle_dec v a) as [H | H].
      * rewrite Rmax_left in Ht by lra. set (s := (t + v) / (a + v)).
        assert (E : s * (a + v) = t + v) by (unfold s; field; assumption).
        exists s, (s - 1). split; [apply Hsum; nra | lra].
      * rewrite Rmax_right in Ht by lra. set (s := (t + a) / (a + v)).
        assert (E : s * (a + v) = t + a) by (unfold s; field; assumption).
        exists (s - 1), s. rewrite Rplus_comm. split; [apply Hsum; nra | lra].
Qed.

Lemma comb_all_values_signed (p : exponent) (a v t : R) :
  0 <= v -> Rabs t <= comb p (Rabs a) v -> exists s1 s2, comb (dual p) (Rabs s1) (Rabs s2) = 1 /\ s1 * a + s2 * v = t.
Proof.
  intros Hv Ht. assert (Hsgn : forall z, exists s, Rabs s = 1 /\ s * Rabs z = z).
  { intro z. destruct (Rle_dec 0 z); [exists 1 | exists (-1)]; rabs. }
  destruct (comb_all_values p (Rabs a) v (Rabs t)) as (s1 & s2 & Hs & E); auto using Rabs_pos.
  destruct (Hsgn t) as (s & Es & Et). destruct (Hsgn a) as (q & Eq & Ea).
  exists (s * (s1 * q)), (s * s2). rewrite !Rabs_mult, Es, Eq. split.
  - replace (1 * (Rabs s1 * 1)) with (Rabs s1) by lra. replace (1 * Rabs s2) with (Rabs s2) by lra. exact Hs.
  - assert (Hq : q * a = Rabs a).
    { rewrite <- Ea at 1. rewrite <- Rmult_assoc. replace (q * q) with (Rabs q * Rabs q).
      - rewrite Eq. lra.
      - rewrite <- Rabs_mult. apply Rabs_pos_eq. apply Rle_0_sqr. }
    rewrite <- Et, <- E, <- Hq. ring.
Qed.

(* @statement SO-Thm3-sep *)
(* With dual norm exactly 1 and n >= 2: one affine layer takes the values a at x and b at y whenever |a - b| <= |x - y|. *)
Theorem separation_unit (p : exponent) (n : nat) (x y : list R) (a b : R) :
  (2 <= n)%nat -> dim n x -> dim n y -> Rabs (a - b) <= dist p x y ->
  exists r : row, length (fst r) = n /\ norm (dual p) (fst r) = 1 /\ out x r = a /\ out y r = b.
Proof.
  unfold dim. intros Hn Hx Hy H. destruct x as [| x1 x], y as [| y1 y]; simpl in Hx, Hy; try lia.
  destruct (norming_difference p (n - 1) x y) as (w & Hl & Hw & Hd); unfold dim; try lia. simpl in H.
  destruct (comb_all_values_signed p (x1 - y1) (dist p x y) (a - b)) as (s1 & s2 & Hs & E); [apply dist_nonneg | exact H |].
  exists (s1 :: map (Rmult s2) w, a - (s1 * x1 + s2 * dot w x)). unfold out. simpl.
  rewrite map_length, norm_scale, !dot_scale, Hw, Rmult_1_r. repeat split; try lia; try lra.
  rewrite <- Hd in E. lra.
Qed.

(* @statement SO-Thm3-sep *)
(* With norm exactly 1 and n = 1 one affine layer fails as soon as |a - b| < |x - y|: the printed step is false there. *)
Theorem separation_unit_fails_in_dimension_one (p : exponent) (x y a b : R) (r : row) :
  length (fst r) = 1%nat -> norm (dual p) (fst r) = 1 -> Rabs (a - b) < Rabs (x - y) -> ~ (out [x] r = a /\ out [y] r = b).
Proof.
  destruct r as ([| w [| w' ws]] & c); try discriminate. intros _ Hw Hlt (Ex & Ey). simpl in Hw.
  rewrite comb_0_r in Hw by apply Rabs_pos. unfold out in Ex, Ey. simpl in Ex, Ey.
  replace (a - b) with (w * (x - y)) in Hlt by lra. rewrite Rabs_mult, Hw in Hlt. lra.
Qed.

(** ** Two layers, all rows of norm exactly 1 *)

(* @statement SO-Thm3-sep *)
(* With every row of norm exactly 1, for every n > 0 and on every bounded set, a network with one hidden layer of two units
   takes the values a at x and b at y whenever |a - b| <= |x - y|. *)
Theorem separation_two_layers (p : exponent) (n : nat) (M : R) (x y : list R) (a b : R) :
  (0 < n)%nat -> dim n x -> dim n y -> norm p x <= M -> norm p y <= M -> Rabs (a - b) <= dist p x y ->
  exists A r, length A = 2%nat /\ lawful unit_norm p n [A] r /\ value [A] r x = a /\ value [A] r y = b.
Proof.
  intros Hn Hx Hy HMx HMy H. destruct (norming_difference p n x y Hn Hx Hy) as (w & Hl & Hw & Hd).
  destruct (slope a b _ (dist_nonneg p x y) H) as (c & Hc & E).
  set (A := [(w, M); (map Ropp w, - M)] : layer).
  set (r := ([(1 + c) / 2; (1 - c) / 2], a - c * (dot w x + M)) : row).
  assert (HV : forall z, norm p z <= M -> value [A] r z = c * (dot w z - dot w x) + a).
  { intros z Hz. pose proof (hoelder p w z) as Hh. rewrite Hw, Rmult_1_l in Hh.
    assert (Hpos : 0 <= dot w z + M) by (unfold Rabs in Hh; destruct Rcase_abs; lra).
    unfold value, out, A, r. simpl. unfold out. simpl. rewrite dot_opp.
    rewrite Rmax_left, Rmin_right by lra. field. }
  exists A, r. repeat split.
  - unfold columns, A. repeat constructor; simpl; [exact Hl | rewrite map_length; exact Hl].
  - unfold A, unit_norm. repeat constructor; simpl; [exact Hw | rewrite norm_opp; exact Hw].
  - unfold unit_norm, r. simpl. rewrite !Rabs_pos_eq by lra. lra.
  - rewrite HV by exact HMx. lra.
  - rewrite HV by exact HMy. rewrite <- Hd in E. lra.
Qed.
