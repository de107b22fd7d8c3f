"""Lists: what technicians may act as, which queues they see, how work is booked, how tickets look, custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from . import words
from .choices import CHOICES, key
from .filling import Filling
from .schema import COLUMNS
from .values import EPOCH

FIRST_FORM: Final = 3


def fill_lists(filling: Filling, staff: Sequence[int]) -> None:
    """All of them."""
    shift = filling.shift
    filling.put("technician_roles", roles_held(filling))
    filling.put("queue_members", queues_seen(filling, staff))
    codes = enumerate((*words.WORK_TYPES, *words.INTERNAL_WORK))
    filling.put("work_types", ({"id": 900 + shift + n, **work_type(name)} for n, name in codes))
    forms = enumerate(words.FORMS)
    filling.put("forms", ({"id": FIRST_FORM + shift + n, "name": name, "preset": n == 0} for n, name in forms))
    fields = custom_fields(shift)
    filling.put("custom_fields", fields)
    filling.put("custom_items", custom_items(fields, shift))


def roles_held(filling: Filling) -> list[Mapping[str, Any]]:
    """Everybody's own role, and a second one for some."""
    own = filling.asked("SELECT id, role FROM technicians WHERE role IS NOT NULL ORDER BY id")
    first = 100 + filling.shift
    pairs = [(id, role, True) for id, role in own]
    pairs += [(id, first + (role - first + 1) % len(words.ROLES), False) for id, role in own[::2]]
    return [
        {"id": 700 + filling.shift + n, "technician": id, "role": role, "preset": preset}
        for n, (id, role, preset) in enumerate(pairs)
    ]


def queues_seen(filling: Filling, staff: Sequence[int]) -> list[Mapping[str, Any]]:
    queues = [key(one) for one in CHOICES["queue"] if one.active]
    own = dict(filling.asked("SELECT id, role FROM technicians"))
    seen = [(id, queue) for id in staff for queue in filling.random.sample(queues, 3)]
    return [{"id": 800 + n, "technician": id, "queue": queue, "role": own[id]} for n, (id, queue) in enumerate(seen)]


def work_type(name: str) -> Mapping[str, Any]:
    return {"name": name, "active": "(" not in name, "internal": name in words.INTERNAL_WORK}


def custom_fields(shift: int) -> list[Mapping[str, Any]]:
    subjects = [table for table, columns in COLUMNS.items() if "custom" in columns]
    pairs = [(subject, name) for subject in subjects for name in words.CUSTOM]
    return [
        {
            "id": 40 + shift + n,
            "subject": subject,
            "name": name,
            "kind": "list" if name in words.CUSTOM_LISTS else "text",
            "required": False,
            "position": n + 1,
            "created": EPOCH,
        }
        for n, (subject, name) in enumerate(pairs)
    ]


def custom_items(fields: Sequence[Mapping[str, Any]], shift: int) -> list[Mapping[str, Any]]:
    """The values of custom fields that are lists; the last one is no longer in use."""
    lists = [(one["id"], words.CUSTOM_LISTS[one["name"]]) for one in fields if one["kind"] == "list"]
    pairs = [(field, name) for field, names in lists for name in (*names, words.RETIRED)]
    return [
        {
            "id": 60 + 3 * shift + n,
            "custom_field": field,
            "name": name,
            "active": name != words.RETIRED,
            "created": EPOCH,
        }
        for n, (field, name) in enumerate(pairs)
    ]
