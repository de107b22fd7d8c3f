"""Events: that a record has changed since it was last seen; and what wakes us to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from .base import Record, Ref

HAPPENINGS: Final = ("created", "updated", "deleted")
"""What can happen to a record, in the words of webhooks."""
UPDATES: Final = frozenset({"closed", "reopened"})
"""What is an update, and told by a word of its own."""


class Source(StrEnum):
    """How we came to know of a change."""

    WEBHOOK = "webhook"
    POLL = "poll"
    PROGRAM = "program"
    """A program of yours did something that others want to hear of."""


class ActorKind(StrEnum):
    """Who acted, as far as the vendor says."""

    TECHNICIAN = "technician"
    CONTACT = "contact"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who the vendor says acted. A claim: no event is dropped, and nothing allowed, because of it alone."""

    id: str
    kind: ActorKind = ActorKind.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Wakeup:
    """A hint that a record may have changed: what is true of it is read from the vendor.

    `action` (created, updated, deleted) and `actor` are the vendor's words, and only hints. `key` is what the vendor
    itself tells one delivery from another by; the same key twice is the same wake-up. `origin` and `sequence` count what
    one webhook delivered, so that gaps show. `raw` is what came, for people to look at.
    """

    entity: str
    id: str
    action: str | None = None
    occurred_at: datetime | None = None
    actor: Actor | None = None
    source: Source = Source.WEBHOOK
    key: str | None = None
    origin: str | None = None
    sequence: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A record changed since it was last seen; the same whether a webhook told of it or it was found by polling.

    `kind` is `<entity>.<created|updated|closed|reopened|deleted>`. `id` comes from the tenant, the record and the version
    of it that was read, so the same change is the same event. `changed` names the fields that differ from what was seen
    before, None when nothing was. `actor` is whom the vendor names, if it does. `raw` is what woke us.
    """

    id: str
    tenant: str = field(repr=False)
    kind: str
    subject: Ref[Record]
    actor: Actor | None = None
    changed: tuple[str, ...] | None = None
    occurred_at: datetime
    received_at: datetime
    source: Source
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def entity(self) -> str:
        """What kind of record changed: `"ticket"`."""
        return self.kind.partition(".")[0]

    def matches(self, pattern: str) -> bool:
        """Whether it is of a kind: `"ticket.closed"`, `"ticket.*"`; `"ticket.updated"` is any change of a ticket that was
        there, closing included."""
        entity, _, happening = pattern.partition(".")
        own = self.kind.partition(".")[2]
        return entity == self.entity and (happening in ("*", own) or (happening == "updated" and own in UPDATES))
