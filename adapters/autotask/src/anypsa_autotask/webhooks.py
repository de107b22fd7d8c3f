"""Webhooks, their registration: one per entity, with its fields and those whose changes are not told
(wire/autotask.md 8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, PermissionDenied, Problem, Unsupported
from anypsa.spi import Action, Effect, Request, Table, WantedWebhook, Webhook, reading

from . import rows
from .reading import Reader
from .rows import Row
from .tables import ASSETS, COMPANIES, CONTACTS, NOTES, TICKETS

ENTITY: Final = "webhook"
FLAGS: Final[Mapping[str, str]] = {
    "created": "isSubscribedToCreateEvents",
    "updated": "isSubscribedToUpdateEvents",
    "deleted": "isSubscribedToDeleteEvents",
}
ACTIVE: Final = "isActive"
# How long each text may be, and what it is called here.
LONGEST: Final[Mapping[str, tuple[int, str]]] = {
    "name": (50, "name"),
    "webhookUrl": (500, "url"),
    "deactivationUrl": (500, "alarm_url"),
    "secretKey": (64, "secret"),
    "notificationEmailAddress": (150, "alarm_email"),
}
FAMILIES: Final[Mapping[str, Table]] = {
    "TicketWebhook": TICKETS,
    "TicketNoteWebhook": NOTES,
    "CompanyWebhook": COMPANIES,
    "ContactWebhook": CONTACTS,
    "ConfigurationItemWebhook": ASSETS,
}
"""The five families there are; no other entity has webhooks."""
WITHOUT_CUSTOM_FIELDS: Final = frozenset({"TicketNoteWebhook"})
OF, SUBSCRIBED, SHOWN, RESOURCE = "webhookID", "isSubscribedField", "isDisplayAlwaysField", "resourceID"


@dataclass(frozen=True, slots=True)
class Children:
    """What hangs on a webhook: below which name, and which field says what it is about."""

    name: str
    about: str


FIELDS: Final = Children("Fields", "fieldID")
CUSTOM_FIELDS: Final = Children("UdfFields", "udfFieldID")
EXCLUDED: Final = Children("ExcludedResources", RESOURCE)


async def registered(reader: Reader) -> Sequence[Webhook]:
    """All webhooks, of all families that the user may see."""
    found = await reader.services.gather([partial(_seen, reader, family) for family in FAMILIES])
    return [shown(family, row) for family, listed in zip(FAMILIES, found, strict=True) for row in listed]


async def _seen(reader: Reader, family: str) -> Sequence[Row]:
    try:
        return await rows.all_of(reader.services, f"{family}s", reading(ENTITY), rows.EVERY_ROW)
    except (NotFound, PermissionDenied):
        return ()


async def ensure(reader: Reader, wanted: WantedWebhook, own: str | None) -> Sequence[Webhook]:
    """Registers what is wanted for each entity, one request at a time: children sent side by side trip the thread
    limit. What is there already is changed to be like it."""
    families = {table.name: family for family, table in FAMILIES.items()}
    if unknown := [entity for entity in wanted.by_entity if entity not in families]:
        raise Unsupported(
            f"register webhooks for {', '.join(unknown)}",
            said=[f"Autotask has webhooks for {', '.join(families)} alone"],
            hint="Nothing was sent. Changes of other entities are found by polling.",
        )
    body = bodied(wanted)
    return [
        await _ensure_one(reader, families[entity], {**body, **events(happenings)}, wanted, own)
        for entity, happenings in wanted.by_entity.items()
    ]


async def _ensure_one(
    reader: Reader, family: str, body: Mapping[str, Any], wanted: WantedWebhook, own: str | None
) -> Webhook:
    listed = await rows.all_of(reader.services, f"{family}s", reading(ENTITY), rows.EVERY_ROW)
    there = next((row for row in listed if str(row.get("name")).casefold() == wanted.name.casefold()), None)
    if there is None:
        id = rows.new_id(await _write(reader, "POST", f"{family}s", {"id": 0, **body}, Action.CREATE))
    else:
        id = rows.number(there.get("id")) or ""
        # What the secret is now nobody tells, so it is always written.
        await _write(reader, "PATCH", f"{family}s", {"id": int(id), **body}, Action.UPDATE, id)
    await _exclude(reader, family, id, own)
    await _subscribe(reader, family, id, FIELDS)
    if family not in WITHOUT_CUSTOM_FIELDS:
        await _subscribe(reader, family, id, CUSTOM_FIELDS)
    row = await _row(reader, family, id)
    if row.get(ACTIVE) is not True:
        # Before the first field that it can tell of, being active may not take effect.
        await _write(reader, "PATCH", f"{family}s", {"id": int(id), ACTIVE: True}, Action.UPDATE, id)
        row = await _row(reader, family, id)
    return shown(family, row)


async def _row(reader: Reader, family: str, id: str) -> Row:
    request = Request.read("GET", f"{family}s/{{id}}", reading(ENTITY, id), parts={"id": id})
    match rows.folded((await reader.services.send(request)).json()):
        case {"item": dict(row)}:
            return row
    raise NotFound(f"get webhook {id}")


async def _exclude(reader: Reader, family: str, id: str, own: str | None) -> None:
    """Our own changes are not told to us: else a program that answers to changes would answer to itself for ever."""
    if own is None:
        return
    listed = await _children(reader, family, id, EXCLUDED)
    if own not in {rows.number(row.get(RESOURCE)) for row in listed}:
        await _add(reader, family, id, EXCLUDED, {RESOURCE: int(own)})


async def _subscribe(reader: Reader, family: str, id: str, children: Children) -> None:
    """Every field that can be told of: a webhook without any is never ready, and what is left out is never told."""
    known = await reader.metadata.readable(f"{family}{children.name}", ENTITY)
    listed = {rows.number(row.get(children.about)): row for row in await _children(reader, family, id, children)}
    for option in known.of(children.about):
        row = listed.get(option.id)
        if row is None and option.active:
            body: dict[str, Any] = {children.about: int(option.id), SUBSCRIBED: True, SHOWN: False}
            # The list also names what this entity does not have, or cannot tell of; a webhook works without it.
            with suppress(Invalid):
                await _add(reader, family, id, children, body)
        elif row is not None and row.get(SUBSCRIBED) is not True:
            body = {"id": row.get("id"), OF: int(id), children.about: int(option.id), SUBSCRIBED: True}
            await _write(reader, "PATCH", f"{family}s/{{webhook}}/{children.name}", body, Action.UPDATE, id, id)


async def _children(reader: Reader, family: str, id: str, children: Children) -> Sequence[Row]:
    path = f"{family}{children.name}"
    return await rows.all_of(reader.services, path, reading(ENTITY), rows.where(OF, int(id)))


async def _add(reader: Reader, family: str, id: str, children: Children, body: Mapping[str, Any]) -> None:
    path = f"{family}s/{{webhook}}/{children.name}"
    await _write(reader, "POST", path, {"id": 0, OF: int(id), **body}, Action.UPDATE, id, id)


async def _write(
    reader: Reader, method: str, path: str, body: Any, action: Action, id: str | None = None, parent: str | None = None
) -> Any:
    parts = {} if parent is None else {"webhook": parent}
    request = Request(method=method, path=path, parts=parts, effect=Effect(action, ENTITY, id), json=body)
    return await reader.services.send(request)


async def remove(reader: Reader, id: str) -> None:
    """Removes a webhook by the id that `registered` told."""
    family, _, number = id.partition(":")
    if family not in FAMILIES or not number.isdecimal():
        raise NotFound(f"remove webhook {id}", said=["there is no such webhook"])
    effect = Effect(Action.DELETE, ENTITY, id)
    await reader.services.send(Request(method="DELETE", path=f"{family}s/{{id}}", parts={"id": number}, effect=effect))


def bodied(wanted: WantedWebhook) -> dict[str, Any]:
    """What is wanted as the vendor writes it; raises `Invalid` for what is too long."""
    body: dict[str, Any] = {
        "name": wanted.name,
        "webhookUrl": wanted.url,
        "deactivationUrl": wanted.alarm_url or wanted.url,
        "secretKey": wanted.secret.get_secret_value(),
        ACTIVE: True,
        "sendThresholdExceededNotification": wanted.alarm_email is not None,
    }
    if wanted.alarm_email is not None:
        body["notificationEmailAddress"] = wanted.alarm_email
    if problems := [
        Problem(name, f"is longer than the {most} characters that are allowed")
        for wire, (most, name) in LONGEST.items()
        if len(body.get(wire, "")) > most
    ]:
        raise Invalid("register webhooks", problems=problems)
    return body


def events(happenings: frozenset[str]) -> dict[str, bool]:
    return {flag: happening in happenings for happening, flag in FLAGS.items()}


def shown(family: str, row: Row) -> Webhook:
    """A webhook in neutral words. Ids of different families repeat, so the family is part of ours."""
    entity = FAMILIES[family].name
    return Webhook(
        id=f"{family}:{rows.number(row.get('id'))}",
        name=str(row.get("name") or ""),
        url=str(row.get("webhookUrl") or ""),
        events=[f"{entity}.{happening}" for happening, flag in FLAGS.items() if row.get(flag) is True],
        active=row.get(ACTIVE) is True,
        ready=row.get("isReady") if isinstance(row.get("isReady"), bool) else None,
    )
