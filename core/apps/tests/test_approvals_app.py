"""The approvals app over real HTTP: a GET decides nothing, and a POST counts from its own page, of the right person, once."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey
from provider import CLIENT, SECRET, Provider, served

import anypsa
from anypsa import ConfigurationError, Plan, PlanStage, Psa
from anypsa_apps.approvals import SignIn, approvals
from anypsa_sandbox import Sandbox

TITLE = "Restarted the spooler."


@pytest.fixture(scope="module", params=["autotask", pytest.param("halopsa", marks=pytest.mark.deep)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, tickets=60, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    with served(provider.app) as url:
        provider.issuer = url
        yield provider


class Site:
    """The app as it is served, and people with browsers."""

    def __init__(self, sandbox: Sandbox, provider: Provider, psa: Psa, ticket: str, url: str) -> None:
        self.sandbox, self.provider, self.psa, self.ticket, self.url = sandbox, provider, psa, ticket, url
        self.people = sandbox.world().rows("technicians")
        self.browsers: list[httpx2.Client] = []

    def plan(self) -> Plan:
        with self.psa.plan(self.ticket, why="<b>The queue</b> is stuck.") as plan:
            plan.tickets.update(self.ticket, title=TITLE)
        return plan.propose()

    def browser(self) -> httpx2.Client:
        self.browsers.append(httpx2.Client(follow_redirects=True, trust_env=False, base_url=self.url))
        return self.browsers[-1]

    def signed_in(self, plan: Plan, person: int = 1, **claims: Any) -> httpx2.Client:
        """Somebody who followed the link and signed in."""
        self.provider.person = {"email": self.people[person]["email"], "email_verified": True, **claims}
        browser = self.browser()
        browser.get(f"/plans/{plan.id}")
        return browser

    def stage(self, plan: Plan) -> PlanStage:
        return self.psa.plans.get(plan).stage

    def events(self, plan: Plan) -> list[str]:
        return [one.what for one in self.psa.plans.events(plan)]


@pytest.fixture
def site(sandbox: Sandbox, provider: Provider, tmp_path: Path) -> Iterator[Site]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    row = next(one for one in sandbox.world().rows("tickets") if one["closed"] is None)
    sandbox.world().change("tickets", row["id"], {"assignee": sandbox.world().rows("technicians")[1]["id"]})
    fast: dict[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0, "release_lag": 0.0}
    own = {"state": tmp_path / "state.db", "policy": "guarded", "public_url": url}
    provider.lies, provider.named, provider.signs_with = {}, None, provider.key
    with anypsa.connect(sandbox.dialect.name, **sandbox.settings, **fast, **own) as psa:
        app = approvals(psa, SignIn(provider.issuer, CLIENT, SECRET))
        with served(app, int(url.rpartition(":")[2])):
            site = Site(sandbox, provider, psa, str(row["id"]), url)
            yield site
            for browser in site.browsers:
                browser.close()


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type=hidden name=(\w+) value="([^"]*)">', page))


def decided(browser: httpx2.Client, plan: Plan, word: str = "approve", **changed: Any) -> int:
    """What the app answers when the button on the plan's page is pressed, with some of the form changed."""
    headers = changed.pop("headers", {})
    form = {**fields(browser.get(f"/plans/{plan.id}").text), "decision": word, **changed}
    return int(browser.post(f"/plans/{plan.id}", data=form, headers=headers).status_code)


@pytest.mark.trust("A13")
@pytest.mark.row("S100", call="anypsa_apps.approvals.approvals(psa, SignIn(...))")
def test_the_technician_who_signs_in_sees_the_plan_and_decides(site: Site) -> None:
    plan = site.plan()
    assert f"{site.url}/plans/{plan.id}" in site.psa.notes.get(str(plan.note)).body
    jane = site.signed_in(plan)
    page = jane.get(f"/plans/{plan.id}")

    assert TITLE in page.text
    assert "<b>" not in page.text
    assert (page.headers["cache-control"], page.headers["x-frame-options"]) == ("no-store", "DENY")
    assert site.stage(plan) is PlanStage.PROPOSED
    form = {**fields(page.text), "decision": "approve"}
    assert jane.post(f"/plans/{plan.id}", data=form).status_code == 200
    assert site.stage(plan) is PlanStage.APPROVED
    assert site.psa.plans.run(plan).stage is PlanStage.DONE
    assert jane.post(f"/plans/{plan.id}", data=form).status_code == 403
    assert site.events(plan)[0] == "refused"


def test_the_technician_can_deny(site: Site) -> None:
    plan = site.plan()

    assert decided(site.signed_in(plan), plan, "deny") == 200
    assert site.stage(plan) is PlanStage.DENIED


