"""Networks in files: parameters in safetensors by name, the architecture as versioned JSON in its metadata.

The file alone rebuilds the network, constraints and their state included; nothing in it is executed. Layout: tensors
"layers.0.weight", ...; metadata "format" = "lipref.network", "version" = "1", "architecture" = a tree of

    {"type": "Linear", "weight": {"tensor": "layers.0.weight"}, "bias": null, "constraint": {"type": "Bjorck", ...}}

with numbers, strings, null, lists, {"fraction": "2/3"} and {"infinite": 1} as values of the other fields.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lipref import constraints, layers
from lipref._array import is_exact, library, to_numpy
from lipref.errors import DTypeError, FormatError, LiprefError

FORMAT = "lipref.network"
VERSION = 1

TYPES: dict[str, Any] = constraints.CONSTRAINTS | {
    kind.__name__: kind
    for kind in (layers.Linear, layers.GroupSort, layers.Activation, layers.Scale, layers.Dropout, layers.Chain)
}
"""Name in a file -> class that it stands for; no other name is looked up."""


def save(network: Any, path: str | os.PathLike) -> None:
    """Write a network to one file, whole or not at all; an existing file is replaced.

    Arrays of any library are stored by value and come back as NumPy arrays.

    Raises
    ------
    DTypeError
        A layer or field that has no form in a file: a class from elsewhere, fractions as weights.
    """
    from safetensors.numpy import save_file

    tensors: dict[str, np.ndarray] = {}
    tree = _encode(network, "", tensors)
    metadata = {"format": FORMAT, "version": str(VERSION), "architecture": json.dumps(tree)}
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    os.close(handle)
    try:
        save_file(tensors, name, metadata=metadata)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def load(path: str | os.PathLike) -> Any:
    """The network that `save` wrote, in NumPy arrays; `to_backend` moves it.

    Raises
    ------
    FormatError
        Not a safetensors file, not one of lipref, of a later version, or with an architecture that does not fit.
    FileNotFoundError
        There is no such file.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"load: no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise FormatError("load", "a safetensors file", f"{path}: {error}", path=str(path)) from error
    if metadata.get("format") != FORMAT:
        raise FormatError("load", f"a file of format {FORMAT!r}", f"{metadata.get('format')!r}", path=str(path))
    if metadata.get("version") != str(VERSION):
        raise FormatError("load", f"version {VERSION}", f"{metadata.get('version')!r}", path=str(path))
    used: set[str] = set()
    try:
        network = _decode(json.loads(metadata["architecture"]), tensors, used)
        if not hasattr(network, "jvp_backward"):
            raise ValueError(f"a {type(network).__name__} and no layer")
    except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError, LiprefError) as error:
        raise FormatError("load", "an architecture that can be built", f"{path}: {error}", path=str(path)) from error
    if used != set(tensors):
        unused = ", ".join(sorted(set(tensors) - used))
        raise FormatError("load", "every tensor in the architecture", f"{path}: {unused} besides", path=str(path))
    return network


def _encode(value: Any, name: str, tensors: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"infinite": 1 if value > 0 else -1}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, tuple | list):
        return [_encode(item, f"{name}.{index}", tensors) for index, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and TYPES.get(type(value).__name__) is type(value):
        prefix = f"{name}." if name else ""
        fields = {
            item.name: _encode(getattr(value, item.name), prefix + item.name, tensors)
            for item in dataclasses.fields(value)
        }
        return {"type": type(value).__name__, **fields}
    if library(value) in ("numpy", "cupy", "torch", "jax", "array_api_strict") and hasattr(value, "dtype"):
        if is_exact(value):
            raise DTypeError("save", "float32 or float64 arrays", f"fractions in {name}", name=name)
        tensors[name] = np.ascontiguousarray(to_numpy(value))
        return {"tensor": name}
    raise DTypeError("save", "layers and constraints of lipref", f"{type(value).__name__} in {name or 'network'}")


def _decode(value: Any, tensors: dict[str, np.ndarray], used: set[str]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, tensors, used) for item in value)
    if not isinstance(value, dict):
        return value
    if set(value) == {"tensor"}:
        used.add(value["tensor"])
        return tensors[value["tensor"]]
    if set(value) == {"fraction"}:
        return Fraction(value["fraction"])
    if set(value) == {"infinite"}:
        return math.copysign(math.inf, value["infinite"])
    if value.get("type") not in TYPES:
        raise ValueError(f"unknown type {value.get('type')!r}")
    fields = {key: _decode(item, tensors, used) for key, item in value.items() if key != "type"}
    return TYPES[value["type"]](**fields)
