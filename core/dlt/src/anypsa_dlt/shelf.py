"""Shelf: a copy that stands in a warehouse. How far it has got is dlt's own state; its rows are what dlt loads.

dlt keeps the state of a run together with its rows, or neither: a run that is killed has not been.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import dlt

from anypsa import Record, StateUnavailable
from anypsa.copying import READING, WHOLE
from anypsa.models import Kind

from .columns import ORDER, TENANT, gone, row

if TYPE_CHECKING:
    from dlt import Pipeline


class Shelf:
    """One tenant's share of a table: a copy as `anypsa.copying` has it."""

    def __init__(
        self, pipeline: Pipeline, kind: Kind[Any, ..., ...], tenant: str, state: MutableMapping[str, Any]
    ) -> None:
        self._pipeline = pipeline
        self._kind = kind
        self._tenant = tenant
        self._state = state
        self._met: set[str] = set()
        """What this run met: it is not in the warehouse before the run has ended."""
        self._rows: list[dict[str, Any]] = []

    def take(self) -> list[dict[str, Any]]:
        """The rows since the last time."""
        rows, self._rows = self._rows, []
        return rows

    @property
    def stage(self) -> str | None:
        return self._state.get("stage")

    @property
    def cursor(self) -> str | None:
        return self._state.get("cursor")

    @property
    def after(self) -> str | None:
        return self._state.get("after")

    def begin(self, cursor: str | None) -> None:
        self._met.clear()
        self._state.update({"stage": READING, "cursor": cursor, "after": None, "since": self._next()})

    def keep(self, records: Sequence[Record], *, after: str | None) -> None:
        self._add(records)
        if after is not None:
            self._state["after"] = after

    def unseen(self) -> Sequence[str]:
        return [id for id in self._ids(before=self._state["since"]) if id not in self._met]

    def end(self, gone: Sequence[str]) -> None:
        self._drop(gone)
        self._state.update({"stage": WHOLE, "after": None})

    def follow(self, records: Sequence[Record], gone: Iterable[str], cursor: str) -> None:
        self._drop(gone)
        self._add(records)
        self._state["cursor"] = cursor

    def known(self, ids: Iterable[str]) -> set[str]:
        wanted = set(ids)
        return wanted and wanted.intersection({*self._ids(), *self._met})

    def __len__(self) -> int:
        return len({*self._ids(), *self._met})

    def _next(self) -> int:
        """The number of the next page."""
        self._state["order"] = order = int(self._state.get("order", 0)) + 1
        return order

    def _add(self, records: Sequence[Record]) -> None:
        order = self._next()
        self._met.update(one.id for one in records)
        self._rows += [row(one, self._kind, order) for one in records]

    def _drop(self, ids: Iterable[str]) -> None:
        order = self._next()
        self._rows += [gone(self._tenant, id, order) for id in ids]

    def _ids(self, *, before: int | None = None) -> Sequence[str]:
        """The ids in the warehouse; raises `StateUnavailable` if it does not hold yet all that was read before."""
        pipeline, plural = self._pipeline, self._kind.plural
        if pipeline.has_pending_data:
            said = ["what was extracted before is not loaded yet"]
            raise StateUnavailable(f"look at {plural} in the warehouse", said=said, hint="pipeline.run() loads it.")
        name = dlt.current.source_schema().name
        if name not in pipeline.schemas or plural not in pipeline.schemas[name].data_table_names(seen_data_only=True):
            return []  # nothing was loaded yet
        with pipeline.sql_client() as client:
            table = client.make_qualified_table_name(plural)
            id, tenant, order = map(client.escape_column_name, ("id", TENANT, ORDER))
            query = f"SELECT {id} FROM {table} WHERE {tenant} = %s"
            given: list[Any] = [self._tenant]
            if before is not None:
                query, given = f"{query} AND {order} < %s", [*given, before]
            return [id for (id,) in client.execute_sql(query, *given) or ()]
