"""No answer, exit code or time tells whether somebody is known."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from privacy.cli.main import run
from privacy.errors import NotProven
from privacy.rights import identity, optout, standing
from privacy.rights.beat import on_the_beat
from privacy.rights.case import Kind
from privacy.rights.identity import Claims, Evidence
from privacy.rights.store import Case
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened
from tests.rights.test_execution import entrances

PEOPLE = 200
# Half of the pairs would be right by chance; 0.5 is no knowledge at all, 1 is certainty.
NO_KNOWLEDGE = 0.10
STRANGER, STRANGERS_MAIL = "+442089460999", "nobody.at.all@example.com"


def separability(known: list[float], unknown: list[float]) -> float:
    """Area under the ROC curve (Mann-Whitney U over the number of pairs); ties are halves."""
    both = sorted([(value, False) for value in known] + [(value, True) for value in unknown])
    ranks: dict[float, list[int]] = {}
    for place, (value, _) in enumerate(both, 1):
        ranks.setdefault(value, []).append(place)
    total = sum(sum(ranks[value]) / len(ranks[value]) for value, is_unknown in both if is_unknown)
    pairs = len(known) * len(unknown)
    return (total - len(unknown) * (len(unknown) + 1) / 2) / pairs


def test_the_measure_tells_apart_what_can_be_told_apart() -> None:
    same = [float(n % 7) for n in range(PEOPLE)]
    assert separability(same, same) == 0.5
    assert separability(same, [value + 7 for value in same]) == 1.0
    slower = [value + 2 for value in same]
    assert separability(same, slower) > 0.5 + NO_KNOWLEDGE


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> MadeDesk:
    """A desk that knows 200 persons."""
    made = make_desk(tmp_path_factory.mktemp("crowd"))
    for n in range(PEOPLE):
        add_person(made.desk, phone_of(n, True), mail_of(n, True))
    return made


def phone_of(n: int, known: bool) -> str:
    return f"+442079{46 if known else 47}{n:04d}"


def mail_of(n: int, known: bool) -> str:
    return f"person{n:03d}@{'known' if known else 'other'}.example.com"


Asked = Callable[[MadeDesk, Case, int, bool], object]


def verified_wrongly(made: MadeDesk, case: Case, n: int, known: bool) -> None:
    claims = Claims(phone=phone_of(n, known), given="Somebody", family="Else")
    with suppress(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, claims)


def sent_a_code(made: MadeDesk, case: Case, n: int, known: bool) -> None:
    claims = Claims(email=mail_of(n, known))
    identity.send_code(made.desk, made.handler, case.id, claims)


def opted_out(made: MadeDesk, case: Case, n: int, known: bool) -> None:
    optout.opt_out(made.desk, made.handler, phones=(phone_of(n, known),), channel="phone")


def times(made: MadeDesk, ask: Asked, people: int) -> tuple[list[float], list[float]]:
    """How long each answer took, known and unknown in random order."""
    case = opened(made.desk, made.handler, Kind.ERASURE)
    questions = [(n, known) for n in range(people) for known in (True, False)]
    random.Random(11).shuffle(questions)
    taken: dict[bool, list[float]] = {True: [], False: []}
    gc.collect()
    for n, known in questions:
        # Past the five codes that a case may have in a day.
        made.clock.advance(timedelta(days=1, seconds=1))
        began = time.perf_counter()
        ask(made, case, n, known)
        taken[known].append(time.perf_counter() - began)
    return taken[True], taken[False]


@pytest.mark.serial
@pytest.mark.parametrize(
    "ask", [verified_wrongly, pytest.param(sent_a_code, marks=pytest.mark.long)]
)
def test_the_time_of_200_known_and_200_unknown_cannot_be_told_apart(
    crowd: MadeDesk, ask: Asked
) -> None:
    known, unknown = times(crowd, ask, PEOPLE)
    assert abs(separability(known, unknown) - 0.5) < NO_KNOWLEDGE


@pytest.mark.serial
@pytest.mark.long
def test_the_time_of_an_opt_out_cannot_be_told_apart(crowd: MadeDesk) -> None:
    known, unknown = times(crowd, opted_out, PEOPLE)
    assert abs(separability(known, unknown) - 0.5) < NO_KNOWLEDGE


@pytest.mark.serial
def test_an_answer_leaves_on_a_beat_well_or_with_an_error() -> None:
    for work_s, beats in ((0.0, 1), (0.015, 1), (0.03, 2)):
        began = time.monotonic()
        with suppress(NotProven), on_the_beat(0.02):
            time.sleep(work_s)
            raise NotProven("no", what="x")
        assert (time.monotonic() - began) == pytest.approx(0.02 * beats, abs=0.012)


COMMANDS: dict[str, tuple[list[str], str, str]] = {
    "too little": (["--by", "matching", "--phone", "-"], NUMBER, STRANGER),
    "too little by mail": (["--by", "matching", "--email", "-"], MAIL, STRANGERS_MAIL),
    "a code": (["--send-code", "--email", "-"], MAIL, STRANGERS_MAIL),
    "a code by number": (["--send-code", "--phone", "-"], NUMBER, STRANGER),
    "a declaration that is not there": (
        ["--by", "matching_declared", "--phone", "-"],
        NUMBER,
        STRANGER,
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("as_json", [True, False])
def test_every_byte_and_exit_code_is_the_same_for_known_and_unknown(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    as_json: bool,
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    entrances(made, tmp_path, monkeypatch)
    options, *values = COMMANDS[name]
    answers = set()
    for value in values:
        given = tmp_path / "given"
        given.write_text(f"{value}\n")
        with given.open() as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            capfd.readouterr()
            flags = ["--json"] if as_json else []
            code = run([*flags, "request", "verify", case.id, *options])
        out, err = capfd.readouterr()
        answers.add((code, out, err))
    assert len(answers) == 1


def test_the_document_of_a_case_is_the_same_after_a_code_for_known_and_unknown(
    made: MadeDesk,
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    shown = []
    for mail in (MAIL, STRANGERS_MAIL):
        case = opened(made.desk, made.handler, Kind.ERASURE)
        identity.send_code(made.desk, made.handler, case.id, Claims(email=mail))
        document = standing.document(made.desk, made.handler, case.id)
        # That the same address wrote twice is told of the requests, not of persons.
        shown.append({k: v for k, v in document.items() if k not in ("id", "duplicates")})
    assert shown[0] == shown[1]
