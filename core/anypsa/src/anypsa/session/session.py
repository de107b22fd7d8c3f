"""The session: one call, in one direction.

    effect → policy → deadline → retry( limits → signing → exchange → classify )

Each attempt takes its own slot, is counted and signed anew. Look-ups that signing needs (zone, token) are finished
before the attempt's slot is taken. No slot, lock or lease is held while anything sleeps.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from tenacity import RetryCallState

from ..effects import Effect
from ..errors import (
    ApprovalPending,
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    Denied,
    Invalid,
    Problem,
    PSAError,
    RateLimited,
    Unintelligible,
    Unreachable,
    Withheld,
)
from ..ledger import Ledger, digest
from ..observers import Observers
from ..origins import within
from ..policy import Audit, Decided, Decision, Policy, Verdict
from ..predictions import Predictions, unmade
from ..secrecy import Sealed, SealedBytes, Secrets
from ..settings import Settings, sendable
from ..spi.exchange import Answer, Authorization, Request
from ..wire import (
    AnswerRefused,
    ExchangeFailed,
    Gate,
    Incoming,
    Once,
    Outgoing,
    PeerDistrusted,
    Sent,
    Wire,
    deadline,
    until,
)
from .allowance import spend
from .approvals import granted, planning
from .budget import RetryBudget
from .calls import accepted, has_written, lane, wrote
from .facts import SessionFacts, Worked, deciding, is_deciding
from .limits import Limits
from .retries import Trial, failure, pause_after

if TYPE_CHECKING:
    from ..spi.adapter import Adapter

V = TypeVar("V")
log = logging.getLogger("anypsa")

# How long refused credentials are not tried again: vendors lock accounts after a few wrong passwords.
REFUSED_FOR = 300.0


class Session:
    """Sends requests for one tenant; what adapters see of it is `Services`."""

    def __init__(self, wire: Wire, settings: Settings, ledger: Ledger, observers: Observers, tenant: str) -> None:
        self.wire = wire
        self.settings = settings
        self.tenant = tenant
        self.limits = Limits(wire, settings, ledger)
        self.adapter: Adapter | None = None
        self.policy: Policy = settings.policy
        self.audit: Audit | None = None
        self.worked: Worked | None = None
        self.predictions: Predictions | None = None
        self._ledger = ledger
        self._observers = observers
        self._once = Once(wire)
        self._budget = RetryBudget(tenant)
        self._secrets = settings.secrets()
        self._proving = Gate(wire, 1)
        self._proven: str | None = None
        self._closed = False
        self._told_time: tuple[str, datetime] | None = None

    def moment(self) -> datetime:
        """See `Services`."""
        return self.wire.moment()

    def ahead(self) -> timedelta | None:
        """How far the vendor's clock is ahead of ours, by its last answer; None when it never told the time."""
        if self._told_time is None:
            return None
        header, ours = self._told_time
        try:
            theirs = parsedate_to_datetime(header)
            return theirs - ours
        except (TypeError, ValueError):
            return None

    async def once(
        self,
        key: str,
        fetch: Callable[[], Awaitable[V]],
        *,
        ttl: float | Callable[[V], float],
        failure_ttl: float = 1.0,
    ) -> V:
        """See `Services`."""
        return await self._once(key, fetch, ttl=ttl, failure_ttl=failure_ttl)

    def forget(self, key: str, value: object = None) -> None:
        """See `Services`."""
        self._once.forget(key, value)

    async def gather(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        """See `Services`."""
        return await self.wire.gather(tasks)

    async def send(self, request: Request) -> Answer:
        """Sends with policy, limits, signing, retries and errors; returns only successes."""
        if self._closed:
            raise ConfigurationError("use a connection that was closed", hint="Open a new one with anypsa.connect.")
        self.wire.belongs()
        await self.allow(request.effect)
        request.target()  # an unsafe part of a path is refused before anything is sent, look-ups included
        content = encoded(request)
        trial = Trial(self.wire, request, self.settings.attempts, self._budget)
        with deadline(self.wire.now() + self.settings.bulk_deadline):
            answer = await trial.run(partial(self._attempt, request, content, trial), partial(self._told, request))
        if request.effect.writes:
            accepted()
        return answer

    async def allow(self, effect: Effect) -> None:
        """Raises `Denied` for what the policy does not allow, and `ApprovalPending` for what it wants to be approved."""
        if is_deciding() and not effect.writes:
            return  # what a policy asks for is not policed
        if effect.writes and planning(self.tenant):
            said = ["a plan is being made, and what is planned is not sent"]
            raise Denied(str(effect), said=said, hint="Say it to the plan, as in plan.tickets.update(...).")
        decision = await self.decided(effect)
        approval = granted(self.tenant, effect) if decision.verdict is Verdict.APPROVAL else None
        if effect.writes or decision.verdict is not Verdict.AUTO:
            await self._audited(effect, decision, approval)
        if decision.verdict is Verdict.DISABLED:
            raise Denied(str(effect), said=[decision.rule], hint="Nothing was sent.")
        if decision.verdict is Verdict.PREDICT:
            raise withheld(effect, decision)
        if decision.verdict is Verdict.APPROVAL and approval is None:
            hint = "Nothing was sent. Somebody has to approve it first."
            raise ApprovalPending(str(effect), said=[decision.rule], hint=hint, category=decision.category)

    async def withhold(self, effect: Effect) -> NoReturn:
        """Raises `Withheld` for a write that names what was only predicted, whatever a policy says of it."""
        await self._audited(effect, UNMADE, None)
        raise withheld(effect, UNMADE)

    async def decided(self, effect: Effect) -> Decision:
        """What the policy says of an effect; one on what was only predicted can only be predicted too."""
        if effect.writes and (unmade(effect.record) or unmade(effect.ticket)):
            return UNMADE
        facts = SessionFacts(self._attached(), self.settings, self.wire, self.tenant, effect, self.worked)
        with deciding():
            return await self.policy.decide(effect, facts)

    async def _audited(self, effect: Effect, decision: Decision, approval: str | None) -> None:
        if self.audit is not None:
            who = (self.settings.actor, decision.stage or self.settings.stage, approval)
            decided = Decided(self.wire.new_id(), self.tenant, self.moment(), effect, decision, *who)
            await self.wire.offload(partial(self.audit.note, decided))

    def _told(self, request: Request, state: RetryCallState) -> None:
        cause = type(failure(state)).__name__
        wait, attempt = state.upcoming_sleep, state.attempt_number
        log.info("%s: %s, next attempt in %.2f s", request.route, cause, wait)
        self._observers.retrying(
            tenant=self.tenant,
            route=request.route,
            attempt=attempt,
            wait=wait,
            cause=cause,
            budget=self._budget.left,
        )

    async def _attempt(self, request: Request, content: bytes, trial: Trial) -> Answer:
        trial.number += 1
        try:
            if request.anonymous:
                return await self._exchanged(request, content, NOBODY, trial)
            return await self._proved(request, content, trial)
        except PSAError as error:
            trial.note(error)
            raise

    async def _proved(self, request: Request, content: bytes, trial: Trial) -> Answer:
        """Sends one request ahead of all others until the credentials are proven: a wrong password is tried once."""
        if self._proven is not None:
            return await self._authorized(request, content, trial)
        await self._proving.enter(lane())
        try:
            if self._proven is None:
                return await self._authorized(request, content, trial)
        finally:
            self._proving.leave()
        return await self._authorized(request, content, trial)

    async def _authorized(self, request: Request, content: bytes, trial: Trial) -> Answer:
        adapter = self._attached()
        authorization = await trial.look_up(adapter.authorize())
        self._secrets.learn(authorization.headers.values())
        await self._check_refused(authorization)
        try:
            return await self._signed(request, content, authorization, trial)
        except AuthenticationFailed:
            if not await trial.look_up(adapter.reauthorize(authorization)):
                await self._refuse(authorization)
                raise
        authorization = await trial.look_up(adapter.authorize())
        self._secrets.learn(authorization.headers.values())
        try:
            return await self._signed(request, content, authorization, trial)
        except AuthenticationFailed:
            await self._refuse(authorization)
            raise

    def _attached(self) -> Adapter:
        if self.adapter is None:
            raise RuntimeError("the session has no adapter yet")
        return self.adapter

    async def _check_refused(self, authorization: Authorization) -> None:
        credentials = fingerprint(authorization)
        if self._proven != credentials and await self.limits.refused(credentials):
            raise AuthenticationFailed(
                "sign in",
                said=["the vendor refused these credentials a short while ago"],
                hint=f"They are not tried again for up to {REFUSED_FOR / 60:.0f} minutes, "
                "because vendors lock accounts after a few wrong passwords. Correct them.",
            )

    async def _refuse(self, authorization: Authorization) -> None:
        self._proven = None
        if not authorization.temporary:
            await self.limits.refuse(fingerprint(authorization), REFUSED_FOR)

    async def _signed(self, request: Request, content: bytes, authorization: Authorization, trial: Trial) -> Answer:
        try:
            answer = await self._exchanged(request, content, authorization, trial)
        except (AuthenticationFailed, Unreachable):
            raise
        except PSAError:
            self._proven = fingerprint(authorization)
            raise
        self._proven = fingerprint(authorization)
        return answer

    async def _exchanged(self, request: Request, content: bytes, authorization: Authorization, trial: Trial) -> Answer:
        adapter = self._attached()
        keys = adapter.limit_keys(request)
        outgoing = outgoing_of(request, content, authorization)
        started = self.wire.now()
        incoming = await self._in_turn(request, outgoing, authorization.scope or self.tenant, keys, trial)
        shown = None if request.confidential else partial(beginning, secrets=self._secrets)
        answer = Answer(incoming.status, incoming.headers, incoming.content, request.route, shown)
        if (date := incoming.headers.get("date")) is not None:
            self._told_time = date, self.wire.moment()
        seconds = self.wire.now() - started
        log.debug("%s: %s in %.3f s", request.route, answer.status, seconds)
        self._observers.answered(
            tenant=self.tenant, route=request.route, effect=request.effect, status=answer.status, seconds=seconds
        )
        error = adapter.refusal(request, answer)
        if isinstance(error, RateLimited):
            seconds = pause_after(error, trial.refusals, self.wire.random())
            self.limits.pause(authorization.scope, keys, seconds, everywhere=error.everywhere)
            if error.allows is not None:
                self.limits.learn(error.allows)
        else:
            self.limits.passed(waited=trial.waited)
        if error is not None:
            raise concealed(error, self._secrets)
        self._budget.refund()
        return answer

    async def _in_turn(self, request: Request, outgoing: Outgoing, scope: str, keys: Any, trial: Trial) -> Incoming:
        place = await self.limits.enter(scope, keys, lane())
        trial.waited = place.waited
        try:
            spend(self.tenant, anyway=has_written())
            if request.effect.writes:
                wrote()
            self._observers.sent(tenant=self.tenant, route=request.route, effect=request.effect, attempt=trial.number)
            with deadline(place.until):
                return await self.wire.exchange(outgoing)
        except ExchangeFailed as failed:
            if failed.late and self.wire.now() < until():
                failed.late, failed.reason = False, "the answer took longer than a slot may be held"
            # The transport's own error leads to frames that hold the signed request.
            failed.__context__ = None
            raise unreachable(request, failed) from failed
        finally:
            await self.limits.leave(place)

    async def close(self) -> None:
        """Gives everything back; twice does no harm."""
        if self._closed:
            return
        self._closed = True
        await self.wire.close()
        if self._ledger is not self.settings.ledger:  # one that was given may serve other connections too
            self._ledger.close()


UNMADE: Final = Decision(Verdict.PREDICT, "it is about what was only predicted")


def withheld(effect: Effect, decision: Decision) -> Withheld:
    """The error of what may only be predicted."""
    about = {"category": decision.category, "stage": decision.stage}
    return Withheld(str(effect), said=[decision.rule], hint="Nothing was sent: it may only be predicted.", **about)


def unreachable(request: Request, failed: ExchangeFailed) -> Unreachable | Unintelligible:
    """The error of an exchange without an answer; one that the deadline cut is told apart from the vendor's silence."""
    tried, sent = f"reach the vendor for {request.route}", failed.sent is Sent.MAYBE
    if failed.late:
        return DeadlineExceeded(tried, phase="waiting for the answer", said=[failed.reason], sent=sent)
    if isinstance(failed, AnswerRefused):
        return Unintelligible(f"take the answer to {request.route}", said=[failed.reason])
    if isinstance(failed, PeerDistrusted):
        hint = "Nothing was sent. If the certificate is your own, name its authority: ca_bundle=..."
        return Unreachable(tried, said=[failed.reason], sent=sent, retryable=False, hint=hint)
    return Unreachable(tried, said=[failed.reason], sent=sent)


EXCERPT: Final = 200


def beginning(content: bytes, secrets: Secrets) -> str:
    """How an answer begins, on one line and without secrets; looked for in more of it than is shown."""
    text = secrets.conceal(content[: 16 * EXCERPT].decode("utf-8", "replace"))[:EXCERPT]
    return text.strip() if text.isprintable() else "".join(char if char.isprintable() else " " for char in text).strip()


def concealed(error: PSAError, secrets: Secrets) -> PSAError:
    """The vendor's error, without what the vendor quotes of our secrets."""
    error.said = tuple(map(secrets.conceal, error.said))
    error.problems = tuple(
        replace(one, message=secrets.conceal(one.message), value=secrets.conceal(one.value) if one.value else one.value)
        for one in error.problems
    )
    return error


FORM = "application/x-www-form-urlencoded"
NOBODY = Authorization(base="", scope="", headers={})


def fingerprint(authorization: Authorization) -> str:
    """A digest of the credentials and where they go; two different secrets never share one."""
    return digest(authorization.base, *(f"{name}={value}" for name, value in sorted(authorization.headers.items())))


def encoded(request: Request) -> bytes:
    """The body's bytes; raises `Invalid` for what JSON cannot say."""
    if request.form is not None:
        return SealedBytes(request.form.encode())
    if request.json is None:
        return b""
    try:
        text = json.dumps(request.json, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return SealedBytes(text.encode())
    except (TypeError, ValueError) as error:
        reason = "a lone surrogate cannot be sent" if isinstance(error, UnicodeError) else str(error)
        raise Invalid(f"encode the body of {request.route}", problems=[Problem(None, reason)]) from None


def outgoing_of(request: Request, content: bytes, authorization: Authorization) -> Outgoing:
    """The request with its address and signature. Credentials go to their own origin and nowhere else."""
    headers = Sealed({**authorization.headers, **request.headers})
    if content:
        headers["content-type"] = "application/json" if request.form is None else FORM
    if wrong := [name for name, value in headers.items() if not sendable(name) or not sendable(value)]:
        problems = [Problem(name, "holds characters that a header must not") for name in wrong]
        raise Invalid(f"sign {request.route}", problems=problems)
    if request.anonymous:
        return Outgoing(request.method, request.link or "", headers, content)
    if request.link is not None and not within(request.link, authorization.base):
        raise Unintelligible(
            f"follow the vendor's link for {request.route}",
            said=["the link leads away from where the request went, so it is not followed"],
            hint="Somebody may be after the credentials.",
        )
    url = request.link or f"{authorization.base}/{request.target()}"
    return Outgoing(request.method, url, headers, content)
