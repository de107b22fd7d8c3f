"""Records an adapter's cassettes: `anypsa-conformance record path/to/kit_module.py [check ...]`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from anypsa import Psa
from anypsa.wire import BlockingWire

from .checks import Check, Driver, driven_by
from .drift import keep_vocabulary, vocabulary
from .faces import parts
from .harness import HarnessError
from .kit import load
from .sandboxed import toml
from .suite import FROM

ORIGIN: Final = "sandbox"


def record(path: Path, names: Sequence[str]) -> int:
    """Records every check that a recording can show, or those named, against the kit's sandbox."""
    kit, checks = load(path), named(names, Driver.CASSETTE)
    with kit.small() as (sandbox, world):
        (kit.folder / "world.toml").write_text(toml(world), encoding="utf-8")
        with Psa(parts(kit.adapter, sandbox.settings, BlockingWire)) as psa:
            keep_vocabulary(vocabulary(psa), kit.folder)
    for check in checks or driven_by(Driver.CASSETTE):
        kit.record(check, ORIGIN)
        print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal
    return 0


def named(names: Collection[str], driver: Driver) -> list[Check]:
    """The checks of these ids; raises `HarnessError` for one that there is not, or that is not driven so."""
    known = {check.id: check for check in driven_by(driver) if FROM}
    if unknown := [name for name in names if name not in known]:
        raise HarnessError(f"no check with a {driver}: {', '.join(unknown)}. There are: {', '.join(sorted(known))}")
    return [known[name] for name in names]
