"""Records an adapter's cassettes: `anypsa-conformance record path/to/kit_module.py [check ...]`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from anypsa import Psa
from anypsa.wire import BlockingWire

from .checks import Driver, driven_by
from .drift import VOCABULARY, vocabulary
from .faces import parts
from .kit import load
from .sandboxed import toml
from .suite import FROM

ORIGIN = "sandbox"


def record(path: Path, names: Sequence[str]) -> int:
    """Records every check that a recording can show, or those named."""
    kit, suite = load(path), FROM
    with kit.small() as (sandbox, world):
        (kit.folder / "world.toml").write_text(toml(world), encoding="utf-8")
        with Psa(parts(kit.adapter, sandbox.settings, BlockingWire)) as psa:
            told = json.dumps(vocabulary(psa), indent=1, ensure_ascii=False)
        (kit.folder / VOCABULARY).write_text(f"{told}\n", encoding="utf-8")
    for check in driven_by(Driver.CASSETTE) if suite else ():
        if not names or check.id in names:
            kit.record(check, ORIGIN)
            print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal
    return 0
