"""The border between lipref and array libraries; the only module that imports array-api-compat.

Formulas take their namespace from their inputs, `xp = namespace("name of the function", x=x, weight=weight)`, and
use standard functions only. Names of libraries appear here and nowhere else in the core: `asarray` and `to_backend`
bring data in, `to_numpy` takes it out, and nothing moves between libraries or devices on its own.

Exact mode: NumPy object arrays whose entries are all `fractions.Fraction` pass wherever a function says so
(`exact=True`); every other object array is an error.
"""

from __future__ import annotations

import dataclasses
import importlib
from fractions import Fraction
from typing import Any

import array_api_compat
import array_api_compat.numpy
import numpy as np

from lipref.errors import BackendError, DomainError, DTypeError, ShapeError, UnknownNameError

Array = Any
"""A real floating array of any array-API library, or a NumPy object array of fractions in exact mode."""

BACKENDS = {
    "numpy": "lipref",
    "cupy": "lipref[cuda12] or lipref[cuda13]",
    "torch": "lipref[torch]",
    "jax": "lipref[jax]",
    "array_api_strict": "lipref[test]",
}
"""Backend name -> what to install for it."""


def is_exact(x: Array) -> bool:
    """Whether `x` is a NumPy object array, the carrier of exact mode."""
    return isinstance(x, np.ndarray) and x.dtype == object


def _is_array(x: Any) -> bool:
    """Whether `x` is a plain array; NumPy's matrices and masked arrays are not: their products and sums differ."""
    return array_api_compat.is_array_api_obj(x) and not isinstance(x, np.matrix | np.ma.MaskedArray)


def library(x: Array) -> str:
    """Name of the array library of `x`, as the backend names of this module have it."""
    return type(x).__module__.split(".")[0].replace("jaxlib", "jax")


def namespace(function: str, *, exact: bool = False, finite: bool = True, **arrays: Array) -> Any:
    """Array namespace shared by the named arrays, after the checks that every public function makes.

    Parameters
    ----------
    function : str
        Name of the public function, for the error message.
    exact : bool
        Whether object arrays of `Fraction` are lawful.
    finite : bool
        Whether NaN and infinity are refused.
    **arrays : array or None
        The array arguments by name; None is passed over, except for the first.

    Raises
    ------
    DTypeError
        An argument is no array, or its dtype is neither float32 nor float64 (nor exact where that is lawful), or
        the dtypes differ.
    BackendError
        The arguments belong to different libraries or lie on different devices.
    DomainError
        An entry is NaN or infinite.
    """
    first_name, first = next(iter(arrays.items()))
    given = {name: x for name, x in arrays.items() if x is not None or name == first_name}
    for name, x in given.items():
        if not _is_array(x):
            raise DTypeError(function, f"{name} to be an array", f"{type(x).__name__}", name=name, value=x)
        if library(x) != library(first):
            raise BackendError(
                function,
                "all arrays in one library",
                f"{name} in {library(x)} and {first_name} in {library(first)}; move one with to_backend",
                libraries=(library(x), library(first)),
            )
        if x.dtype != first.dtype:
            raise DTypeError(
                function,
                "arrays of one dtype",
                f"{name} is {x.dtype} and {first_name} is {first.dtype}",
                dtypes=(x.dtype, first.dtype),
            )
        if array_api_compat.device(x) != array_api_compat.device(first):
            raise BackendError(
                function,
                "all arrays on one device",
                f"{name} on {array_api_compat.device(x)} and {first_name} on {array_api_compat.device(first)}; "
                "move one with to_backend",
                devices=(array_api_compat.device(x), array_api_compat.device(first)),
            )
    if is_exact(first):
        for name, x in given.items():
            strange = [repr(v) for v in x.flat if not isinstance(v, Fraction)]
            if not exact or strange:
                wanted = "object arrays of fractions.Fraction alone" if exact else "float32 or float64"
                what = f"{name} holds {strange[0]}" if strange else "an object array"
                raise DTypeError(function, wanted, what, name=name, dtype=x.dtype)
        return array_api_compat.numpy
    xp = array_api_compat.array_namespace(first)
    if first.dtype not in (xp.float32, xp.float64):
        also = " (or fractions in an object array)" if exact else ""
        raise DTypeError(
            function,
            f"float32 or float64{also}",
            f"{first_name} of dtype {first.dtype}",
            name=first_name,
            dtype=first.dtype,
        )
    if finite:
        for name, x in given.items():
            if not bool(xp.all(xp.isfinite(x))):
                raise DomainError(function, f"{name} finite", "NaN or infinity among its entries", name=name)
    return xp


