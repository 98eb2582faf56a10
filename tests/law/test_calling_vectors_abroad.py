"""Hand-made decisions for the other states and countries of the pack, one line a case."""

from __future__ import annotations

from typing import Any

import pytest

from privacy.law.calling import answer
from privacy.law.rulebook import rulebook
from tests.law.calls import (
    CHICAGO,
    EXPRESS,
    NONE,
    ORAL,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)
from tests.law.test_calling_vectors import GROUPS

Case = tuple[dict[str, Any], str, str]
RECORDED, TEXT = {"channel": "voice_prerecorded"}, {"channel": "text"}
OKLAHOMA, SEATTLE, MARYLAND, VIRGINIA = (
    "+14055550100",
    "+12065550100",
    "+13015550100",
    "+17035550100",
)
HARTFORD, NEWARK, ATLANTA, NEW_ORLEANS = (
    "+18605550100",
    "+19735550100",
    "+14045550100",
    "+15045550100",
)
BIRMINGHAM, JACKSON, PORTLAND_OR, MALHEUR = (
    "+12055550100",
    "+16015550100",
    "+15035550100",
    "+15415550100",
)
PHOENIX, INDIANAPOLIS, SALT_LAKE, LAS_VEGAS = (
    "+16025550100",
    "+13175550100",
    "+18015550100",
    "+17025550100",
)
BOSTON, PROVIDENCE, LOUISVILLE, DETROIT = (
    "+16175550100",
    "+14015550100",
    "+15025550100",
    "+13135550100",
)
PHILADELPHIA, SIOUX_FALLS, MEMPHIS, PORTLAND_ME = (
    "+12155550100",
    "+16055550100",
    "+19015550100",
    "+12075550100",
)
MINNEAPOLIS, ALBUQUERQUE, OMAHA, CHEYENNE = (
    "+16125550100",
    "+15055550100",
    "+14025550100",
    "+13075550100",
)
CHATTANOOGA, GARY, TORONTO, VANCOUVER = (
    "+14235550100",
    "+12195550100",
    "+14165550100",
    "+16045550100",
)
ROME, MADRID, AMSTERDAM, VIENNA = "+390612345678", "+34911234567", "+31201234567", "+4313123456"
DUBLIN, DUBLIN_MOBILE, BRUSSELS, SYDNEY = (
    "+35312345678",
    "+353871234567",
    "+3222123456",
    "+61291234567",
)
AUCKLAND, MUMBAI, SAO_PAULO, SINGAPORE = (
    "+6493123456",
    "+912212345678",
    "+551123456789",
    "+6561234567",
)


def et(clock: str, day: str = "2026-11-24", offset: str = "-05:00") -> str:
    return f"{day}T{clock}:00{offset}"


def ct(clock: str, day: str = "2026-11-24", offset: str = "-06:00") -> str:
    return et(clock, day, offset)


def mt(clock: str, day: str = "2026-11-24", offset: str = "-07:00") -> str:
    return et(clock, day, offset)


def pt(clock: str, day: str = "2026-11-24", offset: str = "-08:00") -> str:
    return et(clock, day, offset)


SUNDAY, SATURDAY, CHRISTMAS = "2026-11-22", "2026-11-21", "2026-12-25"
CUSTOMER = {"last_purchase": "2026-10-01"}
SOFT = {
    "state": "soft_opt_in",
    "soft_opt_in": {"own_sale": True, "similar_product": True, "refusal_offered_each_time": True},
}

