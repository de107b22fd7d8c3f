"""Mutation testing: mutmut changes the modules that keep the promises once and limits, one thing at a time, and their
unit tests must notice. Run by `nox -s mutation`, in an environment that has mutmut.

Sources and tests of two packages are laid out in a folder of their own, since mutmut knows one project.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).parent.parent.parent
WANTED: Final = 85
"""Of a hundred mutants so many must be noticed."""
MODULES: Final[Mapping[str, Sequence[str]]] = {
    "retry": ("anypsa/session/retries.py", "anypsa/session/budget.py"),
    "limits": ("anypsa/session/limits.py", "anypsa/session/lag.py"),
    "once": ("anypsa/wire/once.py",),
    "journal": (
        *(f"anypsa/journal/{name}.py" for name in ("base", "memory", "values")),
        "anypsa_automation/journal.py",
    ),
}
TESTS: Final[Mapping[str, Sequence[str]]] = {
    "core/anypsa": (
        "test_session_retries",
        "test_budget",
        "test_session_limits",
        "test_session_turns",
        "test_wire_once",
        "test_journal",
    ),
    "core/automation": ("test_state_journal", "test_state_store"),
}
# What mutmut's numbers mean: the tests passed, or there are none. All others are a mutant that was noticed.
SURVIVED: Final = frozenset({0})
WITHOUT_TESTS: Final = frozenset({5, 33})
UNDECIDED: Final = frozenset({None, 2})


def laid_out(folder: Path, modules: Sequence[str]) -> None:
    """Lays out sources, tests and configuration."""
    shutil.rmtree(folder, ignore_errors=True)
    for package, tests in TESTS.items():
        for source in (ROOT / package / "src").iterdir():
            shutil.copytree(source, folder / "src" / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        target = folder / "tests" / Path(package).name
        target.mkdir(parents=True)
        for file in (ROOT / package / "tests").glob("*.py"):
            if file.stem in tests or not file.stem.startswith("test_"):
                shutil.copy(file, target)
    (folder / "pyproject.toml").write_text("\n".join(configuration(modules)) + "\n", encoding="utf-8")


def configuration(modules: Sequence[str]) -> Iterator[str]:
    """The lines of the configuration: mutmut's, and what our tests need of pytest's."""
    only = [f"src/{path}" for module in modules for path in MODULES[module]]
    pytest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    yield "[tool.mutmut]"
    yield 'source_paths = ["src"]'
    yield f"only_mutate = {json.dumps(only)}"
    yield 'pytest_add_cli_args = ["-p", "no:cacheprovider", "-k", "not postgresql and not kill_9 and not fork"]'
    yield 'pytest_add_cli_args_test_selection = ["tests"]'
    yield "[tool.pytest.ini_options]"
    yield f"markers = {json.dumps(pytest['markers'])}"


def exit_codes(folder: Path, path: str) -> Mapping[str, int | None]:
    """How the tests of each mutant of a file ended."""
    meta = folder / "mutants" / "src" / f"{path}.meta"
    if not meta.exists():
        return {}  # there is nothing in it that could be changed
    codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def scores(folder: Path, modules: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A figure for each module."""
    for module in modules:
        yield figure(
            module, {name: code for path in MODULES[module] for name, code in exit_codes(folder, path).items()}
        )


def figure(module: str, codes: Mapping[str, int | None]) -> dict[str, Any]:
    undecided = [name for name, code in codes.items() if code in UNDECIDED]
    if undecided or not codes:
        raise SystemExit(f"{module}: not decided: {', '.join(undecided) or 'there is no mutant'}")
    left = [name for name, code in codes.items() if code in SURVIVED | WITHOUT_TESTS]
    value = f"{100 * (len(codes) - len(left)) / len(codes):.1f} %"
    conditions = {"module": module, "of": f"{len(codes):,}"}
    return {"test": f"mutation of {module}", "what": "mutants killed", "value": value, "conditions": conditions}


def main(folder: Path, figures: Path, modules: Sequence[str]) -> None:
    """Lays out, mutates, prints the scores, and fails if one is too low."""
    laid_out(folder, modules)
    mutmut = [sys.executable, "-m", "mutmut"]
    subprocess.run([*mutmut, "run"], cwd=folder, check=True)  # noqa: S603  # our own words
    subprocess.run([*mutmut, "results"], cwd=folder, check=True)  # noqa: S603  # the same
    found = list(scores(folder, modules))
    for one in found:
        sys.stdout.write(f"{one['conditions']['module']}: {one['value']} of {one['conditions']['of']}\n")
    figures.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    if any(float(one["value"].split()[0]) < WANTED for one in found):
        raise SystemExit(f"at least {WANTED} % are wanted of each module")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:] or list(MODULES))
