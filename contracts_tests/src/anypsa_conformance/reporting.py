"""Reports: what results come to for each adapter, as data and as a page. Arithmetic only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from .checks import CORE

Entry = Mapping[str, Any]
RESULTS: Final = ("pass", "fail", "not supported", "skipped", "error")
ABOUT: Final = ("adapter", "version", "spi", "offers")
# The worst of a check's results on several faces is its result.
WORST: Final = ("error", "fail", "skipped", "not supported", "pass")


def told(entries: Sequence[Entry]) -> dict[str, Any]:
    """The report: identity, core and extended results, deviations, what is provisional, ages, evidence per check."""
    names = sorted({one["adapter"] for one in entries})
    return {
        "anypsa": version("anypsa"),
        "suite": version("anypsa-conformance"),
        "adapters": [of_adapter([one for one in entries if one["adapter"] == name]) for name in names],
    }


def of_adapter(entries: Sequence[Entry]) -> dict[str, Any]:
    """The report of one adapter."""
    checks = [of_check(found) for found in grouped(entries)]
    extended = [one for one in checks if one["level"] == "extended"]
    needs = {one["needs"] for one in extended} - CORE
    offers = set(entries[0]["offers"])
    return {
        **{name: entries[0][name] for name in ABOUT},
        "core": {"result": core([one for one in checks if one["level"] == "core"]), **counted(checks, "core")},
        "extended": {
            "supported": sorted(needs & offers),
            "unsupported": sorted(needs - offers),
            **counted(checks, "extended"),
        },
        "deviations": {
            one["check"]: one["reason"].removeprefix("deviation: ")
            for one in checks
            if one["reason"].startswith("deviation: ")
        },
        "provisional_passes": [one["check"] for one in checks if one["provisional"] and one["result"] == "pass"],
        "recorded": dict(sorted(Counter(day for one in checks for day in one["recorded"]).items())),
        "checks": checks,
    }


def grouped(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries of each check."""
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(one["check"], []).append(one)
    yield from (found[id] for id in sorted(found))


def of_check(entries: Sequence[Entry]) -> dict[str, Any]:
    """One check on all its faces."""
    worst = min(entries, key=lambda one: WORST.index(one["result"]))
    return {
        **{name: worst[name] for name in ("check", "promise", "level", "needs", "provisional", "result", "reason")},
        "faces": {one["face"]: one["result"] for one in entries},
        "evidence": sorted({one["evidence"] for one in entries}),
        "recorded": sorted({one["recorded"] or "not dated" for one in entries if "recording" in one["evidence"]}),
    }


def core(checks: Sequence[Mapping[str, Any]]) -> str:
    """What the core comes to: complete, partial (something is skipped or not supported), failed, or not judged."""
    results = {one["result"] for one in checks if not (one["provisional"] and one["result"] == "skipped")}
    for bad, word in (("fail", "failed"), ("error", "not judged")):
        if bad in results:
            return word
    return "complete" if results == {"pass"} else "partial"


def counted(checks: Sequence[Mapping[str, Any]], level: str) -> dict[str, int]:
    """How many checks of a level had which result."""
    counts = Counter(one["result"] for one in checks if one["level"] == level)
    return {result: counts[result] for result in RESULTS}


def totals(adapter: Mapping[str, Any]) -> str:
    """One line about an adapter."""
    counts = Counter(one["result"] for one in adapter["checks"])
    shown = ", ".join(f"{counts[one]} {one}" for one in RESULTS if counts[one])
    return f"{adapter['adapter']} {adapter['version']}: core {adapter['core']['result']}; {shown}"


MARKS: Final[Mapping[str, str]] = {"pass": "yes", "fail": "**fails**", "not supported": "-", "error": "not judged"}


def page(report: Mapping[str, Any]) -> str:
    """The support matrix as a Markdown page."""
    return "\n".join(lines(report)).rstrip() + "\n"


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    adapters = report["adapters"]
    yield "# What adapters are proved to do\n"
    yield "Written by `anypsa-conformance page` from the report of a run of the conformance suite. *Evidence* is what answered:"
    yield "attested answers are the vendor's own, recordings say where they come from, and a sandbox is its author's: evidence"
    yield "about the adapter, not about the vendor.\n"
    yield "| | " + " | ".join(one["adapter"] for one in adapters) + " |"
    yield "| --- |" + " --- |" * len(adapters)
    for words, value in SUMMARY.items():
        yield f"| {words} | " + " | ".join(value(one) for one in adapters) + " |"
    for level in ("core", "extended"):
        yield f"\n## {level.capitalize()}\n"
        yield "| check | promise | " + " | ".join(one["adapter"] for one in adapters) + " | evidence |"
        yield "| --- | --- |" + " --- |" * (len(adapters) + 1)
        yield from rows(adapters, level)
    for one in adapters:
        if one["deviations"]:
            yield f"\n## Deviations of {one['adapter']}\n"
            yield from (f"* `{check}`: {reason}" for check, reason in one["deviations"].items())


def listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "-"


SUMMARY: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "version": lambda one: f"{one['version']} (interface {one['spi']})",
    "core": lambda one: f"**{one['core']['result']}**",
    "extended, supported": lambda one: listed(one["extended"]["supported"]),
    "extended, not supported": lambda one: listed(one["extended"]["unsupported"]),
    "deviations": lambda one: str(len(one["deviations"])),
    "provisional checks passed": lambda one: listed(one["provisional_passes"]),
    "recordings by day": lambda one: ", ".join(f"{day} ({count})" for day, count in one["recorded"].items()) or "-",
}


def rows(adapters: Sequence[Mapping[str, Any]], level: str) -> Iterator[str]:
    by_adapter = [{one["check"]: one for one in adapter["checks"] if one["level"] == level} for adapter in adapters]
    for id in sorted({id for checks in by_adapter for id in checks}):
        known = [checks[id] for checks in by_adapter if id in checks]
        marks = [mark(checks.get(id)) for checks in by_adapter]
        evidence = sorted({word for one in known for word in one["evidence"]})
        yield f"| `{id}` | {known[0]['promise']} | {' | '.join(marks)} | {'; '.join(evidence)} |"


def mark(check: Mapping[str, Any] | None) -> str:
    if check is None:
        return ""
    return MARKS.get(check["result"]) or check["reason"].partition(":")[0].partition(",")[0]
