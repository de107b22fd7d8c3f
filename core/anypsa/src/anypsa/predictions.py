"""Predictions: what would have been written, where a policy lets it be predicted and not written. Blocking; the session
offloads what keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

PREFIX: Final = "predicted:"
"""How the ids of records begin that were never made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One write that was predicted: what it would have done to which record, and by which rule it was not sent.

    `values` are plain, as journals keep them; `before` is what those fields held then, and `seen` the ticket as it was.
    `record` is the id of the record, or of the one that was never made.
    """

    id: str
    tenant: str
    moment: datetime
    action: str
    entity: str
    rule: str
    record: str | None = None
    ticket: str | None = None
    category: str | None = None
    stage: str | None = None
    actor: str | None = None
    fields: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seen: Mapping[str, Any] | None = field(default=None, repr=False)


class Predictions(Protocol):
    """Keeps predictions. Raises `StateUnavailable` if it cannot."""

    def keep(self, prediction: Prediction) -> None:
        """Keeps a prediction."""


def unmade(id: object) -> bool:
    """Whether this is the id of a record that was only predicted."""
    return isinstance(id, str) and id.startswith(PREFIX)


def names_unmade(record: str | None, values: Mapping[str, Any]) -> bool:
    """Whether a write names a record that was only predicted, and so cannot be sent."""
    return unmade(record) or any(map(unmade, values.values()))
