"""The torch adapter against real modules."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no PyTorch here: tox -e torch")
pytestmark = pytest.mark.torch

from lipref.conformance import check  # noqa: E402
from lipref.conformance.torch import penalty, subject  # noqa: E402


class MaxMin(torch.nn.Module):
    """Pairs as (max, min)."""

    def forward(self, x):
        pairs = x.reshape(len(x), -1, 2)
        return torch.stack([pairs.amax(-1), pairs.amin(-1)], dim=-1).reshape(x.shape)


def test_module_conforms_with_autograd_as_backward():
    """A right module: values, gradients, modes and reloading."""
    report = check(MaxMin(), "groupsort", group_size=2, order="descending")
    assert report.ok, str(report)
    assert {r.name for r in report.checks if r.ok} >= {"values", "gradient", "variants_agree"}


def test_detached_gradient_is_caught():
    """A detach in the graph: the forward pass is right, the gradient is not."""

    def sort(x):
        pairs = x.reshape(len(x), -1, 2)
        return torch.stack([pairs.amax(-1), pairs.amin(-1).detach()], dim=-1).reshape(x.shape)

    report = check(subject(sort), "groupsort", group_size=2, order="descending")
    assert "gradient" in report.failed()
    assert "values" not in report.failed()


def test_linear_layer_and_its_weight():
    """The weight of nn.Linear is shown, and its norm judged from the numbers."""
    torch.manual_seed(0)
    layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(6, 6))
    good = check(layer, "linear_layer", input_shape=(6,), tight=True)
    assert good.ok, str(good)
    plain = torch.nn.Linear(6, 6)
    with torch.no_grad():
        plain.weight.mul_(3)
    assert "operator_norm" in check(plain, "linear_layer", input_shape=(6,)).failed()


def test_dropout_left_in_training_mode_is_told():
    """Modes: dropout is the identity in evaluation mode only."""
    layer = torch.nn.Dropout(0.5)
    assert "variants_agree" in check(subject(layer, mode="eval"), "network", input_shape=(6,)).failed()
    assert "deterministic" in check(subject(layer, mode="train"), "network", input_shape=(6,)).failed()


def test_in_place_module_is_told():
    """An in-place ReLU damages its input."""
    assert "input_unmodified" in check(torch.nn.ReLU(inplace=True), "activation").failed()
    assert check(torch.nn.ReLU(), "activation").ok


def test_double_precision_follows_the_parameters():
    """dtype and device come from the module."""
    assert subject(torch.nn.Linear(2, 2).double()).dtype == "float64"
    assert subject(torch.nn.Linear(2, 2)).dtype == "float32"
    x = np.ones((1, 2), np.float32)
    layer = torch.nn.Linear(2, 2)
    assert np.array_equal(subject(layer).forward(x), layer(torch.ones(1, 2)).detach().numpy())


def test_snippet_reproduces_in_torch():
    """The report's snippet is Python that runs, given the module's name."""
    report = check(torch.nn.ReLU(inplace=True), "activation")
    (result,) = (r for r in report.checks if r.name == "input_unmodified")
    snippet = result.counterexample["snippet"]
    exec(snippet, {"reLU": torch.nn.ReLU()})
    assert "torch.tensor" in snippet


def test_losses_of_torch():
    """torch's own losses under their conventions."""
    report = check(
        subject(torch.nn.functional.binary_cross_entropy_with_logits, dtype="float64"), "loss_bce", labels="01"
    )
    assert report.ok, str(report)
    hinge = subject(lambda z, t: torch.nn.functional.multi_margin_loss(z, t), dtype="float64")
    report = check(hinge, "loss_multiclass_hinge", class_reduction="mean")
    assert report.ok, str(report)


def gradients(critic, x, create_graph):
    x = x.clone().requires_grad_(True)
    return torch.autograd.grad(critic(x).sum(), x, create_graph=create_graph)[0]


def test_gradient_penalty_needs_its_graph():
    """The usual slip: without create_graph the value is right and nothing is trained."""
    right = penalty(lambda critic, x: ((gradients(critic, x, True).norm(dim=1) - 1) ** 2).mean(), dtype="float64")
    assert check(right, "penalty_gp", examples=20).ok
    wrong = penalty(lambda critic, x: ((gradients(critic, x, False).norm(dim=1) - 1) ** 2).mean(), dtype="float64")
    assert check(wrong, "penalty_gp", examples=20).failed() == ("gradient",)


def test_adversarial_penalty_in_torch():
    """r_adv is a constant in the gradient, both ends of the pair are not."""

    def alp(critic, x, start, epsilon, xi):
        moved = (x + xi * start).requires_grad_(True)
        change = (critic(moved) - critic(x)).abs().sum()
        r = torch.autograd.grad(change, moved)[0]
        r = (epsilon[:, None] * r / r.norm(dim=1, keepdim=True)).detach()
        ratio = (critic(x + r) - critic(x)).abs() / r.norm(dim=1)
        return ((ratio - 1).clamp(min=0) ** 2).mean()

    report = check(penalty(alp, dtype="float64"), "penalty_alp", examples=20)
    assert report.ok, str(report)
