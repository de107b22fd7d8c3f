"""Drift: what a live tenant answers today to the requests of the recordings, beside what was recorded.

The vendor's rows are compared by shape: which fields there are and what they hold, over all answers of a route. A null
tells no type, and a record that is not there tells nothing. The tenant's own lists are compared by their words.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import yaml

from anypsa import AuthenticationFailed, Invalid, NotFound, PermissionDenied, Psa, PSAError, Unsupported, models
from anypsa.operations.metadata import FieldInfo
from anypsa.spi import Adapter, Verb
from anypsa.wire import BlockingWire

from .cassettes import REDACTED
from .faces import parts
from .harness import HarnessError
from .kit import Kit

Shape: TypeAlias = dict[str, set[str]]
"""What stands under each path of a JSON text."""
Vocabulary: TypeAlias = dict[str, dict[str, list[str]]]
"""The words of each list of each entity; of a custom field without a list, its type."""

VOCABULARY: Final = "fields.json"
NULL: Final = "null"
TYPES: Final[Mapping[type, str]] = {
    bool: "truth",
    int: "number",
    float: "number",
    str: "text",
    list: "list",
    dict: "object",
    type(None): NULL,
}
REFUSALS: Final = (Invalid, PermissionDenied, Unsupported)


class Change(StrEnum):
    """What can have come to be otherwise."""

    GONE = "field gone"
    ADDED = "field added"
    RETYPED = "field retyped"
    VALUES = "values changed"
    REFUSED = "route refused"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is no longer as it was recorded: on which route or entity, and what."""

    change: Change
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.change}: {self.what}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request, below the tenant's root, and its answer."""

    check: str
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    told: Any

    @property
    def route(self) -> str:
        """The request without what is of one record only."""
        words = ("{id}" if any(char.isdigit() for char in word) else word for word in self.path.split("/"))
        return f"{self.method} {'/'.join(words)}"


def drift(kit: Kit, settings: Mapping[str, Any], *, writes: Collection[str] = ()) -> list[Difference]:
    """How a tenant differs from the recordings. Only reads are sent, and the writes of the checks that are named.

    Raises `HarnessError` when the tenant cannot be reached or signed in to.
    """
    try:
        with Psa(parts(kit.adapter, settings, BlockingWire)) as psa:
            adapter = psa.context.adapter
            exchanges = [one for one in recorded(kit.folder, adapter) if one.check in writes or reads(adapter, one)]
            return [*answers(psa, exchanges), *words(psa, kit.folder)]
    except PSAError as error:
        raise HarnessError(f"the tenant cannot be asked: {error}") from error


def reads(adapter: Adapter, one: Exchange) -> bool:
    """Whether the adapter knows a request for a read."""
    return not adapter.classify(one.method, one.path, one.body).writes


def recorded(folder: Path, adapter: Adapter) -> Iterator[Exchange]:
    """What the recordings hold, each request once; what was asked with a credential and what is no JSON are left out."""
    known = set[str]()
    for path in sorted((folder / "cassettes").glob("*.yaml")):
        for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]:
            one = exchange(adapter, path.stem, interaction)
            if one is not None and (key := repr((one.method, one.path, one.query, one.body))) not in known:
                known.add(key)
                yield one


def exchange(adapter: Adapter, check: str, interaction: Mapping[str, Any]) -> Exchange | None:
    """A recorded interaction, if it speaks JSON."""
    request, response = interaction["request"], interaction["response"]
    address = urlsplit(request["uri"])
    try:
        body = json.loads(request["body"]) if request["body"] else None
        told = json.loads(response["body"]["string"])
    except ValueError:
        return None
    path = adapter.raw_path(address.path)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    if REDACTED in query.values():
        return None
    return Exchange(check, request["method"], path, query, body, response["status"]["code"], told)


# Answers


def answers(psa: Psa, exchanges: Iterable[Exchange]) -> Iterator[Difference]:
    """How the tenant's answers differ, route by route."""
    before, now = dict[str, Shape](), dict[str, Shape]()
    for one in exchanges:
        if one.status >= 400:  # a recorded refusal has no rows
            continue
        try:
            told = psa.request(one.method, one.path, params=one.query, json=one.body).json()
        except NotFound:
            continue
        except AuthenticationFailed:
            raise
        except REFUSALS as refused:
            yield refusal(one.route, refused)
            continue
        for shapes, answer in ((before, one.told), (now, told)):
            merge(shapes.setdefault(one.route, {}), shape(answer))
    for route, known in before.items():
        yield from differences(route, known, now[route])


