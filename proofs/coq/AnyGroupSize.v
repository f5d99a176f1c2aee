(** * Networks with GroupSort of any group size

    Content: networks whose activation is GroupSort, of one group size k >= 2 and in either order; they are 1-Lipschitz; every
    MaxMin network equals such a network of the same depth, with the same kind of norms and all widths multiples of k; hence
    these networks are universal too.
    The construction: the pair (a, b) becomes the group (a, b, ..., b) of k entries, whose sorted ends are its maximum and its
    minimum; the next layer reads the ends and gives weight 0 to what lies between.
    Not covered: networks that mix group sizes. *)

Require Import Reals Lra Psatz List Lia Bool.
From Lipref Require Import Metric Norms MaxMin GroupSort RowSum Compact StoneWeierstrass Network Universality.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* affine layer and GroupSort, repeated *)
Fixpoint sort_hidden (k : nat) (desc : bool) (Ls : list layer) (x : list R) : list R :=
  match Ls with [] => x | A :: Ls' => sort_hidden k desc Ls' (groupsort k desc (affine A x)) end.

Definition sort_value (k : nat) (desc : bool) (Ls : list layer) (r : row) (x : list R) : R :=
  out (sort_hidden k desc Ls x) r.

(* all hidden widths are multiples of the group size *)
Definition whole_groups (k : nat) (Ls : list layer) : Prop := Forall (fun A : layer => exists q, length A = (q * k)%nat) Ls.

Definition SortNet (k : nat) (desc : bool) (ok : R -> Prop) (p : exponent) (n : nat) (f : list R -> R) : Prop :=
  exists Ls r, lawful ok p n Ls r /\ whole_groups k Ls /\ forall x, dim n x -> f x = sort_value k desc Ls r x.

(* @statement SO-Thm3 *)
(* GroupSort networks with norms of rows at most 1 are 1-Lipschitz from (R^n, p) into R, for p = 1, 2, inf. *)
Theorem sort_network_lip (k : nat) (desc : bool) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful ball_norm p n Ls r -> Lip_on (X := vec p) (Y := Real) (dim n) 1 (sort_value k desc Ls r).
Proof.
  unfold sort_value. revert p n. induction Ls as [| A Ls IH]; intros p n; simpl lawful.
  - intro H. apply Lip_Lip_on. apply (network_lip p n [] r). exact H.
  - intros (_ & HA & HL) x y _ _. simpl. rewrite Rmult_1_l.
    eapply Rle_trans; [apply (IH Pinf (length A) HL); unfold dim; rewrite groupsort_length; apply affine_length |]. simpl.
    rewrite Rmult_1_l. pose proof (groupsort_lip Pinf k desc (length A) (affine A x) (affine A y)) as HG.
    pose proof (affine_lip p A 1 Rle_0_1 HA x y) as HF. simpl in HG, HF. unfold dim in HG. rewrite !affine_length in HG.
    specialize (HG eq_refl eq_refl). lra.
Qed.

(** ** The sorted ends of a group *)

Lemma exchange_same (desc : bool) (b : R) : fst_of desc b b = b /\ snd_of desc b b = b.
Proof. destruct (exchange_cases desc b b) as [(? & ? & _) | (? & ? & _)]; auto. Qed.

Lemma isort_repeat (desc : bool) (b : R) (m : nat) : isort desc (repeat b m) = repeat b m.
Proof.
  destruct (exchange_same desc b) as (Hf & Hg). unfold isort. induction m as [| m IH]; simpl; [reflexivity |].
  rewrite IH. clear IH. induction m as [| m IH]; simpl; [reflexivity |]. rewrite Hf, Hg, IH. reflexivity.
Qed.

Lemma group_ends (desc : bool) (a b : R) (m : nat) :
  isort desc (a :: repeat b (S m)) = fst_of desc a b :: repeat b m ++ [snd_of desc a b].
