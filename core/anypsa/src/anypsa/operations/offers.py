"""What adapters offer beside the verbs of their tables: balances, the budget of requests, webhooks, searches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from pydantic import SecretStr

from ..errors import ApprovalPending, Invalid, Problem, Unsupported
from ..models import CONTRACTS, HAPPENINGS, Balance, Choice, Kind, State
from ..models.kind import Change, New, T
from ..origins import believed
from ..session import Allowance, call
from ..spi.adapter import Usage
from ..spi.deliveries import SHORTEST_SECRET, Deliveries
from ..spi.table import Verb
from ..spi.webhooks import WantedWebhook, Webhook
from ..wire import Lane
from .context import Context
from .lookups import own_id

AnyKind: TypeAlias = Kind[Any, ..., ...]
LANES: Final = {one.name.lower(): one for one in Lane}
UNPLANNED: Final = (
    "A webhook concerns no ticket and holds a secret, so it cannot be planned: "
    "let whoever sets it up do so under a policy that lets it happen."
)
USAGE_KEPT: Final = 60.0
"""The vendor's count is asked for sparingly: asking costs a request of what is counted."""
MOST_FOUND: Final = 500


def offered(context: Context, what: str) -> None:
    """Raises `Unsupported`, before anything is sent, unless the adapter offers it."""
    if what not in context.adapter.offers:
        told = ", ".join(sorted(context.adapter.offers)) or "none of these"
        raise Unsupported(f"use {what}", said=[f"{context.adapter.name} offers {told}"])


def only(kind: AnyKind, wanted: AnyKind, what: str) -> None:
    """Raises `Unsupported` unless a collection is the one that has such a method: types say so, and not everybody checks."""
    if kind is not wanted:
        raise Unsupported(f"use {kind.plural}.{what}", hint=f"It is {wanted.plural}.{what}.")


async def balance(context: Context, contract: object) -> Balance:
    """What a contract has left."""
    offered(context, "balance")
    id = own_id(context, CONTRACTS, contract, "get a balance")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.adapter.balance(id)


async def state_of(context: Context, status: object) -> State | None:
    """What a status means."""
    id = status.id if isinstance(status, Choice) else str(status)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.adapter.state(id)


async def search_text(context: Context, kind: Kind[T, New, Change], text: str, limit: int) -> Sequence[T]:
    """What the vendor's own search finds, the best first."""
    tried = f"search {kind.plural}"
    table = context.table(kind, Verb.SEARCH)
    looked_for(tried, text, limit)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        found: Sequence[Any] = await context.adapter.search(table, text, limit)
    return found[:limit]


def looked_for(tried: str, text: object, limit: object) -> None:
    """Raises `Invalid` for a text or a limit that no search can have."""
    if not isinstance(text, str) or not text.strip():
        raise Invalid(tried, problems=[Problem("text", "wants something to look for")])
    counted(tried, limit)


def counted(tried: str, limit: object) -> None:
    """Raises `Invalid` for what is no number of records to find."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= MOST_FOUND:
        raise Invalid(tried, problems=[Problem("limit", f"wants a whole number from 1 to {MOST_FOUND}")])


@dataclass(frozen=True)
class Budget:
    """The requests that may still go: `limit` is our share of the vendor's window, `used` what this ledger counted.

    `slots` is how many may be under way at once under one limit. `vendor` is the vendor's own count, of all
    integrations together, where it tells one; never older than a minute.
    """

    used: int
    limit: int
    window: timedelta
    slots: int
    vendor: Usage | None = None

    @property
    def left(self) -> int:
        """How many requests may go now: by our share, and by what the vendor's limit leaves."""
        ours = self.limit - self.used
        return max(0, ours if self.vendor is None else min(ours, self.vendor.limit - self.vendor.used))

    @property
    def crowded(self) -> bool:
        """Whether others use up more of the vendor's limit than we left them: somebody shares it who should not."""
        return self.vendor is not None and self.vendor.used - self.used > self.vendor.limit - self.limit

    def forecast(self, requests: int) -> timedelta:
        """How long so many requests will have to wait for the window, at the earliest."""
        missing = max(0, requests - self.left)
        return self.window * (missing / self.limit)


