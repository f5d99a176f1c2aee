"""Wrong implementations of the kinds that people really write, each with the check that must catch it."""

from typing import Any, NamedTuple

import numpy as np

from lipref.conformance import Subject
from lipref.conformance.contracts.penalties import penalty_subject
from tests.conformance.right import BIAS, Q8, ROWS, TALL, linear_scores, minmax_by_abs, rotation, svd_polar


class Wrong(NamedTuple):
    """An implementation that breaks its contract."""

    name: str
    subject: Subject
    contract: str
    parameters: dict[str, Any]
    check: str
    """Name of the check that must fail."""
    tolerance: float | None = None


def groups(x, k):
    return x.reshape(len(x), -1, k)


def sort3(x):
    return np.sort(groups(x, 3), -1).reshape(x.shape)


def sort3_with(index):
    """Backward of sort3 that gathers with `index(argsort)`."""

    def backward(x, dy):
        order = np.argsort(groups(x, 3), axis=-1, kind="stable")
        return np.take_along_axis(groups(dy, 3), index(order), axis=-1).reshape(x.shape)

    return backward


def sort3_backward(x, dy):
    return sort3_with(lambda order: np.argsort(order, axis=-1))(x, dy)


def in_place_sort(x):
    groups(x, 3).sort(axis=-1)
    return x


def sort_whole_batch(x):
    """Wrong axis: sorts down the batch."""
    return np.sort(x, axis=0)


def borders_left_out(x):
    """Pairs (1, 2), (3, 4), ...: first and last entries are never compared."""
    y = x.copy()
    inner = np.sort(x[:, 1:-1].reshape(len(x), -1, 2), -1)
    y[:, 1:-1] = inner.reshape(len(x), -1)
    return y


def unsorted_when_large(x):
    """A comparison that overflows in half precision."""
    with np.errstate(over="ignore"):
        key = x.astype(np.float16)
    order = np.argsort(groups(key, 2), -1, kind="stable")
    return np.take_along_axis(groups(x, 2), order, -1).reshape(x.shape)


def image_sort_over_width(x):
    batch, c, h, w = x.shape
    return np.sort(x.reshape(batch, c, h, w), axis=-1)


class Stateful:
    """Counts its calls, and lets them leak into the result."""

    def __init__(self, function, leak):
        self.function, self.leak, self.calls = function, leak, 0

    def __call__(self, x):
        self.calls += 1
        return self.function(x) + self.leak * self.calls


def batch_normed(x):
    """Centres by the batch mean: rows depend on each other."""
    return x - x.mean(axis=0, keepdims=True)


def relu_backward_of_one(x, dy):
    return dy


class PowerIteration:
    """Spectral normalisation with one step on a state that survives the calls."""

    def __init__(self, steps):
        self.u, self.steps = None, steps

    def __call__(self, w):
        if self.u is None or len(self.u) != len(w):
            self.u = np.zeros(len(w))
            self.u[0] = 1.0
        sigma = 0.0
        for _ in range(self.steps):
            v = w.T @ self.u
            v = v / max(np.linalg.norm(v), 1e-12)
            new = w @ v
            sigma = np.linalg.norm(new)
            if sigma > 0:
                self.u = new / sigma
        return w / max(sigma, 1e-12)


def bjorck(w, steps=3, half=0.5, side=None):
    for _ in range(steps):
        gram = w.T @ w if side is None else side(w)
        w = (1 + half) * w - half * w @ gram
    return w


def bjorck_backward_missing_term(w, g):
    """One step's cotangent without the transposed term of the product rule."""
    iterates = [w]
    for _ in range(2):
        iterates.append(bjorck(iterates[-1], 1))
    for a in reversed(iterates):
        g = 1.5 * g - 0.5 * (g @ a.T @ a + a @ a.T @ g)
    return g


def bjorck_backward_detached(w, g):
    """Treats the Gram matrices as constants."""
    iterates = [w]
    for _ in range(2):
        iterates.append(bjorck(iterates[-1], 1))
    for a in reversed(iterates):
        g = g @ (1.5 * np.eye(a.shape[1]) - 0.5 * a.T @ a)
    return g


