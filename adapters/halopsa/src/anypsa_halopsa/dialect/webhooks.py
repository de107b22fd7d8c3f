"""Webhooks: registered in two steps, delivered signed, logged (wire/halopsa.md 6). Loopback addresses only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox import Clock, Storm
from anypsa_sandbox.deliveries import Courier, Delivery, deliverable

from .values import Refused, missing, moment, whole, without_nulls

CREATED, UPDATED, CLOSED, STATUS, DELETED = 3, 61, 39, 76, 1072
BASIC, SIGNED = 1, 3
ATTEMPTS: Final = 1
"""No retry is known of (6), so what fails is lost, and logged."""


@dataclass
class Held:
    """Events of one webhook that wait for others: until when, and for how many."""

    until: float
    most: int
    events: list[dict[str, Any]] = field(default_factory=list)


class Webhooks:
    """One tenant's."""

    def __init__(self, clock: Clock, quirks: set[str], storm: Storm) -> None:
        self._clock = clock
        self._quirks = quirks
        self._storm = storm
        self._courier = Courier(clock, attempts=ATTEMPTS, apart=0, weather=storm)
        self.forget()

    def forget(self) -> None:
        """As it began: nobody asked for anything."""
        self._courier.stop()
        self.hooks: dict[str, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self._given = 0
        self._batches: dict[str, Held] = {}
        self._overtaken: dict[str, list[dict[str, Any]]] = {}

    def pending(self) -> int:
        """How many deliveries are under way, without what waits for others."""
        return self._courier.pending()

    def stop(self) -> None:
        """Delivers nothing more."""
        self._courier.stop()

    def register(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """A webhook; its id is a UUID. It delivers nothing before a notification names it."""
        id = sent.get("id")
        if id and id not in self.hooks:
            raise Refused("The webhook does not exist")
        hook = {**self.hooks.get(id or "", {"active": True, "type": 0}), **sent}
        if not deliverable(str(hook.get("url", ""))):
            raise Refused("The sandbox delivers to loopback addresses only")
        if not id:
            self._given += 1
            id = str(uuid5(NAMESPACE_URL, f"{self._given}/{sent.get('name')}"))
        self.hooks[id] = {**hook, "id": id}
        return self.shown(id)

    def shown(self, id: str) -> dict[str, Any]:
        """A webhook with its events, without its secret, which is never sent back."""
        told = {name: value for name, value in self.hooks[id].items() if name != "basic_password"}
        events = [{"id": one["id"], "eventno": one["eventno"]} for one in self.notifications if one["webhook_id"] == id]
        return {**told, "events": events}

    def notify(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """One event of one webhook."""
        before = next((one for one in self.notifications if one["id"] == sent.get("id")), None)
        if sent.get("id") and before is None:
            raise Refused("The notification does not exist")
        notification = {**(before or {}), **sent}
        if notification.get("webhook_id") not in self.hooks:
            raise missing("Webhook")
        if not notification.get("eventno"):
            raise missing("Event")
        notification["eventno"] = whole(notification["eventno"])
        if before is None:
            self._given += 1
            notification["id"] = self._given
        self.notifications = [*(one for one in self.notifications if one is not before), notification]
        return notification

    def remove(self, id: str) -> bool:
        """Forgets a webhook; returns whether there was one."""
        self.notifications = [one for one in self.notifications if one["webhook_id"] != id]
        return self.hooks.pop(id, None) is not None

    def silence(self, id: str) -> bool:
        """Forgets a notification; returns whether there was one."""
        kept = [one for one in self.notifications if str(one["id"]) != id]
        found = len(kept) < len(self.notifications)
        self.notifications = kept
        return found

    def delivered(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """The delivery log, the newest first."""
        wanted = query.get("webhook_id")
        rows = [without_nulls(one) for one in reversed(self.log) if wanted in (None, "", one["webhook_id"])]
        return rows[: int(query["count"])] if query.get("count", "").isdigit() else rows

    def fire(self, event: int, ticket: Mapping[str, Any], action: Mapping[str, Any] | None = None) -> None:
        """Tells an event to whoever asked for it, batched, doubled or overtaken as the tenant has it."""
        for one in self.notifications:
            hook = self.hooks[one["webhook_id"]]
            if one["eventno"] != event or not hook.get("active", True):
                continue
            told = {"event": event, "notification_id": one["id"], "timestamp": moment(self._clock.moment())}
            body = {**told, "ticket": dict(ticket), **({"action": dict(action)} if action else {})}
            for body_again in [body] * (2 if "duplicates" in self._quirks else 1):
                self._queue(hook, body_again)

    def _queue(self, hook: Mapping[str, Any], body: dict[str, Any]) -> None:
        id = hook["id"]
        kept = "batches" in self._quirks or bool(hook.get("batch_method"))
        if id not in self._batches:
            most = int(hook.get("batch_limit") or 1) if kept else self._storm.batch()
            if most == 1 and not kept:
                self._in_some_order(hook, body)
                return
            self._batches[id] = Held(self._clock.now() + float(hook.get("batch_delay_seconds") or 0), most)
        held = self._batches[id]
        held.events.append(body)
        if len(held.events) >= held.most:
            self._send(hook, self._batches.pop(id).events)

    def _in_some_order(self, hook: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Each second event overtakes the one before, where order is not kept."""
        waiting = self._overtaken.pop(hook["id"], [])
        if "out_of_order" in self._quirks and not waiting:
            self._overtaken[hook["id"]] = [body]
            return
        for one in (body, *waiting):
            self._send(hook, one)

    def flush(self, *, overdue: bool = False) -> None:
        """Sends what waits: everything, or the batches whose time has come."""
        for id, held in list(self._batches.items()):
            if not overdue or held.until <= self._clock.now():
                self._send(self.hooks.get(id, {}), self._batches.pop(id).events)
        for id, bodies in list(self._overtaken.items()) if not overdue else ():
            del self._overtaken[id]
            for body in bodies:
                self._send(self.hooks.get(id, {}), body)

    def _send(self, hook: Mapping[str, Any], body: dict[str, Any] | Sequence[dict[str, Any]]) -> None:
        if not hook:
            return
        content = json.dumps(body, ensure_ascii=False).encode()
        first = body if isinstance(body, dict) else body[0]
        secret = signature(hook, content)
        proof = partial(forgeable, hook) if secret else None
        entry = {
            "id": len(self.log) + 1,
            "webhook_id": hook["id"],
            "notification_id": first["notification_id"],
            "timestamp": moment(self._clock.moment()),
            "entity_id": first["ticket"]["id"],
            "requestheaders": json.dumps(dict.fromkeys(secret, "***")),
            "requestbody": content.decode(),
        }
        self.log.append(entry)
        headers = {"content-type": str(hook.get("content_type") or "application/json"), **secret}
        self._courier.send(hook["id"], Delivery(hook["url"], content, headers, partial(told, entry), proof))


def told(entry: dict[str, Any], status: int | None, error: str | None) -> None:
    """How a receiver answered, in the log."""
    good = status is not None and 200 <= status < 300
    entry |= {"status": int(good), "responsestatus": status, "error": error is not None, "responsebody": error}


def forgeable(hook: Mapping[str, Any], body: bytes, secret: str) -> dict[str, str]:
    """The header of somebody who takes this for the secret."""
    return signature({**hook, "basic_password": secret}, body)


def signature(hook: Mapping[str, Any], body: bytes) -> dict[str, str]:
    """The header that proves who sends: HMAC-SHA256 of the raw bytes under the name that the owner chose, or basic."""
    secret = str(hook.get("basic_password", ""))
    if hook.get("authentication_type") == BASIC:
        pair = base64.b64encode(f"{hook.get('basic_username', '')}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if hook.get("authentication_type") != SIGNED:
        return {}
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {str(hook.get("authentication_header") or "Token"): f"{hook.get('signature_prefix') or ''}{digest}"}
