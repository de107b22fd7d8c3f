"""Limits: who may go when, what is held meanwhile, and what is given back whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wires import Clocked

from anypsa.errors import DeadlineExceeded
from anypsa.ledger import POLL, Admission, Claim, MemoryLedger, Wait, Window
from anypsa.session.limits import LONGEST_NAP, Limits
from anypsa.settings import Settings
from anypsa.wire import Lane, deadline, run

SLOT = Wait(0.01, "a free slot")


class Watched(MemoryLedger):
    """A ledger in memory that remembers what it was asked, answers as told first, and may take its time."""

    def __init__(self, clock: Callable[[], float], *first: Wait, instant: bool = True) -> None:
        super().__init__(clock)
        self.instant = self.frees_at_once = instant
        self.first = list(first)
        self.claims: list[Claim] = []
        self.released: list[tuple[Claim, float]] = []
        self.withdrawn: list[Claim] = []

    def admit(self, claim: Claim) -> Admission | Wait:
        self.claims.append(claim)
        return self.first.pop(0) if self.first else super().admit(claim)

    def withdraw(self, claim: Claim) -> None:
        self.withdrawn.append(claim)
        super().withdraw(claim)

    def release(self, admission: Admission, lag: float) -> None:
        self.released.append((admission.claim, lag))
        super().release(admission, lag)


class Queue:
    """Limits over a clock that the test reads."""

    def __init__(
        self, *first: Wait, instant: bool = True, chance: float = 0.5, wire: type[Clocked] = Clocked, **settings: Any
    ) -> None:
        self.wire = wire(chance)
        self.ledger = Watched(self.wire.now, *first, instant=instant)
        self.limits = Limits(self.wire, Settings(**{"slots": 2, "release_lag": 0.25, **settings}), self.ledger)

    def enter(self, *keys: str, scope: str = "acme", left: float | None = None) -> Any:
        with deadline(self.wire.now() + (1e9 if left is None else left)):
            return run(self.limits.enter(scope, keys, Lane.INTERACTIVE))


@pytest.mark.parametrize("instant", [True, False])
def test_a_request_takes_a_slot_of_each_key_and_one_of_the_window(instant: bool) -> None:
    queue = Queue(instant=instant, requests_per_window=100, reserve=20, window=60.0)
    place = queue.enter("tickets", "all")

    (claim,) = queue.ledger.claims
    assert (claim.keys, claim.slots) == (("acme/all", "acme/tickets"), 2)
    assert claim.window == Window("acme", 80, 60.0)
    assert (bool(claim.who), claim.lane) == (True, Lane.INTERACTIVE)
    assert run(queue.limits.used(queue.limits.window("acme"))) == 1
    run(queue.limits.leave(place))
    assert queue.ledger.released == [(queue.ledger.claims[0], 0.25)]


def test_our_share_is_never_nothing() -> None:
    assert Queue(requests_per_window=5, reserve=50).limits.window("acme").limit == 1


def test_a_third_waits_until_a_place_is_given_back() -> None:
    queue = Queue()
    first, _ = queue.enter("tickets"), queue.enter("tickets")

    with pytest.raises(DeadlineExceeded):
        queue.enter("tickets", left=0.0)
    run(queue.limits.leave(first))

    assert queue.enter("tickets", left=1.0)
    assert queue.wire.now() >= 100.25


def test_other_keys_and_other_tenants_do_not_wait() -> None:
    queue = Queue(slots=1)
    queue.enter("tickets")

    assert queue.enter("notes", left=0.0)
    assert queue.enter("tickets", scope="other", left=0.0)


@pytest.mark.parametrize(("chance", "more"), [(0.0, 0.0), (1.0, POLL / 2)])
@pytest.mark.parametrize(("seconds", "nap"), [(0.5, 0.5), (60.0, LONGEST_NAP)])
def test_waits_of_the_ledger_are_slept_a_little_spread_and_not_for_long(
    chance: float, more: float, seconds: float, nap: float
) -> None:
    queue = Queue(Wait(seconds, "the request window"), chance=chance)
    queue.enter("tickets")

    assert queue.wire.slept == [nap + more]


@pytest.mark.trust("F21")
def test_a_wait_beyond_the_deadline_is_not_begun_and_says_for_what() -> None:
    queue = Queue(Wait(1.0, "the request window"))

    with pytest.raises(DeadlineExceeded) as raised:
        queue.enter("tickets", left=0.9)

    assert raised.value.phase == "waiting for the request window"
    assert (queue.wire.slept, raised.value.sent) == ([], False)
    assert queue.enter("tickets", left=0.0)


def test_a_wait_until_the_very_deadline_is_waited() -> None:
    assert Queue(Wait(1.0, "the request window"), chance=0.0).enter("tickets", left=1.0)


@pytest.mark.parametrize("slots", [1, 2])
def test_who_gives_up_holds_back_nobody(slots: int) -> None:
    queue = Queue(*[SLOT] * 3, slots=slots)
    for _ in range(3):
        with pytest.raises(DeadlineExceeded):
            queue.enter("tickets", "all", left=0.005)

    assert queue.enter("tickets", "all", left=0.0)


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_pause_holds_back_its_keys_only(seconds: float) -> None:
    queue = Queue()
    queue.limits.pause("acme", ["tickets"], seconds, everywhere=False)

    queue.enter("notes", left=0.0)
    queue.enter("tickets", scope="other", left=0.0)
    assert queue.limits.pause_left(["acme/tickets"]) == seconds
    queue.enter("tickets", left=seconds)

    assert queue.wire.slept == [seconds]


@pytest.mark.trust("F12")
@pytest.mark.parametrize(("keys", "everywhere"), [(["tickets"], True), ([], False)])
def test_a_pause_for_the_tenant_holds_back_everything(keys: list[str], everywhere: bool) -> None:
    queue = Queue()
    queue.limits.pause("acme", keys, 3.0, everywhere=everywhere)
    queue.enter("notes")

    assert queue.wire.slept == [3.0]


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    queue = Queue()
    for seconds in (5.0, 1.0):
        queue.limits.pause("acme", [], seconds, everywhere=True)

    assert queue.limits.pause_left(["acme/tickets"]) == 5.0


def test_a_pause_beyond_the_deadline_ends_the_wait_at_once_and_asks_for_nothing() -> None:
    queue = Queue()
    queue.limits.pause("acme", [], 5.0, everywhere=True)

    with pytest.raises(DeadlineExceeded) as raised:
        queue.enter("tickets", left=4.9)

    assert raised.value.phase == "waiting for the end of a pause that the vendor asked for"
    assert (queue.wire.slept, queue.ledger.claims) == ([], [])


def test_there_is_no_pause_at_first_and_none_that_is_over_counts() -> None:
    queue = Queue()
    assert queue.limits.pause_left(["acme/tickets"]) == -100.0
    queue.limits.pause("acme", ["tickets"], 3.0, everywhere=False)
    run(queue.wire.sleep(5.0))

    assert queue.limits.pause_left(["acme/tickets"]) == -2.0


class Interrupted(Clocked):
    """A wire on which whoever offloads is cancelled as the thread's answer comes; what is shielded goes on."""

    interrupted = 0

    async def offload(self, function: Callable[[], Any], *, shielded: bool = False) -> Any:
        value = function()
        if shielded:
            return value
        self.interrupted += 1
        raise KeyboardInterrupt


