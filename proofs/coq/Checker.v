(** * A verified checker for given networks

    Content: networks of affine layers, GroupSort of any group size and order, and scaling, with weights that are integers
    over a common denominator of their layer; their meaning as maps of real vectors; a boolean [check] that computes with
    integers only; the theorem that [check] = true makes the network K-Lipschitz in l_inf; exact evaluation of the network at
    rational points.

    Floating-point numbers are dyadic rationals, so a trained network is written here without rounding. The theorem is about
    the real map with these weights; it says nothing of the rounding of a floating-point forward pass.
    The bound is the product over the layers of the largest absolute row sum, resp. of the absolute scale.
    Not covered: convolutions (other than unfolded), other norms. *)

Require Import Reals Lra Psatz List ZArith Lia Bool.
From Lipref Require Import Metric Norms MaxMin GroupSort RowSum.
Import ListNotations.
Open Scope R_scope.

(** ** Networks and their meaning *)

(* The integer m stands for m / D, with D the denominator of the layer. *)
Inductive module : Set :=
| Linear (D : positive) (rows : list (list Z * Z))   (* rows of weights, each with its bias *)
| GroupSort (k : nat) (desc : bool)                  (* group size; true: descending *)
| Scale (D : positive) (c : Z).

Definition rat (D : positive) (m : Z) : R := IZR m / IZR (Zpos D).

Definition rational_row (D : positive) (r : list Z * Z) : row := (map (rat D) (fst r), rat D (snd r)).

Definition denote (m : module) (x : list R) : list R :=
  match m with
  | Linear D rows => affine (map (rational_row D) rows) x
  | GroupSort k desc => groupsort k desc x
  | Scale D c => map (Rmult (rat D c)) x
  end.

(* the map of a network, first layer first *)
Definition run (net : list module) (x : list R) : list R := fold_left (fun h m => denote m h) net x.

(** ** The checker *)

Definition abs_row_sum (w : list Z) : Z := fold_left (fun s m => s + Z.abs m)%Z w 0%Z.
Definition largest_row_sum (rows : list (list Z * Z)) : Z := fold_left (fun s r => Z.max s (abs_row_sum (fst r))) rows 0%Z.

(* numerator and denominator of the Lipschitz bound of a layer *)
Definition gain (m : module) : Z * positive :=
  match m with
  | Linear D rows => (largest_row_sum rows, D)
  | GroupSort _ _ => (1%Z, 1%positive)
  | Scale D c => (Z.abs c, D)
  end.

Fixpoint bound (net : list module) : Z * positive :=
  match net with
  | [] => (1%Z, 1%positive)
  | m :: net' => let (a, A) := gain m in let (b, B) := bound net' in ((b * a)%Z, (B * A)%positive)
  end.

(* the width after the layer, when the layer accepts the width n *)
Definition width_after (m : module) (n : nat) : option nat :=
  match m with
  | Linear _ rows => if forallb (fun r => Nat.eqb (length (fst r)) n) rows then Some (length rows) else None
  | GroupSort k _ => if negb (Nat.eqb k 0) && Nat.eqb (n mod k) 0 then Some n else None
  | Scale _ _ => Some n
  end.

Fixpoint output_width (net : list module) (n : nat) : option nat :=
  match net with [] => Some n | m :: net' => match width_after m n with Some k => output_width net' k | None => None end end.

(* shapes fit from n inputs on, and the bound is at most num / den *)
Definition check (n : nat) (num : Z) (den : positive) (net : list module) : bool :=
  match output_width net n with
  | Some _ => let (b, B) := bound net in (b * Zpos den <=? num * Zpos B)%Z
  | None => false
  end.

(** ** Soundness *)

Lemma IZR_pos (D : positive) : 0 < IZR (Zpos D).
Proof. apply IZR_lt. reflexivity. Qed.

Lemma rat_abs (D : positive) (m : Z) : Rabs (rat D m) = rat D (Z.abs m).
Proof.
  unfold rat, Rdiv. rewrite Rabs_mult, <- abs_IZR, (Rabs_pos_eq (/ IZR (Zpos D))); [reflexivity |].
  apply Rlt_le, Rinv_0_lt_compat, IZR_pos.
