"""What adapter authors import. Everything here is stable under `VERSION`."""

from ..document import Slice, parsed
from ..effects import Action, Effect, reading, writing
from ..origins import of_family, of_vendor
from ..secrecy import Sealed
from .adapter import OFFERS, VERSION, Adapter, CustomField, Identity, Option, Page, Stretch, Usage
from .codecs import (
    AMOUNT,
    CONTENT,
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    PICKED,
    TEXT,
    WHOLE,
    Codec,
    Context,
    Flag,
    Pointer,
    Undecodable,
    custom_fields,
)
from .exchange import Answer, Authorization, Request
from .pushdown import Clause, Plan, Proof, Pushed, expected, pushed, told
from .reconcile import Reconcile
from .services import Services
from .swift import records
from .table import READ, Field, Filter, Table, Verb
from .tokens import lifetime
from .webhooks import WantedWebhook, Webhook
from .work import WRITING, worked

__all__ = [
    "OFFERS",
    "Slice",
    "parsed",
    "records",
    "Usage",
    "WantedWebhook",
    "Webhook",
    "AMOUNT",
    "CONTENT",
    "FLAG",
    "HOURS",
    "INSTANT",
    "NUMBER",
    "PICKED",
    "READ",
    "TEXT",
    "WHOLE",
    "VERSION",
    "WRITING",
    "Action",
    "Adapter",
    "Answer",
    "Authorization",
    "Clause",
    "Codec",
    "Context",
    "CustomField",
    "Effect",
    "Field",
    "Filter",
    "Flag",
    "Identity",
    "Option",
    "Page",
    "Plan",
    "Proof",
    "Pointer",
    "Pushed",
    "Reconcile",
    "Request",
    "Sealed",
    "Services",
    "Stretch",
    "Table",
    "Undecodable",
    "Verb",
    "custom_fields",
    "expected",
    "lifetime",
    "of_family",
    "of_vendor",
    "pushed",
    "reading",
    "told",
    "worked",
    "writing",
]
