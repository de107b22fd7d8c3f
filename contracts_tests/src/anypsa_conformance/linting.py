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
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import yaml

from .cassettes import KEPT_HEADERS, REDACTED, REQUEST_HEADERS, SECRET_HEADERS, SECRET_NAME
from .drift import VOCABULARY
from .harness import HarnessError

# Names reserved for examples (RFC 2606, RFC 6761), and this machine.
RESERVED: Final = re.compile(r"(.*\.)?(example(\.(com|net|org))?|test|invalid|localhost)|127\.0\.0\.1", re.IGNORECASE)
HIDDEN_HEADERS: Final = frozenset(name.lower() for name in SECRET_HEADERS)
# What is a secret or somebody's wherever it stands.
PLAIN: Final[Mapping[str, re.Pattern[str]]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a signature": re.compile(r"\b(Bearer|Basic)\s+(?!REDACTED)[\w+/.=-]{8,}", re.IGNORECASE),
    "a key of a known form": re.compile(
        r"\b((AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|xox[abp]-[\w-]{10,}|sk_live_\w{10,})"
    ),
    "a secret in a header": re.compile(
        r"^\s*(x-api-key|authorization|(set-)?cookie|secret|apiintegrationcode|x-session)\s*:\s*(?!REDACTED)\S",
        re.IGNORECASE | re.MULTILINE,
    ),
    "credentials in an address": re.compile(r"https?://[^\s/:@\"'\\]+:[^\s/@\"'\\]+@", re.IGNORECASE),
    "a number of social insurance": re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w.-])"),
    "a bank account": re.compile(r"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b"),
}
IP: Final = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.-])")
CARD: Final = re.compile(r"(?<![\w.-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w.-])")
PAIR: Final = re.compile(r"\\*[\"']([\w-]+)\\*[\"']\s*:\s*\\*[\"']([^\"'\\]*)")
FORM: Final = re.compile(r"^[\w.-]+=[^\s&]*(&[\w.-]+=[^\s&]*)*$")
EMAIL: Final = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)+)")
ADDRESS: Final = re.compile(r"https?://([^\s/\"'\\<>?#]+)", re.IGNORECASE)
PHONE: Final = re.compile(
    r"(?<![\w.])\+\d[\d ().-]{6,20}\d"  # as one dials from abroad
    r"|(?<![\w.:/-])00[1-9]\d?[ /-][\d ().-]{5,18}\d"
    r"|(?<![\w.:/-])\(?[2-9]\d{2}\)?[ .-]\d{3}[.-]\d{4}(?![\w-])"  # in North America
    r"|(?<![\w.:/-])0\d{2,4}[ /]\d{3}[ ]?\d{2}[ ]?\d{2}(?![\w.:-])"
)
TOKEN: Final = re.compile(r"[A-Za-z0-9+_=-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Markers of ours that a journal wrote into a record: random, and nobody's secret.
MARKER: Final = re.compile(r"anypsa:[0-9a-f]{24}")
NUMBER: Final = re.compile(r"\d{1,9}")
RANDOM: Final = 3.0
AT: Final = re.compile(r"\\+u0040|%40", re.IGNORECASE)
# Networks kept for examples (RFC 5737).
EXAMPLES: Final = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
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
    """What must not stand in a text, in whichever way its at-signs are written."""
    text = AT.sub("@", text)
    yield from (what for what, pattern in PLAIN.items() if pattern.search(text))
    yield from (f"an address of the network, {ip}" for ip in IP.findall(text) if located(ip))
    yield from ("a card" for found in CARD.finditer(text) if luhn(found[0]))
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


def located(ip: str) -> bool:
    """Whether an address of the network may be somebody's: not this machine's, and none kept for examples."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or any(address in net for net in EXAMPLES))


def luhn(number: str) -> bool:
    """Whether the last digit of a card's number fits the others."""
    digits = [int(char) for char in reversed(number) if char.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def dialled(number: str) -> bool:
    """Whether a number may be somebody's: those of the sandbox are too short, or of the exchange kept for fiction."""
    digits = re.sub(r"\D", "", number)
    if not number.startswith("+"):
        return digits[3:6] != "555"
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
    """The recordings below folders, and what is published beside them: what is attested, and what is known of a tenant."""
    below = [*map(Path, folders)]
    found = {path for folder in below for name in ("*.yaml", "attested.json", KNOWN) for path in folder.rglob(name)}
    words = {path.with_name(VOCABULARY) for path in found if path.name == KNOWN}
    return sorted(found | {path for path in words if path.exists()})


KNOWN: Final = "world.toml"


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
