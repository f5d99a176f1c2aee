"""Minimisers of the binary cross-entropy over Lipschitz functions, and what is known of them beforehand.

The minimum over L-Lipschitz functions is attained when both classes have positive mass [MF-Prop4]. On a finite sample
it is found by cutting planes, with a lower bound; every minimiser obeys bounds that depend on the priors, L, T and the
diameter alone; and two examples are solved in closed form: the four points of [MF-Ex3] for every L, and the training of
one weight on two points of [MF-Ex2].

All of this runs on the host in double precision. The loss itself, with its derivatives, is `lipref.losses.bce`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, require_choice, require_integer, require_number
from lipref.errors import ConvergenceError, DomainError, DTypeError
from lipref.transport import LipschitzMinimum, distances, require_prior, weighted_sample


def bce_minimum(
    points: Array,
    labels: Array,
    weights: Array | None = None,
    *,
    lipschitz: float = 1.0,
    temperature: float = 1.0,
    tolerance: float = 1e-8,
) -> LipschitzMinimum:
    """Least Σ w_i log(1 + exp(-T y_i f(x_i))) over L-Lipschitz f [MF-Eq4], by cutting planes.

    Parameters
    ----------
    points : array, shape (n, d); float32 or float64
    labels : array, shape (n,), entries ±1
    weights : array, shape (n,), entries >= 0, of the dtype of the points, optional
        1/n each when absent. Both classes must have positive weight: else the infimum 0 is not attained.
    lipschitz, temperature, tolerance : numbers > 0

    Returns
    -------
    LipschitzMinimum
        With `value` - `bound` <= `tolerance` Σ w_i. The bound is the optimum of the last linear program, whose tangents
        lie below the loss; it is exact up to the solver's tolerance, 1e-10. `plan` is None.

    Raises
    ------
    DomainError
        A class without weight.
    ConvergenceError
        The tolerance is not reached within 100 programs; it may lie below what the solver resolves.
    """
    from scipy.optimize import linprog

    function = "bce_minimum"
    x, y, w = weighted_sample(function, points, labels, weights)
    if is_exact(x):
        raise DTypeError(function, "floats, the loss being irrational", "fractions")
    for name, number in (("lipschitz", lipschitz), ("temperature", temperature), ("tolerance", tolerance)):
        require_number(function, name, number, above=0)
    constant, t, total = float(lipschitz), float(temperature), sum(w)
    mass = sum(w[y > 0]) / total
    if not 0 < mass < 1:
        raise DomainError(function, "positive weight in both classes", f"{mass} in class +1", mass=mass)
    reach = constant * distances(x)
    size = bce_minimiser_bound(mass, lipschitz=1, diameter=np.max(reach), temperature=t)
    n, minus = len(y), np.flatnonzero(y < 0)
    pairs = [(i, j) for i in np.flatnonzero(y > 0) for j in minus]  # as in `lipschitz_minimum`, these suffice
    differences = np.array([np.eye(2 * n)[i] - np.eye(2 * n)[j] for i, j in pairs])
    limits = np.array([reach[i, j] for i, j in pairs])
    touched = np.linspace(-size, size, 9)[:, None] * np.ones(n)
    for _ in range(100):
        slopes = -t * y * _sigmoid(-t * y * touched)
        heights = np.logaddexp(0, -t * y * touched) - slopes * touched
        tangents = [np.concatenate([np.diag(row), -np.eye(n)], axis=1) for row in slopes]
        result = linprog(
            np.concatenate([np.zeros(n), w]),
            A_ub=np.concatenate([differences, *tangents]),
            b_ub=np.concatenate([limits, -heights.ravel()]),
            bounds=[*[(-size, size)] * n, *[(0, None)] * n],
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},  # its least ones
        )
        if result.status != 0:
            raise ConvergenceError(function, "a solution of the linear program", result.message, status=result.status)
        scores = np.min(result.x[minus] + reach[:, minus], axis=1)
        value = float(sum(w * np.logaddexp(0, -t * y * scores)))
        if value - result.fun <= tolerance * total:
            return LipschitzMinimum(value, scores, float(result.fun), None)
        touched = np.concatenate([touched, scores[None, :]])
    raise ConvergenceError(function, f"a gap of {tolerance}", f"{value - result.fun}; raise the tolerance")


def bce_minimiser_bound(prior: Any, *, lipschitz: Any, diameter: Any, temperature: Any = 1) -> float:
    """Bound of |f| for every minimiser of BCE over L-Lipschitz functions: |log(π/(1 - π))|/T + L D.

    Parameters
    ----------
    prior : number in (0, 1)
        π, the mass of class +1.
    lipschitz, diameter : numbers >= 0
        L, and D = diam X.
    temperature : number > 0

    Notes
    -----
    [MF-Prop5]: the proof's 2 L D is too small for unequal classes. Adding constants to a minimiser does not help, so
    π E₊ σ(-T f) = (1 - π) E₋ σ(T f); were all values of f on one side of β = log(π/(1 - π))/T, the two would differ. So
    min f <= β <= max f.
    """
    offset = _offset("bce_minimiser_bound", prior, lipschitz, diameter, temperature)
    return offset / float(temperature) + float(lipschitz) * float(diameter)


def bce_gradient_bound(prior: Any, *, lipschitz: Any, diameter: Any, temperature: Any = 1) -> float:
    """Lower bound of |∂L_T/∂f| at each point for every minimiser: T/(1 + exp(|log(π/(1 - π))| + T L D)) [MF-Prop10].

    Parameters as `bce_minimiser_bound`.
    """
    offset = _offset("bce_gradient_bound", prior, lipschitz, diameter, temperature)
    t = float(temperature)
    return t * float(_sigmoid(-offset - t * float(lipschitz) * float(diameter)))


def four_point_minimiser(lipschitz: float) -> tuple[np.ndarray, float]:
    """The minimiser of BCE over L-Lipschitz functions in [MF-Ex3]: its values at -2, -1, 1, 2, and the loss.

    The weights are 0.45, 0.05, 0.05, 0.45 (the printed ones over their sum, 2), the labels +, -, +, -.

    Parameters
    ----------
    lipschitz : number > 0

    Notes
    -----
    f = (b, -a, a, -b) with b = L - a, where u = e^a is the positive root of 9u² + 8u = e^L if that gives a >= -L; else
    a = -L, and f(x) = -L x. The values at the four points are unique, the loss being strictly convex.
    """
    require_number("four_point_minimiser", "lipschitz", lipschitz, above=0)
    constant = float(lipschitz)
    small = math.exp(-constant / 2)
    # u = (√(16 + 9e^L) - 4)/9 = e^L/(4 + √(16 + 9e^L)), without cancellation or overflow
    a = max(-constant, constant / 2 - math.log(4 * small + math.sqrt(16 * small * small + 9)))
    b = constant - a
    return np.array([b, -a, a, -b]), float(0.9 * np.logaddexp(0, -b) + 0.1 * np.logaddexp(0, -a))


def four_point_thresholds() -> tuple[float, float]:
    """(L up to which the minimiser of [MF-Ex3] is -L x, L above which all four signs are right).

    log v with v³ = 8v + 9, about 1.187, and log 17, about 2.833.
    """
    half = math.sqrt(8 / 3)
    root = 2 * half * math.cosh(math.acosh(9 / (2 * half**3)) / 3)  # v = 2√(8/3) cosh φ, cosh 3φ = 4cosh³φ - 3cosh φ
    return math.log(root), math.log(17)


def saturating_weights(steps: int, *, method: str, rate: float = 1.0) -> np.ndarray:
    """Weights W_0 = 0, ..., W_steps of f(x) = W x, trained by BCE on the points ±1 with labels ±1 [MF-Ex2].

    Parameters
    ----------
    steps : int >= 0
    method : {"gradient", "newton"}
        Gradient: W + η/(1 + e^W), which grows like log(η t). Newton: W + 1 + e^-W, which grows by more than 1.
    rate : number > 0
        η of "gradient"; "newton" ignores it.
    """
    require_integer("saturating_weights", "steps", steps, at_least=0)
    require_choice("saturating_weights", "method", method, ("gradient", "newton"))
    require_number("saturating_weights", "rate", rate, above=0)
    weights = [0.0]
    for _ in range(steps):
        weight, small = weights[-1], math.exp(-weights[-1])
        weights.append(weight + 1 + small if method == "newton" else weight + float(rate) * small / (1 + small))
    return np.array(weights)


def _sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z > 0, 1, small) / (1 + small)


def _offset(function, prior, lipschitz, diameter, temperature):
    """|log(π/(1 - π))|, after the checks."""
    require_prior(function, prior)
    require_number(function, "lipschitz", lipschitz, at_least=0)
    require_number(function, "diameter", diameter, at_least=0)
    require_number(function, "temperature", temperature, above=0)
    return abs(math.log(float(prior)) - math.log(float(1 - prior)))
