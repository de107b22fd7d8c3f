"""The journal: one promise for the one in memory and for the durable one, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from samples import MINUTE, START, entry

from anypsa import Journal, MemoryJournal
from anypsa.journal import Stage
from anypsa_automation import State

LATER = START + MINUTE
WRITER = """
import sys
from datetime import UTC, datetime
from anypsa import Entry
from anypsa_automation import State
state, now = State(sys.argv[1]), datetime.now(UTC)
for number in range(100_000):
    state.journal.begin(Entry(str(number), "acme", "create", "note", "digest", now, now, key=str(number)))
    print(number, flush=True)
"""


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres")())
    return str(tmp_path / "state.db") if request.param == "sqlite" else "memory"


@pytest.fixture
def journal(where: str, opened: Callable[..., State]) -> Journal:
    return MemoryJournal() if where == "memory" else opened().journal


def test_an_entry_comes_back_as_it_was_begun(journal: Journal) -> None:
    journal.begin(entry("a", key="k", record="7"))

    assert journal.entry("a") == entry("a", key="k", record="7")
    assert journal.keyed("acme", "k") == entry("a", key="k", record="7")
    assert (journal.entry("b"), journal.keyed("other", "k")) == (None, None)


def test_a_key_is_one_entrys_within_its_tenant(journal: Journal) -> None:
    first = journal.begin(entry("a", key="k"))

    assert journal.begin(entry("b", key="k")) == first
    assert journal.begin(entry("c", key="k", tenant="other")).id == "c"
    assert journal.entry("b") is None


def test_the_key_of_a_refused_write_is_free_again(journal: Journal) -> None:
    begun = journal.begin(entry("a", key="k"))
    journal.close(begun, Stage.REFUSED, LATER)

    assert journal.keyed("acme", "k") is None
    assert journal.begin(entry("b", key="k")).id == "b"


def test_what_was_reopened_cannot_be_closed_by_whoever_held_it_before(journal: Journal) -> None:
    begun = journal.begin(entry("a"))
    again = journal.reopen(begun, LATER)

    assert again is not None
    assert again.attempt == 2
    assert not journal.close(begun, Stage.REFUSED, LATER)
    assert journal.close(again, Stage.DONE, LATER, "9")


def test_of_all_who_reopen_an_entry_one_gets_it(journal: Journal) -> None:
    begun = journal.begin(entry("a"))
    journal.close(begun, Stage.UNKNOWN, LATER)
    seen = journal.entry("a")
    assert seen is not None

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: journal.reopen(seen, LATER + MINUTE), range(16)))

    assert len([one for one in got if one is not None]) == 1


@pytest.mark.parametrize("changed", [{"touched": LATER}, {"attempt": 2}, {"stage": Stage.UNKNOWN}])
def test_only_what_is_exactly_as_it_was_seen_is_reopened(journal: Journal, changed: dict[str, Any]) -> None:
    begun, other = journal.begin(entry("a")), journal.begin(entry("b"))

    assert journal.reopen(replace(begun, **changed), LATER) is None
    assert journal.reopen(entry("unknown"), LATER) is None
    assert journal.reopen(begun, LATER) == replace(begun, touched=LATER, attempt=2)
    assert journal.entry("a") == replace(begun, touched=LATER, attempt=2)
    assert journal.entry("b") == other


def test_what_is_closed_is_not_reopened_however_well_it_is_known(journal: Journal) -> None:
    journal.close(journal.begin(entry("a")), Stage.DONE, LATER, "9")
    seen = journal.entry("a")

    assert seen is not None
    assert journal.reopen(seen, LATER) is None


def test_a_closed_entry_stays_closed(journal: Journal) -> None:
    begun = journal.begin(entry("a"))
    journal.close(begun, Stage.DONE, LATER, "9")

    assert not journal.close(begun, Stage.REFUSED, LATER)
    assert journal.reopen(replace(begun, stage=Stage.DONE, touched=LATER), LATER) is None
    assert [one.id for one in journal.unresolved("acme")] == []


@pytest.mark.trust("W1")
def test_a_found_record_is_one_entrys(journal: Journal) -> None:
    one, other = journal.begin(entry("a")), journal.begin(entry("b"))

    assert journal.claim(one, "9", LATER)
    assert journal.claim(one, "9", LATER)
    assert not journal.claim(other, "9", LATER)
    assert journal.owner("acme", "note", "9") == "a"
    assert journal.entry("a") == replace(one, stage=Stage.DONE, record="9", touched=LATER)


def test_an_update_does_not_own_what_it_changed(journal: Journal) -> None:
    made = journal.begin(entry("a"))
    changed = journal.begin(entry("b", action="update", record="9"))
    journal.close(changed, Stage.DONE, LATER, "9")

    assert journal.owner("acme", "note", "9") is None
    assert journal.claim(made, "9", LATER)


def test_open_entries_are_listed_the_oldest_first(journal: Journal) -> None:
    journal.begin(entry("b", begun=LATER))
    journal.close(journal.begin(entry("a")), Stage.UNKNOWN, LATER)
    journal.close(journal.begin(entry("c")), Stage.REFUSED, LATER)

    assert [one.id for one in journal.unresolved("acme")] == ["a", "b"]


def test_a_record_is_owned_within_its_tenant_and_entity(journal: Journal) -> None:
    for id, more in {"a": {}, "b": {"tenant": "other"}, "c": {"entity": "ticket"}}.items():
        journal.close(journal.begin(entry(id, **more)), Stage.DONE, LATER, "9")
    journal.close(journal.begin(entry("d")), Stage.DONE, LATER, "10")
    places = [("acme", "note", "9"), ("other", "note", "9"), ("acme", "ticket", "9"), ("acme", "note", "10")]

    assert [journal.owner(*place) for place in places] == ["a", "b", "c", "d"]
    assert journal.owner("acme", "note", "11") is None


def test_the_vendors_own_answer_overrules_a_claim_and_no_other(journal: Journal) -> None:
    one, other, third = (journal.begin(entry(id)) for id in "abc")
    assert journal.claim(one, "9", LATER)
    assert journal.claim(third, "10", LATER)

    journal.close(other, Stage.DONE, LATER, "9")

    assert [journal.owner("acme", "note", record) for record in ("9", "10")] == ["b", "c"]


def test_a_claim_of_what_is_closed_is_true_only_of_its_own_record(journal: Journal) -> None:
    begun = journal.begin(entry("a"))
    journal.close(begun, Stage.DONE, LATER, "9")

    assert (journal.claim(begun, "9", LATER), journal.claim(begun, "8", LATER)) == (True, False)
    assert not journal.claim(entry("unknown"), "7", LATER)


def test_an_unknown_outcome_owns_nothing_and_keeps_its_key(journal: Journal) -> None:
    begun = journal.begin(entry("a", key="k"))
    journal.close(begun, Stage.UNKNOWN, LATER, "9")

    assert journal.owner("acme", "note", "9") is None
    assert journal.keyed("acme", "k") == replace(begun, stage=Stage.UNKNOWN, touched=LATER, record="9")
    assert journal.keyed("acme", "other") is None


def test_open_entries_are_a_tenants_own(journal: Journal) -> None:
    journal.begin(entry("a"))
    journal.begin(entry("b", tenant="other"))

    assert [one.id for one in journal.unresolved("other")] == ["b"]


@pytest.mark.trust("W2")
def test_of_many_who_begin_with_one_key_one_does(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda number: journal.begin(entry(str(number), key="k")).id, range(32)))

    assert len(set(begun)) == 1


def test_an_old_entry_that_is_forgotten_takes_no_newer_ones_key_along() -> None:
    journal = MemoryJournal(kept=1)
    journal.close(journal.begin(entry("a", key="k")), Stage.REFUSED, LATER)
    second = journal.begin(entry("b", key="k"))
    journal.begin(entry("c"))

    assert journal.entry("a") is None
    assert journal.begin(entry("d", key="k")) == second


@pytest.mark.trust("W3")
@pytest.mark.parametrize("where", ["sqlite", "postgresql"], indirect=True)
def test_entries_survive_kill_9(where: str, opened: Callable[..., State]) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, where], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    told += writer.stdout.read().splitlines(keepends=True)
    writer.communicate()

    kept = {one.id for one in opened().journal.unresolved("acme")}

    assert {line.strip() for line in told if line.endswith("\n")} <= kept
