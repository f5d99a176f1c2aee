"""Wrong versions of cross-entropy's transport, each with the test that must notice."""

from tests.mutants import Mutant


def wrong(name: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(name, "lipref.transport", old, new, f"tests/test_transport_bce.py::{test}")


MUTANTS = [
    wrong(
        "the printed masses",
        "return xp, positive, xp.abs(residuals.slopes)",
        "return xp, positive, 1 - xp.abs(residuals.slopes)",
        "test_weights_are_measures_and_give_the_gradient",
    ),
    wrong(
        "both classes normalised together",
        "weights += parts / xp.sum(parts)",
        "weights += parts / xp.sum(xp.exp(logs - top))",
        "test_weights_are_measures_and_give_the_gradient",
    ),
    wrong(
        "priors exchanged",
        "(float(prior), 1 - float(prior))",
        "(1 - float(prior), float(prior))",
        "test_weights_are_measures_and_give_the_gradient",
    ),
    wrong(
        "bracket without the prior",
        "odds = 0.0 if prior is None else math.log(prior) - math.log1p(-prior)",
        "odds = 0.0",
        "test_closed_form",
    ),
    wrong(
        "bisection towards the other end",
        "if float(left) < float(right) else (low, middle)",
        "if float(left) > float(right) else (low, middle)",
        "test_closed_form",
    ),
    wrong(
        "weights from the masses",
        "parts = xp.where(members, xp.exp(xp.minimum(logs - top, 0 * z)), 0 * z)",
        "parts = xp.where(members, wrong, 0 * wrong)",
        "test_weights_survive_underflow",
    ),
    wrong(
        "a class may be missing",
        "if not (bool(xp.any(positive)) and bool(xp.any(~positive))):",
        "if False:",
        "test_one_class_is_refused",
    ),
    wrong(
        "sum for the mean",
        "sums.append(factor * xp.sum(xp.where(members, wrong, 0 * wrong)) / counts)",
        "sums.append(factor * xp.sum(xp.where(members, wrong, 0 * wrong)) / counts / counts)",
        "test_weights_are_measures_and_give_the_gradient",
    ),
    wrong(
        "scores of the wrong class",
        "z = xp.where(positive, scores, -scores)",
        "z = xp.where(positive, -scores, scores)",
        "test_weights_are_measures_and_give_the_gradient",
    ),
    wrong(
        "on the host alone",
        "xp.log1p(xp.exp(-xp.abs(z)))",
        "xp.log1p(__import__('numpy').exp(-xp.abs(z)))",
        "test_backends_agree",
    ),
]
