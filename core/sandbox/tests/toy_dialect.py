"""A whole dialect in one screen: what the tests of the frame speak, and what the README shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from anypsa_sandbox import Call, Dialect, Limits, Reply


class ToyDialect(Dialect):
    """`GET /tickets?state=...` lists ids, `POST /tickets` adds one; whoever names a tenant in `key` may call."""

    name: ClassVar[str] = "toy"
    doors: ClassVar[Sequence[str]] = ("api", "side")
    default_limits: ClassVar[Limits] = Limits(slots=2, lag=0.0, window=60.0, window_limit=1_000)

    @classmethod
    def api_user(cls, tenant: str) -> str:
        return f"robot@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        return {"url": self.urls["api"], "key": tenant}

    def limit_keys(self, call: Call) -> Sequence[str]:
        return (call.headers["key"],) if call.headers.get("key") in self.worlds else ()

    def window_key(self, call: Call) -> str | None:
        return call.headers.get("key")

    def too_many(self, call: Call, kind: str) -> Reply:
        return Reply.of({"limit": kind}, 429)

    def answer(self, call: Call) -> Reply:
        world = self.worlds.get(call.headers.get("key", ""))
        if world is None:
            return Reply(401)
        if call.method == "POST":
            return Reply.of({"id": world.add("tickets", {"title": call.json()["title"], "company": 0})}, 201)
        state = None if "eq" in call.ignored_operators else call.query.get("status")
        rows = [row["id"] for row in world.rows("tickets") if state in (None, row["status"])]
        return Reply.of({"door": call.door, "ids": rows})
