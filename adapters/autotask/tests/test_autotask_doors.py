"""Doors: no write without the policy, no request out of its place, no secret in logs, errors or observers."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import anyio
import pytest
from autotask_vendor import CODE, SECRET, USER, Vendor, connect, connect_async, link, page

from anypsa import (
    AuthenticationFailed,
    ConfigurationError,
    Denied,
    Invalid,
    Policy,
    Psa,
    PSAError,
    Unintelligible,
    Visibility,
    hookimpl,
)
from anypsa.testing import scripted


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=3, Companies=1)


WRITES = [
    lambda psa: psa.tickets.create(company=1, title="a"),
    lambda psa: psa.tickets.update(1, title="a"),
    lambda psa: psa.notes.create(ticket=1, body="a", visibility=Visibility.INTERNAL),
    lambda psa: psa.request("POST", "Tickets", json={"title": "a"}),
    lambda psa: psa.request("post", "tickets", json={"title": "a"}),
    lambda psa: psa.request("PATCH", "Tickets", json={"id": 1, "title": "a"}),
    lambda psa: psa.request("PUT", "Tickets", json={"id": 1}),
    lambda psa: psa.request("DELETE", "Tickets/1/Charges/2"),
    lambda psa: psa.request("POST", "Tickets/1/Notes", json={}),
    lambda psa: psa.request("POST", "Nonsense/1/2/3/4"),
    lambda psa: psa.request("POST", "Tickets/1/query", json={}),
    lambda psa: psa.request("POST", "Tickets/1", json={}),
    lambda psa: psa.request("POST", "Tickets/quer%79", json={}),
    lambda psa: psa.request("POST", "query", json={}),
]


@pytest.mark.parametrize("write", WRITES, ids=range(len(WRITES)))
def test_under_the_read_only_policy_no_door_leads_to_a_write(vendor: Vendor, write: Any) -> None:
    with pytest.raises(Denied):
        write(connect(vendor, policy=Policy.read_only))

    assert vendor.writes() == []


@pytest.mark.parametrize("path", ["Tickets/query/../../Tickets", "Tickets/query/%2e%2e/x", "Tickets/query/..%2fx"])
def test_a_write_cannot_hide_behind_a_reading_path(vendor: Vendor, path: str) -> None:
    with pytest.raises((Denied, Invalid)):
        connect(vendor, policy=Policy.read_only).request("POST", path, json={})

    assert vendor.told == []


def test_under_the_read_only_policy_reads_pass_also_by_post(vendor: Vendor) -> None:
    psa = connect(vendor, policy="read_only")
    everything = {"filter": [{"op": "gte", "field": "id", "value": 0}], "maxRecords": 5}

    assert len(psa.tickets.list().all()) == 3
    assert psa.tickets.count() == 3
    assert len(psa.request("POST", "Tickets/query", json=everything).json()["items"]) == 3
    assert psa.request("GET", "Tickets/1").json()["item"]["id"] == 1


def test_raw_requests_stay_below_the_root(vendor: Vendor) -> None:
    psa = connect(vendor)
    for path in ("https://evil.example/", "Tickets?x=1", "Tickets#1", "../x", "Tickets/./1", "Tickets/a%2fb", ""):
        with pytest.raises(Invalid):
            psa.request("GET", path)

    assert vendor.told == []


@pytest.mark.parametrize("id", ["1/../../Admin", "..", ".", "1?x=2", "%2e%2e", "1#", "a\\b", "1\r\nX: y", ""])
def test_an_id_stays_in_its_place_in_the_path(vendor: Vendor, id: str) -> None:
    with pytest.raises((PSAError, ValueError)):
        connect(vendor).tickets.get(id)

    gets = [one.url.partition("/v1.0/")[2] for one in vendor.told if "/Tickets/" in one.url]
    assert all(
        "entityInformation" in one or one in ("Tickets/1%3Fx%3D2", "Tickets/%252e%252e", "Tickets/1%23") for one in gets
    )


class Spy:
    """An observer that keeps all it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    @hookimpl
    def anypsa_sent(self, tenant: str, route: str, effect: Any, attempt: int) -> None:
        self.told.append((tenant, route, effect, attempt))

    @hookimpl
    def anypsa_answered(self, tenant: str, route: str, effect: Any, status: int, seconds: float) -> None:
        self.told.append((tenant, route, effect, status, seconds))

    @hookimpl
    def anypsa_retrying(self, tenant: str, route: str, attempt: int, wait: float, cause: str) -> None:
        self.told.append((tenant, route, attempt, wait, cause))


