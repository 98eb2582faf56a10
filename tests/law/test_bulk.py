"""The bulk judgement answers as the scalar one does, for whatever columns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.law.bulk import BulkJudge, Judged, Outcome
from privacy.law.bulk_clock import FIRST_DAY, local_clock
from privacy.law.bulk_columns import CONSENT_INSTANTS, EPOCH, MICROSECOND, Calls, Shared
from privacy.law.calling import answer
from privacy.law.own_rules import OwnRules, read_own
from privacy.law.places import codes_that_decide
from privacy.law.rulebook import rulebook
from privacy.law.zones import known_zones, midnight, zone
from tests.law.calls import EXPRESS, MIAMI, NONE, REGISTERS, WRITTEN, call, registers
from tests.law.columns import columns
from tests.law.rule_cases import cases
from tests.law.test_calling_properties import INSTANTS, NUMBERS, QUICK
from tests.law.test_own_rules import HEAD, row

CODES = sorted(codes_that_decide())
STATES = [
    NONE, EXPRESS, WRITTEN, WRITTEN, "prior_express_consent_oral", "soft_opt_in", "withdrawn",
    "other_lawful_basis_proven", "specific_notification_to_this_caller", "presumed_business",
]  # fmt: skip
LISTS = ("us_national", "us_tx", "us_in", "gb_tps", "es_robinson", "us_fl")
CAMPAIGNS = ["marketing", "marketing", "informational", "debt", "charity", "opt_out_confirmation"]
CHANNELS = ["voice_live", "voice_live", "voice_prerecorded", "text"]
ADDRESSES = [
    {}, {}, {"region": "US-FL"}, {"region": "US-FL", "postal_code": "32401"}, {"region": "US-UT"},
    {"region": "GB"}, {"region": "US-NV", "zones": ["America/Los_Angeles"]}, {"region": "ES"},
]  # fmt: skip
OWN = (
    HEAD
    + row(
        "own-hours",
        "hours",
        """{ hours = { mon = [["10:00", "18:00"]], tue = [["10:00",
"12:00"], ["13:00", "18:00"]], sat = [["09:00", "24:00"]], holiday = [] } }""".replace("\n", " "),
    )
    + row("own-list", "dnc", "{ max_list_age_days = 2 }", '{ registers = ["us_national"] }')
)


@st.composite
def edges(draw: st.DrawFn) -> datetime:
    """Instants at which something of the law changes: a rule, a window, a day."""
    book = rulebook()
    day = draw(st.sampled_from(sorted(d for d in book.boundaries if d.year > 2020)))
    key = draw(st.sampled_from(["America/New_York", "America/Chicago", "Europe/London"]))
    hours = draw(st.sampled_from([0, 8, 9, 10, 12, 17, 18, 20, 21]))
    wobble = draw(st.sampled_from([-1_000_000, -1, 0, 1, 1_000_000]))
    return midnight(day, key) + timedelta(hours=hours, microseconds=wobble)


@st.composite
def shared_contexts(draw: st.DrawFn) -> dict[str, Any]:
    """Contexts without a date, as a bulk judgement takes them."""
    context: dict[str, Any] = {
        "registers": registers(),
        "earlier_calls": [],
        "reassigned_check": {"answer": draw(st.sampled_from(["no", "no", "yes"]))},
    }
    offered = {
        "dialing": st.sampled_from(["automated", "manual"]),
        "line": st.sampled_from(["wireless", "residential_landline", "unknown"]),
        "subscriber": st.sampled_from(["person", "company"]),
        "ai_voice": st.booleans(),
        "suppressed": st.booleans(),
        "company_list": st.booleans(),
        "commercial": st.booleans(),
        "follow_codes": st.booleans(),
        "relationship": st.sampled_from([{"existing_customer": True}, {"personal": True}]),
        "inconvenient_times": st.just({"mon": [["12:00", "14:00"]], "sat": [["09:00", "24:00"]]}),
        "emergency_declared": st.sampled_from([["US-LA"], ["US-NY"]]),
        "proclaimed_days": st.just([{"region": "US", "date": "2026-03-09"}]),
        "seller": st.sampled_from([{"tax_exempt": True}, {"kind": "charity"}]),
        "live_operator_first": st.booleans(),
    }
    for key in draw(st.lists(st.sampled_from(sorted(offered)), max_size=3, unique=True)):
        context[key] = draw(offered[key])
    return context


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few calls, and around each of them calls that differ by a hair.

    Only rows that share all but a little can be taken for one another by mistake.
    """
    contexts = draw(st.lists(shared_contexts(), min_size=1, max_size=2))
    found = []
    for _ in range(draw(st.integers(1, 2))):
        base = draw(single(contexts))
        found.append(base)
        found += [draw(near(base)) for _ in range(draw(st.integers(4, 14)))]
    return found


