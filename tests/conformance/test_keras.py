"""The Keras adapter against real layers."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="no Keras here: tox -e keras")
pytestmark = pytest.mark.keras

from lipref.conformance import check  # noqa: E402
from lipref.conformance.keras import subject  # noqa: E402


def test_dense_layer_and_its_kernel():
    """The kernel (in, out) is shown as rows to outputs; a scaled one is caught."""
    layer = keras.layers.Dense(4, kernel_initializer="orthogonal")
    layer.build((None, 4))
    assert check(subject(layer), "linear_layer", input_shape=(4,), tight=True, examples=10).ok
    layer.kernel.assign(1.01 * layer.kernel)
    assert "operator_norm" in check(subject(layer), "linear_layer", input_shape=(4,), examples=10).failed()


def test_activation_layer():
    """ReLU conforms; the exponential linear unit with a slope of 2 below zero does not."""
    assert check(keras.layers.ReLU(), "activation", examples=10).ok
    assert "lipschitz" in check(keras.layers.LeakyReLU(negative_slope=2.0), "activation", examples=10).failed()


def test_training_mode_is_a_variant():
    """Dropout acts in training only."""
    report = check(subject(keras.layers.Dropout(0.5)), "network", input_shape=(6,), examples=10)
    assert "variants_agree" in report.failed()
    assert np.array_equal(subject(keras.layers.Dropout(0.5)).forward(np.ones((1, 2), np.float32)), np.ones((1, 2)))
