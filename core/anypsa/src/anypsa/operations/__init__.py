"""What the faces do, written once: each face only runs or awaits it."""

from .context import Context, close
from .draining import Drained, drain
from .entities import EntitySearch, opened
from .listing import Explanation, Listing, Pass, Report, Search, Searched, search
from .metadata import Capabilities, Capability, FieldInfo, check, fields, whoami
from .offers import Budget, allowance, balance, budget, ensure_webhooks, remove_webhook, search_text, webhooks
from .outcomes import Resolved, resolve, unresolved
from .queueing import add, discard, item, items, retry
from .raw import request
from .reading import count, first, get, get_many
from .writing import create, delete, no_positional, update

__all__ = [
    "EntitySearch",
    "opened",
    "Budget",
    "allowance",
    "balance",
    "budget",
    "ensure_webhooks",
    "remove_webhook",
    "search_text",
    "webhooks",
    "Drained",
    "close",
    "add",
    "discard",
    "drain",
    "item",
    "items",
    "retry",
    "Capabilities",
    "Capability",
    "Context",
    "Explanation",
    "FieldInfo",
    "Listing",
    "Pass",
    "Report",
    "Resolved",
    "Search",
    "Searched",
    "check",
    "count",
    "create",
    "delete",
    "fields",
    "first",
    "get",
    "get_many",
    "no_positional",
    "request",
    "resolve",
    "search",
    "unresolved",
    "update",
    "whoami",
]
