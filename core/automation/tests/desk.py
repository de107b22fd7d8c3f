"""A desk at a sandbox: a ticket with a technician, people who write notes on it by hand, and connections to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import update

import anypsa
from anypsa import Plan, Psa
from anypsa.plans import digest_of
from anypsa_automation.rows import stamp
from anypsa_automation.schema import PLANS
from anypsa_sandbox import Sandbox

VENDORS: Final = ("autotask", "halopsa")
FAST: Final[dict[str, Any]] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0, "release_lag": 0.0}


@contextmanager
def running(vendor: str, tickets: int = 150) -> Iterator[Sandbox]:
    with Sandbox(vendor, tickets=tickets, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


@dataclass
class Desk:
    """One ticket, which is Jane's, and a file for the state."""

    sandbox: Sandbox
    folder: Path
    ticket: str
    opened: list[Any] = field(default_factory=list)

    @property
    def people(self) -> list[dict[str, Any]]:
        """The technicians of the world: the API user, those who work there, and one who left."""
        return self.sandbox.world().rows("technicians")

    @property
    def jane(self) -> dict[str, Any]:
        return self.people[1]

    @property
    def bob(self) -> dict[str, Any]:
        return self.people[2]

    @property
    def gone(self) -> dict[str, Any]:
        return next(one for one in self.people if one["active"] is False)

    @property
    def where(self) -> str:
        return str(self.folder / "state.db")

    def connect(self, policy: Any = "guarded", **settings: Any) -> Psa:
        """A connection; all of a desk keep their state in one file."""
        settings = {**FAST, "state": self.where, "policy": policy, **settings}
        self.opened.append(anypsa.connect(self.sandbox.dialect.name, **self.sandbox.settings, **settings))
        psa: Psa = self.opened[-1]
        return psa

    def assign(self, technician: int | None) -> None:
        """Somebody assigns the ticket by hand."""
        self.sandbox.world().change("tickets", int(self.ticket), {"assignee": technician})

    def write(self, body: str, by: int | None = None, **more: Any) -> int:
        """Somebody writes a note by hand; Jane, internally, if nothing else is said."""
        now = self.sandbox._frame.clock.moment()  # the sandbox has no other way to write without the API
        values = {"ticket": int(self.ticket), "kind": "Task Notes", "title": "note", "visibility": "internal"}
        who = {"author": self.jane["id"] if by is None else by, "created": now, "updated": now}
        return self.sandbox.world().add("notes", {**values, **who, "body": body, **more})

    def reply(self, plan: Any, word: str = "approve", **more: Any) -> int:
        return self.write(f"{word} {plan.code}", **more)

    def row(self) -> dict[str, Any]:
        row = self.sandbox.world().row("tickets", int(self.ticket))
        assert row is not None
        return row

    def notes(self) -> list[str]:
        """What all notes of the ticket say, in order."""
        return [one["body"] for one in self.sandbox.world().rows("notes") if one["ticket"] == int(self.ticket)]

    def planned(self, psa: Psa, title: str = "Restarted the spooler.", **more: Any) -> Plan:
        """A proposed plan that sets the ticket's title."""
        with psa.plan(self.ticket, why="The queue is stuck.", **more) as plan:
            plan.tickets.update(self.ticket, title=title)
        return plan.propose()

    def pass_time(self, psa: Psa) -> None:
        """All plans are so old that they expired, as if they had been made to: their digests are of that."""
        state: Any = psa.context.state
        for plan in psa.plans.list():
            old = replace(plan, expires=plan.created + timedelta(microseconds=1))
            digest = digest_of(old, old.items)
            aged = {"expires": stamp(old.expires), "digest": digest, "approved": plan.approved and digest}
            with state.database.transaction() as connection:
                connection.execute(update(PLANS).where(PLANS.c.id == plan.id).values(**aged))

    def close(self) -> None:
        for one in self.opened:
            one.close()


def tickets_of(sandbox: Sandbox) -> Iterator[str]:
    """Open tickets, one after the other."""
    yield from (str(row["id"]) for row in sandbox.world().rows("tickets") if row["closed"] is None)
