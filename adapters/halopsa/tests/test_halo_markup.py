"""Notes: plain text first, what the HTML says where that is all there is, and HTML that is safe to show."""

from __future__ import annotations

from typing import Any

import pytest

from anypsa import Note
from anypsa.spi import Context
from anypsa_halopsa.codecs import STATES
from anypsa_halopsa.tables import NOTES

pytestmark = pytest.mark.trust("I5")


def note(**row: Any) -> Note:
    decoded: Note = NOTES.decode({"id": 7, "ticket_id": 4, **row}, Context("halopsa-x", {STATES: {}, "outcome_id": {}}))
    return decoded


def test_the_plain_text_is_the_body() -> None:
    assert note(note="a < b", note_html="<p>other</p>").body == "a < b"


@pytest.mark.parametrize("plain", [{}, {"note": None}, {"note": ""}])
def test_the_body_is_what_the_html_says_where_there_is_nothing_else(plain: dict[str, Any]) -> None:
    found = note(**plain, note_html="<p>Hello &lt;you&gt;</p>line<br>line<script>alert(1)</script>")

    assert found.body == "Hello <you>\nline\nline"


def test_the_html_is_safe_to_show() -> None:
    found = note(note="x", note_html='<b onclick="x">Hi</b><img src=x onerror=alert(1)><a href="javascript:x">y</a>')

    assert found.html == '<b>Hi</b><a rel="noopener noreferrer nofollow">y</a>'


def test_a_note_without_html_has_none() -> None:
    assert (note(note="x").html, note().body) == (None, "")
