"""The digits experiment: data without overlap, a short run end to end, its files, its refusals."""

import dataclasses
import json
import math

import numpy as np
import pytest

import lipref
from lipref import datasets
from lipref.experiments import digits
from lipref.networks import freeze, lipschitz_bound

pytest.importorskip("sklearn", reason="scikit-learn is not installed: lipref[experiments]")


@pytest.fixture
def short(monkeypatch):
    """The experiment with few steps and narrow networks; the code is the same."""
    for name in ("L2", "LINF"):
        settings = getattr(digits, name)
        small = {"widths": (64, 32, 10), "steps": 60, "radii": (0.0, settings.radii[2])}
        monkeypatch.setattr(digits, name, dataclasses.replace(settings, **small))


def test_digits_are_split_without_overlap():
    """Every sample in one part, all classes everywhere, pixels in [0, 1], the split fixed by the seed."""
    split = datasets.digits(seed=3)
    rows = [tuple(row) for part in split for row in part[0]]
    assert len(rows) == 1797
    assert [len(part[1]) for part in split] == [1168, 270, 359]
    for images, labels in split:
        assert images.dtype == np.float32
        assert images.shape == (len(labels), 64)
        assert images.min() == 0
        assert images.max() == 1
        assert set(labels) == set(range(10))
    again, other = datasets.digits(seed=3), datasets.digits(seed=4)
    assert np.array_equal(split.test[0], again.test[0])
    assert not np.array_equal(split.test[0], other.test[0])
    # the same multiset of rows, however it is split
    assert sorted(rows) == sorted(tuple(row) for part in other for row in part[0])


def test_run_reports_what_it_did(short, tmp_path):
    """JSON, picture, and the order certified <= attacked <= clean at every radius, for every network."""
    report = digits.run(seeds=(0, 1, 2), json=tmp_path / "digits.json", png=tmp_path / "digits.png", progress=False)
    assert json.loads((tmp_path / "digits.json").read_text()) == report
    assert (tmp_path / "digits.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert report["schema"] == "lipref.digits/1"
    assert [(run["kind"], run["seed"]) for run in report["runs"]] == [
        (kind, seed) for seed in range(3) for kind in ("l2", "linf")
    ]
    for run in report["runs"]:
        assert run["lipschitz"] <= 1
        assert run["certified"][0] == run["clean"]
        assert all(c <= a <= run["clean"] for c, a in zip(run["certified"], run["attacked"]))
        assert run["clean"] > 0.5  # ten classes: chance is 0.1
    for entry in report["summary"]:
        chosen = [run["clean"] for run in report["runs"] if run["kind"] == entry["kind"]]
        assert entry["clean"] == np.mean(chosen)
        assert entry["clean_min"] == min(chosen)


def test_run_depends_on_the_seeds_alone(short):
    """Equal seeds, equal numbers."""
    first, second = (digits.run(seeds=(5, 6, 7), progress=False)["runs"] for _ in range(2))
    assert [{**run, "seconds": 0} for run in first] == [{**run, "seconds": 0} for run in second]


def test_run_notices_a_broken_certificate(short, monkeypatch):
    """A radius twice too large is refuted by the attack and stops the experiment."""
    radius = digits.certificates.radius
    monkeypatch.setattr(digits.certificates, "radius", lambda *a, **k: 20 * radius(*a, **k))
    with pytest.raises(lipref.LiprefError, match="broken by the attack"):
        digits.run(seeds=(0, 1, 2), progress=False)


def test_trained_networks_have_their_constant(short):
    """The frozen networks are proved 1-Lipschitz in the norm that their certificate uses."""
    split = datasets.digits(seed=0)
    for settings in (digits.L2, digits.LINF):
        network, _ = digits.train(settings, split.train, 0)
        assert lipschitz_bound(freeze(network, "sound"), settings.norm) <= 1


def test_print_table_shows_every_radius(capsys):
    """The table of a report, without training."""
    values = {f"{name}{suffix}": [0.5] for name in ("certified", "attacked") for suffix in ("", "_min", "_max")}
    entries = [{"kind": kind, "radii": [0.125], "clean": 0.75, **values} for kind in ("l2", "linf")]
    digits.print_table({"seeds": [0, 1, 2], "summary": entries})
    shown = capsys.readouterr().out
    assert shown.count("0.125") == 2
    assert shown.count("50.0%") == 8
    assert "75.0%" in shown


@pytest.mark.parametrize("seeds", [(0, 1), (0, 1, 1), (), (-1, 0, 1)])
def test_run_refuses_few_or_equal_seeds(seeds):
    """Three different non-negative seeds at least; nothing is trained before the check."""
    with pytest.raises(lipref.DomainError, match="run digits"):
        digits.run(seeds=seeds, progress=False)


@pytest.mark.nightly
def test_digits_reach_their_figures():
    """The full experiment: ℓ2 clean >= 97 % and certified >= 90 % at 0.25, means over three seeds."""
    report = digits.run(progress=False)
    entry = report["summary"][0]
    assert entry["clean"] >= 0.97
    assert entry["certified"][entry["radii"].index(0.25)] >= 0.90
    assert report["settings"][1]["norm"] == str(math.inf)
