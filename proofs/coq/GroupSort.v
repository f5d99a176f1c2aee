(** * GroupSort

    Content: sorting by exchanges; any correct sort is 1-Lipschitz and keeps the norm in l1, l2 and l_inf, for every
    length and for every division into blocks; GroupSort of size k, and MaxMin as its case k = 2.

    A correct sort is any function whose output is sorted and is a permutation of its input (predicate [sorts]); it is
    unique, and equal to the exchange sort [isort], whose exchanges are 1-Lipschitz one by one.
    The direction is a boolean: true for descending, false for ascending.
    Entries after the last whole block are left as they are. Not covered: derivatives. *)

Require Import Reals Lra Psatz List Permutation Sorted Lia.
From Lipref Require Import Metric Norms MaxMin.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* The exchange sort, for any type with a first choice f and a second choice g of two elements. *)
Fixpoint insert {A : Type} (f g : A -> A -> A) (a : A) (l : list A) : list A :=
  match l with [] => [a] | b :: l' => f a b :: insert f g (g a b) l' end.

Fixpoint exchange_sort {A : Type} (f g : A -> A -> A) (l : list A) : list A :=
  match l with [] => [] | a :: l' => insert f g a (exchange_sort f g l') end.

(* s on the first k1 entries, then on the next k2, ...; what is left over stays as it is *)
Fixpoint blocks {A : Type} (s : list A -> list A) (ks : list nat) (x : list A) : list A :=
  match ks with [] => x | k :: ks' => s (firstn k x) ++ blocks s ks' (skipn k x) end.

Definition fst_of (desc : bool) : R -> R -> R := if desc then Rmax else Rmin.
Definition snd_of (desc : bool) : R -> R -> R := if desc then Rmin else Rmax.
Definition isort (desc : bool) : list R -> list R := exchange_sort (fst_of desc) (snd_of desc).

Definition whole_blocks (k n : nat) : list nat := repeat k (n / k).
Definition groupsort (k : nat) (desc : bool) (x : list R) : list R :=
  blocks (isort desc) (whole_blocks k (length x)) x.

Definition before (desc : bool) (a b : R) : Prop := if desc then b <= a else a <= b.

(* s is a correct sort: sorted outputs, and the entries of the input with their multiplicities *)
Definition sorts (desc : bool) (s : list R -> list R) : Prop :=
  forall x, Sorted (before desc) (s x) /\ Permutation (s x) x.

(** ** The exchange sort is a correct sort *)

Lemma before_trans (desc : bool) (a b c : R) : before desc a b -> before desc b c -> before desc a c.
Proof. destruct desc; simpl; lra. Qed.

Lemma before_antisym (desc : bool) (a b : R) : before desc a b -> before desc b a -> a = b.
Proof. destruct desc; simpl; lra. Qed.

Lemma exchange_cases (desc : bool) (a b : R) :
  (fst_of desc a b = a /\ snd_of desc a b = b /\ before desc a b) \/
  (fst_of desc a b = b /\ snd_of desc a b = a /\ before desc b a).
Proof. destruct desc; simpl; unfold Rmax, Rmin; destruct Rle_dec; lra. Qed.

Lemma insert_perm (desc : bool) (a : R) (l : list R) : Permutation (insert (fst_of desc) (snd_of desc) a l) (a :: l).
Proof.
  revert a. induction l as [| b l IH]; intro a; simpl; [reflexivity |].
  etransitivity; [constructor; apply IH |].
  destruct (exchange_cases desc a b) as [(-> & -> & _) | (-> & -> & _)]; [reflexivity | apply perm_swap].
Qed.

Lemma isort_perm (desc : bool) (x : list R) : Permutation (isort desc x) x.
Proof.
  induction x as [| a x IH]; [constructor |]. unfold isort in *. simpl.
  etransitivity; [apply insert_perm |]. constructor. exact IH.
Qed.

Lemma insert_sorted (desc : bool) (a : R) (l : list R) :
  StronglySorted (before desc) l -> StronglySorted (before desc) (insert (fst_of desc) (snd_of desc) a l).
