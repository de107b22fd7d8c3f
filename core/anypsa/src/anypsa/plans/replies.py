"""Replies: "approve 7F3K" at the beginning of a note. Anything else is a message, a quotation of ours included."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

VERBS: Final = {"approve": True, "approved": True, "deny": False, "denied": False}
PATTERN: Final = re.compile(r"(approved?|deny|denied)[\s:]+#?([0-9a-z]{4})\s*[.!]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody decided, on the plan of a code."""

    approves: bool
    code: str
    reason: str | None = None


def reply_of(body: str) -> Reply | None:
    """The decision that a note is: its first line that holds anything says so, and nothing else."""
    lines = [line.strip() for line in unicodedata.normalize("NFKC", body).splitlines()]
    lines = [line for line in lines if line]
    found = PATTERN.fullmatch(lines[0]) if lines else None
    if found is None:
        return None
    reason = lines[1][:200] if len(lines) > 1 else None
    return Reply(VERBS[found[1].lower()], found[2].upper(), reason)
