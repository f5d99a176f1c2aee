"""The subject: an implementation under test, in NumPy terms.

Everything that crosses the border between the kit and the implementation is a NumPy array or a Python number; adapters
(`lipref.conformance.torch`, `.keras`, `.jax`, `.arrays`) build subjects from other libraries' objects. The kit never
looks inside: it calls these functions, on arrays it owns, and treats an exception, a wrong shape or a wrong type as a
finding about the subject.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lipref.errors import DTypeError, UnknownNameError


@dataclass(frozen=True, eq=False)
class Subject:
    """An implementation under test.

    Attributes
    ----------
    forward : callable
        What the contract names: x -> y for activations, layers and networks; W -> W' for weight maps;
        (scores, labels) -> value for losses.
    backward : callable, optional
        (inputs of forward..., cotangent of the output) -> cotangent of the first input.
    weight : callable, optional
        () -> the matrix the layer multiplies with, rows to outputs: its norm is then computed from the numbers
        themselves, in float64.
    predict, radius : callable, optional
        x -> class index per row, and x -> certified radius per row; the `certificate` contract needs both.
    parameters : callable, optional
        () -> mapping of names to arrays, to tell whether a call changes them.
    variants : mapping, optional
        Name ("train", "eval", "reloaded", "float64") -> function that builds the same subject in that form.
    dtype : {"float32", "float64"}
        What the subject computes in; inputs are handed over in it.
    name : str
    snippet : callable, optional
        (inputs by name) -> a few lines that reproduce a call in the subject's own library.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None
    weight: Callable[[], Any] | None = None
    predict: Callable[[Any], Any] | None = None
    radius: Callable[[Any], Any] | None = None
    parameters: Callable[[], Mapping[str, Any]] | None = None
    variants: Mapping[str, Callable[[], Subject]] = field(default_factory=dict)
    dtype: str = "float64"
    name: str = "subject"
    snippet: Callable[[Mapping[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        for attribute in ("forward", "backward", "weight", "predict", "radius", "parameters", "snippet"):
            value = getattr(self, attribute)
            if value is not None and not callable(value):
                raise DTypeError("Subject", f"{attribute} to be callable", type(value).__name__)
        if self.dtype not in ("float32", "float64"):
            raise UnknownNameError("Subject", "dtype to be 'float32' or 'float64'", repr(self.dtype))

    @property
    def unit_roundoff(self) -> float:
        """Half the machine epsilon of the subject's dtype."""
        return float(np.finfo(self.dtype).eps) / 2


def as_subject(target: Any) -> Subject:
    """A Subject from what a user points at: a Subject, a torch or keras module, a callable on NumPy arrays.

    Torch modules and Keras layers are recognised by the library their class comes from, and their adapters are
    imported then only.

    Raises
    ------
    DTypeError
        `target` is none of these.
    """
    if isinstance(target, Subject):
        return target
    libraries = {cls.__module__.split(".")[0] for cls in type(target).__mro__}
    if "torch" in libraries:
        from lipref.conformance.torch import subject as from_torch

        return from_torch(target)
    if "keras" in libraries:
        from lipref.conformance.keras import subject as from_keras

        return from_keras(target)
    if callable(target) and not isinstance(target, type):
        name = getattr(target, "__qualname__", None) or type(target).__name__
        return Subject(forward=target, name=name)
    raise DTypeError(
        "as_subject", "a Subject, a callable on NumPy arrays, a torch or keras module", type(target).__name__
    )
