"""The tasks: what is done, under which conditions, and what would be the least that it can take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PAGE: Final = 500
SLOTS: Final = 3
SMALL: Final = 3_000
"""So many tickets in the form that shows whether everything works."""


@dataclass(frozen=True)
class Task:
    """One task. `limit` is the least that it can take, in the unit of `measure`, for so many tickets.

    `goals` are the most that ours may come to: what was measured, its `ratio` to the limit or to the best `other`, the
    `requests`, how many were `refused`. `why` is what a missed one is due to, with figures of the outcome.
    """

    letter: str
    says: str
    contenders: tuple[str, ...]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    measure: str = "seconds"
    limit: Callable[[int], float] | None = None
    goal: str = ""
    goals: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    sandbox: bool = False
    small: bool = True

    @property
    def unit(self) -> str:
        """What the measured number counts."""
        return {
            "cpu": "us of CPU a record",
            "peak": "MB",
            "p95": "s (95th percentile)",
            "p99": "s (99th percentile)",
        }.get(self.measure, "s")


def rounds(latency: float) -> Callable[[int], float]:
    """As many pages at once as there are slots, one after another."""
    return lambda count: math.ceil(math.ceil(count / PAGE) / SLOTS) * latency


AUTOTASK: Final = ("ours", "expert", "py_autotask")
LATENCY: Final = {"latency": 0.05}
SHARED: Final = "1.18 x the limit (85 % of what the slots allow), never a fourth under way"
CPU: Final = "Of {seconds:.2f} s, {cpu:.2f} s were CPU of this process."
ROUNDS: Final = (
    "While the caller has a page, nothing is under way, so that a list which is left leaves nothing behind: at the end of each "
    "dozen of pages two readers wait for the third, about a tenth of the time (bench/readers.py). One thread reads, decodes and "
    "runs the caller, so that answers wait while it computes. At first a slot rests for 30 ms until the vendor is known "
    "to free it sooner. Each stretch of twelve pages that is read ahead costs a request more than its pages."
)
BUSY: Final = "Six processes and the server share two cores with whoever measures."
TASKS: Final = (
    Task(
        "a",
        "list everything, 50 ms a request",
        AUTOTASK,
        LATENCY,
        limit=rounds(0.05),
        goal="1.2 x the limit",
        goals={"ratio": 1.2, "requests": 215, "refused": 0},
        why=f"{CPU} {ROUNDS}",
    ),
    Task(
        "b",
        "the client's own CPU in a list, 0 ms a request",
        AUTOTASK,
        measure="cpu",
        goal="12 us where the loop takes 27",
        goals={"other": 12 / 27},
        why="About 10 us are decoding: the bytes are gone through twice, once to find where each row ends, so that it can be "
        "kept as `raw` (2), once by types (4), and the model with its copy of the row is made (4). 5 are HTTP, of which two "
        "thirds are what asyncio takes for as many bytes off a socket. 4 are the garbage collector's, as in the loop by hand. "
        "A fifth is the caller's loop with the check of each row. docs/decisions/0041 tells what was tried; the profile is "
        "bench/profiles/b.txt.",
    ),
    Task(
        "stream",
        "memory of a list, kept by nobody",
        ("ours", "expert"),
        measure="peak",
        goal="60 MB",
        goals={"measured": 60},
        why="49 MB are there before the first request: asyncio with TLS 19, pydantic 10, the library 14, the HTTP client 4. "
        "That leaves room for 8 pages of 1.3 MB, where up to 22 wait, because rows come in order and each reader is twelve "
        "pages ahead of the one before; nearer ones cost more requests. It is flat: task million holds as much.",
    ),
    Task(
        "c",
        "1,000 tickets with company, contact, asset",
        ("ours", "expert"),
        LATENCY,
        limit=lambda _: 0.15,
        goal="8 requests, 0.25 s",
        goals={"measured": 0.25, "requests": 8},
        why=f"Three round trips of 50 ms, one after another, are 0.15 s. {CPU}",
    ),
    Task(
        "d",
        "60 single gets at once",
        (*AUTOTASK, "atrest_"),
        LATENCY,
        limit=lambda _: 0.05,
        goal="1 or 2 requests, 0.15 s",
        goals={"measured": 0.15, "requests": 2, "refused": 0},
        why=CPU,
    ),
    Task(
        "e",
        "a. at 5 ms with 2 % outages and 1 % resets",
        AUTOTASK,
        {"latency": 0.005, "outages": 0.02, "resets": 0.01},
        limit=rounds(0.005),
        goal="all records once",
    ),
    Task(
        "f",
        "HaloPSA: 50 tasks get 60 tickets each, tokens die every second",
        ("ours", "expert", "halopsa_"),
        {"latency": 0.02},
        limit=lambda _: 1.2,
        goal="4 x the limit, a token per expiry",
        goals={"ratio": 4, "refused": 0},
        why=f"{CPU} That is about 2 ms a request, nearly all of it the HTTP client's. A token of one second is refused to all "
        "requests under way when it ends, which sent {repeated} of {requests} requests again.",
    ),
    Task("g", "a create whose answer is lost", ("ours", "expert"), sandbox=True, goal="1 record and its id"),
    Task(
        "h",
        "a. with slots freed 20 ms late",
        AUTOTASK,
        {"latency": 0.05, "lag": 0.02},
        limit=rounds(0.07),
        goal="1.3 x the limit",
        goals={"ratio": 1.3, "refused": 9},
        why=f"{CPU} {ROUNDS}",
    ),
    Task("i", "a. where pages are capped at 200 rows", AUTOTASK, {"cap": 200}, goal="complete"),
    Task(
        "j",
        "a get now and then while a. runs",
        ("ours", "expert"),
        LATENCY,
        measure="p95",
        limit=lambda _: 0.05,
        goal="a get and one page",
        goals={"ratio": 2.0},
        why="The list has all three slots, and a get takes the first that comes free: up to 50 ms. Then it waits for whatever "
        "is being read, cut or decoded, 100 rows at a time. The loop by hand uses one slot, so that two are always free.",
    ),
    Task("import", "CPU of `import anypsa`", ("ours",), goal="light"),
    Task("help", "CPU of `anypsa --help`", ("ours",), goal="0.3 s", goals={"measured": 0.3}),
    Task(
        "k",
        "6 processes share one tracking id, by files",
        ("ours",),
        {"home": "host"},
        sandbox=True,
        goal=SHARED,
        goals={"ratio": 1.18},
        why=BUSY,
    ),
    Task(
        "k-redis",
        "6 processes share one tracking id, by Redis",
        ("ours",),
        {"home": "redis"},
        sandbox=True,
        goal=SHARED,
        goals={"ratio": 1.18},
        why=BUSY,
    ),
    Task(
        "hooks",
        "200 webhooks a second come in, and each is durable before it is answered",
        ("ours",),
        measure="p99",
        goal="0.05 s",
        goals={"measured": 0.05},
        why="Half were answered within {figures[p50]:.3f} s, and each took {cpu_ms:.2f} ms of CPU of the receiver. The rest is "
        "waiting for the disk, and for the cores that whoever sends uses too.",
    ),
    Task(
        "inbox",
        "1,000 events from the inbox to a handler with company and contact, 50 ms a request",
        ("ours",),
        sandbox=True,
        goal="8 requests for 100 events",
        goals={"requests": 80},
        why="{requests} requests for {records} events.",
    ),
    Task("million", "a million rows as a stream", ("ours",), {"count": 1_000_000}, measure="peak", small=False),
)
