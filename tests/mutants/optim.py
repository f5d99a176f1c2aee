"""Wrong versions of optimisers and of storage, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_optim.py"
STORAGE = "tests/test_storage.py"

MUTANTS = [
    Mutant(
        "step uphill",
        "lipref.optim",
        "lambda w, g: w - rate * g, network, slope",
        "lambda w, g: w + rate * g, network, slope",
        f"{FILE}::test_sgd_is_the_closed_form",
    ),
    Mutant(
        "rate halved",
        "lipref.optim",
        "lambda w, g: w - rate * g, network, slope",
        "lambda w, g: w - rate / 2 * g, network, slope",
        f"{FILE}::test_sgd_minimises_a_quadratic_at_the_known_rate",
    ),
    Mutant(
        "Nesterov looks ahead from the old velocity",
        "lipref.optim",
        "w - rate * (g + momentum * v), network, velocity, slope",
        "w - rate * (g + momentum * v), network, state.velocity, slope",
        f"{FILE}::test_sgd_momentum_is_the_recursion",
    ),
    Mutant(
        "bias correction of the second moment forgotten",
        "lipref.optim",
        "root = 1 / math.sqrt(square_correction)",
        "root = 1.0 + 0 * square_correction",
        f"{FILE}::test_adam_first_step_is_the_sign_of_the_gradient",
    ),
    Mutant(
        "decay not in the second moment",
        "lipref.optim",
        "        g = g + weight_decay * w if weight_decay else g\n        result = g * g",
        "        result = g * g",
        f"{FILE}::test_adam_is_the_recursion",
    ),
    Mutant(
        "moment written over the old one",
        "lipref.optim",
        "        result += m * mean_decay\n        return result",
        "        m *= mean_decay\n        m += result\n        return m",
        f"{FILE}::test_step_changes_nothing_in_place",
    ),
    Mutant(
        "floor inside the root",
        "lipref.optim",
        "        result *= root\n        result += floor",
        "        result *= root\n        result += 1e-3",
        f"{FILE}::test_adam_is_the_recursion",
    ),
    Mutant(
        "state of the constraint dropped",
        "lipref.storage",
        "            for item in dataclasses.fields(value)\n",
        '            for item in dataclasses.fields(value)\n            if item.name != "u"\n',
        f"{STORAGE}::test_load_rebuilds_what_save_wrote",
    ),
    Mutant(
        "names without their place",
        "lipref.storage",
        'prefix = f"{name}." if name else ""',
        'prefix = f"{name}_" if name else ""',
        f"{STORAGE}::test_names_in_the_file_are_those_of_the_parameters",
    ),
    Mutant(
        "written in place",
        "lipref.storage",
        '    tree = _encode(network, "", tensors)\n',
        '    Path(path).write_bytes(b"")\n    tree = _encode(network, "", tensors)\n',
        f"{STORAGE}::test_save_replaces_whole_or_not_at_all",
    ),
    Mutant(
        "later versions read as this one",
        "lipref.storage",
        'if metadata.get("version") != str(VERSION):',
        'if metadata.get("version") is None:',
        f"{STORAGE}::test_load_refuses_wrong_metadata",
    ),
    Mutant(
        "unused tensors ignored",
        "lipref.storage",
        "if used != set(tensors):",
        "if not used <= set(tensors):",
        f"{STORAGE}::test_load_refuses_wrong_metadata",
    ),
]
