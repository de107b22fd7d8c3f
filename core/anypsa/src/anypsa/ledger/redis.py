"""The ledger on Redis (or Valkey): shared by all hosts that use one tracking id. Needs `pip install "anypsa[redis]"`.

One script counts slots, lines and windows on the server's clock (`redis.lua`), so the clocks of hosts do not matter. A
slot is a lease: whoever dies with it gives it back by its end, and whoever lives is cut off by then. What a server
forgot when it was started again, emptied or replaced is waited out for one lease.

While Redis cannot be reached, nothing is admitted for one lease, in which all that others were given ends. Then this
host goes on with its share, `slots // hosts` and so much of the window, counted by its own ledger of files; if nobody
said how many hosts there are, there is no share, and calls wait.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pydantic import SecretStr

from ..errors import ConfigurationError
from .address import Address, read, split
from .base import HANDICAP, LONGEST_POLL, PATIENCE, POLL, SLOT, STEPS, Admission, Claim, Wait, Window, digest
from .host import HostLedger
from .memory import MemoryLedger

log = logging.getLogger("anypsa")

# How long Redis may take to answer, and how soon it is tried again when it did not.
TIMEOUT: Final = 1.0
RETRY: Final = 1.0
SCRIPT: Final = Path(__file__).with_name("redis.lua")
PREFIX: Final = "anypsa"
UNLIMITED: Final = 2**53
WHY: Final = {"slot": SLOT, "window": "the request window", "settling": "Redis to know again what is under way"}
GONE: Final = "Redis, which cannot be reached"


class RedisLedger:
    """Slots and windows of all hosts that name this Redis. May be shared by threads and connections.

    `hosts` in the URL says how many hosts share the limits; `lease` for how many seconds a slot is given at most.
    """

    instant = frees_at_once = False

    def __init__(
        self,
        url: str | SecretStr,
        *,
        ca_bundle: str | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        url = url if isinstance(url, SecretStr) else SecretStr(url)
        self._address = address = read(url)
        self.lease = address.lease
        self._secrets = address.secrets()
        self._errors, self._client = client(address, ca_bundle)
        self._script = self._client.register_script(SCRIPT.read_text(encoding="utf-8"))
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._host: HostLedger | None = None
        # What this process spent, and what of it Redis has not heard of, by window.
        self._own = MemoryLedger(clock)
        self._owed: dict[str, int] = {}
        self._seen: dict[str, tuple[float, int]] = {}
        self._books: dict[str, str] = {}
        self._met = -math.inf
        # How often hosts may have gone on with their shares, and what of it was told to Redis, by window.
        self._absences = 0
        self._told: dict[str, int] = {}
        self._lost: float | None = None
        self._next_try = -math.inf

    def __repr__(self) -> str:
        return f"<RedisLedger at {self._address.where}>"

    def admit(self, claim: Claim) -> Admission | Wait:
        if not self._due():
            return self._alone(claim)
        token, window = uuid4().hex, claim.window.key
        owed = self._owed.get(window, 0)
        answer = self._ask(
            "admit",
            claim.window,
            claim.keys,
            token=token,
            who=claim.who,
            slots=claim.slots,
            limit=claim.window.limit,
            handicap=milliseconds(claim.lane * HANDICAP),
            lease=milliseconds(self.lease) + 1,
            quiet=milliseconds(self.lease + RETRY + TIMEOUT),
            patience=milliseconds(PATIENCE),
            poll=milliseconds(POLL),
            longest_poll=milliseconds(LONGEST_POLL),
            book=self._books.get(window, ""),
            alone=self._was_alone(window),
            owed=owed,
        )
        if answer is None:
            return self._alone(claim)
        self._note(claim.window, answer, owed)
        if "wait" in answer:
            return Wait(answer["wait"] / 1000, WHY[answer["why"]])
        self._spent(claim.window)
        return Admission(claim, token)

    def _note(self, window: Window, answer: dict[str, Any], reported: int) -> None:
        """Keeps what Redis told. Another book knows nothing of what this process spent: it is told all of it."""
        with self._lock:
            known, told = self._books.get(window.key, ""), answer["book"]
            self._books[window.key] = told
            self._seen[window.key] = self._clock(), answer["used"]
            left = self._own.used(window) if known not in ("", told) else self._owed.get(window.key, 0) - reported
            self._owed[window.key] = max(0, left)
            self._told[window.key] = self._absences

    def _spent(self, window: Window) -> None:
        self._own.admit(Claim((), 1, replace(window, limit=UNLIMITED)))

    def _was_alone(self, window: str) -> bool:
        """Whether hosts may have gone on with their shares of late, of which Redis does not know."""
        if self._address.hosts is None:
            return False
        absent = self._lost is not None and self._clock() - self._met >= self.lease
        return absent or self._told.get(window, 0) != self._absences

    # While Redis cannot be reached

    def _due(self) -> bool:
        """Whether to ask Redis: always, but while it is lost only one caller now and then."""
        with self._lock:
            now = self._clock()
            if self._lost is None:
                return True
            if now < self._next_try:
                return False
            self._next_try = now + RETRY
            return True

    def _alone(self, claim: Claim) -> Admission | Wait:
        """What this host may do by itself: nothing for one lease, its share afterwards."""
        now, window = self._clock(), claim.window
        lost = now if self._lost is None else self._lost
        share = claim.slots // self._address.hosts if self._address.hosts else 0
        if now < lost + self.lease + RETRY or share == 0:
            return Wait(RETRY, GONE)
        requests = self._left(window, lost, now)
        if requests == 0:
            return Wait(RETRY, WHY["window"])
        answer = self._files().admit(replace(claim, slots=share, window=replace(window, limit=requests)))
        if isinstance(answer, Wait):
            return answer
        self._spent(window)
        with self._lock:
            self._owed[window.key] = self._owed.get(window.key, 0) + 1
        return Admission(claim, answer)

    def _left(self, window: Window, lost: float, now: float) -> int:
        """This host's share of what the window had left when Redis was lost; of all of it once that is long ago."""
        if now >= lost + window.seconds * (1 + 1 / STEPS):
            used = 0
        else:
            met, used = self._seen.get(window.key, (-math.inf, window.limit))
            if lost - met > self.lease:
                used = window.limit  # others may have spent it since
        return max(0, window.limit - used) // (self._address.hosts or UNLIMITED)

    def _files(self) -> HostLedger:
        with self._lock:
            if self._host is None:
                self._host = HostLedger(self._folder, self._clock)
            return self._host

    # The rest of a ledger

    def release(self, admission: Admission, lag: float) -> None:
        if isinstance(admission.held, Admission):
            self._files().release(admission.held, lag)
            return
        claim = admission.claim
        # What Redis does not hear of ends with its lease.
        self._tell("release", claim.window, claim.keys, token=admission.held, lag=milliseconds(lag))

    def withdraw(self, claim: Claim) -> None:
        self._tell("withdraw", claim.window, claim.keys, who=claim.who)

    def used(self, window: Window) -> int:
        answer = self._ask("used", window, ()) if self._due() else None
        return self._own.used(window) if answer is None else int(answer["used"])

    def refuse(self, credentials: str, seconds: float) -> None:
        self._own.refuse(credentials, seconds)
        if self._due():
            self._reached(lambda: self._client.set(refused_key(credentials), 1, px=milliseconds(seconds)))

    def refused(self, credentials: str) -> bool:
        if self._own.refused(credentials):
            return True
        return self._due() and bool(self._reached(lambda: self._client.exists(refused_key(credentials))))

    def close(self) -> None:
        self._client.close()
        if self._host is not None:
            self._host.close()

    # Talking to Redis

    def _tell(self, verb: str, window: Window, keys: Sequence[str], **given: Any) -> None:
        """Says what does no harm if it is not heard, on the way out of a call that may have failed."""
        try:
            if self._lost is None:
                self._ask(verb, window, keys, **given)
        except ConfigurationError as error:
            log.debug("%s: %s", self, error)

    def _ask(self, verb: str, window: Window, keys: Sequence[str], **given: Any) -> dict[str, Any] | None:
        """What the script answers; None when Redis cannot be reached."""
        given |= {"step": milliseconds(window.seconds / STEPS), "steps": STEPS}
        names = places(window, keys)
        answer = self._reached(lambda: self._script(keys=names, args=[verb, json.dumps(given)]))
        return None if answer is None else dict(json.loads(answer))

    def _reached(self, ask: Callable[[], Any]) -> Any:
        """What Redis answers; None when it cannot be reached, which is told once."""
        failed: Exception | None = None
        for _ in range(2):  # a connection that was kept may have died since
            asked_at = self._clock()
            try:
                answer = ask()
            except (self._errors.RedisError, OSError) as error:
                failed = error
            else:
                self._met_again(asked_at)
                return answer
            if not isinstance(failed, self._errors.ConnectionError) or self._lost is not None:
                break
            self._client.connection_pool.disconnect(inuse_connections=False)
        said = self._secrets.conceal(str(failed))
        if not self._is_away(failed):
            raise ConfigurationError(
                f"count limits on Redis at {self._address.where}",
                said=[said],
                hint="Nothing was sent. Correct `ledger=` or what its user may do there: it needs EVALSHA, SCRIPT LOAD, "
                "INFO, and keys that begin with anypsa.",
            ) from None
        self._missed(said)
        return None

    def _is_away(self, failed: Exception | None) -> bool:
        """Whether it may come back by itself: not when it refuses us."""
        errors = self._errors
        if isinstance(failed, (errors.AuthenticationError, errors.AuthorizationError)):
            return False
        away = (errors.ConnectionError, errors.TimeoutError, errors.ReadOnlyError, errors.ClusterDownError)
        return isinstance(failed, (*away, errors.TryAgainError, OSError))

    def _missed(self, said: str) -> None:
        with self._lock:
            first, now = self._lost is None, self._clock()
            self._next_try = now + RETRY
            if first:
                self._lost = now
        if first:
            hosts = self._address.hosts
            then = (
                f"{self.lease:.0f} s from now this host goes on with its share (one of {hosts})"
                if hosts
                else "calls wait until it is back, because hosts= does not say how many share the limits"
            )
            log.warning("Redis at %s cannot be reached (%s): %s", self._address.where, said, then)

    def _met_again(self, moment: float) -> None:
        with self._lock:
            back = self._lost is not None
            self._absences += back and moment - self._met >= self.lease
            self._lost, self._met = None, moment
        if back:
            log.warning("Redis at %s answers again", self._address.where)


