(** * The Euclidean norm and matrices

    Content: the Cauchy-Schwarz inequality; the adjoint of a matrix; matrices with orthonormal columns are isometries, those
    with orthonormal rows are contractions whose adjoint is an isometry, so that a back-propagated gradient keeps its norm.

    A matrix is the list of its rows. "Orthonormal columns" is the operator identity W^T W = I, "orthonormal rows" is W W^T = I.
    Not covered: singular values, the spectral norm as a supremum. *)

Require Import Reals Lra Psatz List.
From Lipref Require Import Metric Norms RowSum.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

Definition matrix : Type := list (list R).

Definition apply (W : matrix) (x : list R) : list R := map (fun w => dot w x) W.

Fixpoint vadd (x y : list R) : list R :=
  match x, y with a :: x', b :: y' => (a + b) :: vadd x' y' | [], _ => y | _, [] => x end.

(* the adjoint: W^T y = sum of the rows w_i, each times y_i; in R^n *)
Fixpoint adjoint (n : nat) (W : matrix) (y : list R) : list R :=
  match W, y with w :: W', b :: y' => vadd (map (Rmult b) w) (adjoint n W' y') | _, _ => repeat 0 n end.

Definition rows_in (n : nat) (W : matrix) : Prop := Forall (fun w => length w = n) W.

Definition orthonormal_columns (n : nat) (W : matrix) : Prop := forall x, dim n x -> adjoint n W (apply W x) = x.
Definition orthonormal_rows (n : nat) (W : matrix) : Prop := forall y, dim (length W) y -> apply W (adjoint n W y) = y.

(** ** Cauchy-Schwarz *)

Lemma dot_self (x : list R) : dot x x = norm P2 x * norm P2 x.
Proof.
  induction x as [| a x IH]; simpl; [lra |]. rewrite sqrt_sqrt by apply sumsq_nonneg. rewrite IH.
  replace (Rabs a * Rabs a) with (a * a); [reflexivity |]. rewrite <- Rabs_mult, Rabs_pos_eq; [reflexivity | apply Rle_0_sqr].
Qed.

(* @statement SO-LinLip *)
(* Cauchy-Schwarz: |w.x| <= |w| |x| in the Euclidean norm. *)
Theorem cauchy_schwarz (w x : list R) : Rabs (dot w x) <= norm P2 w * norm P2 x.
Proof. exact (hoelder P2 w x). Qed.

(** ** Adjoints *)

Lemma vadd_length (n : nat) (x y : list R) : dim n x -> dim n y -> dim n (vadd x y).
Proof. unfold dim. revert n y. induction x; intros [| n] [| b y] Hx Hy; simpl in *; try discriminate; auto. Qed.

Lemma adjoint_length (n : nat) (W : matrix) (y : list R) : rows_in n W -> dim n (adjoint n W y).
Proof.
  intro H. revert y. induction H as [| w W Hw HW IH]; intros [| b y]; simpl; try apply repeat_length.
  apply vadd_length; [unfold dim; rewrite map_length; exact Hw | apply IH].
Qed.

Lemma dot_vadd (w x y : list R) : length x = length y -> dot (vadd x y) w = dot x w + dot y w.
Proof.
  revert w y. induction x as [| a x IH]; intros w [| b y] H; try discriminate; simpl; [lra |].
  destruct w as [| c w]; [lra |]. rewrite IH by (injection H; auto). lra.
Qed.

(* The adjoint moves a matrix to the other side of the dot product. *)
Lemma adjoint_dot (n : nat) (W : matrix) (x y : list R) :
  rows_in n W -> dot y (apply W x) = dot (adjoint n W y) x.
Proof.
  intro H. revert y. induction H as [| w W Hw HW IH]; intros [| b y]; simpl; try (rewrite dot_zeros; reflexivity).
  rewrite dot_vadd, dot_scale, IH; [reflexivity |].
  rewrite map_length, Hw. symmetry. apply adjoint_length. exact HW.
Qed.

