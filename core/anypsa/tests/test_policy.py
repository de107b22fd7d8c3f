"""Policies: what is decided, by which rule, and that what cannot be told wants an approval."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import anypsa
from anypsa import (
    Action,
    Choice,
    Classification,
    ConfigurationError,
    Contract,
    ContractKind,
    Effect,
    Policy,
    Ref,
    Rule,
    State,
    Ticket,
    Verdict,
    Visibility,
)
from anypsa.policy import COLUMNS, MATRIX, PRESETS, ByContract, Case, Known, Rules

AUTO, APPROVAL, DISABLED = Verdict.AUTO, Verdict.APPROVAL, Verdict.DISABLED
EVERYTHING = Rule(name="anything", then=AUTO)
CELLS = [(case, preset) for case in MATRIX for preset in COLUMNS]


def ticket(**more: Any) -> Ticket:
    company: Ref[Any] = Ref(tenant="t", id="7")
    values = {"tenant": "t", "id": "1", "state": State.OPEN, "status": Choice(id="1"), "company": company}
    return Ticket(**{**values, **more})


def under(kind: ContractKind, hours: str | None = None) -> Known:
    """Facts of a ticket whose contract is of this kind."""
    company: Ref[Any] = Ref(tenant="t", id="7")
    contract = Contract(tenant="t", id="3", company=company, kind=kind)
    on = ticket(contract=Ref(tenant="t", id="3"))
    return Known(ticket_now=on, contract_now=contract, hours=None if hours is None else Decimal(hours))


def update(*fields: str, **more: Any) -> Effect:
    return Effect(Action.UPDATE, "ticket", "1", frozenset(fields), ticket="1", **more)


def verdict(effect: Effect, facts: Known, *rules: Rule) -> Verdict:
    return Rules("mine", (EVERYTHING, *rules)).explain(effect, facts).verdict


@pytest.mark.row("S93", "S95", "S96", "S97", "S98", "S99", call="anypsa policy matrix")
@pytest.mark.parametrize(("case", "preset"), CELLS, ids=lambda one: one.what if isinstance(one, Case) else one)
def test_a_preset_decides_as_its_cell_of_the_matrix_says(case: Case, preset: str) -> None:
    assert PRESETS[preset].explain(case.effect, case.facts).verdict is case.expected[preset]


@pytest.mark.parametrize("preset", COLUMNS)
def test_what_a_preset_decided_by_is_told(preset: str) -> None:
    assert all(PRESETS[preset].explain(case.effect, case.facts).rule.startswith(f"{preset}: ") for case in MATRIX)


def test_disabled_beats_approval_and_approval_beats_auto_in_whatever_order() -> None:
    rules = [Rule(name=word, then=word) for word in (AUTO, APPROVAL, DISABLED)]

    assert Rules("a", rules).explain(update("title")).verdict is DISABLED
    assert Rules("b", rules[::-1]).explain(update("title")).verdict is DISABLED
    assert Rules("c", rules[:2]).explain(update("title")).verdict is APPROVAL


def test_what_no_rule_names_wants_an_approval() -> None:
    assert Rules("empty", ()).explain(Effect(Action.READ, "ticket")).verdict is APPROVAL


CONDITIONS: dict[str, tuple[Rule, Effect, Known, Effect, Known]] = {
    "category": (
        Rule(name="r", then=DISABLED, categories=frozenset({"Hardware"})),
        update("title"), Known(ticket_now=ticket(category=Choice(id="1", label="hardware"))),
        update("title"), Known(ticket_now=ticket(category=Choice(id="2", label="software"))),
    ),
    "contract kind": (
        Rule(name="r", then=DISABLED, contract_kinds=frozenset({ContractKind.BLOCK_HOURS})),
        update("title"), under(ContractKind.BLOCK_HOURS), update("title"), under(ContractKind.RECURRING),
    ),
    "hours left": (
        Rule(name="r", then=DISABLED, hours_left_below=Decimal(2)),
        update("title"), under(ContractKind.BLOCK_HOURS, "1.5"), update("title"), under(ContractKind.BLOCK_HOURS, "2"),
    ),
    "actor": (
        Rule(name="r", then=DISABLED, actors=frozenset({"bot"})),
        update("title"), Known(actor="bot"), update("title"), Known(actor="human"),
    ),
    "tenant": (
        Rule(name="r", then=DISABLED, tenants=frozenset({"acme"})),
        update("title"), Known(tenant="acme"), update("title"), Known(tenant="other"),
    ),
    "stage": (
        Rule(name="r", then=DISABLED, stages=frozenset({"shadow"})),
        update("title"), Known(stage="shadow"), update("title"), Known(stage="live"),
    ),
    "a field": (
        Rule(name="r", then=DISABLED, touching=frozenset({"title"})), update("title", "due"), Known(),
        update("due"), Known(),
    ),
    "raw": (Rule(name="r", then=DISABLED, raw=True), update("title", raw=True), Known(), update("title"), Known()),
    "closing": (
        Rule(name="r", then=DISABLED, moves=True),
        update("status", status="5"), Known(ticket_now=ticket(), states={"5": State.CLOSED}),
        update("status", status="5"), Known(ticket_now=ticket(), states={"5": State.OPEN}),
    ),
    "visibility": (
        Rule(name="r", then=DISABLED, visibility=Visibility.PUBLIC),
        Effect(Action.UPDATE, "note", "1", frozenset({"body"})), Known(shown_to=Visibility.PUBLIC),
        Effect(Action.UPDATE, "note", "1", frozenset({"body"})), Known(shown_to=Visibility.INTERNAL),
    ),
}  # fmt: skip


@pytest.mark.row("N12", "S94", call='anypsa.connect(..., policy={"rules": [...]})')
@pytest.mark.parametrize("name", CONDITIONS)
def test_a_rule_applies_to_what_it_names_and_to_nothing_else(name: str) -> None:
    rule, met, met_facts, missed, missed_facts = CONDITIONS[name]

    assert verdict(met, met_facts, rule) is DISABLED
    assert verdict(missed, missed_facts, rule) is AUTO


@pytest.mark.parametrize("name", [one for one in CONDITIONS if one not in ("a field", "raw", "tenant")])
def test_whether_a_rule_applies_that_cannot_be_told_wants_an_approval(name: str) -> None:
    rule, met, *_ = CONDITIONS[name]

    assert verdict(met, Known(), rule) is APPROVAL


@pytest.mark.parametrize("name", [one for one in CONDITIONS if one not in ("actor", "tenant", "stage", "raw")])
def test_a_write_that_nobody_understands_is_under_suspicion_of_every_rule(name: str) -> None:
    rule, _, facts, *_ = CONDITIONS[name]

    assert verdict(Effect(Action.UNKNOWN, "Tickets/Merge", raw=True), facts, rule) is not AUTO


@pytest.mark.parametrize(
    "effect",
    [
        update("title", "vendorsOwnWord", raw=True),
        update(raw=True),
        Effect(Action.CREATE, "note", None, frozenset({"body"}), raw=True),
        Effect(Action.UPDATE, "note", "1", frozenset({"body", "visibility"})),
        Effect(Action.CREATE, "time_entry", None, frozenset({"summary"}), raw=True),
    ],
    ids=str,
)
def test_raw_words_hide_nothing(effect: Effect) -> None:
    facts = Known(ticket_now=ticket(), shown_to=Visibility.INTERNAL)
    public = Rule(name="p", then=DISABLED, entities=frozenset({effect.entity}), visibility=Visibility.PUBLIC)
    closing = Rule(name="c", then=DISABLED, moves=True)

    assert APPROVAL in (verdict(effect, facts, public), verdict(effect, facts, closing))


def test_reads_are_not_judged_by_what_they_would_read() -> None:
    rule = Rule(name="r", then=DISABLED, categories=frozenset({"hardware"}))

    assert verdict(Effect(Action.READ, "ticket", "1"), Known(), rule) is AUTO


def test_what_is_not_about_a_ticket_is_not_judged_by_one() -> None:
    rule = Rule(name="r", then=DISABLED, categories=frozenset({"hardware"}))

    assert verdict(Effect(Action.UPDATE, "company", "1", frozenset({"name"})), Known(), rule) is AUTO


class Sure:
    """A classifier that always says the same."""

    def classify(self, ticket: Ticket) -> Classification:
        return Classification(frozenset({"sensitive"}), 0.9, "it says password")


def test_a_classifier_of_ones_own_is_asked_and_its_confidence_is_told() -> None:
    rule = Rule(name="sensitive", then=DISABLED, categories=frozenset({"sensitive"}))
    policy = Rules("mine", (EVERYTHING,)).and_also(rule, classifier=Sure())

    decided = policy.explain(update("title"), Known(ticket_now=ticket()))

    assert (decided.verdict, decided.confidence) == (DISABLED, 0.9)


def test_what_may_only_touch_some_fields_may_touch_no_others() -> None:
    policy = Rules("mine", (Rule(name="r", then=AUTO, only=frozenset({"title", "due"})),))

    assert policy.explain(update("title")).verdict is AUTO
    assert policy.explain(update("title", "queue")).verdict is APPROVAL


@pytest.mark.parametrize(
    "named", [{"then": AUTO, "touching": {"title"}}, {"then": DISABLED, "only": {"title"}}], ids=str
)
def test_a_rule_that_one_more_field_gets_round_is_refused(named: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Rule(name="r", **named)


@pytest.mark.row("S94", call='anypsa.connect(profile="acme")')
def test_a_table_adds_rules_to_a_preset() -> None:
    policy = Policy.from_table(
        {
            "preset": "guarded",
            "rules": [
                {"name": "titles", "then": "auto", "actions": ["update"], "entities": ["ticket"], "only": ["title"]}
            ],
        }
    )

    assert policy.explain(update("title"), Known(ticket_now=ticket())).verdict is AUTO
    assert policy.explain(update("title", "due"), Known(ticket_now=ticket())).verdict is APPROVAL


@pytest.mark.parametrize(
    "table",
    [
        {"rulez": []},
        {"rules": "all"},
        {"rules": [{"then": "auto"}]},
        {"rules": [{"name": "a", "then": "allow"}]},
        {"rules": [{"name": "a", "then": "auto", "field": ["title"]}]},
        {"rules": [{"name": "a", "then": "auto", "actions": []}]},
        {"rules": [{"name": "a", "then": "auto", "raw": "no"}]},
        {"rules": [{"name": "a", "then": "auto", "hours_left_below": "few"}]},
        {"rules": [{"name": "a", "then": "disabled", "only": ["title"]}]},
        {"rules": [{"name": "a", "then": "disabled", "touching": ["titel"]}]},
        {"rules": [{"name": "a", "then": "disabled", "entities": ["tickets"]}]},
        {"rules": [{"name": "a", "then": "disabled", "entities": ["note"], "touching": ["resolution"]}]},
        {"rules": [{"name": "a", "then": "disabled", "visibility": ["public"]}]},
        {"preset": "lax"},
        {"preset": ["guarded"]},
        {"preset": "open", "rules": [{"name": "a", "then": "disabled"}]},
    ],
    ids=str,
)
def test_a_table_that_cannot_be_meant_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Policy.from_table(table)


def test_a_vendors_own_entity_and_its_fields_may_be_called_anything() -> None:
    rule = {"name": "a", "then": "disabled", "entities": ["TicketCharges"], "touching": ["unitPrice"]}

    assert isinstance(Policy.from_table({"rules": [rule]}), Rules)


def test_all_that_is_wrong_with_a_table_is_told_at_once() -> None:
    wrong = {"rulez": [], "preset": "lax", "rules": [{"then": "allow"}, {"name": "a", "then": "auto", "raw": 1}]}
    with pytest.raises(ConfigurationError) as caught:
        Policy.from_table(wrong)

    assert {one.field for one in caught.value.problems} == {
        "policy.rulez", "policy.preset", "policy.rules[0].name", "policy.rules[0].then", "policy.rules[1].raw",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('[acme.policy]\npreset = "lax"', ["preset", "lax", *PRESETS]),
        ('[[acme.policy.rules]]\nname = "a"\nthen = "alow"', ["rules[0].then", "alow", "approval", "disabled"]),
        ('[acme.policy\npreset = "guarded"', ["line 6"]),
    ],
)
def test_a_policy_that_cannot_be_read_is_told_with_its_file_and_its_key(
    policy: str, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = 'adapter = "autotask"\nusername = "u"\nsecret = "canary"\nintegration_code = "i"'
    (tmp_path / "anypsa.toml").write_text(f"[acme]\n{own}\n{policy}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        anypsa.connect(profile="acme")

    assert [one for one in (str(tmp_path / "anypsa.toml"), *told) if one not in str(caught.value)] == []
    assert "canary" not in str(caught.value)


def test_another_name_of_a_field_is_under_suspicion() -> None:
    rule = Rule(name="r", then=DISABLED, touching=frozenset({"body"}))

    assert verdict(Effect(Action.CREATE, "note", None, frozenset({"html"}), raw=True), Known(), rule) is APPROVAL


def paid_by(kind: ContractKind | None, **told: Any) -> Known:
    """Facts of a ticket under such a contract, or under none."""
    facts = under(kind or ContractKind.UNKNOWN) if kind is not None else Known(ticket_now=ticket())
    return replace(facts, states={"1": State.OPEN, "2": State.CLOSED}, **told)


CLOSING = update("status", status="2")
BY_CONTRACT = ByContract(Policy.open)


def test_the_stricter_of_policy_and_contract_decides() -> None:
    assert ByContract(Policy.read_only).explain(CLOSING, paid_by(ContractKind.RECURRING)).verdict is DISABLED
    assert BY_CONTRACT.explain(CLOSING, paid_by(ContractKind.PROJECT)).verdict is APPROVAL
    assert ByContract(Policy.guarded).explain(CLOSING, paid_by(ContractKind.RECURRING)).verdict is APPROVAL


def test_a_contract_of_which_nothing_can_be_told_escalates() -> None:
    assert BY_CONTRACT.explain(CLOSING, paid_by(ContractKind.UNKNOWN)).verdict is APPROVAL
    assert BY_CONTRACT.explain(CLOSING, Known(states={"2": State.CLOSED})).verdict is APPROVAL
    assert BY_CONTRACT.explain(CLOSING, paid_by(None)).verdict is APPROVAL


def test_what_cannot_be_read_is_not_taken_for_done() -> None:
    for kind in (ContractKind.TIME_AND_MATERIALS, ContractKind.PER_TICKET, ContractKind.BLOCK_HOURS):
        assert BY_CONTRACT.explain(CLOSING, paid_by(kind)).verdict is APPROVAL


def test_what_may_close_the_ticket_along_the_way_wants_an_approval_where_closing_is_not_free() -> None:
    note = Effect(Action.CREATE, "note", None, frozenset({"ticket", "body", "visibility", "status"}), ticket="1")
    raw = replace(CLOSING, status=None, raw=True, fields=frozenset({"status_id"}))

    for effect in (note, raw):
        assert BY_CONTRACT.explain(effect, paid_by(ContractKind.TIME_AND_MATERIALS, logged=())).verdict is APPROVAL
    assert BY_CONTRACT.explain(note, paid_by(ContractKind.RECURRING)).verdict is AUTO


def test_a_ticket_that_is_closed_while_its_contract_changes_wants_an_approval() -> None:
    both = update("status", "contract", status="2")

    assert BY_CONTRACT.explain(both, paid_by(ContractKind.RECURRING)).verdict is APPROVAL


def test_what_hangs_on_no_ticket_is_no_matter_of_contracts() -> None:
    assert BY_CONTRACT.explain(Effect(Action.UPDATE, "contact", "1", frozenset({"phone"}))).verdict is AUTO
    assert BY_CONTRACT.explain(Effect(Action.UPDATE, "contract", "1", frozenset({"ends"}))).verdict is APPROVAL


def test_a_profile_turns_contracts_on_and_names_those_of_another_kind() -> None:
    told = {"preset": "guarded", "contracts": {"low_hours": 4, "project": ["Office move"]}}

    assert Policy.from_table(told) == ByContract(
        Policy.guarded, Decimal(4), {ContractKind.PROJECT: frozenset({"Office move"})}
    )
    assert Policy.from_table({"preset": "guarded", "contracts": True}) == ByContract(Policy.guarded)
    assert Policy.from_table({"preset": "guarded", "contracts": False}) is Policy.guarded
    for wrong in ("yes", {"low_hours": "few"}, {"office": ["x"]}, {"project": []}):
        with pytest.raises(ConfigurationError):
            Policy.from_table({"preset": "guarded", "contracts": wrong})
