"""Writing: arguments become bound values, labels become ids, and what was written is read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, cast

from ..effects import Action, writing
from ..errors import Conflict, Invalid, OutcomeUnknown, Problem, PSAError, VisibilityBreached
from ..models import OPTIONS, Id, Kind, Name, Note, Record, Sort, Trait, Visibility
from ..models.kind import Change, New, T
from ..predictions import names_unmade
from ..query.binding import typed
from ..session import call
from ..spi.table import Table, Verb
from ..wire import Lane
from .context import Context
from .delivery import Options, Write, delivered
from .finding import same
from .lookups import own_id
from .outcomes import Resolved, settle_time
from .resolving import chosen, standing

CUSTOM: Final = "custom_fields"
LONGEST_KEY: Final = 255
NO_OPTIONS: Final = Options()


async def create(context: Context, kind: Kind[T, New, Change], given: Mapping[str, Any]) -> T:
    """Creates a record once, and returns it as the vendor stored it."""
    fields, options = parted(given, f"create a {kind.name}")
    return await created(context, kind, fields, options)


async def created(
    context: Context, kind: Kind[T, New, Change], fields: Mapping[str, Any], options: Options = NO_OPTIONS
) -> T:
    """A record made of these fields."""
    tried = f"create a {kind.name}"
    table = context.table(kind, Verb.CREATE)
    values = complete(context, table, fields, tried)
    await only_of_records(context, Action.CREATE, table, None, values)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE, patience=patience(context, table, options)):
        values = await settled(context, table, values, tried)
        send = partial(context.adapter.create, table)
        id = await delivered(Write(context, table, Action.CREATE, None, values, send, options))
        return cast("T", await stored(context, table, id, fields, tried))


def complete(context: Context, table: Table, fields: Mapping[str, Any], tried: str) -> dict[str, Any]:
    """The values of a new record, with nothing missing."""
    values = checked(context, table, fields, table.kind.creatable, tried)
    if missing := sorted(name for name in table.kind.required if values.get(name) is None):
        raise Invalid(tried, problems=[Problem(name, "is required") for name in missing])
    return values


async def update(context: Context, kind: Kind[T, New, Change], target: object, given: Mapping[str, Any]) -> T:
    """Changes the named fields and returns the record as it is afterwards."""
    id = own_id(context, kind, target, f"update {kind.name}")
    fields, options = parted(given, f"update {kind.name} {id}")
    expect, verify = given.get("expect") or {}, bool(given.get("verify"))
    return await updated(context, kind, id, fields, options, expect=expect, verify=verify)


async def updated(
    context: Context,
    kind: Kind[T, New, Change],
    id: str,
    fields: Mapping[str, Any],
    options: Options = NO_OPTIONS,
    *,
    expect: Mapping[str, Any],
    verify: bool,
) -> T:
    """A record with these fields changed."""
    tried = f"update {kind.name} {id}"
    table = context.table(kind, Verb.UPDATE)
    values = changes(context, table, fields, tried)
    await only_of_records(context, Action.UPDATE, table, id, values)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE, patience=patience(context, table, options)):
        values = await settled(context, table, values, tried, record=id)
        guard = partial(unmoved, context, table, id, expected(context, table, expect, tried), tried)
        await guard()
        send = partial(changed, context, table, id)
        await delivered(Write(context, table, Action.UPDATE, id, values, send, options, guard))
        record = await stored(context, table, id, fields, tried)
        names = values if verify else [name for name in values if doubted(table, name)]
        kept_word(record, values, names, tried)
        return cast("T", record)


async def only_of_records(
    context: Context, action: Action, table: Table, id: str | None, values: Mapping[str, Any]
) -> None:
    """Raises `Withheld` for a write that names what was only predicted: there is nothing that it could be sent for."""
    if names_unmade(id, values):
        await context.session.withhold(writing(action, table.name, id, values))


def changes(context: Context, table: Table, fields: Mapping[str, Any], tried: str) -> dict[str, Any]:
    """The values that change, at least one."""
    values = checked(context, table, fields, table.kind.changeable, tried)
    if not values:
        raise Invalid(tried, problems=[Problem(None, "nothing to change was named")])
    if kept := [name for name, value in values.items() if value is None and name not in table.kind.clearable]:
        raise Invalid(tried, problems=[Problem(name, "cannot be empty") for name in kept])
    return values


async def changed(context: Context, table: Table, id: str, values: Mapping[str, Any]) -> str:
    await context.adapter.update(table, id, values)
    return id


async def delete(context: Context, kind: Kind[T, New, Change], target: object, options: Options = NO_OPTIONS) -> None:
    """Deletes a record, where the vendor can."""
    table, id = context.table(kind, Verb.DELETE), own_id(context, kind, target, f"delete {kind.name}")

    await only_of_records(context, Action.DELETE, table, id, {})

    async def deleted(values: Mapping[str, Any]) -> str:
        await context.adapter.delete(table, id)
        return id

    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        await delivered(Write(context, table, Action.DELETE, id, {}, deleted, options))


def parted(given: Mapping[str, Any], tried: str) -> tuple[dict[str, Any], Options]:
    """The fields among the arguments, and what the caller says of the write itself."""
    key, settle = given.get("idempotency_key"), given.get("settle")
    problems = []
    if key is not None and (not isinstance(key, str) or not key or len(key) > LONGEST_KEY):
        problems.append(Problem("idempotency_key", f"wants a text of 1 to {LONGEST_KEY} characters"))
    if settle not in (None, "wait"):
        problems.append(Problem("settle", repr(settle), allowed=("wait",)))
    if not isinstance(given.get("expect", {}), Mapping):
        problems.append(Problem("expect", "wants fields and the values they must have now"))
    if problems:
        raise Invalid(tried, problems=problems)
    return {name: value for name, value in given.items() if name not in OPTIONS}, Options(key, settle == "wait")


def patience(context: Context, table: Table, options: Options) -> float:
    """How much longer than usual a write may take that waits for certainty, and then is sent again."""
    return settle_time(context, table).total_seconds() + context.settings.deadline if options.wait else 0.0


async def unmoved(context: Context, table: Table, id: str, wanted: Mapping[str, Any], tried: str) -> None:
    """Raises `Conflict` if the record is no longer what the caller expects."""
    if not wanted:
        return
    wanted = await settled(context, table, wanted, tried, record=id)
    record = await context.adapter.get(table, id)
    if moved := [name for name in wanted if not same(record, wanted, [name])]:
        problems = [Problem(name, "is no longer what was expected", shown(record, name)) for name in moved]
        raise Conflict(tried, problems=problems, hint="Nothing was sent. Read the record again and decide anew.")


def expected(context: Context, table: Table, expect: Mapping[str, Any], tried: str) -> dict[str, Any]:
    """What a caller expects of a record, as typed values."""
    names = frozenset(table.kind.traits) | {CUSTOM}
    problems: list[Problem] = []
    wanted: dict[str, Any] = {}
    for name, value in expect.items():
        try:
            wanted[name] = expected_value(context, table, name, value, names)
        except ValueError as reason:
            problems.append(Problem(name, str(reason)))
    if problems:
        raise Invalid(tried, problems=problems)
    return wanted


def expected_value(context: Context, table: Table, name: str, value: Any, names: frozenset[str]) -> Any:
    if name not in names:
        raise ValueError("there is no such field")
    if name == CUSTOM:
        return custom_values(table, value)
    if name not in table.by_name:
        raise ValueError("this PSA has no such field")
    return None if value is None else typed(table.kind.traits[name], value, context.tenant)


def shown(record: Record, name: str) -> str:
    """What a field holds, for an error to tell."""
    return str(getattr(record, name))[:200]


def doubted(table: Table, name: str) -> bool:
    """Whether the vendor is known to accept this field and not to store it."""
    field = table.by_name.get(name)
    return field is not None and field.doubted


def kept_word(record: Record, values: Mapping[str, Any], names: Iterable[str], tried: str) -> None:
    """Raises `Conflict` if the vendor stored something else than what it was told."""
    if other := [name for name in names if name != "visibility" and not same(record, values, [name])]:
        raise Conflict(
            tried,
            said=["the vendor accepted the update and stored something else"],
            problems=[Problem(name, "was not stored as asked", shown(record, name)) for name in other],
            hint="The other fields are changed. Somebody or something in the PSA (a rule, a workflow) may have the last word.",
        )


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


async def settled(
    context: Context, table: Table, values: Mapping[str, Any], tried: str, *, record: str | None = None
) -> dict[str, Any]:
    """The values with labels resolved; what others depend on first, as the caller names it or as the `record` has it."""
    settled: dict[str, Any] = dict(values)
    for name in sorted(values, key=lambda one: depth(table, one)):
        if name == CUSTOM or values[name] is None:
            continue
        trait, field = table.kind.traits[name], table.by_name[name]
        if trait.sort is Sort.CHOICE or isinstance(values[name], Name):
            parent = settled.get(field.parent) if field.parent else None
            word = as_word(trait, values[name])
            if parent is None and record is not None and field.parent is not None and field.parent not in values:
                parent = await standing(context, table, trait, word, record, tried)
            settled[name] = await chosen(context, table, trait, word, parent, tried)
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
            candidates=[id],
            resolver=lambda: context.carry(stored_later(context, table, id)),
        ) from error
    wanted = given.get("visibility")
    if isinstance(record, Note) and wanted is not None and record.visibility is not Visibility(wanted):
        await breached(context, table, record, Visibility(wanted))
    return record


async def stored_later(context: Context, table: Table, id: str) -> Resolved:
    """The record that was written and could not be read back."""
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return Resolved(happened=True, record=await context.adapter.get(table, id))


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
