"""Decisions worked out by hand from the law's words, one line a case.

Tuesday 24 November 2026 is an ordinary working day in every place used here.
Each case names the rule that decides; its citation stands in the pack.
"""

from __future__ import annotations

from typing import Any

import pytest

from privacy.law.calling import answer
from privacy.law.rulebook import rulebook
from tests.law.calls import (
    BERLIN,
    CHICAGO,
    DALLAS,
    EL_PASO,
    EXPRESS,
    LONDON,
    LOS_ANGELES,
    MIAMI,
    MOBILE_DE,
    MOBILE_FR,
    MOBILE_GB,
    NEW_YORK,
    NONE,
    ORAL,
    PANAMA_CITY,
    PARIS,
    TOKYO,
    TOLL_FREE,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)

Case = tuple[str, dict[str, Any], str, str]
NOON_ET, NOON_CT, NOON_PT = (
    "2026-11-24T12:00:00-05:00",
    "2026-11-24T12:00:00-06:00",
    "2026-11-24T12:00:00-08:00",
)
NOON_GB, NOON_DE, ELEVEN_FR = (
    "2026-11-24T12:00:00+00:00",
    "2026-11-24T12:00:00+01:00",
    "2026-11-24T11:00:00+01:00",
)
THREE = earlier(
    "2026-11-23T13:00:00-05:00", "2026-11-23T18:00:00-05:00", "2026-11-24T09:00:00-05:00"
)
RECORDED, TEXT = {"channel": "voice_prerecorded"}, {"channel": "text"}
LISTED_US = registers(us_national=listed())
LACKING = {"state": WRITTEN, "elements": ["agreement_in_writing"]}
ELEMENTS = {
    "state": WRITTEN,
    "elements": list(rulebook().by_id["us-fed-pewc-elements"].params["elements"]),
}