Proof.
  intro H. revert a. induction H as [| b l Hl IH Hb]; intro a; simpl; [repeat constructor |].
  constructor; [apply IH |].
  apply (Permutation_Forall (Permutation_sym (insert_perm desc (snd_of desc a b) l))).
  destruct (exchange_cases desc a b) as [(-> & -> & Hab) | (-> & -> & Hba)]; constructor; auto.
  eapply Forall_impl; [| exact Hb]. intros c. apply before_trans. exact Hab.
Qed.

Lemma isort_sorted (desc : bool) (x : list R) : StronglySorted (before desc) (isort desc x).
Proof. induction x; [constructor |]. apply insert_sorted. exact IHx. Qed.

(* @statement SO-GroupSort *)
(* The exchange sort is a correct sort. *)
Theorem isort_sorts (desc : bool) : sorts desc (isort desc).
Proof. intro x. split; [apply StronglySorted_Sorted, isort_sorted | apply isort_perm]. Qed.

(* @statement SO-GroupSort *)
(* Two sorted arrangements of the same entries are equal. *)
Theorem sorted_unique (desc : bool) (x y : list R) :
  StronglySorted (before desc) x -> StronglySorted (before desc) y -> Permutation x y -> x = y.
Proof.
  intro Hx. revert y. induction Hx as [| a x Hx IH Ha]; intros y Hy P.
  - apply Permutation_nil in P. congruence.
  - destruct Hy as [| b y Hy Hb].
    + apply Permutation_sym, Permutation_nil in P. discriminate.
    + assert (a = b) as <-.
      { assert (Hin : In b (a :: x)) by (apply (Permutation_in b (Permutation_sym P)); left; reflexivity).
        assert (Hin' : In a (b :: y)) by (apply (Permutation_in a P); left; reflexivity).
        destruct Hin as [-> | Hin]; [reflexivity |]. destruct Hin' as [<- | Hin']; [reflexivity |].
        rewrite Forall_forall in Ha, Hb. apply (before_antisym desc); auto. }
      f_equal. apply IH; [assumption |]. eapply Permutation_cons_inv; exact P.
Qed.

(* @statement SO-GroupSort *)
(* Every correct sort equals the exchange sort. *)
Theorem sorts_unique (desc : bool) (s : list R -> list R) : sorts desc s -> forall x, s x = isort desc x.
Proof.
  intros H x. destruct (H x) as [S P]. apply (sorted_unique desc).
  - apply Sorted_StronglySorted; [intros a b c; apply before_trans | exact S].
  - apply isort_sorted.
  - rewrite P. symmetry. apply isort_perm.
Qed.

(** ** Sorting is 1-Lipschitz *)

Lemma exchange_dist (p : exponent) (desc : bool) (a b a' b' : R) :
  comb p (Rabs (fst_of desc a b - fst_of desc a' b')) (Rabs (snd_of desc a b - snd_of desc a' b'))
  <= comb p (Rabs (a - a')) (Rabs (b - b')).
Proof. destruct desc; simpl; [| rewrite comb_sym]; apply maxmin_pair. Qed.

