"""The recipes do what they say on every PSA: what they wrote is looked up in the sandbox's world, not in their output, and
the requests that they say they take are counted in its log."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import answer_calls
import answer_webhooks
import check_closed_tickets
import dispatch_by_load
import enrich_new_tickets
import look_up_articles
import pytest
import report_sla_risk

import anypsa
from anypsa import Psa
from anypsa_sandbox import Sandbox

VENDORS = ("autotask", "halopsa", "connectwise")
AUTUMN = datetime(2026, 10, 1, tzinfo=UTC)
pytestmark = pytest.mark.sandbox(*VENDORS, tickets=200, latency=0)  # as the recipes start it
STATED = re.compile(r"(\d+) requests on Autotask, (\d+) on HaloPSA(?:, (\d+) on ConnectWise PSA)?")


@pytest.fixture(autouse=True)
def prompt(sandbox: Sandbox) -> None:
    """Slots are given back at once: which call a late one gets refused, and sent again, is a matter of milliseconds."""
    sandbox.control.limits(lag=0)


def stated(recipe: ModuleType, sandbox: Sandbox) -> int:
    """How many requests a recipe says it takes at this vendor."""
    found = STATED.search(" ".join(str(recipe.__doc__).split()))
    assert found is not None
    return int(found[VENDORS.index(sandbox.dialect.name) + 1])


def taken(sandbox: Sandbox) -> int:
    """How many requests the sandbox got so far, signing in included."""
    return len(sandbox.control.calls())


def written(sandbox: Sandbox, heading: str) -> list[dict[str, Any]]:
    """The notes that begin like this, each for technicians only and on a ticket of its own."""
    notes = [row for row in sandbox.world().rows("notes") if row["body"].startswith(heading)]
    assert {row["visibility"] for row in notes} <= {"internal"}
    assert len({row["ticket"] for row in notes}) == len(notes)
    return notes


@pytest.mark.row("S131", call="examples/enrich_new_tickets.py")
def test_a_new_ticket_is_told_about_its_customer_once(sandbox: Sandbox, psa: Psa) -> None:
    first = enrich_new_tickets.enrich(psa, AUTUMN)
    assert taken(sandbox) == stated(enrich_new_tickets, sandbox)
    second = enrich_new_tickets.enrich(psa, AUTUMN)

    notes = written(sandbox, enrich_new_tickets.HEADING)
    assert first == len(notes) > 0 and second == 0
    companies = {str(row["id"]): row["name"] for row in sandbox.world().rows("companies")}
    tickets = {row["id"]: row for row in sandbox.world().rows("tickets")}
    assert all(companies[str(tickets[note["ticket"]]["company"])] in note["body"] for note in notes)


@pytest.mark.row("S139", "S140", "S141", call="examples/answer_calls.py")
def test_a_call_becomes_one_ticket_of_the_callers_company_with_its_transcript(sandbox: Sandbox, psa: Psa) -> None:
    people = {f"{row['first_name']} {row['last_name']}".lower(): row for row in sandbox.world().rows("contacts")}
    heard, contact = next((name, found) for name in people if (found := answer_calls.caller(psa, name)))
    first = answer_calls.answer(psa, contact, "No sound", ["Hello?"], "call 7")
    assert taken(sandbox) == stated(answer_calls, sandbox)
    again = answer_calls.answer(psa, contact, "No sound", ["Hello?"], "call 7")

    (note,) = written(sandbox, answer_calls.HEADING)
    (row,) = [row for row in sandbox.world().rows("tickets") if row["title"] == "No sound"]
    assert first.id == again.id == str(row["id"]) and note["ticket"] == row["id"]
    stored = psa.tickets.get(first)
    assert (stored.company.id, stored.contact and stored.contact.id) == (contact.company.id, str(people[heard]["id"]))
    assert "Hello?" in note["body"]


@pytest.mark.row("S132", call="examples/dispatch_by_load.py")
def test_tickets_go_to_the_skilled_with_room_and_nobody_loses_one(sandbox: Sandbox, psa: Psa) -> None:
    before = {row["id"]: row["assignee"] for row in sandbox.world().rows("tickets")}
    given = dispatch_by_load.dispatch(psa, datetime(2026, 11, 1, tzinfo=UTC))
    assert taken(sandbox) == stated(dispatch_by_load, sandbox)

    after = {row["id"]: row["assignee"] for row in sandbox.world().rows("tickets")}
    changed = [id for id in before if before[id] != after[id]]
    assert given.total() == len(changed) == 10
    assert all(before[id] is None for id in changed)


@pytest.mark.row("S132", call="psa.technicians.workloads()")
def test_load_and_skill_are_what_the_tickets_of_the_world_come_to(sandbox: Sandbox, psa: Psa) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [row for row in sandbox.world().rows("tickets") if row["assignee"] is not None]
    waiting = Counter(row["assignee"] for row in rows if row["closed"] is None)
    closed = [row for row in rows if row["closed"] and now - timedelta(days=90) <= row["closed"]]

    loads = psa.technicians.workloads(at=now)

    assert sorted(one.open for one in loads if one.open) == sorted(waiting.values())
    solved = sum(sum(one.solved.values()) for one in loads)
    assert solved == pytest.approx(sum(0.5 ** ((now - row["closed"]) / timedelta(days=30)) for row in closed), rel=0.01)


@pytest.mark.row("S133", call="examples/report_sla_risk.py")
def test_what_is_late_is_reported_and_nothing_is_written(sandbox: Sandbox, psa: Psa) -> None:
    now = datetime(2026, 10, 29, 12, tzinfo=UTC)
    before = sandbox.world().digest()
    tickets = report_sla_risk.at_risk(psa, now)
    assert taken(sandbox) == stated(report_sla_risk, sandbox)
    told = report_sla_risk.lines(tickets, now)

    open_states = {"open", "waiting"}
    assert tickets and all(one.state in open_states and one.due < now + report_sla_risk.SOON for one in tickets)
    assert tickets == sorted(tickets, key=lambda one: one.due)
    assert sandbox.world().digest() == before
    assert "<!channel>" not in report_sla_risk.slack(["head", "<!channel> & co"])["text"]
    card = report_sla_risk.teams(told)["attachments"][0]["content"]
    assert [block["inlines"][0]["text"] for block in card["body"]] == told


@pytest.mark.row("S134", call="examples/look_up_articles.py")
def test_articles_that_may_help_are_named_once(sandbox: Sandbox, psa: Psa) -> None:
    if "articles.search" not in psa.capabilities:
        look_up_articles.main(sandbox.dialect.name)  # says so, and ends well
        return
    first = look_up_articles.look_up(psa, AUTUMN - timedelta(days=16))
    assert taken(sandbox) == stated(look_up_articles, sandbox)
    second = look_up_articles.look_up(psa, AUTUMN - timedelta(days=16))

    assert first == len(written(sandbox, look_up_articles.HEADING)) > 0 and second == 0


@pytest.mark.row("S135", "S137", call="examples/check_closed_tickets.py")
def test_what_closed_tickets_lack_is_told_once(sandbox: Sandbox, psa: Psa) -> None:
    missing = check_closed_tickets.check(psa, AUTUMN + timedelta(days=14))
    assert taken(sandbox) == stated(check_closed_tickets, sandbox)
    again = check_closed_tickets.check(psa, AUTUMN + timedelta(days=14))

    notes = written(sandbox, check_closed_tickets.HEADING)
    assert missing.total() == sum(note["body"].count("\n- ") for note in notes) > 0
    assert again.total() == 0
    assert {row["id"] for row in sandbox.world().rows("tickets") if row["closed"]} >= {note["ticket"] for note in notes}


@pytest.mark.row("S138", call="examples/answer_webhooks.py")
def test_what_a_webhook_woke_the_agent_for_is_done_when_a_technician_approved_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    if sandbox.dialect.name == "connectwise":
        with pytest.raises(anypsa.Unsupported):  # its adapter offers no webhooks
            answer_webhooks.rehearse(sandbox, tmp_path)
        return
    (plan,) = answer_webhooks.rehearse(sandbox, tmp_path)
    assert taken(sandbox) == stated(answer_webhooks, sandbox)

    (row,) = [row for row in sandbox.world().rows("tickets") if row["title"].startswith("VPN down")]
    assert plan.stage is anypsa.PlanStage.DONE
    assert row["title"] == "VPN down (expired certificate)"
