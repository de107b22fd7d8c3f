"""Deliveries of Autotask: proved over the raw bytes, and read for which record they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from anypsa import ConfigurationError, Delivery, Trust, Unintelligible
from anypsa_autotask.events import AutotaskDeliveries

VECTOR = json.loads((Path(__file__).parent / "attested" / "webhook_signature.json").read_text())
BODY = VECTOR["raw_body"].encode()
SIGNATURE = VECTOR["header"]["X-Hook-Signature"].encode()
TRUST = Trust(secrets=[SecretStr(VECTOR["secretKey"])])
OLD = SecretStr("the one before this one")
CALLOUT = Trust(secrets=[SecretStr(VECTOR["secretKey"]), OLD], way="secret")
DELIVERIES = AutotaskDeliveries()


def posted(body: bytes = BODY, *signatures: bytes) -> Delivery:
    return Delivery(body, [(b"X-Hook-Signature", one) for one in signatures])


@pytest.mark.row("S88", call="psa.deliveries")
def test_the_attested_vector_is_genuine_over_its_raw_bytes() -> None:
    assert DELIVERIES.genuine(posted(BODY, SIGNATURE), TRUST)
    assert not DELIVERIES.genuine(posted(json.dumps(json.loads(BODY)).encode(), SIGNATURE), TRUST)


@pytest.mark.trust("A8")
@pytest.mark.parametrize(
    "delivery",
    [
        posted(BODY),
        posted(BODY, b""),
        posted(BODY, b"sha1="),
        posted(BODY, SIGNATURE[:-1]),
        posted(BODY, SIGNATURE + b"="),
        posted(BODY, SIGNATURE.removeprefix(b"sha1=")),
        posted(BODY, SIGNATURE.replace(b"sha1", b"sha256")),
        posted(BODY, b"sha1=%%%not base64%%%"),
        posted(BODY, b"sha1=\xff\xfe"),
        posted(BODY, SIGNATURE, SIGNATURE),
        posted(BODY + b" ", SIGNATURE),
        posted(b"", SIGNATURE),
        posted(b"\xff\xfe\x00", SIGNATURE),
    ],
)
def test_whatever_is_not_signed_by_the_secret_is_refused_and_nothing_raises(delivery: Delivery) -> None:
    assert not DELIVERIES.genuine(delivery, TRUST)


def test_while_a_secret_is_rotated_both_are_valid() -> None:
    both = Trust(secrets=[OLD, SecretStr(VECTOR["secretKey"])])

    assert DELIVERIES.genuine(posted(BODY, SIGNATURE), both)


@pytest.mark.trust("A10")
@pytest.mark.row("S87", call='Trust(secrets=[...], way="secret")')
@pytest.mark.parametrize("secret", CALLOUT.secrets)
def test_a_callout_is_proved_by_either_secret_in_its_address(secret: SecretStr) -> None:
    plain = secret.get_secret_value().replace(" ", "+").encode()

    assert DELIVERIES.genuine(Delivery(b"Id=5", query=b"secret=" + plain), CALLOUT)
    for other in (b"", b"secret=", b"secret=" + plain[:-1], b"secret=%ff", b"secret=" + plain + b"&secret=" + plain):
        assert not DELIVERIES.genuine(Delivery(b"Id=5", query=other), CALLOUT)


def test_what_is_to_be_signed_is_not_taken_for_a_secret_in_the_address() -> None:
    address = b"secret=" + VECTOR["secretKey"].encode()

    assert not DELIVERIES.genuine(Delivery(BODY, query=address), TRUST)


def test_the_vector_says_which_ticket_changed_and_when_and_who_did_it() -> None:
    (told,) = DELIVERIES.read(posted(BODY)).wakeups

    assert (told.entity, told.id, told.action) == ("ticket", "351181", "updated")
    assert str(told.occurred_at) == "2025-09-15 14:57:50+00:00"
    assert told.actor is not None
    assert (told.actor.id, told.key, told.sequence) == ("30691780", "a1da62a4-2c49-40a8-8183-69994ce5b3eb:1", 1)


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Account", "company"),
        ("Contact", "contact"),
        ("InstalledProduct", "asset"),
        ("TicketNote", "note"),
        ("Ticket", "ticket"),
    ],
)
def test_entities_are_known_by_their_names_in_soap_and_keys_in_either_case(name: str, entity: str) -> None:
    (told,) = DELIVERIES.read(
        Delivery(json.dumps({"entityType": name, "id": "7", "ACTION": "create"}).encode())
    ).wakeups

    assert (told.entity, told.id, told.action, told.key) == (entity, "7", "created", None)


def test_that_a_webhook_was_given_up_is_a_notice_and_wakes_nobody() -> None:
    heard = DELIVERIES.read(Delivery(b'{"Action":"Deactivated","Guid":"x","EventTime":"2025-09-15T14:57:50Z"}'))

    assert (list(heard.wakeups), list(heard.notices)) == ([], ["deactivated"])


@pytest.mark.parametrize("pairs", [Delivery(b"Id=5&x=%ff%20"), Delivery(b"", query=b"secret=x&Id=5", method="GET")])
def test_a_callout_may_bring_pairs_in_its_body_or_its_address(pairs: Delivery) -> None:
    if b"%ff" in pairs.body:
        with pytest.raises(Unintelligible):
            DELIVERIES.read(pairs)
    else:
        assert [(one.entity, one.id) for one in DELIVERIES.read(pairs).wakeups] == [("ticket", "5")]


@pytest.mark.parametrize(
    "facts",
    [{}, {"Id": None}, {"Id": True}, {"Id": "x"}, {"Id": -1}, {"Id": "9" * 65}, {"Id": 1, "id": 2}, {"Id": {"a": 1}}],
)
def test_what_names_no_record_is_not_understood(facts: Any) -> None:
    with pytest.raises(Unintelligible):
        DELIVERIES.read(Delivery(json.dumps(facts).encode()))


@pytest.mark.parametrize("secrets", [[], [SecretStr("")], [SecretStr("short")], [OLD, OLD, OLD]])
def test_secrets_that_prove_nothing_are_refused(secrets: list[SecretStr]) -> None:
    with pytest.raises(ConfigurationError):
        Trust(secrets=secrets)
