"""Deliveries of HaloPSA: signed or with a name and a password, alone or in batches."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from pydantic import SecretStr

from anypsa import ActorKind, Delivery, Trust, Unintelligible
from anypsa_halopsa.events import HaloDeliveries

SECRET = "0123456789abcdef0123456789abcdef"
TRUST = Trust(secrets=[SecretStr(SECRET)])
DELIVERIES = HaloDeliveries()
EVENT = {"event": 61, "timestamp": "2026-11-24T10:00:00", "ticket": {"id": 4321, "summary": "Grüße & <b>"}}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def signature(body: bytes) -> bytes:
    return base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest())


@pytest.mark.row("S88", call="psa.deliveries")
def test_a_signature_under_the_owners_header_and_prefix_is_genuine() -> None:
    named = Trust(secrets=[SecretStr(SECRET)], header="X-Ours", prefix="sha256=")

    assert DELIVERIES.genuine(Delivery(BODY, [(b"token", signature(BODY))]), TRUST)
    assert DELIVERIES.genuine(Delivery(BODY, [(b"x-ours", b"sha256=" + signature(BODY))]), named)


@pytest.mark.trust("A8")
def test_whatever_is_not_signed_by_the_secret_is_refused_and_nothing_raises() -> None:
    good = signature(BODY)
    pair = base64.b64encode(f":{SECRET}".encode())
    for headers in (
        [],
        [(b"token", b"")],
        [(b"token", good[:-1])],
        [(b"token", b"sha256=" + good)],
        [(b"token", b"\xff")],
        [(b"token", good), (b"token", good)],
        [(b"authorization", b"Basic " + pair)],
    ):
        assert not DELIVERIES.genuine(Delivery(BODY, headers), TRUST)
    assert not DELIVERIES.genuine(Delivery(BODY + b"\n", [(b"token", good)]), TRUST)


def test_a_name_and_a_password_prove_where_the_owner_says_so() -> None:
    trust = Trust(secrets=[SecretStr(SECRET)], way="basic", username="anypsa")
    pair = base64.b64encode(f"anypsa:{SECRET}".encode())

    assert DELIVERIES.genuine(Delivery(BODY, [(b"authorization", b"Basic " + pair)]), trust)
    assert not DELIVERIES.genuine(Delivery(BODY, [(b"authorization", b"Basic " + pair[:-4])]), trust)
    assert not DELIVERIES.genuine(Delivery(BODY, [(b"token", signature(BODY))]), trust)


def test_a_batch_is_as_many_events_and_a_note_is_one_of_its_own() -> None:
    batch = [EVENT, {**EVENT, "action": {"id": 7, "who_agentid": 12}}, {"entity_id": "99.0"[:2]}, {"id": 5.0}]

    told = DELIVERIES.read(Delivery(json.dumps(batch).encode())).wakeups

    subjects = [("ticket", "4321"), ("ticket", "4321"), ("note", "4321:7"), ("ticket", "99"), ("ticket", "5")]
    assert [(one.entity, one.id) for one in told] == subjects
    assert (told[0].action, str(told[0].occurred_at)) == ("updated", "2026-11-24 10:00:00+00:00")
    assert told[2].actor is not None
    assert (told[2].actor.id, told[2].actor.kind) == ("12", ActorKind.TECHNICIAN)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"5", b"[5]", b"{}", b'[{"ticket":{}}]', b'{"ticket":{"id":"x"}}', b"[" * 99]
)
def test_what_names_no_record_is_not_understood(body: bytes) -> None:
    with pytest.raises(Unintelligible):
        DELIVERIES.read(Delivery(body))


def test_a_batch_beyond_reason_is_not_understood() -> None:
    batch: list[Any] = [{"id": 1}] * 1_001
    with pytest.raises(Unintelligible):
        DELIVERIES.read(Delivery(json.dumps(batch).encode()))
