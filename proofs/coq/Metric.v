(** * Pseudo-metric spaces and Lipschitz maps

    Content: pseudo-metric spaces [PM], the real line [Real], subspaces, K-Lipschitz maps ([Lip], and [Lip_on] on a
    subset), their composition, chains of 1-Lipschitz maps, and the maximum and minimum of real Lipschitz functions.

    A pseudo-metric may vanish at two different points; nothing here needs that it does not.
    Not covered: "the" (least) Lipschitz constant, and derivatives. *)

Require Import Reals Lra List.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(* A set of points with a symmetric distance that obeys the triangle inequality. *)
Record PM : Type := {
  pt :> Type;
  d : pt -> pt -> R;
  d_refl : forall x, d x x = 0;
  d_sym : forall x y, d x y = d y x;
  d_tri : forall x y z, d x z <= d x y + d y z
}.
Arguments d {p} _ _.

Lemma d_nonneg (X : PM) (x y : X) : 0 <= d x y.
Proof. pose proof (d_tri X x y x). rewrite d_refl, (d_sym X y x) in H. lra. Qed.

(* The real line with the distance |x - y|. *)
Definition Real : PM.
Proof.
  refine {| pt := R; d := fun x y => Rabs (x - y) |}.
  - intro x. rewrite Rminus_diag_eq by reflexivity. apply Rabs_R0.
  - intros. apply Rabs_minus_sym.
  - intros. replace (x - z) with ((x - y) + (y - z)) by lra. apply Rabs_triang.
Defined.

(* The points of X that satisfy P, with the distance of X. *)
Definition subspace (X : PM) (P : X -> Prop) : PM.
Proof.
  refine {| pt := {x : X | P x}; d := fun x y => d (proj1_sig x) (proj1_sig y) |}; intros.
  - apply d_refl.
  - apply d_sym.
  - apply d_tri.
Defined.

(* f is K-Lipschitz: it enlarges no distance by more than the factor K. *)
Definition Lip {X Y : PM} (K : R) (f : X -> Y) : Prop := forall x y, d (f x) (f y) <= K * d x y.

(* f is K-Lipschitz on the subset D of X. *)
Definition Lip_on {X Y : PM} (D : X -> Prop) (K : R) (f : X -> Y) : Prop :=
  forall x y, D x -> D y -> d (f x) (f y) <= K * d x y.

(** ** Elementary properties *)

Lemma Lip_on_all (X Y : PM) (K : R) (f : X -> Y) : Lip K f <-> Lip_on (fun _ => True) K f.
Proof. unfold Lip, Lip_on; firstorder. Qed.

Lemma Lip_Lip_on (X Y : PM) (D : X -> Prop) (K : R) (f : X -> Y) : Lip K f -> Lip_on D K f.
Proof. unfold Lip, Lip_on; auto. Qed.

Lemma Lip_on_subset (X Y : PM) (D E : X -> Prop) (K : R) (f : X -> Y) :
  (forall x, E x -> D x) -> Lip_on D K f -> Lip_on E K f.
Proof. unfold Lip_on; auto. Qed.

Lemma Lip_on_weaken (X Y : PM) (D : X -> Prop) (K L : R) (f : X -> Y) : K <= L -> Lip_on D K f -> Lip_on D L f.
Proof.
  intros H F x y Dx Dy. eapply Rle_trans; [apply F; assumption |].
  apply Rmult_le_compat_r; [apply d_nonneg | assumption].
Qed.

Lemma Lip_weaken (X Y : PM) (K L : R) (f : X -> Y) : K <= L -> Lip K f -> Lip L f.
Proof. rewrite !Lip_on_all. apply Lip_on_weaken. Qed.

Lemma Lip_id (X : PM) : Lip 1 (fun x : X => x).
Proof. intros x y. lra. Qed.

Lemma Lip_const (X Y : PM) (c : Y) : Lip 0 (fun _ : X => c).
Proof. intros x y. rewrite d_refl. lra. Qed.

