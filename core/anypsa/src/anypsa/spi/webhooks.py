"""Webhooks, as they are registered: what is wanted in neutral words, and what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWebhook:
    """What a program wants to be told, and where.

    `events` are `<entity>.<created|updated|deleted>` in neutral words (`"ticket.created"`). `name` tells ours from
    other people's, so that asking twice makes one. `alarm_url` is where the vendor says that it gives up.
    """

    url: str = field(repr=False)
    secret: SecretStr
    events: tuple[str, ...]
    name: str = "anypsa"
    alarm_url: str | None = field(default=None, repr=False)
    alarm_email: str | None = None

    @property
    def by_entity(self) -> dict[str, frozenset[str]]:
        """What happens (created, updated, deleted), by entity."""
        found: dict[str, frozenset[str]] = {}
        for event in self.events:
            entity, _, action = event.partition(".")
            found[entity] = found.get(entity, frozenset()) | {action}
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A registered webhook. `ready` is the vendor's own word that it will deliver, where it has one."""

    id: str
    name: str
    url: str = field(repr=False)
    events: Sequence[str] = ()
    active: bool = True
    ready: bool | None = None
