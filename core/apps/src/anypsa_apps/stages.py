"""`anypsa stages` and `anypsa figures`: where categories stand, moving them, the stop, comparisons and weekly figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anypsa import ConfigurationError, Invalid, Policy, Problem

from .connections import Tenant, connect
from .extras import extra
from .output import Listing, print_rows, write_json
from .problems import plain

if TYPE_CHECKING:
    from anypsa_automation.stages import Rollout, Standing

STANDING: Final[Mapping[str, int]] = {"category": 4, "stage": 3, "since": 3, "proposed": 3, "why": 8}
EVENT: Final[Mapping[str, int]] = {"moment": 4, "category": 4, "what": 3, "stage": 3, "by": 4, "why": 8}
AGREED: Final[Mapping[str, int]] = {"category": 4, "field": 3, "right": 2, "of": 2, "share": 2}
VERDICTS: Final[Mapping[str, int]] = {"before": 3, "after": 3, "writes": 2}


@contextmanager
def rollout(tenant: Tenant, state: str | None) -> Iterator[Rollout]:
    """The rollout of a tenant."""
    with extra("console", "look at stages"):
        from anypsa_automation.stages import Rollout
    with connect(*tenant, state) as psa:
        yield Rollout(psa)


def shown(title: str, columns: Mapping[str, int], rows: Sequence[Mapping[str, Any]], output: Listing) -> None:
    """Prints rows as a table, or as JSON with all that they hold."""
    if output is Listing.TABLE:
        print_rows(title, columns, ([words(row[one]) for one in columns] for row in rows))
    else:
        write_json((json.dumps(row, default=str) for row in rows), output)


def words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.0%}" if isinstance(value, float) else str(value)


def list_standings(tenant: Tenant, state: str | None, output: Listing) -> None:
    """Prints where categories stand."""
    with rollout(tenant, state) as found:
        standings, stopped = found.standings(), found.stopped()
    shown("Stages", STANDING, [asdict(one) for one in standings], output)
    if stopped is not None:
        sys.stderr.write(plain(f"All writes are stopped, by {stopped.by}: {stopped.why}") + "\n")


def list_events(tenant: Tenant, state: str | None, limit: int | None, output: Listing) -> None:
    """Prints what happened."""
    with rollout(tenant, state) as found:
        events = found.events(limit)
    shown("Events", EVENT, [asdict(one) for one in events], output)


def settle(tenant: Tenant, state: str | None) -> None:
    """Settles, and says what moved."""
    with rollout(tenant, state) as found:
        reviewed = found.settle()
    for move in reviewed.moves:
        what = "proposed for" if move.to is move.standing.stage.next else "demoted to"
        sys.stdout.write(plain(f"{move.standing.category} {what} {move.to}: {move.why}") + "\n")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(reviewed.settled.items()))
    sys.stderr.write(f"settled: {told or 'nothing'}\n")


def compare(tenant: Tenant, state: str | None, output: Listing) -> None:
    """Prints how often predictions were what people did."""
    with rollout(tenant, state) as found:
        agreed = found.comparison()
    rows = [
        {"category": category, "field": field, "right": rate.right, "of": rate.of, "share": rate.share}
        for category, fields in sorted(agreed.items())
        for field, rate in sorted(fields.items())
    ]
    shown("Predicted as people did", AGREED, rows, output)


def replay(tenant: Tenant, state: str | None, policy: str, before: str | None, output: Listing) -> None:
    """Prints what another policy would decide."""
    after, earlier = policy_of(policy), None if before is None else policy_of(before)
    with rollout(tenant, state) as found:
        replayed = found.replay(after, before=earlier)
    rows = [{"before": then, "after": now, "writes": count} for (then, now), count in sorted(replayed.verdicts.items())]
    shown("Verdicts", VERDICTS, rows, output)
    sys.stderr.write(f"{len(replayed.changed)} of {replayed.of} writes would be decided otherwise\n")


def policy_of(name: str) -> Policy:
    """The policy of a preset's name, or of a file with a policy's keys."""
    if not name.endswith(".toml"):
        return Policy.named(name)
    import tomllib

    try:
        return Policy.from_table(tomllib.loads(Path(name).read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"read the policy {name}", said=[str(error)]) from None


def propose(tenant: Tenant, state: str | None, category: str, by: str, why: str) -> None:
    with rollout(tenant, state) as found:
        tell(found.propose(category, by=by, why=why))


def promote(tenant: Tenant, state: str | None, category: str, by: str, why: str | None) -> None:
    with rollout(tenant, state) as found:
        tell(found.promote(category, by=by, why=why))


def demote(tenant: Tenant, state: str | None, category: str, by: str, why: str) -> None:
    with rollout(tenant, state) as found:
        tell(found.demote(category, by=by, why=why))


def tell(standing: Standing) -> None:
    """Says where a category stands now."""
    proposed = f", {standing.proposed} is proposed" if standing.proposed else ""
    sys.stdout.write(plain(f"{standing.category} is at {standing.stage}{proposed}") + "\n")


def stop(tenant: Tenant, state: str | None, by: str, why: str, *, everywhere: bool) -> None:
    """Stops every write."""
    with rollout(tenant, state) as found:
        found.kill(by=by, why=why, everywhere=everywhere)
    sys.stdout.write("all writes are stopped\n")


def resume(tenant: Tenant, state: str | None, by: str, *, everywhere: bool) -> None:
    """Lets writes go on."""
    with rollout(tenant, state) as found:
        stopped = found.unkill(by=by, everywhere=everywhere)
        left = found.stopped()
    sys.stdout.write("writes go on\n" if stopped else "nothing was stopped\n")
    if left is not None:
        sys.stderr.write("they are still stopped " + ("everywhere" if not everywhere else "for this tenant") + "\n")


def show_figures(
    tenant: Tenant, state: str | None, week: str | None, weeks: int, to: Path | None, *, as_json: bool
) -> None:
    """Prints the figures of a week, or writes them with their charts."""
    until = None if week is None else end_of(week)
    with rollout(tenant, state) as found:
        from anypsa_automation.stages import charts, showing

        figures, past = found.figures(until), found.history(weeks, until)
    data = json.dumps(showing.plain(figures), indent=1)
    if to is None:
        sys.stdout.write(f"{data}\n" if as_json else showing.markdown(figures))
        return
    drawn = {**charts.charts(figures), "trend": charts.trend_chart(past)}
    to.mkdir(parents=True, exist_ok=True)
    page = "\n".join([showing.markdown(figures), *(f"![{name}]({name}.svg)" for name in drawn), ""])
    written = {"figures.md": page, "figures.json": f"{data}\n", **{f"{name}.svg": one for name, one in drawn.items()}}
    for name, text in written.items():
        (to / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{to / name}\n")


def end_of(week: str) -> datetime:
    """The moment at which a week ends, by its ISO name."""
    try:
        monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    except ValueError:
        problem = Problem("week", f"{week!r} is no week: 2026-W47 is one")
        raise Invalid("show the figures", problems=[problem]) from None
    return monday + timedelta(days=7)
