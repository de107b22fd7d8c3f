"""ToyPSA's entities. Each of the vendor's field names stands here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa import State, Visibility, models
from anypsa.spi import (
    FLAG,
    INSTANT,
    NUMBER,
    PICKED,
    READ,
    Context,
    Field,
    Filter,
    Pointer,
    Reconcile,
    Table,
    Undecodable,
    Verb,
)

STRICT, NONE = Filter.STRICT, Filter.NONE
PHASES: Final = "phase"
STATES: Final = {"open": State.OPEN, "paused": State.WAITING, "done": State.CLOSED}
SECRET_NOTES: Final = {Visibility.INTERNAL: True, Visibility.PUBLIC: False}


def state(row: Mapping[str, Any], context: Context) -> State:
    """Each status of a tenant says itself what it means: its phase."""
    status = NUMBER.decode(row.get("status"), "status", context)
    return STATES.get(context.labels.get(PHASES, {}).get(status, ""), State.OPEN)


def visibility(row: Mapping[str, Any], context: Context) -> Visibility:
    """A note is secret, or the customer reads it."""
    if not isinstance(row.get("secret"), bool):
        raise Undecodable("neither secret nor not")
    return Visibility.INTERNAL if row["secret"] else Visibility.PUBLIC


def identity(codec: Any = NUMBER) -> Field:
    """Every record's id, which ToyPSA finds it by."""
    return Field(name="id", wire="id", codec=codec, filter=STRICT, writable=False)


TICKETS: Final = Table(
    kind=models.TICKETS,
    path="tickets",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    reconcile=Reconcile(within=("company",), same=("title", "description"), since="created"),
    fields=[
        identity(),
        Field(name="title", wire="subject", filter=NONE),
        Field(name="description", wire="text", filter=NONE),
        Field(name="state", wire="status", filter=NONE, derive=state, writable=False),
        Field(name="status", wire="status", codec=PICKED, filter=STRICT, picks=True),
        Field(name="priority", wire="priority", codec=PICKED, filter=NONE, picks=True),
        Field(name="queue", wire="queue", codec=PICKED, filter=STRICT, picks=True),
        Field(name="company", wire="client", codec=Pointer(models.Company), filter=STRICT),
        Field(name="assignee", wire="owner", codec=Pointer(models.Technician), filter=NONE),
        Field(name="created", wire="opened", codec=INSTANT, filter=NONE, writable=False),
        Field(name="updated", wire="changed", codec=INSTANT, filter=NONE, writable=False),
    ],
)
NOTES: Final = Table(
    kind=models.NOTES,
    path="notes",
    parent="ticket",
    verbs=READ | Verb.CREATE,
    reconcile=Reconcile(within=("ticket",), same=("body", "visibility"), since="created"),
    fields=[
        identity(),
        Field(name="ticket", wire="ticket", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="body", wire="text", filter=NONE),
        Field(name="visibility", wire="secret", derive=visibility, filter=NONE),
        Field(name="created", wire="written", codec=INSTANT, filter=NONE, writable=False),
    ],
)
COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="clients",
    fields=[identity(), Field(name="name", wire="name", filter=NONE)],
)
CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="people",
    fields=[
        identity(),
        Field(name="company", wire="client", codec=Pointer(models.Company), filter=STRICT),
        Field(name="first_name", wire="given", filter=NONE),
        Field(name="last_name", wire="family", filter=NONE),
        Field(name="email", wire="email", filter=NONE),
    ],
)
TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="staff",
    fields=[
        identity(),
        Field(name="first_name", wire="given", filter=NONE),
        Field(name="last_name", wire="family", filter=NONE),
        Field(name="active", wire="works_here", codec=FLAG, filter=NONE),
    ],
)
QUEUES: Final = Table(
    kind=models.QUEUES,
    path="queues",
    fields=[identity(), Field(name="name", wire="label", filter=NONE), Field(name="active", wire="active", codec=FLAG)],
)
TABLES: Final = {one.name: one for one in (TICKETS, NOTES, COMPANIES, CONTACTS, TECHNICIANS, QUEUES)}
