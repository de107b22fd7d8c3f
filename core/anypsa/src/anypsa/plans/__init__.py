"""Plans: writes that a person approves before they happen. What a plan is, says and keeps; nothing here sends."""

from .base import LIFETIME, OPEN, Moved, Plan, PlanEvent, PlanStage, PlanStore, What
from .digest import ALPHABET, code_of, digest_of
from .replies import Reply, reply_of
from .words import announcement, contents, proposal, readable, refusal

__all__ = [
    "ALPHABET",
    "LIFETIME",
    "OPEN",
    "PlanEvent",
    "Moved",
    "Plan",
    "PlanStage",
    "PlanStore",
    "Reply",
    "What",
    "announcement",
    "code_of",
    "contents",
    "digest_of",
    "proposal",
    "readable",
    "refusal",
    "reply_of",
]
