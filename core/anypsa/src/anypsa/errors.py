"""The errors that leave the library, and no others.

    PSAError
    ├── ConfigurationError      settings, profiles, plugins: nothing was sent
    ├── Unsupported             this PSA, or this adapter, has no such thing
    ├── Denied                  the policy forbids it: nothing was sent
    │   ├── OverBudget          a block may use no more requests
    │   ├── ApprovalPending     the policy wants somebody's approval first
    │   └── Withheld            the policy lets it be predicted, and this door has nothing to return for that
    ├── Unreachable             no answer came back
    │   └── DeadlineExceeded    not in time
    ├── Refused                 the vendor answered: no
    │   ├── AuthenticationFailed
    │   ├── PermissionDenied
    │   ├── NotFound
    │   ├── Conflict
    │   ├── Invalid             also raised by us, before anything is sent
    │   ├── RateLimited
    │   └── VendorFailure       the vendor is broken or in maintenance
    ├── Unintelligible          an answer that says nothing we can trust
    │   └── FilterIgnored       ... because the vendor ignored a filter
    ├── Incomplete              a list that could not be proved complete
    ├── OutcomeUnknown          a write that may or may not have happened
    ├── StateUnavailable        the state store (journal, outbox) cannot be used just now
    └── VisibilityBreached      a note is visible to more people than asked

Errors are named by meaning, not by HTTP status. Each says what was tried, in the vendor's own words what went wrong,
which field and value, what is allowed, and what to do next. None ever holds a secret or a request body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field: `field` in our words, `allowed` when there is a list of values."""

    field: str | None
    message: str
    value: str | None = None
    allowed: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.field}: {self.message}" if self.field else self.message
        if self.allowed:
            shown = ", ".join(self.allowed[:12])
            more = f", … ({len(self.allowed)} in all)" if len(self.allowed) > 12 else ""
            text += f" (allowed: {shown}{more})"
        return one_line(text)


def one_line(text: str) -> str:
    """The text with its control characters written out: a vendor's words must not forge a line of a log, move a
    terminal's cursor or turn the direction of what follows."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class PSAError(Exception):
    """What could not be done, and why; the base of every error of ours.

    `tried` completes the sentence "could not ..."; `said` are the vendor's own words; `problems` name fields;
    `hint` is what to do next; `retryable` tells whether trying the same again can help; `status` is the HTTP status.
    """

    retryable_by_default: ClassVar[bool] = False

    def __init__(
        self,
        tried: str,
        *,
        said: Iterable[str] = (),
        problems: Iterable[Problem] = (),
        hint: str | None = None,
        retryable: bool | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(tried)
        self.tried = tried
        self.said: Sequence[str] = tuple(said)
        self.problems: Sequence[Problem] = tuple(problems)
        self.hint = hint
        self.retryable = self.retryable_by_default if retryable is None else retryable
        self.status = status

    def __str__(self) -> str:
        reasons = [*self.said, *map(str, self.problems)]
        text = f"could not {self.tried}"
        if reasons:
            text += ": " + "; ".join(reasons)
        return one_line(f"{text}. {self.hint}" if self.hint else text)

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword arguments are lost by the pickling of exceptions; the attributes are the whole state.
        return _revive, (type(self), self.args, self.__dict__.copy())


def _revive(kind: type[PSAError], args: tuple[Any, ...], state: dict[str, Any]) -> PSAError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(PSAError):
    """Settings, profile or plugin are wrong; nothing was sent. `problems` names all of them at once."""


class Unsupported(PSAError):
    """The vendor, or this adapter, has no such entity, field or verb; nothing was sent."""


class Denied(PSAError):
    """The policy forbids this effect; nothing was sent."""


class OverBudget(Denied):
    """A block may use so many requests and no more; this one was not sent."""


class ApprovalPending(Denied):
    """The policy wants an approval first; nothing was sent.

    `plan` is the id of the plan that the call became, and `code` what names it on its ticket: run it once it is
    approved. None where it became none; the hint says why. `category` is what the ticket was taken for, where categories
    have stages.
    """

    def __init__(
        self,
        tried: str,
        *,
        plan: str | None = None,
        code: str | None = None,
        category: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(tried, **details)
        self.plan = plan
        self.code = code
        self.category = category


class Withheld(Denied):
    """The policy lets this write be predicted and not sent; nothing was sent.

    Calls that return a record return the one that would have been written instead. `category` and `stage` are what the
    ticket was taken for, and how far that is trusted.
    """

    def __init__(self, tried: str, *, category: str | None = None, stage: str | None = None, **details: Any) -> None:
        super().__init__(tried, **details)
        self.category = category
        self.stage = stage


class Unreachable(PSAError):
    """No usable answer came back. `sent` is False when the vendor certainly did not get the request."""

    retryable_by_default = True

    def __init__(self, tried: str, *, sent: bool = True, **details: Any) -> None:
        super().__init__(tried, **details)
        self.sent = sent


class DeadlineExceeded(Unreachable):
    """The call's deadline passed; `phase` says during what."""

    def __init__(self, tried: str, *, phase: str, **details: Any) -> None:
        super().__init__(tried, **{"retryable": False, **details})
        self.phase = phase


