"""A program that handles durably what waits, and ends when nothing is left; `die_at`: it is killed in its handler then;
`title`: it writes this first, by a plan."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from dbos import DBOS

import anypsa
from anypsa_automation import Events, State
from anypsa_automation.durable import Workflows, config


def main(told: dict[str, Any]) -> None:
    state, idle, calls = State(told["state"]), threading.Event(), []
    with anypsa.connect(told["vendor"], state=state, **told["settings"]) as psa:
        events = Events(state, [psa])

        @events.on("ticket.*", name="effect")
        def effect(ticket: Any) -> None:
            calls.append(ticket.id)
            if title := told.get("title"):
                with psa.plan(ticket, why="To see how it ends") as plan:
                    plan.tickets.update(ticket, title=title)
                psa.plans.run(plan.plan)
            with Path(told["effects"]).open("a") as file:
                file.write(f"{ticket.id}\n")
            if len(calls) == told.get("die_at"):
                os.kill(os.getpid(), signal.SIGKILL)

        DBOS(config=config(state, worker="test"))
        workflows = Workflows(state, events)
        DBOS.launch()
        while state.eventlog.next_due(psa.tenant) is not None:
            workflows.start()
            idle.wait(0.02)
        workflows.finish()
        DBOS.destroy()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
