"""The app: GETs show, POSTs from our own pages change. Every page wants somebody who is signed in."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import uuid4

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from anypsa import Invalid, PlanStage, Psa, PSAError, Verdict
from anypsa.origins import Address
from anypsa_automation.stages import Outcome

from ..web import HEADERS, ROTATE, NotSignedIn, Sessions, form_of, from_our_page, known_technician
from ..web.forms import PROOF
from .access import BACK, ENTER, SIGN_IN, Access
from .pages import message, page, stylesheet
from .showing import Shown

EMAIL, WANTED = "email", "wanted"
LAST: Final = 1_000
REASON: Final = 200
"""Characters of a decision's reason, as of a reply's."""
Handler = Callable[[Request, str], Awaitable[Response]]
Word = TypeVar("Word", bound=StrEnum)


def console(psa: Psa, access: Access, public: str) -> Starlette:
    """The app for one tenant, which people reach at `public`; serve it on loopback, or behind TLS. The connection keeps
    state. Raises `ConfigurationError`."""
    app = App(psa, access, Address.of(public))
    routes = [
        Route("/console.css", stylesheet, methods=["GET"]),
        Route(SIGN_IN, app.sign_in, methods=["GET"]),
        Route(ENTER, app.enter, methods=["GET"]),
        Route(ENTER, app.signed_in, methods=["POST"]),
        Route(BACK, app.signed_in, methods=["GET"]),
        Route("/sign-out", app.guarded(app.sign_out), methods=["POST"]),
        Route("/", app.seen(app.home), methods=["GET"]),
        Route("/plans", app.seen(app.plans), methods=["GET"]),
        Route("/plans/{plan}", app.seen(app.plan), methods=["GET"]),
        Route("/plans/{plan}", app.guarded(app.decide), methods=["POST"]),
        Route("/predictions", app.seen(app.predictions), methods=["GET"]),
        Route("/stages", app.seen(app.stages), methods=["GET"]),
        Route("/stages", app.guarded(app.move), methods=["POST"]),
        Route("/figures", app.seen(app.figures), methods=["GET"]),
        Route("/audit", app.seen(app.audit), methods=["GET"]),
    ]
    hosts = TrustedHostMiddleware  # a name that somebody else points at us is not ours
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(hosts, allowed_hosts=[app.public.origin[1]], www_redirect=False),
            Middleware(Sessions, secure=app.public.scheme == "https"),
        ],
    )


class App:
    """What the routes do."""

    def __init__(self, psa: Psa, access: Access, public: Address) -> None:
        self.public = public
        self._psa = psa
        self._access = access
        self._shown = Shown(psa)

    # Who may come in.

    def seen(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A page for whoever is signed in; others are sent to sign in first."""

        async def answer(request: Request) -> Response:
            email = request.session.get(EMAIL)
            if email is None:
                request.session[WANTED] = request.url.path
                return RedirectResponse(SIGN_IN, 303, HEADERS)
            return await told(request, handler(request, email))

        return answer

    def guarded(
        self, handler: Callable[[Request, str, Mapping[str, str]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A change, which counts if it comes from a page of ours, of somebody who is signed in."""

        async def answer(request: Request) -> Response:
            email, form = request.session.get(EMAIL), await form_of(request)
            if email is None or not from_our_page(request, form, self.public):
                return message(request, "Not done", "This did not come from a page of the console. Open it again.", 403)
            return await told(request, handler(request, email, form))

        return answer

    async def sign_in(self, request: Request) -> Response:
        """Asks who somebody is."""
        try:
            return await self._access.ask(request)
        except NotSignedIn as reason:
            return message(request, "Not signed in", str(reason), 502)

    async def enter(self, request: Request) -> Response:
        """The page that asks for the code."""
        request.session.setdefault(PROOF, secrets.token_urlsafe(32))
        return page(request, "enter.html", {})

    async def signed_in(self, request: Request) -> Response:
        """Comes back as somebody whom the tenant knows; with another cookie than before."""
        wanted = request.session.get(WANTED, "/plans")
        form = await form_of(request) if request.method == "POST" else {}
        if request.method == "POST" and not from_our_page(request, form, self.public):
            return message(request, "Not signed in", "Open the page anew.", 403)
        try:
            email = await self._access.admit(request, form)
        except NotSignedIn as reason:
            return message(request, "Not signed in", str(reason), 403)
        try:
            known = not self._access.proves or await run_in_threadpool(known_technician, self._psa, email)
        except PSAError as error:
            return message(request, "Not signed in", str(error), 503)
        if not known:
            return message(request, "Not signed in", "No active technician has this e-mail address.", 403)
        request.session.clear()
        request.session.update({EMAIL: email, PROOF: secrets.token_urlsafe(32), ROTATE: True})
        return RedirectResponse(wanted, 303, HEADERS)

    async def sign_out(self, request: Request, email: str, form: Mapping[str, str]) -> Response:
        """Forgets who somebody is."""
        request.session.clear()
        request.session.update({PROOF: secrets.token_urlsafe(32), ROTATE: True})
        return RedirectResponse("/", 303, HEADERS)

    # What is shown.

    async def home(self, request: Request, email: str) -> Response:
        """What waits."""
        return RedirectResponse("/plans?stage=proposed", 303, HEADERS)

    async def plans(self, request: Request, email: str) -> Response:
        stage = word_of(request, "stage", PlanStage)
        return await self._page(request, "plans.html", partial(self._shown.plans, stage, number_of(request)))

    async def plan(self, request: Request, email: str) -> Response:
        """All of one plan, and the ways to decide on it."""
        try:
            plan = await run_in_threadpool(self._psa.plans.get, request.path_params["plan"])
        except Invalid:
            return message(request, "No plan", "There is no such plan.", 404)
        return await self._page(request, "plan.html", partial(self._shown.plan, plan))

    async def predictions(self, request: Request, email: str) -> Response:
        category, outcome = request.query_params.get("category", ""), word_of(request, "outcome", Outcome)
        show = partial(self._shown.predictions, category, outcome, number_of(request))
        return await self._page(request, "predictions.html", show)

    async def stages(self, request: Request, email: str) -> Response:
        return await self._page(request, "stages.html", self._shown.stages)

    async def figures(self, request: Request, email: str) -> Response:
        return await self._page(request, "figures.html", self._shown.figures)

    async def audit(self, request: Request, email: str) -> Response:
        about, verdict = request.query_params.get("about", "")[:100], word_of(request, "verdict", Verdict)
        return await self._page(request, "audit.html", partial(self._shown.audit, about, verdict, number_of(request)))

    async def _page(self, request: Request, name: str, show: Callable[[], Mapping[str, Any]]) -> Response:
        rollout, email = self._shown.rollout, str(request.session[EMAIL])
        stop = await run_in_threadpool(rollout.stopped)
        common = {
            "tenant": self._psa.tenant,
            "stop": stop,
            "promoter": rollout.may_promote(email),
            "stopper": rollout.may_stop(email),
            "proves": self._access.proves,
        }
        return page(request, name, {**common, **await run_in_threadpool(show)})

    # What is changed.

    async def decide(self, request: Request, email: str, form: Mapping[str, str]) -> Response:
        """A decision on the plan that was shown, of somebody who proved who he is."""
        id, word = request.path_params["plan"], form.get("decision", "")
        if not self._access.proves:
            return message(request, "Not decided", UNPROVED, 403)
        if word not in ("approve", "deny"):
            return message(request, "Not decided", "Say approve or deny.", 400)
        asked: dict[str, Any] = {"email": email, "approves": word == "approve", "digest": form.get("digest", "")}
        asked["reason"] = " ".join(form.get("reason", "").split())[:REASON] or None
        await run_in_threadpool(partial(self._psa.plans.decide, id, via=f"console:{uuid4().hex}", **asked))
        return RedirectResponse(f"/plans/{quote(id, safe='')}", 303, HEADERS)

    async def move(self, request: Request, email: str, form: Mapping[str, str]) -> Response:
        """Moves a category, or stops everything, or lets it go on."""
        rollout, category, why = self._shown.rollout, form.get("category", ""), form.get("why", "").strip()[:500]
        moves: dict[str, Callable[[], object]] = {
            "promote": lambda: rollout.promote(category, by=email, why=why or None),
            "demote": lambda: rollout.demote(category, by=email, why=why),
            "stop": lambda: rollout.kill(by=email, why=why),
            "go on": lambda: rollout.unkill(by=email),
        }
        word = form.get("move", "")
        if word not in moves or (not why and word in ("demote", "stop")):
            return message(request, "Not done", "Say what to do, and why.", 400)
        if word in ("promote", "demote") and not await run_in_threadpool(self._stands, category, form.get("stage", "")):
            return message(request, "Not done", "It does not stand any more where your page showed it.", 409)
        await run_in_threadpool(moves[word])
        return RedirectResponse("/stages", 303, HEADERS)

    def _stands(self, category: str, stage: str) -> bool:
        """Whether a category stands where a page showed it: the same form sent twice moves it once."""
        return (category, stage) in {(one.category, str(one.stage)) for one in self._shown.rollout.standings()}


UNPROVED: Final = (
    "Whoever signs in by a printed code may not decide on plans: it proves nobody's name. "
    "Answer on the ticket, or serve the console with your identity provider."
)


async def told(request: Request, answer: Awaitable[Response]) -> Response:
    """The answer; what fails is told in its own words."""
    try:
        return await answer
    except PSAError as error:
        status = 503 if error.retryable else 403
        return message(request, "Not done", "; ".join(error.said) or str(error), status, hint=error.hint)


def number_of(request: Request) -> int:
    """Which page is asked for."""
    asked = request.query_params.get("page", "1")
    return min(max(int(asked), 1), LAST) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def word_of(request: Request, name: str, words: type[Word]) -> Word | None:
    """One of these words, if the address names one."""
    asked = request.query_params.get(name, "")
    return words(asked) if asked in list(words) else None