def require_same_shape(function: str, **arrays: Array) -> None:
    """Raise a ShapeError unless the named arrays have one shape."""
    (first_name, first), *others = arrays.items()
    for name, x in others:
        if tuple(x.shape) != tuple(first.shape):
            raise ShapeError(
                function,
                f"{name} of the shape of {first_name}, {tuple(first.shape)}",
                f"{tuple(x.shape)}",
                shapes=(tuple(first.shape), tuple(x.shape)),
            )


def require_choice(function: str, name: str, value: Any, choices: Any) -> None:
    """Raise an UnknownNameError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(map(repr, choices))
        raise UnknownNameError(function, f"{name} to be one of {listed}", repr(value), value=value)


def require_number(
    function: str, name: str, value: Any, *, above: float | None = None, at_least: float | None = None
) -> None:
    """Raise unless `value` is a finite real Python number (int, float, Fraction) above or not below a bound."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction | np.floating | np.integer):
        raise DTypeError(function, f"{name} to be a real number", f"{value!r} ({type(value).__name__})", value=value)
    bound = f" > {above}" if above is not None else f" >= {at_least}" if at_least is not None else ""
    number: Any = value
    lawful = abs(number) < float("inf")  # False for NaN too
    lawful = lawful and (above is None or number > above) and (at_least is None or number >= at_least)
    if not lawful:
        raise DomainError(function, f"a finite {name}{bound}", f"{value!r}", value=value)


