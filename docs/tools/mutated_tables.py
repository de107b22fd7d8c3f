"""Mutation testing of the adapters' tables: each path, each verb and each operator is changed, one at a time, in a copy of
the adapter, and its own tests must notice. Run by `nox -s mutation -- tables`.

mutmut, which changes the modules that keep promises, changes the bodies of functions alone, and tables have none.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pytest

ROOT = Path(__file__).parent.parent.parent
PATHS: Final = frozenset({"path", "write_path"})
"""What a path is called, as an argument or as the default of a field."""
NAMED_BY_PATH: Final = frozenset({"Purchases", "Named"})
"""Facts whose first argument is a path."""
WORDS: Final = frozenset({"OPERATORS", "METHODS", "PARAMETERS"})
"""Tables of words: of operators, of methods, of the vendor's parameters."""
VERBS: Final = ("CREATE", "UPDATE", "DELETE")
OPTIONS: Final = (
    "-q",
    "-x",
    "--assert=plain",
    "-n",
    "0",
    "-p",
    "no:cacheprovider",
    "-m",
    "not deep",
    "-k",
    "not mutated",
)


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where an adapter's tables are, and the tests that know what stands in them."""

    sources: Sequence[str]
    tests: Sequence[str]


ADAPTERS: Final[Mapping[str, Adapter]] = {
    "autotask": Adapter(
        ("tables/*.py", "queries.py", "routes.py"),
        ("test_autotask_attested.py", "test_autotask_refusals.py", "test_autotask_queries.py"),
    ),
    "halopsa": Adapter(
        ("tables/*.py", "queries.py"),
        ("test_halo_attested.py", "test_halo_entities.py", "test_halo_sandbox.py", "test_halo_doors.py"),
    ),
    "connectwise": Adapter(("tables.py", "conditions.py"), (".",)),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fact changed: in which file of the package, from where to where, into what."""

    file: Path
    start: int
    end: int
    becomes: str

    def __str__(self) -> str:
        source = self.file.read_bytes()
        line = source[: self.start].count(b"\n") + 1
        return f"{self.file.name}:{line} {source[self.start : self.end].decode()} -> {self.becomes}"

    def text(self) -> bytes:
        """The whole file with the change."""
        source = self.file.read_bytes()
        return source[: self.start] + self.becomes.encode() + source[self.end :]


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change of a file's tables."""
    source = file.read_bytes()
    starts = [0, *(place + 1 for place, byte in enumerate(source) if byte == ord("\n"))]

    def mutant(node: ast.expr, becomes: str) -> Mutant:
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        return Mutant(file, starts[node.lineno - 1] + node.col_offset, end, becomes)

    for node in ast.walk(ast.parse(source)):
        for path in paths(node):
            yield mutant(path, repr(f"{path.value!s}x"))
        if isinstance(node, ast.keyword) and node.arg == "verbs":
            yield from (mutant(node.value, f"({ast.unparse(node.value)}) ^ Verb.{verb}") for verb in VERBS)
        for word in words(node):
            yield mutant(word, repr(f"{word.value!s}x"))


def paths(node: ast.AST) -> Iterator[ast.Constant]:
    """The paths that a node says."""
    match node:
        case ast.keyword(arg=name, value=ast.Constant(value=str()) as value) if name in PATHS:
            yield value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str()) as value) if name in PATHS:
            yield value
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str()) as value, *_]) if name in NAMED_BY_PATH:
            yield value


def words(node: ast.AST) -> Iterator[ast.Constant]:
    """The words of a table: the values of a mapping, those of mappings within it, and the keys of one of methods."""
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as table) if name in WORDS:
            yield from strings(table.keys if name == "METHODS" else table.values)


def strings(nodes: Sequence[ast.expr | None]) -> Iterator[ast.Constant]:
    for node in nodes:
        match node:
            case ast.Constant(value=str()):
                yield node
            case ast.Dict(values=values):
                yield from strings(values)


def noticed(mutant: Mutant, adapter: str) -> bool:
    """Whether a test fails, or the package no longer loads. Runs in a process of its own, which has loaded what no mutant
    touches."""
    source = ROOT / "adapters" / adapter / "src"
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        copy = Path(folder) / "src"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / mutant.file.relative_to(source)).write_bytes(mutant.text())
        sys.path.insert(0, str(copy))
        sys.dont_write_bytecode = True
        tests = [f"adapters/{adapter}/tests/{one}" for one in ADAPTERS[adapter].tests]
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            return pytest.main([*OPTIONS, *tests]) != pytest.ExitCode.OK


def score(adapter: str) -> dict[str, Any]:
    """The figure of an adapter; names what survived."""
    source = ROOT / "adapters" / adapter / "src" / f"anypsa_{adapter}"
    files = sorted(chain.from_iterable(source.glob(pattern) for pattern in ADAPTERS[adapter].sources))
    every = [mutant for file in files for mutant in mutants(file)]
    server = get_context("forkserver")
    server.set_forkserver_preload(["hypothesis", "pytest", "anypsa", "anypsa.testing", "anypsa_sandbox"])
    with ProcessPoolExecutor(os.cpu_count() or 1, server, max_tasks_per_child=1) as pool:
        if pool.submit(noticed, Mutant(files[0], 0, 0, ""), adapter).result():
            raise SystemExit(f"{adapter}: its tests fail without any change")
        killed = list(pool.map(noticed, every, repeat(adapter)))
    for mutant, dead in zip(every, killed, strict=True):
        if not dead:
            sys.stdout.write(f"survived: {mutant}\n")
    value = f"{100 * sum(killed) / len(every):.1f} %"
    conditions = {"tables of": adapter, "of": f"{len(every):,}"}
    return {
        "test": f"mutation of tables of {adapter}",
        "what": "mutants killed",
        "value": value,
        "conditions": conditions,
    }


def main(figures: Path, adapters: Sequence[str]) -> None:
    """Changes everything that stands in tables, prints the scores, and fails where one change went unnoticed."""
    found = [score(adapter) for adapter in adapters]
    for one in found:
        sys.stdout.write(f"{one['conditions']['tables of']}: {one['value']} of {one['conditions']['of']}\n")
    with figures.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in found)
    if any(one["value"] != "100.0 %" for one in found):
        raise SystemExit("every change of a table must be noticed")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:] or list(ADAPTERS))
