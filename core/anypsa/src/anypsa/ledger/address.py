"""Addresses of a Redis that counts: where it is, and what those who share it agreed on. They hold passwords."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from pydantic import SecretStr

from ..errors import ConfigurationError, Problem
from ..secrecy import Secrets

LEASE: Final = 35.0  # longer than the vendor may keep silent (`timeout`)
SHORTEST_LEASE: Final = 0.5
SCHEMES: Final = ("redis", "rediss")


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is, and what its users agreed on. Shows no password."""

    url: SecretStr
    where: str
    hosts: int | None
    lease: float

    @classmethod
    def of(cls, url: SecretStr) -> Address:
        """The parts of `redis://user:password@host:6379/0?hosts=3&lease=35`; raises `ValueError` without quoting it."""
        parts = split(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := set(asked) - {"hosts", "lease"}:
            raise ValueError(f"{', '.join(sorted(unknown))}: not among hosts, lease")
        hosts, lease = asked.get("hosts"), asked.get("lease", str(LEASE))
        if hosts is not None and (not hosts.isascii() or not hosts.isdigit() or not 0 < int(hosts) <= 10_000):
            raise ValueError("hosts: wants the number of hosts that share the limits")
        try:
            seconds = float(lease)
        except ValueError:
            seconds = math.nan
        if not SHORTEST_LEASE <= seconds <= 3600:
            raise ValueError(f"lease: wants seconds, from {SHORTEST_LEASE} to 3600")
        bare = SecretStr(urlunsplit(parts._replace(query="", fragment="")))
        return cls(bare, f"{parts.hostname}:{parts.port or 6379}", None if hosts is None else int(hosts), seconds)

    def secrets(self) -> Secrets:
        """What no text of the client or the server may show."""
        password = split(self.url).password
        return Secrets([self.url.get_secret_value(), *([password] if password else [])])


def split(url: SecretStr) -> SplitResult:
    """The parts of a URL; raises `ValueError` without quoting it."""
    try:
        parts = urlsplit(url.get_secret_value())
        sound = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError('wants "host", "memory", or a URL such as rediss://user:password@host:6379/0?hosts=3')
    return parts


def read(url: SecretStr) -> Address:
    """The address, or our own error."""
    try:
        return Address.of(url)
    except ValueError as error:
        problem = Problem("ledger", str(error))
    raise ConfigurationError("open the ledger on Redis", problems=[problem])
