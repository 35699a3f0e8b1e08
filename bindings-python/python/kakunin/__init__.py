"""Decides whether an agent's action is allowed, after the model has chosen it and before anything happens.

    from kakunin import ToolGuard

    guard = ToolGuard(certificate="pki/payments-bot.pem", trust="pki/root.pem")

    @guard.tool("charge")
    def charge(amount: float, currency: str, customer: str) -> str: ...

A call that the agent's certificate does not allow raises :class:`Denied`, and the function does not run.
"""

from kakunin._denied import ConfigurationError, Denied
from kakunin._guard import BoundGuard, ToolGuard
from kakunin._native import Decision, __version__, compute_model_hash
from kakunin._verifier import VerifiedIntent, Verifier
from kakunin.codes import Code

__all__ = [
    "BoundGuard",
    "Code",
    "ConfigurationError",
    "Decision",
    "Denied",
    "ToolGuard",
    "VerifiedIntent",
    "Verifier",
    "__version__",
    "compute_model_hash",
]
