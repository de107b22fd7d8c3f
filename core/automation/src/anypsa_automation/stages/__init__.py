"""Stages: how far each category of tickets is trusted, earned by what people made of what was done.

Programs begin with `Rollout(psa)`: `settle`, `standings`, `promote`, `demote`, `kill`, `unkill`;
`predictions` are the cases of shadow mode (`given` is what was predicted, `done` what people did, `scores` field by field),
`comparison` their rates, `figures` and `history` the weeks', `replay` another policy's verdicts. `stages.showing` writes
them as JSON and Markdown, `stages.charts` draws them.
"""

from typing import TYPE_CHECKING, Any

from .cases import Case, CaseKind, Cases, Outcome
from .ladder import LADDER, OTHERS, SCHEDULE, Stage, Terms
from .promoting import Move, Rate
from .store import StageEvent, StageStore, Standing, Stop

if TYPE_CHECKING:
    from .controller import Rollout

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
    "Rollout",
    "Stage",
    "StageEvent",
    "StageStore",
    "Standing",
    "Stop",
    "Terms",
]


def __getattr__(name: str) -> Any:
    """The rollout, when it is first asked for: it needs the state store, which itself needs these."""
    if name == "Rollout":
        from .controller import Rollout

        return Rollout
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
