"""The reference of the tools that agents get, read off the MCP server itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

import anypsa
from anypsa_apps.mcp.server import server

NOBODY: Final = {
    "username": "nobody@example.com",
    "secret": "nothing",
    "integration_code": "nothing",
    "ledger": "memory",
}
"""Nothing is sent: which tools there are does not depend on the tenant, nor on the vendor."""


def page() -> Iterator[str]:
    yield "# Tools for agents\n"
    yield "Generated from the server. The names are the same for every PSA; a tool that a PSA has nothing for says so when it is"
    yield "called. What a write may do is decided by the [policy](policies.md) of the server, whatever a client claims.\n"
    yield "| tool | what it does | takes | effect |"
    yield "| --- | --- | --- | --- |"
    for tool in asyncio.run(listed()):
        told = tool.annotations
        hints = {"may overwrite": told.destructive_hint, "twice is as once": told.idempotent_hint}
        writes = ", ".join(name for name, true in hints.items() if true) or "adds"
        shown = "reads only" if told.read_only_hint else writes
        yield f"| `{tool.name}` | {tool.description} | {', '.join(taken(tool.input_schema))} | {shown} |"


async def listed() -> Any:
    """The tools, as a client sees them."""
    return await server(anypsa.connect_async("autotask", **NOBODY)).list_tools()


def taken(schema: Mapping[str, Any]) -> Iterator[str]:
    """The arguments, those in brackets that may be left out."""
    required = schema.get("required", ())
    for name in schema.get("properties", {}):
        yield f"`{name}`" if name in required else f"[`{name}`]"
