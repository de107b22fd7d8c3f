"""`anypsa events`: receiving webhooks, handling what changed, and looking at it."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anypsa import (
    ConfigurationError,
    Event,
    Invalid,
    Problem,
    Psa,
    PSAError,
    Trust,
)

from .connections import Tenant, connect
from .output import Listing, write_json
from .problems import plain

if TYPE_CHECKING:
    from anypsa_automation import Events, Hook, State
    from anypsa_automation.durable import Workflows

LOG: Final = logging.getLogger("anypsa.events")
SHOWN: Final = 8
IDLE: Final = 0.5
"""Seconds between two looks into the inbox."""
TALLIES: Final = {
    "connected": "somebody asked whether we are there",
    "refused": "deliveries that were not proved",
    "alarm": "notices, unproved, that a webhook was deactivated",
    "deactivated": "notices that a webhook was deactivated",
    "ours": "changes of our own",
    "unchanged": "wake-ups without a change",
    "missing": "wake-ups for records that are not there",
}


@contextmanager
def opened(tenant: Tenant, where: str | None) -> Iterator[tuple[Psa, State]]:
    """The tenant, and the state store it keeps its events in."""
    try:
        from anypsa_automation import State
    except ImportError:
        hint = 'pip install "anypsa-apps[events]"'
        raise ConfigurationError("receive events", said=["anypsa-automation is not installed"], hint=hint) from None
    with connect(tenant.profile, tenant.adapter, where) as psa:
        state = psa.context.state
        if not isinstance(state, State):
            raise ConfigurationError(
                "receive events", hint='Say where state is kept: --state anypsa.db, or state = "...".'
            )
        yield psa, state


# Serving


def serve(
    tenant: Tenant, where: str | None, program: Path | None, *, host: str, port: int, every: float, worker: str | None
) -> None:
    """Receives on this thread's server, and handles on DBOS's threads, which another one of ours keeps busy."""
    from anypsa_automation import Events, Receiver

    with opened(tenant, where) as (psa, state):
        hooks = [hook_of(psa, state)] if state.webhook_secrets.valid(psa.tenant) else []
        if not hooks and not every:
            raise ConfigurationError(
                "receive events", hint="Run `anypsa events setup` first, or look for changes: --poll 900."
            )
        events = Events(state, [psa])
        handlers = None if program is None else handlers_of(program)
        if handlers is None:
            listen(Receiver(state, hooks), host, port)
            return
        handlers(events)
        with working(events, state, every, worker):
            listen(Receiver(state, hooks), host, port)


def hook_of(psa: Psa, state: State) -> Hook:
    """Where a tenant's webhooks come in: proved by the secrets in the store, and by new ones as soon as there are some."""
    from anypsa_automation import Hook

    def trust() -> Trust:
        return Trust(secrets=state.webhook_secrets.valid(psa.tenant))

    return Hook(psa.tenant, psa, trust(), renew=trust)


@contextmanager
def working(events: Events, state: State, every: float, worker: str | None) -> Iterator[None]:
    """Handles what comes, durably: this program starts DBOS, and ends it."""
    from dbos import DBOS

    from anypsa_automation.durable import Workflows, config

    DBOS(config=config(state, worker=worker))
    workflows, stop = Workflows(state, events), threading.Event()
    DBOS.launch()
    thread = threading.Thread(target=work, args=(events, workflows, stop, every), name="events")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        workflows.finish()
        DBOS.destroy()


def listen(receiver: Any, host: str, port: int) -> None:
    """Serves until interrupted. The server's own access log stays off: addresses may hold secrets."""
    import uvicorn

    uvicorn.run(receiver, host=host, port=port, access_log=False, lifespan="off", log_level="warning")


