"""All tests by `uv run nox`; single sessions by name. Sessions run in the environment that `uv run` made from uv.lock."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "docs", "wheels"]
os.environ["UV_PYTHON_DOWNLOADS"] = "never"  # a missing interpreter is told at once instead of being looked for
# Containers often set this; every worker, and every program that a test starts, would compile all libraries anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).parent
PACKAGES = [project.parent for project in sorted([*ROOT.glob("*/*/pyproject.toml"), *ROOT.glob("*/pyproject.toml")])]
MEMBERS = [package for package in PACKAGES if "examples" not in package.parts]
SOURCES = [str((package / "src").relative_to(ROOT)) for package in MEMBERS]
SUITES = [str((package / "tests").relative_to(ROOT)) for package in MEMBERS if (package / "tests").exists()]
SUITES += ["bench", "docs", "examples/tests"]
CONFORMANCE = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("adapters/*/conformance"))]
EXAMPLES = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("examples/*.py"))] + ["examples/toypsa/src"]
MATRIX = "docs/reference/conformance.md"
OTHER_PYTHONS = ["3.12", "3.13"]
SEED = os.environ.setdefault("ANYPSA_SEED", "20261124")
# Tests wait for servers, deadlines and back-off more than they compute.
WORKERS = str(3 * (os.cpu_count() or 1))
PYTEST = ["pytest", "-n", WORKERS, f"--hypothesis-seed={SEED}"]
# Every check runs on every face over its recording. Where servers take part, trio, whose wire is asyncio's, runs in
# `deep`; what broken networks do is the library's, and is tried on every face by contracts_tests and `deep`.
QUICK = "not (trio and over_its_sandbox) and not ((trio or asyncio) and through_faults)"


@nox.session
def lint(session: nox.Session) -> None:
    """Style, layers, what must not stand anywhere, recordings without secrets, and a lock that fits."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", silent=True)
    unverified = unverified_connections()
    if unverified:
        session.error(f"certificates are verified everywhere, but not here: {', '.join(unverified)}")
    session.run("anypsa-conformance", "lint", *CONFORMANCE)
    session.run("uv", "lock", "--check", "--quiet", external=True)


def unverified_connections() -> list[str]:
    """Files that switch off the verification of certificates; ruff knows this for requests and httpx only."""
    off = re.compile(r"\bverify\s*=\s*(?:False|0)\b|CERT_NONE|check_hostname\s*=\s*False")
    folders = ("core", "adapters", "contracts_tests", "examples", "docs")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in files if off.search(path.read_text(encoding="utf-8"))]


@nox.session
def types(session: nox.Session) -> None:
    """Strict types: ours, and those that users see."""
    session.run("mypy", *SOURCES, "core/anypsa/tests/typing")
    session.run("mypy", "noxfile.py", "conftest.py", "bench", *EXAMPLES)


@nox.session
def tests(session: nox.Session) -> None:
    """Every test in its small seeded form."""
    if session.posargs:
        session.run(*PYTEST, "-m", "not deep", *session.posargs)
        return
    session.env["PYTHONPATH"] = "docs/tools"
    report = report_of(session)
    proved = ["-p", "rows", "--rows=check", f"--conformance-report={report}"]
    session.run(*PYTEST, *proved, "-m", "not deep", "-k", QUICK, *SUITES, *CONFORMANCE)
    session.run("anypsa-conformance", "page", str(report), MATRIX, "--check")


def report_of(session: nox.Session) -> Path:
    """Where the results of the conformance suite are put. Not in the session's own temporary folder, which is within
    this project: programs that tests start elsewhere would find our configuration there."""
    return Path(session.cache_dir).resolve() / "conformance.json"


def chosen(session: nox.Session, name: str, **more: Any) -> tuple[argparse.Namespace, list[str]]:
    """What a session was asked for by name, `--adapter` among it, and all else."""
    parser = argparse.ArgumentParser(f"nox -s {name} --", allow_abbrev=False)
    parser.add_argument("--adapter", action="append")
    for option, how in more.items():
        parser.add_argument(f"--{option}", **how)
    return parser.parse_known_args(session.posargs)


@nox.session
def rows(session: nox.Session) -> None:
    """Writes docs/reference/rows.md from a run of the tests that prove rows."""
    session.env["PYTHONPATH"] = "docs/tools"
    session.run(*PYTEST, "-p", "rows", "--rows=write", "-m", "row and not deep", *SUITES, *CONFORMANCE)


