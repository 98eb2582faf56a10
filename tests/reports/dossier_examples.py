"""A made-up number with consents, calls and an opt-out, and a small log that proves them."""

from __future__ import annotations

import base64
import hashlib
from copy import deepcopy
from typing import Any

from privacy.audit.entry import canonical
from privacy.audit.note import Checkpoint, Signer
from privacy.audit.tree import hash_leaf, inclusion_proof, root_hash
from privacy.gateway.whocalled_letter import letter, limits
from privacy.terms import Language
from reports import number_dossier, who_called

ORIGIN = "rightsdesk.example/desk/7c1f4b0e92"
TEXT = (
    "Yes, Kaufhaus Beispiel GmbH, Musterstraße 12, Berlin, may call me about offers of its stores,"
    " also by recorded calls. I can withdraw this at any time, in a call by the key 9."
)
SCRIPT = (
    "Hier ist Kaufhaus Beispiel mit einem Angebot. Drücken Sie die 9, wenn Sie das nicht wollen."
)
ENTRIES = (
    ("e-000001", "2026-03-02T09:00:01+00:00", "consent.recorded", "c-000001"),
    ("e-000002", "2026-06-01T10:00:00+00:00", "number.released", "at-000001"),
    ("e-000003", "2026-06-08T15:30:00+00:00", "number.released", "at-000002"),
    ("e-000004", "2026-06-08T15:30:41+00:00", "optout.recorded", "no-000001"),
    ("e-000005", "2026-06-08T15:30:42+00:00", "consent.withdrawn", "no-000001"),
)


def b64(part: bytes) -> str:
    return base64.b64encode(part).decode()


def log() -> dict[str, Any]:
    """The log of ENTRIES among others, its checkpoint, and a proof for each."""
    bodies = [b'{"action":"log.opened"}']
    for id_, at, action, about in ENTRIES:
        entry = {"v": 1, "id": id_, "ts": at, "actor": "rightsdesk", "action": action}
        bodies.append(canonical({**entry, "object": about}))
    leaves = [hash_leaf(body) for body in bodies]
    signer = Signer(ORIGIN, b"\x07" * 32)
    text = Checkpoint(ORIGIN, len(leaves), root_hash(leaves)).text()
    return {
        "origin": ORIGIN,
        "checkpoint": signer.sign(text).decode(),
        "verifier": str(signer.verifier()),
        "from_printed": [],
        "entries": [
            {
                "id": each[0],
                "index": index,
                "entry": bodies[index].decode(),
                "proof": [
                    base64.b64encode(part).decode() for part in inclusion_proof(leaves, index)
                ],
            }
            for index, each in enumerate(ENTRIES, start=1)
        ],
    }


def record(id_: str, kind: str, said: str, entry: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "consent_class": "prior_express_written_consent",
        "said_at": said,
        "recorded_at": said,
        "valid_until": None,
        "source": "web_form",
        "documented": True,
        "notice": "",
        "text_shown": None,
        "text_sha256": None,
        "evidence": None,
        "ended_by": [],
        "corrects": "",
        "entry": entry,
        **more,
    }


CONSENTS = [
    record(
        "c-000001",
        "grant",
        "2026-03-02T09:00:00+00:00",
        "e-000001",
        notice="web-form/2",
        text_shown=TEXT,
        text_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
        evidence={
            "told_at": "2026-03-02T09:00:00+00:00",
            "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
            "reference": "form 2026-03-02/118",
            "ip": "192.0.2.17",
            "words": "",
        },
        ended_by=["c-000002"],
    ),
    record(
        "c-000002",
        "withdrawal",
        "2026-06-08T15:30:41+00:00",
        "e-000005",
        purpose="*",
        channel="*",
        consent_class="withdrawn",
        source="key",
    ),
]