Qed.

Lemma rat_plus (D : positive) (a b : Z) : rat D (a + b) = rat D a + rat D b.
Proof. unfold rat. rewrite plus_IZR. lra. Qed.

Lemma rat_le (D : positive) (a b : Z) : (a <= b)%Z -> rat D a <= rat D b.
Proof.
  intro H. unfold rat, Rdiv. apply Rmult_le_compat_r; [| apply IZR_le; exact H].
  apply Rlt_le, Rinv_0_lt_compat, IZR_pos.
Qed.

Lemma rat_nonneg (D : positive) (a : Z) : (0 <= a)%Z -> 0 <= rat D a.
Proof. intro H. replace 0 with (rat D 0) by (unfold rat; lra). apply rat_le. exact H. Qed.

Lemma rat_mult (D E : positive) (a b : Z) : rat (D * E) (a * b) = rat D a * rat E b.
Proof. unfold rat. rewrite mult_IZR, Pos2Z.inj_mul, mult_IZR. pose proof (IZR_pos D). pose proof (IZR_pos E). field. lra. Qed.

Lemma abs_row_sum_correct (D : positive) (w : list Z) : norm P1 (map (rat D) w) = rat D (abs_row_sum w).
Proof.
  unfold abs_row_sum. assert (H : forall s, rat D s + norm P1 (map (rat D) w) = rat D (fold_left (fun s m => s + Z.abs m)%Z w s)).
  { induction w as [| m w IH]; intro s; simpl; [lra |]. rewrite <- IH, rat_plus, rat_abs. lra. }
  rewrite <- H. unfold rat at 2. lra.
Qed.

Lemma fold_max_ge (rows : list (list Z * Z)) (s : Z) :
  (s <= fold_left (fun s r => Z.max s (abs_row_sum (fst r))) rows s)%Z.
Proof. revert s. induction rows as [| r rows IH]; intro s; simpl; [lia |]. specialize (IH (Z.max s (abs_row_sum (fst r)))). lia. Qed.

Lemma largest_row_sum_correct (D : positive) (rows : list (list Z * Z)) :
  Forall (fun r : row => norm P1 (fst r) <= rat D (largest_row_sum rows)) (map (rational_row D) rows).
Proof.
  unfold largest_row_sum. generalize 0%Z as s. induction rows as [| r rows IH]; intro s; simpl; constructor.
  - simpl. rewrite abs_row_sum_correct. apply rat_le.
    pose proof (fold_max_ge rows (Z.max s (abs_row_sum (fst r)))). lia.
  - apply IH.
Qed.

Lemma gain_nonneg (m : module) : (0 <= fst (gain m))%Z.
Proof. destruct m; simpl; try lia. apply fold_max_ge. Qed.

Lemma bound_nonneg (net : list module) : (0 <= fst (bound net))%Z.
Proof.
  induction net as [| m net IH]; simpl; [lia |]. pose proof (gain_nonneg m).
  destruct (gain m) as [a A], (bound net) as [b B]. simpl in *. nia.
Qed.

Lemma denote_length (m : module) (x y : list R) : length x = length y -> length (denote m x) = length (denote m y).
Proof.
  destruct m; simpl; intro H.
  - rewrite !affine_length. reflexivity.
  - rewrite !groupsort_length. exact H.
  - rewrite !map_length. exact H.
Qed.

Lemma dist_scale (p : exponent) (c : R) (x y : list R) : dist p (map (Rmult c) x) (map (Rmult c) y) = Rabs c * dist p x y.
Proof.
  revert y. induction x as [| a x IH]; intros [| b y].
  - simpl. lra.
  - apply (norm_scale p c (b :: y)).
  - apply (norm_scale p c (a :: x)).
  - simpl. rewrite IH, <- Rmult_minus_distr_l, Rabs_mult. apply comb_homog, Rabs_pos.
Qed.

Lemma denote_dist (m : module) (x y : list R) :
  length x = length y -> dist Pinf (denote m x) (denote m y) <= rat (snd (gain m)) (fst (gain m)) * dist Pinf x y.
