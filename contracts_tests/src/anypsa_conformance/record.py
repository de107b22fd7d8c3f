"""Records an adapter's cassettes: `python -m anypsa_conformance.record path/to/kit_module.py [check ...]`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from . import catalogue
from .checks import CHECKS, Driver
from .kit import Kit
from .sandboxed import toml

ORIGIN = "sandbox"
FROM: tuple[object, ...] = (catalogue,)
"""The modules whose import fills `CHECKS`."""


def load(path: Path) -> Kit:
    """The kit that a module names."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no module")
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kit: Kit = module.KIT
    return kit


def main(path: Path, names: list[str]) -> None:
    """Records every check that a recording can show, or those named."""
    kit = load(path)
    with kit.small() as (_, world):
        (kit.folder / "world.toml").write_text(toml(world), encoding="utf-8")
    for check in CHECKS.values():
        if Driver.CASSETTE in check.drivers and (not names or check.id in names):
            kit.record(check, ORIGIN)
            print(f"recorded {check.id}")  # noqa: T201  # a command talks to its terminal


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
