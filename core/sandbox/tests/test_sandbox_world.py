"""The world: the same for the same seed, awkward where data is awkward, and itself again after a reset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from anypsa_sandbox import World
from anypsa_sandbox.world.values import EPOCH, SPAN

NULLABLE = (
    *("description", "queue", "category", "subcategory", "source", "contact", "asset", "contract", "assignee"),
    *("external_id", "resolution", "estimated_hours", "due", "closed"),
)
REFERENCES = (
    *(("tickets", "company", "companies"), ("tickets", "contact", "contacts"), ("tickets", "asset", "assets")),
    *(("tickets", "contract", "contracts"), ("tickets", "assignee", "technicians"), ("notes", "ticket", "tickets")),
    *(("contacts", "company", "companies"), ("assets", "product", "products"), ("technicians", "role", "roles")),
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One world that no test changes."""
    made = World(seed=7, tickets=500)
    yield made
    made.close()


def other(seed: int = 7) -> str:
    """The digest of a world of its own."""
    made = World(seed=seed, tickets=500)
    try:
        return made.digest()
    finally:
        made.close()


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    assert other() == world.digest()


def test_another_seed_makes_another_world(world: World) -> None:
    assert other(seed=8) != world.digest()


def test_it_has_as_many_tickets_as_asked_for(world: World) -> None:
    assert world.counts()["tickets"] == len(world.rows("tickets")) == 500


@pytest.mark.parametrize("column", NULLABLE)
def test_what_may_be_null_is_null_somewhere_and_set_elsewhere(world: World, column: str) -> None:
    assert {row[column] is None for row in world.rows("tickets")} == {True, False}


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_nothing_refers_to_what_is_not_there(world: World, table: str, column: str, target: str) -> None:
    there = {row["id"] for row in world.rows(target)}

    assert {row[column] for row in world.rows(table)} - {None} <= there


@pytest.mark.parametrize("awkward", ["é", "ü", "ß", "'", '"', "%", "_", "[", "\\", "🎧"])
def test_texts_hold_what_breaks_naive_code(world: World, awkward: str) -> None:
    texts = [f"{row['title']} {row['description']}" for row in world.rows("tickets")]

    assert any(awkward in text for text in texts)


def test_ids_have_holes_and_company_0_is_the_house(world: World) -> None:
    ids = [row["id"] for row in world.rows("tickets")]

    assert ids == sorted(set(ids))
    assert ids[-1] - ids[0] >= len(ids)
    assert world.row("companies", 0) is not None


@pytest.mark.parametrize("table", ["companies", "contacts", "technicians", "assets"])
def test_some_have_left(world: World, table: str) -> None:
    assert {row["active"] for row in world.rows(table)} == {True, False}


def test_times_are_aware_utc_some_with_fractions(world: World) -> None:
    created: list[datetime] = [row["created"] for row in world.rows("tickets")]

    assert {moment.utcoffset() for moment in created} == {timedelta(0)}
    assert {moment.microsecond != 0 for moment in created} == {True, False}


def test_nothing_has_happened_after_the_end_of_the_seeded_time(world: World) -> None:
    latest = max(row[name] for row in world.rows("tickets") for name in ("created", "updated", "closed") if row[name])

    assert latest <= EPOCH + SPAN


def test_custom_fields_are_a_mapping(world: World) -> None:
    assert all(isinstance(row["custom"], dict) for row in world.rows("tickets"))


def test_a_row_that_is_added_reads_back_and_a_reset_forgets_it() -> None:
    world = World(seed=1, tickets=20)
    before = world.digest()

    id = world.add("tickets", {"title": "naïve 100% [x] 'quoted' ", "company": 0, "extra": {"vendorOnly": 5}})
    row = world.row("tickets", id)

    assert row is not None
    assert (row["title"], row["extra"], row["status"]) == ("naïve 100% [x] 'quoted' ", {"vendorOnly": 5}, None)
    assert world.digest() != before
    world.reset()
    assert world.digest() == before
    world.close()


def test_changing_and_removing_say_whether_there_was_a_row() -> None:
    world = World(seed=1, tickets=5)
    id = world.rows("tickets")[0]["id"]

    assert world.change("tickets", id, {"title": "new"})
    assert world.remove("tickets", id)
    assert not world.change("tickets", id, {"title": "newer"})
    assert not world.remove("tickets", id)
    world.close()


def test_a_column_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(KeyError):
        world.add("tickets", {"titel": "x"})


def test_ticket_numbers_are_unique_in_a_large_world() -> None:
    world = World(seed=1, tickets=11_000)
    numbers = [row["number"] for row in world.rows("tickets")]
    world.close()

    assert len(set(numbers)) == len(numbers)
