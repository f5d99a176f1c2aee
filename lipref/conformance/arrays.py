"""Subjects from any array-API library: the function is called on that library's arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lipref._array import asarray, to_numpy
from lipref.conformance.subject import Subject


def subject(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    backend: str = "numpy",
    device: Any = None,
    dtype: str = "float64",
    name: str | None = None,
    **others: Any,
) -> Subject:
    """A Subject whose functions take and return arrays of `backend`.

    Parameters
    ----------
    forward, backward : callables on arrays of the backend
    backend, device : as `lipref.asarray`
    dtype : {"float32", "float64"}
    **others
        Further fields of `Subject` (weight, predict, radius, parameters, variants), in terms of NumPy.

    Raises
    ------
    BackendError
        The library is not installed.
    """
    asarray(np.zeros(1), backend=backend, device=device)  # fails now, not inside a check

    def bridged(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*inputs: Any) -> Any:
            given = [asarray(x, backend=backend, device=device) if _floating(x) else x for x in inputs]
            result = function(*given)
            return to_numpy(result) if hasattr(result, "shape") and not isinstance(result, np.generic) else result

        return call

    title: str = str(name or getattr(forward, "__qualname__", type(forward).__name__))
    return Subject(
        forward=bridged(forward),
        backward=None if backward is None else bridged(backward),
        dtype=dtype,
        name=title,
        **others,
    )


def _floating(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"