STATES: dict[str, Case] = {
    "OK shut at eight": (call(OKLAHOMA, ct("20:00")), "deny", "us-ok-hours"),
    "OK recorded from nine": (call(OKLAHOMA, ct("08:30"), **RECORDED), "deny", "us-ok-adad-hours"),
    "OK customer needs no writing, federal law does": (
        call(OKLAHOMA, ct("12:00"), NONE, relationship=CUSTOMER, **TEXT),
        "deny",
        "us-fed-consent-marketing",
    ),
    "OK text of a stranger": (call(OKLAHOMA, ct("12:00"), NONE, **TEXT), "deny", "us-ok-consent"),
    "WA recorded ads barred": (call(SEATTLE, pt("12:00"), **RECORDED), "deny", "us-wa-adad"),
    "WA text by hand needs consent": (
        call(SEATTLE, pt("12:00"), NONE, dialing="manual", **TEXT),
        "deny",
        "us-wa-text-consent",
    ),
    "WA shut at eight": (call(SEATTLE, pt("20:00")), "deny", "us-wa-hours"),
    "MD fourth contact": (
        call(
            MARYLAND,
            et("12:00"),
            earlier_calls=earlier(et("09:00"), et("10:00"), et("11:00"), channel="text"),
        ),
        "deny",
        "us-md-frequency",
    ),
    "VA consent lifts, federal window stays": (
        call(VIRGINIA, et("21:00"), WRITTEN),
        "deny",
        "us-fed-hours",
    ),
    "VA opt-out": (call(VIRGINIA, et("12:00"), company_list=True), "deny", "us-va-optout"),
    "VA live operator first": (
        call(VIRGINIA, et("12:00"), live_operator_first=True, **RECORDED),
        "allow",
        "us-va-adad",
    ),
    "CT live call needs writing": (call(HARTFORD, et("12:00"), ORAL), "deny", "us-ct-consent"),
    "CT from nine": (call(HARTFORD, et("08:59")), "deny", "us-ct-hours"),
    "NJ every number is a mobile": (call(NEWARK, et("12:00"), ORAL), "deny", "us-nj-mobile"),
    "NJ current contract": (
        call(NEWARK, et("12:00"), NONE, relationship={"contract_in_progress": True}),
        "allow",
        "us-nj-mobile",
    ),
    "NJ known landline": (
        call(NEWARK, et("12:00"), NONE, line="residential_landline"),
        "allow",
        "us-nj-hours",
    ),
    "GA night is federal": (call(ATLANTA, et("21:00")), "deny", "us-fed-hours"),
    "GA listed": (
        call(ATLANTA, et("12:00"), NONE, registers=registers(us_national=listed())),
        "deny",
        "us-ga-dnc",
    ),
    "LA Sunday": (call(NEW_ORLEANS, ct("12:00", SUNDAY)), "deny", "us-la-hours"),
    "LA Mardi Gras": (call(NEW_ORLEANS, ct("12:00", "2026-02-17")), "deny", "us-la-hours"),
    "LA Acadian Day": (call(NEW_ORLEANS, ct("12:00", "2026-11-27")), "deny", "us-la-hours"),
    "LA proclaimed day": (
        call(
            NEW_ORLEANS,
            ct("12:00"),
            proclaimed_days=[{"region": "US-LA", "date": "2026-11-24"}],
        ),
        "deny",
        "us-la-hours",
    ),
    "LA mobile without consent": (call(NEW_ORLEANS, ct("12:00"), NONE), "deny", "us-la-hours"),
    "LA emergency": (
        call(NEW_ORLEANS, ct("12:00"), emergency_declared=["US-LA"]),
        "deny",
        "us-la-emergency",
    ),
    "AL Rosa Parks Day": (call(BIRMINGHAM, ct("12:00", "2026-12-01")), "deny", "us-al-hours"),
    "AL working day": (call(BIRMINGHAM, ct("12:00"), NONE), "allow", "us-al-hours"),
    "MS eight in summer is seven standard time": (
        call(JACKSON, ct("08:30", "2026-07-14", "-05:00")),
        "deny",
        "us-ms-hours",
    ),
    "MS nine in summer": (
        call(JACKSON, ct("09:00", "2026-07-14", "-05:00")),
        "allow",
        "us-ms-hours",
    ),
    "MS eight in winter": (call(JACKSON, ct("08:00")), "allow", "us-ms-hours"),
    "MS no holiday ban any more": (
        call(JACKSON, ct("12:00", CHRISTMAS)),
        "allow",
        "us-ms-hours",
    ),
    "MS recorded to a stranger": (call(JACKSON, ct("12:00"), **RECORDED), "deny", "us-ms-adad"),
    "OR shut at eight": (call(PORTLAND_OR, pt("20:00")), "deny", "us-or-hours"),
    "OR nine o'clock before its day": (
        call(PORTLAND_OR, pt("20:30", "2025-12-31")),
        "allow",
        "us-fed-hours",
    ),
    "OR relationship lifts": (
        call(PORTLAND_OR, pt("20:30"), relationship={"last_purchase": "2025-05-25"}),
        "allow",
        "us-or-hours",
    ),
    "OR relationship of 18 months is over": (
        call(PORTLAND_OR, pt("20:30"), relationship={"last_purchase": "2025-05-24"}),
        "deny",
        "us-or-hours",
    ),
    "OR Malheur County is Mountain": (call(MALHEUR, pt("19:30")), "deny", "us-or-hours"),
    "AZ unsolicited call to a mobile": (call(PHOENIX, mt("12:00"), NONE), "deny", "us-az-mobile"),
    "AZ text of a customer": (
        call(PHOENIX, mt("12:00"), NONE, relationship=CUSTOMER, dialing="manual", **TEXT),
        "allow",
        "us-az-auto",
    ),
    "IN relationship does not help": (
        call(
            INDIANAPOLIS,
            et("12:00"),
            NONE,
            registers=registers(us_in=listed()),
            relationship=CUSTOMER,
        ),
        "deny",
        "us-in-dnc",
    ),
    "IN a current contract does": (
        call(
            INDIANAPOLIS,
            et("12:00"),
            NONE,
            registers=registers(us_in=listed()),
            relationship={"contract_in_progress": True},
        ),
        "allow",
        "us-in-dnc",
    ),
    "IN recorded shut at eight": (
        call(INDIANAPOLIS, et("20:00"), **RECORDED),
        "deny",
        "us-in-adad",
    ),
    "IN 219 may be either zone": (call(GARY, ct("07:30"), NONE), "deny", "us-fed-hours"),
    "UT Sunday": (call(SALT_LAKE, mt("12:00", SUNDAY), NONE), "deny", "us-ut-hours"),
    "UT Sunday with consent": (call(SALT_LAKE, mt("12:00", SUNDAY), ORAL), "allow", "us-ut-hours"),
    "UT Sunday night with consent": (
        call(SALT_LAKE, mt("21:00", SUNDAY), ORAL),
        "deny",
        "us-ut-hours",
    ),
    "UT Juneteenth is the Monday": (
        call(SALT_LAKE, mt("12:00", "2026-06-15", "-06:00"), NONE),
        "deny",
        "us-ut-hours",
    ),
    "UT 19 June is open": (
        call(SALT_LAKE, mt("12:00", "2026-06-19", "-06:00"), NONE),
        "allow",
        "us-ut-hours",
    ),
    "UT Good Friday 2027": (
        call(SALT_LAKE, mt("12:00", "2027-03-26", "-06:00"), NONE),
        "deny",
        "us-ut-hours",
    ),
    "NV from nine": (call(LAS_VEGAS, pt("08:59")), "deny", "us-nv-hours"),
    "MA unsolicited recorded call": (
        call(BOSTON, et("12:00"), NONE, **RECORDED),
        "deny",
        "us-ma-recorded-ban",
    ),
    "MA shut at eight": (call(BOSTON, et("20:00")), "deny", "us-ma-hours"),
    "RI weekday until six": (call(PROVIDENCE, et("18:00")), "deny", "us-ri-hours"),
    "RI Saturday from ten": (call(PROVIDENCE, et("09:30", SATURDAY)), "deny", "us-ri-hours"),
    "RI Saturday": (call(PROVIDENCE, et("16:59", SATURDAY)), "allow", "us-ri-hours"),
    "RI Independence Day": (
        call(PROVIDENCE, et("12:00", "2026-05-04", "-04:00")),
        "deny",
        "us-ri-hours",
    ),
    "KY from ten": (call(LOUISVILLE, et("09:59")), "deny", "us-ky-hours"),
    "MI from nine": (call(DETROIT, et("08:59")), "deny", "us-mi-hours"),
    "PA the day before Act 47": (
        call(PHILADELPHIA, et("20:30", "2026-10-17", "-04:00")),
        "allow",
        "us-pa-holidays-old",
    ),
    "PA Act 47 closes Sunday": (
        call(PHILADELPHIA, et("12:00", "2026-10-18", "-04:00")),
        "deny",
        "us-pa-holidays",
    ),
    "PA Sunday was open": (
        call(PHILADELPHIA, et("12:00", "2026-10-11", "-04:00")),
        "allow",
        "us-pa-holidays-old",
    ),
    "PA until seven": (call(PHILADELPHIA, et("19:00")), "deny", "us-pa-holidays"),
    "PA relationship lifts a holiday": (
        call(PHILADELPHIA, et("12:00", CHRISTMAS), relationship=CUSTOMER),
        "allow",
        "us-pa-holidays",
    ),
    "PA but not the hours": (
        call(PHILADELPHIA, et("19:00"), relationship=CUSTOMER),
        "deny",
        "us-pa-holidays",
    ),
    "PA Election Day": (call(PHILADELPHIA, et("12:00", "2026-11-03")), "deny", "us-pa-holidays"),
    "SD both zones": (call(SIOUX_FALLS, ct("09:30")), "deny", "us-sd-hours"),
    "SD recorded on Saturday": (
        call(SIOUX_FALLS, ct("12:00", SATURDAY), **RECORDED),
        "deny",
        "us-sd-adad-hours",
    ),
    "TN 423 may be either zone": (call(CHATTANOOGA, et("08:30"), NONE), "deny", "us-tn-hours"),
    "TN list": (
        call(MEMPHIS, ct("12:00"), registers=registers(us_tn=listed())),
        "deny",
        "us-tn-dnc",
    ),
    "ME reassigned": (
        call(PORTLAND_ME, et("12:00"), reassigned_check={"answer": "yes"}),
        "deny",
        "us-me-rnd",
    ),
    "ME no answer from the database": (
        call(PORTLAND_ME, et("12:00"), reassigned_check={"answer": "no_data"}),
        "deny",
        "us-me-rnd",
    ),
    "ME recorded never to a mobile": (
        call(PORTLAND_ME, et("12:00"), **RECORDED),
        "deny",
        "us-me-adad-hours",
    ),
    "ME recorded once in eight hours": (
        call(
            PORTLAND_ME,
            et("12:00"),
            line="residential_landline",
            earlier_calls=earlier(et("09:00")),
            **RECORDED,
        ),
        "deny",
        "us-me-adad-hours",
    ),
    "MN from nine": (call(MINNEAPOLIS, ct("08:59")), "deny", "us-mn-hours"),
    "NM until nine": (call(ALBUQUERQUE, mt("21:00")), "deny", "us-nm-hours"),
    "NE recorded on Sunday from one": (
        call(OMAHA, ct("12:30", SUNDAY), **RECORDED),
        "deny",
        "us-ne-adad-hours",
    ),
    "IL permission lifts the hours, federal writing stays": (
        call(CHICAGO, ct("08:30"), ORAL, **RECORDED),
        "deny",
        "us-fed-consent-marketing",
    ),
    "WY recorded barred": (call(CHEYENNE, mt("12:00"), **RECORDED), "deny", "us-wy-adad"),
    "WY dialer, screened": (
        call(CHEYENNE, mt("12:00"), dialing="automated"),
        "allow",
        "us-wy-hours",
    ),
    "WY dialer, unlisted number": (
        call(CHEYENNE, mt("12:00"), registers=registers(us_wy_unlisted=listed())),
        "deny",
        "us-wy-dialer",
    ),
    "WY by hand, unlisted number": (
        call(
            CHEYENNE,
            mt("12:00"),
            dialing="manual",
            registers=registers(us_wy_unlisted=listed()),
        ),
        "allow",
        "us-wy-hours",
    ),
    "WY dialer, own customer": (
        call(
            CHEYENNE,
            mt("12:00"),
            relationship={"last_purchase": "2026-10-01"},
            registers=registers(us_wy_unlisted=listed()),
        ),
        "allow",
        "us-wy-dialer",
    ),
}

