"""Reaching back: what is found first is what a technician would look for, judged on a small desk whose topics are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anypsa import Ref, Ticket
from anypsa.operations.reaching import HALF_LIFE, likest

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DESK = {
    "vpn": [
        "VPN does not connect",
        "vpn slow at home",
        "VPN client asks for certificate",
        "Cannot reach file server over VPN",
        "VPN drops every hour",
    ],
    "printer": [
        "Printer does not print",
        "Printer on 2nd floor out of toner",
        "New printer for reception",
        "Paper jam in printer",
        "Cannot print to reception printer",
    ],
    "password": [
        "Password expired",
        "Reset password for Jane",
        "User does not know password",
        "Password reset after holiday",
        "Account locked, wrong password",
    ],
    "phishing": [
        "Phishing mail reported",
        "Suspicious mail from CEO, phishing?",
        "User clicked on phishing link",
        "Phishing mail with invoice",
        "Mail looks like phishing",
    ],
    "backup": [
        "Backup failed on SRV01",
        "Backup job SRV01 with warnings",
        "Restore folder from backup",
        "Backup repository full",
        "Nightly backup does not start",
    ],
    "onboarding": [
        "New user: laptop and mailbox",
        "Onboarding of Sam Lee",
        "Laptop for new colleague",
        "Onboarding: mailbox for new user",
        "New colleague starts on Monday, laptop",
    ],
}
"""Titles by what they are about, as desks have them: with words that say nothing, and with words of other topics."""


def ticket(id: str, title: str, days: float = 10, **values: Any) -> Ticket:
    """A ticket that was created so many days ago."""
    company = Ref(tenant="t", id="1")
    told = {"state": "open", "status": {"id": "1"}, "company": company, "created": NOW - timedelta(days=days)}
    return Ticket(tenant="t", id=id, title=title, **{**told, **values})


def desk() -> dict[str, list[Ticket]]:
    return {
        topic: [ticket(f"{topic}-{number}", title, days=3 + 4 * number) for number, title in enumerate(titles)]
        for topic, titles in DESK.items()
    }


def found(one: Ticket, others: list[Ticket]) -> list[str]:
    return [other.id for other in likest(one, others, NOW)]


@pytest.mark.row("S136", call="psa.tickets.related(ticket)")
def test_what_is_found_first_is_about_the_same_in_nine_of_ten_cases() -> None:
    tickets = [one for topic in desk().values() for one in topic]
    first, three = 0, 0
    for one in tickets:
        topic = one.id.partition("-")[0]
        ids = found(one, [other for other in tickets if other.id != one.id])
        first += ids[0].startswith(topic)
        three += sum(id.startswith(topic) for id in ids[:3])

    assert first / len(tickets) >= 0.9
    assert three / (3 * len(tickets)) >= 0.8


@pytest.mark.row("S136", call="psa.tickets.related(ticket)")
def test_of_two_alike_the_recent_one_comes_first_and_a_month_is_worth_half_of_the_likeness() -> None:
    asked = ticket("new", "Outlook crashes", days=0)
    old, recent = ticket("a", "Outlook crashes", days=60), ticket("b", "Outlook crashes", days=2)
    assert found(asked, [old, recent]) == ["b", "a"]

    both = ticket("both", "Outlook crashes", days=HALF_LIFE.days * 0.9)
    half = ticket("half", "Outlook update", days=0)
    assert found(asked, [half, both])[0] == "both"


def test_the_same_asset_says_more_than_a_word_and_the_same_contact_less_than_all_words() -> None:
    laptop, jane = Ref(tenant="t", id="7"), Ref(tenant="t", id="9")
    asked = ticket("new", "Laptop is slow", asset=laptop, contact=jane)
    others = [
        ticket("contact", "Mailbox full", contact=jane),
        ticket("asset", "Battery swollen", asset=laptop),
        ticket("words", "Laptop is slow again"),
        ticket("word", "Bring the laptop"),
        ticket("nothing", "Toner is empty", days=5),
    ]

    assert found(asked, others)[:2] == ["asset", "words"]
    assert found(asked, others).index("word") < len(others)


def test_what_has_nothing_in_common_is_not_found() -> None:
    assert found(ticket("new", "Outlook crashes"), [ticket("a", "Toner is empty"), ticket("b", "")]) == []
    assert found(ticket("new", ""), [ticket("a", "Toner is empty")]) == []


def test_titles_in_other_spellings_are_the_same_words() -> None:
    assert found(ticket("new", "Café: drucker öffnet nicht"), [ticket("a", "CAFE Drucker")]) == ["a"]