def refusal(where: str, refused: PSAError) -> Difference:
    """A refusal, in the vendor's words."""
    return Difference(Change.REFUSED, where, "; ".join(refused.said) or type(refused).__name__)


def shape(told: Any, path: str = "") -> Shape:
    """The shape of a JSON text: all rows of a list in one."""
    found: Shape = {path: {TYPES[type(told)]}}
    if isinstance(told, dict):
        for name, value in told.items():
            merge(found, shape(value, f"{path}.{name}" if path else name))
    elif isinstance(told, list):
        for value in told:
            merge(found, shape(value, f"{path}[]"))
    return found


def merge(into: Shape, other: Shape) -> None:
    """Adds what another answer shows."""
    for path, types in other.items():
        into.setdefault(path, set()).update(types)


def differences(route: str, before: Shape, now: Shape) -> Iterator[Difference]:
    """How two shapes differ; what is below something that is not there tells nothing."""
    for path in sorted(before.keys() - now.keys()):
        if above(path) in now and "object" in now[above(path)]:
            yield Difference(Change.GONE, route, path)
    for path in sorted(now.keys() - before.keys()):
        if above(path) in before and "object" in before[above(path)]:
            yield Difference(Change.ADDED, route, path)
    for path in sorted(before.keys() & now.keys()):
        was, is_now = before[path] - {NULL}, now[path] - {NULL}
        if was and is_now and not is_now <= was:
            yield Difference(Change.RETYPED, route, f"{path}: {listed(was)}, now {listed(is_now)}")


def above(path: str) -> str:
    """What a field is a field of."""
    return path.rpartition(".")[0]


# The tenant's own lists


def vocabulary(psa: Psa) -> Vocabulary:
    """The words of the tenant's lists, and its custom fields."""
    return {name: words_of(psa, name) for name in entities(psa)}


def keep_vocabulary(told: Vocabulary, folder: Path) -> None:
    """Writes the words of a tenant beside its recordings."""
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / VOCABULARY).write_text(f"{text}\n", encoding="utf-8")


def entities(psa: Psa) -> Iterator[str]:
    """What the adapter lists, in the models' order."""
    tables = psa.context.adapter.tables
    for name in models.KINDS:
        if name in tables and Verb.LIST in tables[name].verbs:
            yield name


def words_of(psa: Psa, entity: str) -> dict[str, list[str]]:
    """The words of one entity's lists."""
    told = {one.name: held(one) for one in psa.fields(entity)}
    return {name: words for name, words in told.items() if words}


def held(field: FieldInfo) -> list[str]:
    """The words of a field's list; the type of a custom field that has none."""
    words = sorted(str(option.label) for option in field.options)
    return words or ([field.holds] if field.custom else [])


def words(psa: Psa, folder: Path) -> Iterator[Difference]:
    """How the tenant's lists differ from those that were recorded."""
    path = folder / VOCABULARY
    if not path.exists():
        raise HarnessError(f"there is no {VOCABULARY} beside the recordings: run nox -s record")
    before: Vocabulary = json.loads(path.read_text(encoding="utf-8"))
    for entity in sorted(before.keys() | set(entities(psa))):
        try:
            was, is_now = before.get(entity, {}), words_of(psa, entity)
        except REFUSALS as refused:
            yield refusal(entity, refused)
            continue
        yield from map(partial(Difference, Change.GONE, entity), sorted(was.keys() - is_now.keys()))
        yield from map(partial(Difference, Change.ADDED, entity), sorted(is_now.keys() - was.keys()))
        for name in sorted(was.keys() & is_now.keys()):
            gone, new = set(was[name]) - set(is_now[name]), set(is_now[name]) - set(was[name])
            if gone or new:
                told = [f"{sign}{word}" for sign, some in (("-", gone), ("+", new)) for word in sorted(some)]
                yield Difference(Change.VALUES, entity, f"{name}: {' '.join(told)}")


def listed(types: Iterable[str]) -> str:
    return " or ".join(sorted(types))


def page(kit: Kit, found: Iterable[Difference]) -> str:
    """The report, as Markdown."""
    rows = [f"| {one.where} | {one.change} | {one.what.replace('|', '/')} |" for one in found]
    head = f"# Drift of {kit.adapter.name}\n\n"
    if not rows:
        return f"{head}The tenant answers as the recordings do.\n"
    return "\n".join([f"{head}| where | what happened | |", "| --- | --- | --- |", *rows, ""])
