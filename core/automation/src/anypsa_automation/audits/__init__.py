"""Audits: what an automation should know of a desk before it works there. They read, and write nothing.

`queues` tells which queues are watched and which are dumping grounds, `fields` what custom fields hold and what it costs to
look by them, `contention` who else uses up the limits of the vendor.
"""

from .contention import Contention, contention
from .fields import FieldAudit, audit_fields
from .queues import QueueAudit, QueueFindings, Standards, audit_queues

__all__ = [
    "Contention",
    "FieldAudit",
    "QueueAudit",
    "QueueFindings",
    "Standards",
    "audit_fields",
    "audit_queues",
    "contention",
]
