"""Subjects from Keras 3: a layer or model, on whichever backend Keras runs.

Backward is available on the torch and jax backends, through their own reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lipref.conformance.subject import Subject
from lipref.errors import BackendError

try:
    import keras
except ImportError as error:  # pragma: no cover - exercised where keras is absent
    raise BackendError("lipref.conformance.keras", "the library keras", f"{error}; install lipref[keras]") from error


def subject(
    target: Any,
    *,
    training: bool = False,
    dtype: str = "float32",
    weight: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Subject:
    """A Subject that calls a Keras layer with `training` as given.

    Parameters
    ----------
    target : keras.Layer, or callable on Keras tensors
    training : bool
        The mode; the other one becomes a variant.
    dtype : {"float32", "float64"}
    weight : callable, optional
        () -> the matrix, rows to outputs. A Dense layer's kernel (in, out) is shown transposed on its own.
    """
    layer = target if isinstance(target, keras.Layer) else None

    def call(mode: bool, *inputs: Any) -> Any:
        given = [keras.ops.convert_to_tensor(x) if isinstance(x, np.ndarray) else x for x in inputs]
        return layer(*given, training=mode) if layer is not None and _takes_training(layer) else target(*given)

    def forward(*inputs: Any) -> Any:
        return keras.ops.convert_to_numpy(call(training, *inputs))

    def backward(*inputs: Any) -> Any:
        *given, cotangent = inputs
        if keras.backend.backend() == "torch":
            import torch

            first = torch.tensor(given[0], requires_grad=True)
            with torch.enable_grad():
                value = call(training, first, *given[1:])
                (dx,) = torch.autograd.grad(
                    value, first, torch.as_tensor(cotangent, dtype=value.dtype).reshape(value.shape)
                )
            return dx.detach().cpu().numpy()
        import jax

        value, pull_back = jax.vjp(lambda x: call(training, x, *given[1:]), jax.numpy.asarray(given[0]))
        return np.asarray(pull_back(jax.numpy.asarray(cotangent, dtype=value.dtype).reshape(value.shape))[0])

    def parameters() -> Mapping[str, Any]:
        assert layer is not None
        return {f"{i}:{v.path}": keras.ops.convert_to_numpy(v).copy() for i, v in enumerate(layer.trainable_weights)}

    def other_mode() -> Subject:
        other = lambda *inputs: keras.ops.convert_to_numpy(call(not training, *inputs))  # noqa: E731
        return Subject(forward=other, dtype=dtype, name="other mode")

    if weight is None and isinstance(layer, keras.layers.Dense):
        weight = lambda: keras.ops.convert_to_numpy(layer.kernel).T  # noqa: E731
    differentiable = keras.backend.backend() in ("torch", "jax")
    return Subject(
        forward=forward,
        backward=backward if differentiable else None,
        weight=weight,
        parameters=parameters if layer is not None else None,
        variants={}
        if layer is None or not _takes_training(layer)
        else {"train" if not training else "eval": other_mode},
        dtype=dtype,
        name=str(name or (layer.name if layer is not None else getattr(target, "__name__", "function"))),
    )


def _takes_training(layer: Any) -> bool:
    import inspect

    return "training" in inspect.signature(layer.call).parameters
