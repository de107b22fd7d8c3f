"""Which requests a fault server breaks, and how."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field, replace

from anypsa.testing import faults
from anypsa.testing.faults import Act, Line, Received
from anypsa_sandbox import Sandbox


@dataclass
class Rule:
    """Requests of a method to a path, and what is done to them, one act after the other."""

    method: str
    path: re.Pattern[str]
    acts: deque[Act]
    for_ever: bool

    def act(self, request: Received) -> Act | None:
        target = request.target.partition("?")[0]
        if self.method not in ("", request.method) or not self.acts or not self.path.search(target):
            return None
        return self.acts[0] if self.for_ever else self.acts.popleft()


@dataclass
class Breaking:
    """The script of a fault server: rules, of which the first with something to do decides."""

    rules: list[Rule] = field(default_factory=list)

    def once(self, method: str, path: str, *acts: Act) -> None:
        """Does these to the next requests that match."""
        self.rules.append(Rule(method, re.compile(path, re.IGNORECASE), deque(acts), for_ever=False))

    def always(self, method: str, path: str, act: Act) -> None:
        """Does this to every request that matches."""
        self.rules.append(Rule(method, re.compile(path, re.IGNORECASE), deque([act]), for_ever=True))

    def __call__(self, request: Received) -> Act | None:
        return next((act for rule in self.rules if (act := rule.act(request)) is not None), None)


ROWS = {"items": [{"id": number, "title": "VPN down"} for number in range(50)], "pageDetails": {}}
WHOLE = faults.Answer(ROWS)
# What may happen to a request that leaves open whether it was done.
BROKEN: dict[str, Act] = {
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


@dataclass(frozen=True)
class SmallPages:
    """A vendor that gives at most so many rows at a time, whatever was asked for."""

    rows: int

    def play(self, request: Received, line: Line) -> None:
        head, _, body = request.raw.partition(b"\r\n\r\n")
        asked = json.loads(body)
        asked["maxRecords"] = min(self.rows, asked["maxRecords"])
        smaller = json.dumps(asked).encode()
        lines = [one for one in head.split(b"\r\n") if not one.lower().startswith(b"content-length")]
        raw = b"\r\n".join([*lines, b"content-length: %d" % len(smaller), b"", smaller])
        line.send(line.forward(replace(request, body=smaller, raw=raw)))


def small_pages(sandbox: Sandbox, breaking: Breaking, rows: int) -> None:
    """Makes either vendor's pages of tickets small."""
    if sandbox.dialect.name == "halopsa":
        sandbox.control.dialect("cap", rows=rows)
    else:
        breaking.always("POST", r"/Tickets/query(/next)?$", SmallPages(rows))
