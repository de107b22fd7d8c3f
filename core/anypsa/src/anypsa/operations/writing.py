"""Writing: arguments become bound values, labels become ids, and what was written is read back."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

from ..errors import Invalid, OutcomeUnknown, Problem, PSAError, VisibilityBreached
from ..models import Id, Kind, Name, Note, Record, Sort, Trait, Visibility
from ..models.kind import Change, New, T
from ..query.binding import typed
from ..session import call
from ..spi.table import Table, Verb
from ..wire import Lane
from .context import Context
from .lookups import own_id
from .resolving import chosen

CUSTOM = "custom_fields"


async def create(context: Context, kind: Kind[T, New, Change], given: Mapping[str, Any]) -> T:
    """Creates a record and returns it as the vendor stored it."""
    tried = f"create a {kind.name}"
    table = context.table(kind, Verb.CREATE)
    values = checked(context, table, given, kind.creatable, tried)
    if missing := sorted(name for name in kind.required if values.get(name) is None):
        raise Invalid(tried, problems=[Problem(name, "is required") for name in missing])
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        values = await settled(context, table, values, tried)
        id = await context.adapter.create(table, values)
        return cast("T", await stored(context, table, id, given, tried))


async def update(context: Context, kind: Kind[T, New, Change], target: object, given: Mapping[str, Any]) -> T:
    """Changes the named fields and returns the record as it is afterwards."""
    id = own_id(context, kind, target, f"update {kind.name}")
    tried = f"update {kind.name} {id}"
    table = context.table(kind, Verb.UPDATE)
    values = checked(context, table, given, kind.changeable, tried)
    if not values:
        raise Invalid(tried, problems=[Problem(None, "nothing to change was named")])
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        values = await settled(context, table, values, tried)
        await context.adapter.update(table, id, values)
        return cast("T", await stored(context, table, id, given, tried))


async def delete(context: Context, kind: Kind[T, New, Change], target: object) -> None:
    """Deletes a record, where the vendor can."""
    table, id = context.table(kind, Verb.DELETE), own_id(context, kind, target, f"delete {kind.name}")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        await context.adapter.delete(table, id)


def no_positional(args: tuple[object, ...]) -> None:
    """Raises `Invalid` for positional values; the types forbid them, untyped callers learn it here."""
    if args:
        raise Invalid("write a record", hint="Name the fields: create(title=...).")


def checked(
    context: Context, table: Table, given: Mapping[str, Any], names: frozenset[str], tried: str
) -> dict[str, Any]:
    """The arguments as typed values, None left as it is; raises `Invalid` naming all problems."""
    if context.visibility_breached and "visibility" in names:
        raise VisibilityBreached(tried, said=["an earlier note on this tenant was stored with another visibility"])
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            values[name] = value_of(context, table, name, value, names)
        except ValueError as reason:
            problems.append(Problem(name, str(reason)))
    if problems:
        raise Invalid(tried, problems=problems)
    return values


def value_of(context: Context, table: Table, name: str, value: Any, names: frozenset[str]) -> Any:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        raise ValueError(f"there is no such argument{f'; did you mean {near[0]}?' if near else ''}")
    if name == CUSTOM:
        return custom_values(table, value)
    field = table.by_name.get(name)
    if field is None or not field.writable:
        raise ValueError("this PSA cannot write it")
    return None if value is None else typed(table.kind.traits[name], value, context.tenant)


def custom_values(table: Table, value: Any) -> Mapping[str, str | None]:
    if table.custom_fields is None:
        raise ValueError("this PSA has no custom fields here")
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and isinstance(one, str | None) for name, one in value.items()
    ):
        raise ValueError("wants names and texts (or None to clear)")
    return value


async def settled(context: Context, table: Table, values: Mapping[str, Any], tried: str) -> dict[str, Any]:
    """The values with labels resolved; what others depend on first."""
    settled: dict[str, Any] = dict(values)
    for name in sorted(values, key=lambda one: depth(table, one)):
        if name == CUSTOM or values[name] is None:
            continue
        trait, field = table.kind.traits[name], table.by_name[name]
        if trait.sort is Sort.CHOICE or isinstance(values[name], Name):
            parent = settled.get(field.parent) if field.parent else None
            settled[name] = await chosen(context, table, trait, as_word(trait, values[name]), parent, tried)
    return settled


def as_word(trait: Trait, value: str) -> str:
    return value if isinstance(value, Name) else Id(value)


def depth(table: Table, name: str) -> int:
    field = table.by_name.get(name)
    return 0 if field is None or field.parent is None else 1 + depth(table, field.parent)


async def stored(context: Context, table: Table, id: str, given: Mapping[str, Any], tried: str) -> Record:
    """The record as the vendor stored it; raises `OutcomeUnknown` if it was written but cannot be read."""
    try:
        record = await context.adapter.get(table, id)
    except PSAError as error:
        raise OutcomeUnknown(
            tried,
            said=[f"the vendor accepted it as {table.name} {id}, but it could not be read back", str(error)],
            hint=f"It is written; read {table.name} {id} later instead of writing it again.",
        ) from error
    wanted = given.get("visibility")
    if isinstance(record, Note) and wanted is not None and record.visibility is not Visibility(wanted):
        await breached(context, table, record, Visibility(wanted))
    return record


async def breached(context: Context, table: Table, note: Note, wanted: Visibility) -> None:
    """A note was stored with another visibility: undo it where possible, write no more notes, and say so."""
    context.visibility_breached = True
    undone = "it was set right again" if await undo(context, table, note, wanted) else "it could not be set right"
    shown = note.visibility or "unknown"
    raise VisibilityBreached(
        f"keep note {note.id} {wanted}",
        said=[f"the vendor stored it as {shown}", undone],
        hint="No further notes are written over this connection. Check the tenant's visibility settings.",
    )


async def undo(context: Context, table: Table, note: Note, wanted: Visibility) -> bool:
    if Verb.UPDATE not in table.verbs:
        return False
    try:
        await context.adapter.update(table, note.id, {"visibility": wanted})
        again = await context.adapter.get(table, note.id)
    except PSAError:
        return False
    return isinstance(again, Note) and again.visibility is wanted