def test_an_admission_that_came_to_one_who_was_cancelled_is_given_back() -> None:
    queue = Queue(instant=False, wire=Interrupted)

    with pytest.raises(KeyboardInterrupt):
        queue.enter("tickets")
    assert queue.ledger.released == [(queue.ledger.claims[0], 0.0)]
    assert queue.ledger.withdrawn == queue.ledger.claims
    assert queue.wire.interrupted == 1


def test_a_slot_is_given_back_though_the_caller_is_being_cancelled() -> None:
    queue = Queue(wire=Interrupted)
    place = queue.enter("tickets")
    queue.ledger.frees_at_once = False

    run(queue.limits.leave(place))

    assert queue.ledger.released == [(queue.ledger.claims[0], 0.25)]


@pytest.mark.parametrize("instant", [True, False])
def test_one_who_gives_up_leaves_its_place_in_line(instant: bool) -> None:
    queue = Queue(SLOT, instant=instant)

    with pytest.raises(DeadlineExceeded):
        queue.enter("tickets", left=0.005)
    assert (queue.ledger.withdrawn, queue.ledger.released) == (queue.ledger.claims, [])


def test_one_connection_keeps_its_name_and_two_have_two() -> None:
    queue, other = Queue(), Queue()
    for one in (queue, queue, other):
        one.enter("tickets")

    first, second, third = (claim.who for claim in (*queue.ledger.claims, *other.ledger.claims))
    assert first == second != third


@pytest.mark.parametrize(("first", "waited"), [([SLOT], True), ([Wait(0.1, "the request window")], False), ([], False)])
def test_a_place_tells_whether_it_was_waited_for_and_until_when_it_holds(first: list[Wait], waited: bool) -> None:
    queue = Queue(*first, chance=0.0)
    place = queue.enter("tickets")

    assert (place.waited, place.until) == (waited, queue.wire.now() + queue.ledger.lease)


def test_a_refusal_for_want_of_a_slot_makes_slots_rest_longer_and_others_do_not() -> None:
    rests = []
    for keys, everywhere in ((["tickets"], False), (["tickets"], True), ([], False)):
        queue = Queue(release_lag=0.01)
        queue.limits.pause("acme", keys, 0.0, everywhere=everywhere)
        run(queue.limits.leave(queue.enter("tickets")))
        rests.append(queue.ledger.released[0][1])

    assert [rest > 0.01 for rest in rests] == [True, False, False]


def test_slots_that_were_waited_for_and_worked_rest_ever_shorter() -> None:
    queue = Queue(release_lag=None)
    place = queue.enter("tickets")
    for waited in (False, True, True):
        queue.limits.passed(waited=waited)
        run(queue.limits.leave(place))
        place = queue.enter("tickets")

    first, second, third = (lag for _, lag in queue.ledger.released)
    assert first > second > third


@pytest.mark.parametrize("instant", [True, False])
def test_refused_credentials_are_remembered_for_so_long(instant: bool) -> None:
    queue = Queue(instant=instant)
    run(queue.limits.refuse("digest", 10.0))

    assert run(queue.limits.refused("digest"))
    assert not run(queue.limits.refused("another"))
    run(queue.wire.sleep(11.0))
    assert not run(queue.limits.refused("digest"))
