"""Time entries: hours as they were worked, in a role that the technician has, by the rules of the contract
(wire/autotask.md 3.3, 9, 10 line 29)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, PermissionDenied, Problem
from anypsa.spi import WRITING, worked

from . import rows, technicians
from .reading import Reader
from .rows import Row
from .tables import CONTRACTS, TICKETS, TIME_ENTRIES
from .tables.names import DESK_ROLES, ROLE, START_AND_STOP

JUDGED: Final = frozenset({"duration", "started", "ended", "role", "contract"})
"""What can only be judged beside the rest of an entry."""


async def completed(reader: Reader, values: Mapping[str, Any], impersonated: int | None) -> Mapping[str, Any]:
    """The values of a new entry with what the vendor demands: who, when, how long, in which role."""
    if values.get("technician") is None and impersonated is not None:
        values = {**values, "technician": str(impersonated)}
    if values.get("technician") is None:
        hint = "Name the technician who worked: an API user is nobody's role."
        raise Invalid(WRITING, problems=[Problem("technician", "is required")], hint=hint)
    values = {**values, "duration": worked(values)}
    moment = values.get("worked_on") or values.get("started") or reader.services.moment()
    ticket = await reader.row(TICKETS, values["ticket"])
    await started_and_stopped(reader, values, values.get("contract") or contract_of(ticket))
    role = await role_for(reader, values, ticket)
    return {**values, "worked_on": day(moment), "role": role}


async def changed(reader: Reader, row: Row, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a change, judged beside the entry as it is."""
    entry = await reader.decoded(TIME_ENTRIES, row)
    held = {name: getattr(entry, name) for name in ("started", "ended")}
    if values.get("role") is not None and (technician := rows.number(row.get(TECHNICIAN))) is not None:
        await held_role(reader, technician, str(values["role"]))
    if "worked_on" in values:
        values = {**values, "worked_on": day(values["worked_on"])}
    if not {"started", "ended"} & values.keys():
        return values
    return {**values, "duration": worked({**held, **values})}


def day(moment: datetime) -> datetime:
    """Days stand as midnight in UTC (3.4)."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def contract_of(ticket: Row) -> str | None:
    return rows.number(ticket.get(TICKETS.by_name["contract"].wire))


async def started_and_stopped(reader: Reader, values: Mapping[str, Any], contract: str | None) -> None:
    """Raises `Invalid` where the contract wants to know when work began and ended, and it was not said."""
    if contract is None or values.get("started") is not None:
        return
    try:
        wanted = (await reader.row(CONTRACTS, contract)).get(START_AND_STOP)
    except (NotFound, PermissionDenied):
        return
    if wanted in (1, True, "1"):
        problem = Problem("started", f"is required with ended: contract {contract} wants both")
        raise Invalid(WRITING, problems=[problem], hint="Nothing was sent.")


async def role_for(reader: Reader, values: Mapping[str, Any], ticket: Row) -> str:
    """The role that was named, else the one in which the ticket is assigned to the technician, else the technician's."""
    technician = values["technician"]
    if values.get("role") is not None:
        return await held_role(reader, technician, str(values["role"]))
    assigned = rows.number(ticket.get(ROLE))
    if assigned is not None and rows.number(ticket.get(TICKETS.by_name["assignee"].wire)) == technician:
        return assigned
    return str(await technicians.role_of(reader, technician, "role"))


async def held_role(reader: Reader, technician: str, role: str) -> str:
    """A role, if the technician has it; raises `Invalid` with those that he has."""
    held = await technicians.roles_of(reader, technician)
    ids = None if held is None else {rows.number(row.get(DESK_ROLES.role)) for row in held}
    if ids and role not in ids:
        known = {option.id: option.label for option in await reader.options(TIME_ENTRIES, "role")}
        allowed = tuple(sorted(known.get(id, id) for id in ids if id is not None))
        problem = Problem("role", "is not one of the technician's roles", value=known.get(role, role), allowed=allowed)
        raise Invalid(WRITING, problems=[problem])
    return role


TECHNICIAN: Final = TIME_ENTRIES.by_name["technician"].wire
