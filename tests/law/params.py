"""Which parameters of the calling pack's rules code reads, and why each other one is kept.

A parameter counts as read where the code takes its value while it judges the hand-made
cases or a period of conduct, or where a word of `decide` names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from privacy.law.pack import load_pack, standing_in

Name = tuple[str, str]

# Why code does not read a parameter. Each reason is shown by what is checked of it.
STATED = "says in the law's words what a word of `decide` applies"
SCRIPT = "what the script must say or offer: told by the rule's obligation"
KEPT = "a term of keeping records or requests: ours never end"
MONEY = "fees, bonds, fines and damages: no call is decided by them"
STATUS = "where the law stands, for the reader"
STRICTER = "would open calls; the pack decides without it, so never later or more than the law"
SOURCE = "names the list, trigger or reading that the rule's citation speaks of"
PRACTICE = "advice or duty of another (provider, authority, database): not of one call"

STATED_BY: Mapping[str, tuple[str, ...]] = {
    # parameter: words of `decide` of which the rule has at least one
    "consent_lifts_in_pack": ("lifted_by",),
    "ebr_exempt": ("lifted_by",),
    "prior_consent_lifts": ("lifted_by",),
    "express_consent_lifts": ("lifted_by",),
    "prior_express_consent_lifts": ("lifted_by",),
    "permission_lifts": ("lifted_by",),
    "consent_lifts": ("lifted_by",),
    "consent_to_other_times_lifts": ("lifted_by",),
    "consent_removes_cap": ("lifted_by",),
    "express_consent_exempt": ("lifted_by",),
    "express_request_exempt": ("lifted_by",),
    "current_relationship_exempt": ("lifted_by",),
    "preexisting_relationship_exempt": ("lifted_by",),
    "ebr_contract_months": ("lifted_by",),
    "ebr_exempt_scope": ("lifts",),
    "override": ("lifted_by",),
    "later_specific_consent_overrides": ("lifted_by",),
    "cancels_earlier_consents": ("lifted_by",),
    "contract_in_progress_exempt": ("lifted_by",),
    "related_to_contract_object": ("lifted_by",),
    "press_exempt": ("lifted_by",),
    "ongoing_relationship_text_exempt": ("lifted_by",),
    "ongoing_relationship_voice_exempt": ("lifted_by",),
    "consent_form": ("lifted_by",),
    "exempt": ("exempt_sellers",),
    "personal_relationship": ("explains",),
    "signed_written_permission": ("explains",),
    "conversation_day_counts_as_day_one": ("quiet",),
    "attempts_count": ("caps",),
    "scope": ("caps", "revoke_all"),
    "line": ("line",),
    "must_be_free_to_recipient": ("free_to_recipient",),
    "optout_business_days": ("free_to_recipient",),
    "mobile_needs_prior_express_consent": ("needs_line",),
    "mobile_requires_consent": ("needs_line",),
    "text_consent": ("needs_channels",),
    "consent_or_live_operator": ("needs",),
    "banned_when": ("emergency",),
    "data_feed_needed": ("emergency",),
    "zone": ("also_zones",),
    "soft_opt_in": ("also",),
    "soft_opt_in_for": ("also",),
    "soft_opt_in_text_own_customers": ("also",),
    "b2b": ("also",),
    "number_display": ("shows_number",),
    "display_number": ("shows_number",),
    "cli_on": ("shows_number",),
    "block_allowed": ("shows_number",),
    "number_must_take_dnc_requests_in_business_hours": ("number_answers",),
    "special_opt_in": ("special_goods",),
    "proof_on_trader": ("proof",),
    "consent_proof_on_sender": ("proof",),
    "registration": ("registration", "duties"),
    "registration_with_puc": ("registration",),
    "registration_always": ("registration",),
    "preference_register": ("registers",),
    "any_reasonable_means": ("withdrawal",),
    "any_party_request_honoured": ("withdrawal",),
    "exclusive_means_allowed": ("withdrawal",),
    "other_wording": ("withdrawal",),
    "also_per_se": ("withdrawal",),
    "rule": ("withdrawal",),
    "no_marketing": ("confirms_opt_out",),
    "no_answer_means": ("confirms_opt_out",),
    "reply_to_exempted_message_stops_all_now": ("revoke_all",),
    "suspended_until": ("revoke_all",),
    "waiver_covers": ("revoke_all",),
    "live_dialer_exceptions": ("registers", "lifted_by"),
    "hours": ("hours_from_federal_rule",),
    "landline_opt_out": ("registers",),
    "ex_directory_counts_as_opt_out": ("registers",),
    "businesses_too": ("registers",),
    "covers_mobiles": ("registers",),
    "list": ("registers", "registers_unless"),
}

OTHERS: Mapping[str, tuple[str, ...]] = {
    SCRIPT: (
        "must_give", "must_ask", "must_say", "must_offer", "give", "tsr_also", "message",
        "message_required", "opt_out_mechanism", "opt_out_mechanism_required", "identity_at",
        "identity_at_beginning", "phone_number_at", "name", "number_takes_dnc_in_business_hours",
        "type", "after", "effect", "on_voicemail", "at", "transmit", "no_dissuasion",
        "scope_question_allowed", "number_not", "or_min_rings", "robocall_opt_out_at_beginning",
        "adad_disconnect", "adad_disconnect_seconds", "attended", "other", "call_detail",
        "esign_disclosures_needed_for_electronic_form", "levels", "number_series", "written_policy",
    ),
    KEPT: (
        "retention_years", "retention_days_text", "retention_extra_days", "records_years",
        "records_required", "honour_years", "company_dnc_years", "entry_years", "permanent",
        "doc_retention_years", "doc_restart_on_each_use", "call_detail_from",
    ),
    MONEY: (
        "damages_usd", "bond_usd", "fee_usd", "civil_penalty_usd", "criminal", "max_gbp",
        "or_turnover_pct", "doc_fine_eur", "call_fine_eur", "fine_eur_company", "fine_eur",
        "fine_eur_max", "private_action", "class_damages_cap", "vicarious_liability",
        "unconsented_contract_void",
    ),
    STATUS: (
        "in_force", "vacated_on", "court", "source", "statutory", "still_binding",
        "fixed_safe_rate", "rate_calculation", "list_age_rule_from", "ebr_tsr_days_verified",
        "voice_hours_verified", "text_hours_enforced_by_operators_from", "prefix_0303_mandatory",
        "fcc_ruling_on_area_code", "hours_597_814", "consent_lifts_by_text",
    ),
    STRICTER: (
        "ebr_purchase_days_tsr", "ebr_inquiry_days_tsr", "ebr_purchase_months",
        "ebr_inquiry_months", "customer_exempt_months", "small_caller_max_per_week",
        "effective_days_after_publication", "effective_days_after_quarterly_list",
        "registration_age_days", "dnc_grace_months", "text_cure_days_after_stop",
        "area_code_presumption", "area_code_reliance_allowed", "grace_days", "voice_only",
        "not_on_dnc", "safe_harbour", "own_default_max_rate", "own_default_min_ring_seconds",
        "own_default_no_recall_hours", "no_recall_hours", "min_ring_seconds",
        "message_within_seconds", "checkbox_signature_ok", "adad_consent_or_live_operator",
        "no_callback_after_hangup", "customer_exception", "ebr_enough", "exceptions_for_consent",
    ),
    SOURCE: (
        "trigger", "time_basis", "forms", "atds_needs", "per", "denominator", "manner", "covers",
        "banned", "purpose", "texts", "texts_are_solicitations", "holidays", "holiday_scope",
        "live_voice", "method", "scope", "zone", "line", "list", "soft_opt_in", "ebr_exempt",
    ),
    PRACTICE: (
        "query_fields", "answer_needed", "aging_days", "recheck_recommended_days",
        "minimum_recommended", "training", "mailing_address_on_website",
    ),
}  # fmt: skip


class Watched(dict[str, Any]):
    """A rule's parameters that note which values are taken."""

    def __init__(self, rule: str, params: Mapping[str, Any], read: set[Name]) -> None:
        super().__init__(params)
        self.rule, self.read = rule, read

    def __getitem__(self, key: str) -> Any:
        self.read.add((self.rule, key))
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        if key in self:
            self.read.add((self.rule, key))
        return super().get(key, default)


@contextmanager
def watched() -> Iterator[set[Name]]:
    """Judge by the package's pack, noting every parameter whose value is taken."""
    pack, read = load_pack("calling"), set[Name]()
    rules = [
        {**rule, "params": Watched(rule["id"], rule.get("params", {}), read)}
        for rule in pack.data["rule"]
    ]
    with standing_in("calling", replace(pack, data={**pack.data, "rule": rules})):
        yield read


def named(value: Any) -> Iterator[str]:
    """Every text in a rule's `decide`: some name parameters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key != "text":
                yield from named(member)
    elif isinstance(value, list):
        for member in value:
            yield from named(member)


def reason(rule: Mapping[str, Any], key: str) -> str:
    """Why a parameter that is not read is kept; empty where nobody said."""
    words = STATED_BY.get(key, ())
    if any(word in rule.get("decide", {}) for word in words):
        return STATED
    return next((why for why, keys in OTHERS.items() if key in keys), "")
