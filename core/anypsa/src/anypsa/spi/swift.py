"""Swift rows: the usual row straight from its bytes, of which only what the neutral model needs is decoded.

A typed decoder checks the types of a table's own fields and skips the rest of the row, which stays bytes until somebody
asks for `raw`. Whatever is unusual (a name in another case, a number as text, a field that is not there) is no business
of this module: such a row is read the long way, by `Table.decode`, whose errors count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..document import Slice, parsed
from .codecs import Context, Convert, Kept, Undecodable
from .exchange import Answer

if TYPE_CHECKING:
    from .table import Field, Table

Spelled = Callable[[Mapping[str, Any]], Mapping[str, Any]]
# TypeError: a value that cannot be remembered by, such as a list in the place of a number.
UNUSUAL: Final = (msgspec.MsgspecError, Undecodable, UnicodeError, RecursionError, TypeError)
MISSING: Final = object()
"""In the place of a value that a record cannot do without."""


class Custom(msgspec.Struct, gc=False):
    """A custom field, in a list of them."""

    name: str
    value: str | int | float | bool | None = None


def records(
    table: Table, answer: Answer, rows: Iterable[Slice], context: Context, spelled: Spelled = lambda row: row
) -> list[Any]:
    """The records of cut rows; raises `Unintelligible`. `spelled` puts a parsed row's names right."""
    swift = table.swift
    usual = (lambda row: None) if swift is None else swift.reader(context)
    return [
        record if (record := usual(row)) is not None else long(table, answer, row, context, spelled) for row in rows
    ]


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

    Fields that hold what stands on the wire come first, then those that are converted, custom fields, and what is the
    same in all records.
    """

    def __init__(self, table: Table, order: Sequence[str], defaults: Mapping[str, Any]) -> None:
        self._model = table.kind.model
        self._defaults = defaults
        fields = sorted(table.fields, key=lambda one: one.derive is not None or not one.codec.verbatim)
        count = sum(one.derive is None and one.codec.verbatim for one in fields)
        self._verbatim, self._converted = fields[:count], fields[count:]
        types = {one.wire: one.codec.usual | None for one in sorted(fields, key=lambda one: one.derive is None)}
        self._decode, self._custom = decoder(types, table.customs), table.customs is not None
        # One wire field may be read by several of ours, such as a status and what it means.
        places = {wire: place for place, wire in enumerate(types)}
        self._heads = itemgetter(*(places[one.wire] for one in self._verbatim), *PAIR)
        self._tails = itemgetter(*(places[one.wire] for one in self._converted), *PAIR)
        own = [*(one.name for one in fields), *(["custom_fields"] if self._custom else [])]
        self._constant = [name for name in order if name not in own]
        arranged = [*own, *self._constant]
        self._names = order
        self._arranged = itemgetter(*(arranged.index(name) for name in order))

    @classmethod
    def of(cls, table: Table, order: Sequence[str], defaults: Mapping[str, Any]) -> Swift | None:
        """The decoder of a table; None for one whose rows have to be read the long way."""
        alone = all((one.derive is None or one.alone) and one.codec.usual is not None for one in table.fields)
        return cls(table, order, defaults) if alone and (table.customs or table.custom_fields is None) else None

    def reader(self, context: Context) -> Callable[[Slice], Any]:
        """What reads the rows of one page, which share their frozen values; it gives None for an unusual row."""
        decode, heads, tails, arranged, names = self._decode, self._heads, self._tails, self._arranged, self._names
        decoded, astuple, custom, verbatim = (
            self._model.decoded,
            msgspec.structs.astuple,
            self._custom,
            len(self._verbatim),
        )
        converts = [self._convert(one, context) for one in self._converted]
        constants = tuple(context.tenant if name == "tenant" else self._defaults[name] for name in self._constant)
        absent = [
            (place, value) for place, one in enumerate(self._verbatim) if (value := self._absent(one)) is not None
        ]
        required = [place for place, name in enumerate(names) if name not in self._defaults and name != "tenant"]

        def read(content: Slice) -> Any:
            try:
                row = astuple(decode(content))
                values = [*heads(row)[:verbatim]]
                values += [convert(value) for convert, value in zip(converts, tails(row), strict=False)]
                if custom:
                    values.append(customs(row[-1]))
            except UNUSUAL:
                return None
            for place, value in absent:
                if values[place] is None:
                    values[place] = value
            whole = arranged((*values, *constants))
            for place in required:
                if whole[place] is MISSING:
                    return None
            return decoded(dict(zip(names, whole, strict=True)), bytes(content))

        return read

    def _absent(self, one: Field) -> Any:
        return self._defaults.get(one.name, MISSING)

    def _convert(self, one: Field, context: Context) -> Convert:
        derive = one.derive
        if derive is not None:
            return Kept(lambda value: derive({one.wire: value}, context)).__getitem__
        return one.codec.converter(one.wire, context, self._absent(one))


PAIR: Final = (0, 0)
"""An itemgetter of one place gives no tuple; these are left out again."""


def decoder(types: Mapping[str, Any], custom: str | None) -> Callable[[Slice], Any]:
    """The typed decoder of a row. Every field must be there; custom fields may be left out."""
    wires = [*types, *([custom] if custom else [])]
    names = {wire: f"at{place}" for place, wire in enumerate(wires)}
    members: list[Any] = [(names[wire], type) for wire, type in types.items()]
    if custom:
        members.append((names[custom], list[Custom] | None, None))
    shape = msgspec.defstruct("Row", members, rename={name: wire for wire, name in names.items()}, gc=False)
    return msgspec.json.Decoder(shape).decode


def customs(listed: Sequence[Custom] | None) -> dict[str, str | None]:
    """Custom fields as text."""
    return {
        one.name: value if (value := one.value) is None or value.__class__ is str else str(value)
        for one in listed or ()
    }
