"""`anypsa mcp`."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Final

import anyio

from anypsa import ConfigurationError

CHOSEN_BY: Final = "ANYPSA_MCP_TOKEN"
"""The environment variable with the token that clients over HTTP have to bear; one is made up if it is not set."""


def run(profile: str | None, adapter: str | None, policy: str, port: int | None) -> None:
    """Serves until standard input closes, or over HTTP until interrupted."""
    try:
        from . import http, server
    except ImportError as error:
        hint = 'pip install "anypsa-apps[mcp]"'
        raise ConfigurationError("start the MCP server", said=[f"{error.name} is not installed"], hint=hint) from None
    if port is None:
        anyio.run(partial(server.serve, profile, adapter, policy))
    else:
        token = os.environ.get(CHOSEN_BY)
        anyio.run(partial(http.serve, profile, adapter, policy, port=port, token=token, tell=tell))


def tell(url: str, token: str) -> None:
    """Says where the server is, and the token unless whoever started it has chosen it."""
    sys.stderr.write(f"{url}\n")
    if CHOSEN_BY not in os.environ:
        sys.stderr.write(f"Authorization: Bearer {token}\n")
    sys.stderr.flush()
