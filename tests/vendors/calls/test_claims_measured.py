"""Each kind of claim by hand: contradicted, held or a figure, and not provable with what lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.clock import micros
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.terms import ConsentClass
from privacy.vendors.calls.abandoned import Share
from privacy.vendors.calls.facts import Person, Stop, World
from privacy.vendors.calls.gauges.claim import Claim, Shown
from privacy.vendors.calls.gauges.gauges import Gauges
from privacy.vendors.calls.gauges.known import Known, stops
from privacy.vendors.calls.gauges.stated_figures import Stated
from privacy.vendors.calls.gauges.stopping import FOREVER_US, Stopped
from privacy.vendors.calls.gauges.subscriptions import Covered
from privacy.vendors.calls.manner import list_age_days
from privacy.vendors.calls.record import (
    AnsweredBy,
    Attestation,
    Column,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
    digest_of,
)

NOON = datetime(2026, 6, 2, 17, 0, tzinfo=UTC)
GEORGIA, DENVER, LONDON = 14045550100, 13035550100, 442079460000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY = int(sum(Column))
STATED: dict[str, Any] = {
    "declared": {"clock": "NTP"},
    "completeness": [{"code": "clock", "verdict": "no_gap"}],
    "rows": {"reasons": {}},
    "period": {"declared_to": None},
}


def call(row: int, at: datetime = NOON, number: int = GEORGIA, **more: Any) -> VendorCall:
    told: dict[str, Any] = {
        "rows": (row,),
        "key": f"k{row}",
        "columns": EVERY,
        "called_raw": "",
        "called": number,
        "called_state": NumberState.TOLD,
        "at_us": micros(at),
        "disposition": Disposition.NO_ANSWER,
        "prerecorded": 0,
    }
    return VendorCall(**{**told, **more})


def same(numbers: Any) -> Any:
    return numbers


def measured(
    calls: Sequence[VendorCall],
    kind: str,
    *,
    known: Known | None = None,
    manifest: dict[str, Any] = STATED,
    world: World | None = None,
    erased: dict[int, int] | None = None,
    shares: Sequence[Share] = (),
) -> Claim:
    """The claim of a kind of calls that came in one chunk."""
    gauges = Gauges("marketing", known or Known(), manifest)
    gauges.learn(world or World(same), erased or {})
    chunk = chunk_of(calls)
    gauges.add(chunk, chunk.number)
    return next(claim for claim in gauges.claims(shares) if claim.kind == kind)


def lacks(claim: Claim, *missing: str) -> bool:
    return claim.shown is Shown.NOT_PROVABLE and claim.missing == missing and not claim.rows


# call_after_stop ------------------------------------------------------------------------------

STOPPED = Known(stops=[Stopped(micros(NOON), micros(NOON + DAY))])


def test_a_call_later_than_an_hour_after_the_stop_and_before_going_on_contradicts() -> None:
    calls = [
        call(1, NOON - HOUR),
        call(2, NOON + HOUR),
        call(3, NOON + HOUR + timedelta(microseconds=1)),
        call(4, NOON + DAY),
    ]
    found = measured(calls, "call_after_stop", known=STOPPED)
    assert (found.shown, found.rows, found.exceptions, found.tested) == (
        Shown.CONTRADICTED,
        (3,),
        1,
        4,
    )


def test_the_stop_held_where_the_export_goes_on_after_it() -> None:
    later = [call(1, NOON - HOUR), call(2, NOON + DAY)]
    assert measured(later, "call_after_stop", known=STOPPED).shown is Shown.HELD
    declared = {**STATED, "period": {"declared_to": "2026-06-03"}}
    found = measured([call(1, NOON)], "call_after_stop", known=STOPPED, manifest=declared)
    assert (found.shown, found.exceptions, found.tested) == (Shown.HELD, 0, 1)


def test_without_an_instruction_or_calls_after_it_a_stop_is_not_provable() -> None:
    assert lacks(measured([call(1)], "call_after_stop"), "desk.stop_instruction")
    early = measured([call(1, NOON - DAY)], "call_after_stop", known=STOPPED)
    assert lacks(early, "desk.export_after_the_stop")
    one_of_two = call(1, NOON + timedelta(minutes=50), second_us=micros(NOON + 2 * HOUR))
    either = measured([one_of_two, call(2, NOON + DAY)], "call_after_stop", known=STOPPED)
    assert lacks(either, "clock_offset")


def test_stops_run_from_the_first_instruction_to_the_next_to_go_on() -> None:
    assert stops([(5, True), (9, True), (20, False), (30, False), (40, True)]) == [
        Stopped(5, 20),
        Stopped(40, FOREVER_US),
    ]


# clock_wrong ----------------------------------------------------------------------------------


def test_a_call_of_known_instant_that_stands_elsewhere_shows_a_wrong_clock() -> None:
    known = Known(calls={7: micros(NOON - HOUR), 8: micros(NOON + timedelta(seconds=60))})
    found = measured([call(7), call(8)], "clock_wrong", known=known)
    assert (found.shown, found.rows, found.tested) == (Shown.CONTRADICTED, (7,), 2)
    late = Known(calls={7: micros(NOON + timedelta(seconds=60, microseconds=1))})
    assert measured([call(7)], "clock_wrong", known=late).rows == (7,)
    twice = call(7, second_us=micros(NOON - HOUR))
    assert measured([twice], "clock_wrong", known=known).shown is Shown.HELD


def test_rows_that_no_clock_can_have_written_show_a_wrong_clock() -> None:
    refused = {"skipped_hour": [4, 9]}
    manifest = {
        **STATED,
        "rows": {"reasons": {"skipped_hour": 2, "in_the_future": 1, "no_number": 5}},
        "refused_rows": refused,
    }
    found = measured([call(1)], "clock_wrong", manifest=manifest)
    assert (found.shown, found.rows, found.exceptions, found.tested) == (
        Shown.CONTRADICTED,
        (4, 9),
        3,
        4,
    )


def test_a_clock_is_held_by_a_known_call_only_and_proved_by_nothing_else() -> None:
    known = Known(calls={7: micros(NOON)})
    assert measured([call(7)], "clock_wrong", known=known).shown is Shown.HELD
    assert lacks(measured([call(7)], "clock_wrong"), "desk.known_call")
    unstated = {**STATED, "declared": {"clock": ""}}
    assert lacks(measured([call(7)], "clock_wrong", known=known, manifest=unstated), "clock")


# longest_after_withdrawal ---------------------------------------------------------------------


def withdrawn(*instants: datetime, granted: datetime | None = None) -> World:
    """Georgia's number opted out at these instants; a consent may have come after."""
    records: tuple[ConsentRecord, ...] = ()
    if granted:
        records = (
            ConsentRecord(
                id="c1",
                kind=RecordKind.GRANT,
                purpose="marketing",
                channel=EVERYTHING,
                consent_class=ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
                effective_at=granted,
                recorded_at=granted,
                documented=True,
            ),
        )
    held = tuple(Stop(micros(at)) for at in instants)
    return World(same, {GEORGIA: Person((records,))}, {GEORGIA: held})


