"""Right implementations under other conventions, written without lipref's code: none of them may raise an alarm.

Each entry: name, subject, contract, parameters that state its convention.
"""

from typing import Any, NamedTuple

import numpy as np

from lipref.conformance import Subject
from lipref.conformance.contracts.penalties import penalty_subject


class Right(NamedTuple):
    """An implementation that keeps its contract."""

    name: str
    subject: Subject
    contract: str
    parameters: dict[str, Any]
    tolerance: float | None = None


def rotation(n: int, seed: int = 0, rows: int | None = None) -> np.ndarray:
    """A random matrix with orthonormal columns (rows when wide)."""
    rng = np.random.default_rng(seed)
    m = n if rows is None else rows
    q, _ = np.linalg.qr(rng.standard_normal((max(m, n), min(m, n))))
    return q if m >= n else q.T


# -- sorting


def maxmin_pairs_halves(x):
    """Channel i with i + C/2; maxima first, then minima."""
    a, b = np.split(x, 2, axis=-1)
    return np.concatenate([np.maximum(a, b), np.minimum(a, b)], axis=-1)


def maxmin_pairs_halves_backward(x, dy):
    a, b = np.split(x, 2, axis=-1)
    da, db = np.split(dy, 2, axis=-1)
    first = a >= b
    return np.concatenate([np.where(first, da, db), np.where(first, db, da)], axis=-1)


def adjacent_maxima_then_minima(x):
    pairs = x.reshape(len(x), -1, 2)
    return np.concatenate([pairs.max(-1), pairs.min(-1)], axis=-1)


def minmax_by_abs(x):
    """(s ∓ |d|)/2 with s = a + b, d = a - b."""
    pairs = x.reshape(len(x), -1, 2)
    s, d = pairs.sum(-1), pairs[..., 0] - pairs[..., 1]
    return np.stack([(s - np.abs(d)) / 2, (s + np.abs(d)) / 2], axis=-1).reshape(x.shape)


def bubble_sort_of_four(x):
    g = x.reshape(len(x), -1, 4).copy()
    for i, j in ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)):
        low, high = np.minimum(g[..., i], g[..., j]), np.maximum(g[..., i], g[..., j])
        g[..., i], g[..., j] = low, high
    return g.reshape(x.shape)


