"""Signing in: OpenID Connect with state, nonce and PKCE. Who somebody is, is told by a verified id token and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from anypsa import ConfigurationError, Problem, PSAError
from anypsa.origins import own

PROVIDER: Final = "provider"
METADATA: Final = "/.well-known/openid-configuration"
SCOPE: Final = "openid email"
PKCE: Final = "S256"


class NotSignedIn(Exception):
    """Nobody proved who he is; the text is for the person at the browser."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The identity provider of your technicians: its issuer, and this app's registration there.

    The e-mail address has to be one that the provider says it verified. `unverified=True` believes it without that: only
    for an issuer that is your own tenant alone, where nobody else gives people their addresses.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    unverified: bool = False

    def __post_init__(self) -> None:
        try:
            own(self.issuer)
        except (ValueError, PSAError) as error:
            raise ConfigurationError("sign people in", problems=[Problem("issuer", str(error))]) from None
        if missing := [name for name in ("client_id", "client_secret") if not getattr(self, name)]:
            raise ConfigurationError("sign people in", problems=[Problem(name, "is missing") for name in missing])


class Door:
    """Sends people to the provider, and takes them back."""

    def __init__(self, sign_in: SignIn, back: str) -> None:
        self._sign_in = sign_in
        self._back = back
        self._client = OAuth().register(
            PROVIDER,
            client_id=sign_in.client_id,
            client_secret=sign_in.client_secret,
            server_metadata_url=sign_in.issuer.rstrip("/") + METADATA,
            # The environment's proxies and .netrc are nobody's business here either.
            client_kwargs={"scope": SCOPE, "code_challenge_method": PKCE, "trust_env": False},
        )

    async def out(self, request: Request) -> Response:
        """To the provider."""
        await self._checked()
        sent: Response = await self._client.authorize_redirect(request, self._back)
        return sent

    async def back(self, request: Request) -> str:
        """The e-mail address of whoever comes back; raises `NotSignedIn`."""
        issuer = await self._checked()
        try:
            options: dict[str, Any] = {"iss": {"essential": True, "values": [issuer]}, "sub": {"essential": True}}
            token = await self._client.authorize_access_token(request, claims_options=options)
        except (HTTPError, OAuthError, JoseError, ValueError, KeyError) as error:
            raise NotSignedIn("The sign-in did not succeed. Try again.") from error
        claims = token.get("userinfo")
        if not claims:
            raise NotSignedIn("The provider did not say who you are.")
        email = claims.get("email")
        if not isinstance(email, str) or not email:
            raise NotSignedIn("The provider did not tell your e-mail address.")
        if claims.get("email_verified") is not True and not self._sign_in.unverified:
            raise NotSignedIn("The provider does not say that it verified your e-mail address.")
        return email

    async def _checked(self) -> str:
        """The issuer, if the provider is the one that was configured."""
        try:
            told = (await self._client.load_server_metadata()).get("issuer")
        except (HTTPError, OAuthError, ValueError) as error:
            raise NotSignedIn("The identity provider cannot be reached just now. Try again.") from error
        if told != self._sign_in.issuer:
            raise NotSignedIn("The provider calls itself otherwise than it is configured here.")
        return self._sign_in.issuer
