"""Subjects from PyTorch: an `nn.Module` or a function on tensors; backward through torch autograd."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lipref.conformance.subject import Subject
from lipref.errors import BackendError, UnknownNameError

try:
    import torch
except ImportError as error:  # pragma: no cover - exercised where torch is absent
    raise BackendError("lipref.conformance.torch", "the library torch", f"{error}; install lipref[torch]") from error


def subject(
    target: Any,
    *,
    mode: str = "eval",
    dtype: str | None = None,
    device: Any = None,
    weight: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Subject:
    """A Subject that calls `target` on tensors.

    Parameters
    ----------
    target : torch.nn.Module, or callable on tensors
    mode : {"eval", "train"}
        The mode a module is put in; the other one, and a reloaded copy, become variants.
    dtype : {"float32", "float64"}, optional
        Of the tensors handed over; that of the module's first floating parameter, else float32.
    device : optional
        Where the tensors go; that of the module's parameters, else the CPU.
    weight : callable, optional
        () -> tensor: the matrix that the layer multiplies with. For a module with a two-dimensional `weight` it is
        that one, in the mode chosen.
    name : str, optional

    Raises
    ------
    UnknownNameError
        `mode` is unknown.
    """
    if mode not in ("eval", "train"):
        raise UnknownNameError("torch.subject", "mode 'eval' or 'train'", repr(mode))
    module = target if isinstance(target, torch.nn.Module) else None
    if module is not None:
        module.train(mode == "train")
    tensors = [] if module is None else [p for p in (*module.parameters(), *module.buffers()) if p.is_floating_point()]
    if dtype is None:
        dtype = "float64" if tensors and tensors[0].dtype == torch.float64 else "float32"
    place = device if device is not None else tensors[0].device if tensors else "cpu"

    def inwards(x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return x
        return torch.as_tensor(x.copy(), device=place)

    def forward(*inputs: Any) -> Any:
        given = [inwards(x) for x in inputs]
        before = [g.clone() if isinstance(g, torch.Tensor) else g for g in given]
        with torch.no_grad():
            result = target(*given)
        for x, old, new in zip(inputs, before, given, strict=True):
            if isinstance(old, torch.Tensor) and not torch.equal(old, new):
                x[...] = new.cpu().numpy()  # an in-place change of the tensor becomes one of the array
        return _outwards(result)

    def backward(*inputs: Any) -> Any:
        *given, cotangent = (inwards(x) for x in inputs)
        given[0] = given[0].requires_grad_(True)
        with torch.enable_grad():
            # clone: an in-place target would write into a leaf, which autograd refuses
            result = target(given[0].clone(), *given[1:])
            if not isinstance(cotangent, torch.Tensor):
                cotangent = torch.as_tensor(cotangent, dtype=result.dtype, device=result.device)
            (dx,) = torch.autograd.grad(
                result, given[0], cotangent.reshape(result.shape).to(result.dtype), allow_unused=True
            )
        return np.zeros(inputs[0].shape, dtype) if dx is None else _outwards(dx)

    def shown_weight() -> Any:
        return _outwards(weight() if weight is not None else module.weight)  # type: ignore[union-attr]

    def parameters() -> Mapping[str, Any]:
        assert module is not None
        return {key: value.detach().cpu().numpy().copy() for key, value in module.named_parameters()}

    has_weight: bool = weight is not None
    if module is not None and weight is None:
        matrix = getattr(module, "weight", None)
        has_weight = isinstance(matrix, torch.Tensor) and matrix.dim() == 2
    title: str = str(
        name or (type(module).__name__ if module is not None else getattr(target, "__qualname__", "function"))
    )
    return Subject(
        forward=forward,
        backward=backward,
        weight=shown_weight if has_weight else None,
        parameters=parameters if module is not None and tensors else None,
        variants={} if module is None else _variants(module, mode, dtype, place),
        dtype=dtype,
        name=title,
        snippet=lambda inputs: _snippet(title, module is not None, mode, dtype, inputs),
    )


def penalty(
    function: Callable[..., Any], *, dtype: str = "float32", device: Any = "cpu", name: str | None = None
) -> Subject:
    """A Subject for the `penalty_*` contracts: function(critic, x, ...) on tensors; torch differentiates the critic.

    Parameters
    ----------
    function : callable
        (critic, x) -> value, or (critic, x, start, epsilon, xi) -> value; `critic` maps (batch, n) to (batch,).
    """

    def value_of(tensors: list[Any], others: list[Any]) -> Any:
        first, bias, last = tensors
        return function(lambda x: torch.tanh(x @ first.T + bias) @ last, *others)

    def inwards(x: Any) -> Any:
        return torch.as_tensor(x.copy(), device=device) if isinstance(x, np.ndarray) else x

    def forward(*inputs: Any) -> Any:
        given = [inwards(x) for x in inputs]
        return _outwards(value_of([t.requires_grad_(True) for t in given[:3]], given[3:]))

    def backward(*inputs: Any) -> Any:
        *given, dvalue = (inwards(x) for x in inputs)
        weights = [t.requires_grad_(True) for t in given[:3]]
        value = value_of(weights, given[3:])
        if not value.requires_grad:
            return np.zeros(inputs[0].shape, dtype)
        (dfirst,) = torch.autograd.grad(value, weights[0], dvalue.reshape(value.shape), allow_unused=True)
        return np.zeros(inputs[0].shape, dtype) if dfirst is None else _outwards(dfirst)

    title = str(name or getattr(function, "__qualname__", "penalty"))
    return Subject(forward=forward, backward=backward, dtype=dtype, name=title)


def _variants(module: Any, mode: str, dtype: str, device: Any) -> dict[str, Callable[[], Subject]]:
    def bare(other: Any, other_mode: str) -> Subject:
        other.train(other_mode == "train")

        def forward(*inputs: Any) -> Any:
            with torch.no_grad():
                return _outwards(other(*(torch.as_tensor(x.copy(), device=device) for x in inputs)))

        return Subject(forward=forward, dtype=dtype, name=f"{type(module).__name__} ({other_mode})")

    def reloaded() -> Subject:
        buffer = io.BytesIO()
        torch.save(module.state_dict(), buffer)
        buffer.seek(0)
        other = copy.deepcopy(module)
        other.load_state_dict(torch.load(buffer, weights_only=True))
        return bare(other, mode)

    other_mode = "train" if mode == "eval" else "eval"
    return {other_mode: lambda: bare(copy.deepcopy(module), other_mode), "reloaded": reloaded}


def _outwards(x: Any) -> Any:
    return x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x


def _snippet(title: str, is_module: bool, mode: str, dtype: str, inputs: Mapping[str, Any]) -> str:
    lines = ["import torch"]
    names = []
    for key, value in inputs.items():
        if isinstance(value, np.ndarray) and key != "dy" and value.size <= 64:
            lines.append(f"{key} = torch.tensor({value.tolist()}, dtype=torch.{value.dtype})")
            names.append(key)
    call = f"{title[0].lower() + title[1:]}({', '.join(names)})"
    return "\n".join(
        [*lines, f"print({call})  # the {'module in ' + mode + ' mode' if is_module else 'function'} under test"]
    )
