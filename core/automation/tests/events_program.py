"""A program that receives and handles events, whose parts are killed and started again by the test.

Every line of input is JSON and starts a part in a process of its own, which has all its modules already: `receiver`, which
listens on `port`; or `worker`, which handles what comes until there is nothing left (`finish`), on a host whose clock is
`ahead`. It says the part's process id, and when one that finishes has ended, its exit code.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from receiving import TRUST

import anypsa
from anypsa_automation import Events, Hook, Receiver, State
from anypsa_automation.rows import utc_now


def connected(told: dict[str, Any], state: State) -> anypsa.Psa:
    return anypsa.connect("autotask", state=state, **told["settings"])


def receive(told: dict[str, Any]) -> None:
    state = State(told["state"], retention=None)
    app = Receiver(state, [Hook("acme", connected(told, state), TRUST)])
    uvicorn.run(app, host="127.0.0.1", port=told["port"], log_level="critical", access_log=False, lifespan="off")


def work(told: dict[str, Any]) -> None:
    """Handles events; the effect of each is a file that is named by its id, so that doing it again changes nothing."""
    state, ahead = State(told["state"], retention=None), timedelta(seconds=told["ahead"])
    folder, idle = Path(told["effects"]), threading.Event()
    with connected(told, state) as psa:
        events = Events(state, [psa], now=lambda: utc_now() + ahead)

        @events.on("ticket.*", name="effect")
        def effect(event: Any, ticket: Any) -> None:
            place = folder / event.id
            being = place.with_suffix(f".{os.getpid()}")
            being.write_text(json.dumps([event.kind, event.subject.id, ticket.title if ticket else None]))
            being.replace(place)

        def done() -> bool:
            return told["finish"] and state.eventlog.next_due(psa.tenant) is None

        if told.get("engine") == "DBOS":
            work_durably(state, events, told["name"], done)
            return
        while True:
            drained = events.drain(told.get("limit"))
            if not drained.read and done():
                return
            idle.wait(0.03)


def work_durably(state: State, events: Events, name: str, done: Callable[[], bool]) -> None:
    """As `anypsa events serve` does it."""
    from dbos import DBOS

    from anypsa_automation.durable import Workflows, config

    DBOS(config=config(state, worker=name))
    workflows, idle = Workflows(state, events), threading.Event()
    DBOS.launch()
    while not done():
        workflows.start()
        idle.wait(0.03)
    workflows.finish()
    DBOS.destroy()


PARTS = {"receiver": receive, "worker": work}


def started(told: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        PARTS[told["part"]](told)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        told = json.loads(line)
        pid = started(told)
        sys.stdout.write(json.dumps({"pid": pid}) + "\n")
        sys.stdout.flush()
        if told.get("finish"):
            _, status = os.waitpid(pid, 0)
            sys.stdout.write(json.dumps({"code": os.waitstatus_to_exitcode(status)}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