RECORDED_HOME = {"line": "residential_landline", **RECORDED}
MESSAGES: dict[str, Case] = {
    "informational to a landline, third in 30 days": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="informational",
            commercial=True,
            earlier_calls=earlier(ct("09:00", "2026-11-01"), ct("09:00", "2026-11-10")),
            **RECORDED_HOME,
        ),
        "allow",
        "us-fed-exempt-residential-commercial-nonad",
    ),
    "the fourth": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="informational",
            commercial=True,
            earlier_calls=earlier(
                ct("09:00", "2026-11-01"), ct("09:00", "2026-11-10"), ct("09:00", "2026-11-12")
            ),
            **RECORDED_HOME,
        ),
        "deny",
        "us-fed-exempt-residential-commercial-nonad",
    ),
    "the fourth with consent": (
        call(
            CHICAGO,
            ct("12:00"),
            ORAL,
            campaign="informational",
            commercial=True,
            earlier_calls=earlier(
                ct("09:00", "2026-11-01"), ct("09:00", "2026-11-10"), ct("09:00", "2026-11-12")
            ),
            **RECORDED_HOME,
        ),
        "allow",
        "us-fed-exempt-residential-commercial-nonad",
    ),
    "health, second on one day": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="health",
            earlier_calls=earlier(ct("09:00")),
            **RECORDED_HOME,
        ),
        "deny",
        "us-fed-exempt-residential-hipaa",
    ),
    "a charity's recorded call to a mobile has no rule": (
        call(CHICAGO, ct("12:00"), NONE, campaign="charity", **RECORDED),
        "deny",
        "conventions.no_rule",
    ),
    "delivery notice, free": (
        call(
            CHICAGO, ct("12:00"), NONE, campaign="delivery_notice", free_to_recipient=True, **TEXT
        ),
        "allow",
        "us-fed-exempt-wireless",
    ),
    "delivery notice, not free": (
        call(CHICAGO, ct("12:00"), NONE, campaign="delivery_notice", **TEXT),
        "deny",
        "us-fed-exempt-wireless",
    ),
    "delivery notice of 161 characters": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="delivery_notice",
            free_to_recipient=True,
            length=161,
            **TEXT,
        ),
        "deny",
        "us-fed-exempt-wireless",
    ),
    "second notice of one package": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="delivery_notice",
            matter="P1",
            free_to_recipient=True,
            earlier_calls=earlier(ct("09:00"), matter="P1"),
            **TEXT,
        ),
        "deny",
        "us-fed-exempt-wireless",
    ),
    "after a missed signature": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="delivery_notice",
            matter="P1",
            free_to_recipient=True,
            earlier_calls=earlier(ct("09:00"), matter="P1", failed_signature=True),
            **TEXT,
        ),
        "allow",
        "us-fed-exempt-wireless",
    ),
    "fourth bank alert of one event in three days": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="bank_alert",
            matter="E1",
            free_to_recipient=True,
            earlier_calls=earlier(ct("09:00"), ct("10:00"), ct("11:00"), matter="E1"),
            **TEXT,
        ),
        "deny",
        "us-fed-exempt-wireless",
    ),
    "informational text by hand is free": (
        call(CHICAGO, ct("12:00"), NONE, campaign="informational", dialing="manual", **TEXT),
        "allow",
        "us-fed-consent-info",
    ),
}

