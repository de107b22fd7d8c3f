"""Storms: random faults on the way of every write, and what the sandbox's world must hold after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from vendors import Vendor

from anypsa_sandbox import Sandbox

SETTLES: Final = 2.0
"""Seconds; the small form of the vendor's five minutes. The latest commit comes well before."""
FAST: Final[Mapping[str, Any]] = {"deadline": 8.0, "timeout": 2.0, "settle_time": SETTLES, "release_lag": 0.0}
WRITES: Final = {"autotask": r"/(Tickets|Notes)$", "halopsa": r"/api/(Tickets|Actions)$"}
WRITE_FAULTS: Final[tuple[Mapping[str, Any], ...]] = (
    {"action": "lose", "rate": 0.08},
    {"action": "reset", "rate": 0.04},
    {"action": "reply", "rate": 0.04, "status": 502, "body": "<html>Bad gateway</html>"},
    {"action": "reply", "rate": 0.06, "status": 429, "headers": {"retry-after": "0"}},
    {"action": "hang", "rate": 0.02, "seconds": 0.3},
    {"action": "truncate", "rate": 0.03},
    {"action": "commit_late", "rate": 0.03, "seconds": 0.05},
    {"action": "commit_late", "rate": 0.03, "seconds": 0.4},
)


def brew(sandbox: Sandbox, facts: Vendor, seed: int) -> None:
    """Lets it storm: every write may fail in one of the ways, and a few reads do."""
    for number, fault in enumerate(WRITE_FAULTS):
        rule = {"method": "POST", "path": WRITES[facts.name], "times": None, "seed": seed * 100 + number, **fault}
        sandbox.control.fault(**rule)
    sandbox.control.fault("reply", method="GET", times=None, rate=0.01, seed=seed * 100 + 99, status=503, body="<html>")


def held(sandbox: Sandbox, wanted: Iterable[str]) -> Counter[str]:
    """How often the world holds each of these titles and bodies."""
    world, names = sandbox.world(), set(wanted)
    texts = [row["title"] for row in world.rows("tickets")] + [row["body"] for row in world.rows("notes")]
    return Counter(text for text in texts if text in names)