FEDERAL: list[Case] = [
    ("opens at eight", call(CHICAGO, "2026-11-24T08:00:00-06:00"), "allow", "us-fed-hours"),
    ("shut before", call(CHICAGO, "2026-11-24T07:59:59-06:00"), "deny", "us-fed-hours"),
    ("last second", call(CHICAGO, "2026-11-24T20:59:59-06:00"), "allow", "us-fed-hours"),
    ("shut at nine", call(CHICAGO, "2026-11-24T21:00:00-06:00"), "deny", "us-fed-hours"),
    (
        "consented text at night",
        call(CHICAGO, "2026-11-24T21:30:00-06:00", **TEXT),
        "deny",
        "us-fed-hours",
    ),
    (
        "recorded marketing needs writing",
        call(CHICAGO, NOON_CT, ORAL, **RECORDED),
        "deny",
        "us-fed-consent-marketing",
    ),
    (
        "recorded marketing with writing",
        call(CHICAGO, NOON_CT, WRITTEN, **RECORDED),
        "allow",
        "us-fed-consent-marketing",
    ),
    (
        "automated text needs writing",
        call(CHICAGO, NOON_CT, EXPRESS, **TEXT),
        "deny",
        "us-fed-consent-marketing",
    ),
    (
        "text by hand needs none",
        call(CHICAGO, NOON_CT, NONE, dialing="manual", **TEXT),
        "allow",
        "us-fed-hours",
    ),
    (
        "a nonprofit's oral consent",
        call(CHICAGO, NOON_CT, ORAL, seller={"tax_exempt": True}, **RECORDED),
        "allow",
        "us-fed-consent-marketing",
    ),
    (
        "an AI voice is a recorded voice",
        call(CHICAGO, NOON_CT, NONE, ai_voice=True),
        "deny",
        "us-fed-consent-marketing",
    ),
    (
        "written consent without signature",
        call(CHICAGO, NOON_CT, consent=LACKING, **TEXT),
        "deny",
        "us-fed-pewc-elements",
    ),
    (
        "written consent with all elements",
        call(CHICAGO, NOON_CT, consent=ELEMENTS, **TEXT),
        "allow",
        "us-fed-consent-marketing",
    ),
    (
        "informational robocall, oral consent",
        call(CHICAGO, NOON_CT, ORAL, campaign="informational", **RECORDED),
        "allow",
        "us-fed-consent-info",
    ),
    (
        "informational robocall, none",
        call(CHICAGO, NOON_CT, NONE, campaign="informational", **RECORDED),
        "deny",
        "us-fed-consent-info",
    ),
    (
        "emergency needs no consent",
        call(CHICAGO, "2026-11-24T03:00:00-06:00", NONE, campaign="emergency", **RECORDED),
        "allow",
        "us-fed-consent-info",
    ),
    (
        "on the national registry",
        call(CHICAGO, NOON_CT, ORAL, registers=LISTED_US),
        "deny",
        "us-fed-dnc-national",
    ),
    (
        "registry lifted by writing",
        call(CHICAGO, NOON_CT, WRITTEN, registers=LISTED_US),
        "allow",
        "us-fed-dnc-national",
    ),
    (
        "registry lifted by a purchase 540 days ago",
        call(
            CHICAGO,
            NOON_CT,
            NONE,
            registers=LISTED_US,
            relationship={"last_purchase": "2025-06-02"},
        ),
        "allow",
        "us-fed-dnc-national",
    ),
    (
        "not by one 541 days ago",
        call(
            CHICAGO,
            NOON_CT,
            NONE,
            registers=LISTED_US,
            relationship={"last_purchase": "2025-06-01"},
        ),
        "deny",
        "us-fed-dnc-national",
    ),
    (
        "inquiry 89 days ago",
        call(
            CHICAGO, NOON_CT, NONE, registers=LISTED_US, relationship={"last_inquiry": "2026-08-27"}
        ),
        "allow",
        "us-fed-dnc-national",
    ),
    (
        "inquiry 90 days ago",
        call(
            CHICAGO, NOON_CT, NONE, registers=LISTED_US, relationship={"last_inquiry": "2026-08-26"}
        ),
        "deny",
        "us-fed-dnc-national",
    ),
    (
        "relationship ended by request",
        call(
            CHICAGO,
            NOON_CT,
            NONE,
            registers=LISTED_US,
            relationship={"last_purchase": "2026-11-01", "ended_by_request": True},
        ),
        "deny",
        "us-fed-dnc-national",
    ),
    (
        "list 31 days old",
        call(
            CHICAGO,
            NOON_CT,
            NONE,
            registers=registers(us_national={"listed": False, "age_days": 31}),
        ),
        "allow",
        "us-fed-hours",
    ),
    (
        "list 32 days old",
        call(
            CHICAGO,
            NOON_CT,
            NONE,
            registers=registers(us_national={"listed": False, "age_days": 32}),
        ),
        "deny",
        "us-fed-dnc-national",
    ),
    (
        "company list",
        call(CHICAGO, NOON_CT, WRITTEN, company_list=True),
        "deny",
        "us-fed-dnc-company",
    ),
    (
        "number withheld",
        call(CHICAGO, NOON_CT, caller_number_shown=False),
        "deny",
        "us-fed-caller-id",
    ),
    ("rings too short", call(CHICAGO, NOON_CT, ring_timeout_s=14), "deny", "us-fed-ring"),
    (
        "a text opt-out",
        call(
            CHICAGO,
            NOON_CT,
            inbound_texts=[{"at": "2026-11-24T11:00:00-06:00", "body": "Stop."}],
            **TEXT,
        ),
        "deny",
        "us-fed-revocation-deadline",
    ),
    (
        "confirmation within five minutes",
        call(
            CHICAGO,
            "2026-11-24T11:05:00-06:00",
            inbound_texts=[{"at": "2026-11-24T11:00:00-06:00", "body": "STOP"}],
            campaign="opt_out_confirmation",
            **TEXT,
        ),
        "allow",
        "us-fed-revocation-confirmation",
    ),
    (
        "confirmation after five minutes",
        call(
            CHICAGO,
            "2026-11-24T11:05:01-06:00",
            inbound_texts=[{"at": "2026-11-24T11:00:00-06:00", "body": "STOP"}],
            campaign="opt_out_confirmation",
            **TEXT,
        ),
        "deny",
        "us-fed-revocation-confirmation",
    ),
    (
        "revoke-all not yet",
        call(
            CHICAGO,
            "2027-01-30T12:00:00-06:00",
            programme="offers",
            other_withdrawals=[{"programme": "bills", "at": "2027-01-20T12:00:00-06:00"}],
            **TEXT,
        ),
        "allow",
        "us-fed-consent-marketing",
    ),
    (
        "revoke-all in force",
        call(
            CHICAGO,
            "2027-01-31T12:00:00-06:00",
            programme="offers",
            other_withdrawals=[{"programme": "bills", "at": "2027-01-20T12:00:00-06:00"}],
            **TEXT,
        ),
        "deny",
        "us-fed-revoke-all",
    ),
    (
        "debt at night",
        call(CHICAGO, "2026-11-24T21:00:00-06:00", campaign="debt"),
        "deny",
        "us-fed-hours-debt",
    ),
    (
        "debt, day seven after a talk",
        call(
            CHICAGO,
            NOON_CT,
            campaign="debt",
            matter="D1",
            earlier_calls=earlier("2026-11-18T15:00:00-06:00", outcome="conversation", matter="D1"),
        ),
        "deny",
        "us-fed-debt-frequency",
    ),
    (
        "debt, day eight after a talk",
        call(
            CHICAGO,
            NOON_CT,
            campaign="debt",
            matter="D1",
            earlier_calls=earlier("2026-11-17T15:00:00-06:00", outcome="conversation", matter="D1"),
        ),
        "allow",
        "us-fed-hours-debt",
    ),
    (
        "debt, another debt's talk",
        call(
            CHICAGO,
            NOON_CT,
            campaign="debt",
            matter="D2",
            earlier_calls=earlier("2026-11-23T15:00:00-06:00", outcome="conversation", matter="D1"),
        ),
        "allow",
        "us-fed-hours-debt",
    ),
    (
        "an inconvenient time",
        call(CHICAGO, NOON_CT, campaign="debt", inconvenient_times=[["12:00", "13:00"]]),
        "deny",
        "us-fed-hours-debt",
    ),
    ("toll-free has no place", call(TOLL_FREE, NOON_CT), "deny", "conventions.unknown_location"),
    ("no law of Japan", call(TOKYO, NOON_CT), "deny", "conventions.no_rule"),
    (
        "live survey has no rule",
        call(CHICAGO, NOON_CT, campaign="survey"),
        "deny",
        "conventions.no_rule",
    ),
    (
        "New York number, Los Angeles address, too early there",
        call(NEW_YORK, "2026-11-24T10:59:59-05:00", region="US-CA"),
        "deny",
        "us-fed-hours",
    ),
    (
        "the joint window opens at eleven Eastern",
        call(NEW_YORK, "2026-11-24T11:00:00-05:00", region="US-CA"),
        "allow",
        "us-ny-hours",
    ),
]

