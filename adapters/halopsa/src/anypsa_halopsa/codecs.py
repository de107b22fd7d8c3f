"""Codecs: HaloPSA's own ways with values (wire/halopsa.md 7). Sentinels are told field by field, never globally."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from anypsa import models
from anypsa.attachments import safe_name
from anypsa.markup import sanitised
from anypsa.spi import AMOUNT, HOURS, INSTANT, PICKED, TEXT, WHOLE, Codec, Column, Context, Pointer, Undecodable

FIRST_REAL_YEAR: Final = 1981
UNKNOWN_CLIENT: Final = "1"
UNASSIGNED: Final = "1"
NONE: Final = frozenset({"", "0", "-1", "None"})
# What decoding is told beside the labels of fields.
STATES: Final = "state"
TEAM_IDS: Final = "team ids"
TEAMS: Final = "teams"
SLA_NAMES: Final = "priorities by SLA"
CONTRACT_KINDS: Final = "contract kinds"
RECURRING: Final = "_recurring"
"""Ours, not the vendor's: marks a row that came from the list of recurring invoices."""
NO_LABELS: Final[Mapping[str, str]] = {}


def whole(value: Any) -> str:
    """A number as its plain text, from 21, 21.0 or "21" (7.4); what is none stays as it is."""
    return str(value).strip().removesuffix(".0")


class Unless(Codec):
    """A codec, but for the values that mean "none" in this field."""

    def __init__(self, codec: Codec, *none: Any) -> None:
        self.codec = codec
        self.none = frozenset(map(str, none))

    def decode(self, value: Any, wire: str, context: Context) -> Any:
        plain = whole(value)
        return None if plain in self.none or plain == "" else self.codec.decode(value, wire, context)

    def encode(self, value: Any) -> Any:
        return self.codec.encode(value)


class Moment(Codec):
    """A time: naive text that means UTC; years up to 1980 mean that there is none."""

    usual = str

    def decode(self, value: Any, wire: str, context: Context) -> datetime | None:
        if value == "":
            return None
        moment: datetime = INSTANT.decode(value, wire, context)
        return moment if moment.year >= FIRST_REAL_YEAR else None

    def column(self, wire: str, context: Context, absent: Any) -> Column:
        moments = INSTANT.column(wire, context, None)

        def convert(values: Iterable[str | None]) -> list[Any]:
            told = list(values)
            found = moments(value or None for value in told)
            return [
                absent if value is None else moment if moment is not None and moment.year >= FIRST_REAL_YEAR else None
                for value, moment in zip(told, found, strict=True)
            ]

        return convert

    def encode(self, value: Any) -> str:
        return INSTANT.encode(value)


class Hidden(Codec):
    """A flag that says the opposite of ours: `inactive` for `active`."""

    def decode(self, value: Any, wire: str, context: Context) -> bool:
        return str(value).lower() not in ("true", "1")

    def encode(self, value: bool) -> bool:
        return not value


class SafeMarkup(Codec):
    """HTML that customers wrote, made safe to show."""

    def decode(self, value: Any, wire: str, context: Context) -> str:
        return sanitised(TEXT.decode(value, wire, context))

    def encode(self, value: Any) -> Any:
        return value


class Truth(Codec):
    """True or false, in any of the ways flags come."""

    def decode(self, value: Any, wire: str, context: Context) -> bool:
        return str(value).lower() in ("true", "1")

    def encode(self, value: bool) -> bool:
        return value


class Day(Moment):
    """A day, which the vendor keeps as its midnight: sent as noon, or it moves (7.3)."""

    def encode(self, value: datetime) -> str:
        return f"{value.astimezone(UTC):%Y-%m-%d}T12:00:00"


class Fitting(Codec):
    """A value of the type that the vendor's schema names. The schema is wrong here and there (7.22): what does not fit
    is none, and stands in `raw`."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def decode(self, value: Any, wire: str, context: Context) -> Any:
        try:
            return self._read(value, wire, context)
        except Undecodable:
            return None

    def fits(self, value: Any) -> bool:
        """Whether a value is of that type."""
        try:
            self._read(value, "", Context(""))
        except Undecodable:
            return False
        return True

    def _read(self, value: Any, wire: str, context: Context) -> Any:
        return None if value is None or value == "" else self.codec.decode(value, wire, context)

    def encode(self, value: Any) -> Any:
        return self.codec.encode(value)


class FileName(Codec):
    """The name of a file, from whoever mailed it: made safe both ways."""

    def decode(self, value: Any, wire: str, context: Context) -> str:
        return safe_name(TEXT.decode(value, wire, context))

    def encode(self, value: str) -> str:
        return safe_name(value)


CLIENT: Final = Pointer(models.Company)
AGENT: Final = Pointer(models.Technician)
CONTRACT: Final = Pointer(models.Contract)
ASSET: Final = Pointer(models.Asset)
TRUTH: Final = Truth()
FILE_NAME: Final = FileName()
DAY: Final = Day()
COMPANY: Final = Unless(CLIENT, 0, -1)
TICKET_COMPANY: Final = Unless(CLIENT, 0, -1, UNKNOWN_CLIENT)
"""Whose a ticket is: those of client 1, "Unknown", are nobody's (2.3)."""
MOMENT: Final = Moment()
HIDDEN: Final = Hidden()
MARKUP: Final = SafeMarkup()
CHOSEN: Final = Unless(PICKED, 0, -1)
# Numbers may come as "" where there is none (7.4).
STATUS: Final = Unless(PICKED)
WORKED: Final = Unless(HOURS)
SUM: Final = Unless(AMOUNT)
BYTES: Final = Unless(WHOLE)
