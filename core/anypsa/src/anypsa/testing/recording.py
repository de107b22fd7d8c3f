"""Recordings: the exchanges of one test, kept in a file and played back with no network.

A file holds no credential: what the settings know as one, and the tokens got with them, is replaced, and of headers
only what an answer needs is kept. It does hold what the vendor answered, customers' data included.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ..wire import Incoming, Outgoing

FORMAT: Final = 1
BASE64: Final = "base64"
KEPT_HEADERS: Final = frozenset({"content-type", "date", "link", "retry-after", "www-authenticate"})
TOKEN: Final = re.compile(r'("(?:access|refresh|id)_token"\s*:\s*")[^"]*(")')
Conceal = Callable[[str], str]


class NotRecorded(AssertionError):
    """A test asks for what its recording does not have."""


class Recording:
    """Exchanges by what was asked: method, path, query and body, never the host or headers."""

    def __init__(self, path: Path, settings: Mapping[str, Any], moment: datetime, exchanges: list[Any]) -> None:
        self.path, self.settings, self.moment = path, settings, moment
        self.conceal: Conceal = str
        self._exchanges = exchanges
        self._answers: dict[str, deque[Incoming]] = defaultdict(deque)
        for asked, status, headers, body in exchanges:
            self._answers[asked].append(Incoming(status, headers, content_of(body)))

    @classmethod
    def begin(cls, path: Path, settings: Mapping[str, Any]) -> Recording:
        """A new one, with nothing in it; its moment is now, in whole seconds."""
        return cls(path, settings, datetime.now(UTC).replace(microsecond=0), [])

    @classmethod
    def load(cls, path: Path) -> Recording:
        """The one in a file."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                raise NotRecorded(f"{path} is of another version of anypsa: {AGAIN}")
            return cls(path, told["settings"], datetime.fromisoformat(told["moment"]), told["exchanges"])
        except FileNotFoundError:
            raise NotRecorded(f"there is no recording {path}: {AGAIN}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotRecorded(f"{path} is no whole recording ({type(error).__name__}: {error}): {AGAIN}") from None

    def keep(self, outgoing: Outgoing, incoming: Incoming) -> Incoming:
        """Takes an exchange in, and hands its answer on."""
        headers = {name: value for name, value in incoming.headers.items() if name in KEPT_HEADERS}
        self._exchanges.append([self._asked(outgoing), incoming.status, headers, body_of(incoming.content)])
        return incoming

    def play(self, outgoing: Outgoing) -> Incoming:
        """The next answer to what is asked."""
        asked = self._asked(outgoing)
        if not self._answers.get(asked):
            raise NotRecorded(f"{self.path} has no further answer to {asked[:400]}: {AGAIN}")
        return self._answers[asked].popleft()

    def save(self) -> None:
        """Writes the file, without secrets."""
        told = {
            "format": FORMAT,
            "settings": self.settings,
            "moment": self.moment.isoformat(),
            "exchanges": [
                [*asked, self.conceal(body) if isinstance(body, str) else body] for *asked, body in self._exchanges
            ],
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _asked(self, outgoing: Outgoing) -> str:
        parts = urlsplit(outgoing.url)
        query = f"?{parts.query}" if parts.query else ""
        body = f" {outgoing.content.decode('utf-8', 'replace')}" if outgoing.content else ""
        return self.conceal(f"{outgoing.method} {parts.path}{query}{body}")


def body_of(content: bytes) -> str | dict[str, str]:
    """An answer's body as it is kept: text without tokens, or what is no text (a picture, say) in base64."""
    try:
        return TOKEN.sub(r"\1[secret]\2", content.decode("utf-8"))
    except UnicodeDecodeError:
        return {BASE64: b64encode(content).decode()}


def content_of(body: str | Mapping[str, str]) -> bytes:
    """What `body_of` was made of, but for tokens."""
    return body.encode() if isinstance(body, str) else b64decode(body[BASE64])


AGAIN: Final = "record the test again, with pytest --anypsa-record"
