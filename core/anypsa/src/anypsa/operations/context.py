"""Context: one connection as the operations see it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ConfigurationError, Unsupported
from ..journal import Journal
from ..models import Kind, Record
from ..outbox import Outbox
from ..plans import PlanStore
from ..session import Session
from ..settings import Settings
from ..spi.adapter import Adapter
from ..spi.table import Table, Verb
from ..state import StateStore

if TYPE_CHECKING:
    from .gathering import Gathering

V = TypeVar("V")


@dataclass
class Context:
    """An adapter with its session, its journal, and what this connection has learned about its tenant.

    `state` is where it keeps what must survive the process, if it was given one. `carry` is how the face brings a
    coroutine to its end: it runs it, or hands it to the caller to be awaited.
    """

    adapter: Adapter
    session: Session
    settings: Settings
    journal: Journal
    state: StateStore | None = None
    carry: Callable[[Coroutine[Any, Any, Any]], Any] = field(default=lambda coroutine: coroutine)
    visibility_breached: bool = field(default=False)
    gatherings: dict[str, Gathering] = field(default_factory=dict)
    """Who gathers single gets, by kind."""
    entities: dict[str, Table] = field(default_factory=dict)
    """Tables of entities that were opened by the vendor's name."""
    unmade: dict[str, Record] = field(default_factory=dict)
    """The latest records that were predicted and never made, by their ids."""

    @property
    def tenant(self) -> str:
        """The tenant's key."""
        return self.session.tenant

    @property
    def outbox(self) -> Outbox:
        """Its outbox; raises `ConfigurationError` if it keeps no state."""
        return self._stored("use the outbox").outbox

    @property
    def plans(self) -> PlanStore:
        """Its plans; raises `ConfigurationError` if it keeps no state."""
        return self._stored("make or use a plan").plans

    def _stored(self, tried: str) -> StateStore:
        if self.state is None:
            raise ConfigurationError(
                tried,
                said=["this connection keeps no state"],
                hint='Say where: anypsa.connect(..., state="anypsa.db"). It needs pip install "anypsa[automation]".',
            )
        return self.state

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


async def close(context: Context) -> None:
    """Gives everything back. A state store that was given may serve other connections too."""
    await context.session.close()
    if context.state is not None and context.state is not context.settings.state:
        await context.session.wire.offload(context.state.dispose)
