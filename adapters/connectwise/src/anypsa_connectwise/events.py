"""Deliveries of ConnectWise PSA's callbacks: proved by their content signature (wire/connectwise.md, callbacks).

The signing key is fetched once by the owner, from the address that callbacks name, and given to us as the secret: an
address in a delivery that is not proved yet is nobody's to ask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from anypsa.models import Actor, ActorKind, Wakeup
from anypsa.spi import Deliveries, Delivery, Heard, Table, Trust, caseless, document, record_id, signed, word

from .tables import TABLES

SIGNATURE: Final = "x-content-signature"
ENTITIES: Final[Mapping[str, Table]] = {name: TABLES[name] for name in ("ticket", "company", "contact")}
ACTIONS: Final[Mapping[str, str]] = {"added": "created", "updated": "updated", "deleted": "deleted"}


class ConnectWiseDeliveries(Deliveries):
    """ConnectWise PSA's callbacks."""

    ways: ClassVar[tuple[str, ...]] = ("signature",)
    by_hand: ClassVar[str] = (
        'In ConnectWise PSA callbacks are registered over its API: psa.request("POST", "system/callbacks", json=...). '
        "They are signed by a key of ConnectWise's own, which is the secret to receive them with."
    )

    def proof(self, way: str, delivery: Delivery, trust: Trust) -> tuple[bytes | None, Sequence[bytes]]:
        """HMAC-SHA256 of the raw bytes in base64, by the SHA-256 of the signing key."""
        keys = [hashlib.sha256(key).digest() for key in trust.keys]
        return delivery.header(SIGNATURE), signed("sha256", keys, delivery.body)

    def read(self, delivery: Delivery) -> Heard:
        """One change. The record that comes with it, as JSON in a text, is left alone: it is read anew."""
        facts = caseless(document(delivery.body))
        table = ENTITIES.get(str(facts.get("type", "")).lower())
        if table is None:
            return Heard()
        member = facts.get("memberid")
        return Heard(
            [
                Wakeup(
                    entity=table.name,
                    id=record_id(facts.get("id")),
                    action=ACTIONS.get(str(facts.get("action", "")).lower()),
                    actor=Actor(member, ActorKind.TECHNICIAN) if word(member) else None,
                    raw={name: value for name, value in facts.items() if name != "entity"},
                )
            ]
        )
