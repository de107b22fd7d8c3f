"""Policies: whether an effect may happen. Asked by the session for every request, by whatever door it came."""

from .audit import Audit, Decided
from .base import Classification, Classifier, Decision, Facts, Known, OwnCategory, Policy, Verdict
from .bycontract import ByContract, LowBalance
from .matrix import COLUMNS, MATRIX, Case
from .presets import GUARDED, OPEN, PLAN, PRESETS, READ_ONLY
from .rules import Rule, Rules
from .terms import CELLS, CONTRACT_KINDS, TERMS, Cell, Operation, Term

Policy.open, Policy.guarded, Policy.plan, Policy.read_only = OPEN, GUARDED, PLAN, READ_ONLY

__all__ = [
    "CELLS",
    "COLUMNS",
    "CONTRACT_KINDS",
    "MATRIX",
    "PRESETS",
    "TERMS",
    "Audit",
    "ByContract",
    "Case",
    "Cell",
    "Decided",
    "Classification",
    "Classifier",
    "Decision",
    "Facts",
    "Known",
    "LowBalance",
    "Operation",
    "OwnCategory",
    "Policy",
    "Rule",
    "Rules",
    "Term",
    "Verdict",
]
