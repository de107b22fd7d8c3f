"""The console in a real browser: approve, deny, expired, not allowed, nothing at all, a thousand rows, keys only, both themes.

Chromium is whatever is on PATH, or what `nox -s browser` installs; without one these tests are not run, and say so.
Screenshots are kept where ANYPSA_SCREENSHOTS says.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from console_site import BEN, JANE, Site, site
from playwright.sync_api import Browser, Page, expect, sync_playwright
from provider import Provider, served
from sqlalchemy import insert

from anypsa import Plan, PlanStage
from anypsa.policy import Decided
from anypsa_automation.plans.rows import row_of
from anypsa_automation.schema import PLANS
from anypsa_automation.stages import Stage
from anypsa_sandbox import Sandbox

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = ("plans", "predictions", "stages", "figures", "audit")
THEMES = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="not run: there is no Chromium on PATH (nox -s browser)")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    provider = Provider()
    with served(provider.app) as url, Sandbox("autotask", tickets=120, latency=0.0) as sandbox:
        provider.issuer = url
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        with site(sandbox, tmp_path_factory.mktemp("console"), provider) as made:
            made.predicted()
            yield made


@pytest.fixture
def page(chromium: Browser, desk: Site) -> Iterator[Page]:
    context = chromium.new_context(base_url=desk.url)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def sign_in(desk: Site, page: Page, person: int = JANE) -> None:
    desk.is_now(person)
    page.goto("/")


def look(page: Page, name: str) -> None:
    """Keeps a picture, for people to look at."""
    if where := os.environ.get("ANYPSA_SCREENSHOTS"):
        Path(where).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{where}/{name}.png", full_page=True)


def stage(desk: Site, plan: Plan) -> PlanStage:
    return desk.psa.plans.get(plan).stage


def test_nothing_at_all_is_said_on_each_page(desk: Site, page: Page) -> None:
    sign_in(desk, page)
    for name in ("plans?stage=denied", "predictions?category=none", "audit?about=nothing"):
        page.goto(f"/{name}")
        assert page.locator(".none").is_visible()
        look(page, f"empty-{name.partition('?')[0]}")


def test_a_console_of_a_store_that_holds_nothing_says_so_on_each_page(
    desk: Site, chromium: Browser, tmp_path: Path
) -> None:
    with site(desk.sandbox, tmp_path, desk.provider) as bare:
        context = chromium.new_context(base_url=bare.url)
        page = context.new_page()
        sign_in(bare, page)
        for name in PAGES:
            page.goto(f"/{name}")
            look(page, f"bare-{name}")
            assert page.locator("h1").count() == 1
            assert page.locator("tbody tr").count() == 0
            assert page.locator(".none").count() >= 1, name
        context.close()


def test_a_technician_approves_what_waits(desk: Site, page: Page) -> None:
    plan = desk.plan(0)
    sign_in(desk, page)
    page.get_by_role("link", name=plan.code).click()
    look(page, "plan")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text("It is approved")).to_be_visible()
    assert stage(desk, plan) is PlanStage.APPROVED


def press(page: Page, wanted: str, words: dict[str, str] | None = None) -> None:
    """By keys alone: goes from one thing to the next until one is called so, writes words on the way, and presses it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if text := (words or {}).get(page.evaluate("document.activeElement.id")):
            page.keyboard.insert_text(text)
        if page.evaluate("document.activeElement.textContent.trim()") == wanted:
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_category_is_moved_and_all_writes_are_stopped_and_let_go_on_by_keys_alone(desk: Site, page: Page) -> None:
    desk.asking()
    sign_in(desk, page)
    page.goto("/stages")
    press(page, "Back to shadow", {"why-1": "It was wrong twice."})
    moved = desk.stage_of("accounts")
    press(page, "Stop every write now", {"why-stop": "It answers customers!"})
    stopped = desk.rollout.stopped()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        look(page, f"stopped-{scheme}")
        assert page.evaluate(FAINT) == [], scheme
    press(page, "Let writes go on")

    assert (moved, stopped is not None, desk.rollout.stopped()) == (Stage.SHADOW, True, None)


def test_a_technician_denies_by_keys_alone(desk: Site, page: Page) -> None:
    plan = desk.plan(1)
    sign_in(desk, page)
    for wanted in (plan.code, "Deny"):
        press(page, wanted, {"reason": "Not on a Friday."})

    assert stage(desk, plan) is PlanStage.DENIED
    assert desk.psa.plans.get(plan).reason == "Not on a Friday."


