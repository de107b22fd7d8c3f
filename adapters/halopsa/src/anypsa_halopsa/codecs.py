"""Codecs: HaloPSA's own ways with values (wire/halopsa.md 7). Sentinels are told field by field, never globally."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from anypsa.markup import sanitised
from anypsa.models import Choice
from anypsa.spi import INSTANT, TEXT, Codec, Context

FIRST_REAL_YEAR: Final = 1981
TEAM_IDS: Final = "team ids"


class Unless(Codec):
    """A codec, but for the values that mean "none" in this field."""

    def __init__(self, codec: Codec, *none: Any) -> None:
        self.codec = codec
        self.none = frozenset(map(str, none))

    def decode(self, value: Any, wire: str, context: Context) -> Any:
        plain = str(value).removesuffix(".0")
        return None if plain in self.none or plain == "" else self.codec.decode(value, wire, context)

    def encode(self, value: Any) -> Any:
        return self.codec.encode(value)


class Moment(Codec):
    """A time: naive text that means UTC; years up to 1980 mean that there is none."""

    def decode(self, value: Any, wire: str, context: Context) -> datetime | None:
        if value == "":
            return None
        moment: datetime = INSTANT.decode(value, wire, context)
        return moment if moment.year >= FIRST_REAL_YEAR else None

    def encode(self, value: Any) -> str:
        return INSTANT.encode(value)


class Team(Codec):
    """A queue: rows carry a team's name, filters take its id."""

    def decode(self, value: Any, wire: str, context: Context) -> Choice | None:
        name = TEXT.decode(value, wire, context)
        if not name:
            return None
        return Choice(id=context.labels[TEAM_IDS].get(name.casefold(), name), label=name)

    def encode(self, value: Any) -> Any:
        return value


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


MOMENT: Final = Moment()
TEAM: Final = Team()
HIDDEN: Final = Hidden()
MARKUP: Final = SafeMarkup()
