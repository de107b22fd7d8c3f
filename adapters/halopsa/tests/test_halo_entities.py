"""Entities: any of HaloPSA's records by its own names, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import anypsa
from anypsa import Action, Denied, Invalid, NotFound, Policy, Rule, Rules, Unsupported, Verdict, Visibility, q
from anypsa.testing import scripted
from anypsa_halopsa.entities import FAMILIES, table
from anypsa_halopsa.tables import WITHIN
from anypsa_sandbox import Sandbox

OPEN: dict[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox("halopsa", tickets=60) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0)
        yield sandbox


@pytest.fixture
def psa(running: Sandbox) -> Iterator[anypsa.Psa]:
    with anypsa.connect("halopsa", **running.settings, **OPEN) as psa:
        yield psa


def test_every_entity_is_listed_counted_and_got_by_its_id(psa: anypsa.Psa) -> None:
    for name in sorted(FAMILIES.keys() - WITHIN.keys()):
        entity = psa.entity(name)
        everything = entity.list().all()

        assert entity.count() == len(everything), name
        for one in everything[-1:]:
            assert entity.get(one.id).id == one.id, name
            assert [found.id for found in entity.get_many([one.id])] == [one.id], name


def test_the_fields_of_every_entity_are_told(psa: anypsa.Psa) -> None:
    for name in FAMILIES.keys() - {"BudgetType", "CannedText"}:
        assert {one.vendor_name for one in psa.fields(name)} > {"id"}, name
    with pytest.raises(Unsupported):
        psa.fields("BudgetType")  # no schema has it

    told = {one.name: one for one in psa.fields("Tickets")}
    assert (told["summary"].holds, told["summary"].writable, told["id"].writable) == ("text", True, False)
    assert told["client_id"].filtered_by_vendor == "exactly"
    assert told["Site Code"].custom


@pytest.mark.row("S37", call='psa.entity("Tickets")')
def test_what_the_vendor_filters_is_the_same_as_for_collections(psa: anypsa.Psa) -> None:
    tickets, company = psa.entity("tickets"), psa.companies.get(psa.tickets.list().all()[0].company.id)
    where = (q.client_id == company) & q.summary.contains("a") & (q.last_update > "2020-01-01T00:00:00Z")

    told = tickets.list(where).explain()
    found = {one.id for one in tickets.list(where)}

    assert any("client_id" in one for one in told.vendor)
    assert any("lastupdatefromdate" in one for one in told.vendor)
    assert found == {one.id for one in psa.tickets.list((q.company == company) & q.title.contains("a"))} != set()


def test_what_hangs_on_something_is_listed_by_it(psa: anypsa.Psa) -> None:
    ticket = next(one for one in psa.tickets.list() if psa.notes.list(ticket=one).all())
    rates = psa.entity("Lookup").list(q.lookupid == "17").all()

    assert {one.id for one in psa.notes.list(ticket=ticket)} <= {
        one.id for one in psa.entity("Actions").list(q.ticket_id == ticket)
    }
    assert {one.name for one in rates} >= {"Remote Support"}
    for name in WITHIN:
        with pytest.raises(Unsupported):
            psa.entity(name).list().all()


def test_records_are_written_in_the_vendors_words(psa: anypsa.Psa) -> None:
    entity, like = psa.entity("Tickets"), psa.entity("Tickets").first()
    assert like is not None

    made = entity.create(summary="by name", client_id=like.client_id, tickettype_id=like.tickettype_id, impact=1)
    changed = entity.update(made, details="more", custom_fields={"Site Code": "B-7"})

    assert (made.summary, made.impact, changed.details) == ("by name", 1, "more")
    assert changed.custom_fields["Site Code"] == "B-7"
    assert psa.tickets.get(made.id).title == "by name"
    entity.delete(made)
    with pytest.raises(NotFound):
        entity.get(made)


def test_a_new_action_is_hidden_and_mails_nobody_unless_said_otherwise(psa: anypsa.Psa, running: Sandbox) -> None:
    ticket = psa.tickets.first(q.state == "open")
    mailing = next(one for one in psa.entity("Outcome").list() if one.sendemail)

    made = psa.entity("Actions").create(ticket_id=ticket, outcome_id=mailing, note="for us")
    changed = psa.entity("Actions").update(made, note="still for us")

    assert psa.notes.get(made.id).visibility is Visibility.INTERNAL
    assert changed.note == "still for us"
    assert running.control.dialect("mails", tenant="northwind") == []


@pytest.mark.row("S91", call='psa.webhooks.ensure | psa.entity("WebhookEvent")')
def test_the_log_of_deliveries_is_read_by_webhook(psa: anypsa.Psa) -> None:
    told = {"secret": "s" * 20, "events": ["ticket.updated"]}
    (first,) = psa.webhooks.ensure(url="http://127.0.0.1:9/a", name="first", **told)
    (other,) = psa.webhooks.ensure(url="http://127.0.0.1:9/b", name="other", **told)
    ticket = psa.tickets.first(q.state == "open")
    assert ticket is not None

    psa.tickets.update(ticket, title="told")
    log = psa.entity("WebhookEvent").list(q.webhook_id == first.id)

    assert any("webhook_id" in one for one in log.explain().vendor)
    assert [(one.webhook_id, one.entity_id) for one in log] == [(first.id, ticket.id)]
    assert [one.eventno for one in psa.entity("Notification").list(q.webhook_id == other.id)] == [61]
    for hook in (first, other):
        psa.webhooks.remove(hook.id)


def test_a_policy_sees_what_is_behind_the_vendors_name(running: Sandbox) -> None:
    forbidding = Rules(
        "mine",
        (
            Rule(name="no shown notes", then=Verdict.DISABLED, entities=frozenset({"note"}), visibility=Visibility.PUBLIC),
            Rule(name="no tickets", then=Verdict.DISABLED, entities=frozenset({"ticket"}), actions=frozenset({Action.UPDATE})),
            Rule(name="no contracts", then=Verdict.DISABLED, entities=frozenset({"contract"})),
            Rule(name="anything", then=Verdict.AUTO),
        ),
    )  # fmt: skip
    policy: Policy = forbidding
    with anypsa.connect("halopsa", **running.settings, **OPEN, policy=policy) as psa:
        ticket = psa.tickets.first(q.state == "open")
        with pytest.raises(Denied):
            psa.entity("Tickets").update(ticket.id, summary="x")
        with pytest.raises(Denied):
            psa.entity("Actions").create(ticket_id=ticket, outcome_id="7", note="x", hiddenfromuser=False)
        with pytest.raises(Denied):
            psa.entity("ClientContract").count()


def test_a_name_that_is_not_known_is_refused_with_those_that_are(psa: anypsa.Psa) -> None:
    for name in ("Nonsense", "../Tickets", "", "Assets"):
        with pytest.raises(Unsupported) as refused:
            psa.entity(name).count()
        assert "Asset" in str(refused.value)


def test_what_the_vendor_does_not_have_or_take_is_refused_before_it_is_sent(psa: anypsa.Psa) -> None:
    with pytest.raises(Unsupported):
        psa.entity("Status").create(name="x")
    with pytest.raises(Invalid) as refused:
        psa.entity("Tickets").create(sumary="x")
    assert {problem.field for problem in refused.value.problems} == {"sumary"}


def odd(outgoing: Any) -> tuple[int, bytes]:
    """A vendor whose tickets have an impact of another type than its schema says."""
    if outgoing.url.endswith("/token"):
        return 200, b'{"access_token": "t", "expires_in": 3600}'
    return 200, b'{"record_count": 1, "tickets": [{"id": 5, "impact": {"odd": 1}, "urgency": 2}]}'


def test_a_filter_by_what_cannot_be_read_passes_over_nothing_in_silence() -> None:
    settings = {"resource_url": "https://halo.example", "client_id": "i", "client_secret": "s"}
    tickets = scripted("halopsa", odd, **settings).entity("Tickets")

    assert [one.id for one in tickets.list(q.urgency == 2)] == ["5"]
    for filter in (q.impact == 1, q.impact.is_null(), ~(q.impact == 1)):
        with pytest.raises(anypsa.Incomplete):
            tickets.list(filter).all()


def test_a_value_of_another_type_than_the_schema_says_breaks_no_list() -> None:
    row = {"id": 5.0, "client_id": "21.0", "impact": {"odd": 1}, "estimate": "", "inactive": "false", "team_id": 0.5}
    decoded = table("Tickets").decode(row, anypsa.spi.Context("t"))

    assert (decoded.id, decoded.client_id, decoded.inactive) == ("5", "21", False)
    assert (decoded.impact, decoded.estimate, decoded.team_id) == (None, None, None)
    assert decoded.raw["impact"] == {"odd": 1}
