"""Functions of whole networks: parameters, initialisation, projection after the step, freezing, Lipschitz bounds.

They walk the tree of layers by dataclass metadata, so that a new layer needs no new code here but a line in
`lipschitz_bound`.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, require_choice, require_integer, require_number
from lipref.bounds import norm_bound
from lipref.errors import DomainError, DTypeError, ShapeError, UnknownNameError
from lipref.layers import ACTIVATIONS, Activation, Chain, Dropout, GroupSort, Linear, Scale

SCHEMES = ("orthogonal", "uniform", "normal")
PAIRS = GroupSort(2)


def map_parameters(function: Callable[..., Array], network: Any, *others: Any) -> Any:
    """The network with every parameter replaced by `function(parameter, *the parameters at its place in others)`.

    Parameters
    ----------
    function : callable of 1 + len(others) arrays
    network : layer; gives the hyper-parameters and the state of the result
    *others : layers of the same structure (gradients, moments, another network)

    Raises
    ------
    DTypeError, ShapeError
        The structures differ: other kinds of layers, another number of them, a bias in one only.
    """
    for other in others:
        if type(other) is not type(network):
            raise DTypeError(
                "map_parameters", f"a {type(network).__name__} at this place of every network", type(other).__name__
            )
    changes: dict[str, Any] = {}
    for item in dataclasses.fields(network):
        values = [getattr(layer, item.name) for layer in (network, *others)]
        if item.metadata.get("layers"):
            if len({len(value) for value in values}) > 1:
                raise ShapeError(
                    "map_parameters", "networks of one depth", f"{[len(value) for value in values]} layers"
                )
            changes[item.name] = tuple(map_parameters(function, *layers) for layers in zip(*values, strict=True))
        elif item.metadata.get("trainable") and any(value is not None for value in values):
            if any(value is None for value in values):
                raise ShapeError("map_parameters", f"{item.name} in all networks", "None in one of them")
            changes[item.name] = function(*values)
    return dataclasses.replace(network, **changes) if changes else network


def map_layers(function: Callable[[Any], Any], network: Any) -> Any:
    """The network with `function` applied to every layer that has no sublayers."""
    for item in dataclasses.fields(network):
        if item.metadata.get("layers"):
            inner = tuple(map_layers(function, layer) for layer in getattr(network, item.name))
            return dataclasses.replace(network, **{item.name: inner})
    return function(network)


def named_parameters(network: Any, prefix: str = "") -> dict[str, Array]:
    """Parameters by dotted name ("layers.0.weight"), in the order of the layers."""
    found: dict[str, Array] = {}
    for item in dataclasses.fields(network):
        value = getattr(network, item.name)
        if item.metadata.get("layers"):
            for index, layer in enumerate(value):
                found |= named_parameters(layer, f"{prefix}{item.name}.{index}.")
        elif item.metadata.get("trainable") and value is not None:
            found[prefix + item.name] = value
    return found


def linear(
    inputs: int,
    outputs: int,
    *,
    rng: np.random.Generator,
    scheme: str = "orthogonal",
    bias: bool = True,
    constraint: Any = None,
    dtype: str = "float32",
) -> Linear:
    """A `Linear` layer with a random weight and zero bias, in NumPy arrays.

    Parameters
    ----------
    inputs, outputs : int, >= 1
    rng : numpy.random.Generator
    scheme : {"orthogonal", "uniform", "normal"}
        Haar-distributed orthonormal rows or columns, whichever are fewer; U(-1/√n, 1/√n); N(0, 1/n); n = `inputs`.
    constraint : parametrisation, or None
    dtype : {"float32", "float64"}
    """
    require_integer("linear", "inputs", inputs, at_least=1)
    require_integer("linear", "outputs", outputs, at_least=1)
    require_choice("linear", "scheme", scheme, SCHEMES)
    require_choice("linear", "dtype", dtype, ("float32", "float64"))
    if not isinstance(rng, np.random.Generator):
        raise DTypeError("linear", "rng to be a numpy.random.Generator", type(rng).__name__)
    if scheme == "uniform":
        weight = rng.uniform(-1, 1, (outputs, inputs)) / math.sqrt(inputs)
    else:
        weight = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
    if scheme == "orthogonal":
        tall = weight if outputs >= inputs else weight.T
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # signs of the diagonal of r fixed: Haar measure
        weight = q if outputs >= inputs else q.T
    weight = np.ascontiguousarray(weight, dtype=dtype)
    return Linear(weight, np.zeros(outputs, dtype=dtype) if bias else None, constraint)


def mlp(
    widths: list[int] | tuple[int, ...],
    *,
    rng: np.random.Generator,
    activation: Any = PAIRS,
    scheme: str = "orthogonal",
    bias: bool = True,
    constraint: Any = None,
    dtype: str = "float32",
) -> Chain:
    """A chain of `linear` layers of the given widths with `activation` between them, none after the last [SO-Not1]."""
    if len(widths) < 2:
        raise ShapeError("mlp", "at least an input and an output width", f"{list(widths)}")
    layers: list[Any] = []
    for inputs, outputs in itertools.pairwise(widths):
        if layers:
            layers.append(activation)
        layers.append(linear(inputs, outputs, rng=rng, scheme=scheme, bias=bias, constraint=constraint, dtype=dtype))
    return Chain(tuple(layers))


def project(network: Any) -> Any:
    """The network after the step of an optimiser: every weight moved back into the set of its constraint.

    The identity for layers whose constraint acts in the forward pass.
    """

    def moved(layer: Any) -> Any:
        if not isinstance(layer, Linear) or layer.constraint is None:
            return layer
        return dataclasses.replace(layer, weight=layer.constraint.project(layer.weight))

    return map_layers(moved, network)


def freeze(network: Any, mode: str = "sound") -> Any:
    """The network to ship: weights baked in, constraints and dropout gone.

    Parameters
    ----------
    mode : {"tight", "sound"}
        *tight*: each constrained weight as close to the boundary of its set as the dtype resolves (orthonormal to
        rounding for Björck and polar weights); its norm may exceed the bound by a few units of rounding.
        *sound*: the true norm of each constrained weight, as the map of real numbers that the stored numbers define,
        is at most the bound of its constraint.

    Notes
    -----
    Unconstrained layers are kept; `lipschitz_bound` tells what they contribute. Björck weights are taken to
    convergence, so a network trained with few iterations may change [SO-BjorckUse].
    """
    require_choice("freeze", "mode", mode, ("tight", "sound"))

    def frozen(layer: Any) -> Any:
        if isinstance(layer, Dropout):
            return Activation("identity")
        if not isinstance(layer, Linear) or layer.constraint is None:
            return layer
        return dataclasses.replace(layer, weight=layer.constraint.freeze(layer.weight, mode), constraint=None)

    return map_layers(frozen, network)


def lipschitz_bound(network: Any, p: float = 2, q: float | None = None) -> float:
    """Guaranteed Lipschitz constant of the network from (R^n, p) to (R^m, q), as a product over its layers.

    The map meant is that of real arithmetic with the stored parameters; `norm_bound` accounts for all rounding in the
    norms. Dropout counts as absent. If p and q differ, one linear layer passes from p to q and the best one is
    taken; pairs without a closed form are left out.

    Parameters
    ----------
    p, q : 1, 2 or inf; q defaults to p

    Raises
    ------
    DomainError
        No layer can pass from p to q in closed form, or p or q is none of 1, 2, inf.
    """
    q = p if q is None else q
    for name, value in (("p", p), ("q", q)):
        if value not in (1, 2, math.inf):
            raise DomainError("lipschitz_bound", f"{name} to be 1, 2 or inf", f"{value}", **{name: value})
    # best bounds so far of the map from (input, p) to (here, p) and to (here, q)
    stay, passed = 1.0, 1.0 if p <= q else math.inf
    for layer in _flat(network):
        if isinstance(layer, Linear):
            weight = layer.weight if layer.constraint is None else layer.constraint.forward(layer.weight)[0]
            step = {pair: _norm_or_inf(weight, *pair) for pair in {(p, p), (p, q), (q, q)}}
            passed = min(_up(stay, step[p, q]), _up(passed, step[q, q]))
            stay = _up(stay, step[p, p])
        else:
            factor = _factor(layer)
            stay, passed = _up(stay, factor), _up(passed, factor)
        passed = min(passed, stay) if p <= q else passed
    if passed == math.inf:
        raise DomainError("lipschitz_bound", f"a layer with a closed form from {p} to {q}", "none", p=p, q=q)
    return passed


def _flat(network: Any) -> list[Any]:
    """The layers without sublayers, in order."""
    found: list[Any] = []

    def note(layer: Any) -> Any:
        found.append(layer)
        return layer

    map_layers(note, network)
    return found


def _norm_or_inf(weight: Array, p: float, q: float) -> float:
    try:
        return norm_bound(weight, p, q)
    except DomainError:
        return math.inf


def _up(a: float, b: float) -> float:
    """a·b rounded upwards."""
    product = a * b
    if math.isinf(a) or math.isinf(b) or Fraction(product) >= Fraction(a) * Fraction(b):
        return product
    return math.nextafter(product, math.inf)


def _factor(layer: Any) -> float:
    """Lipschitz constant of a layer without weights, the same in 1-, 2- and ∞-norm."""
    if isinstance(layer, GroupSort | Dropout):
        return 1.0
    if isinstance(layer, Scale):
        size = abs(float(layer.factor))
        return size if Fraction(size) >= abs(Fraction(layer.factor)) else math.nextafter(size, math.inf)
    if isinstance(layer, Activation):
        slope = 1.0 if layer.slope is None else max(1.0, abs(float(layer.slope)))
        return float(ACTIVATIONS[layer.name]) * slope
    raise UnknownNameError("lipschitz_bound", "a layer of lipref.layers", type(layer).__name__)


HOMOGENEOUS = ("identity", "relu", "leaky_relu", "crelu", "absolute", "maxout")


def scale_inside(network: Chain, factors: list | tuple) -> Chain:
    """The network with one `Scale` after each linear layer and the biases that make it (product of factors) · network.

    With the factor s_l after affine layer l, the result equals (∏ s) · network exactly if the bias b_l becomes
    b_l · ∏_{j<l} s_j: the activations must be positively homogeneous and the factors >= 0 [SO-ScaleLayer]. Scaling the
    weights alone is not the same function as soon as there are biases.

    Parameters
    ----------
    network : Chain of `Linear`, `GroupSort`, `Scale` and homogeneous activations, without nested chains
    factors : one number >= 0 per `Linear`
    """
    count = sum(isinstance(layer, Linear) for layer in network.layers)
    if len(factors) != count:
        raise ShapeError("scale_inside", f"{count} factors, one per linear layer", f"{len(factors)}")
    for factor in factors:
        require_number("scale_inside", "factor", factor, at_least=0)
    layers: list[Any] = []
    remaining, before = list(factors), Fraction(1)
    for layer in network.layers:
        if isinstance(layer, Linear):
            factor, bias = remaining.pop(0), layer.bias
            if bias is not None:
                bias = bias * (before if is_exact(bias) else float(before))
            layers += [dataclasses.replace(layer, bias=bias), Scale(factor)]
            before *= Fraction(factor)
        elif isinstance(layer, GroupSort | Scale) or (isinstance(layer, Activation) and layer.name in HOMOGENEOUS):
            layers.append(layer)
        else:
            what = getattr(layer, "name", type(layer).__name__)
            raise DomainError("scale_inside", "positively homogeneous layers", f"{what}", layer=layer)
    return Chain(tuple(layers))
