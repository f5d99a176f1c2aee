"""Certificates in Coq: the text says the network without loss, Coq accepts what holds and refuses what does not."""

import math
import re
import shutil
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import coq, storage
from lipref.constraints import L1Rows
from lipref.errors import BackendError, DomainError, DTypeError, FormatError, ShapeError
from lipref.groupsort import groupsort
from lipref.layers import Activation, Chain, Dropout, GroupSort, Linear, Scale
from lipref.networks import freeze, mlp

needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason=coq.MISSING)

NUMBER = re.compile(r"-?0x[0-9a-f]+|-?\d+")
TAIL = "(** * The network, and the claim *)"


def read_back(text):
    """The modules of the emitted text: ("Linear", rows, biases), ("GroupSort", k, order), ("Scale", factor)."""
    tail = text[text.index(TAIL) :]
    modules = []
    for body in re.findall(r"^Definition layer_\d+ : module :=\n  (.*?)\.\n", tail, flags=re.MULTILINE | re.DOTALL):
        kind, rest = body.split(" ", 1)
        if kind == "GroupSort":
            size, descending = rest.split()
            modules.append((kind, int(size), {"true": "descending", "false": "ascending"}[descending]))
            continue
        head, _, rows = rest.partition(" ")
        denominator = int(head, 16)
        if kind == "Scale":
            modules.append((kind, Fraction(int(rows.strip("()"), 16), denominator)))
        else:
            values = [[Fraction(int(v, 16), denominator) for v in NUMBER.findall(row)] for row in rows.split("\n")[1:]]
            modules.append((kind, [row[:-1] for row in values], [row[-1] for row in values]))
    return modules


def evaluate(modules, x):
    """The map of the modules at a vector of fractions, from the definition."""
    for kind, *fields in modules:
        if kind == "Linear":
            rows, biases = fields
            x = [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(rows, biases, strict=True)]
        elif kind == "GroupSort":
            size, order = fields
            groups = [sorted(x[i : i + size], reverse=order == "descending") for i in range(0, len(x), size)]
            x = [v for group in groups for v in group]
        else:
            x = [fields[0] * v for v in x]
    return x


def exact_forward(network, x):
    """The network at a vector of fractions: its stored numbers as fractions, no rounding."""
    layers = []
    for layer in network.layers:
        if isinstance(layer, Linear):
            bias = None if layer.bias is None else lipref.exact(layer.bias)
            layer = Linear(lipref.exact(layer.weight), bias)
        elif isinstance(layer, Scale):
            dtype = network.layers[0].weight.dtype
            layer = Scale(Fraction(float(dtype.type(float(layer.factor)))))
        layers.append(layer)
    return list(Chain(tuple(layers))(lipref.exact([x]))[0])


