"""What stands about vendors of the controller: organisations, not data subjects. Pure."""

from __future__ import annotations

from privacy.rights.inventory_kinds import Fate, FoundBy, Held, Shown, columns
from privacy.terms import KeyClass

ORGANISATION = "it is about an organisation that works for the controller"


def _held(key: str, table: str, names: str, what: str) -> Held:
    return Held(
        key,
        table,
        columns(names),
        what,
        FoundBy.INCIDENT,
        Fate.CASE,
        Shown.WITHHELD,
        key_class=KeyClass.CASE,
        why=ORGANISATION,
    )


VENDORS: tuple[Held, ...] = (
    _held(
        "vendors",
        "vendor",
        "id holder_id row_id name country contact_sealed state created_at created_by",
        "vendors with their contact persons, sealed under the vendor's own key",
    ),
    _held(
        "vendor_answers",
        "vendor_answer",
        "vendor_id seq row_id question_id answer_sealed source given_at recorded_by",
        "what vendors answered, sealed",
    ),
    _held(
        "vendor_evidence",
        "vendor_evidence",
        "id vendor_id questions row_id name_sealed content_sealed sha256 size_bytes"
        " valid_from valid_until added_at added_by withdrawn_at",
        "files that back those answers, sealed",
    ),
    _held(
        "vendor_scorings",
        "vendor_scoring",
        "id vendor_id seq round row_id scored_at scored_by questionnaire_sha256 facts_sha256 tier"
        " total outcome next_review_on document_sealed",
        "how vendors were scored; the explanation is sealed",
    ),
    _held(
        "vendor_remediations",
        "vendor_remediation",
        "id vendor_id question_id finding severity owner due_on state evidence_ids opened_at"
        " opened_by verified_at verified_by row_id note_sealed",
        "what vendors have to mend",
    ),
    _held(
        "vendor_clauses",
        "vendor_clause",
        "vendor_id seq clause state pages document row_id words_sealed set_at set_by",
        "clauses of contracts with vendors: state and pages; notes sealed",
    ),
    _held(
        "vendor_sub_processors",
        "vendor_sub_processor",
        "id vendor_id parent_id depth name country task notified_on has row_id details_sealed"
        " added_at added_by ended_at",
        "whom vendors pass data on to; address and contact person sealed",
    ),
    _held(
        "vendor_call_imports",
        "vendor_call_import",
        "id vendor_id holder_id state format settings_sha256 started_at started_by finished_at"
        " calls first_at last_at manifest manifest_sha256",
        "exports of call records: what was declared and counted, of no single call",
    ),
    Held(
        "vendor_calls",
        "vendor_call_chunk",
        columns("row_id digest_row_id import_id number calls sealed digests_sealed"),
        "calls that vendors made, by their own records: numbers, instants, dispositions, sealed",
        FoundBy.INCIDENT,
        Fate.SELLER,
        Shown.WITHHELD,
        key_class=KeyClass.CALLS,
        why="records of calls that the seller has to hold (16 CFR 310.5), sealed in whole exports",
    ),
)

NOBODYS_OF_VENDORS: dict[str, str] = {
    "vendor_call_file": "digest of a file that a vendor gave",
    "vendor_claim_test": "numbers of rows of a vendor's export that contradict a claim",
    "vendor_data_transfer": "to which country an organisation passes data, with its safeguard",
    "vendor_event": "what happened to an organisation, as codes",
    "vendor_extension": "the controller's own questions to vendors",
    "vendor_round": "when an organisation was asked, and by when it answers",
    "vendor_standing": "whether an organisation may have numbers: outcome, gates, day",
}