FLORIDA: list[Case] = [
    ("opens at eight", call(MIAMI, "2026-11-24T08:00:00-05:00"), "allow", "us-fl-hours"),
    ("shut before", call(MIAMI, "2026-11-24T07:59:00-05:00"), "deny", "us-fl-hours"),
    ("last minute", call(MIAMI, "2026-11-24T19:59:00-05:00"), "allow", "us-fl-hours"),
    ("shut at eight", call(MIAMI, "2026-11-24T20:00:00-05:00"), "deny", "us-fl-hours"),
    (
        "panhandle: both zones must be open",
        call(PANAMA_CITY, "2026-11-24T08:30:00-05:00"),
        "deny",
        "us-fl-hours",
    ),
    (
        "panhandle, Central zone confirmed",
        call(PANAMA_CITY, "2026-11-24T20:30:00-05:00", region="US-FL", zones=["America/Chicago"]),
        "allow",
        "us-fl-hours",
    ),
    (
        "overlay 448 is not Eastern only",
        call("+14485550100", "2026-11-24T08:30:00-05:00"),
        "deny",
        "us-fl-hours",
    ),
    (
        "fourth call in 24 hours",
        call(MIAMI, NOON_ET, earlier_calls=THREE),
        "deny",
        "us-fl-frequency",
    ),
    (
        "the oldest is 24 hours ago",
        call(MIAMI, "2026-11-24T13:00:00-05:00", earlier_calls=THREE),
        "allow",
        "us-fl-hours",
    ),
    (
        "other subjects do not count",
        call(MIAMI, NOON_ET, earlier_calls=[{**c, "same_subject": False} for c in THREE]),
        "allow",
        "us-fl-hours",
    ),
    ("text needs writing", call(MIAMI, NOON_ET, EXPRESS, **TEXT), "deny", "us-fl-consent"),
    (
        "text with writing",
        call(MIAMI, NOON_ET, WRITTEN, **TEXT),
        "allow",
        "us-fl-consent",
    ),
]

