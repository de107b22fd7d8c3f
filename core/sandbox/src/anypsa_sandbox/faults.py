"""Faults: what goes wrong on purpose. Rules match calls; the first that matches and is not used up applies."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .dialects import Call, Reply

ACTIONS: Final = frozenset(
    {"reply", "reset", "lose", "commit_late", "truncate", "html", "empty", "hang", "delay", "ignore_operator"}
)
MAINTENANCE: Final = b"<html><head><title>Maintenance</title></head><body>We are back soon.</body></html>"
LONGEST: Final = 120.0
TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "action": (str,),
    "path": (str,),
    "method": (str, type(None)),
    "skip": (int,),
    "times": (int, type(None)),
    "status": (int,),
    "headers": (dict,),
    "seconds": (int, float),
    "operator": (str,),
    "rate": (int, float),
    "seed": (int,),
}


@dataclass
class Rule:
    """Calls of a method whose path matches, but for the first `skip`, `times` times (None: for ever), and of these a
    random share of `rate`, the same for the same `seed`.

    `action`: reply (`status`, `body`, `headers`), reset (before anything happens), lose (it happens, then the
    connection is reset), commit_late (the connection is reset, and it happens `seconds` later on the sandbox's clock), truncate (half of the
    answer), html (a maintenance page with 200), empty, hang (`seconds`), delay (`seconds`), ignore_operator
    (`operator`).
    """

    action: str
    path: str = ""
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 1.0
    operator: str = ""
    rate: float = 1.0
    seed: int = 0
    matched: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        for name, types in TYPES.items():
            value = getattr(self, name)
            if (
                not isinstance(value, types)
                or isinstance(value, bool)
                or (isinstance(value, int | float) and value < 0)
            ):
                raise ValueError(f"{name} cannot be {value!r}")
        if self.action not in ACTIONS:
            raise ValueError(f"there is no fault {self.action!r}; there are {', '.join(sorted(ACTIONS))}")
        re.compile(self.path)
        self._random = random.Random(self.seed)
        self.seconds = min(self.seconds, LONGEST)

    def applies(self, call: Call) -> bool:
        """Whether it applies to this call; counts the match."""
        if self.method not in (None, call.method) or not re.search(self.path, call.path, re.IGNORECASE):
            return False
        self.matched += 1
        past = self.matched - self.skip
        in_force = past > 0 and (self.times is None or past <= self.times)
        return in_force and (self.rate >= 1 or self._random.random() < self.rate)

    def reply(self) -> Reply:
        """The answer given instead of the real one."""
        if self.action == "html":
            return Reply(200, MAINTENANCE, {"content-type": "text/html"})
        if self.action == "empty":
            return Reply(200)
        if isinstance(self.body, str):
            return Reply(self.status, self.body.encode(), {"content-type": "text/html", **self.headers})
        real = Reply.of(self.body, self.status) if self.body is not None else Reply(self.status)
        return Reply(real.status, real.content, {**real.headers, **self.headers})


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, rule: Mapping[str, Any]) -> None:
        """Adds a rule; raises ValueError for one that makes no sense."""
        try:
            self.rules.append(Rule(**rule))
        except (TypeError, re.error) as error:
            raise ValueError(str(error)) from None

    def match(self, call: Call) -> Rule | None:
        """The rule for a call, if any."""
        return next((rule for rule in self.rules if rule.applies(call)), None)
