"""Predicting: a write that the policy withholds becomes a record as it would have been, and a prediction that is kept.

Reads are real. Labels are resolved, and what is wrong with a call is told, just as if it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

from ..effects import TICKET, Action, Effect, writing
from ..errors import NotFound, Withheld
from ..journal import dumped
from ..models import Choice, Entity, Kind, Record, Ref, Sort, State, Trait
from ..models.kind import Change, New, T
from ..predictions import PREFIX, Prediction, unmade
from ..session import call
from ..spi.exchange import Answer
from ..spi.table import Table, Verb
from ..wire import Lane
from .context import Context
from .lookups import own_id
from .raw import understood
from .resolving import options
from .writing import changes, complete, parted, settled

REMEMBERED: Final = 1_000
"""How many records that were never made a connection remembers."""
ACCEPTED: Final = 202
UNKNOWN: Final = Choice(id="predicted")
"""What a new record has where only the vendor could tell."""


async def create(context: Context, kind: Kind[T, New, Change], given: Mapping[str, Any], withheld: Withheld) -> T:
    """The record that would have been made."""
    table, tried = context.table(kind, Verb.CREATE), f"create a {kind.name}"
    fields, _ = parted(given, tried)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        values = await settled(context, table, complete(context, table, fields, tried), tried)
        id = f"{PREFIX}{context.session.wire.new_id()}"
        shown = await held(context, table, values, given)
    record = marked(made(kind, context.tenant, id, shown), id)
    remember(context, record)
    await keep(context, table, Action.CREATE, None, record, values, withheld)
    return cast("T", record)


async def update(
    context: Context, kind: Kind[T, New, Change], target: object, given: Mapping[str, Any], withheld: Withheld
) -> T:
    """The record as it would have been afterwards; what was predicted of it before in the same run stays."""
    tried = f"update {kind.name}"
    table, id = context.table(kind, Verb.UPDATE), own_id(context, kind, target, tried)
    fields, _ = parted(given, tried)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        before = await standing(context, table, id, target)
        record_id = None if unmade(id) else id
        values = await settled(context, table, changes(context, table, fields, tried), tried, record=record_id)
        shown = await held(context, table, values, given)
    record = marked(changed(before, shown), f"{PREFIX}{context.session.wire.new_id()}")
    if unmade(id):
        remember(context, record)
    await keep(context, table, Action.UPDATE, before, record, values, withheld)
    return cast("T", record)


async def delete(context: Context, kind: Kind[T, New, Change], target: object, withheld: Withheld) -> None:
    """Keeps that a record would have been deleted."""
    table, id = context.table(kind, Verb.DELETE), own_id(context, kind, target, f"delete {kind.name}")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        before = await standing(context, table, id, target)
    await keep(context, table, Action.DELETE, before, before, {}, withheld)


async def request(
    context: Context, method: str, path: str, params: Mapping[str, str] | None, body: Any, withheld: Withheld
) -> Answer:
    """An answer that says nothing: what the vendor would have said, nobody knows. Its status is 202, which none gives."""
    route, effect = understood(context, method, path, body)
    values = {"method": method.upper(), "path": path, "params": dict(params or {}), "json": body}
    await kept(context, effect, withheld, values=values)
    return Answer(ACCEPTED, {"content-type": "application/json"}, b"{}", "/".join(route.template))


async def standing(context: Context, table: Table, id: str, target: object) -> Record:
    """What would be changed: as it was predicted before in this run, else as the vendor has it."""
    if isinstance(target, Record) and target.prediction is not None:
        return target
    if unmade(id):
        if (found := context.unmade.get(id)) is None:
            raise NotFound(f"use {table.name} {id}", said=["it was predicted by another connection, or too long ago"])
        return found
    return await context.adapter.get(table, id)


async def held(
    context: Context, table: Table, values: Mapping[str, Any], given: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the record would hold in the fields that are named."""
    shown = {name: await model_value(context, table, name, value, given.get(name)) for name, value in values.items()}
    if table.name == TICKET and "status" in values:
        state = await context.adapter.state(values["status"])
        if state is not None:
            shown["state"] = state
    return shown


