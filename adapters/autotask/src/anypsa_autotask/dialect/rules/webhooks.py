"""Rules of webhooks: who may have them, and that none is there twice (wire/autotask.md 8.1)."""

from __future__ import annotations

from typing import Any, Final

from .. import texts
from ..shown.webhooks import SUBJECT_TABLES
from .situation import Situation

EVENTS: Final = ("on_create", "on_update", "on_delete")


def webhook(situation: Situation) -> None:
    """The same entity, address and event are refused, even where the other one sleeps or is somebody else's."""
    if not situation.switches.webhooks_allowed:
        raise texts.Refused(texts.CREATE_RIGHTS if situation.new else texts.UPDATE_RIGHTS)
    after = situation.after
    for row in situation.world.rows("webhooks"):
        same = row["subject"] == after.get("subject") and row["url"] == after.get("url")
        if (
            same
            and row["id"] != situation.before.get("id")
            and any(row[event] and after.get(event) for event in EVENTS)
        ):
            raise texts.Refused(texts.SAME_WEBHOOK)


def child(situation: Situation) -> None:
    """A field, a user-defined field or a resource is named once."""
    after = situation.after
    hook = situation.row("webhooks", "webhook")
    if hook is None or hook["subject"] != after.get("subject"):
        raise texts.no_reference("webhookID", f"{after.get('subject')}Webhook")
    table = "webhook_exclusions" if "technician" in after else "webhook_fields"
    names = [name for name in ("technician", "field", "custom_field") if name in after]
    for row in situation.world.rows(table):
        other = row["webhook"] == after["webhook"] and row["id"] != situation.before.get("id")
        if other and any(after[name] is not None and row[name] == after[name] for name in names):
            raise texts.Refused(texts.SAME_CHILD)
    custom: Any = situation.row("custom_fields", "custom_field")
    if custom is not None and custom["subject"] != SUBJECT_TABLES[str(after["subject"])]:
        raise texts.no_value("udfFieldID")
