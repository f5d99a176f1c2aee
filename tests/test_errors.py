"""Bad input, one table over all public functions, layers and constraints of the core.

Each row is a lawful call. From it the ordinary abuses follow on their own: every array of wrong dtype, library, kind
or shape, with NaN and infinity, every label outside its classes; the row adds what only it has. `ROWS`, `LAYERS` and
`CONSTRAINTS` must name every public function and class: a new one without a row fails.

Of every refusal is asked: it is an error of lipref's own kind; the message names the function, what was expected and
what came; and nothing was half-done: the arguments hold the same bytes as before.
"""

import dataclasses
import functools
import importlib
import inspect
import math
import pkgutil
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

import lipref
from lipref import BackendError, ConvergenceError, DomainError, DTypeError, LiprefError, ShapeError, UnknownNameError
from lipref.layers import Linear

CORE = [
    name
    for name in sorted(info.name for info in pkgutil.iter_modules(lipref.__path__) if not info.ispkg)
    if not name.startswith("_") and name not in ("errors", "cli", "datasets", "coq")
]
"""Modules of mathematical objects; the border has tests of its own (test_array), the others are no objects."""

SUFFIXES = ("_forward", "_jvp_backward", "_backward", "_jvp")


class Row(NamedTuple):
    """A lawful call and what only this function refuses."""

    call: dict[str, Any]
    """Lawful arguments by name; arrays are corrupted in the ordinary ways."""
    bad: tuple = ()
    """(argument, value, kind of error) each; the other arguments stay lawful. Several arguments: a dict in place of the
    first two."""
    takes: frozenset = frozenset()
    """Ordinary abuses that are lawful here: "argument:abuse"."""


def row(*bad, takes="", **call):
    return Row(call, bad, frozenset(takes.split()))


RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4))
W = RNG.standard_normal((3, 4)) / 4
Q = np.linalg.qr(RNG.standard_normal((4, 3)))[0]
LOGITS = np.array([[2.0, 0.5, -1.0], [0.0, 1.0, 3.0]])
CLASSES = np.array([0, 2])
SCORES, SIGNS = np.array([2.0, -0.5, 0.25]), np.array([1.0, -1.0, -1.0])
NONE = np.zeros((0, 4))
WIDTH0 = np.zeros((3, 0))


def foreign(x):
    """The values in another library, on its default device."""
    return importlib.import_module("array_api_strict").asarray(x)


def generator():
    return np.random.default_rng(0)


@functools.cache
def network(dtype="float64"):
    from lipref.networks import mlp

    return mlp([4, 6, 3], rng=generator(), dtype=dtype)


def gradients(dtype="float64"):
    from lipref.networks import map_parameters

    return map_parameters(lambda w: w * 0 + 1, network(dtype))


def not_finite():
    from lipref.networks import map_parameters

    return map_parameters(lambda w: w * np.nan, network())


def other_depth():
    from lipref.networks import mlp

    return mlp([4, 6, 6, 3], rng=generator(), dtype="float64")


def sgd():
    return importlib.import_module("lipref.optim").sgd_state(network())


def adam():
    return importlib.import_module("lipref.optim").adam_state(network())


def number(name, *, above=None, at_least=None):
    """The bad values of a number: wrong types, NaN, infinity, what is outside the bound."""
    bad = [
        (name, "1", DTypeError),
        (name, True, DTypeError),
        (name, math.nan, DomainError),
        (name, math.inf, DomainError),
    ]
    if above is not None:
        bad += [(name, above, DomainError), (name, above - 1, DomainError)]
    if at_least is not None:
        bad += [(name, at_least - 1, DomainError)]
    return bad


def integer(name, at_least):
    return [
        (name, 1.5, DTypeError),
        (name, "1", DTypeError),
        (name, True, DTypeError),
        (name, at_least - 1, DomainError),
    ]


def matrix(name):
    """A weight must have two axes of positive length."""
    return [(name, np.ones(3), ShapeError), (name, WIDTH0, ShapeError), (name, np.ones((2, 2, 2)), ShapeError)]


def choice(name):
    return [(name, "nonsense", UnknownNameError), (name, None, UnknownNameError), (name, 1, UnknownNameError)]


def exponent(name):
    return [(name, 0.5, DomainError), (name, math.nan, DomainError), (name, "2", LiprefError)]


REDUCTION = [("reduction", "average", UnknownNameError), ("reduction", None, UnknownNameError)]
EMPTY_SCORES = [({"scores": np.zeros(0), "labels": np.zeros(0)}, None, DomainError)]
EMPTY_LOGITS = [({"logits": np.zeros((0, 3)), "labels": np.zeros(0, dtype=int)}, None, DomainError)]
ONE_CLASS = [("labels", np.ones(3), DomainError)]
BJORCK = [
    *matrix("w"),
    *integer("order", 1),
    *integer("iterations", 1)[:1],
    ("iterations", 0, DomainError),
    *number("tolerance", above=0),
    *choice("scaling"),
    ({"w": 4 * np.eye(3), "scaling": "none"}, None, DomainError),
    ({"w": np.zeros((3, 2)), "tolerance": 1e-6}, None, ConvergenceError),
]
PLANE = W[:, :2]
KOCH = {"iterations": 1, "side": 2.0}
IRRATIONAL = {"x": [0, 0], "positive": [[0, 0]], "negative": [[1, 1]]}
AXES = [("axis", 2, ShapeError), ("axis", -3, ShapeError)]

