"""Pictures of the errata, drawn anew in every build from the counterexamples that `lipref verify` executes.

`.. erratum-figure:: NAME` shows the picture of one of the functions below, with its docstring as caption and its
alternative text from ALTERNATIVE. Figures go to `docs/generated`, which is not committed.
"""

import inspect
from pathlib import Path

import matplotlib
import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive

matplotlib.use("svg")

from matplotlib import pyplot as plt

GENERATED = Path(__file__).parents[1] / "generated"
BLUE, RED, GREY = "#1f5fa8", "#b3332c", "#8a8a8a"

ALTERNATIVE = {
    "flipped_certificate": "Two logits crossing at zero; the printed radius reaches across the crossing, the corrected "
    "one ends at it.",
    "orthonormal_replacement": "Two heat maps over the plane: the first depends on the first coordinate alone, the "
    "second also on the second one.",
    "packing_in_a_disk": "A hexagonal arrangement of points in a disk, fewer than the printed lower bound.",
    "toy_optimum": "The target ring profile, the printed profile and the optimal one, which differ near the edges.",
    "pathological_potential": "A zigzag potential on the line with points of two classes above and below a threshold.",
}


def flipped_certificate(axes):
    """`margin-factor`: logits (x, -x), each 1-Lipschitz, at x = 2/5. Their margin 4/5 exceeds K ε/2 = 1/2 for ε =
    1, which is printed as a certificate; the class changes within ε, at every δ below -2/5. The radius is
    M/(2K) = 2/5, no more.
    """
    from lipref.statements.sorting_out.robustness import margin_over_half

    case = margin_over_half()
    x, eps = float(case["x"]), float(case["eps"])
    line = np.linspace(-0.8, 1.6, 2)
    axes.plot(line, line, color=BLUE, label="logit of the class")
    axes.plot(line, -line, color=RED, label="other logit")
    axes.axvline(x, color="black", lw=0.8)
    axes.axvspan(x - eps, x + eps, color=RED, alpha=0.12, label="certified as printed")
    axes.axvspan(0, 2 * x, color=BLUE, alpha=0.25, label="certified, corrected")
    axes.set_xlabel("x")
    axes.set_xlim(-0.8, 1.6)
    axes.legend(fontsize=7, loc="upper left")


def orthonormal_replacement(axes):
    """`polar-replacement`: ``f(x) = |x₁|`` on the left is a network of norm-1 weights with gradient norm 1. With
    its first weight diag(1, 0) replaced by an orthogonal matrix it becomes ``max(|x₁|, x₂)``, on the right:
    another function.
    """
    from lipref.groupsort import maxmin

    side = np.linspace(-3, 3, 121)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    for offset, weight in ((0.0, np.diag([1.0, 0.0])), (7.0, np.eye(2))):
        h = grid @ weight.T
        values = maxmin(np.stack([np.abs(h[..., 0]), h[..., 1]], axis=-1))[..., 0]
        axes.contourf(side + offset, side, values, levels=np.arange(0, 3.5, 0.5), cmap="Blues")
    axes.set_aspect("equal")
    axes.set_xticks([0, 7], ["weight diag(1, 0)", "weight I"])
    axes.set_yticks([])


def packing_in_a_disk(axes):
    """Proposition 7 of MF in the plane: a set is shattered with margin m iff its points are 2m apart. For m = 1/18
    the printed lower bound is 324 points in the unit disk; Groemer's inequality allows at most 323. Drawn is
    the best hexagonal arrangement that a search over 49 offsets finds.
    """
    from lipref.packing import groemer_bound

    spacing = 2 / 18
    best = np.zeros((0, 2))
    rows = np.arange(-20, 21)
    for dx in np.linspace(0, 1, 7):
        for dy in np.linspace(0, 1, 7):
            i, j = np.meshgrid(rows, rows)
            points = spacing * np.stack([i + j / 2 + dx, (j + dy) * np.sqrt(3) / 2], axis=-1).reshape(-1, 2)
            inside = points[np.sum(points**2, axis=1) <= 1]
            best = inside if len(inside) > len(best) else best
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color=GREY))
    axes.scatter(*best.T, s=4, color=BLUE)
    axes.set_aspect("equal")
    axes.set_axis_off()
    bound = float(groemer_bound(np.pi, 2 * np.pi, spacing))
    axes.set_title(f"{len(best)} points drawn; printed: at least 324; Groemer: at most {int(bound)}", fontsize=8)


def toy_optimum(axes):
    """`toy-optimum`: the printed profile (dashed) puts its ramps at 1/2 and 3/2; the optimum under ρ dρ has them
    at (√33 - 3)/6 and (√141 - 3)/6, and is 0 in between.
    """
    from lipref.toy_problem import optimal_profile, printed_profile

    rho = np.linspace(0, 3.2, 2000)
    axes.plot(rho, np.where((rho >= 1) & (rho <= 2), 0, 1), color=GREY, lw=1, label="target")
    for profile, style, color, name in (
        (printed_profile(), "--", RED, "printed"),
        (optimal_profile(), "-", BLUE, "optimum"),
    ):
        a, b = (float(c) for c in profile)
        g = np.where(rho < b, np.clip(a + 1 - rho, 0, 1), np.clip(rho - b, 0, 1))
        axes.plot(rho, g, style, color=color, label=name)
    axes.set_xlabel("ρ")
    axes.legend(fontsize=7)


def pathological_potential(axes):
    """Proposition 6 of MF: points of P (blue) at 4(i - 1) and of Q (red) at 4i - 1, and an optimal potential for n
    = 6. It falls by 3 from each P to its Q and is free to rise by 1 in between; with this threshold 8 of 12
    points are right, n + 2 and not n + 1.
    """
    n = 6
    i = np.arange(1, n + 1)
    p, q = -2.0 * (i - 1), -2.0 * (i - 1) - 3
    x = np.stack([4.0 * (i - 1), 4.0 * i - 1], axis=1).ravel()
    axes.plot(x, np.stack([p, q], axis=1).ravel(), color=GREY, lw=1)
    axes.scatter(4 * (i - 1), p, color=BLUE, s=18, label="P, to be above", zorder=3)
    axes.scatter(4 * i - 1, q, color=RED, s=18, label="Q, to be below", zorder=3)
    axes.axhline(-2.5, color="black", lw=0.8)
    right = int(np.sum(p > -2.5) + np.sum(q < -2.5))
    axes.set_title(f"{right} of {2 * n} on the right side", fontsize=8)
    axes.legend(fontsize=7)


class ErratumFigure(Directive):
    """The picture, its caption, its alternative text."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        draw = globals()[name]
        GENERATED.mkdir(exist_ok=True)
        path = GENERATED / f"{name}.svg"
        if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
            with plt.rc_context({"svg.hashsalt": name, "font.size": 8, "svg.fonttype": "none"}):
                figure, axes = plt.subplots(figsize=(4.4, 2.8), layout="constrained")
                draw(axes)
                figure.savefig(path, metadata={"Date": None})
                plt.close(figure)
        source = self.state.document.settings.env
        uri = "/" + path.relative_to(Path(__file__).parents[1]).as_posix()
        image = nodes.image(uri=uri, alt=ALTERNATIVE[name])
        source.note_dependency(str(path))
        caption = nodes.caption()
        inline, messages = self.state.inline_text(" ".join(inspect.getdoc(draw).split()), self.lineno)
        caption += inline
        return [nodes.figure("", image, caption), *messages]


def setup(app):
    app.add_directive("erratum-figure", ErratumFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
