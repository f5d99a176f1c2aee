"""Wrong versions of MF, appendices D to G, each with the check that must notice."""

from tests.mutants import Mutant
from tests.mutants.statements import claim

TRAINING = "lipref.statements.many_faces.training"
TRANSPORT = "lipref.transport"

MUTANTS: list[Mutant] = [
    claim(
        "MF-Prop9",
        "layers of norm 2",
        TRAINING,
        "Linear(draw(weights(m, n)), draw(arrays(m)))",
        "Linear(2 * draw(weights(m, n)), draw(arrays(m)))",
    ),
    claim("MF-Prop9", "one position", TRAINING, '"positions": 16', '"positions": 1'),
    claim("MF-Prop9", "biases do not count", TRAINING, "reach += math.sqrt(normsq(layer.bias))", "reach += 0"),
    claim(
        "MF-Eq17",
        "without the input",
        TRAINING,
        "assert normsq(dweight) == normsq(dy) * normsq(h)",
        "assert normsq(dweight) == normsq(dy)",
    ),
    claim(
        "MF-Eq17",
        "cotangent as gradient",
        "lipref.layers",
        "return xp.matmul(dy, residuals.weight), self._grads",
        "return 2 * xp.matmul(dy, residuals.weight), self._grads",
    ),
    claim(
        "MF-Eq18",
        "bias gradient scaled",
        "lipref.layers",
        "return dataclasses.replace(self, weight=dweight, bias=None if self.bias is None else dbias)",
        "return dataclasses.replace(self, weight=dweight, bias=None if self.bias is None else 2 * dbias)",
    ),
    claim(
        "MF-Eq19",
        "Jacobians in reverse",
        TRAINING,
        "_jacobian(later, saved, product.shape[0]) @ product",
        "product @ _jacobian(later, saved, product.shape[0]).T",
    ),
    claim(
        "MF-Eq19",
        "the printed index",
        TRAINING,
        '"derivative": ONE, "printed": ZERO',
        '"derivative": ZERO, "printed": ZERO',
    ),
    claim(
        "MF-Eq20",
        "without the entry of H",
        TRAINING,
        "entry**2 <= normsq(dy) * h[j] ** 2",
        "entry**2 <= normsq(dy) * h[j] ** 2 / 4",
    ),
    claim(
        "MF-Prop10",
        "the printed bound",
        TRAINING,
        "slopes >= t / (1 + np.exp(t * np.abs(f)))",
        "slopes >= 1 / (1 + np.exp(np.abs(f)))",
    ),
    claim(
        "MF-Prop10",
        "spread without the odds",
        TRAINING,
        "return odds / temperature + spread, temperature / (1 + math.exp(odds + temperature * spread))",
        "return spread, temperature / (1 + math.exp(temperature * spread))",
    ),
    claim(
        "MF-Eq21",
        "linear term forgotten",
        TRAINING,
        "(1 - 2 * frequency) * q, frequency",
        "0 * frequency * q, frequency",
    ),
    claim(
        "MF-Eq22",
        "K without the temperature",
        TRAINING,
        "temperature / (1 + math.exp(odds + temperature * spread))",
        "1 / (1 + math.exp(odds + spread))",
    ),
    claim(
        "MF-Eq22",
        "derivatives exchanged",
        TRAINING,
        '"in_label": ZERO, "in_score": -HALF',
        '"in_label": -HALF, "in_score": ZERO',
    ),
    claim(
        "MF-RemVar",
        "no shift",
        TRAINING,
        '/ t\n        _, residuals = bce_forward(ctx.place(f), ctx.place(y), temperature=t, reduction="mean")',
        '* 0\n        _, residuals = bce_forward(ctx.place(f), ctx.place(y), temperature=t, reduction="mean")',
    ),
    claim(
        "MF-RemVar",
        "gradients that cancel",
        TRAINING,
        '"weight_gradients": (-slope, -slope)',
        '"weight_gradients": (-slope, slope)',
    ),
    claim("MF-RemRes", "angle halved twice", TRAINING, "(1 + u @ v) / 2", "(1 + u @ v) ** 2 / 4"),
    claim("MF-RemRes", "equal Jacobians", TRAINING, '"g": exact([[1, 0], [0, -1]])', '"g": exact([[1, 0], [0, 1]])'),
    claim(
        "MF-Eq23",
        "the printed masses",
        TRANSPORT,
        "return xp, positive, xp.abs(residuals.slopes)",
        "return xp, positive, 1 - xp.abs(residuals.slopes)",
    ),
    claim("MF-Eq23", "counterexample undone", TRAINING, '"mass": Fraction(1, 3)', '"mass": Fraction(1)'),
    claim(
        "MF-Eq24", "priors exchanged", TRANSPORT, "(float(prior), 1 - float(prior))", "(1 - float(prior), float(prior))"
    ),
    claim(
        "MF-Eq24",
        "sign of the negative class",
        TRAINING,
        "np.where(labels > 0, -float(found.mass_positive), float(found.mass_negative))",
        "np.where(labels > 0, -float(found.mass_positive), -float(found.mass_negative))",
    ),
    claim(
        "MF-Eq25",
        "bias of the other sign",
        TRANSPORT,
        "(float(prior), 1 - float(prior))",
        "(1 - float(prior), float(prior))",
    ),
    claim("MF-Eq25", "bracket without priors", TRAINING, "least * q / p for least", "least for least"),
    claim(
        "MF-Eq25",
        "priors do not matter",
        TRAINING,
        '"gradient": (Fraction(-2, 5), Fraction(1, 10))',
        '"gradient": (-HALF, HALF)',
    ),
    claim(
        "MF-Eq26",
        "slope of the inverse",
        TRAINING,
        "assert steepest(f) == epsilon",
        "assert steepest(f) == 1 / epsilon",
    ),
    claim(
        "MF-Eq26",
        "equal measures allowed",
        TRAINING,
        '"steep": (ONE,), "epsilon": ONE',
        '"steep": (ZERO,), "epsilon": ONE',
    ),
]
