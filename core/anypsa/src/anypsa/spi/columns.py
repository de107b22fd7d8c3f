"""Columns: the records of rows that are parsed already, converted field by field instead of row by row.

For vendors whose rows are looked at before they become records, or leave out what is null, so that none is the usual
one (see `swift` for those that are). A value that rows of a page repeat is converted once. Whatever stands out goes row
by row, by `Table.decode`, whose values and errors count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from .codecs import MISSING, Context, Kept, Undecodable

if TYPE_CHECKING:
    from .table import Field, Table

Row = Mapping[str, Any]
REPEATED: Final = frozenset({str, int, bool, float})
"""Types of values that can be remembered by."""
FEW: Final = 12
"""So many rows cost less one by one: columns take some 100 us before the first row, and a row alone takes 20."""


def decoded(table: Table, rows: Sequence[Row], context: Context, blank: Mapping[str, Any]) -> list[Any]:
    """The records of rows; `blank` is one without a row, `MISSING` where a record needs the row."""
    if len(rows) <= FEW:
        return [table.decode(row, context) for row in rows]
    try:
        return in_columns(table, rows, context, blank)
    except Undecodable:
        return [table.decode(row, context) for row in rows]


def in_columns(table: Table, rows: Sequence[Row], context: Context, blank: Mapping[str, Any]) -> list[Any]:
    """The records of rows; raises `Undecodable`, naming no row."""
    held = [{**blank, "tenant": context.tenant} for _ in rows]
    told: dict[str, list[Any]] = {}

    def column(wire: str) -> list[Any]:
        if wire not in told:
            told[wire] = [row.get(wire) for row in rows]
        return told[wire]

    for one in table.fields:
        if one.derive is None:
            put(held, one.name, plain(one, column(one.wire), context, blank[one.name]))
        elif reads := (one.wire,) if one.alone else one.reads:
            put(held, one.name, derived(one.derive, reads, [column(wire) for wire in reads], context))
        else:
            put(held, one.name, [one.derive(row, context) for row in rows])
    if table.custom_fields is not None:
        put(held, "custom_fields", map(table.custom_fields, rows))
    needed = [name for name in blank if name in table.required]
    records: list[Any] = table.kind.model.decoded_all(held, rows)
    for place, values in enumerate(held):
        if any(values[name] is None or values[name] is MISSING for name in needed):
            records[place] = table.decode(rows[place], context)
    return records


def put(held: Iterable[dict[str, Any]], name: str, column: Iterable[Any]) -> None:
    """Gives each record its value of a field."""
    for values, value in zip(held, column, strict=True):
        values[name] = value


def plain(one: Field, values: Sequence[Any], context: Context, absent: Any) -> Iterable[Any]:
    """The column of a field that stands in one of the vendor's."""
    kinds = kinds_of(values)
    if kinds <= {str} and one.codec.usual is str:
        return one.codec.column(one.wire, context, absent)(values)

    def convert(value: Any) -> Any:
        return absent if value is None else one.codec.decode(value, one.wire, context)

    return once(convert, values, kinds)


def derived(
    derive: Callable[[Row, Context], Any], reads: Sequence[str], columns: Sequence[Sequence[Any]], context: Context
) -> Iterable[Any]:
    """The column of a field that is told by those of the vendor's that it reads."""

    def convert(values: tuple[Any, ...]) -> Any:
        return derive(dict(zip(reads, values, strict=True)), context)

    told = list(zip(*columns, strict=True))
    same = all(len(kinds) <= 1 and kinds <= REPEATED for kinds in map(kinds_of, columns))
    return map(Kept(convert).__getitem__ if same else convert, told)


def once(convert: Callable[[Any], Any], values: Sequence[Any], kinds: set[type]) -> Iterable[Any]:
    """The values converted, equal ones once. 1, 1.0 and True are equal, and not the same to a codec."""
    if not kinds <= REPEATED:
        return map(convert, values)
    if len(kinds) <= 1:
        return map(Kept(convert).__getitem__, values)
    return map(Kept(lambda typed: convert(typed[1])).__getitem__, zip(map(type, values), values, strict=True))


def kinds_of(values: Iterable[Any]) -> set[type]:
    """The types of the values that are there."""
    return set(map(type, values)) - {NoneType}
