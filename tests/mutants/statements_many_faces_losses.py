"""Wrong versions of the statements of MF, sections 4 and 5, and of code under them, with the checks that notice."""

from tests.mutants import Mutant
from tests.mutants.statements import claim

BCE = "lipref.statements.many_faces.cross_entropy"
GEN = "lipref.statements.many_faces.generalization"
CROSS_ENTROPY = "lipref.cross_entropy"
TRANSPORT = "lipref.transport"
PACKING = "lipref.packing"
VC = "lipref.vc"

MUTANTS: list[Mutant] = [
    claim("MF-LossBCE", "the other sign", BCE, "wanted = float(softplus(-y * f))", "wanted = float(softplus(y * f))"),
    claim("MF-Prop3", "the mean for the sum", BCE, "total = len(points) * mean_loss", "total = 1 * mean_loss"),
    claim("MF-Prop3", "twice the distance", BCE, "return -2 * ((total / 2).exp()", "return -4 * ((total / 2).exp()"),
    claim("MF-Eq3", "twice the floor", BCE, "Decimal(2).ln() * 2 / len(labels)", "Decimal(2).ln() * 4 / len(labels)"),
    claim("MF-Eq15", "the printed bound", BCE, "pair <= p * mean_loss(", "pair <= mean_loss("),
    claim("MF-Eq16", "threshold moved", BCE, "(decimal(f) >= least)", "(decimal(f) >= least + 2)"),
    claim("MF-Ex2", "a faster rate", BCE, "<= softplus(-t * least)", "<= softplus(-3 * t * least) / 2"),
    claim("MF-Fig2a", "rate 2", CROSS_ENTROPY, "weight + float(rate) * small", "weight + 2 * float(rate) * small"),
    claim(
        "MF-Fig2a", "Newton's step without its curvature", CROSS_ENTROPY, "weight + 1 + small if", "weight + small if"
    ),
    claim("MF-Fig2a", "float32 kept until 18", BCE, "(w > 16.64)", "(w > 18)"),
    claim("MF-VG", "twice as fast", BCE, "<= math.exp(-y * f) *", "<= math.exp(-2 * y * f) *"),
    claim("MF-Prop4", "towards 0 instead of β", BCE, "max(scores)) - beta  #", "max(scores)) + beta  #"),
    claim("MF-Prop4", "not moved", BCE, "moved = [v - move for v in scores]", "moved = scores"),
    claim("MF-Eq4", "strict without reason", BCE, "if first != second:", "if True:"),
    claim("MF-Scale", "temperature the other way", BCE, "temperature=constant)", "temperature=1 / constant)"),
    claim("MF-Ex3", "another equation", CROSS_ENTROPY, "math.log(4 * small +", "math.log(5 * small +"),
    claim("MF-Ex3", "all light points kept", CROSS_ENTROPY, "a = max(-constant, constant / 2", "a = (constant / 2"),
    claim("MF-Ex3", "threshold 16", CROSS_ENTROPY, "math.log(root), math.log(17)", "math.log(root), math.log(16)"),
    claim(
        "MF-Fig2b",
        "inflexion at log 17",
        BCE,
        "linear, _ = four_point_thresholds()",
        "_, linear = four_point_thresholds()",
    ),
    claim("MF-LossBCET", "derivative without T", BCE, "-y * decimal(t) * sigmoid", "-y * sigmoid"),
    claim("MF-Prop5", "the printed ball", CROSS_ENTROPY, "return offset / float(temperature) + ", "return 2 * "),
    claim(
        "MF-Prop5", "twice the gradient", CROSS_ENTROPY, "return t * float(_sigmoid(", "return 2 * t * float(_sigmoid("
    ),
    claim(
        "MF-Prop5",
        "half the supremum",
        BCE,
        "<= max(abs(a - b) for a, b in rows)",
        "<= max(abs(a - b) / 2 for a, b in rows)",
    ),
    claim("MF-Eq5", "half the prior", BCE, "abs(q - prior) * math.log1p", "abs(q - prior) / 1000 * math.log1p"),
    claim(
        "MF-Tab1",
        "threshold doubled",
        TRANSPORT,
        "return abs(2 * prior - 1) / min",
        "return 2 * abs(2 * prior - 1) / min",
    ),
    claim(
        "MF-LossW",
        "the other sign",
        GEN,
        "== [-y * f for y, f in zip(labels, scores)]",
        "== [y * f for y, f in zip(labels, scores)]",
    ),
    claim("MF-Eq6", "the printed sign", GEN, "best.bound == -exact_distance / 2", "best.bound == exact_distance"),
    claim("MF-Eq6", "priors ignored", TRANSPORT, "> lam * min(mass) + slack:", "> 9 + lam * min(mass) + slack:"),
    claim("MF-Eq6", "squared steps", TRANSPORT, "sum(abs(total) * gap for", "sum(total * total * gap for"),
    claim("MF-Prop6", "the printed count", GEN, "<= min(n + 2, 2 * n)", "<= min(n + 1, 2 * n)"),
    claim("MF-Prop6", "the printed pairs", GEN, "n = math.floor(k) + 1  #", "n = math.ceil(k / 2)  #"),
    claim("MF-Fig4", "the printed accuracy", GEN, "Fraction(55, 100) > Fraction(525, 1000)", "Fraction(525, 1000)"),
    claim("MF-LossH", "the whole distance", GEN, "(nearest >= 2 * margin)", "(nearest >= margin)"),
    claim(
        "MF-LossH",
        "no bound on the shares",
        TRANSPORT,
        "(0, float(lam) * share) for share in own",
        "(0, None) for _ in own",
    ),
    claim(
        "MF-LossHKR",
        "threshold halved",
        TRANSPORT,
        "return abs(2 * prior - 1) / min",
        "return abs(2 * prior - 1) / 2 / min",
    ),
    claim(
        "MF-DefCm", "extension of slope 2", PACKING, "_distances(here, sites) + m", "2 * _distances(here, sites) + m"
    ),
    claim("MF-Eq7", "strict at -m", GEN, "-1 if value <= -margin else None", "-1 if value < -margin else None"),
    claim("MF-Prop7", "separation by m", PACKING, ">= 4 * scale * scale", ">= scale * scale"),
    claim("MF-Prop7", "one point fewer", PACKING, "count += fits + 1", "count += fits"),
    claim("MF-Prop7", "a smaller ball", GEN, '"radius": Fraction(7, 5),', '"radius": Fraction(6, 5),'),
    claim("MF-Prop7", "half the disk", PACKING, "float(perimeter) / (2 * r) + 1", "1"),
    claim("MF-Eq8", "the printed scale", GEN, "lower == printed[0] / 2**n", "lower == printed[0]"),
    claim("MF-Sep", "the printed margin", GEN, "assert share <= HALF", "assert share <= Fraction(1, 3)"),
    claim("MF-Sep", "the whole gap", TRANSPORT, "[np.ix_(y > 0, y < 0)]) / 2", "[np.ix_(y > 0, y < 0)])"),
    claim("MF-m0", "the whole distance", GEN, "exact(signs), least / 2)", "exact(signs), least)"),
    claim("MF-Exp", "the printed order", GEN, "(-HALF, Fraction(1, 8), ZERO", "(-HALF, ZERO, ZERO"),
    claim(
        "MF-Prop8",
        "a term left out",
        VC,
        'pairs = [*_pairs("warren_vc_bound", dimension, widths), 1]',
        'pairs = [*_pairs("warren_vc_bound", dimension, widths)]',
    ),
    claim("MF-Eq9", "exponential in the pairs", VC, "asked = points * k", "asked = points * 2**k"),
    claim(
        "MF-Pieces",
        "all inputs",
        VC,
        "for j in range(dimension + 1))\n\n\ndef pieces_bound",
        "for j in range(dimension))\n\n\ndef pieces_bound",
    ),
    claim(
        "MF-Pieces",
        "never swapped",
        VC,
        "yield half if keep else half._replace",
        "yield half if True else half._replace",
    ),
    claim("MF-Lem1", "degree for dimension", GEN, '"degree": 1, "vc_dimension": 2}', '"degree": 2, "vc_dimension": 2}'),
    claim("MF-Lem1", "walls only", VC, "k = pieces * (pieces + 1) // 2\n    # once", "k = pieces\n    # once"),
]
