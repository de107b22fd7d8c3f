"""Drift reports: a tenant like the recorded one has none, and what a vendor or a tenant changes is told by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import kit_autotask
import kit_halopsa
import pytest

from anypsa.testing import FaultServer
from anypsa_conformance import Breaking, HarnessError, Kit
from anypsa_conformance.__main__ import main
from anypsa_conformance.breaking import Rewritten, rows
from anypsa_conformance.drift import Change, drift
from anypsa_sandbox import Sandbox

KITS = {"autotask": kit_autotask.KIT, "halopsa": kit_halopsa.KIT}
TITLE = {"autotask": "title", "halopsa": "summary"}
CONTACTS = {"autotask": "/Contacts", "halopsa": "/Users"}


@pytest.fixture(params=KITS)
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]


@pytest.fixture
def tenant(kit: Kit) -> Iterator[tuple[Sandbox, Mapping[str, Any], Breaking]]:
    """A tenant like the recorded one, behind a server that changes what it answers."""
    breaking = Breaking()
    with kit.small() as (sandbox, _), FaultServer(breaking, before=sandbox.url) as server:
        yield sandbox, {**sandbox.settings, kit.address: server.url, "ledger": "memory"}, breaking


def renamed(name: str, other: str) -> Callable[[Any], None]:
    def change(told: Any) -> None:
        for row in rows(told):
            if name in row:
                row[other] = row.pop(name)

    return change


def retyped(name: str) -> Callable[[Any], None]:
    def change(told: Any) -> None:
        for row in rows(told):
            if isinstance(row.get(name), str):
                row[name] = len(row[name])

    return change


def relabelled(label: str, other: str) -> Callable[[Any], None]:
    def change(told: Any) -> None:
        for row in rows(told):
            row.update({name: other for name, value in row.items() if value == label})

    return change


def test_a_tenant_like_the_recorded_one_has_none_and_nothing_is_written(kit: Kit, tenant: Any) -> None:
    sandbox, settings, _ = tenant
    before = sandbox.world().digest()

    assert drift(kit, settings) == []
    assert sandbox.world().digest() == before


def test_a_field_with_another_name_is_gone_and_another_is_new(kit: Kit, tenant: Any) -> None:
    _, settings, breaking = tenant
    title = TITLE[kit.adapter.name]
    breaking.always("", "/Tickets", Rewritten(renamed(title, "headline")))

    found = drift(kit, settings)

    assert {one.change for one in found} == {Change.GONE, Change.ADDED}
    assert {one.what.rpartition(".")[2] for one in found if one.change is Change.GONE} == {title}
    assert {one.what.rpartition(".")[2] for one in found if one.change is Change.ADDED} == {"headline"}


def test_a_field_of_another_type_is_told_with_both(kit: Kit, tenant: Any) -> None:
    _, settings, breaking = tenant
    title = TITLE[kit.adapter.name]
    breaking.always("", "/Tickets", Rewritten(retyped(title)))

    found = drift(kit, settings)

    assert {one.change for one in found} == {Change.RETYPED}
    assert all(one.what.endswith(f"{title}: text, now number") for one in found)


def test_a_tenants_own_words_are_compared(kit: Kit, tenant: Any) -> None:
    _, settings, breaking = tenant
    breaking.always("GET", "/(entityInformation/fields|Status)$", Rewritten(relabelled("Waiting Vendor", "On Hold")))

    told = drift(kit, settings)

    assert {one.change for one in told} == {Change.VALUES}
    assert "ticket: values changed: status: -Waiting Vendor +On Hold" in map(str, told)


def test_a_refused_route_is_told_with_the_vendors_words(kit: Kit, tenant: Any) -> None:
    sandbox, settings, _ = tenant
    path = CONTACTS[kit.adapter.name]
    sandbox.control.fault("reply", path=path, status=403, body={"errors": ["No rights."]}, times=None)

    refused = [one for one in drift(kit, settings) if one.change is Change.REFUSED]

    assert refused
    assert any(path.strip("/") in one.where for one in refused)
    assert all(path.strip("/") in one.where or one.where == "contact" for one in refused)


def test_writes_are_sent_when_they_are_allowed_by_name(kit: Kit, tenant: Any) -> None:
    sandbox, settings, _ = tenant
    count = len(sandbox.world().rows("tickets"))

    drift(kit, settings, writes=["tickets.create.as_asked"])

    assert len(sandbox.world().rows("tickets")) > count


def test_a_tenant_that_refuses_the_credentials_is_the_harnesss_error(kit: Kit, tenant: Any) -> None:
    _, settings, _ = tenant

    with pytest.raises(HarnessError):
        drift(kit, {**settings, **kit.refused})


def test_the_command_needs_a_tenant_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["drift", kit_autotask.__file__]) == 20