async def model_value(context: Context, table: Table, name: str, value: Any, given: object) -> Any:
    """A bound value as models hold it."""
    trait = table.kind.traits.get(name)
    if trait is None or value is None:
        return value
    if trait.sort is Sort.CHOICE:
        return Choice(id=value, label=await label_of(context, table, trait, value))
    if trait.sort is Sort.REFERENCE:
        name_of = given.name if isinstance(given, Ref) else getattr(given, "name", None)
        return Ref(tenant=context.tenant, id=value, name=name_of if isinstance(name_of, str) else None)
    return value


async def label_of(context: Context, table: Table, trait: Trait, id: str) -> str | None:
    return next((option.label for option in await options(context, table, trait) if option.id == id), None)


def made(kind: Kind[Any, ..., ...], tenant: str, id: str, shown: Mapping[str, Any]) -> Record:
    """A record that is not there."""
    given = {**shown, "tenant": tenant, "id": id}
    if issubclass(kind.model, Entity):
        return kind.model.decoded({"custom_fields": {}, **given}, {})
    for name, info in kind.model.model_fields.items():
        if info.is_required() and name not in given:
            given[name] = State.OPEN if kind.traits[name].sort is Sort.STATE else UNKNOWN
    record: Record = kind.model.model_construct(**given)
    return record


def changed(before: Record, shown: Mapping[str, Any]) -> Record:
    """A record with other values; custom fields keep their neighbours."""
    values = dict(shown)
    if "custom_fields" in values:
        values["custom_fields"] = {**before.custom_fields, **values["custom_fields"]}
    return before.model_copy(update=values)


def marked(record: Record, prediction: str) -> Record:
    """The record, which says of itself that it is predicted."""
    copy: Record = record.model_copy()
    copy._prediction = prediction
    return copy


def remember(context: Context, record: Record) -> None:
    """Notes a record that was never made, so that it can be got and changed by its id."""
    while len(context.unmade) >= REMEMBERED:
        context.unmade.pop(next(iter(context.unmade)), None)
    context.unmade[record.id] = record


async def keep(
    context: Context,
    table: Table,
    action: Action,
    before: Record | None,
    record: Record,
    values: Mapping[str, Any],
    withheld: Withheld,
) -> None:
    """Keeps what was predicted of a record."""
    effect = writing(action, table.name, record.id, values)
    if effect.ticket is None and (parent := getattr(before, TICKET, None)) is not None:
        effect = replace(effect, ticket=parent.id)
    plain = dumped(values, table.kind)
    earlier = {} if before is None else {name: plain_value(getattr(before, name, None)) for name in values}
    earlier = dumped(earlier, table.kind)
    await kept(context, effect, withheld, values=plain, before=earlier, seen=before, prediction=record.prediction)


async def kept(
    context: Context,
    effect: Effect,
    withheld: Withheld,
    *,
    values: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    seen: Record | None = None,
    prediction: str | None = None,
) -> None:
    if (store := context.session.predictions) is None:
        return
    wire = context.session.wire
    found = Prediction(
        id=prediction or f"{PREFIX}{wire.new_id()}",
        tenant=context.tenant,
        moment=wire.moment(),
        action=str(effect.action),
        entity=effect.entity,
        rule="; ".join(withheld.said),
        record=effect.record,
        ticket=effect.ticket or (effect.record if effect.entity == TICKET else None),
        category=withheld.category,
        stage=withheld.stage,
        actor=context.settings.actor,
        fields=effect.fields,
        values=values,
        before=before or {},
        seen=seen.model_dump(mode="json") if seen is not None and effect.entity == TICKET else None,
    )
    await wire.offload(partial(store.keep, found))


def plain_value(value: Any) -> Any:
    """What a model holds, as journals write it: relations and choices by their ids."""
    return value.id if isinstance(value, Choice | Ref) else value
