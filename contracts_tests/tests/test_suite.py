"""The suite itself: its checks answer to the contract, its report is arithmetic, and its exit codes tell things apart."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anypsa.plugins import installed
from anypsa.spi import Adapter
from anypsa_conformance import CHECKS, HarnessError, Level, promises
from anypsa_conformance.__main__ import main
from anypsa_conformance.catalogue import ATTESTED
from anypsa_conformance.contract import PROMISE
from anypsa_conformance.kit import load
from anypsa_conformance.reporting import page, told
from anypsa_conformance.suite import FROM

ROOT = Path(__file__).parents[2]
KIT = ROOT / "adapters/halopsa/conformance/kit_halopsa.py"
ALL = [*CHECKS.values(), ATTESTED] if FROM else []


def test_every_promise_of_the_contract_has_a_check_and_every_check_a_promise_that_is_made() -> None:
    assert {id for check in ALL for id in check.proves} == set(promises())


def test_every_method_of_the_contract_makes_a_promise() -> None:
    methods = {name: one for name, one in vars(Adapter).items() if inspect.isfunction(one) and not name.startswith("_")}

    assert [name for name, one in methods.items() if PROMISE.search(inspect.getdoc(one) or "") is None] == []


def test_every_adapter_is_put_through_the_faults_that_it_gets_for_free() -> None:
    survived = {id for check in ALL for id in check.survives}

    assert FREE - NOT_AN_ADAPTERS.keys() <= survived
    assert NOT_AN_ADAPTERS.keys() & survived == set()


FREE = {
    *(f"F{number}" for number in (*range(1, 18), 20, 21)),
    *(f"T{number}" for number in range(1, 8)),
    *("P2", "P3", "P4", "P10", "I1", "I2", "I3", "I4", "I5", "A1", "A2", "A3", "A4"),
}
NOT_AN_ADAPTERS = {
    "F15": "certificates are verified by the wire, which no adapter can reach; core/anypsa/tests/test_wire_faults.py",
    "F17": "where a tenant is, is each vendor's own question; the adapters' own tests ask it",
}


def test_every_check_says_what_it_checks_and_names_one_of_the_ten_promises() -> None:
    slugs = "complete filters visibility once limits policy errors absent tenants faces".split()

    assert [check.id for check in ALL if check.promise not in slugs] == []
    assert [check.id for check in CHECKS.values() if check.sentence == check.id or not check.drivers] == []


def test_no_vendor_is_named_in_the_suite() -> None:
    sources = (ROOT / "contracts_tests/src/anypsa_conformance").glob("*.py")
    texts = {
        path.name: path.read_text().casefold() for path in sources if path.name not in ("linting.py", "cassettes.py")
    }

    assert [name for name, text in texts.items() for vendor in installed() if vendor in text] == []


def test_there_are_both_levels() -> None:
    assert {check.level for check in ALL} == set(Level)


def entry(check: str, result: str, **other: Any) -> dict[str, Any]:
    known = {
        "adapter": "mine",
        "version": "1.0",
        "spi": 1,
        "offers": ["tickets.get"],
        "needs": "tickets.get",
        "promise": "errors",
        "level": "core",
        "provisional": False,
        "face": "trio",
        "evidence": "sandbox",
        "recorded": None,
        "reason": "",
    }
    return {**known, "check": check, "result": result, **other}


@pytest.mark.parametrize(
    ("results", "core"),
    [
        (["pass", "pass"], "complete"),
        (["pass", "skipped"], "partial"),
        (["pass", "not supported"], "partial"),
        (["skipped", "fail"], "failed"),
        (["pass", "error"], "not judged"),
    ],
)
def test_the_core_is_complete_only_if_all_of_it_passed(results: list[str], core: str) -> None:
    (report,) = told([entry(f"check.{number}", result) for number, result in enumerate(results)])["adapters"]

    assert report["core"]["result"] == core


def test_a_check_is_what_it_is_on_its_worst_face() -> None:
    (report,) = told([entry("one", "pass", face="asyncio"), entry("one", "fail")])["adapters"]

    assert report["checks"][0]["result"] == "fail"
    assert report["checks"][0]["faces"] == {"asyncio": "pass", "trio": "fail"}


def test_the_report_names_deviations_provisional_passes_and_what_is_not_supported() -> None:
    found = [
        entry("one", "skipped", reason="deviation: the vendor cannot"),
        entry("two", "pass", provisional=True),
        entry("three", "not supported", needs="webhooks", level="extended"),
    ]
    (report,) = told(found)["adapters"]

    assert report["deviations"] == {"one": "the vendor cannot"}
    assert report["provisional_passes"] == ["two"]
    assert report["extended"]["unsupported"] == ["webhooks"]
    assert "the vendor cannot" in page(told(found))


def test_a_page_that_says_something_else_is_found_out(tmp_path: Path) -> None:
    report, target = tmp_path / "conformance.json", tmp_path / "conformance.md"
    report.write_text(json.dumps(told([entry("one", "pass")])))

    assert main(["page", str(report), str(target), "--check"]) == 1
    assert main(["page", str(report), str(target)]) == 0
    assert main(["page", str(report), str(target), "--check"]) == 0


def test_a_kit_is_loaded_by_its_path_with_dataclasses_of_its_own() -> None:
    assert load(ROOT / "adapters/autotask/conformance/kit_autotask.py").small_pages is not None
    with pytest.raises(HarnessError):
        load(ROOT / "conftest.py")


@pytest.mark.parametrize(
    "command",
    [
        ["page", "nowhere.json", "nowhere.md"],
        ["lint", "nowhere"],
        ["record", "nowhere.py"],
        ["record", str(KIT), "tickets.get.mising"],
        ["drift", str(KIT), "--write", "tickets.create.mising"],
    ],
    ids=" ".join,
)
def test_what_there_is_not_is_told_as_the_harnesss_error(command: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(command) == 20


def test_without_a_kit_the_run_ends_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "anypsa_conformance"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)

    assert done.returncode == 20
    assert len(done.stdout.splitlines()) < 20


KIT_OF_A_THIRD_PARTY = """
import sys
from dataclasses import replace
sys.path.insert(0, {folder!r})
from kit_halopsa import KIT as ORIGINAL
KIT = replace(ORIGINAL, {changes})
"""


def run(tmp_path: Path, changes: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Runs one check of the installed suite over a kit; returns the exit code and the check's report."""
    kit, report = tmp_path / "kit_mine.py", tmp_path / "conformance.json"
    kit.write_text(KIT_OF_A_THIRD_PARTY.format(folder=str(KIT.parent), changes=changes))
    given = [f"--conformance-kit={kit}", f"--conformance-report={report}", f"--junit-xml={tmp_path / 'junit.xml'}"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "anypsa_conformance"]
    done = subprocess.run(
        [*command, *given, "-k", "tickets.get.missing-blocking", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert report.exists(), done.stdout
    assert "tickets.get.missing" in (tmp_path / "junit.xml").read_text()
    (check,) = json.loads(report.read_text())["adapters"][0]["checks"]
    return done.returncode, check


def test_the_installed_suite_runs_over_a_kit_that_is_named(tmp_path: Path) -> None:
    code, check = run(tmp_path, "")

    assert (code, check["result"]) == (0, "pass")


def test_missing_recordings_are_the_harnesss_error_and_have_their_own_exit_code(tmp_path: Path) -> None:
    code, check = run(tmp_path, f"folder=__import__('pathlib').Path({str(tmp_path)!r})")

    assert (code, check["result"]) == (20, "error")


def test_a_deviation_that_passes_fails_the_run(tmp_path: Path) -> None:
    code, check = run(tmp_path, "deviations={'tickets.get.missing': 'says so with 200'}")

    assert (code, check["result"]) == (1, "fail")


def test_a_deviation_that_fails_is_skipped_with_its_reason(tmp_path: Path) -> None:
    adapter = "adapter=type('Mine', (ORIGINAL.adapter,), {'refusal': lambda self, request, answer: None})"
    code, check = run(tmp_path, f"{adapter}, deviations={{'tickets.get.missing': 'says so with 200'}}")

    assert (code, check["result"], check["reason"]) == (0, "skipped", "deviation: says so with 200")
