"""Lints recordings: nobody's secret, address or number may stand in a file that is published.

`python -m anypsa_conformance.linting <folder> ...` tells what is wrong, and where; never the value itself.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import yaml

from .cassettes import KEPT_HEADERS, REDACTED, REQUEST_HEADERS, SECRET_HEADERS
from .harness import HarnessError

# Names reserved for examples (RFC 2606, RFC 6761), and this machine.
RESERVED: Final = re.compile(r"(.*\.)?(example(\.(com|net|org))?|test|invalid|localhost)|127\.0\.0\.1", re.IGNORECASE)
HIDDEN_HEADERS: Final = frozenset(name.lower() for name in SECRET_HEADERS)
# What fields that hold a secret are called, by any vendor.
SECRET_NAME: Final = re.compile(
    r"(access|refresh|id|auth|api|session|bearer)[_-]?(token|key|code)|(client_?)?secret|client_?id|passw(or)?d|"
    r"passphrase|private_?key|integration_?code|authorization|(set-)?cookie|signature",
    re.IGNORECASE,
)
PAIR: Final = re.compile(r"\\*[\"']([\w-]+)\\*[\"']\s*:\s*\\*[\"']([^\"'\\]*)")
FORM: Final = re.compile(r"^[\w.-]+=[^\s&]*(&[\w.-]+=[^\s&]*)*$")
EMAIL: Final = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)+)")
ADDRESS: Final = re.compile(r"https?://([^\s/\"'\\<>?#]+)", re.IGNORECASE)
PHONE: Final = re.compile(r"(?<![\w.])\+\d[\d ().-]{6,20}\d")
TOKEN: Final = re.compile(r"[A-Za-z0-9+_=-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Markers of ours that a journal wrote into a record: random, and nobody's secret.
MARKER: Final = re.compile(r"anypsa:[0-9a-f]{24}")
NUMBER: Final = re.compile(r"\d{1,9}")
RANDOM: Final = 3.0
DIALLED: Final = 11


@dataclass(frozen=True, slots=True)
class Finding:
    """What must not stand in a recording, and where."""

    file: Path
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.what}"


def findings(path: Path) -> list[Finding]:
    """What is wrong with a file: a cassette, or any other text that is kept beside them."""
    text = path.read_text(encoding="utf-8")
    if path.suffix not in (".yaml", ".yml"):
        return [Finding(path, "text", what) for what in in_text(text)]
    try:
        cassette = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [Finding(path, "file", f"it is no plain YAML ({type(error).__name__})")]
    if not isinstance(cassette, Mapping) or not isinstance(cassette.get("interactions"), list):
        return [Finding(path, "file", "it holds no interactions")]
    return [
        Finding(path, f"interaction {number}, {part}", what)
        for number, interaction in enumerate(cassette["interactions"], start=1)
        for part, what in told_of(interaction)
    ]


def told_of(interaction: Any) -> list[tuple[str, str]]:
    """What must not stand in an interaction; one that is not as the recorder writes it cannot be judged."""
    try:
        return list(in_interaction(interaction))
    except (KeyError, TypeError, AttributeError):
        return [("as a whole", "it is not as the recorder writes it")]


def in_interaction(interaction: Any) -> Iterator[tuple[str, str]]:
    request, response = interaction["request"], interaction["response"]
    for part, found in (
        ("address", in_address(str(request["uri"]))),
        ("request headers", in_headers(request["headers"], REQUEST_HEADERS)),
        ("response headers", in_headers(response["headers"], KEPT_HEADERS)),
        ("request", in_text(as_text(request["body"]))),
        ("response", in_text(as_text(response["body"]))),
    ):
        yield from ((part, what) for what in found)


def as_text(body: Any) -> str:
    """A body as the recorder writes it: bare, or under `string`."""
    value = body.get("string") if isinstance(body, Mapping) else body
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def in_address(uri: str) -> Iterator[str]:
    query = urlsplit(uri).query
    yield from in_text(uri.partition("?")[0])
    yield from in_pairs(parse_qsl(query, keep_blank_values=True))
    yield from in_text(" ".join(value for _, value in parse_qsl(query)))


def in_headers(headers: Mapping[str, Any], allowed: frozenset[str]) -> Iterator[str]:
    for name, values in headers.items():
        listed = [str(value) for value in (values if isinstance(values, list) else [values])]
        if name.lower() in HIDDEN_HEADERS:
            if any(value != REDACTED for value in listed):
                yield f"{name} is not redacted"
        elif name.lower() not in allowed:
            yield f"{name} is not among the headers that recordings keep"
        else:
            yield from in_text(" ".join(listed))


def in_text(text: str) -> Iterator[str]:
    """What must not stand in a text."""
    yield from in_pairs(PAIR.findall(text))
    if FORM.match(text):
        yield from in_pairs(parse_qsl(text, keep_blank_values=True))
    yield from (f"an e-mail address at {host}" for host in EMAIL.findall(text) if not RESERVED.fullmatch(host))
    hosts = (found.rpartition("@")[2].rpartition(":")[0] or found for found in ADDRESS.findall(text))
    yield from (f"an address at {host}" for host in hosts if not RESERVED.fullmatch(host))
    yield from ("a telephone number" for number in PHONE.findall(text) if dialled(number))
    yield from ("something that looks like a token" for token in TOKEN.findall(MARKER.sub("", text)) if random(token))


def in_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in pairs:
        # HaloPSA calls the id of a company like that of an application: a short number is no secret.
        if SECRET_NAME.fullmatch(name) and value not in ("", REDACTED) and not NUMBER.fullmatch(value):
            yield f"{name} is not redacted"


def dialled(number: str) -> bool:
    """Whether a number may be somebody's: those of the sandbox are too short, or of the exchange kept for fiction."""
    digits = re.sub(r"\D", "", number)
    return not digits.startswith("1") or (len(digits) == DIALLED and digits[4:7] != "555")


def random(token: str) -> bool:
    """Whether a word looks like nobody thought it up: letters and digits without a pattern."""
    digits = sum(char.isdigit() for char in token)
    letters = sum(char.isalpha() for char in token)
    if min(digits, letters) < 3 or GUID.fullmatch(token):  # a year in a name is no token
        return False
    counts = Counter(token).values()
    return -sum(count / len(token) * math.log2(count / len(token)) for count in counts) >= RANDOM


def recordings(folders: Iterable[Path]) -> list[Path]:
    """The recordings below folders, and what is published beside them."""
    return sorted(path for folder in folders for name in PUBLISHED for path in folder.rglob(name))


PUBLISHED: Final = ("*.yaml", "attested.json", "world.toml", "fields.json")


def main(folders: list[str]) -> int:
    """Tells what is wrong below the folders; 1 if anything is. Raises `HarnessError` for a folder that is not there."""
    if missing := [folder for folder in folders if not Path(folder).is_dir()]:
        raise HarnessError(f"no folder to look into: {', '.join(missing)}")
    found = [finding for path in recordings(map(Path, folders)) for finding in findings(path)]
    for finding in found:
        print(finding)  # noqa: T201  # a command talks to its terminal
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
