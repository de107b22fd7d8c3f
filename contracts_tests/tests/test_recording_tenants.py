"""Recordings of a live tenant: nobody's name, address or number is in them, and they are replayed as they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import kit_autotask
import kit_halopsa
import pytest

from anypsa_conformance import CHECKS, HarnessError, Kit
from anypsa_conformance.checks import Driver, driven_by
from anypsa_conformance.linting import findings, recordings
from anypsa_conformance.pseudonyms import WORD, Pseudonyms
from anypsa_conformance.sandboxed import toml
from anypsa_conformance.tenants import record_tenant
from anypsa_sandbox import Sandbox

KITS = {"autotask": kit_autotask.KIT, "halopsa": kit_halopsa.KIT}
KEY = b"a key of the test"
# Words of the vendor's fields and of the sandbox's lists, reserved names, and the tenant that the kit names itself.
OF_THE_LANGUAGE = {
    *("example", "northwind", "Northwind"),
    *("Fields", "Legal", "Managed", "Service", "Services"),
}
PEOPLE = {
    "contacts": ("first_name", "last_name", "email", "phone", "mobile"),
    "technicians": ("first_name", "last_name", "email", "phone"),
    "companies": ("name", "phone"),
}


@pytest.fixture(params=KITS)
def tenant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Kit, Sandbox]]:
    """A kit whose recordings are to be made of a tenant, here a sandbox that is only read."""
    kit = replace(KITS[request.param], folder=tmp_path)
    with kit.small() as (sandbox, world):
        (tmp_path / "tenant.toml").write_text(toml(world), encoding="utf-8")
        yield kit, sandbox


def people(sandbox: Sandbox) -> set[str]:
    """Words that only people, and what belongs to them, are called by."""
    world = sandbox.world()
    texts = [str(row[column]) for table, columns in PEOPLE.items() for row in world.rows(table) for column in columns]
    return {word for text in texts for word in WORD.findall(text) if len(word) > 4} - OF_THE_LANGUAGE


def test_a_recorded_tenant_names_nobody_and_is_replayed(tenant: tuple[Kit, Sandbox]) -> None:
    kit, sandbox = tenant
    before = sandbox.world().digest()

    record_tenant(kit, sandbox.settings, [], key=KEY)

    published = recordings([kit.folder])
    made = [path for path in published if path.suffix == ".yaml"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*made, kit.folder / "world.toml"])
    told = {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
    assert len(made) == len([one for one in driven_by(Driver.CASSETTE) if Driver.TENANT in one.drivers])
    assert {
        word for word in people(sandbox) if word.casefold() in told and word.capitalize() not in OF_THE_LANGUAGE
    } == set()
    assert [finding for path in published for finding in findings(path)] == []
    assert text.count("# origin: tenant") == len(made)
    assert sandbox.world().digest() == before
    for face in ("asyncio", "trio"):
        kit.replay(CHECKS["tickets.list.text_without_case"], face)


def test_a_check_writes_to_a_tenant_only_when_it_is_named(tenant: tuple[Kit, Sandbox]) -> None:
    kit, sandbox = tenant
    count = len(sandbox.world().rows("tickets"))

    record_tenant(kit, sandbox.settings, ["tickets.create.as_asked"], key=KEY)

    assert len(sandbox.world().rows("tickets")) == count + 1
    kit.replay(CHECKS["tickets.create.as_asked"], "blocking")


def test_what_must_not_be_published_is_named_without_its_value_and_nothing_is_left(
    tenant: tuple[Kit, Sandbox], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, sandbox = tenant
    scratch = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    for row in sandbox.world().rows("tickets"):
        sandbox.world().change("tickets", row["id"], {"description": "the key is A1b2C3d4E5f6G7h8I9j0K1l2"})

    with pytest.raises(HarnessError) as refused:
        record_tenant(kit, sandbox.settings, [], key=KEY)

    assert "A1b2C3" not in str(refused.value)
    assert [path.name for path in kit.folder.iterdir()] == ["tenant.toml"]
    assert list(scratch.iterdir()) == []


def test_without_what_is_known_of_the_tenant_nothing_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(HarnessError):
        record_tenant(replace(kit_autotask.KIT, folder=tmp_path), kit_autotask.KIT.replayed, [], key=KEY)

    assert list(tmp_path.rglob("*.yaml")) == []


@pytest.fixture
def names() -> Pseudonyms:
    learnt = Pseudonyms(KEY, {"acme": "northwind"})
    learnt.learn({"items": [{"companyName": "O'Hare & Sons", "queueID": 5, "firstName": "Zoë"}], "Hare": 1})
    return learnt


def test_a_name_is_another_everywhere_and_the_same_in_every_spelling(names: Pseudonyms) -> None:
    other = names.text("Sons")

    assert other != "Sons"
    assert names.text("SONS, sons") == f"{other.upper()}, {other.lower()}"
    assert "Zoë" not in names.text("call Zoë")


def test_what_the_vendor_calls_its_fields_stays(names: Pseudonyms) -> None:
    assert names.told({"queueID": 5, "name": "queueID", "companyName": "Hare"}) == {
        "queueID": 5,
        "name": "queueID",
        "companyName": "Hare",
    }


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("mail zoe.ohare@acme-msp.com now", "acme"),
        ("call +49 (0)89 1234567", "1234567"),
        ("see https://acme.halopsa.com/tickets?id=4", "acme"),
    ],
)
def test_addresses_and_numbers_are_replaced_wherever_they_stand(names: Pseudonyms, text: str, gone: str) -> None:
    assert gone not in names.text(text)
    assert names.text(text) == names.text(text)


@pytest.mark.parametrize("text", ["2026-11-24T08:00:00Z", "12", "open", "", "id asc"])
def test_what_is_of_nobody_stays(names: Pseudonyms, text: str) -> None:
    assert names.text(text) == text


def test_another_key_makes_other_names(names: Pseudonyms) -> None:
    other = Pseudonyms(b"another", {})
    other.know("Sons")

    assert other.text("Sons") != names.text("Sons")


def test_a_known_value_is_what_the_replayed_settings_say(names: Pseudonyms) -> None:
    assert names.uri("https://acme.halopsa.com/auth/token?tenant=acme").endswith("/auth/token?tenant=northwind")
