"""The engine: which webhooks an event concerns, what they are told, and what becomes of those that nobody takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from anypsa_sandbox import Clock, World
from anypsa_sandbox.deliveries import Courier, Delivery, deliverable

from .bodies import SOAP_NAMES, pascal, proof, raw

ATTEMPTS: Final = 5
APART: Final = 30.0
MOST_FAILURES: Final = 25
FLAGS: Final = {"Create": "on_create", "Update": "on_update", "Delete": "on_delete"}
Item = Mapping[str, Any]
"""A record as the API shows it."""


@dataclass
class Hooks:
    """One tenant's webhooks, at work."""

    tenant: str
    world: World
    clock: Clock
    courier: Courier

    def concern(self, subject: str) -> bool:
        """Whether anybody listens to an entity."""
        return any(row["subject"] == subject and row["active"] for row in self.world.rows("webhooks"))

    def fire(self, action: str, subject: str, before: Item | None, after: Item | None, actor: int) -> None:
        """Tells everybody whom an event concerns."""
        for hook in self.world.rows("webhooks"):
            if hook["subject"] == subject and hook["active"] and hook[FLAGS[action]]:
                fields = self._fields(hook["id"], action, before or {}, after or {})
                if fields is not None and not self._excluded(hook["id"], actor):
                    id = (after or before or {})["id"]
                    self._post(hook, action, {"EntityType": SOAP_NAMES[subject], "Id": id, "Fields": fields}, actor)

    def _fields(self, hook: int, action: str, before: Item, after: Item) -> dict[str, Any] | None:
        """What a delivery says of the record; None if nothing that was subscribed to has changed, or nothing was."""
        chosen = [row for row in self.world.rows("webhook_fields") if row["webhook"] == hook]
        triggers = {self._name(row) for row in chosen if row["triggers"]}
        old, new = flat(before), flat(after)
        changed = {name for name in triggers if old.get(name) != new.get(name)}
        if not triggers or (action == "Update" and not changed):
            return None
        told = {self._name(row) for row in chosen if row["shown"]} | (triggers if action == "Create" else changed)
        return {} if action == "Delete" else {pascal(name): new.get(name) for name in sorted(told)}

    def _name(self, row: Mapping[str, Any]) -> str:
        if row["custom_field"] is None:
            return str(row["field"])
        found = self.world.row("custom_fields", row["custom_field"])
        return str(found["name"]) if found is not None else ""

    def _excluded(self, hook: int, actor: int) -> bool:
        rows = self.world.rows("webhook_exclusions")
        return any(row["webhook"] == hook and row["technician"] == actor for row in rows)

    def _post(self, hook: Mapping[str, Any], action: str, facts: Mapping[str, Any], actor: int) -> None:
        if not deliverable(hook["url"]):
            return
        sequence = self.world.increase("webhooks", hook["id"], "sequence")
        body = raw(
            {
                "Action": action,
                "Guid": hook["guid"],
                **facts,
                "EventTime": f"{self.clock.moment():%Y-%m-%dT%H:%M:%SZ}",
                "SequenceNumber": sequence,
                "PersonID": actor,
            }
        )
        headers = {"content-type": "application/json; charset=utf-8", **proof(body, hook["secret"])}
        told = partial(self._settled, hook["id"], sequence, body)
        self.courier.send(f"{self.tenant}/{hook['id']}/{action}", Delivery(hook["url"], body, headers, told, proof))

    def _settled(self, id: int, sequence: int, body: bytes, status: int | None, error: str | None) -> None:
        """After the last attempt: a failure is logged, and too many in a row end the webhook."""
        hook = self.world.row("webhooks", id)
        if hook is None:
            return
        if status is not None and 200 <= status < 300:
            self.world.change("webhooks", id, {"failures": 0})
            return
        message = error or f"The remote server returned an error: ({status})."
        logged = {"webhook": id, "subject": hook["subject"], "message": message, "payload": body.decode()}
        self.world.add("webhook_errors", {**logged, "sequence": sequence, "created": self.clock.moment()})
        if self.world.increase("webhooks", id, "failures") == MOST_FAILURES:
            self.world.change("webhooks", id, {"active": False})
            self._deactivated(hook)

    def _deactivated(self, hook: Mapping[str, Any]) -> None:
        """A notice to the other address; it has no entity, and nothing attests that it is signed."""
        if not deliverable(hook["alarm_url"] or ""):
            return
        time = f"{self.clock.moment():%Y-%m-%dT%H:%M:%SZ}"
        body = raw({"Action": "Deactivated", "Guid": hook["guid"], "EventTime": time})
        headers = {"content-type": "application/json; charset=utf-8"}
        self.courier.send(f"{self.tenant}/alarm", Delivery(hook["alarm_url"], body, headers, lambda *_: None))


def flat(item: Item) -> dict[str, Any]:
    """A record with its user-defined fields among its own."""
    own = {name: value for name, value in item.items() if name != "userDefinedFields"}
    return own | {one["name"]: one["value"] for one in item.get("userDefinedFields") or ()}