(* For every point y, the distance to y is 1-Lipschitz. *)
Lemma Lip_dist (X : PM) (y : X) : Lip (Y := Real) 1 (fun x : X => d x y).
Proof.
  intros x x'. simpl. pose proof (d_tri X x x' y). pose proof (d_tri X x' x y).
  rewrite (d_sym X x' x) in H0. apply Rabs_le. lra.
Qed.

Lemma Lip_opp (X : PM) (K : R) (f : X -> R) : Lip (Y := Real) K f -> Lip (Y := Real) K (fun x => - f x).
Proof.
  intros F x y. specialize (F x y). simpl in *.
  replace (- f x - - f y) with (- (f x - f y)) by lra. rewrite Rabs_Ropp. exact F.
Qed.

(** ** Composition *)

(* @statement SO-Comp *)
(* The composition of a K1-Lipschitz map that sends D into E with a map that is K2-Lipschitz on E is (K2 K1)-Lipschitz. *)
Theorem Lip_on_compose (X Y Z : PM) (D : X -> Prop) (E : Y -> Prop) (K1 K2 : R) (f : X -> Y) (g : Y -> Z) :
  0 <= K2 -> (forall x, D x -> E (f x)) -> Lip_on D K1 f -> Lip_on E K2 g ->
  Lip_on D (K2 * K1) (fun x => g (f x)).
Proof.
  intros HK M F G x y Dx Dy. eapply Rle_trans; [apply G; auto |].
  rewrite Rmult_assoc. apply Rmult_le_compat_l; auto.
Qed.

(* @statement SO-Comp *)
(* The composition of a K1-Lipschitz and a K2-Lipschitz map is (K2 K1)-Lipschitz. *)
Theorem Lip_compose (X Y Z : PM) (K1 K2 : R) (f : X -> Y) (g : Y -> Z) :
  0 <= K2 -> Lip K1 f -> Lip K2 g -> Lip (K2 * K1) (fun x => g (f x)).
Proof.
  rewrite !Lip_on_all. intros HK F G.
  apply (Lip_on_compose X Y Z _ (fun _ => True)); auto.
Qed.

(* @statement SO-Comp *)
(* The composition of any finite chain of 1-Lipschitz maps of a space into itself is 1-Lipschitz. *)
Theorem Lip_chain (X : PM) (fs : list (X -> X)) :
  Forall (Lip 1) fs -> Lip 1 (fun x => fold_left (fun y f => f y) fs x).
Proof.
  induction 1 as [| f fs F _ IH]; [apply Lip_id |].
  intros x y. simpl. specialize (IH (f x) (f y)). specialize (F x y). simpl in IH. lra.
Qed.

(** ** Maximum and minimum *)

(* @statement SO-MaxMin *)
(* The maximum moves by no more than the larger of the changes of its two arguments. *)
Theorem Rmax_nonexpansive (a b a' b' : R) : Rabs (Rmax a b - Rmax a' b') <= Rmax (Rabs (a - a')) (Rabs (b - b')).
Proof.
  unfold Rmax; repeat destruct Rle_dec; unfold Rabs in *; repeat destruct Rcase_abs; lra.
Qed.

(* @statement SO-MaxMin *)
(* The minimum moves by no more than the larger of the changes of its two arguments. *)
Theorem Rmin_nonexpansive (a b a' b' : R) : Rabs (Rmin a b - Rmin a' b') <= Rmax (Rabs (a - a')) (Rabs (b - b')).
Proof.
  unfold Rmax, Rmin; repeat destruct Rle_dec; unfold Rabs in *; repeat destruct Rcase_abs; lra.
Qed.

(* @statement SO-Def2 *)
(* The pointwise maximum of two functions that are K-Lipschitz on D is K-Lipschitz on D. *)
Theorem Lip_on_max (X : PM) (D : X -> Prop) (K : R) (f g : X -> R) :
  Lip_on (Y := Real) D K f -> Lip_on (Y := Real) D K g -> Lip_on (Y := Real) D K (fun x => Rmax (f x) (g x)).
Proof.
  intros F G x y Dx Dy. simpl. eapply Rle_trans; [apply Rmax_nonexpansive |].
  apply Rmax_lub; [apply (F x y Dx Dy) | apply (G x y Dx Dy)].
Qed.

(* @statement SO-Def2 *)
(* The pointwise minimum of two functions that are K-Lipschitz on D is K-Lipschitz on D. *)
Theorem Lip_on_min (X : PM) (D : X -> Prop) (K : R) (f g : X -> R) :
  Lip_on (Y := Real) D K f -> Lip_on (Y := Real) D K g -> Lip_on (Y := Real) D K (fun x => Rmin (f x) (g x)).
Proof.
  intros F G x y Dx Dy. simpl. eapply Rle_trans; [apply Rmin_nonexpansive |].
  apply Rmax_lub; [apply (F x y Dx Dy) | apply (G x y Dx Dy)].
Qed.

(* @statement SO-Def2 *)
(* The pointwise maximum of two K-Lipschitz functions is K-Lipschitz. *)
Corollary Lip_max (X : PM) (K : R) (f g : X -> R) :
  Lip (Y := Real) K f -> Lip (Y := Real) K g -> Lip (Y := Real) K (fun x => Rmax (f x) (g x)).
Proof. rewrite !Lip_on_all. apply Lip_on_max. Qed.

(* @statement SO-Def2 *)
(* The pointwise minimum of two K-Lipschitz functions is K-Lipschitz. *)
Corollary Lip_min (X : PM) (K : R) (f g : X -> R) :
  Lip (Y := Real) K f -> Lip (Y := Real) K g -> Lip (Y := Real) K (fun x => Rmin (f x) (g x)).
Proof. rewrite !Lip_on_all. apply Lip_on_min. Qed.
