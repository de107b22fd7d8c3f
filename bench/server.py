"""The server: pages of pre-built rows, with the vendor's slots, latency and faults, and nothing else.

The sandbox renders each row from its database, which takes longer for 100,000 tickets than any client does; here a page
is cut from bytes. What it says and refuses follows the sandbox. HaloPSA's half serves single tickets and tokens that die.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qs

from .rows import ASSETS, COMPANIES, CONTACTS, PICKED, SEED, Rows, numbers

REASONS: Final = {200: "OK", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 500: "Server Error"}
THREADS: Final = {"errors": ["Thread threshold of 3 threads per Object Endpoint has been exceeded."]}
PAGE: Final = 500
API: Final = "/atservicesrest/v1.0/"


@dataclass
class Conditions:
    """How the server behaves: seconds of latency and of late release, slots per entity, a cap on pages, faults."""

    latency: float = 0.0
    lag: float = 0.0
    slots: int = 3
    cap: int = PAGE
    outages: float = 0.0
    resets: float = 0.0
    count: int = 100_000
    token_life: float = 1.0


@dataclass
class Log:
    """What was asked since the last reset."""

    requests: int = 0
    refused: int = 0
    tokens: int = 0
    by_entity: Counter[str] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)


class World:
    """What all connections share."""

    def __init__(self) -> None:
        self.set_up({})

    def set_up(self, changes: dict[str, Any]) -> None:
        """Begins anew under other conditions."""
        known = {name: value for name, value in changes.items() if name in Conditions.__dataclass_fields__}
        self.conditions = replace(Conditions(), **known)
        self.log = Log()
        self.under_way: Counter[str] = Counter()
        self.tokens: dict[str, float] = {}
        self.chance = random.Random(SEED)
        self.rows = {
            "tickets": Rows(numbers(self.conditions.count)),
            "companies": Rows(range(COMPANIES), "Companies"),
            "contacts": Rows(range(1, CONTACTS + 1), "Contacts"),
            "configurationitems": Rows(range(1, ASSETS + 1), "ConfigurationItems"),
        }

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer to one call."""
        path = target.partition("?")[0].lower()
        if path.endswith("zoneinformation"):
            url = f"http://{headers['host']}/ATServicesRest/"
            return found({"zoneName": "Bench", "url": url, "webUrl": url, "ci": 1})
        entity, _, rest = path.removeprefix(API).partition("/")
        if rest == "entityinformation/fields":
            return found({"fields": FIELDS})
        if entity not in self.rows or rest.startswith("entityinformation"):
            return 404, json.dumps({"errors": [f"no such path: {path}"]}).encode()
        if rest.partition("/")[0] == "query":
            asked = json.loads(body) if method == "POST" else search(target)
            return 200, self.page(entity, asked, target, headers["host"])
        return 200, b'{"item":%b}' % (self.rows[entity].one(int(rest)) if self.rows[entity].has(int(rest)) else b"null")

    def page(self, entity: str, asked: dict[str, Any], target: str, host: str) -> bytes:
        """One page of a query by ids."""
        low, high, wanted = 0, 1 << 62, None
        for one in asked["filter"]:
            match one["op"].lower():
                case "gte":
                    low = max(low, int(one["value"]))
                case "gt":
                    low = max(low, int(one["value"]) + 1)
                case "lt":
                    high = min(high, int(one["value"]))
                case "in":
                    wanted = sorted(map(int, one["value"]))
                case "eq" if one["field"].lower() == "id":
                    wanted = [int(one["value"])]
        if "paging=" in target:
            low = max(low, int(target.partition("paging=")[2]))
        most = min(int(asked.get("maxRecords") or asked.get("MaxRecords") or PAGE), self.conditions.cap)
        rows = self.rows[entity]
        ids, more = rows.between(low, high, most)
        if wanted is not None:
            ids, more = [id for id in wanted if rows.has(id)], False
        link = f'"http://{host}/ATServicesRest/V1.0/{entity}/query/next?paging={ids[-1] + 1}"' if more else "null"
        details = f'"pageDetails":{{"count":{len(ids)},"requestCount":{most},"prevPageUrl":null,"nextPageUrl":{link}}}'
        return b'{"items":[%b],%b}' % (b",".join(map(rows.one, ids)), details.encode())

    def halo(self, target: str, headers: dict[str, str], now: float) -> tuple[int, bytes]:
        """HaloPSA: a token that dies, and single tickets for who has a living one."""
        path = target.partition("?")[0].lower()
        if path.endswith("/token"):
            self.log.tokens += 1
            token = f"token{self.log.tokens}"
            self.tokens[token] = now + self.conditions.token_life
            return found({"access_token": token, "token_type": "Bearer", "expires_in": 3600})
        if path.endswith("/authinfo"):
            return found({"auth_url": f"http://{headers['host']}/auth", "tenant_id": "bench"})
        token = headers.get("authorization", "").partition(" ")[2]
        if self.tokens.get(token, 0.0) <= now:
            return 401, b'{"error":"invalid_token","error_description":"the token has expired"}'
        part = path.rpartition("/")[2]
        if not part.isdecimal():
            return found([])
        id = int(part)
        row = {"id": id, "summary": f"Ticket {id}", "details": "d" * 400, "status_id": 1, "client_id": 7, "site_id": 3}
        more = {"client_name": "Acme", "tickettype_id": 1, "dateoccurred": "2026-01-02T03:04:05", "user_id": 5}
        return found({**row, **more, **{f"other{n}": n for n in range(100)}})


