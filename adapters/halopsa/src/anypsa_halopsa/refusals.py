"""Refusals: what HaloPSA's answers mean. There is no standard shape of an error (wire/halopsa.md 5)."""

from __future__ import annotations

import re
from typing import Any, Final

from anypsa.errors import (
    AuthenticationFailed,
    Invalid,
    NotFound,
    PermissionDenied,
    Problem,
    PSAError,
    RateLimited,
    VendorFailure,
)
from anypsa.spi import Answer, Request

from .tables import ATTACHMENTS, TABLES
from .workflow import CALLED

KEYS: Final = ("error_description", "error", "Message", "message", "errorMessage", "title")
FIELD: Final = re.compile(r"^(?:\[\d+\]\.?)?(\w*)$")
WANTED: Final = re.compile(r"(?:value for|Please enter) (?:a |an )?(?:value for )?(?P<field>[\w ]+)", re.IGNORECASE)
TAG: Final = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
LONGEST: Final = 500
LIMIT: Final = re.compile(r"rate limit", re.IGNORECASE)
WINDOW: Final = re.compile(r"(?P<requests>\d{1,6}) requests per rolling (?P<minutes>\d{1,4}) minute", re.IGNORECASE)
# No header is attested; waiting under a minute was reported not to be enough (5.3).
PAUSE: Final = 60.0
CREDENTIALS: Final = "Check client_id, client_secret and tenant."
NOBODY: Final = "A wrong tenant or address is answered so: check resource_url, auth_url and tenant."
FILE: Final = f"{ATTACHMENTS.path}/{{id}}"
OUTCOME: Final = re.compile(r"\boutcome must be entered", re.IGNORECASE)
HINTS: Final = (
    (OUTCOME, "Name the outcome (kind=...), or set outcomes in the settings or the profile."),
    (re.compile(r"do not have access to this action", re.IGNORECASE), "The step of the ticket's workflow forbids it."),
    (re.compile(r"CODE:APP\d+"), "The ticket waits for an approval: somebody has to decide it in HaloPSA."),
)
"""What the vendor's own words mean (2.2, 4)."""
SCOPE: Final = "Check the application's scopes and the rights of the agent that it signs in as."


def refusal(request: Request, answer: Answer) -> PSAError | None:
    """The error that an answer means, or None."""
    if answer.status < 300:
        # Where the question is unknown, some page may answer it; a file may be anything.
        empty = answer.content.strip()
        known = request.path in ("authinfo", FILE) or answer.readable() is not None or empty == b"null"
        known = known or (request.method == "DELETE" and not empty)
        return None if known else answer.unintelligible("it is not JSON")
    said = told(answer)
    if answer.status == 429 or (answer.status >= 400 and LIMIT.search(said)):
        return rate_limited(request, answer, said)
    details: dict[str, Any] = {"said": [said] if said else [f"HTTP {answer.status}"], "status": answer.status}
    if request.path == "token" and answer.status in (400, 401, 403):
        return AuthenticationFailed("sign in", hint=SCOPE if "scope" in said else CREDENTIALS, **details)
    match answer.status:
        case 401:
            return AuthenticationFailed(f"sign in ({request.route})", hint=CREDENTIALS, **details)
        case 403:
            return PermissionDenied(tried(request), hint=SCOPE, **details)
        case 404:
            return NotFound(tried(request), **details)
        case status if status >= 500:
            return VendorFailure(tried(request), hint=NOBODY if request.path == "token" else None, **details)
    problems = found(request, answer.readable(), said)
    hint = next((hint for pattern, hint in HINTS if pattern.search(said)), None)
    said_too = [] if problems else details["said"]
    return Invalid(tried(request), problems=problems, said=said_too, hint=hint, status=answer.status)


def told(answer: Answer) -> str:
    """The vendor's words: in JSON, or as plain text, or as a page."""
    body = answer.readable()
    said = words(body)
    if body is None:
        text = answer.content[: 20 * LONGEST].decode("utf-8", "replace")
        said = " ".join(TAG.sub(" ", text).split())
    return "".join(char for char in said if char.isprintable())[:LONGEST]


def words(body: Any) -> str:
    """The text of an error, in whichever of its shapes it comes."""
    match body:
        case str():
            return body.strip()
        case list() if body:
            return words(body[0])
        case dict():
            known = next((body[key] for key in KEYS if body.get(key)), None)
            return words(known) if known is not None else "; ".join(filter(None, map(words, body.values())))
    return ""


def found(request: Request, body: Any, said: str) -> list[Problem]:
    """The fields that a refusal names: `[0].id`, or in the words of a rule."""
    if isinstance(body, dict) and not body.keys() & set(KEYS):
        fields = {match[1]: words(value) for key, value in body.items() if (match := FIELD.match(str(key)))}
        return [Problem(neutral(request, name) if name else None, text) for name, text in fields.items() if text]
    if OUTCOME.search(said):
        return [Problem("kind", said)]
    match = WANTED.search(said)
    return [Problem(neutral(request, match["field"].strip()), said)] if match else []


def neutral(request: Request, field: str) -> str:
    """Our name for a field that the vendor names."""
    table = TABLES.get(request.effect.entity)
    folded = field.casefold()
    if table is None or folded in table.by_name:
        return field if table is None else folded
    known = table.neutral_names.get(folded) or CALLED.get(folded)
    return field if known is None or known not in table.by_name else known


def rate_limited(request: Request, answer: Answer, said: str) -> RateLimited:
    """The whole tenant has to wait: the limit counts all its callers."""
    header = answer.retry_after()
    wait = PAUSE if header is None else header
    told = WINDOW.search(said)
    allows = None if told is None else (int(told["requests"]), 60.0 * int(told["minutes"]))
    said = said or "too many requests"
    return RateLimited(tried(request), said=[said], wait=wait, allows=allows, status=answer.status)


def tried(request: Request) -> str:
    return f"{request.effect} ({request.route})"
