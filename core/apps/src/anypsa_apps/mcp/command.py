"""`anypsa mcp`."""

from __future__ import annotations

from functools import partial

import anyio

from anypsa import ConfigurationError


def run(profile: str | None, adapter: str | None) -> None:
    """Serves until standard input closes."""
    try:
        from .server import serve
    except ImportError as error:
        hint = 'pip install "anypsa-apps[mcp]"'
        raise ConfigurationError("start the MCP server", said=[f"{error.name} is not installed"], hint=hint) from None
    anyio.run(partial(serve, profile, adapter))
