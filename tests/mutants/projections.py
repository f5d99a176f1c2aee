"""Wrong versions of the projections and rescalings, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_projections.py"
BALL, SCALE = "lipref.projections", "lipref.normalization"


def mutant(name, module, old, new, test):
    return Mutant(name, module, old, new, f"{FILE}::{test}")


MUTANTS = [
    mutant(
        "rows inside inflated",
        BALL,
        "return norms > radius if radius else norms >= radius",
        "return norms >= 0 * radius",
        "test_l1_ball_of_the_paper",
    ),
    mutant(
        "no sound last step",
        BALL,
        "(1 - n * 2.0**-51 - 1.5 * eps)",
        "(1 - n * 2.0**-51)",
        "test_l1_ball_never_exceeds_radius",
    ),
    mutant(
        "sphere decided by the rounded sum",
        BALL,
        "math.fsum([*row, -radius]) > 0 if doubt else sure",
        "sure",
        "test_l1_ball_decides_the_sphere_exactly",
    ),
    mutant(
        "threshold one pass short",
        BALL,
        "        if not bool(xp.any(following > threshold)):\n            break\n        threshold = following",
        "        threshold = following\n        if bool(xp.all(count > 0)):\n            break",
        "test_l1_ball_solves_variational_inequality",
    ),
    mutant(
        "threshold of half the radius",
        BALL,
        "excess = xp.sum(kept, axis=1, keepdims=True) - radius",
        "excess = xp.sum(kept, axis=1, keepdims=True) - radius / 2",
        "test_l1_ball_solves_variational_inequality",
    ),
    mutant(
        "rest of the threshold dropped",
        BALL,
        "if bool(xp.any(missed != 0)):",
        "if False:",
        "test_l1_ball_keeps_norm_of_huge_rows",
    ),
    mutant(
        "radius ignored by the start",
        BALL,
        "largest - radius), v.dtype)",
        "largest), v.dtype)",
        "test_simplex_solves_variational_inequality",
    ),
    mutant(
        "rows moved at radius zero counted inside",
        BALL,
        "return norms >= 0",
        "return norms > 0",
        "test_l1_jacobian_at_radius_zero",
    ),
    mutant(
        "blocks overlap",
        BALL,
        "w[start : start + rows, :]",
        "w[start : start + rows + 1, :]",
        "test_l1_ball_by_blocks_is_l1_ball",
    ),
    mutant(
        "mean over the width instead of the support",
        BALL,
        "size = xp.sum(xp.abs(signs), axis=1, keepdims=True)",
        "size = xp.sum(xp.abs(signs) * 0 + 1, axis=1, keepdims=True)",
        "test_l1_jacobian_on_fractions",
    ),
    mutant(
        "jvp and pull-back forget the face together",
        BALL,
        "return signs * (signs * dw - mean)",
        "return signs * (signs * dw)",
        "test_jvp_of_projection_is_difference_quotient",
    ),
    mutant(
        "clipping at a bound rounded up",
        BALL,
        "xp.astype(level, xp.float64) > bound, level",
        "xp.astype(level, xp.float64) > bound + 1, level",
        "test_clip_entries_is_projection",
    ),
    mutant(
        "gradient of the Frobenius norm left out",
        SCALE,
        "scale * (dw - direction * xp.sum(direction * dw))",
        "scale * dw",
        "test_jvp_of_rescaling_is_difference_quotient",
    ),
    mutant(
        "Frobenius norm times the radius twice",
        SCALE,
        "one, radius / xp.where(norm > 0, norm, one)), w.dtype)",
        "one, radius * radius / xp.where(norm > 0, norm, one)), w.dtype)",
        "test_frobenius_norm_is_radius",
    ),
    mutant(
        "rows: pull-back is the jvp",
        SCALE,
        "change = xp.sum(normalized * dnormalized, axis=1, keepdims=True) / radius",
        "change = xp.sum(gradient * dnormalized, axis=1, keepdims=True) / radius",
        "test_backward_is_adjoint_of_jvp",
    ),
    mutant(
        "rows: exponent p instead of p - 1",
        SCALE,
        "one)) ** (p - 1)",
        "one)) ** p",
        "test_jvp_of_rescaling_is_difference_quotient",
    ),
    mutant(
        "rows: cap ignored",
        SCALE,
        "    inside = (norm <= radius) if cap else (norm < 0)\n    scale = xp.where(inside, one, radius",
        "    inside = norm < 0\n    scale = xp.where(inside, one, radius",
        "test_row_norms_are_radius",
    ),
    mutant(
        "safe call trusts the estimate",
        SCALE,
        "    if safe:\n",
        "    if False:\n",
        "test_spectral_normalize_is_safe",
    ),
    mutant(
        "stale state kept",
        SCALE,
        "if bool(estimate * estimate < square * (1 - STALE) ** 2):",
        "if False:",
        "test_stale_state_fools_the_estimate_alone",
    ),
    mutant(
        "rounding left out of the divisor",
        SCALE,
        "(sigma + eps * xp.sqrt(frobenius)) * (1 + 2.0**-50)",
        "xp.sqrt(square)",
        "test_spectral_normalize_is_safe",
    ),
    mutant(
        "state not carried on",
        SCALE,
        "        u = image / sigma\n",
        "        u = 0 * image + 1\n",
        "test_power_iteration_state_converges",
    ),
    mutant(
        "divisor left out of the derivative",
        SCALE,
        "(dw - normalized * change) / sigma)",
        "(dw - normalized * change))",
        "test_spectral_jvp_holds_u_and_v_fixed",
    ),
    mutant(
        "spectral pull-back with u and v from the wrong sides",
        SCALE,
        "inner = xp.sum(normalized * dnormalized)",
        "inner = xp.sum(u * xp.matmul(dnormalized, v))",
        "test_backward_is_adjoint_of_jvp",
    ),
    mutant(
        "change of the spectral norm left out",
        SCALE,
        "xp.where(inside, dw, (dw - normalized * change) / sigma)",
        "xp.where(inside, dw, dw / sigma)",
        "test_spectral_jvp_is_difference_quotient",
    ),
]
