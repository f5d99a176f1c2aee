"""Shared by all tests: the backends every core function must pass on, and deterministic Hypothesis profiles.

`place` is the only way tests bring arrays to a backend. "numpy-readonly" catches in-place damage; array_api_strict runs
on a device that is not its default one, so that any host array created inside a formula raises.
"""

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


@pytest.fixture(params=["numpy", "numpy-readonly", "array_api_strict", "cupy"], scope="session")
def place(request) -> Place:
    """Every backend in turn; those that are not installed skip and say so."""
    if request.param == "array_api_strict":
        strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed: lipref[test]")
        return Place("array_api_strict", "array_api_strict", strict.Device("device1"))
    if request.param == "cupy":
        cupy = pytest.importorskip("cupy", reason="no CuPy here: install lipref[cuda12] or lipref[cuda13]")
        try:
            cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            pytest.skip(f"CuPy is installed but finds no GPU: {error}")
        return Place("cupy", "cupy")
    return Place(request.param, "numpy")


@pytest.fixture(params=["float32", "float64"], scope="session")
def dtype(request) -> str:
    """Both floating dtypes in turn."""
    return request.param
