"""Where personal data stands: every column of both stores, and what an erasure does to it. Pure.

Each table is either in `HELD`, with all its columns named as personal or as
standing beside, or in `NOBODYS` with the reason why it is about no data
subject. A test walks the metadata and fails on a column that stands in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privacy.terms import KeyClass


class FoundBy(StrEnum):
    """How a person's rows are found: a relation, or a blind index over their contact points."""

    SUBJECT = "subject"
    OTHER = "other"
    HOLDER = "holder"
    WORDS = "words"
    REQUEST = "request"
    CASE_HOLDER = "case_holder"
    TAG = "tag"
    LEDGER = "ledger"
    PSEUDONYM = "pseudonym"


class Fate(StrEnum):
    """What an erasure does. BY_CLASS: dies with its key, or stays sealed on a ground.

    STRIP: the row stays for figures, without what leads to the person. CASE: lives on
    the ground of the request's record. HASH: a keyed hash that stays. LOG: a pseudonym
    whose key dies, so that it leads to nobody.
    """

    DELETE = "delete"
    STRIP = "strip"
    BY_CLASS = "by_class"
    CASE = "case"
    HASH = "hash"
    LOG = "log"


class Shown(StrEnum):
    """What an answer to the person does with it."""

    GIVEN = "disclose"
    REDACTED = "redact"
    WITHHELD = "withhold"


@dataclass(frozen=True)
class Held:
    """One kind of data about a person in one table.

    `columns` are personal; those `beside` them name nobody once the row is stripped.
    `digest`: columns besides the primary key whose change makes it other data;
    `unless_null`: a row without that column holds nothing of it.
    """

    key: str
    table: str
    columns: tuple[str, ...]
    what: str
    found_by: FoundBy
    fate: Fate
    shown: Shown
    beside: tuple[str, ...] = ()
    key_class: KeyClass | None = None
    digest: tuple[str, ...] = ()
    why: str = ""
    store: str = "main"
    unless_null: str = ""


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STAFF = "ids of our staff are left out: they are other people's data"
_OTHERS = "it names another person"
_TECHNICAL = "keyed or technical values that say nothing readable"

