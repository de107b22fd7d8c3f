"""Every Python snippet of the docs runs as it stands, against a sandbox, and prints what the page says it prints;
generated pages are what the code says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anypsa_sandbox import Sandbox

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SNIPPET = re.compile(r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.DOTALL | re.MULTILINE)
COMMANDS = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
sys.path.insert(0, str(ROOT / "docs" / "tools"))


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def connectable(start_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sandbox]:
    """Starts a vendor's sandbox and puts what connects to it into the environment."""

    def connectable(vendor: str, tickets: int = 500) -> Sandbox:
        sandbox = start_sandbox(vendor, tickets=tickets)
        for name, value in {**sandbox.settings, "ledger": "memory"}.items():
            monkeypatch.setenv(f"ANYPSA_{vendor.upper()}_{name.upper()}", value)
        return sandbox

    return connectable


@pytest.mark.parametrize("page", [page for page in PAGES if SNIPPET.search(page.read_text())], ids=named)
def test_the_snippets_of_a_page_run_in_order(
    page: Path,
    connectable: Callable[..., Sandbox],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path))
    as_served = 2_000  # by `anypsa sandbox`
    connectable("halopsa" if page.stem == "halopsa" else "autotask", as_served if page.stem == "tutorial" else 500)
    namespace: dict[str, Any] = {"__name__": "snippet"}
    for snippet, printed in SNIPPET.findall(page.read_text()):
        capsys.readouterr()
        exec(compile(snippet, named(page), "exec", dont_inherit=True), namespace)
        assert not printed or capsys.readouterr().out == printed


def test_the_commands_of_the_how_to_run_in_a_shell(connectable: Callable[..., Sandbox], tmp_path: Path) -> None:
    sandbox = connectable("autotask")
    blocks = COMMANDS.findall((ROOT / "docs" / "how-to" / "command-line.md").read_text())
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "ANYPSA_ADAPTER": "autotask"}
    done = subprocess.run(
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**os.environ, **path},
        check=False,
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr.decode()
    assert [row["body"] for row in sandbox.world().rows("notes")].count("Looked at it, line is fine.") == 1


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_into_a_page_lead_to_one_of_its_headings(page: Path) -> None:
    def anchors(target: str) -> set[str]:
        linked = page.parent / target if target else page
        return {
            re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", one).strip().lower())
            for one in HEADING.findall(linked.read_text())
        }

    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)

    assert [(target, anchor) for target, anchor in ANCHOR.findall(text) if anchor not in anchors(target)] == []


def test_generated_pages_are_current_and_every_fault_and_attack_has_a_test_or_a_reason() -> None:
    """One test, since both ask pytest to collect all tests, which takes long."""
    import generate
    import trust

    stale = [name for name in generate.PAGES if (generate.REFERENCE / name).read_text() != generate.page(name)]

    assert stale == [], "run: uv run python docs/tools/generate.py"
    assert trust.problems() == []
