"""Deliberately broken adapters: each breaks one promise of ToyPSA's adapter, and the suite must say which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from toypsa import ToyAdapter

from anypsa.errors import NotFound, PSAError, Unintelligible, VendorFailure
from anypsa.models import Record, Visibility
from anypsa.query import EVERYTHING, Expression, Operator, Test
from anypsa.spi import Action, Answer, Authorization, Context, Effect, Identity, Option, Page, Plan, Request, Table


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


BROKEN: Final[Mapping[type[ToyAdapter], frozenset[str]]] = {
    DropsTheSecondPage: frozenset(
        {
            *("tickets.list.spans_pages", "tickets.list.never_short", "faults.small_pages"),
            *("tickets.list.text_without_case", "tickets.list.negation_includes_absent"),
        }
    ),
    TakesAShortPageForTheLast: frozenset({"faults.small_pages"}),
    GoesRoundInCircles: frozenset(
        {
            *("tickets.list.spans_pages", "tickets.create.lost_answer", "faults.small_pages"),
            *("tickets.list.text_without_case", "tickets.list.negation_includes_absent"),
        }
    ),
    CountsPages: frozenset({"tickets.list.never_short", "faults.small_pages"}),
    TakesAnOutageForTheEnd: frozenset({"tickets.list.never_short"}),
    SwallowsMissingTickets: frozenset({"tickets.get.missing"}),
    LosesOneOfMany: frozenset({"tickets.get_many.existing"}),
    PushesNegationsBare: frozenset({"tickets.list.negation_includes_absent"}),
    ComparesTextWithCase: frozenset({"tickets.list.text_without_case"}),
    BelievesWhateverComesBack: frozenset({"tickets.list.filter_ignored"}),
    PublishesInternalNotes: frozenset({"notes.create.internal"}),
    RepeatsCreates: frozenset({"tickets.create.lost_answer"}),
    WritesMoreThanAsked: frozenset({"tickets.update.only_what_is_named"}),
    TakesNoSlots: frozenset({"tickets.get.slots"}),
    IgnoresTooManyRequests: frozenset({"faults.refused_for_ever"}),
    TriesThePasswordAgain: frozenset({"credentials.refused"}),
    SignsInForEachRequest: frozenset({"signing.kept"}),
    MixesTenants: frozenset({"tickets.get.whole", "tickets.update.only_what_is_named"}),
    HidesWhatThereIs: frozenset(
        {
            *("tickets.list.unknown_label", "tickets.list.filter_ignored"),
            *("tickets.list.negation_includes_absent", "tickets.create.lost_answer"),
        }
    ),
    TellsTheKeyInErrors: frozenset({"signing.not_told"}),
    TakesUnknownWritesForReads: frozenset({"requests.unknown_effect"}),
    ForgetsToDeclareAVerb: frozenset({"capabilities.declared"}),
    TellsTheLocalTime: frozenset({"input.times"}),
    FailsOnOddRows: frozenset({"input.times"}),
    IsSomebodyWithoutAsking: frozenset({"credentials.refused"}),
}
"""Each broken adapter, and all of the cheap checks that it must fail."""
