"""Context: one connection as the operations see it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from ..errors import Unsupported
from ..journal import Journal
from ..models import Kind
from ..session import Session
from ..settings import Settings
from ..spi.adapter import Adapter
from ..spi.table import Table, Verb

V = TypeVar("V")


@dataclass
class Context:
    """An adapter with its session, its journal, and what this connection has learned about its tenant.

    `carry` is how the face brings a coroutine to its end: it runs it, or hands it to the caller to be awaited.
    """

    adapter: Adapter
    session: Session
    settings: Settings
    journal: Journal
    carry: Callable[[Coroutine[Any, Any, Any]], Any] = field(default=lambda coroutine: coroutine)
    visibility_breached: bool = field(default=False)
    entities: dict[str, Table] = field(default_factory=dict)
    """Tables of entities that were opened by the vendor's name."""

    @property
    def tenant(self) -> str:
        """The tenant's key."""
        return self.session.tenant

    def table(self, kind: Kind[Any, ..., ...], verb: Verb) -> Table:
        """The table of a kind, if the adapter declares the verb; raises `Unsupported` before anything is sent."""
        table = self.adapter.tables.get(kind.name) or self.entities.get(kind.name)
        if table is None or not table.verbs & verb:
            word = (verb.name or "use").lower()
            offered = ", ".join(name.lower() for one in Verb if table and one in table.verbs and (name := one.name))
            raise Unsupported(
                f"{word} {kind.plural}",
                said=[f"{self.adapter.name} offers {offered or 'nothing'} for {kind.plural}"],
                hint="psa.capabilities tells what there is.",
            )
        return table


async def noted(context: Context, act: Callable[[Journal], V]) -> V:
    """Does something with the journal, in a thread where that would hold others up."""
    journal = context.journal
    return act(journal) if journal.instant else await context.session.wire.offload(partial(act, journal))
