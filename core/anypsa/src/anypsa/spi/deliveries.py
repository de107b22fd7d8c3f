"""Deliveries: a vendor's webhooks as they come, how they are proved genuine, and which records they are about.

Nothing here sends or waits; whoever receives decides what becomes of it. What a delivery says of a record is never taken
for true: it names the record, which is then read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, TypeGuard
from urllib.parse import parse_qsl

from pydantic import SecretStr

from ..document import parsed
from ..errors import ConfigurationError, Problem, Unintelligible
from ..models import Wakeup

SHORTEST_SECRET: Final = 16
MOST_SECRETS: Final = 2
"""The one in use, and the one before, which stays valid while the vendor is told of the new one."""
MOST_WAKEUPS: Final = 1_000
"""No honest batch holds more."""
LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it came. Header names are in lower case; one that came twice is there twice."""

    body: bytes = field(repr=False)
    headers: Sequence[tuple[bytes, bytes]] = field(default=(), repr=False)
    query: bytes = field(default=b"", repr=False)
    method: str = "POST"

    def header(self, name: str) -> bytes | None:
        """The value of a header that came exactly once."""
        wanted = name.lower().encode("latin-1", "replace")
        found = [value for own, value in self.headers if own.lower() == wanted]
        return found[0].strip() if len(found) == 1 else None

    def parameter(self, name: str) -> bytes | None:
        """The value of a parameter of the address that came exactly once."""
        found = [value for own, value in pairs(self.query) if own == name.encode()]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What deliveries of one webhook are proved by.

    `secrets`: the one in use, and while it is rotated the one before. `way`: one of the vendor's (`Deliveries.ways`); the
    first if not said, and no other is taken in its place. `header`, `prefix`: where the vendor lets the owner name them.
    `username`: for a name and a password.
    """

    secrets: Sequence[SecretStr] = field(repr=False)
    way: str | None = None
    header: str | None = None
    prefix: str = ""
    username: str = ""

    def __post_init__(self) -> None:
        problems = []
        if not 1 <= len(self.secrets) <= MOST_SECRETS:
            problems.append(Problem("secrets", "wants the secret in use, and at most the one before"))
        if any(len(one.get_secret_value()) < SHORTEST_SECRET for one in self.secrets):
            problems.append(Problem("secrets", f"want at least {SHORTEST_SECRET} characters"))
        if problems:
            raise ConfigurationError("receive webhooks", problems=problems)

    @property
    def keys(self) -> list[bytes]:
        """The secrets as bytes."""
        return [one.get_secret_value().encode() for one in self.secrets]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a genuine delivery says: which records to look at, and notices for people (`"deactivated"`)."""

    wakeups: Sequence[Wakeup] = ()
    notices: Sequence[str] = ()


class Deliveries(ABC):
    """How one vendor's deliveries are proved and read."""

    ways: ClassVar[tuple[str, ...]]
    """How they can be proved, the usual way first: `"signature"`, `"secret"` (in the address), `"basic"`."""
    by_hand: ClassVar[str] = ""
    """What people do in the PSA where the credentials may not register webhooks."""

    def genuine(self, delivery: Delivery, trust: Trust) -> bool:
        """Whether it is proved by one of the secrets, over the bytes as they came. The body is not parsed before that.

        deliveries.genuine: what was forged, altered or not proved is refused, and nothing raises.
        """
        way = trust.way or self.ways[0]
        if way not in self.ways:
            problem = Problem("way", f"there is no way {way!r}", allowed=self.ways)
            raise ConfigurationError("receive webhooks", problems=[problem])
        given, expected = self.proof(way, delivery, trust)
        # All are compared, whichever fits, so that the time tells nothing.
        return given is not None and sum(hmac.compare_digest(given, one) for one in expected) > 0

    @abstractmethod
    def proof(self, way: str, delivery: Delivery, trust: Trust) -> tuple[bytes | None, Sequence[bytes]]:
        """What the delivery brings as its proof, if anything, and what it has to be: one for each secret."""

    @abstractmethod
    def read(self, delivery: Delivery) -> Heard:
        """What a genuine delivery says; raises `Unintelligible` for what no vendor writes."""


def signed(digest: str, keys: Iterable[bytes], body: bytes, prefix: bytes = b"") -> list[bytes]:
    """The signatures of a body: its HMAC in base64, one for each key."""
    macs = (hmac.new(key, body, getattr(hashlib, digest)).digest() for key in keys)
    return [prefix + base64.b64encode(mac) for mac in macs]


def basic(username: str, keys: Iterable[bytes]) -> list[bytes]:
    """A name and each password as the header `Authorization` has them."""
    return [b"Basic " + base64.b64encode(username.encode() + b":" + key) for key in keys]


def pairs(content: bytes) -> list[tuple[bytes, bytes]]:
    """The names and values of an address or a form, as the bytes they stand for, whatever these are."""
    found = parse_qsl(content.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found]


def unheard(reason: str) -> Unintelligible:
    """A delivery that no vendor writes."""
    return Unintelligible("read a delivery", said=[reason])


def document(body: bytes) -> Any:
    """What a body holds; raises `Unintelligible`."""
    try:
        return parsed(body)
    except ValueError as reason:
        raise unheard(str(reason)) from None


def caseless(facts: Any) -> dict[str, Any]:
    """The members of an object by their names in lower case; raises `Unintelligible` if one is there in two cases."""
    if not isinstance(facts, Mapping):
        raise unheard("it is no object")
    lower = {str(name).lower(): value for name, value in facts.items()}
    if len(lower) < len(facts):
        raise unheard("it names a member twice")
    return lower


def record_id(value: Any) -> str:
    """A record's id: a whole number, or its digits; raises `Unintelligible`."""
    plain = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= LONGEST_ID):
        raise unheard("it names no record")
    return str(int(plain))


def word(value: Any) -> TypeGuard[str]:
    """Whether it is a short text that can be kept and shown: a vendor's name of something."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def instant(value: Any) -> datetime | None:
    """A moment as vendors write them, without a zone in UTC; None for what is none: when something happened is a hint."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
