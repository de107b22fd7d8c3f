"""Writing: what a POST says, and which record its answer names (wire/halopsa.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any, Final

from anypsa.errors import ConfigurationError, Conflict, Invalid, NotFound, OutcomeUnknown, Problem
from anypsa.models import Visibility
from anypsa.spi import NUMBER, Action, Answer, Effect, Request, Table, writing

from . import customs, lists, places, routes, time_entries, workflow
from .codecs import UNASSIGNED, UNKNOWN_CLIENT, whole
from .reading import WANTED, Reader, Row, addressed
from .settings import HaloPSA
from .tables import (
    ACTIONS,
    APPOINTMENTS,
    ARTICLES,
    ASSETS,
    CONTACTS,
    NOTES,
    OF_TICKET,
    PROJECTS,
    TICKETS,
    TIME_ENTRIES,
)

# What needs more than its codec.
ASIDE: Final = frozenset({"queue", "visibility", "body", "summary", "technician", "custom_fields", "asset"})
AGENTS: Final[Mapping[str, str]] = {"ticket": "assignee", "project": "lead"}
CLEARED: Final = frozenset({"description", "remarks", "number", "website", "job_title", "email", "phone", "mobile"})
"""Texts clear with "" (4)."""
NEVER_NONE: Final[Mapping[str, tuple[str, ...]]] = {"ticket": ("queue", "type"), "contact": ("location",)}
"""A ticket is of a type and a team, a user of a site (2.1, 2.3), whatever other vendors allow."""
NO_QUESTION: Final = {"description": "", "description_html": ""}
"""An article's text is a question and what helps; who writes all of it writes the second, and leaves none of the first."""


