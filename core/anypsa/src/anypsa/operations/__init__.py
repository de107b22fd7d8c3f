"""What the faces do, written once: each face only runs or awaits it."""

from .context import Context
from .delivery import Resolved, resolve, unresolved
from .entities import EntitySearch, opened
from .listing import Explanation, Listing, Pass, Report, Search, Searched, search
from .metadata import Capabilities, Capability, FieldInfo, check, fields, whoami
from .offers import Budget, balance, budget, ensure_webhooks, remove_webhook, search_text, webhooks
from .raw import request
from .reading import count, first, get, get_many
from .writing import create, delete, no_positional, update

__all__ = [
    "EntitySearch",
    "opened",
    "Budget",
    "balance",
    "budget",
    "ensure_webhooks",
    "remove_webhook",
    "search_text",
    "webhooks",
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
