"""Categories: what automations begin with, and what they keep away from."""

from __future__ import annotations

import pytest

from anypsa import Classification
from anypsa_automation.categories import CATEGORIES, Care, care_for


def classified(*words: str) -> Classification:
    return Classification(frozenset(words))


@pytest.mark.row("S129", "S130", call="anypsa_automation.categories.CATEGORIES")
@pytest.mark.parametrize(("word", "care"), [
    ("Licensing", Care.SAFE), ("recurring incidents", Care.SAFE), ("docs", Care.SAFE), ("Status update", Care.SAFE),
    ("project codes", Care.CAUTION), ("Hardware", Care.CAUTION), ("several contracts", Care.CAUTION),
])  # fmt: skip
def test_a_category_is_known_by_what_desks_call_it(word: str, care: Care) -> None:
    assert care_for(classified(word)) is care


def test_caution_beats_safe_and_what_nobody_names_wants_caution() -> None:
    assert care_for(classified("licences", "hardware")) is Care.CAUTION
    assert care_for(classified("who knows")) is care_for(classified()) is Care.CAUTION


def test_no_word_stands_for_two_categories() -> None:
    words = [word for one in CATEGORIES.values() for word in one.words]

    assert len(words) == len(set(words))