class Writer:
    """Writes the records of one tenant."""

    def __init__(self, settings: HaloPSA, reader: Reader) -> None:
        self._settings = settings
        self._reader = reader

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """A POST of an array without ids (4)."""
        refuse_nobody(f"create a {table.name}", table, values)
        if table is TIME_ENTRIES:
            values = time_entries.completed(values)
        if table is TICKETS:
            await workflow.check(self._reader, values)
        if table is PROJECTS:
            values = await workflow.project(self._reader, values)
        wire = await self.body(table, values, None)
        if table in (CONTACTS, ASSETS):
            wire |= await places.located(self._reader, table, values)
        answer = await self.post(Action.CREATE, table, None, wire, values)
        id = written(answer, table, wire)
        if id is None:
            raise OutcomeUnknown(
                f"create a {table.name}",
                said=["the vendor accepted it, but its answer names no record"],
                hint="Look for it before you create it again.",
                status=answer.status,
            )
        if table is TIME_ENTRIES:
            time_entries.verify(answer, values, id)
        return id

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """A POST of an array with ids: exactly the fields that are sent change (4). Lists within a record are replaced
        whole, so that they are read, changed and written, and read again."""
        if not addressed(id, table):
            raise NotFound(f"update {table.name} {id}", said=[WANTED])
        refuse_nobody(f"update {table.name} {id}", table, values)
        if kept := [name for name in NEVER_NONE.get(table.name, ()) if name in values and values[name] is None]:
            problems = [Problem(name, "HaloPSA does not take none") for name in kept]
            raise Invalid(f"update {table.name} {id}", problems=problems, hint="Nothing was sent.")
        row = await self._reader.row(table, id) if needs_row(table, values) else None
        if table is TIME_ENTRIES and row is not None:
            values = time_entries.changed((await self._reader.decoded(table, [row]))[0], values)
        wire = await self.body(table, values, row)
        ticket, _, number = id.rpartition(":")
        wire |= {"id": int(number), **({"ticket_id": int(ticket)} if ticket else {})}
        await self.post(Action.UPDATE, table, id, wire, values)
        lists_written: dict[str, Any] = {key: wire[key] for key in customs.WHOLE if key in wire}
        if lists_written and row is not None:
            customs.verify(f"update {table.name} {id}", lists_written, await self._reader.row(table, id))

    async def delete(self, table: Table, id: str) -> None:
        """Where the vendor can; a ticket stays, marked as deleted (4)."""
        if not addressed(id, table):
            raise NotFound(f"delete {table.name} {id}", said=[WANTED])
        ticket, _, number = id.rpartition(":")
        query = {"ticket_id": ticket} if table.path == ACTIONS else {}
        effect = routes.removal(table, id)
        await self._reader.services.send(
            Request(method="DELETE", path=f"{table.path}/{{id}}", parts={"id": number}, query=query, effect=effect)
        )

    async def post(
        self, action: Action, table: Table, id: str | None, wire: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Answer:
        """Sends one record, in an array."""
        effect = effect_of(action, table, id, values)
        path = table.write_path or table.path
        return await self._reader.services.send(Request(method="POST", path=path, effect=effect, json=[wire]))

    # Bodies

    async def body(self, table: Table, values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
        """The wire's fields; what clears is sent as the vendor clears it."""
        agent = AGENTS.get(table.name)
        wire = table.encode({name: value for name, value in values.items() if name not in {*ASIDE, agent}})
        wire |= {table.by_name[name].wire: "" for name in CLEARED & values.keys() if values[name] is None}
        if agent is not None and agent in values:
            wire[table.by_name[agent].wire] = NUMBER.encode(values[agent] or UNASSIGNED)
        if values.get("queue", "") != "":
            wire["team"] = await self._team(values["queue"])
        if table in (NOTES, TIME_ENTRIES):
            wire |= await self._action(table, values)
        if table is ARTICLES and "body" in values:
            wire |= {**NO_QUESTION, "resolution_html": marked_up(values["body"])}
        if table is APPOINTMENTS:
            wire |= appointment(values, row)
        if table is CONTACTS:
            wire |= places.full_name(values, row)
        if "asset" in values:
            wire["assets"] = customs.assets(values["asset"], row)
        if values.get("custom_fields"):
            wire |= await customs.merged(self._reader, table, values, row)
        return wire

    async def _team(self, id: str | None) -> str:
        """Tickets name their team (2.5)."""
        names = [option.label for option in await self._reader.options(TICKETS, "queue") if option.id == id]
        if not names:
            raise Invalid("set the queue of a ticket", problems=[Problem("queue", "HaloPSA does not take none")])
        return names[0]

    async def _action(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """Visibility and e-mail are always said, since an outcome's own default may mail the customer (7.15)."""
        wire: dict[str, Any] = {"sendemail": False}
        text = values.get("body", values.get("summary"))
        if text is not None:
            wire["note_html"] = marked_up(text)
        if "visibility" in values:
            wire["hiddenfromuser"] = hidden(values["visibility"])
        if "ticket" not in values:
            return wire
        if table is TIME_ENTRIES:  # a new one: nobody said that customers may read it
            wire["hiddenfromuser"] = True
            if values.get("technician") is not None:
                wire["who"] = await time_entries.name_of(self._reader, values["technician"])
                wire[TIME_ENTRIES.by_name["technician"].wire] = NUMBER.encode(values["technician"])
        if "kind" not in values:
            wire["outcome_id"] = int(await self._outcome(table, values.get("visibility", Visibility.INTERNAL)))
        return wire

    async def _outcome(self, table: Table, wanted: Visibility) -> str:
        """The tenant's outcome: by the profile, else by its label, else the built-in one."""
        known = await self._reader.shown(NOTES, "kind")
        told = self._settings.outcomes
        named = told.get("internal" if wanted is Visibility.INTERNAL else "public")
        if table is TIME_ENTRIES:
            named = told.get("time_entry", named)
        id = lists.outcome(known, wanted, named)
        if id is not None:
            return id
        problem = f"none of this tenant's outcomes is known to write a {wanted} {table.name}"
        raise ConfigurationError(
            f"write a {table.name}",
            problems=[Problem("kind", problem, allowed=tuple(option.label for option in known))],
            hint="Name one: kind=... for a note, or outcomes in the settings or the profile. Nothing was sent.",
        )


def refuse_nobody(tried: str, table: Table, values: Mapping[str, Any]) -> None:
    """Raises `Invalid` for a ticket of client 1, "Unknown": it would come back as nobody's, so that what becomes of the
    write could not be told (2.3)."""
    if table in (TICKETS, PROJECTS) and values.get("company") == UNKNOWN_CLIENT:
        problem = Problem("company", "client 1 is HaloPSA's \"Unknown\": its tickets are nobody's")
        raise Invalid(tried, problems=[problem], hint='psa.request("POST", "Tickets", ...) can. Nothing was sent.')


def effect_of(action: Action, table: Table, id: str | None, values: Mapping[str, Any]) -> Effect:
    """What a write does. An outcome of the caller's choice may give the ticket another status (2.2)."""
    effect = writing(action, table.name, id, values)
    moves = table.path in OF_TICKET and "kind" in values
    return replace(effect, fields=effect.fields | {"status"}) if moves else effect


def needs_row(table: Table, values: Mapping[str, Any]) -> bool:
    """Whether a change can only be written beside what is there."""
    return bool(
        {"custom_fields", "asset"} & values.keys()
        or (table is TIME_ENTRIES and time_entries.JUDGED & values.keys())
        or (table is CONTACTS and {"first_name", "last_name"} & values.keys())
        or (table is APPOINTMENTS and "technician" in values)
        or (table is PROJECTS and values)
    )


def appointment(values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
    """An appointment of another agent is another appointment, with an id of its own (7.19)."""
    wire = APPOINTMENTS.by_name["technician"].wire
    if values.get("technician") is None:
        return {}
    if row is not None and whole(row.get(wire)) != values["technician"]:
        raise Conflict(
            "give an appointment to another technician",
            problems=[Problem("technician", "HaloPSA makes another appointment of it, with another id")],
            hint="Nothing was sent. Delete it, and create one for the other technician.",
        )
    return {wire: NUMBER.encode(values["technician"])}


def marked_up(text: str | None) -> str:
    """Plain text as the HTML that keeps its lines (7.14)."""
    return escape(text or "").replace("\r\n", "\n").replace("\n", "<br>")


def hidden(wanted: Visibility) -> bool:
    """The flag that keeps a note from the customer."""
    return wanted is Visibility.INTERNAL


def written(answer: Answer, table: Table, wire: Mapping[str, Any]) -> str | None:
    """The id of the record that a POST answers with: the last of the array, alone or in a list (4)."""
    body = answer.json()
    row = body[-1] if isinstance(body, list) and body else body
    number = whole(row.get("id")) if isinstance(row, dict) else ""
    if not addressed(number, TICKETS) or int(number) <= 0:
        return None
    return f"{whole(row.get('ticket_id') or wire['ticket_id'])}:{number}" if table.path in OF_TICKET else number
