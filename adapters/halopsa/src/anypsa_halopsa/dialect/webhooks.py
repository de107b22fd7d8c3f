"""Webhooks: registered in two steps, delivered signed, logged (wire/halopsa.md 6). Loopback addresses only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox.deliveries import deliver, deliverable

from .writing import Refused

CREATED, UPDATED = 3, 61
SIGNED: Final = 3


@dataclass
class Webhooks:
    """One tenant's."""

    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    repeat: int = 1
    """How often each event is delivered: duplicates come in the field."""
    batches: bool = False
    """Whether events come in arrays, as newer versions send them."""

    def register(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A webhook; its id is a UUID. It delivers nothing before a notification names it."""
        if not deliverable(str(given.get("url", ""))):
            raise Refused("The sandbox delivers to loopback addresses only")
        id = str(uuid5(NAMESPACE_URL, f"{len(self.hooks)}/{given.get('name')}"))
        self.hooks[id] = {**given, "id": id}
        return shown(self.hooks[id])

    def notify(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One event of one webhook."""
        if given.get("webhook_id") not in self.hooks:
            raise Refused("Please enter a value for Webhook")
        notification = {**given, "id": len(self.notifications) + 1}
        self.notifications.append(notification)
        return notification

    def remove(self, id: str) -> bool:
        """Forgets a webhook; returns whether there was one."""
        self.notifications = [one for one in self.notifications if one["webhook_id"] != id]
        return self.hooks.pop(id, None) is not None

    def fire(self, event: int, ticket: Mapping[str, Any]) -> None:
        """Delivers an event to whoever asked for it."""
        asked = [one["webhook_id"] for one in self.notifications if one.get("eventno") == event]
        for hook in [self.hooks[id] for id in asked if self.hooks[id].get("active", True)]:
            body = json.dumps({"event": event, "ticket": dict(ticket)}).encode()
            body = b"[" + body + b"]" if self.batches or hook.get("batch_method") else body
            headers = {"content-type": "application/json", **signature(hook, body)}
            facts = {"webhook_id": hook["id"], "entity_id": ticket["id"], "requestbody": body.decode()}
            for _ in range(self.repeat):
                deliver(hook["url"], body, headers, partial(self._log, facts))

    def _log(self, facts: Mapping[str, Any], status: int | None, error: str | None) -> None:
        self.events.append({**facts, **({"error": error} if status is None else {"responsestatus": status})})


def signature(hook: Mapping[str, Any], body: bytes) -> dict[str, str]:
    """The header of a signed webhook, under the name that its owner chose: HMAC-SHA256 of the raw bytes."""
    if hook.get("authentication_type") != SIGNED:
        return {}
    secret = str(hook.get("basic_password", "")).encode()
    digest = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    return {str(hook.get("authentication_header") or "Token"): f"{hook.get('signature_prefix') or ''}{digest}"}


def shown(hook: Mapping[str, Any]) -> dict[str, Any]:
    """A webhook without its secret, which is never sent back."""
    return {name: value for name, value in hook.items() if name != "basic_password"}
