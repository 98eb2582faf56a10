"""Forms, what staff type in, and agents' lists: strict, once, and never lost."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts, BadInput
from privacy.rights import authority, evidence, files, intake, standing
from privacy.rights.arriving import agent_batches, agents, form, staff, store, typed
from privacy.rights.arriving.mail import File
from privacy.rights.arriving.ways import ArrivalState, Source
from privacy.rights.case import Kind, State
from tests.desks import WEDNESDAY, MadeDesk
from tests.rights.arriving import letters
from tests.rights.arriving.letters import NAME, SENDER
from tests.rights.arriving.test_mail import suppressed

SCHEMA = json.loads(
    (Path(form.__file__).parent / "request-form.schema.json").read_text(encoding="utf-8")
)
NASTY = [
    "<script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "Anna\r\nBcc: everybody@example.com",
    '=HYPERLINK("http://x.example","y")',
    "\u202egnirts\u2066",
    "\x1b[2Jgone",
]


# -- forms ---------------------------------------------------------------------------------


def test_a_form_of_several_kinds_opens_a_request_of_each(store: MadeDesk) -> None:
    raw = letters.form(kinds=["access", "opt_out", "erasure"], place="US-CA", language="de")
    taken = form.take_form(store.desk, store.handler, raw)
    assert (taken.arrival.state, len(taken.requests)) == (ArrivalState.OPENED, 3)
    found = {each.case.kind: each.case for each in standing.listed(store.desk)}
    assert set(found) == {Kind.ACCESS, Kind.OPT_OUT, Kind.ERASURE}
    assert found[Kind.OPT_OUT].state is State.FULFILLED
    assert {case.language for case in found.values()} == {"de"}
    assert {case.received_at for case in found.values()} == {WEDNESDAY}
    assert suppressed(store, SENDER)


def test_the_same_form_again_opens_nothing_and_another_under_its_id_is_refused(
    made: MadeDesk,
) -> None:
    first = form.take_form(made.desk, made.handler, letters.form())
    spaced = json.dumps(json.loads(letters.form()), indent=4).encode()
    again = form.take_form(made.desk, made.handler, spaced)
    assert (again.again, again.requests) == (True, first.requests)
    with pytest.raises(BadFacts) as refused:
        form.take_form(made.desk, made.handler, letters.form(kinds=["erasure"]))
    assert refused.value.field == "form_id"
    assert len(standing.listed(made.desk)) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kinds": ["nonsense-7391"]}, "kinds[0]"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["inquiry"]}, "kinds"),
        ({"contact": {"email": "not-an-address-7391"}}, "contact.email"),
        ({"contact": {"phone": "7391"}}, "contact.phone"),
        ({"contact": {"fax": "7391"}}, "contact"),
        ({"contact": None}, "contact"),
        ({"answer_by": "post"}, "contact"),
        ({"language": "tlh"}, "language"),
        ({"place": "Atlantis-7391"}, "place"),
        ({"received": "yesterday"}, "received"),
        ({"form_id": "short"}, "form_id"),
        ({"surname": "X7391"}, "document"),
        ({"agent": {"nom": "7391"}}, "agent"),
        ({"name": 7391}, "name"),
        ({"schema": "rightsdesk.request-form/2"}, "schema"),
    ],
)
def test_a_form_is_read_strictly_and_an_error_names_the_field_never_the_value(
    changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadFacts) as wrong:
        form.read_form(letters.form(**changed), None)
    assert wrong.value.field == field
    assert "7391" not in f"{wrong.value.message}{wrong.value.next}{wrong.value.what}"


def test_a_form_that_is_refused_leaves_nothing_in_the_ledger(made: MadeDesk) -> None:
    late = {"received": "2027-01-01T00:00:00+00:00"}
    for changed, field in ((late, "received"), ({"kinds": []}, "kinds")):
        with pytest.raises(BadFacts) as wrong:
            form.take_form(made.desk, made.handler, letters.form(**changed))
        assert wrong.value.field == field
    with made.desk.reading() as db:
        assert store.listed(db) == []


def test_a_form_that_leaves_no_address_for_its_opt_out_opens_the_rest_and_waits(
    made: MadeDesk,
) -> None:
    raw = letters.form(kinds=["access", "opt_out"], contact={"post": ["1 Road", "London"]})
    taken = form.take_form(made.desk, made.handler, raw)
    assert (taken.arrival.state, taken.arrival.reason) == (ArrivalState.WAITING, "no_address")
    assert [each.case.kind for each in standing.listed(made.desk)] == [Kind.ACCESS]


def test_a_place_without_a_law_never_delays_an_opt_out_nor_loses_the_rest(made: MadeDesk) -> None:
    raw = letters.form(kinds=["access", "opt_out"], place="JP")
    taken = form.take_form(made.desk, made.handler, raw)
    assert suppressed(made, SENDER)
    assert (taken.arrival.state, taken.arrival.reason) == (ArrivalState.WAITING, "to_look_at")
    staff.assign(made.desk, made.handler, taken.arrival.id, [Kind.ACCESS], laws=["EU_GDPR"])
    assert len(standing.listed(made.desk)) == 2


def test_the_published_schema_says_what_the_reader_takes() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    check = jsonschema.Draft202012Validator(SCHEMA)
    assert check.is_valid(json.loads(letters.form(kinds=["access", "opt_out"], language="it")))
    wrong: list[dict[str, Any]] = [{"kinds": ["x"]}, {"more": 1}, {"form_id": "x"}, {"contact": {}}]
    for changed in wrong:
        assert not check.is_valid(json.loads(letters.form(**changed)))
    kinds = SCHEMA["properties"]["kinds"]["items"]["enum"]
    assert set(kinds) == {k.value for k in Kind if k not in (Kind.NOTICE, Kind.INQUIRY)}


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["schema", "form_id", "kinds", "contact", "name", "agent",
                                       "words", "place", "received", "language"]), inner),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_bytes_are_a_form_or_our_own_refusal(raw: bytes) -> None:
    with pytest.raises(BadFacts):
        form.read_form(raw, "GB")


def test_nested_json_beyond_any_measure_is_refused() -> None:
    with pytest.raises(BadFacts):
        form.read_form(b"[" * 100_000, None)


# -- typed in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "channel"),
    [(Source.PAPER, "post"), (Source.TELEPHONE, "phone"), (Source.IN_PERSON, "in_person")],
)
def test_what_staff_type_in_opens_a_request(made: MadeDesk, source: Source, channel: str) -> None:
    raw = letters.facts(kinds=["rectification"], read_back=True)
    taken = typed.take_typed(made.desk, made.handler, source, raw)
    (case,) = [each.case for each in standing.listed(made.desk)]
    assert (case.channel, case.kind) == (channel, Kind.RECTIFICATION)
    assert (taken.arrival.source, taken.arrival.taken_by) == (source, "handler")
    assert typed.take_typed(made.desk, made.handler, source, raw).again


def test_the_same_words_of_another_day_are_another_request(made: MadeDesk) -> None:
    raw = letters.facts(kinds=["access"], read_back=True, received=None)
    first = typed.take_typed(made.desk, made.handler, Source.TELEPHONE, raw)
    made.clock.advance(timedelta(days=1))
    second = typed.take_typed(made.desk, made.handler, Source.TELEPHONE, raw)
    assert not second.again
    assert set(first.requests).isdisjoint(second.requests)


def test_an_oral_request_needs_no_form_no_name_and_no_kind(made: MadeDesk) -> None:
    raw = letters.facts(name=None, words="I want to know what you hold about me", read_back=False)
    taken = typed.take_typed(made.desk, made.handler, Source.TELEPHONE, raw)
    assert (taken.arrival.state, taken.arrival.kinds) == (ArrivalState.WAITING, ("access",))
    with pytest.raises(BadFacts) as unsaid:
        typed.take_typed(made.desk, made.handler, Source.TELEPHONE, letters.facts(read_back=None))
    assert unsaid.value.field == "read_back"


def test_a_call_that_asks_to_be_left_alone_is_acted_on_whatever_else_was_ticked(
    made: MadeDesk,
) -> None:
    raw = letters.facts(
        kinds=["access"],
        words="what do you hold about me, and stop calling me",
        contact={"email": SENDER},
        read_back=True,
    )
    typed.take_typed(made.desk, made.handler, Source.TELEPHONE, raw)
    assert suppressed(made, SENDER)
    assert {each.case.kind for each in standing.listed(made.desk)} == {Kind.ACCESS, Kind.OPT_OUT}


def test_of_a_letter_the_stamp_counts_and_its_scan_is_sealed_with_it(store: MadeDesk) -> None:
    raw = letters.facts(kinds=["access"], received_on="2026-11-10", letter_on="2026-11-02")
    scan = File("letter.pdf", "application/pdf", b"%PDF-scan")
    taken = typed.take_typed(store.desk, store.handler, Source.PAPER, raw, (scan,))
    (each,) = standing.listed(store.desk)
    assert each.clock["laws"][0]["due"] == "2026-12-10"
    request_id = taken.requests[0]
    assert files.read(store.desk, store.handler, request_id, 1) == ("letter.pdf", b"%PDF-scan")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"received_on": "2026-11-19"}, "received_on"),
        ({"received_on": "2026-11-10", "letter_on": "2026-11-11"}, "letter_on"),
        ({"received_on": "2026-11-10", "received": "2026-11-10T10:00:00+01:00"}, "received_on"),
        ({"read_back": "yes"}, "read_back"),
        ({"words": None, "name": None}, "words"),
    ],
)
def test_a_letter_is_not_received_before_it_was_written_or_in_the_future(
    made: MadeDesk, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadFacts) as wrong:
        typed.take_typed(made.desk, made.handler, Source.PAPER, letters.facts(**changed))
    assert wrong.value.field == field


# -- agents --------------------------------------------------------------------------------

HEADER = ["agent_name", "agent_contact", "evidence", "proofs", "name", "email", "kind", "place"]


def sheet(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def row(number: int, kind: str = "access", **changed: str) -> list[str]:
    values = dict(
        zip(
            HEADER,
            ["Agency", "a@agency.example", "", "", f"Person {number}",
             f"person{number}@example.com", kind, "US-CA"],
            strict=True,
        )
    )  # fmt: skip
    return [changed.get(column, values[column]) for column in HEADER]


def test_agents_ask_in_bulk_and_the_same_file_again_changes_nothing(
    store: MadeDesk, tmp_path: Path
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "p1.pdf").write_bytes(b"%PDF-permission")
    path = sheet(
        tmp_path / "asked.csv",
        [
            row(1, evidence="p1.pdf", proofs="signed_permission"),
            row(2, "opt_out"),
            row(3, evidence="lost.pdf"),
            row(4, "nonsense"),
            row(1, evidence="p1.pdf", proofs="signed_permission"),
        ],
    )
    result = agents.take_agents(store.desk, store.handler, path, papers=papers)
    assert (result.read, result.opened, result.unchanged, result.rejected) == (5, 3, 1, 1)
    assert (result.without_paper, suppressed(store, "person2@example.com")) == (1, True)
    told = (tmp_path / "asked.csv.rejects.csv").read_text()
    assert (
        told == "line,field,reason,row\n4,evidence,not_found,kept\n5,kind,not_readable,rejected\n"
    )
    found = {each.case.id: each.case for each in standing.listed(store.desk)}
    assert {(case.asked_by, case.channel) for case in found.values()} == {("agent", "agent")}
    again = agents.take_agents(store.desk, store.handler, path, papers=papers)
    assert (again.opened, len(standing.listed(store.desk))) == (3, 3)
    held = [
        piece.kind
        for request_id in found
        for piece in evidence.listed(store.desk, store.handler, request_id)
    ]
    assert held == ["authority"]


def test_an_agents_paper_proves_nothing_until_somebody_has_looked_at_it(
    made: MadeDesk, tmp_path: Path
) -> None:
    (tmp_path / "p1.pdf").write_bytes(b"%PDF-permission")
    path = sheet(tmp_path / "asked.csv", [row(1, evidence="p1.pdf")])
    agents.take_agents(made.desk, made.handler, path, papers=tmp_path)
    (case,) = [each.case for each in standing.listed(made.desk)]
    assert not case.authority_ok
    ways = authority.ways("agent", "US_CA")
    assert "11 CCR 7063" in ways[0].citation
    proofs = sorted({proof for law in case.laws for way in authority.ways("agent", law)
                     for proof in way.proofs})  # fmt: skip
    assert authority.prove(made.desk, made.handler, case.id, proofs).authority_ok


def test_an_interrupted_file_of_agents_goes_on_where_it_stopped(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "SAVED_EVERY", 2)
    path = sheet(tmp_path / "asked.csv", [row(n) for n in range(5)] + [row(9, "nonsense")])
    real, calls = agent_batches.save, []

    def dies(*args: Any) -> None:
        calls.append(1)
        real(*args)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(agent_batches, "save", dies)
    with pytest.raises(KeyboardInterrupt):
        agents.take_agents(made.desk, made.handler, path)
    monkeypatch.setattr(agent_batches, "save", real)
    result = agents.take_agents(made.desk, made.handler, path)
    assert (result.resumed_at_row, result.opened, result.rejected) == (5, 5, 1)
    assert len(standing.listed(made.desk)) == 5


@pytest.mark.parametrize("header", [["name", "kind"], ["agent_name", "kind", "iban"], ["kind"]])
def test_a_column_is_never_guessed(made: MadeDesk, tmp_path: Path, header: list[str]) -> None:
    with pytest.raises(BadInput):
        agents.take_agents(made.desk, made.handler, sheet(tmp_path / "a.csv", [], header))


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"agent_name": ""}, "agent_name", "missing"),
        ({"email": "broken"}, "email", "not_readable"),
        ({"place": "JP"}, "place", "no_law_of_that_place"),
        ({"proofs": "a_hunch"}, "proofs", "not_known_to_the_law"),
        ({"evidence": "../../etc/passwd"}, "evidence", "no_plain_name"),
        ({"name": "", "email": ""}, "name", "nobody_named"),
        ({"kind": "opt_out", "email": ""}, "email", "needed_to_opt_out"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_by_line_field_and_reason(
    made: MadeDesk, tmp_path: Path, changed: dict[str, str], field: str, reason: str
) -> None:
    path = sheet(tmp_path / "a.csv", [row(1, **changed)])
    result = agents.take_agents(made.desk, made.handler, path, papers=tmp_path)
    told = (tmp_path / "a.csv.rejects.csv").read_text()
    assert (result.opened, told.splitlines()[1]) == (0, f"2,{field},{reason},rejected")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_of_agents_or_our_own_refusal(
    made: MadeDesk, tmp_path: Path, raw: bytes
) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(b"agent_name,kind\n" + raw)
    with suppress(BadInput):
        result = agents.take_agents(made.desk, made.handler, path)
        assert result.read == result.opened + result.unchanged + result.rejected


# -- what somebody puts into a field -------------------------------------------------------


@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_stands_in_a_field_stays_text_on_its_way(made: MadeDesk, nasty: str) -> None:
    one_line = " ".join("".join(c if c >= " " else " " for c in nasty).split())
    agent = {"name": nasty, "contact": nasty}
    raw = letters.form(name=nasty, words=nasty, agent=agent)
    taken = form.take_form(made.desk, made.handler, raw)
    file = intake.read_file(made.desk, made.handler, taken.requests[-1])
    said = nasty.replace("\r\n", "\n").replace("\x1b", " ")
    assert file.name == one_line
    assert file.words == f"[agent: {one_line}, {one_line}]\n\n{said}"


@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_cell_of_an_agents_list_is_nowhere_in_its_rejects(
    made: MadeDesk, tmp_path: Path, nasty: str
) -> None:
    good = row(1, name=nasty, agent_name=nasty)
    path = sheet(tmp_path / "a.csv", [good, row(2, name=nasty, kind=nasty, place=nasty)])
    result = agents.take_agents(made.desk, made.handler, path)
    assert (result.opened, result.rejected) == (1, 1)
    told = (tmp_path / "a.csv.rejects.csv").read_text()
    assert told.isascii()
    assert not set(told) & set("=<>{}\x1b+@")


def test_the_ledger_keeps_a_receipt_of_before_today(made: MadeDesk) -> None:
    at = (WEDNESDAY - timedelta(days=40)).isoformat()
    taken = form.take_form(made.desk, made.handler, letters.form(received=at))
    (each,) = standing.listed(made.desk)
    assert each.due is not None
    assert each.due < WEDNESDAY.date().isoformat()
    assert taken.arrival.received_by.value == "stated"
    assert intake.read_file(made.desk, made.handler, each.case.id).name == NAME
