"""The examples in the docstrings of lipref run and print what they say."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import lipref

OPTIONAL = {"torch", "jax", "keras", "cupy", "sklearn", "matplotlib"}
"""Libraries whose absence skips the modules that import them."""

MODULES = ["lipref", *sorted(info.name for info in pkgutil.walk_packages(lipref.__path__, "lipref."))]


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[-1] != "__main__"])
def test_examples(name):
    """No example fails; every public module has a docstring."""
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name in OPTIONAL:
            pytest.skip(f"{name} needs {error.name}")
        raise
    except lipref.BackendError as error:
        pytest.skip(str(error))
    with np.printoptions(precision=4, suppress=True):
        outcome = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert outcome.failed == 0
    assert module.__doc__
