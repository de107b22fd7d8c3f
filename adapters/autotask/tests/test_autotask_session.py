"""The session on Autotask: zones, credentials, policy, observers, logs. Secrets stay where they belong."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback
from typing import Any

import anyio
import pytest
import trio
from autotask_vendor import CODE, SECRET, USER, Vendor, connect, connect_async, link, page, settings, wire

from anypsa import (
    AuthenticationFailed,
    ConfigurationError,
    Denied,
    Incomplete,
    Invalid,
    Policy,
    Psa,
    PSAError,
    Unintelligible,
    Visibility,
    hookimpl,
)
from anypsa.testing import scripted
from anypsa.wire import Incoming

CALLERS = 50
MOVED = "https://webservices14.autotask.net/ATServicesRest/"
ATTACKS = [
    "https://evil.example/ATServicesRest/",
    "https://webservices5.autotask.net.evil.example/",
    "https://evilautotask.net/",
    "https://autotask.net.evil.example/",
    "https://good@evil.example/",
    "https://webservices5.autotask.net@evil.example/",
    "https://user:pass@webservices5.autotask.net/",
    "https://@webservices5.autotask.net/",
    "//evil.example/",
    "http://webservices5.autotask.net/",
    "ftp://webservices5.autotask.net/",
    "https://webservices5.autotask.net:8443/",
    "https://webservices5.autotask.net:port/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "https://[::1]/",
    "https://[::1].autotask.net/",
    "https://169.254.169.254/latest/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://evil.example%2F.autotask.net/",
    "https://evil.example%23.autotask.net/",
    "https://evil.example#.autotask.net/",
    "https://evil.example?.autotask.net/",
    "https://evil.example;.autotask.net/",
    "https://evil.example\\.autotask.net/",
    "https://evil.example/\\@webservices5.autotask.net/",
    "https://webservices5.autotask.net.:443/",
    "https://evil\uff0eexample\u3002.autotask.net/",
    "https://\u0435vil.autotask.net/",
    "https://evil.example\n.autotask.net/",
    "https://.autotask.net/",
    "https://autotask.net/",
    "https:///webservices5.autotask.net/",
    "webservices5.autotask.net",
    "",
]
LINKS = [
    *(one for one in ATTACKS if "//" in one),
    "https://webservices14.autotask.net/ATServicesRest/v1.0/Tickets/query/next?paging=2",
    "https://webservices5.autotask.net/other/v1.0/Tickets/query/next?paging=2",
    "https://webservices5.autotask.net/ATServicesRest/v1.0/../../other",
    "https://webservices5.autotask.net:444/ATServicesRest/v1.0/Tickets/query/next",
    "http://webservices5.autotask.net/ATServicesRest/v1.0/Tickets/query/next",
    "javascript:alert(1)",
    "file:///etc/passwd",
]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=3, Companies=1)


def leaks(vendor: Vendor) -> list[str]:
    """Where the secret went besides the database's own zones."""
    homes = ("https://webservices5.autotask.net/ATServicesRest/v1.0/", MOVED)
    return [one.url for one in vendor.told if "Secret" in one.headers and not one.url.startswith(homes)]


def test_the_zone_is_asked_for_by_the_users_name_and_without_the_secret(vendor: Vendor) -> None:
    psa = connect(vendor, username="me+x@acme.example")
    psa.tickets.get(1)

    asked = vendor.told[0]
    assert asked.url.endswith("zoneInformation?user=me%2Bx%40acme.example")
    assert SECRET not in str(asked.headers)
    assert CODE not in str(asked.headers)


def test_the_zone_is_asked_for_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    for id in (1, 2, 3):
        psa.tickets.get(id)

    assert len(vendor.sent("GET", "zoneInformation")) == 1


def test_a_zone_of_the_users_own_is_not_asked_for() -> None:
    vendor = Vendor(Tickets=1)
    vendor.zone = "https://on.premise.example/ATServicesRest/"
    psa = connect(vendor, zone_url="https://on.premise.example/")

    assert psa.tickets.get(1).id == "1"
    assert vendor.sent("GET", "zoneInformation") == []


@pytest.mark.parametrize("url", ATTACKS)
def test_credentials_go_to_no_zone_off_the_vendors_domain(vendor: Vendor, url: str) -> None:
    vendor.fails("GET", "zoneInformation", {"url": url}, times=99)

    with pytest.raises(PSAError):
        connect(vendor).tickets.get(1)

    assert all("zoneInformation" in one.url for one in vendor.told)
    assert leaks(vendor) == []


@pytest.mark.parametrize("url", LINKS)
def test_credentials_follow_no_link_away_from_the_zone(vendor: Vendor, url: str) -> None:
    psa = connect(vendor)
    vendor.fails("POST", "query", lambda _: page([vendor.tables["Tickets"][1]], url))

    with pytest.raises(Incomplete):
        psa.tickets.list().all()

    assert len(vendor.sent("POST")) == 1
    assert leaks(vendor) == []


def test_a_relative_link_is_followed_at_home(vendor: Vendor) -> None:
    vendor.page = 2
    relative = "/ATServicesRest/v1.0/Tickets/query/next?paging=2"
    rows = [vendor.tables["Tickets"][number] for number in (1, 2)]
    vendor.fails("POST", "query", lambda _: page(rows, relative))

    assert len(connect(vendor).tickets.list().all()) == 3


def test_a_user_on_loopback_may_be_sent_to_loopback(vendor: Vendor) -> None:
    vendor.zone = "http://127.0.0.1:9999/ATServicesRest/"
    psa = connect(vendor, discovery_url="http://127.0.0.1:8000/")

    assert psa.tickets.get(1).id == "1"


