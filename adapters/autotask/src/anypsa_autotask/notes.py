"""Notes: which of a tenant's `publish` values is internal and which the customer sees (wire/autotask.md 3.3).

Ids and labels are the tenant's own. The mistake "1 is internal" once published internal notes to customers, so a
value is believed by its label or by the profile, and refused if neither tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from anypsa.errors import ConfigurationError, Problem
from anypsa.models import Visibility
from anypsa.spi import Option

from .tables.names import WORKFLOW_NOTE

# The vendor's stock labels, without case: files and articles have others than notes. What co-managed customers see too
# ("Internal & Co-Managed") is neither.
LABELS: Final[Mapping[Visibility, frozenset[str]]] = {
    Visibility.INTERNAL: frozenset(
        {"internal only", "internal project team", "internal users only", "internal users", "internal"}
    ),
    Visibility.PUBLIC: frozenset({"all autotask users"}),
}
TITLE_LENGTH: Final = 250


def meanings(options: Sequence[Option], profile: Mapping[str, str]) -> dict[str, str]:
    """What each `publish` value means, by id: what the profile says, else what the label says."""
    told = {id: word for word, id in profile.items()}
    by_label = {
        option.id: str(visibility)
        for option in options
        for visibility, labels in LABELS.items()
        if option.label.strip().casefold() in labels and str(visibility) not in profile
    }
    return {**by_label, **told}


def publish(wanted: Visibility, options: Sequence[Option], profile: Mapping[str, str]) -> str:
    """The one active value that means a visibility; raises `ConfigurationError` if it cannot be told."""
    known = meanings(options, profile)
    # Where metadata is hidden, or calls it no picklist (7), the profile alone tells.
    usable = [option.id for option in options if option.active] if options else list(known)
    fitting = [id for id in usable if known.get(id) == wanted]
    if len(fitting) != 1:
        listed = tuple(f"{option.label} (id {option.id})" for option in options if option.active)
        raise ConfigurationError(
            f"write a note that is {wanted}",
            problems=[Problem("visibility", f"this tenant's values do not tell which is {wanted}", allowed=listed)],
            hint=f'Say it in the profile: [visibility] {wanted} = "<id>". Nothing was sent.',
        )
    return fitting[0]


def kind(options: Sequence[Option]) -> str | None:
    """The note type to use when none is named: the tenant's default, else its first that no workflow rule writes."""
    usable = [option for option in options if option.active and option.id != WORKFLOW_NOTE]
    default = next((option for option in usable if option.default), usable[0] if usable else None)
    return default.id if default is not None else None


def title(body: str) -> str:
    """A title for a note that has none, since some ticket categories demand one."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    first = lines[0] if lines else "Note"
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"
