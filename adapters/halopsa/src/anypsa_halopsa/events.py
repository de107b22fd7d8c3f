"""Deliveries of HaloPSA's webhooks: proved by a signature in a header that the owner names, or by a name and a password
(wire/halopsa.md 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from anypsa.models import Actor, ActorKind, Wakeup
from anypsa.spi import (
    MOST_WAKEUPS,
    Deliveries,
    Delivery,
    Heard,
    Trust,
    basic,
    document,
    instant,
    record_id,
    signed,
    unheard,
)

from .codecs import NONE, whole
from .tables import NOTES, TICKETS
from .webhooks import EVENT, EVENTS, SIGNED

HAPPENINGS: Final[Mapping[str, str]] = {number: event.partition(".")[2] for event, number in EVENTS.items()}
TICKET, ACTION = "ticket", "action"
IDS: Final = ("id", "entity_id")
"""Where a ticket's id stands when the ticket itself does not (a payload can be the owner's own)."""


class HaloDeliveries(Deliveries):
    """HaloPSA's webhooks, one event at a time or in batches."""

    ways: ClassVar[tuple[str, ...]] = ("signature", "basic")
    by_hand: ClassVar[str] = (
        "In HaloPSA: Config > Integrations > Webhooks, a new one with this address, POST, application/json, the HMAC "
        "signature in the header Token with this secret, and the events of tickets (new ticket logged, ticket updated)."
    )

    def proof(self, way: str, delivery: Delivery, trust: Trust) -> tuple[bytes | None, Sequence[bytes]]:
        """HMAC-SHA256 of the raw bytes in base64, after the prefix that the owner may have chosen."""
        if way == "basic":
            return delivery.header("Authorization"), basic(trust.username, trust.keys)
        header = trust.header or str(SIGNED["authentication_header"])
        return delivery.header(header), signed("sha256", trust.keys, delivery.body, trust.prefix.encode())

    def read(self, delivery: Delivery) -> Heard:
        """One event, or an array of them. An event may bring a note, which is a record of its own with us."""
        found = document(delivery.body)
        items = found if isinstance(found, list) else [found]
        if len(items) > MOST_WAKEUPS:
            raise unheard("no batch is that large")
        return Heard([one for item in items for one in wakeups(item)])


def wakeups(item: Any) -> list[Wakeup]:
    if not isinstance(item, Mapping):
        raise unheard("it is no event")
    ticket, action = item.get(TICKET), item.get(ACTION)
    holder = ticket if isinstance(ticket, Mapping) else item
    id = record_id(next((plain(holder[name]) for name in IDS if holder.get(name) is not None), None))
    moment, by = instant(item.get("timestamp")), author(action)
    number = whole(item.get(EVENT, item.get("event")))
    happening = HAPPENINGS.get(number)
    told = Wakeup(entity=TICKETS.name, id=id, action=happening, occurred_at=moment, actor=by, raw=item)
    if not isinstance(action, Mapping) or action.get("id") is None:
        return [told]
    note = f"{id}:{record_id(plain(action['id']))}"
    return [told, Wakeup(entity=NOTES.name, id=note, occurred_at=moment, actor=by, raw=item)]


def author(action: Any) -> Actor | None:
    """The technician who acted, where the event has an action."""
    agent = whole(action.get("who_agentid")) if isinstance(action, Mapping) else "None"
    return None if agent in NONE else Actor(agent, ActorKind.TECHNICIAN)


def plain(value: Any) -> Any:
    """A number that came as 21.0."""
    return whole(value) if isinstance(value, float) else value
