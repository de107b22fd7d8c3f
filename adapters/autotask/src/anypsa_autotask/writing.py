"""Writing: bodies in the vendor's form, checked before they go, and refusals explained (wire/autotask.md 3, 5, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import Conflict, Invalid, OutcomeUnknown, Problem, PSAError
from anypsa.models import Visibility
from anypsa.spi import Action, Answer, Effect, Request, Table, writing

from . import belonging, checks, notes, routes, rows, technicians, time_entries
from .metadata import Fields, Metadata
from .reading import Reader
from .settings import Autotask
from .tables import ASSETS, CONTACTS, CONTRACTS, NOTES, TABLES, TICKETS, TIME_ENTRIES
from .tables.names import IN_FORCE, NEW, ROLE, START_AND_STOP, UDF, in_force

WRITES: Final = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE})
IMPERSONATION: Final = "ImpersonationResourceId"
ASIDE: Final = frozenset({"custom_fields", "visibility"})
# Picklists that get the tenant's own default where the caller names nothing.
DEFAULTED: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": ("priority",),
    "company": ("kind",),
    "project": ("type", "status"),
}


class Writer:
    """Writes the records of one tenant."""

    def __init__(self, settings: Autotask, reader: Reader) -> None:
        self._settings = settings
        self._reader = reader
        self._metadata: Metadata = reader.metadata

    async def create(self, table: Table, values: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> str:
        """Creates through the parent where there is one (3.2); the answer is 200 with the new id, and no 201 (5)."""
        values = await self._completed(table, values)
        known = await self._known(table)
        body = {**EXTRA.get(table.name, {}), **await self.body(table, values), **(more or {})}
        checks.before_create(table, body, known)
        if table is TICKETS:
            await belonging.check(self._reader, values, values.get("company"))
        effect = writing(Action.CREATE, table.name, None, values)
        request = self.request("POST", table, effect, {"id": 0, **body}, values.get(table.parent or ""))
        return rows.new_id(await self.send(table, request))

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """PATCH at the collection with the id in the body (3.1): PUT would clear every field that is not named."""
        known = await self._known(table)
        row = await self._reader.row(table, id) if needs_row(table, values) else None
        if table is TIME_ENTRIES and row is not None:
            values = await time_entries.changed(self._reader, row, values)
        checks.before_update(table, id, await self.body(table, values), known)
        if table is TICKETS and row is not None:
            await self._update_ticket(id, row, values)
        else:
            await self._patch(table, id, values, row)

    async def _patch(self, table: Table, id: str, values: Mapping[str, Any], row: rows.Row | None = None) -> None:
        parent = row[table.by_name[table.parent].wire] if table.parent and row is not None else None
        effect = writing(Action.UPDATE, table.name, id, values)
        key = table.by_name["id"]
        body = {key.wire: key.codec.encode(id), **await self.body(table, values)}
        if body.keys() > {key.wire}:
            await self.send(table, self.request("PATCH", table, effect, body, parent))

    async def delete(self, table: Table, id: str) -> None:
        """Through the parent where there is one; a record that is not there is told by text (5)."""
        parent = (await self._reader.row(table, id))[table.by_name[table.parent].wire] if table.parent else None
        effect = writing(Action.DELETE, table.name, id, {})
        await self.send(table, self.request("DELETE", table, effect, None, parent, id))

    # A ticket's company

    async def _update_ticket(self, id: str, row: rows.Row, values: Mapping[str, Any]) -> None:
        """A change of what a ticket belongs to: what it had of its old company goes with that, or is refused."""
        company = values["company"] if values.get("company") is not None else rows.number(row[COMPANY])
        await belonging.check(self._reader, values, company)
        left = await belonging.left_behind(self._reader, row, values) if "company" in values else ()
        values = {**values, **{name: None for name in left if name not in values}}
        if "contract" in left:
            await self._leave_contract(id, rows.number(row[CONTRACT]), values)
        else:
            await self._patch(TICKETS, id, values)

    async def _leave_contract(self, id: str, contract: str | None, values: Mapping[str, Any]) -> None:
        # Cleared in the very update that changes the company, a contract stays, in silence (5): it is cleared first.
        await self._patch(TICKETS, id, {"contract": None})
        try:
            await self._patch(TICKETS, id, {name: value for name, value in values.items() if name != "contract"})
        except OutcomeUnknown:
            raise
        except PSAError:
            await self._patch(TICKETS, id, {"contract": contract})
            raise
        if (await self._reader.row(TICKETS, id)).get(CONTRACT) is not None:
            problem = Problem("contract", "the old company's contract is still there", value=contract)
            raise Conflict(f"move ticket {id} to another company", problems=[problem], hint=MOVED)

    # Bodies

    async def body(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values in the vendor's form."""
        wire = table.encode({name: value for name, value in values.items() if name not in ASIDE})
        if "visibility" in values:
            wire |= table.encode({"visibility": await self.visibility(table, "visibility", values["visibility"])})
        if table is TICKETS and "assignee" in values:
            wire[ROLE] = await self._role(values["assignee"])
        if values.get("custom_fields"):
            known = await self._metadata.customs(table.path, table.name)
            wire[UDF] = checks.customs(table, values["custom_fields"], known)
        return wire

    async def visibility(self, table: Table, field: str, wanted: Visibility) -> str:
        """The tenant's `publish` value."""
        known = (await self._known(table)).of(table.by_name[field].wire)
        return notes.publish(wanted, known, self._settings.visibility)

    async def _role(self, technician: str | None) -> int | None:
        return None if technician is None else await technicians.role_of(self._reader, technician, "assignee")

    async def _known(self, table: Table) -> Fields:
        return await self._metadata.readable(table.path, table.name)

    async def _completed(self, table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values with what the vendor demands and the caller may leave out."""
        values = {**DEFAULTS.get(table.name, {}), **await self._defaults(table, values), **values}
        if table is NOTES:
            kind = notes.kind((await self._known(NOTES)).of(NOTES.by_name["kind"].wire))
            return {**({"kind": kind} if kind else {}), "title": notes.title(values["body"]), **values}
        if table is CONTRACTS and "status" not in values:
            labels = (await self._known(table)).labels(STATUS)
            return {"status": next((id for id in (*labels, *IN_FORCE) if in_force(id, labels)), None), **values}
        if table is ASSETS and self._settings.default_product is not None:
            return {"product_id": str(self._settings.default_product), **values}
        if table is TIME_ENTRIES:
            return await time_entries.completed(self._reader, values, self._settings.impersonate)
        return values

    async def _defaults(self, table: Table, values: Mapping[str, Any]) -> Mapping[str, str]:
        wanted = [name for name in DEFAULTED.get(table.name, ()) if name not in values]
        known = await self._known(table) if wanted else None
        found = {name: default(known, table.by_name[name].wire) for name in wanted if known is not None}
        return {name: id for name, id in found.items() if id is not None}

    # Sending

    def request(
        self, method: str, table: Table, effect: Effect, body: Any, parent: Any = None, id: str | None = None
    ) -> Request:
        """A write: below the parent where there is one, and in somebody else's name where that is wanted (2)."""
        path = table.write_path or table.path
        parts = {table.parent: str(parent)} if table.parent else {}
        if table.name not in TABLES:  # opened by the vendor's name: what it does is told as for any other door
            effect = routes.classify(method, path if id is None else f"{path}/{id}", body)
        return Request(
            method=method,
            path=path if id is None else f"{path}/{{id}}",
            parts=parts if id is None else {**parts, "id": id},
            effect=effect,
            json=body,
            headers=impersonating(self._settings),
        )

    async def send(self, table: Table, request: Request) -> Answer:
        """Sends a write. A value that the vendor refuses is told with those it takes now, since what is remembered of
        its lists may be out of date."""
        try:
            return await self._reader.services.send(request)
        except Invalid as error:
            if isinstance(request.json, Mapping) and any(problem.field for problem in error.problems):
                known = await self._metadata.refreshed(table.path, table.name)
                error.problems = [explained(table, one, request.json, known) for one in error.problems]
            raise


def impersonating(settings: Autotask) -> dict[str, str]:
    """The header of a write in somebody else's name; reads never carry it (2)."""
    return {} if settings.impersonate is None else {IMPERSONATION: str(settings.impersonate)}


def needs_row(table: Table, values: Mapping[str, Any]) -> bool:
    """Whether a change can only be judged beside what is there."""
    return bool(
        table.parent
        or (table is TICKETS and {"company", *belonging.OWNED} & values.keys())
        or (table is TIME_ENTRIES and time_entries.JUDGED & values.keys())
    )


def default(known: Fields, wire: str) -> str | None:
    """The tenant's own default of a picklist, if it has one."""
    marked = [option.id for option in known.of(wire) if option.default and option.active]
    return marked[0] if len(marked) == 1 else None


def explained(table: Table, problem: Problem, body: Mapping[str, Any], known: Fields) -> Problem:
    """A refusal with the value that was refused, and those that the tenant has now."""
    field = table.by_name.get(problem.field or "")
    wire = field.wire if field is not None else problem.field or ""
    value = next((value for name, value in body.items() if name.casefold() == wire.casefold()), None)
    allowed = tuple(f"{one.label} (id {one.id})" for one in known.of(wire) if one.active)
    shown = problem.value if problem.value is not None or value is None else str(value)[:100]
    return Problem(problem.field, problem.message, value=shown, allowed=problem.allowed or allowed)


STATUS: Final = CONTRACTS.by_name["status"].wire
COMPANY: Final = TICKETS.by_name["company"].wire
CONTRACT: Final = TICKETS.by_name["contract"].wire
MOVED: Final = "The ticket is in its new company. Clear its contract by hand: it may be charged to another's."
# What the vendor demands and means nothing of its own.
DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    TICKETS.name: {"status": NEW},
    ASSETS.name: {"active": True},
    CONTACTS.name: {"active": True},
}
EXTRA: Final[Mapping[str, Mapping[str, Any]]] = {CONTRACTS.name: {START_AND_STOP: 0}}
