"""Sensitive tickets: those that ask for what an impostor would ask for. Rules over the ticket's words, for policies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from anypsa import Classification, Classifier, Ticket
from anypsa.policy import OwnCategory

SENSITIVE: Final = "sensitive"

# No unbounded repetition: a ticket's text comes from anybody, and is as long as he likes.
RULES: Final[Mapping[str, Sequence[str]]] = {
    "password": (
        r"\bpass ?(word|phrase|code)s?\b",
        r"\bpasswort\b|\bkennwort\b|\bmot de passe\b|\bcontrase[nñ]a\b|\bwachtwoord\b",
        r"\bpwd?\b",
        r"\b(reset|change|forg[eo]t\w*|new|expired|unlock)\b.{0,30}\b(login|credentials?|pin)\b",
        r"\blogin\b.{0,30}\b(reset|changed?|expired|forg[eo]t\w*)\b",
        r"\bcredentials?\b",
        r"\b(wifi|wi-fi|network|vpn) key\b",
    ),
    "lockout": (
        r"\block(ed)?[ -]?out\b",
        r"\b(unlock|locked)\b.{0,40}\b(account|user|login|ad|profile)\b",
        r"\b(account|user|login)\b.{0,40}\b(locked|unlock|disabled)\b",
        r"\b(can ?(no|')t|can not|unable to|not able to) (log|sign|get) ?(in|on|into|onto)\b",
        r"\b(konto|benutzer|account)\b.{0,30}\b(ge|ent)sperr\w*",
        r"\b(re-?activate|re-?enable)\b.{0,40}\b(account|user|login)\b",
    ),
    "second factor": (
        r"\b(mfa|2fa|otp|totp|yubikey)\b",
        r"\b(multi|two)[ -]?factor\b",
        r"\bauthenticator\b",
        r"\b(new|lost|stolen|changed|broke\w*)\b.{0,20}\bphone\b.{0,60}\b(codes?|sign|log|approve|verif\w+)\b",
        r"\b(verification|security|recovery|backup|one[ -]?time|sign[ -]?in|login) (codes?|texts?|prompts?)\b",
        r"\b(two|2)[ -]?step\b",
        r"\b(security|hardware) (key|token)s?\b",
        r"\bpass ?keys?\b",
        r"\bduo\b",
        r"\b(phone|mobile|iphone|handset|number)\b.{0,60}\b(sign|log)(ged|ging)?[ -]?(in|on)s?\b",
        r"\b(phone|mobile|iphone|handset)\b.{0,60}\b(logins?|approv\w+)\b",
    ),
    "rights": (
        r"\b(admin|administrator|domain admin|root|owner)\b.{0,20}\b(rights?|access|permissions?|privileges?|role)\b",
        r"\b(rights?|access|permissions?|privileges?)\b.{0,20}\b(admin|administrator|root)\b",
        r"\b(local|domain|global) admin(istrator)?s?\b",
        r"\b(make|add|grant|give|set)\b.{0,40}\b(admins?|administrators?|owner)\b",
        r"\b(give|grant|allow|need|wants?)\b.{0,40}\b(remote )?access to\b",
        r"\bremote access for\b",
        r"\b(elevate|elevated|privileged?)\b",
        r"\badd\b.{0,40}\bgroup\b",
        r"\b(see|read|open)\b.{0,40}\b(inbox|mailbox|e?mails?) of\b",
        r"\b(full|delegate|read) access\b.{0,40}\b(mailbox|inbox|mail|calendar)\b",
        r"\b(access|forward\w*)\b.{0,40}\b(mailbox|inbox|e?mails?)\b",
    ),
    "money": (
        r"\bbank(ing)? (details?|account)\b",
        r"\b(pay|payment|transfer)\b.{0,40}\b(new|other|another|different)\b.{0,10}\baccount\b",
        r"\b(iban|wire transfer|direct deposit|gift ?cards?)\b",
        r"\b(change|update|new)\b.{0,30}\b(payroll|payment|invoice) (details?|account|address)\b",
    ),
}


class SensitiveTickets:
    """Finds tickets that ask for passwords, second factors, rights, or money, by rules that can be replaced.

    A sensitive ticket has the category `sensitive` and those of the rules that match ("password"), beside its own, so that
    policies can name any of them: `Rule(..., categories=frozenset({"sensitive"}))`. Rather one too many: a missed one may
    hand a customer's account to a stranger, and one too many costs a human's look.
    """

    def __init__(self, rules: Mapping[str, Sequence[str]] = RULES, *, own: Classifier | None = None) -> None:
        self._rules = {name: re.compile("|".join(f"(?:{one})" for one in some)) for name, some in rules.items()}
        self._own = OwnCategory() if own is None else own

    def classify(self, ticket: Ticket) -> Classification:
        """The ticket's categories."""
        own = self._own.classify(ticket)
        found = self.found(f"{ticket.title}\n{ticket.description or ''}")
        if not found:
            return own
        # Two rules that agree are more than one; none of them is proof.
        confidence = 0.8 if len(found) == 1 else 0.95
        reason = f"its words are those of: {', '.join(sorted(found))}"
        return Classification(own.categories | found | {SENSITIVE}, confidence, reason)

    def found(self, text: str) -> frozenset[str]:
        """The rules that match a text."""
        words = plain(text)
        return frozenset(name for name, rule in self._rules.items() if rule.search(words))


def plain(text: str) -> str:
    """The words as they are meant to be read: without case, without what cannot be seen, letters in their plain form."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    return " ".join(seen.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
