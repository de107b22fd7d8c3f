"""Attested: every field of the adapter's tables stands in a public source of the vendor's names, and so does all that the
sandbox shows; mutants do not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from anypsa.spi import Table
from anypsa_connectwise import boards
from anypsa_connectwise.derived import FLAGS, INFO
from anypsa_connectwise.dialect.numbering import Numbering
from anypsa_connectwise.dialect.shapes import SHAPES, View, status, value
from anypsa_connectwise.tables import NOTES, TABLES
from anypsa_sandbox import Sandbox

ATTESTED: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "attested/fields.json").read_text())
EVERYWHERE: Final = "*"
# Known from one source alone, and told so in docs/how-to/connectwise.md.
ONCE: Final = frozenset({("service/tickets", "initialDescription"), (NOTES.path, "contact")})


def sources(path: str, name: str) -> frozenset[str]:
    """Who knows a field of a path, by itself or in `_info`."""
    return frozenset(
        source
        for place in (path, EVERYWHERE)
        for source, names in ATTESTED["fields"].get(place, {}).items()
        if {name, f"{INFO}.{name}"} & set(names.split())
    )


def unattested(table: Table) -> Iterator[str]:
    """What of a table nobody knows."""
    if table.path not in ATTESTED["fields"]:
        yield table.path
    yield from (f"{table.path} {field.wire}" for field in table.fields if not sources(table.path, field.wire))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_field_of_a_table_is_attested(table: Table) -> None:
    assert list(unattested(table)) == []


def test_what_one_source_alone_knows_is_named() -> None:
    """Configurations are known from the models of one client; of all else, little is."""
    once = {
        (table.path, field.wire)
        for table in TABLES.values()
        for field in table.fields
        if len(known := sources(table.path, field.wire)) == 1 and "WIRE" not in known
    }

    assert {one for one in once if one[0] != "company/configurations"} == ONCE


def test_every_list_of_values_and_flag_is_attested() -> None:
    assert {path for path in boards.LISTS.values() if path not in ATTESTED["fields"]} == set()
    assert [flag for flags in FLAGS.values() for flag in flags if not sources(NOTES.path, flag)] == []
    assert all(any(sources(path, one) for one in boards.UNUSED) for path in ("service/boards", *UNDER_BOARDS))


UNDER_BOARDS: Final = ("service/boards/{board}/statuses", "service/boards/{board}/types")


def shown(sandbox: Sandbox) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A row of every list of the sandbox's."""
    view = View(sandbox.world(), Numbering(0))
    for path in SHAPES:
        yield NOTES.path if path == "service/notes" else path, view.shown(path)[-1]
    board = view.lists.boards[0].id
    yield UNDER_BOARDS[0], status(view.lists.values("status", board)[0])
    yield UNDER_BOARDS[1], value(view.lists.values("type", board)[0])


def test_the_sandbox_shows_what_is_attested(sandbox: Sandbox) -> None:
    """So that a wrong name in the adapter reads nothing there."""
    extra = {(path, name) for path, row in shown(sandbox) for name in row if name != INFO and not sources(path, name)}

    assert extra == set()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_mutated_table_is_noticed(table: Table) -> None:
    assert list(unattested(replace(table, path=f"{table.path}s")))
    for index, one in enumerate(table.fields):
        fields = [*table.fields]
        fields[index] = replace(one, wire=f"{one.wire}_x")
        assert list(unattested(replace(table, fields=fields))), one.name
