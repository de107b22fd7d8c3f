"""The receiver over real HTTP: only what is proved comes in, durably, and whatever else comes is answered and never parsed."""

from __future__ import annotations

import base64
import logging
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from receiving import OLD, SECRET, TRUST, autotask, body, send, serving, signed

from anypsa import ConfigurationError, Trust
from anypsa_automation import Hook, Receiver, State, database

SMALL = 4096
CONTROLS = bytes([*range(32), 127])
"""What no server lets through in a header."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.db")
    yield state
    state.dispose()


@pytest.fixture
def port(state: State) -> Iterator[int]:
    callouts = Trust(secrets=TRUST.secrets, way="secret")
    hooks = [Hook("acme", autotask(), TRUST), Hook("callouts", autotask("other@acme.example"), callouts)]
    with serving(Receiver(state, hooks, largest=SMALL)) as port:
        yield port


def kept(state: State, username: str = "api@acme.example") -> list[tuple[str, str]]:
    return [one.subject for one in state.inbox.wakes(autotask(username).tenant)]


@pytest.mark.row("S88", call="Receiver(state, [Hook(...)])")
def test_what_is_signed_is_kept_before_it_is_answered(state: State, port: int) -> None:
    assert send(port, "/acme", body(), signed(body())) == 204

    (wake,) = state.inbox.wakes(autotask().tenant)
    assert (wake.subject, wake.wakeup.action, wake.wakeup.raw["fields"]) == (
        ("ticket", "5"),
        "updated",
        {"Title": "café"},
    )


@pytest.mark.trust("A10")
def test_a_secret_that_is_rotated_is_valid_until_the_vendor_has_the_new_one(state: State, port: int) -> None:
    assert send(port, "/acme", body(), signed(body(), OLD)) == 204
    assert send(port, "/acme", body(sequence=2), signed(body(sequence=2), SECRET)) == 204


@pytest.mark.trust("A10")
def test_a_secret_that_was_lost_is_rotated_while_we_receive(state: State) -> None:
    psa, secrets = autotask(), state.webhook_secrets
    first = secrets.rotate(psa.tenant).get_secret_value()
    hook = Hook(
        "acme", psa, Trust(secrets=secrets.valid(psa.tenant)), renew=lambda: Trust(secrets=secrets.valid(psa.tenant))
    )
    with serving(Receiver(state, [hook])) as port:
        second = secrets.rotate(psa.tenant).get_secret_value()
        answers = [
            send(port, "/acme", body(sequence=at), signed(body(sequence=at), secret))
            for at, secret in enumerate((first, second, first))
        ]

    assert answers == [204, 204, 204]


GOOD = signed(body())["X-Hook-Signature"]
FORGED = [
    ({}, body()),
    ({"X-Hook-Signature": ""}, body()),
    ({"X-Hook-Signature": "sha1="}, body()),
    ({"X-Hook-Signature": "sha1=%%%"}, body()),
    ({"X-Hook-Signature": b"sha1=\xff\xfe"}, body()),
    ({"X-Hook-Signature": f"{GOOD}, {GOOD}"}, body()),
    ({"X-Hook-Signature": GOOD.replace("sha1", "sha256")}, body()),
    ({"X-Hook-Signature": GOOD}, body() + b" "),
    ({"X-Hook-Signature": GOOD}, body(6)),
    (signed(body(), "a secret of somebody else's making"), body()),
    (signed(body(), ""), body()),
]
MALFORMED = [
    b"\xff\xfe",
    b"",
    b"{",
    b'{"Id": 1}}',
    b"[" * 2000,
    b'{"Id":"x"}',
    b'{"Id":1,"id":2}',
    b'{"Id":NaN}',
    b"null",
]


@pytest.mark.trust("A8")
def test_what_is_forged_or_malformed_is_refused_and_wakes_nobody(state: State, port: int) -> None:
    for headers, content in (*FORGED, *((signed(content), content) for content in MALFORMED)):
        assert send(port, "/acme", content, headers) == 401, content
    assert send(port, "/nobody", body(), signed(body())) == 401

    assert kept(state) == []


@pytest.mark.trust("A8")
def test_what_is_too_large_is_refused_whether_it_says_so_or_not(state: State, port: int) -> None:
    large = b"x" * (SMALL + 1)

    assert send(port, "/acme", large, signed(large)) == 413
    assert send(port, "/acme", b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large), {"transfer-encoding": "chunked"}) == 413
    assert kept(state) == []


@pytest.mark.trust("A8")
def test_a_body_that_dawdles_is_ended_and_holds_up_nobody(state: State) -> None:
    receiver = Receiver(state, [Hook("acme", autotask(), TRUST)], patience=0.2)
    with serving(receiver) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(b"POST /acme HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        beside = send(port, "/acme", body(), signed(body()))
        answer = slow.recv(4096)

    assert (beside, answer.split(b" ")[1]) == (204, b"408")


@pytest.mark.trust("A8")
@pytest.mark.parametrize("coding", ["utf-16", "latin-1"])
def test_a_genuine_body_in_a_charset_that_no_vendor_writes_is_refused(state: State, port: int, coding: str) -> None:
    content = '{"Action":"Update","EntityType":"Ticket","Id":5,"Fields":{"Title":"Überlauf"}}'.encode(coding)

    assert (
        send(port, "/acme", content, {**signed(content), "content-type": f"application/json; charset={coding}"}) == 401
    )
    assert kept(state) == []


@pytest.mark.trust("F19")
def test_what_finds_the_disk_full_has_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    State(tmp_path / "state.db").dispose()
    durable = database.durable

    def full(connection: sqlite3.Connection, record: object) -> None:
        durable(connection, record)
        connection.execute("PRAGMA max_page_count = 1")  # as large as it is, and no larger

    content = body(Fields={"Description": "x" * 20_000})
    with monkeypatch.context() as patch:
        patch.setattr(database, "durable", full)
        state = State(tmp_path / "state.db")
        with serving(Receiver(state, [Hook("acme", autotask(), TRUST)])) as port:
            refused = send(port, "/acme", content, signed(content))
        state.dispose()
    state = State(tmp_path / "state.db")
    with serving(Receiver(state, [Hook("acme", autotask(), TRUST)])) as port:
        again = send(port, "/acme", content, signed(content))

    assert (refused, again, kept(state)) == (503, 204, [("ticket", "5")])
    state.dispose()


@pytest.mark.trust("A9")
def test_what_a_host_with_another_clock_received_is_due_at_once(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    ahead = Receiver(state, [Hook("acme", autotask(), TRUST)], now=lambda: datetime.now(UTC) + timedelta(hours=3))
    with serving(ahead) as port:
        send(port, "/acme", body(), signed(body()))
    now = datetime.now(UTC)

    held = state.inbox.hold(autotask().tenant, "worker", 10, now, now + timedelta(minutes=5))

    assert [one.subject for one in held] == [("ticket", "5")]
    state.dispose()


@pytest.mark.trust("A8")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=60).map(lambda text: f'{{"Id": 1, "Action": "{text}"}}'.encode()),
    signature=st.binary(max_size=60).map(lambda junk: junk.translate(None, CONTROLS)) | st.none(),
    query=st.binary(max_size=20).map(lambda junk: base64.b16encode(junk).decode()),
)
def test_junk_never_breaks_it(state: State, port: int, content: bytes, signature: bytes | None, query: str) -> None:
    escaped = "".join(f"%{query[at : at + 2]}" for at in range(0, len(query), 2))
    headers = signed(content) if signature is None else {"X-Hook-Signature": b"sha1=" + signature}

    status = send(port, f"/acme?secret={escaped}", content, headers)

    assert status == 401 if signature is not None else status in (204, 401)


@pytest.mark.trust("A9")
def test_the_same_delivery_is_one_wake_up_across_restarts_and_processes(tmp_path: Path) -> None:
    for _ in range(2):
        state, other = State(tmp_path / "state.db"), State(tmp_path / "state.db")
        for one in (state, other):
            with serving(Receiver(one, [Hook("acme", autotask(), TRUST)])) as port:
                assert send(port, "/acme", body(), signed(body())) == 204
        found = kept(state)
        state.dispose()
        other.dispose()

    assert found == [("ticket", "5")]


@pytest.mark.trust("F19")
def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    state = State(tmp_path / "state.db")
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    with serving(Receiver(state, [Hook("acme", autotask(), TRUST)])) as port:
        other.execute("BEGIN IMMEDIATE")
        refused = send(port, "/acme", body(), signed(body()))
        other.execute("ROLLBACK")
        again = send(port, "/acme", body(), signed(body()))
    other.close()

    assert (refused, again, kept(state)) == (503, 204, [("ticket", "5")])
    state.dispose()


@pytest.mark.row("S86", call='GET /<name> → "connected"')
def test_a_ping_is_answered_and_shows_that_we_are_connected(state: State, port: int) -> None:
    before = datetime.now(UTC)

    assert send(port, "/acme", method="GET") == 200
    assert send(port, "/nobody", method="GET") == 404

    count, when = state.inbox.tallies(autotask().tenant)["connected"]
    assert count == 1
    assert when >= before


@pytest.mark.row("S87", call='Hook(name, psa, Trust(secrets=[...], way="secret"))')
@pytest.mark.trust("A10")
def test_a_callout_is_let_in_by_the_secret_in_its_address_which_no_log_shows(
    state: State, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"/callouts?secret={SECRET.replace(' ', '%20')}"

    taken = [
        send(port, address, b"Id=5"),
        send(port, f"{address}&Id=6", method="GET"),
        send(port, "/callouts?secret=x", b"Id=7"),
    ]

    assert taken == [204, 204, 401]
    assert kept(state, "other@acme.example") == [("ticket", "5"), ("ticket", "6")]
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("anypsa")]
    assert ours
    assert not [text for text in ours if "secret=" in text or "thirty-two" in text]


def test_that_a_webhook_was_given_up_is_shown_and_never_trusted(state: State, port: int) -> None:
    notice = b'{"Action":"Deactivated","Guid":"x"}'

    answers = [
        send(port, "/acme/alarm", notice),
        send(port, "/acme", notice),
        send(port, "/acme", notice, signed(notice)),
    ]

    assert answers == [204, 401, 204]
    assert {"alarm", "refused", "deactivated"} <= state.inbox.tallies(autotask().tenant).keys()
    assert send(port, "/acme", body(), signed(body())) == 204  # the secret is as valid as it was


def test_what_the_vendor_numbered_and_never_came_shows(state: State, port: int) -> None:
    for sequence in (3, 7, 5):
        send(port, "/acme", body(sequence=sequence), signed(body(sequence=sequence)))

    (arrivals,) = state.inbox.arrivals(autotask().tenant)

    assert (arrivals.came, arrivals.missing) == (3, 2)


def test_a_hook_without_a_name_or_by_an_unknown_way_is_refused() -> None:
    for name, trust in (("a/b", TRUST), ("", TRUST), ("acme", Trust(secrets=[SecretStr(SECRET)], way="none"))):
        with pytest.raises(ConfigurationError):
            Hook(name, autotask(), trust)
