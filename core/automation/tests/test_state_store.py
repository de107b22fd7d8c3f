"""The store: schema and migrations, what it forgets, and failures that leave nothing half done."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from samples import START, entry, item
from sqlalchemy import Connection, MetaData, Table, Text, insert, inspect, text

from anypsa import ConfigurationError, ItemStage, StateUnavailable
from anypsa.journal import Stage
from anypsa_automation import State, database, schema
from anypsa_automation.database import Database


def test_the_first_version_is_brought_up_to_date_with_all_it_holds(where: str, opened: Callable[..., State]) -> None:
    old = Database(where)
    with old.transaction() as connection:
        schema.migrate(connection, 1)
        assert schema.version(connection) == 1
        connection.execute(
            text(
                "INSERT INTO anypsa_entries (id, tenant, action, entity, fingerprint, begun, touched, given, stage, attempt)"
                " VALUES ('a', 'acme', 'create', 'note', 'd', 1, 1, '{}', 'unknown', 1)"
            )
        )
    old.dispose()

    state = opened()
    state.outbox.add(item("b"))

    assert [one.id for one in state.journal.unresolved("acme")] == ["a"]


def test_migrations_make_the_tables_that_queries_know_and_no_others(where: str, opened: Callable[..., State]) -> None:
    opened()
    made = Database(where)
    with made.transaction() as connection:
        assert schema.version(connection) == len(schema.MIGRATIONS)
        assert set(inspect(connection).get_table_names()) == {*schema.METADATA.tables, "anypsa_schema"}
        for table in schema.METADATA.sorted_tables:
            columns = {column["name"] for column in inspect(connection).get_columns(table.name)}
            assert columns == set(table.columns.keys())
    made.dispose()


# What is done with, in the words of each table; the columns that are not named are filled by their type.
DONE_WITH: dict[str, dict[str, Any]] = {
    "anypsa_entries": {"stage": "done"},
    "anypsa_items": {"stage": "done", "plan": None},
    "anypsa_plans": {"stage": "done"},
    "anypsa_wakes": {"stage": "done"},
    "anypsa_handlings": {"stage": "done"},
    "anypsa_cases": {"outcome": "right"},
}
TEXT = "what a customer wrote"


def filled(connection: Connection, name: str) -> None:
    """One row in a table as it is in the database, old and done with."""
    columns = inspect(connection).get_columns(name)
    numbered = inspect(connection).get_pk_constraint(name)["constrained_columns"] == ["place"]
    given = [one for one in columns if not (numbered and one["name"] == "place")]
    free = {one["name"]: TEXT if isinstance(one["type"], Text) else 1 for one in given}
    ids = {one: "x" for one in ("id", "tenant", "item", "made_by", "entry", "plan", "event") if one in free}
    done = {one: value for one, value in DONE_WITH.get(name, {}).items() if one in free}
    table = Table(name, MetaData(), autoload_with=connection)
    connection.execute(insert(table).values(**{**free, **ids, **done}))


def rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    return [dict(one) for one in connection.execute(text(f"SELECT * FROM {name}")).mappings()]


def test_a_purge_leaves_of_no_table_what_is_done_with_but_where_it_says_why(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    with state.database.transaction() as connection:
        for name in schema.METADATA.tables:
            filled(connection, name)
    state.purge(older_than=timedelta())

    with state.database.transaction() as connection:
        left = {name: rows(connection, name) for name in schema.METADATA.tables}
    assert {name for name, some in left.items() if some} == set(schema.KEPT)
    (case,) = left["anypsa_cases"]
    assert {case[name] for name in ("given", "before", "done")} | {case["seen"]} == {"{}", None}


def test_every_version_is_brought_up_to_date_with_all_it_holds(tmp_path: Path) -> None:
    for number in range(1, len(schema.MIGRATIONS)):
        where = tmp_path / f"{number}.db"
        old = Database(str(where))
        with old.transaction() as connection:
            schema.migrate(connection, number)
            names = [name for name in inspect(connection).get_table_names() if name != "anypsa_schema"]
            for name in names:
                filled(connection, name)
            before = {name: rows(connection, name) for name in names}
            schema.migrate(connection)
            after = {name: rows(connection, name) for name in names}
        old.dispose()

        for name, held in before.items():
            assert [{key: row[key] for key in held[0]} for row in after[name]] == held


def test_a_newer_schema_is_refused(where: str, opened: Callable[..., State]) -> None:
    opened()
    newer = Database(where)
    with newer.transaction() as connection:
        connection.execute(text("UPDATE anypsa_schema SET version = 99"))
    newer.dispose()

    with pytest.raises(ConfigurationError):
        opened()


def test_what_is_done_with_is_forgotten_in_time_and_what_is_open_never(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    for id, stage in (("a", Stage.DONE), ("b", Stage.REFUSED), ("c", Stage.UNKNOWN)):
        state.journal.close(state.journal.begin(entry(id)), stage, START, id)
    for id, fared in (
        ("d", ItemStage.DONE),
        ("e", ItemStage.DISCARDED),
        ("f", ItemStage.DEAD),
        ("g", ItemStage.WAITING),
    ):
        state.outbox.add(item(id, stage=fared))

    purged = state.purge(older_than=datetime.now(UTC) - START - timedelta(hours=1))

    assert (purged.entries, purged.items) == (2, 2)
    assert state.journal.owner("acme", "note", "a") is None
    assert [state.journal.entry(id) is None for id in "abc"] == [True, True, False]
    assert [state.outbox.item(id) is None for id in "defg"] == [True, True, False, False]


def test_a_done_item_that_another_waits_for_is_kept(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    state.outbox.add(item("a", stage=ItemStage.DONE))
    state.outbox.add(item("b", links={"ticket": "a"}))

    assert state.purge(older_than=timedelta()).items == 0


def test_what_is_older_than_its_retention_is_forgotten_when_it_is_opened(opened: Callable[..., State]) -> None:
    opened(retention=None).outbox.add(item("a", stage=ItemStage.DONE, touched=datetime.now(UTC) - timedelta(days=31)))

    assert opened().outbox.item("a") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    State(tmp_path / "state.db").dispose()

    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("where", [":memory:", "sqlite://", "mysql://host/x", "no-such://"])
def test_a_place_that_keeps_nothing_is_refused(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError):
        State(where)


def test_no_password_is_shown(postgres: Callable[[], str]) -> None:
    secret = State(postgres().replace("postgres:@", "postgres:canary@"))
    shown = repr(secret)
    secret.dispose()

    assert "canary" not in shown


@pytest.mark.trust("F19")
def test_a_locked_database_refuses_and_nothing_is_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    state = State(tmp_path / "state.db")
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    for act in (lambda: state.outbox.add(item("a")), lambda: state.journal.begin(entry("b"))):
        with pytest.raises(StateUnavailable) as refused:
            act()
        assert refused.value.retryable
        assert "body of a" not in str(refused.value)

    other.execute("ROLLBACK")
    other.close()
    assert (state.outbox.item("a"), state.journal.entry("b")) == (None, None)
    state.dispose()


@pytest.mark.trust("F19")
def test_a_full_disk_refuses_and_nothing_is_half_done(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    with state.database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    large = item("a", values={"body": "x" * 100_000}, links={"ticket": "z"})

    with pytest.raises(StateUnavailable):
        state.outbox.add(large)

    assert state.outbox.item("a") is None
    state.outbox.add(replace(item("b")))
    state.dispose()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_after_a_fork_has_connections_of_its_own(opened: Callable[..., State]) -> None:
    state = opened()
    child = os.fork()
    if child == 0:
        try:
            state.outbox.add(item("a"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    state.outbox.add(item("b"))

    assert {one.id for one in state.outbox.items("acme")} == {"a", "b"}