def polar_backward_projector(w, g):
    """The tangent projection at Q, right only where W = Q."""
    q = svd_polar(w)
    return (g - q @ g.T @ q) / 2


def l1_always_on_the_sphere(w):
    """Without the inside test: rows inside are pushed outwards."""
    v = np.abs(w)
    u = -np.sort(-v, axis=1)
    t = (np.cumsum(u, axis=1) - 1) / np.arange(1, w.shape[1] + 1)
    tau = t[np.arange(len(w)), np.sum(u > t, axis=1) - 1][:, None]
    return np.sign(w) * np.maximum(v - tau, 0)


def l1_rescaled(w):
    return w / np.maximum(np.abs(w).sum(axis=1, keepdims=True), 1)


def l1_clipped(w):
    return np.clip(w, -1, 1)


def l1_columns(w):
    return _l1(w.T).T


def _l1(w, radius=1.0):
    out = w.copy()
    for i, row in enumerate(w):
        if np.abs(row).sum() > radius:
            u = -np.sort(-np.abs(row))
            t = (np.cumsum(u) - radius) / np.arange(1, len(u) + 1)
            tau = t[np.sum(u > t) - 1]
            out[i] = np.sign(row) * np.maximum(np.abs(row) - tau, 0)
    return out


def l1_backward_without_mean(w, g):
    """Forgets the rank-one term: passes the cotangent on the support unchanged."""
    return g * (_l1(w) != 0)


def l1_backward_all_outside(w, g):
    p = _l1(w)
    s = np.sign(p)
    return s**2 * g - s * (s * g).sum(axis=1, keepdims=True) / np.maximum((s**2).sum(axis=1, keepdims=True), 1)


def conv_zero_padded_gain(x):
    """Zero padding with weights that ignore it: 1.2 at the border."""
    y = (np.roll(x, 1, -1) + np.roll(x, -1, -1)) / 2
    y[..., 0] = 1.2 * x[..., 1]
    return y


def network_with_skip(x):
    """h + x without the factor 1/2."""
    return minmax_by_abs(x @ Q8.T) + x


def network_steep_far_out(x):
    """1-Lipschitz near the origin only."""
    return np.where(np.abs(x) > 2, x * 1.5 - np.sign(x), x)


def network_excess(x):
    return minmax_by_abs(x @ Q8.T) * 1.001


def hinge_mean(f, y, margin=1.0):
    return np.maximum(0, margin - y * f).mean()


def kr(f, y):
    return f[y < 0].mean() - f[y > 0].mean()


def naive_bce(f, y):
    return np.log(1 + np.exp(-y * f)).mean()


def naive_bce_backward(f, y, d):
    e = np.exp(-y * f)
    return -d * y * e / (1 + e) / len(f)


def radii(factor):
    def radius(x):
        s = np.sort(linear_scores(x).astype(np.float64), axis=1)
        return factor * (s[:, -1] - s[:, -2])

    return radius


def predict(x):
    return linear_scores(x).argmax(1)


SORT = {"group_size": 3}
LINEAR = {"input_shape": (8,)}
CERTIFY = {"input_shape": (8,)}


def multiclass(logits, labels, margin=1.0, skip_true=True, mean_classes=False):
    rows = []
    for row, t in zip(logits, labels, strict=True):
        terms = [max(0.0, margin - (row[t] - row[i])) for i in range(len(row)) if not (skip_true and i == t)]
        rows.append(sum(terms) / (len(row) if mean_classes else 1))
    return np.float64(np.mean(rows))


def multiclass_backward_no_true_class(logits, labels, d):
    g = np.zeros_like(logits)
    for i, t in enumerate(labels):
        active = 1.0 - (logits[i, t] - logits[i]) > 0
        g[i, active] = 1
        g[i, t] = 0
    return d * g / len(labels)


