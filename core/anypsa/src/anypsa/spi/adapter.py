"""The contract of adapters: vendor facts and nothing else. No sockets, clocks, retries, locks, sleeps.

Every method that may send is an `async def` that awaits only `session`; the same code runs on the blocking wire,
where nothing ever suspends. Promise ids stand in the docstrings; checks of the conformance suite answer to them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ..effects import Effect
from ..errors import PSAError
from ..models import Balance, Record, State, Visibility
from ..query import Expression
from ..settings import Settings
from .deliveries import Deliveries
from .exchange import Answer, Authorization, Request
from .pushdown import Plan
from .services import Services
from .table import Table
from .webhooks import WantedWebhook, Webhook

VERSION: Final = 1
"""The version of this contract; an adapter declares the one it was written for."""


OFFERS: Final = frozenset({"balance", "entity", "usage", "webhooks"})
"""Capabilities that are no verbs of an entity: what a contract has left, any other entity of the vendor by its name,
the vendor's own count of requests, and the registration of webhooks."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `cursor` is opaque and asks for the next page; None ends the list.

    `overlaps` says that rows which were there before are no sign of going round in circles: the page was read again
    on purpose.
    """

    records: Sequence[Record]
    cursor: Any = None
    overlaps: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list in ascending order of id: every record that matches from the id asked for up to `through`, which
    is where to go on, exclusive; None if that is all up to where was asked."""

    records: Sequence[Record]
    through: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a list that the tenant defines. `parent` is the id that it depends on, if any."""

    id: str
    label: str
    active: bool = True
    parent: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials are: the user name, and the technician record behind it where there is one.

    `acts_as` is the technician whom the vendor writes down as the author of what we make: the same one, unless we
    write in somebody else's name.
    """

    tenant: str
    vendor: str
    username: str
    technician_id: str | None = None
    name: str | None = None
    details: Mapping[str, str] | None = None
    acts_as: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """The vendor's own count of requests: of all integrations of the tenant together, in its rolling window.

    `delay` is how long the vendor lets each call wait at this usage, where it does that.
    """

    used: int
    limit: int
    seconds: float
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the tenant added to an entity."""

    name: str
    type: str
    label: str | None = None
    required: bool = False
    options: Sequence[Option] = ()


class Adapter(ABC):
    """One vendor. Constructed once per `connect`, with that tenant's settings and services.

    capabilities.declared: what is declared works, and what is written is declared.

    capabilities.undeclared: what is not declared raises `Unsupported` before anything is sent.
    """

    name: ClassVar[str]
    spi_version: ClassVar[int] = VERSION
    settings_type: ClassVar[type[Settings]]
    tables: ClassVar[Mapping[str, Table]]
    rows_of_a_page: ClassVar[int | None] = None
    """How many rows the vendor gives at once at most, to tell what a list costs before it runs; None if nobody knows."""
    offers: ClassVar[frozenset[str]] = frozenset()
    """What it can do beside the verbs of its tables: some of `OFFERS`."""
    deliveries: ClassVar[Deliveries | None] = None
    """How the vendor's webhooks are proved and read, where it has any."""

    def __init__(self, settings: Any, services: Services) -> None:
        self.settings = settings
        self.services = services

    def least_requests(self, table: Table, rows: int) -> int:
        """How many requests a list of so many rows takes at least: what `explain` tells and budgets go by.

        least_requests.kept: no list of so many rows takes fewer.
        """
        return 1 if self.rows_of_a_page is None else max(1, -(-rows // self.rows_of_a_page))

    # Delivery: what the session asks on the way of every request.

    @abstractmethod
    async def authorize(self) -> Authorization:
        """Where requests go now, and the headers that sign them. Look-ups go through `services.once`.

        signing.kept: what signing needs is looked up once, not before each request.

        signing.failed: callers who need what cannot be had share the failure, and do not ask one after the other.
        """

    async def reauthorize(self, stale: Authorization) -> bool:
        """After a refusal of credentials: whether a look-up made now may cure it. Called once per request.

        signing.renewed: what ended under many callers is renewed once, and all of them go on.

        signing.given_up: credentials that are refused again end the call with `AuthenticationFailed`.
        """
        return False

    @abstractmethod
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """The error that an answer means, by its text as much as by its status; None when it is a success.

        errors.by_meaning: the same failure gives the same error however the vendor says it.
        """

    def raw_path(self, path: str) -> str:
        """A raw request's path below the tenant's root, without what users copy from documentation before it.

        raw_path.settled: a path that is below the root stays as it is.
        """
        return path.strip("/")

    def raw_headers(self, effect: Effect) -> Mapping[str, str]:
        """What a raw request carries beside what signs it, by what it does.

        raw_headers.beside: it replaces nothing that signs, and holds no secret.
        """
        return {}

    @abstractmethod
    def limit_keys(self, request: Request) -> Collection[str]:
        """The vendor's own names of the limits that a request counts against.

        limits.slots: however many callers, no more requests are under way than the settings allow.

        limits.given_back: a call that is cancelled anywhere holds nothing back from the next.
        """

    @abstractmethod
    def classify(self, method: str, path: str, body: Any) -> Effect:
        """What a raw request does.

        effects.unknown: an effect that cannot be told is `Action.UNKNOWN`, never a read.
        """

    # Data: what the collections ask.

    @abstractmethod
    async def plan(self, table: Table, where: Expression) -> Plan:
        """How to read the records that a bound filter wants: pushed down as far as is safe.

        plan.whole: every record that matches is among those planned for, which may be more.
        """

    @abstractmethod
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """The first page (`cursor` None) or the next one. `size` is a wish.

        list.order: pages are in a stable order, and every record that stays is on exactly one of them.
        """

    async def stretch(self, table: Table, query: Any, low: int | None, high: int | None) -> Stretch:
        """One page of a planned query from the id `low` on, and before the id `high`, of a table that is `ascending`.

        list.stretch: no record in between is left out, and they come in ascending order of id.
        """
        raise NotImplementedError  # never reached: no table is declared ascending

    @abstractmethod
    async def get(self, table: Table, id: str) -> Record:
        """One record, whole.

        get.missing: an id the vendor does not know raises `NotFound`, however the vendor says so.
        """

    @abstractmethod
    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """The records with these ids that exist, in any order, in as few requests as the vendor allows.

        get_many.existing: ids that the vendor does not know are left out, and the others are there.
        """

    @abstractmethod
    async def count(self, table: Table, query: Any) -> int:
        """The vendor's own count of a planned query.

        count.rows: it is that of the rows.
        """

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """Creates a record from bound neutral values; returns its id.

        create.once: it is sent once, whatever becomes of the answer.
        """
        raise NotImplementedError  # never reached: the verb is not declared

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """Changes only the fields named; None clears.

        update.named: fields that are not named stay as they are.
        """
        raise NotImplementedError  # never reached: the verb is not declared

    async def delete(self, table: Table, id: str) -> None:
        """Deletes a record.

        delete.missing: one that is not there raises `NotFound`.
        """
        raise NotImplementedError  # never reached: the verb is not declared

    async def search(self, table: Table, text: str, limit: int) -> Sequence[Record]:
        """The records that the vendor's own search finds for a text, the best first, at most `limit`.

        search.found: each of them is there, and there are no more than asked for.
        """
        raise NotImplementedError  # never reached: the verb is not declared

    # What is offered beside the verbs; never reached unless `offers` names it

    async def balance(self, contract: str) -> Balance:
        """What a contract has left.

        balance.told: a contract that has no balance raises `Unsupported`.
        """
        raise NotImplementedError

    async def usage(self) -> Usage:
        """The vendor's own count of requests. Asking costs one.

        usage.told: it tells how many are used, of how many, in how long.
        """
        raise NotImplementedError

    async def entity(self, name: str) -> Table:
        """The table of any entity of the vendor's by the vendor's name, from the tenant's own metadata.

        entity.unknown: a name that the vendor does not know raises `Unsupported`.
        """
        raise NotImplementedError

    async def webhooks(self) -> Sequence[Webhook]:
        """The webhooks that are registered, other people's included.

        webhooks.listed: what was registered is among them.
        """
        raise NotImplementedError

    async def ensure_webhooks(self, wanted: WantedWebhook) -> Sequence[Webhook]:
        """Registers what is wanted, or changes what is there to be like it.

        webhooks.once: asking twice makes none twice.

        webhooks.loop: changes that we make ourselves are left out where the vendor can.
        """
        raise NotImplementedError

    async def remove_webhook(self, id: str) -> None:
        """Removes a webhook.

        webhooks.removed: it is gone afterwards, and one that is not there raises `NotFound`.
        """
        raise NotImplementedError

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's values of a field, inactive ones included.

        options.listed: every label that records carry is among them, and an unknown one is refused with the list.
        """
        return ()

    async def custom_fields(self, table: Table) -> Sequence[CustomField]:
        """The fields that the tenant added to an entity.

        custom_fields.listed: every one that records carry is among them.
        """
        return ()

    async def state(self, status: str) -> State | None:
        """What a ticket's status means, by its id; None when it cannot be told, and then policies want an approval.

        state.told: tickets of that status have that state.
        """
        return None

    async def visibility(self, wanted: Visibility) -> Any:
        """The tenant's own value for a visibility, from metadata or profile.

        visibility.told: what was asked for is what is stored; it is refused if the tenant's value cannot be told.
        """
        raise NotImplementedError  # never reached: no notes are declared

    @abstractmethod
    async def whoami(self) -> Identity:
        """Who the credentials are, by the cheapest request that proves them.

        whoami.proves: good credentials are named, bad ones raise `AuthenticationFailed`.
        """