TEXAS: list[Case] = [
    ("weekday opens at nine", call(DALLAS, "2026-11-24T09:00:00-06:00"), "allow", "us-tx-hours"),
    ("weekday shut before", call(DALLAS, "2026-11-24T08:59:59-06:00"), "deny", "us-tx-hours"),
    ("shut at nine", call(DALLAS, "2026-11-24T21:00:00-06:00"), "deny", "us-tx-hours"),
    ("Sunday opens at noon", call(DALLAS, "2026-11-22T12:00:00-06:00"), "allow", "us-tx-hours"),
    ("Sunday shut before", call(DALLAS, "2026-11-22T11:59:59-06:00"), "deny", "us-tx-hours"),
    ("Saturday at nine", call(DALLAS, "2026-11-21T09:00:00-06:00"), "allow", "us-tx-hours"),
    ("El Paso is Mountain", call(EL_PASO, "2026-11-24T09:30:00-06:00"), "deny", "us-tx-hours"),
    (
        "no state hours before SB 140",
        call(DALLAS, "2025-08-31T08:30:00-05:00"),
        "allow",
        "us-fed-hours",
    ),
    (
        "state hours from its day",
        call(DALLAS, "2025-09-01T08:30:00-05:00"),
        "deny",
        "us-tx-hours",
    ),
    (
        "on the state list",
        call(DALLAS, NOON_CT, registers=registers(us_tx=listed())),
        "deny",
        "us-tx-dnc",
    ),
    (
        "the state list's relationship",
        call(
            DALLAS,
            NOON_CT,
            registers=registers(us_tx=listed()),
            relationship={"last_purchase": "2026-10-01"},
        ),
        "allow",
        "us-tx-dnc",
    ),
    (
        "last quarter's list in the days of grace",
        call(
            DALLAS,
            NOON_CT,
            registers=registers(us_tx={"listed": False, "published": "2026-07-01"}),
        ),
        "allow",
        "us-tx-hours",
    ),
    (
        "last quarter's list after them",
        call(
            DALLAS,
            "2026-11-30T12:00:00-06:00",
            registers=registers(us_tx={"listed": False, "published": "2026-07-01"}),
        ),
        "deny",
        "us-tx-dnc",
    ),
    (
        "unregistered seller's text without consent",
        call(DALLAS, NOON_CT, NONE, seller={"registrations": []}, dialing="manual", **TEXT),
        "deny",
        "us-tx-sb140",
    ),
]

