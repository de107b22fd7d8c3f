"""Storms: webhooks as they come on the worst of days. Doubled, out of order, late, in batches, and forged ones among them.

All that is chosen is chosen by the seed. Deliveries go into a deck, from which they are dealt one after another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeAlias

from .deliveries import TIMEOUT, Delivery, Proof, received

HAND: Final = 12
"""Any of so many may be the next one."""
LATE: Final = (20, 60)
"""A late one lets so many others pass."""
GATHERS: Final = 0.05
"""Seconds that a deck with less than a hand is given to grow."""
AGAIN: Final = (2, 2, 3, 4)
BATCH: Final = (2, 3, 5, 8)
HUGE: Final = 10 * 1024 * 1024
WRONG: Final = "a secret of somebody else's making"
Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Weather:
    """What a storm is like; every one but `seed` and `most` is a share from 0 to 1."""

    seed: int = 1
    doubled: float = 0.4
    """Come twice to four times."""
    late: float = 0.2
    """Come long after those that followed them."""
    batched: float = 0.3
    """Wait for others and come together, where the vendor does so."""
    forged: float = 0.3
    """Are accompanied by one that is forged, in one of the ways of `FORGERIES`."""
    most: int = 10_000
    """So many are sent at most; then the storm is over."""

    def __post_init__(self) -> None:
        for name in ("doubled", "late", "batched", "forged"):
            share = getattr(self, name)
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise ValueError(f"{name}: wants a share from 0 to 1")
        for name in ("seed", "most"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise ValueError(f"{name}: wants a whole number")


@dataclass(slots=True)
class Copy:
    """A delivery in the deck: the genuine one, the same again, or a forged one. `passes`: so many others come first."""

    kind: str
    delivery: Delivery
    body: bytes
    headers: Headers
    passes: int = 0
    again: Callable[[], None] | None = field(default=None, repr=False)


class Storm:
    """One sandbox's; calm at first."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._calm()

    def _calm(self) -> None:
        self._weather: Weather | None = None
        self._chance = self._people = Random(0)
        self._stopped = threading.Event()
        self._gathering = False
        self._deck: list[Copy] = []
        self._dealing = False
        self._under_way = 0
        self._taken = 0
        self._answers: dict[str, Counter[str]] = {}

    def begin(self, weather: Weather) -> None:
        """Begins a storm in place of the one before."""
        self.end()
        with self._lock:
            self._weather = weather
            self._chance, self._people = Random(weather.seed), Random(f"{weather.seed}/people")

    @contextmanager
    def gathering(self) -> Iterator[Random]:
        """Deals nothing before the block is left, which is given the chance that people act by."""
        with self._lock:
            self._gathering = True
        try:
            yield self._people
        finally:
            with self._lock:
                self._gathering = False
            self._deal_soon()

    @property
    def blows(self) -> bool:
        """Whether there is one."""
        return self._weather is not None

    def end(self) -> None:
        """Ends it; what is in the deck is lost, and what is under way is not told."""
        with self._lock:
            self._stopped.set()
            self._calm()

    def told(self) -> Mapping[str, Any]:
        """Whether it blows, how much waits to be dealt, and how each kind was answered: `genuine`, `again`, and each way of
        forging, with how often by status (0: no answer)."""
        with self._lock:
            answers = {kind: dict(statuses) for kind, statuses in sorted(self._answers.items())}
            return {"blows": self.blows, "pending": len(self._deck) + self._under_way, "answers": answers}

    def pending(self) -> int:
        """How much waits to be dealt."""
        with self._lock:
            return len(self._deck) + self._under_way

    def over(self, timeout: float) -> bool:
        """Waits until nothing waits any more; False if that takes too long."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._deck and not self._under_way, timeout)

    def batch(self) -> int:
        """How many events the next delivery waits for, where a vendor sends batches; 1 while it is calm."""
        with self._lock:
            if self._weather is None or self._chance.random() >= self._weather.batched:
                return 1
            return self._chance.choice(BATCH)

    def takes(self, delivery: Delivery, again: Callable[[], None]) -> bool:
        """Puts a delivery into the deck, with what comes beside it. False while it is calm."""
        with self._lock:
            weather = self._weather
            if weather is None or self._taken >= weather.most:
                return False
            copies = self._copies(delivery, again, weather)[: weather.most - self._taken]
            self._taken += len(copies)
            self._deck += copies
        self._deal_soon()
        return True

    def _copies(self, delivery: Delivery, again: Callable[[], None], weather: Weather) -> list[Copy]:
        chance, headers = self._chance, tuple(delivery.headers.items())
        number = chance.choice(AGAIN) if chance.random() < weather.doubled else 1
        copies = [Copy("genuine", delivery, delivery.body, headers, again=again)]
        copies += [Copy("again", delivery, delivery.body, headers) for _ in range(1, number)]
        for copy in copies:
            copy.passes = chance.randint(*LATE) if chance.random() < weather.late else 0
        if delivery.proof is not None and chance.random() < weather.forged:
            way = chance.choice(ways(delivery.proof))
            copies.append(Copy(f"forged: {way}", delivery, *FORGERIES[way](delivery, delivery.proof)))
        return copies

    def _deal_soon(self) -> None:
        with self._lock:
            if self._gathering or self._dealing or not self._deck:
                return
            self._dealing = True
            threading.Thread(target=self._deal, args=(self._stopped,), name="storm", daemon=True).start()

    def _deal(self, stopped: threading.Event) -> None:
        grown = -1
        while not stopped.is_set():
            with self._lock:
                small, grew = len(self._deck) < HAND, self._taken != grown
                grown = self._taken
            if small and grew:
                stopped.wait(GATHERS)
                continue
            copy = self._next(stopped)
            if copy is None:
                return
            self._send(copy, stopped)

    def _next(self, stopped: threading.Event) -> Copy | None:
        with self._lock:
            if stopped.is_set():
                return None
            if not self._deck:
                self._dealing = False
                return None
            ready = [copy for copy in self._deck[: HAND + LATE[1]] if copy.passes <= 0][:HAND]
            copy = self._chance.choice(ready or self._deck[:HAND])
            self._deck.remove(copy)
            for other in self._deck:
                other.passes -= 1
            self._under_way += 1
            return copy

    def _send(self, copy: Copy, stopped: threading.Event) -> None:
        status, error = received(copy.delivery.url, copy.body, copy.headers, TIMEOUT)
        with self._lock:
            if stopped.is_set():
                return
            self._answers.setdefault(copy.kind, Counter())[str(status or 0)] += 1
        if copy.again is not None:
            if status is not None and 200 <= status < 300:
                copy.delivery.told(status, error)
            else:
                copy.again()  # by the vendor's own schedule, whatever the weather
        with self._lock:
            if not stopped.is_set():
                self._under_way -= 1
                self._lock.notify_all()


# Forging: a delivery of somebody who saw a genuine one, and does not know the secret.


def ways(proof: Proof) -> Sequence[str]:
    """The ways to forge what is proved so: where a proof does not cover the body, the body says nothing."""
    covers = proof(b"a", WRONG) != proof(b"b", WRONG)
    return tuple(FORGERIES) if covers else tuple(way for way in FORGERIES if way not in OF_BODIES)


def proved(delivery: Delivery, proof: Proof) -> tuple[Headers, str, str]:
    """The headers that prove nothing; the name and the value of the one that does."""
    (name,) = proof(delivery.body, WRONG)
    others = tuple((key, value) for key, value in delivery.headers.items() if key != name)
    return others, name, delivery.headers[name]


def valued(change: Callable[[str], str]) -> Forgery:
    """Forges by another value of the proof."""

    def forged(delivery: Delivery, proof: Proof) -> tuple[bytes, Headers]:
        others, name, good = proved(delivery, proof)
        return delivery.body, (*others, (name, change(good)))

    return forged


def embodied(change: Callable[[bytes], bytes]) -> Forgery:
    """Forges by another body under the genuine proof."""

    def forged(delivery: Delivery, proof: Proof) -> tuple[bytes, Headers]:
        return change(delivery.body), tuple(delivery.headers.items())

    return forged


def by(secret: str) -> Forgery:
    """Proves by a secret that is not the one."""

    def forged(delivery: Delivery, proof: Proof) -> tuple[bytes, Headers]:
        return delivery.body, (*proved(delivery, proof)[0], *proof(delivery.body, secret).items())

    return forged


def unproved(delivery: Delivery, proof: Proof) -> tuple[bytes, Headers]:
    return delivery.body, proved(delivery, proof)[0]


def twice(delivery: Delivery, proof: Proof) -> tuple[bytes, Headers]:
    """Two proofs, of which neither is: a receiver must not take them together for one."""
    others, name, good = proved(delivery, proof)
    half = len(good) // 2
    return delivery.body, (*others, (name, good[:half]), (name, good[half:]))


def otherwise(value: str) -> str:
    """The proof of another algorithm, of which nobody asks whether it fits."""
    prefix = value.rpartition("=" if value.startswith("sha") else " ")[0].partition("=")[0]
    digest = base64.b64encode(hmac.new(WRONG.encode(), value.encode(), hashlib.sha512).digest()).decode()
    return f"sha512={digest}" if prefix.startswith("sha") else digest


def another(body: bytes) -> bytes:
    """The body with another number in it."""
    return re.sub(rb"\d", lambda found: b"%d" % ((int(found[0]) + 1) % 10), body, count=1)


def reordered(body: bytes) -> bytes:
    """The same facts in another order."""
    with suppress(ValueError):
        facts = json.loads(body)
        if isinstance(facts, dict):
            return json.dumps(dict(reversed(facts.items()))).encode()
    return b" " + body


Forgery: TypeAlias = Callable[[Delivery, Proof], tuple[bytes, Headers]]
OF_BODIES: Final[Mapping[str, Forgery]] = {
    "another body": embodied(another),
    "keys in another order": embodied(reordered),
    "more bytes": embodied(lambda body: body + b" "),
    "no text": embodied(lambda body: body[:-1] + b"\xff\xfe" + body[-1:]),
    "ten megabytes": embodied(lambda body: body + b" " * HUGE),
}
FORGERIES: Final[Mapping[str, Forgery]] = {
    "no proof": unproved,
    "an empty proof": valued(lambda _: ""),
    "half a proof": valued(lambda good: good[: len(good) // 2]),
    "another algorithm": valued(otherwise),
    "no base64": valued(lambda good: good[:-6] + "%$\xff\xfe"),
    "two proofs": twice,
    "another secret": by(WRONG),
    "an empty secret": by(""),
    **OF_BODIES,
}
