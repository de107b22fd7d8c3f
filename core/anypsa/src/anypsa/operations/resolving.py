"""Resolving: labels become ids, by the tenant's own lists. Unknown and ambiguous names list the candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from ..errors import Incomplete, Invalid, Problem
from ..models import TECHNICIANS, Name, Sort, Technician, Trait
from ..query import EVERYTHING, And, Expression, Not, Operator, Or, Test, Unclear
from ..spi.adapter import Option
from ..spi.table import Table, Verb
from .context import Context

TECHNICIANS_KEPT = 300.0


async def options(context: Context, table: Table, trait: Trait) -> Sequence[Option]:
    """The tenant's values of a field: its own list, or its technicians."""
    if trait.sort is Sort.REFERENCE:
        return await context.session.once(
            "technicians", lambda: technicians(context), ttl=TECHNICIANS_KEPT, failure_ttl=1.0
        )
    return await context.adapter.options(table, trait.name)


async def technicians(context: Context) -> Sequence[Option]:
    """All technicians, as values of a list."""
    table = context.table(TECHNICIANS, Verb.LIST)
    plan = await context.adapter.plan(table, EVERYTHING)
    found: dict[str, Technician] = {}
    cursors: list[Any] = [None]
    while True:
        page = await context.adapter.page(table, plan.queries[0], cursors[-1], None)
        found.update({one.id: one for one in page.records if isinstance(one, Technician)})
        if page.cursor is None:
            return [Option(one.id, one.name, active=bool(one.active)) for one in found.values()]
        if page.cursor in cursors:
            raise Incomplete("list all technicians", said=["the vendor gives the same page again and again"])
        cursors.append(page.cursor)


async def resolved(context: Context, table: Table, expression: Expression) -> Expression:
    """The filter with every label replaced by the ids it stands for."""
    match expression:
        case And(items):
            return And(tuple([await resolved(context, table, item) for item in items]))
        case Or(items):
            return Or(tuple([await resolved(context, table, item) for item in items]))
        case Not(item):
            return Not(await resolved(context, table, item))
        case Test(trait, op, value) if any(isinstance(one, Name) for one in several(value)):
            known = await options(context, table, trait)
            ids = [id for one in several(value) for id in meant(trait, one, known, f"filter {table.kind.plural}")]
            return membership(trait, op, tuple(dict.fromkeys(ids)))
    return expression


def several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def membership(trait: Trait, op: Operator, ids: tuple[str, ...]) -> Test:
    """One label may stand for several values (the same sub-type under two types): equality becomes membership."""
    if len(ids) == 1 and op in (Operator.EQ, Operator.NE):
        return Test(trait, op, ids[0])
    return Test(trait, Operator.IN if op in (Operator.EQ, Operator.IN) else Operator.NOT_IN, ids)


def meant(trait: Trait, value: str, known: Sequence[Option], tried: str) -> list[str]:
    """The ids that a caller's word stands for; raises `Invalid` with the candidates if it stands for none or is unclear."""
    if not isinstance(value, Name):
        return [value]
    if not known and isinstance(value, Unclear) and value.isdecimal():
        return [str(value)]  # a tenant without such a list has no labels, and a number can only be an id
    labelled = [option for option in known if same(option.label, value)]
    if isinstance(value, Unclear):
        numbered = [option for option in known if option.id == value]
        if numbered and labelled and numbered != labelled:
            raise unclear(trait, value, [*numbered, *labelled], tried)
        labelled = labelled or numbered
    if not labelled:
        raise unknown(trait, value, known, tried)
    return [option.id for option in labelled]


def same(label: str, value: str) -> bool:
    return label.strip().casefold() == value.strip().casefold()


def unclear(trait: Trait, value: str, candidates: Iterable[Option], tried: str) -> Invalid:
    listed = tuple(f"{option.label} (id {option.id})" for option in candidates)
    problem = Problem(trait.name, f"{value!r} may mean several values", value=str(value), allowed=listed)
    return Invalid(tried, problems=[problem], hint='Say which: anypsa.Id("...") or anypsa.Name("...").')


def unknown(trait: Trait, value: str, known: Sequence[Option], tried: str) -> Invalid:
    labels = [option.label for option in known if option.active]
    near = get_close_matches(value, labels, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else None
    problem = Problem(trait.name, f"there is no {value!r}", value=str(value), allowed=tuple(labels))
    return Invalid(tried, problems=[problem], hint=hint)


async def chosen(context: Context, table: Table, trait: Trait, value: str, parent: str | None, tried: str) -> str:
    """The one id to write for a caller's label or id: known, active, and of the right parent."""
    known = await options(context, table, trait)
    fitting = [one for one in known if parent is None or one.parent in (None, "", parent)]
    ids = meant(trait, value, fitting, tried)
    if not known:
        return ids[0]
    matching = [one for one in fitting if one.id in ids]
    active = [one for one in matching if one.active]
    if not matching:
        raise unknown(trait, value, fitting, tried)
    if not active:
        problem = Problem(trait.name, f"{matching[0].label!r} is inactive", allowed=labels_of(fitting))
        raise Invalid(tried, problems=[problem])
    if len({one.id for one in active}) > 1:  # one value may go by several labels
        raise unclear(trait, value, active, tried)
    return active[0].id


async def standing(context: Context, table: Table, trait: Trait, word: str, record: str, tried: str) -> str | None:
    """What a value depends on in the record that is changed; looked up only where a label stands for several values."""
    parent = table.by_name[trait.name].parent
    known = await options(context, table, trait)
    if parent is None or len(set(meant(trait, word, known, tried))) == 1:
        return None
    held = getattr(await context.adapter.get(table, record), parent)
    return str(held.id) if held else None


def labels_of(known: Sequence[Option]) -> tuple[str, ...]:
    return tuple(one.label for one in known if one.active)
