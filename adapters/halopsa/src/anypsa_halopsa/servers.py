"""Servers: where the API and the authorisation server are, and which addresses are believed (wire/halopsa.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_token_request

from anypsa.errors import Unintelligible
from anypsa.settings import sendable
from anypsa.spi import Answer, Request, Sealed, of_family, of_vendor, reading
from anypsa.spi import lifetime as usable

from .settings import HaloPSA

VENDOR_DOMAINS: Final = ("halopsa.com", "haloitsm.com", "haloservicedesk.com")


def api(settings: HaloPSA) -> str:
    """The root of the API."""
    url = settings.resource_url.rstrip("/")
    return url if url.lower().endswith("/api") else f"{url}/api"


def discovery(settings: HaloPSA) -> Request:
    """The request that asks where to sign in; it needs no credentials."""
    effect = reading("authinfo")
    return Request.read("GET", "authinfo", effect, link=f"{api(settings)}/authinfo", anonymous=True)


@dataclass(frozen=True, slots=True)
class Authority:
    """The authorisation server and the tenant's name there. `known`: the API itself named it, or the user did."""

    url: str
    tenant: str | None
    known: bool = True
    others: tuple[str, ...] = ()
    """Where tokens may be had if not there, on the same origin."""


def authority(answer: Answer, settings: HaloPSA) -> Authority:
    """The authorisation server that the API names; raises `Unintelligible` for one that must not get a secret."""
    body = answer.readable()
    told = {str(key).lower(): value for key, value in body.items()} if isinstance(body, dict) else {}
    url, tenant = told.get("auth_url"), told.get("tenant_id")
    if not isinstance(url, str) or not url.strip():
        return fallback(settings)
    url = url.strip()
    asked = settings.resource_url
    if not (of_vendor(url, asked=asked, domains=VENDOR_DOMAINS) or of_family(url, asked=asked)):
        raise Unintelligible(
            "find the authorisation server",
            said=["its address is on another domain than the API, so no secret is sent there"],
            hint="Somebody may be after the credentials. If the address is your own, set auth_url.",
        )
    named = str(tenant) if isinstance(tenant, str | int) and not isinstance(tenant, bool) else ""
    return at(url, settings.tenant or named or None)


def given(settings: HaloPSA, url: str) -> Authority:
    """The authorisation server that the user names."""
    return at(url, settings.tenant)


def at(url: str, tenant: str | None) -> Authority:
    """An authorisation server; people and servers name it with and without `/auth`, and with its token endpoint."""
    url = url.rstrip("/")
    root = url[: -len("/token")] if url.lower().endswith("/token") else url
    return Authority(root, tenant, others=() if root.lower().endswith("/auth") else (f"{root}/auth",))


def fallback(settings: HaloPSA) -> Authority:
    """Modern hosting signs in on the same host (1.1)."""
    parts = urlsplit(settings.resource_url)
    url, beside = f"{parts.scheme}://{parts.netloc}/auth", f"{api(settings)[: -len('/api')]}/auth"
    return Authority(url, settings.tenant, known=False, others=() if beside == url else (beside,))


def sign_in(settings: HaloPSA, server: str, tenant: str | None) -> Request:
    """The token request: a form, secret in the body, the tenant in the query (1.2). Never repeated by itself."""
    form: dict[str, Any] = {
        "client_id": settings.client_id.get_secret_value(),
        "client_secret": settings.client_secret.get_secret_value(),
        "scope": settings.scope,
    }
    body: str = prepare_token_request("client_credentials", **form)
    query = f"?{urlencode({'tenant': tenant})}" if tenant else ""
    effect = reading("token")
    return Request(
        method="POST",
        path="token",
        effect=effect,
        link=f"{server}/token{query}",
        form=body,
        anonymous=True,
        confidential=True,
    )


def token(answer: Answer) -> Sealed:
    """The token of an answer; raises `Unintelligible` when it holds none that a header can carry."""
    body = lowered(answer)  # nothing else of the answer may be a local here: a traceback can show them
    if not isinstance(body.get("access_token"), str) or not sendable(body["access_token"]):
        raise answer.unintelligible("it holds no token")
    return body


def lowered(answer: Answer) -> Sealed:
    """The members of an object; servers beside the vendor's own have spelled their names in other cases."""
    found = answer.json()
    return Sealed({str(name).lower(): value for name, value in found.items()}) if isinstance(found, dict) else Sealed()


def remembered(found: Authority) -> float:
    """How long an answer to the question where to sign in is good: a guess is soon asked about again."""
    return DAY if found.known else GUESSED


def lifetime(token: dict[str, Any]) -> float:
    """How long a token is used: what the server says, less a margin; never so short that it is asked for each time."""
    return usable(token.get("expires_in"))


DAY: Final = 86_400.0
GUESSED: Final = 60.0
