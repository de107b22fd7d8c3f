"""ToyPSA's one entity. Each of the vendor's field names stands here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa import State, models
from anypsa.spi import INSTANT, NUMBER, PICKED, Context, Field, Filter, Pointer, Table

STATUSES: Final = {"1": "Open", "2": "On hold", "3": "Done"}
STATES: Final = {"1": State.OPEN, "2": State.WAITING, "3": State.CLOSED}


def state(row: Mapping[str, Any], context: Context) -> State:
    """What a status means: ToyPSA has three, the same in every tenant."""
    return STATES[str(row["status"])]


TICKETS: Final = Table(
    kind=models.TICKETS,
    path="tickets",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=Filter.NONE, writable=False),
        Field(name="title", wire="subject", filter=Filter.NONE),
        Field(name="state", wire="status", filter=Filter.NONE, derive=state, writable=False),
        Field(name="status", wire="status", codec=PICKED, filter=Filter.NONE),
        Field(name="company", wire="client", codec=Pointer(models.Company), filter=Filter.NONE),
        Field(name="created", wire="opened", codec=INSTANT, filter=Filter.NONE, writable=False),
    ],
)