def client(address: Address, ca_bundle: str | None) -> tuple[Any, Any]:
    """The client's errors, and a client that never tries again by itself."""
    try:
        redis = import_module("redis")
    except ImportError:
        redis = None
    if redis is None:
        hint = 'pip install "anypsa[redis]"'
        raise ConfigurationError("open the ledger on Redis", said=["redis is not installed"], hint=hint)
    backoff, retry = import_module("redis.backoff"), import_module("redis.retry")
    trust = {"ssl_ca_certs": ca_bundle} if ca_bundle is not None and split(address.url).scheme == "rediss" else {}
    made = redis.Redis.from_url(
        address.url.get_secret_value(),
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=retry.Retry(backoff.NoBackoff(), 0),
        decode_responses=True,
        protocol=2,
        **trust,
    )
    return redis.exceptions, made


def places(window: Window, keys: Sequence[str]) -> list[str]:
    """The names in Redis, which show nothing, all in one slot of a cluster."""
    root = f"{PREFIX}:{{{digest(window.key)}}}"
    parts = [f"{root}:{part}:{digest(key)}" for key in keys for part in ("slots", "turns", "seen")]
    return [f"{root}:epoch", f"{root}:window", *parts]


def refused_key(credentials: str) -> str:
    return f"{PREFIX}:refused:{digest(credentials)}"


def milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)