async def budget(context: Context) -> Budget:
    """The budget as it is now."""
    limits, settings = context.session.limits, context.settings
    with call(context.session.wire, settings, Lane.INTERACTIVE):
        scope = (await context.adapter.authorize()).scope or context.tenant
        window = limits.window(scope)
        used = await limits.used(window)
        vendor = None
        if "usage" in context.adapter.offers:
            vendor = await context.session.once("usage", context.adapter.usage, ttl=USAGE_KEPT)
    return Budget(used, window.limit, timedelta(seconds=window.seconds), settings.slots, vendor)


def allowance(context: Context, max_requests: int | None, lane: str | None) -> Allowance:
    """What a block may use; raises `Invalid`."""
    problems: list[Problem] = []
    whole = isinstance(max_requests, int) and not isinstance(max_requests, bool)
    if max_requests is not None and not (whole and max_requests >= 0):
        problems.append(Problem("max_requests", "wants a whole number of 0 or more"))
    if lane is not None and lane not in LANES:
        problems.append(Problem("lane", f"there is no lane {lane!r}", allowed=tuple(LANES)))
    if problems:
        raise Invalid("set a budget", problems=problems)
    return Allowance(context.tenant, max_requests, None if lane is None else LANES[lane])


# Webhooks


async def webhooks(context: Context) -> Sequence[Webhook]:
    """The webhooks that are registered."""
    offered(context, "webhooks")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.adapter.webhooks()


async def ensure_webhooks(context: Context, given: Mapping[str, Any]) -> Sequence[Webhook]:
    """Registers webhooks, once however often it is asked for."""
    offered(context, "webhooks")
    wanted = wanted_webhook(context, given)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE), unplanned():
        return await context.adapter.ensure_webhooks(wanted)


def wanted_webhook(context: Context, given: Mapping[str, Any]) -> WantedWebhook:
    """What is wanted, checked; raises `Invalid` naming all problems."""
    problems = [
        Problem(name, "must be an https address (http only on loopback)")
        for name in ("url", "alarm_url")
        if given.get(name) is not None and not reachable(str(given[name]))
    ]
    events = given["events"]
    for event in events:
        entity, _, happening = str(event).partition(".")
        if entity not in context.adapter.tables or happening not in HAPPENINGS:
            problems.append(Problem("events", f"{event!r} is not <entity>.<{'|'.join(HAPPENINGS)}>"))
    if not events:
        problems.append(Problem("events", "names nothing to be told of"))
    secret = given["secret"]
    secret = secret if isinstance(secret, SecretStr) else SecretStr(secret)
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        problems.append(Problem("secret", f"wants at least {SHORTEST_SECRET} characters"))
    if problems:
        raise Invalid("register webhooks", problems=problems)
    return WantedWebhook(**{**given, "events": tuple(events), "secret": secret})


def reachable(url: str) -> bool:
    address = believed(url)
    return address is not None and address.is_guarded


def deliveries(context: Context) -> Deliveries:
    """How the vendor's webhooks are proved and read; raises `Unsupported`."""
    if context.adapter.deliveries is None:
        raise Unsupported("receive webhooks", said=[f"{context.adapter.name} knows of none"])
    return context.adapter.deliveries


async def remove_webhook(context: Context, id: str) -> None:
    """Removes a webhook."""
    offered(context, "webhooks")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE), unplanned():
        await context.adapter.remove_webhook(id)


@contextmanager
def unplanned() -> Iterator[None]:
    """Says what to do where the policy wants an approval that no plan can ask for."""
    try:
        yield
    except ApprovalPending as pending:
        raise ApprovalPending(pending.tried, said=pending.said, hint=f"Nothing was sent. {UNPLANNED}") from None
