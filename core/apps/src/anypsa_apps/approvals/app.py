"""The app: a GET shows a plan to a technician who is signed in, a POST from that page decides. Nothing else does anything."""

from __future__ import annotations

import secrets
from typing import Any, Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from anypsa import ConfigurationError, Denied, Invalid, Plan, Psa, PSAError
from anypsa.origins import Address

from ..web import HEADERS, ROTATE, Door, NotSignedIn, Sessions, SignIn, form_of, from_our_page, known_technician
from ..web.forms import PROOF
from .pages import message, shown

BACK: Final = "/signed-in"
DECISIONS: Final = {"approve": True, "deny": False}
EMAIL, WANTED = "email", "wanted"


def approvals(psa: Psa, sign_in: SignIn) -> Starlette:
    """The app for a tenant whose settings say `public_url`; serve it there, behind TLS."""
    public = psa.context.settings.public_url
    if public is None:
        hint = "Say where people reach the app: anypsa.connect(..., public_url=...)."
        raise ConfigurationError("serve approvals", said=["the connection has no public_url"], hint=hint)
    psa.plans  # noqa: B018  # tells at once what is missing
    app = App(psa, Door(sign_in, public.rstrip("/") + BACK), Address.of(public))
    routes = [
        Route("/plans/{plan}", app.show, methods=["GET"]),
        Route("/plans/{plan}", app.decide, methods=["POST"]),
        Route("/sign-in", app.sign_in, methods=["GET"]),
        Route(BACK, app.signed_in, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Sessions, secure=app.public.scheme == "https")])


class App:
    """What the routes do."""

    def __init__(self, psa: Psa, door: Door, public: Address) -> None:
        self.public = public
        self._psa = psa
        self._door = door

    async def show(self, request: Request) -> Response:
        """The plan; whoever is not signed in is sent to sign in first."""
        email = request.session.get(EMAIL)
        if email is None:
            request.session[WANTED] = request.path_params["plan"]
            return RedirectResponse("/sign-in", 303, HEADERS)
        plan = await self._found(request, email)
        if plan is None:
            return nothing()
        return shown(plan, email, request.session[PROOF])

    async def decide(self, request: Request) -> Response:
        """A decision, if it comes from our own page, of somebody who is signed in, on the plan that he was shown."""
        email, form = request.session.get(EMAIL), await form_of(request)
        if email is None or not from_our_page(request, form, self.public):
            return message("Not decided", "This did not come from the plan's page. Open it again.", 403)
        plan, word = await self._found(request, email), form.get("decision", "")
        if plan is None or word not in DECISIONS:
            return nothing()
        asked: dict[str, Any] = {"email": email, "approves": DECISIONS[word], "digest": form.get("digest", "")}
        try:
            await run_in_threadpool(lambda: self._psa.plans.decide(plan, via=f"link:{uuid4().hex}", **asked))
        except Denied as denied:
            return message("Not decided", "; ".join(denied.said), 403)
        except PSAError as error:
            return message("Not decided", str(error), 503)
        return RedirectResponse(f"/plans/{plan.id}", 303, HEADERS)

    async def sign_in(self, request: Request) -> Response:
        """To the identity provider."""
        try:
            return await self._door.out(request)
        except NotSignedIn as reason:
            return message("Not signed in", str(reason), 502)

    async def signed_in(self, request: Request) -> Response:
        """Back from it, as somebody; with another cookie than before."""
        wanted = request.session.get(WANTED)
        try:
            email = await self._door.back(request)
        except NotSignedIn as reason:
            return message("Not signed in", str(reason), 403)
        request.session.clear()
        request.session.update({EMAIL: email, PROOF: secrets.token_urlsafe(32), ROTATE: True})
        return nothing(200) if wanted is None else RedirectResponse(f"/plans/{wanted}", 303, HEADERS)

    async def _found(self, request: Request, email: str) -> Plan | None:
        """The plan, for a technician; others learn nothing, not even whether there is one."""
        if not await run_in_threadpool(known_technician, self._psa, email):
            return None
        try:
            return await run_in_threadpool(self._psa.plans.get, request.path_params["plan"])
        except Invalid:
            return None


def nothing(status: int = 404) -> Response:
    """What is shown where there is nothing, or nothing for whoever asks."""
    return message("No plan", "There is no such plan for you. Open the link in the ticket's note.", status)
