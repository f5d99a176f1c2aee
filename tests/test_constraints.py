"""Constraints and bounds: what they bound, their pull-backs, freezing, state, proved norms, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.bounds import norm_bound, shrink
from lipref.constraints import (
    CONSTRAINTS,
    Bjorck,
    Clip,
    Frobenius,
    L1Rows,
    Orthonormal,
    Parseval,
    Polar,
    Projected,
    Rows,
    Spectral,
    SpectralBjorck,
)
from lipref.layers import GroupSort, Linear
from lipref.losses import cross_entropy_forward, rows_backward
from lipref.networks import freeze, mlp, named_parameters, project
from lipref.optim import adam_state, adam_step
from tests.weights import assembled, norm_is_at_most, weights

seeds = st.integers(0, 2**32 - 1)
KINDS = {
    "Bjorck": Bjorck(),
    "Bjorck of order 2": Bjorck(order=2, iterations=4),
    "Bjorck, always scaled": Bjorck(iterations=3, scaling="spectral"),
    "SpectralBjorck": SpectralBjorck(steps=100),
    "Polar": Polar(),
    "Parseval": Parseval(0.25),
    "Spectral": Spectral(steps=100),
    "Frobenius": Frobenius(),
    "L1Rows": L1Rows(),
    "L1Rows of radius 1/2": L1Rows(0.5),
    "Rows of 1": Rows(1),
    "Rows of 2": Rows(2),
    "Rows of inf": Rows(math.inf),
    "Clip": Clip(0.125),
}
SHAPES = [(3, 5), (5, 3), (4, 4)]


def generic(seed, shape):
    """A weight with singular values 1.25 and others in [0.5, 1.1]: inside every basin, with a gap."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 1.1, min(shape))
    values[0] = 1.25
    return assembled(rng, shape, values)


