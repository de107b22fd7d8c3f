"""Answers: hints to wait in every form, and JSON that is none, or too deep, or hostile."""

from __future__ import annotations

import copy
import json
from email.utils import formatdate
from functools import partial
from typing import Any

import pytest

from anypsa import Unintelligible
from anypsa.document import DEPTH
from anypsa.secrecy import Secrets
from anypsa.session.session import beginning
from anypsa.spi import Answer

SERVER_NOW = formatdate(1_000_000_000, usegmt=True)


def answer(content: bytes = b"", **headers: str) -> Answer:
    return Answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, content, "GET Tickets")


@pytest.mark.trust("F11")
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1),
        ("0", 0),
        (" 30 ", 30),
        (formatdate(1_000_000_030, usegmt=True), 30),
        (formatdate(999_999_000, usegmt=True), 0),
        ("1e9", None),
        ("-5", None),
        ("abc", None),
        ("", None),
        ("3, 4", None),
        ("٣", None),
        ("Sun, 06 Nov 1994 08:49:37 +99999999999999", None),
    ],
)
def test_the_hint_to_wait_is_understood_or_left_aside(header: str, seconds: float | None) -> None:
    assert answer(retry_after=header, date=SERVER_NOW).retry_after() == seconds


@pytest.mark.trust("F11")
def test_no_header_is_no_hint() -> None:
    assert answer().retry_after() is None


NONSENSE = {
    "nothing": b"",
    "not a number": b'{"items": [NaN]}',
    "infinity": b"[Infinity, -Infinity]",
    "mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"id": 1}'.encode("utf-16"),
    "half a surrogate": b'["\\ud800"]',
    "bad UTF-8": b'["\xff"]',
    "cut": b'{"items": [1, 2',
    "two": b"{}{}",
    "comment": b"{} // fine",
    "single quotes": b"{'id': 1}",
    "a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "objects in the deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "endless number": b"[" + b"9" * 100_000 + b"]",
    "control character": b'["\x00"]',
}


@pytest.mark.trust("I1")
@pytest.mark.parametrize("content", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_sensible_json_is_an_error_of_ours(content: bytes) -> None:
    one = answer(content)

    with pytest.raises(Unintelligible):
        one.json()
    assert one.readable() is None


@pytest.mark.trust("I1")
def test_of_equal_keys_one_counts() -> None:
    assert answer(b'{"id": 1, "id": 2}').json() == {"id": 2}


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value, "b": []}
    return value


@pytest.mark.trust("I1")
@pytest.mark.parametrize(("levels", "taken"), [(DEPTH - 1, True), (DEPTH + 1, False), (150, False)])
def test_json_may_be_nested_so_deep_and_no_deeper(levels: int, taken: bool) -> None:
    assert (answer(json.dumps(nested(levels)).encode()).readable() is not None) is taken


@pytest.mark.trust("I1")
def test_a_string_of_thirty_megabytes_is_taken_as_it_is() -> None:
    assert len(answer(b'"' + b"x" * 30_000_000 + b'"').json()) == 30_000_000


def test_a_copy_of_an_answer_takes_no_secrets_along() -> None:
    one = Answer(200, {}, b"no JSON", "GET Tickets", partial(beginning, secrets=Secrets(["a secret"])))

    other = copy.deepcopy(one)

    assert (other, other.excerpt, one.excerpt) == (one, None, "no JSON")
