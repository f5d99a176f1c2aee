"""Wrong versions of the lattice networks and of the spectral Jacobian, each with the test that must notice."""

from tests.mutants import Mutant

FILE, NETWORKS, LATTICE = "tests/test_lattice.py", "lipref.maxmin_networks", "lipref.lattice"
JACOBIAN, JACOBIAN_FILE = "lipref.spectral_jacobian", "tests/test_spectral_jacobian.py"

BEST = "test_maximum_and_minimum_of_networks"


def network(name, old, new, test):
    return Mutant(name, NETWORKS, old, new, f"{FILE}::{test}")


def lattice(name, old, new, test):
    return Mutant(name, LATTICE, old, new, f"{FILE}::{test}")


def jacobian(name, old, new, test):
    return Mutant(name, JACOBIAN, old, new, f"{JACOBIAN_FILE}::{test}")


MUTANTS = [
    network(
        "lone unit paired with a stranger",
        "np.concatenate([before, before[-1:]]), np.concatenate([bias, bias[-1:]])",
        "np.concatenate([before, before[:1]]), np.concatenate([bias, bias[:1]])",
        "test_maxmin_network_passes_lone_units",
    ),
    network(
        "minimum for maximum", 'return _best("maximum", networks, 0)', 'return _best("maximum", networks, 1)', BEST
    ),
    network("losers go on", "len(order) + i + place for i", "len(order) + i + 1 - place for i", BEST),
    network(
        "channels deepened by one sort too few",
        "_deepened(maps, depth - len(maps))",
        "_deepened(maps, max(0, depth - len(maps) - 1))",
        BEST,
    ),
    network(
        "later layers stacked",
        "_diagonal(weights) if result else np.concatenate(weights)",
        "np.concatenate(weights)",
        BEST,
    ),
    network(
        "outputs compared with their neighbours",
        "list(range(k, m * len(networks), m)) for k in range(m)",
        "list(range(k * len(networks), (k + 1) * len(networks))) for k in range(m)",
        "test_maximum_of_several_outputs",
    ),
    network(
        "ascending sorts read as descending ones",
        'if flat[index - 1].order == "ascending":',
        "if False:",
        "test_networks_that_sort_ascending_are_read_right",
    ),
    network(
        "share with the wrong sign",
        "= (1 + c) / 2, -(1 - c) / 2",
        "= (1 + c) / 2, (1 - c) / 2",
        "test_unit_rows_keeps_the_function",
    ),
    network(
        "rows of later layers left short",
        "rest = (1 - norms)[:, None] / 2",
        "rest = (1 - norms)[:, None] / 4",
        "test_unit_rows_keeps_the_function",
    ),
    network(
        "norms above 1 accepted",
        "if np.any(norms > 1 + slack):",
        "if False:",
        "test_networks_of_another_form_are_refused",
    ),
    lattice(
        "square half as large in the plane",
        "return (1, (t - a) / v) if a <= v",
        "return (1, (t + a) / v) if a <= v",
        "test_unit_functional_is_exact",
    ),
    lattice(
        "bisection to the other side",
        "if r * a + s * v >= t else",
        "if r * a + s * v <= t else",
        "test_unit_functional_in_floats",
    ),
    lattice(
        "powers of the dual exponent left out",
        "powers = ratio ** (p - 1)",
        "powers = ratio**p",
        "test_interpolate_goes_through_the_data",
    ),
    lattice(
        "slopes along the difference for every p",
        "powers = ratio ** (p - 1)",
        "powers = ratio",
        "test_interpolate_goes_through_the_data",
    ),
    lattice(
        "minimum of maxima",
        "lower = _reduced(maps, [list(range(i * pieces, (i + 1) * pieces)) for i in range(total)], 1)",
        "lower = _reduced(maps, [list(range(i * pieces, (i + 1) * pieces)) for i in range(total)], 0)",
        "test_interpolate_goes_through_the_data",
    ),
    lattice(
        "outputs mixed up",
        "[list(range(k * count, (k + 1) * count)) for k in range(v.shape[1])]",
        "[list(range(k, count * v.shape[1], v.shape[1])) for k in range(v.shape[1])]",
        "test_interpolate_several_outputs",
    ),
    lattice(
        "cones of half the faces",
        "return np.concatenate([eye, -eye])",
        "return np.concatenate([eye, eye])",
        "test_cones_are_the_least_interpolant",
    ),
    lattice(
        "steepness compared without powers",
        "steep = rise ** int(p) > np.sum(abs(d) ** int(p), axis=1)",
        "steep = rise > np.sum(abs(d) ** int(p), axis=1)",
        "test_interpolate_names_the_steep_pair",
    ),
    lattice(
        "pairs counted from the wrong point",
        "pair=(i, i + 1 + j),",
        "pair=(i, j),",
        "test_interpolate_names_the_steep_pair",
    ),
    lattice(
        "whole cells for half ones",
        "return _norms(((high - low) / (2 * _array(low, cells)))[None, :], p)[0]",
        "return _norms(((high - low) / (4 * _array(low, cells)))[None, :], p)[0]",
        "test_covering_net_covers",
    ),
    lattice(
        "cones not raised",
        'if method == "cones" else values',
        "if False else values",
        "test_approximate_is_within_epsilon_exactly",
    ),
    lattice(
        "radius for both methods",
        'radius = epsilon if method == "cones" else epsilon / 2',
        "radius = 3 * epsilon",
        "test_approximate_is_within_epsilon_exactly",
    ),
    lattice(
        "not verified",
        "if gaps[worst] > epsilon + slack:",
        "if False:",
        "test_approximate_refuses_what_it_cannot_do",
    ),
    jacobian(
        "one step whatever is asked",
        "for _ in range(steps):",
        "for _ in range(1):",
        "test_estimate_is_below_and_grows_to_the_spectral_norm",
    ),
    jacobian(
        "right vector not normalised",
        "v, _ = _directions(xp, network.backward(saved, u)[0])",
        "v = network.backward(saved, u)[0]",
        "test_estimate_is_below_and_grows_to_the_spectral_norm",
    ),
    jacobian(
        "zero vectors divided by their length",
        "xp.where(length > 0, length, xp.ones_like(length)), (largest",
        "length, (largest",
        "test_a_start_orthogonal_to_the_top_stays_there",
    ),
    jacobian(
        "sum over the batch",
        "dy_bar = dvalue * residuals.u / residuals.u.shape[0]",
        "dy_bar = dvalue * residuals.u",
        "test_penalty_gradient_is_that_of_frozen_vectors",
    ),
    jacobian(
        "gradient of the output along u besides",
        "residuals.v, 0 * dy_bar, dy_bar)",
        "residuals.v, dy_bar, dy_bar)",
        "test_penalty_gradient_is_that_of_frozen_vectors",
    ),
]
