"""deel-torchlip under the contracts gives what the documentation's page says."""

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

pytest.importorskip("torch", reason="no PyTorch here: tox -e peers")
pytest.importorskip("deel.torchlip", reason="no deel-torchlip here: tox -e peers")

from tests.peers.torchlip import ROWS, run  # noqa: E402

COMMITTED = json.loads((Path(__file__).parents[2] / "docs/results/peers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row_is_as_documented(row):
    """The same checks fail as in the committed result, which was made with the version that tox installs."""
    (expected,) = (each for each in COMMITTED["rows"] if each["name"] == row.name)
    assert list(run(row).failed()) == [violation["name"] for violation in expected["violations"]]
