"""The console over real HTTP: who may come in, what is shown, and what a POST from elsewhere, or of somebody else, does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from console_site import BEN, JANE, Site, free_port, site
from provider import Provider, served

from anypsa import Plan, PlanStage
from anypsa_automation.stages import Stage
from anypsa_sandbox import Sandbox

PAGES = ("/plans", "/predictions", "/stages", "/figures", "/audit")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("autotask", tickets=120, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    with served(provider.app) as url:
        provider.issuer = url
        yield provider


@pytest.fixture
def desk(sandbox: Sandbox, provider: Provider, tmp_path: Path) -> Iterator[Site]:
    with site(sandbox, tmp_path, provider) as made:
        yield made


def signed_in(desk: Site, person: int = JANE) -> httpx2.Client:
    desk.is_now(person)
    browser = desk.browser()
    browser.get("/")
    return browser


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def decided(browser: httpx2.Client, plan: Plan, word: str, **changed: Any) -> httpx2.Response:
    headers = changed.pop("headers", {})
    form = {**fields(browser.get(f"/plans/{plan.id}").text), "decision": word, **changed}
    return browser.post(f"/plans/{plan.id}", data=form, headers=headers)


def moved(browser: httpx2.Client, move: str, **told: str) -> int:
    form = {"token": fields(browser.get("/stages").text)["token"], "move": move, **told}
    return int(browser.post("/stages", data=form).status_code)


def test_whoever_is_not_signed_in_sees_nothing(desk: Site) -> None:
    plan, browser = desk.plan(), desk.browser()
    browser.follow_redirects = False

    answers = [browser.get(path) for path in (*PAGES, f"/plans/{plan.id}", "/")]
    posted = browser.post(f"/plans/{plan.id}", data={"decision": "approve", "digest": plan.digest, "token": ""})

    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, "/sign-in")] * len(answers)
    assert (posted.status_code, desk.psa.plans.get(plan).stage) == (403, PlanStage.PROPOSED)


def test_somebody_whom_the_tenant_does_not_know_is_not_let_in(desk: Site) -> None:
    desk.provider.person = {"email": "stranger@elsewhere.example", "email_verified": True}
    browser = desk.browser()

    assert browser.get("/").status_code == 403
    assert "Sign out" not in browser.get("/plans").text


def test_a_provider_that_is_out_of_reach_is_told_as_that(sandbox: Sandbox, provider: Provider, tmp_path: Path) -> None:
    gone = Provider()
    gone.issuer = f"http://127.0.0.1:{free_port()}"
    with site(sandbox, tmp_path, gone) as desk:
        answer = desk.browser().get("/")

    assert answer.status_code == 502


@pytest.mark.row("S123", call="anypsa console")
def test_every_page_is_shown_without_scripts_and_with_what_is_not_ours_escaped(desk: Site) -> None:
    desk.plan()
    desk.predicted()
    browser = signed_in(desk)

    pages = [browser.get(path) for path in PAGES]

    assert [one.status_code for one in pages] == [200] * len(pages)
    for one in pages:
        assert "default-src 'none'" in one.headers["content-security-policy"]
        assert "script" not in one.headers["content-security-policy"]
        assert (one.headers["x-frame-options"], one.headers["cache-control"]) == ("DENY", "no-store")
        assert not re.search(r"<script|\son\w+=|style=|<b>", one.text)
    assert "&lt;b&gt;The queue&lt;/b&gt;" in pages[0].text
    assert all(word in pages[1].text for word in ("Service Desk", "Network", "wrong"))


@pytest.mark.parametrize(("word", "stage"), [("approve", PlanStage.APPROVED), ("deny", PlanStage.DENIED)])
def test_the_assigned_technician_decides(desk: Site, word: str, stage: PlanStage) -> None:
    plan = desk.plan()

    answer = decided(signed_in(desk), plan, word, reason="Said by Jane.")

    assert (answer.status_code, desk.psa.plans.get(plan).stage) == (200, stage)
    assert desk.psa.plans.get(plan).reason == "Said by Jane."
    assert str(desk.psa.plans.events(plan)[0].via).startswith("console:")


def test_somebody_else_does_not_and_that_is_kept(desk: Site) -> None:
    plan = desk.plan()

    answer = decided(signed_in(desk, BEN), plan, "approve")

    assert (answer.status_code, desk.psa.plans.get(plan).stage) == (403, PlanStage.PROPOSED)
    assert desk.psa.plans.events(plan)[0].what == "refused"


@pytest.mark.parametrize(
    "changed",
    [
        {"token": "guessed"},
        {"digest": "0" * 64},
        {"decision": "perhaps"},
        {"headers": {"origin": "https://elsewhere.example"}},
        {"headers": {"origin": "null"}},
    ],
    ids=str,
)
def test_a_form_that_is_not_ours_or_of_another_plan_decides_nothing(desk: Site, changed: dict[str, Any]) -> None:
    plan = desk.plan()

    answer = decided(signed_in(desk), plan, **{"word": "approve", **changed})

    assert answer.status_code in (400, 403)
    assert desk.psa.plans.get(plan).stage is PlanStage.PROPOSED


def test_another_name_for_this_machine_is_not_answered(desk: Site) -> None:
    assert desk.browser().get("/sign-in", headers={"host": "rebound.example"}).status_code == 400


def test_those_who_are_named_promote_and_others_do_not(desk: Site) -> None:
    desk.predicted()
    ben, jane = signed_in(desk, BEN), signed_in(desk)

    told = {"category": "hardware", "stage": "shadow", "why": "It was right all week."}
    statuses = [moved(one, "promote", **told) for one in (ben, jane, jane)]

    assert statuses == [403, 200, 409]
    assert desk.stage_of("hardware") is Stage.NOTES
    assert "Promote to" not in ben.get("/stages").text


def test_anybody_stops_every_write_and_those_who_are_named_let_it_go_on(desk: Site) -> None:
    ben, jane = signed_in(desk, BEN), signed_in(desk)

    assert (moved(ben, "stop", why=""), desk.rollout.stopped()) == (400, None)
    assert moved(ben, "stop", why="It answers customers!") == 200
    assert "It answers customers!" in jane.get("/audit").text
    assert (moved(ben, "go on"), desk.rollout.stopped() is None) == (403, False)
    assert (moved(jane, "go on"), desk.rollout.stopped()) == (200, None)


def test_where_those_are_named_who_may_stop_others_do_not(sandbox: Sandbox, provider: Provider, tmp_path: Path) -> None:
    with site(sandbox, tmp_path, provider, stoppers=("duty@msp.example",)) as desk:
        ben, jane = signed_in(desk, BEN), signed_in(desk)

        offered = ["Stop every write" in one.get("/stages").text for one in (ben, jane)]
        statuses = [moved(one, "stop", why="It answers customers!") for one in (ben, jane)]

    assert (offered, statuses) == ([False, True], [403, 200])


def test_the_audit_trail_is_searched_and_turned_page_by_page(desk: Site) -> None:
    for ticket in desk.tickets("hardware")[:2]:
        for number in range(30):
            desk.psa.tickets.update(ticket, title=f"{number}")
    browser, asked = signed_in(desk), desk.tickets("hardware")[0].id

    first, second = (browser.get("/audit", params={"verdict": "predict", "page": page}).text for page in (1, 2))
    of_one = browser.get("/audit", params={"about": asked, "verdict": "predict"}).text

    assert [page.count("<td>predict</td>") for page in (first, second, of_one)] == [50, 10, 30]
    assert 'rel="next"' in first and 'rel="next"' not in second
    assert "Nothing was decided" in browser.get("/audit", params={"about": "%"}).text


def test_a_printed_code_is_good_once_and_decides_on_no_plan(
    sandbox: Sandbox, provider: Provider, tmp_path: Path
) -> None:
    with site(sandbox, tmp_path, provider, by_code=True) as desk:
        plan, browser, late = desk.plan(), desk.browser(), desk.browser()

        def enter(one: httpx2.Client, code: str) -> int:
            page = one.get("/").text
            return int(one.post("/enter", data={**fields(page), "code": code}).status_code)

        assert enter(browser, "guessed") == 403
        assert enter(browser, desk.codes[0]) == 200
        assert enter(late, desk.codes[0]) == 403
        page = browser.get(f"/plans/{plan.id}").text
        answer = browser.post(f"/plans/{plan.id}", data={**fields(page), "decision": "approve"})

    assert "Approve" not in page.partition("<main")[2]
    assert answer.status_code == 403
    assert len(desk.codes) == 2


def test_after_five_guesses_another_code_is_printed(sandbox: Sandbox, provider: Provider, tmp_path: Path) -> None:
    with site(sandbox, tmp_path, provider, by_code=True) as desk:
        browser = desk.browser()
        form = fields(browser.get("/").text)
        statuses = [browser.post("/enter", data={**form, "code": "guessed"}).status_code for _ in range(5)]
        old, new = desk.codes

        assert statuses == [403] * 5
        assert browser.post("/enter", data={**form, "code": old}).status_code == 403
        assert browser.post("/enter", data={**form, "code": new}).status_code == 200
