"""Deliberately broken adapters: each breaks one promise of ToyPSA's adapter, and the suite must say which."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from pydantic import SecretStr
from toypsa import ToyAdapter
from toypsa.settings import Toy

from anypsa import Delivery, Trust
from anypsa.errors import NotFound, PSAError, RateLimited, Unintelligible, VendorFailure
from anypsa.models import Record, State, Visibility
from anypsa.query import EVERYTHING, Expression, Operator, Test
from anypsa.settings import Settings
from anypsa.spi import (
    Action,
    Answer,
    Authorization,
    Context,
    Deliveries,
    Effect,
    Heard,
    Identity,
    Option,
    Page,
    Plan,
    Request,
    Table,
    reading,
)


class DropsTheSecondPage(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        page = await super().page(table, query, cursor, size)
        if cursor is None and page.cursor is not None:
            return replace(page, cursor=(await super().page(table, query, page.cursor, size)).cursor)
        return page


class TakesAShortPageForTheLast(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        page = await super().page(table, query, cursor, size)
        return page if len(page.records) == min(size or 50, 50) else replace(page, cursor=None)


class GoesRoundInCircles(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        first = await super().page(table, query, None, size)
        return replace(first, cursor=first.cursor and "again")


class CountsPages(ToyAdapter):
    """Pages by number, so that what is removed meanwhile shifts the rest."""

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        skip, records, after = cursor or 0, list[Record](), None
        while True:
            page = await super().page(table, query, after, size)
            records += page.records
            after = page.cursor
            if after is None or len(records) > skip + len(page.records):
                break
        step = len(page.records) if after is None and skip == 0 else 10
        return Page(records[skip : skip + step], cursor=skip + step if len(records) > skip + step else None)


class TakesAnOutageForTheEnd(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        try:
            return await super().page(table, query, cursor, size)
        except PSAError:
            return Page([])


class SwallowsMissingTickets(ToyAdapter):
    async def get(self, table: Table, id: str) -> Record:
        try:
            return await super().get(table, id)
        except NotFound:
            return (await super().page(table, {}, None, 1)).records[0]


class LosesOneOfMany(ToyAdapter):
    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        return [] if len(ids) > 1 else await super().get_many(table, ids)


class PushesNegationsBare(ToyAdapter):
    """Asks for one queue where all others were wanted."""

    async def plan(self, table: Table, where: Expression) -> Plan:
        plan = await super().plan(table, where)
        if isinstance(where, Test) and where.op is Operator.NE:
            return replace(plan, queries=({"queue": "1"},))
        return plan


class ComparesTextWithCase(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        page = await super().page(table, {k: v for k, v in query.items() if k != "word"}, cursor, size)
        if "word" not in query:
            return page
        return replace(page, records=[one for one in page.records if query["word"] in getattr(one, "title", "")])

    async def plan(self, table: Table, where: Expression) -> Plan:
        plan = await super().plan(table, where)
        if isinstance(where, Test) and where.op is Operator.CONTAINS:
            return replace(plan, queries=({"word": str(where.value).lower()},))
        return plan


class BelievesWhateverComesBack(ToyAdapter):
    async def plan(self, table: Table, where: Expression) -> Plan:
        return replace(await super().plan(table, where), strict=EVERYTHING, expected=EVERYTHING)


class PublishesInternalNotes(ToyAdapter):
    async def visibility(self, wanted: Visibility) -> bool:
        return await super().visibility(Visibility.PUBLIC)


class RepeatsCreates(ToyAdapter):
    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        effect = Effect(Action.CREATE, table.name, None, frozenset(values), values.get("visibility"))
        body = await self.body(table, values)
        request = Request(method="POST", path=table.path, effect=effect, json=body, safe_to_repeat=True)
        return str((await self.services.send(request)).json()["id"])


class WritesMoreThanAsked(ToyAdapter):
    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        await super().update(table, id, {"priority": "4", "description": "tidied up", **values})


class TakesNoSlots(ToyAdapter):
    def limit_keys(self, request: Request) -> Sequence[str]:
        return ()


class IgnoresTooManyRequests(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        tried = f"{request.effect}"
        return VendorFailure(tried, status=429) if answer.status == 429 else super().refusal(request, answer)


class TriesThePasswordAgain(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        return VendorFailure("sign in") if answer.status == 401 else super().refusal(request, answer)


class SignsInForEachRequest(ToyAdapter):
    async def authorize(self) -> Authorization:
        session = await self.sign_in()
        return replace(await super().authorize(), headers={"x-session": session["session"]})


class MixesTenants(ToyAdapter):
    async def labels(self, table: Table) -> Context:
        return replace(await super().labels(table), tenant="somebody-else")


class HidesWhatThereIs(ToyAdapter):
    async def options(self, table: Table, field: str) -> Sequence[Option]:
        found = await super().options(table, field)
        return [one for one in found if one.label != "Network"] if field == "queue" else found


class TellsTheKeyInErrors(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        error = super().refusal(request, answer)
        if error is not None and answer.status == 500:
            return VendorFailure(f"{request.effect} with {self.key}", status=500)
        return error


class TakesUnknownWritesForReads(ToyAdapter):
    def classify(self, method: str, path: str, body: Any) -> Effect:
        return replace(super().classify(method, path, body), action=Action.READ)


class ForgetsToDeclareAVerb(ToyAdapter):
    async def delete(self, table: Table, id: str) -> None:
        request = Request(method="DELETE", path=f"{table.path}/{id}", effect=Effect(Action.DELETE, table.name, id))
        await self.services.send(request)


class TellsTheLocalTime(ToyAdapter):
    async def get(self, table: Table, id: str) -> Record:
        record = await super().get(table, id)
        created = getattr(record, "created", None)
        return record if created is None else record.model_copy(update={"created": created.replace(tzinfo=None)})


class FailsOnOddRows(ToyAdapter):
    async def get(self, table: Table, id: str) -> Record:
        try:
            return await super().get(table, id)
        except Unintelligible as error:
            raise KeyError(str(error)) from None


class IsSomebodyWithoutAsking(ToyAdapter):
    async def whoami(self) -> Identity:
        return Identity(self.services.tenant, "ToyPSA", "")


class FollowsLinksAnywhere(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        asked, headers = {**query, "most": str(size or 50)}, (await self.authorize()).headers
        link = {} if cursor is None else {"link": cursor, "anonymous": True, "headers": headers}
        request = Request.read("GET", table.path, reading(table.name), query=asked, **link)
        body = (await self.services.send(request)).json()
        if not isinstance(body.get("rows"), list):
            raise Unintelligible("read a page")
        context = await self.labels(table)
        return Page([table.decode(row, context) for row in body["rows"]], cursor=body.get("next"))


class PutsIdsIntoPathsBare(ToyAdapter):
    async def get(self, table: Table, id: str) -> Record:
        request = Request.read("GET", f"{table.path}/{id}", reading(table.name, id))
        return table.decode((await self.services.send(request)).json(), await self.labels(table))  # type: ignore[no-any-return]


class AnyKey(Settings):
    """Settings that take whatever stands in them."""

    adapter: ClassVar[str] = "toypsa"
    url: str
    key: SecretStr

    def tenant_key(self) -> str:
        return Toy.tenant_key(self)  # type: ignore[arg-type]  # it has the same fields


class TakesAnyKey(ToyAdapter):
    settings_type = AnyKey  # type: ignore[assignment]  # as above


class LeavesTheDoorLocked(ToyAdapter):
    """Of those who sign in, only the one inside may unlock the door again; whoever is cancelled there does not."""

    locked = False

    async def sign_in(self) -> Mapping[str, Any]:
        if self.locked:
            raise VendorFailure("sign in: somebody is signing in")
        self.locked = True
        try:
            session = await super().sign_in()
        except Exception:
            self.locked = False
            raise
        self.locked = False
        return session


class ReadsJsonItself(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        return None if answer.status == 200 else super().refusal(request, answer)

    async def get(self, table: Table, id: str) -> Record:
        request = Request.read("GET", f"{table.path}/{{id}}", reading(table.name, id), parts={"id": id})
        row = json.loads((await self.services.send(request)).content)
        return table.decode(row, await self.labels(table))  # type: ignore[no-any-return]


class TidiesTextsUp(ToyAdapter):
    async def get(self, table: Table, id: str) -> Record:
        record = await super().get(table, id)
        title = unicodedata.normalize("NFC", str(getattr(record, "title", "")))
        return record.model_copy(update={"title": title}) if hasattr(record, "title") else record


class ShowsWhateverComes(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        page = await super().page(table, query, cursor, size)
        if table.name != "note":
            return page
        shown = [one.model_copy(update={"html": getattr(one, "body", "")}) for one in page.records]
        return replace(page, records=shown)


class SkipsWhatItHasSeen(ToyAdapter):
    """Takes a page that comes again for one without news, and asks for the next."""

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        asked, after, seen = cursor or (0, None, frozenset[str]())
        page = await super().page(table, query, after, size)
        ids = frozenset(one.id for one in page.records)
        news = [one for one in page.records if one.id not in seen]
        following = None if page.cursor is None else (asked + 1, page.cursor, seen | ids)
        return replace(page, records=news, cursor=following)


class SignsInForEachCaller(ToyAdapter):
    known: Mapping[str, Any] | None = None

    async def session(self) -> Mapping[str, Any]:
        if self.known is None:
            self.known = await self.sign_in()
        return self.known

    async def reauthorize(self, stale: Authorization) -> bool:
        self.known = await self.sign_in()
        return True


class TakesARefusalForALoss(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        if answer.status == 401 and request.effect.action is Action.CREATE:
            return VendorFailure("create", status=500)
        return super().refusal(request, answer)


class BelievesAnyLifetime(ToyAdapter):
    async def session(self) -> Mapping[str, Any]:
        return await self.services.once("session", self.sign_in, ttl=lambda told: float(told.get("seconds") or 0))


class ReadsEveryHintAsANumber(ToyAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        if answer.status == 429:
            return RateLimited("read", status=429, wait=float(answer.headers.get("retry-after", 1)))
        return super().refusal(request, answer)


class PausesWhoWasRefused(ToyAdapter):
    def limit_keys(self, request: Request) -> Sequence[str]:
        return () if request.anonymous else (request.effect.entity,)

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        error = super().refusal(request, answer)
        if isinstance(error, RateLimited):
            error.everywhere = False
        return error


class PutsItsRootBeforePaths(ToyAdapter):
    def raw_path(self, path: str) -> str:
        return f"v1/{super().raw_path(path)}"


class TakesEveryStatusForOpen(ToyAdapter):
    async def state(self, status: str) -> State:
        return State.OPEN


class KnowsNoCustomFields(ToyAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        page = await super().page(table, query, cursor, size)
        if table.name != "ticket":
            return page
        return replace(page, records=[one.model_copy(update={"custom_fields": {"Site": "1"}}) for one in page.records])


class Believing(Deliveries):
    """Takes whatever a header holds for its own proof."""

    ways = ("signature",)

    def proof(self, way: str, delivery: Delivery, trust: Trust) -> tuple[bytes | None, Sequence[bytes]]:
        given = delivery.header("x-signature")
        return given, [given or b"", b"another"]

    def read(self, delivery: Delivery) -> Heard:
        return Heard()


class BelievesEveryDelivery(ToyAdapter):
    deliveries = Believing()


class ReckonsTooDear(ToyAdapter):
    def least_requests(self, table: Table, rows: int) -> int:
        return rows


class SignsRawRequestsItself(ToyAdapter):
    def raw_headers(self, effect: Effect) -> Mapping[str, str]:
        return {"X-Session": self.key}


BROKEN: Final[Mapping[type[ToyAdapter], frozenset[str]]] = {
    DropsTheSecondPage: frozenset(
        {
            *("tickets.list.spans_pages", "tickets.list.never_short", "faults.small_pages"),
            *("tickets.list.text_without_case", "tickets.list.negation_includes_absent"),
        }
    ),
    TakesAShortPageForTheLast: frozenset({"faults.small_pages", "faults.same_page"}),
    GoesRoundInCircles: frozenset(
        {
            *("tickets.list.spans_pages", "tickets.create.lost_answer", "faults.small_pages"),
            "tickets.list.least_requests",
            *("tickets.list.text_without_case", "tickets.list.negation_includes_absent"),
        }
    ),
    CountsPages: frozenset({"tickets.list.never_short", "faults.small_pages"}),
    TakesAnOutageForTheEnd: frozenset({"tickets.list.never_short", "input.malformed"}),
    SwallowsMissingTickets: frozenset({"tickets.get.missing"}),
    LosesOneOfMany: frozenset({"tickets.get_many.existing"}),
    PushesNegationsBare: frozenset({"tickets.list.negation_includes_absent"}),
    ComparesTextWithCase: frozenset({"tickets.list.text_without_case"}),
    BelievesWhateverComesBack: frozenset({"tickets.list.filter_ignored"}),
    PublishesInternalNotes: frozenset({"notes.create.internal"}),
    RepeatsCreates: frozenset({"tickets.create.lost_answer"}),
    WritesMoreThanAsked: frozenset({"tickets.update.only_what_is_named"}),
    TakesNoSlots: frozenset({"tickets.get.slots"}),
    IgnoresTooManyRequests: frozenset({"faults.refused_for_ever", "faults.odd_hints", "faults.pause"}),
    TriesThePasswordAgain: frozenset({"credentials.refused", "signing.create_refused", "signing.renewed_once"}),
    SignsInForEachRequest: frozenset(
        {
            *("signing.kept", "signing.lifetime", "signing.renewed_once", "signing.shared_failure"),
            "signing.create_refused",
        }
    ),
    MixesTenants: frozenset({"tickets.get.whole", "tickets.update.only_what_is_named"}),
    HidesWhatThereIs: frozenset(
        {
            *("tickets.list.unknown_label", "tickets.list.filter_ignored"),
            *("tickets.list.negation_includes_absent", "tickets.create.lost_answer", "signing.create_refused"),
        }
    ),
    TellsTheKeyInErrors: frozenset({"signing.not_told"}),
    TakesUnknownWritesForReads: frozenset({"requests.unknown_effect"}),
    ForgetsToDeclareAVerb: frozenset({"capabilities.declared"}),
    TellsTheLocalTime: frozenset({"input.times"}),
    FailsOnOddRows: frozenset({"input.times", "input.malformed", "signing.shared_failure"}),
    IsSomebodyWithoutAsking: frozenset({"credentials.refused"}),
    FollowsLinksAnywhere: frozenset({"attacks.links"}),
    PutsIdsIntoPathsBare: frozenset({"attacks.ids"}),
    TakesAnyKey: frozenset({"attacks.headers"}),
    LeavesTheDoorLocked: frozenset({"faults.cancelled"}),
    ReadsJsonItself: frozenset({"input.malformed"}),
    TidiesTextsUp: frozenset({"input.texts"}),
    ShowsWhateverComes: frozenset({"input.markup"}),
    SkipsWhatItHasSeen: frozenset({"faults.same_page"}),
    SignsInForEachCaller: frozenset({"signing.renewed_once", "signing.shared_failure"}),
    TakesARefusalForALoss: frozenset({"signing.create_refused"}),
    BelievesAnyLifetime: frozenset({"signing.lifetime"}),
    ReadsEveryHintAsANumber: frozenset({"faults.odd_hints"}),
    PausesWhoWasRefused: frozenset({"faults.pause", "tickets.get.slots"}),
    BelievesEveryDelivery: frozenset({"webhooks.genuine"}),
    ReckonsTooDear: frozenset({"tickets.list.least_requests"}),
    SignsRawRequestsItself: frozenset({"requests.raw_headers"}),
    PutsItsRootBeforePaths: frozenset({"requests.raw_path"}),
    TakesEveryStatusForOpen: frozenset({"tickets.state.told"}),
    KnowsNoCustomFields: frozenset({"tickets.custom_fields.listed"}),
}
"""Each broken adapter, and all of the cheap checks that it must fail."""
