"""Certificates in Coq: a file whose compilation proves that one given network is K-Lipschitz in the ∞-norm.

Floating-point weights are dyadic rationals, so they go to integers over a common denominator without rounding. The
file holds the definitions and proofs it needs (norms, GroupSort, the row-sum bound, the checker; sources under
proofs/coq), the network, the claim and one computation, so that `coqc FILE` alone decides. The claim: with every row
of the affine layers measured by its absolute sum [SO-LinLip],

    ‖f(x) - f(y)‖_∞ <= K ‖x - y‖_∞    for all real vectors x and y,

f the map of real arithmetic with the stored numbers. Rounding of a floating-point forward pass is not covered; nor are
layers other than Linear, GroupSort, Scale and the identity, nor other norms.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lipref._array import Array, is_exact, namespace, require_number, to_numpy
from lipref.errors import BackendError, DomainError, DTypeError, FormatError, ShapeError
from lipref.layers import Activation, Chain, Dropout, GroupSort, Linear, Scale

THEORY = ("Metric", "Norms", "MaxMin", "GroupSort", "RowSum", "Checker")
"""Files of proofs/coq that a certificate contains, each after those it needs."""

AXIOMS = (
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
)
"""What a certificate may rest on: the axioms of Coq's own real numbers."""


class Verdict(NamedTuple):
    """What Coq says of a certificate."""

    accepted: bool
    """Compiled, and the claim rests on `AXIOMS` at most."""
    seconds: float
    assumptions: tuple[str, ...]
    """Axioms under the claim, as Coq prints their names."""
    message: str
    """Coq's error when it refused; empty otherwise."""


def theory() -> str:
    """The Coq text that every certificate begins with: definitions, and the soundness of the checker."""
    packaged = Path(__file__).parent / "_coq"  # in a wheel
    folder = packaged if packaged.is_dir() else Path(__file__).parents[1] / "proofs" / "coq"
    libraries: dict[str, None] = {}
    parts = []
    for name in THEORY:
        path = folder / f"{name}.v"
        if not path.is_file():
            raise FormatError("theory", f"the Coq sources of lipref in {folder}", f"no {path.name}", path=str(path))
        text = path.read_text(encoding="utf-8")
        for line in re.findall(r"^Require Import ([^.]*)\.\n", text, flags=re.MULTILINE):
            libraries |= dict.fromkeys(line.split())
        parts.append(re.sub(r"^(From Lipref )?Require Import [^.]*\.\n", "", text, flags=re.MULTILINE))
    # once and first: a later import of the library would hide names of ours, such as `dist`
    return "\n".join([f"Require Import {' '.join(libraries)}.", *parts])


def coq_certificate(network: Any, *, constant: float | Fraction | None = None) -> str:
    """Text of a Coq file that compiles exactly if the checker grants the network its Lipschitz constant in the ∞-norm.

    Parameters
    ----------
    network : `Chain` (or layer) of `Linear`, `GroupSort`, `Scale` and the identity, at least one `Linear`
        Weights under a constraint are those the forward pass uses. Any array library; fractions too.
    constant : number >= 0, optional
        K; by default the product of the absolute factors of the `Scale` layers, so that the product of the operator
        norms of the weights must be at most 1.

    Raises
    ------
    DTypeError, ShapeError, DomainError
        A layer outside this list; widths that do not fit; NaN or infinity; GroupSort along an inner axis.

    Notes
    -----
    [SO-LinLip], [SO-GroupSort], [SO-ScaleLayer]. Whether the claim holds is left to Coq: the text for a network that
    is too steep is written as well, and refused by `coqc`. Weights that were projected in floating point may have
    norms a few units of rounding above their bound; `networks.freeze(network, "sound")` removes that.
    """
    layers = list(_flat(network))
    linear = [layer for layer in layers if isinstance(layer, Linear)]
    if not linear:
        raise ShapeError("coq_certificate", "at least one Linear layer", f"{len(layers)} layers without one")
    inputs = width = int(linear[0].weight.shape[1])
    dtype = to_numpy(linear[0].weight).dtype
    if constant is None:
        scales = [layer for layer in layers if isinstance(layer, Scale)]
        claim = math.prod((abs(_factor(layer, dtype)) for layer in scales), start=Fraction(1))
    else:
        require_number("coq_certificate", "constant", constant, at_least=0)
        claim = Fraction(constant)
    definitions = []
    for index, layer in enumerate(layers, start=1):
        if isinstance(layer, Linear):
            if layer.weight.shape[1] != width:
                expected = f"{width} inputs of linear layer {index}"
                raise ShapeError("coq_certificate", expected, f"a weight of shape {tuple(layer.weight.shape)}")
            width = int(layer.weight.shape[0])
            body = _linear(layer)
        elif isinstance(layer, GroupSort):
            if layer.axis != -1 or width % layer.group_size:
                expected = f"GroupSort of the last axis, of size {width}, in whole groups"
                raise ShapeError("coq_certificate", expected, f"group_size {layer.group_size}, axis {layer.axis}")
            body = f"GroupSort {layer.group_size} {'true' if layer.order == 'descending' else 'false'}"
        else:
            factor = _factor(layer, dtype)
            body = f"Scale {_hex(factor.denominator)} {_signed(factor.numerator)}"
        definitions.append(f"Definition layer_{index} : module :=\n  {body}.\n")
    names = "; ".join(f"layer_{index}" for index in range(1, len(layers) + 1))
    return "\n".join([theory(), *_claim(definitions, names, inputs, width, claim)])


