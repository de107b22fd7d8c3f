"""Raw requests: any vendor endpoint, with the same signing, limits, retries, policy and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from ..effects import Effect
from ..errors import Invalid, Problem
from ..session import call
from ..spi.exchange import Answer, Request
from ..wire import Lane
from .context import Context
from .delivery import journaled

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass
class Path:
    """A raw path as a template: ids become parts, so that they neither leave their place nor make new limit keys."""

    template: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)

    def add(self, segment: str) -> None:
        if segment.isalpha():
            self.template.append(segment)
            return
        name = f"part{len(self.parts) + 1}"
        self.template.append(f"{{{name}}}")
        self.parts[name] = segment


async def request(
    context: Context,
    method: str,
    path: str,
    params: Mapping[str, str] | None,
    body: Any,
    key: str | None = None,
) -> Answer:
    """Sends a raw request; what it does is told by the adapter's own tables, and what cannot be told is a write.

    A write is written down under the key, if it has one.
    """
    route, effect = understood(context, method, path, body)
    send = partial(
        context.session.send,
        Request(
            method=method.upper(),
            path="/".join(route.template),
            parts=route.parts,
            query=dict(params or {}),
            json=body,
            effect=effect,
            headers=context.adapter.raw_headers(effect),
            safe_to_repeat=not effect.writes,
        ),
    )
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await (journaled(context, effect, send, key) if effect.writes else send())


def understood(context: Context, method: str, path: str, body: Any) -> tuple[Path, Effect]:
    """Where a raw request goes, below the tenant's root, and what it does."""
    verb = method.upper()
    if verb not in METHODS:
        raise Invalid("send a raw request", problems=[Problem("method", repr(method), allowed=METHODS)])
    if "?" in path or "#" in path or "://" in path:
        problem = Problem("path", "wants a path below the tenant's root; give the query as params=")
        raise Invalid("send a raw request", problems=[problem])
    route = Path()
    rest = context.adapter.raw_path(path)
    for segment in rest.split("/"):
        route.add(unquote(segment))
    return route, replace(context.adapter.classify(verb, rest, body), raw=True)
