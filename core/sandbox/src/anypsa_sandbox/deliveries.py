"""Deliveries: webhooks on their way to a receiver on loopback. Each runs on a thread, so that a slow one holds nobody up."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from .clock import Clock

TIMEOUT: Final = 10.0
SHORTEST: Final = 0.25
"""However fast the clock runs, a receiver on this machine gets so many real seconds."""

LOOK: Final = 0.005
Told = Callable[[int | None, str | None], None]
"""Gets the receiver's status, or why there is none."""
Proof = Callable[[bytes, str], Mapping[str, str]]
"""The headers that prove a body by a secret."""


def deliverable(url: str) -> bool:
    """Whether a sandbox may send there: loopback only, whatever a program registers."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and (host.startswith("127.") or host in ("localhost", "::1"))


def received(
    url: str, body: bytes, headers: Iterable[tuple[str, str]], timeout: float
) -> tuple[int | None, str | None]:
    """How a receiver answers: its status, or why there is none. No redirect is followed: a receiver must not send a
    sandbox away from loopback."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.putrequest("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        for name, value in (*headers, ("content-length", str(len(body)))):
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse().status, None
    except (OSError, ValueError, http.client.HTTPException) as error:
        return None, str(error) or type(error).__name__
    finally:
        connection.close()


@dataclass(frozen=True)
class Delivery:
    """One webhook; `told` hears how the last attempt ended. From `proof` a storm makes forged ones."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    told: Told
    proof: Proof | None = None


class Weather(Protocol):
    """What may happen to deliveries on their way."""

    def takes(self, delivery: Delivery, again: Callable[[], None]) -> bool:
        """Whether it takes care of a delivery; `again` sends what a receiver did not take as if nothing were."""


class Courier:
    """Delivers in order within a line, and tries again on the sandbox's clock: `attempts`, `apart` seconds apart. What the
    weather takes has no line."""

    def __init__(self, clock: Clock, *, attempts: int, apart: float, weather: Weather | None = None) -> None:
        self._clock = clock
        self._weather = weather
        self._attempts = attempts
        self._apart = apart
        self._lines: dict[str, deque[Delivery]] = {}
        self._strays = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def send(self, line: str, delivery: Delivery) -> None:
        """Puts a delivery at the end of a line."""
        stray = f"stray/{next(self._strays)}"
        if self._weather is None or not self._weather.takes(delivery, lambda: self._queue(stray, delivery)):
            self._queue(line, delivery)

    def _queue(self, line: str, delivery: Delivery) -> None:
        with self._lock:
            if line in self._lines:
                self._lines[line].append(delivery)
                return
            self._lines[line] = deque([delivery])
        threading.Thread(target=self._work, args=(line, self._stopped), name="courier", daemon=True).start()

    def pending(self) -> int:
        """How many deliveries are not settled yet."""
        with self._lock:
            return sum(map(len, self._lines.values()))

    def stop(self) -> None:
        """Forgets what is under way; what is sent from now on is delivered."""
        with self._lock:
            self._stopped.set()
            self._stopped = threading.Event()
            self._lines = {}

    def _work(self, line: str, stopped: threading.Event) -> None:
        while (delivery := self._next(line, stopped)) is not None:
            outcome = self._tried(delivery, stopped)
            if not stopped.is_set():
                delivery.told(*outcome)
            with self._lock:
                if not stopped.is_set():
                    self._lines[line].popleft()

    def _next(self, line: str, stopped: threading.Event) -> Delivery | None:
        with self._lock:
            if stopped.is_set():
                return None
            if not self._lines[line]:
                del self._lines[line]
                return None
            return self._lines[line][0]

    def _tried(self, delivery: Delivery, stopped: threading.Event) -> tuple[int | None, str | None]:
        outcome: tuple[int | None, str | None] = (None, None)
        due = self._clock.now()
        for _ in range(self._attempts):
            while self._clock.now() < due and not stopped.wait(LOOK):
                pass
            if stopped.is_set():
                return outcome
            due = self._clock.now() + self._apart
            timeout = max(SHORTEST, TIMEOUT / (self._clock.scale or 1.0))
            outcome = received(delivery.url, delivery.body, delivery.headers.items(), timeout)
            if outcome[0] is not None and 200 <= outcome[0] < 300:
                return outcome
        return outcome
