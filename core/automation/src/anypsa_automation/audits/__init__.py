"""Audits: what an automation should know of a desk before it works there. They read, and write nothing.

`audit_queues` tells which queues are watched and which are dumping grounds, by what tickets come to them, and how often people
put them elsewhere at once; `audit_fields` what custom fields hold and what it costs to look by them; `contention` who else uses
up the limits of the vendor. Each has a `..._cost`, which says how many requests it takes before it takes them.
"""

from .contention import Contention, contention, contention_cost
from .costs import Cost
from .fields import FieldAudit, audit_fields, fields_cost
from .queues import QueueAudit, QueueFindings, Standards, audit_queues, queues_cost
from .reroutes import Reroutes
from .routing import Routing

__all__ = [
    "Contention",
    "Cost",
    "FieldAudit",
    "QueueAudit",
    "QueueFindings",
    "Reroutes",
    "Routing",
    "Standards",
    "audit_fields",
    "audit_queues",
    "contention",
    "contention_cost",
    "fields_cost",
    "queues_cost",
]