SITES, MASSES = np.array([[0.0, 1.0], [2.0, 0.5], [-1.0, 3.0]]), np.array([0.4, 0.3, 0.1])
SAMPLE = [
    *ONE_CLASS,
    ("points", np.ones(3), ShapeError),
    ("points", np.zeros((3, 0)), ShapeError),
    ("weights", -MASSES, DomainError),
    ("weights", 0 * MASSES, DomainError),
    ("weights", np.ones(2), ShapeError),
]
WIDTHS = [
    *integer("dimension", 1),
    ("widths", [3], ShapeError),
    ("widths", [0], DomainError),
    ("widths", [2.0], DTypeError),
]


def in_disk(x):
    return np.sum(x * x, axis=1) <= 1


def exact_layer():
    return importlib.import_module("lipref.layers").Linear(lipref.exact([[1, 2]]))


ROWS = {
    # activations
    **{
        f"activations.{name}": row(x=X)
        for name in ("identity", "relu", "crelu", "absolute", "tanh", "sigmoid", "softplus")
    },
    "activations.leaky_relu_lipschitz": row(*number("slope")[:4], slope=0.1),
    "activations.leaky_relu": row(*number("slope")[:4], x=X, slope=0.1),
    "activations.maxout": row(
        ("group_size", 3, ShapeError), *integer("group_size", 1), ("x", WIDTH0, ShapeError), x=X, group_size=2
    ),
    # attacks
    "attacks.f6": row(logits=LOGITS, labels=CLASSES),
    "attacks.fgs": row(
        *number("epsilon", at_least=0),
        ("norm", 1, DomainError),
        ("box", (-1.0, 0.0), DomainError),
        network=network(),
        x=X,
        labels=np.array([0, 1, 2]),
        epsilon=0.1,
    ),
    "attacks.pgd": row(
        *number("epsilon", at_least=0),
        *integer("steps", 1),
        *integer("restarts", 1),
        *number("step_size", at_least=0),
        ("norm", 1, DomainError),
        ("box", (1.0, 0.0), DomainError),
        ("restarts", 2, DTypeError),
        network=network(),
        x=X,
        labels=np.array([0, 1, 2]),
        epsilon=0.1,
        steps=2,
    ),
    "attacks.accuracy": row(
        ({"x": NONE, "labels": np.zeros(0, dtype=int)}, None, DomainError),
        network=network(),
        x=X,
        labels=np.array([0, 1, 2]),
    ),
    # bjorck, polar
    "bjorck.bjorck": row(*BJORCK, w=W),
    "parseval.parseval_step": row(*matrix("w"), *number("beta", above=0), w=W, beta=0.5),
    "bjorck.bjorck_scalar": row(*integer("order", 1), s=0.5),
    "bjorck.bjorck_coefficients": row(*integer("order", 1), order=1),
    "bjorck.bjorck_basin": row(*integer("order", 1), order=1),
    "bjorck.bjorck_iterations_needed": row(
        *integer("order", 1), *number("smallest", above=0), *number("tolerance", above=0), smallest=0.5, tolerance=1e-6
    ),
    "parseval.parseval_basin": row(*number("beta", above=0), beta=0.5),
    # bounds
    "bounds.norm_bound": row(*matrix("weight"), *exponent("p"), ({"p": 2, "q": 1}, None, DomainError), weight=W),
    "bounds.shrink": row(*matrix("weight"), *number("bound", above=0), weight=W, norms=(2, 2)),
    # certificates
    "certificates.margin": row(logits=LOGITS, labels=CLASSES),
    "certificates.radius": row(
        *number("lipschitz", above=0), *choice("kind"), logits=LOGITS, labels=CLASSES, lipschitz=1.0, kind="per-logit"
    ),
    "certificates.binary_radius": row(*number("lipschitz", above=0), scores=SCORES, lipschitz=1.0),
    "certificates.pair_constants": row(
        ("weight", np.ones(3), ShapeError), *number("lipschitz", above=0), *exponent("p"), weight=W, lipschitz=1.0, p=2
    ),
    "certificates.pairwise_radius": row(
        ("constants", np.ones((2, 2)), ShapeError),
        ("constants", -np.ones((3, 3)), DomainError),
        logits=LOGITS,
        labels=CLASSES,
        constants=np.ones((3, 3)),
    ),
    "certificates.norm_factor": row(*integer("n", 1), *exponent("p"), *exponent("q"), n=3, p=2, q=2),
    "certificates.certified_accuracy": row(
        ("radii", np.zeros(0), DomainError),
        ("epsilons", [-1.0], DomainError),
        ("epsilons", [math.nan], DomainError),
        radii=SCORES,
        epsilons=[0.1],
        takes="radii:inf radii:shape",
    ),
    # constraints
    "polar.tangent_projection": row(q=Q, d=Q * 2),
    # constructions
    "constructions.maxmin_from_fullsort": row(
        *integer("width", 1),
        ("width", 3, LiprefError),
        *number("largest", at_least=0),
        *choice("order"),
        *choice("dtype"),
        ("gap", 1.0, DomainError),
        ("gap", "2", DTypeError),
        width=4,
        largest=1.0,
    ),
    "constructions.fullsort_from_maxmin": row(
        *integer("width", 1),
        *choice("scheme"),
        *choice("order"),
        *choice("dtype"),
        ("width", 3, DomainError),
        ({"width": 3, "largest": -1.0}, None, DomainError),
        width=4,
    ),
    "constructions.maxmin_from_abs": row(
        *number("least_sum"),
        *integer("pairs", 1),
        *choice("dtype"),
        ("shift", math.nan, DomainError),
        least_sum=-1.0,
    ),
    "constructions.abs_from_maxmin": row(*integer("width", 1), *choice("dtype"), ("norm", 1, LiprefError), width=2),
    "constructions.relu_from_maxmin": row(*integer("width", 1), *choice("dtype"), width=2),
    "constructions.leaky_relu_from_maxmin": row(
        *number("slope"),
        ("slope", 2.0, DomainError),
        *integer("width", 1),
        ("norm", 1, LiprefError),
        *choice("dtype"),
        slope=0.5,
    ),
    "constructions.crelu_from_maxmin": row(*integer("width", 1), *choice("dtype"), width=2),
    "constructions.maxout_from_groupsort": row(
        *integer("width", 1),
        *integer("group_size", 1),
        ("group_size", 3, ShapeError),
        *choice("order"),
        *choice("dtype"),
        width=4,
        group_size=2,
    ),
    "constructions.fold": row(
        ("normal", [], ShapeError),
        ("normal", [0.0, 0.0], DomainError),
        ("normal", [math.nan, 1.0], DomainError),
        *number("offset"),
        *number("largest", at_least=0),
        *choice("dtype"),
        normal=[0.6, 0.8],
        offset=0.5,
        largest=1.0,
    ),
    # groupsort
    "groupsort.groupsort": row(
        ("group_size", 3, ShapeError),
        *integer("group_size", 1),
        ("x", WIDTH0, ShapeError),
        *choice("order"),
        *AXES,
        x=X,
        group_size=2,
    ),
    "groupsort.maxmin": row(("x", np.ones((2, 3)), ShapeError), ("x", WIDTH0, ShapeError), *AXES, x=X),
    "groupsort.fullsort": row(("x", WIDTH0, ShapeError), *choice("order"), *AXES, x=X),
    # koch
    "koch.koch_measures": row(
        *integer("iterations", 0), ("iterations", 9, DomainError), *number("side", above=0), **KOCH
    ),
    "koch.koch_vertices": row(*integer("iterations", 0), ("iterations", 9, DomainError), iterations=1),
    "koch.koch_signed_square": row(
        ("points", X, ShapeError), *integer("iterations", 0), ("iterations", 9, DomainError), points=PLANE, iterations=1
    ),
    "koch.snowflake": row(
        ("x", X, ShapeError),
        ("x", lipref.exact(PLANE), DomainError),
        *integer("iterations", 0),
        ("iterations", 9, DomainError),
        *number("side", above=0),
        *number("hole", at_least=0),
        ("hole", 0.5, DomainError),
        x=PLANE,
        iterations=1,
    ),
    # losses
    "losses.kr": row(*REDUCTION, *EMPTY_SCORES, *ONE_CLASS, scores=SCORES, labels=SIGNS),
    "losses.hinge": row(*REDUCTION, *EMPTY_SCORES, *number("margin", above=0), scores=SCORES, labels=SIGNS, margin=1.0),
    "losses.hkr": row(
        *REDUCTION,
        *EMPTY_SCORES,
        *ONE_CLASS,
        *number("margin", above=0),
        *number("penalty", at_least=0),
        scores=SCORES,
        labels=SIGNS,
        margin=1.0,
        penalty=2.0,
    ),
    "losses.bce": row(*REDUCTION, *EMPTY_SCORES, *number("temperature", above=0), scores=SCORES, labels=SIGNS),
    "losses.mse": row(*REDUCTION, ({"outputs": NONE, "targets": NONE}, None, DomainError), outputs=X, targets=2 * X),
    "losses.mae": row(*REDUCTION, ({"outputs": NONE, "targets": NONE}, None, DomainError), outputs=X, targets=2 * X),
    "losses.multiclass_hinge": row(
        *REDUCTION, *EMPTY_LOGITS, *number("margin", above=0), logits=LOGITS, labels=CLASSES, margin=1.0
    ),
    "losses.cross_entropy": row(
        *REDUCTION, *EMPTY_LOGITS, *number("temperature", above=0), logits=LOGITS, labels=CLASSES
    ),
    # lattice, maxmin_networks
    "lattice.unit_functional": row(
        *exponent("p"),
        *number("value"),
        ("value", 3.5, DomainError),
        ("d", np.ones(1), ShapeError),
        ("d", X, ShapeError),
        d=np.array([1.0, -2.0]),
        value=0.5,
        p=1,
    ),
    "lattice.separate": row(
        *exponent("p"),
        *number("a")[:4],
        ("b", "1", DTypeError),
        ("b", 9.0, DomainError),
        ({"x": X, "y": X}, None, ShapeError),
        x=np.array([1.0, -2.0]),
        y=np.array([0.0, 0.5]),
        a=0.5,
        b=0.25,
        p=2,
    ),
    "lattice.interpolate": row(
        *exponent("p"),
        *integer("max_units", 1),
        ("max_units", 5, DomainError),
        ("method", "cones", UnknownNameError),
        ("method", "nonsense", UnknownNameError),
        ("values", np.array([0.0, 9.0, 0.0]), DomainError),
        ("points", X[:, 0], ShapeError),
        ({"points": NONE, "values": np.zeros(0)}, None, ShapeError),
        points=X,
        values=X[:, 0],
        p=2,
    ),
    "lattice.covering_net": row(
        *exponent("p"),
        *number("radius", above=0),
        ("radius", 1e-9, DomainError),
        ("lower", np.array([0.0, 2.0]), DomainError),
        ({"lower": X, "upper": X}, None, ShapeError),
        lower=np.zeros(2),
        upper=np.ones(2),
        radius=0.25,
        p=2,
    ),
    "lattice.approximate": row(
        *exponent("p"),
        *number("epsilon", above=0),
        *integer("max_units", 1),
        ("epsilon", 1e-3, DomainError),
        ("f", 3, DTypeError),
        ("f", lambda z: 3 * z, DomainError),
        ("f", lambda z: z[:1, 0], ShapeError),
        ("f", lambda z: None, DTypeError),
        ("f", lambda z: z[:, 0] * np.nan, DomainError),
        ("lower", np.array([0.0, 2.0]), DomainError),
        f=lambda z: z[:, 0],
        lower=np.zeros(2),
        upper=np.ones(2),
        epsilon=0.5,
        p=2,
    ),
    "maxmin_networks.maxmin_network": row(
        ("maps", [], DTypeError),
        ("maps", [W], DTypeError),
        ("maps", None, DTypeError),
        ("maps", [(W, None), (W, None)], ShapeError),
        ("maps", [(W, np.ones(2))], ShapeError),
        ("maps", [(W.tolist(), None)], DTypeError),
        ("maps", [(W, None), (foreign(np.ones((1, 3))), None)], BackendError),
        maps=[(W, None), (np.ones((1, 3)), None)],
    ),
    "maxmin_networks.unit_rows": row(
        *exponent("p"),
        ("network", W, DTypeError),
        ("network", network(), DomainError),
        network=importlib.import_module("lipref.layers").Chain((Linear(W / 9),)),
        p=2,
    ),
    # mountain
    **{
        f"mountain.{name}": row(
            ("x", np.ones((3, 5)), ShapeError),
            ("x", np.zeros((3, 0)), ShapeError),
            ("positive", np.ones(4), ShapeError),
            ("positive", NONE, ShapeError),
            ("negative", NONE, ShapeError),
            ("negative", W, DomainError),
            ({name: lipref.exact(points) for name, points in IRRATIONAL.items()}, None, DomainError)
            if name == "highest_mountain"
            else ("negative", W[1:], DomainError),
            takes="x:shape positive:shape negative:shape",
            x=X,
            positive=W,
            negative=W + 1,
        )
        for name in ("nearest_frontier", "highest_mountain")
    },
    "mountain.multiclass_mountain": row(
        ("x", np.ones((3, 5)), ShapeError),
        ("classes", [W], ShapeError),
        ("classes", W, ShapeError),
        ("classes", [W, NONE], ShapeError),
        ("classes", [W, W[1:]], DomainError),
        ("classes", [W, foreign(W + 1)], BackendError),
        ("classes", [W, W.astype(np.float32)], DTypeError),
        ("classes", [W, W * math.nan], DomainError),
        x=X,
        classes=[W, W + 1, W - 1],
    ),
    "mountain.mountain_bounds": row(
        ("x", X, ShapeError),
        ("x", X[:1], ShapeError),
        ("negative", W, DomainError),
        ("positive", NONE, ShapeError),
        takes="positive:shape negative:shape",
        x=X[0],
        positive=W,
        negative=W + 1,
    ),
    "mountain.mountain_from_distances": row(
        ("x", X, ShapeError),
        ("x", X[0].astype(np.float32), DTypeError),
        ("x", foreign(X[0]), DTypeError),
        ("positive", lambda z: -1.0, DomainError),
        ("negative", lambda z: math.nan, DomainError),
        *number("tolerance", above=0),
        *integer("cells", 1),
        ("cells", 1, ConvergenceError),
        x=np.array([0.3]),
        positive=lambda z: abs(z[0]),
        negative=lambda z: abs(z[0] - 1),
    ),
    # networks
    "networks.linear": row(
        *integer("inputs", 1),
        *integer("outputs", 1),
        *choice("scheme"),
        *choice("dtype"),
        ("rng", 0, DTypeError),
        inputs=2,
        outputs=3,
        rng=generator(),
    ),
    "networks.mlp": row(
        ("widths", [4], ShapeError),
        ("widths", [4, 0], DomainError),
        ("widths", [4, 2.5], DTypeError),
        *choice("scheme"),
        *choice("dtype"),
        ("rng", None, DTypeError),
        widths=[4, 2],
        rng=generator(),
    ),
    "networks.freeze": row(*choice("mode"), network=network()),
    "networks.lipschitz_bound": row(
        ("p", 3, DomainError), ("p", 0.5, DomainError), ({"p": math.inf, "q": 1}, None, DomainError), network=network()
    ),
    "networks.scale_inside": row(
        ("factors", [1.0], ShapeError), ("factors", [1.0, -1.0], DomainError), network=network(), factors=[1.0, 1.0]
    ),
    # norms
    "norms.dual_exponent": row(*exponent("p"), p=2),
    "norms.vector_norm": row(*exponent("p"), *AXES, x=X),
    "norms.dual_vector": row(*exponent("p"), x=X),
    "norms.operator_norm": row(*matrix("w"), *exponent("p"), ({"p": 2, "q": 1}, None, DomainError), w=W),
    "norms.operator_norm_maximiser": row(*matrix("w"), *exponent("p"), ({"p": 2, "q": 1}, None, DomainError), w=W),
    **{
        f"norms.{name}": row(*matrix("w"), *choice("rule"), w=W)
        for name in ("spectral_bound", "spectral_bound_squared", "spectral_bound_gradient")
    },
    "norms.spectral_estimate": row(
        *matrix("w"),
        *integer("steps", 1),
        ("u", np.zeros(3), DomainError),
        ("u", np.ones(7), ShapeError),
        w=W,
        u=np.ones(3),
    ),
    "norms.certify_spectral_norm": row(*matrix("w"), *number("bound", above=0), w=W),
    "norms.shrink_within": row(*matrix("w"), *number("bound", above=0), w=W),
    # optim
    "optim.sgd_step": row(
        *number("rate", above=0),
        *number("momentum", at_least=0),
        ("momentum", 1.0, DomainError),
        *number("weight_decay", at_least=0),
        ("nesterov", True, DomainError),
        ("grads", not_finite(), DomainError),
        ("grads", gradients("float32"), DTypeError),
        ("grads", other_depth(), ShapeError),
        ("grads", network().layers[0], DTypeError),
        network=network(),
        grads=gradients(),
        state=sgd(),
        rate=0.1,
    ),
    "optim.adam_step": row(
        *number("rate", above=0),
        *number("mean_decay", at_least=0),
        ("mean_decay", 1.0, DomainError),
        *number("square_decay", at_least=0),
        ("square_decay", 1.0, DomainError),
        *number("floor", above=0),
        *number("weight_decay", at_least=0),
        ("grads", not_finite(), DomainError),
        ("grads", gradients("float32"), DTypeError),
        ("grads", other_depth(), ShapeError),
        ("grads", network().layers[0], DTypeError),
        network=network(),
        grads=gradients(),
        state=adam(),
        rate=0.1,
    ),
    # polar
    "polar.polar": row(*matrix("w"), *choice("method"), w=W),
    "polar.retract": row(*matrix("w"), *number("tolerance", above=0), w=Q + 1e-3),
    "polar.tight": row(*matrix("w"), w=Q),
    "polar.sound": row(*matrix("w"), w=Q),
    # projections
    # penalties, toy_problem
    "penalties.penalty": row(*number("lipschitz", at_least=0), *choice("shape"), ratios=np.abs(SCORES), lipschitz=1.0),
    "penalties.gradient_penalty": row(
        *number("lipschitz", at_least=0),
        *choice("shape"),
        ("x", NONE, ShapeError),
        ("x", np.ones(4), ShapeError),
        ("network", Linear(np.ones((2, 4))), ShapeError),
        network=Linear(W[:1]),
        x=X,
        lipschitz=1.0,
        shape="square",
    ),
    "penalties.pair_penalty": row(
        *number("lipschitz", at_least=0),
        *choice("shape"),
        ({"x": NONE, "z": NONE}, None, ShapeError),
        ({"x": X, "z": X}, None, DomainError),
        network=Linear(W[:1]),
        x=X,
        z=-X,
        lipschitz=1.0,
        shape="square",
    ),
    "penalties.adversarial_direction": row(
        *number("xi", above=0),
        *integer("steps", 0),
        *choice("metric"),
        ("start", np.zeros((3, 4)), DomainError),
        network=Linear(W),
        x=X,
        start=-X,
        xi=1.0,
        steps=1,
        metric="l1",
    ),
    "penalties.adversarial_pair": row(
        ("epsilon", np.array([1.0, 0.0, 1.0]), DomainError),
        network=Linear(W),
        x=X,
        start=-X,
        epsilon=np.ones(3),
    ),
    "projections.l1_ball": row(*matrix("w"), *number("radius", at_least=0), w=W),
    "projections.simplex": row(*matrix("w"), *number("radius", at_least=0), w=W),
    "normalization.frobenius_normalize": row(*matrix("w"), *number("radius", above=0), w=W),
    "normalization.row_normalize": row(*matrix("w"), *exponent("p"), *number("radius", above=0), w=W),
    "projections.clip_entries": row(*number("bound", at_least=0), w=W, bound=0.1),
    # spectral_jacobian
    **{
        f"spectral_jacobian.{name}": row(
            *integer("steps", 1),
            ("u", np.zeros((3, 3)), DomainError),
            ({"x": NONE, "u": NONE}, None, ShapeError),
            network=network(),
            x=X,
            u=np.ones((3, 3)),
        )
        for name in ("spectral_jacobian", "spectral_jacobian_penalty")
    },
    # transport
    **{
        f"transport.{name}": row(
            ("prior", 0.0, DomainError),
            ("prior", 1.0, DomainError),
            ("prior", "half", DTypeError),
            *ONE_CLASS,
            *EMPTY_SCORES,
            scores=SCORES,
            labels=SIGNS,
        )
        for name in ("bce_transport_weights", "bce_transport_bias")
    },
    "transport.lipschitz_minimum": row(
        *SAMPLE,
        *number("kr", at_least=0),
        *number("hinge", at_least=0),
        *number("margin", above=0),
        *number("lipschitz", above=0),
        ({"kr": 0, "hinge": 0}, None, DomainError),
        ({"hinge": 0, "weights": np.array([0.2, 0.3, 0.4])}, None, DomainError),
        points=SITES,
        labels=SIGNS,
        weights=MASSES,
        kr=1,
        hinge=1.0,
        margin=0.5,
        lipschitz=1.0,
    ),
    **{
        f"transport.{name}": row(*SAMPLE, points=SITES[:, :1], labels=SIGNS, weights=MASSES)
        for name in ("wasserstein", "wasserstein_line")
    },
    "transport.penalty_threshold": row(*number("prior", above=0), ("prior", 1.0, DomainError), prior=0.3),
    "transport.margin_threshold": row(*SAMPLE[:-3], points=SITES, labels=SIGNS),
    # cross_entropy
    "cross_entropy.bce_minimum": row(
        *SAMPLE,
        *number("lipschitz", above=0),
        *number("temperature", above=0),
        *number("tolerance", above=0),
        points=SITES,
        labels=SIGNS,
        weights=MASSES,
    ),
    **{
        f"cross_entropy.{name}": row(
            *number("prior", above=0),
            ("prior", 1.0, DomainError),
            *number("lipschitz", at_least=0),
            *number("diameter", at_least=0),
            *number("temperature", above=0),
            prior=0.3,
            lipschitz=1.0,
            diameter=2.0,
        )
        for name in ("bce_minimiser_bound", "bce_gradient_bound")
    },
    "cross_entropy.four_point_minimiser": row(*number("lipschitz", above=0), lipschitz=1.0),
    "cross_entropy.saturating_weights": row(
        *integer("steps", 0), *choice("method"), *number("rate", above=0), steps=2, method="newton"
    ),
    # packing
    "packing.separation_squared": row(
        ("points", SITES[:1], ShapeError), ("points", SITES[0], ShapeError), points=SITES
    ),
    "packing.is_shattered": row(
        *number("margin", above=0), ("points", SITES[:1], ShapeError), points=SITES, margin=0.1
    ),
    "packing.shattering_values": row(
        *number("margin", above=0),
        ("margin", 100.0, DomainError),
        ("x", SITES[:, :1], ShapeError),
        x=X[:, :2],
        points=SITES,
        labels=SIGNS,
        margin=0.1,
        takes="x:shape",
    ),
    "packing.packing_number_line": row(
        *number("separation", above=0),
        ("intervals", [(1, 0)], DomainError),
        ("intervals", [(0, 2), (1, 3)], DomainError),
        ("intervals", [(0, math.nan)], DomainError),
        ("intervals", [("0", 1)], DTypeError),
        intervals=[(0, 1)],
        separation=0.5,
    ),
    "packing.lattice_packing": row(
        *number("separation", above=0),
        *choice("lattice"),
        *integer("shifts", 1),
        ("high", [-2.0, -2.0], ShapeError),
        ("low", [0.0], ShapeError),
        ({"low": [-1.0] * 3, "high": [1.0] * 3, "lattice": "hexagonal"}, None, DomainError),
        contains=in_disk,
        low=[-1.0, -1.0],
        high=[1.0, 1.0],
        separation=0.5,
    ),
    "packing.groemer_bound": row(
        *number("area", at_least=0),
        *number("perimeter", at_least=0),
        *number("separation", above=0),
        area=1.0,
        perimeter=4.0,
        separation=0.5,
    ),
    "packing.hexagonal_lower_bound": row(
        *number("area", at_least=0), *number("separation", above=0), area=1.0, separation=0.5
    ),
    "packing.ball_bounds": row(
        *integer("dimension", 1),
        *number("radius", at_least=0),
        *number("separation", above=0),
        dimension=2,
        radius=1.0,
        separation=0.5,
    ),
    "packing.small_ball_bound": row(
        *integer("dimension", 1),
        *number("radius", at_least=0),
        *number("separation", above=0),
        ("radius", 2.0, DomainError),
        dimension=2,
        radius=1.0,
        separation=2.0,
    ),
    # vc
    "vc.affine_pieces": row(("network", network(), DTypeError), network=exact_layer()),
    "vc.zaslavsky": row(*integer("hyperplanes", 0), *integer("dimension", 1), hyperplanes=2, dimension=2),
    "vc.pieces_bound": row(*WIDTHS, *choice("rule"), dimension=2, widths=[4]),
    "vc.half_space_labellings": row(*integer("points", 1), *integer("dimension", 1), points=2, dimension=2),
    **{
        f"vc.{name}": row(*integer("dimension", 1), *integer("pieces", 1), dimension=2, pieces=2)
        for name in ("partition_vc_bound", "partition_vc_closed_form")
    },
    **{f"vc.{name}": row(*WIDTHS, dimension=2, widths=[4]) for name in ("warren_vc_bound", "vc_bound")},
    # spectral
    "normalization.spectral_normalize": row(*matrix("w"), *integer("steps", 0), ("u", np.ones(7), ShapeError), w=W),
}

