"""The contract's promises, read off the docstrings of `anypsa.spi`: what checks answer to, and what the reference shows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from anypsa import spi
from anypsa.spi import Adapter

PROMISE: Final = re.compile(r"^([a-z_]+\.[a-z_]+): (.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def promises() -> Mapping[str, str]:
    """Each promise's id and sentence, as a method of the contract makes it."""
    found: dict[str, str] = {}
    for documented in contract():
        for id, sentence in PROMISE.findall(inspect.getdoc(documented) or ""):
            if id in found:
                raise ValueError(f"two docstrings promise {id}")
            found[id] = " ".join(sentence.split())
    return found


def contract() -> Iterator[Any]:
    """Everything of the contract that has a docstring of its own: its classes and their methods."""
    for name in spi.__all__:
        kind = getattr(spi, name)
        if inspect.isclass(kind) and kind.__module__.startswith("anypsa.spi"):
            yield kind
            yield from (one for one in vars(kind).values() if inspect.isfunction(one) and one.__doc__)


def reference() -> Iterator[str]:
    """The reference page of the adapter's interface."""
    yield "# The adapter's interface\n"
    yield f"Generated from `anypsa.spi`, version {spi.VERSION}. What is *abstract* every adapter writes; the rest when it"
    yield "declares it. Ids such as `get.missing` are promises; the conformance suite has checks for each.\n"
    yield "## Methods\n"
    for name, method in vars(Adapter).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            abstract = ", abstract" if getattr(method, "__isabstractmethod__", False) else ""
            yield f"### `{name}{inspect.signature(method)}`{abstract}\n".replace("(self, ", "(").replace("(self)", "()")
            yield f"{listed(inspect.getdoc(method) or '')}\n"
    yield "## Values\n"
    for name in spi.__all__:
        kind = getattr(spi, name)
        if inspect.isclass(kind) and kind is not Adapter and kind.__module__.startswith("anypsa.spi"):
            yield f"* `{name}`: {' '.join((inspect.getdoc(kind) or '').split())}"


def listed(text: str) -> str:
    """A docstring as Markdown, its promises as a list."""
    return PROMISE.sub(lambda found: f"* `{found[1]}`: {found[2]}", text)
