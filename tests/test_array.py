"""The border: what `namespace` admits, and what `asarray`, `to_backend`, `to_numpy` and `exact` bring across."""

import dataclasses
import importlib
import os
import pickle
import statistics
import subprocess
import sys
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lipref
from lipref import BackendError, DomainError, DTypeError, LiprefError, ShapeError, UnknownNameError
from lipref._array import (
    BACKENDS,
    epsilon,
    library,
    namespace,
    require_choice,
    require_integer,
    require_number,
    require_same_shape,
)
from tests.conftest import BACKENDS as BACKENDS_HERE
from tests.conftest import MISSING, WANTED


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A layer as lipref has them: arrays, a number, a nested layer."""

    weight: Any
    factor: float
    inner: Any = None


class Residuals(NamedTuple):
    """A residual tuple as lipref has them."""

    iterates: tuple
    axis: int


def arrays(dtype):
    """Any array of that dtype with up to three axes, empty and zero-dimensional ones and all bit patterns included."""
    return hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))


def other_library(place):
    """A NumPy array where `place` is not NumPy, and the reverse."""
    if place.name != "numpy":
        return np.ones(2)
    return importlib.import_module("array_api_strict").asarray(np.ones(2))


@pytest.mark.parametrize("label", WANTED)
def test_backend_is_tested(label):
    """One skip, with its reason, in place of one for every test that a missing backend would have run."""
    if label in MISSING:
        pytest.skip(MISSING[label])
    assert label in BACKENDS_HERE


# --- bringing in, moving, taking out


@given(data=st.data())
def test_values_survive_the_round_trip(place, dtype, data):
    """asarray, then to_backend, then to_numpy is the identity, bit by bit: shape, dtype, NaN and signed zeros."""
    values = data.draw(arrays(dtype))
    back = lipref.to_numpy(lipref.to_backend(place(values), place.name, device=place.device))
    assert back.dtype == values.dtype
    assert back.shape == values.shape
    assert back.tobytes() == values.tobytes()


def test_asarray_takes_numbers_lists_and_arrays(place):
    """Python numbers, integers among them, become float64; `dtype` converts; strided views come across."""
    for given_values in (1, 1.0, [1, 2], [[1.0], [2]], np.arange(6.0)[::-2], np.ones((2, 3)).T):
        x = lipref.asarray(given_values, backend=place.name, device=place.device)
        assert library(x) == place.name
        assert lipref.to_numpy(x).dtype == np.float64
        assert lipref.to_numpy(x).tolist() == np.asarray(given_values, dtype=float).tolist()
    x = lipref.asarray(np.arange(3), backend=place.name, dtype="float32", device=place.device)
    assert lipref.to_numpy(x).dtype == np.float32
    assert lipref.to_numpy(x).tolist() == [0.0, 1.0, 2.0]
    third = lipref.asarray(lipref.exact(["1/3"]), backend=place.name, dtype="float64", device=place.device)
    assert lipref.to_numpy(third).tolist() == [1 / 3]


def test_asarray_moves_between_libraries(place):
    """An array of another library is brought over with its values."""
    x = lipref.asarray(other_library(place), backend=place.name, device=place.device)
    assert library(x) == place.name
    assert lipref.to_numpy(x).tolist() == [1.0, 1.0]


def test_to_backend_walks_containers(place):
    """Tuples (named ones keep their type), lists, dicts and dataclasses are walked; all else stays as it is."""
    weight, marker = np.array([[1.0, 2.0]]), object()
    network = Layer(weight, 2.0, inner=Layer(weight, 3.0))
    before = {"a": [network, Residuals((weight, weight), -1)], "b": (marker, "text", None)}
    after = lipref.to_backend(before, place.name, device=place.device)
    layer, residuals = after["a"]
    for moved in (layer.weight, layer.inner.weight, *residuals.iterates):
        assert library(moved) == place.name
        assert lipref.to_numpy(moved).tolist() == weight.tolist()
    assert isinstance(residuals, Residuals)
    assert (layer.factor, layer.inner.factor, residuals.axis) == (2.0, 3.0, -1)
    assert after["b"] == (marker, "text", None)
    assert network.weight is weight


@pytest.mark.parametrize(
    ("values", "options", "kind"),
    [
        ([[1, 2], [3]], {}, ShapeError),
        ([1j], {}, DTypeError),
        (["1"], {}, DTypeError),
        ([True], {}, DTypeError),
        ([None], {}, DTypeError),
        ([None], {"dtype": "float32"}, DTypeError),
        ([1j], {"dtype": "float32"}, DTypeError),
        (np.arange(3), {}, DTypeError),
        (np.ones(3, dtype=np.float16), {}, DTypeError),
        (np.array([Fraction(1), 1.0], dtype=object), {}, DTypeError),
        ([1.0], {"dtype": "int64"}, UnknownNameError),
        ([1.0], {"backend": "Numpy"}, UnknownNameError),
        ([1.0], {"backend": None}, UnknownNameError),
        ([1.0], {"device": "cuda"}, BackendError),
    ],
)
def test_asarray_refuses(values, options, kind):
    """Nothing is guessed: the error is of lipref's own kind and names the function."""
    with pytest.raises(kind, match="asarray: expected .*; got "):
        lipref.asarray(values, **options)


