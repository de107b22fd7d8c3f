"""What holds for every command: exit codes by meaning, one readable block for an error, completion, and help without waiting."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from anypsa import ApprovalPending, Problem, PSAError, errors
from anypsa_apps.cli import app
from anypsa_apps.problems import IN_SHELL, code_of, told

HEAVY = {
    "anypsa",
    "pydantic",
    "httpx2",
    "rich.console",
    "mcp",
    "duckdb",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "asyncio",
}


def below(kind: type[PSAError]) -> Iterator[type[PSAError]]:
    for one in kind.__subclasses__():
        if one.__module__ == errors.__name__:
            yield one
            yield from below(one)


@pytest.mark.parametrize("kind", sorted(below(PSAError), key=lambda kind: kind.__name__))
def test_an_exit_code_tells_what_went_wrong(kind: type[PSAError]) -> None:
    """What is added to the tree of errors gets a code of its own, or that of what it is a kind of."""
    assert code_of(kind.__new__(kind)) not in (0, 1)


def test_an_error_is_one_block_of_what_was_tried_what_was_said_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command() -> None:
        hint = "Nothing was sent. psa.plans.propose(error.plan) asks for an approval on the ticket."
        raise ApprovalPending(
            "update ticket 7", said=["the vendor's\x1b[2J words"], problems=[Problem("title", "why")], hint=hint
        )

    code = told(command)
    out, err = capsys.readouterr()

    assert (code, out) == (3, "")
    first, second, third, *rest = err.splitlines()
    assert ("update ticket 7" in first, "words" in second, "title" in third) == (True, True, True)
    assert "`anypsa plans propose`" in " ".join(rest)
    assert "psa." not in err
    assert "\x1b" not in err


def test_hints_in_the_shells_words_are_of_commands_that_there_are() -> None:
    commands = {hint.split("`")[1].split()[1] for hint in IN_SHELL.values() if "`anypsa" in hint}
    help = CliRunner().invoke(app, ["--help"]).stdout

    assert commands <= {line.split()[0] for line in help.splitlines() if line.strip()}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("anypsa tick", "tickets"),
        ("anypsa tickets l", "list"),
        ("anypsa tickets list --outp", "--output"),
        ("anypsa plans pro", "propose"),
    ],
)
def test_the_shell_completes_words(words: str, offered: str) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_ANYPSA_COMPLETE": "complete_bash"}

    assert offered in CliRunner().invoke(app, [], env=asked, prog_name="anypsa").stdout.split()


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"{version('anypsa')}\n"


def test_help_loads_nothing_that_takes_long() -> None:
    program = "import sys, anypsa_apps.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout

    assert HEAVY & set(loaded.split()) == set()
