(** * Affine layers into l_inf

    Content: an affine layer is the list of its rows (w, b), its outputs w.x + b. From R^n with the norm l1, l2 or l_inf
    into l_inf its Lipschitz constant is the largest dual norm of its rows (for l_inf: the largest absolute row sum); the
    bound and its sharpness.
    Not covered: operator norms into l1 and l2. *)

Require Import Reals Lra Psatz List.
From Lipref Require Import Metric Norms.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* one row: its weights and its bias *)
Definition row : Type := (list R * R)%type.
Definition layer : Type := list row.

Definition out (x : list R) (r : row) : R := dot (fst r) x + snd r.
Definition affine (A : layer) (x : list R) : list R := map (out x) A.

(* the rows of A have n weights each *)
Definition columns (n : nat) (A : layer) : Prop := Forall (fun r => length (fst r) = n) A.

(* the operator norm from (R^n, p) to (R^m, inf): the largest dual norm of a row *)
Definition opnorm (p : exponent) (A : layer) : R := fold_right Rmax 0 (map (fun r => norm (dual p) (fst r)) A).

(** ** The bound *)

Lemma affine_length (A : layer) (x : list R) : length (affine A x) = length A.
Proof. apply map_length. Qed.

Lemma row_sum (w : list R) : norm P1 w = fold_right Rplus 0 (map Rabs w).
Proof. induction w; simpl; [reflexivity |]. congruence. Qed.

Lemma opnorm_le (p : exponent) (A : layer) (K : R) :
  0 <= K -> opnorm p A <= K <-> Forall (fun r => norm (dual p) (fst r) <= K) A.
Proof.
  intro HK. unfold opnorm. induction A as [| r A IH]; simpl.
  - split; [constructor | intros; exact HK].
  - split.
    + intro H. pose proof (Rmax_l (norm (dual p) (fst r)) (fold_right Rmax 0 (map (fun r => norm (dual p) (fst r)) A))).
      pose proof (Rmax_r (norm (dual p) (fst r)) (fold_right Rmax 0 (map (fun r => norm (dual p) (fst r)) A))).
      constructor; [lra |]. apply IH. lra.
    + intro H. inversion H; subst. apply Rmax_lub; [assumption |]. apply IH. assumption.
Qed.

(* @statement SO-MixNorm *)
(* If every row has dual norm at most K, the affine layer is K-Lipschitz from the norm p into l_inf (p = 1, 2, inf). *)
Theorem affine_lip (p : exponent) (A : layer) (K : R) :
  0 <= K -> Forall (fun r => norm (dual p) (fst r) <= K) A -> Lip (X := vec p) (Y := vec Pinf) K (affine A).
Proof.
  intros HK H x y. simpl. induction H as [| r A Hr HA IH]; simpl.
  - pose proof (Rmult_le_pos _ _ HK (dist_nonneg p x y)). lra.
  - apply Rmax_lub; [| exact IH]. unfold out.
    replace (dot (fst r) x + snd r - (dot (fst r) y + snd r)) with (dot (fst r) x - dot (fst r) y) by ring.
    eapply Rle_trans; [apply dot_lipschitz |]. apply Rmult_le_compat_r; [apply dist_nonneg | exact Hr].
Qed.

(* @statement SO-LinLip *)
(* If every absolute row sum is at most K, the affine layer is K-Lipschitz in l_inf. *)
Theorem row_sum_lip (A : layer) (K : R) :
  0 <= K -> Forall (fun r => fold_right Rplus 0 (map Rabs (fst r)) <= K) A ->
  Lip (X := vec Pinf) (Y := vec Pinf) K (affine A).
Proof.
  intros HK H. apply affine_lip; [exact HK |]. eapply Forall_impl; [| exact H]. intros r Hr. simpl.
  rewrite row_sum. exact Hr.
Qed.

(** ** Sharpness *)

Lemma dot_comm (w x : list R) : dot w x = dot x w.
Proof. revert x. induction w; intros [| b x]; simpl; try reflexivity. rewrite IHw. lra. Qed.

