"""`anypsa sync`: from the words on the command line to the files."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anypsa import ConfigurationError, Psa, profiles

from ..connections import connect
from ..exporting.formats import format_of
from ..extras import extra
from ..problems import DEAD_LETTERS
from .turns import Plan, Sync

if TYPE_CHECKING:
    from .line import Line

STATE: Final = "sync.db"
PATIENCE: Final = 60
"""Seconds that a page may still take when a sync is interrupted."""


@dataclass(frozen=True)
class Pace:
    """How many tenants are read at once, by how many pages at a time, and how often all of it is done (0: once)."""

    at_once: int
    pages: int
    every: float


def sync(names: Sequence[str], plan: Plan, pace: Pace, state: str | None) -> None:
    """Brings the files of tenants up to date, and says how that ended; again and again, if it is to."""
    tenants = tuple(dict.fromkeys(names)) or everyone()
    format_of(Path(f"x{plan.suffix}"))
    plan.folder.mkdir(parents=True, exist_ok=True)
    failed = False
    with line(plan, pace, state or str(plan.folder / STATE)) as turns:
        try:
            while True:
                failed = report(turns.outcomes(turns.join(tenants)), plan)
                if not pace.every:
                    break
                threading.Event().wait(pace.every)
        except KeyboardInterrupt:
            if not pace.every:  # only what goes on for ever ends well by being interrupted
                raise
    if failed:
        raise SystemExit(DEAD_LETTERS)


def everyone() -> Sequence[str]:
    """All profiles that there are; raises `ConfigurationError` if there is none."""
    found = {name: None for file in profiles.files() for name in profiles.read(file)}
    if not found:
        hint = "anypsa connect acme makes one."
        raise ConfigurationError("sync every profile", said=[f"there is none in {profiles.FILE}"], hint=hint)
    return tuple(found)


@contextmanager
def line(plan: Plan, pace: Pace, state: str) -> Iterator[Line]:
    """The line of tenants: this program starts DBOS, and ends it."""
    with extra("sync", "sync tenants"):
        from dbos import DBOS

        from anypsa_automation import State
        from anypsa_automation.durable import config

        from .line import Line
    store = State(state)
    settings = config(store, at_once=pace.at_once)
    settings["executor_id"] = f"{settings['executor_id']}.sync"  # what `anypsa events serve` left behind is not ours
    DBOS(config=settings)
    turns = Line(lambda tenant, done: begun(tenant, plan, done), pages=pace.pages, at_once=pace.at_once)
    DBOS.launch()
    try:
        turns.open()
        yield turns
    finally:
        turns.end()
        DBOS.destroy(workflow_completion_timeout_sec=PATIENCE)
        turns.close()
        store.dispose()


def begun(profile: str, plan: Plan, done: Sequence[str]) -> Sync:
    """The sync of a profile into its own folder."""
    if Path(profile).name != profile or profile in {".", ".."}:
        raise ConfigurationError(
            f"sync {profile!r}", said=["a folder cannot have this name"], hint="Rename the profile."
        )
    folder = plan.folder / profile
    folder.mkdir(exist_ok=True)

    def opened() -> Psa:
        return connect(profile, None)

    return Sync(opened, folder, plan, done)


def report(outcomes: Mapping[str, str], plan: Plan) -> bool:
    """Says how it ended; whether anything failed."""
    failed = {tenant: outcome for tenant, outcome in outcomes.items() if outcome != "done"}
    sys.stderr.write(f"{len(outcomes) - len(failed)} of {len(outcomes)} tenants in {plan.folder} are up to date\n")
    for tenant, error in failed.items():
        sys.stderr.write(f"{tenant}: {error}; what was read stays, and the next run goes on\n")
    return bool(failed)
