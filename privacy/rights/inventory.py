"""Where personal data stands: every column of both stores, and what an erasure does to it. Pure.

Each table is either in `HELD`, with all its columns named as personal or as
standing beside, or in `NOBODYS` with the reason why it is about no data
subject. A test walks the metadata and fails on a column that stands in neither.
"""

from __future__ import annotations

from privacy.rights.inventory_cases import CASES
from privacy.rights.inventory_kinds import Held
from privacy.rights.inventory_people import PEOPLE
from privacy.rights.inventory_vendors import NOBODYS_OF_VENDORS, VENDORS

HELD: tuple[Held, ...] = (*PEOPLE, *CASES, *VENDORS)

OPERATION = "how work goes; it holds no data subject"
STAFF_ROWS = "staff and programs of the controller, by staff id"
NOBODYS: dict[str, str] = {
    "actor": STAFF_ROWS,
    "approver_key": STAFF_ROWS,
    "arrival_batch": "digests and counts of a file of requests; its requests stand on their own",
    "attempt_event": "what a dialer told of a call; it leads to a person through the call only",
    "attempt_speech": "which prompts a call had; it leads to a person through the call only",
    "audit_checkpoint": "signatures over the log",
    "audit_leaf": "hashes of the log",
    "audit_pending": OPERATION,
    "audit_state": "hashes of the log",
    "audit_tile": "hashes of the log",
    "call_judgement": "codes of what the law said of a call, which alone leads to a person",
    "call_history": "digest and counts of a file of an earlier dialer's calls",
    "campaign": "the controller's own texts and limits",
    "campaign_prompt": "the controller's own words and recordings of its own staff's voice",
    "consent_end": "ids of a consent and of its withdrawal; leads to a person through those only",
    "desk_meta": OPERATION,
    "dialer_token": STAFF_ROWS,
    "epoch_turn": OPERATION,
    "gateway_rate": OPERATION,
    "import_batch": "digests and counts of a file; a person names it through the row `source`",
    "ledger_done": OPERATION,
    "notice": "texts shown to everybody",
    "notice_task": "one list and how many people it had",
    "number_lease": "candidate ids for the seconds in which a gateway decides",
    "print_run": "ids, pages and digests of letters; it leads to a person through those only",
    "process_lease": OPERATION,
    "register_list": "one published state of a public register",
    "retention_rule": "the controller's own rules",
    "suppression_lift": "ids of an opt-out and of a consent; leads to a person through those only",
    "trunk": "a line to the telephone network",
    "vault_key": "keys of the desk, of no person",
    "vault_meta": OPERATION,
    "watermark": OPERATION,
    **NOBODYS_OF_VENDORS,
}


def held(key: str) -> Held:
    """One kind of data by its key, as plans and refusals name it."""
    return next(each for each in HELD if each.key == key)


KEYS = frozenset(each.key for each in HELD)