CALIFORNIA: list[Case] = [
    (
        "live voice has federal hours",
        call(LOS_ANGELES, "2026-11-24T08:00:00-08:00"),
        "allow",
        "us-fed-hours",
    ),
    (
        "recorded opens at nine",
        call(LOS_ANGELES, "2026-11-24T09:00:00-08:00", **RECORDED),
        "allow",
        "us-ca-adad-consent",
    ),
    (
        "recorded shut before",
        call(LOS_ANGELES, "2026-11-24T08:59:59-08:00", **RECORDED),
        "deny",
        "us-ca-adad-hours",
    ),
    (
        "consent does not open recorded hours",
        call(LOS_ANGELES, "2026-11-24T08:30:00-08:00", WRITTEN, **RECORDED),
        "deny",
        "us-ca-adad-hours",
    ),
    (
        "informational after live announcement",
        call(
            LOS_ANGELES,
            NOON_PT,
            campaign="informational",
            consent=[{"state": "live_announcement_and_consent"}, {"state": ORAL}],
            **RECORDED,
        ),
        "allow",
        "us-ca-adad-consent",
    ),
    (
        "recorded without agreement",
        call(LOS_ANGELES, NOON_PT, NONE, **RECORDED),
        "deny",
        "us-ca-adad-consent",
    ),
]

NEW_YORK_STATE: list[Case] = [
    ("opens at eight", call(NEW_YORK, "2026-11-24T08:00:00-05:00", NONE), "allow", "us-ny-hours"),
    ("shut before", call(NEW_YORK, "2026-11-24T07:59:59-05:00", NONE), "deny", "us-ny-hours"),
    ("shut at nine", call(NEW_YORK, "2026-11-24T21:00:00-05:00", NONE), "deny", "us-ny-hours"),
    (
        "consent lifts the state's hours, the federal window stays",
        call(NEW_YORK, "2026-11-24T21:00:00-05:00", WRITTEN),
        "deny",
        "us-fed-hours",
    ),
    (
        "declared emergency",
        call(NEW_YORK, NOON_ET, emergency_declared=True),
        "deny",
        "us-ny-emergency",
    ),
    (
        "emergency elsewhere",
        call(NEW_YORK, NOON_ET, emergency_declared=["US-LA"]),
        "allow",
        "us-ny-hours",
    ),
]

UNITED_KINGDOM: list[Case] = [
    ("live call, not listed", call(LONDON, NOON_GB, NONE), "allow", "gb-hours"),
    ("mobile, not listed", call(MOBILE_GB, NOON_GB, NONE), "allow", "gb-hours"),
    (
        "on the TPS",
        call(LONDON, NOON_GB, NONE, registers=registers(gb_tps=listed(since="2026-01-01"))),
        "deny",
        "gb-live",
    ),
    (
        "on the CTPS",
        call(LONDON, NOON_GB, NONE, registers=registers(gb_ctps=listed())),
        "deny",
        "gb-live",
    ),
    (
        "listed 27 days ago",
        call(LONDON, NOON_GB, NONE, registers=registers(gb_tps=listed(since="2026-10-28"))),
        "allow",
        "gb-hours",
    ),
    (
        "listed 28 days ago",
        call(LONDON, NOON_GB, NONE, registers=registers(gb_tps=listed(since="2026-10-27"))),
        "deny",
        "gb-live",
    ),
    (
        "notification to this caller overrides",
        call(
            LONDON,
            NOON_GB,
            "specific_notification_to_this_caller",
            registers=registers(gb_tps=listed()),
        ),
        "allow",
        "gb-live",
    ),
    (
        "a request to this caller binds at once",
        call(LONDON, NOON_GB, "withdrawn"),
        "deny",
        "gb-live",
    ),
    (
        "claims management needs consent",
        call(LONDON, NOON_GB, NONE, goods="claims_management"),
        "deny",
        "gb-live",
    ),
    ("recorded needs consent", call(LONDON, NOON_GB, NONE, **RECORDED), "deny", "gb-automated"),
    ("recorded with consent", call(LONDON, NOON_GB, EXPRESS, **RECORDED), "allow", "gb-automated"),
    (
        "soft opt-in does for a text",
        call(
            MOBILE_GB,
            NOON_GB,
            consent={
                "state": "soft_opt_in",
                "soft_opt_in": {
                    "own_sale": True,
                    "similar_product": True,
                    "refusal_offered_each_time": True,
                },
            },
            **TEXT,
        ),
        "allow",
        "gb-text",
    ),
    (
        "a charity's soft opt-in",
        call(
            MOBILE_GB,
            NOON_GB,
            consent={"state": "soft_opt_in", "soft_opt_in": {"refusal_offered_each_time": True}},
            seller={"kind": "charity"},
            **TEXT,
        ),
        "allow",
        "gb-text",
    ),
    (
        "soft opt-in does not for a recorded call",
        call(LONDON, NOON_GB, "soft_opt_in", **RECORDED),
        "deny",
        "gb-automated",
    ),
    ("withheld number", call(LONDON, NOON_GB, NONE, caller_number_shown=False), "deny", "gb-id"),
    (
        "industry hours are policy, Sunday from nine",
        call(LONDON, "2026-11-22T08:59:00+00:00", NONE),
        "deny",
        "gb-hours",
    ),
]

