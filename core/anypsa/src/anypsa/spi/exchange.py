"""Requests and answers as adapters see them: no sockets, no clients, no secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

from ..document import Members, cut, parsed
from ..effects import Action, Effect
from ..errors import Invalid, Problem, Unintelligible
from ..secrecy import Sealed

NO_PARTS: Final[Mapping[str, str]] = {}
PART: Final = re.compile(r"\{(\w+)\}")
DOTS: Final = frozenset({".", ".."})
# Servers decode %2F before they route, so that encoding it does not keep an id in its place.
SEPARATORS: Final = frozenset("/\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call to the vendor. `path` is a template with named parts, relative to the tenant's root.

    The template is at the same time span name, limit key, policy route and cassette name. `link` replaces path and
    query by an absolute URL that the vendor gave; it must lie on the origin that the request would go to anyway.
    `headers` are this request's own, beside those that sign it.
    `safe_to_repeat` says that sending it twice does no more than sending it once: true for reads. `anonymous` is not
    signed; the answer to a `confidential` one holds a secret, and none of it is shown.
    """

    method: str
    path: str
    effect: Effect
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: str | None = field(default=None, repr=False)
    link: str | None = None
    safe_to_repeat: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    anonymous: bool = False
    confidential: bool = False

    @classmethod
    def read(cls, method: str, path: str, effect: Effect, **details: Any) -> Request:
        """A request that only reads, whatever its method."""
        return cls(method=method, path=path, effect=effect, safe_to_repeat=True, **details)

    def following(self, link: str) -> Request:
        """The same request at the vendor's link to the next page: same verb, same body."""
        return replace(self, link=link)

    @property
    def route(self) -> str:
        """Method and template: the name of the request in logs, spans and policies."""
        return f"{self.method} {self.path}"

    def target(self) -> str:
        """The path with its parts filled in and encoded, and the query; raises `Invalid` for an unsafe part."""
        path = PART.sub(lambda match: encoded(match[1], str(self.parts[match[1]])), self.path)
        return f"{path}?{urlencode(self.query)}" if self.query else path


def encoded(name: str, value: str) -> str:
    """A part of a path that cannot leave its place."""
    if not value or value in DOTS or not value.isprintable() or SEPARATORS & set(value):
        raise Invalid("address a record", problems=[Problem(name, f"{value!r} is not an id")])
    return quote(value, safe="")


@dataclass(frozen=True)
class Answer:
    """What the vendor answered: status, headers with lower-case names, content after decompression."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    route: str = ""
    shown: Callable[[bytes], str] | None = field(default=None, repr=False, compare=False)
    """What tells how its content begins, without secrets; None for one of which nothing is shown."""

    def __getstate__(self) -> dict[str, Any]:
        # Who looks for secrets knows them, and stays here.
        return {**self.__dict__, "shown": None}

    @property
    def excerpt(self) -> str | None:
        """How it begins, without secrets: what errors may show of it. Looked for only then, since that takes a while."""
        return None if self.shown is None else self.shown(self.content)

    @cached_property
    def _decoded(self) -> Any:
        return parsed(self.content)

    @cached_property
    def members(self) -> Members | None:
        """The members of the object that it is, in which lists and objects are cut and not parsed: for long lists.

        None for whatever is no such object, or no JSON: `json` and `readable` tell what it is.
        """
        return cut(self.content)

    def json(self) -> Any:
        """The content as JSON; raises `Unintelligible` when it is not."""
        try:
            return self._decoded
        except ValueError:
            raise self.unintelligible("it is not JSON") from None

    def readable(self) -> Any:
        """The content as JSON, or None when it is not: for telling errors apart."""
        try:
            return self._decoded
        except ValueError:
            return None

    def retry_after(self) -> float | None:
        """The seconds that the vendor asks us to wait in `Retry-After`, in either of its forms; None if it does not
        say, or in no such form."""
        header = self.headers.get("retry-after", "").strip()
        if header.isascii() and header.isdecimal():
            return float(header[:9])
        moment = date(header)
        if moment is None:
            return None
        # Measured on the server's own clock where it tells it, since ours may be off.
        now = date(self.headers.get("date", "")) or datetime.now(moment.tzinfo)
        return max(0.0, (moment - now).total_seconds())

    def unintelligible(self, reason: str) -> Unintelligible:
        """The error of an answer that is not what the vendor promises."""
        excerpt = self.excerpt
        shown = [f"it begins with {excerpt!r}"] if excerpt else []
        return Unintelligible(
            f"understand the answer to {self.route}",
            said=[reason, *(shown if self.content else ["it is empty"])],
            status=self.status,
            retryable=True,
        )


def date(text: str) -> datetime | None:
    """A moment as headers write it; None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where requests go and what signs them. `scope` is the vendor's own key of its limits; never shown.

    `temporary`: it signs with a token that a sign-in gave out. That one is refused tells nothing of the credentials.
    """

    base: str
    scope: str
    headers: Mapping[str, str] = field(repr=False)
    temporary: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", Sealed(self.headers))


WRITES: Final = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE, Action.UNKNOWN})
