"""The pytest plugin: gathers the results of checks, shows them per adapter, and writes the report.

Five results: pass, fail, not supported (the capability is not declared), skipped (with a reason), error (the harness's).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

PROPERTY: Final = "anypsa-conformance"
RESULTS: Final = ("pass", "fail", "not supported", "skipped", "error")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--conformance-report` names the file to write."""
    parser.addoption(
        "--conformance-report", default=None, help="write the results of anypsa's checks to this JSON file"
    )


def result(report: pytest.TestReport) -> str:
    """One of the five results of a check."""
    text = str(report.longrepr or "")
    if report.passed:
        return "pass"
    if report.skipped:
        return "not supported" if "not supported" in text else "skipped"
    return "error" if "HarnessError" in text else "fail"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Shows and writes what the checks came to."""
    entries = [entry for reports in terminalreporter.stats.values() for entry in map(noted, reports) if entry]
    if not entries:
        return
    terminalreporter.section("conformance")
    for adapter in sorted({entry["adapter"] for entry in entries}):
        own = [entry for entry in entries if entry["adapter"] == adapter]
        counts = Counter(entry["result"] for entry in own)
        evidence = Counter(entry["evidence"] for entry in own if entry["result"] == "pass")
        shown = ", ".join(f"{counts[one]} {one}" for one in RESULTS if counts[one])
        sources = ", ".join(f"{count} by {source}" for source, count in sorted(evidence.items()))
        terminalreporter.line(f"{adapter}: {shown} (evidence: {sources})")
    target = config.getoption("--conformance-report")
    if target:
        ordered = sorted(entries, key=lambda entry: (entry["adapter"], entry["check"], entry["face"]))
        Path(target).write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def noted(report: Any) -> dict[str, Any] | None:
    """What a test noted of its check, with its result; None for other tests and for set-up that went well."""
    properties = dict(getattr(report, "user_properties", ()))
    if PROPERTY not in properties or (report.when != "call" and report.passed):
        return None
    return {**properties[PROPERTY], "result": result(report)}
