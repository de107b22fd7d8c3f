"""Policies: whether an effect may happen. Asked by the session for every request, by whatever door it came."""

from .audit import Audit, Decided
from .base import Classification, Classifier, Decision, Facts, Known, OwnCategory, Policy, Verdict
from .matrix import COLUMNS, MATRIX, Case
from .presets import GUARDED, OPEN, PLAN, PRESETS, READ_ONLY
from .rules import Rule, Rules

Policy.open, Policy.guarded, Policy.plan, Policy.read_only = OPEN, GUARDED, PLAN, READ_ONLY

__all__ = [
    "COLUMNS",
    "MATRIX",
    "PRESETS",
    "Audit",
    "Case",
    "Decided",
    "Classification",
    "Classifier",
    "Decision",
    "Facts",
    "Known",
    "OwnCategory",
    "Policy",
    "Rule",
    "Rules",
    "Verdict",
]
