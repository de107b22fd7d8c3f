"""Words: filters and values as they are typed. `state=open created>-7d title~vpn`, `priority=High assignee=`.

What a word's value may be follows from the field: the model says that `billable` is true or false, `due` a moment.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from anypsa import Expression, Invalid, Problem, filter_from_json
from anypsa.models import Kind, Sort
from anypsa.query import And, Compare, Operator, Or

OPERATORS: Final[Mapping[str, Operator]] = {
    "=": Operator.EQ,
    "!=": Operator.NE,
    "<": Operator.LT,
    "<=": Operator.LTE,
    ">": Operator.GT,
    ">=": Operator.GTE,
    "~": Operator.CONTAINS,
}
ABSENT: Final = {Operator.EQ: Operator.IS_NULL, Operator.NE: Operator.IS_NOT_NULL}
WORD: Final = re.compile(r"(?P<field>[A-Za-z_]+|custom\.[^=<>~!]+)(?P<op>!=|<=|>=|[=<>~])(?P<value>.*)", re.DOTALL)
CUSTOM: Final = "custom."
AGO: Final = re.compile(r"-(?P<count>\d{1,6})(?P<unit>[mhdw])")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
FILE: Final = "@"
STANDARD_INPUT: Final = "-"


def filters(kind: Kind[Any, ..., ...], words: Iterable[str], where: str | None, now: datetime) -> Expression:
    """All that the words and a filter in JSON say; of several words `field=...` for one field, any may hold."""
    problems: list[Problem] = []
    either: dict[str, list[Expression]] = {}
    every: list[Expression] = []
    for word in words:
        compare = comparison(kind, word, now, problems)
        if compare is not None and compare.op is Operator.EQ:
            either.setdefault(compare.field, []).append(compare)
        elif compare is not None:
            every.append(compare)
    if problems:
        raise Invalid(f"filter {kind.plural}", problems=problems)
    every.extend(Or(tuple(some)) if len(some) > 1 else some[0] for some in either.values())
    if where is not None:
        every.append(from_json(where))
    return And(tuple(every))


def comparison(kind: Kind[Any, ..., ...], word: str, now: datetime, problems: list[Problem]) -> Compare | None:
    """One word as a comparison; None where it is wrong, which is noted."""
    name, op, text = parted(word, OPERATORS, problems)
    if not op:
        return None
    field, custom = name.removeprefix(CUSTOM), name.startswith(CUSTOM)
    try:
        if not text:
            return Compare(field, absence(OPERATORS[op]), None, custom)
        return Compare(field, OPERATORS[op], READ.get(sort_of(kind, name), as_it_is)(text, now), custom)
    except ValueError as reason:
        problems.append(Problem(name, str(reason)))
        return None


def is_relative(word: str) -> bool:
    """Whether a word counts from now: what matches it changes with the hour."""
    match = WORD.fullmatch(word)
    return match is not None and AGO.fullmatch(match["value"]) is not None


def absence(op: Operator) -> Operator:
    """`field=` is for records without a value, `field!=` for those with one."""
    if op not in ABSENT:
        raise ValueError("needs a value to compare with")
    return ABSENT[op]


def sort_of(kind: Kind[Any, ..., ...], name: str) -> Sort:
    """What a field holds; of one that the model lacks the library says what is wrong with it."""
    return kind.traits[name].sort if name in kind.traits else Sort.TEXT


def values(kind: Kind[Any, ..., ...], words: Iterable[str], now: datetime) -> dict[str, Any]:
    """The values that words give to fields; `field=` clears it, `field=@notes.txt` takes a file's contents."""
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    custom: dict[str, str | None] = {}
    for word in words:
        name, op, text = parted(word, ["="], problems)
        if not op:
            continue
        if name in found or name.removeprefix(CUSTOM) in custom:
            problems.append(Problem(name, "is given twice"))
        try:
            if name.startswith(CUSTOM):
                custom[name.removeprefix(CUSTOM)] = text or None
            else:
                found[name] = value(kind, name, text, now)
        except ValueError as reason:
            problems.append(Problem(name, str(reason)))
    if problems:
        raise Invalid(f"read the values for {kind.plural}", problems=problems)
    return {**found, "custom_fields": custom} if custom else found


def value(kind: Kind[Any, ..., ...], name: str, text: str, now: datetime) -> Any:
    """One field's value, in the type that it holds; the line end that closes a file is not part of a text."""
    sort = sort_of(kind, name)
    if not text:
        return None
    if sort is Sort.BYTES:
        return content(text)
    if text.startswith(FILE * 2):
        text = text[1:]
    elif text.startswith(FILE):
        text = content(text).decode("utf-8").removesuffix("\n")
    return READ.get(sort, as_it_is)(text, now)


def content(text: str) -> bytes:
    """The bytes of the file that `@path` names, or of standard input (`@-`)."""
    if not text.startswith(FILE):
        raise ValueError("wants a file: @path, or @- for standard input")
    path = text.removeprefix(FILE)
    try:
        return sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{error.strerror}: {path!r}; a text that begins with @ is written @@...") from None


def parted(word: str, operators: Iterable[str], problems: list[Problem]) -> tuple[str, str, str]:
    """A word's field, operator and value; without an operator, and noted, if it is none."""
    match = WORD.fullmatch(word)
    if match is None or match["op"] not in operators:
        shapes = ", ".join(f"field{operator}value" for operator in operators)
        problems.append(Problem(None, f"{word!r} is not one of: {shapes}"))
        return word, "", ""
    return match["field"], match["op"], match["value"]


def from_json(text: str) -> Expression:
    """The filter that a JSON text says."""
    return filter_from_json(parsed(text, "--where"))


def parsed(text: str, name: str) -> Any:
    """JSON that somebody typed."""
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(f"read {name}", problems=[Problem(name, f"it is not JSON: {error}")]) from None


def as_it_is(text: str, now: datetime) -> str:
    return text


def truth(text: str, now: datetime) -> bool:
    if text.casefold() not in TRUTHS:
        raise ValueError(f"{text!r} is neither true nor false")
    return TRUTHS[text.casefold()]


def whole(text: str, now: datetime) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def hours(text: str, now: datetime) -> timedelta:
    try:
        return timedelta(seconds=round(float(text) * 3600))
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a number of hours") from None


def moment(text: str, now: datetime) -> datetime:
    """A moment: ISO 8601 with its zone, a day (from its beginning in UTC), or so long ago (-90m, -12h, -7d, -2w)."""
    if ago := AGO.fullmatch(text):
        return now - timedelta(**{UNITS[ago["unit"]]: int(ago["count"])})
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither an ISO 8601 time, nor a day, nor a while ago (-7d)") from None
    is_day = len(text) <= len("2026-01-01")
    return read.replace(tzinfo=UTC) if is_day and read.tzinfo is None else read


READ: Final[Mapping[Sort, Callable[[str, datetime], Any]]] = {
    Sort.BOOLEAN: truth,
    Sort.NUMBER: whole,
    Sort.DURATION: hours,
    Sort.INSTANT: moment,
}


def pairs(words: Sequence[str], name: str) -> dict[str, str]:
    """`name=value` words as they are, for parameters of a request."""
    problems = [Problem(name, f"{word!r} is not name=value") for word in words if "=" not in word]
    if problems:
        raise Invalid(f"read {name}", problems=problems)
    return dict(word.split("=", 1) for word in words)
