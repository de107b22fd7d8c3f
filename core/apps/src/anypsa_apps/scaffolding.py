"""`anypsa new-adapter`: writes the skeleton of an adapter, which works at once over a scripted vendor."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from anypsa import ConfigurationError, Problem

# Where each part of the skeleton goes; `$package` is the name as Python writes it.
PARTS: Final[Mapping[str, str]] = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "__init__.py.txt": "src/$package/__init__.py",
    "adapter.py.txt": "src/$package/adapter.py",
    "settings.py.txt": "src/$package/settings.py",
    "tables.py.txt": "src/$package/tables.py",
    "test_adapter.py.txt": "tests/test_adapter.py",
}


def new_adapter(name: str, folder: Path | None = None) -> list[Path]:
    """Writes the skeleton of an adapter of that name; raises `ConfigurationError` rather than write over anything."""
    target = folder or Path(f"anypsa-{name}")
    problems = []
    if not (name.isascii() and name.islower() and name.isidentifier()) or keyword.iskeyword(name):
        problems.append(Problem("name", "wants small letters, digits and underscores, such as mypsa"))
    if target.exists() and any(target.iterdir()):
        problems.append(Problem("folder", f"{target} is not empty"))
    if problems:
        raise ConfigurationError("start an adapter", problems=problems)
    words = {"name": name, "package": f"anypsa_{name}", "Class": "".join(map(str.capitalize, name.split("_")))}
    return [written(part, target / Template(place).substitute(words), words) for part, place in PARTS.items()]


def written(part: str, path: Path, words: Mapping[str, str]) -> Path:
    text = (files(__package__) / "skeleton" / part).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(text).substitute(words), encoding="utf-8")
    return path
