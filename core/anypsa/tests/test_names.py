"""Callers are found by what was said of their names so far, among those who are there now."""

from __future__ import annotations

import pytest

from anypsa import Contact
from anypsa.operations.names import Book

PEOPLE = (
    "Jo Smith",
    "Joanna Smart",
    "John Smith",
    "Li Wang",
    "Anna Lindt",
    "Zoë Núñez",
    "Łukasz O'Brien-Meyer",
    "Jo Abel",
)


def person(id: str, name: str, *, active: bool = True) -> Contact:
    first, last = name.split(" ", 1)
    company = {"tenant": "t", "id": "1"}
    return Contact(tenant="t", id=id, first_name=first, last_name=last, active=active, company=company)


@pytest.fixture
def book() -> Book:
    return Book((person(str(number), name) for number, name in enumerate(PEOPLE)), "", 0.0)


def found(book: Book, text: str, limit: int = 5) -> list[str]:
    return [one.name for one in book.find(text, limit)]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("jo sm", ["Jo Smith", "Joanna Smart", "John Smith"]),
        ("smith jo", ["Jo Smith", "John Smith"]),
        ("jo", ["Jo Abel", "Jo Smith", "Joanna Smart", "John Smith"]),
        ("li", ["Li Wang", "Anna Lindt"]),
        ("ZOE nunez", ["Zoë Núñez"]),
        ("lukasz obrien", ["Łukasz O'Brien-Meyer"]),
        ("meyer", ["Łukasz O'Brien-Meyer"]),
        ("jhon smith", ["John Smith"]),
        ("smyth", ["Jo Smith", "John Smith"]),
        ("xavier", []),
        ("?!", []),
    ],
)
def test_who_is_called_so_comes_first_then_who_begins_so_then_who_is_called_nearly_so(
    book: Book, said: str, meant: list[str]
) -> None:
    assert found(book, said) == meant


def test_no_more_are_found_than_asked_for(book: Book) -> None:
    assert found(book, "jo", 2) == ["Jo Abel", "Jo Smith"]


def test_who_was_changed_is_found_by_the_new_name_and_who_left_by_none(book: Book) -> None:
    changed = [person("0", "Jo Miller"), person("3", "Li Wang", active=False), person("9", "Jo Smithers")]
    book.turn(changed, "", 1.0)

    assert found(book, "jo sm") == ["Jo Smithers", "Joanna Smart", "John Smith"]
    assert found(book, "jo mil") == ["Jo Miller"]
    assert found(book, "li wang") == []
    assert len(book) == len(PEOPLE)
