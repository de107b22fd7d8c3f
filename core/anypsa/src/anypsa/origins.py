"""Origins: where credentials may go. Scheme, host and port decide; adapters state only which domains are their vendor's.

An address is either read in one way by everybody or not at all: what a browser, a client and `urlsplit` might take
apart differently (backslashes, control characters, user names, escapes in the host) is no address here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .errors import ConfigurationError

PORTS: Final = {"https": 443, "http": 80}
LABEL: Final = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
NAME: Final = re.compile(rf"{LABEL}(\.{LABEL})*", re.ASCII)
# What a URL may consist of (RFC 3986), without what separates a user name.
CHARACTERS: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
# Decoding more often than any server does.
DECODED: Final = 3


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http or https URL, taken apart. Its first three parts are its origin."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""
    fragment: str = ""

    @classmethod
    def of(cls, url: str) -> Address:
        """The parts of a URL; raises ValueError for one that can be read in more than one way."""
        if not CHARACTERS.fullmatch(url):
            raise ValueError("has characters that no URL has")
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.netloc:
            raise ValueError("must be a URL such as https://host/")
        if "@" in parts.netloc:
            raise ValueError("must not contain credentials")
        host = plain_host(parts.hostname or "", bracketed="[" in parts.netloc)
        port = parts.port  # raises ValueError for what is no port
        if port == 0 or parts.netloc.endswith(":"):
            raise ValueError("has no such port")
        return cls(parts.scheme, host, port or PORTS[parts.scheme], parts.path or "/", parts.query, parts.fragment)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def is_loopback(self) -> bool:
        """Whether it names this very machine, spelled out: other spellings of 127.0.0.1 are tricks."""
        if self.host in ("localhost", "::1"):
            return True
        return is_ip(self.host) and self.host.startswith("127.")

    @property
    def is_guarded(self) -> bool:
        """Whether nobody on the way can read along: https, or http that does not leave this machine."""
        return self.scheme == "https" or self.is_loopback


def plain_host(host: str, *, bracketed: bool) -> str:
    """A host as everybody reads it: a name, or an IP address in its usual form."""
    if bracketed:
        try:
            address = IPv6Address(host)
        except AddressValueError:
            raise ValueError("has a host that is no IP address") from None
        if address.scope_id is not None:  # it may hold anything, a domain's name too
            raise ValueError("has an IP address with a zone")
        return str(address)
    if is_ip(host):
        return host
    # 2130706433, 0x7f000001, 0177.0.0.1 and 127.1 are IP addresses to some: a name's last label is no number.
    last = host.rpartition(".")[2]
    if not NAME.fullmatch(host) or last.isdigit() or last.startswith("0x"):
        raise ValueError("has a host that can be read in more than one way")
    return host


def is_ip(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return ":" in host


def own(url: str) -> Address:
    """An address that the user gave: any origin, but http only on loopback; raises ValueError saying what is wrong."""
    address = Address.of(url)
    if not address.is_guarded:
        raise ValueError("must be https (http only on loopback)")
    if address.query or address.fragment:
        raise ValueError("must not have a query or a fragment")
    return address


def of_vendor(url: str, *, asked: str, domains: Collection[str]) -> bool:
    """Whether an address off the wire is the vendor's: https below one of its domains.

    When the user's own address that was `asked` is on loopback, so may the answer be, on any port.
    """
    found = bare(url)
    if found is None:
        return False
    if found.scheme == "http":
        return found.is_loopback and own(asked).is_loopback
    return found.port == PORTS["https"] and any(found.host.endswith(f".{domain}") for domain in domains)


def of_family(url: str, *, asked: str) -> bool:
    """Whether an address off the wire is https on the registrable domain of the user's own that was `asked`, on the
    usual port or on the user's."""
    found, mine = bare(url), own(asked)
    if found is None or found.scheme != "https" or found.port not in (PORTS["https"], mine.port):
        return False
    if found.host == mine.host:
        return True
    domain = registrable(found.host)
    return domain is not None and domain == registrable(mine.host)


def within(link: str, base: str) -> bool:
    """Whether a link lies on the very origin of the base and under its path, however often its escapes are decoded."""
    there, here = believed(link), believed(base)
    if there is None or here is None or there.origin != here.origin:
        return False
    path = there.path
    for _ in range(DECODED):
        if not path.isprintable() or "\\" in path or {".", ".."} & set(path.split("/")):
            return False
        path = unquote(path)
    return there.path.casefold().startswith(here.path.casefold().rstrip("/") + "/")


def believed(url: str) -> Address | None:
    try:
        return Address.of(url)
    except ValueError:
        return None


def bare(url: str) -> Address | None:
    """An address that others are built upon: with neither query nor fragment."""
    found = believed(url)
    return None if found is None or found.query or found.fragment else found


def registrable(host: str) -> str | None:
    """The domain that somebody registered, by the public suffix list: `acme.co.uk` of `help.acme.co.uk`. None for an
    IP address, and for what is itself a registry's."""
    return None if is_ip(host) else suffixes().privatesuffix(host)


@cache
def suffixes() -> Any:
    """The list as it was when its package was made; nothing is looked up in the network."""
    try:
        return import_module("publicsuffixlist").PublicSuffixList()
    except ImportError:
        hint = 'pip install "anypsa[domains]"'
        raise ConfigurationError("tell domains apart", said=["publicsuffixlist is not installed"], hint=hint) from None
