"""Refusals: what Autotask's answers mean. By text, because 500 is also how it says invalid, forbidden and missing
(wire/autotask.md 6, fixtures/autotask/observed_errors.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    Refused,
    VendorFailure,
)
from anypsa.spi import Answer, Request

from .rows import folded
from .tables import TABLES


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means. `field` finds the vendor's field name in it, `hint` is what to do next."""

    pattern: re.Pattern[str]
    error: type[Refused]
    hint: str | None = None

    def match(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text)


def meaning(pattern: str, error: type[Refused], hint: str | None = None) -> Meaning:
    return Meaning(re.compile(pattern, re.IGNORECASE), error, hint)


RIGHTS: Final = "Check the security level of the API user (or of the impersonated resource)."
CREDENTIALS: Final = "Check username, secret and integration code, and that the user is an API user that is not locked."
VALUES: Final = 'psa.fields("...") lists the values that this tenant has.'
PAIR: Final = "A technician needs a role: set a default service desk role for the technician in Autotask."

# In this order: the text of a missing record also speaks of permissions.
MEANINGS: Final[Sequence[Meaning]] = (
    meaning(r"thread threshold|Itgenatr005", RateLimited),
    meaning(r"request threshold|threshold .*exceeded|exceeded .*threshold", RateLimited),
    meaning(r"No matching records found", NotFound),
    meaning(r"adequate permissions", PermissionDenied, RIGHTS),
    meaning(r"Zone information could not be determined", AuthenticationFailed, "Check the username."),
    meaning(r"IntegrationCode|invalid credentials|account has been locked", AuthenticationFailed, CREDENTIALS),
    meaning(r"assignedResourceRoleID", Invalid, PAIR),
    meaning(r"deadlock|timeout expired|transaction .*aborted", VendorFailure),
    meaning(r"reference an existing entity for (?P<field>\w+)", Invalid, VALUES),
    meaning(r"Reference value on field: (?P<field>\w+)", Invalid, "The record it names is missing or inactive."),
    meaning(r"Unable to find (?P<field>\w+) in the", Invalid),
    meaning(
        r"(?P<field>\w+)(?: \[\d+\])? is not associated to", Invalid, "Change what belongs together in one update."
    ),
    meaning(r"(?P<field>\w[\w ]*?) is required", Invalid),
)
ONE_ENTITY: Final = MEANINGS[0]
ERRORS: Final = "errors"
LONGEST_TEXT: Final = 200
SECONDS: Final = re.compile(r"try again in (\d+) seconds?", re.IGNORECASE)


def refusal(request: Request, answer: Answer) -> PSAError | None:
    """The error that an answer means, or None."""
    if answer.status < 300 and answer.members is not None and ERRORS not in map(str.casefold, answer.members):
        return None  # a page of 1 MB need not be parsed to see that it is one
    body = folded(answer.readable())
    texts, problems = told(request, body)
    said = texts or message(body)
    if answer.status == 401:
        # Whatever it says besides: a refused password that passed for something else would be tried again.
        return unauthenticated(request, answer, said)
    if answer.status == 429:
        return rate_limited(request, answer, said)
    if (texts or answer.status >= 300) and (known := by_text(request, answer, said, problems)) is not None:
        return known
    if not texts and answer.status < 300:
        # Planned maintenance answers 200 with a page of HTML (6.1); an honest answer is an object.
        return None if isinstance(answer.readable(), dict) else answer.unintelligible("it is not a JSON object")
    if texts and answer.status not in STATUSES:
        return rejected(request, answer, texts, problems)
    return STATUSES.get(answer.status, unexpected)(request, answer, said)


def told(request: Request, body: Mapping[str, Any]) -> tuple[list[str], list[Problem]]:
    """The texts of an `errors` list: plain strings, or objects as some documents have it. What is neither is told as
    it is, since a request that was refused must not pass for an outage."""
    items = body.get(ERRORS)
    texts: list[str] = []
    problems: list[Problem] = []
    for item in items if isinstance(items, list) else [items]:
        text = folded(item).get("message", item)
        if text in (None, "", {}, []):
            continue
        texts.append(text.strip() if isinstance(text, str) else json.dumps(text)[:LONGEST_TEXT])
        if isinstance(field := folded(item).get("field"), str):
            problems.append(Problem(neutral(request, field), texts[-1]))
    return texts, problems