COUNTRIES: dict[str, Case] = {
    "CA weekday until half past nine": (call(TORONTO, et("21:29"), NONE), "allow", "ca-hours"),
    "CA shut": (call(TORONTO, et("21:30"), NONE), "deny", "ca-hours"),
    "CA weekend from ten": (call(TORONTO, et("09:59", SATURDAY), NONE), "deny", "ca-hours"),
    "CA listed": (
        call(TORONTO, et("12:00"), NONE, registers=registers(ca_dncl=listed())),
        "deny",
        "ca-dncl",
    ),
    "CA inquiry within six months": (
        call(
            TORONTO,
            et("12:00"),
            NONE,
            registers=registers(ca_dncl=listed()),
            relationship={"last_inquiry": "2026-05-25"},
        ),
        "allow",
        "ca-dncl",
    ),
    "CA customers need consent for recorded calls": (
        call(TORONTO, et("12:00"), NONE, relationship=CUSTOMER, **RECORDED),
        "deny",
        "ca-adad",
    ),
    "CA text, purchase within two years": (
        call(TORONTO, et("12:00"), NONE, relationship={"last_purchase": "2024-11-25"}, **TEXT),
        "allow",
        "ca-text",
    ),
    "CA text, inquiry over six months ago": (
        call(TORONTO, et("12:00"), NONE, relationship={"last_inquiry": "2026-05-24"}, **TEXT),
        "deny",
        "ca-text",
    ),
    "BC statutory holiday": (
        call(VANCOUVER, pt("12:00", "2026-08-03", "-07:00"), NONE),
        "deny",
        "ca-bc-hours",
    ),
    "BC one contact in thirty days": (
        call(VANCOUVER, pt("12:00"), NONE, earlier_calls=earlier(pt("12:00", "2026-10-26"))),
        "deny",
        "ca-bc-frequency",
    ),
    "BC thirty days later": (
        call(VANCOUVER, pt("12:00"), NONE, earlier_calls=earlier(pt("12:00", "2026-10-25"))),
        "allow",
        "ca-bc-hours",
    ),
    "IT not on the register": (call(ROME, et("12:00", offset="+01:00"), NONE), "allow", "it-hours"),
    "IT register cancels earlier consents": (
        call(
            ROME,
            et("12:00", offset="+01:00"),
            consent={"state": EXPRESS, "granted": "2026-01-01"},
            registers=registers(it_rpo=listed(since="2026-06-01")),
        ),
        "deny",
        "it-rpo",
    ),
    "IT a later consent survives": (
        call(
            ROME,
            et("12:00", offset="+01:00"),
            consent={"state": EXPRESS, "granted": "2026-07-01"},
            registers=registers(it_rpo=listed(since="2026-06-01")),
        ),
        "allow",
        "it-rpo",
    ),
    "IT list of 16 days": (
        call(
            ROME,
            et("12:00", offset="+01:00"),
            NONE,
            registers=registers(it_rpo={"listed": False, "age_days": 16}),
        ),
        "deny",
        "it-rpo",
    ),
    "IT eve of a holiday closes at seven": (
        call(ROME, et("19:00", "2026-12-07", "+01:00"), NONE),
        "deny",
        "it-hours",
    ),
    "IT holiday": (call(ROME, et("12:00", "2026-12-08", "+01:00"), NONE), "deny", "it-hours"),
    "ES another proven basis": (
        call(MADRID, et("12:00", offset="+01:00"), "other_lawful_basis_proven"),
        "allow",
        "es-consent",
    ),
    "ES another basis, on the Robinson list": (
        call(
            MADRID,
            et("12:00", offset="+01:00"),
            "other_lawful_basis_proven",
            registers=registers(es_robinson=listed()),
        ),
        "deny",
        "es-consent",
    ),
    "ES consent is renewed every two years": (
        call(
            MADRID,
            et("12:00", offset="+01:00"),
            consent={"state": EXPRESS, "granted": "2024-11-20"},
        ),
        "deny",
        "es-consent",
    ),
    "ES Saturday": (call(MADRID, et("12:00", SATURDAY, "+01:00"), EXPRESS), "deny", "es-hours"),
    "NL no customer exception": (
        call(AMSTERDAM, et("12:00", offset="+01:00"), NONE, relationship=CUSTOMER),
        "deny",
        "nl-consent",
    ),
    "NL charity": (
        call(AMSTERDAM, et("12:00", offset="+01:00"), NONE, seller={"kind": "charity"}),
        "allow",
        "nl-consent",
    ),
    "AT consent": (call(VIENNA, et("12:00", offset="+01:00"), NONE), "deny", "at-consent"),
    "IE landline not in the register": (
        call(DUBLIN, et("12:00", offset="+00:00"), NONE, line="residential_landline"),
        "allow",
        "ie-consent",
    ),
    "IE mobile": (call(DUBLIN_MOBILE, et("12:00", offset="+00:00"), NONE), "deny", "ie-consent"),
    "BE a later specific consent": (
        call(
            BRUSSELS,
            et("12:00", offset="+01:00"),
            consent={"state": EXPRESS, "granted": "2026-07-01"},
            registers=registers(be_dncm=listed(since="2026-06-01")),
        ),
        "allow",
        "be-dnc",
    ),
    "EU text to an own customer": (
        call(ROME, et("12:00", offset="+01:00"), consent=SOFT, **TEXT),
        "allow",
        "eu-eprivacy",
    ),
    "EU recorded call to an own customer": (
        call(ROME, et("12:00", offset="+01:00"), consent=SOFT, **RECORDED),
        "deny",
        "eu-eprivacy",
    ),
    "AU Sunday": (call(SYDNEY, et("12:00", SUNDAY, "+11:00"), EXPRESS), "deny", "au-hours"),
    "AU Sunday at a time agreed to": (
        call(
            SYDNEY,
            et("12:00", SUNDAY, "+11:00"),
            consent={"state": EXPRESS, "times": {"sun": [["11:00", "13:00"]]}},
        ),
        "allow",
        "au-hours",
    ),
    "AU listed": (
        call(SYDNEY, et("12:00", offset="+11:00"), NONE, registers=registers(au_dncr=listed())),
        "deny",
        "au-dncr",
    ),
    "NZ text needs consent": (
        call(AUCKLAND, et("12:00", offset="+13:00"), NONE, **TEXT),
        "deny",
        "nz-practice",
    ),
    "NZ live call": (call(AUCKLAND, et("12:00", offset="+13:00"), NONE), "allow", "nz-practice"),
    "IN from ten": (call(MUMBAI, et("09:59", offset="+05:30"), NONE), "deny", "in-tcccpr"),
    "IN preference register": (
        call(MUMBAI, et("12:00", offset="+05:30"), NONE, registers=registers(in_ncpr=listed())),
        "deny",
        "in-tcccpr",
    ),
    "BR third call of the day": (
        call(
            SAO_PAULO,
            et("15:00", offset="-03:00"),
            NONE,
            earlier_calls=earlier(et("10:00", offset="-03:00"), et("11:00", offset="-03:00")),
        ),
        "deny",
        "br-hours",
    ),
    "BR Sunday with permission": (
        call(SAO_PAULO, et("12:00", SUNDAY, "-03:00"), EXPRESS),
        "allow",
        "br-hours",
    ),
    "BR large callers authenticate": (
        call(
            SAO_PAULO,
            et("12:00", offset="-03:00"),
            NONE,
            seller={"calls_per_month": 500_001, "authenticated": False},
        ),
        "deny",
        "br-list",
    ),
    "BR listed 29 days ago": (
        call(
            SAO_PAULO,
            et("12:00", offset="-03:00"),
            NONE,
            registers=registers(br_nmp=listed(since="2026-10-26")),
        ),
        "allow",
        "br-hours",
    ),
    "SG answer of 22 days": (
        call(
            SINGAPORE,
            et("12:00", offset="+08:00"),
            NONE,
            registers=registers(sg_dnc={"listed": False, "age_days": 22}),
        ),
        "deny",
        "sg-dnc",
    ),
    "SG ongoing relationship, text": (
        call(
            SINGAPORE,
            et("12:00", offset="+08:00"),
            NONE,
            registers=registers(sg_dnc=listed()),
            relationship={"existing_customer": True},
            **TEXT,
        ),
        "allow",
        "sg-dnc",
    ),
    "SG ongoing relationship, voice": (
        call(
            SINGAPORE,
            et("12:00", offset="+08:00"),
            NONE,
            registers=registers(sg_dnc=listed()),
            relationship={"existing_customer": True},
        ),
        "deny",
        "sg-dnc",
    ),
}

