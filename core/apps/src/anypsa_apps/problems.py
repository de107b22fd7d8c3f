"""Problems: errors as one readable block, and exit codes by meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anypsa import PSAError

# By the name of the error's class or its nearest named base; what is not listed exits with 1.
EXIT_CODES: Final = {
    "ConfigurationError": 2,
    "Invalid": 2,
    "Unsupported": 2,
    "Denied": 3,
    "AuthenticationFailed": 4,
    "PermissionDenied": 4,
    "NotFound": 5,
    "Unreachable": 6,
    "VendorFailure": 6,
    "RateLimited": 7,
    "Incomplete": 8,
    "Unintelligible": 8,
    "OutcomeUnknown": 9,
    "VisibilityBreached": 10,
    "StateUnavailable": 12,
    "Conflict": 13,
    "Refused": 14,
}
DEAD_LETTERS: Final = 11
INTERRUPTED: Final = 130


IN_SHELL: Final = {
    'anypsa.connect(..., state="anypsa.db")': "--state anypsa.db, or state in the profile",
    "anypsa.connect(..., state=...)": 'state = "anypsa.db" in the profile',
    "psa.capabilities tells": "`anypsa fields` tells",
    'psa.fields("ticket")': "`anypsa fields tickets`",
    "psa.plans.propose(error.plan) asks": "`anypsa plans propose` asks",
    "psa.plans.settle() looks": "`anypsa plans settle` looks",
    "psa.plans.run(error.plan)": "run it by `anypsa plans run`",
}
"""How the shell says what the library's hints say in Python."""


def told(command: Callable[[], object]) -> int:
    """Runs a command; tells an error of ours on standard error and returns the exit code."""
    try:
        command()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        from anypsa import PSAError

        if not isinstance(error, PSAError):
            raise
        tell(error)
        return code_of(error)
    return 0


def code_of(error: PSAError) -> int:
    """The exit code of an error."""
    return next((EXIT_CODES[one.__name__] for one in type(error).__mro__ if one.__name__ in EXIT_CODES), 1)


def tell(error: PSAError) -> None:
    """Prints an error: what failed, why, what to do."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    console.print(Text(f"could not {error.tried}", style="bold red"))
    for line in [*error.said, *map(str, error.problems)]:
        console.print(Text(f"  {plain(line)}"))
    if error.hint:
        console.print(Text(f"  → {plain(in_shell(error.hint))}", style="yellow"))


def in_shell(hint: str) -> str:
    """A hint for whoever types."""
    for python, shell in IN_SHELL.items():
        hint = hint.replace(python, shell)
    return hint


def plain(text: str) -> str:
    """Text without control characters: a ticket's title must not move the cursor or forge a line."""
    return "".join(char if char.isprintable() else " " for char in text)
