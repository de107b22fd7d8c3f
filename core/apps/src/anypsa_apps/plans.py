"""`anypsa plans`: what waits for an approval, what became of it, and running what was approved. Nobody approves here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.text import Text

from anypsa import Invalid, Plan, PlanStage, Problem, Psa
from anypsa.plans import contents

from .connections import Tenant, connect
from .extras import extra
from .output import Listing, print_rows, write_json
from .problems import DEAD_LETTERS, plain

COLUMNS: Final[Mapping[str, int]] = {"code": 2, "stage": 3, "ticket": 3, "expires": 4, "decided by": 4, "why": 9}
VARIABLE: Final = "ANYPSA_OIDC_CLIENT_SECRET"


def list_plans(tenant: Tenant, state: str | None, stage: str | None, limit: int | None, output: Listing) -> None:
    """Prints the plans."""
    with connect(*tenant, state) as psa:
        plans = psa.plans.list(stage, limit=limit)
    if output is Listing.TABLE:
        print_rows("Plans", COLUMNS, map(cells, plans))
    else:
        write_json(map(as_json, plans), output)
    sys.stderr.write(f"{len(plans)} plans\n")


def cells(plan: Plan) -> Sequence[str]:
    expires = f"{plan.expires:%Y-%m-%d %H:%M}" if plan.stage.open else ""
    return (plan.code, plan.stage, plan.ticket, expires, plan.decider or "", plan.reason or plan.why)


def as_json(plan: Plan) -> str:
    return json.dumps({**asdict(plan), "told": sorted(plan.told)}, default=str)


def show_plan(tenant: Tenant, state: str | None, name: str) -> None:
    """Prints all of a plan, and what happened to it."""
    with connect(*tenant, state) as psa:
        plan = named(psa, name)
        events = psa.plans.events(plan)
    until = f", until {plan.expires:%Y-%m-%d %H:%M} UTC" if plan.stage.open else ""
    made = f"It was made by {plan.actor or 'an automation'}. Its digest is {plan.digest}."
    lines = [
        f"Plan {plan.code} on ticket {plan.ticket}: {plan.stage}{until}",
        "",
        *contents(plan).splitlines(),
        "",
        made,
    ]
    for event in reversed(events):
        told = (f"{event.moment:%Y-%m-%d %H:%M:%S}", event.what, event.actor, event.via, event.reason)
        lines.append("  ".join(one for one in told if one))
    Console().print(Text("\n".join(map(plain, lines))))


def propose(tenant: Tenant, state: str | None, name: str) -> None:
    """Asks for an approval of a plan on its ticket."""
    with connect(*tenant, state) as psa:
        plan = psa.plans.propose(named(psa, name))
        sys.stdout.write(f"{plan.code} {plan.stage}\n")


def settle(tenant: Tenant, state: str | None) -> None:
    """Looks for decisions on tickets, and says what changed."""
    with connect(*tenant, state) as psa:
        settled = psa.plans.settle()
    for plan in settled.plans:
        sys.stdout.write(f"{plan.code} {plan.stage}\n")
    for note in settled.messages:  # nobody gets them a second time
        first = next(iter(note.body.splitlines()), "")
        sys.stdout.write(plain(f"message on {note.ticket.id} by {note.author or note.author_contact}: {first}") + "\n")
    sys.stderr.write(f"plans changed: {len(settled.plans)}, messages: {len(settled.messages)}\n")


def run_plans(tenant: Tenant, state: str | None, name: str | None) -> None:
    """Runs one plan, or all that were approved or begun."""
    failed = False
    with connect(*tenant, state) as psa:
        begun = (plan for stage in (PlanStage.RUNNING, PlanStage.APPROVED) for plan in psa.plans.list(stage))
        for plan in begun if name is None else [named(psa, name)]:
            ran = psa.plans.run(plan)
            failed = failed or ran.stage is PlanStage.FAILED
            sys.stdout.write(f"{ran.code} {ran.stage}\n")
    if failed:
        raise SystemExit(DEAD_LETTERS)


def withdraw(tenant: Tenant, state: str | None, name: str, reason: str | None) -> None:
    """Ends a plan that does not run yet."""
    with connect(*tenant, state) as psa:
        plan = psa.plans.withdraw(named(psa, name), reason=reason)
        sys.stdout.write(f"{plan.code} {plan.stage}\n")


def named(psa: Psa, name: str) -> Plan:
    """The plan of a code or an id; raises `Invalid`."""
    found = [plan for plan in psa.plans.list() if name.upper() == plan.code or plan.id == name]
    if not found:
        raise Invalid("find a plan", problems=[Problem("plan", f"there is no plan {name!r}")])
    return found[0]


def serve(tenant: Tenant, state: str | None, issuer: str, client_id: str, port: int) -> None:
    """Serves the approvals app until interrupted. Its secret is no argument: others on the host read those."""
    with extra("approvals", "serve approvals"):
        import uvicorn

        from .approvals import SignIn, approvals
    with connect(*tenant, state) as psa:
        app = approvals(psa, SignIn(issuer, client_id, os.environ.get(VARIABLE, "")))
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", server_header=False)
