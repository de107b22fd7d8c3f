"""SLA risk: open tickets that are overdue or soon will be, as a message for Slack or Teams. On any PSA; writes nothing.

Runs on a sandbox as it stands (`python report_sla_risk.py halopsa`) and prints the message; give an incoming webhook's
address as a second word to post it. It takes 6 requests on Autotask, 11 on HaloPSA, 4 on ConnectWise PSA: a list of the
open tickets, one of their companies and technicians, and what tells states and labels. With an account of your own,
connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2

import anypsa
from anypsa import Psa, Ticket, q
from anypsa_sandbox import Sandbox

SOON = timedelta(hours=4)
SHOWN = 10


def at_risk(psa: Psa, now: datetime) -> Sequence[Ticket]:
    """Open tickets that are due before long, the most overdue first."""
    tickets = psa.tickets.list((q.state != "closed") & (q.due < now + SOON), expand=["company", "assignee"])
    return sorted(tickets, key=lambda one: one.due or now)


def lines(tickets: Sequence[Ticket], now: datetime) -> list[str]:
    """A headline, a line for each ticket, and how many more there are."""
    late = sum(1 for one in tickets if one.due and one.due < now)
    told = [f"{late} tickets are overdue, {len(tickets) - late} will be within {SOON.seconds // 3600} hours"]
    for one in tickets[:SHOWN]:
        when = one.due - now if one.due else timedelta()
        hours = round(abs(when) / timedelta(hours=1))
        due = f"{hours} h overdue" if when < timedelta() else f"due in {hours} h"
        told.append(f"{one.number} {one.title} ({one.company}, {one.priority}, {one.assignee or 'nobody'}): {due}")
    return [*told, f"and {len(tickets) - SHOWN} more"] if len(tickets) > SHOWN else told


def slack(told: Sequence[str]) -> dict[str, Any]:
    """Slack's form: what people wrote is escaped, so that no title mentions a channel."""
    escaped = [line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in told]
    return {"text": "\n".join([f"*{escaped[0]}*", *(f"• {line}" for line in escaped[1:])])}


def teams(told: Sequence[str]) -> dict[str, Any]:
    """Teams' form: an adaptive card, whose text runs are not read as Markdown."""
    runs = [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in told]
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4"}
    content = {**card, "body": runs}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}],
    }


def main(vendor: str = "autotask", webhook: str | None = None) -> None:
    """Prints the message, or posts it."""
    now = datetime(2026, 10, 29, 12, tzinfo=UTC)
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        told = lines(at_risk(psa, now), now)
    if webhook is None:
        print("\n".join(told))
        return
    message = slack(told) if (urlsplit(webhook).hostname or "").endswith("slack.com") else teams(told)
    httpx2.post(webhook, json=message, timeout=30).raise_for_status()
    print(json.dumps(message, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