def damaging(function):
    """Multiplies its argument in place before working on a copy."""

    def call(x, *others):
        kept = x.copy()
        x *= 2
        return function(kept, *others)

    return call


def W(name, contract, check, forward, backward=None, tolerance=None, parameters=None, **fields):
    """A row of the table."""
    return Wrong(name, Subject(forward, backward, **fields), contract, parameters or {}, check, tolerance)


def of_gradients(terms):
    """A NumPy penalty of the gradient norms."""
    return penalty_subject(lambda critic, x: terms(np.linalg.norm(critic.gradient(x), axis=1)))[0]


def one_step_short(critic, x, start, epsilon, xi):
    """Penalises the random direction itself."""
    z = x + epsilon[:, None] * start
    ratio = np.abs(critic(z) - critic(x)) / np.linalg.norm(z - x, axis=1)
    return (np.maximum(ratio - 1, 0) ** 2).mean()


WRONG = [
    W("norms of the batch", "penalty_gp", "value", of_gradients(lambda t: (np.linalg.norm(t) - 1) ** 2)),
    W("two-sided called one-sided", "penalty_lp", "value", of_gradients(lambda t: ((t - 1) ** 2).mean())),
    W("square outside the mean", "penalty_lp", "value", of_gradients(lambda t: np.maximum(t - 1, 0).mean() ** 2)),
    W("random direction", "penalty_alp", "value", penalty_subject(one_step_short)[0]),
    # sorting
    W("permutation for its inverse", "groupsort", "gradient", sort3, sort3_with(lambda order: order), parameters=SORT),
    W("cotangent passed straight", "groupsort", "gradient", sort3, lambda x, dy: dy, parameters=SORT),
    W("gradient of the largest only", "groupsort", "gradient_norm", sort3, lambda x, dy: sort3_backward(x, dy * (np.arange(x.shape[1]) % 3 == 2)), parameters=SORT),
    W("cotangent scaled by the group", "groupsort", "gradient_at_ties", sort3, lambda x, dy: sort3_backward(x, dy) / 3, parameters=SORT),
    W("descending", "groupsort", "values", lambda x: -sort3(-x), parameters=SORT),
    W("whole row sorted", "groupsort", "values", lambda x: np.sort(x, -1), parameters=SORT),
    W("sorted down the batch", "groupsort", "values", sort_whole_batch, parameters=SORT),
    W("batch order leaks in", "groupsort", "batch_independent", sort_whole_batch, parameters=SORT),
    W("strided groups", "groupsort", "values", lambda x: np.sort(x.reshape(len(x), 3, -1), 1).reshape(x.shape), parameters=SORT),
    W("sorted in place", "groupsort", "input_unmodified", in_place_sort, parameters=SORT),
    W("borders left out", "groupsort", "values", borders_left_out, parameters={"group_size": 2}),
    W("half-precision keys", "groupsort", "scales", unsorted_when_large, parameters={"group_size": 2}),
    W("abs of the values", "groupsort", "values", lambda x: np.sort(np.abs(groups(x, 3)), -1).reshape(x.shape), parameters=SORT),
    W("float32 result of float64", "groupsort", "dtype_kept", lambda x: sort3(x).astype(np.float32), parameters=SORT),
    W("result depends on the call", "groupsort", "deterministic", Stateful(sort3, 0.5), parameters=SORT),
    W("images sorted over the width", "groupsort", "values", image_sort_over_width, parameters={"group_size": 2, "axis": 1}),
    W("wrong shape", "groupsort", "values", lambda x: sort3(x)[:, :-1], parameters=SORT),
    W("not a permutation", "groupsort", "values", lambda x: sort3(x) * 2, parameters=SORT | {"up_to_permutation": True}),
    # activations
    W("relu with slope 1.001", "activation", "lipschitz", lambda x: 1.001 * np.maximum(x, 0)),
    W("silu, 1.1 in slope", "activation", "lipschitz", lambda x: x / (1 + np.exp(-x))),
    W("sorted pairs, doubled", "activation", "lipschitz", lambda x: np.concatenate([x, x], -1)),
    W("relu's gradient is one", "activation", "gradient", lambda x: np.maximum(x, 0), relu_backward_of_one),
    W("tanh's gradient by its input", "activation", "gradient", np.tanh, lambda x, dy: dy * (1 - x**2)),
    W("batch statistics", "activation", "batch_independent", batch_normed),
    W("relu called gradient-norm preserving", "gnp_activation", "gradient_norm", lambda x: np.maximum(x, 0), lambda x, dy: dy * (x > 0)),
    W("maxout called gradient-norm preserving", "gnp_activation", "gradient_norm", lambda x: np.repeat(groups(x, 2).max(-1), 2, axis=-1)),
    W("a thousandth of the norm lost, float32", "gnp_activation", "gradient_norm", lambda x: (0.999 * x).astype(x.dtype), dtype="float32"),
    W("NaN at zero", "activation", "finite", lambda x: x * x / x),
    # orthonormalisation
    W("three Björck steps called orthonormal", "orthonormalize", "orthonormal", lambda w: bjorck(w / np.linalg.norm(w, 2))),
    W("QR called polar", "orthonormalize", "nearest", lambda w: np.linalg.qr(w)[0], parameters={"shapes": "tall"}),
    W("not pre-scaled", "orthonormalize", "scale_free", lambda w: bjorck(w, 15), tolerance=1e-3),
    W("only divided by the norm", "orthonormalize", "orthonormal", lambda w: w / np.linalg.norm(w, 2)),
    W("wide weights by their columns", "orthonormalize", "orthonormal", lambda w: w / np.linalg.norm(w, axis=0), parameters={"shapes": "wide"}),
    W("tangent projection for the pull-back", "orthonormalize", "gradient", svd_polar, polar_backward_projector),
    W("sign flipped", "orthonormalize", "nearest", lambda w: -svd_polar(w)),
    W("random signs", "orthonormalize", "fixes_orthonormal", lambda w: svd_polar(w) * np.where(np.arange(w.shape[1]) % 2, -1, 1)),
    # Björck and Parseval
    W("one step too many", "bjorck", "iterates", lambda w: bjorck(w, 4)),
    W("coefficient 3/8 for 1/2", "bjorck", "iterates", lambda w: bjorck(w, 3, 0.375)),
    W("order one for order two", "bjorck", "iterates", lambda w: bjorck(w, 2), parameters={"order": 2, "iterations": 2}),
    W("transposed term missing", "bjorck", "gradient", lambda w: bjorck(w), bjorck_backward_missing_term),
    W("Gram matrix detached", "bjorck", "gradient", lambda w: bjorck(w), bjorck_backward_detached),
    W("Parseval without the plus", "parseval_step", "step", lambda w: w - 0.5 * w @ w.T @ w),
    W("Parseval with beta doubled", "parseval_step", "step", lambda w: 2 * w - w @ w.T @ w),
    W("Parseval's identity pull-back", "parseval_step", "gradient", lambda w: bjorck(w, 1), lambda w, g: g),
    # spectral normalisation
    W("one power step", "spectral_normalize", "norm", PowerIteration(1)),
    W("stale vectors", "spectral_normalize", "stale_state", PowerIteration(30)),
    W("Frobenius estimate halved", "spectral_normalize", "norm", lambda w: 2 * w / np.linalg.norm(w)),
    W("zero divided by zero", "spectral_normalize", "extremes", lambda w: w / np.linalg.norm(w, 2)),
    W("polar for a multiple", "spectral_normalize", "collinear", svd_polar),
    W("normalises inside too", "spectral_normalize", "untouched_inside", lambda w: w / max(np.linalg.norm(w, 2), 1e-30), parameters={"cap": True}),
    W("norm detached in the pull-back", "spectral_normalize", "gradient", lambda w: w / np.linalg.norm(w, 2), lambda w, dq: dq / np.linalg.norm(w, 2)),
    # l1 ball
    W("pushed out to the sphere", "l1_ball", "inside_untouched", l1_always_on_the_sphere),
    W("rescaled, not projected", "l1_ball", "projection", l1_rescaled),
    W("entries clipped", "l1_ball", "norm", l1_clipped),
    W("columns for rows", "l1_ball", "norm", l1_columns),
    W("radius forgotten", "l1_ball", "projection", _l1, parameters={"radius": 2.0}),
    W("support only in the pull-back", "l1_ball", "gradient", _l1, l1_backward_without_mean),
    W("inside rows projected in the pull-back", "l1_ball", "gradient", _l1, l1_backward_all_outside),
    # layers
    W("an excess of 1e-3", "linear_layer", "operator_norm", lambda x: 1.001 * x @ Q8.T, parameters=LINEAR),
    W("an excess of 1e-6, strict", "linear_layer", "operator_norm", lambda x: x @ Q8.T * (1 + 1e-6), weight=lambda: Q8 * (1 + 1e-6), parameters=LINEAR, tolerance=0.0),
    W("shows a tight weight, acts by half of it", "linear_layer", "tight", lambda x: x @ Q8.T / 2, weight=lambda: Q8, parameters=LINEAR | {"tight": True}),
    W("transposed backward", "linear_layer", "gradient", lambda x: x @ Q8.T, lambda x, dy: dy @ Q8.T, parameters=LINEAR),
    W("bias in the backward", "linear_layer", "gradient", lambda x: x @ TALL.T + BIAS, lambda x, dy: (dy - BIAS) @ TALL, parameters={"input_shape": (4,)}),
    W("called tight, is half", "linear_layer", "tight", lambda x: x @ Q8.T / 2, parameters=LINEAR | {"tight": True}),
    W("2-norm rows in the inf-norm", "linear_layer", "operator_norm", lambda x: x @ Q8.T, parameters=LINEAR | {"norm": "inf"}),
    W("rows for columns", "linear_layer", "operator_norm", lambda x: x @ ROWS.T @ np.array([[1.0, 1.0]]).T, parameters={"input_shape": (3,), "norm": "inf"}),
    W("relu hidden in the layer", "linear_layer", "affine", lambda x: np.maximum(x @ Q8.T, 0), parameters=LINEAR),
    W("gain at the border", "conv_layer", "operator_norm", conv_zero_padded_gain, parameters={"input_shape": (2, 3, 4)}),
    W("flipped kernel in the backward", "conv_layer", "gradient", lambda x: np.roll(x, 1, -1), lambda x, dy: np.roll(dy, 1, -1), parameters={"input_shape": (1, 2, 4)}),
    W("skip without the half", "network", "lipschitz", network_with_skip, parameters=LINEAR),
    W("steep far out", "network", "lipschitz", network_steep_far_out, parameters=LINEAR),
    W("an excess of 1e-3 in a network", "network", "lipschitz", network_excess, parameters=LINEAR),
    W("float32 and 1e-3", "network", "lipschitz", lambda x: (network_excess(x)).astype(x.dtype), parameters=LINEAR, dtype="float32"),
    W("K squared", "network", "lipschitz", lambda x: 9 * minmax_by_abs(x @ Q8.T), parameters=LINEAR | {"lipschitz": 3.0}),
    W("called tight, loses norm", "network", "tight", lambda x: np.tanh(x @ rotation(8, 3).T) * 0.9, parameters=LINEAR | {"tight": True}),
    W("dropout left on", "network", "deterministic", Stateful(lambda x: x @ Q8.T, 1e-3), parameters=LINEAR),
    W("eval differs from train", "network", "variants_agree", lambda x: x @ Q8.T, parameters=LINEAR, variants={"eval": lambda: Subject(lambda x: x @ (0.99 * Q8.T))}),
    # losses
    W("KR with the sign of the dual", "loss_kr", "value", lambda f, y: -kr(f, y)),
    W("KR by the batch mean", "loss_kr", "value", lambda f, y: -(y * f).mean()),
    W("KR's gradient by the batch mean", "loss_kr", "gradient", kr, lambda f, y, d: -d * y / len(f)),
    W("labels 0 and 1 taken as ±1", "loss_kr", "value", kr, parameters={"labels": "01"}),
    W("margin halved silently", "loss_hinge", "value", lambda f, y: hinge_mean(f, y, 0.5)),
    W("sum for mean", "loss_hinge", "value", lambda f, y: np.maximum(0, 1 - y * f).sum()),
    W("squared hinge", "loss_hinge", "value", lambda f, y: (np.maximum(0, 1 - y * f) ** 2).mean()),
    W("hinge active everywhere", "loss_hinge", "gradient", hinge_mean, lambda f, y, d: -d * y / len(f)),
    W("scores damaged", "loss_hinge", "input_unmodified", damaging(hinge_mean)),
    W("exp overflows", "loss_bce", "extremes", naive_bce),
    W("gradient off by a hundredth at extremes", "loss_bce", "extreme_gradient", lambda f, y: np.logaddexp(0, -y * f).mean(), lambda f, y, d: -0.99 * d * y * np.exp(-np.logaddexp(0, y * f)) / len(f)),
    W("gradient overflows", "loss_bce", "extreme_gradient", lambda f, y: np.logaddexp(0, -y * f).mean(), naive_bce_backward),
    W("temperature missing in the gradient", "loss_bce", "gradient", lambda f, y: np.logaddexp(0, -2 * y * f).mean(), lambda f, y, d: -d * y / (1 + np.exp(2 * y * f)) / len(f), parameters={"temperature": 2.0}),
    W("divides by the temperature", "loss_bce", "value", lambda f, y: np.logaddexp(0, -y * f / 2).mean(), parameters={"temperature": 2.0}),
    W("hKR: alpha on the wrong term", "loss_hkr", "value", lambda f, y: 10 * kr(f, y) + hinge_mean(f, y), parameters={"alpha": 10.0}),
    W("hKR: sum for convex", "loss_hkr", "value", lambda f, y: kr(f, y) + 0.5 * hinge_mean(f, y), parameters={"alpha": 0.5, "combination": "convex"}),
    W("multiclass hinge over the true class too", "loss_multiclass_hinge", "value", lambda z, t: multiclass(z, t, skip_true=False)),
    W("multiclass mean over classes", "loss_multiclass_hinge", "value", lambda z, t: multiclass(z, t, mean_classes=True)),
    W("true class without gradient", "loss_multiclass_hinge", "gradient", multiclass, multiclass_backward_no_true_class),
    # certificates
    W("the full margin", "certificate", "sound", linear_scores, predict=predict, radius=radii(1.0), parameters=CERTIFY),
    W("the printed 2 M / K", "certificate", "sound", linear_scores, predict=predict, radius=radii(2.0), parameters=CERTIFY),
    W("a thousandth too far, in fifty dimensions", "certificate", "sound", lambda x: x, predict=lambda x: (np.sum(x, axis=1) > 0).astype(int), radius=lambda x: 1.001 * np.abs(np.sum(x, axis=1)) / np.sqrt(50), parameters={"input_shape": (50,)}),
    W("just above 1/√2", "certificate", "sound", linear_scores, predict=predict, radius=radii(0.72), parameters=CERTIFY),
    W("2-norm radius in the inf-norm", "certificate", "sound", linear_scores, predict=predict, radius=radii(0.7), parameters=CERTIFY | {"norm": "inf"}),
    W("negative radius", "certificate", "lawful", linear_scores, predict=predict, radius=lambda x: radii(0.7)(x) - 1, parameters=CERTIFY),
    W("NaN radius", "certificate", "lawful", linear_scores, predict=predict, radius=lambda x: radii(0.7)(x) * np.nan, parameters=CERTIFY),
    W("radius of the batch's mean", "certificate", "sound", linear_scores, predict=predict, radius=lambda x: np.full(len(x), radii(0.7)(x).mean()), parameters=CERTIFY),
]  # fmt: skip