def test_the_longest_time_after_a_withdrawal_is_measured_from_the_first_that_stood() -> None:
    calls = [call(1, NOON - DAY), call(2, NOON + HOUR), call(3, NOON + 2 * DAY)]
    world = withdrawn(NOON, NOON + DAY)
    found = measured(calls, "longest_after_withdrawal", world=world)
    assert (found.shown, found.measured, found.rows) == (Shown.MEASURED, Decimal(48), (3,))
    assert (found.exceptions, found.tested, found.unit) == (1, 3, "hours")


def test_a_consent_after_the_withdrawal_ends_it_and_the_call_that_told_it_is_not_after_it() -> None:
    again = withdrawn(NOON, granted=NOON + HOUR)
    found = measured([call(1, NOON + DAY)], "longest_after_withdrawal", world=again)
    assert (found.shown, found.measured, found.rows) == (Shown.MEASURED, Decimal(0), ())
    told = World(same, {}, {GEORGIA: (Stop(micros(NOON), digest=digest_of("k1")),)})
    own = measured([call(1, NOON + HOUR)], "longest_after_withdrawal", world=told)
    assert own.measured == 0


def test_a_withdrawal_in_the_ledger_counts_too() -> None:
    record = ConsentRecord(
        id="w1",
        kind=RecordKind.WITHDRAWAL,
        purpose="marketing",
        channel=EVERYTHING,
        consent_class=ConsentClass.WITHDRAWN,
        effective_at=NOON,
        recorded_at=NOON,
        documented=True,
    )
    world = World(same, {GEORGIA: Person(((record,),))})
    found = measured([call(1, NOON + 5 * HOUR)], "longest_after_withdrawal", world=world)
    assert (found.measured, found.rows) == (Decimal(5), (1,))