BIAS = np.ones(3)
LAYERS = {
    "layers.Linear": row(
        *[("weight", bad, ShapeError) for bad in (np.ones(3), WIDTH0, np.ones((2, 2, 2)))],
        ("bias", np.ones(4), ShapeError),
        ("bias", np.ones(3, dtype=np.float32), DTypeError),
        ("bias", foreign(BIAS), BackendError),
        ("weight", W.tolist(), DTypeError),
        ("weight", W.astype(np.int64), DTypeError),
        weight=W,
        bias=BIAS,
    ),
    "layers.GroupSort": row(*integer("group_size", 1), *choice("order"), group_size=2),
    "layers.Activation": row(*choice("name"), ({"name": "maxout"}, None, LiprefError), name="tanh"),
    "layers.Scale": row(*number("factor"), factor=2.0),
    "layers.Dropout": row(*number("rate", at_least=0), ("rate", 1.0, DomainError), rate=0.5),
    "layers.Chain": row(("layers", (1.0,), DTypeError), layers=network().layers),
}
"""Constructors: lawful fields, and fields that are refused at construction or at the first forward pass."""

CONSTRAINTS = {
    "constraints.Bjorck": row(*BJORCK[3:-3]),
    "constraints.SpectralBjorck": row(*integer("order", 1), *integer("steps", 1), ("u", np.ones(7), ShapeError)),
    "constraints.Polar": row(*choice("method")),
    "constraints.Parseval": row(*number("beta", above=0)),
    "constraints.Orthonormal": row(*number("tolerance", above=0)),
    "constraints.Spectral": row(*integer("steps", 0), ("u", np.ones(7), ShapeError)),
    "constraints.Frobenius": row(),
    "constraints.L1Rows": row(*number("radius", at_least=0)),
    "constraints.Rows": row(("p", 3, DomainError), ("p", 0.5, DomainError)),
    "constraints.Clip": row(*number("limit", at_least=0)),
    "constraints.Projected": row(constraint=importlib.import_module("lipref.constraints").L1Rows()),
}
"""The same for constraints; they are also tried on bad weights and cotangents."""