def test_asarray_refuses_an_unknown_device(place):
    """A device that the library does not know is an error of lipref, with the library's reason in it."""
    with pytest.raises(BackendError, match="asarray: expected .*; got 'nowhere'"):
        lipref.asarray([1.0], backend=place.name, device="nowhere")


@pytest.mark.parametrize("backend", ["cupy", "torch", "jax", "array_api_strict"])
def test_a_missing_backend_names_its_extra(backend, monkeypatch):
    """Where a library is not installed the message says what to install."""
    monkeypatch.setitem(sys.modules, backend, None)
    for bring in (lipref.asarray, lipref.to_backend):
        with pytest.raises(BackendError) as caught:
            bring(np.ones(2), backend=backend)
        assert f"install {BACKENDS[backend]}" in str(caught.value)
        assert "lipref[" in str(caught.value)


@pytest.mark.parametrize("x", [1.0, [1.0], "a", np.ones(1).view(np.matrix), np.ma.masked_array([1.0])])
def test_only_plain_arrays_pass(x):
    """Numbers, lists, matrices and masked arrays are refused by name."""
    with pytest.raises(DTypeError, match="to_numpy: expected an array"):
        lipref.to_numpy(x)
    with pytest.raises(DTypeError, match="f: expected x to be an array"):
        namespace("f", x=x)


def test_only_the_first_array_must_be_there():
    """Others may be absent: biases, states of power iterations."""
    namespace("f", x=np.ones(1), bias=None)
    with pytest.raises(DTypeError, match="f: expected x to be an array; got NoneType"):
        namespace("f", x=None, bias=np.ones(1))


# --- exact mode


@given(values=arrays("float64").filter(lambda a: bool(np.all(np.isfinite(a)))))
def test_exact_is_exact(values):
    """Every finite double is a dyadic fraction, taken to the last bit."""
    x = lipref.exact(values)
    assert x.shape == values.shape
    assert [v.as_integer_ratio() for v in x.flat] == [v.as_integer_ratio() for v in values.ravel().tolist()]


def test_exact_reads_strings_and_nested_lists():
    """Rationals are written as strings."""
    assert lipref.exact([["1/3", 2], [0.5, Fraction(1, 7)]]).tolist() == [
        [Fraction(1, 3), Fraction(2)],
        [Fraction(1, 2), Fraction(1, 7)],
    ]
    assert lipref.exact(np.float32(0.25)).tolist() == Fraction(1, 4)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([np.nan], DTypeError),
        ([np.inf], DTypeError),
        (["one"], DTypeError),
        (["1/0"], DTypeError),
        ([None], DTypeError),
        ([1j], DTypeError),
        ([[1], [2, 3]], ShapeError),
        ([[1, 2], [[3], 4]], ShapeError),
    ],
)
def test_exact_refuses(values, kind):
    """What has no exact value is an error."""
    with pytest.raises(kind, match="exact: expected .*; got "):
        lipref.exact(values)