class Refused(PSAError):
    """The vendor answered, and the answer is no."""


class AuthenticationFailed(Refused):
    """The vendor does not accept the credentials. They are not tried again for a while: vendors lock accounts."""


class PermissionDenied(Refused):
    """The credentials are good but lack the right."""


class NotFound(Refused):
    """There is no such record, or the credentials may not see it."""


class Conflict(Refused):
    """The record moved on, or the same key was used for something else."""


class Invalid(Refused):
    """Something in the call is wrong: raised by us before anything is sent, or told by the vendor."""


class RateLimited(Refused):
    """The vendor asks for patience. `wait` is its hint in seconds; `everywhere` tells a tenant-wide pause; `allows` is
    how many requests in how many seconds it says that it takes, where it says so."""

    retryable_by_default = True

    def __init__(
        self,
        tried: str,
        *,
        wait: float | None = None,
        everywhere: bool = True,
        allows: tuple[int, float] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(tried, **details)
        self.wait = wait
        self.everywhere = everywhere
        self.allows = allows


class VendorFailure(Refused):
    """The vendor is broken, overloaded or in maintenance."""

    retryable_by_default = True


class Unintelligible(PSAError):
    """An answer that is not what the vendor promises (not JSON, cut short, of another shape)."""


class FilterIgnored(Unintelligible):
    """The vendor returned records that its own filter excludes, so nothing it lists can be trusted."""


class Incomplete(PSAError):
    """A list that could not be proved complete; `report` on the pager tells how far it came."""


class OutcomeUnknown(PSAError):
    """A write was sent and its answer got lost: it may or may not have happened. Look before you repeat it.

    `entry` is its id in the journal, `candidates` are the ids of records that may be it, `marker` is what was written
    into the record to find it by. `resolve()` looks again.
    """

    def __init__(
        self,
        tried: str,
        *,
        entry: str | None = None,
        candidates: Iterable[str] = (),
        marker: str | None = None,
        resolver: Callable[[], Any] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(tried, **details)
        self.entry = entry
        self.candidates: Sequence[str] = tuple(candidates)
        self.marker = marker
        self._resolver = resolver

    def resolve(self) -> Any:
        """Looks again, over the connection that raised this (to be awaited on the async face): returns `Resolved`,
        or raises `OutcomeUnknown` while it cannot be told. After a restart, `psa.resolve(entry)` does the same."""
        if self._resolver is None:
            raise ConfigurationError(
                "look again for a lost write",
                hint=f"This error has left its connection: psa.resolve({self.entry!r}) looks for it in the journal.",
            )
        return self._resolver()

    def __reduce__(self) -> tuple[Any, ...]:
        revive, (kind, args, state) = super().__reduce__()
        return revive, (kind, args, {**state, "_resolver": None})


class StateUnavailable(PSAError):
    """The state store is locked, full or gone: what could not be written down was not sent, and nothing is half done."""

    retryable_by_default = True


class VisibilityBreached(PSAError):
    """A note was stored with another visibility than asked; no further notes are written to this tenant."""
