"""Training beside a peer: the same or better loss, finite where the peer is not. Nightly: minutes to an hour."""

import math

import numpy as np
import pytest

from tests.benchmarks.bench_training import SMALL, WIDTHS, lipref_trainer, torchlip_trainer


@pytest.mark.nightly
@pytest.mark.parametrize("widths", [SMALL, WIDTHS], ids=["small", "large"])
@pytest.mark.parametrize("constraint", ["bjorck", "orthonormal"])
def test_loss_after_500_steps_is_that_of_the_peer_or_better(widths, constraint):
    """Mean loss of steps 451 to 500, over three seeds: at most 5 % above deel-torchlip's with three Björck steps.

    The starting weights are different draws of the same distribution; 5 % is a heuristic for that, seen between seeds.
    """
    pytest.importorskip("deel.torchlip", reason="deel-torchlip is not installed")

    def late_loss(trainer, argument):
        losses = []
        for seed in range(3):
            step, _ = trainer(argument, widths, 1e-3, seed)
            losses.append(np.mean([step() for _ in range(500)][-50:]))
        return float(np.mean(losses))

    assert late_loss(lipref_trainer, constraint) <= 1.05 * late_loss(torchlip_trainer, 3)


@pytest.mark.nightly
@pytest.mark.parametrize("constraint", ["bjorck", "orthonormal"])
def test_training_at_rate_a_tenth_stays_finite(constraint):
    """Adam 0.1 on 64-128-128-10, 50 steps, 20 seeds: every loss finite, every weight in use within its bound.

    Three Björck steps of order 1 map [0, √3] into [0, 1]; kept weights have ‖wᵀw - I‖ <= 1e-6. Rounding in float32 adds
    about √128 units.
    """
    slack = (0.0 if constraint == "bjorck" else 0.5e-6) + 12 * np.finfo("float32").eps
    for seed in range(20):
        step, network = lipref_trainer(constraint, SMALL, 0.1, seed, 64)
        assert all(math.isfinite(step()) for _ in range(50)), seed
        residuals = network().forward(np.zeros((1, 64), dtype="float32"))[1]
        used = [r.weight for r in residuals.layers if hasattr(r, "weight")]
        assert max(np.linalg.norm(w.astype(float), 2) for w in used) <= 1 + slack, seed
