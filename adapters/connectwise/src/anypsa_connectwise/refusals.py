"""Refusals: what ConnectWise's answers mean, by their words as much as by their status (wire/connectwise.md, Errors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import (
    AuthenticationFailed,
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    Problem,
    PSAError,
    RateLimited,
    VendorFailure,
)
from anypsa.spi import Answer, Request

from .tables import TABLES

STRANGER: Final = frozenset({"unauthorized", "usernotauthenticated"})
"""Codes and messages by which keys are refused, whatever the status."""
CREDENTIALS: Final = "Check company, public_key, private_key and client_id."
RIGHTS: Final = "Check the security role of the API member that the keys belong to."
LONGEST: Final = 500


def refusal(request: Request, answer: Answer) -> PSAError | None:
    """The error that an answer means, or None."""
    body = answer.readable()
    if answer.status < 300:
        deleted = request.method == "DELETE" and answer.status == 204
        # An unknown company is answered by a null, which is a text of JSON like any other.
        known = body is not None or answer.content.strip() == b"null"
        return None if known or deleted else answer.unintelligible("it is not JSON")
    tried = f"{request.effect} ({request.route})"
    said = words(body)
    details: dict[str, Any] = {"said": said or [f"HTTP {answer.status}"], "status": answer.status}
    if answer.status == 401 or (answer.status >= 400 and STRANGER & spoken(body)):
        return AuthenticationFailed(f"sign in ({request.route})", hint=CREDENTIALS, **details)
    match answer.status:
        case 403:
            return PermissionDenied(tried, hint=RIGHTS, **details)
        case 404:
            return NotFound(tried, **details)
        case 409:
            return Conflict(tried, **details)
        case 429:
            return RateLimited(tried, wait=answer.retry_after(), **details)
        case status if status < 400 or status >= 500:
            return VendorFailure(tried, **details)
    problems = found(request, body)
    return Invalid(tried, problems=problems, said=said[:1] if problems else details["said"], status=answer.status)


def words(body: Any) -> list[str]:
    """What the vendor says, the whole before its parts."""
    told = [body, *entries(body)] if isinstance(body, Mapping) else []
    messages = [one.get("message") or one.get("code") for one in told]
    return [shown(message) for message in messages if message]


def spoken(body: Any) -> set[str]:
    """Code and message, for telling them apart."""
    return {str(body.get(key)).casefold() for key in ("code", "message")} if isinstance(body, Mapping) else set()


def entries(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = body.get("errors")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def found(request: Request, body: Any) -> list[Problem]:
    """The fields that a refusal names, in our words."""
    listed = entries(body) if isinstance(body, Mapping) else []
    return [
        Problem(neutral(request, one.get("field")), shown(one.get("message") or one.get("code") or "is refused"))
        for one in listed
    ]


def neutral(request: Request, field: object) -> str | None:
    """Our name for a field that the vendor names, perhaps with what it holds: `status/id`."""
    if not isinstance(field, str) or not field.strip("/"):
        return None
    first = field.strip("/").replace(".", "/").partition("/")[0]
    table = TABLES.get(request.effect.entity)
    return shown(first) if table is None else table.neutral_names.get(first.casefold(), shown(first))


def shown(text: object) -> str:
    return "".join(char for char in str(text) if char.isprintable())[:LONGEST]