def test_fractions_stay_in_numpy():
    """No other library holds them; `asarray` returns them as they are."""
    x = lipref.exact(["1/3"])
    assert lipref.asarray(x).tolist() == x.tolist()
    for bring in (lipref.asarray, lipref.to_backend):
        with pytest.raises(DTypeError):
            bring(x, backend="array_api_strict")


def test_namespace_admits_fractions_only_where_asked():
    """Object arrays of anything else, None included, are errors everywhere."""
    x = lipref.exact(["1/3", "1/2"])
    assert namespace("f", exact=True, x=x, y=x).sum(x) == Fraction(5, 6)
    with pytest.raises(DTypeError, match="f: expected float32 or float64; got an object array"):
        namespace("f", x=x)
    for strange in (1.0, None, "1/3"):
        with pytest.raises(DTypeError, match=f"holds {strange!r}"):
            namespace("f", exact=True, x=np.array([Fraction(1), strange], dtype=object))


# --- namespace: what every public function checks


def test_namespace_is_that_of_the_arrays(place, dtype):
    """Its functions take and return arrays of the library, on their device."""
    x = place([1.0, 4.0], dtype)
    xp = namespace("f", x=x, absent=None, y=x)
    root = xp.sqrt(x)
    assert library(root) == place.name
    assert getattr(root, "device", None) == getattr(x, "device", None)
    assert lipref.to_numpy(root).tolist() == [1.0, 2.0]
    assert epsilon(xp, x) == np.finfo(dtype).eps


def test_namespace_refuses_mixed_libraries(place):
    """The message names both and the way out."""
    with pytest.raises(BackendError, match="f: expected all arrays in one library; got y in .*to_backend") as caught:
        namespace("f", x=place([1.0, 2.0]), y=other_library(place))
    assert place.name in caught.value.values["libraries"]


def test_namespace_refuses_mixed_devices():
    """Two devices of array-api-strict stand for host and GPU."""
    strict = pytest.importorskip("array_api_strict")
    x, y = (strict.asarray([1.0], device=strict.Device(name)) for name in ("CPU_DEVICE", "device1"))
    with pytest.raises(BackendError, match="f: expected all arrays on one device.*CPU_DEVICE.*device1|device1.*CPU_"):
        namespace("f", x=x, y=y)


def test_namespace_refuses_mixed_dtypes(place):
    """Nothing is promoted silently."""
    with pytest.raises(DTypeError, match="f: expected arrays of one dtype; got y is .*float32.* and x is .*float64"):
        namespace("f", x=place([1.0], "float64"), y=place([1.0], "float32"))


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex128", "float16"])
def test_namespace_refuses_other_dtypes(dtype):
    """float32 and float64 alone are lawful."""
    with pytest.raises(DTypeError, match=f"f: expected float32 or float64; got x of dtype {dtype}"):
        namespace("f", x=np.ones(2, dtype=dtype))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_namespace_refuses_non_finite_entries(place, dtype, bad):
    """NaN and infinity are refused unless the function says that it takes them."""
    x, y = place([1.0, 2.0], dtype), place([1.0, bad], dtype)
    with pytest.raises(DomainError, match="f: expected y finite; got NaN or infinity"):
        namespace("f", x=x, y=y)
    namespace("f", finite=False, x=x, y=y)


# --- numbers, names, shapes


@pytest.mark.parametrize("value", ["1", None, True, 1j, np.ones(1), [1]])
def test_require_number_refuses_types(value):
    """Only real Python numbers; bool is none."""
    with pytest.raises(DTypeError, match="f: expected rate to be a real number; got"):
        require_number("f", "rate", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -1, 0, Fraction(-1, 2)])
def test_require_number_refuses_values(value):
    """NaN, infinity, and what is not above the bound."""
    with pytest.raises(DomainError, match="f: expected a finite rate > 0; got"):
        require_number("f", "rate", value, above=0)


