"""Articles: lists tell no body, the article itself does; a search looks everywhere (wire/halopsa.md 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from .customers import columns, inactive
from .entity import Entity, has, merged, saved
from .values import Row, missing, moment, numbers, plain, whole, without_nulls
from .view import View

PUBLIC: Final = "public"


def shown(row: Row, view: View) -> dict[str, Any]:
    return without_nulls(
        {
            "id": row["id"],
            "name": row["title"],
            "description": row["extra"].get("description"),
            "type": 0,
            "inactive": not row["active"],
            "date_created": moment(row["created"]),
            "date_edited": moment(row["updated"]),
            "view_count": row["extra"].get("view_count", 0),
            "kb_tags": row["keywords"],
            "use": "kb",
        }
    )


def complete(row: Row, view: View) -> dict[str, Any]:
    body, category = row["body"] or "", view.row("article_categories", row["category"])
    tags = [] if not row["keywords"] else [{"text": one} for one in row["keywords"].split(",")]
    return {
        **shown(row, view),
        "resolution": body,
        "resolution_html": escape(body, quote=False).replace("\n", "<br>"),
        "tags": tags,
        "faqlists": [] if category is None else [{"id": category["id"], "name": category["name"]}],
        "showforall": row["visibility"] == PUBLIC,
        "next_review_date": moment(None) or "1900-01-01T00:00:00",
    }


def write(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    values = columns(sent, {"name": "title", "resolution": "body", "kb_tags": "keywords"}) | inactive(sent)
    if "resolution_html" in sent:
        values["body"] = plain(sent["resolution_html"] or "") or None
    if not sent.get("id") and not values.get("title"):
        raise missing("Name")
    if sent.get("faqlists"):
        values["category"] = whole(sent["faqlists"][0]["id"])
    now = view.now()
    values |= {"extra": merged(view, "articles", sent, ("description",)), "updated": now}
    id = saved(view, "articles", sent, values, {"active": True, "created": now, "author": 1, "visibility": PUBLIC})
    return complete(view.by_id("articles")[id], view)


ARTICLE: Final = Entity(
    "articles",
    "articles",
    shown,
    complete,
    {
        "search": has("title", "body", "keywords"),
        "faqlists": lambda row, value, view: row["category"] in numbers(value),
        "type": lambda row, value, view: 0 in numbers(value),
    },
    {"id": "id", "name": "title"},
    write,
    hides_inactive=True,
)