def call(number: int, at: str, outcome: str, heard_s: float, **more: Any) -> dict[str, Any]:
    return {
        "call": f"at-{number:06d}",
        "at": at,
        "at_person": at,
        "zone_person": "Europe/Berlin",
        "caller": "Kaufhaus Beispiel GmbH",
        "number_shown": "+49305550177",
        "dialled_by": None,
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "campaign": "cm-000001",
        "title": "Summer offers",
        "simulated": False,
        "for_somebody_else": False,
        "heard": {
            "how_much": "heard" if heard_s > 11 else "partly" if heard_s else "nothing",
            "heard_s": heard_s,
            "length_s": 11.2,
            "language": "de",
            "text": SCRIPT,
            "sha256": "0" * 64,
            "answered_at": None,
        },
        "outcome": outcome,
        "duration_s": heard_s + 1.2 if heard_s else 0.0,
        "opted_out_at": None,
        "consent": {"state": "prior_express_written_consent", "id": "c-000001"},
        "stop_key": "9",
        "decision": {
            "id": str(7_000 + number),
            "at": at,
            "decision": "allow",
            "deciding_rule": "de-consent",
            "rules": [
                {"rule": "de-consent", "effect": "allow"},
                {"rule": "gateway.suppressed", "effect": "not_applicable"},
            ],
            "place": "DE",
            "pack_sha256": "1" * 64,
        },
        "entry": f"e-00000{number + 1}",
        **more,
    }


OPT_OUT = "2026-06-08T15:30:41+00:00"
CALLS = [
    call(1, "2026-06-01T10:00:00+00:00", "no_answer", 0.0),
    call(2, "2026-06-08T15:30:00+00:00", "completed", 11.4, opted_out_at=OPT_OUT),
    call(
        3,
        "2026-06-02T16:00:00+00:00",
        "completed",
        0.0,
        at_person=None,
        zone_person=None,
        for_somebody_else=True,
        purpose=None,
        campaign=None,
        title=None,
        heard=None,
        consent=None,
        decision=None,
        entry="",
    ),
]
DEMO_LIMITS = ["What nobody recorded stands in no dossier."]


def dossier(base: dict[str, Any]) -> dict[str, Any]:
    return {
        **deepcopy(base),
        "schema": number_dossier.SCHEMA,
        "made_for": "authority",
        "number": "+493055501990",
        "zone": "Europe/Berlin",
        "read_at": "2026-11-24T15:04:00+00:00",
        "known": True,
        "more": False,
        "consents": deepcopy(CONSENTS),
        "calls": deepcopy(CALLS),
        "refusals": [
            {
                "campaign": "cm-000001",
                "rule": "gateway.suppressed",
                "times": 2,
                "first_at": "2026-07-01T08:00:00+00:00",
                "last_at": "2026-08-01T08:00:00+00:00",
            }
        ],
        "opt_outs": [
            {
                "id": "no-000001",
                "at": OPT_OUT,
                "source": "key",
                "in_call": "at-000002",
                "words": "",
                "lifts": [],
                "entry": "e-000004",
            }
        ],
        "earlier_dialer": [
            {
                "at": "2025-11-02T10:00:00+00:00",
                "source": "old-dialer",
                "channel": "voice_live",
                "outcome": "busy",
            }
        ],
        "log": log(),
        "limits": DEMO_LIMITS,
    }


def short(base: dict[str, Any], language: Language = Language.ENGLISH) -> dict[str, Any]:
    """The same as the person gets it."""
    controller = base["controller"]
    found = {
        "since": "2021-11-25T15:04:00+00:00",
        "until": "2026-11-24T15:04:00+00:00",
        "controller": controller["name"],
        "contact": controller["email"],
        "calls": [_told(each, controller["email"]) for each in CALLS],
        "more": False,
        "earlier_dialer": dossier(base)["earlier_dialer"],
        "opted_out": [OPT_OUT],
    }
    return {
        **deepcopy(base),
        "schema": who_called.SCHEMA,
        "language": language.value,
        "zone": "Europe/Berlin",
        "found": found,
        "paragraphs": letter(found, language, "Europe/Berlin").split("\n\n"),
        "limits": limits(language),
    }


def _told(each: dict[str, Any], contact: str) -> dict[str, Any]:
    """A call as `privacy.gateway.whocalled` tells it."""
    kept = {k: v for k, v in each.items() if k not in ("channel", "stop_key", "entry")}
    rested = None
    if each["consent"] is not None:
        rested = {
            **each["consent"],
            "given_at": "2026-03-02T09:00:00+00:00",
            "how": "web_form",
            "notice": "web-form/2",
            "text_shown": TEXT,
            "documented": True,
        }
    number = None if each["decision"] is None else each["decision"]["id"]
    return {
        **deepcopy(kept),
        "at_controller": each["at"],
        "consent": rested,
        "stop": {"key": each["stop_key"], "contact": contact},
        "decision": number,
    }


def made(base: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """Data and files of each kind."""
    return {"number-dossier": (dossier(base), {}), "who-called": (short(base), {})}
