"""The automation of the demo: triage by what a ticket's title speaks of. It knows no vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from anypsa import AsyncPsa, Company, Expression, Psa, Ticket, Visibility, q


@dataclass(frozen=True)
class Rule:
    """Tickets whose title has one of these words belong in this queue, with this priority."""

    words: tuple[str, ...]
    queue: str
    priority: str
    reason: str

    @property
    def note(self) -> str:
        """What is left on the ticket for technicians."""
        return f"Triaged to {self.queue}, priority {self.priority}: {self.reason}."


RULES: Final = (
    Rule(("phishing", "password", "0x8007"), "Security", "Critical", "it may be an attack"),
    Rule(("vpn", "wi-fi", "switch", "rds host"), "Network", "High", "several people may be cut off"),
    Rule(("printer", "scan", "laptop", "disk"), "Onsite", "Medium", "somebody has to go there"),
)
OTHERWISE: Final = Rule((), "Service Desk", "Low", "nothing urgent is recognised")


@dataclass(frozen=True)
class Done:
    """What was done to one ticket."""

    before: Ticket
    after: Ticket
    rule: Rule


def rule_for(ticket: Ticket) -> Rule:
    """The first rule that fits."""
    title = ticket.title.casefold()
    return next((rule for rule in RULES if any(word in title for word in rule.words)), OTHERWISE)


def settled(ticket: Ticket, rule: Rule) -> bool:
    """Whether a ticket is where its rule wants it."""
    queue = ticket.queue.label if ticket.queue else None
    priority = ticket.priority.label if ticket.priority else None
    return (queue, priority) == (rule.queue, rule.priority)


def wanted(company: Company) -> Expression:
    """The tickets to look at."""
    return (q.state == "open") & (q.company == company)


def triage(psa: Psa, company: Company) -> Iterator[Done]:
    """Sets queue and priority of a customer's open tickets by name, and leaves an internal note on each."""
    for ticket in psa.tickets.list(wanted(company)):
        rule = rule_for(ticket)
        if not settled(ticket, rule):
            after = psa.tickets.update(ticket, queue=rule.queue, priority=rule.priority)
            psa.notes.create(ticket=ticket, body=rule.note, visibility=Visibility.INTERNAL)
            yield Done(ticket, after, rule)


async def triage_async(psa: AsyncPsa, company: Company) -> AsyncIterator[Done]:
    """The same, for asyncio and trio."""
    async for ticket in psa.tickets.list(wanted(company)):
        rule = rule_for(ticket)
        if not settled(ticket, rule):
            after = await psa.tickets.update(ticket, queue=rule.queue, priority=rule.priority)
            await psa.notes.create(ticket=ticket, body=rule.note, visibility=Visibility.INTERNAL)
            yield Done(ticket, after, rule)
