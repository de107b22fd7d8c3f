"""What must not stand in our sources: comparisons that tell a secret by their time, and what runs code of others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = sorted(
    path for pattern in ("*/*/src", "*/src") for folder in ROOT.glob(pattern) for path in folder.rglob("*.py")
)
SECRET = re.compile(r"secret|token|passw|passphrase|api_?key|signature|credential|authorization|hmac", re.IGNORECASE)
# Digests and names that are no secrets, compared as such.
HARMLESS = {
    ("session.py", "self._proven != credentials"),  # two digests of our own, in memory; nobody outside can try
    ("awaiting.py", "self._loop != anyio.lowlevel.current_token()"),  # an event loop
    # The sandbox's secrets are printed in its manual.
    ("dialect.py", "call.headers.get('secret') != tenant.secret"),
    ("tenants.py", "form.get('client_secret') != self.applications[client_id]"),
    ("dialect.py", "path == TOKEN"),  # the path of a door
    ("webhooksecrets.py", "WEBHOOK_SECRETS.c.tenant == tenant"),  # a clause of SQL, by the table's name
    # Assertions of the suite.
    ("signing.py", "[name for name, secret in known.items() if secret and secret in told] == []"),
    ("offering.py", "len(set(expected)) == len(trust.secrets)"),
}
BANNED = {"eval", "exec", "compile", "__import__"}
DESERIALISERS = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"}
UNSAFE = {("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("os", "system"), ("tempfile", "mktemp")}


def words(node: ast.AST) -> Iterator[str]:
    """The names that an expression is made of, and its keys."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            yield one.attr
        elif isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant):
            yield str(one.slice.value)


def told_by_time(source: str) -> list[str]:
    """Comparisons by == or != of something that is called like a secret."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        and any(SECRET.search(word) for side in (node.left, *node.comparators) for word in words(side))
        and not any(isinstance(side, ast.Constant) and side.value in (None, "", 0) for side in node.comparators)
    ]


def code_of_others(source: str) -> list[str]:
    """Calls and imports that may run what is in a file or a text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BANNED:
                found.append(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in UNSAFE:
                found.append(f"{module}.{name}")
            case ast.Import(names=names) if {one.name for one in names} & DESERIALISERS:
                found.append(ast.unparse(node))
            case ast.ImportFrom(module=str(module)) if module in DESERIALISERS:
                found.append(ast.unparse(node))
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                found.append("shell=True")
    return found


@pytest.mark.trust("A12")
def test_no_secret_is_compared_in_a_time_that_tells_of_it() -> None:
    found = {(path.name, text) for path in SOURCES for text in told_by_time(path.read_text(encoding="utf-8"))}

    assert len(SOURCES) > 100
    assert found - HARMLESS == set()


@pytest.mark.trust("A12")
@pytest.mark.parametrize(
    "source",
    [
        "secret == given",
        "given != self._token",
        'headers["Authorization"] == x',
        "x == settings.client_secret.get_secret_value()",
        'f"Bearer {token}" == stale',
    ],
)
def test_such_a_comparison_would_be_found(source: str) -> None:
    assert told_by_time(source) == [ast.unparse(ast.parse(source).body[0])]


@pytest.mark.trust("A12")
@pytest.mark.parametrize("source", ["compare_digest(secret, given)", 'secret == ""', "secret is None", "a == b"])
def test_what_tells_nothing_is_not(source: str) -> None:
    assert told_by_time(source) == []


@pytest.mark.trust("A16", "X7")
def test_nothing_of_ours_runs_the_code_of_others() -> None:
    assert [(path.name, one) for path in SOURCES for one in code_of_others(path.read_text(encoding="utf-8"))] == []


@pytest.mark.trust("A16", "X7")
@pytest.mark.parametrize(
    "source",
    ["import pickle", "from marshal import loads", "yaml.load(x)", "eval(x)", "subprocess.run(x, shell=True)"],
)
def test_what_runs_the_code_of_others_would_be_found(source: str) -> None:
    assert len(code_of_others(source)) == 1
