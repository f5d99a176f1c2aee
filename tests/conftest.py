"""Shared by all tests: the backends every core function must pass on, and deterministic Hypothesis profiles.

`place` is the only way tests bring arrays to a backend. "numpy-readonly" catches in-place damage; array_api_strict runs
on a device that is not its default one, so that any host array created inside a formula raises. The environment
variable LIPREF_TEST_BACKENDS lists the backends, for example "array_api_strict" or "numpy,torch"; every test that takes
`place` carries the mark `placed`, so that `-m placed` leaves out what does not depend on the backend.
"""

import importlib
import importlib.util
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

import lipref

settings.register_profile("default", deadline=None, max_examples=40, derandomize=True, database=None)
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("nightly", deadline=None, max_examples=500, derandomize=False, database=None)
settings.load_profile(os.environ.get("LIPREF_PROFILE", "default"))


@dataclass(frozen=True)
class Place:
    """Brings NumPy values to one backend: `place(values)`; `place.name` is the backend's name."""

    label: str
    name: str
    device: Any = None

    def __call__(self, values: Any, dtype: str | None = None) -> Any:
        values = np.array(values, dtype=dtype)
        if self.label == "numpy-readonly":
            values.flags.writeable = False
            return values
        return lipref.asarray(values, backend=self.name, device=self.device)


def missing(label: str) -> str | None:
    """Why this backend cannot be tested here, or None."""
    name = "numpy" if label == "numpy-readonly" else label
    if importlib.util.find_spec(name) is None:
        return f"{name} is not installed: pip install {lipref._array.BACKENDS[name]}"
    if name == "cupy":
        runtime = importlib.import_module(name).cuda.runtime
        try:
            runtime.getDeviceCount()
        except runtime.CUDARuntimeError as error:
            return f"CuPy is installed but finds no GPU: {error}"
    return None


WANTED = os.environ.get("LIPREF_TEST_BACKENDS", "numpy,numpy-readonly,array_api_strict,cupy").split(",")
MISSING = {label: reason for label in WANTED if (reason := missing(label))}
BACKENDS = [label for label in WANTED if label not in MISSING]
if not BACKENDS:
    raise pytest.UsageError("; ".join(MISSING.values()))


def pytest_report_header() -> list[str]:
    """Which backends the tests run on, and which not, and why."""
    left_out = [f"not tested here: {reason}" for reason in MISSING.values()]
    return [f"backends: {', '.join(BACKENDS)}", *left_out]


def pytest_collection_modifyitems(items) -> None:
    """Mark the tests that depend on the backend."""
    for item in items:
        if "place" in getattr(item, "fixturenames", ()):
            item.add_marker("placed")


@pytest.fixture(params=BACKENDS, scope="session")
def place(request) -> Place:
    """Every backend in turn that this machine has; `test_array.py::test_backend_is_tested` skips for the others."""
    label = request.param
    name = "numpy" if label == "numpy-readonly" else label
    if name == "array_api_strict":
        return Place(label, name, importlib.import_module(name).Device("device1"))
    return Place(label, name)


@pytest.fixture(params=["float32", "float64"], scope="session")
def dtype(request) -> str:
    """Both floating dtypes in turn."""
    return request.param