@st.composite
def single(draw: st.DrawFn, contexts: list[dict[str, Any]]) -> dict[str, Any]:
    """One call with every fact that a column may hold."""
    code = draw(st.sampled_from(CODES))
    at = draw(INSTANTS | edges())
    consent: dict[str, Any] = {"state": draw(st.sampled_from(STATES))}
    for name in CONSENT_INSTANTS:
        days = draw(st.none() | st.sampled_from([-800, -731, -30, -1, 0, 1]))
        if days is not None:
            consent[name] = (at + timedelta(days=days)).isoformat()
    if draw(st.integers(0, 3)) == 0:
        consent["times"] = {"sun": [["08:00", "22:00"]], "mon": [["06:00", "07:30"]]}
    context = dict(draw(st.sampled_from(contexts)))
    told: dict[str, Any] = dict(context["registers"])
    for name in LISTS:
        told[name] = {"listed": draw(st.sampled_from([False, False, True])), "age_days": 3}
    return {
        "number": draw(st.sampled_from([*NUMBERS, f"+1{code}5550100", f"+1{code}2345678"])),
        "at": at.isoformat(),
        "channel": draw(st.sampled_from(CHANNELS)),
        "campaign": draw(st.sampled_from(CAMPAIGNS)),
        "consent": consent,
        "context": {**context, "registers": told},
        **draw(st.sampled_from(ADDRESSES)),
    }


@st.composite
def near(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """The same call with one thing moved a little."""
    document = copy.deepcopy(base)
    at = datetime.fromisoformat(document["at"])
    match draw(st.sampled_from(["at", "at", "consent", "consent", "list", "number", "code"])):
        case "at":
            moved = at + draw(st.sampled_from(STEPS)) * draw(st.integers(-9, 9))
            document["at"] = moved.isoformat()
        case "consent":
            years = draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
            moment = at.replace(year=at.year - years, day=min(at.day, 28)) if years else at
            moment += timedelta(microseconds=draw(st.sampled_from([-1, 0, 1])))
            name = draw(st.sampled_from(CONSENT_INSTANTS))
            document["consent"][name] = moment.isoformat()
        case "list":
            told = document["context"]["registers"]
            told[draw(st.sampled_from(LISTS))] = draw(LISTINGS)
        case "number":
            document["number"] = draw(st.sampled_from(NUMBERS))
        case _:
            document["number"] = f"+1{draw(st.sampled_from(CODES))}2345678"
    return document


STEPS = [
    timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=5), timedelta(minutes=30),
    timedelta(hours=1), timedelta(days=1),
]  # fmt: skip
LISTINGS = st.fixed_dictionaries(
    {},
    optional={
        "listed": st.booleans(),
        "age_days": st.integers(0, 130) | st.sampled_from([14, 15, 28, 29, 30, 31, 32, 90, 91, 92]),
    },
)


def scalar(document: dict[str, Any], own: OwnRules | None = None) -> Outcome:
    """The scalar answer as an outcome."""
    found = answer(document, own)
    denying = tuple(rule["id"] for rule in found["rules"] if rule["effect"] == "deny")
    return Outcome(
        found["decision"] == "allow", found["deciding_rule"], denying, tuple(found["unknown"])
    )


def outcomes(judged: Judged) -> list[Outcome]:
    """The outcome of each row."""
    return [judged.outcomes[index] for index in judged.outcome]


@QUICK
@given(rows())
def test_bulk_and_scalar_agree_on_whatever_calls(documents: list[dict[str, Any]]) -> None:
    shared, calls = columns(documents, LISTS)
    judged = BulkJudge(shared).judge(calls)
    assert outcomes(judged) == [scalar(document) for document in documents]


@QUICK
@given(rows())
def test_bulk_and_scalar_agree_under_own_rules(documents: list[dict[str, Any]]) -> None:
    own = read_own("own.toml", OWN.encode())
    shared, calls = columns(documents, LISTS)
    judged = BulkJudge(shared, own).judge(calls)
    assert outcomes(judged) == [scalar(document, own) for document in documents]