@nox.session(venv_backend="uv", python=OTHER_PYTHONS, name="tests-on")
def tests_on(session: nox.Session) -> None:
    """The tests on another Python, which has to be installed: `nox -s tests-on-3.13`."""
    environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
    python = f"--python={session.virtualenv.location}"
    session.run("uv", "sync", "--frozen", "--quiet", python, env=environment, external=True)
    session.run(*PYTEST, "-m", "not deep", *(session.posargs or SUITES))


@nox.session
def conformance(session: nox.Session) -> None:
    """Adapters through the suite on every face: recordings, sandboxes, faults. `-- --adapter halopsa --driver sandbox`
    chooses; `-- --write` writes the support matrix, which must be what a run of everything comes to."""
    asked, others = chosen(session, "conformance", driver={"default": "default"}, write={"action": "store_true"})
    suites = [path for path in CONFORMANCE if asked.adapter is None or Path(path).parent.name in asked.adapter]
    if not suites:
        session.error(f"no such adapter: {', '.join(asked.adapter)}")
    report = report_of(session)
    results = [f"--conformance-driver={asked.driver}", f"--conformance-report={report}"]
    session.run(*PYTEST, *results, f"--junit-xml={report.with_suffix('.xml')}", *suites, *others)
    if asked.write or not session.posargs:
        session.run("anypsa-conformance", "page", str(report), MATRIX, *([] if asked.write else ["--check"]))


@nox.session(venv_backend="uv")
def bench(session: nox.Session) -> None:
    """Us, a loop by hand and other people's clients side by side; `-- a d` repeats single tasks. Writes the page."""
    environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
    session.run("uv", "sync", "--frozen", "--quiet", "--group=peers", "--no-group=dev", env=environment, external=True)
    session.run("python", "-m", "bench", *(session.posargs or ["--write"]))


@nox.session
def replay(session: nox.Session) -> None:
    """Adapters over their recordings only, on all faces: no server, no network, well under a minute."""
    session.run(*PYTEST, "--conformance-driver=cassette", *CONFORMANCE, *session.posargs)


@nox.session
def thirdparty(session: nox.Session) -> None:
    """Other people's clients complete their basic calls against our sandboxes; not run where they cannot be had."""
    for script in sorted(ROOT.glob("adapters/*/thirdparty/run.py")):
        session.run("python", str(script.relative_to(ROOT)), *session.posargs)