Proof.
  change (isort desc (a :: repeat b (S m))) with (insert (fst_of desc) (snd_of desc) a (isort desc (repeat b (S m)))).
  rewrite isort_repeat. simpl. f_equal. set (c := snd_of desc a b).
  assert (Hc : fst_of desc c b = b /\ snd_of desc c b = c).
  { unfold c. destruct desc; simpl; rmax. }
  destruct Hc as (Hf & Hg). clearbody c. induction m as [| m IH]; simpl; [reflexivity |]. rewrite Hf, Hg, IH. reflexivity.
Qed.

Lemma groupsort_first (k : nat) (desc : bool) (g y : list R) :
  (0 < k)%nat -> length g = k -> groupsort k desc (g ++ y) = isort desc g ++ groupsort k desc y.
Proof.
  intros Hk Hg. unfold groupsort, whole_blocks. rewrite app_length, Hg.
  replace (k + length y)%nat with (length y + 1 * k)%nat by lia. rewrite Nat.div_add, Nat.add_1_r by lia. simpl.
  rewrite <- Hg, firstn_app, firstn_all, Nat.sub_diag, skipn_app, skipn_all, Nat.sub_diag. simpl.
  rewrite app_nil_r. reflexivity.
Qed.

(** ** From pairs to groups of m + 2 *)

(* the rows: (r, s) becomes r, s, ..., s *)
Fixpoint widen (m : nat) (A : layer) : layer :=
  match A with r :: s :: A' => (r :: repeat s (S m)) ++ widen m A' | _ => A end.

(* the weights: the larger is read at one end, the smaller at the other *)
Fixpoint spread (m : nat) (desc : bool) (w : list R) : list R :=
  match w with
  | a :: b :: w' => ((if desc then a else b) :: repeat 0 m ++ [if desc then b else a]) ++ spread m desc w'
  | _ => w
  end.

Definition spread_row (m : nat) (desc : bool) (r : row) : row := (spread m desc (fst r), snd r).

Lemma even_pair_ind (A : Type) (P : list A -> Prop) :
  P [] -> (forall a b x, Nat.Even (length x) -> P x -> P (a :: b :: x)) -> forall x, Nat.Even (length x) -> P x.
Proof.
  intros H0 H2 x. induction x as [| a | a b x IH] using pair_ind; intros (q & Hq); simpl in Hq; [exact H0 | lia |].
  assert (Nat.Even (length x)) by (exists (q - 1)%nat; lia). auto.
Qed.

Lemma widen_length (m : nat) (A : layer) :
  Nat.Even (length A) -> length (widen m A) = (Nat.div2 (length A) * (m + 2))%nat.
Proof.
  revert A. apply even_pair_ind; [reflexivity |]. intros r s A HA IH.
  simpl. rewrite app_length, repeat_length, IH. lia.
Qed.

Lemma spread_length (m : nat) (desc : bool) (w : list R) :
  Nat.Even (length w) -> length (spread m desc w) = (Nat.div2 (length w) * (m + 2))%nat.
Proof.
  revert w. apply even_pair_ind; [reflexivity |]. intros a b w Hw IH.
  simpl. rewrite !app_length, repeat_length, IH. simpl. lia.
Qed.

Lemma spread_norm (p : exponent) (m : nat) (desc : bool) (w : list R) :
  Nat.Even (length w) -> norm p (spread m desc w) = norm p w.
Proof.
  revert w. apply even_pair_ind; [reflexivity |]. intros a b w Hw IH.
  simpl. rewrite !norm_app, norm_zeros, IH. simpl. rewrite comb_0_r by apply Rabs_pos.
  rewrite (comb_0_l p (Rabs _)) by apply Rabs_pos. rewrite !comb_assoc. destruct desc; [reflexivity |].
  f_equal. apply comb_sym.
Qed.