Proof.
  intro H. destruct m as [D rows | k desc | D c]; simpl.
  - apply (affine_lip Pinf); [| apply largest_row_sum_correct].
    apply rat_nonneg, (gain_nonneg (Linear D rows)).
  - unfold rat. replace (1 / 1) with 1 by lra.
    apply (groupsort_lip Pinf k desc (length y)); unfold dim; auto.
  - rewrite dist_scale, rat_abs. lra.
Qed.

Lemma run_dist (net : list module) (x y : list R) :
  length x = length y -> dist Pinf (run net x) (run net y) <= rat (snd (bound net)) (fst (bound net)) * dist Pinf x y.
Proof.
  revert x y. induction net as [| m net IH]; intros x y H; simpl.
  - unfold rat. lra.
  - pose proof (denote_dist m x y H) as Hm. specialize (IH (denote m x) (denote m y) (denote_length m x y H)).
    pose proof (bound_nonneg net) as Hb. destruct (gain m) as [a A], (bound net) as [b B]. simpl in *.
    eapply Rle_trans; [exact IH |]. rewrite rat_mult, Rmult_assoc.
    apply Rmult_le_compat_l; [apply rat_nonneg; exact Hb | exact Hm].
Qed.

(* @statement SO-LinLip *)
(* Soundness: a network of n inputs that passes the check is (num/den)-Lipschitz on R^n in l_inf. *)
Theorem check_sound (n : nat) (num : Z) (den : positive) (net : list module) :
  check n num den net = true -> Lip_on (X := vec Pinf) (Y := vec Pinf) (dim n) (IZR num / IZR (Zpos den)) (run net).
Proof.
  unfold check. destruct (output_width net n); [| discriminate]. intros Hc x y Hx Hy. simpl.
  pose proof (run_dist net x y) as Hd. destruct (bound net) as [b B]. simpl in Hd. apply Z.leb_le in Hc.
  eapply Rle_trans; [apply Hd; unfold dim in *; congruence |].
  apply Rmult_le_compat_r; [apply dist_nonneg |]. unfold rat.
  apply IZR_le in Hc. rewrite !mult_IZR in Hc. pose proof (IZR_pos B). pose proof (IZR_pos den).
  apply (Rmult_le_reg_r (IZR (Zpos B) * IZR (Zpos den))); [apply Rmult_lt_0_compat; assumption |].
  replace (IZR b / IZR (Zpos B) * (IZR (Zpos B) * IZR (Zpos den))) with (IZR b * IZR (Zpos den)) by (field; lra).
  replace (IZR num / IZR (Zpos den) * (IZR (Zpos B) * IZR (Zpos den))) with (IZR num * IZR (Zpos B)) by (field; lra).
  exact Hc.
Qed.

(* @statement SO-Not1 *)
(* A network of n inputs that passes the check sends every vector of R^n to a vector of the announced width. *)
Theorem check_width (n k : nat) (net : list module) (x : list R) :
  output_width net n = Some k -> dim n x -> dim k (run net x).
Proof.
  unfold dim. revert n x. induction net as [| m net IH]; intros n x H Hx; simpl in *; [congruence |].
  destruct (width_after m n) as [j |] eqn:E; [| discriminate]. apply (IH j); [exact H |].
  destruct m as [D rows | g desc | D c]; simpl in *.
  - rewrite affine_length, map_length. destruct forallb; congruence.
  - rewrite groupsort_length. destruct (_ && _); congruence.
  - rewrite map_length. congruence.
Qed.

(** ** Exact evaluation *)

Definition zgroupsort (k : nat) (desc : bool) (x : list Z) : list Z :=
  blocks (if desc then exchange_sort Z.max Z.min else exchange_sort Z.min Z.max) (whole_blocks k (length x)) x.

Fixpoint zdot (w x : list Z) : Z := match w, x with a :: w', b :: x' => (a * b + zdot w' x')%Z | _, _ => 0%Z end.

