"""The adapter against a scripted ToyPSA: no server, no sockets."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from anypsa import NotFound, Psa, State, Unsupported, q
from anypsa.testing import scripted

ROWS: list[dict[str, Any]] = [
    {"id": 1, "subject": "Printer jams", "status": 1, "client": 7, "opened": "2026-03-01T09:00:00Z"},
    {"id": 2, "subject": "VPN down", "status": 2, "client": 7, "opened": "2026-03-02T09:00:00Z"},
    {"id": 3, "subject": "VPN slow", "status": 3, "client": 8, "opened": "2026-03-03T09:00:00Z"},
]


def toypsa(outgoing: Any) -> Any:
    """What ToyPSA answers: pages of two."""
    url = urlsplit(outgoing.url)
    match url.path.strip("/").split("/"):
        case ["me"]:
            return {"user": "api"}
        case ["tickets", "count"]:
            return {"count": len(ROWS)}
        case ["tickets"]:
            after = int(parse_qs(url.query).get("after", ["0"])[0])
            rest = [row for row in ROWS if row["id"] > after]
            return {"tickets": rest[:2], "more": len(rest) > 2}
        case ["tickets", id]:
            return next((row for row in ROWS if str(row["id"]) == id), (404, {}))
    return 500, {}


@pytest.fixture
def psa() -> Psa:
    return scripted("toypsa", toypsa, url="https://toy.example", key="k")


def test_lists_span_pages_and_filters_hold(psa: Psa) -> None:
    assert [ticket.id for ticket in psa.tickets.list()] == ["1", "2", "3"]
    assert [ticket.title for ticket in psa.tickets.list(q.title.contains("vpn"))] == ["VPN down", "VPN slow"]


def test_words_are_neutral(psa: Psa) -> None:
    ticket = psa.tickets.get("2")

    assert (ticket.state, ticket.status.label, ticket.company.id) == (State.WAITING, "On hold", "7")


def test_a_missing_ticket_is_not_found(psa: Psa) -> None:
    with pytest.raises(NotFound):
        psa.tickets.get("9")


def test_counts(psa: Psa) -> None:
    assert psa.tickets.count() == 3
    assert psa.tickets.count(q.state == "closed") == 1


def test_who_is_told(psa: Psa) -> None:
    assert psa.check().username == "api"


def test_what_is_not_declared_is_unsupported(psa: Psa) -> None:
    with pytest.raises(Unsupported):
        psa.companies.list()
    with pytest.raises(Unsupported):
        psa.tickets.create(title="x", company="7")
