"""Bad input gets a clear error before any request that it could spoil."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from vendors import AUTOTASK, OPEN

import anypsa
from anypsa import ConfigurationError, Denied, Invalid, Unsupported, q
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox

NAIVE = datetime(2026, 3, 1)  # noqa: DTZ001  # naive on purpose

BAD_FILTERS = {
    "unknown field": q.titel == "x",
    "text where an id belongs": q.company == 1.5,
    "number where text belongs": q.title == 5,
    "naive time": q.created > NAIVE,
    "order on a choice": q.queue > "Network",
    "contains on a reference": q.company.contains("x"),
    "an unknown state": q.state == "opened",
}


@pytest.mark.parametrize("name", BAD_FILTERS)
def test_a_filter_that_cannot_be_right_is_refused_before_anything_is_sent(
    sandbox: Sandbox, on: Callable[..., Any], name: str
) -> None:
    async def check(psa: Probe) -> None:
        with pytest.raises(Invalid) as refused:
            psa.tickets.list(BAD_FILTERS[name])
        assert refused.value.problems[0].field in {"titel", "company", "title", "created", "queue", "state"}

    on(check)

    assert sandbox.control.calls() == []


@pytest.mark.parametrize("limit", [-1, 1.5, True, "10"])
def test_a_limit_must_be_a_count(sandbox: Sandbox, on: Callable[..., Any], limit: Any) -> None:
    async def check(psa: Probe) -> None:
        with pytest.raises(Invalid):
            psa.tickets.list(limit=limit)

    on(check)


def test_an_unknown_label_lists_the_candidates(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        with pytest.raises(Invalid) as refused:
            await psa.tickets.first(q.queue == "Netwrok")
        assert "Network" in refused.value.problems[0].allowed
        with pytest.raises(Invalid) as unwritten:
            await psa.tickets.create(company=5, title="x", priority="Hihg")
        assert "High" in unwritten.value.problems[0].allowed

    on(check)

    assert {call["method"] for call in sandbox.control.calls()} <= {"GET", "POST"}
    assert sandbox.world().counts()["tickets"] == 400


def test_a_record_of_another_tenant_is_refused_before_anything_is_sent(
    sandbox: Sandbox, face: str, vendor: str, on: Callable[..., Any]
) -> None:
    async def foreign(psa: Probe) -> Any:
        return await psa.tickets.first()

    other = on_face(face, foreign, vendor, {**OPEN, **sandbox.settings_for("contoso")})
    sandbox.control.clear_log()

    async def check(psa: Probe) -> None:
        for call in (
            lambda: psa.tickets.get(other),
            lambda: psa.tickets.update(other, title="mine"),
            lambda: psa.notes.create(ticket=other, body="x", visibility="internal"),
            lambda: psa.tickets.create(company=other.company, title="x"),
        ):
            with pytest.raises(Invalid):
                await call()
        with pytest.raises(Invalid):
            psa.tickets.list(q.company == other.company)

    on(check)

    assert sandbox.control.calls() == []


def test_an_unknown_adapter_is_told_with_what_to_install() -> None:
    with pytest.raises(ConfigurationError) as refused:
        anypsa.connect("servicenow")

    assert refused.value.hint is not None
    assert "pip install" in refused.value.hint


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_all_wrong_settings_are_named_at_once(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTOTASK_USERNAME", "AUTOTASK_SECRET", "AUTOTASK_INTEGRATION_CODE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError) as refused:
        anypsa.connect(vendor, slots=0, deadline="soon", colour="red")

    fields = {problem.field for problem in refused.value.problems}
    assert fields >= {"username", "secret", "integration_code", "slots", "deadline", "colour"}


def test_what_is_not_declared_is_unsupported_before_anything_is_sent(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> None:
        assert "queues.create" not in psa.capabilities
        with pytest.raises(Unsupported):
            await psa.queues.create()

    on(check)

    assert sandbox.control.calls() == []


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_a_read_only_policy_lets_nothing_be_written_by_any_door(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    before = sandbox.world().digest()

    async def check(psa: Probe) -> None:
        ticket = await psa.tickets.first(q.state == "open")
        body = {"filter": [{"op": "gte", "field": "id", "value": 0}]}
        assert (await psa.request("POST", "Companies/query", json=body)).json()["items"]
        for call in (
            lambda: psa.tickets.update(ticket, title="x"),
            lambda: psa.tickets.create(company=0, title="x"),
            lambda: psa.notes.create(ticket=ticket, body="x", visibility="internal"),
            lambda: psa.request("PATCH", "Tickets", json={"id": int(ticket.id), "title": "x"}),
            lambda: psa.request("POST", "Something/Else/Entirely"),
        ):
            with pytest.raises(Denied):
                await call()

    on(check, policy="read_only")

    assert sandbox.world().digest() == before