def test_nobody_who_withdrew_and_no_column_for_it_prove_nothing() -> None:
    nobody = measured([call(1)], "longest_after_withdrawal")
    assert lacks(nobody, "desk.withdrawals")
    silent = call(1, columns=EVERY & ~Column.OPT_OUT)
    assert lacks(
        measured([silent], "longest_after_withdrawal", world=withdrawn(NOON)), "opt_out_at"
    )


# area_not_subscribed --------------------------------------------------------------------------

PAID = Known(covered=[Covered(micros(NOON - DAY), frozenset({404}))])


def test_a_call_to_an_area_that_nobody_paid_for_contradicts() -> None:
    calls = [call(1), call(2, number=DENVER), call(3, number=LONDON)]
    found = measured(calls, "area_not_subscribed", known=PAID)
    assert (found.shown, found.rows, found.tested) == (Shown.CONTRADICTED, (2,), 2)


def test_areas_held_and_count_from_the_day_they_were_paid_for() -> None:
    assert measured([call(1)], "area_not_subscribed", known=PAID).shown is Shown.HELD
    before = measured([call(1, NOON - 2 * DAY)], "area_not_subscribed", known=PAID)
    assert lacks(before, "desk.subscribed_areas")
    assert lacks(measured([call(1)], "area_not_subscribed"), "desk.subscribed_areas")
    fewer = Known(covered=[*PAID.covered, Covered(micros(NOON), frozenset({303}))])
    assert measured([call(1)], "area_not_subscribed", known=fewer).rows == (1,)
    other = measured([call(1, number=DENVER)], "area_not_subscribed", known=fewer)
    assert other.shown is Shown.HELD, "the areas before count no more"


# national_list_age ----------------------------------------------------------------------------


def test_the_oldest_list_is_measured_in_days_of_calls_to_the_united_states() -> None:
    calls = [
        call(1, list_us=micros(NOON - 7 * DAY)),
        call(2, list_us=micros(NOON - 9 * DAY)),
        call(3, number=LONDON, list_us=micros(NOON - 90 * DAY)),
    ]
    found = measured(calls, "national_list_age")
    assert (found.shown, found.measured, found.rows) == (Shown.MEASURED, Decimal(9), (2,))
    assert (found.exceptions, found.tested, found.unit) == (1, 2, "days")


def test_an_evening_in_america_is_no_day_later() -> None:
    """21:30 in Los Angeles on 3 June is 4 June in UTC: a list of 27 May is seven days old."""
    evening = datetime(2026, 6, 4, 4, 30, tzinfo=UTC)
    listed = micros(datetime(2026, 5, 27, tzinfo=UTC))
    one = call(1, evening, 12135550100, list_us=listed)
    found = measured([one], "national_list_age")
    assert (found.measured, found.rows, list_age_days(one)) == (Decimal(7), (), 7)
    assert list_age_days(one._replace(called=LONDON)) == 8


def test_a_list_of_untold_date_leaves_the_age_open() -> None:
    assert lacks(measured([call(1)], "national_list_age"), "list_date")
    fresh = [call(1), call(2, list_us=micros(NOON - DAY))]
    assert lacks(measured(fresh, "national_list_age"), "list_date")
    assert lacks(measured([call(1, number=LONDON)], "national_list_age"), "called_number")
    old = [call(1), call(2, list_us=micros(NOON - 40 * DAY))]
    assert measured(old, "national_list_age").measured == 40


# abandonment_figure_differs -------------------------------------------------------------------


def share(lowest: float | None, highest: float | None, *missing: str) -> Share:
    return Share(
        "spring", "US", "us-fed-abandonment", "16 CFR 310.4", "2026-06-01", "2026-06-30",
        "breach", lowest, highest, 0.03, 200, missing,
    )  # fmt: skip


def figure(percent: str, campaign: str = "spring") -> Known:
    told = Stated(digest_of(campaign), "2026-06-01", "2026-06-30", Decimal(percent))
    return Known(figures=[told])


def abandoned(row: int) -> VendorCall:
    return call(
        row,
        campaign="spring",
        disposition=Disposition.ANSWERED,
        answered_by=AnsweredBy.PERSON,
        answered_us=micros(NOON),
        ended_us=micros(NOON + timedelta(seconds=9)),
    )


DIFFERS = "abandonment_figure_differs"


