"""Webhooks, their registration: a webhook says where, and one notification for each event says what
(wire/halopsa.md 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from anypsa.errors import NotFound, OutcomeUnknown, Unsupported
from anypsa.spi import Action, Effect, Request, WantedWebhook, Webhook

from . import paging
from .codecs import whole
from .reading import Reader, Row

ENTITY: Final = "webhook"
WEBHOOK: Final = "Webhook"
NOTIFICATION: Final = "Notification"
EVENTS: Final[Mapping[str, str]] = {"ticket.created": "3", "ticket.updated": "61", "ticket.deleted": "1072"}
"""The vendor's numbers of events, in neutral words."""
OF_WEBHOOK, EVENT, SECRET = "webhook_id", "eventno", "basic_password"
# A signature over the raw body, HMAC-SHA256 in base64, in a header that the owner names.
SIGNED: Final[Mapping[str, Any]] = {"authentication_type": 3, "authentication_header": "Token", "algorithm": 0}
PLAIN: Final[Mapping[str, Any]] = {"type": 0, "method": 0, "content_type": "application/json", "certificate_id": 0}
TELLS: Final[Mapping[str, Any]] = {
    "type": -2,
    "delivery_method": 6,
    "filter_type": 2,
    "restriction_type": 0,
    "conditions": [],
    "emailtemplate_id": 32,
    "agent_id": 0,
    "interval": 0,
    "useworkinghours": 0,
}
"""A notification that goes to a webhook, whatever the ticket."""


async def registered(reader: Reader) -> Sequence[Webhook]:
    """All webhooks that the application may see, with the events that each is told of."""
    return [shown(row, await _notifications(reader, _id(row))) for row in await _listed(reader)]


async def ensure(reader: Reader, wanted: WantedWebhook) -> Sequence[Webhook]:
    """One webhook, known by its name and address, and one notification for each event that is wanted; those that are
    not wanted any more are removed."""
    if unknown := [event for event in wanted.events if event not in EVENTS]:
        raise Unsupported(
            f"register webhooks for {', '.join(unknown)}",
            said=[f"HaloPSA is known to tell of {', '.join(EVENTS)}"],
            hint="Nothing was sent. Changes of other entities are found by polling.",
        )
    there = next((one for one in await _listed(reader) if told(one) == (wanted.name.casefold(), wanted.url)), None)
    body = {**PLAIN, **SIGNED, "name": wanted.name, "url": wanted.url, "active": True}
    body[SECRET] = wanted.secret.get_secret_value()  # what it is now nobody tells, so it is always written
    if there is not None:
        body["id"] = _id(there)
    id = await _write(reader, WEBHOOK, body)
    held = await _notifications(reader, id)
    for number in dict.fromkeys(EVENTS[event] for event in wanted.events):
        if number not in {whole(one.get(EVENT)) for one in held}:
            await _write(reader, NOTIFICATION, {**TELLS, OF_WEBHOOK: id, EVENT: int(number)})
    for one in held:
        if whole(one.get(EVENT)) in set(EVENTS.values()) - {EVENTS[event] for event in wanted.events}:
            await _delete(reader, NOTIFICATION, _id(one))
    row = next((one for one in await _listed(reader) if _id(one) == id), {**body, "id": id})
    return [shown(row, await _notifications(reader, id))]


async def remove(reader: Reader, id: str) -> None:
    """Removes a webhook, and with it what it is told of."""
    if id not in {_id(row) for row in await _listed(reader)}:
        raise NotFound(f"remove webhook {id}", said=["there is no such webhook"])
    await _delete(reader, WEBHOOK, id)


async def _listed(reader: Reader) -> Sequence[Row]:
    return paging.rows(await reader.read(WEBHOOK, ENTITY, {}), None).rows


async def _notifications(reader: Reader, id: str) -> Sequence[Row]:
    """The notifications of a webhook; a list that ignores what it is asked is told by its rows."""
    found = paging.rows(await reader.read(NOTIFICATION, ENTITY, {OF_WEBHOOK: id, "showall": "true"}), None).rows
    return [row for row in found if str(row.get(OF_WEBHOOK)).lower() == id.lower()]


async def _write(reader: Reader, path: str, body: Mapping[str, Any]) -> str:
    there = body.get("id")
    effect = Effect(Action.CREATE if there is None else Action.UPDATE, ENTITY, there)
    answer = await reader.services.send(Request(method="POST", path=path, effect=effect, json=[body]))
    row = answer.json()
    row = row[-1] if isinstance(row, list) and row else row
    if not isinstance(row, dict) or not _id(row):
        hint = "Ask for the webhooks before you register them again."
        raise OutcomeUnknown("register webhooks", said=["the answer names no record"], hint=hint, status=answer.status)
    return _id(row)


async def _delete(reader: Reader, path: str, id: str) -> None:
    effect = Effect(Action.DELETE, ENTITY, id)
    await reader.services.send(Request(method="DELETE", path=f"{path}/{{id}}", parts={"id": id}, effect=effect))


def _id(row: Row) -> str:
    return whole(row.get("id") or "")


def told(row: Row) -> tuple[str, str]:
    """What a webhook is known by."""
    return str(row.get("name")).casefold(), str(row.get("url"))


def shown(row: Row, notifications: Sequence[Row]) -> Webhook:
    """A webhook in neutral words."""
    words = {number: event for event, number in EVENTS.items()}
    numbers = [whole(one.get(EVENT)) for one in notifications]
    return Webhook(
        id=_id(row),
        name=str(row.get("name") or ""),
        url=str(row.get("url") or ""),
        events=[words[number] for number in numbers if number in words],
        active=row.get("active") is not False,
    )
