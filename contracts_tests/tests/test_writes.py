"""Writes: what was asked for is stored, nothing else is touched, and nobody sees what they should not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vendors import OPEN, Vendor

from anypsa import Invalid, NotFound, OutcomeUnknown, Visibility, q
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox


def test_a_ticket_is_created_as_it_was_asked_for(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    due = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
    wanted = facts.known(
        title='VPN "down" – 100% für alle',
        queue="network",
        priority="High",
        category="Hardware",
        subcategory="Other",
        estimate=timedelta(minutes=90),
        due=due,
        custom_fields={"Site Code": "ZRH-09"},
    )

    async def check(psa: Probe) -> Any:
        acme = await psa.companies.first(q.name == "Acme Dental")
        contact = await psa.contacts.first((q.company == acme) & (q.active == True))  # noqa: E712  # a filter
        return await psa.tickets.create(company=acme, contact=contact, **{**facts.new_ticket, **wanted})

    ticket = on(check)
    row = sandbox.world().row("tickets", int(ticket.id))

    assert row is not None
    assert (row["title"], row["queue"], row["priority"]) == ('VPN "down" – 100% für alle', "Network", "High")
    assert (row["status"], row["due"], row["estimated_hours"]) == ("New", due, 1.5)
    assert (ticket.status.label, ticket.due, ticket.estimate) == ("New", due, timedelta(minutes=90))
    assert row["company"] is not None
    assert ticket.contact is not None
    assert int(ticket.contact.id) == row["contact"]
    told = {"category": row["category"], "subcategory": row["subcategory"], "number": row["number"]}
    asked = {"category": "Hardware", "subcategory": "Hardware > Other", "number": ticket.number}
    assert facts.known(**told) == facts.known(**asked)
    assert "custom" in facts.without or row["custom"]["Site Code"] == "ZRH-09"


def test_an_update_sends_only_what_was_named_and_none_clears(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    before = next(row for row in sandbox.world().rows("tickets") if row["contact"] and row["custom"]["Site Code"])
    wanted = facts.known(contact=None, custom_fields={"Customer Ranking": "Golden"})

    async def check(psa: Probe) -> Any:
        return await psa.tickets.update(before["id"], **wanted)

    ticket = on(check)
    after = sandbox.world().row("tickets", before["id"])

    assert after is not None
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"contact", "custom", "updated"}
    assert (after["contact"], ticket.contact) == (None, None)
    assert after["custom"] == {**before["custom"], **wanted.get("custom_fields", {})}


def test_a_technician_is_assigned_by_name(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    async def check(psa: Probe) -> tuple[Any, Any]:
        ticket = await psa.tickets.first(q.assignee.is_null())
        given = await psa.tickets.update(ticket, assignee="ben okafor")
        taken = await psa.tickets.update(ticket, assignee=None)
        return given, taken

    given, taken = on(check)

    assert (given.assignee.id, taken.assignee) == (facts.id("assignee", 13), None)


@pytest.mark.parametrize("tenant", ["northwind", "contoso"])
@pytest.mark.parametrize("visibility", list(Visibility))
def test_visibility_is_the_tenants_own_whatever_its_numbers(
    sandbox: Sandbox, face: str, vendor: str, tenant: str, visibility: Visibility
) -> None:
    async def check(psa: Probe) -> Any:
        return await psa.notes.create(ticket=await psa.tickets.first(), body="Für euch.", visibility=visibility)

    note = on_face(face, check, vendor, {**OPEN, **sandbox.settings_for(tenant)})
    row = sandbox.world(tenant).rows("notes")[-1]

    assert row is not None
    assert (row["visibility"], row["body"], note.visibility) == (str(visibility), "Für euch.", visibility)


def test_a_lost_answer_to_a_create_is_not_repeated(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    before = sandbox.world().counts()["tickets"]
    sandbox.control.fault("lose", method="POST", path=facts.ticket_path)

    async def check(psa: Probe) -> Any:
        return await psa.tickets.create(
            company=facts.id("company", 0), title="once only", queue="Network", **facts.new_ticket
        )

    ticket = on(check)

    assert sandbox.world().counts()["tickets"] == before + 1
    assert sandbox.world().row("tickets", int(ticket.id))["title"] == "once only"


def test_a_create_that_never_arrived_is_unknown_and_not_repeated(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    before = sandbox.world().counts()["tickets"]
    sandbox.control.fault("reset", method="POST", path=facts.ticket_path)

    async def check(psa: Probe) -> None:
        with pytest.raises(OutcomeUnknown):
            await psa.tickets.create(company=facts.id("company", 0), title="lost", queue="Network", **facts.new_ticket)

    on(check, deadline=1.5)

    assert sandbox.world().counts()["tickets"] == before


def test_notes_of_one_ticket_are_listed(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    rows = sandbox.world().rows("notes")
    ticket = rows[0]["ticket"]

    async def check(psa: Probe) -> list[Any]:
        return [note async for note in psa.notes.list(ticket=ticket)]

    notes = on(check)

    told = [(note.body, note.visibility) for note in notes]
    assert sorted(told) == sorted((row["body"], row["visibility"]) for row in rows if row["ticket"] == ticket)


def test_a_missing_record_is_not_found(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        for collection in (
            psa.tickets,
            psa.companies,
            psa.contacts,
            psa.assets,
            psa.queues,
            psa.technicians,
            psa.notes,
        ):
            with pytest.raises(NotFound):
                await collection.get(999_999_999)

    on(check)


def test_ids_cannot_leave_their_place_in_the_path(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        for id in ("1/../../Companies/0", "..", "1?x=1", "1#", "%2e%2e", "1\n2", ""):
            with pytest.raises((Invalid, NotFound)):
                await psa.tickets.get(id)

    on(check)

    assert all("companies" not in call["path"].lower() for call in sandbox.control.calls())


def test_check_says_who_we_are(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    async def check(psa: Probe) -> Any:
        return await psa.check()

    identity = on(check)

    assert (identity.username, identity.technician_id) == facts.who
