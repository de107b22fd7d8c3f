"""What is known of stages: where each category stands, who moved it and why, and what is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from anypsa import Denied, Invalid, Problem

from ..database import Database
from ..rows import clean, moment, stamp
from ..schema import STAGE_EVENTS, STANDINGS, STOPS
from .ladder import Stage

EVERYBODY: Final = "*"
"""The tenant under which a stop holds for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a category stands: at which stage, since when, and which one is proposed."""

    tenant: str
    category: str
    stage: Stage
    since: datetime
    proposed: Stage | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """One thing that happened: a category began, was proposed, promoted or demoted; something was stopped or let go on."""

    tenant: str
    category: str
    moment: datetime
    what: str
    stage: str | None = None
    by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """That nothing is written, who said so, when and why."""

    tenant: str
    moment: datetime
    by: str
    why: str


class StageStore:
    """Keeps stages for all threads and processes that open the same store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stop(self, tenant: str) -> Stop | None:
        """What stops this tenant's writes now, if anything does."""
        wanted = select(STOPS).where(STOPS.c.tenant.in_((tenant, EVERYBODY))).limit(1)
        with self._database.transaction() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Stop(row.tenant, moment(row.moment), row.who, row.why)

    def least(self, tenant: str, categories: Sequence[str]) -> tuple[str, Stage]:
        """The category that is trusted least, and its stage. One that was never seen is in shadow."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(STANDINGS).where(STANDINGS.c.tenant == tenant)).all()
        known = {row.category: Stage(row.stage) for row in rows}
        ladder = list(Stage)
        return min(
            ((one, known.get(one, Stage.SHADOW)) for one in categories), key=lambda found: ladder.index(found[1])
        )

    def standings(self, tenant: str) -> Sequence[Standing]:
        """Where all categories of a tenant stand that were ever seen."""
        wanted = select(STANDINGS).where(STANDINGS.c.tenant == tenant).order_by(STANDINGS.c.category)
        with self._database.transaction() as connection:
            return [standing_of(row) for row in connection.execute(wanted)]

    def events(self, tenant: str, limit: int | None = None) -> Sequence[StageEvent]:
        """What happened, the latest first."""
        wanted = select(STAGE_EVENTS).where(STAGE_EVENTS.c.tenant.in_((tenant, EVERYBODY)))
        with self._database.transaction() as connection:
            rows = connection.execute(wanted.order_by(STAGE_EVENTS.c.place.desc()).limit(limit)).all()
        return [
            StageEvent(
                tenant=row.tenant, category=row.category, moment=moment(row.moment), what=row.what, stage=row.stage,
                by=row.who, why=row.why,
            )
            for row in rows
        ]  # fmt: skip

    def propose(self, standing: Standing, now: datetime, why: str, *, by: str | None = None) -> Standing:
        """Proposes the next stage; somebody who may promote has to confirm it."""
        stage = standing.stage.next
        with self._database.transaction() as connection:
            if stage is not None and standing.proposed is not stage:
                change(connection, standing, proposed=str(stage), why=clean(why))
                note(connection, standing, now, "proposed", stage=str(stage), by=by, why=why)
            return found(connection, standing.tenant, standing.category, now)

    def withdraw(self, standing: Standing, now: datetime, *, by: str, why: str) -> bool:
        """Takes back what the same one has proposed; what somebody else proposed stays. Returns whether it did."""
        with self._database.transaction() as connection:
            if standing.proposed is None or proposer(connection, standing) != by:
                return False
            change(connection, standing, proposed=None, why=None)
            note(connection, standing, now, "withdrawn", by=by, why=why)
            return True

    def standing(self, tenant: str, category: str, now: datetime) -> Standing:
        """Where a category stands; one that was never seen begins in shadow now."""
        with self._database.transaction() as connection:
            return found(connection, tenant, category, now)

    def promote(
        self,
        tenant: str,
        category: str,
        *,
        by: str,
        promoters: Sequence[str],
        now: datetime,
        why: str | None = None,
    ) -> Standing:
        """Promotes a category by one stage, as was proposed; somebody who may promote can do so unproposed, and says why.

        Raises `Denied` for anybody else, and then keeps that it was tried.
        """
        with self._database.transaction() as connection:
            standing = found(connection, tenant, category, now)
            refusal = unpromotable(standing, by, promoters, why)
            if refusal is None and (stage := standing.stage.next) is not None:
                change(connection, standing, stage=str(stage), since=stamp(now), proposed=None, why=None)
                note(connection, standing, now, "promoted", stage=str(stage), by=by, why=why or standing.why)
                return found(connection, tenant, category, now)
            note(connection, standing, now, "refused", by=by, why=refusal)
        raise Denied(f"promote {category}", said=[refusal or ""], hint="Nothing was changed.")

    def demote(self, tenant: str, category: str, *, by: str, why: str, now: datetime) -> Standing:
        """Brings a category back to shadow, where it begins anew. Anybody may, since it only takes away."""
        with self._database.transaction() as connection:
            standing = found(connection, tenant, category, now)
            change(connection, standing, stage=str(Stage.SHADOW), since=stamp(now), proposed=None, why=None)
            note(connection, standing, now, "demoted", stage=str(Stage.SHADOW), by=by, why=why)
            return found(connection, tenant, category, now)

    def kill(self, tenant: str | None, *, by: str, why: str, now: datetime, stoppers: Sequence[str] = ()) -> None:
        """Stops every write of a tenant at once, or of all (None), by whatever door. Anybody may, unless `stoppers` are
        named; then raises `Denied` for anybody else, and keeps that it was tried."""
        whom = tenant or EVERYBODY
        with self._database.transaction() as connection:
            allowed = not stoppers or may(by, stoppers)
            if allowed:
                connection.execute(delete(STOPS).where(STOPS.c.tenant == whom))
                connection.execute(insert(STOPS).values(tenant=whom, moment=stamp(now), who=clean(by), why=clean(why)))
            keep(connection, whom, EVERYBODY, now, "stopped" if allowed else "refused", by=by, why=why)
        if not allowed:
            raise Denied("stop all writes", said=[NOBODY.format(by, "stoppers")], hint="Nothing was changed.")

    def unkill(self, tenant: str | None, *, by: str, promoters: Sequence[str], now: datetime) -> bool:
        """Lets writes go on, by somebody who may promote; returns whether they were stopped. Raises `Denied`."""
        whom = tenant or EVERYBODY
        with self._database.transaction() as connection:
            allowed = may(by, promoters)
            keep(connection, whom, EVERYBODY, now, "let go on" if allowed else "refused", by=by)
            stopped = allowed and connection.execute(delete(STOPS).where(STOPS.c.tenant == whom)).rowcount > 0
        if not allowed:
            raise Denied("let writes go on", said=[NOBODY.format(by, "promoters")], hint="Nothing was changed.")
        return stopped


NOBODY: Final = "{} is not among those who may: name them in the setting `{}`"


def may(by: str, promoters: Sequence[str]) -> bool:
    return by.casefold() in {one.casefold() for one in promoters}


def unpromotable(standing: Standing, by: str, promoters: Sequence[str], why: str | None) -> str | None:
    """Why somebody may not promote a category now."""
    if not may(by, promoters):
        return NOBODY.format(by, "promoters")
    if standing.stage.next is None:
        return "it is autonomous already"
    if standing.proposed is not standing.stage.next and not why:
        return "its promotion is not proposed; say why it is promoted all the same"
    return None


def found(connection: Connection, tenant: str, category: str, now: datetime) -> Standing:
    """Where a category stands; one that was never seen begins in shadow."""
    if not category:
        raise Invalid("find a category", problems=[Problem("category", "wants a word")])
    wanted = select(STANDINGS).where(STANDINGS.c.tenant == tenant, STANDINGS.c.category == category)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        began = {"tenant": tenant, "category": category, "stage": str(Stage.SHADOW), "since": stamp(now)}
        connection.execute(insert(STANDINGS).values(**began))
        keep(connection, tenant, category, now, "began", stage=str(Stage.SHADOW))
        row = connection.execute(wanted).one()
    return standing_of(row)


def proposer(connection: Connection, standing: Standing) -> str | None:
    """Who proposed last that a category is promoted."""
    of_category = (STAGE_EVENTS.c.tenant == standing.tenant, STAGE_EVENTS.c.category == standing.category)
    proposed = select(STAGE_EVENTS.c.who).where(*of_category, STAGE_EVENTS.c.what == "proposed")
    return connection.execute(proposed.order_by(STAGE_EVENTS.c.place.desc()).limit(1)).scalar()


def change(connection: Connection, standing: Standing, **changed: Any) -> None:
    this = (STANDINGS.c.tenant == standing.tenant, STANDINGS.c.category == standing.category)
    connection.execute(update(STANDINGS).where(*this).values(**changed))


def note(connection: Connection, standing: Standing, now: datetime, what: str, **told: Any) -> None:
    keep(connection, standing.tenant, standing.category, now, what, **told)


def keep(connection: Connection, tenant: str, category: str, now: datetime, what: str, **told: Any) -> None:
    who, words = clean(told.pop("by", None)), clean(told.pop("why", None))
    line = {"tenant": tenant, "category": category, "moment": stamp(now), "what": what, "who": who, "why": words}
    connection.execute(insert(STAGE_EVENTS).values(**line, **told))


def standing_of(row: Row[Any]) -> Standing:
    proposed = None if row.proposed is None else Stage(row.proposed)
    return Standing(
        tenant=row.tenant,
        category=row.category,
        stage=Stage(row.stage),
        since=moment(row.since),
        proposed=proposed,
        why=row.why,
    )