@nox.session
def record(session: nox.Session) -> None:
    """Records the suite's cassettes anew, against the sandboxes; `-- --adapter halopsa --tenant` one against a live tenant.
    Without arguments also the storm that our own writes cause."""
    asked, others = chosen(session, "record")
    for kit in sorted(ROOT.glob("adapters/*/conformance/kit_*.py")):
        if asked.adapter is None or kit.parent.parent.name in asked.adapter:
            session.run("anypsa-conformance", "record", str(kit), *others)
    if not session.posargs:
        session.run("python", "core/automation/tests/own_storm.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The site and the changelog build. That snippets run, and generated pages are current, is among the tests."""
    session.run("towncrier", "build", "--draft", "--version", "check", silent=True)
    site = ROOT / "site"
    shutil.rmtree(site, ignore_errors=True)
    session.run("zensical", "build", "--clean")  # not strict: pages link to sources, which are not on the site


@nox.session
def tutorial(session: nox.Session) -> None:
    """The tutorial as a stranger follows it: a fresh clone of what is committed, everything downloaded anew, and timed."""
    session.run("python", "docs/tools/five_minutes.py", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The web pages and the docs in Chromium, which Debian's package brings where there is none; pictures go to
    `site/screenshots`."""
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        session.run("apt-get", "install", "--yes", "--no-install-recommends", "chromium", external=True)
    pictures = {"ANYPSA_SCREENSHOTS": str(ROOT / "site/screenshots")}
    session.run("zensical", "build", "--clean", silent=True)
    session.run("python", "docs/tools/look.py")
    session.run(*PYTEST, "-n", "0", "-k", "browser", "core/apps", *session.posargs, env=pictures)


@nox.session
def demo(session: nox.Session) -> None:
    """The demo."""
    session.run("anypsa", "demo", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """The wheels hold what they should, and work when plain pip installs them outside the workspace."""
    dist, home = ROOT / "dist", Path(session.create_tmp()).resolve()
    shutil.rmtree(dist, ignore_errors=True)
    session.run("uv", "build", "--all-packages", "--quiet", external=True)
    built = sorted(dist.glob("*.whl"))
    problems = [problem for wheel in built for problem in missing_from(wheel)]
    if problems or len(built) != len(MEMBERS):
        session.error("; ".join(problems) or f"{len(MEMBERS)} packages made {len(built)} wheels")
    session.run(sys.executable, "-m", "venv", "--clear", str(home / "plain"), external=True)
    scripts = home / "plain" / ("Scripts" if os.name == "nt" else "bin")
    python, anypsa = str(scripts / "python"), str(scripts / "anypsa")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    session.run(*pip, "install", *map(str, built), external=True)
    with session.chdir(home):
        session.run(*pip, "check", external=True)
        session.run(python, "-W", "error", "-c", IMPORTED_FROM_WHEELS, *IMPORTS, external=True)
        session.run(anypsa, "--help", external=True, silent=True)
        session.run(anypsa, "demo", external=True, silent=True)
    third_party(session, home, python, pip)


def third_party(session: nox.Session, home: Path, python: str, pip: list[str]) -> None:
    """An adapter of somebody else's, from its own wheel, through the suite, outside the workspace."""
    built, kit = home / "third-party", home / "conformance"
    for old in (built, kit):
        shutil.rmtree(old, ignore_errors=True)
    session.run("uv", "build", "examples/toypsa", "--wheel", "--quiet", f"--out-dir={built}", external=True)
    shutil.copytree(ROOT / "examples/toypsa/conformance", kit, ignore=shutil.ignore_patterns("__pycache__"))
    session.run(*pip, "install", *map(str, built.glob("*.whl")), external=True)
    with session.chdir(home):
        suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--conformance-driver=sandbox"]
        session.run(python, *suite, "-k", "blocking and not through_faults", "conformance", external=True)


IMPORTS = [path.name for source in SOURCES for path in (ROOT / source).glob("anypsa*")]
IMPORTED_FROM_WHEELS = """
import importlib, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert package.__file__.startswith(sys.prefix), package.__file__
"""


def missing_from(wheel: Path) -> list[str]:
    """What a wheel lacks: the marker of its types, its licence, its metadata's licence."""
    names = zipfile.ZipFile(wheel).namelist()
    wanted = {
        "py.typed": any(name.endswith("/py.typed") for name in names),
        "the licence": any(name.endswith(".dist-info/licenses/LICENSE") for name in names),
        "no tests": not any("tests/" in name for name in names),
    }
    return [f"{wheel.name} lacks {what}" for what, there in wanted.items() if not there]


@nox.session
def deep(session: nox.Session) -> None:
    """The full-size forms of heavy tests, all or some (`-- -k thousand_creates`); their figures go into the docs."""
    figures = Path(session.create_tmp()).resolve() / "figures.jsonl"
    figures.unlink(missing_ok=True)
    paths = [] if any(Path(one.partition("::")[0]).exists() for one in session.posargs) else SUITES
    # One after the other: what is measured beside another test says little.
    one_by_one = ["-n", "0"]
    session.run(*PYTEST, *one_by_one, "-m", "deep", *session.posargs, *paths, env={"ANYPSA_FIGURES": str(figures)})
    if not session.posargs:
        session.run(*PYTEST, "-k", f"not ({QUICK})", *CONFORMANCE)
    session.run("python", "docs/tools/figures.py", str(figures))


MUTMUT = "mutmut==3.8.1"


@nox.session(venv_backend="uv")
def mutation(session: nox.Session) -> None:
    """Changes retries, limits, `once` and the journals a thousandfold, or some of them (`-- retry once`), and each path, verb
    and operator of the adapters' tables (`-- tables`); their tests must notice. About twenty minutes for all."""
    environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
    session.run("uv", "sync", "--frozen", "--quiet", env=environment, external=True)
    session.install(MUTMUT)
    folder = Path(session.create_tmp()).resolve()
    figures = folder / "mutation.jsonl"
    figures.unlink(missing_ok=True)
    modules = [one for one in session.posargs if one != "tables"]
    if modules or not session.posargs:
        session.run("python", "docs/tools/mutation.py", str(folder / "mutation"), str(figures), *modules)
    if "tables" in session.posargs or not session.posargs:
        session.run("python", "docs/tools/mutated_tables.py", str(figures))
    session.run("python", "docs/tools/figures.py", str(figures))
