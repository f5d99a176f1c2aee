"""Data that comes with an installed package: scikit-learn's handwritten digits. Nothing is downloaded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lipref._array import require_integer
from lipref.errors import BackendError


class Split(NamedTuple):
    """Three parts without a common sample; pixels in [0, 1]."""

    train: tuple[np.ndarray, np.ndarray]
    """Images (n, 64) float32 and labels (n,) int64."""
    validation: tuple[np.ndarray, np.ndarray]
    """For every choice that is made by looking at results."""
    test: tuple[np.ndarray, np.ndarray]
    """Looked at once, at the end."""


def digits(*, seed: int = 0) -> Split:
    """The 1797 handwritten digits of scikit-learn, 8x8 pixels, divided by 16: 65 % train, 15 % validation, 20 % test.

    The split is stratified by class and depends on `seed` alone.

    Raises
    ------
    BackendError
        scikit-learn is not installed.
    """
    require_integer("digits", "seed", seed, at_least=0)
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise BackendError("digits", "the package scikit-learn", f"{error}; install lipref[experiments]") from error
    images, labels = load_digits(return_X_y=True)
    images, labels = (images / 16).astype(np.float32), labels.astype(np.int64)
    rng = np.random.default_rng(seed)
    parts: list[list[np.ndarray]] = [[], [], []]
    for label in range(10):
        members = rng.permutation(np.flatnonzero(labels == label))
        first, second = round(0.65 * len(members)), round(0.8 * len(members))
        for part, some in zip(parts, np.split(members, [first, second]), strict=True):
            part.append(some)
    chosen = [rng.permutation(np.concatenate(part)) for part in parts]
    return Split(*((images[index], labels[index]) for index in chosen))