def test_somebody_who_may_not_is_told_so(desk: Site, page: Page) -> None:
    plan = desk.plan(2)
    sign_in(desk, page, BEN)
    page.goto(f"/plans/{plan.id}")
    page.get_by_role("button", name="Approve").click()
    look(page, "not-allowed")

    expect(page.get_by_role("alert")).to_be_visible()
    assert stage(desk, plan) is PlanStage.PROPOSED


def test_what_expired_meanwhile_is_not_decided_on(desk: Site, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = desk.plan(3)
    sign_in(desk, page)
    page.goto(f"/plans/{plan.id}")
    wire = desk.psa.context.session.wire
    later = wire.moment() + timedelta(days=2)
    monkeypatch.setattr(wire, "moment", lambda: later)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "expired")
    page.goto(f"/plans/{plan.id}")
    look(page, "expired-plan")

    assert page.get_by_role("button", name="Approve").count() == 0
    assert stage(desk, plan) is not PlanStage.APPROVED
    assert desk.psa.plans.events(plan)[0].what == "refused"


def test_a_thousand_rows_are_turned_page_by_page(desk: Site, page: Page) -> None:
    desk.psa.tickets.update(desk.tickets("hardware")[0], title="one decision")
    audit = desk.rollout.state.audit
    (model,) = audit.decisions(desk.psa.tenant, limit=1)
    for number in range(1_000):
        audit.note(Decided(f"made{number}", model.tenant, model.moment, model.effect, model.decision, "many"))
    sign_in(desk, page)
    page.goto("/audit?about=many")
    look(page, "thousand")
    page.get_by_role("link", name="Earlier ones").click()
    expect(page.get_by_text("Page 2")).to_be_visible()
    assert page.locator("tbody tr").count() == 50
    page.goto("/audit?about=many&page=20")
    assert page.locator("tbody tr").count() == 50
    assert page.get_by_role("link", name="Earlier ones").count() == 0


def test_a_thousand_plans_that_wait_are_turned_page_by_page(desk: Site, page: Page) -> None:
    model = desk.plan(5)
    made = [replace(model, id=f"made{number}", code=f"{number:04}") for number in range(1_000)]
    with desk.rollout.state.database.transaction() as connection:
        connection.execute(insert(PLANS), [row_of(one) for one in made])
    sign_in(desk, page)
    page.goto("/plans?stage=proposed")
    look(page, "thousand-plans")
    latest = page.locator("tbody th a").first.get_attribute("href")
    page.get_by_role("link", name="Earlier ones").click()
    expect(page.get_by_text("Page 2")).to_be_visible()

    assert latest == "/plans/made999"
    assert page.locator("tbody tr").count() == 50
    assert page.locator("tbody th a").first.get_attribute("href") == "/plans/made949"


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.deep), "dark", "phone"])
def test_every_page_has_labels_contrast_and_fits_the_screen(desk: Site, chromium: Browser, theme: str) -> None:
    plan = desk.plan(4)
    width, height = THEMES[theme]
    colours = {"color_scheme": "dark" if theme == "dark" else "light"}
    context = chromium.new_context(base_url=desk.url, viewport={"width": width, "height": height}, **colours)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(desk, page)
    for name in (*PAGES, f"plans/{plan.id}"):
        page.goto(f"/{name}")
        look(page, f"{theme}-{name.replace(plan.id, 'one')}".replace("/", "-"))
        assert page.evaluate(UNLABELLED) == [], name
        assert page.evaluate(FAINT) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.locator("h1").count() == 1
    context.close()


UNLABELLED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, button, a, svg')]
  .filter(one => !(one.textContent.trim() || one.getAttribute('aria-label') || (one.labels && one.labels.length)))
  .map(one => one.outerHTML)"""
"""What a person who hears the page would hear nothing of."""

FAINT = """() => {
  const channel = value => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4 }
  const numbers = text => text.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  const ground = one => {
    for (; one; one = one.parentElement) {
      const found = numbers(getComputedStyle(one).backgroundColor)
      if (found.length < 4 || found[3] > 0) return found
    }
    return [255, 255, 255]
  }
  const faint = []
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
    if (!own || one.closest('svg') || one.closest('.skip') || !one.offsetParent) continue
    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x)
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(one.outerHTML.slice(0, 120))
  }
  return faint
}"""
"""Text whose contrast with its ground is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""
