"""The server: loopback only, found by entry point, and gone without a trace when it is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import pytest

from anypsa_sandbox import Sandbox


def test_every_door_is_a_port_of_its_own_on_loopback(toy: Sandbox) -> None:
    addresses = [urlsplit(url) for url in toy.urls.values()]

    assert {address.hostname for address in addresses} == {"127.0.0.1"}
    assert len({address.port for address in addresses}) == len(toy.dialect.doors)


def test_a_dialect_knows_which_door_was_used(toy: Sandbox) -> None:
    doors = [httpx2.get(f"{url}/tickets", headers={"key": "contoso"}).json()["door"] for url in toy.urls.values()]

    assert doors == ["api", "side"]


def test_leaving_ends_the_thread_and_closes_the_ports() -> None:
    before = set(threading.enumerate())
    with Sandbox("toy", tickets=5) as sandbox:
        url = sandbox.url
        assert httpx2.get(url).status_code == 401

    assert set(threading.enumerate()) == before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


def test_leaving_does_not_wait_for_a_call_that_hangs() -> None:
    def hang(url: str) -> None:
        # Cut off, or answered with an error: either way it is over.
        with suppress(httpx2.TransportError):
            httpx2.get(url, timeout=60)

    with Sandbox("toy", tickets=5) as sandbox:
        sandbox.control.fault("hang", seconds=60)
        caller = threading.Thread(target=hang, args=(sandbox.url,))
        caller.start()
        while not sandbox.control.calls():
            pass
    caller.join(timeout=30)

    assert not caller.is_alive()


def test_two_sandboxes_run_side_by_side(toy: Sandbox) -> None:
    with Sandbox("toy", tickets=7) as second:
        both = [httpx2.get(f"{one.url}/tickets", headers={"key": "northwind"}).json()["ids"] for one in (toy, second)]

    assert [len(ids) for ids in both] == [40, 7]


def test_tenants_are_worlds_of_their_own(toy: Sandbox) -> None:
    toy.world("contoso").add("tickets", {"title": "only here"})

    assert toy.world("northwind").digest() != toy.world("contoso").digest()
    assert all(row["title"] != "only here" for row in toy.world("northwind").rows("tickets"))


def test_the_second_tenant_is_small() -> None:
    with Sandbox("toy", tickets=900) as sandbox:
        assert [sandbox.world(name).counts()["tickets"] for name in sandbox.tenants] == [900, 200]


def test_an_unknown_vendor_names_those_installed() -> None:
    with pytest.raises(LookupError, match="toy"):
        Sandbox("nothing")


def test_the_fixture_starts_sandboxes(start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("toy", tickets=3)

    assert len(httpx2.get(f"{sandbox.url}/tickets", headers={"key": "northwind"}).json()["ids"]) == 3


def test_a_sandbox_runs_once() -> None:
    sandbox = Sandbox("toy", tickets=5)
    with sandbox:
        pass

    with pytest.raises(RuntimeError), sandbox:
        pass
