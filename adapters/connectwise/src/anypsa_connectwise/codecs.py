"""Codecs: how ConnectWise writes relations, values of lists and times. What it refers to comes as an object with its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from anypsa import models
from anypsa.models import Choice, Ref
from anypsa.spi import INSTANT, NUMBER, Codec, Context, Pointer, Undecodable


def named(value: Any, wire: str, context: Context) -> tuple[str, str | None]:
    """The id and the name of what a row refers to."""
    if not isinstance(value, Mapping) or value.get("id") is None:
        raise Undecodable("not a reference")
    name = value.get("name")
    if name is not None and not isinstance(name, str):
        raise Undecodable("a reference whose name is not text")
    return NUMBER.decode(value["id"], wire, context), name


class Reference(Pointer):
    """A relation: an object with id and name on the wire, a `Ref` with both in a model."""

    def decode(self, value: Any, wire: str, context: Context) -> Ref[Any]:
        known = named(value, wire, context)
        found: Ref[Any] | None = context.memo.get((wire, known))
        if found is None:
            found = self.ref.made(context.tenant, *known)
            context.keep(wire, known, found)
        return found

    def encode(self, value: str) -> Any:
        return {"id": NUMBER.encode(value)}


class Listed(Codec):
    """A value of a tenant's list: an object with id and name on the wire, so that no label needs looking up."""

    def decode(self, value: Any, wire: str, context: Context) -> Choice:
        known = named(value, wire, context)
        found: Choice | None = context.memo.get((wire, known))
        if found is None:
            found = Choice.made(*known)
            context.keep(wire, known, found)
        return found

    def encode(self, value: str) -> Any:
        return {"id": NUMBER.encode(value)}


class Moment(Codec):
    """A time in UTC, written without a fraction (Times)."""

    def decode(self, value: Any, wire: str, context: Context) -> datetime:
        moment: datetime = INSTANT.decode(value, wire, context)
        return moment

    def encode(self, value: datetime) -> str:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


LISTED = Listed()
COMPANY = Reference(models.Company)
MOMENT = Moment()
