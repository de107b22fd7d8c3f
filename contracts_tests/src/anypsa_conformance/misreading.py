"""Checks of input: rows that no vendor should send. An error of ours or a record, never anything else."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from anypsa import PSAError, Record, Ticket
from anypsa.spi import INSTANT, Table
from anypsa.testing import faults

from .breaking import Rewritten, rows
from .checks import FAULTS, check
from .declaring import declared_kinds, some
from .faces import Probe
from .failing import ids_of, outcome
from .harness import Harness

ODD: Final = (None, True, -1, 10**40, 1.5, "", "text", "\x00", [1], {"a": 1})
DATES: Final = ("", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999", "/Date(1732406400000)/", "2026-11-24", "soon")
MALFORMED: Final[Mapping[str, bytes]] = {
    "not a number": b'{"rows": [{"id": NaN}], "item": {"id": Infinity}}',
    "nothing": b"null",
    "a text": b'"text"',
    "a number": b"1e400",
    "a surrogate": rb'{"\ud800": "\udfff"}',
    "another encoding": '{"rows": []}'.encode("utf-16"),
    "no encoding": b'{"rows": "\xff\xfe"}',
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "open at the end": b'{"rows": [{"id": 1}, {"id":',
}
TEXTS: Final = (
    "\N{PERSONAL COMPUTER} Ünïcode, composed and decompose\N{COMBINING ACUTE ACCENT}d",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "two\r\nlines, and \x1b[31mred",
    "nothing\x00more",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    "x" * 1_000_000,
)
EVIL: Final = (
    "<p onclick='alert(1)'>hello</p><script>alert(2)</script><img src=x onerror=alert(3)><svg onload=alert(4)>"
    "<a href='javascript:alert(5)'>a</a><a href='data:text/html,alert(6)'>b</a><iframe src='//evil.example'></iframe>"
)
ACTIVE: Final = re.compile(r"<\s*(script|img|svg|iframe)\b|<[^>]*\bon\w+\s*=|<[^>]*(javascript|data):", re.IGNORECASE)
SEED: Final = 20261124
TRIES: Final = 40


def changed(harness: Harness, wire: str, id: str, changes: dict[str, Any], told: Any) -> None:
    """Changes the row of a ticket in an answer."""
    for row in rows(told):
        if str(row.get(wire)) == id:
            row.update(changes)
            return


async def got(psa: Probe, harness: Harness, changes: dict[str, Any]) -> Any:
    """A ticket whose row was changed on its way, or the error."""
    harness.breaking.rules.clear()
    wire = harness.adapter.tables["ticket"].by_name["id"].wire
    act = Rewritten(partial(changed, harness, wire, harness.world.ticket, changes))
    harness.breaking.always("GET", harness.ticket_path(), act)
    return await outcome(psa.tickets.get(harness.world.ticket))


@check("input.any_value", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("I2",))
async def any_value(psa: Probe, harness: Harness) -> None:
    """A value of any type in any field makes a record or an error of ours."""
    dice = random.Random(SEED)  # chooses examples
    names = [one.wire for one in harness.adapter.tables["ticket"].fields]

    async def read(other: Probe) -> None:
        for _ in range(TRIES):
            changes = {dice.choice(names): dice.choice(ODD) for _ in range(2)}
            told = await got(other, harness, changes)
            if isinstance(told, PSAError):
                assert len(str(told)) < 1000, changes
            else:
                assert isinstance(told, Ticket), changes
                assert told.id == harness.world.ticket, changes

    await psa.with_settings({"attempts": 1}, read)


@check("records.empty", promise="complete", drivers=FAULTS, survives=("I2",), provisional=True)
async def empty_records(psa: Probe, harness: Harness) -> None:
    """A record of which nothing is known but which one it is, is read: with nulls, and with fields left out."""
    emptying = Emptying()
    harness.breaking.always("", "", Rewritten(emptying))

    async def read(other: Probe) -> None:
        for kind, table in declared_kinds(other):
            collection = getattr(other, kind.plural)
            emptying.blank = None
            whole, parents = await some(collection, harness)
            kept = {table.by_name[name].wire for name in ("id", *filter(None, [table.parent]), *parents)}
            emptying.wires = {one.wire for one in table.fields} - kept
            for emptying.blank in (nulls, left_out):
                told, _ = await some(collection, harness)
                # Where one list holds several kinds, what is in a row decides which it is.
                assert ids(told) == ids(whole) or shares_its_list(table, harness), kind.plural
                for one in told:
                    assert kind.model.model_validate(one.model_dump()) == one, kind.plural

    await psa.with_settings({"attempts": 1}, read)


@dataclass
class Emptying:
    """Takes from the rows of an entity all that they say in these fields."""

    wires: Collection[str] = ()
    blank: Callable[[dict[str, Any], str], object] | None = None

    def __call__(self, told: Any) -> None:
        blank = self.blank
        for row in rows(told) if blank else ():
            if blank and 2 * len(row.keys() & self.wires) > len(self.wires):
                for wire in self.wires:
                    blank(row, wire)


def ids(records: Iterable[Record]) -> set[str]:
    return {record.id for record in records}


def nulls(row: dict[str, Any], wire: str) -> None:
    row[wire] = None


def left_out(row: dict[str, Any], wire: str) -> None:
    row.pop(wire, None)


def shares_its_list(table: Table, harness: Harness) -> bool:
    return sum(one.path == table.path for one in harness.adapter.tables.values()) > 1


@check("input.times", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("I3",))
async def times(psa: Probe, harness: Harness) -> None:
    """A time is in UTC, or an error of ours."""
    whole = await psa.tickets.get(harness.world.ticket)
    moments = [one for one in harness.adapter.tables["ticket"].fields if isinstance(one.codec, type(INSTANT))]

    async def read(other: Probe) -> None:
        for text in DATES:
            told = await got(other, harness, {one.wire: text for one in moments})
            assert isinstance(told, PSAError) or in_utc(told), text

    assert in_utc(whole)
    await psa.with_settings({"attempts": 1}, read)


@check("input.malformed", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("I1",), provisional=True)
async def malformed(psa: Probe, harness: Harness) -> None:
    """What is no sensible JSON, or JSON of another shape, is an error of ours."""

    async def read(other: Probe) -> None:
        for name, body in MALFORMED.items():
            harness.breaking.rules.clear()
            harness.breaking.always("GET", harness.ticket_path(), faults.Answer(body))
            harness.breaking.always("", harness.paths.tickets, faults.Answer(body))
            told = [await outcome(other.tickets.get(harness.world.ticket)), await outcome(ids_of(other.tickets.list()))]
            assert all(isinstance(one, PSAError) for one in told), name

    await psa.with_settings({"attempts": 1}, read)


@check("input.texts", promise="complete", needs="tickets.get", drivers=FAULTS, survives=("I4",), provisional=True)
async def texts(psa: Probe, harness: Harness) -> None:
    """Text is read as it was written, however odd, or refused with an error of ours that fits on a line."""
    wire = harness.adapter.tables["ticket"].by_name["title"].wire

    async def read(other: Probe) -> None:
        for text in TEXTS:
            told = await got(other, harness, {wire: text})
            if isinstance(told, PSAError):
                assert str(told).isprintable(), text[:20]
            else:
                assert told.title == text, text[:20]

    await psa.with_settings({"attempts": 1}, read)


@check("input.markup", promise="visibility", needs="notes.list", drivers=FAULTS, survives=("I5",), provisional=True)
async def markup(psa: Probe, harness: Harness) -> None:
    """What is offered as the HTML of a note can be shown: nothing in it is active."""
    fields = harness.adapter.tables["note"].by_name
    wires = {fields[name].wire for name in ("body", "html") if name in fields}
    harness.breaking.always("", "", Rewritten(partial(planted, wires)))
    found = [note async for note in psa.notes.list(ticket=harness.world.ticket_with_notes)]

    assert found
    assert [note.html for note in found if ACTIVE.search(html.unescape(note.html or ""))] == []


def planted(wires: Collection[str], told: Any) -> None:
    """Puts what would run in a browser into every text of a note."""
    for row in rows(told):
        row.update({name: EVIL for name in wires if isinstance(row.get(name), str)})


def in_utc(ticket: Ticket) -> bool:
    """Whether every time of a ticket says that it is in UTC."""
    found = [value for value in vars(ticket).values() if isinstance(value, datetime)]
    return all(value.tzinfo is UTC for value in found)