def test_every_constraint_is_tested():
    """The table above covers what files and layers know."""
    named = {type(kind) for kind in KINDS.values()} | {Orthonormal, Projected}
    assert named == set(CONSTRAINTS.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_constraint_backward_is_the_derivative(place, kind, shape):
    """⟨dw, w(v + h d)⟩ has the derivative ⟨backward(dw), d⟩: difference quotient in double precision."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        v, d, dw = place(generic(seed, shape)), place(rng.standard_normal(shape)), place(rng.standard_normal(shape))
        constraint = KINDS[kind]
        _, residuals = constraint.forward(v)
        pulled = lipref.to_numpy(constraint.backward(residuals, dw))
        law = laws.difference(
            lambda t, constraint=constraint, v=v, d=d, dw=dw: np.sum(
                lipref.to_numpy(constraint.forward(v + float(t[0]) * d)[0]) * lipref.to_numpy(dw), keepdims=True
            ),
            lambda t, pulled=pulled, d=d: np.sum(pulled * lipref.to_numpy(d)) * t,
            np.zeros(1),
            np.ones(1),
            step=2.0**-14,
            # 15 Björck steps with two products of at most five terms each, and slopes of at most 1.5^15 on what
            # rounding leaves; sums of 15 entries of size 3
            operations=15 * 2 * 5 * 45,
        )
        # the pull-back of the power iteration is that of its limit, where 100 steps lead: (1.1/1.25)^200 = 1e-11
        assert law.defect <= law.bound + 1e-8, (seed, law)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("Parseval", "Bjorck of order 2")])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_constraint_bounds_its_norm(kind, shape, dtype):
    """The stated norm is within the stated bound, to rounding, from weights far outside."""
    constraint = KINDS[kind]
    v = (4 * generic(1, shape)).astype(dtype)
    w = constraint.forward(v)[0]
    # a unit of rounding per entry of a row or of the Gram matrix, twice: once computed, once stored; the proof of the
    # bound takes up to 8 times that many of float64
    assert norm_bound(w, *constraint.norms) <= constraint.bound * (1 + 16 * v.size * np.finfo(dtype).eps)


@given(seed=seeds, shape=st.sampled_from(SHAPES))
def test_orthonormal_pulls_back_as_the_polar_factor(seed, shape):
    """At an orthonormal weight the tangent projection is the derivative of `Polar`; it repeats itself."""
    rng = np.random.default_rng(seed)
    q, dw = Polar().forward(generic(seed, shape))[0], rng.standard_normal(shape)
    ours, residuals = Orthonormal().forward(q)
    assert ours is q
    pulled = Orthonormal().backward(residuals, dw)
    expected = Polar().backward(Polar().forward(q)[1], dw)
    # q is orthonormal to a few units; two products of at most five terms of size three
    assert np.max(np.abs(pulled - expected)) <= 200 * np.finfo(float).eps
    assert np.max(np.abs(Orthonormal().backward(residuals, pulled) - pulled)) <= 200 * np.finfo(float).eps


@given(seed=seeds, shape=st.sampled_from(SHAPES))
def test_orthonormal_projects_back(seed, shape):
    """After an update of size 0.1 the weight is orthonormal again, to the tolerance and the rounding of one step."""
    rng = np.random.default_rng(seed)
    q = Polar().forward(generic(seed, shape))[0]
    w = Orthonormal(1e-6).project(q + 0.1 * rng.standard_normal(shape) / 5)
    gram = w @ w.T if shape[0] < shape[1] else w.T @ w
    assert np.linalg.norm(gram - np.eye(min(shape))) <= 1e-6 + 50 * np.finfo(float).eps


def test_projected_is_the_constraint_after_the_step(place):
    """Nothing happens in the passes; `project` is the forward map of the constraint."""
    v, dw = place(generic(0, (3, 4))), place(np.ones((3, 4)))
    constraint = Projected(L1Rows())
    w, residuals = constraint.forward(v)
    assert w is v
    assert constraint.backward(residuals, dw) is dw
    assert np.array_equal(lipref.to_numpy(constraint.project(v)), lipref.to_numpy(L1Rows().forward(v)[0]))


def test_spectral_state_advances():
    """The new power-iteration vector rides in the residuals; with it the estimate of the norm improves."""
    v = assembled(np.random.default_rng(0), (6, 6), [1.0, 0.9, 0.5, 0.4, 0.3, 0.2])
    layer = Linear(v, None, Spectral(steps=1, safe=False))
    excess = []
    for _ in range(40):
        _, residuals = layer.forward(np.ones((1, 6)))
        excess.append(np.linalg.norm(residuals.weight, 2) - 1)
        moved = layer.advance(residuals)
        assert layer.constraint.u is None or not np.array_equal(moved.constraint.u, layer.constraint.u)
        layer = moved
    # the error of the estimate shrinks as (0.9)^(2t): 40 steps leave 0.81^40 = 2e-4 of it
    assert excess[-1] < 1e-3 < excess[0]


@pytest.mark.parametrize("scale", [2.0**-60, 1.0, 2.0**60])
def test_spectral_bjorck_takes_stale_states(scale, dtype):
    """A state orthogonal to the range, and weights whose squares leave the range of float32: the bound holds."""
    v = (scale * np.diag([1.0, 0.5, 0.0])).astype(dtype)
    for u in ([0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]):
        w, _ = SpectralBjorck(iterations=15, u=np.array(u, dtype=dtype)).forward(v)
        assert np.linalg.norm(w.astype(float), 2) <= 1 + 64 * np.finfo(dtype).eps
        assert np.linalg.norm(w.astype(float), 2) >= 1 - 64 * np.finfo(dtype).eps


def test_spectral_bjorck_needs_no_singular_values(monkeypatch):
    """A parameter whose norm grows stays in the basin by the power step alone, its state carried along."""
    v = 1.2 * assembled(np.random.default_rng(0), (12, 12), np.linspace(0.4, 1, 12))
    layer = Linear(v, None, SpectralBjorck())
    layer = layer.advance(layer.forward(np.ones((1, 12)))[1])
    monkeypatch.setattr(np.linalg, "svd", lambda *a, **k: pytest.fail("singular values were computed"))
    monkeypatch.setattr(np.linalg, "svdvals", lambda *a, **k: pytest.fail("singular values were computed"))
    for factor in (2, 4, 8):
        grown = Linear(factor * layer.weight, None, layer.constraint)
        _, residuals = grown.forward(np.ones((1, 12)))
        layer = grown.advance(residuals)
        gram = residuals.weight.T @ residuals.weight
        assert np.max(np.linalg.eigvalsh(gram)) <= 1 + 64 * np.finfo(float).eps
        assert layer.constraint.u is residuals.constraint.spectral.u


@given(w=weights(), p=st.sampled_from([1, 2, math.inf]))
def test_norm_bound_is_never_below_the_exact_norm(w, p):
    """Against rational arithmetic: sums of fractions for 1 and ∞, the LDLᵀ test for 2; single and double precision."""
    for dtype in ("float32", "float64"):
        stored = w.astype(dtype)
        bound = norm_bound(stored, p)
        if p == 2:
            assert norm_is_at_most(stored, Fraction(bound))
            continue
        rows = stored if p == math.inf else stored.T
        exact = max(sum(abs(Fraction(float(v))) for v in row) for row in rows)
        assert Fraction(bound) >= exact
        assert Fraction(bound) <= exact * (1 + Fraction(1, 2**52))


@given(w=weights(), q=st.sampled_from([1, 2, math.inf]))
def test_norm_bound_of_mixed_norms(w, q):
    """(1, q) by columns and (p, ∞) by rows, exactly rounded up or close above; squares decide the 2-norms."""
    columns = [[Fraction(float(v)) for v in column] for column in w.T]
    if q == 2:
        exact = max(sum(v * v for v in column) for column in columns)
        assert Fraction(norm_bound(w, 1, 2)) ** 2 >= exact
        assert Fraction(norm_bound(w.T, 2, math.inf)) ** 2 >= exact
        assert Fraction(norm_bound(w, 1, 2)) ** 2 <= exact * (1 + Fraction(1, 2**45))
    else:
        size = max if q == math.inf else sum
        exact = max(size(abs(v) for v in column) for column in columns)
        assert exact <= Fraction(norm_bound(w, 1, q)) <= exact * (1 + Fraction(1, 2**52))


def test_norm_bound_of_fractions():
    """Exact mode: row sums rounded up once; the 2-norm with the rounding of the entries counted."""
    w = lipref.exact([["1/3", "1/3"], ["1/7", "-1/7"]])
    assert Fraction(norm_bound(w, math.inf)) >= Fraction(2, 3)
    assert norm_bound(w, math.inf) <= math.nextafter(2 / 3, 1)
    assert Fraction(norm_bound(w, 2)) ** 2 >= Fraction(2, 9)
    assert norm_bound(w, 2) <= math.sqrt(2 / 9) * (1 + 1e-14)


@given(w=weights(), norms=st.sampled_from([(2, 2), (math.inf, math.inf), (2, math.inf), (1, math.inf), (1, 1)]))
def test_shrink_gives_the_bound(w, norms):
    """The true norm of the result is at most the bound, and not below it by more than rounding if it was above."""
    scaled = w / max(np.max(np.abs(w)), 2.0**-80)
    for dtype in ("float32", "float64"):
        stored = scaled.astype(dtype)
        small = shrink(stored, norms, 0.75)
        assert small.dtype == dtype
        if norms == (2, 2):
            assert norm_is_at_most(small, Fraction(3, 4))
        else:
            assert norm_bound(small, *norms) <= 0.75
        if norm_bound(stored, *norms) > 0.75 and norms[1] != math.inf:
            assert norm_bound(small, *norms) >= 0.75 * (1 - 512 * np.finfo(dtype).eps)
        if norm_bound(stored, *norms) <= 0.75:
            assert small is stored


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_sound_weights_keep_their_bound(kind, dtype):
    """The promise of *sound*: the proved norm of the stored numbers is at most the bound of the constraint."""
    constraint = KINDS[kind]
    for shape in SHAPES:
        w = constraint.freeze(generic(2, shape).astype(dtype), "sound")
        assert w.dtype == dtype
        assert norm_bound(w, *constraint.norms) <= constraint.bound


def test_sound_rows_do_not_exceed_one_in_exact_arithmetic(dtype):
    """Row sums as fractions, on weights whose projection rounds upwards somewhere."""
    v = np.random.default_rng(0).standard_normal((200, 7)).astype(dtype)
    for constraint in (L1Rows(), Projected(L1Rows())):
        w = constraint.freeze(v, "sound")
        assert all(sum(abs(Fraction(float(x))) for x in row) <= 1 for row in w)


@pytest.mark.parametrize("kind", ["Bjorck", "Orthonormal"])
def test_training_keeps_the_stated_bound(kind, dtype):
    """Adam with the rate 0.1 that breaks other implementations: 50 steps stay finite and within the stated bound.

    Björck: weights in use never exceed one by more than rounding (steps of order 1 map [0, √3] into [0, 1]).
    Orthonormal: ‖wᵀw - I‖ <= 1e-6 after every step, hence ‖w‖² <= 1 + 1e-6.
    """
    rng = np.random.default_rng(0)
    made = {"Bjorck": Bjorck(iterations=3), "Orthonormal": Orthonormal(1e-6)}[kind]
    network = mlp([16, 32, 32, 4], rng=rng, activation=GroupSort(2), constraint=made, dtype=dtype)
    state = adam_state(network)
    x, labels = rng.standard_normal((64, 16)).astype(dtype), rng.integers(0, 4, 64)
    slack = {"Bjorck": 0.0, "Orthonormal": 0.5e-6}[kind] + 32 * np.finfo(dtype).eps
    for _ in range(50):
        logits, residuals = network.forward(x)
        used = [r.weight for r in residuals.layers if hasattr(r, "weight")]
        assert all(np.linalg.norm(w.astype(float), 2) <= 1 + slack for w in used)
        value, saved = cross_entropy_forward(logits, labels, temperature=4.0)
        assert np.isfinite(value)
        grads = network.backward(residuals, rows_backward(saved))[1]
        network, state = adam_step(network, grads, state, rate=0.1)
        network = project(network)
    assert all(np.all(np.isfinite(w)) for w in named_parameters(freeze(network, "tight")).values())


BAD = {
    "tolerance 0": (lambda: Orthonormal(0), lipref.DomainError),
    "no power steps": (lambda: SpectralBjorck(steps=0), lipref.DomainError),
    "state of another shape": (lambda: SpectralBjorck(u=np.ones(3)).forward(np.eye(2)), lipref.ShapeError),
    "rows of 3": (lambda: Rows(3), lipref.DomainError),
    "freeze mode": (lambda: Bjorck().freeze(np.eye(2), "safe"), lipref.UnknownNameError),
    "negative radius": (lambda: L1Rows(-1.0).forward(np.eye(2)), lipref.DomainError),
    "order 0": (lambda: Bjorck(order=0).forward(np.eye(2)), lipref.DomainError),
    "unknown scaling": (lambda: Bjorck(scaling="none at all").forward(np.eye(2)), lipref.UnknownNameError),
    "NaN in an orthonormal weight": (lambda: Orthonormal().forward(np.full((2, 2), np.nan)), lipref.DomainError),
    "norm of a vector": (lambda: norm_bound(np.ones(3)), lipref.ShapeError),
    "norm of nothing": (lambda: norm_bound(np.ones((0, 3))), lipref.ShapeError),
    "norm without closed form": (lambda: norm_bound(np.eye(2), 2, 1), lipref.DomainError),
    "norm with infinity": (lambda: norm_bound(np.full((1, 1), np.inf)), lipref.DomainError),
    "shrink fractions": (lambda: shrink(lipref.exact([[1]]), (2, 2)), lipref.DTypeError),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()