def eventful(psa: Psa, vendor: Vendor) -> list[Any]:
    """Many things happen, most of them bad; the errors that were raised."""
    errors: list[Any] = []
    vendor.fails("GET", "Tickets/2", (503, b"canary-body"), times=2)
    vendor.fails("GET", "Tickets/3", (200, b"<html>"), times=9)
    vendor.fails("POST", "Tickets", (500, {"errors": ["is required"]}))
    vendor.fails("POST", "query", lambda _: page([], link("Tickets", 1, "https://evil.example/")))
    calls: list[Any] = [
        lambda: psa.tickets.get(2),
        lambda: psa.tickets.get(3),
        lambda: psa.tickets.create(company=1, title="canary-title"),
        lambda: psa.tickets.list().all(),
        lambda: psa.tickets.get(99),
    ]
    for call in calls:
        try:
            call()
        except PSAError as error:
            errors.append(error)
    vendor.secret = "another"
    with pytest.raises(AuthenticationFailed) as caught:
        psa.check()
    return [*errors, caught.value]


@pytest.mark.row("S109", call='logging.getLogger("anypsa")')
def test_no_secret_and_no_text_of_the_customers_is_in_any_log(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        eventful(connect(vendor), vendor)

    assert "anypsa" in {record.name for record in caplog.records}
    assert "canary" not in caplog.text
    assert USER not in caplog.text


def test_no_secret_is_in_any_error_however_it_is_shown(vendor: Vendor) -> None:
    errors = eventful(connect(vendor), vendor)

    assert len(errors) >= 5
    for error in errors:
        shown = "".join(traceback.format_exception(error)) + repr(vars(error))
        assert SECRET not in shown
        assert CODE not in shown


def test_observers_see_what_happens_and_no_secret(vendor: Vendor) -> None:
    spy = Spy()
    psa = connect(vendor)
    observed = psa.context.session._observers._hooks
    observed.register(spy)

    eventful(psa, vendor)

    assert {len(one) for one in spy.told} == {4, 5}
    assert ("GET Tickets/{id}") in {one[1] for one in spy.told}
    assert "canary" not in repr(spy.told)


def test_a_broken_observer_stops_no_call(vendor: Vendor) -> None:
    class Broken:
        @hookimpl
        def anypsa_sent(self) -> None:
            raise RuntimeError

    psa = connect(vendor)
    psa.context.session._observers._hooks.register(Broken())

    assert psa.tickets.get(1).id == "1"


def test_a_connection_shows_its_tenant_and_no_credentials(vendor: Vendor) -> None:
    psa = connect(vendor)

    assert psa.tenant in repr(psa)
    assert "canary" not in repr(psa) + repr(psa.context.settings) + repr(vars(psa.context.adapter))


@pytest.mark.row("S1", call='anypsa.connect("autotask", ...)')
def test_one_call_asks_only_for_what_it_needs(vendor: Vendor) -> None:
    connect(vendor).check()

    routes = [one.url.partition("/v1.0/")[2].partition("?")[0] for one in vendor.told]
    assert routes == ["zoneInformation", "Version", "Resources/query"]


@pytest.mark.row("S8", call="psa.whoami()")
def test_whoami_is_asked_once(vendor: Vendor) -> None:
    vendor.add("Resources", id=29, userName=USER)
    psa = connect(vendor)

    assert psa.whoami().technician_id == psa.whoami().technician_id == "29"
    assert len(vendor.sent("GET", "Version")) == 1


def test_a_request_body_that_json_cannot_say_is_refused_before_anything_is_sent(vendor: Vendor) -> None:
    for body in ({"a": float("nan")}, {"a": "\ud800"}, {"a": object()}):
        with pytest.raises(Invalid):
            connect(vendor).request("PATCH", "Tickets", json=body)

    assert vendor.told == []


def test_an_async_connection_refuses_another_loop(vendor: Vendor) -> None:
    psa = connect_async(vendor)

    async def enter() -> None:
        async with psa:
            await psa.tickets.get(1)

    async def use() -> None:
        await psa.tickets.get(1)

    anyio.run(enter)
    with pytest.raises(ConfigurationError):
        anyio.run(use)


def test_an_answer_that_is_no_object_is_unintelligible(vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/1", (200, b"[]"), times=9)

    with pytest.raises(Unintelligible):
        connect(vendor).tickets.get(1)


@pytest.mark.row("S1", call='anypsa.connect("autotask", username=..., secret=..., integration_code=...)')
def test_three_headers_sign_a_call_and_no_basic_one(vendor: Vendor) -> None:
    connect(vendor).tickets.update(1, title="b")

    (sent,) = vendor.sent("PATCH")
    assert {"ApiIntegrationCode": CODE, "UserName": USER, "Secret": SECRET}.items() <= dict(sent.headers).items()
    assert sent.headers["content-type"] == "application/json"
    assert "authorization" not in {name.casefold() for name in sent.headers}


@pytest.mark.row("S2", call='anypsa.connect("autotask")')
def test_credentials_come_from_the_customary_variables(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, told in (("USERNAME", USER), ("SECRET", SECRET), ("INTEGRATION_CODE", CODE)):
        monkeypatch.setenv(f"AUTOTASK_{name}", told)

    assert scripted("autotask", vendor).check().username == USER
