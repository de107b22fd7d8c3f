"""Deliveries of Autotask's webhooks: proved by `X-Hook-Signature`, or by the secret in a callout's address
(wire/autotask.md 8.2, 8.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from anypsa.models import Actor, Wakeup
from anypsa.spi import (
    Deliveries,
    Delivery,
    Heard,
    Table,
    Trust,
    caseless,
    document,
    instant,
    pairs,
    record_id,
    signed,
    unheard,
    word,
)

from .tables import ASSETS, COMPANIES, CONTACTS, NOTES, TICKETS

SIGNATURE: Final = "X-Hook-Signature"
PARAMETER: Final = "secret"
# Deliveries call entities by their names in SOAP.
ENTITIES: Final[Mapping[str, Table]] = {
    "ticket": TICKETS,
    "ticketnote": NOTES,
    "account": COMPANIES,
    "contact": CONTACTS,
    "installedproduct": ASSETS,
}
ACTIONS: Final[Mapping[str, str]] = {"create": "created", "update": "updated", "delete": "deleted"}
DEACTIVATED: Final = "deactivated"
LARGEST: Final = 2**53


class AutotaskDeliveries(Deliveries):
    """Autotask's webhooks, and the older callouts of workflow rules."""

    ways: ClassVar[tuple[str, ...]] = ("signature", "secret")
    by_hand: ClassVar[str] = (
        "Autotask's webhooks are registered over its API alone: let the security level of the API user have "
        '"Can create WebHooks" with a maximum of 1 or more for each entity, and try again. Without it, an Extension Callout '
        "(Tickets) of a workflow rule can call the address with ?secret=..."
    )

    def proof(self, way: str, delivery: Delivery, trust: Trust) -> tuple[bytes | None, Sequence[bytes]]:
        """A signature over the raw bytes, which have .NET's escapes; or the secret itself."""
        if way == "secret":
            return delivery.parameter(PARAMETER), trust.keys
        return delivery.header(SIGNATURE), signed("sha1", trust.keys, delivery.body, b"sha1=")

    def read(self, delivery: Delivery) -> Heard:
        """One change, or the notice that the webhook was given up; keys are taken in either case (8.2)."""
        facts = members(delivery)
        action = str(facts.get("action", "")).lower()
        if action == DEACTIVATED:
            return Heard(notices=[DEACTIVATED])
        table = ENTITIES.get(str(facts.get("entitytype", TICKETS.name)).lower())
        if table is None:
            return Heard()
        return Heard([wakeup(table, action, facts)])


def wakeup(table: Table, action: str, facts: Mapping[str, Any]) -> Wakeup:
    guid, sequence, person = facts.get("guid"), facts.get("sequencenumber"), facts.get("personid")
    counted = word(guid) and type(sequence) is int and 0 <= sequence < LARGEST
    return Wakeup(
        entity=table.name,
        id=record_id(facts.get("id")),
        action=ACTIONS.get(action),
        occurred_at=instant(facts.get("eventtime")),
        actor=Actor(str(person)) if isinstance(person, int) and person else None,  # a resource or a contact: not told
        key=f"{guid}:{sequence}" if counted else None,
        origin=guid if counted else None,
        sequence=sequence if counted else None,
        raw=facts,
    )


def members(delivery: Delivery) -> dict[str, Any]:
    """A JSON body; or the name and value pairs of a callout, which may stand in its address (8.3)."""
    body = delivery.body.strip()
    if body.startswith(b"{"):
        return caseless(document(body))
    given = [one for one in pairs(body or delivery.query) if one[0] != PARAMETER.encode()]
    try:
        return caseless({name.decode(): value.decode() for name, value in given})
    except UnicodeDecodeError:
        raise unheard("it is no text") from None
