"""Somebody else's client against our sandbox: PyPI's `halopsa` makes its basic calls."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from anypsa_conformance.strangers import basic_calls, python, with_pip
from anypsa_sandbox import Sandbox

CLIENT = "halopsa==2.0.2"
SCRIPT = Path(__file__).parent / "basic_calls.py"


def main() -> int:
    """Installs the client and runs it."""
    with Sandbox("halopsa", tickets=60) as sandbox:
        told = sandbox.settings
        arguments = [told["resource_url"], told["client_id"], told["client_secret"]]
        return basic_calls(
            CLIENT, partial(with_pip, CLIENT), lambda folder: [str(python(folder)), str(SCRIPT), *arguments]
        )


if __name__ == "__main__":
    sys.exit(main())
