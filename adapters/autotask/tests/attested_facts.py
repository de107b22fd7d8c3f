"""What the vendor's own documents attest: its operations and its fields, as data (`attested/`, with source and grade),
and what of a table they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from anypsa.spi import Table, Verb, WantedWebhook
from anypsa_autotask import webhooks
from anypsa_autotask.tables import ATTACHMENTS, QUEUES, TABLES, TICKETS
from anypsa_autotask.tables import names as facts

FOLDER = Path(__file__).parent / "attested"
OPERATIONS: Mapping[str, str] = json.loads((FOLDER / "operations.json").read_text())["operations"]
FIELDS: Mapping[str, Mapping[str, str]] = json.loads((FOLDER / "fields.json").read_text())
# Not in the vendor's Swagger, and attested otherwise (wire/autotask.md 1, 4.3).
BESIDE = {"POST {}/query/next": "4.3, A", "GET zoneInformation": "1, A"}
WRITES = {Verb.CREATE: "POST", Verb.UPDATE: "PATCH", Verb.DELETE: "DELETE"}
# Verbs that the vendor has and our words do not: nobody makes or changes these by this library's models.
UNUSED = {("technician", Verb.UPDATE), ("invoice", Verb.UPDATE)}
WEBHOOK = webhooks.bodied(
    WantedWebhook(name="n", url="u", secret=SecretStr("s"), events=(), alarm_email="e")
)  # all that is ever said of one


def known(method: str, path: str) -> bool:
    """Whether the vendor's documents have an operation."""
    plain = re.sub(r"\{\w+\}", "{}", path)
    if f"{method} {re.sub(r'^[A-Za-z]+/', '{}/', plain)}" in BESIDE or f"{method} {plain}" in BESIDE:
        return True
    return method in OPERATIONS.get(plain, "").split()


def fields_of(family: str) -> frozenset[str]:
    """The fields of a family."""
    return frozenset(FIELDS[family]["fields"].split()) if family in FIELDS else frozenset()


def unattested(table: Table) -> Iterator[str]:
    """What a table says and the vendor's documents do not, and verbs that it leaves out."""
    yield from (f"{table.name}: GET {table.path}/{{id}}" for _ in [0] if not known("GET", f"{table.path}/{{id}}"))
    yield from (f"{table.name}: query {table.path}" for _ in [0] if not known("POST", f"{table.path}/query"))
    path = table.write_path or table.path
    for verb, method in WRITES.items():
        there = known(method, f"{path}/{{id}}" if verb is Verb.DELETE else path)
        if there is not (verb in table.verbs) and (table.name, verb) not in UNUSED and table is not QUEUES:
            yield f"{table.name}: {method} {path} is {'there' if there else 'not there'}"
    if (table.parent is None) is not (table.write_path is None) or f"{{{table.parent}}}" not in f"{path}{{None}}":
        yield f"{table.name}: parent {table.parent} of {path}"
    there_fields = fields_of(table.path) | (fields_of(facts.ARTICLE_TEXT.path) if table.name == "article" else set())
    if not table.kind.plural == "queues":
        yield from (f"{table.name}: {one.wire}" for one in table.fields if one.wire not in there_fields)


def constants() -> Iterator[tuple[str, str]]:
    """Every family and field that stands beside the tables."""
    for found in (facts.DESK_ROLES, facts.BILLING_ITEMS, *facts.PURCHASES.values()):
        yield from ((found.path, wire) for wire in wires(found))
    yield facts.ARTICLE_TEXT.path, facts.ARTICLE_TEXT.text
    for named in facts.LISTS.values():
        yield from ((named.path, wire) for wire in (named.label, named.active) if wire is not None)
    yield from ((TICKETS.path, facts.ROLE), ("Resources", facts.DESK_ROLE), ("Contracts", facts.START_AND_STOP))
    yield from (("TicketAttachments", wire) for wire in (facts.FULL_PATH, facts.ATTACHMENT_TYPE))
    for family in webhooks.FAMILIES:
        yield from ((f"{family}s", wire) for wire in ("id", "isReady", *WEBHOOK, *webhooks.FLAGS.values()))
        for one in children_of(family):
            flags = () if one is webhooks.EXCLUDED else (webhooks.SUBSCRIBED, webhooks.SHOWN)
            yield from ((f"{family}{one.name}", wire) for wire in ("id", webhooks.OF, one.about, *flags))


def paths() -> Iterator[tuple[str, str]]:
    """Every operation that the adapter uses beside those of its tables' records."""
    yield from (("GET", path) for path in ("Version", facts.THRESHOLD.path, "zoneInformation"))
    for table in TABLES.values():
        yield "GET", f"{table.path}/entityInformation/fields"
        yield from (("GET", f"{table.path}/entityInformation/userDefinedFields") for _ in [0] if table.customs)
        yield from (("POST", f"{table.path}/query/{one}") for one in ("next", "count"))
    for found in (facts.DESK_ROLES, facts.BILLING_ITEMS, facts.ARTICLE_TEXT, *facts.PURCHASES.values()):
        yield "POST", f"{found.path}/query"
    yield from (("GET", f"{one.path}/entityInformation/fields") for one in facts.PURCHASES.values())
    yield from (("POST", f"{one.path}/query") for one in facts.LISTS.values())
    yield "PATCH", facts.ARTICLE_TEXT.write_path
    yield "GET", f"{ATTACHMENTS.write_path}/{{id}}"
    for family in webhooks.FAMILIES:
        yield from (("POST", f"{family}s/query"), ("GET", f"{family}s/{{id}}"))
        yield from (("POST", f"{family}s"), ("PATCH", f"{family}s"), ("DELETE", f"{family}s/{{id}}"))
        for one in children_of(family):
            yield from (("POST", f"{family}s/{{webhook}}/{one.name}"), ("POST", f"{family}{one.name}/query"))
            if one is not webhooks.EXCLUDED:
                yield "PATCH", f"{family}s/{{webhook}}/{one.name}"
                yield "GET", f"{family}{one.name}/entityInformation/fields"


def children_of(family: str) -> list[webhooks.Children]:
    """What hangs on a webhook of this family."""
    customs = [] if family in webhooks.WITHOUT_CUSTOM_FIELDS else [webhooks.CUSTOM_FIELDS]
    return [webhooks.FIELDS, webhooks.EXCLUDED, *customs]


def wires(found: Any) -> Iterator[str]:
    yield from (getattr(found, name) for name in found.__slots__ if name not in ("path", "unit"))
