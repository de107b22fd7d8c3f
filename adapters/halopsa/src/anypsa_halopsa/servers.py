"""Servers: where the API and the authorisation server are, and which addresses are believed (wire/halopsa.md 1)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_token_request

from anypsa.errors import Unintelligible
from anypsa.settings import is_loopback
from anypsa.spi import Answer, Request, reading

from .settings import HaloPSA

VENDOR_DOMAINS: Final = (".halopsa.com", ".haloitsm.com", ".haloservicedesk.com")
# A second-level label so short is a registry's (co.uk), not somebody's own.
REGISTRY_LABEL: Final = 3


def api(settings: HaloPSA) -> str:
    """The root of the API."""
    url = settings.resource_url.rstrip("/")
    return url if url.lower().endswith("/api") else f"{url}/api"


def discovery(settings: HaloPSA) -> Request:
    """The request that asks where to sign in; it needs no credentials."""
    effect = reading("authinfo")
    return Request.read("GET", "authinfo", effect, link=f"{api(settings)}/authinfo", anonymous=True)


def authority(answer: Answer, settings: HaloPSA) -> tuple[str, str | None]:
    """The authorisation server and the tenant's name there; raises `Unintelligible` for one that must not get a secret."""
    body = answer.json()
    url = body.get("auth_url") if isinstance(body, dict) else None
    if not isinstance(url, str) or not url:
        return fallback(settings), settings.tenant
    if not believable(url, settings):
        raise Unintelligible(
            "find the authorisation server",
            said=["its address is on another domain than the API, so no secret is sent there"],
            hint="Somebody may be after the credentials. If the address is your own, set auth_url.",
        )
    tenant = body.get("tenant_id")
    return url.rstrip("/"), settings.tenant or (tenant if isinstance(tenant, str) and tenant else None)


def fallback(settings: HaloPSA) -> str:
    """Modern hosting signs in on the same host (1.1)."""
    parts = urlsplit(settings.resource_url)
    return f"{parts.scheme}://{parts.netloc}/auth"


def believable(url: str, settings: HaloPSA) -> bool:
    """Https on the API's own domain or the vendor's; http between loopback addresses only."""
    try:
        parts, mine = urlsplit(url), urlsplit(settings.resource_url)
        host, own = (parts.hostname or "").lower(), (mine.hostname or "").lower()
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "\\" in url or not url.isprintable():
        return False
    if parts.scheme == "http":
        return is_loopback(url) and is_loopback(settings.resource_url)
    return (
        parts.scheme == "https"
        and port in (None, 443, mine.port)
        and (host.endswith(VENDOR_DOMAINS) or related(host, own))
    )


def related(host: str, own: str) -> bool:
    """Whether two hosts belong to one registrable domain."""
    if host == own or host.endswith(f".{own}"):
        return True
    domain = own.split(".")[1:]
    own_enough = len(domain) >= (3 if len(domain) >= 2 and len(domain[-2]) <= REGISTRY_LABEL else 2)
    return own_enough and (host == ".".join(domain) or host.endswith("." + ".".join(domain)))


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
    return Request(method="POST", path="token", effect=effect, link=f"{server}/token{query}", form=body, anonymous=True)


def lifetime(token: dict[str, Any]) -> float:
    """How long a token is used: what the server says, less a margin; never so short that it is asked for each time."""
    try:
        seconds = float(token.get("expires_in") or DEFAULT_LIFETIME)
    except (TypeError, ValueError):
        seconds = DEFAULT_LIFETIME
    seconds = min(seconds, LONGEST)
    return max(SHORTEST, seconds - min(60.0, seconds / 5))


DEFAULT_LIFETIME: Final = 3600.0
LONGEST: Final = 86_400.0
SHORTEST: Final = 5.0