@pytest.mark.long
@settings(deadline=None, max_examples=2_000)
@given(rows())
def test_bulk_and_scalar_agree_on_very_many_calls(documents: list[dict[str, Any]]) -> None:
    shared, calls = columns(documents, LISTS)
    assert outcomes(BulkJudge(shared).judge(calls)) == [scalar(d) for d in documents]


def without_dates() -> Iterator[dict[str, Any]]:
    """The documents of the table rule x cases, as far as columns can tell them."""
    for _, case in cases():
        document = copy.deepcopy(case)
        consent, context = document.get("consent"), document.get("context", {})
        if not isinstance(consent, dict) or "number" not in document:
            continue
        if any(len(consent.get(name, "T" * 11)) <= 10 for name in CONSENT_INSTANTS):
            continue
        # When the database was asked decides nothing, and a column has no place for it.
        check = context.get("reassigned_check", {})
        context["reassigned_check"] = {"answer": check["answer"]} if "answer" in check else {}
        yield document


def test_bulk_and_scalar_agree_on_the_cases_of_the_rules() -> None:
    told, refused = 0, 0
    for document in without_dates():
        shared, calls = columns([document], ())
        try:
            judged = BulkJudge(shared).judge(calls)
        except BadFacts:
            refused += 1
            continue
        told += 1
        assert outcomes(judged) == [scalar(document)]
    assert told > 180
    assert refused < told


def test_one_judge_answers_again_what_it_has_answered() -> None:
    documents = [
        call(number, f"2026-06-0{day}T{hour:02}:30:00+00:00", state)
        for number in NUMBERS
        for day in (1, 6, 7)
        for hour in (1, 13, 19)
        for state in (NONE, WRITTEN)
    ]
    for document in documents:
        document["context"]["reassigned_check"] = {"answer": "no"}
    shared, calls = columns(documents, ("us_national",))
    judge = BulkJudge(shared)
    first = outcomes(judge.judge(calls))
    backwards = calls.rows(np.arange(len(calls))[::-1].copy())
    assert outcomes(judge.judge(backwards)) == first[::-1]
    assert first == [scalar(document) for document in documents]


def test_progress_is_told_up_to_the_last_row() -> None:
    shared, calls = columns([dated_call()] * 3, ())
    told: list[int] = []
    BulkJudge(shared).judge(calls, told.append)
    assert told == [3]


def test_no_call_gives_no_outcome() -> None:
    shared, calls = columns([dated_call()], ())
    judged = BulkJudge(shared).judge(calls.rows(slice(0, 0)))
    assert not len(judged.outcome)
    assert not judged.allowed.size


def dated_call(**context: Any) -> dict[str, Any]:
    """A call that columns can tell, with something changed in its context."""
    document = call(MIAMI, "2026-06-03T15:00:00+00:00")
    document["context"] |= {"reassigned_check": {"answer": "no"}, **context}
    return document


@pytest.mark.parametrize(
    "context",
    [
        {"earlier_calls": [{"at": "2026-06-01T15:00:00+00:00"}]},
        {"relationship": {"last_purchase": "2026-01-01"}},
        {"inbound_texts": [{"at": "2026-06-01T15:00:00+00:00", "body": "stop"}]},
        {"registers": {**registers(), "us_national": {"listed": True, "since": "2020-01-01"}}},
    ],
)
def test_a_shared_date_that_time_runs_against_is_refused(context: dict[str, Any]) -> None:
    shared, calls = columns([dated_call(**context)], ())
    with pytest.raises(BadFacts) as refused:
        BulkJudge(shared).judge(calls)
    assert refused.value.field == "cases[0].context"


def test_the_last_use_of_a_consent_is_such_a_date() -> None:
    document = dated_call()
    document["consent"]["last_used"] = "2025-01-01"
    shared, calls = columns([document], ())
    with pytest.raises(BadFacts):
        BulkJudge(shared).judge(calls)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", 12), ("number", 10**16), ("number", 13051234567), ("at_us", 0), ("case", 1),
        ("consent", -1), ("address", 9), ("granted_us", 5),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_named_by_column_and_row(column: str, value: int) -> None:
    shared, calls = columns([dated_call(), dated_call()], ("us_national",))
    getattr(calls, column)[1] = value
    with pytest.raises(BadFacts) as refused:
        BulkJudge(shared).judge(calls)
    assert refused.value.field == f"{column}[1]"
    assert str(value) not in str(refused.value) or value < 10


