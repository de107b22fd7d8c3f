"""Stages: how far each category of tickets is trusted, earned by what people made of what was done."""

from .cases import Case, CaseKind, Cases, Outcome
from .ladder import LADDER, OTHERS, SCHEDULE, Stage, Terms
from .promoting import Move, Rate
from .store import StageEvent, StageStore, Standing, Stop

__all__ = [
    "LADDER",
    "OTHERS",
    "SCHEDULE",
    "Case",
    "CaseKind",
    "Cases",
    "Move",
    "Outcome",
    "Rate",
    "Stage",
    "StageEvent",
    "StageStore",
    "Standing",
    "Stop",
    "Terms",
]
