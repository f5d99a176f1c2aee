"""Storage: what goes in comes out, the file alone suffices, wrong files are refused."""

import dataclasses
import json
import math
from fractions import Fraction

import numpy as np
import pytest

import lipref
from lipref import constraints
from lipref.layers import Activation, Chain, Dropout, GroupSort, Linear, Scale
from lipref.networks import mlp, named_parameters
from lipref.storage import load, save


def everything(dtype):
    """A network with every kind of layer and of constraint, state included."""
    rng = np.random.default_rng(0)
    weight = lambda: rng.standard_normal((4, 4)).astype(dtype)  # noqa: E731
    kinds = [
        constraints.Bjorck(order=2, iterations=3, tolerance=None, scaling="spectral"),
        constraints.SpectralBjorck(u=rng.standard_normal(4).astype(dtype)),
        constraints.Polar(),
        constraints.Parseval(0.1),
        constraints.Orthonormal(1e-5),
        constraints.Spectral(steps=2, u=rng.standard_normal(4).astype(dtype)),
        constraints.Frobenius(),
        constraints.L1Rows(0.5),
        constraints.Rows(math.inf),
        constraints.Clip(0.25),
        constraints.Projected(constraints.L1Rows()),
        None,
    ]
    assert {type(kind) for kind in kinds if kind} == set(constraints.CONSTRAINTS.values())
    linear = [Linear(weight(), rng.standard_normal(4).astype(dtype), kind) for kind in kinds]
    rest = (
        GroupSort(2, "descending", axis=-1),
        Activation("leaky_relu", slope=0.125),
        Activation("maxout", group_size=2),
        Scale(Fraction(2, 3)),
        Scale(0.1),
        Dropout(0.5),
    )
    return Chain((*linear, Chain(rest), Linear(weight()[:, :2])))


def same(a, b):
    """Whether two trees of layers agree in types, fields and bits."""
    if dataclasses.is_dataclass(a):
        names = [item.name for item in dataclasses.fields(a)]
        return type(a) is type(b) and all(same(getattr(a, name), getattr(b, name)) for name in names)
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, tuple):
        return type(b) is tuple and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def test_load_rebuilds_what_save_wrote(tmp_path, dtype):
    """Every layer and constraint, every field, every bit."""
    network = everything(dtype)
    save(network, tmp_path / "network.safetensors")
    assert same(load(tmp_path / "network.safetensors"), network)


def test_loaded_network_computes_the_same(tmp_path):
    """The same numbers, and the file stands alone: nothing else is written beside it."""
    network = mlp([3, 4, 2], rng=np.random.default_rng(0), constraint=constraints.Bjorck())
    save(network, tmp_path / "a.safetensors")
    x = np.ones((2, 3), dtype="float32")
    assert np.array_equal(load(tmp_path / "a.safetensors")(x), network(x))
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_names_in_the_file_are_those_of_the_parameters(tmp_path):
    """Any reader of safetensors finds the parameters by name."""
    numpy = pytest.importorskip("safetensors.numpy")
    network = mlp([3, 4, 2], rng=np.random.default_rng(0))
    save(network, tmp_path / "a.safetensors")
    tensors = numpy.load_file(tmp_path / "a.safetensors")
    assert set(tensors) == set(named_parameters(network))
    assert np.array_equal(tensors["layers.2.weight"], network.layers[2].weight)


def test_save_of_another_library(tmp_path):
    """Arrays of any library are stored by value."""
    pytest.importorskip("array_api_strict")
    network = mlp([3, 4, 2], rng=np.random.default_rng(0))
    save(lipref.to_backend(network, "array_api_strict"), tmp_path / "a.safetensors")
    assert same(load(tmp_path / "a.safetensors"), network)


def test_save_replaces_whole_or_not_at_all(tmp_path):
    """A network that cannot be stored leaves the old file as it was, and no other."""
    path = tmp_path / "a.safetensors"
    save(Chain((Linear(np.ones((1, 1))),)), path)
    before = path.read_bytes()
    with pytest.raises(lipref.DTypeError, match="fractions"):
        save(Chain((Linear(np.ones((1, 1))), Linear(lipref.exact([[1]])))), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    save(Chain((Scale(2),)), path)
    assert load(path).layers[0].factor == 2


@dataclasses.dataclass(frozen=True, eq=False)
class Foreign:
    """A layer that lipref does not know."""

    size: int = 1

    def jvp_backward(self):
        """Looks like a layer."""


def test_save_refuses_foreign_layers(tmp_path):
    """What could not be rebuilt from the file alone is not written."""
    with pytest.raises(lipref.DTypeError, match="Foreign"):
        save(Chain((Foreign(),)), tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def written(path, tensors=None, **metadata):
    """A safetensors file with the given metadata."""
    numpy = pytest.importorskip("safetensors.numpy")
    numpy.save_file(tensors or {"w": np.ones((1, 1))}, path, metadata={k: str(v) for k, v in metadata.items()} or None)


GOOD = {"format": "lipref.network", "version": 1}
LINEAR = {"type": "Linear", "weight": {"tensor": "w"}, "bias": None, "constraint": None}
BAD = {
    "no metadata": {},
    "another format": {"format": "pt"},
    "later version": {**GOOD, "version": 2, "architecture": json.dumps(LINEAR)},
    "no version": {"format": "lipref.network", "architecture": json.dumps(LINEAR)},
    "no architecture": dict(GOOD),
    "not JSON": {**GOOD, "architecture": "{"},
    "unknown type": {**GOOD, "architecture": json.dumps({**LINEAR, "type": "os.system"})},
    "missing tensor": {**GOOD, "architecture": json.dumps({**LINEAR, "weight": {"tensor": "v"}})},
    "unknown field": {**GOOD, "architecture": json.dumps({**LINEAR, "rank": 3})},
    "missing field": {**GOOD, "architecture": json.dumps({"type": "Linear"})},
    "tensor not used": {**GOOD, "architecture": json.dumps({"type": "Scale", "factor": 1})},
    "bad shape": {**GOOD, "architecture": json.dumps({**LINEAR, "bias": {"tensor": "w"}})},
    "bad value": {
        **GOOD,
        "architecture": json.dumps({"type": "Chain", "layers": [LINEAR, {"type": "Dropout", "rate": 2}]}),
    },
    "not a layer": {**GOOD, "architecture": json.dumps([LINEAR])},
    "fraction over zero": {
        **GOOD,
        "architecture": json.dumps(
            {"type": "Chain", "layers": [LINEAR, {"type": "Scale", "factor": {"fraction": "1/0"}}]}
        ),
    },
}


@pytest.mark.parametrize("case", BAD)
def test_load_refuses_wrong_metadata(tmp_path, case):
    """A FormatError that says what is wrong, whatever part of the metadata it is."""
    written(tmp_path / "a.safetensors", **BAD[case])
    with pytest.raises(lipref.FormatError, match=r"load: expected .*; got "):
        load(tmp_path / "a.safetensors")


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x80\x04K\x01.", b"\xff" * 64])
def test_load_refuses_other_files(tmp_path, content):
    """Empty files, text, pickles."""
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(lipref.FormatError, match="safetensors"):
        load(path)


def test_load_of_a_missing_file(tmp_path):
    """The usual error of Python."""
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")


def test_truncated_file_is_refused(tmp_path):
    """A file cut short is not read in part."""
    path = tmp_path / "a.safetensors"
    save(mlp([3, 4, 2], rng=np.random.default_rng(0)), path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(lipref.FormatError):
        load(path)
