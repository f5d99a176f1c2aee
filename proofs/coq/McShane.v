(** The McShane extension from finitely many points.

   Content.  For points p 0, ..., p n of a pseudo-metric space and prescribed values v 0, ..., v n, the
   function  x |-> min_i (v i + d x (p i))  is 1-Lipschitz and takes the prescribed values as soon as these
   are 1-Lipschitz on the points.

   Definitions.  [mcshane X v p n] (n + 1 points, indices 0 .. n).
   Not covered: extension from infinite sets, values in a vector space. *)
Require Import Reals Lra Lia.
From Lipref Require Import Metric.
Open Scope R_scope.

Section McShane.
Variable X : PM.
Variable v : nat -> R.
Variable p : nat -> X.

Fixpoint mcshane (n : nat) (x : X) : R :=
  match n with
  | O => v O + d x (p O)
  | S k => Rmin (mcshane k x) (v (S k) + d x (p (S k)))
  end.

Lemma mcshane_le : forall n k x, (k <= n)%nat -> mcshane n x <= v k + d x (p k).
Proof.
  induction n as [|n IH]; intros k x Hk; simpl.
  - replace k with O by lia. lra.
  - destruct (Nat.eq_dec k (S n)) as [->|Hne].
    + apply Rmin_r.
    + eapply Rle_trans; [apply Rmin_l | apply IH; lia].
Qed.

Lemma mcshane_attained : forall n x, exists k, (k <= n)%nat /\ mcshane n x = v k + d x (p k).
Proof.
  induction n as [|n IH]; intros x; simpl.
  - exists O. split; [lia | reflexivity].
  - destruct (Rle_dec (mcshane n x) (v (S n) + d x (p (S n)))) as [H|H].
    + rewrite Rmin_left by assumption. destruct (IH x) as [k [Hk E]]. exists k. split; [lia | exact E].
    + rewrite Rmin_right by lra. exists (S n). split; [lia | reflexivity].
Qed.

Lemma mcshane_diff : forall n x y, mcshane n x - mcshane n y <= d x y.
Proof.
  intros n x y. destruct (mcshane_attained n y) as [k [Hk E]].
  pose proof (mcshane_le n k x Hk). pose proof (d_tri X x y (p k)). lra.
Qed.

Lemma mcshane_lip : forall n, Lip (Y := Real) 1 (mcshane n).
Proof.
  intros n x y. simpl. pose proof (mcshane_diff n x y). pose proof (mcshane_diff n y x).
  rewrite (d_sym X y x) in *. apply Rabs_le. lra.
Qed.

Lemma mcshane_value : forall n k, (k <= n)%nat ->
  (forall i, (i <= n)%nat -> v k - v i <= d (p k) (p i)) -> mcshane n (p k) = v k.
Proof.
  intros n k Hk H. apply Rle_antisym.
  - pose proof (mcshane_le n k (p k) Hk) as L. rewrite d_refl in L. lra.
  - destruct (mcshane_attained n (p k)) as [i [Hi E]]. specialize (H i Hi). lra.
Qed.
End McShane.
