"""Single gets that are asked for at about the same time become one look-up, and each gets what it asked for."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import pytest
from autotask_vendor import HOURLY, Vendor, connect, connect_async

from anypsa import AsyncPsa, Denied, NotFound, Policy, PSAError, RateLimited, Unintelligible
from anypsa.policy import Decision, Verdict

BACKENDS = ("asyncio", "trio")


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=300, Companies=3)


async def outcome(act: Callable[[], Any]) -> Any:
    try:
        return (await act()).id
    except PSAError as error:
        return type(error)


def together(vendor: Vendor, ids: Sequence[Any], backend: str = "asyncio", gather: bool = True, **settings: Any) -> Any:
    """Gets that are asked for at once; what each got."""
    got: list[Any] = [None] * len(ids)

    async def keep(psa: AsyncPsa, place: int, id: Any) -> None:
        got[place] = await outcome(partial(psa.tickets.get, id, gather=gather))

    async def main() -> None:
        async with connect_async(vendor, **settings) as psa:
            await psa.fields("ticket")
            vendor.told.clear()
            async with anyio.create_task_group() as group:
                for place, id in enumerate(ids):
                    group.start_soon(keep, psa, place, id)

    anyio.run(main, backend=backend)
    return got


@pytest.mark.parametrize("backend", BACKENDS)
def test_sixty_gets_at_once_are_one_request(vendor: Vendor, backend: str) -> None:
    assert together(vendor, range(1, 61), backend) == [str(id) for id in range(1, 61)]
    assert len(vendor.told) == 1


def test_the_same_record_is_asked_for_once(vendor: Vendor) -> None:
    assert together(vendor, [7] * 20) == ["7"] * 20
    assert len(vendor.sent("GET", "Tickets/7")) == len(vendor.told) == 1


def test_more_gets_than_a_query_takes_are_several(vendor: Vendor) -> None:
    assert together(vendor, range(1, 251)) == [str(id) for id in range(1, 251)]
    assert len(vendor.told) == 2


def test_threads_are_gathered_while_one_look_up_is_under_way(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.fields("ticket")
    started, go_on = threading.Event(), threading.Event()

    def slow(outgoing: Any) -> Any:
        started.set()
        go_on.wait(10)
        return vendor.answer(outgoing)

    vendor.fails("GET", "Tickets/1", slow)
    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(psa.tickets.get, 1)
        started.wait(10)
        others = [pool.submit(psa.tickets.get, id) for id in range(2, 22)]
        while (waiting := psa.context.gatherings["ticket"]._open) is None or len(waiting.ids) < 20:
            pass
        go_on.set()
        assert [one.result().id for one in (first, *others)] == [str(id) for id in range(1, 22)]

    assert len(vendor.bodies("POST", "Tickets/query")) == 1


def test_one_that_is_missing_is_missing_and_the_others_are_there(vendor: Vendor) -> None:
    assert together(vendor, [1, 999, 2]) == ["1", NotFound, "2"]
    assert len(vendor.told) == 1


def test_one_row_that_cannot_be_read_is_no_error_of_the_others(vendor: Vendor) -> None:
    vendor.tables["Tickets"][2]["createDate"] = "soon"

    assert together(vendor, [1, 2, 3]) == ["1", Unintelligible, "3"]


def test_a_look_up_whose_filter_the_vendor_ignores_is_not_trusted(vendor: Vendor) -> None:
    everything = {"items": list(vendor.tables["Tickets"].values())[:5], "pageDetails": {"nextPageUrl": None}}
    vendor.fails("POST", "Tickets/query", everything)

    assert together(vendor, [1, 2]) == ["1", "2"]
    assert [one.method for one in vendor.told] == ["POST", "GET", "GET"]


def test_what_is_wrong_for_all_is_told_to_all_at_once(vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets/query", HOURLY, times=99)

    assert set(together(vendor, range(1, 9), deadline=0.3)) == {RateLimited}


@pytest.mark.parametrize("backend", BACKENDS)
def test_who_gives_up_takes_nobody_along(vendor: Vendor, backend: str) -> None:
    got: list[Any] = []

    async def main() -> None:
        async with connect_async(vendor) as psa:
            await psa.fields("ticket")
            async with anyio.create_task_group() as group:
                with anyio.CancelScope() as leaving:
                    group.start_soon(keep, psa, 2)
                    leaving.cancel()
                    await psa.tickets.get(1)
                group.start_soon(keep, psa, 3)

    async def keep(psa: AsyncPsa, id: int) -> None:
        got.append((await psa.tickets.get(id)).id)

    anyio.run(main, backend=backend)
    assert sorted(got) == ["2", "3"]


@pytest.mark.parametrize("switched", [{"gather": False}, {"gathering": False}])
def test_switched_off_each_get_goes_alone(vendor: Vendor, switched: dict[str, Any]) -> None:
    assert together(vendor, [1, 2, 3], **switched) == ["1", "2", "3"]
    assert len(vendor.sent("GET")) == len(vendor.told) == 3


def test_a_lone_get_is_sent_as_ever(vendor: Vendor) -> None:
    assert connect(vendor).tickets.get(5).id == "5"
    assert len(vendor.sent("GET", "Tickets/5")) == 1
    assert vendor.sent("POST") == []


class AllBut(Policy):
    """Keeps one ticket from us."""

    async def decide(self, effect: Any, facts: Any) -> Decision:
        return Decision(Verdict.DISABLED if effect.record == "2" else Verdict.AUTO, "ticket 2 is nobody's business")


def test_a_record_that_a_policy_keeps_from_us_stays_kept_in_company(vendor: Vendor) -> None:
    assert together(vendor, [1, 2, 3], policy=AllBut()) == ["1", Denied, "3"]


def test_a_get_asked_for_after_a_look_up_was_sent_is_not_served_by_it(vendor: Vendor) -> None:
    titles: list[str] = []

    async def main() -> None:
        async with connect_async(vendor) as psa, anyio.create_task_group() as group:

            async def get() -> None:
                titles.append((await psa.tickets.get(1)).title)

            def late(outgoing: Any) -> Any:
                answer = copy.deepcopy(vendor.answer(outgoing))
                vendor.tables["Tickets"][1]["title"] = "changed meanwhile"
                group.start_soon(get)
                return answer

            await psa.fields("ticket")
            vendor.tables["Tickets"][1]["title"] = "as it was"
            vendor.fails("GET", "Tickets/1", late)
            group.start_soon(get)

    anyio.run(main)
    assert titles == ["as it was", "changed meanwhile"]


def test_expanding_needs_one_look_up_for_each_relation(vendor: Vendor) -> None:
    for id, ticket in vendor.tables["Tickets"].items():
        ticket["companyID"] = 1 + id % 3

    filled = connect(vendor).tickets.list(expand=["company"]).all()

    assert all(ticket.company.record is not None for ticket in filled)
    assert len(vendor.bodies("POST", "Companies/query")) == 1
