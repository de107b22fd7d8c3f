"""The pytest plugin: chooses what drives the checks, gathers their results, and writes the report.

Five results: pass, fail, not supported (the capability is not declared), skipped (with a written reason), error (the
harness's: the adapter is not judged). Exit codes: 0 all well, 1 a check failed, 20 only the harness erred.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from anypsa.plugins import installed

from .checks import UNSUPPORTED, Check, Driver
from .harness import HarnessError
from .reporting import told, totals

if TYPE_CHECKING:
    from anypsa.spi import Adapter

    from .kit import Kit

PROPERTY: Final = "anypsa-conformance"
VERDICT: Final = "anypsa-conformance-result"
HARNESS_ERRED: Final = 20
DEFAULT: Final = "default"
# What the tests of the suite are driven by.
DRIVERS: Final[Mapping[str, Driver]] = {
    "test_over_its_recording": Driver.CASSETTE,
    "test_over_its_sandbox": Driver.SANDBOX,
    "test_through_faults": Driver.FAULTS,
    "test_over_a_tenant": Driver.TENANT,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options, each also a line of pytest's configuration where an adapter would always give it."""
    group = parser.getgroup("anypsa's conformance suite")
    drivers = (DEFAULT, *(one.value for one in Driver))
    group.addoption("--conformance-report", default=None, help="write the report to this JSON file")
    group.addoption(
        "--conformance-driver",
        choices=drivers,
        default=None,
        help="what answers: default is recordings where there may be some, else sandboxes, and servers of faults; "
        "sandbox takes no recordings",
    )
    group.addoption("--conformance-kit", default=None, help="the module that names KIT, if no fixture `kit` does")
    parser.addini(
        "conformance_driver", "what answers the checks, if --conformance-driver does not say", default=DEFAULT
    )


@pytest.fixture(scope="session", name="kit")
def kit_of_the_command_line(pytestconfig: pytest.Config) -> Kit:
    """The kit that `--conformance-kit` names; an adapter's own fixture comes before it."""
    from .kit import load

    path = pytestconfig.getoption("--conformance-kit")
    if path is None:
        pytest.exit(
            "name the adapter's kit: --conformance-kit=path/to/kit.py, or a session fixture `kit`", HARNESS_ERRED
        )
    try:
        return load(Path(path))
    except HarnessError as error:
        pytest.exit(str(error), HARNESS_ERRED)  # without a kit there is nothing to check


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests of the suite that another driver than the chosen one would drive."""
    chosen = config.getoption("--conformance-driver") or config.getini("conformance_driver")
    out = [item for item in items if not chosen_for(chosen, item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def chosen_for(chosen: str, item: pytest.Item) -> bool:
    """Whether a test runs under the chosen driver; tests that are not the suite's always do."""
    driver = DRIVERS.get(getattr(item, "originalname", ""))
    check = getattr(item, "callspec", None) and item.callspec.params.get("check")  # type: ignore[attr-defined]  # functions have it
    if driver is None or not isinstance(check, Check):
        return True
    if chosen == DEFAULT:
        return driver in (Driver.CASSETTE, Driver.FAULTS) or (
            driver is Driver.SANDBOX and Driver.CASSETTE not in check.drivers
        )
    return driver == chosen or (chosen == Driver.SANDBOX and driver is Driver.FAULTS)


def noting(  # the facts of a check that is under way
    request: pytest.FixtureRequest,
    kit: Kit,
    check: Check,
    face: str,
    *,
    evidence: str,
    recorded: str | None = None,
) -> None:
    """Tells the report what is being checked, and what the result will be evidence of."""
    facts = {
        "adapter": kit.adapter.name,
        "version": version_of(kit.adapter),
        "spi": kit.adapter.spi_version,
        "offers": sorted(offered(kit)),
        "check": check.id,
        "needs": check.needs,
        "promise": check.promise,
        "level": check.level.value,
        "provisional": check.provisional,
        "face": face,
        "evidence": evidence,
        "recorded": recorded,
    }
    # As JSON, since JUnit's files tell properties as text.
    request.node.user_properties.append((PROPERTY, json.dumps(facts)))


def offered(kit: Kit) -> Iterator[str]:
    """The capabilities that an adapter declares."""
    from anypsa.spi import Verb

    yield from kit.adapter.offers
    for table in kit.adapter.tables.values():
        yield from (f"{table.kind.plural}.{str(verb.name).lower()}" for verb in Verb if verb in table.verbs)


def version_of(adapter: type[Adapter]) -> str:
    """The version of the distribution that brings an adapter."""
    entry = installed().get(adapter.name)
    return entry.dist.version if entry is not None and entry.dist is not None else "not installed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Adds the verdict to the report of a check."""
    report: pytest.TestReport = yield
    error = call.excinfo.value if call.excinfo else None
    if any(name == PROPERTY for name, _ in report.user_properties) and (report.when == "call" or not report.passed):
        report.user_properties.append((VERDICT, json.dumps(verdict(report, error))))
    if isinstance(error, HarnessError):
        report.longrepr = f"the harness: {error}"  # where it was raised says nothing to whoever supplies known data
    return report


def verdict(report: pytest.TestReport, error: BaseException | None) -> dict[str, str]:
    """One of the five results, and the reason of one that was skipped."""
    if report.passed:
        return {"result": "pass", "reason": ""}
    if report.skipped:
        reason = str(getattr(error, "msg", ""))
        return {"result": UNSUPPORTED if reason.startswith(UNSUPPORTED) else "skipped", "reason": reason}
    erred = isinstance(error, HarnessError) or (
        isinstance(error, BaseExceptionGroup) and error.subgroup(HarnessError) is not None
    )
    return {"result": "error" if erred else "fail", "reason": type(error).__name__}


def entries(reports: Any) -> list[dict[str, Any]]:
    """What tests noted of their checks, with the results."""
    noted = [dict(getattr(report, "user_properties", ())) for report in reports]
    found = [
        {**json.loads(one[PROPERTY]), **json.loads(one[VERDICT])} for one in noted if one.keys() >= {PROPERTY, VERDICT}
    ]
    return sorted(found, key=lambda one: (one["adapter"], one["check"], one["face"], one["evidence"]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tells an error of the harness apart: nothing failed, but the adapter is not judged."""
    shown = session.config.pluginmanager.get_plugin("terminalreporter")
    if shown is None or session.exitstatus != pytest.ExitCode.TESTS_FAILED:
        return
    bad = [report for name in ("failed", "error") for report in shown.stats.get(name, ())]
    told = [dict(getattr(report, "user_properties", ())).get(VERDICT, "{}") for report in bad]
    if told and {json.loads(one).get("result") for one in told} == {"error"}:
        session.exitstatus = HARNESS_ERRED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Shows and writes what the checks came to."""
    found = entries(report for reports in terminalreporter.stats.values() for report in reports)
    if not found:
        return
    terminalreporter.section("conformance")
    report = told(found)
    for adapter in report["adapters"]:
        terminalreporter.line(totals(adapter))
    if target := config.getoption("--conformance-report"):
        Path(target).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