Lemma insert_dist (p : exponent) (desc : bool) (a a' : R) (l l' : list R) :
  length l = length l' ->
  dist p (insert (fst_of desc) (snd_of desc) a l) (insert (fst_of desc) (snd_of desc) a' l')
  <= comb p (Rabs (a - a')) (dist p l l').
Proof.
  revert a a' l'. induction l as [| b l IH]; intros a a' [| b' l'] H; try discriminate; [apply Rle_refl |].
  simpl. eapply Rle_trans; [apply comb_mono; [apply Rabs_pos | apply dist_nonneg | apply Rle_refl |] |].
  - apply IH. injection H; auto.
  - rewrite !comb_assoc. apply comb_mono.
    + apply comb_nonneg; apply Rabs_pos.
    + apply dist_nonneg.
    + apply exchange_dist.
    + apply Rle_refl.
Qed.

Lemma isort_length (desc : bool) (x : list R) : length (isort desc x) = length x.
Proof. apply Permutation_length, isort_perm. Qed.

Lemma isort_dist (p : exponent) (desc : bool) (x y : list R) :
  length x = length y -> dist p (isort desc x) (isort desc y) <= dist p x y.
Proof.
  revert y. induction x as [| a x IH]; intros [| b y] H; try discriminate; [apply Rle_refl |].
  injection H as H. unfold isort in *; simpl. eapply Rle_trans.
  - apply insert_dist. pose proof (isort_length desc x) as H1. pose proof (isort_length desc y) as H2. unfold isort in *.
    congruence.
  - apply comb_mono; [apply Rabs_pos | apply dist_nonneg | apply Rle_refl | apply IH; exact H].
Qed.

(* @statement SO-GroupSort *)
(* Any correct sort brings no two vectors of equal length further apart, in l1, l2 and l_inf. *)
Theorem sort_dist (p : exponent) (desc : bool) (s : list R -> list R) (x y : list R) :
  sorts desc s -> length x = length y -> dist p (s x) (s y) <= dist p x y.
Proof. intros H L. rewrite !(sorts_unique desc s H). apply isort_dist. exact L. Qed.

(* @statement SO-FullSort *)
(* Any correct sort is 1-Lipschitz on R^n with the norm l1, l2 or l_inf. *)
Theorem sort_lip (p : exponent) (desc : bool) (s : list R -> list R) (n : nat) :
  sorts desc s -> Lip_on (X := vec p) (Y := vec p) (dim n) 1 s.
Proof.
  intros H x y Hx Hy. simpl. rewrite Rmult_1_l. apply (sort_dist p desc); [exact H |]. unfold dim in *; congruence.
Qed.

(* @statement SO-FullSort *)
(* Any correct sort keeps the norms l1, l2 and l_inf. *)
Theorem sort_norm (p : exponent) (desc : bool) (s : list R -> list R) (x : list R) :
  sorts desc s -> norm p (s x) = norm p x.
Proof. intro H. apply norm_perm, H. Qed.

(** ** Blocks *)

Lemma blocks_perm (s : list R -> list R) (ks : list nat) (x : list R) :
  (forall y, Permutation (s y) y) -> Permutation (blocks s ks x) x.
Proof.
  intro H. revert x. induction ks as [| k ks IH]; intro x; simpl; [reflexivity |].
  rewrite <- (firstn_skipn k x) at 3. apply Permutation_app; [apply H | apply IH].
Qed.

(* @statement SO-GroupSort *)
(* A correct sort applied to consecutive blocks, of any sizes, brings no two vectors further apart, in l1, l2 and l_inf. *)
Theorem blocks_dist (p : exponent) (desc : bool) (s : list R -> list R) (ks : list nat) (x y : list R) :
  sorts desc s -> length x = length y -> dist p (blocks s ks x) (blocks s ks y) <= dist p x y.
Proof.
  intros H. revert x y. induction ks as [| k ks IH]; intros x y L; simpl; [apply Rle_refl |].
  assert (Lf : length (firstn k x) = length (firstn k y)) by (rewrite !firstn_length; congruence).
  rewrite dist_app.
  - rewrite <- (firstn_skipn k x) at 3. rewrite <- (firstn_skipn k y) at 3. rewrite dist_app by exact Lf.
    apply comb_mono; try apply dist_nonneg.
    + apply (sort_dist p desc); assumption.
    + apply IH. rewrite !skipn_length. congruence.
  - rewrite (Permutation_length (proj2 (H (firstn k x)))), (Permutation_length (proj2 (H (firstn k y)))). exact Lf.
Qed.

(* @statement SO-GroupSort *)
(* A correct sort applied to consecutive blocks, of any sizes, is 1-Lipschitz on R^n, in l1, l2 and l_inf. *)
Theorem blocks_lip (p : exponent) (desc : bool) (s : list R -> list R) (ks : list nat) (n : nat) :
  sorts desc s -> Lip_on (X := vec p) (Y := vec p) (dim n) 1 (blocks s ks).
Proof.
  intros H x y Hx Hy. simpl. rewrite Rmult_1_l. apply (blocks_dist p desc); [exact H |]. unfold dim in *; congruence.
Qed.

(* @statement SO-GroupSort *)
(* A correct sort applied to consecutive blocks, of any sizes, keeps the norms l1, l2 and l_inf. *)
Theorem blocks_norm (p : exponent) (desc : bool) (s : list R -> list R) (ks : list nat) (x : list R) :
  sorts desc s -> norm p (blocks s ks x) = norm p x.
Proof. intro H. apply norm_perm, blocks_perm. intro y. apply H. Qed.

(** ** GroupSort and MaxMin *)

Lemma groupsort_length (k : nat) (desc : bool) (x : list R) : length (groupsort k desc x) = length x.
Proof. apply Permutation_length, blocks_perm. intro y. apply isort_perm. Qed.

(* @statement SO-GroupSort *)
(* GroupSort, of every group size and in both orders, is 1-Lipschitz on R^n, in l1, l2 and l_inf. *)
Theorem groupsort_lip (p : exponent) (k : nat) (desc : bool) (n : nat) :
  Lip_on (X := vec p) (Y := vec p) (dim n) 1 (groupsort k desc).
Proof.
  intros x y Hx Hy. unfold groupsort. unfold dim in *. rewrite Hx, Hy.
  apply (blocks_lip p desc (isort desc) _ n (isort_sorts desc)); assumption.
Qed.

(* @statement SO-GroupSort *)
(* GroupSort keeps the norms l1, l2 and l_inf. *)
Theorem groupsort_norm (p : exponent) (k : nat) (desc : bool) (x : list R) : norm p (groupsort k desc x) = norm p x.
Proof. apply (blocks_norm p desc), isort_sorts. Qed.

(* @statement SO-MaxMin *)
(* MaxMin is the descending GroupSort of group size 2. *)
Theorem maxmin_is_groupsort (x : list R) : maxmin x = groupsort 2 true x.
Proof.
  unfold groupsort, whole_blocks. induction x as [| a | a b x IH] using pair_ind; [reflexivity | reflexivity |].
  replace (length (a :: b :: x) / 2)%nat with (S (length x / 2)).
  - simpl. unfold isort at 1. simpl. f_equal. f_equal. exact IH.
  - change (length (a :: b :: x)) with (2 + length x)%nat.
    replace (2 + length x)%nat with (length x + 1 * 2)%nat by lia. rewrite Nat.div_add by lia. lia.
Qed.

Lemma Rmin_mult (c a b : R) : 0 <= c -> Rmin (c * a) (c * b) = c * Rmin a b.
Proof. intro Hc. unfold Rmin. repeat destruct Rle_dec; nra. Qed.

(* @statement SO-Homog *)
(* GroupSort commutes with the multiplication by a nonnegative number. *)
Theorem groupsort_homogeneous (k : nat) (desc : bool) (c : R) (x : list R) :
  0 <= c -> groupsort k desc (map (Rmult c) x) = map (Rmult c) (groupsort k desc x).
Proof.
  intro Hc.
  assert (Hf : forall a b, fst_of desc (c * a) (c * b) = c * fst_of desc a b)
    by (intros; destruct desc; simpl; [apply RmaxRmult | apply Rmin_mult]; assumption).
  assert (Hg : forall a b, snd_of desc (c * a) (c * b) = c * snd_of desc a b)
    by (intros; destruct desc; simpl; [apply Rmin_mult | apply RmaxRmult]; assumption).
  assert (Hi : forall l a, insert (fst_of desc) (snd_of desc) (c * a) (map (Rmult c) l)
                           = map (Rmult c) (insert (fst_of desc) (snd_of desc) a l)).
  { induction l as [| b l IH]; intro a; simpl; [reflexivity |]. rewrite Hf, Hg, IH. reflexivity. }
  assert (Hs : forall l, isort desc (map (Rmult c) l) = map (Rmult c) (isort desc l)).
  { unfold isort. induction l as [| b l IH]; simpl; [reflexivity |]. rewrite IH. apply Hi. }
  unfold groupsort. rewrite map_length. generalize (whole_blocks k (length x)) as ks. intro ks. revert x.
  induction ks as [| m ks IH]; intro x; simpl; [reflexivity |].
  rewrite firstn_map, skipn_map, map_app, Hs, IH. reflexivity.
Qed.
