"""SO, experiments, tables and figures (section 7, appendices F and G).

What an experiment claims about its problem is checked: Wasserstein distances, optimal dual functions, that networks
reach them. What its training gave is not: data, seeds, learning rates, epochs and batch sizes are mostly not stated.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lipref._array import Array, exact
from lipref.constructions import abs_from_maxmin
from lipref.lattice import interpolate
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions, normsq
from lipref.statements.sorting_out.background import DUAL_SLOPE, optimal_transport_on_points

section = Section("SO")

ZERO, ONE = Fraction(0), Fraction(1)


@st.composite
def on_sphere(draw: Any, n: int) -> Array:
    """Rational points of the unit sphere of R^n, n >= 2: inverse stereographic projection of rational vectors."""
    t = exact(draw(st.lists(fractions(2), min_size=n - 1, max_size=n - 1)))
    size = normsq(t)
    point = exact([*(2 * t / (1 + size)), (size - 1) / (size + 1)])
    return point[draw(st.permutations(range(n)))] * draw(st.sampled_from([1, -1]))


def cone_of_the_wrong_sign() -> Counterexample:
    """p1 = δ_0, p2 = (δ_{-1} + δ_1)/2, f = |x|: E_{p1} f - E_{p2} f = -1."""
    return Counterexample(
        "f = |x| attains sup E_{p1} f - E_{p2} f = W1 = 1 for p1 = δ_0 and p2 = (δ_{-1} + δ_1)/2",
        "its value is -1; that of -|x| is 1",
        {"points": (-ONE, ZERO, ONE), "cone": (ONE, ZERO, ONE), "value": -ONE, "distance": ONE},
    )


DUAL_SIGN = Erratum(
    "dual-sign",
    "B-14",
    "The optimal dual surface is the absolute value; it gives values as low as possible at 0 and also at -1 and 1.",
    cone_of_the_wrong_sign,
    "With the dual of equation (2), and p1 = δ_0, values are to be high at 0 and low at -1 and 1: -|x| is optimal, and "
    "|x| for the exchanged order of p1 and p2. Outside [-1, 1] any 1-Lipschitz extension does (dual-slope).",
)


@section.statement(
    "SO-Exp-abs",
    spec_id="SO-Exp-abs, B-13, B-14",
    locator="000, section 7.1.1, figure 2 and appendix G.1; 001, section 7.1",
    kind="experiment",
    title="the absolute value as an optimal dual function",
    wording="p1 = δ_0, p2 = (δ_{-1} + δ_1)/2: W1 = 1, and the optimal dual surface is the absolute value. Networks "
    "with three hidden layers of 128 units are trained on the dual.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.abs_from_maxmin",),
    errata=(DUAL_SIGN, DUAL_SLOPE),
    why="Checked: W1 = 1 by a matching and a potential of equal value; -|x| attains it, also as a MaxMin network with "
    "all weights of norm 1. The training is not run: optimiser, rates and steps are not stated.",
)
def check_absolute_value(ctx: Context) -> None:
    def distance(u, v):
        return abs(u - v)

    cost, _, potential = optimal_transport_on_points([ZERO, ZERO], [-ONE, ONE], distance)
    assert cost == ONE == sum(potential[:2]) / 2 - sum(potential[2:]) / 2
    for (x, f), (y, g) in itertools.combinations(zip([ZERO, ZERO, -ONE, ONE], potential), 2):
        assert abs(f - g) <= abs(x - y)
    case = cone_of_the_wrong_sign()
    left, middle, right = case["cone"]
    assert middle - (left + right) / 2 == case["value"] == -case["distance"] == -cost
    network = abs_from_maxmin(norm=math.inf, dtype="exact")
    left, middle, right = (-v for v in network(exact(case["points"])[:, None])[:, 0])
    assert middle - (left + right) / 2 == cost

    def other_optima(x, y, slope):  # any 1-Lipschitz extension of -|x| from [-1, 1]
        def f(t):
            return -min(abs(t), ONE) - slope * max(abs(t) - 1, 0)

        assert f(ZERO) - (f(-ONE) + f(ONE)) / 2 == cost
        assert abs(f(x) - f(y)) <= abs(x - y)

    ctx.property(other_optima, x=fractions(), y=fractions(), slope=fractions(1))


CENTRES = exact([[-2, 0], [0, 0], [2, 0]])


@section.statement(
    "SO-Exp-3cones",
    spec_id="SO-Exp-3cones, B-14",
    locator="000, section 7.1.1, figure 3 and appendix G.1",
    kind="experiment",
    title="three circular cones in the plane",
    wording="p1 uniform on (-2, 0), (0, 0), (2, 0), p2 uniform on the unit circles around them: W1 = 1, and an optimal "
    "dual function consists of three cones. Networks with three hidden layers of 312 units are trained on the dual.",
    verdict="holds",
    symbols=("lipref.lattice.interpolate",),
    why="Checked for all samples: every point of a circle is at distance 1 from its centre and at least 1 from the "
    "others, so moving each centre to its circle costs 1 and f = -min_i ‖x - c_i‖ is worth 1. For finite samples a "
    "MaxMin network attains 1 exactly. Between centre and circle every optimal f is that cone up to one constant; "
    "elsewhere it is free. The paper defines p1 twice; the second is p2. The training is not run.",
)
def check_three_cones(ctx: Context) -> None:
    touching = []

    def law(around, centre):
        point = CENTRES[centre] + around
        squares: list[Any] = [normsq(point - c) for c in CENTRES]
        assert squares[centre] == 1, "cost of the plan"
        assert min(squares) == 1, "value of the three cones"
        touching.append(squares.count(1) > 1)

    ctx.property(law, around=on_sphere(2), centre=st.integers(0, 2))
    law(exact([1, 0]), 0)  # a point of two circles, which ties the constants of two cones
    assert touching[-1]

    def network_attains_it(sample):
        points = [*CENTRES, *(c + around for c in CENTRES for around in sample)]
        unique = exact([list(p) for p in dict.fromkeys(tuple(p) for p in points)])
        values = exact([0 if any(normsq(p - c) == 0 for c in CENTRES) else -1 for p in unique])
        network = interpolate(unique, values, 2)
        high = network(CENTRES)[:, 0]
        low = network(exact([list(c + around) for c in CENTRES for around in sample]))[:, 0]
        assert sum(high) / len(high) - sum(low) / len(low) == 1

    sample = st.lists(on_sphere(2), min_size=1, max_size=2)
    few = Context(ctx.id, ctx.chosen, max(1, ctx.examples // 8), ctx.seed)  # networks of 72 pieces
    few.property(network_attains_it, sample=sample)
    ctx.count += few.count


@section.statement(
    "SO-Exp-nd",
    locator="000, section 7.1.1 and appendix G.1; 001, section 7.1",
    kind="experiment",
    title="a circular cone in many dimensions",
    wording="p1 = δ_0, p2 uniform on the unit sphere of R^n, n = 128, 256, 512: W1 = 1, attained by a cone. Networks "
    "with 3 and 7 hidden layers are trained on the dual.",
    verdict="holds",
    symbols=("lipref.lattice.interpolate",),
    why="From δ_0 there is one plan, of cost E‖x‖ = 1, and -‖x‖ is 1-Lipschitz and worth E‖x‖: checked exactly on "
    "samples of spheres up to dimension 6, with a MaxMin network that attains 1 on the sample. The training (table 1) "
    "is not run.",
)
def check_cone(ctx: Context) -> None:
    def law(sample, x, y):
        assert all(normsq(point) == 1 for point in sample), "cost of the plan, and value of the cone"
        n = len(sample[0])
        x, y = x[:n], y[:n]
        assert (x @ y) ** 2 <= normsq(x) * normsq(y), "the cone is steeper than 1"
        points = exact([[0] * n, *map(list, dict.fromkeys(map(tuple, sample)))])
        network = interpolate(points, exact([0] + [-1] * (len(points) - 1)), 2)
        assert network(points[:1])[0, 0] - sum(network(exact([list(p) for p in sample]))[:, 0]) / len(sample) == 1

    samples = st.integers(2, 6).flatmap(lambda n: st.lists(on_sphere(n), min_size=1, max_size=3))
    ctx.property(law, sample=samples, x=arrays(6), y=arrays(6))


def _table(text: str) -> dict[str, tuple[Fraction, ...]]:
    """Rows "name: numbers" separated by semicolons, as exact decimals."""
    rows = (row.split(":") for row in text.split(";"))
    return {name.strip(): tuple(map(Fraction, numbers.split())) for name, numbers in rows}


def two_versions_of_table_2() -> Counterexample:
    """Wasserstein distances by activation: (MNIST, CIFAR-10) in 000; in 001 with spectral and with Björck weights."""
    return Counterexample(
        "both versions of table 2 report one experiment: on CIFAR-10, GroupSort(9) reaches the largest value",
        "all numbers differ; in 001 with spectral normalisation GroupSort(9) is third from below",
        {
            "000": _table("ReLU: 1.65 3.00; Maxout: 2.32 4.02; GroupSort(4): 2.73 4.54; GroupSort(9): 2.69 4.59"),
            "001 spectral": _table(
                "ReLU: 0.95 1.12; Maxout: 1.20 1.40; MaxMin: 1.36 1.62; GroupSort(4): 1.64 1.63; GroupSort(9): 1.70 "
                "1.41"
            ),
            "001 Björck": _table(
                "ReLU: 1.40 1.39; Maxout: 1.95 1.76; MaxMin: 2.16 2.08; GroupSort(4): 2.31 2.17; GroupSort(9): 2.31 "
                "2.23"
            ),
        },
    )


TABLE_2_VERSIONS = Erratum(
    "wasserstein-table-versions",
    "B-65",
    "Table 2 of 000 and table 2 of 001, for the same data sets and activations.",
    two_versions_of_table_2,
    "No number of one is in the other, and the protocols differ: 000 names one, 001 separates spectral normalisation "
    "from Björck weights. The versions must not be mixed.",
)

NO_DATA = "The data set is not bundled, and seeds, rates, epochs and batch sizes are mostly not stated."
DRAWING = "A drawing, nothing to check beside the statement it shows: "

REPORTED = (
    ("SO-Exp-BjSN", "experiment", "000, appendix B.2, figure 13", "Björck against spectral normalisation",
     "Cones in many dimensions, 3 × 512 networks, Adam, rate 0.01 for Björck and 0.0033 for spectral normalisation: "
     "Björck comes closer to the dual value 1, and sooner.",
     "Training; batch sizes and numbers of steps are not stated."),
    ("SO-Exp-Jac", "experiment", "000, section 7.1.2 and appendix F.3, figures 4 and 16; 001, section 7.1",
     "spectral norms of Jacobians of trained classifiers",
     "10-Lipschitz MNIST classifiers: σ(J) about 8 for ReLU and near 10 for MaxMin; all singular values 4 to 8 and 9 "
     "to 10.",
     f"{NO_DATA} lipref.spectral_jacobian measures σ(J)."),
    ("SO-Exp-undead", "experiment", "000, section 7.1.2, figure 5; 001, figure 6",
     "units that are always active",
     "The fraction of units positive on at least a share τ of the data: about 10 % are always active under a small "
     "Lipschitz constant; without one almost none for τ > 0.4.", NO_DATA),
    ("SO-Exp-WDE", "experiment", "000, section 7.2.1 and appendix G.2; 001, section 7.2",
     "lower bounds of Wasserstein distances between data and generators",
     "1-Lipschitz critics, 3 × 720, between a trained GAN and its data set.",
     "The generators are not published with the paper, and neither data set is bundled."),
    ("SO-Exp-WGAN", "experiment", "000, section 7.2 and appendix F.2, figures 6 and 15; 001, appendix H.3",
     "WGANs with 1-Lipschitz critics, and WGAN-GP with MaxMin",
     "Samples of generators trained against norm-constrained critics, and on CelebA for 50 epochs with WGAN-GP.",
     "Judged by eye in the paper; data sets, generators and convolutional layers are not part of this package."),
    ("SO-Exp-MNIST", "experiment", "000, appendices F.1 and G.3",
     "MNIST classification under Lipschitz constraints",
     "3 × 1024 networks, Adam; Lipschitz constants 0.1, 1, 10, 100; Parseval β in 0.001, 0.01, 0.1, 0.5; spectral "
     "Jacobian weights 0.01, 0.05, 0.1.", f"{NO_DATA} lipref run digits is a small experiment of this kind."),
    ("SO-Exp-small", "experiment", "000, appendix F.1", "classification with little data",
     "LeNet-5 on 100 to 10000 MNIST images: unregularised, dropout, weight decay, Björck.",
     f"{NO_DATA} Convolutions and pooling are not part of this package."),
    ("SO-Exp-CIFAR", "experiment", "000, appendix F.1", "CIFAR-10 with wide residual networks",
     "WRN-28-4 with SGD; Parseval and spectral Jacobian regularisation.",
     f"{NO_DATA} Convolutional residual networks are not part of this package."),
    ("SO-Fig1", "figure", "000, figure 1", "GroupSort", "Diagram of the GroupSort activation.",
     f"{DRAWING}SO-GroupSort."),
    ("SO-Fig2", "figure", "000, figure 2", "approximations of the absolute value",
     "Trained networks, their functions and dual values.", "See SO-Exp-abs: the training is not run."),
    ("SO-Fig3", "figure", "000, figure 3", "approximations of three cones",
     "Trained networks, their functions and dual values.", "See SO-Exp-3cones: the training is not run."),
    ("SO-Fig4", "figure", "000, figure 4; 001, figure 6 left", "distribution of σ(J)",
     "Histograms of the largest singular value over the training data.", "See SO-Exp-Jac."),
    ("SO-Fig5", "figure", "000, figure 5; 001, figure 6 right", "activation statistics of ReLU networks",
     "Share of units active at least as often as a threshold.", "See SO-Exp-undead."),
    ("SO-Fig6", "figure", "000, figure 6", "samples of WGANs", "Generated MNIST and CIFAR-10 images.",
     "See SO-Exp-WGAN."),
    ("SO-Fig7", "figure", "000, figure 7; 001, figure 7", "gradients of images",
     "Input gradients of a standard and a 2-norm constrained classifier for all target classes.",
     f"Judged by eye. {NO_DATA}"),
    ("SO-Fig8", "figure", "000, figure 8; 001, figure 8", "accuracy under PGD attacks",
     "Accuracy by size of the perturbation; 001 adds PGD training and restarts.", f"{NO_DATA} See SO-Rob-setup."),
    ("SO-Fig9", "figure", "000, figure 9; 001, figure 9", "certified accuracy",
     "Lower bounds of adversarial accuracy by size of the perturbation.",
     f"{NO_DATA} The bound that is plotted is too large by a factor: SO-LB."),
    ("SO-Fig11", "figure", "000, appendix B.1, figure 11", "the damped Björck step by its factor β",
     "Largest and smallest singular values after 50 steps, for several β < 0.5.",
     "The matrices are not given; the step is checked in SO-Eq9, the limit in SO-Eq3."),
    ("SO-Fig12", "figure", "000, appendix B.1, figure 12", "the damped Björck step with β = 0.0003",
     "Largest and smallest singular values after each step.",
     "The matrices are not given; the step is checked in SO-Eq9."),
    ("SO-Fig13", "figure", "000, figure 13", "Björck and spectral normalisation in training", "Curves over training.",
     "See SO-Exp-BjSN."),
    ("SO-Fig14", "figure", "000, figure 14", "the lattice construction", "Two channels and a final MaxMin.",
     f"{DRAWING}SO-Thm3-lattice."),
    ("SO-Fig15", "figure", "000, figure 15", "samples of WGAN-GP", "Generated CelebA images.", "See SO-Exp-WGAN."),
    ("SO-Fig16", "figure", "000, figure 16", "all singular values of Jacobians", "Histograms for ReLU and GroupSort.",
     "See SO-Exp-Jac."),
    ("SO-001-Fig3", "figure", "001, figure 3", "the lattice construction", "Two channels and a final MaxMin.",
     f"{DRAWING}SO-Thm3-lattice."),
    ("SO-Tab1", "table", "000, table 1; 001, table 1", "dual values by dimension and depth",
     "ReLU 0.46 to 0.60, maxout 0.52 to 0.71, MaxMin 0.72 to 0.95, FullSort 1.00, of the optimum 1.",
     "Results of training, the same in both versions; that 1 is the optimum is SO-Exp-nd."),
    ("SO-Tab2", "table", "000, table 2; 001, table 2", "Wasserstein distances between data and generators",
     "Larger values for activations that lose less gradient norm: in 000 up to 2.73 and 4.59, in 001 up to 2.31 and "
     "2.23, for MNIST and CIFAR-10.", f"{NO_DATA} The generators are not published with the paper."),
    ("SO-Tab3", "table", "000, table 3", "errors under attack",
     "Clean, FGS and PGD errors of standard and margin-trained classifiers; 001 has figure 8 in its place.", NO_DATA),
    ("SO-Tab4", "table", "000, table 4", "MNIST test errors by constraint and activation",
     "Errors from 1.02 to 4.88 % in the legible cells.",
     NO_DATA),
    ("SO-Tab5", "table", "000, table 5", "MNIST test errors with little data", "Errors from 12.4 % down to 1.26 %.",
     NO_DATA),
    ("SO-Tab6", "table", "000, table 6", "CIFAR-10 accuracies", "94.57 to 95.45 %.", NO_DATA),
)  # fmt: skip
"""(id, kind, locator, title, wording, why) of what is reported only."""

for _id, _kind, _locator, _title, _wording, _why in REPORTED:
    _errata = (TABLE_2_VERSIONS,) if _id == "SO-Tab2" else ()
    section.add(
        _id,
        spec_id=", ".join([_id, *(erratum.spec_id for erratum in _errata)]),
        kind=_kind,
        locator=_locator,
        title=_title,
        wording=_wording,
        why=_why,
        verdict="not_executable",
        errata=_errata,
    )
