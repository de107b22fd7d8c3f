"""Clocks that tests move: of a process, and of a Redis server."""

from __future__ import annotations

from typing import Any

from anypsa.ledger import RedisLedger
from anypsa.ledger.redis import SCRIPT

NAME = "test:clock"
INFO = "test:info"


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 50_000.0

    def __call__(self) -> float:
        return self.time


class RedisClock(Clock):
    """... and that takes the clock of a Redis server with it, where there is one."""

    client: Any = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in ("time", "client") and self.client is not None:
            seconds, rest = divmod(round(self.time * 1_000_000), 1_000_000)
            self.client.hset(NAME, mapping={"seconds": seconds, "rest": rest})


def on_clock(url: str, clock: Clock, *, empty: bool = True) -> RedisLedger:
    """A ledger on a Redis that tells the test's time, and of itself what the test says (`introduce`)."""
    ledger = RedisLedger(url if "?" in url else f"{url}?lease=600", clock=clock)
    script = SCRIPT.read_text(encoding="utf-8")
    for real, ours in (("'TIME'", f"'HMGET', '{NAME}', 'seconds', 'rest'"), ("'INFO', 'server'", f"'GET', '{INFO}'")):
        assert real in script
        script = script.replace(real, ours)
    if empty:
        ledger._client.flushall()
    ledger._script = ledger._client.register_script(script)
    if isinstance(clock, RedisClock):
        clock.client = ledger._client
    return ledger


def introduce(ledger: RedisLedger, run: str, up: int) -> None:
    """Has the Redis say which run of the server it is, and for how many seconds it has been up."""
    ledger._client.set(INFO, f"# Server\r\nrun_id:{run}\r\nuptime_in_seconds:{up}\r\n")
