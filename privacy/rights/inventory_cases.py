"""What stands about a person's requests, in the log and in the vault. Pure."""

from __future__ import annotations

from privacy.rights.inventory_kinds import STAFF, TECHNICAL, Fate, FoundBy, Held, Shown, columns
from privacy.terms import KeyClass

DOCUMENTS = "they are the controller's own documents and about no customer"
INCIDENT = "it is about an incident and names nobody (GDPR Article 33(5))"

CASES: tuple[Held, ...] = (
    Held(
        "requests",
        "rights_request",
        columns(
            "id holder_id kind law channel state owner received_at opened_at subject_id"
            " identity_level file_sealed outcome closed_at laws deputy parent_id link asked_by"
            " authority_ok harm letter_on due_on_stated language"
        ),
        "the person's requests and what they wrote",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        columns(
            "plan plan_sha256 planned_by approved_by approved_seq certificate certificate_sha256"
        ),
        KeyClass.CASE,
        why=STAFF,
    ),
    Held(
        "arrivals",
        "arrival",
        columns(
            "id source channel state received_at zone received_by taken_at taken_by holder_id"
            " row_id original_tag name_sealed original_sealed size_bytes media_type language"
            " language_by kinds place batch_id row_number reason set_aside_at"
        ),
        "what the person sent, as it came in, with the way and the instant of receipt",
        FoundBy.ARRIVAL,
        Fate.CASE,
        Shown.REDACTED,
        key_class=KeyClass.CASE,
        why=STAFF,
    ),
    Held(
        "arrival_cases",
        "arrival_case",
        columns("arrival_id request_id"),
        "which request was opened by what came in",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "request_timeline",
        "request_event",
        columns("request_id seq type at recorded_at actor facts row_id note_sealed"),
        "the timeline of those requests with its notes",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        key_class=KeyClass.CASE,
        why=STAFF,
    ),
    Held(
        "request_attachments",
        "request_attachment",
        columns("request_id number row_id name_sealed content_sealed added_at added_by"),
        "files of those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        key_class=KeyClass.CASE,
        why=STAFF,
    ),
    Held(
        "identity_evidence",
        "request_evidence",
        columns("request_id number row_id kind content_sealed added_at deleted_at"),
        "evidence of identity; it goes after the decision on its request",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.GIVEN,
        key_class=KeyClass.CASE,
    ),
    Held(
        "request_codes",
        "request_challenge",
        columns("request_id code_hash subject_id expires_at tries_left"),
        "a one-time code that is out, as a keyed hash",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "request_tags",
        "request_tag",
        columns("request_id tag"),
        "what somebody claimed to be reached by, as keyed hashes; gone when the case is closed",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "packages",
        "request_package",
        columns("request_id approved_seq sha256 entry_id released_at"),
        "digests of packages handed out",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "package_copies",
        "package_copy",
        columns(
            "request_id approved_seq holder_id row_id content_sealed sha256 size_bytes dies_at"
            " destroyed_at"
        ),
        "the desk's sealed copies of packages handed out; they die after 30 days",
        FoundBy.REQUEST,
        Fate.DELETE,
        Shown.WITHHELD,
        why="it is the same data again, as it was handed out",
        unless_null="content_sealed",
    ),
    Held(
        "messages",
        "outbox",
        columns(
            "id holder_id request_id kind row_id to_sealed content_sealed state tries next_at"
            " sent_at error created_at bounced_at bounce"
        ),
        "messages to the person that wait to be sent; content and address go when sent",
        FoundBy.CASE_HOLDER,
        Fate.CASE,
        Shown.GIVEN,
        key_class=KeyClass.CASE,
    ),
    Held(
        "letters",
        "letter",
        columns(
            "id holder_id request_id breach_id kind law language form state row_id to_sealed"
            " content_sealed sha256 templates_sha256 made_at made_by approved_by sent_at"
            " message_id print_run_id"
        ),
        "letters to the person about those requests",
        FoundBy.HOLDER,
        Fate.CASE,
        Shown.WITHHELD,
        key_class=KeyClass.CASE,
        why="the person has them: they were written to nobody else",
    ),
    Held(
        "reminders",
        "request_reminder",
        columns("request_id kind on_day made_at"),
        "reminders to our staff about those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=STAFF,
    ),
    Held(
        "approvals",
        "plan_approval",
        columns("request_id seq kind actor plan_sha256 at detail"),
        "who approved what was done with those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=STAFF,
    ),
    Held(
        "steps",
        "erasure_step",
        columns("request_id number name what done_at entry_id detail"),
        "the steps done for those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "kept_keys",
        "kept_key",
        columns("holder_id key_class request_id ground citation until_on destroyed_at"),
        "what is kept, on which ground, until when",
        FoundBy.HOLDER,
        Fate.CASE,
        Shown.GIVEN,
    ),
    Held(
        "holds",
        "legal_hold",
        columns(
            "id subject_id reason placed_by placed_at released_at scope request_id query until_on"
        ),
        "legal holds; one in force stops the erasure, one that ended loses the person",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.WITHHELD,
        why="telling of a hold could defeat the claim it protects",
    ),
    Held(
        "breaches",
        "breach",
        columns(
            "id holder_id row_id account_sealed laws state risk aware_at began_at ended_at"
            " opened_at opened_by closed_at"
        ),
        "accounts of breaches, sealed; they name nobody",
        FoundBy.INCIDENT,
        Fate.CASE,
        Shown.WITHHELD,
        key_class=KeyClass.CASE,
        why=INCIDENT,
    ),
    Held(
        "breach_timeline",
        "breach_event",
        columns("breach_id seq type at recorded_at actor facts row_id note_sealed"),
        "the timeline of breaches with its notes",
        FoundBy.INCIDENT,
        Fate.CASE,
        Shown.WITHHELD,
        key_class=KeyClass.CASE,
        why=INCIDENT,
    ),
    Held(
        "control_evidence",
        "control_evidence",
        columns(
            "id kind clauses title version dated_on valid_until people staff file_sha256"
            " file_bytes reference holder_id row_id file_sealed added_at added_by withdrawn_at"
            " withdrawn_by withdrawn_why"
        ),
        "documents of the controller that show how its duties are kept, sealed",
        FoundBy.INCIDENT,
        Fate.CASE,
        Shown.WITHHELD,
        key_class=KeyClass.CASE,
        why=DOCUMENTS,
    ),
    Held(
        "log_entries",
        "audit_entry",
        columns("id at actor action request body"),
        "entries of the audit log that name the person by a pseudonym",
        FoundBy.PSEUDONYM,
        Fate.LOG,
        Shown.REDACTED,
        why=STAFF,
    ),
    Held(
        "log_names",
        "audit_subject",
        columns("pseudonym entry_id"),
        "the index from pseudonyms to entries of the log",
        FoundBy.PSEUDONYM,
        Fate.LOG,
        Shown.WITHHELD,
        why=TECHNICAL,
    ),
    Held(
        "call_keys",
        "call_key",
        columns("holder_id key_class epoch wrap"),
        "wrapped keys of the classes call and calls",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.CALL,
        why=TECHNICAL,
        store="vault",
    ),
    Held(
        "desk_keys",
        "desk_key",
        columns("holder_id key_class epoch wrap"),
        "wrapped keys of the classes desk and consent",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.DESK,
        why=TECHNICAL,
        store="vault",
    ),
    Held(
        "contact_indexes",
        "contact_index",
        columns("kind value holder_id part_id"),
        "truncated blind indexes by which the person is found",
        FoundBy.HOLDER,
        Fate.DELETE,
        Shown.WITHHELD,
        why=TECHNICAL,
        store="vault",
    ),
    Held(
        "evidence_tags",
        "evidence_tag",
        columns("tag holder_id"),
        "keyed hashes beside evidence of opt-outs",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.CALLS,
        why=TECHNICAL,
        store="vault",
    ),
    Held(
        "ledger_of_no",
        "ledger_line",
        columns("number body"),
        "lines of the ledger of no: ids and keyed hashes of erasures, opt-outs, restrictions",
        FoundBy.LEDGER,
        Fate.HASH,
        Shown.WITHHELD,
        why=TECHNICAL,
        store="vault",
    ),
)