GERMANY: list[Case] = [
    ("no consent", call(BERLIN, NOON_DE, NONE), "deny", "de-consent"),
    ("consent", call(BERLIN, NOON_DE, EXPRESS), "allow", "de-consent"),
    (
        "no statutory hours",
        call(BERLIN, "2026-11-24T22:00:00+01:00", EXPRESS),
        "allow",
        "de-consent",
    ),
    (
        "undocumented",
        call(BERLIN, NOON_DE, consent={"state": EXPRESS, "documented": False}),
        "deny",
        "de-consent",
    ),
    (
        "presumed consent of a company, live",
        call(BERLIN, NOON_DE, "presumed_business", subscriber="company"),
        "allow",
        "de-consent",
    ),
    (
        "presumed consent of a consumer",
        call(BERLIN, NOON_DE, "presumed_business"),
        "deny",
        "de-consent",
    ),
    (
        "presumed consent, recorded",
        call(BERLIN, NOON_DE, "presumed_business", subscriber="company", **RECORDED),
        "deny",
        "de-consent",
    ),
    ("withdrawn", call(BERLIN, NOON_DE, "withdrawn"), "deny", "de-consent"),
    (
        "own customer's text for a similar product",
        call(
            MOBILE_DE,
            NOON_DE,
            consent={
                "state": "soft_opt_in",
                "soft_opt_in": {
                    "own_sale": True,
                    "similar_product": True,
                    "refusal_offered_each_time": True,
                },
            },
            **TEXT,
        ),
        "allow",
        "de-consent",
    ),
    (
        "withheld number",
        call(BERLIN, NOON_DE, EXPRESS, caller_number_shown=False),
        "deny",
        "de-consent",
    ),
]

AGREED = {"state": EXPRESS, "times": [["20:00", "21:00"]], "documented": True}
FOUR = earlier(
    "2026-10-26T11:00:00+01:00",
    "2026-11-02T11:00:00+01:00",
    "2026-11-10T11:00:00+01:00",
    "2026-11-20T11:00:00+01:00",
)

