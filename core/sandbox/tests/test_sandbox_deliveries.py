"""Deliveries: in order, tried again on the sandbox's clock, and never beyond this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from anypsa_sandbox import Clock
from anypsa_sandbox.deliveries import Courier, Delivery, deliverable
from anypsa_sandbox.storms import Storm, Weather

PATIENCE = 20.0


@dataclass
class Receiver:
    """Answers with these statuses in turn, and then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    arrival: threading.Condition = field(default_factory=threading.Condition)

    def take(self, body: str) -> int:
        with self.arrival:
            self.came.append(body)
            self.arrival.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait(self, count: int) -> None:
        with self.arrival:
            assert self.arrival.wait_for(lambda: len(self.came) >= count, PATIENCE), self.came


@dataclass
class Outcomes:
    """How deliveries ended."""

    told: list[int | None] = field(default_factory=list)
    change: threading.Condition = field(default_factory=threading.Condition)

    def tell(self, status: int | None, error: str | None) -> None:
        with self.change:
            self.told.append(status)
            self.change.notify_all()

    def wait(self, count: int) -> list[int | None]:
        with self.change:
            assert self.change.wait_for(lambda: len(self.told) >= count, PATIENCE), self.told
        return self.told


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = found.take(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(status)
            self.send_header("location", "http://receiver.example/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    made = Clock()
    made.set_scale(0)
    return made


@pytest.fixture
def courier(clock: Clock) -> Iterator[Courier]:
    made = Courier(clock, attempts=3, apart=30)
    yield made
    made.stop()


def test_a_line_is_kept_while_its_first_is_tried_again(receiver: Receiver, clock: Clock, courier: Courier) -> None:
    receiver.statuses = [500]
    outcomes = Outcomes()
    for body in (b"first", b"second"):
        courier.send("line", Delivery(receiver.url, body, {}, outcomes.tell))
    receiver.wait(1)

    clock.advance(30)

    assert outcomes.wait(2) == [200, 200]
    assert receiver.came == ["first", "first", "second"]


def test_after_the_last_attempt_the_failure_is_told(receiver: Receiver, clock: Clock, courier: Courier) -> None:
    receiver.statuses = [500, 500, 503]
    outcomes = Outcomes()
    courier.send("line", Delivery(receiver.url, b"x", {}, outcomes.tell))
    for attempt in (1, 2, 3):
        receiver.wait(attempt)
        clock.advance(30)

    assert outcomes.wait(1) == [503]


def test_lines_do_not_wait_for_each_other(receiver: Receiver, courier: Courier) -> None:
    receiver.statuses = [500]
    outcomes = Outcomes()
    courier.send("stuck", Delivery(receiver.url, b"a", {}, outcomes.tell))
    receiver.wait(1)

    courier.send("free", Delivery(receiver.url, b"b", {}, outcomes.tell))

    assert outcomes.wait(1) == [200]
    assert courier.pending() >= 1


def test_a_redirect_is_a_failure_and_not_followed(receiver: Receiver, clock: Clock) -> None:
    receiver.statuses = [302]
    outcomes = Outcomes()

    Courier(clock, attempts=1, apart=30).send("line", Delivery(receiver.url, b"x", {}, outcomes.tell))

    assert outcomes.wait(1) == [302]


def test_what_is_stopped_is_forgotten(receiver: Receiver, clock: Clock, courier: Courier) -> None:
    receiver.statuses = [500]
    outcomes = Outcomes()
    courier.send("line", Delivery(receiver.url, b"old", {}, outcomes.tell))
    receiver.wait(1)

    courier.stop()
    courier.send("line", Delivery(receiver.url, b"new", {}, outcomes.tell))
    clock.advance(300)

    assert outcomes.wait(1) == [200]
    assert receiver.came == ["old", "new"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:1/", True),
        ("https://localhost/x", True),
        ("https://example.com/", False),
        ("ftp://127.0.0.1/", False),
    ],
)
def test_only_loopback_is_delivered_to(url: str, allowed: bool) -> None:
    assert deliverable(url) is allowed


def test_a_storm_loses_no_delivery_and_is_over_after_as_many_as_were_asked_for(
    receiver: Receiver, clock: Clock
) -> None:
    storm, outcomes = Storm(), Outcomes()
    storm.begin(Weather(seed=3, doubled=1.0, most=6))
    with storm.gathering():
        courier = Courier(clock, attempts=1, apart=0, weather=storm)
        for number in range(8):
            courier.send("line", Delivery(receiver.url, b"%d" % number, {}, outcomes.tell))
    outcomes.wait(8)

    assert storm.over(PATIENCE)
    assert set(receiver.came) == set(map(str, range(8)))
    assert sum(sum(statuses.values()) for statuses in storm.told()["answers"].values()) == 6
    courier.stop()


def test_the_same_seed_gives_the_same_storm(receiver: Receiver, clock: Clock) -> None:
    orders = []
    for _ in range(2):
        storm = Storm()
        storm.begin(Weather(seed=4))
        with storm.gathering():
            courier = Courier(clock, attempts=1, apart=0, weather=storm)
            for number in range(20):
                courier.send("line", Delivery(receiver.url, b"%d" % number, {}, lambda *_: None))
        assert storm.over(PATIENCE)
        orders.append(list(receiver.came))
        receiver.came.clear()

    assert orders[0] == orders[1] != sorted(orders[0], key=int)