def work(events: Events, workflows: Workflows, stop: threading.Event, every: float) -> None:
    """Starts what is due and looks for changes now and then, until told to stop; a store that is away comes back."""
    waited = every
    while not stop.is_set():
        try:
            if every and waited >= every:
                waited = 0.0
                for tenant, found in events.poll().items():
                    LOG.info("%s: %s", tenant, found.explain(timedelta(seconds=every)))
            workflows.start()
        except PSAError as error:
            LOG.warning("%s", error)
        stop.wait(IDLE)
        waited += IDLE


def handlers_of(program: Path) -> Callable[[Events], object]:
    """The function `handlers(events)` of a Python file."""
    spec = importlib.util.spec_from_file_location(program.stem, program)
    if spec is None or spec.loader is None or not program.is_file():
        raise ConfigurationError("serve events", problems=[Problem("program", f"{program} is no Python file")])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handlers: Callable[[Events], object] | None = getattr(module, "handlers", None)
    if not callable(handlers):
        raise ConfigurationError("serve events", problems=[Problem("program", f"{program} has no handlers(events)")])
    return handlers


# Looking


def list_events(tenant: Tenant, where: str | None, limit: int, output: Listing, *, dead: bool) -> None:
    """Prints the newest events, and what else is known of a tenant's webhooks."""
    from anypsa_automation import WakeStage

    with opened(tenant, where) as (psa, state):
        letters = [one for one in state.eventlog.handlings(psa.tenant) if one.stage == "dead"]
        died = {one.event.id: f"{one.handler}: {one.error}" for one in letters}
        found = state.eventlog.events(psa.tenant, None if dead else limit, newest_first=True)
        shown = [event for event in found if not dead or event.id in died][:limit]
        if output is Listing.TABLE:
            print_table(shown, died)
        else:
            write_json((as_json(event, died.get(event.id)) for event in shown), output)
        for what, (count, when) in sorted(state.inbox.tallies(psa.tenant).items()):
            sys.stderr.write(f"{count} {TALLIES.get(what, what)}, last {when:%Y-%m-%d %H:%M:%S} UTC\n")
        if lost := len(state.inbox.wakes(psa.tenant, WakeStage.DEAD)):
            sys.stderr.write(f"{lost} wake-ups could not be read: state.inbox.revive(...) tries them again\n")
        for one in state.inbox.arrivals(psa.tenant):
            if one.missing:
                sys.stderr.write(f"{one.missing} deliveries of webhook {plain(one.origin)} have not come\n")


def print_table(events: Iterable[Event], died: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Events", title_justify="left", header_style="bold", box=None, pad_edge=False, expand=True)
    for heading, share in (("id", 3), ("event", 4), ("record", 3), ("changed", 5), ("when", 4), ("by", 2), ("dead", 6)):
        table.add_column(heading, overflow="ellipsis", no_wrap=True, ratio=share)
    for event in events:
        when = f"{event.occurred_at:%Y-%m-%d %H:%M}"
        changed = ", ".join(event.changed or ())
        cells = (event.id[:SHOWN], event.kind, event.subject.id, changed, when, event.source, died.get(event.id, ""))
        table.add_row(*(Text(plain(str(cell))) for cell in cells))
    Console().print(table)


def as_json(event: Event, died: str | None) -> str:
    told = {**asdict(event), "subject": event.subject.id, "dead": died}
    return json.dumps(told, default=str)


def replay(tenant: Tenant, where: str | None, id: str) -> None:
    """Makes the event whose id begins like this due again for all that handled it."""
    with opened(tenant, where) as (psa, state):
        found = [event for event in state.eventlog.events(psa.tenant) if event.id.startswith(id)]
        if len(found) != 1:
            reason = f"{id!r} may be any of {len(found)} events" if found else f"there is no event {id!r}"
            raise Invalid("replay an event", problems=[Problem("event", reason)])
        names = [one.handler for one in state.eventlog.handlings(psa.tenant) if one.event.id == found[0].id]
        state.eventlog.replay(found[0].id, names, found[0].received_at)
        say(f"{found[0].kind} {found[0].subject.id}: due again for {', '.join(names) or 'nobody'}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
