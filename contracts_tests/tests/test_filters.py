"""filters: no filter is ever lost. Random filters over real HTTP give what the world says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from random_filters import Generator, holds
from vendors import VENDORS, Vendor

from anypsa import FilterIgnored, q
from anypsa.plugins import load
from anypsa.spi import Filter
from anypsa_conformance import FACES, Probe
from anypsa_sandbox import Sandbox

SEED = 20261124


def differences(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor, count: int, seed: int) -> list[str]:
    """The filters whose list is not exactly what the world holds, each once."""
    print(f"seed {seed}")
    rows = [facts.seen(row) for row in sandbox.world().rows("tickets")]
    generator = Generator(rows, seed, facts)
    forms = [generator.filter() for _ in range(count)]

    async def check(psa: Probe) -> list[str]:
        wrong = []
        for form in forms:
            found = [int(ticket.id) async for ticket in psa.tickets.list(form)]
            expected = [row["id"] for row in rows if holds(form, row, facts)]
            if sorted(found) != expected:
                wrong.append(json.dumps(form))
        return wrong

    return on(check)  # type: ignore[no-any-return]


def test_random_filters_give_what_the_world_holds(
    sandbox: Sandbox, on: Callable[..., Any], face: str, facts: Vendor
) -> None:
    """Others on each face: two hundred for each vendor in every run."""
    assert differences(sandbox, on, facts, count=facts.drawn, seed=SEED + 100 * FACES.index(face)) == []


@pytest.mark.deep
def test_two_thousand_random_filters_give_what_the_world_holds(
    sandbox: Sandbox, on: Callable[..., Any], figures: Callable[..., None], face: str, vendor: str, facts: Vendor
) -> None:
    wrong = differences(sandbox, on, facts, count=2_000, seed=SEED + 1)
    figures("random filters that differ from the world", f"{len(wrong)} of 2,000", vendor=vendor, face=face)

    assert wrong == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_counts_are_what_the_world_holds(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor, count: int) -> None:
    rows = [facts.seen(row) for row in sandbox.world().rows("tickets")]
    generator = Generator(rows, SEED + 7 + count, facts)
    forms = [generator.filter(depth=2) for _ in range(facts.drawn // 16)]

    async def check(psa: Probe) -> list[int]:
        return [await psa.tickets.count(form) for form in forms]

    assert on(check) == [sum(holds(form, row, facts) for row in rows) for form in forms]


def test_a_server_that_drops_a_condition_is_caught(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    for dropped, where in facts.drops.items():
        sandbox.control.clear_faults()
        sandbox.control.fault("ignore_operator", operator=dropped, path=facts.list_path, times=None)

        async def check(psa: Probe, where: Any = where) -> list[Any]:
            return [ticket async for ticket in psa.tickets.list(where)]

        with pytest.raises(FilterIgnored):
            on(check)


FILTERS_TEXT = [
    one for one in VENDORS.values() if load(one.name).tables["ticket"].by_name["title"].filter is not Filter.NONE
]


@pytest.mark.parametrize("facts", FILTERS_TEXT, indirect=True, ids=lambda one: one.name)
def test_a_dropped_text_filter_is_made_good_here(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    """Text is checked here anyway; only a first page on which nothing passes proves that it was dropped."""
    sandbox.control.fault("ignore_operator", operator="contains", path="/query", times=None)
    rows = sandbox.world().rows("tickets")

    async def check(psa: Probe) -> list[int]:
        with pytest.raises(FilterIgnored):
            await psa.tickets.first(q.title.contains("no title says this"))
        return [int(ticket.id) async for ticket in psa.tickets.list(q.title.contains("PRINTER"))]

    assert on(check) == [row["id"] for row in rows if "printer" in row["title"].casefold()]


def test_a_count_whose_filter_is_dropped_is_counted_from_rows_and_caught(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    dropped, where = next(iter(facts.drops.items()))
    sandbox.control.fault("ignore_operator", operator=dropped, path="/tickets", times=None)

    async def check(psa: Probe) -> int:
        return await psa.tickets.count(where)  # type: ignore[no-any-return]

    with pytest.raises(FilterIgnored):
        on(check)


def test_long_lists_of_values_are_asked_for_in_parts(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:350]
    wanted = [*ids, *range(1_000_000, 1_000_600)]

    async def check(psa: Probe) -> list[int]:
        return [int(ticket.id) async for ticket in psa.tickets.list(q.id.in_(wanted))]

    assert sorted(on(check)) == ids
