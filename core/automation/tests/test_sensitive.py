"""Sensitive tickets: none of the labelled ones is missed, and few others are taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from anypsa import Choice, Policy, Ref, Rule, Rules, State, Ticket, Verdict
from anypsa.effects import Action, Effect
from anypsa.policy import Known
from anypsa_automation import SensitiveTickets

# Labelled by what a careful technician would check before he does it. Written for this test; no customer's words.
SENSITIVE = {
    "password": [
        "Please reset my password", "Forgot password for the portal", "PASSWORD EXPIRED", "need new pw for Sage",
        "Kann jemand mein Passwort zurücksetzen?", "Jane needs her login reset", "can you send me the credentials for the NAS",
        "pass word does not work any more", "Ｐａｓｓｗｏｒｄ reset", "pass\u200bword reset", "I lost the passphrase of my key",
        "mot de passe oublié", "Contraseña olvidada", "change my voicemail PIN",
    ],
    "lockout": [
        "Locked out of Windows", "Please unlock Bob's account", "user account is locked again", "lockout on the DC",
        "My account got disabled after holiday", "I can't log in", "can’t sign in to Teams",
    ],
    "second factor": [
        "MFA reset for new starter", "Got a new phone and cannot approve the sign in", "2FA not working", "Authenticator app was deleted",
        "please disable multi-factor for the CEO", "two factor codes go to my old number", "send me the backup codes",
        "lost my phone, need codes to log on", "YubiKey stolen",
    ],
    "rights": [
        "Give me admin rights on my laptop", "Domain admin access for vendor", "permissions of an administrator please",
        "Full access to Tom's mailbox", "Forward all emails of Kim to me", "need access to my boss' inbox today",
    ],
    "money": [
        "Update bank details for our supplier", "new IBAN for salaries", "please buy gift cards", "change payroll account to this one",
        "urgent wire transfer",
    ],
}  # fmt: skip
ORDINARY = [
    "Printer on floor 2 is out of toner", "Outlook is slow since this morning", "New laptop for the sales team",
    "VPN drops every hour", "Monitor flickers", "Please install Adobe Reader", "Backup job failed on SRV01",
    "Disk C: 95% full on FILE02", "Router needs a reset after the power cut", "Scanner sends blank pages", "Wi-Fi weak in meeting room",
    "Teams has no sound", "Excel crashes when opening the budget", "Keyboard broken", "Moving office on Friday, need help with desks",
    "Website shows an old logo", "Phone line crackles", "Please add the new printer to reception", "Server room is too warm",
    "Windows update stuck at 30%", "Docking station does not charge", "Can we get a quote for ten monitors?",
    "Lock on the server room door is jammed", "Calendar shows wrong time zone", "Antivirus licence expires next month",
    "SSL certificate of the shop expires", "New phone system: please order headsets", "Projector bulb is dead", "Shared folder is missing",
    "Email signature has the wrong title",
]  # fmt: skip
LABELLED = [(text, name) for name, texts in SENSITIVE.items() for text in texts]


def ticket(title: str, description: str | None = None, **more: Any) -> Ticket:
    company: Ref[Any] = Ref(tenant="t", id="7")
    told = {"state": State.OPEN, "status": Choice(id="1"), "company": company, "title": title}
    return Ticket(tenant="t", id="1", **{**told, "description": description, **more})


@pytest.mark.row("S103", call="anypsa_automation.SensitiveTickets()")
@pytest.mark.parametrize(("text", "name"), LABELLED)
def test_none_of_the_labelled_is_missed(text: str, name: str) -> None:
    in_title, in_text = (
        SensitiveTickets().classify(one) for one in (ticket(text), ticket("Help", f"Hi,\n{text}\nThanks"))
    )

    assert {"sensitive", name} <= in_title.categories
    assert {"sensitive", name} <= in_text.categories


def test_few_of_the_others_are_taken_for_one() -> None:
    taken = [text for text in ORDINARY if "sensitive" in SensitiveTickets().classify(ticket(text)).categories]

    assert taken == []


def test_the_tickets_own_category_stays() -> None:
    found = SensitiveTickets().classify(ticket("MFA reset", category=Choice(id="1", label="Security")))

    assert found.categories == {"sensitive", "second factor", "security"}
    assert 0 < found.confidence < 1


def test_rules_can_be_ones_own() -> None:
    mine = SensitiveTickets({"badge": (r"\bbadge\b",)})

    assert "badge" in mine.classify(ticket("lost my BADGE")).categories
    assert "sensitive" not in mine.classify(ticket("password")).categories


def test_a_policy_asks_a_human_for_a_sensitive_ticket() -> None:
    rule = Rule(
        name="sensitive tickets",
        then=Verdict.APPROVAL,
        actions=frozenset({Action.UPDATE}),
        categories=frozenset({"sensitive"}),
    )
    assert isinstance(Policy.guarded, Rules)
    policy = Policy.guarded.and_also(rule, classifier=SensitiveTickets())
    triage = Effect(Action.UPDATE, "ticket", "1", frozenset({"assignee"}), ticket="1")

    decided = policy.explain(triage, Known(ticket_now=ticket("Please reset my password")))

    assert (decided.verdict, decided.confidence) == (Verdict.APPROVAL, 0.8)
    assert policy.explain(triage, Known(ticket_now=ticket("Printer jam"))).verdict is Verdict.AUTO


def test_what_is_asked_for_is_found_behind_any_amount_of_other_words() -> None:
    long = "the new phone for the account " * 5_000

    assert "second factor" in SensitiveTickets().classify(ticket("x", f"{long} and an mfa reset")).categories
