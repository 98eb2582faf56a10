"""Who a row is: the merge rule as a pure decision, and a model that never joins two names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.matching import Person, Point, Verdict, decide, values_of
from privacy.contacts.rows import Cell as C
from privacy.contacts.rows import (
    Contact,
    RawContact,
    name_key,
    names_compatible,
    read_contact,
    surname_of,
)

NAMES = ["", "Ann Lee", "Bob Lee", "ANN  LÉE"]
PHONES = ["020 7946 0018", "020 7946 0019"]
MAILS = ["ann@example.com", "bob@example.com"]


def contact(name: str, phones: list[str], mails: list[str], **more: str) -> Contact:
    raw = RawContact(1, names={"full": name})
    raw.phones = [C(phone, "phone") for phone in phones]
    raw.emails = [C(mail, "e-mail") for mail in mails]
    raw.other = dict(more)
    read = read_contact(raw, 1, "GB")
    assert isinstance(read, Contact)
    return read


def known(root: int, *rows: Contact) -> Person:
    person = Person(root)
    for n, row in enumerate(rows):
        person.learn(row, [Point(kind, value, root, n) for kind, value in values_of(row)])
    return person


def test_a_stranger_is_imported() -> None:
    assert decide(contact("Ann Lee", PHONES[:1], []), []).verdict is Verdict.IMPORTED


def test_equal_number_and_name_with_something_new_is_merged() -> None:
    ann = known(1, contact("Ann Lee", PHONES[:1], []))
    decision = decide(contact("ann lée", PHONES[:1], MAILS[:1]), [ann])
    assert (decision.verdict, decision.person) == (Verdict.MERGED, ann)


def test_nothing_new_is_unchanged_whatever_the_case() -> None:
    ann = known(1, contact("Ann Lee", PHONES, MAILS, club="Gold"))
    assert decide(contact("ANN LEE", PHONES[:1], [], club="gold"), [ann]).verdict == "unchanged"
    assert decide(contact("ANN LEE", PHONES[:1], [], club="new"), [ann]).verdict == "merged"


def test_the_exact_name_is_preferred_to_a_missing_one() -> None:
    ann, nobody = known(1, contact("Ann Lee", PHONES, [])), known(2, contact("", PHONES, []))
    decision = decide(contact("Ann Lee", PHONES[:1], MAILS), [nobody, ann])
    assert (decision.verdict, decision.person) == (Verdict.MERGED, ann)
    assert decision.doubles == (nobody,)
    assert decision.shared


def test_a_row_that_could_be_two_persons_becomes_a_third() -> None:
    ann, bob = known(1, contact("Ann Lee", PHONES, [])), known(2, contact("Bob Lee", PHONES, []))
    decision = decide(contact("", PHONES[:1], MAILS), [ann, bob])
    assert (decision.verdict, decision.doubles) == (Verdict.IMPORTED, (ann, bob))
    assert decision.alike == (ann, bob)
    assert decide(contact("", PHONES[:1], []), [ann, bob]).verdict is Verdict.UNCHANGED


def test_the_surname_of_a_full_name() -> None:
    assert surname_of({"full": "Lee, Ann"}) == "Lee"
    assert surname_of({"full": "Ann van Lee"}) == "Lee"
    assert surname_of({"family": "van Lee", "full": "x"}) == "van Lee"
    assert surname_of({}) == ""


rows = st.builds(
    contact,
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(PHONES), min_size=1, unique=True),
    st.lists(st.sampled_from(MAILS), unique=True),
)


@given(st.lists(rows, min_size=1, max_size=12))
def test_no_order_of_rows_ever_joins_two_names(given_rows: list[Contact]) -> None:
    people: list[Person] = []
    for n, row in enumerate(given_rows):
        candidates = [p for p in people if any(value in p.points for value in values_of(row))]
        decision = decide(row, candidates)
        assert decision.shared == (len(candidates) > (decision.person is not None))
        if decision.verdict is Verdict.UNCHANGED:
            continue
        person = decision.person or Person(n)
        person.learn(row, [Point(kind, value, n, n) for kind, value in values_of(row)])
        if decision.person is None:
            people.append(person)
    for person in people:
        assert len(person.names - {""}) <= 1
    for row in given_rows:
        candidates = [p for p in people if any(value in p.points for value in values_of(row))]
        assert decide(row, candidates).verdict is Verdict.UNCHANGED


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_names_are_compatible_both_ways(one: str, other: str) -> None:
    keys = name_key({"full": one}), name_key({"full": other})
    assert names_compatible(*keys) == names_compatible(*reversed(keys))
