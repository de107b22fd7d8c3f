"""A block may use so many requests and no more: counted one by one, and told before a list begins where it can be."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from autotask_vendor import LOST, UNSENT, Vendor, connect, connect_async

from anypsa import Incomplete, Invalid, OverBudget, Psa

BACKENDS = ("asyncio", "trio")


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=1_200, Companies=3)


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    made = connect(vendor)
    made.fields("ticket")
    made.fields("company")
    vendor.told.clear()
    return made


def test_each_request_of_a_block_is_counted_and_none_outside(psa: Psa, vendor: Vendor) -> None:
    with psa.budget(max_requests=5) as spent:
        psa.tickets.get(1)
        psa.tickets.get(2)
    psa.tickets.get(3)

    assert (spent.used, spent.left) == (2, 3)


def test_one_request_too_many_is_not_sent(psa: Psa, vendor: Vendor) -> None:
    with psa.budget(max_requests=1):
        psa.tickets.get(1)
        with pytest.raises(OverBudget):
            psa.tickets.get(2)

    assert len(vendor.told) == 1
    assert psa.tickets.get(2).id == "2"


def test_a_list_that_does_not_fit_is_refused_before_it_begins(psa: Psa, vendor: Vendor) -> None:
    with psa.budget(max_requests=3), pytest.raises(OverBudget):
        psa.tickets.list().all()

    assert [one.url.rpartition("/")[2] for one in vendor.told] == ["count"]


def test_a_list_that_fits_is_read(psa: Psa) -> None:
    with psa.budget(max_requests=8) as spent:
        assert len(psa.tickets.list().all()) == 1_200

    assert 0 < spent.used <= 8


def test_a_list_that_grows_beyond_the_budget_ends_loudly(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/count", {"queryCount": 5})
    vendor.page = 100

    with psa.budget(max_requests=4), pytest.raises(Incomplete):
        psa.tickets.list().all()


def test_repetitions_count_too(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/1", UNSENT)

    with psa.budget(max_requests=5) as spent:
        psa.tickets.get(1)

    assert spent.used == 2


def test_what_follows_a_write_is_never_refused(psa: Psa, vendor: Vendor) -> None:
    def lost(outgoing: Any) -> Any:
        vendor.answer(outgoing)
        return LOST

    vendor.fails("POST", "Tickets", lost)

    with psa.budget(max_requests=1) as spent:
        ticket = psa.tickets.create(title="VPN down", company="7", status="New", priority="High", queue="Service Desk")

    assert ticket.title == "VPN down"
    assert spent.used > 1


def test_a_write_that_does_not_fit_is_not_sent(psa: Psa, vendor: Vendor) -> None:
    with psa.budget(max_requests=0), pytest.raises(OverBudget):
        psa.tickets.create(title="VPN down", company="7", status="New", priority="High", queue="Service Desk")

    assert vendor.writes() == []


def test_blocks_within_blocks_count_for_both(psa: Psa) -> None:
    with psa.budget(max_requests=5) as outer, psa.budget(max_requests=1) as inner:
        psa.tickets.get(1)
        with pytest.raises(OverBudget):
            psa.tickets.get(2)

    assert (outer.used, inner.used) == (1, 1)


def test_another_tenant_is_not_in_the_block(psa: Psa) -> None:
    other = connect(Vendor(Tickets=3), username="other@acme.example")

    with psa.budget(max_requests=0):
        assert other.tickets.get(1).id == "1"


@pytest.mark.parametrize("backend", BACKENDS)
def test_tasks_that_a_block_starts_are_part_of_it(vendor: Vendor, backend: str) -> None:
    async def main() -> int:
        async with connect_async(vendor, gathering=False) as psa:
            await psa.fields("ticket")
            with psa.budget(max_requests=9) as spent:
                async with anyio.create_task_group() as group:
                    for id in (1, 2, 3):
                        group.start_soon(psa.tickets.get, id)
            return spent.used

    assert anyio.run(main, backend=backend) == 3


def test_a_get_of_somebody_who_has_a_budget_left_is_not_refused_in_company(vendor: Vendor) -> None:
    got: list[Any] = []

    async def main() -> None:
        async with connect_async(vendor) as psa:
            await psa.fields("ticket")

            async def poor() -> None:
                with psa.budget(max_requests=0):
                    try:
                        await psa.tickets.get(1)
                    except OverBudget as error:
                        got.append(type(error))

            async def rich(id: int) -> None:
                got.append((await psa.tickets.get(id)).id)

            async with anyio.create_task_group() as group:
                group.start_soon(poor)
                group.start_soon(rich, 1)
                group.start_soon(rich, 2)

    anyio.run(main)
    assert set(got) == {OverBudget, "1", "2"}


@pytest.mark.parametrize("wrong", [{"max_requests": -1}, {"max_requests": True}, {"lane": "fast"}], ids=str)
def test_a_budget_that_makes_no_sense_is_refused(psa: Psa, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        psa.budget(**wrong)