def test_a_stated_figure_that_the_records_do_not_allow_differs() -> None:
    found = measured([abandoned(3)], DIFFERS, known=figure("2.4"), shares=[share(0.05, 0.05)])
    assert (found.shown, found.exceptions, found.tested) == (Shown.CONTRADICTED, 1, 1)
    assert found.rows == (3,)


def test_a_figure_is_right_to_half_a_unit_of_its_last_place() -> None:
    for percent, shown in (("5.0", Shown.HELD), ("5.03", Shown.HELD), ("5.02", Shown.CONTRADICTED)):
        exact = [share(0.0503, 0.0503)]
        found = measured([abandoned(3)], DIFFERS, known=figure(percent), shares=exact)
        assert found.shown is shown, percent


def test_more_than_half_a_unit_off_differs() -> None:
    bounds = [share(0.05036, 0.05036)]
    found = measured([abandoned(3)], DIFFERS, known=figure("5.03"), shares=bounds)
    assert found.shown is Shown.CONTRADICTED


def test_without_a_stated_figure_or_between_the_bounds_nothing_is_proved() -> None:
    none = measured([abandoned(3)], DIFFERS, shares=[share(0.05, 0.05)])
    assert lacks(none, "desk.stated_abandonment")
    other = figure("2.4", campaign="autumn")
    assert lacks(
        measured([abandoned(3)], DIFFERS, known=other, shares=[share(0.05, 0.05)]),
        "desk.stated_abandonment",
    )
    wide = [share(0.01, 0.09, "agent_at")]
    assert lacks(measured([abandoned(3)], DIFFERS, known=figure("2.4"), shares=wide), "agent_at")


def test_rows_of_abandoned_calls_are_those_that_surely_were() -> None:
    gauges = Gauges("marketing", Known(), STATED)
    in_time = micros(NOON + timedelta(seconds=2))
    calls = [
        abandoned(9),
        abandoned(3),
        abandoned(4)._replace(agent_us=in_time),
        abandoned(5)._replace(answered_by=AnsweredBy.MACHINE),
        abandoned(6)._replace(columns=EVERY & ~Column.AGENT),
        abandoned(7)._replace(agent_us=in_time + 1),
        abandoned(8)._replace(campaign="autumn"),
        abandoned(2)._replace(called=13045550100, at_us=micros(NOON + 60 * DAY)),
    ]
    chunk = chunk_of(calls)
    gauges.add(chunk, chunk.number)
    told = gauges.abandoned.rows("spring", "US", "2026-06-01", "2026-06-30")
    assert told.listed == (3, 7, 9)


# neighbour_numbers ----------------------------------------------------------------------------


def shown(row: int, area: int, caller: int, told: bool = True) -> VendorCall:
    state = NumberState.TOLD if told else NumberState.MISSING
    number = 10**10 + area * 10**7 + 5_550_100 + row % 100
    return call(row, number=number, caller=caller if told else 0, caller_state=state)


def matched(calls: int) -> list[VendorCall]:
    georgia = [shown(row, 404, 14045559999) for row in range(1, calls + 1)]
    return [*georgia, *(shown(100 + row, 303, 13035559999) for row in range(1, calls + 1))]


def test_a_number_of_the_called_persons_area_in_every_call_of_two_areas_is_matching() -> None:
    found = measured(matched(10), "neighbour_numbers")
    assert (found.shown, found.exceptions, found.tested) == (Shown.CONTRADICTED, 20, 20)
    assert found.rows[:2] == (1, 2)


def test_fewer_calls_or_the_same_number_elsewhere_may_be_chance() -> None:
    pool = "desk.reason_of_the_number_pool"
    assert lacks(measured(matched(9), "neighbour_numbers"), pool)
    elsewhere = [*matched(10), shown(300, 614, 14045559999)]
    assert lacks(measured(elsewhere, "neighbour_numbers"), pool)


def test_one_number_or_none_of_the_area_is_no_matching_and_an_untold_one_proves_nothing() -> None:
    one = [shown(1, 404, 14045559999), shown(2, 303, 14045559999)]
    assert measured(one, "neighbour_numbers").shown is Shown.HELD
    apart = [shown(1, 404, 12025550100), shown(2, 303, 12025550101)]
    assert measured(apart, "neighbour_numbers").shown is Shown.HELD
    withheld = shown(2, 303, 0, told=False)._replace(caller_state=NumberState.WITHHELD)
    hidden = [shown(1, 404, 12025550100), withheld]
    assert measured(hidden, "neighbour_numbers").shown is Shown.HELD
    untold = [shown(1, 404, 12025550100), shown(2, 303, 0, told=False)]
    assert lacks(measured(untold, "neighbour_numbers"), "calling_number")