def test_a_shared_fact_that_is_none_is_refused() -> None:
    with pytest.raises(BadFacts):
        Shared([{"number": "+1"}], [{"state": NONE}])
    with pytest.raises(BadFacts):
        Shared([{}], [{"state": NONE, "granted": "2026-01-01"}])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(known_zones())), st.lists(INSTANTS, min_size=1, max_size=20))
def test_a_clock_in_bulk_shows_what_the_zone_shows(key: str, instants: list[datetime]) -> None:
    at_us = np.array([(at - EPOCH) // MICROSECOND for at in instants], dtype=np.int64)
    days, minutes = local_clock(at_us, key)
    for at, day, minute in zip(instants, days, minutes, strict=True):
        local = at.astimezone(zone(key))
        assert FIRST_DAY + timedelta(days=int(day)) == local.date()
        assert minute == local.hour * 60 + local.minute


@pytest.mark.parametrize("key", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
def test_a_clock_in_bulk_changes_on_the_microsecond(key: str) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for quarter in range(365 * 96):
        at = first + timedelta(minutes=15 * quarter)
        before = at - timedelta(microseconds=1)
        if at.astimezone(zone(key)).utcoffset() == before.astimezone(zone(key)).utcoffset():
            continue
        at_us = np.array([(t - EPOCH) // MICROSECOND for t in (before, at)], dtype=np.int64)
        _, minutes = local_clock(at_us, key)
        for moment, minute in zip((before, at), minutes, strict=True):
            local = moment.astimezone(zone(key))
            assert minute == local.hour * 60 + local.minute


def test_the_consent_that_must_be_renewed_ends_on_its_day_in_bulk_too() -> None:
    granted = datetime(2024, 2, 29, 12, tzinfo=UTC)
    ends = datetime(2026, 2, 28, 12, tzinfo=UTC)
    documents = []
    for at in (ends - timedelta(microseconds=1), ends):
        document = call("+34612345678", at.isoformat(), consent={"state": EXPRESS})
        document["consent"]["granted"] = granted.isoformat()
        document["context"]["reassigned_check"] = {"answer": "no"}
        documents.append(document)
    shared, calls = columns(documents, ("es_robinson",))
    found = outcomes(BulkJudge(shared).judge(calls))
    assert found == [scalar(document) for document in documents]
    assert found[0] != found[1]


def test_every_list_may_be_a_column() -> None:
    document = dated_call()
    shared, calls = columns([document], REGISTERS)
    assert isinstance(calls, Calls)
    assert outcomes(BulkJudge(shared).judge(calls)) == [scalar(document)]
    assert calls.document(0, shared)["context"]["registers"] == document["context"]["registers"]


def test_days_are_counted_from_the_epoch() -> None:
    assert date(1970, 1, 1) == FIRST_DAY


def around(moment: datetime) -> list[datetime]:
    """An instant with the microseconds before and after it."""
    return [moment + timedelta(microseconds=hair) for hair in (-1, 0, 1)]


def at_edges_of_the_day() -> Iterator[dict[str, Any]]:
    """Every quarter of an hour, and its edges, of days that are no day like others."""
    days = {
        "+15045550100": ["2026-02-17", "2026-11-03"], "+12055550100": ["2026-11-26"],
        "+15555550100": [], "+14015550100": ["2026-08-10"], "+18505550100": ["2026-03-08"],
        "+61412345678": ["2026-04-03", "2026-01-24"], "+33612345678": ["2026-08-11"],
        "+442079460123": ["2026-10-25"], "+5511987654321": ["2026-09-07"],
        "+12155550100": ["2026-07-04", "2026-11-26"], "+16015550100": ["2026-12-24", "2026-07-07"],
        "+390612345678": ["2026-12-10", "2026-12-24", "2026-06-01"],
    }  # fmt: skip
    for number, dates in days.items():
        for day in dates:
            start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
            for quarter in range(-24, 28 * 4 + 40):
                if quarter % 2 == 0:
                    yield call(number, (start + timedelta(minutes=15 * quarter)).isoformat())


def at_edges_of_a_rule() -> Iterator[dict[str, Any]]:
    """Both sides of each instant at which a rule begins or ends in some zone."""
    for number, key in {
        MIAMI: "America/New_York", "+12145550100": "America/Chicago",
        "+33612345678": "Europe/Paris",
        "+13105550100": "America/Los_Angeles", "+442079460123": "Europe/London",
    }.items():  # fmt: skip
        for day in rulebook().boundaries:
            if day.year >= 2020:
                for moment in around(midnight(day, key)):
                    yield call(number, moment.isoformat(), NONE)
                    yield call(number, (moment + timedelta(hours=15)).isoformat())


def at_edges_of_a_consent() -> Iterator[dict[str, Any]]:
    """Grant, withdrawal and end just before, at and after the call, in every order."""
    at = datetime(2026, 6, 3, 15, tzinfo=UTC)
    moments = [None, *(moment.isoformat() for moment in around(at))]
    for number in (MIAMI, "+34612345678", "+442079460123"):
        for state in (WRITTEN, "withdrawn", "soft_opt_in"):
            for granted in moments:
                for withdrawn in moments:
                    for until in moments[:3]:
                        told = {"granted": granted, "withdrawn": withdrawn, "valid_until": until}
                        consent = {k: v for k, v in told.items() if v}
                        yield call(number, at.isoformat(), consent={"state": state, **consent})
    for old in around(datetime(2024, 6, 3, 15, tzinfo=UTC)):
        consent = {"state": EXPRESS, "granted": old.isoformat()}
        yield call("+34612345678", at.isoformat(), consent=consent)
    for later in around(datetime(2026, 6, 3, 15, 5, tzinfo=UTC)):
        consent = {"state": WRITTEN, "withdrawn": "2026-06-03T15:00:00+00:00"}
        top = {"channel": "text", "campaign": "opt_out_confirmation"}
        yield call(MIAMI, later.isoformat(), consent=consent, **top)


def at_edges_of_a_list() -> Iterator[dict[str, Any]]:
    """Each list at every age up to four months, told and untold."""
    for number, name in {
        MIAMI: "us_national", "+12145550100": "us_tx", "+442079460123": "gb_tps",
        "+34612345678": "es_robinson", "+13175550100": "us_in", "+14165550100": "ca_dncl",
    }.items():  # fmt: skip
        for day in ("2026-06-03", "2026-08-29", "2026-08-30", "2026-08-31"):
            for age in range(125):
                told = registers(**{name: {"listed": age % 7 == 0, "age_days": age}})
                yield call(number, f"{day}T16:00:00+00:00", registers=told)
            for told_of_it in ({}, {"listed": True}, {"age_days": 3}):
                told = registers(**{name: told_of_it})
                yield call(number, f"{day}T16:00:00+00:00", registers=told)


def with_different_shares() -> Iterator[dict[str, Any]]:
    """Equal columns and different shared facts."""
    for context in (
        {}, {"suppressed": True}, {"ai_voice": True}, {"dialing": "manual"}, {"line": "wireless"},
        {"proclaimed_days": [{"region": "US-LA", "date": "2026-06-03"}]},
        {"inconvenient_times": {"wed": [["10:00", "11:00"]]}}, {"follow_codes": False},
    ):  # fmt: skip
        for number in (MIAMI, "+15045550100", "+442079460123"):
            for hour in range(12, 24):
                for consent in (
                    {"state": NONE},
                    {"state": WRITTEN},
                    {"state": WRITTEN, "times": {}},
                ):
                    for top in ({}, {"channel": "text", "campaign": "debt"}, {"region": "US-FL"}):
                        at = f"2026-06-03T{hour}:30:00+00:00"
                        yield call(number, at, consent=consent, **context, **top)


@pytest.mark.parametrize(
    "made",
    [
        at_edges_of_the_day, at_edges_of_a_rule, at_edges_of_a_consent, at_edges_of_a_list,
        with_different_shares,
    ],
)  # fmt: skip
def test_bulk_and_scalar_agree_where_a_hair_decides(made: Callable[[], Any]) -> None:
    documents = list(made())
    for document in documents:
        document["context"]["reassigned_check"] = {"answer": "no"}
    shared, calls = columns(documents, LISTS)
    found = outcomes(BulkJudge(shared).judge(calls))
    assert found == [scalar(document) for document in documents]
    assert len(set(found)) > 3
