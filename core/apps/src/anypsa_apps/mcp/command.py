"""`anypsa mcp`."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from ..extras import extra

if TYPE_CHECKING:
    from ..connections import Tenant
    from .http import Place

CHOSEN_BY: Final = "ANYPSA_MCP_TOKEN"
"""The environment variable with the token that clients over HTTP have to bear; one is made up if it is not set."""
TRIED: Final = "start the MCP server"


def run(tenant: Tenant, state: str | None, policy: str) -> None:
    """Serves until standard input closes."""
    with extra("mcp", TRIED):
        from . import server
    anyio.run(partial(server.serve, *tenant, policy, **kept_in(state)))


def run_http(tenant: Tenant, state: str | None, policy: str, port: int, host: str, url: str | None) -> None:
    """Serves over HTTP until interrupted."""
    with extra("mcp", TRIED):
        from . import http
    place = http.Place.checked(host, port, url, os.environ.get(CHOSEN_BY))
    anyio.run(partial(http.serve, *tenant, policy, place=place, tell=tell, **kept_in(state)))


def kept_in(state: str | None) -> dict[str, Any]:
    return {} if state is None else {"state": state}


def tell(url: str, place: Place) -> None:
    """Says where clients reach the server, and the token unless whoever started it has chosen it."""
    sys.stderr.write(f"{place.url or url}\n")
    if not place.chosen:
        sys.stderr.write(f"Authorization: Bearer {place.token}\n")
    sys.stderr.flush()
