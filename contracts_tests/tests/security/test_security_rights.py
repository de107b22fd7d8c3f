"""Rights: a policy that only reads, credentials that only read, tenants that never mix, connections that are verified."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stranger import Stranger, listening
from vendors import OPEN, Vendor

from anypsa import (
    AuthenticationFailed,
    ConfigurationError,
    Denied,
    MemoryLedger,
    PermissionDenied,
    PSAError,
    connect,
)
from anypsa.plugins import load
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox

QUERIES = ("/query", "/query/count", "/auth/token")
FORBIDDEN = {
    "autotask": (500, {"errors": ["The logged in Resource does not have the adequate permissions to create."]}),
    "halopsa": (403, {"message": "You do not have permission."}),
}


def writes(sandbox: Sandbox) -> list[dict[str, Any]]:
    calls = sandbox.control.calls()
    return [one for one in calls if one["method"] != "GET" and not one["path"].endswith(QUERIES)]


@pytest.mark.trust("W7")
def test_a_read_only_policy_lets_no_writing_request_out_by_any_door(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    raw = [
        (method, path, body)
        for method in ("POST", "PUT", "PATCH", "DELETE", "post", "patch")
        for path in ("Tickets", "Tickets/1", "tickets/1/Notes", "Something/Else", "Actions", "api/Tickets", "Version")
        for body in ({"id": 1, "title": "x"}, [{"id": 1, "summary": "x"}], None)
    ]

    async def check(psa: Probe) -> None:
        ticket = await psa.tickets.first()
        doors = [
            lambda: psa.tickets.update(ticket, title="x"),
            lambda: psa.tickets.create(company=ticket.company, title="x", **facts.new_ticket),
            lambda: psa.notes.create(ticket=ticket, body="x", visibility="internal"),
            *(lambda one=one: psa.request(one[0], one[1], json=one[2]) for one in raw),
        ]
        for door in doors:
            with pytest.raises((Denied, PSAError)):
                await door()

    before = sandbox.world().digest()
    on(check, policy="read_only")

    assert writes(sandbox) == []
    assert sandbox.world().digest() == before


@pytest.mark.trust("W7")
def test_reads_that_use_post_are_reads(sandbox: Sandbox, on: Callable[..., Any], vendor: str) -> None:
    async def check(psa: Probe) -> None:
        assert await psa.tickets.first() is not None
        if vendor == "autotask":
            body = {"filter": [{"op": "gte", "field": "id", "value": 0}]}
            assert (await psa.request("POST", "Companies/query", json=body)).json()["items"]

    on(check, policy="read_only")

    assert writes(sandbox) == []


@pytest.mark.trust("A19")
def test_credentials_that_may_only_read_are_told_at_once_and_clearly(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    status, body = FORBIDDEN[facts.name]
    paths = {"autotask": ("/Tickets$", "/Notes$"), "halopsa": ("/api/Tickets$", "/api/Actions$")}[facts.name]
    for path in paths:
        for method in ("POST", "PATCH"):
            sandbox.control.fault("reply", path=path, method=method, status=status, body=body, times=None)

    async def check(psa: Probe) -> None:
        ticket = await psa.tickets.first()
        for call in (
            lambda: psa.tickets.create(company=ticket.company, title="x", **facts.new_ticket),
            lambda: psa.tickets.update(ticket, title="x"),
            lambda: psa.notes.create(ticket=ticket, body="x", visibility="internal"),
        ):
            sandbox.control.clear_log()
            with pytest.raises(PermissionDenied) as refused:
                await call()
            assert not refused.value.retryable
            assert refused.value.hint
            assert len(writes(sandbox)) == 1

    on(check)


@pytest.mark.trust("T8")
def test_a_secret_that_was_changed_is_good_at_once_for_who_connects_anew(sandbox: Sandbox, facts: Vendor) -> None:
    """In the same process and over the same ledger, though the old one was refused a moment ago."""
    settings = {**OPEN, **sandbox.settings, "ledger": MemoryLedger()}
    old = {{"autotask": "secret", "halopsa": "client_secret"}[facts.name]: "the old one"}
    for _ in range(2):
        with connect(facts.name, **{**settings, **old}) as psa, pytest.raises(AuthenticationFailed):
            psa.tickets.first()

    with connect(facts.name, **settings) as psa:
        assert psa.tickets.first() is not None


@pytest.mark.trust("A18")
def test_two_tenants_at_once_never_see_each_others_records(
    sandbox: Sandbox, face: str, vendor: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Both at once, in shuffled order, over one ledger; each tenant's records carry a mark of their own."""
    caplog.set_level("DEBUG")
    tenants = sandbox.tenants[:2]
    for tenant in tenants:
        world = sandbox.world(tenant)
        for table, column in (("tickets", "title"), ("companies", "name"), ("contacts", "last_name")):
            for row in world.rows(table)[:40]:
                world.change(table, row["id"], {column: f"canary-{tenant}-{row['id']}"})
    ids = [str(row["id"]) for row in sandbox.world(tenants[1]).rows("tickets")[:10]]
    found: dict[str, list[Any]] = {tenant: [] for tenant in tenants}

    async def with_other(first: Probe, second: Probe) -> None:
        jobs = []
        for tenant, psa in zip(tenants, (first, second), strict=True):
            for call in (
                lambda psa=psa: psa.tickets.list(limit=60, expand=["company"]).all(),
                lambda psa=psa: psa.companies.list(limit=40).all(),
                lambda psa=psa: psa.contacts.list(limit=40).all(),
                *(lambda psa=psa, id=id: one(psa, id) for id in ids),
            ):
                jobs.append((tenant, call))
        random.Random(18).shuffle(jobs)

        async def one(psa: Probe, id: str) -> list[Any]:
            try:
                return [await psa.tickets.get(id)]
            except PSAError:
                return []

        async def done(tenant: str, call: Callable[[], Any]) -> None:
            found[tenant] += await call()

        await first.together([lambda job=job: done(*job) for job in jobs])
        assert first.tenant != second.tenant
        caches = [set(map(repr, psa.psa.context.session._once._flights.values())) for psa in (first, second)]
        assert not any(mark in text for mark, texts in zip(reversed(tenants), caches, strict=True) for text in texts)

    async def check(first: Probe) -> None:
        async def inner(second: Probe) -> None:
            await with_other(first, second)

        await first.with_settings(sandbox.settings_for(tenants[1]), inner)

    on_face(face, check, vendor, {**OPEN, **sandbox.settings})

    for tenant, other in (tenants, tenants[::-1]):
        texts = [f"{record!r} {record.raw} {record.model_dump_json()}" for record in found[tenant]]
        assert sum(f"canary-{tenant}-" in text for text in texts) >= 40
        assert [text for text in texts if f"canary-{other}-" in text] == []
        assert len({record.tenant for record in found[tenant]}) == 1
    assert "canary-" not in caplog.text


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with listening() as one:
        yield one


@pytest.mark.trust("A20")
def test_the_environment_reroutes_nothing(
    sandbox: Sandbox, on: Callable[..., Any], stranger: Stranger, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, stranger.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil\n")

    async def check(psa: Probe) -> Any:
        return await psa.tickets.first()

    assert on(check) is not None
    assert stranger.received == []


@pytest.mark.trust("A20")
@pytest.mark.parametrize("vendor", ["autotask", "halopsa"])
@pytest.mark.parametrize("name", ["verify", "verify_ssl", "insecure", "ssl", "trust_env", "cert_reqs"])
def test_there_is_no_setting_that_leaves_the_vendor_unverified(vendor: str, name: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        connect(vendor, **{name: False})

    assert name in {problem.field for problem in refused.value.problems}
    assert name not in load(vendor).settings_type.model_fields
