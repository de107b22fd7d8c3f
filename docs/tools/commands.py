"""The reference of the command line, read off the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from typer.main import get_command

from anypsa_apps.cli import app
from anypsa_apps.problems import DEAD_LETTERS, EXIT_CODES
from anypsa_apps.vocabulary import MAKERS, VERBS

EXAMPLE: Final = "articles"
"""A collection with every verb."""
OF_ALL: Final = {"help", "profile", "adapter"}


def page() -> Iterator[str]:
    yield "# Command line\n"
    yield "Generated from the commands; `anypsa COMMAND --help` says the same. Every command that speaks to a PSA takes"
    yield "`--profile` (`-p`) or `--adapter` (`-a`), or their environment variables `ANYPSA_PROFILE` and `ANYPSA_ADAPTER`."
    yield "[How to use it](../how-to/command-line.md) explains filters and values.\n"
    yield "## Collections\n"
    yield "| collection | commands |"
    yield "| --- | --- |"
    yield from (f"| `{plural.replace('_', '-')}` | {', '.join(verbs)} |" for plural, verbs in VERBS.items())
    yield ""
    root = get_command(app)
    collection = child(root, EXAMPLE)
    for verb in MAKERS:
        yield from command(child(collection, verb), f"anypsa COLLECTION {verb}", MAKERS[verb][1].format("records"))
    yield "## Other commands\n"
    for name in listed(root):
        if name.replace("-", "_") in VERBS:
            continue
        one = child(root, name)
        parts = [(f"anypsa {name} {sub}", child(one, sub)) for sub in listed(one)] or [(f"anypsa {name}", one)]
        for spoken, part in parts:
            yield from command(part, spoken, part.help or "")
    yield "## Exit codes\n"
    yield "0 is success, 1 an error of no listed kind.\n"
    yield "| code | error |"
    yield "| --- | --- |"
    for code in sorted({*EXIT_CODES.values(), DEAD_LETTERS}):
        names = [f"`{name}`" for name, one in EXIT_CODES.items() if one == code]
        yield f"| {code} | {', '.join(names) or '`anypsa outbox drain` met dead letters'} |"


def command(one: Any, spoken: str, help: str) -> Iterator[str]:
    """One command: how it is called, what it does, its options."""
    arguments = [param for param in one.params if param.param_type_name == "argument"]
    options = [param for param in one.params if param.param_type_name == "option" and param.name not in OF_ALL]
    yield f"### `{' '.join([spoken, *(metavar(argument) for argument in arguments)])}`\n"
    yield f"{help}\n"
    told = [(metavar(argument), argument.help) for argument in arguments]
    told += [(", ".join(option.opts), said(option)) for option in options]
    if told:
        yield "| | |"
        yield "| --- | --- |"
        yield from (f"| `{name}` | {words} |" for name, words in told)
        yield ""


def metavar(argument: Any) -> str:
    """An argument as usage lines show it."""
    word = f"{argument.name.upper()}{'...' if argument.nargs != 1 else ''}"
    return word if argument.required else f"[{word}]"


def said(option: Any) -> str:
    """An option's help with its default."""
    default = getattr(option.default, "value", option.default)
    return option.help if default in (None, False) else f"{option.help} (default: `{default}`)"


def listed(group: Any) -> list[str]:
    return list(group.list_commands(None)) if hasattr(group, "list_commands") else []


def child(group: Any, name: str) -> Any:
    return group.get_command(None, name)
