"""Examples are whole programs: they run as they stand, on a sandbox that they start themselves."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from anypsa import ConfigurationError
from anypsa_apps.scaffolding import new_adapter

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


def as_if_installed(folder: Path, name: str, source: Path) -> str:
    """A PYTHONPATH on which a distribution's entry points are those of its pyproject, as its wheel's would be."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    metadata = folder / f"{name}-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
    points = project["entry-points"].items()
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items()) for group, entries in points
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    return f"{source / 'src'}:{folder}"


def outcome_of(source: Path, tmp_path: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PYTHONPATH": as_if_installed(tmp_path, name, source), "HOME": str(tmp_path)},
    )


def test_the_toy_adapter_passes_the_suite(tmp_path: Path) -> None:
    """One face and the cheap checks; all of it runs from wheels, outside the workspace."""
    done = outcome_of(
        ROOT / "examples/toypsa", tmp_path, "anypsa_toypsa", "conformance", "-k", "blocking and not faults"
    )

    assert done.returncode == 0, done.stdout
    assert "core complete" in done.stdout
    assert "not supported" in done.stdout  # what was left out is told, and not taken for passed


def test_a_new_adapter_passes_its_tests_at_once(tmp_path: Path) -> None:
    source = tmp_path / "anypsa-acme_desk"
    new_adapter("acme_desk", source)

    done = outcome_of(source, tmp_path, "anypsa_acme_desk", "tests")

    assert done.returncode == 0, done.stdout


def test_a_new_adapter_is_written_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(ConfigurationError):
        new_adapter("acme", tmp_path)
    with pytest.raises(ConfigurationError):
        new_adapter("Acme Desk", tmp_path / "other")