FRANCE: list[Case] = [
    ("consent", call(PARIS, ELEVEN_FR, EXPRESS), "allow", "fr-consent"),
    ("no consent", call(PARIS, ELEVEN_FR, NONE), "deny", "fr-consent"),
    (
        "the day before opt-in",
        call(PARIS, "2026-08-10T11:00:00+02:00", NONE),
        "allow",
        "fr-hours",
    ),
    ("the day of opt-in", call(PARIS, "2026-08-11T11:00:00+02:00", NONE), "deny", "fr-consent"),
    ("morning opens", call(PARIS, "2026-11-24T10:00:00+01:00", EXPRESS), "allow", "fr-consent"),
    ("lunch begins", call(PARIS, "2026-11-24T13:00:00+01:00", EXPRESS), "deny", "fr-hours"),
    ("lunch's last second", call(PARIS, "2026-11-24T13:59:59+01:00", EXPRESS), "deny", "fr-hours"),
    ("lunch ends", call(PARIS, "2026-11-24T14:00:00+01:00", EXPRESS), "allow", "fr-consent"),
    ("evening", call(PARIS, "2026-11-24T20:00:00+01:00", EXPRESS), "deny", "fr-hours"),
    ("Saturday", call(PARIS, "2026-11-21T11:00:00+01:00", EXPRESS), "deny", "fr-hours"),
    ("Armistice Day", call(PARIS, "2026-11-11T11:00:00+01:00", EXPRESS), "deny", "fr-hours"),
    (
        "a time agreed to",
        call(PARIS, "2026-11-24T20:30:00+01:00", consent=AGREED),
        "allow",
        "fr-hours",
    ),
    (
        "an agreement nobody can prove",
        call(PARIS, "2026-11-24T20:30:00+01:00", consent={**AGREED, "documented": False}),
        "deny",
        "fr-consent",
    ),
    (
        "fifth call in 30 calendar days",
        call(MOBILE_FR, ELEVEN_FR, EXPRESS, earlier_calls=FOUR),
        "deny",
        "fr-frequency",
    ),
    (
        "the first of four is 30 days ago",
        call(MOBILE_FR, "2026-11-25T11:00:00+01:00", EXPRESS, earlier_calls=FOUR),
        "allow",
        "fr-consent",
    ),
    (
        "sixty full days after a refusal",
        call(
            PARIS,
            "2026-11-24T11:00:00+01:00",
            EXPRESS,
            earlier_calls=earlier("2026-09-25T11:00:00+02:00", outcome="refused"),
        ),
        "deny",
        "fr-frequency",
    ),
    (
        "the day after them",
        call(
            PARIS,
            "2026-11-25T11:00:00+01:00",
            EXPRESS,
            earlier_calls=earlier("2026-09-25T11:00:00+02:00", outcome="refused"),
        ),
        "allow",
        "fr-consent",
    ),
    (
        "a contract in progress and its object",
        call(
            PARIS,
            ELEVEN_FR,
            NONE,
            relationship={"contract_in_progress": True, "related_to_contract": True},
        ),
        "allow",
        "fr-consent",
    ),
    (
        "a contract in progress, another object",
        call(PARIS, ELEVEN_FR, NONE, relationship={"contract_in_progress": True}),
        "deny",
        "fr-consent",
    ),
    (
        "energy renovation whatever the consent",
        call(PARIS, ELEVEN_FR, EXPRESS, goods="energy_renovation"),
        "deny",
        "fr-consent",
    ),
]

GROUPS = {
    "us": FEDERAL,
    "fl": FLORIDA,
    "tx": TEXAS,
    "ca": CALIFORNIA,
    "ny": NEW_YORK_STATE,
    "gb": UNITED_KINGDOM,
    "de": GERMANY,
    "fr": FRANCE,
}
CASES = [
    pytest.param(document, decision, rule, id=f"{group}: {name}")
    for group, cases in GROUPS.items()
    for name, document, decision, rule in cases
]


@pytest.mark.parametrize(("document", "decision", "rule"), CASES)
def test_the_law_decides(document: dict[str, Any], decision: str, rule: str) -> None:
    found = answer(document)
    assert (found["decision"], found["deciding_rule"]) == (decision, rule), found["rules"]
    if not rule.startswith("conventions."):
        line = next(line for line in found["rules"] if line["id"] == rule)
        assert line["citation"] == rulebook().by_id[rule].citation != ""
