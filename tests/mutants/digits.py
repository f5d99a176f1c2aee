"""Wrong versions of the digits experiment, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_digits.py"

MUTANTS = [
    Mutant(
        "validation inside the test part",
        "lipref.datasets",
        "np.split(members, [first, second])",
        "(members[:first], members[first:second], members[first:])",
        f"{FILE}::test_digits_are_split_without_overlap",
    ),
    Mutant(
        "certified at half the radius",
        "lipref.experiments.digits",
        "certificates.certified_accuracy(radii, settings.radii)",
        "certificates.certified_accuracy(radii, [r / 2 - 1e-9 for r in settings.radii if r])",
        f"{FILE}::test_run_reports_what_it_did",
    ),
    Mutant(
        "batches without a seed",
        "lipref.experiments.digits",
        "rng = np.random.default_rng([seed, 1])",
        "rng = np.random.default_rng()",
        f"{FILE}::test_run_depends_on_the_seeds_alone",
    ),
    Mutant(
        "broken certificates passed over",
        "lipref.experiments.digits",
        "broken = (radii > epsilon) & ~right",
        "broken = (radii > epsilon) & right & ~right",
        f"{FILE}::test_run_notices_a_broken_certificate",
    ),
    Mutant(
        "rows not projected",
        "lipref.experiments.digits",
        "constraint = constraints.Projected(constraints.L1Rows())",
        "constraint = constraints.Projected(constraints.L1Rows(2.0))",
        f"{FILE}::test_trained_networks_have_their_constant",
    ),
    Mutant(
        "columns of the table exchanged",
        "lipref.experiments.digits",
        'table.add_row(f"{radius:g}",',
        'table.add_row(f"{index:g}",',
        f"{FILE}::test_print_table_shows_every_radius",
    ),
]