def test_a_moved_database_is_found_again_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.zone = MOVED

    assert psa.tickets.get(2).id == "2"
    asked = len(vendor.sent("GET", "zoneInformation"))
    assert psa.tickets.get(3).id == "3"
    assert asked <= 3
    assert len(vendor.sent("GET", "zoneInformation")) == asked
    assert len(vendor.sent("GET", "Tickets/2")) == 2


def test_a_create_on_a_moved_database_is_made_once(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.zone = MOVED

    psa.tickets.create(company=1, title="VPN down")

    assert len(vendor.tables["Tickets"]) == 4


def test_of_many_who_find_the_database_moved_only_one_asks_where_to(vendor: Vendor) -> None:
    async def main() -> None:
        async with connect_async(vendor) as psa, anyio.create_task_group() as group:
            await psa.tickets.get(1)
            vendor.zone = MOVED
            for id in (1, 2, 3) * 10:
                group.start_soon(psa.tickets.get, id)

    trio.run(main)

    assert len(vendor.sent("GET", "zoneInformation")) <= 3


def test_an_unknown_user_is_told_as_such(vendor: Vendor) -> None:
    vendor.fails("GET", "zoneInformation", (500, {"errors": ["Zone information could not be determined"]}), times=99)

    with pytest.raises(AuthenticationFailed):
        connect(vendor).tickets.get(1)

    assert len(vendor.told) == 1


def attempts(vendor: Vendor) -> int:
    """How often the vendor was sent a password."""
    return len([one for one in vendor.told if "Secret" in one.headers])


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fifty_tasks_send_a_wrong_password_once(vendor: Vendor, backend: str) -> None:
    vendor.secret = "another"
    outcomes: list[Any] = []

    async def main() -> None:
        async with connect_async(vendor) as psa, anyio.create_task_group() as group:

            async def call() -> None:
                try:
                    await psa.tickets.get(1)
                except PSAError as error:
                    outcomes.append(type(error))

            for _ in range(CALLERS):
                group.start_soon(call)

    trio.run(main) if backend == "trio" else anyio.run(main)

    assert outcomes == [AuthenticationFailed] * CALLERS
    assert attempts(vendor) == 1


def in_threads(call: Any, count: int = CALLERS) -> list[Any]:
    outcomes: list[Any] = []
    together = threading.Barrier(count)

    def work() -> None:
        together.wait(20)
        try:
            outcomes.append(call())
        except PSAError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes


def test_fifty_threads_send_a_wrong_password_once(vendor: Vendor) -> None:
    vendor.secret = "another"
    psa = connect(vendor)

    outcomes = in_threads(lambda: psa.tickets.get(1))

    assert [type(one) for one in outcomes] == [AuthenticationFailed] * CALLERS
    assert attempts(vendor) == 1


def test_a_refused_password_is_not_tried_again_for_a_while(vendor: Vendor) -> None:
    vendor.secret = "another"
    psa = connect(vendor)
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            psa.check()

    assert attempts(vendor) == 1
    wire(psa).time += 301
    vendor.secret = SECRET
    assert psa.tickets.get(1).id == "1"


def test_another_password_is_tried_at_once(vendor: Vendor) -> None:
    vendor.secret = "right"
    wrong = connect(vendor)
    with pytest.raises(AuthenticationFailed):
        wrong.check()

    ledger = wrong.context.settings.ledger
    assert scripted("autotask", vendor, **settings({"secret": "right", "ledger": ledger})).tickets.get(1).id == "1"


def test_a_password_revoked_meanwhile_is_not_hammered(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.secret = "another"
    before = attempts(vendor)

    for _ in range(5):
        with pytest.raises(AuthenticationFailed):
            psa.tickets.get(2)

    assert attempts(vendor) == before + 1


def test_once_the_credentials_are_proven_calls_go_side_by_side() -> None:
    inside: list[int] = []
    most: list[int] = []
    vendor = Vendor(Tickets=3, Companies=1)

    async def main() -> None:
        async with connect_async(vendor) as psa:
            exchange = wire(psa).exchange

            async def slow(outgoing: Any) -> Incoming:
                inside.append(1)
                most.append(len(inside))
                for _ in range(10):
                    await anyio.lowlevel.checkpoint()
                inside.pop()
                answer: Incoming = await exchange(outgoing)
                return answer

            wire(psa).exchange = slow
            async with anyio.create_task_group() as group:
                for _ in range(6):
                    group.start_soon(psa.context.adapter.whoami)

    anyio.run(main)

    assert max(most) > 1


def test_never_more_than_three_of_an_entity_are_under_way() -> None:
    vendor = Vendor(Tickets=3)
    inside: list[int] = []
    most: list[int] = []

    async def main() -> None:
        async with connect_async(vendor, release_lag=0) as psa:
            exchange = wire(psa).exchange

            async def counted(outgoing: Any) -> Incoming:
                inside.append(1)
                most.append(len(inside))
                await anyio.lowlevel.checkpoint()
                inside.pop()
                answer: Incoming = await exchange(outgoing)
                return answer

            await psa.tickets.get(1)
            wire(psa).exchange = counted
            async with anyio.create_task_group() as group:
                for _ in range(CALLERS):
                    group.start_soon(psa.tickets.get, 1)

    trio.run(main)

    assert max(most) == 3


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
        assert SECRET.encode() not in pickle.dumps(error)


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


def test_one_call_asks_only_for_what_it_needs(vendor: Vendor) -> None:
    connect(vendor).check()

    routes = [one.url.partition("/v1.0/")[2].partition("?")[0] for one in vendor.told]
    assert routes == ["zoneInformation", "Version", "Resources/query"]


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