DELEGATES = {
    "bjorck.bjorck_scalar": ("bjorck_coefficients",),
    "bjorck.bjorck_basin": ("bjorck_coefficients",),
    "bjorck.bjorck_iterations_needed": ("bjorck_coefficients",),
    "bounds.shrink": ("shrink_within",),
    "certificates.pair_constants": ("dual_exponent",),
    "maxmin_networks.maxmin_network": ("Linear",),
    "koch.snowflake": ("highest_mountain_backward", "highest_mountain_jvp"),
    "networks.mlp": ("linear",),
    "transport.bce_transport_weights": ("bce",),
    "transport.wasserstein": ("lipschitz_minimum",),
    "packing.is_shattered": ("separation_squared",),
    "vc.vc_bound": ("pieces_bound",),
    "transport.bce_transport_bias": ("bce",),
    "optim.sgd_step": ("map_parameters",),
    "optim.adam_step": ("map_parameters",),
    "attacks.fgs": ("pgd", "f6", "Linear"),
    "attacks.pgd": ("f6", "Linear"),
    "attacks.accuracy": ("f6", "Linear"),
    "certificates.radius": ("margin",),
    "groupsort.maxmin": ("groupsort",),
    "groupsort.fullsort": ("groupsort",),
}
"""Functions that may refuse in the name of others, since they do their work."""