(* one layer at the point x / E; the result has its own denominator *)
Definition zdenote (m : module) (p : list Z * positive) : list Z * positive :=
  let (x, E) := p in
  match m with
  | Linear D rows => (map (fun r => (zdot (fst r) x + snd r * Zpos E)%Z) rows, (D * E)%positive)
  | GroupSort k desc => (zgroupsort k desc x, E)
  | Scale D c => (map (Z.mul c) x, (D * E)%positive)
  end.

Definition zrun (net : list module) (p : list Z * positive) : list Z * positive := fold_left (fun h m => zdenote m h) net p.

Definition rational_point (p : list Z * positive) : list R := map (rat (snd p)) (fst p).

Lemma rat_max (D : positive) (a b : Z) : rat D (Z.max a b) = Rmax (rat D a) (rat D b).
Proof.
  destruct (Z.max_spec a b) as [(H & ->) | (H & ->)]; symmetry; [apply Rmax_right | apply Rmax_left]; apply rat_le; lia.
Qed.

Lemma rat_min (D : positive) (a b : Z) : rat D (Z.min a b) = Rmin (rat D a) (rat D b).
Proof.
  destruct (Z.min_spec a b) as [(H & ->) | (H & ->)]; symmetry; [apply Rmin_left | apply Rmin_right]; apply rat_le; lia.
Qed.

Lemma exchange_sort_map (A B : Type) (h : A -> B) (f g : A -> A -> A) (f' g' : B -> B -> B) (l : list A) :
  (forall a b, h (f a b) = f' (h a) (h b)) -> (forall a b, h (g a b) = g' (h a) (h b)) ->
  map h (exchange_sort f g l) = exchange_sort f' g' (map h l).
Proof.
  intros Hf Hg. induction l as [| a l IH]; simpl; [reflexivity |]. rewrite <- IH.
  generalize (exchange_sort f g l) as m. intro m. revert a. induction m as [| b m IHm]; intro a; simpl; [reflexivity |].
  rewrite IHm, Hf, Hg. reflexivity.
Qed.

Lemma blocks_map (A B : Type) (h : A -> B) (s : list A -> list A) (s' : list B -> list B) (ks : list nat) (x : list A) :
  (forall l, map h (s l) = s' (map h l)) -> map h (blocks s ks x) = blocks s' ks (map h x).
Proof.
  intro H. revert x. induction ks as [| k ks IH]; intro x; simpl; [reflexivity |].
  rewrite map_app, H, IH, firstn_map, skipn_map. reflexivity.
Qed.

(* @statement SO-GroupSort *)
(* GroupSort of integers, as computed, is GroupSort of the rational numbers that they stand for. *)
Theorem zgroupsort_correct (D : positive) (k : nat) (desc : bool) (x : list Z) :
  map (rat D) (zgroupsort k desc x) = groupsort k desc (map (rat D) x).
Proof.
  unfold zgroupsort, groupsort. rewrite map_length. apply blocks_map. intro l.
  destruct desc; apply exchange_sort_map; intros; simpl; apply rat_max || apply rat_min.
Qed.

Lemma zdot_correct (D E : positive) (w x : list Z) : rat (D * E) (zdot w x) = dot (map (rat D) w) (map (rat E) x).
Proof.
  revert x. induction w as [| a w IH]; intros [| b x]; simpl; try (unfold rat; lra).
  rewrite rat_plus, rat_mult, IH. reflexivity.
Qed.

(* @statement SO-Not1 *)
(* The exact evaluation with integers is the real map of the network at rational points. *)
Theorem zrun_correct (net : list module) (p : list Z * positive) : rational_point (zrun net p) = run net (rational_point p).
Proof.
  unfold zrun, run. revert p. induction net as [| m net IH]; intros p; simpl; [reflexivity |].
  rewrite IH. f_equal. destruct p as [x E]. destruct m as [D rows | k desc | D c]; unfold rational_point; simpl.
  - unfold affine. rewrite !map_map. apply map_ext. intro r. unfold out, rational_row. simpl.
    rewrite rat_plus, zdot_correct, rat_mult. f_equal. unfold rat at 2. field. apply Rgt_not_eq, IZR_pos.
  - apply zgroupsort_correct.
  - rewrite !map_map. apply map_ext. intro a. apply rat_mult.
Qed.
