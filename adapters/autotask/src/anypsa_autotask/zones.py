"""Zones: which of Autotask's hosts holds a database, and which addresses are to be believed (wire/autotask.md 1)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from anypsa.errors import Unintelligible
from anypsa.spi import Answer, Request, of_vendor, reading

from .rows import folded
from .settings import Autotask

VENDOR_DOMAINS: Final = ("autotask.net",)
ROOT: Final = "atservicesrest"
VERSION: Final = "v1.0"
QUESTION: Final = "zoneInformation"


def question(settings: Autotask) -> Request:
    """The request that asks for the zone. It carries the user's name and never the secret."""
    url = f"{lookup_url(settings.discovery_url)}?{urlencode({'user': settings.username})}"
    effect = reading(QUESTION)
    headers = {"UserName": settings.username}
    return Request.read("GET", QUESTION, effect, link=url, anonymous=True, headers=headers)


def lookup_url(url: str) -> str:
    """The address of the zone look-up, from whichever part of it the user gave."""
    url = url.rstrip("/")
    if url.lower().endswith(QUESTION.lower()):
        return url
    return f"{versioned(url)}/{QUESTION}"


def versioned(url: str) -> str:
    """The root of the API below a host: exactly one `ATServicesRest`, exactly one version."""
    url = url.rstrip("/")
    path = urlsplit(url).path.lower()
    if ROOT not in path:
        url = f"{url}/{ROOT}"
    return url if path.endswith(VERSION) else f"{url}/{VERSION}"


def base(answer: Answer, settings: Autotask) -> str:
    """The root that a zone answer names; raises `Unintelligible` for an address that must not get the secret."""
    url = folded(answer.json()).get("url")
    if not isinstance(url, str):
        raise answer.unintelligible("it names no zone")
    if not of_vendor(url, asked=settings.discovery_url, domains=VENDOR_DOMAINS):
        raise Unintelligible(
            "find the database's zone",
            said=["the zone's address is not on the vendor's domain, so no secret is sent there"],
            hint="Somebody may be after the credentials. If the address is your own, set zone_url.",
        )
    return versioned(url)
