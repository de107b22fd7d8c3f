"""Swift rows: the usual row straight from its bytes, of which only what the neutral model needs is decoded.

A typed decoder checks the types of a table's own fields and skips the rest of the row, which stays bytes until somebody
asks for `raw`. Whatever is unusual (a name in another case, a number as text, a field that is not there) is no business
of this module: such a row is read the long way, by `Table.decode`, whose errors count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import call, itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..document import Slice, parsed
from .codecs import MISSING, Context, Convert, Kept, Undecodable
from .exchange import Answer

if TYPE_CHECKING:
    from .table import Field, Table

Spelled = Callable[[Mapping[str, Any]], Mapping[str, Any]]
# TypeError: a value that cannot be remembered by, such as a list in the place of a number.
UNUSUAL: Final = (msgspec.MsgspecError, Undecodable, UnicodeError, RecursionError, TypeError)


class Custom(msgspec.Struct, gc=False):
    """A custom field, in a list of them. Its value is text as a rule; what is not is read the long way."""

    name: str
    value: str | None = None


def records(
    table: Table, answer: Answer, rows: Iterable[Slice], context: Context, spelled: Spelled = lambda row: row
) -> list[Any]:
    """The records of cut rows; raises `Unintelligible`. `spelled` puts a parsed row's names right."""
    if (swift := table.swift) is None:
        return [long(table, answer, row, context, spelled) for row in rows]
    known, read = context.readers.get(table.name, (None, None))
    if known is not swift or read is None:
        read = swift.reader(context)
        context.readers[table.name] = swift, read
    return [record if (record := read(row)) is not None else long(table, answer, row, context, spelled) for row in rows]


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
    """How the usual row of a table is decoded: the order of its values at each step, worked out once.

    A record starts as a copy of one with all defaults. Into it go the fields that hold what stands on the wire, then
    those that are converted, by loops that run in C.
    """

    def __init__(self, table: Table, blank: Mapping[str, Any]) -> None:
        self._model = table.kind.model
        self._blank = blank
        self._custom = table.customs is not None
        verbatim = [one for one in table.fields if one.derive is None and one.codec.verbatim]
        self._converted = [one for one in table.fields if one not in verbatim]
        self._names = tuple(one.name for one in (*verbatim, *self._converted))
        self._texts = [(one.name, value) for one in verbatim if (value := blank[one.name]) not in (None, MISSING)]
        types = {one.wire: self._type(one) for one in sorted(table.fields, key=lambda one: one.derive is None)}
        self._decode = decoder(types, table.customs)
        # One wire field may be read by several of ours, such as a status and what it means.
        places = {wire: place for place, wire in enumerate(types)}
        self._heads = picker(places[one.wire] for one in verbatim)
        self._tails = picker(places[one.wire] for one in self._converted)

    @classmethod
    def of(cls, table: Table, blank: Mapping[str, Any]) -> Swift | None:
        """The decoder of a table; None for one whose rows have to be read the long way."""
        alone = all((one.derive is None or one.alone) and one.codec.usual is not None for one in table.fields)
        return cls(table, blank) if alone and (table.customs or table.custom_fields is None) else None

    def _type(self, one: Field) -> Any:
        # What no record can do without is absent in unusual rows only.
        return one.codec.usual if self._blank[one.name] is MISSING and one.derive is None else one.codec.usual | None

    def reader(self, context: Context) -> Callable[[Slice], Any]:
        """What reads the rows of pages in one context, which share their frozen values; None is an unusual row."""
        decode, heads, tails, names, texts = self._decode, self._heads, self._tails, self._names, self._texts
        decoded, astuple, custom = self._model.decoded, msgspec.structs.astuple, self._custom
        converts = [self._convert(one, context) for one in self._converted]
        blank = {**self._blank, "tenant": context.tenant}

        def read(content: Slice) -> Any:
            values = blank.copy()
            try:
                row = astuple(decode(content))
                values.update(zip(names, (*heads(row), *map(call, converts, tails(row))), strict=True))
                if custom:
                    values["custom_fields"] = {one.name: one.value for one in row[-1] or ()}
            except UNUSUAL:
                return None
            for name, absent in texts:
                if values[name] is None:
                    values[name] = absent
            return decoded(values, bytes(content))

        return read

    def _convert(self, one: Field, context: Context) -> Convert:
        derive = one.derive
        if derive is not None:
            return Kept(lambda value: derive({one.wire: value}, context)).__getitem__
        return one.codec.converter(one.wire, context, self._blank[one.name])


def picker(places: Iterable[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """What takes the values at these places, in their order."""
    match tuple(places):
        case ():
            return lambda row: ()
        case (place,):
            return lambda row: (row[place],)
        case several:
            return itemgetter(*several)


def decoder(types: Mapping[str, Any], custom: str | None) -> Callable[[Slice], Any]:
    """The typed decoder of a row. Every field must be there; custom fields may be left out."""
    wires = [*types, *([custom] if custom else [])]
    names = {wire: f"at{place}" for place, wire in enumerate(wires)}
    members: list[Any] = [(names[wire], type) for wire, type in types.items()]
    if custom:
        members.append((names[custom], list[Custom] | None, None))
    shape = msgspec.defstruct("Row", members, rename={name: wire for wire, name in names.items()}, gc=False)
    return msgspec.json.Decoder(shape).decode
