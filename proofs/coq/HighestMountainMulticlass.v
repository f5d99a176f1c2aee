(** The Highest Mountain Function of several classes (MF-Def4).

   Content.  In a geodesic space the function whose component k is the distance to the frontier where class k is
   strictly nearest, and 0 elsewhere, is 1-Lipschitz into l1, has its argmax at the nearest class, and its margin
   is a certified radius without any factor.  The same certificate for every score that is 1-Lipschitz into l1.

   Definitions.  K + 2 classes 0 .. K + 1 with the non-empty sets A k; [nearest_other k x] (distance to the nearest
   class other than k), [on_Frontier] (ties of the minimum), [HMF x k], [l1_dist].

   Not covered: gradients, the measure of the frontier. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric Matrix Euclid HighestMountain.
Open Scope R_scope.

Section Multiclass.
Variable X : PM.
Variable K : nat.               (* K + 2 classes, numbered 0 .. K + 1 *)
Variable A : nat -> nset X.

Let classes := S (S K).

(* Distance to the nearest of the classes j < n other than k; the distance to a class other than k when there
   is none below n. *)
Fixpoint others (k n : nat) (x : X) : R :=
  match n with
  | O => dist (A (if Nat.eqb k 0 then 1 else 0)) x
  | S j => if Nat.eqb j k then others k j x else Rmin (others k j x) (dist (A j) x)
  end.

Definition nearest_other (k : nat) (x : X) : R := others k classes x.

Lemma others_le : forall k n x j, (j < n)%nat -> j <> k -> others k n x <= dist (A j) x.
Proof.
  intros k n x j. induction n as [|n IH]; intros Hj Hne; [lia|]. simpl.
  destruct (Nat.eqb n k) eqn:E.
  - apply Nat.eqb_eq in E. apply IH; [lia | exact Hne].
  - destruct (Nat.eq_dec j n) as [->|]; [apply Rmin_r|].
    eapply Rle_trans; [apply Rmin_l | apply IH; [lia | exact Hne]].
Qed.

Lemma others_attained : forall k n x, exists j, (j < Nat.max n 2)%nat /\ j <> k /\ others k n x = dist (A j) x.
Proof.
  intros k n x. induction n as [|n [j [Hj [Hne E]]]]; simpl others.
  - destruct (Nat.eqb k 0) eqn:E0.
    + apply Nat.eqb_eq in E0. exists 1%nat. repeat split; lia.
    + apply Nat.eqb_neq in E0. exists 0%nat. repeat split; lia.
  - destruct (Nat.eqb n k) eqn:En; [exists j; repeat split; [lia | exact Hne | exact E]|].
    apply Nat.eqb_neq in En. destruct (Rle_dec (others k n x) (dist (A n) x)).
    + rewrite Rmin_left by assumption. exists j. repeat split; [lia | exact Hne | exact E].
    + rewrite Rmin_right by lra. exists n. repeat split; lia.
Qed.

Lemma nearest_other_le : forall k x j, (j < classes)%nat -> j <> k -> nearest_other k x <= dist (A j) x.
Proof. intros. now apply others_le. Qed.

Lemma nearest_other_attained : forall k x, exists j, (j < classes)%nat /\ j <> k /\ nearest_other k x = dist (A j) x.
Proof.
  intros k x. destruct (others_attained k classes x) as [j [H H0]]. exists j.
  split; [unfold classes in *; lia | exact H0].
Qed.

Lemma nearest_other_diff : forall k x y, nearest_other k x <= d x y + nearest_other k y.
Proof.
  intros k x y. destruct (nearest_other_attained k y) as [j [Hj [Hne ->]]].
  eapply Rle_trans; [apply nearest_other_le; eassumption | apply dist_diff].
Qed.

(* Ties of the minimum: two classes are both nearest. *)
Definition on_Frontier (z : X) : Prop := exists k l, (k < classes)%nat /\ (l < classes)%nat /\ k <> l /\
  dist (A k) z = dist (A l) z /\ forall j, (j < classes)%nat -> dist (A k) z <= dist (A j) z.

Lemma Frontier_of_tie : forall k z, (k < classes)%nat -> dist (A k) z = nearest_other k z -> on_Frontier z.
Proof.
  intros k z Hk E. destruct (nearest_other_attained k z) as [l [Hl [Hne El]]].
  exists k, l. repeat split; auto; [congruence|]. intros j Hj.
  destruct (Nat.eq_dec j k) as [->|N]; [lra|]. rewrite E. now apply nearest_other_le.
Qed.

Lemma gap_k_lip : forall k, Lip (Y := Real) 2 (fun x => nearest_other k x - dist (A k) x).
Proof.
  intros k x y. simpl. pose proof (nearest_other_diff k x y). pose proof (nearest_other_diff k y x).
  pose proof (dist_diff X (A k) x y). pose proof (dist_diff X (A k) y x). rewrite (d_sym X y x) in *.
  apply Rabs_le. lra.
Qed.

Lemma Frontier_between : geodesic X -> forall k x y, (k < classes)%nat ->
  dist (A k) x <= nearest_other k x -> nearest_other k y <= dist (A k) y ->
  exists z, on_Frontier z /\ d x z + d z y = d x y.
Proof.
  intros G k x y Hk Hx Hy.
  destruct (crossing X (fun u => nearest_other k u - dist (A k) u) 2 x y G
              ltac:(lra) (gap_k_lip k) ltac:(lra) ltac:(lra))
    as [z [E D]].
  exists z. split; [apply (Frontier_of_tie k z Hk); lra | exact D].
Qed.

Lemma Frontier_inhab : geodesic X -> exists z, on_Frontier z.
Proof.
  intros G. destruct (inhab X (A 0)) as [a Ha]. destruct (inhab X (A 1)) as [b Hb].
  destruct (Frontier_between G 0 a b) as [z [F _]]; [unfold classes; lia | | | exists z; exact F].
  - rewrite (dist_in X (A 0) a Ha). destruct (nearest_other_attained 0 a) as [j [_ [_ ->]]]. apply dist_nonneg.
  - eapply Rle_trans; [apply (nearest_other_le 0 b 1); unfold classes; lia|].
    rewrite (dist_in X (A 1) b Hb). apply dist_nonneg.
Qed.

Hypothesis G : geodesic X.
Definition Frontier : nset X := {| elem := on_Frontier; inhab := Frontier_inhab G |}.

(* Component k: the distance to the frontier where class k is strictly nearest, else 0. *)
Definition HMF (x : X) (k : nat) : R := if Rlt_dec (dist (A k) x) (nearest_other k x) then dist Frontier x else 0.

Lemma cell_unique : forall k l x, (k < classes)%nat -> (l < classes)%nat ->
  dist (A k) x < nearest_other k x -> dist (A l) x < nearest_other l x -> k = l.
Proof.
  intros k l x Hk Hl Ck Cl. destruct (Nat.eq_dec k l) as [E|N]; [exact E|exfalso].
  pose proof (nearest_other_le k x l Hl ltac:(auto)). pose proof (nearest_other_le l x k Hk ltac:(auto)). lra.
Qed.

(* Every point is in the cell of exactly one class or on the frontier. *)
Lemma argmin_ex : forall x n, exists k, (k <= n)%nat /\ forall j, (j <= n)%nat -> dist (A k) x <= dist (A j) x.
Proof.
  intros x. induction n as [|n [k [Hk Mk]]].
  - exists 0%nat. split; [lia|]. intros j Hj. replace j with 0%nat by lia. lra.
  - destruct (Rle_dec (dist (A k) x) (dist (A (S n)) x)) as [L|L].
    + exists k. split; [lia|]. intros j Hj. destruct (Nat.eq_dec j (S n)) as [->|]; [exact L | apply Mk; lia].
    + exists (S n). split; [lia|]. intros j Hj. destruct (Nat.eq_dec j (S n)) as [->|]; [lra|].
      pose proof (Mk j ltac:(lia)). lra.
Qed.

Lemma cell_or_frontier : forall x,
  (exists k, (k < classes)%nat /\ dist (A k) x < nearest_other k x) \/ on_Frontier x.
Proof.
  intros x. destruct (argmin_ex x (S K)) as [k [Hk Mk]].
  destruct (Rlt_dec (dist (A k) x) (nearest_other k x)) as [L|L].
  - left. exists k. split; [unfold classes; lia | exact L].
  - right. apply (Frontier_of_tie k x); [unfold classes; lia|].
    destruct (nearest_other_attained k x) as [j [Hj [_ E]]].
    pose proof (Mk j ltac:(unfold classes in *; lia)). lra.
Qed.

Lemma HMF_cell : forall x k, (k < classes)%nat -> dist (A k) x < nearest_other k x ->
  forall j, (j < classes)%nat -> HMF x j = delta k j * dist Frontier x.
Proof.
  intros x k Hk C j Hj. unfold HMF. destruct Rlt_dec as [L|L].
  - replace j with k by (eapply cell_unique; eassumption). rewrite delta_refl. ring.
  - rewrite delta_neq; [ring|]. intros ->. contradiction.
Qed.

Lemma HMF_frontier : forall x, on_Frontier x -> forall j, HMF x j = 0.
Proof. intros x F j. unfold HMF. rewrite (dist_in X Frontier x F). destruct Rlt_dec; reflexivity. Qed.

Lemma rsum_delta_const : forall n k c, (k < n)%nat -> rsum n (fun j => delta k j * c) = c.
Proof. intros n k c H. apply (rsum_delta_l n k (fun _ => c) H). Qed.

Definition l1_dist (u v : nat -> R) : R := rsum classes (fun j => Rabs (u j - v j)).

(* The multiclass Highest Mountain Function is 1-Lipschitz into l1, one component for each class (hence for every p-norm). *)
(* @statement MF-Prop2 *)
Theorem HMF_lipschitz_l1 : forall x y, l1_dist (HMF x) (HMF y) <= d x y.
Proof.
  assert (half : forall x y, on_Frontier y -> l1_dist (HMF x) (HMF y) <= d x y).
  { intros x y F. unfold l1_dist. destruct (cell_or_frontier x) as [[k [Hk Ck]]|Fx].
    - rewrite (rsum_ext _ _ (fun j => delta k j * dist Frontier x)).
      + rewrite rsum_delta_const by exact Hk. apply dist_le. exact F.
      + intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_frontier y F), Rminus_0_r.
        apply Rabs_right, Rle_ge, Rmult_le_pos; [|apply dist_nonneg].
        unfold delta. destruct Nat.eqb; lra.
    - rewrite rsum_zero; [apply d_nonneg|]. intros j _. rewrite !HMF_frontier by assumption.
      rewrite Rminus_0_r. apply Rabs_R0. }
  intros x y. destruct (cell_or_frontier y) as [[l [Hl Cl]]|Fy]; [|now apply half].
  destruct (cell_or_frontier x) as [[k [Hk Ck]]|Fx].
  2:{ rewrite d_sym. eapply Rle_trans; [|apply (half y x Fx)]. right. unfold l1_dist. apply rsum_ext.
      intros. apply Rabs_minus_sym. }
  unfold l1_dist. destruct (Nat.eq_dec k l) as [<-|N].
  - rewrite (rsum_ext _ _ (fun j => delta k j * Rabs (dist Frontier x - dist Frontier y))).
    + rewrite rsum_delta_const by exact Hk. pose proof (dist_lipschitz X Frontier x y) as L. simpl in L. lra.
    + intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_cell y k Hk Cl j Hj), <- Rmult_minus_distr_l, Rabs_mult.
      f_equal. unfold delta. destruct Nat.eqb; apply Rabs_right; lra.
  - pose proof (dist_nonneg X Frontier x) as Px. pose proof (dist_nonneg X Frontier y) as Py.
    apply Rle_trans with (dist Frontier x + dist Frontier y).
    + rewrite (rsum_ext _ _ (fun j => delta k j * dist Frontier x + delta l j * dist Frontier y)).
      * rewrite rsum_add, !rsum_delta_const by assumption. lra.
      * intros j Hj. rewrite (HMF_cell x k Hk Ck j Hj), (HMF_cell y l Hl Cl j Hj). unfold delta.
        destruct (Nat.eqb k j) eqn:Ek, (Nat.eqb l j) eqn:El; unfold Rabs; destruct Rcase_abs; try lra.
        all: apply Nat.eqb_eq in Ek; apply Nat.eqb_eq in El; congruence.
    + destruct (Frontier_between G k x y Hk ltac:(lra)) as [z [F E]].
      * pose proof (nearest_other_le k y l Hl ltac:(auto)). pose proof (nearest_other_le l y k Hk ltac:(auto)). lra.
      * pose proof (dist_le X Frontier x z F). pose proof (dist_le X Frontier y z F). rewrite (d_sym X y z) in *. lra.
