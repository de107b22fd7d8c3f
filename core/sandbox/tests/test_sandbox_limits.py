"""Limits: slots under way per key and calls per window, with figures that convict who exceeds them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2

from anypsa_sandbox import Sandbox


def at_once(sandbox: Sandbox, count: int, tenant: str = "northwind") -> list[int]:
    """The statuses of so many calls made at the same time, each on a connection of its own."""

    def one(_: int) -> int:
        return httpx2.get(f"{sandbox.url}/tickets", headers={"key": tenant}, timeout=10).status_code

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(one, range(count)))


def test_no_more_than_the_slots_are_under_way(toy: Sandbox) -> None:
    toy.control.limits(latency=2.0)  # long enough for all to be under way, however busy the machine

    assert at_once(toy, 4) == [200, 200, 429, 429]
    assert toy.control.peak() == 3


def test_who_keeps_within_the_slots_is_never_refused(toy: Sandbox) -> None:
    toy.control.limits(latency=0.2)

    assert at_once(toy, 2) == [200, 200]
    assert toy.control.peak() <= 2


def test_a_slot_is_given_back_some_time_after_the_answer(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.limits(slots=1, lag=60)

    assert [api.get("/tickets").status_code for _ in range(2)] == [200, 429]


def test_keys_do_not_share_slots(toy: Sandbox) -> None:
    toy.control.limits(slots=1, lag=60)

    assert [*at_once(toy, 1), *at_once(toy, 1, "contoso")] == [200, 200]


def test_a_full_window_refuses_until_it_has_rolled_on(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.clock(scale=0)
    toy.control.limits(window_limit=2)

    assert [api.get("/tickets").status_code for _ in range(3)] == [200, 200, 429]
    assert toy.control.log()["windows"] == {"northwind": 2}
    toy.control.clock(advance=60)
    assert api.get("/tickets").status_code == 200


def test_a_call_that_was_failed_on_purpose_gives_its_slot_back(toy: Sandbox, api: httpx2.Client) -> None:
    toy.control.limits(slots=1)
    toy.control.fault("reply", status=500, times=3)

    assert [api.get("/tickets").status_code for _ in range(4)] == [500, 500, 500, 200]