def compile_certificate(path: str | os.PathLike, *, timeout: float | None = None) -> Verdict:
    """Coq's verdict on a certificate; nothing is written beside the file.

    What is claimed stands in the file, and is not compared with any network here: `certify_file` writes it anew.

    Raises
    ------
    BackendError
        `coqc` is not on the PATH.
    FormatError
        There is no such file.
    """
    if not Path(path).is_file():
        raise FormatError("compile_certificate", f"a file {path}", "none", path=str(path))
    accepted, output, errors, seconds = run_coq(Path(path).read_text(encoding="utf-8"), timeout=timeout)
    if not accepted:
        return Verdict(False, seconds, (), errors.strip())
    report = output.partition("Axioms:")[2]
    # one assumption a line, types indented; a check of the kernel that was off stands there as a sentence, and counts
    assumptions = tuple(re.findall(r"^(\S+?(?=\s*:|$)|\S.*)", report, flags=re.MULTILINE))
    strange = sorted(set(assumptions) - set(AXIOMS))
    if strange or ("Axioms:" not in output and "Closed under the global context" not in output):
        return Verdict(False, seconds, assumptions, f"rests on {', '.join(strange) or 'assumptions it does not print'}")
    return Verdict(True, seconds, assumptions, "")


def certify_file(
    network_path: str | os.PathLike,
    out_path: str | os.PathLike,
    *,
    constant: float | Fraction | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Write the certificate of a saved network and, where Coq is installed, have it judged.

    Parameters
    ----------
    network_path : a file of `storage.save`
    out_path : the Coq file to write; its name, less `.v`, must be a Coq identifier
    constant, timeout : see `coq_certificate`, `compile_certificate`

    Returns
    -------
    dict with `path`, `bytes`, `parameters` (numbers in weights and biases), `accepted` (None without Coq), `seconds`,
    `assumptions` and `message`
    """
    from lipref.networks import named_parameters
    from lipref.storage import load

    target = Path(out_path)
    if target.suffix != ".v" or not (target.stem.isascii() and target.stem.isidentifier()):
        raise DomainError("certify_file", "an output such as certificate.v (letters, digits, _)", f"{target.name}")
    network = load(network_path)
    text = coq_certificate(network, constant=constant)
    target.write_text(text, encoding="utf-8")
    count = sum(math.prod(value.shape) for value in named_parameters(network).values())
    result: dict[str, Any] = {"path": str(target), "bytes": len(text.encode()), "parameters": count}
    if shutil.which("coqc") is None:
        return result | {"accepted": None, "seconds": None, "assumptions": (), "message": MISSING}
    return result | compile_certificate(target, timeout=timeout)._asdict()


MISSING = "no coqc on the PATH; on Debian and Ubuntu: apt install coq"


def run_coq(text: str, *, timeout: float | None = None) -> tuple[bool, str, str, float]:
    """Compile a text in a temporary folder: (exit status 0, output, errors, seconds)."""
    program = shutil.which("coqc")
    if program is None:
        raise BackendError("run_coq", "Coq 8.16 or later", MISSING, backend="coq")
    with tempfile.TemporaryDirectory(prefix="lipref-coq-") as folder:
        source = Path(folder) / "certificate.v"
        source.write_text(text, encoding="utf-8")
        start = time.perf_counter()
        try:
            done = subprocess.run(
                [program, "-q", "-noglob", source.name], cwd=folder, capture_output=True, text=True, timeout=timeout
            )
        except subprocess.TimeoutExpired:
            return False, "", f"stopped after {timeout} s", time.perf_counter() - start
    return done.returncode == 0, done.stdout, done.stderr, time.perf_counter() - start


def _flat(layer: Any) -> Iterator[Any]:
    """The layers that act, in order; chains opened, dropout and the identity left out."""
    if isinstance(layer, Chain):
        for inner in layer.layers:
            yield from _flat(inner)
    elif isinstance(layer, Linear | GroupSort | Scale):
        yield layer
    elif not isinstance(layer, Dropout) and not (isinstance(layer, Activation) and layer.name == "identity"):
        what = getattr(layer, "name", type(layer).__name__)
        raise DTypeError("coq_certificate", "layers Linear, GroupSort, Scale or the identity", what, layer=layer)


def _factor(layer: Scale, dtype: np.dtype) -> Fraction:
    """The factor as the forward pass uses it: rounded to the dtype of the arrays, unless these are exact."""
    if dtype == np.dtype(object):
        return Fraction(layer.factor)
    return Fraction(float(dtype.type(float(layer.factor))))


def _linear(layer: Linear) -> str:
    weight = layer.weight if layer.constraint is None else layer.constraint.forward(layer.weight)[0]
    namespace("coq_certificate", exact=True, weight=weight, bias=layer.bias)
    rows = _fractions(weight)
    biases = [Fraction(0)] * len(rows) if layer.bias is None else _fractions(layer.bias)
    denominator = math.lcm(*(value.denominator for row in rows for value in row), *(b.denominator for b in biases))

    def integer(value: Fraction) -> str:
        return _signed(value.numerator * (denominator // value.denominator))

    written = (
        f"([{'; '.join(integer(value) for value in row)}], {integer(bias)})"
        for row, bias in zip(rows, biases, strict=True)
    )
    return f"Linear {_hex(denominator)} [\n  " + ";\n  ".join(written) + "]"


def _fractions(x: Array) -> list:
    values = to_numpy(x)
    if is_exact(values):
        return values.tolist()
    as_lists = values.astype(np.float64).tolist()  # exact: float32 is contained in float64
    return [[Fraction(v) for v in row] for row in as_lists] if values.ndim == 2 else [Fraction(v) for v in as_lists]


def _hex(value: int) -> str:
    """Hexadecimal: Coq reads it in linear time, decimals in quadratic time."""
    return hex(value)


def _signed(value: int) -> str:
    return _hex(value) if value >= 0 else f"(-{_hex(-value)})"


def _claim(definitions: list[str], names: str, inputs: int, outputs: int, constant: Fraction) -> list[str]:
    numerator, denominator = constant.numerator, constant.denominator
    ratio = f"{numerator}" if denominator == 1 else f"{numerator} / {denominator}"
    return [
        "(** * The network, and the claim *)",
        "",
        "Close Scope R_scope.",
        "Open Scope Z_scope.",
        "",
        "(* Linear D rows: each row is its weights and its bias, integers over the denominator D. *)",
        *definitions,
        f"Definition network : list module := [{names}].",
        "",
        f"Lemma shapes : output_width network {inputs}%nat = Some {outputs}%nat.",
        "Proof. vm_compute. reflexivity. Qed.",
        "",
        f"Lemma accepted : check {inputs}%nat {_hex(numerator)} {_hex(denominator)} network = true.",
        "Proof. vm_compute. reflexivity. Qed.",
        "",
        f"(* The network is K-Lipschitz on R^{inputs} in the maximum norm, with K = {ratio}. *)",
        "Theorem certificate : forall x y : list R,",
        f"  length x = {inputs}%nat -> length y = {inputs}%nat ->",
        "  (dist Pinf (run network x) (run network y)",
        f"   <= IZR {_hex(numerator)} / IZR {_hex(denominator)} * dist Pinf x y)%R.",
        "Proof. exact (check_sound _ _ _ _ accepted). Qed.",
        "",
        "Print Assumptions certificate.",
        "",
    ]
