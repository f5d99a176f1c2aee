"""Orthonormal weights: the one place to import from.

`lipref.bjorck` holds the iteration that reaches them, `lipref.parseval` its damped step, and `lipref.polar` the limit,
the polar factor, with a pull-back of its own, and what keeps or ships orthonormal weights (`retract`, `tight`,
`sound`).
"""

from lipref.bjorck import (
    SCALINGS,
    BjorckResiduals,
    bjorck,
    bjorck_backward,
    bjorck_basin,
    bjorck_coefficients,
    bjorck_forward,
    bjorck_iterations_needed,
    bjorck_jvp,
    bjorck_scalar,
)
from lipref.parseval import (
    ParsevalResiduals,
    parseval_basin,
    parseval_step,
    parseval_step_backward,
    parseval_step_forward,
    parseval_step_jvp,
)
from lipref.polar import (
    METHODS,
    PolarResiduals,
    polar,
    polar_backward,
    polar_forward,
    polar_jvp,
    retract,
    sound,
    tangent_projection,
    tight,
)

__all__ = [
    "METHODS",
    "SCALINGS",
    "BjorckResiduals",
    "ParsevalResiduals",
    "PolarResiduals",
    "bjorck",
    "bjorck_backward",
    "bjorck_basin",
    "bjorck_coefficients",
    "bjorck_forward",
    "bjorck_iterations_needed",
    "bjorck_jvp",
    "bjorck_scalar",
    "parseval_basin",
    "parseval_step",
    "parseval_step_backward",
    "parseval_step_forward",
    "parseval_step_jvp",
    "polar",
    "polar_backward",
    "polar_forward",
    "polar_jvp",
    "retract",
    "sound",
    "tangent_projection",
    "tight",
]
