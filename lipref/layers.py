"""Layers and chains of layers: frozen dataclasses of parameters, with the passes of their maps.

A network is the composition h_l = phi(W_l h_{l-1} + b_l) of [SO-Not1], as a `Chain` of `Linear`, activations and
`Scale`. Every layer has

    forward(x, *, rng=None) -> (y, residuals)
    backward(residuals, dy) -> (dx, grads)              cotangents of the input and of the parameters
    jvp(residuals, dx) -> dy                            tangent of the output, parameters held fixed
    jvp_backward(residuals, dx, y_bar, dy_bar) -> (x_bar, dx_bar, grads)
                                                        reverse pass of (x, dx, parameters) -> (y, dy) as one map
    advance(residuals) -> layer                         the layer with the state that forward has moved on

`grads` is of the layer's own type, with the cotangents in place of the parameters: a network of gradients is a
network, and an optimiser is a map over parameters (`map_parameters`). Trainable fields carry `trainable` in their
dataclass metadata, fields of sublayers carry `layers`. A layer holds no other state and is never changed in place.

Second order: the gradient, with respect to parameters, of a function of the input gradient of f is `jvp_backward`,
with the direction held fixed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import numpy as np

from lipref import activations
from lipref._array import Array, is_exact, namespace, require_choice, require_number
from lipref.errors import DomainError, DTypeError, ShapeError
from lipref.groupsort import (
    GroupSortResiduals,
    groupsort_backward,
    groupsort_forward,
    groupsort_jvp,
)

TRAINABLE = {"trainable": True}
LAYERS = {"layers": True}


class Layer(Protocol):
    """The protocol above, for annotations."""

    def forward(self, x: Array, *, rng: np.random.Generator | None = None) -> tuple[Array, Any]:
        """Output and residuals; `rng` is read by random layers alone, which are the identity without it."""

    def backward(self, residuals: Any, dy: Array) -> tuple[Array, Any]:
        """Cotangents of the input and of the parameters."""

    def jvp(self, residuals: Any, dx: Array) -> Array:
        """Tangent of the output."""

    def jvp_backward(self, residuals: Any, dx: Array, y_bar: Array, dy_bar: Array) -> tuple[Array, Array, Any]:
        """Cotangents of x, dx and the parameters, given those of y and dy."""

    def advance(self, residuals: Any) -> Layer:
        """The layer with its new state."""


class _Layer:
    """What all layers share: the map as a call, and no state."""

    def forward(self, x, *, rng=None):
        raise NotImplementedError

    def __call__(self, x: Array) -> Array:
        return self.forward(x)[0]

    def advance(self, residuals):
        return self


class LinearResiduals(NamedTuple):
    """What the derivatives of x -> x wᵀ + b need."""

    x: Array
    """(..., n): the input."""
    weight: Array
    """(m, n): the weight that was used, after the constraint."""
    constraint: Any
    """Residuals of the constraint; None without one."""


@dataclass(frozen=True, eq=False)
class Linear(_Layer):
    """y = x wᵀ + b with w the weight, or its image under `constraint`.

    Fields
    ------
    weight : array, shape (m, n), m outputs and n inputs; float32, float64 or fractions
    bias : array, shape (m,), or None
    constraint : parametrisation of `lipref.constraints`, or None

    Raises
    ------
    ShapeError, DTypeError, BackendError
        Weight and bias do not fit each other.
    """

    weight: Array = field(metadata=TRAINABLE)
    bias: Array | None = field(default=None, metadata=TRAINABLE)
    constraint: Any = None

    def __post_init__(self):
        namespace("Linear", exact=True, finite=False, weight=self.weight, bias=self.bias)
        if self.weight.ndim != 2 or 0 in self.weight.shape:
            raise ShapeError("Linear", "a weight (m, n), both positive", f"shape {tuple(self.weight.shape)}")
        if self.bias is not None and tuple(self.bias.shape) != (self.weight.shape[0],):
            expected = f"a bias of shape ({self.weight.shape[0]},)"
            raise ShapeError("Linear", expected, f"{tuple(self.bias.shape)}", shape=tuple(self.bias.shape))
        if self.constraint is not None and not hasattr(self.constraint, "freeze"):
            raise DTypeError("Linear", "a constraint, or None", type(self.constraint).__name__, value=self.constraint)

    def forward(self, x, *, rng=None):
        xp = namespace("Linear.forward", exact=True, x=x, weight=self.weight, bias=self.bias)
        _require_width("Linear.forward", "x", x, self.weight.shape[1])
        weight, residuals = (self.weight, None) if self.constraint is None else self.constraint.forward(self.weight)
        y = xp.matmul(x, xp.matrix_transpose(weight))
        if self.bias is not None:
            y += self.bias
        return y, LinearResiduals(x, weight, residuals)

    def backward(self, residuals, dy):
        xp = namespace("Linear.backward", exact=True, dy=dy, x=residuals.x)
        _require_batch("Linear.backward", "dy", dy, residuals)
        rows = _rows(xp, dy)
        dweight = xp.matmul(xp.matrix_transpose(rows), _rows(xp, residuals.x))
        return xp.matmul(dy, residuals.weight), self._grads(residuals, dweight, xp.sum(rows, axis=0))

    def jvp(self, residuals, dx):
        xp = namespace("Linear.jvp", exact=True, dx=dx, x=residuals.x)
        _require_width("Linear.jvp", "dx", dx, self.weight.shape[1])
        return xp.matmul(dx, xp.matrix_transpose(residuals.weight))

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        xp = namespace("Linear.jvp_backward", exact=True, x=residuals.x, dx=dx, y_bar=y_bar, dy_bar=dy_bar)
        _require_width("Linear.jvp_backward", "dx", dx, self.weight.shape[1])
        for name, bar in (("y_bar", y_bar), ("dy_bar", dy_bar)):
            _require_batch("Linear.jvp_backward", name, bar, residuals)
        rows = _rows(xp, y_bar)
        dweight = xp.matmul(xp.matrix_transpose(rows), _rows(xp, residuals.x))
        dweight += xp.matmul(xp.matrix_transpose(_rows(xp, dy_bar)), _rows(xp, dx))  # dy = dx wᵀ sees w too
        grads = self._grads(residuals, dweight, xp.sum(rows, axis=0))
        return xp.matmul(y_bar, residuals.weight), xp.matmul(dy_bar, residuals.weight), grads

    def advance(self, residuals):
        if self.constraint is None:
            return self
        return dataclasses.replace(self, constraint=self.constraint.advance(residuals.constraint))

    def _grads(self, residuals, dweight, dbias):
        if self.constraint is not None:
            dweight = self.constraint.backward(residuals.constraint, dweight)
        return dataclasses.replace(self, weight=dweight, bias=None if self.bias is None else dbias)


@dataclass(frozen=True, eq=False)
class GroupSort(_Layer):
    """`groupsort.groupsort` as a layer; fields as its parameters."""

    group_size: int
    order: str = "ascending"
    axis: int = -1

    def forward(self, x, *, rng=None) -> tuple[Array, GroupSortResiduals]:
        return groupsort_forward(x, self.group_size, order=self.order, axis=self.axis)

    def backward(self, residuals, dy):
        return groupsort_backward(residuals, dy), self

    def jvp(self, residuals, dx):
        return groupsort_jvp(residuals, dx)

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        return groupsort_backward(residuals, y_bar), groupsort_backward(residuals, dy_bar), self


@dataclass(frozen=True, eq=False)
class Activation(_Layer):
    """A function of `lipref.activations` as a layer.

    Fields
    ------
    name : one of `ACTIVATIONS`
    slope : number, for "leaky_relu" alone
    group_size : int, for "maxout" alone
    """

    name: str
    slope: float | None = None
    group_size: int | None = None

    def __post_init__(self):
        require_choice("Activation", "name", self.name, ACTIVATIONS)
        for name, owner in (("slope", "leaky_relu"), ("group_size", "maxout")):
            if (getattr(self, name) is None) == (self.name == owner):
                given = "none" if self.name == owner else f"one for {self.name}"
                raise DomainError("Activation", f"{name} for {owner} and for it alone", given)
        if self.name == "leaky_relu":
            require_number("Activation", "slope", self.slope)

    def _pass(self, suffix: str) -> Callable:
        return getattr(activations, f"{self.name}_{suffix}")

    def forward(self, x, *, rng=None):
        arguments = [value for value in (self.slope, self.group_size) if value is not None]
        return self._pass("forward")(x, *arguments)

    def backward(self, residuals, dy):
        return self._pass("backward")(residuals, dy), self

    def jvp(self, residuals, dx):
        return self._pass("jvp")(residuals, dx)

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        backward, second = self._pass("backward"), self._pass("jvp_backward")
        return backward(residuals, y_bar) + second(residuals, dx, dy_bar), backward(residuals, dy_bar), self


ACTIVATIONS: dict[str, float | Fraction] = {
    "identity": 1,
    "relu": 1,
    "leaky_relu": 1,
    "crelu": 1,
    "absolute": 1,
    "tanh": 1,
    "sigmoid": Fraction(1, 4),
    "softplus": 1,
    "maxout": 1,
}
"""Activation -> its Lipschitz constant, the same in every p-norm [SO-ActLip]; times max(1, |slope|) for leaky_relu."""


@dataclass(frozen=True, eq=False)
class Scale(_Layer):
    """y = factor · x, the constant layer that sets a Lipschitz constant [SO-ScaleLayer]; not trained."""

    factor: float | Fraction

    def __post_init__(self):
        require_number("Scale", "factor", self.factor)

    def _times(self, function: str, x: Array) -> Array:
        namespace(function, exact=True, x=x)
        return x * (Fraction(self.factor) if is_exact(x) else float(self.factor))

    def forward(self, x, *, rng=None):
        return self._times("Scale.forward", x), ()

    def backward(self, residuals, dy):
        return self._times("Scale.backward", dy), self

    def jvp(self, residuals, dx):
        return self._times("Scale.jvp", dx)

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        return self._times("Scale.jvp_backward", y_bar), self._times("Scale.jvp_backward", dy_bar), self


class DropoutResiduals(NamedTuple):
    """What the derivatives of dropout need."""

    mask: Array | None
    """Shape of x: 0 or 1/(1 - rate) per entry; None where nothing was dropped."""


@dataclass(frozen=True, eq=False)
class Dropout(_Layer):
    """Inverted dropout: with `rng`, entries are zeroed with probability `rate` and the others divided by 1 - rate.

    Without `rng` it is the identity. The expectation over the mask is x in both cases. While it is active the layer is
    1/(1 - rate)-Lipschitz only; certificates are for networks without rng.
    """

    rate: float

    def __post_init__(self):
        require_number("Dropout", "rate", self.rate, at_least=0)
        if self.rate >= 1:
            raise DomainError("Dropout", "rate < 1", f"{self.rate}", rate=self.rate)

    def forward(self, x, *, rng=None):
        xp = namespace("Dropout.forward", x=x)
        if rng is None or self.rate == 0:
            return x, DropoutResiduals(None)
        kept = rng.random(tuple(x.shape)) >= self.rate
        mask = xp.asarray(kept / (1 - self.rate), dtype=x.dtype, device=x.device)
        return x * mask, DropoutResiduals(mask)

    def _masked(self, function: str, residuals: DropoutResiduals, dy: Array) -> Array:
        namespace(function, dy=dy, mask=residuals.mask)
        return dy if residuals.mask is None else dy * residuals.mask

    def backward(self, residuals, dy):
        return self._masked("Dropout.backward", residuals, dy), self

    def jvp(self, residuals, dx):
        return self._masked("Dropout.jvp", residuals, dx)

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        function = "Dropout.jvp_backward"
        return self._masked(function, residuals, y_bar), self._masked(function, residuals, dy_bar), self


class ChainResiduals(NamedTuple):
    """What the derivatives of a composition need."""

    layers: tuple
    """Residuals of each layer, first layer first."""


@dataclass(frozen=True, eq=False)
class Chain(_Layer):
    """Composition of layers, first layer first; itself a layer. `Chain(())` is the identity."""

    layers: tuple = field(metadata=LAYERS)

    def __post_init__(self):
        object.__setattr__(self, "layers", tuple(self.layers))
        for layer in self.layers:
            if not isinstance(layer, _Layer) and not hasattr(layer, "jvp_backward"):
                raise DTypeError("Chain", "layers", type(layer).__name__, value=layer)

    def forward(self, x, *, rng=None):
        saved = []
        for layer in self.layers:
            x, residuals = layer.forward(x, rng=rng)
            saved.append(residuals)
        return x, ChainResiduals(tuple(saved))

    def backward(self, residuals, dy):
        grads = []
        for layer, saved in zip(reversed(self.layers), reversed(residuals.layers), strict=True):
            dy, grad = layer.backward(saved, dy)
            grads.append(grad)
        return dy, Chain(tuple(reversed(grads)))

    def jvp(self, residuals, dx):
        for layer, saved in zip(self.layers, residuals.layers, strict=True):
            dx = layer.jvp(saved, dx)
        return dx

    def jvp_backward(self, residuals, dx, y_bar, dy_bar):
        tangents = []  # of each layer's input
        for layer, saved in zip(self.layers, residuals.layers, strict=True):
            tangents.append(dx)
            dx = layer.jvp(saved, dx)
        grads = []
        for layer, saved, tangent in zip(
            reversed(self.layers), reversed(residuals.layers), reversed(tangents), strict=True
        ):
            y_bar, dy_bar, grad = layer.jvp_backward(saved, tangent, y_bar, dy_bar)
            grads.append(grad)
        return y_bar, dy_bar, Chain(tuple(reversed(grads)))

    def advance(self, residuals):
        return Chain(tuple(layer.advance(saved) for layer, saved in zip(self.layers, residuals.layers, strict=True)))


def _rows(xp: Any, x: Array) -> Array:
    """(..., n) -> (batch, n)."""
    return x if x.ndim == 2 else xp.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _require_width(function: str, name: str, x: Array, width: int) -> None:
    if x.ndim == 0 or x.shape[-1] != width:
        raise ShapeError(function, f"{name} of shape (..., {width})", f"{tuple(x.shape)}", shape=tuple(x.shape))


def _require_batch(function: str, name: str, dy: Array, residuals: LinearResiduals) -> None:
    expected = (*residuals.x.shape[:-1], residuals.weight.shape[0])
    if tuple(dy.shape) != tuple(expected):
        raise ShapeError(function, f"{name} of shape {tuple(expected)}", f"{tuple(dy.shape)}", shape=tuple(dy.shape))
