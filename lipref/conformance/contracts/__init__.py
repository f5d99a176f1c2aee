"""The contracts by name; one module per family."""

from lipref.conformance.contract import Contract
from lipref.conformance.contracts.activations import ACTIVATION, GNP_ACTIVATION, GROUPSORT
from lipref.conformance.contracts.certificates import CERTIFICATE
from lipref.conformance.contracts.losses import LOSS_BCE, LOSS_HINGE, LOSS_HKR, LOSS_KR, LOSS_MULTICLASS_HINGE
from lipref.conformance.contracts.maps import CONV_LAYER, LINEAR_LAYER, NETWORK
from lipref.conformance.contracts.penalties import PENALTY_ALP, PENALTY_GP, PENALTY_LP
from lipref.conformance.contracts.weights import BJORCK, L1_BALL, ORTHONORMALIZE, PARSEVAL_STEP, SPECTRAL_NORMALIZE

CONTRACTS: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        GROUPSORT,
        ACTIVATION,
        GNP_ACTIVATION,
        ORTHONORMALIZE,
        BJORCK,
        PARSEVAL_STEP,
        SPECTRAL_NORMALIZE,
        L1_BALL,
        LINEAR_LAYER,
        CONV_LAYER,
        NETWORK,
        LOSS_KR,
        LOSS_HINGE,
        LOSS_BCE,
        LOSS_HKR,
        LOSS_MULTICLASS_HINGE,
        CERTIFICATE,
        PENALTY_GP,
        PENALTY_LP,
        PENALTY_ALP,
    )
}
