"""Codecs: how a value stands on the wire and in a model. Shared by all adapters; vendors' oddities are parameters."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar, Final

from ..models import Choice, Record, Ref

Labels = Mapping[str, Mapping[str, str]]


class Undecodable(ValueError):
    """A value on the wire that is of no type we know for its field."""


@dataclass(frozen=True, slots=True)
class Context:
    """What decoding a row needs besides the row: whose it is, and the labels of its choices by wire field.

    Rows repeat the same few choices and references; `memo` and what `readers` keep let them share frozen objects.
    """

    tenant: str
    labels: Labels = field(default_factory=dict)
    memo: dict[tuple[str, Any], Any] = field(default_factory=dict)
    readers: dict[str, tuple[object, Callable[[Any], list[Any]]]] = field(default_factory=dict)

    def label(self, wire: str, id: str) -> str | None:
        """What a value of a list is called."""
        return self.labels.get(wire, NO_LABELS).get(id)

    def keep(self, wire: str, value: Any, converted: Any) -> None:
        """Remembers what a value on the wire is in a model."""
        if len(self.memo) >= KEPT:
            self.memo.clear()
        self.memo[wire, value] = converted


Convert = Callable[[Any], Any]
Column = Callable[[Iterable[Any]], Iterable[Any]]
"""What converts the values that a field has in the rows of a page."""
KEPT: Final = 2_000
MISSING: Final = object()
"""In the place of a value that a record cannot do without."""


class Kept(dict[Any, Any]):
    """Converted values by what stands on the wire: rows repeat the same few, and no more than so many are kept."""

    def __init__(self, convert: Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        if len(self) >= KEPT:
            self.clear()
        self[value] = converted = self._convert(value)
        return converted


def kept(convert: Convert) -> Column:
    """The column of a field whose values are converted once for all rows that repeat them."""
    return partial(map, Kept(convert).__getitem__)


class Codec(ABC):
    """Turns one wire value into a model's value and back. Never called with None.

    `usual` is the type of JSON in which the value comes as a rule; rows that have it in another are read the long way.
    `verbatim`: what stands on the wire in its usual type is the model's value. `repeats`: rows of a page hold the same
    few values.
    """

    usual: Any = None
    verbatim: ClassVar[bool] = False
    repeats: ClassVar[bool] = False

    @abstractmethod
    def decode(self, value: Any, wire: str, context: Context) -> Any:
        """The model's value; raises `Undecodable`."""

    @abstractmethod
    def encode(self, value: Any) -> Any:
        """The wire's value, for bodies and for filters."""

    def usually(self, value: Any, wire: str, context: Context) -> Any:
        """The model's value of one in the usual type; raises `Undecodable`."""
        return self.decode(value, wire, context)

    def column(self, wire: str, context: Context, absent: Any) -> Column:
        """What decodes the values of a field that come in the usual type, or as None where they may be absent."""
        if self.verbatim:
            return present(absent)
        usually = self.usually

        def convert(value: Any) -> Any:
            return absent if value is None else usually(value, wire, context)

        return kept(convert) if self.repeats else partial(map, convert)


def present(absent: Any) -> Column:
    """The column of a field whose values are what stands on the wire."""
    if absent in (None, MISSING):
        return lambda values: values
    return lambda values: [absent if value is None else value for value in values]


class Text(Codec):
    """Text, as it is."""

    usual = str
    verbatim = True

    def decode(self, value: Any, wire: str, context: Context) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST:
            return str(value)
        raise Undecodable("not text")

    def encode(self, value: str) -> str:
        return value


class Number(Codec):
    """An id that is a whole number on the wire and opaque text in a model. Ids of 0 are real."""

    usual = int

    def decode(self, value: Any, wire: str, context: Context) -> str:
        return whole(value)

    def encode(self, value: str) -> int | str:
        # An id that is no number cannot exist; the vendor is asked for one that cannot exist either. Neither can
        # "007": the vendor would take it for 7, and the record it returns would not be the one asked for.
        return int(value) if PLAIN_NUMBER.fullmatch(value) else IMPOSSIBLE

    def column(self, wire: str, context: Context, absent: Any) -> Column:
        if absent is MISSING:
            return partial(map, str)
        return lambda values: [absent if value is None else str(value) for value in values]


IMPOSSIBLE: Final = -(2**31)
REMEMBERED: Final = (int, str)
"""Types of ids that are looked up by value: True is equal to 1, and no id."""
PLAIN_NUMBER: Final = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
LARGEST: Final = 10**40


def whole(value: Any) -> str:
    """A whole number as text, from 21, 21.0 or "21"."""
    if type(value) is int and abs(value) < LARGEST:  # nearly all are, and patterns are slow
        return str(value)
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case str() if re.fullmatch(r"-?\d+(\.0+)?", value.strip(), re.ASCII):
            return value.strip().partition(".")[0]
    raise Undecodable("not an id")


class Whole(Codec):
    """A whole number that counts or places something."""

    usual = int
    verbatim = True

    def decode(self, value: Any, wire: str, context: Context) -> int:
        return int(whole(value))

    def encode(self, value: int) -> int:
        return value


