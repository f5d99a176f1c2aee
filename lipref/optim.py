"""Optimisers as pure maps: (network, gradients, state) -> (network, state).

State is a dataclass of networks: velocities and moments have the type of the network they belong to, so everything
here is `map_parameters`. The state starts as `sgd_state(network)` or `adam_state(network)`. Nothing is changed in
place but buffers that a step made itself.

Training with a constraint that acts after the step: `network = networks.project(network)` after each step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lipref._array import Array, namespace, require_number
from lipref.errors import DomainError
from lipref.networks import map_parameters


@dataclass(frozen=True, eq=False)
class SGDState:
    """State of `sgd_step`."""

    velocity: Any
    """Network of velocities; of no effect without momentum."""
    count: int
    """Steps taken."""


@dataclass(frozen=True, eq=False)
class AdamState:
    """State of `adam_step`."""

    mean: Any
    """Network of first moments, not yet corrected for their start at zero."""
    square: Any
    """Network of second moments, likewise."""
    count: int
    """Steps taken."""


def sgd_state(network: Any) -> SGDState:
    """Zero velocities for `network`."""
    return SGDState(map_parameters(lambda w: w * 0, network), 0)


def sgd_step(
    network: Any,
    grads: Any,
    state: SGDState,
    *,
    rate: float,
    momentum: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> tuple[Any, SGDState]:
    """One step of stochastic gradient descent.

    With g the gradient plus weight_decay · w and v the velocity:

        v <- g at the first step, then momentum · v + g
        w <- w - rate · v                          plain
        w <- w - rate · (g + momentum · v)         Nesterov

    Parameters
    ----------
    network : layer
    grads : layer of the same structure, as `backward` returns it
    state : SGDState, from `sgd_state` or the step before
    rate : number > 0
    momentum : number in [0, 1)
    nesterov : bool, needs momentum > 0
    weight_decay : number >= 0

    Raises
    ------
    DomainError
        A hyper-parameter outside its range; a gradient that is NaN or infinite.
    """
    require_number("sgd_step", "rate", rate, above=0)
    require_number("sgd_step", "weight_decay", weight_decay, at_least=0)
    _require_decay_rate("sgd_step", "momentum", momentum)
    if nesterov and momentum == 0:
        raise DomainError("sgd_step", "momentum > 0 with nesterov", "0", momentum=momentum)

    def direction(w: Array, g: Array) -> Array:
        namespace("sgd_step", grads=g, network=w)
        return g + weight_decay * w if weight_decay else g

    slope = map_parameters(direction, network, grads)
    if momentum == 0:
        return map_parameters(lambda w, g: w - rate * g, network, slope), SGDState(state.velocity, state.count + 1)
    velocity = map_parameters(lambda v, g: momentum * v + g, state.velocity, slope)
    if nesterov:
        moved = map_parameters(lambda w, v, g: w - rate * (g + momentum * v), network, velocity, slope)
    else:
        moved = map_parameters(lambda w, v: w - rate * v, network, velocity)
    return moved, SGDState(velocity, state.count + 1)


def adam_state(network: Any) -> AdamState:
    """Zero moments for `network`."""
    return AdamState(map_parameters(lambda w: w * 0, network), map_parameters(lambda w: w * 0, network), 0)


def adam_step(
    network: Any,
    grads: Any,
    state: AdamState,
    *,
    rate: float,
    mean_decay: float = 0.9,
    square_decay: float = 0.999,
    floor: float = 1e-8,
    weight_decay: float = 0.0,
) -> tuple[Any, AdamState]:
    """One step of Adam.

    With g the gradient plus weight_decay · w, t the number of this step, b₁ = mean_decay and b₂ = square_decay:

        m <- b₁ m + (1 - b₁) g          v <- b₂ v + (1 - b₂) g²
        w <- w - rate · (m/(1 - b₁ᵗ)) / (√(v/(1 - b₂ᵗ)) + floor)

    Parameters
    ----------
    network, grads, weight_decay : as `sgd_step`; the decay is part of the gradient, not decoupled
    state : AdamState, from `adam_state` or the step before
    rate, floor : numbers > 0
    mean_decay, square_decay : numbers in [0, 1)

    Raises
    ------
    DomainError
        As `sgd_step`.
    """
    require_number("adam_step", "rate", rate, above=0)
    require_number("adam_step", "floor", floor, above=0)
    require_number("adam_step", "weight_decay", weight_decay, at_least=0)
    _require_decay_rate("adam_step", "mean_decay", mean_decay)
    _require_decay_rate("adam_step", "square_decay", square_decay)
    count = state.count + 1
    mean_correction, square_correction = 1 - mean_decay**count, 1 - square_decay**count
    step = rate / mean_correction
    root = 1 / math.sqrt(square_correction)

    # each closure allocates its result and one temporary, and works in them
    def new_mean(w: Array, g: Array, m: Array) -> Array:
        namespace("adam_step", grads=g, network=w)
        result = g * (1 - mean_decay)
        if weight_decay:
            result += w * (weight_decay * (1 - mean_decay))
        result += m * mean_decay
        return result

    def new_square(w: Array, g: Array, v: Array) -> Array:
        g = g + weight_decay * w if weight_decay else g
        result = g * g
        result *= 1 - square_decay
        result += v * square_decay
        return result

    def moved(w: Array, m: Array, v: Array) -> Array:
        result = namespace("adam_step", finite=False, w=w).sqrt(v)
        result *= root
        result += floor
        result = m / result
        result *= -step
        result += w
        return result

    mean = map_parameters(new_mean, network, grads, state.mean)
    square = map_parameters(new_square, network, grads, state.square)
    return map_parameters(moved, network, mean, square), AdamState(mean, square, count)


def _require_decay_rate(function: str, name: str, value: float) -> None:
    require_number(function, name, value, at_least=0)
    if value >= 1:
        raise DomainError(function, f"{name} < 1", f"{value}", value=value)