(** ** Isometries *)

Lemma norm_P2_unique (x y : list R) : dot x x = dot y y -> norm P2 x = norm P2 y.
Proof.
  rewrite !dot_self. intro H. apply Rsqr_inj; auto using norm_nonneg.
Qed.

(* @statement SO-Orthn *)
(* A matrix with orthonormal columns keeps the Euclidean norm. *)
Theorem orthonormal_columns_isometry (n : nat) (W : matrix) (x : list R) :
  rows_in n W -> orthonormal_columns n W -> dim n x -> norm P2 (apply W x) = norm P2 x.
Proof.
  intros HW HO Hx. apply norm_P2_unique. rewrite (adjoint_dot n) by exact HW. rewrite HO by exact Hx. reflexivity.
Qed.

(* @statement SO-GNP *)
(* The adjoint of a matrix with orthonormal rows keeps the Euclidean norm: gradients pass the layer undiminished. *)
Theorem orthonormal_rows_adjoint_isometry (n : nat) (W : matrix) (y : list R) :
  rows_in n W -> orthonormal_rows n W -> dim (length W) y -> norm P2 (adjoint n W y) = norm P2 y.
Proof.
  intros HW HO Hy. apply norm_P2_unique. rewrite <- (adjoint_dot n) by exact HW. rewrite HO by exact Hy. reflexivity.
Qed.

Lemma apply_length (W : matrix) (x : list R) : length (apply W x) = length W.
Proof. apply map_length. Qed.

(* @statement SO-Orthn *)
(* A matrix with orthonormal rows does not enlarge the Euclidean norm. *)
Theorem orthonormal_rows_contraction (n : nat) (W : matrix) (x : list R) :
  rows_in n W -> orthonormal_rows n W -> norm P2 (apply W x) <= norm P2 x.
Proof.
  intros HW HO. set (y := apply W x). assert (Hy : dim (length W) y) by apply apply_length.
  pose proof (adjoint_dot n W x y HW) as E. fold y in E. rewrite dot_self in E.
  pose proof (cauchy_schwarz (adjoint n W y) x) as C. rewrite (orthonormal_rows_adjoint_isometry n W y HW HO Hy) in C.
  pose proof (Rle_abs (dot (adjoint n W y) x)). pose proof (norm_nonneg P2 y). pose proof (norm_nonneg P2 x).
  destruct (Req_dec (norm P2 y) 0); [lra |]. apply (Rmult_le_reg_l (norm P2 y)); lra.
Qed.

(* @statement SO-LinLip *)
(* A linear map that enlarges no norm is 1-Lipschitz with any bias: here for matrices with orthonormal columns, which even keep
   all distances of R^n. *)
Theorem orthonormal_columns_distance (n : nat) (W : matrix) (x y : list R) :
  rows_in n W -> orthonormal_columns n W -> dim n x -> dim n y -> dist P2 (apply W x) (apply W y) = dist P2 x y.
Proof.
  intros HW HO Hx Hy. set (z := vadd x (map Ropp y)).
  assert (Hz : dim n z) by (apply vadd_length; [| unfold dim; rewrite map_length]; assumption).
  assert (D : forall n x y, dim n x -> dim n y -> dist P2 x y = norm P2 (vadd x (map Ropp y))).
  { clear. unfold dim. induction n as [| n IH]; intros [| a x] [| b y] Hx Hy; try discriminate; [reflexivity |].
    simpl. rewrite (IH x y) by auto. reflexivity. }
  rewrite (D n x y Hx Hy). fold z. rewrite <- (orthonormal_columns_isometry n W z HW HO Hz).
  rewrite (D (length W)) by apply apply_length. f_equal. unfold apply. clear HO.
  induction HW as [| w W Hw HW IH]; simpl; [reflexivity |]. rewrite IH. f_equal.
  unfold z. rewrite !(dot_comm w), dot_vadd by (rewrite map_length; unfold dim in *; congruence).
  rewrite dot_opp. lra.
Qed.