FREE = {
    **dict.fromkeys(
        ("maxmin_networks.parallel", "maxmin_networks.maximum", "maxmin_networks.minimum"),
        "take any number of networks without names; their errors are tested in test_lattice",
    ),
    "toy_problem": "takes a profile of its own making; SymPy does the rest",
    "laws": "takes functions; each law is a measurement of whatever they return",
    "networks.project": "walks any tree of layers; the constraints do the work",
    "networks.map_parameters": "walks any tree of layers; its errors are tested with the optimisers",
    "networks.map_layers": "walks any tree of layers, checks nothing",
    "networks.named_parameters": "walks any tree of layers, checks nothing",
    "optim.sgd_state": "walks any tree of layers, checks nothing",
    "optim.adam_state": "walks any tree of layers, checks nothing",
    "losses.one_hot": "internal to losses and certificates, through which it is tested",
    **{
        f"losses.{kind}_{suffix}": "the text behind the passes of each loss, which have rows"
        for kind in ("pointwise", "rows")
        for suffix in ("backward", "jvp", "jvp_backward")
    },
    **{
        f"bjorck.{name}": "shared by bjorck, polar and parseval, behind their checks"
        for name in ("frobenius", "gram_bound", "identity", "multiplier", "product", "require_weight", "tangent")
    },
    "normalization.matrix_and_radius": "shared by normalization and projections: the check itself",
    "storage": "files: tests/test_storage.py",
    **{
        f"transport.{name}": "internal to transport and cross_entropy, through which it is tested"
        for name in ("distances", "require_prior", "weighted_sample")
    },
    "cross_entropy.four_point_thresholds": "takes nothing",
    "vc.arrangement_cells": "takes fractions alone: tests/test_vc.py",
}
"""Public functions that have no row, and why."""


