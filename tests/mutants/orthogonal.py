"""Wrong versions of the Björck iteration, the Parseval step and the polar factor, with the tests that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_orthogonal.py"


def bjorck(name, old, new, test):
    """An entry for lipref.bjorck."""
    return Mutant(name, "lipref.bjorck", old, new, f"{FILE}::{test}")


def polar(name, old, new, test):
    """An entry for lipref.polar."""
    return Mutant(name, "lipref.polar", old, new, f"{FILE}::{test}")


def parseval(name, old, new, test):
    """An entry for lipref.parseval."""
    return Mutant(name, "lipref.parseval", old, new, f"{FILE}::{test}")


MUTANTS = [
    bjorck("wrong coefficients", "4**i)", "4**i + i // 2)", "test_bjorck_coefficients_are_those_of_the_paper"),
    bjorck("in-place step too long", "gram *= -0.5", "gram *= -0.75", "test_bjorck_maps_singular_values"),
    bjorck("sign slip in Horner's scheme", "c * one + moved)", "c * one - moved)", "test_bjorck_maps_singular_values"),
    bjorck(
        "noise in the null space",
        "x = product(xp, x, p, None if last else next(iterate_buffers))",
        "x = product(xp, x, p) + 1e-3",
        "test_bjorck_keeps_the_rank",
    ),
    bjorck(
        "bisection the wrong way",
        "for i, c in enumerate(polynomial)) < 0",
        "for i, c in enumerate(polynomial)) > 0",
        "test_bjorck_basin_is_exact",
    ),
    bjorck(
        "basin of even orders from the zero of g",
        "polynomial = coefficients if order % 2 else coefficients[1:]",
        "polynomial = coefficients[order % 2 == 0 and order > 2 :]",
        "test_bjorck_basins_in_closed_form",
    ),
    bjorck(
        "half of a term of the backward pass",
        "        half *= -0.5\n        np.matmul(g",
        "        half *= -0.25\n        np.matmul(g",
        "test_bjorck_backward_is_adjoint_of_jvp",
    ),
    bjorck(
        "inner product not symmetrised, in both passes of the portable text",
        "    inner = (inner + inner.T) / 2\n",
        "    inner = inner + 0\n",
        "test_bjorck_jvp_is_difference_quotient",
    ),
    bjorck(
        "factor 2 lost at higher orders, in both passes",
        "change = 2 * change",
        "change = 1 * change",
        "test_bjorck_jvp_is_difference_quotient",
    ),
    bjorck(
        "fast path with a sign slip",
        "spare += second",
        "spare -= second",
        "test_bjorck_numpy_path_equals_the_portable_text",
    ),
    bjorck(
        "scaling not differentiated",
        "g = (g - xp.sum(g * x) * residuals.scale_gradient) / residuals.scale",
        "g = g / residuals.scale",
        "test_bjorck_differentiates_its_scaling",
    ),
    bjorck(
        "scaled to norm 2",
        "return x / scale, scale, gradient",
        "return x / (scale / 2), scale, gradient",
        "test_bjorck_scales_into_the_unit_ball",
    ),
    bjorck(
        "no guard", "return any(gram_bound(", "return True or any(gram_bound(", "test_bjorck_is_safe_outside_its_basin"
    ),
    bjorck(
        "guard at twice the basin",
        "limit = bjorck_basin(order) ** 2",
        "limit = 2 * bjorck_basin(order) ** 2",
        "test_bjorck_is_safe_outside_its_basin",
    ),
    bjorck(
        "rule none rescues silently",
        '    if scaling == "none":\n',
        "    if False:\n",
        "test_bjorck_none_refuses_what_it_would_spoil",
    ),
    bjorck(
        "rescue not differentiated",
        'return _scaled(xp, x, "spectral")',
        'return *_scaled(xp, x, "spectral")[:2], 0 * x',
        "test_bjorck_differentiates_the_rescue",
    ),
    bjorck(
        "mean eigenvalue dropped from the bound", "bound = mean + ", "bound = 0 * mean + ", "test_gram_bound_is_a_bound"
    ),
    bjorck(
        "no squarings before the decomposition",
        "for squarings in range(3))",
        "for squarings in range(1))",
        "test_bjorck_asks_for_singular_values_only_when_needed",
    ),
    bjorck(
        "idle steps left out of the derivative",
        "settled = x if tolerance is None and len(iterates) < limit else None",
        "settled = None",
        "test_bjorck_leaves_out_only_idle_steps",
    ),
    bjorck(
        "steps left out that were not idle",
        "(epsilon(xp, w) if tolerance is None else tolerance)",
        "(1e-3 if tolerance is None else tolerance)",
        "test_bjorck_leaves_out_only_idle_steps",
    ),
    bjorck(
        "one step too many",
        "    limit = iterations or (",
        "    limit = (iterations or -1) + 1 or (",
        "test_bjorck_takes_no_more_steps_than_asked",
    ),
    bjorck(
        "order of convergence overrated",
        "after = defect ** (order + 1)",
        "after = defect ** (order + 3)",
        "test_bjorck_reaches_its_tolerance",
    ),
    bjorck(
        "steps needed not counted",
        "s, steps = bjorck_scalar(s, order), steps + 1",
        "s, steps = bjorck_scalar(s, order), steps",
        "test_bjorck_reaches_its_tolerance",
    ),
    bjorck(
        "missed tolerance passed over",
        "if tolerance is not None and not done:",
        "if False:",
        "test_bjorck_says_that_it_did_not_converge",
    ),
    bjorck(
        "zero matrix scaled",
        'if scaling in ("spectral-if-needed", "none") or not bool(xp.any(x != 0)):',
        'if scaling in ("spectral-if-needed", "none"):',
        "test_bjorck_on_zero_is_linear",
    ),
    bjorck(
        "projection that is none",
        "half /= -2\n",
        "half /= -1\n",
        "test_tangent_projection_is_a_projection",
    ),
    bjorck(
        "shape of the cotangent not checked",
        "if tuple(d.shape) != expected:",
        "if False:",
        "test_orthogonal_refuses",
    ),
    polar(
        "cotangent off the range not projected",
        "rest = d - product(xp, q, inner)",
        "rest = d + 0 * product(xp, q, inner)",
        "test_bjorck_limit_is_polar",
    ),
    polar("half of the symmetric factor", "(h + h.T) / 2", "(h + h.T) / 4", "test_polar_is_the_nearest_orthonormal"),
    polar(
        "derivative not skew",
        "skew = inner - inner.T",
        "skew = inner + inner.T",
        "test_polar_derivative_obeys_its_laws",
    ),
    polar(
        "one singular value for all columns",
        "(s[:, None] + s[None, :])",
        "(s[:, None] + s[None, :1])",
        "test_polar_derivative_obeys_its_laws",
    ),
    polar(
        "fixed-point iteration left early",
        "if size * size <= epsilon(xp, start) / 2 * scale * (before - size):",
        "if True:",
        "test_polar_methods_agree",
    ),
    polar(
        "rank not looked at",
        "if smallest <= x.shape[0] * epsilon(xp, x) * largest:",
        "if False:",
        "test_polar_refuses_rank_deficient_weights",
    ),
    polar(
        "retraction stops a step early",
        "if defect < 1 and defect**2 <= tolerance:",
        "if defect < 1 and defect**4 <= tolerance:",
        "test_retract_gives_the_polar_factor",
    ),
    polar(
        "retraction moves what is in place",
        "if already and defect <= tolerance:",
        "if False:",
        "test_retract_leaves_orthonormal_weights_alone",
    ),
    polar(
        "half of the last correction",
        "half = (identity(xp, gram) - gram) / 2",
        "half = (identity(xp, gram) - gram) / 4",
        "test_frozen_weights_at_full_size",
    ),
    polar(
        "correction taken twice",
        "half = (identity(xp, gram) - gram) / 2",
        "half = identity(xp, gram) - gram",
        "test_tight_is_orthonormal_to_the_last_bit",
    ),
    polar(
        "sound weight not certified",
        "if certify_spectral_norm(q):",
        "if q is not None:",
        "test_sound_norm_is_at_most_one",
    ),
    parseval(
        "product rule with a term too few",
        "xp.matmul(x, inner + inner.T)",
        "xp.matmul(x, inner)",
        "test_parseval_step_obeys_its_laws",
    ),
    parseval(
        "step without growth",
        "y = (1 + beta) * x",
        "y = x",
        "test_parseval_step_is_a_bjorck_step_at_one_half",
    ),
    parseval(
        "wrong basin", "math.sqrt((1 + beta) / beta)", "math.sqrt(1.01 * (1 + beta) / beta)", "test_parseval_basin"
    ),
]
