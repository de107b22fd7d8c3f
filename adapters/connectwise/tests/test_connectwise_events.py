"""Callbacks of ConnectWise PSA: proved by their content signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from pydantic import SecretStr

from anypsa import Delivery, Trust
from anypsa_connectwise.events import ConnectWiseDeliveries

KEY = "a signing key of a tenant"
TRUST = Trust(secrets=[SecretStr(KEY)])
DELIVERIES = ConnectWiseDeliveries()
BODY = json.dumps({"ID": 42, "Action": "added", "Type": "ticket", "Entity": '{"id":43}', "MemberId": "jdoe"}).encode()
PROOF = base64.b64encode(hmac.new(hashlib.sha256(KEY.encode()).digest(), BODY, hashlib.sha256).digest())


@pytest.mark.trust("A8")
def test_the_signature_by_the_keys_digest_is_genuine_and_no_other() -> None:
    plain = base64.b64encode(hmac.new(KEY.encode(), BODY, hashlib.sha256).digest())

    assert DELIVERIES.genuine(Delivery(BODY, [(b"x-content-signature", PROOF)]), TRUST)
    for forged in (b"", plain, PROOF[:-2], b"\xff"):
        assert not DELIVERIES.genuine(Delivery(BODY, [(b"x-content-signature", forged)]), TRUST)


def test_a_callback_says_which_record_changed_and_what_it_brings_is_left_alone() -> None:
    (told,) = DELIVERIES.read(Delivery(BODY)).wakeups

    assert (told.entity, told.id, told.action) == ("ticket", "42", "created")
    assert told.actor is not None
    assert told.actor.id == "jdoe"
    assert "entity" not in told.raw


def test_what_is_about_no_entity_of_ours_wakes_nobody() -> None:
    assert not DELIVERIES.read(Delivery(b'{"ID": 1, "Type": "schedule", "Action": "added"}')).wakeups