class Case(NamedTuple):
    """One call that must be refused."""

    name: str
    function: Any
    arguments: dict[str, Any]
    kind: type[LiprefError]
    names: tuple[str, ...]
    """What the message may call the function."""


def abuses(call):
    """The ordinary ones: (label, arguments to replace, kind of error)."""
    arrays = {name: x for name, x in call.items() if isinstance(x, np.ndarray)}
    labels = arrays.pop("labels", None)
    for name, x in arrays.items():
        holed, endless = x.copy(), x.copy()
        holed.flat[-1], endless.flat[0] = np.nan, -np.inf
        yield f"{name}:integers", {name: x.astype(np.int64)}, DTypeError
        yield f"{name}:complex", {name: x.astype(np.complex128)}, DTypeError
        yield f"{name}:half", {name: x.astype(np.float16)}, DTypeError
        yield f"{name}:booleans", {name: x > 0}, DTypeError
        yield f"{name}:objects", {name: x.astype(object)}, DTypeError
        yield f"{name}:list", {name: x.tolist()}, DTypeError
        yield f"{name}:nan", {name: holed}, DomainError
        yield f"{name}:inf", {name: endless}, DomainError
        if len(arrays) == 1:
            yield f"{name}:none", {name: None}, DTypeError
        if len(arrays) > 1:
            yield f"{name}:library", {name: foreign(x)}, BackendError
            yield f"{name}:single", {name: x.astype(np.float32)}, DTypeError
        if len(arrays) > 1 or labels is not None:
            yield f"{name}:shape", {name: np.concatenate([x, x[:1]])}, ShapeError
    if labels is None:
        return
    yield "labels:library", {"labels": foreign(labels)}, BackendError
    yield "labels:shape", {"labels": np.concatenate([labels, labels[:1]])}, ShapeError
    yield "labels:list", {"labels": labels.tolist()}, DTypeError
    yield "labels:complex", {"labels": labels.astype(np.complex128)}, DTypeError
    binary = labels.dtype.kind == "f"
    for outside in (0, 2, np.nan) if binary else (-1, 99):
        yield f"labels:{outside}", {"labels": np.where(labels == labels[0], outside, labels)}, DomainError
    if not binary:
        yield "labels:floats", {"labels": labels.astype(np.float64)}, DTypeError


