(** * MaxMin networks and their lattice closure

    Content: networks of affine layers with MaxMin after every hidden layer, of any depth and any widths; they are
    1-Lipschitz; each equals a network whose hidden widths are even, and one that is deeper by any number of layers; two
    networks in parallel; the networks of one kind form a lattice.

    A network is the list of its hidden layers and one final row: real-valued networks. The first layer is measured from the
    norm p (dual norm of its rows), every later layer by absolute row sums. The parameter [ok] says which norms of rows are
    allowed: [unit_norm], exactly 1, or [ball_norm], at most 1.
    Odd widths are allowed; MaxMin leaves the last unit of such a layer as it is.
    Not covered: several outputs, group sizes other than 2 (a descending GroupSort of size 2 is MaxMin, see GroupSort.v). *)

Require Import Reals Lra Psatz List Lia Bool.
From Lipref Require Import Metric Norms MaxMin RowSum StoneWeierstrass.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* the hidden part: affine layer and MaxMin, repeated *)
Fixpoint hidden (Ls : list layer) (x : list R) : list R :=
  match Ls with [] => x | A :: Ls' => hidden Ls' (maxmin (affine A x)) end.

(* the value of the network with hidden layers Ls and final row r *)
Definition value (Ls : list layer) (r : row) (x : list R) : R := out (hidden Ls x) r.

Definition unit_norm (t : R) : Prop := t = 1.
Definition ball_norm (t : R) : Prop := t <= 1.

(* shapes fit from R^n on, and rows have allowed norms: dual norm of p in the first layer, of l_inf in the others *)
Fixpoint lawful (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) : Prop :=
  match Ls with
  | [] => length (fst r) = n /\ ok (norm (dual p) (fst r))
  | A :: Ls' => columns n A /\ Forall (fun s => ok (norm (dual p) (fst s))) A /\ lawful ok Pinf (length A) Ls' r
  end.

(* f is, on R^n, the function of a lawful network *)
Definition Net (ok : R -> Prop) (p : exponent) (n : nat) (f : list R -> R) : Prop :=
  exists Ls r, lawful ok p n Ls r /\ forall x, dim n x -> f x = value Ls r x.

Definition even_widths (Ls : list layer) : Prop := Forall (fun A : layer => Nat.Even (length A)) Ls.

(** ** Networks are 1-Lipschitz *)

Lemma lawful_weaken (ok ok' : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  (forall t, ok t -> ok' t) -> lawful ok p n Ls r -> lawful ok' p n Ls r.
Proof.
  intro H. revert p n. induction Ls as [| A Ls IH]; intros p n; simpl; [intuition |].
  intros (Hc & Hr & Hl). repeat split; auto. eapply Forall_impl; [| exact Hr]. auto.
Qed.

