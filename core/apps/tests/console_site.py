"""A console as it is served, over a tenant of a sandbox with something to look at, and the people who use it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from provider import CLIENT, SECRET, Provider, served

import anypsa
from anypsa import Plan, Policy, Psa, Ticket, q
from anypsa_apps.console import Access, ByCode, ByProvider, console
from anypsa_apps.web import SignIn
from anypsa_automation.stages import Stage
from anypsa_automation.stages.controller import Rollout
from anypsa_sandbox import Sandbox

JANE, BEN = 1, 2
"""Technicians, by their place in the world: Jane is assigned to each open ticket of these."""
CATEGORIES = ("hardware", "accounts")


@dataclass
class Site:
    """What the tests talk about."""

    sandbox: Sandbox
    psa: Psa
    url: str
    provider: Provider
    codes: list[str] = field(default_factory=list)
    browsers: list[httpx2.Client] = field(default_factory=list)

    @property
    def people(self) -> list[dict[str, Any]]:
        return self.sandbox.world().rows("technicians")

    @property
    def rollout(self) -> Rollout:
        return Rollout(self.psa)

    def is_now(self, person: int) -> None:
        """Whoever signs in at the provider is this one from now on."""
        self.provider.person = {"email": self.people[person]["email"], "email_verified": True}

    def browser(self) -> httpx2.Client:
        self.browsers.append(httpx2.Client(follow_redirects=True, trust_env=False, base_url=self.url))
        return self.browsers[-1]

    def tickets(self, category: str) -> list[Ticket]:
        found = self.psa.tickets.list(q.state == "open")
        return [one for one in found if str(one.category).casefold() == category]

    def plan(self, place: int = 0) -> Plan:
        """A plan that waits for Jane."""
        self.asking()
        ticket = self.tickets("accounts")[place]
        self.sandbox.world().change("tickets", int(ticket.id), {"assignee": self.people[JANE]["id"]})
        with self.psa.plan(ticket, why="<b>The queue</b> is stuck.") as plan:
            plan.tickets.update(ticket, title=f"Restarted the spooler {place}.")
        return plan.propose()

    def predicted(self) -> None:
        """Some predictions, of which people did most and one not."""
        watched = self.tickets("hardware")[:4]
        for ticket in watched:
            self.psa.tickets.update(ticket, queue="Service Desk")
        with anypsa.connect(self.sandbox.dialect.name, **self.sandbox.settings, **FAST, policy=Policy.open) as people:
            done = next(str(one.status) for one in people.tickets.list(q.state == "closed"))
            for place, ticket in enumerate(watched):
                people.tickets.update(ticket, queue="Network" if place == 0 else "Service Desk", status=done)
        self.rollout.settle()

    def stage_of(self, category: str) -> Stage:
        found = [one.stage for one in self.rollout.standings() if one.category == category]
        return found[0] if found else Stage.SHADOW

    def asking(self) -> None:
        """Accounts are where everything wants an approval."""
        while self.stage_of("accounts") is not Stage.APPROVAL:
            self.rollout.promote("accounts", by=self.people[JANE]["email"], why="It begins there.")


FAST: dict[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0, "release_lag": 0.0}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def site(sandbox: Sandbox, folder: Path, provider: Provider, *, by_code: bool = False, **more: Any) -> Iterator[Site]:
    """Serves it: with the provider's sign-in, or with a printed code as Jane."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    jane = sandbox.world().rows("technicians")[JANE]["email"]
    own = {"state": folder / "state.db", "stages": CATEGORIES, "promoters": (jane,), "public_url": url, **more}
    with anypsa.connect(sandbox.dialect.name, **sandbox.settings, **FAST, **own) as psa:
        made = Site(sandbox, psa, url, provider)
        access: Access = ByProvider(SignIn(provider.issuer, CLIENT, SECRET), url)
        if by_code:
            access = ByCode(jane, made.codes.append)
        with served(console(psa, access, url), port):
            yield made
            for browser in made.browsers:
                browser.close()
