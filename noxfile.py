"""All tests by `uv run nox`; single sessions by name. Sessions run in the environment that `uv run` made from uv.lock."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "docs", "wheels"]
os.environ["UV_PYTHON_DOWNLOADS"] = "never"  # a missing interpreter is told at once instead of being looked for

ROOT = Path(__file__).parent
SOURCES = [
    str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("*/*/src")) + sorted(ROOT.glob("contracts_tests/src"))
]
SUITES = [
    "core/anypsa/tests",
    "core/sandbox/tests",
    "core/apps/tests",
    "adapters/autotask/tests",
    "contracts_tests/tests",
]


@nox.session
def lint(session: nox.Session) -> None:
    """Style, layers, and a lock that fits."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", env={"PYTHONPATH": "."})
    session.run("uv", "lock", "--check", "--quiet", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, ours and those that users see."""
    session.run("mypy", *SOURCES)
    session.run("mypy", "core/anypsa/tests/typing")


@nox.session
def tests(session: nox.Session) -> None:
    """Every test in its small seeded form."""
    suites = session.posargs or [suite for suite in SUITES if (ROOT / suite).exists()]
    session.run("pytest", "-n", "auto", "-m", "not deep", *suites)


@nox.session
def conformance(session: nox.Session) -> None:
    """The promises alone, on all faces."""
    session.run("pytest", "-n", "auto", "-m", "not deep", "contracts_tests/tests", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Every snippet of the README and the docs runs; generated pages are current."""
    session.run("pytest", "docs", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """The demo."""
    session.run("anypsa", "demo", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """The wheels work when plain pip installs them outside the workspace."""
    dist, home = ROOT / "dist", Path(session.create_tmp()).resolve()
    shutil.rmtree(dist, ignore_errors=True)
    session.run("uv", "build", "--all-packages", "--wheel", "--quiet", external=True)
    session.run(sys.executable, "-m", "venv", "--clear", str(home / "plain"), external=True)
    python = home / "plain" / ("Scripts" if os.name == "nt" else "bin") / "python"
    found = sorted(str(wheel) for wheel in dist.glob("*.whl"))
    session.run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *found, external=True)
    with session.chdir(home):
        for command in (["-m", "pip", "check"], ["-c", "import anypsa, anypsa_autotask, anypsa_conformance"]):
            session.run(str(python), *command, external=True)
        session.run(str(python.parent / "anypsa"), "demo", external=True)


@nox.session
def deep(session: nox.Session) -> None:
    """The full-size forms of heavy tests; their figures go into the docs."""
    figures = Path(session.create_tmp()).resolve() / "figures.jsonl"
    figures.unlink(missing_ok=True)
    suites = session.posargs or [suite for suite in SUITES if (ROOT / suite).exists()]
    session.run("pytest", "-n", "auto", "-m", "deep", *suites, env={"ANYPSA_FIGURES": str(figures)})
    session.run(sys.executable, "docs/tools/figures.py", str(figures))