def message(body: Mapping[str, Any]) -> list[str]:
    """The text of a routing error, `{"Message": ...}`."""
    text = body.get("message")
    return [text] if isinstance(text, str) else []


def by_text(request: Request, answer: Answer, texts: list[str], problems: list[Problem]) -> PSAError | None:
    """The error that a text is known to mean, if one of them is."""
    for one in MEANINGS:
        for text in texts:
            found = one.match(text)
            if found is None:
                continue
            if one.error is RateLimited:
                return rate_limited(request, answer, texts)
            field = found.groupdict().get("field")
            if field and not problems:
                problems = [Problem(neutral(request, field), text)]
            return one.error(
                tried(request), said=besides(texts, problems), problems=problems, hint=one.hint, status=answer.status
            )
    return None


def besides(texts: Sequence[str], problems: Sequence[Problem]) -> list[str]:
    """What is not said as a problem of a field already."""
    return [text for text in texts if text not in {problem.message for problem in problems}]


def rejected(request: Request, answer: Answer, texts: list[str], problems: list[Problem]) -> PSAError:
    """A 500 with a list of errors is a rejected request, not an outage; repeating it would be rejected again."""
    error = VendorFailure if answer.status in (502, 503, 504) else Invalid
    return error(tried(request), said=besides(texts, problems), problems=problems, status=answer.status)


def neutral(request: Request, field: str) -> str:
    """Our name for a field that the vendor names."""
    table = TABLES.get(request.effect.entity)
    spelled = field.replace(" ", "")
    return spelled if table is None else table.neutral_names.get(spelled.casefold(), spelled)


def tried(request: Request) -> str:
    return f"{request.effect} ({request.route})"


def rate_limited(request: Request, answer: Answer, texts: list[str]) -> RateLimited:
    """Too many at once on one entity, or too many in an hour for the whole database."""
    one_entity = any(ONE_ENTITY.match(text) for text in texts)
    header = answer.retry_after()
    return RateLimited(
        tried(request),
        said=texts or ["too many requests"],
        wait=hinted(texts) if header is None else header,
        everywhere=not one_entity,
        status=answer.status,
        hint="Other programs may be using the same integration code."
        if one_entity
        else "The limit counts all integrations of this database together.",
    )


def hinted(texts: Sequence[str]) -> float | None:
    """How long to wait, when the text says it."""
    found = next((match for text in texts if (match := SECONDS.search(text))), None)
    return float(found[1][:9]) if found else None


def unauthenticated(request: Request, answer: Answer, said: list[str]) -> PSAError:
    # The same empty 401 for a wrong user, secret, code or zone, and for a locked account (2).
    told = said or ["the vendor refuses the credentials and does not say why"]
    return AuthenticationFailed(f"sign in ({request.route})", said=told, hint=CREDENTIALS, status=answer.status)


def forbidden(request: Request, answer: Answer, said: list[str]) -> PSAError:
    return PermissionDenied(tried(request), said=said, hint=RIGHTS, status=answer.status)


def conflicting(request: Request, answer: Answer, said: list[str]) -> PSAError:
    return Conflict(tried(request), said=said, status=answer.status)


def missing(request: Request, answer: Answer, said: list[str]) -> PSAError:
    return NotFound(tried(request), said=said, status=answer.status)


def unexpected(request: Request, answer: Answer, said: list[str]) -> PSAError:
    """Any other status without a list of errors: an outage from 500 on, else a request the vendor does not take."""
    if answer.status >= 500:
        return VendorFailure(tried(request), said=said or [f"HTTP {answer.status}"], status=answer.status)
    return Invalid(tried(request), said=said or [f"HTTP {answer.status}"], status=answer.status)


STATUSES: Final[dict[int, Callable[[Request, Answer, list[str]], PSAError]]] = {
    401: unauthenticated,
    403: forbidden,
    404: missing,
    409: conflicting,
}
