"""Attested: every path, verb and field of the adapter's stands in the vendor's own documents, and mutants do not."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from attested_facts import FIELDS, UNUSED, constants, fields_of, known, paths, unattested
from autotask_vendor import Vendor, connect

from anypsa import PSAError, q
from anypsa.query import Operator
from anypsa.spi import Table, Verb
from anypsa_autotask import queries
from anypsa_autotask.dialect.schema import entities
from anypsa_autotask.families import CHILDREN, child_of
from anypsa_autotask.tables import TABLES

SEED = 20261124


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_path_verb_and_field_of_a_table_is_attested(table: Table) -> None:
    assert list(unattested(table)) == []


def test_every_name_beside_the_tables_is_attested() -> None:
    assert [(family, wire) for family, wire in constants() if wire not in fields_of(family)] == []


def test_every_list_of_fields_has_a_source_and_a_grade() -> None:
    assert all(entry["source"] and entry["grade"] for entry in FIELDS.values())


def test_every_path_beside_the_tables_is_attested() -> None:
    assert [one for one in paths() if not known(*one)] == []


def test_no_webhook_of_notes_has_custom_fields() -> None:
    assert not known("POST", "TicketNoteWebhooks/{webhook}/UdfFields")


def test_every_child_that_is_attested_is_written_below_its_parent() -> None:
    for parent, children in CHILDREN.items():
        for family, segment in children.items():
            if known("GET", f"{family}/{{id}}"):
                assert known("GET", f"{parent}/{{id}}/{segment}"), (parent, family)


WRITTEN = re.compile(r"(?:POST|PATCH) /V1.0/(?:(\w+)/\{parentId\}/)?(\w+)$")


def test_every_family_that_is_written_below_a_parent_alone_is_known_to_be() -> None:
    for name, family in entities().items():
        written = [found.groups() for route in family.routes if (found := WRITTEN.match(route))]
        if written and all(parent is not None for parent, _ in written):
            assert child_of(name) in written, name


# Mutants


def mutants(table: Table) -> Iterator[tuple[str, Table]]:
    """The table with one fact changed: each path, each verb, the parent, each field's name."""
    yield "path", replace(table, path=f"{table.path}x")
    if table.write_path is not None:
        yield "write path", replace(table, write_path=table.path)
        yield "parent", replace(table, parent=None)
    for verb in (Verb.CREATE, Verb.UPDATE, Verb.DELETE):
        if (table.name, verb) not in UNUSED:
            yield f"{verb.name}", replace(table, verbs=table.verbs ^ verb)
    for index, one in enumerate(table.fields):
        fields = [*table.fields]
        fields[index] = replace(one, wire=f"{one.wire}ID")
        yield one.name, replace(table, fields=fields)


MUTANTS = [
    pytest.param(mutant, id=f"{name} {what}")
    for name, table in TABLES.items()
    if name != "queue"
    for what, mutant in mutants(table)
]


@pytest.mark.parametrize("mutant", random.Random(SEED).sample(MUTANTS, 40))
def test_a_mutated_table_is_noticed(mutant: Table) -> None:
    assert list(unattested(mutant))


@pytest.mark.deep
@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_mutated_table_is_noticed(mutant: Table) -> None:
    assert list(unattested(mutant))


FILTERS = {
    Operator.EQ: q.status == 8,
    Operator.NE: q.status != 8,
    Operator.IN: q.status.in_([5, 8]),
    Operator.NOT_IN: q.status.not_in([5, 8]),
    Operator.CONTAINS: q.title.contains("vpn"),
    Operator.STARTS_WITH: q.title.startswith("vpn"),
    Operator.ENDS_WITH: q.title.endswith("vpn"),
    Operator.IS_NULL: q.queue.is_null(),
    Operator.IS_NOT_NULL: q.queue.is_not_null(),
    Operator.GTE: q.created >= "2026-03-02T12:00:00Z",
    Operator.LTE: q.created <= "2026-03-02T12:00:00Z",
}
ANSWERS = {
    Operator.EQ: [3, 4],
    Operator.NE: [1, 2, 5],
    Operator.IN: [3, 4, 5],
    Operator.NOT_IN: [1, 2],
    Operator.CONTAINS: [1, 2, 3],
    Operator.STARTS_WITH: [2],
    Operator.ENDS_WITH: [3],
    Operator.IS_NULL: [1, 2, 3],
    Operator.IS_NOT_NULL: [4, 5],
    Operator.GTE: [4, 5],
    Operator.LTE: [1, 2, 3, 4],
}
ROWS: list[dict[str, Any]] = [
    {"title": "a vpn down", "status": 1, "createDate": "2026-03-01T12:00:00Z"},
    {"title": "vpn b", "status": 1, "createDate": "2026-03-01T12:00:00Z"},
    {"title": "c vpn", "status": 8, "createDate": "2026-03-01T12:00:00Z"},
    {"title": "d", "status": 8, "queueID": 9, "createDate": "2026-03-02T12:00:00Z"},
    {"title": "e", "status": 5, "queueID": 9, "createDate": "2026-03-03T12:00:00Z"},
]


def answers() -> dict[Operator, Any]:
    """What each operator finds, in the vendor's database in memory."""
    vendor = Vendor()
    for row in ROWS:
        vendor.add("Tickets", **row)
    with connect(vendor) as psa:
        return {op: found(psa, where) for op, where in FILTERS.items()}


def found(psa: Any, where: Any) -> Any:
    """What a filter finds, and how many rows the vendor returned in vain: what it does not filter, we do."""
    pager = psa.tickets.list(where)
    try:
        return [int(one.id) for one in pager], pager.report.dropped
    except PSAError as error:
        return type(error)


@pytest.mark.row("S15", call="q.status == ...")
@pytest.mark.row("S16", call="q.status != ...")
@pytest.mark.row("S17", "S18", "S19", "S20", call="q.created >= ...")
@pytest.mark.row("S21", call="q.title.contains(...)")
@pytest.mark.row("S22", call="q.title.startswith(...)")
@pytest.mark.row("S23", call="q.title.endswith(...)")
@pytest.mark.row("S24", "S25", call="q.status.in_([...])")
@pytest.mark.row("S26", "S27", call="q.queue.is_null()")
def test_every_operator_finds_what_it_says() -> None:
    assert {op: ids for op, (ids, _) in answers().items()} == ANSWERS


NULLS = {Operator.IS_NULL: "exist", Operator.IS_NOT_NULL: "notExist"}
MUTANTS = [
    (op, other)
    for op in ANSWERS
    for other in ("nonsense", *([NULLS[op]] if op in NULLS else ["eq", "notExist"]))
    if other != queries.OPERATORS[op]
]


@pytest.mark.parametrize(("op", "other"), MUTANTS, ids=str)
def test_a_mutated_operator_is_noticed(monkeypatch: pytest.MonkeyPatch, op: Operator, other: str) -> None:
    right = answers()
    monkeypatch.setitem(queries.OPERATORS, op, other)  # type: ignore[arg-type]  # a Mapping to all others

    assert answers() != right