def test_require_number_admits():
    """The bound itself is lawful for `at_least` and unlawful for `above`."""
    for value in (0, 0.0, Fraction(0), np.float32(0.0), np.int64(0)):
        require_number("f", "rate", value, at_least=0)
    require_number("f", "rate", -3.5)
    require_number("f", "rate", 1e-300, above=0)


@pytest.mark.parametrize(
    ("value", "kind"), [(1.0, DTypeError), (True, DTypeError), ("2", DTypeError), (0, DomainError)]
)
def test_require_integer_refuses(value, kind):
    """Floats that happen to be whole are refused too."""
    with pytest.raises(kind, match="f: expected steps"):
        require_integer("f", "steps", value, at_least=1)


def test_require_choice_and_same_shape():
    """The message lists the choices, and both shapes."""
    require_choice("f", "rule", "a", ("a", "b"))
    require_same_shape("f", x=np.ones((2, 3)), y=np.zeros((2, 3)))
    with pytest.raises(UnknownNameError, match="f: expected rule to be one of 'a', 'b'; got 'c'"):
        require_choice("f", "rule", "c", ("a", "b"))
    with pytest.raises(UnknownNameError):
        require_choice("f", "rule", ["a"], ("a", "b"))
    with pytest.raises(ShapeError, match=r"f: expected y of the shape of x, \(2, 3\); got \(3, 2\)"):
        require_same_shape("f", x=np.ones((2, 3)), y=np.ones((3, 2)))


def test_errors_travel_between_processes():
    """Pickled and back: same kind, message and fields (verify runs statements in several processes)."""
    error = DomainError("f", "a radius > 0", "-1", radius=-1)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.values) == (DomainError, "f: expected a radius > 0; got -1", {"radius": -1})
    assert isinstance(back, LiprefError)
    assert isinstance(back, ValueError)


# --- other libraries


@pytest.mark.torch
def test_torch_parameters_and_odd_dtypes():
    """Parameters that require a gradient come across detached; bfloat16 is refused by name."""
    torch = pytest.importorskip("torch")
    assert lipref.to_numpy(torch.nn.Parameter(torch.ones(2))).tolist() == [1.0, 1.0]
    with pytest.raises(DTypeError, match="to_numpy: expected a dtype that NumPy has; got torch.bfloat16"):
        lipref.to_numpy(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(BackendError, match="torch.*numpy|numpy.*torch"):
        namespace("f", x=torch.ones(2), y=np.ones(2, dtype=np.float32))


@pytest.mark.jax
def test_jax_in_single_precision_says_what_to_set():
    """JAX silently halves doubles unless told otherwise; lipref refuses and names the switch."""
    pytest.importorskip("jax")
    code = 'import lipref; lipref.asarray([1.0], backend="jax")'
    environment = {**os.environ, "JAX_ENABLE_X64": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert "BackendError: asarray: expected a backend that keeps float64" in done.stderr
    assert "jax_enable_x64" in done.stderr


@pytest.mark.keras
def test_keras_weights_come_across():
    """A Keras kernel is (in, out); its transpose is the weight of lipref."""
    keras = pytest.importorskip("keras")
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    kernel = lipref.to_numpy(layer.kernel.value)
    assert kernel.shape == (2, 3)
    assert np.array_equal(lipref.asarray(kernel.T, dtype="float64"), np.asarray(kernel.T, dtype=np.float64))


# --- import

HEAVY = ("scipy", "hypothesis", "sympy", "torch", "matplotlib", "typer", "rich", "jax", "keras", "cupy", "sklearn")


def loaded(statement):
    """Which of the heavy libraries a fresh process has loaded after `statement`."""
    code = f"{statement}; import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_import_is_light():
    """`import lipref` brings in NumPy and array-api-compat and none of the heavy libraries; the probe sees them."""
    assert loaded("import lipref") == []
    assert loaded("import lipref, sympy, scipy") == ["scipy", "sympy"]


def test_import_is_fast():
    """Under 0.3 s warm, median of 5, in processes of their own; time of a core, since other tests run beside this."""
    code = "import time; start = time.process_time(); import lipref; print(time.process_time() - start)"
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(6)
    ]
    assert statistics.median(seconds[1:]) < 0.3, seconds
