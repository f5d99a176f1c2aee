"""Orthonormal weights: the one place to import from.

`bjorck` holds the iterations that reach them (Björck of every order, the Parseval step), `polar` their limit, the polar
factor, with its own pull-back, and what keeps or ships orthonormal weights (`retract`, `tight`, `sound`).
"""

from lipref.bjorck import (
    SCALINGS,
    BjorckResiduals,
    ParsevalResiduals,
    bjorck,
    bjorck_backward,
    bjorck_basin,
    bjorck_coefficients,
    bjorck_forward,
    bjorck_iterations_needed,
    bjorck_jvp,
    bjorck_scalar,
    parseval_basin,
    parseval_step,
    parseval_step_backward,
    parseval_step_forward,
    parseval_step_jvp,
)

__all__ = [
    "SCALINGS",
    "BjorckResiduals",
    "ParsevalResiduals",
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
]
