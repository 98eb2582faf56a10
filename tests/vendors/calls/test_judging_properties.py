"""Whatever the calls: both judgements agree, more calls take no breach away, order is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.clock import micros
from privacy.consent.ledger import ConsentRecord, RecordKind
from privacy.law.grounds import Word
from privacy.terms import ConsentClass
from privacy.vendors.calls import one
from privacy.vendors.calls.checks import Check, Found
from privacy.vendors.calls.desk_world import Gathering, subjects_of
from privacy.vendors.calls.facts import Listing, Person, Stop, World
from privacy.vendors.calls.many import Judge
from privacy.vendors.calls.past import in_order
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    CallChunk,
    Column,
    Disposition,
    EndedBy,
    NumberState,
    VendorCall,
    chunk_of,
    digest_of,
)
from tests.vendors.calls.simulated import MANDATE, NumbersThemselves

# Fewer than usual, for each is many calls; with the profile of the long tests as many as it has.
USUAL, FEWER = 60, 25
_ASKED = settings().max_examples
QUICK = settings(deadline=None, max_examples=FEWER if _ASKED <= USUAL else _ASKED)
BEGIN = datetime(2026, 8, 30, tzinfo=UTC)
EVERY = int(sum(Column))
NUMBERS = (
    13055550100,  # Florida: at most three in a day
    12705550101,  # Kentucky on two clocks
    12055550102,  # Alabama: no holidays
    16045550103,  # British Columbia: one in thirty days
    447700900123,
    33639980123,  # France: four in thirty days, quiet days after a refusal
    18005550104,  # no place
    12021550100,  # no number of the plan
    0,
)
CLASSES = (
    ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
    ConsentClass.PRIOR_EXPRESS_CONSENT,
    ConsentClass.WITHDRAWN,
)
RELATIONS: tuple[dict[str, str], ...] = (
    {},
    {"last_purchase": "2026-08-01"},
    {"last_inquiry": "2026-09-20"},
)
minutes = st.integers(0, 40 * 24 * 60)


@st.composite
def calls(draw: st.DrawFn) -> list[VendorCall]:
    count = draw(st.integers(1, 14))
    made = []
    for number in range(count):
        at = micros(BEGIN + timedelta(minutes=draw(minutes)))
        called = draw(st.sampled_from(NUMBERS))
        made.append(
            VendorCall(
                rows=(number + 1,),
                key=f"k{number}",
                columns=draw(st.sampled_from([EVERY, EVERY & ~Column.OPT_OUT, int(Column.CALLED)])),
                called_raw="",
                called=called,
                called_state=NumberState.TOLD if called else NumberState.WITHHELD,
                caller=draw(st.sampled_from([0, 12025550100, 19005550100])),
                caller_state=draw(st.sampled_from(list(NumberState))),
                at_us=at,
                second_us=draw(st.sampled_from([UNTOLD, UNTOLD, UNTOLD, at + 3_600_000_000])),
                answered_us=draw(st.sampled_from([UNTOLD, at + 9_000_000])),
                ring_ms=draw(st.sampled_from([UNTOLD, 9_000, 15_000])),
                disposition=draw(st.sampled_from(list(Disposition))),
                answered_by=draw(st.sampled_from(list(AnsweredBy))),
                ended_by=draw(st.sampled_from(list(EndedBy))),
                campaign=draw(st.sampled_from(["", "a", "b"])),
                opt_out_us=draw(st.sampled_from([UNTOLD, UNTOLD, UNTOLD, at + 1_000_000])),
                prerecorded=draw(st.sampled_from([-1, 0, 1])),
                list_us=draw(st.sampled_from([UNTOLD, at, at - 40 * 86_400_000_000])),
            )
        )
    return made


@st.composite
def persons(draw: st.DrawFn) -> Person:
    records = [
        ConsentRecord(
            id=f"c{number}",
            kind=RecordKind.WITHDRAWAL if kind is ConsentClass.WITHDRAWN else RecordKind.GRANT,
            purpose="marketing",
            channel=draw(st.sampled_from(["*", "voice_live", "text"])),
            consent_class=kind,
            effective_at=(at := BEGIN + timedelta(minutes=draw(minutes) - 20 * 24 * 60)),
            recorded_at=at,
            valid_until_at=draw(st.sampled_from([None, BEGIN + timedelta(days=20)])),
            documented=draw(st.booleans()),
        )
        for number, kind in enumerate(draw(st.lists(st.sampled_from(CLASSES), max_size=3)))
    ]
    return Person(
        (tuple(sorted(records, key=lambda r: r.effective_at)),),
        {},
        draw(st.sampled_from(["", "unknown", "wireless", "residential_landline"])),
        draw(
            st.sampled_from([{}, {"last_purchase": "2026-08-01"}, {"last_inquiry": "2026-09-20"}])
        ),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    told = st.sampled_from(NUMBERS[:7])
    stop = st.integers(0, 40).map(lambda day: (Stop(micros(BEGIN + timedelta(days=day))),))
    listed = frozenset(draw(st.sets(told, max_size=3)))
    moved = draw(st.dictionaries(told, st.booleans(), max_size=2))
    states = (date(2026, 8, 20), date(2026, 9, 20))
    changes = {key: ((states[1], on),) for key, on in moved.items()}
    return World(
        NumbersThemselves().keys,
        draw(st.dictionaries(told, persons(), max_size=5)),
        draw(st.dictionaries(told, stop, max_size=2)),
        {"us_national": Listing(states, listed, changes)},
        frozenset(draw(st.sets(told, max_size=1))),
    )


def with_past(world: World, chunks: Sequence[CallChunk]) -> World:
    gathered = Gathering(NumbersThemselves())  # type: ignore[arg-type]
    for chunk in chunks:
        gathered.add(chunk)
    stops = {key: (*world.stops.get(key, ()), *told) for key, told in gathered.stops.items()}
    return replace(world, stops={**world.stops, **stops}, past=in_order(gathered.parts))


def judged(world: World, chunks: Sequence[CallChunk]) -> dict[str, tuple[Found, ...]]:
    """By the key of each call what was found in it."""
    judge = Judge(with_past(world, chunks), MANDATE)
    found: dict[str, tuple[Found, ...]] = {}
    for chunk in chunks:
        verdicts = judge.judge(chunk, subjects_of(chunk))
        found |= {chunk.keys[row]: verdicts[row] for row in range(len(chunk))}
    return found


@QUICK
@given(worlds(), calls())
def test_bulk_and_scalar_agree_on_every_call(world: World, made: list[VendorCall]) -> None:
    chunk = chunk_of(made)
    whole = with_past(world, [chunk])
    subjects = subjects_of(chunk)
    alone = {
        call.key: one.judge(call, int(subjects[row]), whole, MANDATE)
        for row, call in enumerate(chunk)
    }
    assert judged(world, [chunk]) == alone


@QUICK
@given(worlds(), calls(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_splitting_and_shuffling_change_nothing(
    world: World, made: list[VendorCall], dice: object, parts: int
) -> None:
    whole = judged(world, [chunk_of(made)])
    mixed = list(made)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    split = [chunk_of(mixed[number::parts]) for number in range(parts)]
    assert judged(world, [chunk for chunk in split if len(chunk)]) == whole


@QUICK
@given(worlds(), calls(), st.data())
def test_more_calls_never_take_a_breach_away(
    world: World, made: list[VendorCall], data: st.DataObject
) -> None:
    fewer = [call for call in made if data.draw(st.booleans())]
    if not fewer:
        return
    all_of_them = judged(world, [chunk_of(made)])
    for key, found in judged(world, [chunk_of(fewer)]).items():
        broken = {(o.check, o.rule) for o in found if o.word is Word.BROKEN}
        assert broken <= {(o.check, o.rule) for o in all_of_them[key] if o.word is Word.BROKEN}


def test_a_call_stopped_before_dialing_is_no_call() -> None:
    blocked = VendorCall(
        rows=(1,),
        key="k",
        columns=EVERY,
        called_raw="",
        called=NUMBERS[0],
        called_state=NumberState.TOLD,
        at_us=micros(BEGIN + timedelta(hours=3)),
        disposition=Disposition.BLOCKED,
    )
    world = World(NumbersThemselves().keys)
    assert judged(world, [chunk_of([blocked])]) == {"k": ()}
    assert not len(with_past(world, [chunk_of([blocked])]).past)


def test_of_calls_at_one_instant_only_those_over_the_cap_break_it() -> None:
    """Four calls in the same second to one person in Florida, where three a day are allowed."""
    at = micros(datetime(2026, 9, 2, 18, 0, tzinfo=UTC))
    made = [
        VendorCall(
            rows=(number,),
            key=f"k{number}",
            columns=EVERY,
            called_raw="",
            called=NUMBERS[0],
            called_state=NumberState.TOLD,
            at_us=at,
            campaign="a",
            disposition=Disposition.BUSY,
        )
        for number in range(4)
    ]
    world = World(NumbersThemselves().keys)
    found = [one for told in judged(world, [chunk_of(made)]).values() for one in told]
    broken = [one.check for one in found if one.word is Word.BROKEN]
    assert (broken.count(Check.FREQUENCY), broken.count(Check.MINIMUM_GAP)) == (1, 3)


@QUICK
@given(worlds(), st.lists(calls(), min_size=2, max_size=4))
def test_the_latest_calls_of_each_kind_say_as_much_as_all_of_them(
    world: World, several: list[list[VendorCall]]
) -> None:
    """All to one person in Florida, where three a day are allowed: more than any rule counts."""
    made = [
        call._replace(key=f"{call.key}/{part}", called=NUMBERS[0], called_state=NumberState.TOLD)
        for part, some in enumerate(several)
        for call in some
    ]
    chunk = chunk_of(made)
    whole = with_past(world, [chunk])
    subjects = subjects_of(chunk)
    everything = replace(MANDATE)
    everything.__dict__["most_counted"] = 10**6
    for row, call in enumerate(chunk):
        subject = int(subjects[row])
        assert one.judge(call, subject, whole, MANDATE) == one.judge(
            call, subject, whole, everything
        )


def test_of_very_many_calls_to_one_number_few_are_looked_at() -> None:
    made = [
        VendorCall(
            rows=(number,),
            key=f"k{number}",
            columns=EVERY,
            called_raw="",
            called=NUMBERS[0],
            called_state=NumberState.TOLD,
            at_us=micros(BEGIN + timedelta(minutes=number)),
            disposition=(Disposition.BUSY, Disposition.ANSWERED)[number % 2],
            campaign="a",
        )
        for number in range(3_000)
    ]
    past = with_past(World(NumbersThemselves().keys), [chunk_of(made)]).past
    before = past.before(NUMBERS[0], made[-1].at_us, digest_of(made[-1].key))
    assert len(before.at_us) == 2_999
    latest = before.latest(3, digest_of("a"))
    assert [one.at_us for one in latest] == [call.at_us for call in made[-7:-1]]
