"""Queueing: writes are checked as far as can be without the vendor, and stored in the outbox to be sent later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from ..effects import Action
from ..errors import Conflict, Invalid, Problem
from ..journal import dumped, fingerprint, loaded
from ..models import Id, Kind, Name, Pending, Record, Ref, Sort
from ..outbox import TARGET, Item, ItemStage, own_subject, subject_of
from ..query.binding import Unclear
from ..spi.table import Table, Verb
from .context import Context
from .lookups import own_id
from .writing import changes, complete, expected, parted

PARENT: Final = "ticket"
"""What hangs on a ticket is sent in one order with it."""
LABELLED: Final[Mapping[str, type[Name]]] = {"label": Name, "label or id": Unclear}
UNMADE: Final = Id("0")
"""Stands for the record of an item while the rest is checked."""
RAW: Final = "request"
"""The action of an item that is a raw request."""
VERBS: Final = {Action.CREATE: Verb.CREATE, Action.UPDATE: Verb.UPDATE, Action.DELETE: Verb.DELETE}


async def add(
    context: Context, kind: Kind[Any, ..., ...], action: Action, target: object, given: Mapping[str, Any]
) -> Item:
    """Stores a write to be sent later; raises at once for what cannot be right."""
    outbox, item = context.outbox, made(context, kind, action, target, given)
    kept = await context.session.wire.offload(partial(outbox.add, item))
    if kept.fingerprint != item.fingerprint:
        said = ["its idempotency key was used for another write"]
        raise Conflict(f"put {action} {kind.name} into the outbox", said=said, hint="Use another key.")
    return kept


def made(context: Context, kind: Kind[Any, ..., ...], action: Action, target: object, given: Mapping[str, Any]) -> Item:
    """A write as an item, checked as far as can be without the vendor."""
    table = context.table(kind, VERBS[action])
    fields, options = parted(given, f"{action} {kind.name}")
    links = {name: linked(context, kind, name, value) for name, value in fields.items() if isinstance(value, Pending)}
    if isinstance(target, Pending):
        links[TARGET] = linked(context, kind, TARGET, target)
    id = None if target is None or TARGET in links else own_id(context, kind, target, f"{action} {kind.name}")
    values = stored_form(context, table, action, {**fields, **dict.fromkeys(links.keys() - {TARGET}, UNMADE)}, given)
    plain = {name: value for name, value in values.items() if name not in links}
    wire = context.session.wire
    item_id, now = wire.new_id(), wire.moment()
    named = {name: one.id for name, one in links.items()}
    return Item(
        id=item_id,
        tenant=context.tenant,
        action=str(action),
        entity=kind.name,
        subject=subject(table, id, target, plain, links) or own_subject(item_id),
        fingerprint=fingerprint(str(action), kind.name, id, {**plain, "links": named}),
        created=now,
        touched=now,
        due=now,
        key=options.key,
        record=id,
        values=plain,
        links=named,
    )


def linked(context: Context, kind: Kind[Any, ..., ...], name: str, value: Pending) -> Item:
    """The item whose record a field shall hold; raises `Invalid` if it cannot make one."""
    trait = kind.traits.get(name)
    if not isinstance(value, Item) or trait is None or (name != TARGET and trait.sort is not Sort.REFERENCE):
        reason = "cannot be an item of the outbox"
    elif value.tenant != context.tenant:
        reason = "this item belongs to another tenant"
    elif value.action == Action.DELETE:
        reason = "this item deletes its record"
    elif (wanted := context.adapter.tables.get(value.entity)) is None or not issubclass(
        wanted.kind.model, kind.model if name == TARGET else trait.target or Record
    ):
        reason = f"a {value.entity} cannot stand here"
    else:
        return value
    raise Invalid(f"put a {kind.name} into the outbox", problems=[Problem(name, reason)])


def stored_form(
    context: Context, table: Table, action: Action, fields: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Checked values, and what else the caller says of an update, as plain ones."""
    tried = f"{action} {table.name}"
    if action is Action.DELETE:
        return {}
    if action is Action.CREATE:
        return packed(complete(context, table, fields, tried), table.kind)
    form = packed(changes(context, table, fields, tried), table.kind)
    if given.get("expect"):
        form["expect"] = packed(expected(context, table, given["expect"], tried), table.kind)
    return {**form, "verify": True} if given.get("verify") else form


def packed(values: Mapping[str, Any], kind: Kind[Any, ..., ...]) -> dict[str, Any]:
    """Typed values as plain ones; labels that are still to be resolved stay labels."""
    return {name: plain_label(value) for name, value in dumped(values, kind).items()}


def plain_label(value: Any) -> Any:
    if not isinstance(value, Name):
        return value
    return {"label or id" if isinstance(value, Unclear) else "label": str(value)}


def unpacked(values: Mapping[str, Any], kind: Kind[Any, ..., ...]) -> dict[str, Any]:
    """Plain values as typed ones; what is no label is an id for certain."""
    return {name: typed_label(kind, name, value) for name, value in loaded(values, kind).items()}


def typed_label(kind: Kind[Any, ..., ...], name: str, value: Any) -> Any:
    trait = kind.traits.get(name)
    if trait is None or value is None or trait.sort not in (Sort.CHOICE, Sort.REFERENCE):
        return value
    if isinstance(value, Mapping):
        ((how, text),) = value.items()
        return LABELLED[how](text)
    return Id(value)


def subject(
    table: Table, id: str | None, target: object, values: Mapping[str, Any], links: Mapping[str, Item]
) -> str | None:
    """What is written to: the ticket that it hangs on, else the record itself; None for a new record of its own."""
    if TARGET in links:
        return links[TARGET].subject
    if PARENT in table.kind.traits:
        if PARENT in links:
            return links[PARENT].subject
        ticket = values.get(PARENT) if id is None else getattr(target, PARENT, None)
        if ticket:
            return subject_of(PARENT, ticket.id if isinstance(ticket, Ref) else ticket)
    return None if id is None else subject_of(table.name, id)


# Inspecting


async def item(context: Context, id: str) -> Item:
    """The item of an id; raises `Invalid` if the outbox of this tenant has none."""
    found = await context.session.wire.offload(partial(context.outbox.item, id))
    return ours(context, id, found)


def ours(
    context: Context, id: str, found: Item | None, reason: str = "the outbox of this tenant holds no such item"
) -> Item:
    if found is None or found.tenant != context.tenant:
        raise Invalid("use the outbox", problems=[Problem("id", f"{id!r}: {reason}")])
    return found


async def items(context: Context, stage: str | None, limit: int | None) -> Sequence[Item]:
    """The items of this tenant, in the order they were added."""
    if stage is not None and stage not in set(ItemStage):
        raise Invalid("list the outbox", problems=[Problem("stage", repr(stage), allowed=tuple(ItemStage))])
    wanted = None if stage is None else ItemStage(stage)
    return await context.session.wire.offload(partial(context.outbox.items, context.tenant, wanted, limit))


async def retry(context: Context, id: str) -> Item:
    """Makes a dead letter, or an item that waits, due now."""
    wire, outbox = context.session.wire, context.outbox
    await item(context, id)
    revived = await wire.offload(lambda: outbox.revive(id, wire.moment()))
    return ours(context, id, revived, "is neither dead nor waiting")


async def discard(context: Context, id: str) -> Item:
    """Puts a dead letter, or an item that waits, away for good."""
    wire, outbox = context.session.wire, context.outbox
    await item(context, id)
    discarded = await wire.offload(lambda: outbox.discard(id, wire.moment()))
    return ours(context, id, discarded, "is neither dead nor waiting, or is being sent just now")
