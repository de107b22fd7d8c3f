"""Kinds: what the library knows of a model besides its data: its words, and the type of each field."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Generic, ParamSpec, Required, TypeVar, Union, get_args, get_origin, get_type_hints

from .base import OPTIONS, Choice, ContractKind, Record, Ref, State, Visibility

T = TypeVar("T", bound=Record)
New = ParamSpec("New")
Change = ParamSpec("Change")


class Sort(Enum):
    """What a field holds, as far as filters and arguments care."""

    ID = "an id"
    TEXT = "text"
    BOOLEAN = "true or false"
    DECIMAL = "a number"
    NUMBER = "a whole number"
    BYTES = "bytes"
    DURATION = "a duration (timedelta)"
    INSTANT = "an aware datetime"
    CHOICE = "a label or id"
    REFERENCE = "a record or id"
    STATE = "a state"
    VISIBILITY = "a visibility"
    CONTRACT_KIND = "a kind of contract"


SORTS: Mapping[Any, Sort] = {
    str: Sort.TEXT,
    bool: Sort.BOOLEAN,
    int: Sort.NUMBER,
    bytes: Sort.BYTES,
    Decimal: Sort.DECIMAL,
    timedelta: Sort.DURATION,
    datetime: Sort.INSTANT,
    Choice: Sort.CHOICE,
    State: Sort.STATE,
    Visibility: Sort.VISIBILITY,
    ContractKind: Sort.CONTRACT_KIND,
}


@dataclass(frozen=True)
class Trait:
    """One neutral field: its name, what it holds, and for a reference the model it points to."""

    name: str
    sort: Sort
    target: type[Record] | None = None
    custom: bool = False


class Kind(Generic[T, New, Change]):
    """One word of the vocabulary: a model, its singular and plural, and the arguments of its create and update."""

    def __init__(
        self, model: type[T], plural: str, *, new: Callable[New, object], change: Callable[Change, object]
    ) -> None:
        self.model = model
        self.name = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
        self.plural = plural
        self.new = new
        self.change = change

    def __repr__(self) -> str:
        return f"<Kind {self.plural}>"

    @cached_property
    def traits(self) -> Mapping[str, Trait]:
        """The neutral fields by name, read off the model's annotations: stated once, there."""
        hidden = {"tenant", "custom_fields"}
        hints = get_type_hints(self.model)
        return {name: trait(name, hints[name]) for name in self.model.model_fields if name not in hidden}

    @cached_property
    def required(self) -> frozenset[str]:
        """The arguments that create cannot do without."""
        # TypedDict.__required_keys__ misses Required[] in postponed annotations; the evaluated hints do not.
        hints = get_type_hints(self.new, include_extras=True)
        return frozenset(name for name, hint in hints.items() if get_origin(hint) is Required)

    @cached_property
    def creatable(self) -> frozenset[str]:
        """The arguments that create takes."""
        return frozenset(get_type_hints(self.new)) - OPTIONS

    @cached_property
    def changeable(self) -> frozenset[str]:
        """The arguments that update takes."""
        return frozenset(get_type_hints(self.change)) - OPTIONS

    @cached_property
    def clearable(self) -> frozenset[str]:
        """The arguments of update that None clears; without the others no record can be."""
        hints = get_type_hints(self.change)
        return frozenset(name for name, hint in hints.items() if type(None) in get_args(hint)) - OPTIONS


def trait(name: str, annotation: Any) -> Trait:
    """The trait that an annotation such as `Ref[Company] | None` states."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if name == "id" or name.endswith("_id"):
        return Trait(name, Sort.TEXT if name == "external_id" else Sort.ID)
    if isinstance(annotation, type) and issubclass(annotation, Ref):
        return Trait(name, Sort.REFERENCE, annotation.__pydantic_generic_metadata__["args"][0])
    return Trait(name, SORTS[annotation])