def search(target: str) -> Any:
    """The query that a GET carries in its address."""
    return json.loads(parse_qs(target.partition("?")[2])["search"][0])


def found(body: Any) -> tuple[int, bytes]:
    return 200, json.dumps(body).encode()


def fields() -> list[dict[str, Any]]:
    """The metadata that labels come from."""
    common = {"dataType": "integer", "length": 0, "isRequired": False, "isReadOnly": False, "isQueryable": True}
    return [
        {
            **common,
            "name": name,
            "isReference": False,
            "referenceEntityType": "",
            "isPickList": True,
            "picklistParentValueField": "",
            "picklistValues": [
                {
                    "value": str(n),
                    "label": label,
                    "isActive": True,
                    "isSystem": False,
                    "sortOrder": n,
                    "parentValue": "",
                }
                for n, label in enumerate(labels, 1)
            ],
        }
        for name, labels in PICKED.items()
    ]


FIELDS: Final = fields()


class Connection(asyncio.Protocol):
    """One connection: HTTP/1.1, one request after another."""

    def __init__(self, world: World, stop: asyncio.Event) -> None:
        self.world = world
        self.stop = stop
        self.buffer = bytearray()
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=8 * 2**20)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) >= length:
            method, target, _ = first.split(" ", 2)
            self.buffer = bytearray(rest[length:])
            self.called(method, target, headers, bytes(rest[:length]))

    def called(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        """Takes a place, waits as long as the vendor does, answers, and gives the place back."""
        world, path = self.world, target.partition("?")[0].lower()
        if path.startswith("/_bench/"):
            self.controlled(path, body)
            return
        vendor = path.startswith(API)
        entity = path.removeprefix(API).partition("/")[0] if vendor else "api"
        world.log.requests += 1
        world.log.by_entity[entity] += 1
        if vendor and world.under_way[entity] >= world.conditions.slots and entity != "zoneinformation":
            world.log.refused += 1
            world.log.peak[entity] = max(world.log.peak[entity], world.under_way[entity] + 1)
            self.reply(429, json.dumps(THREADS).encode())
            return
        world.under_way[entity] += 1
        world.log.peak[entity] = max(world.log.peak[entity], world.under_way[entity])
        fault = world.chance.random() if entity == "tickets" else 1.0
        self.loop.call_later(world.conditions.latency, self.finish, entity, fault, method, target, headers, body)

    def finish(self, entity: str, fault: float, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        """Answers, or fails as the conditions want it."""
        world, conditions = self.world, self.world.conditions
        self.loop.call_later(conditions.lag, world.under_way.subtract, [entity])
        if fault < conditions.outages:
            self.reply(500, b"<html><body>Internal error</body></html>", "text/html")
            return
        if target.lower().startswith(API):
            status, content = world.answer(method, target, headers, body)
        else:
            status, content = world.halo(target, headers, self.loop.time())
        if fault < conditions.outages + conditions.resets:
            self.transport.write(headed(status, content)[: len(content) // 2])
            self.transport.abort()
            return
        self.reply(status, content)

    def controlled(self, path: str, body: bytes) -> None:
        if path.endswith("/set"):
            self.world.set_up(json.loads(body))
        told = json.dumps(vars(self.world.log)).encode()
        if path.endswith("/mark"):
            self.world.log = Log()
        if path.endswith("/stop"):
            self.stop.set()
        self.reply(200, told)

    def reply(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.transport.write(headed(status, content, kind))


def headed(status: int, content: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def serve(port: int) -> None:
    """Serves until told to stop."""
    world, stop = World(), asyncio.Event()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(world, stop), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.server")
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
