"""Somebody else's client against our sandbox: PyPI's `connectpyse` makes its basic calls."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from anypsa_conformance.strangers import basic_calls, python, with_pip
from anypsa_sandbox import Sandbox

CLIENT = "connectpyse==0.8.1"
SCRIPT = Path(__file__).parent / "basic_calls.py"


def main() -> int:
    """Installs the client and runs it."""
    with Sandbox("connectwise", tickets=60) as sandbox:
        told = sandbox.settings
        arguments = [told[name] for name in ("url", "company", "public_key", "private_key", "client_id")]
        call = [str(SCRIPT), *arguments]
        return basic_calls(CLIENT, partial(with_pip, CLIENT), lambda folder: [str(python(folder)), *call])


if __name__ == "__main__":
    sys.exit(main())
