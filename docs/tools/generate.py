"""Generates the reference pages that come from code: `uv run python docs/tools/generate.py`; a test keeps them current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from inspect import getdoc
from pathlib import Path

import audits
import commands
import tools
import trust
from remedies import REMEDIES

import anypsa
from anypsa import Action, Effect, Visibility
from anypsa.policy import COLUMNS, CONTRACT_KINDS, MATRIX, TERMS
from anypsa.settings import Settings
from anypsa.spi import Table, Verb
from anypsa_apps.policies import FARED, fared
from anypsa_automation import SensitiveTickets
from anypsa_automation.measuring import measured
from anypsa_automation.stages import LADDER, SCHEDULE, Stage, Terms
from anypsa_autotask import Autotask
from anypsa_autotask.tables import TABLES
from anypsa_conformance import contract
from anypsa_connectwise.tables import TABLES as CONNECTWISE_TABLES
from anypsa_halopsa.tables import TABLES as HALO_TABLES

REFERENCE = Path(__file__).parent.parent / "reference"


def autotask() -> Iterator[str]:
    yield "# Autotask's fields"
    yield "\nGenerated from the adapter's field tables. *Filtered* says how far the vendor itself filters by a field;\nwhat it does not is filtered here.\n"
    for table in TABLES.values():
        yield from entity(table, "Autotask's")


def halopsa() -> Iterator[str]:
    yield "# HaloPSA's fields"
    yield "\nGenerated from the adapter's field tables. HaloPSA filters by few of them; the rest is filtered here.\n"
    for table in HALO_TABLES.values():
        yield from entity(table, "HaloPSA's")


def connectwise() -> Iterator[str]:
    yield "# ConnectWise PSA's fields"
    yield "\nGenerated from the field tables of the adapter, which is a preview. ConnectWise is asked to filter by ids, flags\nand times; the rest is filtered here.\n"
    for table in CONNECTWISE_TABLES.values():
        yield from entity(table, "ConnectWise's")


def entity(table: Table, whose: str) -> Iterator[str]:
    verbs = ", ".join(str(verb.name).lower() for verb in Verb if verb in table.verbs)
    yield f"## {table.kind.plural}\n"
    yield (
        f"`{table.path}`"
        + (f", written below `{table.write_path}`" if table.write_path else "")
        + f". Verbs: {verbs}.\n"
    )
    yield f"| field | {whose} | holds | filtered | written |"
    yield "| --- | --- | --- | --- | --- |"
    for field in table.fields:
        written = "yes" if field.writable and field.name in table.kind.creatable | table.kind.changeable else ""
        holds = table.kind.traits[field.name].sort.value
        yield f"| `{field.name}` | `{field.wire}` | {holds} | {field.filter.value} | {written} |"
    yield ""


def settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Generated from `anypsa_autotask.Autotask`. Each can be an argument of `connect`, an environment variable"
    yield "(`ANYPSA_AUTOTASK_<SETTING>`), or a line of a profile.\n"
    yield "| setting | default | also read from |"
    yield "| --- | --- | --- |"
    for name, field in Autotask.model_fields.items():
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
        customary = f"`{Autotask.customary[name]}`" if name in Autotask.customary else ""
        yield f"| `{name}` | {default} | {customary} |"
    yield f"\n{getdoc(Settings)}"


def errors() -> Iterator[str]:
    yield "# Errors\n"
    yield "Generated from `anypsa.errors`.\n"
    yield "```text"
    yield from (line.removeprefix("    ") for line in (anypsa.errors.__doc__ or "").split("\n\n")[1].splitlines())
    yield "```\n"
    yield "| error | what it means | what to do | `retryable`, unless told otherwise |"
    yield "| --- | --- | --- | --- |"
    for name in anypsa.__all__:
        kind = getattr(anypsa, name)
        if isinstance(kind, type) and issubclass(kind, anypsa.PSAError):
            words = " ".join((kind.__doc__ or "").split())
            again = kind.retryable_by_default and kind is not anypsa.DeadlineExceeded  # its time is spent
            yield f"| `{name}` | {words} | {REMEDIES[name]} | {'yes' if again else ''} |"
    yield "\nEvery error has `tried`, `said` (the vendor's own words), `problems` (field, value, allowed values), `hint`,"
    yield "`retryable` and `status`. The [command line](command-line.md) exits with a code by meaning."


def policies() -> Iterator[str]:
    yield "# What the presets decide\n"
    yield "Generated from `anypsa.policy.MATRIX`, which is tested cell by cell; `anypsa policy matrix` prints it."
    yield "[Policies](../explanation/policies.md) says what the words mean. The ticket is open.\n"
    yield f"| what | {' | '.join(f'`{preset}`' for preset in COLUMNS)} |"
    yield f"| --- {'| --- ' * len(COLUMNS)}|"
    yield from (f"| {case.what} | {' | '.join(case.verdicts)} |" for case in MATRIX)
    yield "\n## What contracts say\n"
    yield "Generated from `anypsa.policy.TERMS`, tested cell by cell on the sandboxes of Autotask and HaloPSA;"
    yield "`anypsa policy matrix --contracts` prints it. [Contracts](../explanation/contracts.md) says what the words mean.\n"
    yield f"| what | {' | '.join(one.replace('_', ' ') for one in CONTRACT_KINDS)} |"
    yield f"| --- {'| --- ' * len(CONTRACT_KINDS)}|"
    yield from (f"| {operation} | {' | '.join(terms)} |" for operation, terms in TERMS.items())
    yield "\n## How well sensitive tickets are found\n"
    yield "Generated from `anypsa_automation.labelled`; `anypsa policy sensitive` measures and prints it. No rule was changed to fit"
    yield "the held-out texts, so theirs are the figures to go by; [Sensitive tickets](../how-to/sensitive.md) says what follows.\n"
    yield f"| {' | '.join(FARED)} |"
    yield f"| --- {'| --- ' * (len(FARED) - 1)}|"
    yield from (f"| {' | '.join(fared(one))} |" for one in measured(SensitiveTickets()))


def stages() -> Iterator[str]:
    yield "# What stages let happen\n"
    yield "Generated from `anypsa_automation.stages.LADDER`, `SCHEDULE` and `Terms`. The stricter of the stage and the"
    yield "[policy](policies.md) counts; [Stages](../explanation/stages.md) explains what is measured.\n"
    yield f"| stage | {' | '.join(WRITES)} | lasts at the least |"
    yield f"| --- {'| --- ' * (len(WRITES) + 1)}|"
    for stage in Stage:
        verdicts = [str(LADDER[stage].explain(effect).verdict) for effect in WRITES.values()]
        lasts = f"{SCHEDULE[stage].days} days" if stage in SCHEDULE else ""
        yield f"| {stage} | {' | '.join(verdicts)} | {lasts} |"
    yield "\n*auto*: it happens; *approval*: a person approves it first; *predict*: it is kept, and not written.\n"
    yield "## Terms\n"
    yield "| term | value |"
    yield "| --- | --- |"
    for name, value in vars(Terms()).items():
        if name != "schedule":
            yield f"| `{name}` | {f'{value.days} days' if isinstance(value, timedelta) else value} |"
    yield f"\n{getdoc(Terms)}"


WRITES = {
    "an internal note": Effect(
        Action.CREATE, "note", fields=frozenset({"ticket", "body"}), visibility=Visibility.INTERNAL
    ),
    "another note": Effect(Action.CREATE, "note", fields=frozenset({"ticket", "body"}), visibility=Visibility.PUBLIC),
    "a change of a ticket": Effect(Action.UPDATE, "ticket", "1", frozenset({"queue"})),
    "a time entry": Effect(Action.CREATE, "time_entry", fields=frozenset({"ticket", "duration"})),
    "anything else": Effect(Action.UNKNOWN, "unknown"),
}
PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "adapter.md": contract.reference,
    "audits.md": audits.page,
    "command-line.md": commands.page,
    "tools.md": tools.page,
    "trust.md": trust.page,
    "autotask.md": autotask,
    "connectwise.md": connectwise,
    "halopsa.md": halopsa,
    "settings.md": settings,
    "errors.md": errors,
    "policies.md": policies,
    "stages.md": stages,
}


def page(name: str) -> str:
    """One page's text."""
    return "\n".join(PAGES[name]()).rstrip() + "\n"


if __name__ == "__main__":
    for name in PAGES:
        (REFERENCE / name).write_text(page(name), encoding="utf-8")
