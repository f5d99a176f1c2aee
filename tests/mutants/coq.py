"""Wrong versions of the Coq certificates, each with the test that must notice; none of these tests needs Coq."""

from tests.mutants import Mutant

FILE = "tests/test_coq_certificate.py"
MODULE = "lipref.coq"

MUTANTS = [
    Mutant(
        "certificate drops the bias",
        MODULE,
        "if layer.bias is None else _fractions(layer.bias)",
        "",
        f"{FILE}::test_certificate_says_the_network_exactly",
    ),
    Mutant(
        "certificate turns the order round",
        MODULE,
        "layer.order == 'descending'",
        "layer.order == 'ascending'",
        f"{FILE}::test_certificate_says_the_network_exactly",
    ),
    Mutant(
        "numerators written without the common denominator",
        MODULE,
        "value.numerator * (denominator // value.denominator)",
        "value.numerator",
        f"{FILE}::test_certificate_says_the_network_exactly",
    ),
    Mutant(
        "signs lost",
        MODULE,
        'f"(-{_hex(-value)})"',
        "_hex(-value)",
        f"{FILE}::test_certificate_says_the_network_exactly",
    ),
    Mutant(
        "scale not rounded to the dtype of the arrays",
        MODULE,
        "Fraction(float(dtype.type(float(layer.factor))))",
        "Fraction(float(layer.factor))",
        f"{FILE}::test_certificate_says_the_network_exactly",
    ),
    Mutant(
        "certificate of the parameter instead of the weight",
        MODULE,
        "layer.weight if layer.constraint is None else layer.constraint.forward(layer.weight)[0]",
        "layer.weight",
        f"{FILE}::test_certificate_takes_the_weights_in_use",
    ),
    Mutant(
        "claim keeps the sign of the scales",
        MODULE,
        "abs(_factor(layer, dtype)) for",
        "_factor(layer, dtype) for",
        f"{FILE}::test_certificate_claims_the_product_of_scales",
    ),
    Mutant(
        "GroupSort along any axis",
        MODULE,
        "layer.axis != -1 or width",
        "width",
        f"{FILE}::test_certificate_refuses_what_it_cannot_say",
    ),
    Mutant(
        "every activation passes as the identity",
        MODULE,
        ' and layer.name == "identity")',
        ")",
        f"{FILE}::test_certificate_refuses_what_it_cannot_say",
    ),
    Mutant(
        "borrowed axioms pass",
        MODULE,
        "sorted(set(assumptions) - set(AXIOMS))",
        "[]",
        f"{FILE}::test_verdict_reads_the_assumptions",
    ),
    Mutant(
        "silence passes for no assumptions",
        MODULE,
        ' or ("Axioms:" not in output and "Closed under the global context" not in output)',
        "",
        f"{FILE}::test_verdict_reads_the_assumptions",
    ),
    Mutant(
        "libraries imported again between the files",
        MODULE,
        "(From Lipref )?Require Import [^.]*",
        "From Lipref Require Import [^.]*",
        f"{FILE}::test_theory_is_complete_in_its_order",
    ),
]
