"""Wrong versions of the command line, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_cli.py"
MODULE = "lipref.cli"

MUTANTS = [
    Mutant(
        "always exits with 0",
        MODULE,
        'raise typer.Exit(0 if report["ok"] else 1)',
        "raise typer.Exit(0)",
        f"{FILE}::test_verify_exits_with_1_when_a_check_disagrees",
    ),
    Mutant(
        "path tried after the work",
        MODULE,
        "_require_writable(json_file)\n    console",
        "pass\n    console",
        f"{FILE}::test_misuse_exits_with_2_before_any_work",
    ),
    Mutant(
        "trial file left behind",
        MODULE,
        "            path.unlink()",
        "            pass",
        f"{FILE}::test_refused_json_path_leaves_no_file",
    ),
    Mutant(
        "trial wipes the file",
        MODULE,
        'path.open("ab")',
        'path.open("wb")',
        f"{FILE}::test_refused_json_path_leaves_no_file",
    ),
    Mutant(
        "misuse looks like a failed check",
        MODULE,
        "sys.exit(2)",
        "sys.exit(1)",
        f"{FILE}::test_misuse_exits_with_2_before_any_work",
    ),
    Mutant(
        "rows in reversed order",
        MODULE,
        "self.order = [statement.id for statement in chosen]",
        "self.order = [statement.id for statement in reversed(chosen)]",
        f"{FILE}::test_verify_prints_rows_and_writes_json",
    ),
    Mutant(
        "seeds dropped",
        MODULE,
        '{"seeds": None if seeds is None else _seeds(seeds), ',
        '{"seeds": None, ',
        f"{FILE}::test_run_hands_its_options_on",
    ),
    Mutant(
        "counterexample not printed",
        MODULE,
        "str(erratum.counterexample()).splitlines()",
        '"".splitlines()',
        f"{FILE}::test_statements_long_prints_the_counterexample",
    ),
    Mutant(
        "listing runs the checks",
        MODULE,
        "registry.entry(statement)) for statement in chosen",
        "registry.run(statement)) for statement in chosen",
        f"{FILE}::test_statements_lists_without_running",
    ),
]