Lemma lawful_unit_ball (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful unit_norm p n Ls r -> lawful ball_norm p n Ls r.
Proof. apply lawful_weaken. unfold unit_norm, ball_norm. intros; lra. Qed.

(* @statement SO-Thm3 *)
(* A network with norms of rows at most 1 is 1-Lipschitz from (R^n, p) into R, for p = 1, 2, inf. *)
Theorem network_lip (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful ball_norm p n Ls r -> Lip (X := vec p) (Y := Real) 1 (value Ls r).
Proof.
  unfold value. revert p n. induction Ls as [| A Ls IH]; intros p n; simpl lawful.
  - intros (_ & H) x y. simpl. unfold out.
    replace (dot (fst r) x + snd r - (dot (fst r) y + snd r)) with (dot (fst r) x - dot (fst r) y) by ring.
    eapply Rle_trans; [apply dot_lipschitz |]. apply Rmult_le_compat_r; [apply dist_nonneg | exact H].
  - intros (_ & HA & HL) x y. simpl. rewrite Rmult_1_l.
    eapply Rle_trans; [apply (IH Pinf (length A) HL) |]. simpl. rewrite Rmult_1_l.
    eapply Rle_trans; [apply maxmin_dist; rewrite !affine_length; reflexivity |].
    pose proof (affine_lip p A 1 Rle_0_1 HA x y) as H. simpl in H. lra.
Qed.

(* @statement SO-Thm3 *)
(* Every function of the class is 1-Lipschitz on R^n. *)
Corollary Net_lip (p : exponent) (n : nat) (f : list R -> R) :
  Net ball_norm p n f -> Lip_on (X := vec p) (Y := Real) (dim n) 1 f.
Proof.
  intros (Ls & r & HL & E) x y Hx Hy. rewrite (E x Hx), (E y Hy). apply (network_lip p n). exact HL.
Qed.

(** ** Even widths: the lone unit is duplicated *)

(* one more input, which the row does not read *)
Definition extend (s : row) : row := (fst s ++ [0], snd s).
Definition extend_layer (A : layer) : layer := map extend A.

Lemma norm_extend (p : exponent) (s : row) : norm p (fst (extend s)) = norm p (fst s).
Proof. simpl. rewrite norm_app. simpl. rewrite Rabs_R0, comb_0_r, comb_0_r; [reflexivity | apply norm_nonneg | lra]. Qed.

Lemma out_extend (s : row) (x : list R) (t : R) : length (fst s) = length x -> out (x ++ [t]) (extend s) = out x s.
Proof. intro H. unfold out, extend. simpl. rewrite dot_app by exact H. simpl. lra. Qed.

Lemma affine_extend (A : layer) (x : list R) (t : R) :
  columns (length x) A -> affine (extend_layer A) (x ++ [t]) = affine A x.
Proof.
  intro H. unfold affine, extend_layer. rewrite map_map. apply map_ext_in. intros s Hs. apply out_extend.
  unfold columns in H. rewrite Forall_forall in H. apply H, Hs.
Qed.

Lemma lawful_extend_layer (ok : R -> Prop) (p : exponent) (n : nat) (A : layer) :
  columns n A -> Forall (fun s => ok (norm (dual p) (fst s))) A ->
  columns (S n) (extend_layer A) /\ Forall (fun s => ok (norm (dual p) (fst s))) (extend_layer A).
Proof.
  unfold columns, extend_layer. intros Hc Hr. rewrite !Forall_map. split.
  - eapply Forall_impl; [| exact Hc]. intros s Hs. simpl. rewrite app_length, Hs. simpl. lia.
  - eapply Forall_impl; [| exact Hr]. intros s Hs. rewrite norm_extend. exact Hs.
Qed.

(* A network can be given one more input, which it does not read. *)
Lemma spare_input (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful ok p n Ls r -> even_widths Ls ->
  exists Ls' r', lawful ok p (S n) Ls' r' /\ even_widths Ls' /\ length Ls' = length Ls /\
                 forall x t, dim n x -> value Ls' r' (x ++ [t]) = value Ls r x.
Proof.
  destruct Ls as [| A Ls]; simpl; intros HL HE.
  - destruct HL as (Hn & Hr). exists [], (extend r). repeat split; auto.
    + simpl. rewrite app_length, Hn. simpl. lia.
    + rewrite norm_extend. exact Hr.
    + intros x t Hx. unfold value. simpl. apply out_extend. unfold dim in Hx. congruence.
  - destruct HL as (Hc & Hr & HL). destruct (lawful_extend_layer ok p n A Hc Hr) as (Hc' & Hr').
    exists (extend_layer A :: Ls), r. inversion HE as [| A' Ls' HA HLs]; subst. repeat split; auto.
    + unfold extend_layer at 1. rewrite map_length. exact HL.
    + constructor; [| exact HLs]. unfold extend_layer. rewrite map_length. exact HA.
    + intros x t Hx. unfold value. simpl. rewrite affine_extend; [reflexivity |]. unfold dim in Hx. congruence.
Qed.

Lemma maxmin_duplicate (x : list R) (t : R) : Nat.Even (length x) -> maxmin (x ++ [t; t]) = maxmin (x ++ [t]) ++ [t].
Proof.
  intro H. rewrite !maxmin_app by exact H. rewrite <- app_assoc. f_equal. simpl. f_equal; [rmax | f_equal; rmax].
Qed.

(* @statement SO-Thm3-depth *)
(* Every network equals a network of the same depth whose hidden widths are even. *)
Theorem even_form (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  lawful ok p n Ls r ->
  exists Ls' r', lawful ok p n Ls' r' /\ even_widths Ls' /\ length Ls' = length Ls /\
                 forall x, dim n x -> value Ls' r' x = value Ls r x.
Proof.
  revert p n. induction Ls as [| A Ls IH]; intros p n HL; simpl in HL.
  - exists [], r. repeat split; auto; try apply HL. constructor.
  - destruct HL as (Hc & Hr & HL). destruct (IH Pinf (length A) HL) as (Ls1 & r1 & HL1 & HE1 & Hd1 & Hv1).
    assert (Hm : forall x, dim (length A) (maxmin (affine A x))) by (intro; unfold dim; rewrite maxmin_length; apply affine_length).
    destruct (Nat.Even_or_Odd (length A)) as [He | Ho].
    + exists (A :: Ls1), r1. repeat split; auto.
      * constructor; assumption.
      * simpl. congruence.
      * intros x Hx. unfold value in *. simpl. apply Hv1, Hm.
    + destruct (spare_input ok Pinf (length A) Ls1 r1 HL1 HE1) as (Ls2 & r2 & HL2 & HE2 & Hd2 & Hv2).
      destruct (exists_last (l := A)) as (B & s & ->).
      { intros ->. destruct Ho as (k & Hk). simpl in Hk. lia. }
      rewrite app_length in Ho, HL2. simpl in Ho, HL2.
      assert (HB : Nat.Even (length B)) by (destruct Ho as (k & Hk); exists k; lia).
      exists ((B ++ [s; s]) :: Ls2), r2. unfold columns in *. rewrite Forall_app in Hc, Hr.
      destruct Hc as (HcB & Hcs). destruct Hr as (HrB & Hrs). inversion Hcs; subst. inversion Hrs; subst.
      repeat split.
      * unfold columns. rewrite Forall_app. auto.
      * rewrite Forall_app. auto.
      * rewrite app_length. simpl. replace (length B + 2)%nat with (S (length B + 1)) by lia. exact HL2.
      * constructor; [| exact HE2]. rewrite app_length. destruct HB as (k & Hk). exists (S k). simpl. lia.
      * simpl. congruence.
      * intros x Hx. unfold value in *. simpl.
        replace (maxmin (affine (B ++ [s; s]) x)) with (maxmin (affine (B ++ [s]) x) ++ [out x s]).
        -- rewrite Hv2 by apply Hm. apply Hv1, Hm.
        -- unfold affine. rewrite !map_app. simpl. symmetry. apply maxmin_duplicate. rewrite map_length. exact HB.
Qed.

(** ** Depth: the value is carried as a sorted pair *)

Definition first_of_pair : row := ([1; 0], 0).
Definition second_of_pair : row := ([0; 1], 0).

Lemma pair_norms (ok : R -> Prop) :
  ok 1 -> ok (norm (dual Pinf) (fst first_of_pair)) /\ ok (norm (dual Pinf) (fst second_of_pair)).
Proof.
  intro H. simpl. rewrite Rabs_R0, Rabs_R1. split.
  - replace (1 + (0 + 0)) with 1 by lra. exact H.
  - replace (0 + (1 + 0)) with 1 by lra. exact H.
Qed.

(* @statement SO-Thm3-depth *)
(* Every network with even widths equals one with one more hidden layer: the final row is doubled, MaxMin fixes the pair
   (z, z), and its first entry is read. *)
Theorem deepen (ok : R -> Prop) (p : exponent) (n : nat) (Ls : list layer) (r : row) :
  ok 1 -> lawful ok p n Ls r -> even_widths Ls ->
  exists Ls' r', lawful ok p n Ls' r' /\ even_widths Ls' /\ length Ls' = S (length Ls) /\
                 forall x, value Ls' r' x = value Ls r x.
Proof.
  intros Hok HL HE. exists (Ls ++ [[r; r]]), first_of_pair. repeat split.
  - clear HE. revert p n HL. induction Ls as [| A Ls IH]; intros p n; simpl.
    + intros (Hn & Hr). unfold columns. repeat split; auto. apply (pair_norms ok Hok).
    + intros (Hc & Hr & HL). repeat split; auto.
  - unfold even_widths. rewrite Forall_app. split; [exact HE |]. repeat constructor. exists 1%nat. reflexivity.
  - rewrite app_length. simpl. lia.
  - intro x. unfold value. revert x. clear HL HE. induction Ls as [| A Ls IH]; intro x; simpl.
    + unfold out at 1. simpl. unfold out. rmax.
    + apply IH.
Qed.

(* @statement SO-Thm3-depth *)
(* Every network with even widths equals one with k more hidden layers. *)
Theorem deepen_by (ok : R -> Prop) (p : exponent) (n k : nat) (Ls : list layer) (r : row) :
  ok 1 -> lawful ok p n Ls r -> even_widths Ls ->
  exists Ls' r', lawful ok p n Ls' r' /\ even_widths Ls' /\ length Ls' = (k + length Ls)%nat /\
                 forall x, value Ls' r' x = value Ls r x.
Proof.
  intros Hok HL HE. induction k as [| k (Ls1 & r1 & H1 & E1 & D1 & V1)]; [exists Ls, r; auto |].
  destruct (deepen ok p n Ls1 r1 Hok H1 E1) as (Ls2 & r2 & H2 & E2 & D2 & V2).
  exists Ls2, r2. repeat split; auto; [simpl; congruence |]. intro x. rewrite V2. apply V1.
Qed.

(** ** Two networks in parallel *)

(* A reads the first n inputs, B the m inputs after them *)
Definition block_diagonal (n m : nat) (A B : layer) : layer :=
  map (fun s => (fst s ++ repeat 0 m, snd s)) A ++ map (fun s => (repeat 0 n ++ fst s, snd s)) B.

Fixpoint parallel (n m : nat) (Ls Ms : list layer) (r s : row) : list layer :=
  match Ls, Ms with
  | A :: Ls', B :: Ms' => block_diagonal n m A B :: parallel (length A) (length B) Ls' Ms' r s
  | _, _ => [block_diagonal n m [r] [s]]
  end.

(* both networks read the same input: the first layers are stacked, the later ones block diagonal *)
Definition stack (Ls Ms : list layer) (r s : row) : list layer :=
  match Ls, Ms with
  | A :: Ls', B :: Ms' => (A ++ B) :: parallel (length A) (length B) Ls' Ms' r s
  | _, _ => [[r; s]]
  end.

Lemma block_diagonal_length (n m : nat) (A B : layer) : length (block_diagonal n m A B) = (length A + length B)%nat.
Proof. unfold block_diagonal. rewrite app_length, !map_length. reflexivity. Qed.

Lemma block_diagonal_affine (n m : nat) (A B : layer) (x y : list R) :
  columns n A -> columns m B -> dim n x -> dim m y ->
  affine (block_diagonal n m A B) (x ++ y) = affine A x ++ affine B y.
Proof.
  unfold columns, dim. rewrite !Forall_forall. intros HA HB Hx Hy. unfold affine, block_diagonal.
  rewrite map_app, !map_map. f_equal; apply map_ext_in; intros s Hs; unfold out; simpl.
  - rewrite dot_app by (rewrite HA; auto). rewrite dot_zeros. lra.
  - rewrite dot_app by (rewrite repeat_length; auto). rewrite dot_zeros. lra.
Qed.

Lemma block_diagonal_lawful (ok : R -> Prop) (p : exponent) (n m : nat) (A B : layer) :
  columns n A -> columns m B ->
  Forall (fun s => ok (norm p (fst s))) A -> Forall (fun s => ok (norm p (fst s))) B ->
  columns (n + m) (block_diagonal n m A B) /\ Forall (fun s => ok (norm p (fst s))) (block_diagonal n m A B).
Proof.
  unfold columns, block_diagonal. intros HA HB NA NB. rewrite !Forall_app, !Forall_map. simpl.
  repeat split.
  - eapply Forall_impl; [| exact HA]. intros s Hs. simpl. rewrite app_length, repeat_length, Hs. reflexivity.
  - eapply Forall_impl; [| exact HB]. intros s Hs. simpl. rewrite app_length, repeat_length, Hs. reflexivity.
  - eapply Forall_impl; [| exact NA]. intros s Hs. simpl. rewrite norm_app, norm_zeros, comb_0_r by apply norm_nonneg. exact Hs.
  - eapply Forall_impl; [| exact NB]. intros s Hs. simpl. rewrite norm_app, norm_zeros, comb_0_l by apply norm_nonneg. exact Hs.
Qed.

Lemma parallel_lawful (ok : R -> Prop) (n m : nat) (Ls Ms : list layer) (r s q : row) :
  length Ls = length Ms -> lawful ok Pinf n Ls r -> lawful ok Pinf m Ms s ->
  length (fst q) = 2%nat -> ok (norm (dual Pinf) (fst q)) -> lawful ok Pinf (n + m) (parallel n m Ls Ms r s) q.
Proof.
  intros HD HL HM Hq Nq. revert n m Ms HD HL HM.
  induction Ls as [| A Ls IH]; intros n m [| B Ms] HD HL HM; try discriminate; cbn [parallel lawful] in *.
  - destruct HL as (Hr & Nr). destruct HM as (Hs & Ns).
    assert (H : forall (P : row -> Prop) t, P t -> Forall P [t]) by (intros; repeat constructor; assumption).
    destruct (block_diagonal_lawful ok (dual Pinf) n m [r] [s]) as (H1 & H2); try (apply H; assumption).
    rewrite block_diagonal_length. auto.
  - destruct HL as (Ac & An & HL). destruct HM as (Bc & Bn & HM).
    destruct (block_diagonal_lawful ok (dual Pinf) n m A B) as (H1 & H2); auto.
    rewrite block_diagonal_length. repeat split; auto.
Qed.

Lemma parallel_hidden (ok : R -> Prop) (n m : nat) (Ls Ms : list layer) (r s : row) (x y : list R) :
  length Ls = length Ms -> lawful ok Pinf n Ls r -> lawful ok Pinf m Ms s -> even_widths Ls -> dim n x -> dim m y ->
  hidden (parallel n m Ls Ms r s) (x ++ y) = maxmin [value Ls r x; value Ms s y].
Proof.
  unfold value. revert n m Ms x y. induction Ls as [| A Ls IH]; intros n m [| B Ms] x y HD HL HM HE Hx Hy;
    try discriminate; cbn [parallel hidden lawful] in *.
  - rewrite block_diagonal_affine; auto; constructor; try apply HL; try apply HM; constructor.
  - destruct HL as (Ac & An & HL). destruct HM as (Bc & Bn & HM). inversion HE as [| A' Ls' EA ELs]; subst.
    rewrite block_diagonal_affine by assumption. rewrite maxmin_app by (rewrite affine_length; exact EA).
    apply IH; auto; unfold dim; rewrite maxmin_length, affine_length; reflexivity.
Qed.

Lemma stack_lawful (ok : R -> Prop) (p : exponent) (n : nat) (Ls Ms : list layer) (r s q : row) :
  length Ls = length Ms -> lawful ok p n Ls r -> lawful ok p n Ms s ->
  length (fst q) = 2%nat -> ok (norm (dual Pinf) (fst q)) -> lawful ok p n (stack Ls Ms r s) q.
Proof.
  intros HD HL HM Hq Nq. destruct Ls as [| A Ls], Ms as [| B Ms]; try discriminate; cbn [stack lawful] in *.
  - destruct HL, HM. unfold columns. repeat split; auto.
  - destruct HL as (Ac & An & HL). destruct HM as (Bc & Bn & HM). unfold columns in *.
    rewrite !Forall_app, app_length. repeat split; auto. apply parallel_lawful; auto.
Qed.

Lemma stack_hidden (ok : R -> Prop) (p : exponent) (n : nat) (Ls Ms : list layer) (r s : row) (x : list R) :
  length Ls = length Ms -> lawful ok p n Ls r -> lawful ok p n Ms s -> even_widths Ls -> dim n x ->
  hidden (stack Ls Ms r s) x = maxmin [value Ls r x; value Ms s x].
Proof.
  intros HD HL HM HE Hx. unfold value.
  destruct Ls as [| A Ls], Ms as [| B Ms]; try discriminate; cbn [stack lawful hidden] in *; [reflexivity |].
  destruct HL as (Ac & An & HL). destruct HM as (Bc & Bn & HM). inversion HE as [| A' Ls' EA ELs]; subst.
  unfold affine at 1. rewrite map_app. fold (affine A x) (affine B x).
  rewrite maxmin_app by (rewrite affine_length; exact EA).
  apply (parallel_hidden ok); auto; unfold dim; rewrite maxmin_length, affine_length; reflexivity.
Qed.

(** ** The lattice *)

(* @statement SO-Thm3-lattice *)
(* The maximum and the minimum of two networks, of any depths and widths, are networks of the same kind. *)
Theorem network_lattice (ok : R -> Prop) (p : exponent) (n : nat) (Ls Ms : list layer) (r s : row) :
  ok 1 -> lawful ok p n Ls r -> lawful ok p n Ms s ->
  exists Ns, lawful ok p n Ns first_of_pair /\ lawful ok p n Ns second_of_pair /\
             (forall x, dim n x -> value Ns first_of_pair x = Rmax (value Ls r x) (value Ms s x)) /\
             (forall x, dim n x -> value Ns second_of_pair x = Rmin (value Ls r x) (value Ms s x)).
Proof.
  intros Hok HL HM.
  destruct (even_form ok p n Ls r HL) as (L1 & r1 & HL1 & EL1 & _ & VL1).
  destruct (even_form ok p n Ms s HM) as (M1 & s1 & HM1 & EM1 & _ & VM1).
  destruct (deepen_by ok p n (length M1) L1 r1 Hok HL1 EL1) as (L2 & r2 & HL2 & EL2 & DL2 & VL2).
  destruct (deepen_by ok p n (length L1) M1 s1 Hok HM1 EM1) as (M2 & s2 & HM2 & EM2 & DM2 & VM2).
  assert (HD : length L2 = length M2) by lia.
  destruct (pair_norms ok Hok) as (N1 & N2). exists (stack L2 M2 r2 s2). repeat split.
  - apply stack_lawful; auto.
  - apply stack_lawful; auto.
  - intros x Hx. unfold value at 1. rewrite (stack_hidden ok p n) by assumption.
    rewrite VL2, VM2, VL1, VM1 by assumption. unfold out. simpl. lra.
  - intros x Hx. unfold value at 1. rewrite (stack_hidden ok p n) by assumption.
    rewrite VL2, VM2, VL1, VM1 by assumption. unfold out. simpl. lra.
Qed.

(* @statement SO-Thm3-lattice *)
(* The functions of the class form a lattice. *)
Theorem Net_lattice (ok : R -> Prop) (p : exponent) (n : nat) : ok 1 -> lattice (Net ok p n).
Proof.
  intros Hok f g (Ls & r & HL & EL) (Ms & s & HM & EM).
  destruct (network_lattice ok p n Ls Ms r s Hok HL HM) as (Ns & H1 & H2 & V1 & V2). split.
  - exists Ns, first_of_pair. split; [exact H1 |]. intros x Hx. rewrite EL, EM, V1 by exact Hx. reflexivity.
  - exists Ns, second_of_pair. split; [exact H2 |]. intros x Hx. rewrite EL, EM, V2 by exact Hx. reflexivity.
Qed.
