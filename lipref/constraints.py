"""Weight constraints: maps from a free parameter v to a weight w of bounded norm, as objects that a layer holds.

Every constraint is used in one of the two ways of the papers:

    in the forward pass     `forward(v) -> (w, residuals)` and `backward(residuals, dw) -> dv`: the layer holds v and
                            computes with w = w(v) [SO-BjorckUse];
    after the step          `project(v) -> v`: the layer holds a weight that lies in the set already, and the
                            training loop calls `layers.project(network)` after each step of the optimiser
                            [SO-Eq9, SO-Rob-setup]. `Projected(constraint)` turns any of them into this kind.

`Orthonormal` is the second kind for orthonormal weights, with the exact pull-back: at an orthonormal q the derivative
of the polar factor is the orthogonal projection onto the tangent space, dv = dw - q sym(qᵀ dw), two products instead
of an unrolled iteration.

`freeze(v, mode)` gives the weight to ship. *tight*: as close to norm one (to orthonormal) as the dtype resolves; its
norm may exceed one by a few units of rounding. *sound*: true norm at most the stated one, by `bounds.norm_bound`,
which accounts for its own rounding. Which norm: `norms`, the pair (p, q) of ‖W‖_{p→q} that the constraint bounds
by `bound`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from lipref import normalization, orthogonal, projections
from lipref._array import Array, namespace, require_choice, require_integer, require_number
from lipref.bounds import Norms, shrink
from lipref.errors import DomainError, ShapeError

MODES = ("tight", "sound")


class Constraint(Protocol):
    """What a layer needs of its constraint."""

    @property
    def norms(self) -> Norms:
        """The pair (p, q) of the operator norm that is bounded."""

    @property
    def bound(self) -> float:
        """The bound of that norm in exact arithmetic, at convergence of the iteration if there is one."""

    def forward(self, v: Array) -> tuple[Array, Any]:
        """Weight of the parameter v, (m, n), and what backward and advance need."""

    def backward(self, residuals: Any, dw: Array) -> Array:
        """Cotangent of v, given the cotangent of the weight."""

    def advance(self, residuals: Any) -> Constraint:
        """The constraint with the state that forward has moved on (power-iteration vectors); else itself."""

    def project(self, v: Array) -> Array:
        """What the parameter becomes after a step of the optimiser; v itself for constraints of the forward pass."""

    def freeze(self, v: Array, mode: str) -> Array:
        """The weight to ship, "tight" or "sound"."""


class _InForward:
    """Constraints of the forward pass: no state, nothing after the step, orthonormal weights frozen as such."""

    norms: Norms = (2, 2)
    bound: float = 1.0

    def forward(self, v):
        raise NotImplementedError

    def advance(self, residuals):
        return self

    def project(self, v):
        return v

    def freeze(self, v, mode):
        require_choice("freeze", "mode", mode, MODES)
        w = self.forward(v)[0]
        return w if mode == "tight" else shrink(w, self.norms, self.bound)


class _Orthonormalising(_InForward):
    """Constraints whose weights are orthonormal at convergence."""

    def freeze(self, v, mode):
        require_choice("freeze", "mode", mode, MODES)
        w = self.forward(v)[0]
        return orthogonal.tight(w) if mode == "tight" else shrink(orthogonal.sound(w), self.norms, self.bound)


@dataclass(frozen=True, eq=False)
class Bjorck(_Orthonormalising):
    """Björck iterations in the forward pass [SO-Eq3]; fields as the keywords of `orthogonal.bjorck`."""

    order: int = 1
    iterations: int | None = None
    tolerance: float | None = None
    scaling: str = "spectral-if-needed"

    def forward(self, v):
        return orthogonal.bjorck_forward(
            v, order=self.order, iterations=self.iterations, tolerance=self.tolerance, scaling=self.scaling
        )

    def backward(self, residuals, dw):
        return orthogonal.bjorck_backward(residuals, dw)


class SpectralBjorckResiduals(NamedTuple):
    """What the derivative of the two steps needs."""

    spectral: Any
    """Residuals of `normalization.spectral_normalize`, the new state of the power iteration among them."""
    bjorck: Any
    """Residuals of `orthogonal.bjorck`."""


@dataclass(frozen=True, eq=False)
class SpectralBjorck(_Orthonormalising):
    """Power steps that bring the norm near one, then Björck iterations: what keeps free parameters in the basin.

    A free parameter drifts: after some steps of an optimiser its norm leaves the basin, and `Bjorck` alone then needs
    the true σ_max. The estimate costs two products with vectors a step; that it sufficed is still proved by the Gram
    matrix. Fields: `order` and `iterations` as in `Bjorck`, `steps` and the state `u` as in `Spectral`.
    """

    order: int = 1
    iterations: int = 3
    steps: int = 3
    u: Array | None = None

    def __post_init__(self):
        require_integer("SpectralBjorck", "steps", self.steps, at_least=1)

    def forward(self, v):
        scaled, spectral = self._scaled(v)
        w, bjorck = orthogonal.bjorck_forward(scaled, order=self.order, iterations=self.iterations)
        return w, SpectralBjorckResiduals(spectral, bjorck)

    def _scaled(self, v):
        """v over the estimate of its norm, in the dtype of v; the careful version where there is no usable state."""
        xp = namespace("SpectralBjorck.forward", v=v, u=self.u)
        if self.u is None:
            return normalization.spectral_normalize_forward(v, None, steps=self.steps, safe=False)
        if self.u.shape != v.shape[:1]:
            raise ShapeError("SpectralBjorck.forward", f"a state u of shape {v.shape[:1]}", f"{self.u.shape}")
        left, largest = self.u, xp.max(xp.abs(v))
        right = xp.matmul(v.T, left)
        if not bool((largest > 2.0**-40) & (largest < 2.0**40) & (xp.max(xp.abs(right)) > 2.0**-50)):
            return normalization.spectral_normalize_forward(v, None, steps=self.steps, safe=False)
        for step in range(self.steps):
            right = xp.matmul(v.T, left) if step else right
            right = right / xp.sqrt(xp.sum(right * right))
            left = xp.matmul(v, right)
            sigma = xp.sqrt(xp.sum(left * left))
            left = left / sigma
        scaled = v / sigma
        return scaled, normalization.SpectralResiduals(scaled, left, right, sigma, sigma < 0)

    def backward(self, residuals, dw):
        dscaled = orthogonal.bjorck_backward(residuals.bjorck, dw)
        return normalization.spectral_normalize_backward(residuals.spectral, dscaled)

    def advance(self, residuals):
        return replace(self, u=residuals.spectral.u)


@dataclass(frozen=True, eq=False)
class Polar(_Orthonormalising):
    """The exact polar factor in the forward pass: the limit of `Bjorck`."""

    method: str = "eigh"

    def forward(self, v):
        return orthogonal.polar_forward(v, method=self.method)

    def backward(self, residuals, dw):
        return orthogonal.polar_backward(residuals, dw)


@dataclass(frozen=True, eq=False)
class Parseval(_Orthonormalising):
    """One Parseval step with factor beta [SO-Eq9]; the paper applies it after the step: `Projected(Parseval(beta))`."""

    beta: float = 0.0003

    def forward(self, v):
        return orthogonal.parseval_step_forward(v, self.beta)

    def backward(self, residuals, dw):
        return orthogonal.parseval_step_backward(residuals, dw)


class OrthonormalResiduals(NamedTuple):
    """What the tangent projection needs."""

    q: Array
    """(m, n): the weight, orthonormal in its shorter side."""


@dataclass(frozen=True, eq=False)
class Orthonormal(_Orthonormalising):
    """Weights that are orthonormal already and are kept so after each step.

    `forward` passes v on; `backward` projects the cotangent onto the tangent space of the orthonormal matrices, which
    is the derivative of the polar factor there; `project` retracts to ‖wᵀw - I‖ <= tolerance.
    """

    tolerance: float = 1e-6

    def __post_init__(self):
        require_number("Orthonormal", "tolerance", self.tolerance, above=0)

    def forward(self, v):
        namespace("Orthonormal.forward", v=v)
        return v, OrthonormalResiduals(v)

    def backward(self, residuals, dw):
        return orthogonal.tangent_projection(residuals.q, dw)

    def project(self, v):
        return orthogonal.retract(v, self.tolerance)


@dataclass(frozen=True, eq=False)
class Spectral(_InForward):
    """Spectral normalisation [SO-SN]; `u` is the state of the power iteration, None before the first forward pass.

    With `safe` the weight is divided by a guaranteed bound of its norm, else by the estimate, a lower bound. The other
    fields are the keywords of `normalization.spectral_normalize`.
    """

    steps: int = 1
    cap: bool = False
    safe: bool = True
    u: Array | None = None

    def forward(self, v):
        return normalization.spectral_normalize_forward(v, self.u, steps=self.steps, cap=self.cap, safe=self.safe)

    def backward(self, residuals, dw):
        return normalization.spectral_normalize_backward(residuals, dw)

    def advance(self, residuals):
        return replace(self, u=residuals.u)


@dataclass(frozen=True, eq=False)
class Frobenius(_InForward):
    """Weights divided by their Frobenius norm, which bounds the 2-norm."""

    def forward(self, v):
        return normalization.frobenius_normalize_forward(v)

    def backward(self, residuals, dw):
        return normalization.frobenius_normalize_backward(residuals, dw)


@dataclass(frozen=True, eq=False)
class L1Rows(_InForward):
    """Rows projected onto the l1 ball of `radius`: ‖W‖_inf <= radius [SO-Linf]."""

    radius: float = 1.0
    norms = (math.inf, math.inf)

    @property
    def bound(self):  # type: ignore[override]
        return self.radius

    def forward(self, v):
        return projections.l1_ball_forward(v, self.radius)

    def backward(self, residuals, dw):
        return projections.l1_ball_backward(residuals, dw)


@dataclass(frozen=True, eq=False)
class Rows(_InForward):
    """Rows divided by their p-norm: ‖W‖_{q→inf} = 1 with 1/p + 1/q = 1 [SO-MixNorm]; p = 1, 2 or inf."""

    p: float = 2

    def __post_init__(self):
        if self.p not in (1, 2, math.inf):
            raise DomainError("Rows", "p to be 1, 2 or inf", f"{self.p}", p=self.p)

    @property
    def norms(self):  # type: ignore[override]
        return {1: math.inf, 2: 2, math.inf: 1}[self.p], math.inf

    def forward(self, v):
        return normalization.row_normalize_forward(v, self.p)

    def backward(self, residuals, dw):
        return normalization.row_normalize_backward(residuals, dw)


@dataclass(frozen=True, eq=False)
class Clip(_InForward):
    """Entries clipped to [-limit, limit]: ‖W‖_{1→inf} <= limit, the first constraint that critics were trained with."""

    limit: float = 0.01
    norms = (1, math.inf)

    @property
    def bound(self):  # type: ignore[override]
        return self.limit

    def forward(self, v):
        return projections.clip_entries_forward(v, self.limit)

    def backward(self, residuals, dw):
        return projections.clip_entries_backward(residuals, dw)


@dataclass(frozen=True, eq=False)
class Projected:
    """Any constraint applied after the step instead of in the forward pass: the derivative is that of the identity."""

    constraint: Any

    @property
    def norms(self):
        return self.constraint.norms

    @property
    def bound(self):
        return self.constraint.bound

    def forward(self, v):
        namespace("Projected.forward", exact=True, v=v)
        return v, ()

    def backward(self, residuals, dw):
        namespace("Projected.backward", exact=True, dw=dw)
        return dw

    def advance(self, residuals):
        return self

    def project(self, v):
        return self.constraint.forward(v)[0]

    def freeze(self, v, mode):
        return self.constraint.freeze(v, mode)


CONSTRAINTS = {
    kind.__name__: kind
    for kind in (
        Bjorck,
        SpectralBjorck,
        Polar,
        Parseval,
        Orthonormal,
        Spectral,
        Frobenius,
        L1Rows,
        Rows,
        Clip,
        Projected,
    )
}
"""Name -> class, for files and command lines."""