Lemma Forall_widen (P : row -> Prop) (m : nat) (A : layer) : Forall P A -> Forall P (widen m A).
Proof.
  induction A as [| r | r s A IH] using pair_ind; intro H; [exact H | exact H |].
  inversion H as [| ? ? Hr H']; subst. inversion H' as [| ? ? Hs HA]; subst.
  simpl. constructor; [exact Hr |]. constructor; [exact Hs |].
  apply Forall_app. split; [| apply IH, HA]. clear - Hs. induction m; simpl; constructor; assumption.
Qed.

(* What the next layer reads from the sorted groups is what it would read from the sorted pairs. *)
Lemma widen_reads (m : nat) (desc : bool) (A : layer) (x : list R) :
  Nat.Even (length A) -> forall w, length w = length A ->
  dot (spread m desc w) (groupsort (m + 2) desc (affine (widen m A) x)) = dot w (maxmin (affine A x)).
Proof.
  intro H. pattern A. revert A H. apply even_pair_ind; [| intros r s A HA IH].
  - intros [| b w] Hw; [reflexivity | discriminate].
  - intros [| a [| b w]] Hw; try discriminate.
    assert (E : affine (widen m (r :: s :: A)) x = (out x r :: repeat (out x s) (S m)) ++ affine (widen m A) x).
    { simpl. unfold affine. rewrite map_app. f_equal. f_equal. f_equal. clear. induction m; simpl; congruence. }
    rewrite E, groupsort_first by (simpl; rewrite ?repeat_length; lia). rewrite group_ends. cbn [spread affine map maxmin].
    rewrite dot_app by (simpl; rewrite !app_length, !repeat_length; reflexivity).
    rewrite IH by (injection Hw; auto). fold (affine A x).
    assert (D : forall u v h l, dot (u :: repeat 0 m ++ [v]) (h :: repeat (out x s) m ++ [l]) = u * h + v * l).
    { intros. simpl. rewrite dot_app by (rewrite !repeat_length; reflexivity). rewrite dot_zeros. simpl. lra. }
    rewrite D. destruct desc; simpl; lra.
Qed.

(* Layers behind a MaxMin layer A are rewritten so that they read the widened, sorted layer. *)
Lemma regroup_rest (ok : R -> Prop) (m : nat) (desc : bool) (Ls : list layer) (r : row) :
  forall A, Nat.Even (length A) -> lawful ok Pinf (length A) Ls r -> even_widths Ls ->
  exists Ls' r', lawful ok Pinf (length (widen m A)) Ls' r' /\ whole_groups (m + 2) Ls' /\ length Ls' = length Ls /\
    forall x, out (sort_hidden (m + 2) desc Ls' (groupsort (m + 2) desc (affine (widen m A) x))) r'
              = out (hidden Ls (maxmin (affine A x))) r.
Proof.
  induction Ls as [| B Ls IH]; intros A HA HL HE; simpl in HL.
  - destruct HL as (Hl & Hr). assert (Hw : Nat.Even (length (fst r))) by (rewrite Hl; exact HA).
    exists [], (spread_row m desc r). simpl. repeat split.
    + rewrite spread_length, widen_length, Hl; auto.
    + rewrite spread_norm; auto.
    + constructor.
    + intro x. unfold out. simpl. rewrite widen_reads; auto.
  - destruct HL as (Bc & Br & HL). inversion HE as [| ? ? HB HE']; subst.
    set (B' := map (spread_row m desc) B). assert (LB : length B' = length B) by apply map_length.
    destruct (IH B') as (Ls1 & r1 & H1 & G1 & D1 & V1); [rewrite LB; exact HB | rewrite LB; exact HL | exact HE' |].
    assert (HBe : Forall (fun s : row => Nat.Even (length (fst s)) /\ length (fst s) = length A) B).
    { eapply Forall_impl; [| exact Bc]. intros s Hs. rewrite Hs. auto. }
    exists (widen m B' :: Ls1), r1. repeat split; auto.
    + apply Forall_widen. apply Forall_map. eapply Forall_impl; [| exact HBe]. intros s (He & Hs). simpl.
      rewrite spread_length, widen_length, Hs; auto.
    + apply Forall_widen. apply Forall_map. rewrite Forall_forall in *. intros s Hs. simpl.
      rewrite spread_norm by apply HBe, Hs. apply Br, Hs.
    + constructor; [| exact G1]. exists (Nat.div2 (length B')). apply widen_length. rewrite LB. exact HB.
    + simpl. congruence.
    + intro x. set (h := groupsort (m + 2) desc (affine (widen m A) x)). set (g := maxmin (affine A x)).
      assert (E : affine B' h = affine B g).
      { unfold affine, B'. rewrite map_map. apply map_ext_in. intros s Hs. unfold out. simpl.
        rewrite Forall_forall in HBe. unfold h, g. rewrite widen_reads; [reflexivity | exact HA | apply HBe, Hs]. }
      cbn [sort_hidden hidden]. rewrite <- E. fold h.
      (* the layer B' at h, with the map of the rest taken at a point of its own *)
      assert (V : forall h', out (sort_hidden (m + 2) desc Ls1 (groupsort (m + 2) desc (affine (widen m B') h'))) r1
                             = out (hidden Ls (maxmin (affine B' h'))) r) by (intro; apply V1).
      apply V.
Qed.

(* @statement SO-GroupSort *)
(* Every MaxMin network equals a GroupSort network of the same depth, for every group size k >= 2 and both orders, with the same
   kind of norms and with all hidden widths multiples of k. *)
Theorem maxmin_network_as_groupsort (ok : R -> Prop) (k : nat) (desc : bool) (p : exponent) (n : nat) (f : list R -> R) :
  (2 <= k)%nat -> Net ok p n f -> SortNet k desc ok p n f.
Proof.
  intros Hk (Ls0 & r0 & HL0 & E0). destruct (even_form ok p n Ls0 r0 HL0) as (Ls & r & HL & HE & _ & V).
  replace k with (k - 2 + 2)%nat by lia. generalize (k - 2)%nat as m. intro m.
  destruct Ls as [| A Ls].
  - exists [], r. split; [exact HL |]. split; [constructor |]. intros x Hx. rewrite E0, <- V by exact Hx. reflexivity.
  - destruct HL as (Ac & Ar & HL). inversion HE as [| ? ? HA HE']; subst.
    destruct (regroup_rest ok m desc Ls r A HA HL HE') as (Ls1 & r1 & H1 & G1 & _ & V1).
    exists (widen m A :: Ls1), r1. split; [| split].
    + split; [apply Forall_widen, Ac | split; [apply Forall_widen, Ar | exact H1]].
    + constructor; [| exact G1]. exists (Nat.div2 (length A)). apply widen_length, HA.
    + intros x Hx. rewrite E0, <- V by exact Hx. unfold sort_value. simpl. rewrite V1. reflexivity.
Qed.

(* @statement SO-Thm3 *)
(* GroupSort networks of any group size k >= 2, in either order, with all rows of norm exactly 1, are dense in the functions that
   are 1-Lipschitz on a nonempty compact subset of (R^n, p), n > 0, p = 1, 2, inf. *)
Theorem groupsort_universality (k : nat) (desc : bool) (p : exponent) (n : nat) (K : list R -> Prop) :
  (2 <= k)%nat -> (0 < n)%nat -> compact (X := vec p) K -> (forall x, K x -> dim n x) -> (exists x, K x) ->
  dense_in_Lip (X := vec p) K (SortNet k desc unit_norm p n).
Proof.
  intros Hk Hn HK Hd Hne f Hf e He. destruct (universality p n K Hn HK Hd Hne f Hf e He) as (g & Hg & Hgf).
  exists g. split; [apply maxmin_network_as_groupsort; assumption | exact Hgf].
Qed.
