"""Expanding: relations filled with records, by batched look-ups over all relations side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from ..errors import Invalid, Problem
from ..models import Kind, Record, Ref, Sort
from ..spi.table import Table, Verb
from .context import Context
from .lookups import looked_up

R = TypeVar("R", bound=Record)


class Expander:
    """Fills `record.company.record` and the like; remembers what it read, for the pages to come."""

    def __init__(self, context: Context, kind: Kind[Any, ..., ...], names: Iterable[str]) -> None:
        self._context = context
        self._targets: dict[str, Table] = {}
        self._known: dict[tuple[str, str], Record | None] = {}
        self._made: dict[tuple[str, str], Ref[Any]] = {}
        names = [names] if isinstance(names, str) else list(names)
        relations = {name: trait for name, trait in kind.traits.items() if trait.sort is Sort.REFERENCE}
        problems = [
            Problem(name, f"{kind.plural} have no such relation", allowed=tuple(relations))
            for name in names
            if name not in relations
        ]
        if problems:
            raise Invalid(f"expand {kind.plural}", problems=problems)
        for name in names:
            target = relations[name].target
            if target is not None:
                self._targets[name] = context.table(kind_of(context, target), Verb.GET)

    @property
    def names(self) -> Iterable[str]:
        """What is to be expanded."""
        return self._targets.keys()

    @property
    def kinds(self) -> Iterable[str]:
        """What is looked up for it."""
        return [table.name for table in self._targets.values()]

    async def filled(self, records: Sequence[R]) -> Sequence[R]:
        """The records, with the named relations read."""
        if not self._targets or not records:
            return records
        await self._read(records)
        return [self._fill(record) for record in records]

    async def _read(self, records: Sequence[Record]) -> None:
        wanted: dict[str, tuple[Table, dict[str, None]]] = {}
        for name, table in self._targets.items():
            _, ids = wanted.setdefault(table.name, (table, {}))
            for record in records:
                ref: Ref[Any] | None = getattr(record, name)
                if ref and (table.name, ref.id) not in self._known:
                    ids[ref.id] = None
        lookups = [(table, tuple(ids)) for table, ids in wanted.values() if ids]
        found = await self._context.session.gather(
            [partial(looked_up, self._context, table, some) for table, some in lookups]
        )
        for (table, some), batch in zip(lookups, found, strict=True):
            self._known.update({(table.name, id): None for id in some})
            self._known.update({(table.name, id): one for id, one in batch.items()})

    def _fill(self, record: R) -> R:
        changed: dict[str, Any] = {}
        for name, table in self._targets.items():
            ref: Ref[Any] | None = getattr(record, name)
            if ref and (filled := self._reference(name, table, ref)) is not None:
                changed[name] = filled
        return record.with_read(changed)

    def _reference(self, name: str, table: Table, ref: Ref[Any]) -> Ref[Any] | None:
        """A reference with its record, one object for all records that it stands in; None if there is no such record."""
        made = self._made.get((name, ref.id))
        if made is None and (target := self._known.get((table.name, ref.id))) is not None:
            label = getattr(target, "name", None) or ref.name
            made = self._made[name, ref.id] = ref.model_copy(update={"record": target, "name": label})
        return made


def kind_of(context: Context, model: type[Record]) -> Kind[Any, ..., ...]:
    """The kind of a model that the adapter knows, or one that will be told unsupported."""
    for table in context.adapter.tables.values():
        if table.kind.model is model:
            return table.kind
    return Kind(model, f"{model.__name__.lower()}s", new=dict, change=dict)
