"""Terms: what the kind of a contract lets an automation do. Data: printed by `anypsa policy matrix --contracts`, tested by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..models import ContractKind


class Term(StrEnum):
    """What a contract says of an operation."""

    FREE = "free"
    BILLABLE_FIRST = "after billable time"
    TIME_FIRST = "after time"
    HOURS_LEFT = "while hours are left"
    ESCALATE = "escalate"


class Operation(StrEnum):
    """What an automation does to a ticket, as far as it matters to who pays for it."""

    READ = "read"
    NOTE = "write a note"
    OPEN = "open a ticket"
    CHANGE = "triage or change a ticket"
    RESOLVE = "resolve a ticket"
    REOPEN = "reopen a ticket"
    LOG_TIME = "log time"
    OTHERS_TIME = "log time against another contract"
    CORRECT_TIME = "change or delete time"
    REBILL = "change who pays for it"
    UNKNOWN = "do what nobody understands"


NO_CONTRACT: Final = "none"
"""The column of a ticket without a contract."""
FREE, ESCALATE = Term.FREE, Term.ESCALATE
CONTRACT_KINDS: Final = (
    ContractKind.RECURRING,
    ContractKind.PER_TICKET,
    ContractKind.BLOCK_HOURS,
    ContractKind.TIME_AND_MATERIALS,
    ContractKind.PROJECT,
    ContractKind.FIXED_PRICE,
    ContractKind.RETAINER,
    NO_CONTRACT,
    ContractKind.UNKNOWN,
)
"""The columns."""
OWN_PACE: Final = (ESCALATE,) * 5
"""Projects, fixed prices, retainers, no contract, and what nobody has told the kind of: a human decides."""
ALWAYS: Final = (FREE,) * len(CONTRACT_KINDS)
NEVER_ALONE: Final = (ESCALATE,) * len(CONTRACT_KINDS)

TERMS: Final[Mapping[Operation, Sequence[Term]]] = {
    Operation.READ: ALWAYS,
    Operation.NOTE: ALWAYS,
    Operation.OPEN: ALWAYS,
    Operation.CHANGE: ALWAYS,
    Operation.RESOLVE: (FREE, Term.BILLABLE_FIRST, Term.HOURS_LEFT, Term.TIME_FIRST, *OWN_PACE),
    Operation.REOPEN: (FREE, ESCALATE, FREE, FREE, *OWN_PACE),
    Operation.LOG_TIME: (FREE, FREE, Term.HOURS_LEFT, FREE, *OWN_PACE),
    Operation.OTHERS_TIME: NEVER_ALONE,
    Operation.CORRECT_TIME: NEVER_ALONE,
    Operation.REBILL: NEVER_ALONE,
    Operation.UNKNOWN: NEVER_ALONE,
}
"""Per ticket, a reopened one may be billed again. An automation never rewrites what was billed, nor who pays."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix."""

    operation: Operation
    kind: str
    term: Term


CELLS: Final = tuple(
    Cell(operation, kind, term)
    for operation, terms in TERMS.items()
    for kind, term in zip(CONTRACT_KINDS, terms, strict=True)
)
"""The matrix, cell by cell."""
BY_CELL: Final = {(cell.operation, cell.kind): cell.term for cell in CELLS}
