"""`anypsa events setup`: registering a tenant's webhooks, and seeing that one comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anypsa import PermissionDenied, Psa, Source, Unsupported

from .connections import Tenant
from .events import hook_of, opened, say
from .problems import plain

if TYPE_CHECKING:
    from anypsa_automation import State

LOOK: Final = 0.2
"""Seconds between two looks into the inbox."""
SILENT: Final = 3
"""The exit code when nothing came."""
HINTS: Final = (
    "is the address reached from outside, and does TLS end before the receiver?",
    "does the PSA list the webhook as active, and which answers does its delivery log show?",
    "a vendor may not tell what the API user did itself: change a ticket by hand in the PSA",
)


@dataclass(frozen=True)
class Trial:
    """How it is tried whether a webhook comes: for how many seconds we wait, which ticket is changed for it, if any, and
    on which port we listen meanwhile."""

    wait: float
    ticket: str | None
    port: int


def set_up(
    tenant: Tenant, where: str | None, url: str, events: Sequence[str], *, rotate: bool, keyring: bool, trial: Trial
) -> None:
    """Registers webhooks with the secret in use, tells what is to be done by hand where that cannot be, and waits
    until one has come."""
    with opened(tenant, where) as (psa, state):
        address = f"{url.rstrip('/')}/{psa.tenant}"
        current = None if rotate else state.webhook_secrets.current(psa.tenant)
        secret = current or state.webhook_secrets.rotate(psa.tenant, keyring=keyring)
        say(f"address  {address}")
        if current is None:
            place = "the keyring" if keyring else state.database.name
            say(f"secret   {secret.get_secret_value()}  (kept in {place}; shown this once)")
        try:
            hooks = psa.webhooks.ensure(url=address, alarm_url=f"{address}/alarm", secret=secret, events=events)
        except (PermissionDenied, Unsupported) as error:
            say(f"not registered: {plain(str(error))}")
            say(f"By hand: {psa.deliveries.by_hand}")
        else:
            for hook in hooks:
                ready = "" if hook.ready is not False else " (not ready yet)"
                say(f"webhook  {hook.id}: {', '.join(hook.events)}{ready}")
        if trial.wait:
            tried(psa, state, trial)
        else:
            say("Run `anypsa events serve`, change a ticket in the PSA, and look at `anypsa events list`.")


def tried(psa: Psa, state: State, trial: Trial) -> None:
    """Waits until a webhook comes; exits with `SILENT` if none does."""
    before = len(state.inbox.wakes(psa.tenant))
    with listening(psa, state, trial.port):
        if trial.ticket is None:
            say(f"Change any ticket in the PSA now; waiting {trial.wait:g} s for the webhook.")
        else:
            touched(psa, trial.ticket)
            say(f"Changed the title of ticket {plain(trial.ticket)}, and changed it back; waiting for the webhook.")
        came = arrived(psa, state, before, trial.wait)
    if came is None:
        say(f"Nothing proved came within {trial.wait:g} s:")
        for what, (count, _) in sorted(state.inbox.tallies(psa.tenant).items()):
            if what == "refused":
                say(f"- {count} deliveries so far were not proved: is it the secret shown above?")
        for hint in HINTS:
            say(f"- {hint}")
        raise SystemExit(SILENT)
    say(f"It works: a webhook about {came} came, proved, and is kept.")


def touched(psa: Psa, ticket: str) -> None:
    """Changes a ticket's title, and changes it back."""
    title = psa.tickets.get(ticket).title
    psa.tickets.update(ticket, title=f"{title} (webhooks are tried)")
    psa.tickets.update(ticket, title=title)


def arrived(psa: Psa, state: State, before: int, wait: float) -> str | None:
    """What the first webhook was about that came after so many wake-ups; None if none came in time."""
    pause = threading.Event()
    for _ in range(max(1, int(wait / LOOK))):
        for wake in state.inbox.wakes(psa.tenant)[before:]:
            if wake.wakeup.source is Source.WEBHOOK:
                return f"{wake.wakeup.entity} {plain(wake.wakeup.id)}"
        pause.wait(LOOK)
    return None


@contextmanager
def listening(psa: Psa, state: State, port: int) -> Iterator[None]:
    """Receives meanwhile; where the port is taken, `anypsa events serve` is taken to do so."""
    import uvicorn

    from anypsa_automation import Receiver

    receiver = Receiver(state, [hook_of(psa, state)])
    settings = uvicorn.Config(receiver, port=port, access_log=False, lifespan="off", log_level="critical")
    try:
        bound = settings.bind_socket()
    except SystemExit:
        say(f"Port {port} is taken: by `anypsa events serve`, I suppose.")
        yield
        return
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="receiver")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
