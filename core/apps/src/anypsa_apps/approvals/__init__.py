"""The approvals app: the plan behind a link, for the technician who signs in. A GET shows and decides nothing."""

from .app import approvals
from .signin import SignIn

__all__ = ["SignIn", "approvals"]
