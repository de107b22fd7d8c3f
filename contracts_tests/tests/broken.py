"""Deliberately broken adapters: each breaks one promise, and the suite must say which."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from anypsa.errors import NotFound, PSAError, VendorFailure
from anypsa.models import Record, Visibility
from anypsa.query import EVERYTHING, Expression, Operator, Test
from anypsa.spi import Answer, Authorization, Context, Option, Page, Plan, Request, Table
from anypsa_autotask import AutotaskAdapter

sys.path.insert(0, str(Path(__file__).parents[2] / "adapters/autotask/conformance"))


class StopsAfterTheFirstPage(AutotaskAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        return replace(await super().page(table, query, cursor, size), cursor=None)


class GoesRoundInCircles(AutotaskAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        first = await super().page(table, query, None, size)
        return replace(first, cursor=first.cursor or "again")


class TakesAnOutageForTheEnd(AutotaskAdapter):
    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        try:
            return await super().page(table, query, cursor, size)
        except PSAError:
            return Page([])


class ReturnsSomethingForNothing(AutotaskAdapter):
    async def get(self, table: Table, id: str) -> Record:
        try:
            return await super().get(table, id)
        except NotFound:
            return (await super().page(table, [{"op": "gte", "field": "id", "value": 0}], None, 1)).records[0]


class ForgetsTheNullArm(AutotaskAdapter):
    async def plan(self, table: Table, where: Expression) -> Plan:
        plan = await super().plan(table, where)
        bare = [[item["items"][0] if item["op"] == "or" else item for item in query] for query in plan.queries]
        return replace(plan, queries=tuple(bare))


class ComparesTextWithCase(AutotaskAdapter):
    async def plan(self, table: Table, where: Expression) -> Plan:
        plan = await super().plan(table, where)
        if isinstance(where, Test) and where.op is Operator.CONTAINS:
            return replace(plan, queries=([{"op": "eq", "field": "title", "value": where.value}],))
        return plan


class BelievesWhateverComesBack(AutotaskAdapter):
    async def plan(self, table: Table, where: Expression) -> Plan:
        return replace(await super().plan(table, where), strict=EVERYTHING, expected=EVERYTHING)


class PublishesInternalNotes(AutotaskAdapter):
    async def visibility(self, wanted: Visibility) -> str:
        return await super().visibility(Visibility.PUBLIC)


class RepeatsCreates(AutotaskAdapter):
    async def _write(self, method: str, table: Table, effect: Any, body: Any, parent: Any) -> Answer:
        request = Request(method=method, path=table.path, effect=effect, json=body, safe_to_repeat=True)
        return await self.services.send(request)


class WritesMoreThanAsked(AutotaskAdapter):
    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        await super().update(table, id, {"priority": "4", "description": "tidied up", **values})


class TakesNoSlots(AutotaskAdapter):
    def limit_keys(self, request: Request) -> Sequence[str]:
        return ()


class TriesThePasswordAgain(AutotaskAdapter):
    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        return VendorFailure("sign in") if answer.status == 401 else super().refusal(request, answer)


class MixesTenants(AutotaskAdapter):
    async def _context(self, table: Table) -> Context:
        return replace(await super()._context(table), tenant="somebody-else")


class HidesWhatThereIs(AutotaskAdapter):
    async def options(self, table: Table, field: str) -> Sequence[Option]:
        return [] if field == "queue" else await super().options(table, field)


class SignsNothing(AutotaskAdapter):
    async def authorize(self) -> Authorization:
        return replace(await super().authorize(), headers={})


BROKEN = {
    StopsAfterTheFirstPage: "tickets.list.spans_pages",
    GoesRoundInCircles: "tickets.list.spans_pages",
    TakesAnOutageForTheEnd: "tickets.list.never_short",
    ReturnsSomethingForNothing: "tickets.get.missing",
    ForgetsTheNullArm: "tickets.list.negation_includes_absent",
    ComparesTextWithCase: "tickets.list.text_without_case",
    BelievesWhateverComesBack: "tickets.list.filter_ignored",
    PublishesInternalNotes: "notes.create.internal",
    RepeatsCreates: "tickets.create.lost_answer",
    WritesMoreThanAsked: "tickets.update.only_what_is_named",
    TakesNoSlots: "tickets.get.slots",
    TriesThePasswordAgain: "credentials.refused",
    MixesTenants: "tickets.get.whole",
    HidesWhatThereIs: "tickets.list.unknown_label",
    SignsNothing: "companies.get.whole",
}