class Amount(Codec):
    """An exact number: money, quantities."""

    usual = int | float

    def decode(self, value: Any, wire: str, context: Context) -> Decimal:
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            raise Undecodable("not a number") from None
        if isinstance(value, bool) or not number.is_finite():
            raise Undecodable("not a number")
        return number

    def encode(self, value: Decimal) -> float:
        return float(value)


class Content(Codec):
    """Bytes, which JSON carries as base64."""

    usual = str

    def decode(self, value: Any, wire: str, context: Context) -> bytes:
        try:
            return b64decode(value, validate=True)
        except (ValueError, TypeError):
            raise Undecodable("not base64") from None

    def encode(self, value: bytes) -> str:
        return b64encode(value).decode()


class Flag(Codec):
    """True or false, which some vendors write as 0 and 1; `inverted`: the vendor's field says the opposite."""

    usual: Any = bool
    repeats = True

    def __init__(self, *, integer: bool = False, inverted: bool = False) -> None:
        self.integer = integer
        self.inverted = inverted
        if integer:
            self.usual = int | bool

    def decode(self, value: Any, wire: str, context: Context) -> bool:
        if not isinstance(value, bool) and value not in (0, 1, "0", "1", "true", "false"):
            raise Undecodable("not true or false")
        return (value in (True, 1, "1", "true")) is not self.inverted

    def encode(self, value: bool) -> bool | int:
        told = value is not self.inverted
        return int(told) if self.integer else told


PART_OF_HOUR: Final = timedelta(hours=1) / 10_000


class Hours(Codec):
    """A duration that is decimal hours on the wire, to four places: whole seconds come back as they went.

    It is cut, and not rounded: nobody is billed for more than what was worked.
    """

    usual = int | float
    repeats = True

    def decode(self, value: Any, wire: str, context: Context) -> timedelta:
        try:
            return timedelta(seconds=int((Decimal(str(value)) * 3600).to_integral_value()))
        except (ArithmeticError, ValueError, TypeError):
            raise Undecodable("not hours") from None

    def encode(self, value: timedelta) -> float:
        return value // PART_OF_HOUR / 10_000


class Instant(Codec):
    """A moment in ISO 8601, with any number of fraction digits; without an offset it is UTC."""

    usual = str

    def decode(self, value: Any, wire: str, context: Context) -> datetime:
        if not isinstance(value, str):
            raise Undecodable("not a time")
        return moment(value)

    def column(self, wire: str, context: Context, absent: Any) -> Column:
        told, utc = datetime.fromisoformat, UTC

        def convert(values: Iterable[str | None]) -> list[Any]:
            try:
                return [
                    absent if value is None else found if (found := told(value)).tzinfo is utc else in_utc(found)
                    for value in values
                ]
            except (ValueError, OverflowError):
                raise Undecodable("not a time") from None

        return convert

    def encode(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The moment that a text tells; raises `Undecodable`."""
    try:
        return in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Undecodable("not a time") from None


def in_utc(told: datetime) -> datetime:
    """The same moment in UTC, which is meant where no offset is told."""
    if told.tzinfo is UTC:
        return told
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


class Picked(Codec):
    """A value of a tenant's list: a whole number on the wire, a `Choice` with its label in a model."""

    usual = int
    repeats = True

    def decode(self, value: Any, wire: str, context: Context) -> Choice:
        found: Choice | None = context.memo.get((wire, value)) if type(value) in REMEMBERED else None
        if found is None:
            found = self.usually(whole(value), wire, context)
            context.keep(wire, value, found)
        return found

    def usually(self, value: int | str, wire: str, context: Context) -> Choice:
        return Choice.made(id := str(value), context.label(wire, id))

    def encode(self, value: str) -> int | str:
        return NUMBER.encode(value)


class Pointer(Codec):
    """The id of another record: a whole number on the wire, a `Ref` in a model."""

    usual = int
    repeats = True

    def __init__(self, target: type[Record]) -> None:
        self.target = target

    def decode(self, value: Any, wire: str, context: Context) -> Ref[Any]:
        found: Ref[Any] | None = context.memo.get((wire, value)) if type(value) in REMEMBERED else None
        if found is None:
            found = self.usually(whole(value), wire, context)
            context.keep(wire, value, found)
        return found

    def usually(self, value: int | str, wire: str, context: Context) -> Ref[Any]:
        return self.ref.made(context.tenant, id := str(value), context.label(wire, id))

    @cached_property
    def ref(self) -> type[Ref[Any]]:
        """The reference's own type; made when it is first needed, since pydantic builds a class for it."""
        return Ref[self.target]  # type: ignore[name-defined]  # a type that is known only here

    def encode(self, value: str) -> int | str:
        return NUMBER.encode(value)


NO_LABELS: Final[Mapping[str, str]] = {}
TEXT: Final = Text()
NUMBER: Final = Number()
WHOLE: Final = Whole()
AMOUNT: Final = Amount()
CONTENT: Final = Content()
FLAG: Final = Flag()
HOURS: Final = Hours()
INSTANT: Final = Instant()
PICKED: Final = Picked()


def custom_fields(items: Any) -> dict[str, str | None]:
    """Custom fields from a list of name and value, as text."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise Undecodable("not a list of custom fields")
    values: dict[str, str | None] = {}
    for item in items:
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            raise Undecodable("a custom field without a name")
        value = item.get("value")
        values[item["name"]] = None if value is None else str(value)
    return values
