"""An agent that webhooks wake: it proposes in the ticket, and does what a technician approves there. On any PSA with webhooks.

Runs on a sandbox (`python answer_webhooks.py halopsa`), which takes 116 requests on Autotask, 48 on HaloPSA, most of it
to set up. With your account: `anypsa.connect(profile="acme")`.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

import anypsa
from anypsa import Plan, Psa, Ticket, Trust
from anypsa_automation import Events, Hook, Receiver, State
from anypsa_sandbox import Sandbox

SECRET, WORD = "thirty-two characters, made up by you", "vpn"


def agent(state: State, psa: Psa) -> Events:
    """Handles new tickets that match: thinks, and proposes."""
    events = Events(state, [psa])

    @events.on("ticket.created")
    def propose(ticket: Ticket, company: Any, psa: Psa) -> None:
        if WORD in ticket.title.casefold():
            earlier = ", ".join(str(one.number) for one in psa.tickets.related(ticket, limit=3)) or "no other ticket"
            # Here a model would be asked. What customers wrote is data to it, and what it says is only proposed.
            with psa.plan(ticket, why=f"Seen before at {company.name} in {earlier}.") as plan:
                plan.tickets.update(ticket, title=f"{ticket.title} (expired certificate)")
            plan.propose()

    return events


def carry_out(psa: Psa) -> list[Plan]:
    """Runs what technicians approved in their tickets since."""
    psa.plans.settle()
    return [psa.plans.run(plan) for plan in psa.plans.list("approved")]


@contextmanager
def receiving(app: Receiver) -> Iterator[int]:
    """Serves on a port of loopback; in production any ASGI server does."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    (thread := threading.Thread(target=server.run, daemon=True)).start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def rehearse(sandbox: Sandbox, folder: Path) -> list[Plan]:
    """A ticket arrives, a technician approves in it what is proposed, and that is carried out."""
    state, vendor, world = State(folder / "agent.db"), sandbox.dialect.name, sandbox.world()
    technician = world.rows("technicians")[1]["id"]
    somebody = (
        {"impersonate": technician} if vendor == "autotask" else {}
    )  # it tells us of nothing that we did ourselves
    needed: dict[str, Any] = {"type": "Incident"} if vendor == "halopsa" else {}
    with (
        anypsa.connect(vendor, **sandbox.settings, state=state, policy="guarded") as psa,
        anypsa.connect(vendor, **sandbox.settings) as admin,
        anypsa.connect(vendor, **sandbox.settings, **somebody) as desk,
        receiving(Receiver(state, [Hook("acme", psa, Trust(secrets=[SecretStr(SECRET)]))])) as port,
    ):
        events = agent(state, psa)
        admin.webhooks.ensure(url=f"http://127.0.0.1:{port}/acme", secret=SECRET, name="a", events=["ticket.created"])
        (old,) = desk.tickets.list(limit=1)
        made = desk.tickets.create(company=old.company, title="VPN down", queue="Service Desk", **needed)
        world.change("tickets", int(made.id), {"assignee": technician})
        next(0 for _ in range(20_000) if not sandbox.control.dialect("pending")["pending"])
        events.drain()
        for plan in psa.plans.list("proposed"):  # a technician answers, by hand
            said = {"ticket": int(made.id), "body": f"approve {plan.code}", "author": technician, "title": "note"}
            when = world.rows("notes")[-1]["created"]
            world.add(
                "notes", {**said, "kind": "Task Notes", "visibility": "internal", "created": when, "updated": when}
            )
        return carry_out(psa)


def main(vendor: str = "autotask") -> None:
    """One ticket."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(vendor, seed=1, tickets=60) as sandbox:
        print(*(f"{plan.code}: {plan.stage}" for plan in rehearse(sandbox, Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
