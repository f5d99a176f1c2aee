"""Subjects from JAX: a function on jax arrays; backward through `jax.vjp`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lipref.conformance.subject import Subject
from lipref.errors import BackendError

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:  # pragma: no cover - exercised where jax is absent
    raise BackendError("lipref.conformance.jax", "the library jax", f"{error}; install lipref[jax]") from error


def subject(function: Callable[..., Any], *, dtype: str = "float32", name: str | None = None, **others: Any) -> Subject:
    """A Subject that calls `function` on jax arrays and differentiates it in reverse mode.

    Parameters
    ----------
    function : callable on jax arrays, differentiable in its first argument
    dtype : {"float32", "float64"}
        float64 needs `jax.config.update("jax_enable_x64", True)` before.
    **others
        Further fields of `Subject`, in terms of NumPy.

    Raises
    ------
    BackendError
        float64 was asked for and JAX would silently compute in float32.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX warns here; the error below says it better
        given = jnp.zeros(1, dtype=dtype).dtype
    if given != np.dtype(dtype):
        raise BackendError(
            "jax.subject", f"{dtype} arrays", 'float32; set jax.config.update("jax_enable_x64", True) first'
        )

    def inwards(x: Any) -> Any:
        return jnp.asarray(x) if isinstance(x, np.ndarray) else x

    def forward(*inputs: Any) -> Any:
        return _outwards(function(*map(inwards, inputs)))

    def backward(*inputs: Any) -> Any:
        first, *rest, cotangent = map(inwards, inputs)
        value, pull_back = jax.vjp(lambda x: function(x, *rest), first)
        (dx,) = pull_back(jnp.reshape(jnp.asarray(cotangent, dtype=value.dtype), value.shape))
        return _outwards(dx)

    title: str = str(name or getattr(function, "__name__", type(function).__name__))
    return Subject(forward=forward, backward=backward, dtype=dtype, name=title, **others)


def penalty(function: Callable[..., Any], *, dtype: str = "float32", name: str | None = None) -> Subject:
    """A Subject for the `penalty_*` contracts: function(critic, x, ...); `critic` maps (batch, n) to (batch,)."""

    def value(first: Any, bias: Any, last: Any, *others: Any) -> Any:
        return function(lambda x: jnp.tanh(x @ first.T + bias) @ last, *others)

    return subject(value, dtype=dtype, name=str(name or getattr(function, "__name__", "penalty")))


def _outwards(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, jax.Array) else x
