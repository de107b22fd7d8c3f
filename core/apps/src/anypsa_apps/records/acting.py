"""What the commands on records do: list, count, search, get, create, update, delete."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from anypsa import Collection, Invalid, Pager, Problem, Psa, Record
from anypsa.models import KINDS, Kind, Sort

from ..connections import Tenant, connect
from ..output import STREAMED, Output, print_record, print_records
from ..progress import watched
from .columns import COLUMNS
from .words import filters, values


@dataclass(frozen=True)
class Wanted:
    """Which records to list, and what to read with them."""

    words: Sequence[str]
    where: str | None = None
    expand: Sequence[str] = ()
    limit: int | None = None


def kind_of(plural: str) -> Kind[Any, ..., ...]:
    """The kind of a collection's word; raises `Invalid`."""
    kinds = {kind.plural: kind for kind in KINDS.values()}
    if plural not in kinds:
        words = tuple(word.replace("_", "-") for word in kinds)
        raise Invalid(f"find {plural}", problems=[Problem("collection", "there is no such", allowed=words)])
    return kinds[plural]


def collection(psa: Psa, kind: Kind[Any, ..., ...]) -> Collection[Any, ..., ...]:
    found: Collection[Any, ..., ...] = getattr(psa, kind.plural)
    return found


def now() -> datetime:
    return datetime.now(UTC)


def list_records(tenant: Tenant, plural: str, wanted: Wanted, output: Output) -> None:
    """Prints the records that match, and on standard error whether those were all."""
    kind = kind_of(plural)
    where = filters(kind, wanted.words, wanted.where, now())
    with connect(*tenant) as psa:
        expand = wanted.expand or (named(psa, kind) if output is Output.TABLE else ())
        pager = collection(psa, kind).list(where, expand=expand, limit=wanted.limit)
        found = records(pager)
        if not (output in STREAMED and sys.stdout.isatty()):
            found = watched(found, pager, plural, psa.budget)
        count = print_records(found, kind, COLUMNS[plural], output)
        rest = "" if pager.report.complete else f" ({pager.report.reason}; --limit 0 lists all)"
        sys.stderr.write(f"{count} {(kind.name if count == 1 else plural).replace('_', ' ')}{rest}\n")


def records(pager: Pager[Any]) -> Iterator[Record]:
    """The records as they come."""
    yield from pager


def named(psa: Psa, kind: Kind[Any, ..., ...]) -> Sequence[str]:
    """The relations that a table shows and whose names can be read."""
    offered = {kind.model: kind.plural for kind in KINDS.values()}
    relations = [kind.traits[name] for name in COLUMNS[kind.plural] if kind.traits[name].sort is Sort.REFERENCE]
    return [one.name for one in relations if one.target and f"{offered[one.target]}.get" in psa.capabilities]


def count_records(tenant: Tenant, plural: str, wanted: Wanted) -> None:
    """Prints how many records match."""
    kind = kind_of(plural)
    where = filters(kind, wanted.words, wanted.where, now())
    with connect(*tenant) as psa:
        sys.stdout.write(f"{collection(psa, kind).count(where)}\n")


def search_records(tenant: Tenant, plural: str, text: str, limit: int, output: Output) -> None:
    """Prints the records that the vendor's own search finds for a text."""
    kind = kind_of(plural)
    with connect(*tenant) as psa:
        print_records(collection(psa, kind).search(text, limit=limit), kind, COLUMNS[plural], output)


def get_record(tenant: Tenant, plural: str, id: str, output: Output) -> None:
    """Prints one record."""
    kind = kind_of(plural)
    with connect(*tenant) as psa:
        print_record(collection(psa, kind).get(id), kind, output)


def create_record(tenant: Tenant, plural: str, words: Iterable[str], key: str | None, output: Output) -> None:
    """Creates a record of what the words say, and prints it as it is stored."""
    kind = kind_of(plural)
    given = {**values(kind, words, now()), **({} if key is None else {"idempotency_key": key})}
    with connect(*tenant) as psa:
        print_record(collection(psa, kind).create(**given), kind, output)


def update_record(
    tenant: Tenant, plural: str, id: str, words: Iterable[str], expect: Iterable[str], output: Output
) -> None:
    """Changes the fields that the words name, if those that `expect` names still hold, and prints the record."""
    kind = kind_of(plural)
    given: Mapping[str, Any] = {**values(kind, words, now()), "expect": values(kind, expect, now())}
    with connect(*tenant) as psa:
        print_record(collection(psa, kind).update(id, **given), kind, output)


def delete_record(tenant: Tenant, plural: str, id: str, *, sure: bool) -> None:
    """Deletes a record, where the vendor can, once somebody has said that it is meant."""
    kind = kind_of(plural)
    if not sure:
        raise Invalid(f"delete {kind.name} {id}", problems=[Problem("--yes", "is missing: what is deleted is gone")])
    with connect(*tenant) as psa:
        collection(psa, kind).delete(id)
    sys.stderr.write(f"{kind.name} {id} is deleted\n")