(* @statement SO-MixNorm *)
(* Each row attains its dual norm: some x of norm 1 gives w.x equal to the dual norm of w (p = 1, 2, inf). *)
Theorem row_attained (p : exponent) (w : list R) :
  w <> [] -> exists x, length x = length w /\ norm p x = 1 /\ dot w x = norm (dual p) w.
Proof.
  intro H. destruct (norming (dual p) w H) as (x & Hl & Hn & Hd). rewrite dual_dual in Hn.
  exists x. rewrite dot_comm. auto.
Qed.

(* @statement SO-MixNorm *)
(* A layer that is K-Lipschitz on R^n (n > 0) from the norm p into l_inf has all dual norms of rows at most K: the bound is
   sharp (p = 1, 2, inf). *)
Theorem affine_lip_sharp (p : exponent) (n : nat) (A : layer) (K : R) :
  (0 < n)%nat -> columns n A -> Lip_on (X := vec p) (Y := vec Pinf) (dim n) K (affine A) ->
  Forall (fun r => norm (dual p) (fst r) <= K) A.
Proof.
  intros Hn Hc HL. apply Forall_forall. intros r Hr.
  assert (Hlen : length (fst r) = n) by (unfold columns in Hc; rewrite Forall_forall in Hc; auto).
  destruct (row_attained p (fst r)) as (x & Hl & Hx & Hd); [intro E; rewrite E in Hlen; simpl in Hlen; subst; inversion Hn |].
  specialize (HL x (repeat 0 n)). simpl in HL.
  assert (H0 : forall z m, dist p z (repeat 0 m) = norm p z).
  { clear. induction z as [| a z IH]; intros [| m]; simpl; try reflexivity.
    - change (norm p (repeat 0 (S m)) = 0). apply norm_zeros.
    - rewrite IH, Rminus_0_r. reflexivity. }
  rewrite H0, Hx, Rmult_1_r in HL. rewrite <- Hd.
  eapply Rle_trans; [| apply HL; unfold dim; [congruence | apply repeat_length]].
  destruct (In_nth A r r Hr) as (i & Hi & Ei).
  pose proof (dist_entry Pinf (affine A x) (affine A (repeat 0 n)) i) as E.
  eapply Rle_trans; [| exact E]. unfold affine.
  rewrite !(nth_indep _ 0 (out x r)) by (rewrite map_length; exact Hi).
  rewrite (nth_indep (map (out (repeat 0 n)) A) (out x r) (out (repeat 0 n) r)) by (rewrite map_length; exact Hi).
  rewrite !map_nth, Ei. unfold out. rewrite (dot_comm (fst r) (repeat 0 n)), dot_zeros.
  eapply Rle_trans; [| apply Rle_abs]. lra.
Qed.

(* @statement SO-LinLip *)
(* On R^n (n > 0) a layer is K-Lipschitz in l_inf if and only if every absolute row sum is at most K. *)
Theorem row_sum_iff (n : nat) (A : layer) (K : R) :
  (0 < n)%nat -> 0 <= K -> columns n A ->
  (Lip_on (X := vec Pinf) (Y := vec Pinf) (dim n) K (affine A) <->
   Forall (fun r => fold_right Rplus 0 (map Rabs (fst r)) <= K) A).
Proof.
  intros Hn HK Hc. split; intro H.
  - eapply Forall_impl; [| exact (affine_lip_sharp Pinf n A K Hn Hc H)]. intros r Hr. simpl in Hr.
    rewrite <- row_sum. exact Hr.
  - apply Lip_Lip_on, row_sum_lip; assumption.
Qed.

(* @statement SO-MixNorm *)
(* The least Lipschitz constant of a layer from (R^n, p) into l_inf, n > 0, is the largest dual norm of its rows. *)
Theorem opnorm_least (p : exponent) (n : nat) (A : layer) (K : R) :
  (0 < n)%nat -> 0 <= K -> columns n A ->
  (Lip_on (X := vec p) (Y := vec Pinf) (dim n) K (affine A) <-> opnorm p A <= K).
Proof.
  intros Hn HK Hc. rewrite (opnorm_le p A K HK). split; intro H.
  - apply (affine_lip_sharp p n); assumption.
  - apply Lip_Lip_on, affine_lip; assumption.
Qed.
