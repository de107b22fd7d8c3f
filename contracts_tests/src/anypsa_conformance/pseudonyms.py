"""Pseudonyms: what a live tenant's recordings say instead of names, texts, addresses and numbers of people.

Each word that stands in a field of that kind becomes another, the same one wherever it stands, in requests too: what
refers to each other still does, a filter still finds what it found, and the recording can be replayed. What is the
vendor's own, such as the names of fields, stays.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

PERSONAL: Final = re.compile(
    r"name|title|summary|subject|detail|desc|note|body|html|comment|symptom|resolution|message|address|street|city|"
    r"town|county|post.?code|zip|mail|phone|mobile|fax|contact|serial|reference|site|domain|user|agent|signature",
    re.IGNORECASE,
)
"""What fields are called that hold words of people."""
LABEL: Final = "label"
EMAIL: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# An id is digits too: a number is dialled if it says so, by its plus or by how it is parted.
PHONE: Final = re.compile(r"(?<![\w.+-])(?:\+\d[\d ()./-]{5,18}\d|\(?\d{2,5}\)?[ /-][\d ()/-]{4,14}\d)(?![\w-])")
DIALLED: Final = re.compile(r"phone|mobile|fax", re.IGNORECASE)
ADDRESS: Final = re.compile(r"(https?://)([^\s/\"'\\<>?#]+)", re.IGNORECASE)
WORD: Final = re.compile(r"[^\W\d_]{3,}")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
NOWHERE: Final = "http://127.0.0.1:1"
ONSETS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "tr")
VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ou", "ea")
SYLLABLES: Final = 3


class Pseudonyms:
    """Replaces what it has learnt. `key` decides what by; who does not have it cannot tell what stood there.

    `exact` says what stands for values that are known, such as the tenant's name in an address.
    """

    def __init__(self, key: bytes, exact: Mapping[str, str]) -> None:
        self._key = key
        self._exact = exact
        self._asked: set[str] = set()
        self._known: set[str] = set()
        self._words: set[str] = set()
        self._kept: set[str] = set()

    # Learning

    def learn(self, told: Any) -> None:
        """Takes in the words of people from an answer. The names of its fields are the vendor's, and by the labels of
        its lists adapters find their way."""
        for name, value in pairs(told):
            self._kept.add(name.casefold())
            if name == LABEL and isinstance(value, str):
                self.keep(value)
            elif isinstance(value, str) and PERSONAL.search(name) and not DATE.match(value):
                self._words.update(word.casefold() for word in WORD.findall(value))

    def keep(self, text: str) -> None:
        """Takes in words that are nobody's."""
        self._kept.update(word.casefold() for word in WORD.findall(text))

    def keep_unknown(self, text: str) -> None:
        """Keeps the words of a text, but for those that were learnt from what is known of the tenant."""
        self._kept.update(word.casefold() for word in WORD.findall(text) if word.casefold() not in self._known)

    def know(self, text: str) -> None:
        """Takes in the words of something that is known of the tenant."""
        self._known.update(word.casefold() for word in WORD.findall(text))
        self._words.update(self._known)

    def asked(self, uri: str) -> None:
        """Takes in a server that was asked: a recording is replayed on this machine, and so are links to it."""
        self._asked.add(urlsplit(uri).netloc)

    # Replacing

    def text(self, text: str) -> str:
        """A text without what was learnt, and without addresses and telephone numbers."""
        if text in self._exact:
            return self._exact[text]
        hidden: list[str] = []

        def hide(other: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
            def replaced(found: re.Match[str]) -> str:
                hidden.append(other(found))
                return f"\0{len(hidden) - 1}\0"

            return replaced

        text = EMAIL.sub(hide(lambda found: f"{self._made(found[0], 2)}@example.com"), text)
        text = ADDRESS.sub(hide(lambda found: self._host(found[1], found[2])), text)
        if not DATE.match(text):
            text = PHONE.sub(hide(lambda found: f"+1 202 555 {self._number(found[0]):04}"), text)
        text = WORD.sub(lambda found: self.word(found[0]), text)
        return re.sub(r"\0(\d+)\0", lambda found: hidden[int(found[1])], text)

    def word(self, word: str) -> str:
        """One word, in its spelling."""
        folded = word.casefold()
        if folded not in self._words or folded in self._kept:
            return word
        made = self._made(folded, SYLLABLES)
        return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made

    def told(self, told: Any) -> Any:
        """A JSON text with every text in it replaced; the names of fields stay."""
        if isinstance(told, dict):
            return {name: self._held(name, value) for name, value in told.items()}
        if isinstance(told, list):
            return [self.told(value) for value in told]
        return self.text(told) if isinstance(told, str) else told

    def _held(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and DIALLED.search(name) and any(char.isdigit() for char in value):
            return f"+1 202 555 {self._number(value):04}"
        return self.told(value)

    def uri(self, uri: str) -> str:
        """An address whose parameters are replaced, and which has another host."""
        parts = urlsplit(uri)
        query = urlencode({name: self.text(value) for name, value in parse_qsl(parts.query, keep_blank_values=True)})
        scheme, _, host = self._host(f"{parts.scheme}://", parts.netloc).partition("://")
        return urlunsplit((scheme, host, parts.path, query, ""))

    def _host(self, scheme: str, host: str) -> str:
        return NOWHERE if host in self._asked else f"{scheme}{self._made(host, 2)}.example"

    # Making

    def _digest(self, what: str) -> bytes:
        return hmac.new(self._key, what.casefold().encode(), hashlib.sha256).digest()

    def _made(self, what: str, syllables: int) -> str:
        digest = self._digest(what)
        sounds = zip(digest[:syllables], digest[syllables : 2 * syllables], strict=True)
        return "".join(ONSETS[one % len(ONSETS)] + VOWELS[other % len(VOWELS)] for one, other in sounds)

    def _number(self, what: str) -> int:
        return 100 + int.from_bytes(self._digest(re.sub(r"\D", "", what))[:4]) % 100


def pairs(told: Any) -> Iterator[tuple[str, Any]]:
    """All fields of a JSON text, however deep."""
    if isinstance(told, dict):
        yield from told.items()
    for one in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from pairs(one)


def rewritten(cassette: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """A recording with pseudonyms. What is no JSON is left out: nobody knows what it says."""
    return {**cassette, "interactions": [exchanged(one, names) for one in cassette["interactions"]]}


def exchanged(interaction: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """One exchange with pseudonyms."""
    request, response = dict(interaction["request"]), dict(interaction["response"])
    request["uri"] = names.uri(request["uri"])
    request["headers"] = {name: value for name, value in request["headers"].items() if name.lower() != "host"}
    request["body"] = as_json(request["body"], names.told) or request["body"]  # a form, whose secrets are redacted
    response["body"] = {"string": as_json(response["body"]["string"], names.told)}
    return {"request": request, "response": response}


def as_json(text: Any, change: Callable[[Any], Any]) -> Any:
    """A JSON text, changed."""
    try:
        return json.dumps(change(json.loads(text)), ensure_ascii=False) if text else text
    except ValueError:
        return ""


def said(cassette: Mapping[str, Any]) -> Iterator[str]:
    """The texts that a recording's requests send."""
    for interaction in cassette["interactions"]:
        try:
            sent = json.loads(interaction["request"]["body"] or "null")
        except ValueError:
            continue
        yield from (value for _, value in pairs(sent) if isinstance(value, str))


def learnt(cassette: Mapping[str, Any], names: Pseudonyms) -> None:
    """Lets pseudonyms learn from a recording's answers."""
    for interaction in cassette["interactions"]:
        names.asked(interaction["request"]["uri"])
        try:
            names.learn(json.loads(interaction["response"]["body"]["string"] or "null"))
        except ValueError:
            continue
