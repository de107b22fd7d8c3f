"""The controller of a tenant's rollout: settling, reviewing and the weekly figures, over one connection and its state.

Run daily: `Rollout(psa).settle()`. The clock is the connection's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from anypsa import ConfigurationError, Policy, Psa
from anypsa.journal import Stage as Written

from ..rows import read
from ..schema import ENTRIES
from ..state import State
from .cases import Case, CaseKind, Outcome
from .figures import Figures, Ratings, measured
from .history import Week, history
from .promoting import Move, Rate, by_field, review
from .replay import Compared, Replayed, Suggest, replay_function, replay_policy
from .settling import Store, settle
from .store import StageEvent, Standing, Stop, may


@dataclass(frozen=True)
class Reviewed:
    """What a look at the open cases brought: how many were settled, and what moved."""

    settled: Mapping[Outcome, int]
    moves: Sequence[Move]


class Rollout:
    """The rollout of one tenant."""

    def __init__(self, psa: Psa) -> None:
        state = psa.context.state
        if not isinstance(state, State):
            hint = 'Say where: anypsa.connect(..., state="anypsa.db").'
            raise ConfigurationError("look at stages", said=["this connection keeps no state"], hint=hint)
        self.psa = psa
        self.state = state

    def now(self) -> datetime:
        """The time, by the connection's clock."""
        return self.psa.context.session.moment()

    def settle(self) -> Reviewed:
        """Looks at open cases again, demotes what has to be, and proposes what may be promoted."""
        store = Store(self.state.cases, self.state.terms, self.state.plans.plan, self._written, self.psa.state_of)
        now = self.now()
        settled = settle(self.psa, store, now)
        moves = review(self.state.stages, self.state.cases, self.state.terms, self.psa.tenant, now)
        return Reviewed(settled, moves)

    def standings(self) -> Sequence[Standing]:
        """Where the categories stand."""
        return self.state.stages.standings(self.psa.tenant)

    def events(self, limit: int | None = None) -> Sequence[StageEvent]:
        """What happened to categories, and who stopped what, the latest first."""
        return self.state.stages.events(self.psa.tenant, limit)

    def may_promote(self, who: str) -> bool:
        """Whether somebody may promote categories, and let writes go on."""
        return may(who, self.psa.context.settings.promoters)

    def may_stop(self, who: str) -> bool:
        """Whether somebody may stop all writes: everybody, if the setting `stoppers` names none."""
        return not self._stoppers or may(who, self._stoppers)

    def stopped(self) -> Stop | None:
        """What stops all writes now, if anything does."""
        return self.state.stages.stop(self.psa.tenant)

    def propose(self, category: str, *, by: str, why: str) -> Standing:
        """Proposes that a category is promoted, whatever its rate; who may promote has to confirm it. Anybody may propose."""
        now = self.now()
        standing = self.state.stages.standing(self.psa.tenant, category, now)
        return self.state.stages.propose(standing, now, why, by=by)

    def promote(self, category: str, *, by: str, why: str | None = None) -> Standing:
        """Promotes a category by one stage, as was proposed or for a reason; raises `Denied` for who may not."""
        promoters = self.psa.context.settings.promoters
        return self.state.stages.promote(self.psa.tenant, category, by=by, promoters=promoters, now=self.now(), why=why)

    def demote(self, category: str, *, by: str, why: str) -> Standing:
        """Brings a category back to shadow."""
        return self.state.stages.demote(self.psa.tenant, category, by=by, why=why, now=self.now())

    def kill(self, *, by: str, why: str, everywhere: bool = False) -> None:
        """Stops every write at once, of this tenant or of all that keep their state here; raises `Denied` for who may
        not, where the setting `stoppers` names who may."""
        whom = None if everywhere else self.psa.tenant
        self.state.stages.kill(whom, by=by, why=why, now=self.now(), stoppers=self._stoppers)

    def unkill(self, *, by: str, everywhere: bool = False) -> bool:
        """Lets writes go on; raises `Denied` for who may not."""
        whom, promoters = None if everywhere else self.psa.tenant, self.psa.context.settings.promoters
        return self.state.stages.unkill(whom, by=by, promoters=promoters, now=self.now())

    def comparison(self) -> Mapping[str, Mapping[str, Rate]]:
        """How often predictions were what people did, by category and field."""
        return by_field(self.predictions())

    def predictions(self) -> Sequence[Case]:
        """All that was predicted."""
        return self.state.cases.cases(self.psa.tenant, kind=CaseKind.PREDICTION)

    def figures(self, until: datetime | None = None, *, ratings: Ratings | None = None) -> Figures:
        """The figures of the week that ends now, or at a moment; `ratings` tells what customers said of tickets."""
        return measured(self.psa, self.state, until or self.now(), ratings)

    def history(self, weeks: int = 12, until: datetime | None = None) -> Sequence[Week]:
        """The rates of the last weeks, the earliest first; the vendor is not asked."""
        return history(self.state, self.psa.tenant, until or self.now(), weeks)

    def replay(self, policy: Policy, *, before: Policy | None = None) -> Replayed:
        """What a changed policy makes of the writes that are on record, beside `before` or what was decided then."""
        decisions = self.state.audit.decisions(self.psa.tenant)
        return replay_policy(policy, decisions, self.predictions(), before=before)

    def replay_function(self, suggest: Suggest) -> Compared:
        """How often a changed function does what people did with the tickets that were predicted on."""
        return replay_function(suggest, self.predictions())

    @property
    def _stoppers(self) -> Sequence[str]:
        """Who is named; whoever may let writes go on may stop them too."""
        settings = self.psa.context.settings
        return (*settings.stoppers, *settings.promoters) if settings.stoppers else ()

    def _written(self, tenant: str, ticket: str) -> Mapping[str, Any]:
        """What our writes last put into the fields of a ticket, by the journal."""
        of_ticket = (ENTRIES.c.tenant == tenant, ENTRIES.c.entity == "ticket", ENTRIES.c.record == ticket)
        wanted = (
            select(ENTRIES.c.given).where(*of_ticket, ENTRIES.c.stage == str(Written.DONE)).order_by(ENTRIES.c.touched)
        )
        with self.state.database.transaction() as connection:
            found = [read(given) for given in connection.execute(wanted).scalars()]
        return {name: value for one in found for name, value in one.items()}
