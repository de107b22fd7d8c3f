"""Callers are found without a request once the contacts are read, and changes keep the index fresh. On both faces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

import anypsa
from anypsa import Invalid, Unsupported
from anypsa_sandbox import Sandbox

NEVER, NOW = None, timedelta()


@pytest.fixture(scope="module")
def sandbox(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("autotask", tickets=30, latency=0)


@pytest.mark.row("S139", call='psa.contacts.suggest("jo sm")')
def test_a_caller_is_found_without_a_request_and_by_a_new_name_after_the_next_look(sandbox: Sandbox) -> None:
    with anypsa.connect("autotask", **sandbox.settings, ledger="memory") as psa:
        company = psa.companies.first()
        assert company is not None
        contact = psa.contacts.create(company=company, first_name="Quirin", last_name="Xaver")
        assert [one.id for one in psa.contacts.suggest("qui xa")] == [contact.id]
        psa.contacts.update(contact, last_name="Zyprian")

        with psa.budget(max_requests=10) as spent:
            assert [one.name for one in psa.contacts.suggest("xaver quirin")] == ["Quirin Xaver"]
            assert psa.contacts.suggest("qui zyp", max_age=NEVER) == []
            assert spent.used == 0
            assert [one.name for one in psa.contacts.suggest("qui zyp", max_age=NOW)] == ["Quirin Zyprian"]
            assert psa.contacts.suggest("qui xa", max_age=NEVER) == []
            assert 0 < spent.used <= 2

        with pytest.raises(Invalid):
            psa.contacts.suggest(" ")


def test_the_async_face_finds_the_same_and_reads_once_for_all_who_ask(sandbox: Sandbox) -> None:
    async def asked() -> tuple[list[list[str]], int, list[int]]:
        async with anypsa.connect_async("autotask", **sandbox.settings, ledger="memory") as psa:
            with psa.budget(max_requests=20) as spent:
                someone = await psa.contacts.first(anypsa.q.active == True)  # noqa: E712  # a filter
                assert someone is not None
                before = spent.used
                found = await asyncio.gather(*(psa.contacts.suggest(someone.name) for _ in range(5)))
                requests = spent.used - before
                loads = await psa.technicians.workloads()
                return [[one.name for one in each] for each in found], requests, [one.open for one in loads]

    found, requests, loads = asyncio.run(asked())

    assert found == [found[0]] * 5 and found[0]
    assert 0 < requests <= 2
    assert sum(loads) > 0


def test_what_one_collection_can_do_others_refuse(sandbox: Sandbox) -> None:
    with anypsa.connect("autotask", **sandbox.settings, ledger="memory") as psa:
        for asked in (
            lambda: psa.assets.suggest("jo sm"),  # type: ignore[misc]  # types refuse it too
            lambda: psa.companies.related("1"),  # type: ignore[misc]
            lambda: psa.contacts.workloads(),  # type: ignore[misc]
        ):
            with pytest.raises(Unsupported):
                asked()
