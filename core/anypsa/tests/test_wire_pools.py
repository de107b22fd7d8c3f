"""Connections in small pools: few of them do most of the work, and none is kept that nobody needs."""

from __future__ import annotations

from itertools import count

from clocks import Clock

from anypsa.wire.pools import EACH, KEPT_ALIVE, MOST, Rack


def rack(clock: Clock | None = None) -> Rack[int]:
    """Pools that are numbers."""
    made = count()
    return Rack(lambda: next(made), clock=clock or Clock())


def test_requests_go_to_the_first_pool_that_has_room() -> None:
    pools = rack()
    taken = [pools.take() for _ in range(EACH + 1)]

    pools.give(taken[0])

    assert [one.pool for one in taken] == [0] * EACH + [1]
    assert pools.take().pool == 0


def test_there_are_no_more_pools_than_allowed_and_requests_are_spread_over_them() -> None:
    pools = rack()
    taken = [pools.take().pool for _ in range(MOST * (EACH + 1))]

    assert {one: taken.count(one) for one in taken} == dict.fromkeys(range(MOST), EACH + 1)


def test_a_pool_that_nobody_needed_for_a_while_is_to_be_closed_once_and_the_first_one_stays() -> None:
    clock = Clock()
    pools = rack(clock)
    for one in [pools.take() for _ in range(2 * EACH + 1)][: 2 * EACH]:
        pools.give(one)

    soon = pools.outdated()
    clock.time += KEPT_ALIVE + 1

    assert (soon, pools.outdated(), pools.outdated(), pools.all()) == ([], [1], [], [0, 2])


def test_a_request_that_gets_no_answer_gives_its_place_back() -> None:
    pools = rack()
    shelf = pools.take()

    try:
        with pools.refused(shelf):
            raise OSError
    except OSError:
        pass

    assert shelf.busy == 0
