"""Agreement with deel-torchlip where both compute the same thing, conventions translated."""

import numpy as np
import pytest

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

torch = pytest.importorskip("torch", reason="no PyTorch here: tox -e peers")
torchlip = pytest.importorskip("deel.torchlip", reason="no deel-torchlip here: tox -e peers")

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("group_size", [2, 3, 4])
def test_groupsort_agrees(group_size):
    """Theirs sorts ascending in contiguous groups too; values and gradients are equal, without rounding."""
    from lipref.groupsort import groupsort_backward, groupsort_forward

    values, cotangent = RNG.standard_normal((5, 12)), RNG.standard_normal((5, 12))
    x = torch.tensor(values, requires_grad=True)
    theirs = torchlip.GroupSort(group_size)(x)
    theirs.backward(torch.tensor(cotangent))
    ours, residuals = groupsort_forward(values, group_size)
    assert np.array_equal(ours, theirs.detach().numpy())
    assert np.array_equal(groupsort_backward(residuals, cotangent), x.grad.numpy())


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9)])
def test_bjorck_agrees(shape):
    """Three steps of order 1, exact gradient: products of six matrices of norm <= √3, each with n roundings."""
    from deel.torchlip.normalizers import bjorck_normalization

    from lipref.orthogonal import bjorck_backward, bjorck_forward

    weight = RNG.standard_normal(shape)
    weight /= np.linalg.norm(weight, 2)
    cotangent = RNG.standard_normal(shape)
    w = torch.tensor(weight, requires_grad=True)
    theirs = bjorck_normalization(w, eps=0, maxiter=3)
    theirs.backward(torch.tensor(cotangent))
    ours, residuals = bjorck_forward(weight, iterations=3)
    tolerance = 6 * 3 * max(shape) * np.finfo(float).eps * np.sqrt(3) ** 6
    assert np.linalg.norm(ours - theirs.detach().numpy(), 2) <= tolerance
    difference = np.linalg.norm(bjorck_backward(residuals, cotangent) - w.grad.numpy(), 2)
    assert difference <= 2 * tolerance * np.linalg.norm(cotangent, 2)


def test_kr_agrees():
    """Theirs is minus the dual value: it is minimised there, maximised here; labels are ±1 in both."""
    from lipref.losses import kr

    scores, labels = RNG.standard_normal(8), np.array([1.0, -1.0] * 4)
    theirs = float(torchlip.KRLoss()(torch.tensor(scores)[:, None], torch.tensor(labels)[:, None]))
    # two means of four terms: eight roundings of numbers of the size of the largest score
    assert abs(abs(float(kr(scores, labels))) - abs(theirs)) <= 8 * np.finfo(float).eps * np.max(np.abs(scores))


def test_exported_network_is_the_same_function():
    """`vanilla_export` of theirs, its weights carried over: one function, certified by `lipschitz_bound`."""
    from lipref.layers import Chain, GroupSort, Linear
    from lipref.networks import lipschitz_bound

    torch.manual_seed(0)
    layers = [torchlip.SpectralLinear(4, 6), torchlip.GroupSort2(), torchlip.SpectralLinear(6, 2)]
    model = torchlip.Sequential(*layers)
    x = torch.tensor(RNG.standard_normal((7, 4)), dtype=torch.float32)
    model(x)  # in training mode, so that the weights are normalised once more
    model.eval()
    plain = model.vanilla_export()
    first, second = (m for m in plain.modules() if isinstance(m, torch.nn.Linear))
    ours = Chain(
        (
            Linear(first.weight.detach().numpy(), first.bias.detach().numpy()),
            GroupSort(2),
            Linear(second.weight.detach().numpy(), second.bias.detach().numpy()),
        )
    )
    theirs = plain(x).detach().numpy()
    # two products of length <= 6 in float32, norms <= 1
    assert np.max(np.abs(ours(x.numpy()) - theirs)) <= 2 * 8 * np.finfo(np.float32).eps * float(x.norm(dim=1).max() + 2)
    assert lipschitz_bound(ours) <= 1 + 2 * 1e-3  # their promise, per layer: Björck stops at 1e-3
