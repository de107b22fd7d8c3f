"""Tables: per entity, one declarative list of fields. Decoding, encoding, push-down, metadata and docs come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from functools import cached_property
from typing import Any, Final

from ..errors import Unintelligible
from ..models import Choice, Kind, Record, Ref, Sort
from . import columns
from .codecs import MISSING, TEXT, Codec, Context, Pointer, Undecodable
from .reconcile import Reconcile
from .swift import Swift


class Verb(Flag):
    """What can be done with an entity."""

    LIST = auto()
    GET = auto()
    COUNT = auto()
    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()
    SEARCH = auto()


READ: Final = Verb.LIST | Verb.GET | Verb.COUNT


class Filter(Enum):
    """How far the vendor filters by a field. STRICT: exactly; LOOSE: roughly (text, times, decimals); NONE: not."""

    STRICT = "exactly"
    LOOSE = "roughly"
    NONE = "not at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One neutral field and the vendor's for it. The vendor's name stands here and nowhere else.

    `picks` says that its values are a list the tenant defines; `parent`, that they depend on the value of that other
    field: a label is then looked for under what the caller names there, or what the changed record holds.
    `on_create_only` tells readers that it cannot be changed, and `update` refuses it; `doubted`, that the vendor is known
    to accept a value and not to store it, so that it is read back after each update; `listed=False`, that lists leave it
    out (only a get has it), so that no list can be filtered by it; `readable` says of a value of the vendor's
    whether the codec can read it, where that makes none of what it cannot: no filter passes over such a row. `path`-less derived fields (such as a ticket's state)
    have `derive` instead, a function of the wire row and the context; `alone`, one that looks at `wire` only; `reads`,
    one that looks at these fields of the wire and no others, so that it is asked once for rows that agree in them.
    """

    name: str
    wire: str
    codec: Codec = TEXT
    filter: Filter = Filter.LOOSE
    writable: bool = True
    on_create_only: bool = False
    picks: bool = False
    doubted: bool = False
    listed: bool = True
    readable: Callable[[Any], bool] | None = None
    parent: str | None = None
    derive: Callable[[Mapping[str, Any], Context], Any] | None = None
    alone: bool = False
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """One entity: its kind, its paths, its verbs, its fields, and how a lost create of one is found again."""

    kind: Kind[Any, ..., ...]
    path: str
    fields: Sequence[Field]
    verbs: Verb = READ
    write_path: str | None = None
    parent: str | None = None
    custom_fields: Callable[[Mapping[str, Any]], dict[str, str | None]] | None = None
    customs: str | None = None
    """The vendor's field that `custom_fields` come from, where it is a list of their names and values."""
    labels: Mapping[str, str] = field(default_factory=dict)
    reconcile: Reconcile | None = None
    gathered: bool = False
    """Whether records that are looked up by ids are as whole as one that is got, so that gets can be gathered."""
    ascending: bool = False
    """Whether ids are whole numbers, lists come in their order, and a list can be asked for from one id up to another."""

    @property
    def name(self) -> str:
        """The neutral word, in the singular."""
        return self.kind.name

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by neutral name."""
        return {one.name: one for one in self.fields}

    @cached_property
    def neutral_names(self) -> Mapping[str, str]:
        """Neutral names by wire name without case, for the vendor's error texts and raw bodies."""
        return {one.wire.casefold(): one.name for one in self.fields}

    @cached_property
    def picked(self) -> tuple[Field, ...]:
        """The fields whose values the tenant defines."""
        return tuple(one for one in self.fields if one.picks)

    @cached_property
    def _plan(self) -> tuple[tuple[str, str, Callable[[Any, str, Context], Any]], ...]:
        return tuple((one.name, one.wire, one.codec.decode) for one in self.fields if one.derive is None)

    @cached_property
    def _derived(self) -> tuple[Field, ...]:
        return tuple(one for one in self.fields if one.derive is not None)

    @cached_property
    def _defaults(self) -> Mapping[str, Any]:
        return {
            name: info.get_default(call_default_factory=True)
            for name, info in self.kind.model.model_fields.items()
            if not info.is_required()
        } | {one.name: None for one in self.fields if one.name not in self.kind.model.model_fields}

    def decode(self, row: Mapping[str, Any], context: Context) -> Any:
        """The model of a row; raises `Unintelligible` naming the field, never its value."""
        values: dict[str, Any] = {**self._defaults, "tenant": context.tenant}
        name = wire = ""
        try:
            for name, wire, decode in self._plan:
                value = row.get(wire)
                if value is not None:
                    values[name] = decode(value, wire, context)
            for one in self._derived:
                name, wire = one.name, one.wire
                if one.derive is not None:
                    values[name] = one.derive(row, context)
            if self.custom_fields is not None:
                name = wire = "custom_fields"
                values[name] = self.custom_fields(row)
        except Undecodable as reason:
            raise unreadable(self, row, f"{wire} is {reason}") from None
        return self._built(values, row)

    def decode_all(self, rows: Sequence[Mapping[str, Any]], context: Context) -> list[Any]:
        """The models of the rows of a page: what `decode` makes of each, in less time."""
        return columns.decoded(self, rows, context, self._blank)

    def _built(self, values: dict[str, Any], row: Mapping[str, Any]) -> Record:
        model: type[Record] = self.kind.model
        if lacking := [name for name in self.required if values.get(name) is None]:
            if missing := sorted(name for name in lacking if name not in self._empties):
                raise unreadable(self, row, f"without {', '.join(missing)}")
            empties = {name: self._empties[name](values["tenant"]) for name in lacking}
            # In the order of all other records of the kind.
            values = {name: empties.get(name, values.get(name)) for name in self._blank}
        return model.decoded(values, row)

    @cached_property
    def _empties(self) -> Mapping[str, Callable[[str], Any]]:
        """What stands for a relation or choice that a record cannot do without, and whose row names none."""
        traits = {name: self.kind.traits[name] for name in self.required & self.kind.traits.keys()}
        choices = {name: empty_choice for name, trait in traits.items() if trait.sort is Sort.CHOICE}
        targets = {name: trait.target for name, trait in traits.items() if trait.target is not None}
        return choices | {name: empty_ref(target) for name, target in targets.items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """What no record can do without."""
        return frozenset(name for name, info in self.kind.model.model_fields.items() if info.is_required())

    @cached_property
    def swift(self) -> Swift | None:
        """How the usual row is decoded from its bytes; see `records`."""
        return Swift.of(self, self._blank)

    @cached_property
    def _blank(self) -> Mapping[str, Any]:
        """A record without a row, in the order in which `decode` fills it in: whichever way one comes, it looks alike."""
        plain, derived = (name for name, *_ in self._plan), (one.name for one in self._derived)
        return {name: self._defaults.get(name, MISSING) for name in (*self._defaults, "tenant", *plain, *derived)}

    def encode(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The wire's fields for neutral values, only those named; None clears."""
        wire: dict[str, Any] = {}
        for name, value in values.items():
            one = self.by_name[name]
            wire[one.wire] = None if value is None else one.codec.encode(value)
        return wire


def empty_ref(target: type[Record]) -> Callable[[str], Ref[Any]]:
    """What makes a tenant's empty references to a kind of record."""
    kind = Pointer(target).ref
    return lambda tenant: kind.made(tenant, "", None)


def empty_choice(tenant: str) -> Choice:
    """The choice of nothing."""
    return Choice.made("", None)


def unreadable(table: Table, row: Mapping[str, Any], reason: str) -> Unintelligible:
    known = row.get(table.by_name["id"].wire)
    which = f" {known}".removesuffix(".0") if isinstance(known, int | float | str) else ""
    return Unintelligible(f"read {table.name}{which[:40]}", said=[f"the vendor's row is of another shape: {reason}"])
