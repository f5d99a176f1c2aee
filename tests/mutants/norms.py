"""Wrong versions of the norms, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_norms.py"


def mutant(name, old, new, test):
    """An entry for lipref.norms."""
    return Mutant(name, "lipref.norms", old, new, f"{FILE}::{test}")


MUTANTS = [
    mutant(
        "root of a p-norm forgotten",
        "xp.sum(powers, axis=axis) ** (1 / float(p))",
        "xp.sum(powers, axis=axis)",
        "test_vector_norm_is_the_definition",
    ),
    mutant(
        "dual vector with the exponent p",
        "ratio ** (float(p) - 1)",
        "ratio ** float(p)",
        "test_dual_vector_attains",
    ),
    mutant("wrong dual exponent", "else p / (p - 1)", "else p / (p + 1)", "test_dual_exponent_is_an_involution"),
    mutant(
        "rows measured in p instead of its dual",
        'xp.max(_norm(xp, w, dual_exponent(p), 1, "operator_norm"))',
        'xp.max(_norm(xp, w, p, 1, "operator_norm"))',
        "test_operator_norm_is_attained",
    ),
    mutant(
        "last right singular vector instead of the first",
        "xp.linalg.svd(w, full_matrices=False)[2][0, :]",
        "xp.linalg.svd(w, full_matrices=False)[2][-1, :]",
        "test_operator_norm_is_attained",
    ),
    mutant(
        "smallest column instead of the largest",
        'return xp.max(_norm(xp, w, q, 0, "operator_norm"))',
        'return xp.min(_norm(xp, w, q, 0, "operator_norm"))',
        "test_operator_norm_is_not_exceeded",
    ),
    mutant(
        "rows and columns exchanged",
        'return xp.max(_norm(xp, w, q, 0, "operator_norm"))',
        'return xp.max(_norm(xp, w, q, 1, "operator_norm"))',
        "test_operator_norm_is_exact_on_fractions",
    ),
    mutant(
        "column bound with the number of rows",
        "return columns * column_sum**2",
        "return rows * column_sum**2",
        "test_spectral_bound_is_a_bound",
    ),
    mutant(
        "bound narrowed by its rounding",
        "(1 + (terms + 16) * epsilon(xp, w))",
        "(1 - (terms + 16) * epsilon(xp, w))",
        "test_spectral_bound_is_a_bound",
    ),
    mutant(
        "bound widened a thousandfold",
        "(1 + (terms + 16) * epsilon(xp, w))",
        "(1 + 1000 * (terms + 16) * epsilon(xp, w))",
        "test_spectral_bound_squared_is_its_square",
    ),
    mutant(
        "column sums twice",
        "else column_sum * row_sum",
        "else column_sum**2",
        "test_spectral_bounds_are_tight",
    ),
    mutant(
        "row bound without the number of rows",
        "return rows * row_sum**2",
        "return row_sum**2",
        "test_rows_columns_is_the_tightest_of_the_sums",
    ),
    mutant(
        "half of the gradient of a Gram row",
        "+ total[:, None] * chosen[None, :])",
        "+ 0 * total[:, None] * chosen[None, :])",
        "test_spectral_bound_gradient_is_difference_quotient",
    ),
    mutant(
        "1-norm of the image as estimate",
        'sigma, u = _norm(xp, image, 2, -1, "spectral_estimate")',
        'sigma, u = _norm(xp, image, 1, -1, "spectral_estimate")',
        "test_spectral_estimate_is_from_below",
    ),
    mutant(
        "power iteration that starts anew each time",
        "v = dual_vector(xp.matmul(w.T, u))",
        "v = dual_vector(xp.matmul(w.T, u) * 0 + 1)",
        "test_spectral_estimate_reaches_the_norm",
    ),
    mutant(
        "certificate without allowance for rounding",
        "    shift = 2 * unit * (",
        "    square, shift = float(bound) ** 2, 0 * (",
        "test_certify_spectral_norm_allows_for_its_rounding",
    ),
    mutant(
        "certificate of twice the bound",
        "square = float(bound) ** 2 * (1 - 4 * unit)",
        "square = 4 * float(bound) ** 2 * (1 - 4 * unit)",
        "test_certify_spectral_norm_is_proof",
    ),
    mutant(
        "certificate that allows ten times too much",
        "    shift = 2 * unit * (",
        "    shift = 20 * unit * (",
        "test_certify_spectral_norm_proves_what_it_promises",
    ),
    mutant(
        "shrunk by twice the factor",
        "factor = min(1.0, float(bound) / sigma)",
        "factor = min(1.0, float(bound) / sigma) / 2",
        "test_shrink_within_is_certified",
    ),
    mutant("zero start vector accepted", "if not bool(xp.any(u != 0)):", "if False:", "test_norms_refuse"),
]
