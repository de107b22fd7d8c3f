"""Other people's clients against a sandbox: installed into a folder of their own, run there, and told of in a line.

What cannot be installed here is told as "not run" and is no failure: it says nothing about the sandbox.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

Command: TypeAlias = Sequence[str]

INSTALLING: Final = 180.0
RUNNING: Final = 120.0
"""Seconds that a client may take."""
KEPT: Final = 1500
"""Characters of what a failing command said."""


def basic_calls(
    client: str, install: Callable[[Path], Iterable[Command]], call: Callable[[Path], Command]
) -> int:  # an exit code
    """Installs a client by commands, makes its calls by one, and prints what came of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in install(folder):
            if (reason := failed(command, INSTALLING, folder)) is not None:
                return not_run(client, f"it could not be installed: {reason}")
        reason = failed(call(folder), RUNNING, folder)
    print(f"{client}: {'its basic calls work' if reason is None else reason}")
    return 0 if reason is None else 1


def python(folder: Path) -> Path:
    """The Python of the environment that a client is installed into."""
    return folder / "environment" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def with_pip(client: str, folder: Path) -> list[Command]:
    """Commands for an environment that holds a client and nothing of ours."""
    pip = [str(python(folder)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", client]
    return [[sys.executable, "-m", "venv", str(folder / "environment")], pip]


def not_run(client: str, reason: str) -> int:
    """Says why a client was not tried."""
    print(f"{client}: not run, because {reason}")
    return 0


def failed(command: Command, seconds: float, folder: Path) -> str | None:
    """Runs a command and prints what it says; why it failed, or None."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0 and done.stdout.strip():
        print(done.stdout.strip())
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()[-KEPT:]
