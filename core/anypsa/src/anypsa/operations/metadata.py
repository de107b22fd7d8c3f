"""Metadata: what a tenant's entities look like, in neutral words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import Invalid, Problem, Unsupported
from ..models import Kind
from ..session import call
from ..spi.adapter import Identity, Option
from ..spi.table import Filter, Table, Verb
from ..wire import Lane
from .context import Context
from .entities import opened


@dataclass(frozen=True)
class FieldInfo:
    """One field of an entity: its neutral and its vendor's name, what it holds, and the tenant's values if it has a list."""

    name: str
    vendor_name: str
    holds: str
    writable: bool
    required: bool
    filtered_by_vendor: str
    custom: bool = False
    options: Sequence[Option] = field(default=())


def kind_named(context: Context, name: str) -> Kind[Any, ..., ...]:
    """The kind of an entity by its singular or plural word; raises `Invalid` with the words there are."""
    for table in context.adapter.tables.values():
        if name in (table.kind.name, table.kind.plural):
            return table.kind
    words = tuple(context.adapter.tables)
    raise Invalid("look up fields", problems=[Problem(None, f"there is no entity {name!r}", allowed=words)])


async def table_named(context: Context, name: str) -> Table:
    """The table of a collection by its word, or of any other entity by the vendor's name, which begins with a capital."""
    if name[:1].isupper() and "entity" in context.adapter.offers:
        return context.entities[(await opened(context, name)).name]
    return context.table(kind_named(context, name), Verb.LIST)


async def fields(context: Context, name: str) -> Sequence[FieldInfo]:
    """The fields of an entity, the tenant's own ones included."""
    table = await table_named(context, name)
    kind = table.kind
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        lists = [partial(context.adapter.options, table, one.name) for one in table.picked]
        options = dict(zip((one.name for one in table.picked), await context.session.gather(lists), strict=True))
        custom = await context.adapter.custom_fields(table)
    if not custom and table.by_name.keys() <= {"id"}:
        said = [f"nothing tells the fields of {name} but its id"]
        raise Unsupported("look up fields", said=said, hint=f"What its records hold: psa.entity({name!r}).first().raw")
    known = [
        FieldInfo(
            name=one.name,
            vendor_name=one.wire,
            holds=kind.traits[one.name].sort.value,
            writable=one.writable and bool({one.name} & (kind.creatable | kind.changeable)),
            required=one.name in kind.required,
            filtered_by_vendor=one.filter.value,
            options=options.get(one.name, ()),
        )
        for one in table.fields
    ]
    return [
        *known,
        *(
            FieldInfo(one.name, one.name, one.type, True, one.required, Filter.LOOSE.value, True, one.options)
            for one in custom
        ),
    ]


@dataclass(frozen=True)
class Capability:
    """What can be done with one entity."""

    entity: str
    verbs: frozenset[str]


class Capabilities:
    """What an adapter offers: `"tickets.create" in psa.capabilities`, or iterate it."""

    def __init__(self, context: Context) -> None:
        self._verbs = {
            table.kind.plural: frozenset(str(verb.name).lower() for verb in Verb if verb in table.verbs)
            for table in context.adapter.tables.values()
        } | {offer: frozenset[str]() for offer in context.adapter.offers}

    def __contains__(self, capability: str) -> bool:
        entity, _, verb = capability.partition(".")
        return entity in self._verbs and (not verb or verb in self._verbs[entity])

    def __iter__(self) -> Any:
        return (Capability(entity, verbs) for entity, verbs in self._verbs.items())

    def __repr__(self) -> str:
        return "; ".join(f"{one.entity}: {', '.join(sorted(one.verbs))}".rstrip(": ") for one in self)


async def check(context: Context) -> Identity:
    """Proves the credentials now, by one request."""
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.adapter.whoami()


async def whoami(context: Context) -> Identity:
    """Who the credentials are, asked once per connection."""
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.session.once("whoami", context.adapter.whoami, ttl=3600.0)
