"""`anypsa export`: from the words on the command line to the file."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anypsa import ConfigurationError, Psa
from anypsa.copying import Reading
from anypsa.models import Kind

from ..connections import Tenant, connect
from ..progress import watching
from ..records.acting import Wanted, kind_of, now
from ..records.words import filters, is_relative
from .formats import Format, format_of
from .store import Store, Tally

SUFFIX: Final = ".export"


@dataclass(frozen=True)
class How:
    """`full` reads everything again, `fresh` forgets what was read before, `lossy` believes that many are gone."""

    full: bool = False
    fresh: bool = False
    lossy: bool = False


def export_records(tenant: Tenant, word: str, wanted: Wanted, to: Path, how: How) -> None:
    """Brings the file up to date, and says on standard error what that took."""
    kind, form = kind_of(word.replace("-", "_")), format_of(to)
    where = filters(kind, wanted.words, wanted.where, now())
    asked = bool(wanted.words or wanted.where)
    path = store_path(to, kind, form, fresh=how.fresh)
    with (
        connect(*tenant) as psa,
        Store(path, about(psa, kind, wanted)) as store,
        psa.budget(lane="bulk") as spent,
    ):
        reading = Reading(psa, kind, store, where if asked else None)
        # What matches `created>-7d` changes with the hour, and no change tells of it.
        relative = any(map(is_relative, wanted.words))
        with watching(kind.plural) as told:
            for _ in reading.steps(full=how.full or relative, allow_loss=how.lossy):
                told(len(store), spent.used, psa.budget)
        form.write(store.documents(), kind, to)
        report(store.tally, len(store), spent.used, kind, to)


def store_path(to: Path, kind: Kind[Any, ..., ...], form: Format, *, fresh: bool) -> Path:
    """Where an export keeps what it read; raises `ConfigurationError` for a file that it did not make."""
    path = to.with_name(f"{to.name}.{kind.plural}{SUFFIX}" if form.shared else f"{to.name}{SUFFIX}")
    if fresh:
        path.unlink(missing_ok=True)
    elif to.exists() and not path.exists() and not form.shared:
        said = [f"{to} is there, and {path.name}, which tells what was exported to it, is not"]
        raise ConfigurationError(f"export to {to}", said=said, hint="Choose another file, or replace it with --fresh.")
    return path


def about(psa: Psa, kind: Kind[Any, ..., ...], wanted: Wanted) -> dict[str, str]:
    """What a store is of: another export does not go on with it."""
    asked = [*sorted(wanted.words), *([wanted.where] if wanted.where else [])]
    return {"tenant": psa.tenant, "collection": kind.plural, "filter": json.dumps(asked)}


def report(tally: Tally, count: int, requests: int, kind: Kind[Any, ..., ...], to: Path) -> None:
    told = f"{tally.new:,} new, {tally.read - tally.new:,} read again, {tally.gone:,} gone; {requests:,} requests"
    sys.stderr.write(f"{count:,} {kind.plural.replace('_', ' ')} in {to}: {told}\n")
