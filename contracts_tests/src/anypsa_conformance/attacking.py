"""Checks of attacks: links that lead elsewhere, ids that leave their place, secrets that would end a header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from anypsa import PSAError
from anypsa.testing import FaultServer, faults
from anypsa.testing.faults import Line, Received

from .breaking import WHOLE, Breaking
from .checks import FAULTS, check
from .faces import Probe
from .failing import ids_of, outcome
from .harness import Harness
from .signing import secrets

ADDRESS: Final = re.compile(rb"https?://127\.0\.0\.1:\d+")
CANARY: Final = "canary"
IDS: Final = tuple(
    text.format(CANARY)
    for text in (
        "1/../../{}",
        "../{}",
        "..%2f{}",
        "%2e%2e/{}",
        "1?{}=1",
        "1#{}",
        "1\\..\\{}",
        "//{}",
        "1;/{}",
        "1\r\nx: {}",
    )
)
ENDS_A_HEADER: Final = ("\r\nx-evil: 1", "\nx-evil: 1", "\x00")


@dataclass(frozen=True)
class Diverted:
    """A line on which every address in an answer is another."""

    line: Line
    there: bytes

    def send(self, content: bytes) -> None:
        head, end, body = ADDRESS.sub(self.there, content).partition(b"\r\n\r\n")
        length = b"content-length: %d" % len(body)
        self.line.send(re.sub(rb"(?i)content-length: *\d+", length, head) + end + body)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)


@dataclass(frozen=True)
class LeadingAway:
    """The answers of what is behind, with all addresses in them led to another server."""

    behind: Breaking
    there: str

    def play(self, request: Received, line: Line) -> None:
        (self.behind(request) or faults.Forward()).play(request, Diverted(line, self.there.encode()))


@check("attacks.links", promise="errors", drivers=FAULTS, survives=("A1",), provisional=True)
async def links(psa: Probe, harness: Harness) -> None:
    """A link in an answer that leads to another server is not followed."""
    harness.shrink_pages(20)
    with FaultServer(lambda request: WHOLE) as elsewhere:
        leading = LeadingAway(Breaking(list(harness.breaking.rules)), elsewhere.url)
        harness.breaking.first("", harness.paths.tickets, leading)
        await outcome(ids_of(psa.tickets.list()))
        assert elsewhere.requests == []


@check("attacks.ids", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("A3",), provisional=True)
async def ids(psa: Probe, harness: Harness) -> None:
    """An id that would leave its place in a path or add a parameter is encoded or refused."""
    for id in IDS:
        harness.server.requests.clear()
        told = await outcome(psa.tickets.get(id))
        assert isinstance(told, PSAError), id
        assert [one.target for one in harness.server.requests if leaves_its_place(one.target)] == [], id


def leaves_its_place(target: str) -> bool:
    """Whether a piece of an id became a step of the path, which servers decode before they route, or a parameter."""
    there = urlsplit(target)
    steps = re.split(r"[/\\]", unquote(there.path))
    return CANARY in steps or CANARY in dict(parse_qsl(there.query, keep_blank_values=True))


@check("attacks.headers", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("A4",), provisional=True)
async def headers(psa: Probe, harness: Harness) -> None:
    """A secret that would end a header is refused, by its name alone, before anything is sent."""
    known = secrets(psa)
    assert known
    for name, secret in known.items():
        for end in ENDS_A_HEADER:
            harness.server.requests.clear()
            told = await outcome(psa.with_settings({name: secret + end}, lambda other: other.tickets.get("1")))
            assert isinstance(told, PSAError), name
            assert secret not in str(told), name
            assert harness.server.requests == [], name