# attestation_share ----------------------------------------------------------------------------


def levels(*told: Attestation) -> list[VendorCall]:
    return [call(row, attestation=level) for row, level in enumerate(told, 1)]


A, B, FAILED, UNTOLD = Attestation.A, Attestation.B, Attestation.FAILED, Attestation.UNTOLD


def test_the_share_of_level_a_is_the_highest_that_the_records_allow() -> None:
    found = measured(levels(A, A, B, FAILED), "attestation_share")
    assert (found.measured, found.rows, found.tested) == (Decimal("0.5"), (3, 4), 4)
    open_one = measured(levels(A, B, UNTOLD), "attestation_share")
    assert open_one.measured == Decimal("0.6667"), "two of three, rounded in the vendor's favour"
    assert measured(levels(A, A), "attestation_share").measured == 1


def test_calls_without_a_level_and_none_of_another_leave_the_share_open() -> None:
    assert lacks(measured(levels(UNTOLD, UNTOLD), "attestation_share"), "attestation")
    assert lacks(measured(levels(A, UNTOLD), "attestation_share"), "attestation")


# erased_number_dialled ------------------------------------------------------------------------


def test_a_call_after_the_erasure_contradicts_and_one_before_does_not() -> None:
    erased = {GEORGIA: micros(NOON)}
    calls = [call(1, NOON), call(2, NOON + HOUR), call(3, NOON + HOUR, number=DENVER)]
    found = measured(calls, "erased_number_dialled", erased=erased)
    assert (found.shown, found.rows, found.tested) == (Shown.CONTRADICTED, (2,), 3)


def test_no_erased_number_held_a_new_consent_excuses_and_no_erasure_proves_nothing() -> None:
    erased = {GEORGIA: micros(NOON)}
    elsewhere = measured([call(1, number=DENVER)], "erased_number_dialled", erased=erased)
    assert elsewhere.shown is Shown.HELD
    again = withdrawn(granted=NOON + HOUR)
    calls = [call(1, NOON + DAY)]
    assert measured(calls, "erased_number_dialled", erased=erased, world=again).shown is Shown.HELD
    assert lacks(measured(calls, "erased_number_dialled"), "desk.erasures")


# all ------------------------------------------------------------------------------------------


def test_a_call_that_was_stopped_before_dialing_counts_nowhere() -> None:
    gauges = Gauges("marketing", STOPPED, STATED)
    blocked = call(1, NOON + 2 * HOUR, disposition=Disposition.BLOCKED)
    chunk = chunk_of([blocked, call(2, NOON + 2 * HOUR)])
    gauges.add(chunk, chunk.number)
    assert gauges.stopping.claim().rows == (2,)
    assert gauges.reached.calls == {("US-GA",): 1}


@given(st.permutations(range(12)), st.integers(0, 12))
def test_order_and_cut_change_no_claim(order: list[int], cut: int) -> None:
    calls = [
        *(call(row, NOON + row * HOUR, attestation=(A, B, UNTOLD)[row % 3]) for row in range(1, 7)),
        *matched(3),
    ]
    world, known = withdrawn(NOON), Known(stops=STOPPED.stops, covered=PAID.covered)
    together = Gauges("marketing", known, STATED)
    together.learn(world, {GEORGIA: micros(NOON)})
    whole = chunk_of(calls)
    together.add(whole, whole.number)
    parts = [Gauges("marketing", known, STATED) for _ in range(2)]
    shuffled = [calls[number] for number in order]
    for part, some in zip(parts, (shuffled[:cut], shuffled[cut:]), strict=True):
        part.learn(world, {GEORGIA: micros(NOON)})
        chunk = chunk_of(some)
        part.add(chunk, np.asarray(chunk.number))
    parts[0].join(parts[1])
    # People are counted where they are learnt: shares of the numbers have nobody in common.
    parts[0].withdrawals.people = together.withdrawals.people
    assert parts[0].claims(()) == together.claims(())
    assert parts[0].reached == together.reached


@pytest.mark.parametrize("row", range(1, 4))
def test_no_call_at_all_proves_nothing(row: int) -> None:
    gauges = Gauges("marketing", [Known(), STOPPED, PAID][row - 1], STATED)
    gauges.learn(withdrawn(NOON), {GEORGIA: micros(NOON)})
    assert {claim.shown for claim in gauges.claims(())} == {Shown.NOT_PROVABLE}
