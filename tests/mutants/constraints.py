"""Wrong versions of constraints and bounds, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_constraints.py"

MUTANTS = [
    Mutant(
        "pull-back of the projection left out",
        "lipref.constraints",
        "return projections.l1_ball_backward(residuals, dw)",
        "return dw",
        f"{FILE}::test_constraint_backward_is_the_derivative",
    ),
    Mutant(
        "radius ignored",
        "lipref.constraints",
        "return projections.l1_ball_forward(v, self.radius)",
        "return projections.l1_ball_forward(v, 2.0)",
        f"{FILE}::test_constraint_bounds_its_norm",
    ),
    Mutant(
        "gradient of the kept weight not projected",
        "lipref.constraints",
        "return orthogonal.tangent_projection(residuals.q, dw)",
        "return dw",
        f"{FILE}::test_orthonormal_pulls_back_as_the_polar_factor",
    ),
    Mutant(
        "no retraction",
        "lipref.constraints",
        "return orthogonal.retract(v, self.tolerance)",
        "return v",
        f"{FILE}::test_orthonormal_projects_back",
    ),
    Mutant(
        "no retraction in training",
        "lipref.constraints",
        "return orthogonal.retract(v, self.tolerance)",
        "return v",
        f"{FILE}::test_training_keeps_the_stated_bound",
    ),
    Mutant(
        "projection after the step forgotten",
        "lipref.constraints",
        "return self.constraint.forward(v)[0]",
        "return v",
        f"{FILE}::test_projected_is_the_constraint_after_the_step",
    ),
    Mutant(
        "state lost",
        "lipref.constraints",
        "return replace(self, u=residuals.u)",
        "return self",
        f"{FILE}::test_spectral_state_advances",
    ),
    Mutant(
        "power state of the Björck weight lost",
        "lipref.constraints",
        "return replace(self, u=residuals.spectral.u)",
        "return self",
        f"{FILE}::test_spectral_bjorck_needs_no_singular_values",
    ),
    Mutant(
        "power step left out",
        "lipref.constraints",
        "w, bjorck = orthogonal.bjorck_forward(scaled,",
        "w, bjorck = orthogonal.bjorck_forward(v,",
        f"{FILE}::test_spectral_bjorck_needs_no_singular_values",
    ),
    Mutant(
        "sums rounded to nearest",
        "lipref.bounds",
        "return math.nextafter(total, math.inf) if math.fsum([*values, -total]) > 0 else total",
        "return math.nextafter(total, 0)",
        f"{FILE}::test_norm_bound_is_never_below_the_exact_norm",
    ),
    Mutant(
        "columns for rows",
        "lipref.bounds",
        "rows, p = abs(w).T, math.inf if q == 1 else 2",
        "rows, p = abs(w), math.inf if q == 1 else 2",
        f"{FILE}::test_norm_bound_of_mixed_norms",
    ),
    Mutant(
        "rounding of fractions forgotten",
        "lipref.bounds",
        "return rounded if Fraction(rounded) >= Fraction(value) else math.nextafter(rounded, math.inf)",
        "return math.nextafter(rounded, 0)",
        f"{FILE}::test_norm_bound_of_fractions",
    ),
    Mutant(
        "scaled to the bound without room for rounding",
        "lipref.bounds",
        "slack = 1 - unit * 2**attempt",
        "slack = 1.5",
        f"{FILE}::test_shrink_gives_the_bound",
    ),
    Mutant(
        "sound means nothing",
        "lipref.constraints",
        'return w if mode == "tight" else shrink(w, self.norms, self.bound)',
        "return 1.001 * w",
        f"{FILE}::test_frozen_sound_weights_keep_their_bound",
    ),
    Mutant(
        "sound rows are those of a larger ball",
        "lipref.constraints",
        'return w if mode == "tight" else shrink(w, self.norms, self.bound)',
        "return w * (1 + 1e-6)",
        f"{FILE}::test_sound_rows_do_not_exceed_one_in_exact_arithmetic",
    ),
]
