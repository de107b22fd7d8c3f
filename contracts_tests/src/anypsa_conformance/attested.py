"""Attested answers: what vendors are known to have said, typed from public evidence and never recorded anew."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anypsa.operations import Context
from anypsa.spi import Action, Answer, Effect, Request, reading

from .harness import HarnessError


@dataclass(frozen=True)
class Attested:
    """One answer and what it means: the name of an error, or None for a success. `source` and `grade` say who saw it."""

    when: str
    method: str
    path: str
    status: int
    body: Any
    means: str | None
    source: str
    grade: str
    headers: dict[str, str] = field(default_factory=dict)

    def request(self) -> Request:
        """The request that got the answer."""
        if self.method == "GET" or "query" in self.path:
            return Request.read(self.method, self.path, reading("ticket"))
        return Request(method=self.method, path=self.path, effect=Effect(Action.CREATE, "ticket"), json={})

    def answer(self) -> Answer:
        """The answer, byte for byte as far as it is known."""
        content = self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()
        return Answer(self.status, self.headers, content, f"{self.method} {self.path}")


def attested(folder: Path) -> list[Attested]:
    """The attested answers of an adapter's folder; raises `HarnessError` when the file is missing or wrong."""
    path = folder / "attested.json"
    try:
        return [Attested(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise HarnessError(f"{path}: {error}") from None


def meaning(context: Context, one: Attested) -> str | None:
    """What an adapter takes an answer to mean."""
    error = context.adapter.refusal(one.request(), one.answer())
    return None if error is None else type(error).__name__
