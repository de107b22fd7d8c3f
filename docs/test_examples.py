"""Examples are whole programs: they run as they stand, on a sandbox that they start themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAMS = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_it_runs(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"XDG_STATE_HOME": str(tmp_path), "PYTHONUTF8": "1"},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr == ""


def test_the_toy_adapter_passes_its_tests(tmp_path: Path) -> None:
    """As if it were installed: its entry point is read from the metadata that a wheel would have."""
    toypsa = ROOT / "examples/toypsa"
    metadata = tmp_path / "anypsa_toypsa-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: anypsa-toypsa\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[anypsa.adapters]\ntoypsa = toypsa\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(toypsa / "tests")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": f"{toypsa / 'src'}:{tmp_path}", "HOME": str(tmp_path)},
    )

    assert done.returncode == 0, done.stdout
