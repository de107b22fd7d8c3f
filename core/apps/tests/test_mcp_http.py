"""The MCP server over HTTP: whom it serves, by which name, from which page, and where it may listen. No tool is called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
import pytest
from agents import TOKEN, Desk, served

from anypsa import ConfigurationError
from anypsa_apps.mcp.http import LARGEST_REQUEST, Place
from anypsa_sandbox import Sandbox

BEARING: Final = {"Authorization": f"Bearer {TOKEN}"}
SPOKEN: Final = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
ASKING: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
}}).encode()  # fmt: skip
URL: Final = "https://psa.msp.example/mcp"


@pytest.fixture
def desk(sandboxes: Callable[[str], Sandbox], tmp_path: Path) -> Desk:
    return Desk(sandboxes("autotask"), tmp_path)


def posted(desk: Desk, *headers: dict[str, str], url: str | None = None, content: bytes = ASKING) -> list[int]:
    """The statuses of what the server answers to requests with such headers."""

    async def run() -> list[int]:
        async with served(desk, url=url) as address, httpx2.AsyncClient(trust_env=False) as client:
            return [
                (await client.post(address, content=content, headers={**SPOKEN, **one})).status_code for one in headers
            ]

    return anyio.run(run)


def test_only_who_bears_the_token_is_served_whatever_is_asked(desk: Desk) -> None:
    wrong = [{}, {"Authorization": "Bearer another"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}]

    assert posted(desk, *wrong, BEARING) == [401, 401, 401, 401, 200]


def test_neither_a_page_of_another_site_nor_another_name_reaches_it(desk: Desk) -> None:
    """A page that lets its own name point here has that name in `Host`; any page has its site in `Origin`."""
    elsewhere = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example:8765"}]
    here = [{"Origin": "http://localhost:3000"}, {"Host": "localhost:8765"}]

    statuses = posted(desk, *({**BEARING, **one} for one in (*elsewhere, *here, {"Host": "psa.msp.example"})))

    assert statuses == [403, 403, 421, 200, 200, 421]


def test_behind_a_proxy_it_is_reached_by_the_name_that_it_was_given(desk: Desk) -> None:
    named = [{"Host": "psa.msp.example"}, {"Host": "psa.msp.example", "Origin": "https://psa.msp.example"}]
    others = [{"Host": "evil.example"}, {"Host": "psa.msp.example", "Origin": "http://psa.msp.example"}]

    assert posted(desk, *({**BEARING, **one} for one in (*named, *others)), url=URL) == [200, 200, 421, 403]


def test_what_is_too_large_is_not_read(desk: Desk) -> None:
    assert posted(desk, BEARING, content=b"x" * (LARGEST_REQUEST + 1)) == [413]


@pytest.mark.parametrize(
    ("host", "url", "token"),
    [
        ("0.0.0.0", None, TOKEN),  # noqa: S104  # refused: nobody said by which name it is reached
        ("0.0.0.0", URL, None),  # noqa: S104  # refused: a token that is made up is known to nobody elsewhere
        ("192.0.2.1", None, None),
        ("127.0.0.1", URL, None),
        ("127.0.0.1", "http://psa.msp.example/mcp", TOKEN),
        ("127.0.0.1", "psa.msp.example", TOKEN),
        ("127.0.0.1", None, "short"),
        ("127.0.0.1", None, ""),
        ("127.0.0.1", None, "a-token-with-a-line-end\n-in-it"),
    ],
)
def test_where_others_reach_it_it_does_not_start_unguarded(host: str, url: str | None, token: str | None) -> None:
    with pytest.raises(ConfigurationError):
        Place.checked(host, 0, url, token)


def test_on_this_machine_it_starts_with_a_token_of_its_own() -> None:
    first, second = (Place.checked("127.0.0.1", 0, None, None) for _ in range(2))

    assert len(first.token) >= len(TOKEN)
    assert first.token != second.token
    assert Place.checked("0.0.0.0", 0, URL, TOKEN).token == TOKEN  # noqa: S104  # others reach it, by a name and a token


def test_the_session_of_one_client_is_no_other_clients(desk: Desk) -> None:
    """Whoever knows a session's id and not the token gets nothing of it."""

    async def run() -> tuple[Any, Any]:
        async with served(desk) as address, httpx2.AsyncClient(trust_env=False) as client:
            opened = await client.post(address, content=ASKING, headers={**SPOKEN, **BEARING})
            session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
            return opened, await client.get(address, headers={**SPOKEN, **session})

    opened, stolen = anyio.run(run)

    assert (opened.status_code, stolen.status_code) == (200, 401)
