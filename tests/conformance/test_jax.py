"""The JAX adapter against real functions."""

import pytest

jax = pytest.importorskip("jax", reason="no JAX here: tox -e jax")
pytestmark = pytest.mark.jax

import lipref  # noqa: E402
from lipref.conformance import check  # noqa: E402
from lipref.conformance.jax import subject  # noqa: E402

jnp = jax.numpy


def test_function_conforms_with_vjp_as_backward():
    """A right function, differentiated in reverse mode by JAX."""
    sort = subject(lambda x: jnp.sort(x.reshape(len(x), -1, 3), axis=-1).reshape(x.shape))
    report = check(sort, "groupsort", group_size=3, examples=20)
    assert report.ok, str(report)
    assert any(r.name == "gradient" and r.ok for r in report.checks)


def test_stopped_gradient_is_caught():
    """stop_gradient in the wrong place."""
    wrong = subject(
        lambda x: jnp.tanh(x) + jax.lax.stop_gradient(x) * 0 + 0 * x + jax.lax.stop_gradient(jnp.tanh(x)) * 0
    )
    assert check(wrong, "activation", examples=20).ok
    wrong = subject(lambda x: x / 2 + jax.lax.stop_gradient(jnp.tanh(x)) / 2)
    assert "gradient" in check(wrong, "activation", examples=20).failed()


def test_double_precision_is_never_silently_lost():
    """float64 without x64 mode is an error that names the switch."""
    if jax.config.read("jax_enable_x64"):
        assert subject(jnp.tanh, dtype="float64").forward(__import__("numpy").ones((1, 2))).dtype == "float64"
    else:
        with pytest.raises(lipref.BackendError, match="jax_enable_x64"):
            subject(jnp.tanh, dtype="float64")
