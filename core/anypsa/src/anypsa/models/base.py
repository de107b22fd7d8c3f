"""What every model has: identity, tenant, the vendor's own row. Models are data; none holds a client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, Literal, Self, TypeAlias, TypedDict, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from ..document import parsed
from ..errors import Unintelligible

R_co = TypeVar("R_co", bound="Record", covariant=True)


class Id(str):
    """A string that is certainly an id: `queue=anypsa.Id("5")`."""

    __slots__ = ()


class Name(str):
    """A string that is certainly a label: `queue=anypsa.Name("5")`."""

    __slots__ = ()


class Pending:
    """A record that is still to be made: an item of the outbox. Only the outbox can wait for it."""

    __slots__ = ()


class State(StrEnum):
    """What a ticket's status means, whatever the tenant calls it."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Visibility(StrEnum):
    """Who can read a note: technicians only, or the customer too."""

    INTERNAL = "internal"
    PUBLIC = "public"


class ContractKind(StrEnum):
    """How work under a contract is paid for, whatever the tenant calls it; UNKNOWN is not to be guessed at."""

    RECURRING = "recurring"
    PER_TICKET = "per_ticket"
    BLOCK_HOURS = "block_hours"
    TIME_AND_MATERIALS = "time_and_materials"
    FIXED_PRICE = "fixed_price"
    RETAINER = "retainer"
    PROJECT = "project"
    UNKNOWN = "unknown"


M = TypeVar("M", bound=BaseModel)
OF_CHOICE: Final = {"id", "label"}
OF_REF: Final = {"tenant", "id", "name"}


# The slots that pydantic's own model_construct fills, without the way through object.__setattr__ to each of them.
into_values: Final = BaseModel.__dict__["__dict__"].__set__
into_set: Final = BaseModel.__dict__["__pydantic_fields_set__"].__set__
into_extra: Final = BaseModel.__dict__["__pydantic_extra__"].__set__
into_private: Final = BaseModel.__dict__["__pydantic_private__"].__set__


def filled(model: M, values: dict[str, Any], fields_set: set[str], private: dict[str, Any] | None = None) -> M:
    """A new model with its values in place: what pydantic's own model_construct sets, without its loop over fields."""
    into_values(model, values)
    into_set(model, fields_set)
    into_extra(model, None)
    into_private(model, private)
    return model


def unread(content: bytes, word: str, id: str) -> Mapping[str, Any]:
    """A row that was kept as bytes."""
    try:
        return cast("Mapping[str, Any]", parsed(content))
    except ValueError as reason:
        raise Unintelligible(f"read the raw row of {word} {id}", said=[str(reason)]) from None


class Model(BaseModel):
    """Frozen data; validation happened in the adapter's decoder."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid")


class Choice(Model):
    """One value of a list that the tenant defines: its id and the label people see (None when it has none).

    An empty one (id "") is false: the vendor's record names no value, where ours cannot do without.
    """

    id: str
    label: str | None = None

    @classmethod
    def made(cls, id: str, label: str | None) -> Self:
        """One of values whose types a decoder has checked."""
        return filled(cls.__new__(cls), {"id": id, "label": label}, OF_CHOICE)

    def __bool__(self) -> bool:
        return self.id != ""

    def __str__(self) -> str:
        return self.label or self.id


class Ref(Model, Generic[R_co]):
    """A relation: the id of another record; its `name` and `record` are there once they were read (`expand=`).

    An empty one (id "") is false: the vendor's record names none, where ours cannot do without.
    """

    tenant: str = Field(repr=False)
    id: str
    name: str | None = None
    record: R_co | None = Field(default=None, repr=False)

    @classmethod
    def made(cls, tenant: str, id: str, name: str | None) -> Self:
        """One of values whose types a decoder has checked."""
        held = {"tenant": tenant, "id": id, "name": name, "record": None}
        return filled(cls.__new__(cls), held, OF_REF)

    def __bool__(self) -> bool:
        return self.id != ""

    def __str__(self) -> str:
        return self.name or self.id


class Record(Model):
    """One record of one tenant. `raw` is the vendor's own row: out of repr, equality and dumps."""

    tenant: str = Field(repr=False)
    id: str
    custom_fields: Mapping[str, str | None] = Field(default_factory=dict, repr=False)
    _every: ClassVar[set[str]]
    _raw: Mapping[str, Any] | bytes = PrivateAttr(default_factory=dict)
    _prediction: str | None = PrivateAttr(default=None)

    @property
    def prediction(self) -> str | None:
        """The prediction that this is the record of: it is as it would have been written, and nothing was. None for a
        record that the vendor has told."""
        found: str | None = (self.__pydantic_private__ or {}).get("_prediction")
        return found

    @property
    def raw(self) -> Mapping[str, Any]:
        """The vendor's row as it came, with the vendor's field names; parsed when it is first asked for."""
        held = self._raw
        if isinstance(held, bytes):
            private = self.__pydantic_private__ or {}
            private["_raw"] = held = unread(held, type(self).__name__, self.id)
        return held

    @classmethod
    def decoded(cls, values: dict[str, Any], raw: Mapping[str, Any] | bytes) -> Self:
        """A record of values whose types a decoder has just checked; validating again would double a row's cost."""
        return filled(cls.__new__(cls), values, cls._every, {"_raw": raw})

    @classmethod
    def decoded_all(cls, values: Iterable[dict[str, Any]], raws: Iterable[Mapping[str, Any] | bytes]) -> list[Self]:
        """The same of the rows of a page, in one loop."""
        new, every, records = cls.__new__, cls._every, []
        for held, raw in zip(values, raws, strict=True):
            record = new(cls)
            into_values(record, held)
            into_set(record, every)
            into_extra(record, None)
            into_private(record, {"_raw": raw})
            records.append(record)
        return records

    def with_read(self, relations: Mapping[str, Ref[Any]]) -> Self:
        """The same record with relations that were read: what pydantic's model_copy does, which takes its time."""
        held = self.__pydantic_private__
        values = {**self.__dict__, **relations}
        record = filled(self.__class__.__new__(self.__class__), values, self.__pydantic_fields_set__, held and {**held})
        into_extra(record, self.__pydantic_extra__)
        return record

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        # Shared by all records that a decoder makes: it gives each field a value, and nothing changes a frozen model.
        cls._every = set(cls.model_fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), self.tenant, self.id))


Chosen: TypeAlias = Choice | Id | Name | str | int
"""How a caller names a tenant's value: by label or id, or by the `Choice` itself."""


class Creation(TypedDict, total=False):
    """What every `create` takes beside the record's fields.

    `idempotency_key`: the same key with the same values gives the first result, with other values `Conflict`.
    `settle="wait"`: if the answer gets lost, wait until it is certain what became of it, and create it again if nothing
    did. Without it, what cannot be told within the call's deadline raises `OutcomeUnknown`.
    """

    idempotency_key: str
    settle: Literal["wait"]


class Alteration(Creation, total=False):
    """What every `update` takes beside the record's fields.

    `expect`: fields and the values they must have now, or `Conflict` is raised and nothing is sent; it narrows the race
    with other writers to one round trip and cannot close it. `verify`: raise `Conflict` if the vendor stored something
    else than what it was told.
    """

    expect: Mapping[str, Any]
    verify: bool


OPTIONS: Final = frozenset({"idempotency_key", "settle", "expect", "verify"})
"""Arguments of writes that are no fields of a record."""
