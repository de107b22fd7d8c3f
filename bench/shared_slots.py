"""Task k: processes that share one tracking id, by file locks or through Redis: how close they come to its slots.

    uv run python -m bench.shared_slots [--home redis] [--processes 6] [--seconds 10]

The server counts: how many requests were ever under way at once, how many it refused, how many it served. The limit of
physics is `slots / latency` requests a second. With `--kill` one process is killed with -9 at a random moment.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import anypsa
from anypsa import DeadlineExceeded, HostLedger, Ledger, RedisLedger
from anypsa_sandbox import Sandbox
from anypsa_sandbox.redis import NoRedis, RedisServer

HOMES: Final = ("host", "redis")
SLOTS: Final = 3
SKEW: Final = 300.0
PATIENCE: Final = 120.0
SEED: Final = 20261124


@dataclass(frozen=True)
class Outcome:
    """What the server counted while all worked, and what came of the processes."""

    served: int
    refused: int
    peak: int
    seconds: float
    limit: float
    failed: Sequence[str]

    @property
    def share(self) -> float:
        """How much of what the slots allow was used."""
        return self.served / (self.limit * self.seconds)


# One process


def ledger(home: str, where: str, skew: float) -> Ledger:
    """The ledger that all share; the clock of its process is wrong by so much."""
    if home == "host":
        return HostLedger(Path(where))
    return RedisLedger(where, clock=lambda: time.monotonic() + skew)


async def work(job: Mapping[str, Any], pipe: Connection) -> int:
    """Asks for tickets, three at a time, from when it is told to until it is told to end or the budget ends."""
    done = 0
    loop = asyncio.get_running_loop()

    async def ask() -> None:
        nonlocal done
        while not told.done():
            try:
                await psa.request("GET", f"Tickets/{job['ticket']}")
            except DeadlineExceeded:
                return
            done += 1

    home = ledger(job["home"], job["where"], job["skew"])
    async with anypsa.connect_async("autotask", **job["settings"], ledger=home) as psa:
        await begun(psa)
        pipe.send("ready")
        await loop.run_in_executor(None, pipe.recv)
        told = loop.run_in_executor(None, pipe.recv)
        await asyncio.gather(*[ask() for _ in range(SLOTS)])
        await told
    home.close()
    return done


async def begun(psa: anypsa.AsyncPsa) -> None:
    """The first request that is served: a Redis that has just booted is waited out for a lease, whatever the deadline."""
    patience = time.monotonic() + PATIENCE / 4
    while True:
        try:
            await psa.request("GET", "Version")
        except DeadlineExceeded:
            if time.monotonic() > patience:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def worker(job: Mapping[str, Any], pipe: Connection) -> None:
    """One process; its wall clock is wrong too."""
    honest, skew = time.time, job["skew"]
    time.time = lambda: honest() + skew
    pipe.send(asyncio.run(work(job, pipe)))


# All of them


class Worker:
    """One of the processes. All are forked from one that has imported everything."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(["anypsa", "anypsa_autotask.adapter", "redis"])
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=worker, args=(job, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def until_ready(self) -> None:
        """Waits until it is at work."""
        if not self._pipe.poll(PATIENCE) or self._pipe.recv() != "ready":
            raise RuntimeError("a process did not get to work")

    def go(self) -> None:
        """Lets it work, once all are ready: who began alone might use up the window that they share."""
        self._pipe.send("go")

    def end(self) -> str | None:
        """Ends it; what was wrong with it."""
        self._pipe.send("end")
        done = self._pipe.recv() if self._pipe.poll(PATIENCE) else None
        self._process.join(PATIENCE)
        return None if self._process.exitcode == 0 and done is not None else f"ended with {self._process.exitcode}"

    def kill(self) -> None:
        """Kills it, with -9."""
        self._process.kill()
        self._process.join(PATIENCE)
        self._pipe.close()


def race(
    sandbox: Sandbox,
    home: str,
    where: str,
    *,
    processes: int,
    seconds: float,
    latency: float,
    seed: int = SEED,
    kill: bool = False,
    lag: float = 0.0,
    **settings: Any,
) -> Outcome:
    """Lets processes work side by side; with `kill`, one dies on the way, at a moment that the seed decides."""
    chance = random.Random(seed)
    sandbox.control.limits(latency=latency, lag=lag, slots=SLOTS)
    told = {"slots": SLOTS, "release_lag": lag, **sandbox.settings, **settings}
    base = {"home": home, "where": where, "ticket": sandbox.world().rows("tickets")[0]["id"], "settings": told}
    with ExitStack() as running:
        # The last one's clock is minutes ahead.
        jobs = [{**base, "skew": SKEW if number == processes - 1 else 0.0} for number in range(processes)]
        team = [Worker(job) for job in jobs]
        for process in team:
            running.callback(process.kill)
        for process in team:
            process.until_ready()
        sandbox.control.clear_log()
        for process in team:
            process.go()
        begun = time.perf_counter()
        if kill:
            time.sleep(chance.uniform(0.2, 0.8) * seconds)
            team.pop(chance.randrange(processes)).kill()
        time.sleep(max(0.0, begun + seconds - time.perf_counter()))
        served = counted(sandbox, lambda status: status == 200)
        spent = time.perf_counter() - begun
        failed = [why for process in team if (why := process.end()) is not None]
    refused = counted(sandbox, lambda status: status not in (200, None))
    return Outcome(served, refused, sandbox.control.peak(), spent, SLOTS / (latency + lag), failed)


def counted(sandbox: Sandbox, of: Callable[[int | None], bool]) -> int:
    return sum(1 for call in sandbox.control.calls("tickets/") if of(call["status"]))


def raced(home: str, **options: Any) -> Outcome:
    """The same, against a sandbox and a home of its own; raises `NoRedis` where there is none."""
    with ExitStack() as running:
        if home == "redis":
            where = f"{running.enter_context(RedisServer()).url}?lease=5&hosts=3"
        else:
            where = running.enter_context(tempfile.TemporaryDirectory())
        sandbox = running.enter_context(Sandbox("autotask", tickets=50))
        return race(sandbox, home, where, requests_per_window=1_000_000, **options)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", choices=HOMES, action="append")
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--lag", type=float, default=0.0)
    parser.add_argument("--kill", action="store_true")
    asked = vars(parser.parse_args())
    for home in asked.pop("home") or HOMES:
        try:
            came = raced(home, **asked)
        except NoRedis as error:
            print(f"{home}: not run: {error}")
            continue
        figures = f"{came.served} requests in {came.seconds:.1f} s, {came.share:.0%} of the limit"
        print(
            f"{home}: {figures}; {came.peak} at most under way, {came.refused} refused; {list(came.failed) or 'fine'}"
        )


if __name__ == "__main__":
    main()
