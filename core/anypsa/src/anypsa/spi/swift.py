"""Swift rows: the usual row straight from its bytes, of which only what the neutral model needs is decoded.

A typed decoder checks the types of a table's own fields and skips the rest of the row, which stays bytes until somebody
asks for `raw`. A page is then converted field by field instead of row by row, in loops that run in C. Whatever is unusual
(a name in another case, a number as text, a field that is not there) is no business of this module: such a row is read
the long way, by `Table.decode`, whose errors count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, overload

import msgspec

from ..document import Slice, parsed
from .codecs import MISSING, Column, Context, Kept, Undecodable, kept
from .exchange import Answer

if TYPE_CHECKING:
    from .table import Field, Table

Read = Callable[[Sequence[Slice]], list[Any]]
Spelled = Callable[[Mapping[str, Any]], Mapping[str, Any]]
# TypeError: a value that cannot be remembered by, such as a list in the place of a number.
UNUSUAL: Final = (msgspec.MsgspecError, Undecodable, UnicodeError, RecursionError, TypeError)


class Custom(msgspec.Struct, gc=False):
    """A custom field, in a list of them. Its value is text as a rule; what is not is read the long way."""

    name: str
    value: str | None = None


class Rows(Sequence[Any]):
    """The records of a page whose rows are decoded when somebody looks at them: a part of them, or one.

    What is decoded is not kept here, so that a page which waits for its turn takes no more room than it came with.
    """

    def __init__(self, rows: Sequence[Slice], read: Read) -> None:
        self._rows = rows
        self._read = read
        self._alone: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return self._read(self._rows[place])
        if place not in self._alone:
            (self._alone[place],) = self._read([self._rows[place]])
        return self._alone[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read(self._rows))


def records(
    table: Table, answer: Answer, rows: Sequence[Slice], context: Context, spelled: Spelled = lambda row: row
) -> Rows:
    """The records of cut rows; going through them raises `Unintelligible`. `spelled` puts a parsed row's names right."""

    def one(row: Slice) -> Any:
        return long(table, answer, row, context, spelled)

    if (swift := table.swift) is None:
        return Rows(rows, lambda some: list(map(one, some)))
    known, read = context.readers.get(table.name, (None, None))
    if known is not swift or read is None:
        read = swift.reader(context)
        context.readers[table.name] = swift, read
    return Rows(rows, partial(read_halves, read=read, one=one))


def read_halves(rows: Sequence[Slice], read: Read, one: Callable[[Slice], Any]) -> list[Any]:
    """The records of rows, all at once; around an unusual row, halves of halves, until it is read alone."""
    if not rows:
        return []
    try:
        return read(rows)
    except UNUSUAL:
        if len(rows) == 1:
            return [one(rows[0])]
    middle = len(rows) // 2
    return read_halves(rows[:middle], read, one) + read_halves(rows[middle:], read, one)


def long(table: Table, answer: Answer, content: Slice, context: Context, spelled: Spelled) -> Any:
    """The record of one row, read the long way."""
    try:
        row = parsed(bytes(content))
    except ValueError:
        raise answer.unintelligible("it is not JSON") from None
    if not isinstance(row, dict):
        raise answer.unintelligible("its list holds something else than records")
    return table.decode(spelled(row), context)


class Swift:
    """How the usual rows of a table are decoded: a column for each field of a record, in the order of its fields."""

    def __init__(self, table: Table, blank: Mapping[str, Any]) -> None:
        self._model = table.kind.model
        self._blank = blank
        self._custom = table.customs is not None
        self._fields = table.fields
        types = {one.wire: self._type(one) for one in sorted(table.fields, key=lambda one: one.derive is None)}
        # One wire field may be read by several of ours, such as a status and what it means.
        self._places = {wire: place for place, wire in enumerate(types)}
        self._decode = decoder(types, table.customs)

    @classmethod
    def of(cls, table: Table, blank: Mapping[str, Any]) -> Swift | None:
        """The decoder of a table; None for one whose rows have to be read the long way."""
        alone = all((one.derive is None or one.alone) and one.codec.usual is not None for one in table.fields)
        return cls(table, blank) if alone and (table.customs or table.custom_fields is None) else None

    def _type(self, one: Field) -> Any:
        # What no record can do without is absent in unusual rows only.
        return one.codec.usual if self._blank[one.name] is MISSING and one.derive is None else one.codec.usual | None

    def reader(self, context: Context) -> Read:
        """What reads the rows of pages in one context, which share their frozen values; raises one of `UNUSUAL`."""
        decode, astuple, custom = self._decode, msgspec.structs.astuple, self._custom
        decoded: Callable[..., list[Any]] = self._model.decoded_all
        blank = {**self._blank, "tenant": context.tenant}
        columns = [(one.name, self._places[one.wire], self._column(one, context)) for one in self._fields]
        known = Kept(named)

        def read(rows: Sequence[Slice]) -> list[Any]:
            told = list(zip(*map(astuple, map(decode, rows)), strict=True))
            records = [
                blank.copy() for _ in rows
            ]  # a copy has its room already, which a dictionary that grows has to make
            # Columns are as long as the page; strict=True takes a fifth longer.
            for name, place, column in columns:
                for values, value in zip(records, column(told[place]), strict=False):
                    values[name] = value
            if custom:
                for values, items in zip(records, map(bytes, told[-1]), strict=False):
                    # A dictionary of its own for each record: nothing keeps whoever has one from changing it.
                    values["custom_fields"] = known[items].copy() if len(items) <= SHORT else named(items)
            return decoded(records, map(bytes, rows))

        return read

    def _column(self, one: Field, context: Context) -> Column:
        derive = one.derive
        if derive is not None:
            return kept(lambda value: derive({one.wire: value}, context))
        return one.codec.column(one.wire, context, self._blank[one.name])


def named(content: bytes) -> dict[str, str | None]:
    """The custom fields of a list of them."""
    return {one.name: one.value for one in CUSTOMS.decode(content) or ()}


CUSTOMS: Final = msgspec.json.Decoder(list[Custom] | None)
NO_CUSTOMS: Final = Slice(b"null")
SHORT: Final = 1_000
"""Bytes: longer lists of custom fields hold texts, which no other row repeats."""


def decoder(types: Mapping[str, Any], custom: str | None) -> Callable[[Slice], Any]:
    """The typed decoder of a row. Every field must be there; custom fields may be left out."""
    wires = [*types, *([custom] if custom else [])]
    names = {wire: f"at{place}" for place, wire in enumerate(wires)}
    members: list[Any] = [(names[wire], type) for wire, type in types.items()]
    if custom:
        # Cut out only: many rows hold the same ones, most of all none, and those are decoded once.
        members.append((names[custom], Slice, NO_CUSTOMS))
    shape = msgspec.defstruct("Row", members, rename={name: wire for wire, name in names.items()}, gc=False)
    return msgspec.json.Decoder(shape).decode
