"""Somebody else's client against our sandbox: PyPI's `halopsa` makes its basic calls."""

from __future__ import annotations

import sys
from pathlib import Path

from anypsa_conformance.strangers import Command, basic_calls
from anypsa_sandbox import Sandbox

CLIENT = "halopsa==2.0.2"
SCRIPT = Path(__file__).parent / "basic_calls.py"


def python(folder: Path) -> Path:
    """The Python of the environment that the client is installed into."""
    return folder / "environment" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install(folder: Path) -> list[Command]:
    """Commands for an environment that holds the client and nothing of ours."""
    pip = [str(python(folder)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", CLIENT]
    return [[sys.executable, "-m", "venv", str(folder / "environment")], pip]


def main() -> int:
    """Installs the client and runs it."""
    with Sandbox("halopsa", tickets=60) as sandbox:
        told = sandbox.settings
        arguments = [told["resource_url"], told["client_id"], told["client_secret"]]
        return basic_calls(CLIENT, install, lambda folder: [str(python(folder)), str(SCRIPT), *arguments])


if __name__ == "__main__":
    sys.exit(main())
