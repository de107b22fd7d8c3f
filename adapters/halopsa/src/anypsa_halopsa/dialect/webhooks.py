"""Webhooks: registered in two steps, delivered signed, logged (wire/halopsa.md 6). Loopback addresses only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from .writing import Refused

CREATED, UPDATED = 3, 61
SIGNED: Final = 3
TIMEOUT: Final = 5.0


@dataclass
class Webhooks:
    """One tenant's. Each delivery runs on a thread of its own, so that a slow receiver holds nobody up."""

    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    repeat: int = 1
    """How often each event is delivered: duplicates come in the field."""
    batches: bool = False
    """Whether events come in arrays, as newer versions send them."""

    def register(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A webhook; its id is a UUID. It delivers nothing before a notification names it."""
        host = urlsplit(str(given.get("url", ""))).hostname or ""
        if not (host.startswith("127.") or host == "localhost"):
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
            for _ in range(self.repeat):
                threading.Thread(target=self._deliver, args=(hook, body, ticket["id"]), daemon=True).start()

    def _deliver(self, hook: Mapping[str, Any], body: bytes, ticket: int) -> None:
        headers = {"content-type": "application/json", **signature(hook, body)}
        request = urllib.request.Request(hook["url"], data=body, headers=headers)  # noqa: S310  # loopback, see register
        entry: dict[str, Any] = {"webhook_id": hook["id"], "entity_id": ticket, "requestbody": body.decode()}
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # loopback
                entry["responsestatus"] = answer.status
        except urllib.error.HTTPError as error:
            entry["responsestatus"] = error.code
        except OSError as error:
            entry["error"] = str(error)
        self.events.append(entry)


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
