"""Markup: HTML that others wrote, made safe to show, and its text.

nh3 decides what is safe. What goes into it is bounded first, in one pass over the text: its parser takes seconds for
some 50 KB of nested or unclosed tags, and a customer's mail must not hold up a technician's list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from importlib import import_module
from typing import Any, Final

from .errors import ConfigurationError

LONGEST: Final = 256 * 1024
DEEPEST: Final = 100
CUT: Final = "…"

BLOCKS: Final = frozenset(
    [
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
# No images: most are trackers or need the vendor's session to load.
KEPT: Final = BLOCKS | frozenset(["a", "b", "code", "em", "i", "s", "small", "span", "strong", "sub", "sup", "u"])
EMPTY: Final = frozenset({"br", "hr"})
# Opening one of these ends another of its kind.
IMPLIED: Final = frozenset({"dd", "dt", "li", "p", "td", "th", "tr"})
# What stands in these is not text for people.
UNREAD: Final = frozenset(
    ["iframe", "noembed", "noframes", "noscript", "script", "style", "template", "textarea", "title", "xmp"]
)
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {"a": frozenset({"href"})}
SCHEMES: Final = frozenset({"http", "https", "mailto"})

# Possessive, so that no text makes it go back and forth.
ATTRIBUTE: Final = r"""[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++))?+"""
TAG: Final = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[\s/]++(?:{ATTRIBUTE})?+)*+)>")
HREF: Final = re.compile(r"""(?:^|[\s/"'])href\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>=`]++)""", re.IGNORECASE)
ANY_TAG: Final = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
PRE: Final = re.compile(r"<pre>.*?</pre>", re.DOTALL)
WHITE: Final = re.compile(r"\s+")
SOFT: Final = re.compile(r"\n? *\v[ \v]*")
BLANK_LINES: Final = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


def sanitised(html: str) -> str:
    """The HTML without anything active: no scripts, styles, images, forms, or addresses but http(s) and mailto.

    What is longer than 256 KB is cut and ends with an ellipsis; what is nested deeper than 100 loses the tags beyond.
    """
    shown = html[:LONGEST] + CUT if len(html) > LONGEST else html
    cleaned: str = cleaner().clean(
        "".join(bounded(shown)),
        tags=set(KEPT),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    return cleaned


def as_text(html: str) -> str:
    """What the HTML says, as plain text. It may hold `<` and `&` that somebody wrote: it is text, never HTML again."""
    lines = ANY_TAG.sub(lambda tag: break_at(tag[1], tag[2]), WHITE.sub(" ", PRE.sub(broken, sanitised(html))))
    text = SOFT.sub("\n", unescape(lines.replace("&nbsp;", " ")))
    return BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def broken(pre: re.Match[str]) -> str:
    """Preformatted text with its line ends as breaks, since all other line ends are spaces."""
    return pre[0].replace("\n", "<br>")


def break_at(closing: str, tag: str) -> str:
    """How a line ends at a tag: at a break for certain, at the ends of a block if it has not just ended."""
    return "\n" if tag in EMPTY else "\v" if tag in BLOCKS else ""


def cleaner() -> Any:
    try:
        return import_module("nh3")
    except ImportError:
        hint = 'pip install "anypsa[html]"'
        raise ConfigurationError("make HTML safe", said=["nh3 is not installed"], hint=hint) from None


def bounded(html: str) -> Iterator[str]:
    """The same text with well-formed tags only, properly nested and not too deep; every other `<` is a character."""
    open_tags: list[str] = []
    place = 0
    while (start := html.find("<", place)) >= 0:
        yield html[place:start]
        if html.startswith(("<!", "<?"), start):
            place = after(html, "-->" if html.startswith("<!--", start) else ">", start)
            continue
        tag = TAG.match(html, start)
        if tag is None:
            yield "&lt;"
            place = start + 1
            continue
        place = tag.end()
        name = tag[2].lower()
        if name in UNREAD:
            place = place if tag[1] else after_element(html, name, place)
        elif name in KEPT:
            yield from closed(name, open_tags) if tag[1] else opened(name, tag[3], open_tags)
    yield html[place:]


def opened(name: str, attributes: str, open_tags: list[str]) -> Iterator[str]:
    if name in EMPTY:
        yield f"<{name}>"
        return
    if name in IMPLIED and open_tags and open_tags[-1] == name:
        yield f"</{open_tags.pop()}>"
    if len(open_tags) >= DEEPEST:
        return
    open_tags.append(name)
    found = HREF.search(attributes) if name == "a" else None
    address = unquoted(found[1]).replace('"', "&quot;") if found else None
    yield f"<{name}>" if address is None else f'<{name} href="{address}">'


def unquoted(value: str) -> str:
    return value[1:-1] if value[0] in "\"'" else value


def closed(name: str, open_tags: list[str]) -> Iterator[str]:
    if name not in open_tags:
        return
    while (last := open_tags.pop()) != name:
        yield f"</{last}>"
    yield f"</{name}>"


def after(html: str, end: str, start: int) -> int:
    """The place behind the next `end`, or the end of all."""
    found = html.find(end, start)
    return len(html) if found < 0 else found + len(end)


def after_element(html: str, name: str, start: int) -> int:
    """The place behind an element whose content is not read."""
    end = re.compile(rf"</{name}[^>]*>", re.IGNORECASE).search(html, start)
    return len(html) if end is None else end.end()
