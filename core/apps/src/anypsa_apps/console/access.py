"""Access: how people sign in, and what signing in that way proves.

The identity provider proves who somebody is. A code that is printed where the console was started proves no more than that
somebody reads that terminal: whoever signs in by it is called what the start said, and decides on no plans.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..web import HEADERS, Door, NotSignedIn, SignIn

SIGN_IN: Final = "/sign-in"
BACK: Final = "/signed-in"
ENTER: Final = "/enter"
CODE: Final = "code"
GUESSES: Final = 5
"""After so many wrong ones a code is good for nothing, and another is printed."""
BYTES: Final = 16


class Access(Protocol):
    """A way to sign in. `proves` says whether somebody who came that way is known to be who he says."""

    @property
    def proves(self) -> bool: ...

    async def ask(self, request: Request) -> Response:
        """What somebody gets who is not signed in; raises `NotSignedIn`."""

    async def admit(self, request: Request, form: Mapping[str, str]) -> str:
        """The e-mail address of whoever comes back; raises `NotSignedIn`."""


class ByProvider:
    """OpenID Connect, as for approvals by link."""

    proves = True

    def __init__(self, sign_in: SignIn, public: str) -> None:
        self._door = Door(sign_in, public.rstrip("/") + BACK)

    async def ask(self, request: Request) -> Response:
        """To the provider."""
        return await self._door.out(request)

    async def admit(self, request: Request, form: Mapping[str, str]) -> str:
        """Back from it."""
        return await self._door.back(request)


class ByCode:
    """A code that is told once where the console runs, and is good for one sign-in; then another is told.

    `proves` is for sandboxes, where nobody is anybody.
    """

    def __init__(self, email: str, tell: Callable[[str], None], *, proves: bool = False) -> None:
        self._email = email
        self._tell = tell
        self.proves = proves
        self._renew()

    async def ask(self, request: Request) -> Response:
        """To the page that asks for it."""
        return RedirectResponse(ENTER, 303, HEADERS)

    async def admit(self, request: Request, form: Mapping[str, str]) -> str:
        """Whoever has the code."""
        right = compare_digest(form.get(CODE, "").strip().encode(), self._code.encode())
        self._left -= 1
        if right or self._left <= 0:
            self._renew()
        if not right:
            raise NotSignedIn("This is not the code that was printed last. After five tries another one is printed.")
        return self._email

    def _renew(self) -> None:
        self._code, self._left = secrets.token_urlsafe(BYTES), GUESSES
        self._tell(self._code)