Qed.

(* Where class k is strictly nearest, component k is positive and every other component is 0. *)
(* @statement MF-Prop2 *)
Theorem HMF_argmax : forall x k, (k < classes)%nat -> dist (A k) x < nearest_other k x ->
  0 < HMF x k /\ forall j, (j < classes)%nat -> j <> k -> HMF x j = 0.
Proof.
  intros x k Hk C. split.
  - rewrite (HMF_cell x k Hk C k Hk), delta_refl.
    assert ((nearest_other k x - dist (A k) x) / 2 <= dist Frontier x); [|lra].
    apply dist_ge. intros z [p [q [Hp [Hq [Npq [E M]]]]]].
    assert (nearest_other k z <= dist (A k) z).
    { destruct (Nat.eq_dec p k) as [->|N].
      - rewrite E. apply nearest_other_le; auto.
      - eapply Rle_trans; [apply (nearest_other_le k z p Hp N) | apply M; exact Hk]. }
    pose proof (nearest_other_diff k x z). pose proof (dist_diff X (A k) z x). rewrite (d_sym X z x) in *. lra.
  - intros j Hj N. rewrite (HMF_cell x k Hk C j Hj), delta_neq by auto. ring.
Qed.

(* The whole component f_k(x), the margin of the multiclass function, is a certified radius: closer than f_k(x)
   the argmax is still k. *)