def cases_of(label, function, call, bad, takes, names):
    for abuse, arguments, kind in abuses(call):
        if abuse not in takes:
            yield Case(f"{label}[{abuse}]", function, {**call, **arguments}, kind, names)
    for index, (argument, value, kind) in enumerate(bad):
        arguments = argument if isinstance(argument, dict) else {argument: value}
        text = ",".join(arguments) if isinstance(argument, dict) else f"{argument}={value!r}"
        yield Case(f"{label}[{text[:40]}#{index}]", function, {**call, **arguments}, kind, names)


def passes(module, family, call):
    """(name, function, lawful call) of the derivative passes of a function, from its own forward pass."""
    forward = getattr(module, f"{family}_forward", None)
    if forward is None:
        return
    y, residuals = forward(**call)
    x = next(value for value in call.values() if isinstance(value, np.ndarray))
    for suffix, like in (("_backward", [y]), ("_jvp", [x]), ("_jvp_backward", [x, y])):
        function = getattr(module, family + suffix, None)
        if function is None or isinstance(residuals, np.ndarray):
            continue
        parameters = list(inspect.signature(function).parameters)[1:]
        given = {name: np.ones_like(value) for name, value in zip(parameters, like) if not name.startswith("dvalue")}
        yield family + suffix, functools.partial(function, residuals), given