@pytest.mark.trust("A13")
def test_whatever_a_mail_scanner_opens_decides_nothing_and_tells_nothing(site: Site) -> None:
    plan = site.plan()
    scanner = site.browser()
    scanner.follow_redirects = False
    urls = [f"/plans/{plan.id}", f"/plans/{plan.id}?decision=approve&digest={plan.digest}", "/sign-in", "/signed-in"]
    answers = [scanner.request(method, url) for url in urls for method in ("GET", "HEAD")]
    posted = scanner.post(f"/plans/{plan.id}", data={"decision": "approve", "digest": plan.digest, "token": ""})

    assert all(answer.status_code in (302, 303, 403, 405) for answer in answers)
    assert posted.status_code == 403
    assert not any(TITLE in answer.text for answer in answers)
    assert site.stage(plan) is PlanStage.PROPOSED


ATTACKS: dict[str, Callable[[Site, Plan], int]] = {
    "somebody else": lambda site, plan: decided(site.signed_in(plan, 2), plan),
    "a guessed token": lambda site, plan: decided(site.signed_in(plan), plan, token="x" * 43),  # noqa: S106
    "no token": lambda site, plan: decided(site.signed_in(plan), plan, token=""),
    "another page": lambda site, plan: decided(site.signed_in(plan), plan, headers={"origin": "https://evil.example"}),
    "another plan was shown": lambda site, plan: decided(site.signed_in(plan), plan, digest="0" * 64),
    "no digest": lambda site, plan: decided(site.signed_in(plan), plan, digest=""),
    "another word": lambda site, plan: decided(site.signed_in(plan), plan, "perhaps"),
    "another one's token": lambda site, plan: decided(
        site.signed_in(plan), plan, token=fields(site.signed_in(plan).get(f"/plans/{plan.id}").text)["token"]
    ),
}


@pytest.mark.trust("A13")
def test_no_forged_or_foreign_post_decides(site: Site) -> None:
    plan = site.plan()
    answers = {name: attack(site, plan) for name, attack in ATTACKS.items()}

    assert {name: answer for name, answer in answers.items() if answer not in (403, 404)} == {}
    assert site.stage(plan) is PlanStage.PROPOSED


LIES: dict[str, dict[str, Any]] = {
    "an address that is not verified": {"email_verified": False},
    "an address of which nothing is said": {"email_verified": None},
    "no address": {"email": None},
    "an address of nobody": {"email": "nobody@msp.example"},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another"},
    "an old answer": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "an expired token": {"exp": 1},
}


@pytest.mark.trust("A13")
def test_only_a_verified_id_token_says_who_somebody_is(site: Site) -> None:
    plan = site.plan()
    seen = []
    for name, lies in LIES.items():
        site.provider.lies = lies
        if TITLE in site.signed_in(plan).get(f"/plans/{plan.id}").text:
            seen.append(name)
    site.provider.lies = {}
    site.provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    if TITLE in site.signed_in(plan).get(f"/plans/{plan.id}").text:
        seen.append("another key")

    assert seen == []


@pytest.mark.trust("A13")
def test_an_answer_of_the_provider_is_good_for_the_browser_that_asked_and_once(site: Site) -> None:
    plan = site.plan()
    site.provider.person = {"email": site.people[1]["email"], "email_verified": True}
    victim, thief = site.browser(), site.browser()
    victim.follow_redirects = False
    asked = victim.get("/sign-in").headers["location"]
    back = victim.get(asked).headers["location"]

    assert thief.get(back).status_code == 403
    assert victim.get(f"{site.url}/signed-in?code=x&state=y").status_code == 403
    before = victim.cookies["anypsa"]
    assert victim.get(back).status_code == 200
    assert victim.cookies["anypsa"] != before
    assert victim.get(back).status_code == 403
    assert site.stage(plan) is PlanStage.PROPOSED


def test_a_provider_that_calls_itself_otherwise_is_refused(site: Site) -> None:
    site.provider.named = "https://evil.example"

    assert site.browser().get("/sign-in").status_code == 502


def test_the_app_wants_its_address_and_a_provider(sandbox: Sandbox, tmp_path: Path) -> None:
    with anypsa.connect(sandbox.dialect.name, **sandbox.settings, state=tmp_path / "s.db", ledger="memory") as psa:
        with pytest.raises(ConfigurationError):
            approvals(psa, SignIn("https://login.example", CLIENT, SECRET))
    for issuer, id in (("http://login.example", CLIENT), ("https://login.example", "")):
        with pytest.raises(ConfigurationError):
            SignIn(issuer, id, SECRET)
