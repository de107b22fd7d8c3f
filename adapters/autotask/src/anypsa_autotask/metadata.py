"""Metadata: picklists and user-defined fields of one entity (wire/autotask.md 7).

Values of picklists are strings here and integers in records; both become text, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anypsa.spi import Answer, CustomField, Option


@dataclass(frozen=True, slots=True)
class Fields:
    """The picklists of an entity, by wire field without case: names were spelled otherwise in 2020."""

    options: Mapping[str, Sequence[Option]]

    def __contains__(self, wire: str) -> bool:
        """Whether the field is a picklist in this tenant."""
        return wire.casefold() in self.options

    def of(self, wire: str) -> Sequence[Option]:
        """The values of a field; none for a field that is no picklist in this tenant."""
        return self.options.get(wire.casefold(), ())

    def labels(self, wire: str) -> dict[str, str]:
        """Labels by id, inactive values included: old records keep them."""
        return {option.id: option.label for option in self.of(wire)}


def fields(answer: Answer) -> Fields:
    """The picklists in an answer of `entityInformation/fields`."""
    picklists = (entry for entry in entries(answer) if isinstance(entry.get("picklistValues"), list))
    return Fields({entry["name"].casefold(): options(entry) for entry in picklists})


def custom_fields(answer: Answer) -> list[CustomField]:
    """The user-defined fields in an answer of `entityInformation/userDefinedFields`: `type`, not `dataType`."""
    return [
        CustomField(
            name=entry["name"],
            type=str(entry.get("type") or entry.get("dataType") or "string"),
            label=entry.get("label"),
            required=entry.get("isRequired") is True,
            options=options(entry),
        )
        for entry in entries(answer)
    ]


def entries(answer: Answer) -> list[Mapping[str, Any]]:
    body = answer.json()
    listed = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(
        isinstance(one, dict) and isinstance(one.get("name"), str) for one in listed
    ):
        raise answer.unintelligible("it lists no fields")
    return listed


def options(entry: Mapping[str, Any]) -> list[Option]:
    values = entry.get("picklistValues")
    return [
        Option(
            id=str(value["value"]),
            label=str(value.get("label") or value["value"]),
            active=value.get("isActive") is not False,
            parent=str(value["parentValue"]) if value.get("parentValue") not in (None, "") else None,
            default=value.get("isDefaultValue") is True,
        )
        for value in (values if isinstance(values, list) else ())
        if isinstance(value, dict) and value.get("value") is not None
    ]
