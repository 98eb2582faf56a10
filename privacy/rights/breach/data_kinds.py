"""Categories of data, as notices of a breach name them; what an opening showed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

# The words of letters have each of them in every language.
CODES = (
    "name", "phone", "email", "address", "birthday", "organisation", "source", "consents",
    "calls", "requests", "messages", "login", "bank_account", "payment_card", "social_security",
    "identity_number", "driver_license", "tax_number", "health", "health_insurance", "biometric",
    "location", "other",
)  # fmt: skip
OFFICIAL_NUMBERS = frozenset({"social_security", "identity_number", "driver_license", "tax_number"})
PROFILE = ("name", "email", "address", "birthday", "organisation", "other")
# A sealed part, as the entry of an opening names it, to what it holds.
HELD_BY = {
    "phone": ("phone",),
    "profile": PROFILE,
    "profile_history": PROFILE,
    "correction": PROFILE,
    "consent_evidence": ("consents",),
    "opt_out_words": ("consents",),
    "call_record": ("calls",),
    "decision_facts": ("phone", "calls"),
    "case_file": ("name", "email", "requests"),
    "case_event": ("requests",),
    "case_package": (*PROFILE, "phone", "consents", "calls", "requests"),
    "certificate": ("name", "requests"),
    "contact": ("name", "phone", "email"),
}


def held_by(parts: Iterable[str]) -> tuple[str, ...]:
    """What opening those parts showed; a part that is not known counts as a request's."""
    return tuple(sorted({code for part in parts for code in HELD_BY.get(part, ("requests",))}))