LISTED = {"us_la": NEW_ORLEANS, "us_ma": BOSTON, "us_pa": PHILADELPHIA}
THREE = earlier(ct("09:00"), ct("10:00"), ct("11:00"))
HOME_CAP = earlier(ct("09:00", "2026-11-01"), ct("09:00", "2026-11-10"), ct("09:00", "2026-11-12"))

MORE: dict[str, Case] = {
    "BE listed, an earlier consent": (
        call(
            BRUSSELS,
            et("12:00", offset="+01:00"),
            consent={"state": EXPRESS, "granted": "2026-05-01"},
            registers=registers(be_dncm=listed(since="2026-06-01")),
        ),
        "deny",
        "be-dnc",
    ),
    "CA internal list": (
        call(TORONTO, et("12:00"), company_list=True),
        "deny",
        "ca-internal-dnc",
    ),
    "GB text without consent": (
        call("+447700900123", et("12:00", offset="+00:00"), NONE, **TEXT),
        "deny",
        "gb-text",
    ),
    "AZ automated text of a stranger": (
        call(PHOENIX, mt("12:00"), NONE, **TEXT),
        "deny",
        "us-az-auto",
    ),
    "AZ registry covers texts": (
        call(PHOENIX, mt("12:00"), registers=registers(us_national=listed()), **TEXT),
        "deny",
        "us-az-dnc",
    ),
    "a fourth non-commercial recorded call": (
        call(
            CHICAGO,
            ct("12:00"),
            NONE,
            campaign="informational",
            commercial=False,
            earlier_calls=HOME_CAP,
            **RECORDED_HOME,
        ),
        "deny",
        "us-fed-exempt-residential-noncommercial",
    ),
    "a charity's fourth recorded call": (
        call(
            CHICAGO, ct("12:00"), NONE, campaign="charity", earlier_calls=HOME_CAP, **RECORDED_HOME
        ),
        "deny",
        "us-fed-exempt-residential-nonprofit",
    ),
    "IL recorded sales call to a stranger, from nine": (
        call(CHICAGO, ct("08:30"), "presumed_business", **RECORDED),
        "deny",
        "us-il-adad-hours",
    ),
    "KY recorded without consent": (
        call(LOUISVILLE, et("12:00"), NONE, **RECORDED),
        "deny",
        "us-ky-adad",
    ),
    **{
        f"{name} listed": (
            call(number, et("12:00"), registers=registers(**{name: listed()})),
            "deny",
            f"{name.replace('_', '-')}-dnc",
        )
        for name, number in LISTED.items()
    },
    "MD recorded without writing": (
        call(MARYLAND, et("12:00"), ORAL, **RECORDED),
        "deny",
        "us-md-consent",
    ),
    "MD shut at eight": (call(MARYLAND, et("20:00")), "deny", "us-md-hours"),
    "NJ until nine": (call(NEWARK, et("21:00")), "deny", "us-nj-hours"),
    "NV recorded from nine": (
        call(LAS_VEGAS, pt("08:59"), **RECORDED),
        "deny",
        "us-nv-adad-hours",
    ),
    "NV recorded to a customer, the other section stays": (
        call(LAS_VEGAS, pt("08:59"), relationship={"existing_customer": True}, **RECORDED),
        "deny",
        "us-nv-hours",
    ),
    "OK fourth call": (
        call(OKLAHOMA, ct("12:00"), earlier_calls=THREE),
        "deny",
        "us-ok-frequency",
    ),
    "OR fourth call": (
        call(PORTLAND_OR, pt("12:00"), earlier_calls=THREE),
        "deny",
        "us-or-frequency",
    ),
    "OR fourth call of a customer": (
        call(PORTLAND_OR, pt("12:00"), earlier_calls=THREE, relationship=CUSTOMER),
        "allow",
        "us-or-frequency",
    ),
    "OR a request of any party": (
        call(PORTLAND_OR, pt("12:00"), company_list=True),
        "deny",
        "us-or-optout",
    ),
    "PA holiday before Act 47": (
        call(PHILADELPHIA, et("12:00", "2026-05-25", "-04:00")),
        "deny",
        "us-pa-holidays-old",
    ),
    "PA relationship frees before Act 47": (
        call(
            PHILADELPHIA,
            et("12:00", "2026-05-25", "-04:00"),
            relationship={"last_purchase": "2026-05-01"},
        ),
        "allow",
        "us-pa-holidays-old",
    ),
    "SD adopts the national registry": (
        call(SIOUX_FALLS, ct("12:00"), registers=registers(us_national=listed())),
        "deny",
        "us-sd-dnc",
    ),
    "UT recorded to a stranger": (
        call(SALT_LAKE, mt("12:00"), NONE, **RECORDED),
        "deny",
        "us-ut-auto",
    ),
    "VA recorded without an operator": (
        call(VIRGINIA, et("12:00"), NONE, **RECORDED),
        "deny",
        "us-va-adad",
    ),
    "VA until nine": (call(VIRGINIA, et("21:00"), NONE), "deny", "us-va-hours"),
    "WY until eight": (call(CHEYENNE, mt("20:00")), "deny", "us-wy-hours"),
}

ALL = {**STATES, **MESSAGES, **COUNTRIES, **MORE}


@pytest.mark.parametrize("name", ALL)
def test_the_law_decides(name: str) -> None:
    document, decision, rule = ALL[name]
    found = answer(document)
    assert (found["decision"], found["deciding_rule"]) == (decision, rule), found["rules"]


def test_every_rule_that_can_decide_denies_in_some_vector() -> None:
    documents = [case[1] for cases in GROUPS.values() for case in cases]
    documents += [case[0] for case in ALL.values()]
    denying = {
        line["id"]
        for document in documents
        for line in answer(document)["rules"]
        if line["effect"] == "deny"
    }
    kinds = ("ban", "revocation", "dnc", "consent", "hours", "frequency")
    assert {rule.id for rule in rulebook().rules if rule.kind in kinds} - denying == set()
