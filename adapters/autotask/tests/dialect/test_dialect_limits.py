"""Limits (6.2): threads per integration code and entity, requests per hour and database."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from anypsa_sandbox import Call, Sandbox

from .tenant import Tenant

THREADS = {"errors": ["The Autotask API thread threshold of 3 threads has been exceeded."]}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of each test's own: slots that are held for a minute outlive even a reset (limits.py has no reset)."""
    with Sandbox("autotask", tickets=20) as own:
        own.control.limits(lag=0)
        yield own


def statuses(tenant: Tenant, *paths: str) -> list[int]:
    """What a row of calls gets, while every slot that was taken is still held."""
    return [tenant.client.get(path).status_code for path in paths]


def test_the_fourth_thread_on_an_entity_is_refused(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.limits(lag=60)

    assert statuses(northwind, *["Tickets/7602"] * 3) == [200] * 3
    answer = northwind.client.get("Tickets/7602")
    assert (answer.status_code, answer.json()) == (429, THREADS)


def test_the_text_of_the_threads_comes_with_another_status_where_it_is_told_to(
    sandbox: Sandbox, northwind: Tenant
) -> None:
    sandbox.control.dialect("switch", threshold_status=500)
    sandbox.control.limits(slots=0)

    answer = northwind.client.get("Tickets/7602")
    assert (answer.status_code, answer.json()) == (500, THREADS)


def test_entities_and_tenants_have_threads_of_their_own(sandbox: Sandbox, northwind: Tenant, contoso: Tenant) -> None:
    sandbox.control.limits(slots=1, lag=60)

    assert statuses(northwind, "Companies/0", "Roles/100", "Version") == [200] * 3
    assert statuses(contoso, "Companies/0") == [200]


def test_metadata_counts_under_its_entity(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.limits(slots=1, lag=60)

    assert statuses(northwind, "Contracts/entityInformation/fields", "contracts/500") == [200, 429]


def test_a_child_counts_for_itself_and_its_parent(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.limits(slots=1, lag=60)

    assert statuses(northwind, "Resources/1", "Companies/0/Contacts", "Companies/0", "Contacts/1") == [
        200,
        200,
        429,
        429,
    ]


def test_a_client_that_calls_one_after_another_never_runs_out_of_threads() -> None:
    with Sandbox("autotask", tickets=20) as sandbox:
        limits = sandbox.control.limits()

    # A slot is taken while a call is answered and for the lag after it; so long, the next ones must not need them all.
    assert limits["lag"] <= (limits["slots"] - 1) * limits["latency"]


def test_zone_information_is_exempt(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.limits(slots=0, window_limit=0)

    answer = northwind.client.get(
        f"{sandbox.urls['discovery']}/atservicesrest/v1.0/zoneInformation?user=api@contoso.example"
    )

    assert answer.status_code == 200


def test_the_hour_is_counted_per_database_and_rolls(sandbox: Sandbox, northwind: Tenant, contoso: Tenant) -> None:
    sandbox.control.clock(scale=0)
    sandbox.control.limits(window_limit=2)

    assert statuses(northwind, "ThresholdInformation", "Tickets/7602", "Companies/0") == [200, 200, 429]
    assert statuses(contoso, "Version") == [200]
    sandbox.control.clock(advance=3_600)
    assert statuses(northwind, "Version") == [200]


def test_refused_credentials_do_not_use_up_the_hour(sandbox: Sandbox, northwind: Tenant) -> None:
    northwind.client.headers["Secret"] = "wrong"
    northwind.client.get("Version")

    assert sandbox.control.log()["windows"].get("northwind", 0) == 0


def test_the_threshold_is_told(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.limits(window_limit=5_000)

    told = northwind.client.get("ThresholdInformation").json()

    assert (told["externalRequestThreshold"], told["requestThresholdTimeframe"]) == (5_000, 60)


def test_the_threshold_tells_how_much_is_used_itself_included(northwind: Tenant) -> None:
    counts = [northwind.client.get("ThresholdInformation").json()["currentTimeframeRequestCount"] for _ in range(2)]

    assert counts == [1, 2]


@pytest.mark.parametrize(("used", "seconds"), [(4, 0.0), (5, 0.5), (7, 0.5), (8, 1.0)])
def test_calls_are_slowed_down_from_half_and_from_three_quarters_of_the_hour(
    sandbox: Sandbox, northwind: Tenant, used: int, seconds: float
) -> None:
    sandbox.control.clock(scale=1_000)
    sandbox.control.limits(window_limit=10)
    statuses(northwind, *["Version"] * used)

    signed = {name.lower(): value for name, value in northwind.client.headers.items()}
    call = Call("GET", "/ATServicesRest/V1.0/Version", {}, signed, b"", "zone")
    assert sandbox.dialect.delay(call) == seconds


def test_a_window_that_is_nearly_full_slows_every_call_down(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.clock(scale=0.01)
    sandbox.control.limits(window_limit=2)

    with pytest.raises(httpx2.ReadTimeout):
        northwind.client.get("Version", timeout=0.5)
    sandbox.control.clock(scale=1_000)
    assert northwind.client.get("Version").status_code == 200


def test_the_log_holds_no_credentials(sandbox: Sandbox, northwind: Tenant) -> None:
    northwind.client.get("Version")

    told = str(sandbox.control.log())
    assert northwind.settings["secret"] not in told
    assert northwind.settings["integration_code"] not in told