(* @statement MF-Prop2 *)
Theorem HMF_certificate : forall x y k, (k < classes)%nat -> dist (A k) x < nearest_other k x -> d x y < HMF x k ->
  0 < HMF y k /\ forall j, (j < classes)%nat -> j <> k -> HMF y j = 0.
Proof.
  intros x y k Hk C H.
  assert (P : 0 < HMF y k).
  { pose proof (HMF_lipschitz_l1 x y) as L. unfold l1_dist in L.
    pose proof (rsum_one_le classes (fun j => Rabs (HMF x j - HMF y j)) k (fun _ _ => Rabs_pos _) Hk) as O.
    cbv beta in O. pose proof (Rle_abs (HMF x k - HMF y k)). lra. }
  split; [exact P|]. unfold HMF in P. destruct Rlt_dec as [Cy|]; [|lra]. apply (HMF_argmax y k Hk Cy).
Qed.
End Multiclass.

(* The multiclass function of non-empty subsets of Euclidean space R^n is 1-Lipschitz into l1. *)
(* @statement MF-Prop2 *)
Theorem HMF_lipschitz_euclid : forall n K (A : nat -> nset (euclid n)) x y,
  l1_dist K (HMF (euclid n) K A (euclid_geodesic n) x) (HMF (euclid n) K A (euclid_geodesic n) y) <= d x y.
Proof. intros. apply HMF_lipschitz_l1. Qed.

(* Any score whose values are 1-Lipschitz into l1 keeps its argmax closer than the margin (the full margin). *)
(* @statement MF-Prop2 *)
Theorem argmax_certificate_l1 : forall (X : PM) n (f : X -> nat -> R) x y k,
  (forall u v, rsum n (fun j => Rabs (f u j - f v j)) <= d u v) -> (k < n)%nat ->
  (forall j, (j < n)%nat -> j <> k -> d x y < f x k - f x j) ->
  forall j, (j < n)%nat -> j <> k -> f y j < f y k.
Proof.
  intros X n f x y k L Hk M j Hj N. specialize (M j Hj N). specialize (L x y).
  pose proof (rsum_two_le n (fun i => Rabs (f x i - f y i)) k j (fun _ _ => Rabs_pos _) Hk Hj ltac:(auto)) as T.
  cbv beta in T. pose proof (Rle_abs (f x k - f y k)). pose proof (Rle_abs (- (f x j - f y j))) as B.
  rewrite Rabs_Ropp in B. lra.
Qed.
