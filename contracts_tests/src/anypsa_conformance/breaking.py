"""Which requests a server of faults breaks, and how: rules, and the acts that leave open whether a request was done."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from anypsa.testing import faults
from anypsa.testing.faults import Act, Line, Received


@dataclass
class Rule:
    """Requests of a method to a path, and what is done to them, one act after the other."""

    method: str
    path: re.Pattern[str]
    acts: deque[Act]
    for_ever: bool
    met: bool = False
    """Whether a request ever matched."""

    def act(self, request: Received) -> Act | None:
        """What is done to a request, if anything."""
        target = request.target.partition("?")[0]
        if self.method not in ("", request.method) or not self.acts or not self.path.search(target):
            return None
        self.met = True
        return self.acts[0] if self.for_ever else self.acts.popleft()

    def __str__(self) -> str:
        return f"{self.method or 'any'} {self.path.pattern}"


@dataclass
class Breaking:
    """The script of a fault server: rules, of which the first with something to do decides."""

    rules: list[Rule] = field(default_factory=list)
    given: list[Rule] = field(default_factory=list)
    """All rules that there ever were."""

    def once(self, method: str, path: str, *acts: Act) -> None:
        """Does these to the next requests that match."""
        self.rules.append(self._rule(method, path, *acts, for_ever=False))

    def first(self, method: str, path: str, act: Act) -> None:
        """Does this to every request that matches, before all other rules."""
        self.rules.insert(0, self._rule(method, path, act, for_ever=True))

    def always(self, method: str, path: str, act: Act) -> None:
        """Does this to every request that matches."""
        self.rules.append(self._rule(method, path, act, for_ever=True))

    def _rule(self, method: str, path: str, *acts: Act, for_ever: bool) -> Rule:
        rule = Rule(method, re.compile(path, re.IGNORECASE), deque(acts), for_ever)
        self.given.append(rule)
        return rule

    def unmet(self) -> list[str]:
        """What was to be broken and never came: a check in which that happened proved nothing."""
        return sorted({str(rule) for rule in self.given if not rule.met})

    def __call__(self, request: Received) -> Act | None:
        """What is done to a request, if anything."""
        return next((act for rule in self.rules if (act := rule.act(request)) is not None), None)


ROWS: Final = {"items": [{"id": number, "title": "VPN down"} for number in range(50)], "pageDetails": {}}
WHOLE: Final = faults.Answer(ROWS)
BROKEN: Final[dict[str, Act]] = {
    "reset": faults.Reset(),
    "closed": faults.Close(),
    "reset in the body": faults.Cut(WHOLE, "reset"),
    "short body": faults.Cut(WHOLE),
    "cut in chunks": faults.Cut(WHOLE, chunked=True),
    "truncated": faults.truncated_json(ROWS),
    "500": faults.Answer(None, 500),
    "502": faults.html(502),
    "503": faults.Answer({}, 503),
    "504": faults.Answer(None, 504),
    "maintenance page": faults.html(),
    "nothing": faults.Answer(b"", 200),
    "no content": faults.Answer(None, 204),
    "lying type": faults.Answer(b"<html>", content_type="application/json"),
    "garbled": faults.garbled(),
    "done and lost": faults.Forward(lose=True),
    "done and cut": faults.Forward(lose=True, share=0.5),
}
"""What may happen to a request that leaves open whether it was done."""


@dataclass(frozen=True)
class Rewritten:
    """The answer of the server behind, its JSON changed on the way; what is no JSON is passed on."""

    change: Callable[[Any], None]

    def play(self, request: Received, line: Line) -> None:
        answer = line.forward(request)
        head, _, body = answer.partition(b"\r\n\r\n")
        try:
            told = json.loads(body)
        except ValueError:
            line.send(answer)
            return
        self.change(told)
        faults.Answer(told, int(head.split(b" ")[1])).play(request, line)


def rows(told: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON text, the outer ones first."""
    if isinstance(told, dict):
        yield told
    for one in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from rows(one)
