"""The approvals app: the plan behind a link, for the technician who signs in. A GET shows and decides nothing."""

from ..web import SignIn
from .app import approvals

__all__ = ["SignIn", "approvals"]
