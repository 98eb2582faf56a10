"""Last days worked out by hand from the texts, with the text that each one tests.

Every row was counted on a calendar sheet, not taken from the program. Weekdays are
given where one decides the row.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.law.clock_cases import CALIFORNIA, EU, UK, UK_ACT, ask, event

ROLL = "Regulation 1182/71 Art. 3(4)"
SHORT = "Regulation 1182/71 Art. 3(2)(c)"
SEAT = "Regulation 1182/71 Art. 2"
DAY = "Regulation 1182/71 Art. 3(1)"
EDPB = "EDPB Guidelines 01/2022 paras 160-161"

# received, calendar, due, extended due (three months from receipt) or "", text
EU_ROWS = [
    ("2024-03-05", "DE-BE", "2024-04-05", "2024-06-05", EDPB + " example 32"),
    ("2026-08-31", "DE-BE", "2026-09-30", "2026-11-30", EDPB + " example 33"),
    ("2026-03-05", "DE-BE", "2026-04-07", "2026-06-05", ROLL + ": Easter Sunday and Monday"),
    ("2027-01-31", "DE-BE", "2027-03-01", "2027-04-30", SHORT + ": 28 February is a Sunday"),
    ("2026-01-31", "DE-BE", "2026-03-02", "2026-04-30", SHORT + ": 28 February is a Saturday"),
    ("2026-01-30", "DE-BE", "2026-03-02", "2026-04-30", SHORT),
    ("2026-01-29", "DE-BE", "2026-03-02", "2026-04-29", SHORT),
    ("2026-01-28", "DE-BE", "2026-03-02", "2026-04-28", ROLL),
    ("2028-01-31", "DE-BE", "2028-02-29", "2028-05-02", SHORT + ": leap year; Sunday and 1 May"),
    ("2028-01-29", "DE-BE", "2028-02-29", "2028-05-02", SHORT + ": 29 April is a Saturday"),
    ("2028-02-29", "DE-BE", "2028-03-29", "2028-05-29", SHORT + ": from a leap day"),
    ("2026-02-28", "DE-BE", "2026-03-30", "2026-05-28", ROLL),
    ("2026-11-25", "DE-BE", "2026-12-28", "2027-02-25", ROLL + ": Christmas to Monday"),
    ("2026-11-30", "DE-BE", "2026-12-30", "2027-03-01", SHORT),
    ("2026-12-01", "DE-BE", "2027-01-04", "2027-03-01", ROLL + ": New Year on a Friday"),
    (
        "2026-12-06",
        "DE-BE",
        "2027-01-06",
        "2027-03-09",
        SEAT + ": 8 March is Berlin's; 6 March Sat",
    ),
    ("2026-12-06", "DE-BY", "2027-01-07", "2027-03-08", SEAT + ": Epiphany in Bavaria"),
    ("2027-02-08", "DE-BE", "2027-03-09", "", SEAT + ": Women's Day in Berlin"),
    ("2027-02-08", "DE-BY", "2027-03-08", "", SEAT),
    ("2027-10-01", "DE-BY", "2027-11-02", "", SEAT + ": All Saints in Bavaria"),
    ("2027-10-01", "DE-BE", "2027-11-01", "", SEAT),
    ("2026-05-04", "DE-BY", "2026-06-05", "", SEAT + ": Corpus Christi in Bavaria"),
    ("2026-05-04", "DE-BE", "2026-06-04", "", SEAT),
    ("2026-03-03", "DE-BE", "2026-04-07", "", ROLL + ": Good Friday to Tuesday"),
    ("2026-03-03", "DE-BY", "2026-04-07", "", ROLL + ": Good Friday to Tuesday"),
    ("2026-04-14", "DE-BE", "2026-05-15", "", ROLL + ": Ascension"),
    ("2026-04-25", "DE-BE", "2026-05-26", "", ROLL + ": Whit Monday"),
    ("2026-09-03", "DE-BE", "2026-10-05", "", ROLL + ": Saturday, and a holiday"),
    ("2026-04-01", "DE-BE", "2026-05-04", "", ROLL + ": Labour Day on a Friday"),
    ("2026-09-26", "AT", "2026-10-27", "", SEAT + ": Austria's national day"),
    ("2026-06-14", "FR", "2026-07-15", "", SEAT + ": France's national day"),
    ("2026-02-17", "IE", "2026-03-18", "", SEAT + ": Saint Patrick"),
    ("2026-04-05", "NL", "2026-05-06", "", "Algemene termijnenwet Art. 3: 5 May every year"),
    ("2026-03-27", "NL", "2026-04-28", "", SEAT + ": King's Day"),
    ("2026-06-21", "BE", "2026-07-22", "", SEAT + ": Belgium's national day"),
    ("2026-05-02", "IT", "2026-06-03", "", SEAT + ": Republic Day"),
    ("2026-10-11", "PL", "2026-11-12", "", SEAT + ": Independence Day"),
]


@pytest.mark.parametrize(("received", "calendar", "due", "extended", "text"), EU_ROWS)
def test_the_european_month_ends_where_the_regulation_says(
    received: str, calendar: str, due: str, extended: str, text: str
) -> None:
    found = ask(EU, "access", received, holiday_calendar=calendar)
    assert found["due"] == found["extension_notice_due"] == due, text
    if extended:
        assert found["extended_due"] == extended, text


# received, calendar, due
UK_ROWS = [
    ("2025-09-03", "GB-ENG", "2025-10-03", "ICO worked example, before the change"),
    ("2026-09-03", "GB-ENG", "2026-10-05", ROLL),
    ("2026-03-31", "GB-ENG", "2026-04-30", "ICO worked example"),
    ("2027-01-31", "GB-ENG", "2027-03-01", "ICO worked example and " + ROLL),
    ("2028-01-31", "GB-ENG", "2028-02-29", "ICO worked example: leap year"),
    ("2027-04-01", "GB-ENG", "2027-05-04", "ICO worked example: Saturday, then the bank holiday"),
    ("2026-04-01", "GB-ENG", "2026-05-01", "no bank holiday on 1 May"),
    ("2026-03-03", "GB-ENG", "2026-04-07", ROLL + ": Good Friday to Tuesday"),
    ("2026-03-03", "GB-SCT", "2026-04-06", SEAT + ": Easter Monday is none in Scotland"),
    ("2026-07-31", "GB-ENG", "2026-09-01", SEAT + ": late August bank holiday"),
    ("2026-07-31", "GB-SCT", "2026-08-31", SEAT),
    ("2026-07-03", "GB-SCT", "2026-08-04", SEAT + ": early August bank holiday"),
    ("2026-07-03", "GB-ENG", "2026-08-03", SEAT),
    ("2026-10-30", "GB-SCT", "2026-12-01", SEAT + ": Saint Andrew"),
    ("2026-10-30", "GB-ENG", "2026-11-30", SEAT),
    ("2026-05-15", "GB-SCT", "2026-06-16", SEAT + ": one-off holiday of 2026"),
    ("2026-05-15", "GB-ENG", "2026-06-15", SEAT),
    ("2026-12-02", "GB-SCT", "2027-01-05", SEAT + ": substitute for 2 January"),
    ("2026-12-02", "GB-ENG", "2027-01-04", ROLL),
    ("2026-11-25", "GB-ENG", "2026-12-29", ROLL + ": Christmas and its substitute day"),
    ("2026-11-26", "GB-WLS", "2026-12-29", ROLL),
    ("2026-02-17", "GB-NIR", "2026-03-18", SEAT + ": Saint Patrick"),
    ("2026-02-17", "GB-ENG", "2026-03-17", SEAT),
    ("2026-06-12", "GB-NIR", "2026-07-14", SEAT + ": substitute for 12 July"),
    ("2026-06-12", "GB-ENG", "2026-07-13", ROLL),
    ("2026-02-04", "GB-ENG", "2026-03-04", "SI 2026/82 reg. 4: the old text"),
    ("2026-02-05", "GB-ENG", "2026-03-05", "SI 2026/82 reg. 2: the new text"),
]


@pytest.mark.parametrize(("received", "calendar", "due", "text"), UK_ROWS)
def test_the_british_month_ends_where_article_4a_says(
    received: str, calendar: str, due: str, text: str
) -> None:
    assert ask(UK, "access", received, holiday_calendar=calendar)["due"] == due, text


COMPLAINT_ROWS = [
    ("2026-07-01", "GB-ENG", "2026-07-31", "2026-07-30"),
    ("2026-06-19", "GB-ENG", "2026-07-20", "2026-07-18"),
    ("2026-07-02", "GB-ENG", "2026-08-03", "2026-07-31"),
    ("2026-07-02", "GB-SCT", "2026-08-04", "2026-07-31"),
    ("2026-11-25", "GB-ENG", "2026-12-29", "2026-12-24"),
]


@pytest.mark.parametrize(("received", "calendar", "due", "safe"), COMPLAINT_ROWS)
def test_a_complaint_is_acknowledged_within_thirty_days(
    received: str, calendar: str, due: str, safe: str
) -> None:
    """DPA 2018 s. 164A(3), s. 205(2)."""
    found = ask(UK_ACT, "complaint_to_controller", received, holiday_calendar=calendar)
    assert (found["acknowledge_due"], found["safe_due"]) == (due, safe)
    assert found["due"] is None
    assert found["without_undue_delay"] is True


# received, due (+45), extended due (+90), acknowledge due (10 business days), what decides
CA_ROWS = [
    ("2026-11-24", "2027-01-08", "2027-02-22", "2026-12-09", "Thanksgiving is out, Friday is in"),
    ("2026-01-01", "2026-02-15", "2026-04-01", "2026-01-15", "a Sunday does not move the limit"),
    ("2028-01-16", "2028-03-01", "2028-04-15", "2028-02-01", "leap day; King; Lunar New Year"),
    ("2026-03-20", "2026-05-04", "2026-06-18", "2026-04-06", "31 March; Good Friday is in"),
    ("2026-04-17", "2026-06-01", "2026-07-16", "2026-05-04", "24 April"),
    ("2026-06-12", "2026-07-27", "2026-09-10", "2026-06-29", "19 June"),
    ("2026-06-26", "2026-08-10", "2026-09-24", "2026-07-10", "Friday 3 July is a business day"),
    ("2026-09-04", "2026-10-19", "2026-12-03", "2026-09-22", "Labor Day and 9 September"),
    ("2026-09-18", "2026-11-02", "2026-12-17", "2026-10-05", "fourth Friday of September"),
    ("2026-10-02", "2026-11-16", "2026-12-31", "2026-10-19", "Columbus Day"),
    ("2026-02-06", "2026-03-23", "2026-05-07", "2026-02-25", "12, 16 and 17 February"),
    ("2026-11-06", "2026-12-21", "2027-02-04", "2026-11-23", "11 November"),
    ("2026-11-20", "2027-01-04", "2027-02-18", "2026-12-07", "Thanksgiving"),
    ("2026-12-18", "2027-02-01", "2027-03-18", "2027-01-05", "Christmas and New Year"),
    ("2027-10-22", "2027-12-06", "2028-01-20", "2027-11-08", "Diwali"),
    ("2027-06-28", "2027-08-12", "2027-09-26", "2027-07-13", "Sunday 4 July moves to Monday"),
    ("2028-11-03", "2028-12-18", "2029-02-01", "2028-11-20", "Saturday 11 November to Friday"),
]


@pytest.mark.parametrize(("received", "due", "extended", "acknowledge", "text"), CA_ROWS)
def test_california_counts_calendar_days_and_its_own_holidays(
    received: str, due: str, extended: str, acknowledge: str, text: str
) -> None:
    """11 CCR 7021(a)-(b); Gov. Code 6700, 6701."""
    found = ask(CALIFORNIA, "know", received)
    assert (found["due"], found["extended_due"]) == (due, extended), text
    assert found["acknowledge_due"] == acknowledge, text
    assert date.fromisoformat(due) - date.fromisoformat(found["safe_due"]) == date.resolution


OPT_OUT_ROWS = [
    ("opt_out_sale_sharing", "2026-11-24", "2026-12-16", "2026-12-12"),
    ("opt_out_sale_sharing", "2026-09-04", "2026-09-30", "2026-09-24"),
    ("limit_sensitive", "2026-11-24", "2026-12-16", "2026-12-12"),
    ("opt_out_admt", "2027-01-04", "2027-01-26", "2027-01-22"),
]


@pytest.mark.parametrize(("kind", "received", "due", "safe"), OPT_OUT_ROWS)
def test_an_opt_out_has_fifteen_business_days(
    kind: str, received: str, due: str, safe: str
) -> None:
    """11 CCR 7026(f), 7027(g), 7221(n); Saturdays counted: Civ. Code 7, 9."""
    found = ask(CALIFORNIA, kind, received)
    assert (found["due"], found["safe_due"]) == (due, safe)
    assert found["extended_due"] is None


KIND_ROWS = [
    *[(EU, k, "2026-07-15", "2026-08-17") for k in ("erasure", "rectification", "restriction")],
    *[(EU, k, "2026-07-15", "2026-08-17") for k in ("portability", "objection", "adm", "refusal")],
    (EU, "objection_direct_marketing", "2026-07-15", "2026-08-17"),
    (EU, "notice_indirect", "2026-10-31", "2026-11-30"),
    *[(UK, k, "2026-07-31", "2026-09-01") for k in ("erasure", "rectification", "refusal", "adm")],
    (UK, "notice_indirect", "2026-10-31", "2026-11-30"),
    (UK_ACT, "access", "2026-07-31", "2026-09-01"),
    *[(CALIFORNIA, k, "2027-02-01", "2027-03-18") for k in ("delete", "correct", "refusal")],
    *[(CALIFORNIA, k, "2027-02-01", "2027-03-18") for k in ("access_admt", "appeal_admt")],
    (CALIFORNIA, "breach", "2026-11-24", "2026-12-24"),
]


@pytest.mark.parametrize(("law", "kind", "received", "due"), KIND_ROWS)
def test_every_kind_of_request_has_its_last_day(
    law: str, kind: str, received: str, due: str
) -> None:
    """GDPR and UK GDPR Arts 12(3)-(4), 14(3), 12A; 11 CCR 7021; Civ. Code 1798.82(a)."""
    assert ask(law, kind, received)["due"] == due


MIDNIGHT_ROWS = [
    (EU, "access", "2026-03-31T21:59:59Z", {}, "2026-04-30"),
    (EU, "access", "2026-03-31T22:00:00Z", {}, "2026-05-04"),
    (EU, "access", "2026-03-31T23:59:59+02:00", {}, "2026-04-30"),
    (EU, "access", "2026-03-31T23:59:59", {}, "2026-04-30"),
    (EU, "access", "2026-06-30T22:30:00Z", {}, "2026-08-03"),
    (
        EU,
        "access",
        "2026-06-30T22:30:00Z",
        {"zone": "Europe/Lisbon", "holiday_calendar": "PT"},
        "2026-07-30",
    ),
    (UK, "access", "2026-03-31T22:59:59Z", {}, "2026-04-30"),
    (UK, "access", "2026-03-31T23:00:00Z", {}, "2026-05-01"),
    (UK, "access", "2026-02-04T23:59:59Z", {}, "2026-03-04"),
    (CALIFORNIA, "know", "2026-12-01T07:59:59Z", {}, "2027-01-14"),
    (CALIFORNIA, "know", "2026-12-01T08:00:00Z", {}, "2027-01-15"),
]


@pytest.mark.parametrize(("law", "kind", "received", "seat", "due"), MIDNIGHT_ROWS)
def test_the_day_of_receipt_is_the_one_in_the_controllers_zone(
    law: str, kind: str, received: str, seat: dict[str, str], due: str
) -> None:
    """Regulation 1182/71 Art. 3(1), 3(2)(c); Civ. Code 10: the whole first day is left out."""
    assert ask(law, kind, received, **seat)["due"] == due


BREACH_ROWS = [
    (EU, "2026-03-27T10:00:00+01:00", "2026-03-30T11:00:00+02:00", "summer time begins"),
    (EU, "2026-10-23T09:00:00+02:00", "2026-10-26T08:00:00+01:00", "summer time ends"),
    (EU, "2026-12-24T15:00:00+01:00", "2026-12-27T15:00:00+01:00", "no weekend or holiday roll"),
    (EU, "2026-04-03T00:00:00+02:00", "2026-04-06T00:00:00+02:00", "Easter"),
    (EU, "2026-11-24", "2026-11-27T00:00:00+01:00", "hour unknown: from the day's start"),
    (UK, "2026-03-27T23:59:59Z", "2026-03-31T00:59:59+01:00", "British summer time begins"),
    (UK, "2026-10-24T12:00:00+01:00", "2026-10-27T11:00:00+00:00", "British summer time ends"),
]


@pytest.mark.parametrize(("law", "aware", "due", "text"), BREACH_ROWS)
def test_a_breach_has_seventy_two_elapsed_hours(law: str, aware: str, due: str, text: str) -> None:
    """GDPR and UK GDPR Art. 33(1); Regulation 1182/71 Art. 3(1), 3(4)."""
    found = ask(law, "breach", aware, risk="risk")
    assert datetime.fromisoformat(found["due"]) == datetime.fromisoformat(due), text
    assert found["due"] == due, "the instant is written in the controller's zone"
    assert found["extended_due"] is None


def test_a_notice_comes_with_the_first_contact_at_the_latest() -> None:
    """GDPR Art. 14(3)(b)-(c)."""
    first = [event("first_communication", "2026-11-10")]
    assert ask(EU, "notice_indirect", "2026-10-31", events=first)["due"] == "2026-11-10"
    late = [event("first_disclosure", "2026-12-10")]
    assert ask(EU, "notice_indirect", "2026-10-31", events=late)["due"] == "2026-11-30"


@pytest.mark.parametrize(
    ("opted_out", "not_before"),
    [("2026-11-24", "2027-11-25"), ("2026-12-31", "2028-01-01"), ("2028-02-29", "2029-03-01")],
)
def test_nobody_is_asked_again_within_twelve_months_of_an_opt_out(
    opted_out: str, not_before: str
) -> None:
    """Civ. Code 1798.135(c)(4), counted by Civ. Code 10: the whole last day is waiting."""
    found = ask(CALIFORNIA, "ask_again_after_opt_out", opted_out)
    assert (found["not_before"], found["due"]) == (not_before, None)


def test_the_hand_made_table_is_whole() -> None:
    counts = [len(EU_ROWS), len(UK_ROWS), len(COMPLAINT_ROWS), len(CA_ROWS), len(OPT_OUT_ROWS)]
    assert sum([*counts, len(KIND_ROWS), len(MIDNIGHT_ROWS), len(BREACH_ROWS)]) >= 80
