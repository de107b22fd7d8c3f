"""What the faces do, written once: each face only runs or awaits it."""

from .asking import create, delete, request, unplannable, update
from .changes import Changes, changes
from .context import Context, close
from .costs import Explanation
from .deciding import decide
from .draining import Drained
from .entities import EntitySearch, opened
from .listing import Listing, Pass, Report, Search, Searched, search
from .metadata import Capabilities, Capability, FieldInfo, check, fields, whoami
from .offers import (
    UNPLANNED,
    Budget,
    allowance,
    balance,
    budget,
    deliveries,
    ensure_webhooks,
    remove_webhook,
    search_text,
    state_of,
    webhooks,
)
from .outcomes import Resolved, resolve, unresolved
from .planning import Draft, begun, collected, collected_raw, happened, kept, listed, propose, the, withdraw
from .queueing import add, discard, item, items, retry
from .reaching import BACK, LATELY, related, workloads
from .reading import count, existing, first, get, get_many
from .running import drain, run
from .settling import Settled, settle
from .suggesting import FRESH, suggest
from .working import Difference, Work, worked_on
from .writing import no_positional

__all__ = [
    "BACK",
    "UNPLANNED",
    "FRESH",
    "LATELY",
    "related",
    "suggest",
    "workloads",
    "Changes",
    "Difference",
    "Work",
    "worked_on",
    "changes",
    "Draft",
    "Settled",
    "begun",
    "collected",
    "collected_raw",
    "decide",
    "happened",
    "kept",
    "listed",
    "propose",
    "run",
    "settle",
    "the",
    "unplannable",
    "withdraw",
    "EntitySearch",
    "opened",
    "Budget",
    "allowance",
    "balance",
    "budget",
    "deliveries",
    "ensure_webhooks",
    "remove_webhook",
    "search_text",
    "state_of",
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
    "existing",
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
