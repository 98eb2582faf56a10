"""Rich documents about people, shops and authorities that do not exist."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from reports import rights_text
from reports.render import Anchor
from tests.reports import (
    breach_examples,
    calling_examples,
    campaign_rows,
    consent_examples,
    dossier_examples,
    log_rows,
    map_examples,
    request_rows,
    vendor_call_examples,
    vendor_examples,
)

MADE_AT = datetime(2026, 11, 24, 15, 4, 5, 250_000, tzinfo=UTC)
ANCHOR = Anchor(
    origin="rightsdesk.example/desk/7c1f4b0e92",
    size=18_204,
    root_b64="k3mVwq0pD1s5nJr8y2bXz4Tt6GfLhQeR9aUcO7iPvNw=",
    key_id="rightsdesk.example/desk/7c1f4b0e92+5a1c09f3",
    tail_entries=3,
)
REAL = {"demo_desk": False, "simulator": False, "simulated_clock": False}
DEMO = {"demo_desk": True, "simulator": True, "simulated_clock": True}

CONTROLLER = {
    "name": "Kaufhaus Beispiel GmbH",
    "address": ["Musterstraße 12", "10115 Berlin", "Germany"],
    "email": "info@kaufhaus.example",
    "phone": "+49 30 5550 100",
    "website": "kaufhaus.example",
}
DPO = {
    "name": "Dr. Änne Größler",
    "address": ["Kaufhaus Beispiel GmbH, Datenschutz", "Musterstraße 12", "10115 Berlin"],
    "email": "datenschutz@kaufhaus.example",
    "phone": "",
    "website": "",
}
AUTHORITY = {
    "name": "Example Data Protection Authority, Berlin",
    "address": ["Beispielplatz 1", "10969 Berlin"],
    "email": "post@authority.example",
    "phone": "",
    "website": "authority.example",
}


def item(label: str, value: str, source: str, since: str | None) -> dict[str, Any]:
    return {"label": label, "value": value, "source": source, "since_on": since}


def call(at: str, campaign: str, outcome: str, purpose: str = "marketing") -> dict[str, Any]:
    return {
        "at": at,
        "campaign": campaign,
        "purpose": purpose,
        "caller_id": "+49 30 5550 177",
        "number": "+49 30 5550 199",
        "outcome": outcome,
    }


ACCESS: dict[str, Any] = {
    "schema": "rightsdesk.report.access-answer/1",
    "marker": REAL,
    "zone": "Europe/Berlin",
    "controller": CONTROLLER,
    "dpo": DPO,
    "authority": AUTHORITY,
    "person": "Frau Zoë Łukasińska-Müller",
    "request": {
        "id": "rq-q3v7m2x5k4t6",
        "law": "EU_GDPR",
        "law_name": "General Data Protection Regulation",
        "citation": "Article 15 GDPR",
        "received_on": "2026-10-29",
        "due_on": "2026-11-30",
        "extended_on": None,
        "extension_reason": "",
        "answered_on": "2026-11-24",
        "identity": "A code that we sent to the e-mail address on file, entered on 30 October 2026",
    },
    "held": {
        "names": [
            item("Full name", "Zoë Łukasińska-Müller", "customer file", "2021-03-14"),
            item("Family name at birth", "Łukasińska", "customer file", "2021-03-14"),
            item("Name in Greek script", "Ζωή Μύλλερ", "loyalty card form", "2023-05-02"),
        ],
        "contact_points": [
            item("Phone", "+49 30 5550 199", "customer file", "2021-03-14"),
            item("Mobile", "+49 151 5550 1234", "web shop", "2024-01-09"),
            item("E-mail", "zoe.mueller@mail.example", "web shop", "2022-11-30"),
        ],
        "addresses": [
            item("Home", "Gänsemarkt 5, 20354 Hamburg, Germany", "customer file", "2021-03-14"),
            item("Delivery", "12 rue de l’Église, 67000 Strasbourg", "web shop", "2024-01-09"),
        ],
        "other": [
            item("Birthday", "17 May 1984", "loyalty card form", "2023-05-02"),
            item("Preferred language", "German", "web shop", "2022-11-30"),
            item("Loyalty number", "LK-2023-004411", "loyalty card form", "2023-05-02"),
            item("Favourite department", "Home and garden", "survey 2024", "2024-06-18"),
            item("Preferred time for calls", "weekdays after 17:00", "call centre", "2025-02-03"),
        ],
    },
    "purposes": [
        {
            "purpose": "Orders and deliveries",
            "description": "To send you what you ordered, take returns and keep the accounts.",
            "data": "names, addresses, e-mail, phone",
            "lawful_basis": "a contract with you",
            "interest": "",
            "citation": "Article 6(1)(b) GDPR",
        },
        {
            "purpose": "Advertising by phone",
            "description": "To tell you about offers of our stores. Only with your consent.",
            "data": "name, phone, preferred time",
            "lawful_basis": "your consent",
            "interest": "",
            "citation": "Article 6(1)(a) GDPR, section 7 UWG",
        },
        {
            "purpose": "Improving our stores",
            "description": "To count which departments our customers visit. No profile is made.",
            "data": "favourite department, postal code",
            "lawful_basis": "our legitimate interest",
            "interest": "offering what customers of a place look for",
            "citation": "Article 6(1)(f) GDPR",
        },
    ],
    "sources": [
        {"name": "You, in our store in Hamburg", "what": "name, address", "on": "2021-03-14"},
        {"name": "You, in our web shop", "what": "e-mail, second phone", "on": "2022-11-30"},
        {"name": "Import file of the former system", "what": "loyalty card", "on": "2023-05-02"},
    ],
    "recipients": [
        {
            "name": "Paketdienst Muster AG",
            "role": "processor",
            "country": "Germany",
            "what": "name, delivery address, phone",
            "why": "delivery of orders",
            "safeguard": "",
            "first_on": "2021-04-01",
            "last_on": None,
        },
        {
            "name": "Sample Mailing Inc.",
            "role": "processor",
            "country": "United States",
            "what": "e-mail address",
            "why": "order confirmations",
            "safeguard": "standard contractual clauses of 4 June 2021",
            "first_on": "2022-12-01",
            "last_on": "2025-06-30",
        },
    ],
    "third_parties": [
        {
            "law": "US_OR",
            "of": "disclosed",
            "scope": "person",
            "text": "a list of specific third parties",
            "citation": "ORS 646A.574(1)(a)(B)",
            "names": ["Sample Lists Inc."],
        }
    ],
    "retention": [
        {
            "key_class": "desk",
            "what": "Name, addresses and other details",
            "how_long": "while you are a customer and two years more",
            "until_on": None,
            "citation": "",
        },
        {
            "key_class": "call",
            "what": "Phone numbers for calls",
            "how_long": "until you withdraw your consent",
            "until_on": None,
            "citation": "",
        },
        {
            "key_class": "consent",
            "what": "Proof of your consents",
            "how_long": "five years from the last use",
            "until_on": "2030-02-03",
            "citation": "section 7a UWG",
        },
        {
            "key_class": "calls",
            "what": "Records of calls",
            "how_long": "five years from the call",
            "until_on": "2031-10-21",
            "citation": "section 7a UWG",
        },
    ],
    "consents": [
        {
            "id": "cn-10422",
            "kind": "grant",
            "purpose": "marketing",
            "channel": "voice_live",
            "at": "2024-01-09T10:21:44+01:00",
            "valid_until_on": None,
            "how": "tick box in the web shop, confirmed by a link in an e-mail",
            "text_shown": (
                "Ja, die Kaufhaus Beispiel GmbH darf mich unter der angegebenen Nummer über "
                "Angebote ihrer Filialen anrufen. Ich kann das jederzeit widerrufen, zum "
                "Beispiel am Telefon mit der Taste 9.\n"
                "(Yes, Kaufhaus Beispiel GmbH may call me about offers of its stores. "
                "I can withdraw this at any time.)"
            ),
            "text_version": "web-2023-11",
            "text_missing": "",
        },
        {
            "id": "cn-00817",
            "kind": "grant",
            "purpose": "survey",
            "channel": "email",
            "at": "2022-11-30T19:02:11+01:00",
            "valid_until_on": "2025-11-30",
            "how": "paper form in the store",
            "text_shown": "",
            "text_version": "",
            "text_missing": "the form was imported from the former system without its text.",
        },
        {
            "id": "cn-20931",
            "kind": "withdrawal",
            "purpose": "marketing",
            "channel": "voice_live",
            "at": "2026-10-21T17:31:09+02:00",
            "valid_until_on": None,
            "how": "key 9 pressed during a call",
            "text_shown": "",
            "text_version": "",
            "text_missing": "",
        },
    ],
    "calls": [
        call("2025-02-03T16:40:00+00:00", "cp-spring-25", "NO_ANSWER"),
        call("2025-02-05T16:12:30+00:00", "cp-spring-25", "COMPLETED"),
        call("2025-09-18T15:05:12+00:00", "cp-autumn-25", "BUSY"),
        call("2025-09-19T15:44:51+00:00", "cp-autumn-25", "NO_ANSWER"),
        call("2026-03-02T09:15:00+00:00", "cp-delivery", "COMPLETED", "delivery_notice"),
        call("2026-10-21T15:30:22+00:00", "cp-winter-26", "COMPLETED"),
    ],
    "automated_decisions": (
        "No decision about you is made by a machine alone, and no profile of you is kept."
    ),
    "searched": [
        {"system": "rightsdesk", "what": "contacts, consents, calls", "found": 1},
        {"system": "Web shop", "what": "orders and customer accounts", "found": 1},
        {"system": "Mail archive", "what": "letters and e-mails", "found": 0},
    ],
    "withheld": [
        {
            "what": "The name of an employee in a note of 3 February 2025",
            "why": "it is about somebody else, whose rights would be harmed",
            "citation": "Article 15(4) GDPR",
        }
    ],
    "rights": rights_text.rights("EU_GDPR"),
    "complaint": rights_text.complaint("EU_GDPR"),
}


def step(name: str, what: str, at: str, entry: str, result: str) -> dict[str, Any]:
    return {"name": name, "what": what, "at": at, "entry": entry, "result": result}


def key_class(name: str, what: str, keys: int, at: str | None, **kept: Any) -> dict[str, Any]:
    row = {
        "key_class": name,
        "what": what,
        "state": "destroyed" if at else "kept",
        "keys": keys,
        "destroyed_at": at,
        "ground": "",
        "citation": "",
        "until_on": None,
    }
    return {**row, **kept}


ERASURE: dict[str, Any] = {
    "schema": "rightsdesk.report.erasure-certificate/1",
    "marker": REAL,
    "zone": "Europe/Berlin",
    "controller": CONTROLLER,
    "dpo": DPO,
    "authority": AUTHORITY,
    "person": {
        "name": "Zoë Łukasińska-Müller",
        "contact_points": ["+49 30 5550 199", "zoe.mueller@mail.example"],
    },
    "request": {
        "id": "rq-w8d2n6p9r3c5",
        "law": "EU_GDPR",
        "law_name": "General Data Protection Regulation",
        "right": "erasure",
        "citation": "Article 17 GDPR",
        "received_on": "2026-11-02",
        "due_on": "2026-12-02",
        "completed_on": "2026-11-24",
    },
    "steps": [
        step(
            "ledger",
            "Written into the ledger of no",
            "2026-11-23T20:58:01+00:00",
            "–",
            "line written and flushed",
        ),
        step(
            "intended",
            "Closed for every use",
            "2026-11-23T20:58:01+00:00",
            "en-18170",
            "no opening, permit or call from here on",
        ),
        step(
            "calls",
            "Live calls ended",
            "2026-11-23T20:58:02+00:00",
            "en-18171",
            "none was live",
        ),
        step(
            "keys",
            "Keys deleted from the vault",
            "2026-11-23T20:58:02+00:00",
            "en-18172",
            "3 keys of 2 classes deleted, file truncated",
        ),
        step(
            "rows",
            "Rows deleted or stripped",
            "2026-11-23T20:58:03+00:00",
            "en-18173",
            "5 rows deleted, 6 stripped of the person",
        ),
        step(
            "epoch",
            "Epoch turned, old root destroyed",
            "2026-11-24T01:30:44+00:00",
            "en-18199",
            "1 root destroyed in 2 places",
        ),
        step(
            "verified",
            "Read back",
            "2026-11-24T01:30:46+00:00",
            "en-18200",
            "nothing left",
        ),
    ],
    "classes": [
        key_class("call", "Phone numbers", 2, "2026-11-23T20:58:02+00:00"),
        key_class("desk", "Name, addresses and other details", 1, "2026-11-23T20:58:02+00:00"),
        key_class(
            "consent",
            "Proof of consents",
            1,
            None,
            ground="we must be able to prove the consent to the authority",
            citation="section 7a UWG, Article 17(3)(b) GDPR",
            until_on="2030-02-03",
        ),
        key_class(
            "calls",
            "Records of calls",
            1,
            None,
            ground="records of advertising calls must be kept",
            citation="section 7a UWG, Article 17(3)(b) GDPR",
            until_on="2031-10-21",
        ),
        key_class(
            "case",
            "The file of this request",
            1,
            None,
            ground="defence against legal claims",
            citation="Article 17(3)(e) GDPR",
            until_on="2029-12-31",
        ),
    ],
    "epoch": {
        "number": 41,
        "destroyed_at": "2026-11-24T01:30:44+00:00",
        "entry": "en-18199",
        "custody": "passphrase-sealed files",
        "places": [
            {
                "place": "state directory",
                "kind": "passphrase-sealed file",
                "method": "replaced, overwritten, unlinked",
                "read_back": "absent",
                "at": "2026-11-24T01:30:44+00:00",
            },
            {
                "place": "second disk, /srv/custody",
                "kind": "passphrase-sealed file",
                "method": "replaced, overwritten, unlinked",
                "read_back": "absent",
                "at": "2026-11-24T01:30:45+00:00",
            },
        ],
    },
    "read_back": {
        "at": "2026-11-24T01:30:46+00:00",
        "entry": "en-18200",
        "looked": [
            {"store": "vault", "what": "keys of classes call and desk", "rows_left": 0},
            {"store": "vault", "what": "index rows of phone, e-mail and name", "rows_left": 0},
            {"store": "main", "what": "sealed parts", "rows_left": 0},
            {"store": "main", "what": "rows that name the subject", "rows_left": 0},
            {"store": "custody", "what": "roots of epoch 41", "rows_left": 0},
        ],
    },
    "suppression": {
        "kept": True,
        "what": "a keyed hash of the phone numbers and the e-mail address",
        "why": "It cannot be turned back into them and serves only so that nobody of us "
        "calls or writes again",
        "citation": "Article 21(3) GDPR",
    },
    "recipients": [
        {
            "name": "Paketdienst Muster AG",
            "told_at": "2026-11-24T08:00:00+00:00",
            "answer": "erased on 24 November 2026",
        }
    ],
    "outside": [
        "Copies of the desk's files that other software made (snapshots of the disk, backups of "
        "the whole machine) while the epoch root was still in its state directory.",
        "What a solid-state disk keeps of overwritten blocks until it erases them itself.",
        "The copy of this certificate that names the person and was given to them.",
    ],
}


def check(name: str, what: str, citation: str) -> dict[str, Any]:
    return {"id": name, "what": what, "citation": citation, "checked": 1_204, "violations": 0}


def refusals(rule: str, text: str, citation: str, count: int) -> dict[str, Any]:
    return {"rule": rule, "text": text, "citation": citation, "refusals": count}


def conduct(rule: str, citation: str, *bounds: float | None) -> dict[str, Any]:
    return {
        "rule": rule,
        "verdict": "no_breach",
        "lowest": bounds[0],
        "highest": bounds[1],
        "limit": bounds[2],
        "rows": 1_204,
        "missing": [],
        "citation": citation,
    }


def rights(law: str, kind: str, in_time: int, late: int, still: int) -> dict[str, Any]:
    closed = in_time + late
    return {
        "law": law,
        "kind": kind,
        "received": closed + still,
        "closed": closed,
        "in_time": in_time,
        "late": late,
        "open": still,
        "overdue": 0,
    }


COUNTED: dict[str, Any] = {
    "schema": "rightsdesk.report.campaign-compliance/1",
    "marker": DEMO,
    "controller": CONTROLLER,
    "dpo": DPO,
    "campaign": {
        "id": "cp-winter-26",
        "title": "Winter offers in our stores",
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "line": "simulator",
        "caller_id": "+1 415 555 0177",
        "script_first_line": (
            "This is an automated call from Kaufhaus Beispiel about winter offers. "
            "Press 9 at any time and we will not call again."
        ),
        "script_sha256": "9f2c4c7f0c2f6a1c0c6d1a7a4b1f0e8d7c6b5a493827160594837261504f3e2d",
        "opt_out_key": "9",
        "max_attempts": 3,
        "min_gap_s": 7_200,
    },
    "period": {
        "from_at": "2026-11-16T00:00:00-08:00",
        "to_at": "2026-11-23T00:00:00-08:00",
        "zone": "America/Los_Angeles",
    },
    "read": {"at": "2026-11-24T07:00:00-08:00", "tree_size": 18_204},
    "candidates": {
        "total": 1_912,
        "by_state": [
            {"state": "waiting", "people": 214},
            {"state": "called", "people": 0},
            {"state": "done", "people": 1_087},
            {"state": "denied", "people": 611},
        ],
        "refused_by_reason": [
            {"rule": "us-fed-consent-written", "text": "no written consent", "people": 403},
            {"rule": "us-fed-dnc", "text": "on the national do-not-call register", "people": 131},
            {"rule": "own.suppressed", "text": "opted out earlier", "people": 77},
            {"rule": "us-fed-hours", "text": "outside 8:00 to 21:00 local", "people": 214},
        ],
    },
    "decisions": {
        "permitted": 1_216,
        "refused": 2_309,
        "by_rule": [
            refusals(
                "us-fed-hours",
                "Calls only from 8:00 to 21:00 at the called person's location",
                "47 CFR 64.1200(c)(1)",
                1_402,
            ),
            refusals(
                "us-fed-consent-written",
                "A prerecorded advertising call needs prior express written consent",
                "47 CFR 64.1200(a)(2), (a)(3)",
                512,
            ),
            refusals(
                "us-fed-dnc",
                "No solicitation to a number on the national register",
                "47 CFR 64.1200(c)(2)",
                180,
            ),
            refusals("own.min_gap", "At least two hours between attempts", "", 138),
            refusals(
                "own.suppressed", "An opt-out holds for good", "47 CFR 64.1200(d)(3), (d)(6)", 77
            ),
        ],
    },
    "calls": {
        "placed": 1_204,
        "by_outcome": [
            {"outcome": "COMPLETED", "calls": 497},
            {"outcome": "NO_ANSWER", "calls": 388},
            {"outcome": "MACHINE", "calls": 171},
            {"outcome": "BUSY", "calls": 83},
            {"outcome": "DECLINED", "calls": 41},
            {"outcome": "UNREACHABLE", "calls": 12},
            {"outcome": "ABANDONED", "calls": 8},
            {"outcome": "UNCERTAIN", "calls": 4},
        ],
        "by_local_hour": [
            {"hour": hour, "calls": calls}
            for hour, calls in zip(
                range(8, 21), (0, 41, 96, 118, 87, 64, 102, 131, 140, 152, 147, 98, 28), strict=True
            )
        ],
        "by_day": [
            {"on": f"2026-11-{16 + index}", "calls": calls}
            for index, calls in enumerate((212, 240, 233, 198, 187, 134, 0))
        ],
    },
    "checks": [
        check("after_opt_out", "A call after an opt-out of that number", "47 CFR 64.1200(d)"),
        check("without_permit", "A call without a permit of the gate", ""),
        check("outside_hours", "A call outside the hours of its place", "47 CFR 64.1200(c)(1)"),
        check("without_consent", "A call without the consent it needs", "47 CFR 64.1200(a)"),
        check("on_register", "A call to a registered number", "47 CFR 64.1200(c)(2)"),
        check("twice_on_one_intent", "Two calls on one permit", ""),
    ],
    "conduct": [
        conduct("us-fed-abandonment", "47 CFR 64.1200(a)(7)", 0.0161, 0.0242, 0.03),
        conduct("us-fed-ring", "16 CFR 310.4(b)(4)(ii)", 15, 30, 15),
        conduct("own.minimum_gap", "own policy of two hours", 7_204, None, 7_200),
    ],
    "opt_outs": {
        "count": 63,
        "by_source": [{"source": "key", "count": 58}, {"source": "spoken_words", "count": 5}],
        "latency": {
            "median_s": 0.041,
            "longest_s": 0.38,
            "limit_s": 864_000,
            "citation": "47 CFR 64.1200(d)(3)",
        },
    },
    "consent": [
        {"consent_class": "prior_express_written_consent", "calls": 1_204, "with_evidence": 1_204}
    ],
    "rights": [
        rights("EU_GDPR", "access", 14, 0, 3),
        rights("EU_GDPR", "erasure", 9, 0, 1),
        rights("UK_GDPR", "access", 6, 0, 2),
        rights("US_CA", "delete", 22, 0, 5),
        rights("US_CA", "opt_out_sale_sharing", 31, 0, 0),
    ],
    "log_verified": True,
    "limits": ["The reassigned-numbers database was not asked: no such service is set up."],
}

CAMPAIGN, CAMPAIGN_FILES = campaign_rows.with_rows(COUNTED, campaign_rows.rows(COUNTED))
BASE = {"marker": REAL, "controller": CONTROLLER, "dpo": DPO}
REGISTER, REGISTER_FILES = request_rows.data(list(request_rows.rows(170)), BASE)
LOG, LOG_FILES = log_rows.data(120, BASE)
CALLING = calling_examples.made(BASE)
CONSENT = {
    **consent_examples.made(BASE),
    **dossier_examples.made(BASE),
    **breach_examples.made(BASE),
}
MAP = map_examples.made(BASE)
VENDOR_CALLS = vendor_call_examples.made(BASE)
VENDORS = vendor_examples.made(BASE)

EXAMPLES: dict[str, dict[str, Any]] = {
    "access-answer": ACCESS,
    "erasure-certificate": ERASURE,
    "campaign-compliance": CAMPAIGN,
    "request-register": REGISTER,
    "log-verification": LOG,
    **{kind: data for kind, (data, _) in CALLING.items()},
    **{kind: data for kind, (data, _) in CONSENT.items()},
    **{kind: data for kind, (data, _) in MAP.items()},
    **{kind: data for kind, (data, _) in VENDOR_CALLS.items()},
    **{kind: data for kind, (data, _) in VENDORS.items()},
}


FILES: dict[str, dict[str, bytes]] = {
    "campaign-compliance": CAMPAIGN_FILES,
    "request-register": REGISTER_FILES,
    "log-verification": LOG_FILES,
    **{kind: files for kind, (_, files) in CALLING.items()},
    **{kind: files for kind, (_, files) in CONSENT.items()},
    **{kind: files for kind, (_, files) in MAP.items()},
    **{kind: files for kind, (_, files) in VENDOR_CALLS.items()},
}


def example(kind: str) -> dict[str, Any]:
    """A copy that a test may change."""
    return deepcopy(EXAMPLES[kind])
