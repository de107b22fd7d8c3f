"""Models: frozen data with an identity, equal by what they say and not by the vendor's row."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import ValidationError
from ticket_filters import NOON, TENANT, ticket

from anypsa import Asset, Choice, Company, Contact, Id, Name, Note, Queue, Record, Ref, Technician, Ticket, models
from anypsa.models import Kind, Sort

ACME = Company(tenant=TENANT, id="7", name="Acme")


def with_row(record: Ticket, row: dict[str, Any]) -> Ticket:
    other = record.model_copy()
    other._raw = row
    return other


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError):
        ticket().title = "other"  # type: ignore[misc]  # the mistake under test


def test_the_vendors_row_is_no_part_of_equality_hash_repr_or_dump() -> None:
    one = with_row(ticket(title="a"), {"secretOfTheVendor": 1})
    other = with_row(ticket(title="a"), {"another": 2})

    assert one == other
    assert hash(one) == hash(other)
    assert "secretOfTheVendor" not in repr(one) + str(one.model_dump()) + one.model_dump_json()


def test_the_row_is_there_for_who_asks() -> None:
    assert with_row(ticket(), {"anything": 1}).raw == {"anything": 1}


@pytest.mark.parametrize("change", [{"title": "b"}, {"id": "2"}, {"tenant": "there"}, {"custom_fields": {"a": "b"}}])
def test_records_that_say_different_things_differ(change: dict[str, Any]) -> None:
    assert ticket(title="a") != ticket(**{"title": "a", **change})


def test_records_of_different_models_differ() -> None:
    assert Queue(tenant=TENANT, id="7") != Technician(tenant=TENANT, id="7")


@pytest.mark.parametrize("record", [ticket(title="é", created=NOON, custom_fields={"a": None}), ACME])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_records_survive_pickling(record: Record, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(record, protocol)) == record


def test_a_pickled_record_keeps_its_row_and_its_relations() -> None:
    whole = with_row(ticket(company=Ref[Company](tenant=TENANT, id="7", record=ACME)), {"a": 1})

    back = pickle.loads(pickle.dumps(whole))

    assert back.raw == {"a": 1}
    assert back.company.record == ACME


def test_records_can_be_copied() -> None:
    assert copy.deepcopy(ticket(title="a")) == ticket(title="a")


def test_every_record_and_reference_carries_its_tenant() -> None:
    assert ticket().tenant == ticket().company.tenant == TENANT


@pytest.mark.parametrize(("shown", "words"), [(Choice(id="5", label="New"), "New"), (Choice(id="5"), "5")])
def test_a_choice_shows_its_label_else_its_id(shown: Choice, words: str) -> None:
    assert str(shown) == words


@pytest.mark.parametrize(
    ("shown", "words"), [(Ref(tenant=TENANT, id="7", name="Acme"), "Acme"), (Ref(tenant=TENANT, id="7"), "7")]
)
def test_a_reference_shows_its_name_else_its_id(shown: Ref[Any], words: str) -> None:
    assert str(shown) == words


def test_people_are_called_by_first_and_last_name() -> None:
    contact = Contact(tenant=TENANT, id="1", company=ticket().company, first_name="Ada", last_name="Byron")

    assert contact.name == "Ada Byron"
    assert Technician(tenant=TENANT, id="1", last_name="Byron").name == "Byron"


def test_unknown_attributes_are_refused() -> None:
    with pytest.raises(ValidationError):
        Company(tenant=TENANT, id="7", nmae="Acme")  # type: ignore[call-arg]  # the mistake under test


def test_ids_and_names_are_texts_that_say_what_they_are() -> None:
    assert Id("5") == Name("5") == "5"
    assert not isinstance(Id("5"), Name)


KINDS = list(models.KINDS.values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_every_field_has_a_sort(kind: Kind[Any, ..., ...]) -> None:
    assert set(kind.traits) == set(kind.model.model_fields) - {"tenant", "custom_fields"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_what_can_be_written_is_a_field_of_the_model(kind: Kind[Any, ..., ...]) -> None:
    known = set(kind.model.model_fields)

    assert kind.required <= kind.creatable <= known
    assert kind.changeable <= known


def test_relations_know_their_target() -> None:
    assert models.TICKETS.traits["asset"].target is Asset
    assert models.NOTES.traits["ticket"].target is Ticket
    assert models.TICKETS.traits["company"].sort is Sort.REFERENCE


def test_a_note_cannot_be_created_without_saying_who_may_read_it() -> None:
    assert "visibility" in models.NOTES.required
    assert Note.model_fields["visibility"].default is None