HELD: tuple[Held, ...] = (
    Held(
        "profile",
        "subject",
        _columns("profile_sealed"),
        "names, e-mail addresses, postal addresses, other imported columns",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.GIVEN,
        _columns("profile_version"),
        KeyClass.DESK,
        _columns("profile_version"),
        unless_null="profile_sealed",
    ),
    Held(
        "source",
        "subject",
        _columns("id state merged_into import_id lawful_basis source obtained_on created_at"),
        "where the data came from, when, and on which lawful basis",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.GIVEN,
        digest=_columns("merged_into lawful_basis source"),
        why="an empty row stays so that its id is never given to somebody else",
    ),
    Held(
        "earlier_profiles",
        "profile_version",
        _columns("subject_id version sealed request_id replaced_at"),
        "profiles that a correction replaced",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.GIVEN,
        key_class=KeyClass.DESK,
    ),
    Held(
        "corrections",
        "correction",
        _columns("request_id subject_id row_id sealed sha256 made_at made_by"),
        "what a correction proposes",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.REDACTED,
        key_class=KeyClass.DESK,
        why=_STAFF,
    ),
    Held(
        "contact_points",
        "contact_point",
        _columns("id subject_id kind label created_at sealed version"),
        "phone numbers, and which e-mail addresses there are",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.GIVEN,
        key_class=KeyClass.CALL,
        digest=_columns("version"),
    ),
    Held(
        "possible_duplicates",
        "possible_duplicate",
        _columns("subject_id other_id found_at settled_at"),
        "another person with the same number or e-mail",
        FoundBy.OTHER,
        Fate.DELETE,
        Shown.WITHHELD,
        why=_OTHERS,
    ),
    Held(
        "consents",
        "consent_record",
        _columns(
            "id public_id kind purpose channel consent_class effective_at valid_until_at notice_id"
            " notice_version seller source documented recorded_at recorded_by corrects"
        ),
        "consents and withdrawals: what for, how, when",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.REDACTED,
        why=_STAFF,
    ),
    Held(
        "consent_evidence",
        "consent_record",
        _columns("evidence_sealed subject_id point_id"),
        "evidence of consents and withdrawals",
        FoundBy.SUBJECT,
        Fate.BY_CLASS,
        Shown.GIVEN,
        key_class=KeyClass.CONSENT,
        unless_null="evidence_sealed",
    ),
    Held(
        "suppressions",
        "suppression",
        _columns("id tag kind since_at source recorded_by attempt spread_at"),
        "opt-outs of the person's numbers and e-mail addresses, as keyed hashes",
        FoundBy.TAG,
        Fate.HASH,
        Shown.REDACTED,
        why=_STAFF,
    ),
    Held(
        "opt_out_words",
        "suppression",
        _columns("words_holder_id words_row_id words_sealed"),
        "what was said at an opt-out",
        FoundBy.WORDS,
        Fate.BY_CLASS,
        Shown.GIVEN,
        key_class=KeyClass.CALLS,
        unless_null="words_sealed",
    ),
    Held(
        "erased_tags",
        "erased_tag",
        _columns("tag erased_at"),
        "the list of the erased, as keyed hashes",
        FoundBy.TAG,
        Fate.HASH,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "register_entries",
        "register_number",
        _columns("list_id tag"),
        "entries of public do-not-call registers, as keyed hashes",
        FoundBy.TAG,
        Fate.HASH,
        Shown.WITHHELD,
        why="the registers are public; " + _TECHNICAL,
    ),
    Held(
        "restrictions",
        "restriction",
        _columns("id subject_id reason placed_at lifted_at request_id informed_at"),
        "restrictions of processing",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.GIVEN,
        digest=_columns("lifted_at"),
        why="that a restriction was placed and lifted is counted",
    ),
    Held(
        "candidates",
        "candidate",
        _columns("id campaign_id subject_id point_id state next_try_at tries last_rule"),
        "campaigns that would call the person",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.GIVEN,
        _columns("last_decision_id"),
        why="how many were asked and refused is counted",
    ),
    Held(
        "calls",
        "attempt",
        _columns(
            "id campaign_id candidate_id decision_id subject_id point_id tag state live outcome"
            " cause answered_by purpose channel consent_class consent_id place_code issued_at"
            " expires_at redeemed_at dial_before_at slot_until_at ended_at"
        ),
        "calls to the person: when, how, with which outcome",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.GIVEN,
        _columns("trunk dialer resource permit_hash last_seq"),
        why="calls are counted for limits and reports",
    ),
    Held(
        "decisions",
        "decision",
        _columns("holder_id facts_sealed"),
        "the facts on which a call was allowed or denied",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.GIVEN,
        _columns(
            "id campaign_id candidate_id attempt_id at stage decision deciding_rule rules"
            " place_code consent_class pack_sha256 next_try_at"
        ),
        KeyClass.CALLS,
        unless_null="facts_sealed",
    ),
    Held(
        "requests",
        "rights_request",
        _columns(
            "id holder_id kind law channel state owner received_at opened_at subject_id"
            " identity_level file_sealed outcome closed_at laws deputy parent_id link asked_by"
            " authority_ok harm letter_on due_on_stated"
        ),
        "the person's requests and what they wrote",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        _columns(
            "plan plan_sha256 planned_by approved_by approved_seq certificate certificate_sha256"
        ),
        KeyClass.CASE,
        why=_STAFF,
    ),
    Held(
        "request_timeline",
        "request_event",
        _columns("request_id seq type at recorded_at actor facts row_id note_sealed"),
        "the timeline of those requests with its notes",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        key_class=KeyClass.CASE,
        why=_STAFF,
    ),
    Held(
        "request_attachments",
        "request_attachment",
        _columns("request_id number row_id name_sealed content_sealed added_at added_by"),
        "files of those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.REDACTED,
        key_class=KeyClass.CASE,
        why=_STAFF,
    ),
    Held(
        "identity_evidence",
        "request_evidence",
        _columns("request_id number row_id kind content_sealed added_at deleted_at"),
        "evidence of identity; it goes after the decision on its request",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.GIVEN,
        key_class=KeyClass.CASE,
    ),
    Held(
        "request_codes",
        "request_challenge",
        _columns("request_id code_hash subject_id expires_at tries_left"),
        "a one-time code that is out, as a keyed hash",
        FoundBy.SUBJECT,
        Fate.DELETE,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "request_tags",
        "request_tag",
        _columns("request_id tag"),
        "what somebody claimed to be reached by, as keyed hashes; gone when the case is closed",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "packages",
        "request_package",
        _columns("request_id approved_seq sha256 entry_id released_at"),
        "digests of packages handed out",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "messages",
        "outbox",
        _columns(
            "id holder_id request_id kind row_id to_sealed content_sealed state tries next_at"
            " sent_at error created_at"
        ),
        "messages to the person that wait to be sent; content and address go when sent",
        FoundBy.CASE_HOLDER,
        Fate.CASE,
        Shown.GIVEN,
        key_class=KeyClass.CASE,
    ),
    Held(
        "reminders",
        "request_reminder",
        _columns("request_id kind on_day made_at"),
        "reminders to our staff about those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=_STAFF,
    ),
    Held(
        "approvals",
        "plan_approval",
        _columns("request_id seq kind actor plan_sha256 at detail"),
        "who approved what was done with those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=_STAFF,
    ),
    Held(
        "steps",
        "erasure_step",
        _columns("request_id number name what done_at entry_id detail"),
        "the steps done for those requests",
        FoundBy.REQUEST,
        Fate.CASE,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "kept_keys",
        "kept_key",
        _columns("holder_id key_class request_id ground citation until_on destroyed_at"),
        "what is kept, on which ground, until when",
        FoundBy.HOLDER,
        Fate.CASE,
        Shown.GIVEN,
    ),
    Held(
        "holds",
        "legal_hold",
        _columns(
            "id subject_id reason placed_by placed_at released_at scope request_id query until_on"
        ),
        "legal holds; one in force stops the erasure, one that ended loses the person",
        FoundBy.SUBJECT,
        Fate.STRIP,
        Shown.WITHHELD,
        why="telling of a hold could defeat the claim it protects",
    ),
    Held(
        "log_entries",
        "audit_entry",
        _columns("id at actor action request body"),
        "entries of the audit log that name the person by a pseudonym",
        FoundBy.PSEUDONYM,
        Fate.LOG,
        Shown.REDACTED,
        why=_STAFF,
    ),
    Held(
        "log_names",
        "audit_subject",
        _columns("pseudonym entry_id"),
        "the index from pseudonyms to entries of the log",
        FoundBy.PSEUDONYM,
        Fate.LOG,
        Shown.WITHHELD,
        why=_TECHNICAL,
    ),
    Held(
        "call_keys",
        "call_key",
        _columns("holder_id key_class epoch wrap"),
        "wrapped keys of the classes call and calls",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.CALL,
        why=_TECHNICAL,
        store="vault",
    ),
    Held(
        "desk_keys",
        "desk_key",
        _columns("holder_id key_class epoch wrap"),
        "wrapped keys of the classes desk and consent",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.DESK,
        why=_TECHNICAL,
        store="vault",
    ),
    Held(
        "contact_indexes",
        "contact_index",
        _columns("kind value holder_id part_id"),
        "truncated blind indexes by which the person is found",
        FoundBy.HOLDER,
        Fate.DELETE,
        Shown.WITHHELD,
        why=_TECHNICAL,
        store="vault",
    ),
    Held(
        "evidence_tags",
        "evidence_tag",
        _columns("tag holder_id"),
        "keyed hashes beside evidence of opt-outs",
        FoundBy.HOLDER,
        Fate.BY_CLASS,
        Shown.WITHHELD,
        key_class=KeyClass.CALLS,
        why=_TECHNICAL,
        store="vault",
    ),
    Held(
        "ledger_of_no",
        "ledger_line",
        _columns("number body"),
        "lines of the ledger of no: ids and keyed hashes of erasures, opt-outs, restrictions",
        FoundBy.LEDGER,
        Fate.HASH,
        Shown.WITHHELD,
        why=_TECHNICAL,
        store="vault",
    ),
)

