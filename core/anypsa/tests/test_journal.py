"""The journal's values survive JSON, its fingerprints tell writes apart, and the one in memory forgets the right ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from anypsa import Entry, MemoryJournal, Visibility
from anypsa.journal import Stage, dumped, fingerprint, loaded
from anypsa.models import ATTACHMENTS, INVOICES, NOTES, TICKETS, TIME_ENTRIES, Kind, Name

START = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
LATER = START + timedelta(minutes=1)
VALUES = [
    (TIME_ENTRIES, {"started": START}),
    (TIME_ENTRIES, {"duration": timedelta(hours=1, microseconds=5)}),
    (TIME_ENTRIES, {"billable": False, "summary": "Grüße \x00 \ud800"}),
    (NOTES, {"visibility": Visibility.INTERNAL, "body": ""}),
    (ATTACHMENTS, {"content": b"\x00\xff"}),
    (TICKETS, {"due": None, "custom_fields": {"Site Code": None, "Hours": 2}}),
]


def entry(id: str, **more: Any) -> Entry:
    return replace(Entry(id, "acme", "create", "note", f"digest of {id}", START, START), **more)


@pytest.mark.parametrize(("kind", "values"), VALUES)
def test_values_come_back_from_json_as_they_were(kind: Kind[Any, ..., ...], values: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(dumped(values, kind), allow_nan=False))
    back = loaded(plain, kind)

    assert back == values
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in values.items()}


def test_decimals_keep_their_digits() -> None:
    assert dumped({"total": Decimal("0.10")}, INVOICES) == {"total": "0.10"}
    assert loaded({"total": "0.10"}, INVOICES) == {"total": Decimal("0.10")}


def test_a_fingerprint_is_of_everything_that_is_asked_for() -> None:
    asked = ("create", "note", None, {"body": "a", "ticket": "5"})
    others = [
        ("update", *asked[1:]),
        ("create", "ticket", *asked[2:]),
        ("create", "note", "7", asked[3]),
        (*asked[:3], {"body": "b", "ticket": "5"}),
        (*asked[:3], {"body": "a"}),
        (*asked[:3], {"body": "a", "ticket": Name("5")}),
        (*asked[:3], {"body": "a", "ticket": None}),
    ]

    digests = {fingerprint(*one) for one in (asked, *others)}

    assert len(digests) == 1 + len(others)
    assert all(len(digest) == 64 for digest in digests)


def test_the_order_of_the_values_does_not_change_a_fingerprint() -> None:
    one, other = {"body": "ä \ud800", "at": START}, {"at": START, "body": "ä \ud800"}

    assert fingerprint("create", "note", None, one) == fingerprint("create", "note", None, other)


def test_a_fingerprint_stays_what_it_was() -> None:
    """It is kept in stores that outlive a version of this library."""
    digest = fingerprint("create", "note", None, {"body": "ä", "queue": Name("Network"), "at": START})

    assert digest == "e3908e1f72508564cdf1c5fd24ea56dfc914f5f6366b11028dfe3f118d85b98d"


def test_a_label_and_an_id_of_the_same_text_are_told_apart() -> None:
    assert fingerprint("create", "ticket", None, {"queue": "5"}) != fingerprint(
        "create", "ticket", None, {"queue": Name("5")}
    )


@pytest.mark.parametrize(
    ("stage", "is_open"), [(Stage.BEGUN, True), (Stage.UNKNOWN, True), (Stage.DONE, False), (Stage.REFUSED, False)]
)
def test_an_entry_is_open_until_it_is_known_what_became_of_it(stage: Stage, is_open: bool) -> None:
    assert entry("a", stage=stage).open is is_open


def test_an_entry_has_another_version_whenever_it_changes() -> None:
    one = entry("a")
    changed = [replace(one, stage=Stage.UNKNOWN), replace(one, attempt=2), replace(one, touched=LATER)]

    assert len({one.version, *(other.version for other in changed)}) == 4


def test_only_creates_make_records() -> None:
    assert [entry("a", action=action).makes for action in ("create", "update", "delete")] == [True, False, False]


def test_the_oldest_closed_entries_are_forgotten_with_their_keys_and_records_and_open_ones_never() -> None:
    journal = MemoryJournal(kept=3)
    for id in ("open", "a", "b", "c"):
        begun = journal.begin(entry(id, key=f"key of {id}"))
        if id != "open":
            journal.close(begun, Stage.DONE, LATER, f"record of {id}")

    journal.begin(entry("d"))

    assert [id for id in ("open", "a", "b", "c", "d") if journal.entry(id)] == ["open", "c", "d"]
    assert [journal.keyed("acme", f"key of {id}") is None for id in ("a", "c")] == [True, False]
    assert [journal.owner("acme", "note", f"record of {id}") for id in ("a", "c")] == [None, "c"]
    assert journal.begin(entry("e", key="key of a")).id == "e"


def test_an_entry_that_is_forgotten_takes_no_newer_owner_along() -> None:
    journal = MemoryJournal(kept=2)
    journal.close(journal.begin(entry("a")), Stage.DONE, LATER, "9")
    journal.close(journal.begin(entry("b")), Stage.DONE, LATER, "9")  # the vendor's own answer overrules
    journal.begin(entry("c"))

    assert journal.entry("a") is None
    assert journal.owner("acme", "note", "9") == "b"


def test_no_more_are_forgotten_than_must_be() -> None:
    journal = MemoryJournal(kept=2)
    for id in ("a", "b", "c"):
        journal.begin(entry(id))
    for id in ("a", "b"):
        journal.close(entry(id), Stage.REFUSED, LATER)
    journal.begin(entry("d"))

    assert [id for id in "abcd" if journal.entry(id)] == ["c", "d"]


def test_nothing_is_forgotten_while_there_is_room() -> None:
    journal = MemoryJournal(kept=2)
    for id in ("a", "b"):
        journal.close(journal.begin(entry(id)), Stage.REFUSED, LATER)

    assert [journal.entry(id) is not None for id in ("a", "b")] == [True, True]


def test_ten_thousand_entries_are_kept_if_nobody_says_otherwise() -> None:
    journal = MemoryJournal()
    for number in range(10_001):
        journal.close(journal.begin(entry(str(number))), Stage.REFUSED, LATER)
    journal.begin(entry("last"))

    assert [journal.entry(str(number)) is None for number in (0, 1, 2)] == [True, True, False]


def test_what_is_closed_keeps_the_record_that_it_had() -> None:
    journal = MemoryJournal()
    begun = journal.begin(entry("a", action="update", record="7"))
    journal.close(begun, Stage.DONE, LATER)

    assert journal.entry("a") == replace(begun, stage=Stage.DONE, touched=LATER)
