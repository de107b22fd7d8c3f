"""Users' own tests: a project of theirs, with our fixtures and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from anypsa_sandbox import Sandbox

pytest_plugins = ["pytester"]
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "test-your-automation.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
VENDORS = ("autotask", "connectwise", "halopsa")
RECORDED = """
    import pytest
    from anypsa import Visibility, q

    @pytest.mark.parametrize("vendor", ["autotask", "connectwise", "halopsa"])
    def test_it(recorded, vendor):
        with recorded(vendor) as psa:
            tickets = psa.tickets.list(q.state == "open").all()
            psa.notes.create(ticket=tickets[0], body="Seen.", visibility=Visibility.INTERNAL)
            assert tickets[0].title and psa.companies.get(tickets[0].company).name
"""


@pytest.fixture
def connectable(start_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch) -> dict[str, Sandbox]:
    """A sandbox of each vendor, which the environment says how to reach."""
    sandboxes = {vendor: start_sandbox(vendor, tickets=20) for vendor in VENDORS}
    for vendor, sandbox in sandboxes.items():
        for name, value in sandbox.settings.items():
            monkeypatch.setenv(f"ANYPSA_{vendor.upper()}_{name.upper()}", value)
    return sandboxes


def run(project: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    project.makepyfile(test_mine=dedent(tests))
    return project.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *options)


@pytest.mark.row("N20", call="the pytest fixtures psa, sandbox, chaos, clock and recorded")
def test_the_tests_of_the_how_to_pass_as_they_stand_on_every_vendor(
    pytester: pytest.Pytester, connectable: dict[str, Sandbox]
) -> None:
    ours = f"anypsa_sandboxes={' '.join(VENDORS)}"  # other tests of the same process install dialects of their own
    run(pytester, "".join(SNIPPETS), "--anypsa-record", "-o", ours).assert_outcomes(passed=11)


def test_a_recording_is_played_without_network_and_without_credentials(
    pytester: pytest.Pytester, connectable: dict[str, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pytester, RECORDED, "--anypsa-record").assert_outcomes(passed=3)
    kept = "".join(path.read_text() for path in (pytester.path / "recordings").iterdir())
    for vendor, sandbox in connectable.items():
        sandbox.control.clear_log()
        for name, value in sandbox.settings.items():
            assert "url" in name or name in ("company", "tenant") or value not in kept
            monkeypatch.delenv(f"ANYPSA_{vendor.upper()}_{name.upper()}")

    run(pytester, RECORDED).assert_outcomes(passed=3)
    assert [sandbox.control.calls() for sandbox in connectable.values()] == [[], [], []]


def test_what_was_not_recorded_fails_the_test_and_says_what_to_do(pytester: pytest.Pytester) -> None:
    done = run(pytester, 'def test_it(recorded):\n    with recorded("autotask") as psa:\n        psa.tickets.first()')

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*NotRecorded*--anypsa-record*"])
