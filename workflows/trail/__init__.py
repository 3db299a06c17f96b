"""The audit trail: acts in hash chains, a Merkle tree over all of them, signed checkpoints, and their verification.

``append`` writes in the caller's transaction; ``checkpoint`` is the worker's, once a minute; ``verify`` needs nothing
but the tables and the public key.
"""

from workflows.trail.chains import Who, append, canonical, install_triggers, trigger_statements
from workflows.trail.checkpoints import Signer, checkpoint, export_checkpoints, load_public_key, load_signer
from workflows.trail.verification import Problem, Report, verify

__all__ = [
    "Problem",
    "Report",
    "Signer",
    "Who",
    "append",
    "canonical",
    "checkpoint",
    "export_checkpoints",
    "install_triggers",
    "load_public_key",
    "load_signer",
    "trigger_statements",
    "verify",
]
