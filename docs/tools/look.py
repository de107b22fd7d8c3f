"""Looks at the built site in Chromium, in both themes, at a desk's width and a phone's: no request to anybody else, nothing
missing, nothing wider than the page, contrast of at least 4.5, a name on everything that can be clicked, and a search that
finds. `python docs/tools/look.py [page ...]` after `zensical build`; pictures go to `site/screenshots`.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

SITE: Final = Path(__file__).parents[2] / "site"
PICTURES: Final = SITE / "screenshots"
PAGES: Final = (
    "",
    "tutorial/",
    "how-to/test-your-automation/",
    "how-to/migrate/",
    "reference/autotask/",
    "reference/parity/",
    "reference/command-line/",
    "reference/performance/",
    "explanation/threat-model/",
)
WIDTHS: Final = {"desk": 1280, "phone": 390}
PALE: Final = """() => {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const rgba = colour => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, below) => below.map((value, n) => value * (1 - top[3]) + top[n] * top[3]);
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const ground = node => { const layers = [];
    for (let one = node; one; one = one.parentElement) layers.unshift(rgba(getComputedStyle(one).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]); };
  const found = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const node = text.parentElement, box = node.getBoundingClientRect();
    if (!text.textContent.trim() || !box.width || !node.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const below = ground(node), [one, other] = [light(over(rgba(getComputedStyle(node).color), below)), light(below)];
    const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    if (contrast < 4.5) found.add(`${contrast.toFixed(1)} ${node.tagName} "${text.textContent.trim().slice(0, 30)}"`);
  }
  return [...found];
}"""
NAMELESS: Final = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden])")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0 && !(one.innerText || "").trim()
    && !["aria-label", "title", "placeholder", "alt"].some(name => one.getAttribute(name)) && !one.labels?.length)
  .map(one => one.outerHTML.slice(0, 90))"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def served() -> Iterator[str]:
    """The site on a port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def wrong(page: Page, address: str, picture: Path) -> Iterator[str]:
    """What is wrong with a page; takes its picture."""
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=picture)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        yield f"is {wider} pixels wider than the screen"
    yield from (f"pale: {one}" for one in page.evaluate(PALE))
    yield from (f"has no name: {one}" for one in page.evaluate(NAMELESS))


def looked_at(browser: Browser, base: str, pages: tuple[str, ...], scheme: Any, name: str) -> Iterator[str]:
    """What is wrong in one theme at one width."""
    with browser.new_context(viewport={"width": WIDTHS[name], "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on(
            "response", lambda answer: asked.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        )
        for path in pages:
            picture = PICTURES / f"{path.strip('/').replace('/', '-') or 'home'}-{name}-{scheme}.png"
            yield from (f"{path or 'home'}, {name}, {scheme}: {one}" for one in wrong(page, base + path, picture))
        local = (base, "data:", "blob:")
        yield from (f"{scheme}: asks for {url}" for url in sorted(set(asked)) if not url.startswith(local))


def search(browser: Browser, base: str) -> Iterator[str]:
    """Whether the search finds a word of a page that is not this one."""
    page = browser.new_page()
    page.goto(base, wait_until="networkidle")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("chaos", delay=20)
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "search.png")
    if not page.get_by_role("link", name="Test your automation").count():
        yield "the search for chaos does not find how to test an automation"


def main(pages: tuple[str, ...]) -> None:
    """Tells all that is wrong."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as base, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        problems = [
            one
            for theme in ("light", "dark")
            for name in WIDTHS
            for one in looked_at(browser, base, pages, theme, name)
        ]
        problems += search(browser, base)
        browser.close()
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PAGES)
