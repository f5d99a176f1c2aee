"""Contracts on Lipschitz penalties: `penalty_gp`, `penalty_lp`, `penalty_alp`.

The kit supplies the critic, f(x) = ⟨w, tanh(V x + b)⟩, in the subject's library: a penalty under test is a function
penalty(critic, x) (GP, LP) or penalty(critic, x, start, epsilon, xi) (ALP, one step of the power iteration) of it.
For NumPy subjects the critic is a `Critic`; the torch and jax adapters hand over a function of their own tensors.
`backward(V, b, w, *arrays, dvalue)` is the cotangent of V: a penalty that detaches its gradient trains nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from lipref.conformance.contract import Case, Check, Contract, Parameter
from lipref.conformance.contracts.common import require_close, without_backward
from lipref.layers import Activation, Chain, Linear
from lipref.penalties import (
    adversarial_pair,
    gradient_penalty_backward,
    gradient_penalty_forward,
    pair_penalty_backward,
    pair_penalty_forward,
)


class Critic(NamedTuple):
    """f(x) = tanh(x Vᵀ + b) w on NumPy batches, with its gradient in x."""

    first: np.ndarray
    """V, (h, n)"""
    bias: np.ndarray
    """b, (h,)"""
    last: np.ndarray
    """w, (h,)"""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x @ self.first.T + self.bias) @ self.last

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """∇f, (batch, n)."""
        hidden = np.tanh(x @ self.first.T + self.bias)
        return ((1 - hidden**2) * self.last) @ self.first


def penalty_subject(function: Callable[..., Any]) -> tuple[Callable[..., Any], None]:
    """(forward, backward) of a penalty written for NumPy: the critic comes as a `Critic`."""
    return (lambda first, bias, last, *arrays: function(Critic(first, bias, last), *arrays)), None


def _network(first: np.ndarray, bias: np.ndarray, last: np.ndarray) -> Chain:
    return Chain((Linear(first, bias), Activation("tanh"), Linear(last[None, :])))


@st.composite
def _samples(draw: Any, case: Case) -> dict[str, Any]:
    """Gradient norms on both sides of the bound, off the kink by at least 1/1000."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch, n, h = draw(st.integers(1, 4)), draw(st.integers(1, 3)), 4
    scale = draw(st.sampled_from([0.3, 1.0, 3.0])) * case.parameters.lipschitz
    drawn = {
        "first": rng.standard_normal((h, n)),
        "bias": rng.standard_normal(h) / 2,
        "last": scale * rng.standard_normal(h),
        "x": rng.standard_normal((batch, n)),
    }
    return {name: value.astype(case.subject.dtype) for name, value in drawn.items()}


@st.composite
def _adversarial_samples(draw: Any, case: Case) -> dict[str, Any]:
    drawn = draw(_samples(case))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    start = rng.standard_normal(drawn["x"].shape)
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    return drawn | {
        "start": start.astype(case.subject.dtype),
        "epsilon": rng.uniform(0.5, 2.0, len(start)).astype(case.subject.dtype),
        "xi": draw(st.sampled_from([0.25, 1.0])),
    }


def _reference(case: Case, shape: str, inputs: dict[str, Any]) -> tuple[float, np.ndarray]:
    """Value and cotangent of V, in float64."""
    arrays = {key: np.asarray(value, dtype=np.float64) for key, value in inputs.items() if key != "xi"}
    network = _network(arrays["first"], arrays["bias"], arrays["last"])
    k, weight = case.parameters.lipschitz, case.parameters.weight
    if "start" not in inputs:
        value, residuals = gradient_penalty_forward(network, arrays["x"], lipschitz=k, shape=shape)
        grads = gradient_penalty_backward(residuals)[1]
    else:
        pair = adversarial_pair(network, arrays["x"], arrays["start"], arrays["epsilon"], xi=inputs["xi"], steps=1)
        value, pair_residuals = pair_penalty_forward(network, arrays["x"], pair, lipschitz=k, shape=shape)
        grads = pair_penalty_backward(pair_residuals)
    return weight * float(value), weight * np.asarray(grads.layers[0].weight)


def _atol(case: Case, inputs: dict[str, Any], value: float) -> float:
    """A few sums of h products of the weights, squared; the pairs of ALP divide by distances of at least 1/2."""
    size = 1 + float(np.max(np.abs(inputs["first"]))) * float(np.sum(np.abs(inputs["last"])))
    return (
        256
        * case.subject.unit_roundoff
        * case.parameters.weight
        * max(abs(value), (size + case.parameters.lipschitz) ** 3)
    )


def _value(shape: str) -> Callable[..., None]:
    def law(case: Case, **inputs: Any) -> None:
        expected, _ = _reference(case, shape, inputs)
        got = case.call(*inputs.values())
        require_close("value", got.reshape(()), np.asarray(expected), _atol(case, inputs, expected))

    return law


def _gradient(shape: str) -> Callable[..., None]:
    def law(case: Case, **inputs: Any) -> None:
        value, expected = _reference(case, shape, inputs)
        one = np.ones((), dtype=case.subject.dtype)
        got = case.pull_back(*inputs.values(), one, shape=inputs["first"].shape)
        atol = _atol(case, inputs, value) * (1 + float(np.max(np.abs(inputs["x"])))) * 16
        require_close("cotangent of the critic's first weight", got, expected, atol)

    return law


def _contract(name: str, summary: str, statement: str, shape: str, inputs: Any) -> Contract:
    return Contract(
        name,
        summary,
        (
            Parameter("weight", 1.0, "factor λ of the penalty", kind=float, above=0),
            Parameter("lipschitz", 1.0, "bound K of the norms or ratios", kind=float, above=0),
        ),
        (
            Check("value", (statement,), "The value is the mean of the stated terms.", inputs, _value(shape)),
            Check(
                "gradient",
                (statement,),
                "Its gradient in the critic's weights is the derivative of the stated terms.",
                inputs,
                _gradient(shape),
                without_backward,
            ),
        ),
    )


PENALTY_GP = _contract("penalty_gp", "(critic, x) -> λ mean (‖∇f(x)‖₂ - K)²", "ALR-Eq7", "two-sided-square", _samples)
PENALTY_LP = _contract("penalty_lp", "(critic, x) -> λ mean max(0, ‖∇f(x)‖₂ - K)²", "ALR-Eq9", "square", _samples)
PENALTY_ALP = _contract(
    "penalty_alp",
    "(critic, x, start, epsilon, xi) -> λ mean max(0, |f(x) - f(x + r)| / ‖r‖₂ - K)², r = ε times one power step",
    "ALR-Eq17",
    "square",
    _adversarial_samples,
)
