"""The `anypsa-conformance` command: record, lint, tell drift, write the page of a report."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from anypsa import PSAError

from . import linting
from .checks import Driver
from .harness import HarnessError
from .reporting import page

STALE: Final = 1
DRIFTED: Final = 1
HARNESS_ERRED: Final = 20


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="anypsa-conformance", description="Tools of anypsa's conformance suite.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="record a kit's cassettes anew, against its sandbox")
    record.add_argument("kit", type=Path)
    record.add_argument("checks", nargs="*")
    record.add_argument("--tenant", action="store_true", help="record a live tenant; settings from the environment")
    record.add_argument("--write", action="append", default=[], metavar="CHECK", help="let this check write to it")
    lint = commands.add_parser("lint", help="look for secrets and personal data in recordings")
    lint.add_argument("folders", nargs="+")
    drift = commands.add_parser(
        "drift", help="compare a live tenant with the recordings; settings from the environment"
    )
    drift.add_argument("kit", type=Path)
    drift.add_argument("--write", action="append", default=[], metavar="CHECK", help="also send what this check writes")
    written = commands.add_parser("page", help="make the support matrix of a report")
    written.add_argument("report", type=Path)
    written.add_argument("target", type=Path)
    written.add_argument("--check", action="store_true", help="fail if the page says something else, and write nothing")
    return parser


def write_page(report: Path, target: Path, *, check: bool) -> int:
    """Writes the page of a report, or tells that it is no longer current."""
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HarnessError(f"no report to make a page of: {error}") from None
    text = page(told)
    if not check:
        target.write_text(text, encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return 0
    say(f"{target} is not what the run came to: nox -s conformance -- --write")
    return STALE


def tell_drift(kit: Path, writes: Sequence[str]) -> int:
    """Prints how the tenant that the environment names differs from the recordings."""
    from .drift import drift, page
    from .kit import load
    from .record import named

    named(writes, Driver.CASSETTE)
    loaded = load(kit)
    found = drift(loaded, {}, writes=writes)
    print(page(loaded, found), end="")  # noqa: T201  # a command talks to its terminal
    return DRIFTED if found else 0


def main(given: Sequence[str] | None = None) -> int:
    """Does what was asked; 1 when something was found, 20 when the harness erred."""
    asked = arguments().parse_args(given)
    try:
        match asked.command:
            case "lint":
                return linting.main(asked.folders)
            case "page":
                return write_page(asked.report, asked.target, check=asked.check)
            case "drift":
                return tell_drift(asked.kit, asked.write)
            case _:
                from .kit import load
                from .record import named, record
                from .tenants import record_tenant

                if not asked.tenant:
                    return record(asked.kit, asked.checks)
                named(asked.write, Driver.CASSETTE)
                return record_tenant(load(asked.kit), {}, asked.write, key=secrets.token_bytes(16))
    except (HarnessError, PSAError) as error:  # nothing here judges an adapter
        say(str(error))
        return HARNESS_ERRED


def say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  # a command talks to its terminal


if __name__ == "__main__":
    sys.exit(main())
