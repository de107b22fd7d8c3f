"""HaloPSA's own ways, over real HTTP: page caps, envelopes, scopes, the rolling window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import anypsa
from anypsa import PermissionDenied, RateLimited, Unsupported, Visibility, q
from anypsa_sandbox import Sandbox

OPEN = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}


@pytest.fixture
def sandbox(start_sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with Sandbox("halopsa", tickets=230) as sandbox:
        sandbox.control.limits(window_limit=1_000_000)
        yield sandbox


@pytest.mark.parametrize("cap", [100, 50, 7, 1])
@pytest.mark.trust("P10")
def test_the_size_of_a_page_is_learned_and_never_trusted(sandbox: Sandbox, cap: int) -> None:
    sandbox.control.dialect("cap", rows=cap)
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        pager = psa.tickets.list()
        ids = sorted(int(ticket.id) for ticket in pager)

    assert ids == [row["id"] for row in sandbox.world().rows("tickets")]
    assert pager.report.complete


def test_a_long_list_of_ids_is_got_whole_with_a_small_page(sandbox: Sandbox) -> None:
    sandbox.control.dialect("cap", rows=20)
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:120]
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        assert [ticket.id for ticket in psa.tickets.get_many(ids)] == [str(id) for id in ids]


def test_agents_come_in_an_envelope_or_bare(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        bare = psa.technicians.list().all()
        sandbox.control.dialect("quirk", name="agents_in_envelope")
        assert psa.technicians.list().all() == bare


def test_a_scope_that_is_missing_is_a_permission_denied(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN, scope="read:tickets") as psa:
        ticket = psa.tickets.first()
        with pytest.raises(PermissionDenied):
            psa.companies.list().all()
        with pytest.raises(PermissionDenied):
            psa.tickets.update(ticket or "1", title="x")


def test_a_new_token_may_kill_the_old_one_and_nobody_notices(sandbox: Sandbox) -> None:
    sandbox.control.dialect("quirk", name="one_token")
    with (
        anypsa.connect("halopsa", **sandbox.settings, **OPEN) as one,
        anypsa.connect("halopsa", **sandbox.settings, **OPEN) as other,
    ):
        assert one.tickets.count() == other.tickets.count() == one.tickets.count() == 230


def test_notes_are_listed_by_ticket_and_not_otherwise(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa, pytest.raises(Unsupported):
        psa.notes.list().all()


def test_a_note_is_never_mailed_and_keeps_its_text(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        ticket = psa.tickets.first(q.state == "open")
        assert ticket is not None
        note = psa.notes.create(ticket=ticket, body="a < b\n& 'c'", visibility=Visibility.PUBLIC)
        changed = psa.notes.update(note, body="for us only", visibility=Visibility.INTERNAL)

    assert (note.body, note.visibility) == ("a < b\n& 'c'", Visibility.PUBLIC)
    assert (changed.id, changed.body, changed.visibility) == (note.id, "for us only", Visibility.INTERNAL)


def test_our_share_of_the_window_is_kept_as_the_server_counts(sandbox: Sandbox) -> None:
    sandbox.control.limits(window_limit=30, window=3)
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:40]
    settings = {
        "ledger": "memory",
        "window": 3,
        "requests_per_window": 30,
        "reserve": 6,
        "deadline": 30,
        "bulk_deadline": 30,
    }
    with anypsa.connect("halopsa", **sandbox.settings, **settings) as psa:
        found = [psa.tickets.get(id) for id in ids]

    assert len(found) == 40
    assert {call["status"] for call in sandbox.control.calls()} == {200}


def test_beyond_the_window_the_whole_tenant_waits(sandbox: Sandbox) -> None:
    sandbox.control.limits(window_limit=5, window=3600)
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN, deadline=1, bulk_deadline=1) as psa:
        with pytest.raises(RateLimited):
            for _ in range(10):
                psa.queues.list().all()
        before = len(sandbox.control.calls())
        with pytest.raises(anypsa.PSAError):
            psa.technicians.list().all()

        assert len(sandbox.control.calls()) == before
