"""The state store: what must survive the process, in one file or one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from anypsa import ConfigurationError, Patience, Policy, Problem

from .audit import DurableAudit
from .clients import Clients
from .database import Database
from .eventlog import EventLog
from .inbox import Inbox
from .journal import DurableJournal
from .outbox import DurableOutbox
from .plans import DurablePlans
from .rows import stamp, utc_now
from .schema import CHECKS, migrate
from .stages.cases import Cases
from .stages.ladder import Terms
from .stages.policy import Governed
from .stages.store import StageStore
from .webhooksecrets import WebhookSecrets

RETENTION: Final = timedelta(days=30)


@dataclass(frozen=True)
class Purged:
    """How much was forgotten."""

    entries: int
    items: int
    decisions: int = 0
    checks: int = 0
    plans: int = 0
    wakeups: int = 0
    events: int = 0
    cases: int = 0


class State:
    """A durable journal, an outbox, an inbox, plans and an audit trail: `State("anypsa.db")`, `State("postgresql://...")`.

    Brings the schema up to date when it is opened, and forgets what is older than `retention` (None: nothing): closed
    entries, done and discarded items and plans that ended, which all hold customers' text, decisions, identity checks
    that expired, events that were handled, and wake-ups that were dealt with, which are kept for a week at least. May be
    shared by threads and connections; every process opens its own.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        retention: timedelta | None = RETENTION,
        patience: Patience = Patience(),  # noqa: B008  # frozen
        terms: Terms = Terms(),  # noqa: B008  # frozen
    ) -> None:
        self.database = Database(str(where))
        self.journal = DurableJournal(self.database)
        self.outbox = DurableOutbox(self.database, patience)
        self.plans = DurablePlans(self.database)
        self.audit = DurableAudit(self.database)
        self.stages = StageStore(self.database)
        self.cases = Cases(self.database)
        self.terms = terms
        self.inbox = Inbox(self.database)
        self.eventlog = EventLog(self.database)
        self.clients = Clients(self.database)
        self.webhook_secrets = WebhookSecrets(self.database)
        try:
            with self.database.transaction() as connection:
                migrate(connection)
            if retention is not None:
                self.purge(older_than=retention)
        except BaseException:
            self.database.dispose()  # nobody else could: there is no store to give back
            raise

    def __repr__(self) -> str:
        return f"<State {self.database.name}>"

    @property
    def predictions(self) -> Cases:
        """Where what was only predicted is kept."""
        return self.cases

    def governed(self, policy: Policy, categories: Sequence[str]) -> Policy:
        """The policy with the stop and the stages that are kept here; see `stages.policy`."""
        return Governed(policy, self.stages, categories, self.terms)

    def purge(self, *, older_than: timedelta) -> Purged:
        """Forgets what is done with and was last touched so long ago. What is open, waiting or dead stays.

        An idempotency key is forgotten with its entry: the same key then makes a new record.
        """
        if older_than < timedelta():
            problem = Problem("older_than", "wants a duration of 0 or more")
            raise ConfigurationError("purge the state store", problems=[problem])
        now = utc_now()
        before = now - older_than
        with self.database.transaction() as connection:
            expired = delete(CHECKS).where(CHECKS.c.expires < stamp(before))
            return Purged(
                plans=self.plans.purge(connection, before),
                entries=self.journal.purge(connection, before),
                items=self.outbox.purge(connection, before),
                decisions=self.audit.purge(connection, before),
                checks=connection.execute(expired).rowcount,
                wakeups=self.inbox.purge(connection, before, now),
                events=self.eventlog.purge(connection, before),
                cases=self.cases.purge(connection, before),
            )

    def dispose(self) -> None:
        """Closes its connections."""
        self.database.dispose()
