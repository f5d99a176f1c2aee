(** * Networks with several outputs

    Content: a network with m outputs is a list of hidden layers, shared by the outputs, and m final rows; scalar networks can be
    joined to one such network, which stacks their first layers and puts the later ones on a block diagonal; hence MaxMin networks
    with m outputs are dense in the maps from (R^n, p) to (R^m, l_inf) that are 1-Lipschitz on a compact set.
    The proof takes the coordinates one by one; no lattice of maps is needed.
    Not covered: targets with the norms l1 or l2. *)

Require Import Reals Lra Psatz List Lia.
From Lipref Require Import Metric Norms MaxMin RowSum Compact StoneWeierstrass Network Separation Universality.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* every output, with the shared hidden layers, is a lawful network *)
Definition lawful_vector (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (A : layer) : Prop :=
  Forall (lawful ok p n Ls) A.

Definition vector_value (Ls : list layer) (A : layer) (x : list R) : list R := affine A (hidden Ls x).

(* @statement SO-Obs *)
(* A network with m outputs and norms of rows at most 1 is 1-Lipschitz from (R^n, p) into (R^m, l_inf), p = 1, 2, inf. *)
Theorem vector_network_lip (p : exponent) (n : nat) (Ls : list layer) (A : layer) :
  lawful_vector ball_norm p n Ls A -> Lip (X := vec p) (Y := vec Pinf) 1 (vector_value Ls A).
Proof.
  intros H x y. simpl. unfold vector_value. rewrite Rmult_1_l. induction H as [| r A Hr HA IH]; simpl; [apply dist_nonneg |].
  apply Rmax_lub; [| exact IH]. pose proof (network_lip p n Ls r Hr x y) as HL. simpl in HL. unfold value in HL. lra.
Qed.

(** ** Joining networks of one depth *)

Lemma even_plus (a b : nat) : Nat.Even a -> Nat.Even b -> Nat.Even (a + b).
Proof. intros (i & Hi) (j & Hj). exists (i + j)%nat. lia. Qed.

(* the width after the hidden layers *)
Fixpoint last_width (n : nat) (Ls : list layer) : nat :=
  match Ls with [] => n | A :: Ls' => last_width (length A) Ls' end.

Fixpoint diagonal (n m : nat) (Ls Ms : list layer) : list layer :=
  match Ls, Ms with
  | A :: Ls', B :: Ms' => block_diagonal n m A B :: diagonal (length A) (length B) Ls' Ms'
  | _, _ => []
  end.

Definition left_row (m : nat) (r : row) : row := (fst r ++ repeat 0 m, snd r).
Definition right_row (n : nat) (r : row) : row := (repeat 0 n ++ fst r, snd r).

Lemma lawful_last_width (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful ok p n Ls r -> length (fst r) = last_width n Ls.
Proof. revert p n. induction Ls as [| A Ls IH]; intros p n; simpl; [tauto |]. intros (_ & _ & H). exact (IH _ _ H). Qed.

Lemma hidden_length (n : nat) (Ls : list layer) (x : list R) : dim n x -> dim (last_width n Ls) (hidden Ls x).
Proof.
  revert n x. induction Ls as [| A Ls IH]; intros n x Hx; simpl; [exact Hx |].
  apply IH. unfold dim. rewrite maxmin_length. apply affine_length.
Qed.

Lemma diagonal_lawful (ok : R -> Prop) (n m : nat) (Ls Ms : list layer) (r s : row) :
  length Ls = length Ms -> lawful ok Pinf n Ls r -> lawful ok Pinf m Ms s ->
  lawful ok Pinf (n + m) (diagonal n m Ls Ms) (left_row (last_width m Ms) r) /\
  lawful ok Pinf (n + m) (diagonal n m Ls Ms) (right_row (last_width n Ls) s).
Proof.
  revert n m Ms. induction Ls as [| A Ls IH]; intros n m [| B Ms] HD HL HM; try discriminate;
    cbn [diagonal lawful last_width] in *.
  - destruct HL as (Hr & Nr), HM as (Hs & Ns). unfold left_row, right_row. cbn [fst]. 
    rewrite !app_length, !repeat_length, !norm_app, !norm_zeros, comb_0_r, comb_0_l by apply norm_nonneg.
    rewrite Hr, Hs. auto.
  - destruct HL as (Ac & An & HL), HM as (Bc & Bn & HM).
    destruct (block_diagonal_lawful ok (dual Pinf) n m A B) as (H1 & H2); auto.
    rewrite block_diagonal_length. destruct (IH (length A) (length B) Ms) as (H3 & H4); auto.
Qed.

Lemma diagonal_hidden (ok : R -> Prop) (n m : nat) (Ls Ms : list layer) (r s : row) (x y : list R) :
  length Ls = length Ms -> lawful ok Pinf n Ls r -> lawful ok Pinf m Ms s -> even_widths Ls -> dim n x -> dim m y ->
  hidden (diagonal n m Ls Ms) (x ++ y) = hidden Ls x ++ hidden Ms y.
Proof.
  revert n m Ms x y. induction Ls as [| A Ls IH]; intros n m [| B Ms] x y HD HL HM HE Hx Hy; try discriminate;
    cbn [diagonal hidden lawful] in *; [reflexivity |].
  destruct HL as (Ac & An & HL). destruct HM as (Bc & Bn & HM). inversion HE as [| A' Ls' EA ELs]; subst.
  rewrite block_diagonal_affine by assumption. rewrite maxmin_app by (rewrite affine_length; exact EA).
  apply IH; auto; unfold dim; rewrite maxmin_length, affine_length; reflexivity.
Qed.

Lemma out_left (n m : nat) (r : row) (x y : list R) :
  length (fst r) = n -> dim n x -> out (x ++ y) (left_row m r) = out x r.
Proof. unfold dim, out, left_row. intros Hr Hx. simpl. rewrite dot_app by congruence. rewrite dot_zeros. lra. Qed.

Lemma out_right (n : nat) (r : row) (x y : list R) : dim n x -> out (x ++ y) (right_row n r) = out y r.
Proof.
  unfold dim, out, right_row. intros Hx. simpl. rewrite dot_app by (rewrite repeat_length; congruence).
  rewrite dot_zeros. lra.
Qed.

Lemma join_two (ok : R -> Prop) (p : exponent) (n : nat) (A : layer) (Ls Ms : list layer) (s : row) :
  length Ls = length Ms -> A <> [] -> lawful_vector ok p n Ls A -> lawful ok p n Ms s -> even_widths Ls -> even_widths Ms ->
  exists Ns B, length Ns = length Ls /\ B <> [] /\ lawful_vector ok p n Ns B /\ even_widths Ns /\
               forall x, dim n x -> vector_value Ns B x = value Ms s x :: vector_value Ls A x.
Proof.
  intros HD HA HL HM EL EM. unfold vector_value, value.
  destruct Ls as [| L Ls], Ms as [| M Ms]; try discriminate.
  - exists [], (s :: A). split; [reflexivity |]. split; [discriminate |]. split; [constructor; assumption |]. auto.
  - assert (HL1 : Forall (fun r => lawful ok Pinf (length L) Ls r) A).
    { eapply Forall_impl; [| exact HL]. intros r Hr. apply Hr. }
    destruct HM as (Mc & Mn & HM). inversion EL as [| ? ? EL1 EL2]; subst. inversion EM as [| ? ? EM1 EM2]; subst.
    destruct A as [| r0 A]; [congruence |]. set (A0 := r0 :: A) in *.
    assert (H0 : lawful ok p n (L :: Ls) r0) by (inversion HL; assumption). destruct H0 as (Lc & Ln & H0).
    exists ((L ++ M) :: diagonal (length L) (length M) Ls Ms),
           (right_row (last_width (length L) Ls) s :: map (left_row (last_width (length M) Ms)) A0).
    assert (HD' : length Ls = length Ms) by (injection HD; auto).
    assert (first : columns n (L ++ M) /\ Forall (fun s0 : row => ok (norm (dual p) (fst s0))) (L ++ M)).
    { unfold columns in *. rewrite !Forall_app. auto. }
    split; [| split; [discriminate | split; [| split]]].
    + simpl. f_equal. clear - HD'. revert Ms HD'. generalize (length L) as a, (length M) as b. induction Ls as [| B Ls IH];
        intros a b [| C Ms] H; try discriminate; simpl; [reflexivity |]. f_equal. apply IH. injection H; auto.
    + unfold lawful_vector. constructor.
      * cbn [lawful]. rewrite app_length. split; [apply first | split; [apply first |]].
        apply (diagonal_lawful ok (length L) (length M) Ls Ms r0 s); assumption.
      * rewrite Forall_map. eapply Forall_impl; [| exact HL1]. intros r Hr. cbn [lawful]. rewrite app_length.
        split; [apply first | split; [apply first |]].
        apply (diagonal_lawful ok (length L) (length M) Ls Ms r s); assumption.
    + constructor.
      * rewrite app_length. apply even_plus; assumption.
      * clear - HD' EL2 EM2. revert Ms HD' EM2. generalize (length L) as a, (length M) as b.
        induction EL2 as [| B Ls HB HLs IH]; intros a b [| C Ms] H E; try discriminate; simpl; [constructor |].
        inversion E; subst. constructor; [rewrite block_diagonal_length; apply even_plus; assumption |].
        apply IH; [injection H; auto | assumption].
    + intros x Hx. cbn [hidden].
      assert (E : affine (L ++ M) x = affine L x ++ affine M x) by apply map_app.
      rewrite E, maxmin_app by (rewrite affine_length; exact EL1).
      assert (Dl : dim (length L) (maxmin (affine L x))) by (unfold dim; rewrite maxmin_length; apply affine_length).
      assert (Dm : dim (length M) (maxmin (affine M x))) by (unfold dim; rewrite maxmin_length; apply affine_length).
      rewrite (diagonal_hidden ok _ _ Ls Ms r0 s) by assumption. unfold affine at 1. cbn [map]. f_equal.
      * apply out_right. apply hidden_length. exact Dl.
      * unfold affine. rewrite map_map. apply map_ext_in. intros r Hr. rewrite Forall_forall in HL1.
        eapply out_left; [eapply lawful_last_width; apply HL1, Hr | apply hidden_length; exact Dl].
Qed.

(** ** Universality *)

(* Finitely many requirements that hold for all large depths hold together at one depth. *)
Lemma common_depth (Q : nat -> nat -> Prop) (m : nat) :
  (forall i, (i < m)%nat -> exists d, forall d', (d <= d')%nat -> Q i d') -> exists d, forall i, (i < m)%nat -> Q i d.
Proof.
  intro H. assert (exists d, forall i d', (i < m)%nat -> (d <= d')%nat -> Q i d') as (d & Hd); [| exists d; auto].
  induction m as [| m IH]; [exists 0%nat; lia |].
  destruct IH as (d & Hd); [intros; apply H; lia |]. destruct (H m) as (e & He); [lia |].
  exists (Nat.max d e). intros i d' Hi Hd'. destruct (Nat.eq_dec i m) as [-> |]; [apply He | apply Hd]; lia.
Qed.

(* @statement SO-Obs *)
(* On a nonempty compact subset K of (R^n, p), n > 0, p = 1, 2, inf, the MaxMin networks with m > 0 outputs and all rows of norm
   exactly 1 are dense in the maps that are 1-Lipschitz from K into (R^m, l_inf). *)
Theorem vector_universality (p : exponent) (n m : nat) (K : list R -> Prop) (F : list R -> list R) (e : R) :
  (0 < n)%nat -> (0 < m)%nat -> compact (X := vec p) K -> (forall x, K x -> dim n x) -> (exists x, K x) ->
  (forall x, K x -> dim m (F x)) -> Lip_on (X := vec p) (Y := vec Pinf) K 1 F -> 0 < e ->
  exists Ls A, length A = m /\ lawful_vector unit_norm p n Ls A /\
               forall x, K x -> dist Pinf (vector_value Ls A x) (F x) <= e.
Proof.
  intros Hn Hm HK Hdim Hne HFm HF He.
  set (near := fun i Ls r => lawful unit_norm p n Ls r /\ even_widths Ls /\
                             forall x, K x -> Rabs (value Ls r x - nth i (F x) 0) <= e).
  destruct (common_depth (fun i d => exists Ls r, length Ls = d /\ near i Ls r) m) as (d & Hd).
  { intros i Hi. destruct (universality p n K Hn HK Hdim Hne (fun x => nth i (F x) 0)) with (e := e) as (g & (Ls & r & HL & E) & Hg).
    - intros x y Hx Hy. simpl. eapply Rle_trans; [apply dist_entry |]. exact (HF x y Hx Hy).
    - exact He.
    - destruct (even_form unit_norm p n Ls r HL) as (Ls1 & r1 & HL1 & EL1 & _ & V1). exists (length Ls1). intros d' Hd'.
      destruct (deepen_by unit_norm p n (d' - length Ls1) Ls1 r1 eq_refl HL1 EL1) as (Ls2 & r2 & HL2 & EL2 & D2 & V2).
      exists Ls2, r2. split; [lia |]. split; [exact HL2 |]. split; [exact EL2 |]. intros x Hx.
      rewrite V2, V1, <- E by (apply Hdim, Hx). apply Hg, Hx. }
  (* the outputs k, ..., m - 1 together *)
  assert (H : forall j, (0 < j)%nat -> (j <= m)%nat -> exists Ls A, length Ls = d /\ A <> [] /\ length A = j /\
            lawful_vector unit_norm p n Ls A /\ even_widths Ls /\
            forall x, K x -> forall i, Rabs (nth i (vector_value Ls A x) 0 - nth i (skipn (m - j) (F x)) 0) <= e).
  { induction j as [| j IH]; [lia |]. intros _ Hj. destruct (Hd (m - S j)%nat) as (Ms & s & DM & HM & EM & VM); [lia |].
    assert (Hskip : forall x, K x -> skipn (m - S j) (F x) = nth (m - S j) (F x) 0 :: skipn (m - j) (F x)).
    { intros x Hx. pose proof (HFm x Hx) as Hl. unfold dim in Hl. replace (m - j)%nat with (S (m - S j)) by lia.
      assert (Hlt : (m - S j < length (F x))%nat) by lia. revert Hlt. generalize (m - S j)%nat as k, (F x) as l. clear.
      induction k as [| k IH]; intros [| a l] H; simpl in *; try lia; [reflexivity |]. apply IH. lia. }
    destruct j as [| j].
    - exists Ms, [s]. split; [exact DM |]. split; [discriminate |]. split; [reflexivity |].
      split; [repeat constructor; exact HM |]. split; [exact EM |]. intros x Hx [| i]; rewrite Hskip by exact Hx; simpl.
      + apply VM, Hx.
      + rewrite skipn_all2 by (rewrite (HFm x Hx); lia). destruct i; simpl; rewrite Rminus_0_r, Rabs_R0; lra.
    - destruct IH as (Ls & A & DL & HA & LA & HL & EL & VL); [lia | lia |].
      destruct (join_two unit_norm p n A Ls Ms s) as (Ns & B & DN & HB & HN & EN & VN); auto; try congruence.
      exists Ns, B. split; [congruence |]. split; [exact HB |].
      assert (LB : length B = S (length A)).
      { destruct Hne as (x & Hx). specialize (VN x (Hdim x Hx)). apply (f_equal (@length R)) in VN.
        unfold vector_value in VN. simpl in VN. rewrite !affine_length in VN. exact VN. }
      split; [congruence |]. split; [exact HN |]. split; [exact EN |]. intros x Hx i.
      rewrite VN by (apply Hdim, Hx). rewrite Hskip by exact Hx. destruct i as [| i]; simpl; [apply VM, Hx | apply VL, Hx]. }
  destruct (H m) as (Ls & A & _ & _ & LA & HL & _ & V); [exact Hm | lia |]. exists Ls, A. split; [exact LA |]. split; [exact HL |].
  intros x Hx. apply dist_Pinf_le; [lra |]. intro i. specialize (V x Hx i). rewrite Nat.sub_diag in V. exact V.
Qed.
