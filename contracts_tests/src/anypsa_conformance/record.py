"""Records an adapter's cassettes: `anypsa-conformance record path/to/kit_module.py [check ...]`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from anypsa import Psa
from anypsa.wire import BlockingWire

from .checks import Driver, driven_by
from .drift import keep_vocabulary, vocabulary
from .faces import parts
from .kit import load
from .sandboxed import toml
from .suite import FROM

ORIGIN: Final = "sandbox"


def record(path: Path, names: Sequence[str]) -> int:
    """Records every check that a recording can show, or those named, against the kit's sandbox."""
    kit, suite = load(path), FROM
    with kit.small() as (sandbox, world):
        (kit.folder / "world.toml").write_text(toml(world), encoding="utf-8")
        with Psa(parts(kit.adapter, sandbox.settings, BlockingWire)) as psa:
            keep_vocabulary(vocabulary(psa), kit.folder)
    for check in driven_by(Driver.CASSETTE) if suite else ():
        if not names or check.id in names:
            kit.record(check, ORIGIN)
            print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal
    return 0