def channels_first_sort(x):
    batch, channels, *rest = x.shape
    return np.sort(x.reshape(batch, channels // 2, 2, *rest), axis=2).reshape(x.shape)


def sort_into_n_groups(x):
    """The argument of some libraries is the number of groups."""
    return np.sort(x.reshape(len(x), 2, -1), axis=-1)[..., ::-1].reshape(x.shape)


def shuffled_sort(x):
    y = np.sort(x.reshape(len(x), -1, 3), axis=-1).reshape(x.shape)
    return y[:, np.roll(np.arange(x.shape[1]), 2)]


def random_tie_sort_backward(x, dy):
    """Sorts with ties broken from the right: lawful."""
    g, d = x.reshape(len(x), -1, 2), dy.reshape(len(x), -1, 2)
    swap = g[..., :1] >= g[..., 1:]
    return np.where(swap, d[..., ::-1], d).reshape(x.shape)


# -- weights


def svd_polar(w):
    u, _, vt = np.linalg.svd(w, full_matrices=False)
    return (u @ vt).astype(w.dtype)


def qr_factor(w):
    q, r = np.linalg.qr(w if w.shape[0] >= w.shape[1] else w.T)
    q = q * np.sign(np.diag(r))
    return (q if w.shape[0] >= w.shape[1] else q.T).astype(w.dtype)


def newton_schulz_wide_side(w):
    """Björck on the transpose, pre-scaled by the spectral norm, 20 steps."""
    x = (w / np.linalg.norm(w, 2)).T
    for _ in range(20):
        x = 1.5 * x - 0.5 * x @ (x.T @ x)
    return x.T.astype(w.dtype)


def newton_polar(w):
    """Scaled Newton for square weights."""
    x = w.astype(np.float64)
    for _ in range(40):
        x = (x + np.linalg.inv(x).T) / 2
    return x.astype(w.dtype)


def bjorck_by_products(w):
    for _ in range(3):
        w = w @ (1.5 * np.eye(w.shape[1], dtype=w.dtype) - 0.5 * w.T @ w)
    return w


def bjorck_second_order(w):
    for _ in range(2):
        e = np.eye(w.shape[0], dtype=w.dtype) - w @ w.T
        w = (np.eye(w.shape[0], dtype=w.dtype) + e / 2 + 0.375 * e @ e).astype(w.dtype) @ w
    return w


def parseval(w):
    return w + w.dtype.type(0.1) * (w - w @ w.T @ w)


def spectral_svd(w):
    return (w / np.linalg.norm(w.astype(np.float64), 2) if np.any(w) else w).astype(w.dtype)


def spectral_capped(w):
    return (w / max(1.0, float(np.linalg.norm(w.astype(np.float64), 2)))).astype(w.dtype)


def l1_by_bisection(w):
    out = w.copy()
    for i, row in enumerate(w.astype(np.float64)):
        if np.abs(row).sum() > 1:
            low, high = 0.0, np.abs(row).max()
            for _ in range(100):
                t = (low + high) / 2
                low, high = (t, high) if np.maximum(np.abs(row) - t, 0).sum() > 1 else (low, t)
            out[i] = np.sign(row) * np.maximum(np.abs(row) - high, 0)
    return out


def l1_by_sorting_radius_two(w):
    v = np.abs(w.astype(np.float64))
    u = -np.sort(-v, axis=1)
    k = np.arange(1, w.shape[1] + 1)
    t = (np.cumsum(u, axis=1) - 2) / k
    last = np.sum(u > t, axis=1) - 1
    tau = np.maximum(t[np.arange(len(w)), last], 0)[:, None]
    return (np.sign(w) * np.maximum(v - tau, 0)).astype(w.dtype)


# -- layers and networks

Q8, TALL, WIDE = rotation(8), rotation(4, rows=7), rotation(7, rows=4)
ROWS = np.array([[0.5, -0.25, 0.25], [0.0, 1.0, 0.0]])
BIAS = np.arange(7) / 4


def conv_circular(x):
    """Average of a circular shift and its mirror: an orthogonal mix has norm exactly 1."""
    return (np.roll(x, 1, axis=-1) + np.roll(x, -1, axis=-1)) / 2


def maxmin_network(x):
    h = x @ Q8.T.astype(x.dtype) + x.dtype.type(0.5)
    h = minmax_by_abs(h)
    return h @ Q8.astype(x.dtype)


def softened(x):
    return (2.5 * np.tanh(x / 2.5)).astype(x.dtype)


# -- losses


def kr_difference_of_means(f, y):
    return f[y > 0].mean() - f[y < 0].mean()


def kr_with_01(f, y):
    return f[y == 0].mean() - f[y == 1].mean()


def hinge_halved(f, y):
    return np.clip(0.5 - y * f, 0, None).mean()


def hinge_terms(f, y):
    return np.maximum(0, 2 - y * f)


def bce_logaddexp(f, y):
    return np.logaddexp(0, -y * f / 0.5).mean()


def bce_01_sum(f, y):
    z = 3 * f
    return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).sum()


def hkr_convex(f, y):
    kr = f[y > 0].mean() - f[y < 0].mean()
    return (1 - 0.9) * -kr + 0.9 * np.maximum(0, 0.5 - y * f).mean()


def hkr_sum(f, y):
    kr = f[y > 0].mean() - f[y < 0].mean()
    return -kr + 10 * np.maximum(0, 1 - y * f).mean()


def multiclass_loop(logits, labels):
    total = 0.0
    for row, t in zip(logits, labels, strict=True):
        total += sum(max(0.0, 0.3 - (row[t] - row[i])) for i in range(len(row)) if i != t)
    return np.float64(total / len(logits))


def multiclass_one_vs_all(logits, onehot):
    sign = 2 * onehot - 1
    terms = np.maximum(0, 0.5 - sign * logits)
    return np.where(onehot > 0, (logits.shape[1] - 1) * terms, terms).mean(axis=1).mean()


# -- certificates


def linear_scores(x):
    return x @ Q8.T.astype(x.dtype)[:, :3]


def joint_radius(x):
    s = np.sort(linear_scores(x).astype(np.float64), axis=1)
    return (s[:, -1] - s[:, -2]) / np.sqrt(2) * (1 - 1e-6)


def binary_sign(x):
    return (x @ Q8[0].astype(x.dtype) > 0).astype(int)


# -- penalties of a critic that the kit supplies


def gradient_penalty(critic, x):
    norms = np.sqrt((critic.gradient(x) ** 2).sum(axis=1))
    return 10 * ((norms - 1) ** 2).mean()


def one_sided_penalty(critic, x):
    return (np.clip(np.linalg.norm(critic.gradient(x), axis=1) - 2, 0, None) ** 2).mean()


def adversarial_penalty(critic, x, start, epsilon, xi):
    move = np.sign(critic(x + xi * start) - critic(x))[:, None] * critic.gradient(x + xi * start)
    size = np.linalg.norm(move, axis=1, keepdims=True)
    r = epsilon[:, None] * np.where(size > 0, move / np.where(size > 0, size, 1), start)
    ratio = np.abs(critic(x + r) - critic(x)) / np.linalg.norm(r, axis=1)
    return (np.maximum(ratio - 1, 0) ** 2).mean()


def of_critic(function):
    """The Subject of a NumPy penalty."""
    return Subject(*penalty_subject(function))


RIGHT = [
    Right("gradient penalty, weight 10", of_critic(gradient_penalty), "penalty_gp", {"weight": 10.0}),
    Right("one-sided penalty, K = 2", of_critic(one_sided_penalty), "penalty_lp", {"lipschitz": 2.0}),
    Right("adversarial penalty", of_critic(adversarial_penalty), "penalty_alp", {}),
    Right(
        "maxmin, channel i with i + C/2",
        Subject(maxmin_pairs_halves, maxmin_pairs_halves_backward),
        "groupsort",
        {"group_size": 2, "order": "descending", "grouping": "strided", "layout": "concatenated"},
    ),
    Right(
        "adjacent pairs, all maxima then all minima",
        Subject(adjacent_maxima_then_minima),
        "groupsort",
        {"group_size": 2, "order": "descending", "layout": "concatenated"},
    ),
    Right("minmax through abs", Subject(minmax_by_abs, dtype="float32"), "groupsort", {"group_size": 2}),
    Right("comparator network of four", Subject(bubble_sort_of_four), "groupsort", {"group_size": 4}),
    Right("channels first", Subject(channels_first_sort), "groupsort", {"group_size": 2, "axis": 1}),
    Right("two groups, descending", Subject(sort_into_n_groups), "groupsort", {"groups": 2, "order": "descending"}),
    Right("fixed shuffle behind", Subject(shuffled_sort), "groupsort", {"group_size": 3, "up_to_permutation": True}),
    Right(
        "ties broken from the right",
        Subject(lambda x: np.sort(x.reshape(len(x), -1, 2), -1).reshape(x.shape), random_tie_sort_backward),
        "groupsort",
        {"group_size": 2},
    ),
    Right("absolute value", Subject(np.abs, lambda x, dy: np.sign(x) * dy), "gnp_activation", {"width_multiple": 1}),
    Right(
        "pairs through abs, isometric",
        Subject(minmax_by_abs, dtype="float32"),
        "gnp_activation",
        {"width_multiple": 2},
    ),
    Right("relu", Subject(lambda x: np.maximum(x, 0), lambda x, dy: dy * (x > 0)), "activation", {}),
    Right("leaky relu in the inf-norm", Subject(lambda x: np.maximum(x, 0.1 * x)), "activation", {"norm": "inf"}),
    Right("scaled tanh", Subject(softened, dtype="float32"), "activation", {"norm": "1"}),
    Right("sigmoid, a quarter", Subject(lambda x: 1 / (1 + np.exp(-x))), "activation", {"lipschitz": 0.25}),
    Right("crelu", Subject(lambda x: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], -1)), "activation", {}),
    Right("polar factor by SVD", Subject(svd_polar, dtype="float32"), "orthonormalize", {}),
    Right("QR with positive diagonal", Subject(qr_factor), "orthonormalize", {"polar": False}),
    Right("Newton–Schulz on the transpose", Subject(newton_schulz_wide_side), "orthonormalize", {}, 1e-12),
    Right("Newton for square weights", Subject(newton_polar), "orthonormalize", {"shapes": "square"}),
    Right("Björck by products", Subject(bjorck_by_products, dtype="float32"), "bjorck", {"iterations": 3}),
    Right("order two on the wide side", Subject(bjorck_second_order), "bjorck", {"order": 2, "iterations": 2}),
    Right("Parseval step", Subject(parseval), "parseval_step", {"beta": 0.1}),
    Right("spectral normalisation by SVD", Subject(spectral_svd, dtype="float32"), "spectral_normalize", {}),
    Right("spectral cap by SVD", Subject(spectral_capped), "spectral_normalize", {"cap": True}),
    Right("l1 ball by bisection", Subject(l1_by_bisection), "l1_ball", {}),
    Right("l1 ball of radius two by sorting", Subject(l1_by_sorting_radius_two), "l1_ball", {"radius": 2.0}),
    Right(
        "orthogonal layer",
        Subject(lambda x: x @ Q8.T, lambda x, dy: dy @ Q8, weight=lambda: Q8),
        "linear_layer",
        {"input_shape": (8,), "tight": True},
    ),
    Right(
        "layer that shows its free parameter",
        Subject(lambda x: x @ Q8.T, lambda x, dy: dy @ Q8, weight=lambda: 3 * Q8),
        "linear_layer",
        {"input_shape": (8,), "tight": True},
    ),
    Right(
        "bias of a thousand in single precision",
        Subject(
            lambda x: (x @ Q8.T.astype("float32") + np.float32(1000)).astype("float32"),
            lambda x, dy: dy @ Q8.astype("float32"),
            dtype="float32",
        ),
        "linear_layer",
        {"input_shape": (8,), "tight": True},
    ),
    Right(
        "tall layer with bias",
        Subject(lambda x: x @ TALL.T + BIAS, lambda x, dy: dy @ TALL),
        "linear_layer",
        {"input_shape": (4,)},
    ),
    Right(
        "three times a wide layer",
        Subject(lambda x: 3 * (x @ WIDE.T), lambda x, dy: 3 * (dy @ WIDE)),
        "linear_layer",
        {"input_shape": (7,), "lipschitz": 3.0, "tight": True},
    ),
    Right(
        "rows in the l1 ball",
        Subject(lambda x: x @ ROWS.T, lambda x, dy: dy @ ROWS),
        "linear_layer",
        {"input_shape": (3,), "norm": "inf", "tight": True},
    ),
    Right(
        "circular convolution",
        Subject(conv_circular, lambda x, dy: conv_circular(dy)),
        "conv_layer",
        {"input_shape": (2, 4, 4), "tight": True},
    ),
    Right("orthogonal MinMax network", Subject(maxmin_network), "network", {"input_shape": (8,), "tight": True}),
    Right(
        "half of it",
        Subject(lambda x: (maxmin_network(x) / 2).astype(x.dtype), dtype="float32"),
        "network",
        {"input_shape": (8,), "lipschitz": 0.5},
    ),
    Right("KR, maximised", Subject(kr_difference_of_means), "loss_kr", {"sense": "maximise"}),
    Right("KR, labels 0 and 1", Subject(kr_with_01), "loss_kr", {"labels": "01"}),
    Right("KR, unbalanced mean", Subject(lambda f, y: -(y * f).mean()), "loss_kr", {"balanced": False}),
    Right("halved hinge", Subject(hinge_halved), "loss_hinge", {"halved": True}),
    Right("hinge terms", Subject(hinge_terms), "loss_hinge", {"margin": 2.0, "reduction": "none"}),
    Right(
        "cross-entropy divided by the temperature",
        Subject(bce_logaddexp),
        "loss_bce",
        {"temperature": 0.5, "temperature_role": "divide"},
    ),
    Right(
        "cross-entropy sum, labels 0 and 1",
        Subject(bce_01_sum, lambda f, y, d: d * 3 * (1 / (1 + np.exp(-3 * f)) - y)),
        "loss_bce",
        {"temperature": 3.0, "labels": "01", "reduction": "sum"},
    ),
    Right("hKR, convex", Subject(hkr_convex), "loss_hkr", {"alpha": 0.9, "combination": "convex", "halved": True}),
    Right("hKR, sum", Subject(hkr_sum), "loss_hkr", {"alpha": 10.0}),
    Right("multiclass hinge by loops", Subject(multiclass_loop), "loss_multiclass_hinge", {"margin": 0.3}),
    Right(
        "multiclass one versus all",
        Subject(multiclass_one_vs_all),
        "loss_multiclass_hinge",
        {"form": "one_vs_all", "halved": True, "class_reduction": "mean", "labels": "onehot"},
    ),
    Right(
        "margin over root two",
        Subject(linear_scores, predict=lambda x: linear_scores(x).argmax(1), radius=joint_radius),
        "certificate",
        {"input_shape": (8,)},
    ),
    Right(
        "distance to a plane",
        Subject(
            lambda x: x @ Q8[0],
            predict=binary_sign,
            radius=lambda x: np.abs(x @ Q8[0]) * (1 - 1e-9),
        ),
        "certificate",
        {"input_shape": (8,)},
    ),
]