_OPERATION = "how work goes; it holds no data subject"
_STAFF_ROWS = "staff and programs of the controller, by staff id"
NOBODYS: dict[str, str] = {
    "actor": _STAFF_ROWS,
    "approver_key": _STAFF_ROWS,
    "attempt_event": "what a dialer told of a call; it leads to a person through the call only",
    "audit_checkpoint": "signatures over the log",
    "audit_leaf": "hashes of the log",
    "audit_pending": _OPERATION,
    "audit_state": "hashes of the log",
    "audit_tile": "hashes of the log",
    "campaign": "the controller's own texts and limits",
    "desk_meta": _OPERATION,
    "dialer_token": _STAFF_ROWS,
    "epoch_turn": _OPERATION,
    "gateway_rate": _OPERATION,
    "import_batch": "digests and counts of a file; a person names it through the row `source`",
    "ledger_done": _OPERATION,
    "notice": "texts shown to everybody",
    "notice_task": "one list and how many people it had",
    "number_lease": "candidate ids for the seconds in which a gateway decides",
    "process_lease": _OPERATION,
    "register_list": "one published state of a public register",
    "retention_rule": "the controller's own rules",
    "suppression_lift": "ids of an opt-out and of a consent; leads to a person through those only",
    "trunk": "a line to the telephone network",
    "vault_key": "keys of the desk, of no person",
    "vault_meta": _OPERATION,
    "watermark": _OPERATION,
}


def held(key: str) -> Held:
    """One kind of data by its key, as plans and refusals name it."""
    return next(each for each in HELD if each.key == key)


KEYS = frozenset(each.key for each in HELD)
