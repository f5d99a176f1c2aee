"""Wrong versions of the array border and of the errors, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_array.py"
MODULE = "lipref._array"

MUTANTS = [
    Mutant(
        "libraries may be mixed",
        MODULE,
        "if library(x) != library(first):",
        "if False:",
        f"{FILE}::test_namespace_refuses_mixed_libraries",
    ),
    Mutant(
        "devices may be mixed",
        MODULE,
        "if array_api_compat.device(x) != array_api_compat.device(first):",
        "if False:",
        f"{FILE}::test_namespace_refuses_mixed_devices",
    ),
    Mutant(
        "dtypes may be mixed",
        MODULE,
        "if x.dtype != first.dtype:",
        "if False:",
        f"{FILE}::test_namespace_refuses_mixed_dtypes",
    ),
    Mutant(
        "float16 passes",
        MODULE,
        "first.dtype not in (xp.float32, xp.float64)",
        "first.dtype not in (xp.float32, xp.float64, np.float16)",
        f"{FILE}::test_namespace_refuses_other_dtypes",
    ),
    Mutant(
        "infinity passes as finite",
        MODULE,
        "xp.all(xp.isfinite(x))",
        "not xp.any(xp.isnan(x))",
        f"{FILE}::test_namespace_refuses_non_finite_entries",
    ),
    Mutant(
        "object arrays are not looked into",
        MODULE,
        "for v in x.flat if not isinstance(v, Fraction)]",
        "for v in x.flat if isinstance(v, str)]",
        f"{FILE}::test_namespace_admits_fractions_only_where_asked",
    ),
    Mutant(
        "exact mode rounds through a decimal",
        MODULE,
        "Fraction(value.item() if",
        "Fraction(str(value)) if isinstance(value, np.floating) else Fraction(value.item() if",
        f"{FILE}::test_exact_is_exact",
    ),
    Mutant(
        "masked arrays pass",
        MODULE,
        "np.matrix | np.ma.MaskedArray",
        "np.matrix",
        f"{FILE}::test_only_plain_arrays_pass",
    ),
    Mutant(
        "float32 is widened on the way out",
        MODULE,
        "    if isinstance(x, np.ndarray):\n        return x\n",
        "    if isinstance(x, np.ndarray):\n        return x.astype(np.float64)\n",
        f"{FILE}::test_values_survive_the_round_trip",
    ),
    Mutant(
        "nested dataclasses are left behind",
        MODULE,
        "moved = {name: to_backend(getattr(obj, name), backend, device=device) for name in fields}",
        "moved = {name: getattr(obj, name) for name in fields}",
        f"{FILE}::test_to_backend_walks_containers",
    ),
    Mutant(
        "the extra is not named",
        MODULE,
        'f"{error}; install {BACKENDS[backend]}"',
        'f"{error}"',
        f"{FILE}::test_a_missing_backend_names_its_extra",
    ),
    Mutant(
        "the device of NumPy is ignored",
        MODULE,
        'if device not in (None, "cpu"):',
        "if False:",
        f"{FILE}::test_asarray_refuses",
    ),
    Mutant(
        "the bound itself is above the bound",
        MODULE,
        "number > above",
        "number >= above",
        f"{FILE}::test_require_number_refuses_values",
    ),
    Mutant(
        "an error loses its fields when pickled",
        "lipref.errors",
        "self.expected, self.got, self.values)",
        "self.expected, self.got, {})",
        f"{FILE}::test_errors_travel_between_processes",
    ),
]
