"""Context: one connection as the operations see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import Unsupported
from ..models import Kind
from ..session import Session
from ..settings import Settings
from ..spi.adapter import Adapter
from ..spi.table import Table, Verb


@dataclass
class Context:
    """An adapter with its session, and what this connection has learned about its tenant."""

    adapter: Adapter
    session: Session
    settings: Settings
    visibility_breached: bool = field(default=False)

    @property
    def tenant(self) -> str:
        """The tenant's key."""
        return self.session.tenant

    def table(self, kind: Kind[Any, ..., ...], verb: Verb) -> Table:
        """The table of a kind, if the adapter declares the verb; raises `Unsupported` before anything is sent."""
        table = self.adapter.tables.get(kind.name)
        if table is None or not table.verbs & verb:
            word = (verb.name or "use").lower()
            offered = ", ".join(name.lower() for one in Verb if table and one in table.verbs and (name := one.name))
            raise Unsupported(
                f"{word} {kind.plural}",
                said=[f"{self.adapter.name} offers {offered or 'nothing'} for {kind.plural}"],
                hint="psa.capabilities tells what there is.",
            )
        return table
