"""Agents at a sandbox: a ticket that is a technician's, a state file, and the official client over each transport."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio
import httpx2
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from anypsa_apps.mcp import http
from anypsa_apps.mcp.server import connection, server
from anypsa_sandbox import Sandbox

VENDORS: Final = ("autotask", "halopsa", "connectwise")
FAST: Final[dict[str, Any]] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0, "release_lag": 0.0}
TOKEN: Final = "a-token-of-the-tests-alone"  # noqa: S105  # it opens nothing but the tests' own servers
T = TypeVar("T")


@dataclass
class Desk:
    """One open ticket, which is a technician's, and a file for the state."""

    sandbox: Sandbox
    folder: Path

    @property
    def vendor(self) -> str:
        return self.sandbox.dialect.name

    @property
    def row(self) -> dict[str, Any]:
        return next(one for one in self.sandbox.world().rows("tickets") if one["closed"] is None)

    @property
    def ticket(self) -> str:
        return str(self.row["id"])

    @property
    def settings(self) -> dict[str, Any]:
        return {**FAST, **self.sandbox.settings, "state": str(self.folder / "state.db")}

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a command finds them."""
        named = {f"ANYPSA_{self.vendor.upper()}_{name.upper()}": str(value) for name, value in self.settings.items()}
        return {**os.environ, **named, "ANYPSA_ADAPTER": self.vendor}

    def assign(self) -> None:
        """Somebody assigns the ticket by hand."""
        technician = self.sandbox.world().rows("technicians")[1]
        self.sandbox.world().change("tickets", int(self.ticket), {"assignee": technician["id"]})

    def write(self, body: str) -> None:
        """Its technician writes an internal note by hand."""
        now = self.sandbox._frame.clock.moment()  # the sandbox has no other way to write without the API
        told = {"ticket": int(self.ticket), "kind": "Task Notes", "title": "note", "visibility": "internal"}
        who = {"author": self.sandbox.world().rows("technicians")[1]["id"], "created": now, "updated": now}
        self.sandbox.world().add("notes", {**told, **who, "body": body})

    def notes(self) -> list[str]:
        return [one["body"] for one in self.sandbox.world().rows("notes") if one["ticket"] == int(self.ticket)]

    def written(self) -> list[str]:
        """What the sandbox's own log shows of requests that write: signing in and queries do not."""
        reads = ("/query", "/query/count", "/auth/token")
        calls = [call for call in self.sandbox.control.calls() if call["method"] != "GET"]
        return [f"{call['method']} {call['path']}" for call in calls if not call["path"].casefold().endswith(reads)]

    def ask(
        self, do: Callable[[Client], Awaitable[T]], policy: str = "guarded", *, client: Any = None, **settings: Any
    ) -> T:
        """What the client does with a server in memory."""

        async def run() -> T:
            own = {**self.settings, **settings}
            async with (
                connection(None, self.vendor, policy, **own) as psa,
                Client(server(psa), **(client or {})) as official,
            ):
                return await do(official)

        return anyio.run(run)

    def call(self, *calls: tuple[str, dict[str, Any]], policy: str = "guarded", **more: Any) -> list[Any]:
        """What tools answer."""

        async def do(client: Client) -> list[Any]:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

        return self.ask(do, policy, **more)


@asynccontextmanager
async def over_stdio(desk: Desk, *words: str, **client: Any) -> AsyncIterator[Client]:
    """A client of `anypsa mcp` as a process."""
    command = ["-m", "anypsa_apps", "mcp", *words]
    parameters = StdioServerParameters(command=sys.executable, args=command, env=desk.environment)
    async with Client(stdio_client(parameters), **client) as official:
        yield official


@asynccontextmanager
async def served(desk: Desk, policy: str = "guarded", url: str | None = None) -> AsyncIterator[str]:
    """The address of a server over HTTP in this process."""
    told, listens = [], anyio.Event()

    def tell(address: str, place: http.Place) -> None:
        told.append(address)
        listens.set()

    place = http.Place(http.HOST, 0, url, TOKEN, chosen=True)
    serve = partial(http.serve, None, desk.vendor, policy, place=place, tell=tell, **desk.settings)
    async with anyio.create_task_group() as group:
        group.start_soon(serve)
        with anyio.fail_after(60):
            await listens.wait()
            yield told[0]
        group.cancel_scope.cancel()


@asynccontextmanager
async def over_http(desk: Desk, **client: Any) -> AsyncIterator[Client]:
    """A client of a server over HTTP."""
    async with served(desk) as url, speaking(url, **client) as official:
        yield official


@asynccontextmanager
async def speaking(url: str, **client: Any) -> AsyncIterator[Client]:
    """A client of the server at an address."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as bearing,
        Client(streamable_http_client(url, http_client=bearing), **client) as official,
    ):
        yield official


def outcome(answer: Any) -> str:
    """The error's name that the agent is told, or that it is done."""
    if not answer.is_error:
        return "done"
    words = answer.content[0].text.replace(":", " ").split()
    return next((word for word in words if word in KNOWN), answer.content[0].text)


KNOWN: Final = ("ApprovalPending", "Denied", "Invalid", "NotFound", "Unsupported", "ConfigurationError")


def length(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, indent=2))
