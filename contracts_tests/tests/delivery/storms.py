"""Storms: random faults on the way of every write, and what the sandbox's world must hold after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from vendors import Vendor

from anypsa_sandbox import Sandbox

Faults = Sequence[Mapping[str, Any]]
WRITES: Final = {"autotask": r"/(Tickets|Notes)$", "halopsa": r"/api/(Tickets|Actions)$"}
FOUND_AT_ONCE: Final[Faults] = (
    {"action": "lose", "rate": 0.08},
    {"action": "reply", "rate": 0.06, "status": 429, "headers": {"retry-after": "0"}},
    {"action": "truncate", "rate": 0.03},
)
"""What one look makes good, or a repetition."""
NOT_MADE: Final[Faults] = (
    {"action": "reset", "rate": 0.04},
    {"action": "reply", "rate": 0.04, "status": 502, "body": "<html>Bad gateway</html>"},
    {"action": "hang", "rate": 0.02, "seconds": 1.0},
)
"""What is certain only when the settle time is over."""
MADE_LATE: Final[Faults] = tuple(
    {"action": "commit_late", "rate": 0.01, "seconds": seconds} for seconds in (1.0, 5.0, 11.0, 18.0, 24.0, 30.0)
)
"""What seems not to have happened, and then does."""
ALL: Final[Faults] = (*FOUND_AT_ONCE, *NOT_MADE, *MADE_LATE)


def brew(sandbox: Sandbox, facts: Vendor, seed: int, faults: Faults = ALL, *, shrunk: float = 1.0) -> None:
    """Lets it storm: every write may fail in one of the ways, and a few reads do. `shrunk` divides how late commits are."""
    for number, fault in enumerate(faults):
        rule = {"method": "POST", "path": WRITES[facts.name], "times": None, "seed": seed * 100 + number, **fault}
        sandbox.control.fault(**{**rule, "seconds": fault.get("seconds", 0.0) / shrunk})
    sandbox.control.fault("reply", method="GET", times=None, rate=0.01, seed=seed * 100 + 99, status=503, body="<html>")


def held(sandbox: Sandbox, wanted: Iterable[str]) -> Counter[str]:
    """How often the world holds each of these titles and bodies."""
    world, names = sandbox.world(), set(wanted)
    texts = [row["title"] for row in world.rows("tickets")] + [row["body"] for row in world.rows("notes")]
    return Counter(text for text in texts if text in names)
