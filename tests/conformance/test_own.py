"""lipref passes its own kit, on every backend and in both dtypes."""

import numpy as np
import pytest

import lipref
from lipref import activations, losses, normalization, orthogonal, projections
from lipref.certificates import radius
from lipref.conformance import check
from lipref.conformance.arrays import subject
from lipref.groupsort import groupsort_backward, groupsort_forward
from lipref.layers import Chain, GroupSort, Linear
from lipref.networks import freeze, mlp


def passes(forward, residual_backward, **options):
    """(forward(x) -> (y, residuals), backward(residuals, dy)) as the functions a subject has."""

    def pull_back(*inputs):
        *given, dy = inputs
        return residual_backward(forward(*given)[1], dy)

    return {"forward": lambda *inputs: forward(*inputs)[0], "backward": pull_back, **options}


def by_rows(forward):
    """Losses take integer labels of any library; those that cross as float NumPy labels are moved along."""
    return lambda scores, labels: forward(scores, labels)


PASSES = {
    "groupsort": (
        lambda x: groupsort_forward(x, 3, order="descending"),
        groupsort_backward,
        "groupsort",
        {"group_size": 3, "order": "descending"},
    ),
    "groupsort on images": (
        lambda x: groupsort_forward(x, 2, axis=1),
        groupsort_backward,
        "groupsort",
        {"group_size": 2, "axis": 1},
    ),
    "isometry": (lambda x: groupsort_forward(x, 3), groupsort_backward, "gnp_activation", {"width_multiple": 3}),
    "absolute": (activations.absolute_forward, activations.absolute_backward, "gnp_activation", {"width_multiple": 1}),
    "relu": (activations.relu_forward, activations.relu_backward, "activation", {"norm": "1"}),
    "tanh": (activations.tanh_forward, activations.tanh_backward, "activation", {"norm": "inf"}),
    "sigmoid": (activations.sigmoid_forward, activations.sigmoid_backward, "activation", {"lipschitz": 0.25}),
    "polar": (orthogonal.polar_forward, orthogonal.polar_backward, "orthonormalize", {}),
    "bjorck": (
        lambda w: orthogonal.bjorck_forward(w, order=2, iterations=3, scaling="none"),
        orthogonal.bjorck_backward,
        "bjorck",
        {"order": 2, "iterations": 3},
    ),
    "parseval": (
        lambda w: orthogonal.parseval_step_forward(w, 0.25),
        orthogonal.parseval_step_backward,
        "parseval_step",
        {"beta": 0.25},
    ),
    "l1 ball": (
        lambda w: projections.l1_ball_forward(w, 2.0),
        projections.l1_ball_backward,
        "l1_ball",
        {"radius": 2.0},
    ),
    "hinge": (
        lambda f, y: losses.hinge_forward(f, y, 2.0),
        losses.pointwise_backward,
        "loss_hinge",
        {"margin": 2.0},
    ),
    "bce": (
        lambda f, y: losses.bce_forward(f, y, temperature=3.0),
        losses.pointwise_backward,
        "loss_bce",
        {"temperature": 3.0},
    ),
    "kr": (losses.kr_forward, losses.pointwise_backward, "loss_kr", {}),
}


@pytest.mark.parametrize("name", PASSES)
def test_lipref_passes_its_own_contracts(place, dtype, name):
    """Forward and backward of lipref's functions conform, on arrays of every backend."""
    forward, backward, contract, parameters = PASSES[name]
    device = place.device
    built = passes(forward, backward)
    report = check(
        subject(built["forward"], built["backward"], backend=place.name, device=device, dtype=dtype),
        contract,
        examples=15,
        **parameters,
    )
    assert report.ok, str(report)


def test_l1_ball_is_strict(dtype):
    """With tolerance 0: no row of the projection exceeds the radius, by the exact sum of its entries."""
    report = check(subject(projections.l1_ball, dtype=dtype), "l1_ball", tolerance=0.0, examples=100)
    assert "norm" not in report.failed(), str(report)


def test_spectral_normalize_survives_stale_state(dtype):
    """The safe form keeps the bound with state that belongs to another weight."""
    state = {}

    def call(w):
        u = state.get(w.shape[0])
        normalized, residuals = normalization.spectral_normalize_forward(w, u)
        state[w.shape[0]] = residuals.u
        return normalized

    report = check(subject(call, dtype=dtype), "spectral_normalize", examples=30)
    # the state of the power iteration is meant to survive calls, so two calls on one input differ lawfully
    assert set(report.failed()) <= {"deterministic"}, str(report)


def test_sound_freeze_passes_the_strict_mode(dtype):
    """`tolerance=0`: the frozen weight's norm is at most 1 without any allowance."""
    rng = np.random.default_rng(0)
    for shape in ((12, 12), (20, 8), (8, 20)):
        w = orthogonal.sound(rng.standard_normal(shape).astype(dtype))
        layer = Linear(w)
        report = check(
            subject(layer, weight=lambda w=w: w, dtype=dtype), "linear_layer", tolerance=0.0, input_shape=(shape[1],)
        )
        assert report.ok, str(report)


def test_frozen_network_is_tight_and_certified(dtype):
    """A sound MaxMin network is 1-Lipschitz in the 2-norm, attains it, and its radii survive the attacks."""
    network = freeze(mlp([8, 8, 8], rng=np.random.default_rng(1), dtype=dtype), "sound")
    assert isinstance(network, Chain)
    assert any(isinstance(layer, GroupSort) for layer in network.layers)

    def pull_back(x, dy):
        return network.backward(network.forward(x)[1], dy)[0]

    report = check(subject(network, pull_back, dtype=dtype), "network", input_shape=(8,), tight=True, examples=20)
    assert report.ok, str(report)

    def radii(x):
        logits = network(x)
        return radius(logits, np.argmax(logits, axis=-1), lipschitz=1.0, kind="joint-l2")

    certified = subject(network, pull_back, dtype=dtype, predict=lambda x: np.argmax(network(x), axis=-1), radius=radii)
    report = check(certified, "certificate", input_shape=(8,), examples=10)
    assert report.ok, str(report)


def test_arrays_adapter_names_the_missing_library():
    """A backend that is not there is told when the subject is built."""
    with pytest.raises(lipref.UnknownNameError, match="backend"):
        subject(lambda x: x, backend="tensorflow")
