"""Wrong versions of the activations, each with the test that must notice."""

from tests.mutants import Mutant

FILE, MODULE = "tests/test_activations.py", "lipref.activations"


def mutant(name, old, new, test):
    return Mutant(name, MODULE, old, new, f"{FILE}::{test}")


MUTANTS = [
    mutant(
        "logistic overflows",
        "decay = xp.exp(-xp.abs(x))\n    large",
        "decay = xp.exp(-x)\n    large",
        "test_activations_are_finite_at_any_size",
    ),
    mutant(
        "softplus without its first term",
        "xp.where(x > 0, x, 0 * x) + xp.log1p",
        "0 * x + xp.log1p",
        "test_activation_is_its_definition",
    ),
    mutant(
        "slope of tanh by cancellation",
        "slope = 4 * decay / ((1 + decay) * (1 + decay))",
        "slope = 1 - y * y",
        "test_slopes_keep_relative_accuracy",
    ),
    mutant(
        "curvature of tanh without its factor two",
        "SmoothResiduals(slope, -2 * y * slope)",
        "SmoothResiduals(slope, -y * slope)",
        "test_jvp_backward_is_second_derivative",
    ),
    mutant(
        "curvature of the logistic with the wrong sign",
        "-slope * xp.tanh(x / 2)",
        "slope * xp.tanh(x / 2)",
        "test_jvp_backward_is_second_derivative",
    ),
    mutant(
        "tangent of softplus by its curvature",
        "SmoothResiduals(value, slope)",
        "SmoothResiduals(slope, value)",
        "test_jvp_is_difference_quotient",
    ),
    mutant(
        "second half of crelu with the wrong sign in the pull-back",
        "positive * dy[..., :n] - negative * dy[..., n:]",
        "positive * dy[..., :n] + negative * dy[..., n:]",
        "test_backward_is_adjoint_of_jvp",
    ),
    mutant(
        "both passes of absolute lose the sign",
        "LinearPieceResiduals(0 * x + xp.sign(x))",
        "LinearPieceResiduals(0 * x + 1)",
        "test_jvp_is_difference_quotient",
    ),
    mutant(
        "relu differentiates to one at zero",
        "LinearPieceResiduals(xp.where(x > 0, zero + 1, zero))",
        "LinearPieceResiduals(xp.where(x >= 0, zero + 1, zero))",
        "test_conventions_at_kinks",
    ),
    mutant(
        "slope not at least one in the Lipschitz constant",
        "return max(1.0, abs(float(slope)))",
        "return abs(float(slope))",
        "test_activations_are_lipschitz",
    ),
    mutant(
        "constant of the sigmoid not least",
        '"sigmoid": 0.25,',
        '"sigmoid": 1.0,',
        "test_lipschitz_constants_are_least",
    ),
    mutant(
        "maxout scatters to the first place of each group",
        "chosen = indices == xp.arange(",
        "chosen = 0 * indices == xp.arange(",
        "test_backward_is_adjoint_of_jvp",
    ),
    mutant(
        "maxout scatters to every place",
        "scattered = xp.where(chosen, dy",
        "scattered = xp.where(chosen | True, dy",
        "test_cotangent_norms_are_preserved",
    ),
    mutant(
        "slope of leaky_relu as a float in exact mode",
        "Fraction(slope) if is_exact(x) else float(slope)",
        "float(slope)",
        "test_linear_pieces_are_exact_on_fractions",
    ),
]