def require_integer(function: str, name: str, value: Any, *, at_least: int) -> None:
    """Raise unless `value` is an integer (bool excluded) that is at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise DTypeError(function, f"{name} to be an integer", f"{value!r} ({type(value).__name__})", value=value)
    if value < at_least:
        raise DomainError(function, f"{name} >= {at_least}", f"{value}", value=value)


def exact(x: Any) -> np.ndarray:
    """Object array of `Fraction` with the exact values of `x`: numbers, strings such as "2/3", nested lists, arrays.

    Raises
    ------
    DTypeError
        An entry is NaN, infinite or no number.
    ShapeError
        The nested lists are ragged.

    >>> exact([0.5, "2/3"]).tolist()
    [Fraction(1, 2), Fraction(2, 3)]
    """
    values = to_numpy(x) if _is_array(x) else _nested("exact", x, object)
    result = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        value: Any = values[index]
        try:
            result[index] = Fraction(value.item() if isinstance(value, np.generic) else value)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            raise DTypeError("exact", "finite real numbers", repr(value), index=index) from None
    return result


def _nested(function: str, x: Any, dtype: Any = None) -> np.ndarray:
    """NumPy array of a number or nested sequence; refuses ragged ones, which NumPy itself reads in two ways."""
    try:
        values = np.asarray(x, dtype=dtype)
    except ValueError as error:
        raise ShapeError(function, "a rectangular nested sequence", str(error)) from error
    if any(isinstance(value, list | tuple) for value in values.flat) if values.dtype == object else False:
        raise ShapeError(function, "a rectangular nested sequence", "rows of several lengths")
    return values


def _module(backend: str, function: str) -> Any:
    require_choice(function, "backend", backend, BACKENDS)
    try:
        return importlib.import_module(backend)
    except ImportError as error:
        raise BackendError(
            function, f"the library {backend}", f"{error}; install {BACKENDS[backend]}", backend=backend
        ) from error


def asarray(x: Any, *, backend: str = "numpy", dtype: str | None = None, device: Any = None) -> Array:
    """Array of the named library with the values of `x`.

    Parameters
    ----------
    x : array of any known library, nested sequence or number
        Python numbers become float64; floating arrays keep their dtype; integer arrays need `dtype`.
    backend : {"numpy", "cupy", "torch", "jax", "array_api_strict"}
    dtype : {"float32", "float64"}, optional
    device : optional
        A device of that library; its default device when absent.

    Raises
    ------
    UnknownNameError, BackendError
        The backend is unknown, or not installed (the message names the extra), or cannot keep the dtype.
    DTypeError
        The values are not real floating numbers.
    """
    require_choice("asarray", "backend", backend, BACKENDS)
    is_array = _is_array(x)
    values = to_numpy(x) if is_array else _nested("asarray", x)
    if dtype is not None:
        require_choice("asarray", "dtype", dtype, ("float32", "float64"))
        if values.dtype == object:
            namespace("asarray", exact=True, x=values)
        elif values.dtype.kind not in "fiu":
            raise DTypeError("asarray", "real numbers", f"dtype {values.dtype}", dtype=values.dtype)
        values = values.astype(dtype)
    elif not is_array and values.dtype.kind in "iu":
        values = values.astype("float64")
    if values.dtype == object and backend == "numpy":
        namespace("asarray", exact=True, x=values)
    elif values.dtype not in (np.float32, np.float64):
        raise DTypeError(
            "asarray", "float32 or float64, or a dtype to convert to", f"{values.dtype}", dtype=values.dtype
        )
    return _from_numpy(values, backend, device, "asarray")


def _from_numpy(values: np.ndarray, backend: str, device: Any, function: str) -> Array:
    module = _module(backend, function)
    if backend == "numpy":
        if device not in (None, "cpu"):
            raise BackendError(function, "device None or 'cpu' for numpy", repr(device), device=device)
        return values
    try:
        if backend == "torch":
            return module.tensor(np.asarray(values, order="C"), device=device)  # no negative strides there
        if backend == "cupy":
            with module.cuda.Device(device):
                return module.asarray(values)
        if backend == "array_api_strict":
            return module.asarray(values, device=device)
        result = module.numpy.asarray(values, device=device)
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BackendError(function, f"a device of {backend}", f"{device!r}: {message}", device=device) from error
    if result.dtype != values.dtype:
        raise BackendError(
            function,
            f"a backend that keeps {values.dtype}",
            f'jax gave {result.dtype}; set jax.config.update("jax_enable_x64", True) first',
            backend=backend,
        )
    return result


def to_numpy(x: Array) -> np.ndarray:
    """NumPy array with the values of `x`, copied from its device where it has one.

    Raises
    ------
    DTypeError
        `x` is not an array of a known library.
    """
    if not _is_array(x):
        raise DTypeError("to_numpy", "an array", type(x).__name__, value=x)
    if isinstance(x, np.ndarray):
        return x
    if array_api_compat.is_torch_array(x):
        try:
            return x.detach().cpu().numpy()
        except TypeError:  # bfloat16 and the like
            raise DTypeError("to_numpy", "a dtype that NumPy has", str(x.dtype), dtype=x.dtype) from None
    if array_api_compat.is_cupy_array(x):
        return x.get()
    if library(x) == "array_api_strict":
        x = x.to_device(importlib.import_module("array_api_strict").Device("CPU_DEVICE"))
    return np.asarray(x)


def to_backend(obj: Any, backend: str, *, device: Any = None) -> Any:
    """The same value with every array in it moved to the named library.

    Arrays, tuples (also named ones), lists, dicts and dataclasses (layers, networks, residuals) are walked; all
    else is returned as it is. Values and dtypes are unchanged.

    Raises
    ------
    UnknownNameError, BackendError
        As `asarray`.
    """
    require_choice("to_backend", "backend", backend, BACKENDS)
    if _is_array(obj):
        values = to_numpy(obj)
        if values.dtype == object and backend != "numpy":
            raise DTypeError("to_backend", "floating arrays", "fractions, which live in NumPy alone")
        return _from_numpy(values, backend, device, "to_backend")
    if isinstance(obj, tuple):
        items = [to_backend(item, backend, device=device) for item in obj]
        return type(obj)(*items) if hasattr(obj, "_fields") else tuple(items)
    if isinstance(obj, list):
        return [to_backend(item, backend, device=device) for item in obj]
    if isinstance(obj, dict):
        return {key: to_backend(item, backend, device=device) for key, item in obj.items()}
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        fields = [f.name for f in dataclasses.fields(obj) if f.init]
        moved = {name: to_backend(getattr(obj, name), backend, device=device) for name in fields}
        return dataclasses.replace(obj, **moved)
    return obj


def epsilon(xp: Any, x: Array) -> float:
    """Machine epsilon (twice the unit roundoff) of the dtype of `x`; 0 in exact mode."""
    return 0.0 if is_exact(x) else float(xp.finfo(x.dtype).eps)