def wrong_cotangents(call):
    """Cotangents of another shape."""
    return [(name, np.ones((*x.shape, 2)), ShapeError) for name, x in call.items()]


def values(argument):
    """Everything that an argument holds, to compare before and after."""
    if isinstance(argument, np.ndarray):
        return (argument.shape, argument.dtype, argument.tobytes() if argument.dtype != object else argument.tolist())
    return repr(argument)


def complaint(case):
    """What is wrong with the refusal of this case; None if nothing is."""
    before = {name: values(argument) for name, argument in case.arguments.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            case.function(**case.arguments)
    except LiprefError as error:
        if not isinstance(error, case.kind):
            return f"{type(error).__name__} instead of {case.kind.__name__}: {error}"
        if not {error.function, error.function.split(".")[0]} & set(case.names):
            return f"names {error.function!r}: {error}"
        if not (error.expected and error.got and str(error).startswith(f"{error.function}: expected ")):
            return f"says too little: {error}"
    except Exception as error:
        return f"foreign {type(error).__name__}: {error}"
    else:
        return f"not refused; {case.kind.__name__} was due"
    after = {name: values(argument) for name, argument in case.arguments.items()}
    return None if after == before else "an argument was written to"


def complaints(cases):
    found = [(case, complaint(case)) for case in cases]
    assert found
    return [f"{case.name}: {text}" for case, text in found if text]


def function_cases(label):
    """Every case of one row: the function itself, its forward pass and its derivative passes."""
    call, bad, takes = ROWS[label]
    module_name, family = label.split(".")
    module = importlib.import_module(f"lipref.{module_name}")
    names = (family, f"{family}_forward", *DELEGATES.get(label, ()))
    getattr(module, family)(**call)  # the lawful call is lawful
    yield from cases_of(label, getattr(module, family), call, bad, takes, names)
    for name, function, given in passes(module, family, call):
        function(**given)
        lawful = takes | {f"{argument}:none" for argument in given}  # None stands for an absent array, never for these
        own = (*names, *(family + suffix for suffix in SUFFIXES))  # a self-adjoint map is one function for two passes
        yield from cases_of(f"{module_name}.{name}", function, given, wrong_cotangents(given), lawful, own)


@pytest.mark.parametrize("label", ROWS)
def test_functions_refuse_bad_input(label):
    """Of lipref's own kind, naming the function, in words, with the arguments as they were."""
    assert complaints(function_cases(label)) == []


def layer_cases(label):
    """Bad fields of a layer or constraint, and bad arguments of its passes."""
    fields, bad, takes = {**LAYERS, **CONSTRAINTS}[label]
    module, name = label.split(".")
    kind = getattr(importlib.import_module(f"lipref.{module}"), name)
    x = W if label in CONSTRAINTS else X

    def use(**fields):
        kind(**fields).forward(x)

    for case in cases_of(label, use, {}, bad, takes, KNOWN):
        yield case._replace(arguments={**fields, **case.arguments})
    layer = kind(**fields)
    y, residuals = layer.forward(x)
    lawful = takes | {f"{argument}:none" for argument in ("dy", "dx")}
    free = label in ("layers.Scale", "layers.Dropout", "layers.Chain", "constraints.Projected")  # of any shape
    for pass_name, argument, value in (("forward", "x", x), ("backward", "dy", y), ("jvp", "dx", x)):
        if pass_name == "jvp" and label in CONSTRAINTS:
            continue
        method = getattr(layer, pass_name)

        def call(*, method=method, first=() if pass_name == "forward" else (residuals,), **given):
            return method(*first, *given.values())

        given = {argument: np.ones_like(value)}
        wrong = [] if free or pass_name == "forward" else wrong_cotangents(given)
        yield from cases_of(f"{label}.{pass_name}", call, given, wrong, lawful, KNOWN)
    if label == "layers.Linear":
        others = [("x", X.astype(np.float32), DTypeError), ("x", foreign(X), BackendError), ("x", X.T, ShapeError)]
        yield from cases_of(label, layer.forward, {"x": X}, others, lawful, KNOWN)


@pytest.mark.parametrize("label", [*LAYERS, *CONSTRAINTS])
def test_layers_refuse_bad_input(label):
    """Bad fields at construction or at the first pass, bad arguments at each pass; the message names what refused."""
    assert complaints(layer_cases(label)) == []


def public(module_name):
    """Public functions that are defined in the module, and its public classes that have a forward pass."""
    module = importlib.import_module(f"lipref.{module_name}")
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        layer = inspect.isclass(value) and dataclasses.is_dataclass(value) and hasattr(value, "forward")
        if layer or inspect.isfunction(value) or isinstance(value, functools._lru_cache_wrapper):
            yield name


def family_of(name):
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


KNOWN = tuple(name for module in CORE for name in public(module))
"""Every public name: what a layer's error may name."""


def test_the_table_is_complete():
    """Every public function, layer and constraint of the core has a row or a reason; every row and reason a subject."""
    rows = {*ROWS, *LAYERS, *CONSTRAINTS, *FREE}
    existing = {f"{module}.{name}" for module in CORE for name in public(module)} | set(CORE)
    lacking = {
        name
        for name in existing - set(CORE)
        if not rows & {name, f"{name.split('.')[0]}.{family_of(name.split('.')[1])}", name.split(".")[0]}
    }
    assert lacking == set()
    assert {label for label in rows if label not in existing} == set()
