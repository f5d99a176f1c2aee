"""The toy problem: exact errors, and the certificate that tells the optimum from its neighbours."""

import itertools

import numpy as np
import pytest
import sympy

from lipref.toy_problem import (
    Ramps,
    is_optimal,
    mean_squared_error,
    multiplier,
    optimal_profile,
    pieces,
    printed_profile,
    radial_error,
    symbol,
)

SHIFT = sympy.Rational(1, 100)


def test_errors_are_the_integrals():
    """Against midpoint sums over a fine grid; the integrand has jumps, so their error is about the mesh."""
    for profile in (printed_profile(), optimal_profile()):
        a, b = (float(c) for c in profile)
        mesh = 4 / 400_000
        rho = (np.arange(400_000) + 0.5) * mesh
        g = np.where(rho < b, np.clip(a + 1 - rho, 0, 1), np.clip(rho - b, 0, 1))
        f = np.where((rho >= 1) & (rho <= 2), 0.0, 1.0)
        assert float(radial_error(profile)) == pytest.approx(float(np.sum((g - f) ** 2 * rho) * mesh), abs=4 * mesh)


def test_printed_profile_has_the_error_pi_over_128():
    """[ALR-Eq28] Exactly; the optimum's error is smaller."""
    assert mean_squared_error(printed_profile()) == sympy.pi / 128
    assert bool(mean_squared_error(optimal_profile()) < sympy.pi / 128)


@pytest.mark.parametrize("shift", [(SHIFT, 0), (-SHIFT, 0), (0, SHIFT), (0, -SHIFT)])
def test_certificate_refuses_neighbours(shift):
    """Every other pair of ramps leaves a multiplier that does not vanish where the profile is flat."""
    a, b = optimal_profile()
    assert is_optimal(optimal_profile())
    assert not is_optimal(Ramps(a + shift[0], b + shift[1]))


def test_certificate_depends_on_the_measure():
    """For dρ the printed profile is the optimum, and the other one is not."""
    assert is_optimal(printed_profile(), sympy.Integer(1))
    assert not is_optimal(optimal_profile(), sympy.Integer(1))


def test_multiplier_is_continuous_and_signed():
    """[ALR-Eq28] λ is continuous, <= 0 on the falling ramp and >= 0 on the rising one."""
    rho = symbol()
    found = multiplier(optimal_profile())
    for (_, right, before, _), (left, _, after, _) in itertools.pairwise(found):
        assert sympy.simplify(before.subs(rho, right) - after.subs(rho, left)) == 0
    for low, high, lam, slope in found:
        middle = float(lam.subs(rho, (low + high) / 2))
        assert slope * middle >= 0
        assert slope == 0 or abs(middle) > 1e-3


def test_pieces_are_one_lipschitz_and_continuous():
    """[ALR-Eq28] Both profiles."""
    rho = symbol()
    for profile in (printed_profile(), optimal_profile()):
        found = pieces(profile)
        for (_, right, before, slope, _), (left, _, after, _, _) in itertools.pairwise(found):
            assert right == left
            assert sympy.simplify(before.subs(rho, right) - after.subs(rho, left)) == 0
            assert abs(slope) <= 1