@st.composite
def networks(draw):
    """Chains with groups of 1 to 3, both orders, with and without bias, weights from 2^-1074 to 2^20, both dtypes."""
    dtype = draw(st.sampled_from(["float32", "float64"]))
    bits = 32 if dtype == "float32" else 64
    numbers = st.one_of(
        st.floats(-1.0, 1.0, width=bits), st.floats(-(2.0**20), 2.0**20, width=bits), st.sampled_from([0.0, 5e-324])
    )
    layers = []
    width = draw(st.integers(1, 3))
    for _ in range(draw(st.integers(1, 3))):
        size, groups = draw(st.sampled_from([(1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]))
        weight = np.array(draw(st.lists(numbers, min_size=size * groups * width, max_size=size * groups * width)))
        bias = np.array(draw(st.lists(numbers, min_size=size * groups, max_size=size * groups)))
        weight = weight.reshape(size * groups, width).astype(dtype)
        layers.append(Linear(weight, draw(st.sampled_from([None, bias.astype(dtype)]))))
        layers.append(GroupSort(size, draw(st.sampled_from(["ascending", "descending"]))))
        layers.append(draw(st.sampled_from([Scale(0.1), Scale(-3.0), Dropout(0.5), Activation("identity")])))
        width = size * groups
    return Chain(tuple(layers))


@given(network=networks(), data=st.data())
def test_certificate_says_the_network_exactly(network, data):
    """The modules in the text, read back and evaluated from the definitions, are the network's map, in fractions."""
    inputs = network.layers[0].weight.shape[1]
    x = data.draw(st.lists(st.fractions(-4, 4, max_denominator=8), min_size=inputs, max_size=inputs))
    modules = read_back(coq.coq_certificate(network))
    known = Chain(tuple(layer for layer in network.layers if isinstance(layer, Linear | GroupSort | Scale)))
    assert evaluate(modules, x) == exact_forward(known, x)


def test_certificate_takes_the_weights_in_use():
    """Of a constrained layer the projected weight is written, not the parameter behind it."""
    weight = np.array([[3.0, -1.0], [0.25, 0.25]])
    constraint = L1Rows()
    (_, rows, _), *_ = read_back(coq.coq_certificate(Chain((Linear(weight, None, constraint),))))
    used = constraint.forward(weight)[0]
    assert rows == [[Fraction(v) for v in row] for row in used.tolist()]
    assert not np.array_equal(used, weight)


def test_certificate_claims_the_product_of_scales():
    """K is the product of the absolute scale factors, or what was asked for."""
    network = Chain((Linear(np.ones((1, 1))), Scale(-2.0), Linear(np.ones((1, 1))), Scale(0.75)))
    assert "check 1%nat 0x3 0x2 network" in coq.coq_certificate(network)
    assert "check 1%nat 0x5 0x3 network" in coq.coq_certificate(network, constant=Fraction(5, 3))


@pytest.mark.parametrize(
    ("layers", "error"),
    [
        ((GroupSort(2),), ShapeError),
        ((Linear(np.ones((2, 2))), Linear(np.ones((2, 3)))), ShapeError),
        ((Linear(np.ones((3, 2))), GroupSort(2)), ShapeError),
        ((Linear(np.ones((2, 2))), GroupSort(2, axis=0)), ShapeError),
        ((Linear(np.ones((2, 2))), Activation("relu")), DTypeError),
        ((Linear(np.array([[np.nan]])),), DomainError),
        ((Linear(np.ones((1, 1)), np.array([np.inf])),), DomainError),
    ],
)
def test_certificate_refuses_what_it_cannot_say(layers, error):
    """Layers outside the list, widths that do not fit, and numbers that are no numbers."""
    with pytest.raises(error):
        coq.coq_certificate(Chain(layers))


def test_certificate_refuses_a_negative_constant():
    """A Lipschitz constant is not negative."""
    with pytest.raises(DomainError):
        coq.coq_certificate(Chain((Linear(np.ones((1, 1))),)), constant=-1)


def test_theory_is_complete_in_its_order():
    """Every file of the theory imports earlier ones only, and none has an unproved claim."""
    text = coq.theory()
    assert text.count("From Lipref") == 0
    assert len(re.findall(r"^Require Import", text, flags=re.MULTILINE)) == 1
    for name in ("Theorem check_sound", "Theorem zgroupsort_correct", "Theorem zrun_correct", "Definition Lip_on"):
        assert text.count(name) == 1
    assert not re.search(r"\b(Admitted|Axiom|Parameter|Conjecture|admit)\b", text)


def test_wheel_carries_the_theory():
    """The wheel has every file of the theory, from its one place in the repository."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {f"proofs/coq/{name}.v": f"lipref/_coq/{name}.v" for name in coq.THEORY}.items() <= carried.items()


def test_compile_needs_coq(monkeypatch, tmp_path):
    """Without Coq the error names the package to install, and `certify_file` still writes the text."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "net.v").write_text("", encoding="utf-8")
    with pytest.raises(BackendError, match="apt install coq"):
        coq.compile_certificate(tmp_path / "net.v")
    storage.save(Chain((Linear(np.eye(2)),)), tmp_path / "net.safetensors")
    result = coq.certify_file(tmp_path / "net.safetensors", tmp_path / "net.v")
    assert result["accepted"] is None
    assert result["parameters"] == 4
    assert TAIL in (tmp_path / "net.v").read_text(encoding="utf-8")


def test_compile_and_certify_refuse_bad_files(tmp_path):
    """No such file; an output that Coq could not load."""
    with pytest.raises(FormatError):
        coq.compile_certificate(tmp_path / "absent.v")
    for name in ("my-net.v", "net.txt", "1.v"):
        with pytest.raises(DomainError):
            coq.certify_file(tmp_path / "net.safetensors", tmp_path / name)


REPORT = "Axioms:\n{}ClassicalDedekindReals.sig_not_dec : forall P : Prop,\n  {{~ ~ P}} + {{~ P}}\n"


@pytest.mark.parametrize(
    ("status", "output", "accepted"),
    [
        (True, REPORT.format(""), True),
        (True, "Closed under the global context\n", True),
        (True, REPORT.format("cheat : False\n"), False),
        (True, REPORT.format("cheat\n  : False\n"), False),
        (True, REPORT.format("f is assumed to be guarded.\n"), False),
        (True, "Axioms:\ncheat : False\n" + REPORT.format(""), False),
        (True, "", False),
        (False, REPORT.format(""), False),
    ],
)
def test_verdict_reads_the_assumptions(monkeypatch, tmp_path, status, output, accepted):
    """Accepted means compiled, and resting on the axioms of the real numbers at most."""
    monkeypatch.setattr(coq, "run_coq", lambda text, timeout=None: (status, output, "refused", 0.0))
    (tmp_path / "net.v").write_text("", encoding="utf-8")
    verdict = coq.compile_certificate(tmp_path / "net.v")
    assert verdict.accepted is accepted
    assert bool(verdict.message) is not accepted


def on_the_bound(dtype):
    """Row sums exactly 1 in two layers, all four kinds of modules, groups of three: the bound is met with equality."""
    first = Linear(np.array([[0.5, -0.5], [-1, 0], [0.25, 0.75]], dtype=dtype), np.array([0.1, -2, 3], dtype=dtype))
    last = Linear(np.array([[0.25, -0.5, 0.25]], dtype=dtype))
    return Chain((first, GroupSort(3), Scale(4.0), last, GroupSort(1, "descending"), Scale(0.25)))


@needs_coq
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_coq_accepts_the_bound_and_refuses_one_ulp_more(tmp_path, dtype):
    """[SO-LinLip] Row sums exactly 1 pass; one weight one unit in the last place larger, and Coq refuses."""
    network = on_the_bound(dtype)
    storage.save(network, tmp_path / "net.safetensors")
    result = coq.certify_file(tmp_path / "net.safetensors", tmp_path / "net.v")
    assert result["accepted"], result["message"]
    assert set(result["assumptions"]) <= set(coq.AXIOMS)
    weight = network.layers[0].weight.copy()
    weight[2, 0] = np.nextafter(weight[2, 0], dtype_one(dtype))
    steep = Chain((Linear(weight, network.layers[0].bias), *network.layers[1:]))
    (tmp_path / "steep.v").write_text(coq.coq_certificate(steep), encoding="utf-8")
    verdict = coq.compile_certificate(tmp_path / "steep.v")
    assert not verdict.accepted
    assert "false" in verdict.message


@needs_coq
def test_coq_accepts_a_soundly_frozen_network(tmp_path):
    """A network with rows in the l1 ball, frozen soundly and saved, is certified with K = 1."""
    network = mlp([3, 8, 6, 2], rng=np.random.default_rng(7), scheme="normal", constraint=L1Rows())
    storage.save(freeze(network, "sound"), tmp_path / "net.safetensors")
    result = coq.certify_file(tmp_path / "net.safetensors", tmp_path / "net.v")
    assert result["accepted"], result["message"]
    assert result["parameters"] == 3 * 8 + 8 + 8 * 6 + 6 + 6 * 2 + 2


def dtype_one(dtype):
    """1 in the dtype, the direction of the step."""
    return np.ones((), dtype=dtype)[()]


@needs_coq
def test_coq_refuses_other_claims_and_borrowed_axioms(tmp_path):
    """A smaller constant, shapes that do not fit, and a claim proved from an axiom are refused."""
    good = coq.coq_certificate(on_the_bound("float64"))
    wrong = {
        "constant": coq.coq_certificate(on_the_bound("float64"), constant=math.nextafter(1.0, 0.0)),
        "shape": good.replace("GroupSort 3 false", "GroupSort 2 false"),
        "axiom": good.replace("Proof. exact (check_sound", "Proof. exact (cheat _); exact (check_sound").replace(
            "Theorem certificate", "Axiom cheat : forall P : Prop, P.\nTheorem certificate"
        ),
    }
    for name, text in wrong.items():
        assert text != good
        (tmp_path / f"{name}.v").write_text(text, encoding="utf-8")
        assert not coq.compile_certificate(tmp_path / f"{name}.v").accepted, name


def evaluations(text):
    """The lists of integers that Coq prints for `Eval`, pairs flattened."""
    accepted, output, errors, _ = coq.run_coq(text)
    assert accepted, errors
    blocks = re.findall(r"^     = (.*?)^     : list Z", output, flags=re.MULTILINE | re.DOTALL)
    return [[int(v) for v in re.findall(r"-?\d+", block)] for block in blocks]


@needs_coq
def test_coq_groupsort_is_lipref_groupsort():
    """[SO-GroupSort] What Coq computes for GroupSort of integers is what lipref computes, ties included."""
    rng = np.random.default_rng(5)
    commands, expected = [], []
    for size, groups in [(1, 4), (2, 5), (3, 4), (5, 2), (7, 1)]:
        for order in ("ascending", "descending"):
            for _ in range(4):
                x = rng.integers(-4, 5, size * groups)
                values = "; ".join(f"({v})" for v in x)
                descending = str(order == "descending").lower()
                commands.append(f"Eval vm_compute in zgroupsort {size}%nat {descending} [{values}].")
                expected.append(groupsort(x.astype(float), size, order=order).astype(int).tolist())
    assert evaluations("\n".join([coq.theory(), "Open Scope Z_scope.", *commands])) == expected


@needs_coq
def test_coq_network_is_the_network():
    """The network in the certificate, evaluated exactly by Coq, is the network of lipref in fractions."""
    rng = np.random.default_rng(6)
    network = on_the_bound("float32")
    points = [[Fraction(int(v), 8) for v in rng.integers(-40, 41, 2)] for _ in range(6)]
    commands = [
        f"Eval vm_compute in zrun network ([{'; '.join(f'({int(8 * v)})' for v in x)}], 8%positive)." for x in points
    ]
    results = evaluations("\n".join([coq.coq_certificate(network), *commands]))
    assert [[Fraction(v, denominator) for v in values] for *values, denominator in results] == [
        exact_forward(network, x) for x in points
    ]
