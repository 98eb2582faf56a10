"""`rightsdesk intake` as scripts meet it; one ledger for every way; nothing in clear."""

from __future__ import annotations

import io
import json
import mailbox
import sys
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy import actors
from privacy.cli.main import run
from privacy.cli.showing import visible
from privacy.errors import Denied
from privacy.rights import (
    approval,
    casework,
    handling,
    intake,
    keeping,
    optout,
    planning,
    standing,
)
from privacy.rights import store as requests
from privacy.rights import today as day
from privacy.rights.arriving import folder, language, mails, staff, store, taking
from privacy.rights.arriving.mails import Told
from privacy.rights.arriving.proposing import propose
from privacy.rights.arriving.ways import ArrivalState, Source
from privacy.rights.case import Kind
from privacy.rights.intake import CaseFile
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import KeptKey
from privacy.terms import Language, Role
from tests.canaries import find_leaks
from tests.desks import MadeDesk, at_the_desk
from tests.rights.arriving.letters import NAME, SENDER, eml, facts, form
from tests.rights.flows import FILE, MAIL

Command = Callable[..., tuple[int, dict[str, Any], str]]
CANARIES = (
    NAME,
    SENDER,
    "Zwetschgen request",
    "Zwetschgenkater",
    "zwetschge.pdf",
    "canarina-letter",
    "Canaria Agency",
)
TEXTS = Path(__file__).parent / "short_texts.toml"


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command on the desk: its exit code, its document, and what it said besides."""
    at_the_desk(made, tmp_path, monkeypatch)

    def called(*arguments: str, stdin: bytes = b"") -> tuple[int, dict[str, Any], str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(["--json", "--as", "handler", *arguments])
        printed = capsys.readouterr()
        return code, json.loads(printed.out), printed.err

    return called


def test_a_mail_goes_from_its_file_to_a_request_by_commands_alone(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "in.eml"
    path.write_bytes(eml(files=(("a.pdf", "application/pdf", b"%PDF-a"),)))
    code, taken, _ = command("intake", "eml", str(path))
    (row,) = taken["arrivals"]
    assert (code, row["state"], row["kinds"], row["received_by"]) == (
        0, "waiting", ["access"], "claimed",
    )  # fmt: skip
    _, listed, _ = command("intake", "list", "--waiting")
    assert [(each["id"], each["due"]) for each in listed["arrivals"]] == [(row["id"], "2026-12-17")]
    out = tmp_path / "a.pdf"
    _, shown, _ = command("intake", "show", row["id"], "--attachment", "1", "--out", str(out))
    assert (shown["name"], shown["contact"], out.read_bytes()) == (NAME, SENDER, b"%PDF-a")
    assert out.stat().st_mode & 0o777 == 0o600
    _, language, _ = command("intake", "language", row["id"], "de")
    assert (language["language"], language["language_by"]) == ("de", "asked")
    _, done, _ = command("intake", "assign", row["id"], "--kind", "access", "--place", "DE")
    assert (done["state"], len(done["requests"])) == ("opened", 1)
    _, wanted, _ = command("request", "list", "--source", "email")
    assert [(each["id"], each["source"]) for each in wanted["requests"]] == [
        (done["requests"][0], "email")
    ]
    assert command("request", "list", "--source", "paper")[1]["requests"] == []


def test_every_way_stands_in_one_ledger(command: Command, made: MadeDesk, tmp_path: Path) -> None:
    # First: the clock of the commands runs, and an entry is never older than the last one.
    intake.open_request(made.desk, made.handler, Kind.ACCESS, channel="api", file=FILE)
    mails_in, agents_in = tmp_path / "mails", tmp_path / "agents.csv"
    mails_in.mkdir()
    (mails_in / "1.eml").write_bytes(eml("another question"))
    agents_in.write_text("agent_name,kind,name\nCanaria Agency,access,Somebody Else\n")
    assert command("intake", "eml", "-", stdin=eml())[0] == 0
    assert command("intake", "folder", str(mails_in))[0] == 0
    assert command("intake", "form", "-", stdin=form())[0] == 0
    assert command("intake", "agents", str(agents_in))[0] == 0
    told = facts(kinds=["access"], read_back=True)
    for way in ("paper", "telephone", "in-person"):
        assert command("intake", way, "--facts", "-", stdin=told)[0] == 0
    assert command("request", "open", "--kind", "access", "--channel", "email")[0] == 0
    _, every, _ = command("intake", "list", "--all")
    assert {each["source"] for each in every["arrivals"]} == {source.value for source in Source}
    assert all(each["received_local"].endswith("[Europe/Berlin]") for each in every["arrivals"])
    assert all(each["kept"] for each in every["arrivals"])
    assert sum(each["count"] for each in every["counts"]) == len(every["arrivals"])


def test_an_opt_out_by_the_python_api_is_in_the_ledger_too(made: MadeDesk) -> None:
    case = optout.opt_out(made.desk, made.handler, emails=(MAIL,), channel="email")
    with made.desk.reading() as db:
        assert store.sources_of(db, [case.id]) == {case.id: "api"}


def test_nothing_that_came_in_stands_in_clear_anywhere(
    command: Command, made: MadeDesk, tmp_path: Path
) -> None:
    mails_in, papers = tmp_path / "in" / "mails", tmp_path / "in" / "papers"
    mails_in.mkdir(parents=True)
    papers.mkdir()
    name = "zwetschge.pdf"
    (mails_in / "canarina-letter.eml").write_bytes(eml(files=((name, "application/pdf", b"x"),)))
    (mails_in / "stop.eml").write_bytes(eml("STOP", subject="Zwetschgen request"))
    (mails_in / "bad.eml").write_bytes(b"no mail of Canarina Canarison")
    (papers / name).write_bytes(b"paper")
    agents_in = tmp_path / "in" / "agents.csv"
    agents_in.write_text(
        "agent_name,kind,name,email,evidence\n"
        f"Canaria Agency,access,{NAME},{SENDER},{name}\n"
        f"Canaria Agency,Zwetschgenkater,{NAME},{SENDER},{name}\n"
    )
    said = []
    for arguments, stdin in (
        (("intake", "folder", str(mails_in)), b""),
        (("intake", "agents", str(agents_in), "--papers", str(papers)), b""),
        (("intake", "form", "-"), form()),
        (("intake", "form", "-"), form(kinds=["Zwetschgenkater"])),
        (("intake", "paper", "--facts", "-"), facts(kinds=["access"])),
        (("intake", "paper", "--facts", "-"), b"Zwetschgenkater"),
        (("intake", "list", "--all"), b""),
        (("today",), b""),
    ):
        code, document, printed = command(*arguments, stdin=stdin)
        assert code in (0, 2)
        said.append(json.dumps(document) + printed)
    (tmp_path / "said").write_text("".join(said))
    (tmp_path / "in" / "agents.csv").unlink()
    for path in (*mails_in.iterdir(), *papers.iterdir()):
        path.unlink()
    assert find_leaks(tmp_path, CANARIES) == []


def test_one_bad_file_stops_none_and_the_same_folder_again_changes_nothing(
    made: MadeDesk, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(4):
        (tmp_path / "in" / f"{number}.eml").write_bytes(eml(f"question {number}"))
    (tmp_path / "in" / "2.eml").write_bytes(b"\x00\xff not a mail")
    (tmp_path / "in" / "link.eml").symlink_to("/etc/passwd")
    result = folder.take_folder(made.desk, made.handler, tmp_path / "in")
    assert (result.read, result.counts["waiting"], len(result.rejects)) == (5, 3, 2)
    assert [each.number for each in result.rejects] == [3, 5]
    again = folder.take_folder(made.desk, made.handler, tmp_path / "in")
    assert (again.counts["again"], again.counts["waiting"]) == (3, 0)


def test_a_maildir_is_read_and_left_as_it_is(made: MadeDesk, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(eml())
    box.add(eml("STOP", subject=""))
    before = sorted(str(path) for path in (tmp_path / "box").rglob("*"))
    result = folder.take_folder(made.desk, made.handler, tmp_path / "box")
    assert (result.counts["waiting"], result.counts["opened"]) == (1, 1)
    assert sorted(str(path) for path in (tmp_path / "box").rglob("*")) == before


class Terminal(io.StringIO):
    """Somebody who types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_a_call_is_asked_for_and_only_its_words_are_needed(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    at_the_desk(made, tmp_path, monkeypatch)
    typed = ["", "what do you hold about me, I asked", "access", "en", "", "", "", "y"]
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in typed)))
    assert run(["--json", "--as", "handler", "intake", "telephone"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["language_by"]) == ("opened", "stated")
    made.clock.advance(timedelta(hours=1))
    (each,) = standing.listed(made.desk)
    file = intake.read_file(made.desk, made.handler, each.case.id)
    assert (each.case.channel, file.words) == ("phone", f"[read back: yes]\n{typed[1]}")


# -- the clock and the end of what waits ---------------------------------------------------


def test_what_waits_stands_in_today_with_the_earliest_day_of_anything_it_may_ask(
    made: MadeDesk,
) -> None:
    told = Told(place="US-CA")
    known = mails.take_mail(
        made.desk, made.handler, eml("Delete my data, correct my name"), told=told
    )
    unknown = mails.take_mail(made.desk, made.handler, eml("Good morning, a word with you"))
    found = day.today(made.desk, made.handler)
    rows = {each.arrival.id: each for each in found.arrivals}
    assert rows[unknown.arrival.id].kinds == ()
    assert str(rows[unknown.arrival.id].due) == "2026-12-17"
    # Under the CCPA the receipt is to be confirmed within ten business days.
    assert str(rows[known.arrival.id].due) == "2026-12-02"
    document = day.document(found)["waiting_arrivals"]
    assert [each["id"] for each in document] == [known.arrival.id, unknown.arrival.id]


def test_an_original_is_kept_as_long_as_the_last_of_its_requests(store: MadeDesk) -> None:
    arrival = mails.take_mail(store.desk, store.handler, eml()).arrival
    kinds = [Kind.COMPLAINT, Kind.APPEAL]
    _, ready = staff.assign(store.desk, store.handler, arrival.id, kinds)

    def kept() -> list[str]:
        table = table_of(KeptKey)
        with store.desk.reading() as db:
            rows = db.execute(table.select().where(table.c.holder_id == arrival.holder_id)).all()
        return [row.until_on for row in rows]

    for number, request_id in enumerate(ready.requests):
        assert kept() == []
        planning.make_plan(store.desk, store.handler, request_id)
        approval.approve(store.desk, store.dpo, request_id)
        with store.desk.reading() as db:
            kind = requests.case(db, request_id).kind
        outcome = casework.OUTCOMES[kind][0]
        casework.settle(store.desk, store.handler, request_id, outcome)
        handling.close(store.desk, store.handler, request_id)
        store.clock.advance(timedelta(days=200 * (1 - number)))
    assert kept() == ["2030-12-31"]


def test_when_the_ground_of_a_case_ends_its_originals_end_with_it(made: MadeDesk) -> None:
    raw = eml("STOP", subject="")
    arrival = mails.take_mail(made.desk, made.handler, raw).arrival
    (each,) = standing.listed(made.desk)
    handling.close(made.desk, made.handler, each.case.id)
    made.clock.advance(timedelta(days=366 * 4 + 50))
    assert keeping.sweep(made.desk, made.dpo) == 2
    with made.desk.reading() as db:
        assert not store.arrival(db, arrival.id).held


# -- languages and words -------------------------------------------------------------------


def texts() -> dict[str, list[str]]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


def test_the_language_of_short_texts_is_right_or_asked_for_and_never_wrong() -> None:
    found = {
        text: (name, language.detected(text)) for name, many in texts().items() for text in many
    }
    assert len(found) == 75
    assert [
        text for text, (name, told) in found.items() if told not in (None, Language(name))
    ] == []
    assert sum(told is not None for _, told in found.values()) >= 69


@pytest.mark.parametrize(
    "text",
    ["", "123", "Ok", "Proszę o usunięcie moich danych", "Verwijder mijn gegevens alstublieft",
     "Здравствуйте, удалите мои данные", "Solicito os meus dados pessoais"],
)  # fmt: skip
def test_a_text_too_short_or_of_another_language_is_asked_about(text: str) -> None:
    assert language.detected(text) is None


EXPECTED = [
    "access", "access", "erasure", "opt_out", "rectification", "objection", "opt_out_sale",
    "withdrawal", "access", "erasure", "complaint", "opt_out", "human_review", "portability",
]  # fmt: skip


@pytest.mark.parametrize("name", [each.value for each in Language])
def test_words_propose_the_same_kinds_in_every_language(name: str) -> None:
    found = [propose("", text) for text in texts()[name]]
    for wanted, proposed in zip(EXPECTED, found, strict=False):
        assert wanted in [kind.value for kind in proposed.kinds]
    assert all(found[number].acts_as is not None for number in (3, 5, 6, 7, 11))
    assert all(found[number].acts_as is None for number in (0, 1, 4, 8, 12, 13))


def test_the_language_of_an_arrival_goes_to_its_requests(made: MadeDesk) -> None:
    raw = eml(texts()["fr"][0])
    arrival = mails.take_mail(made.desk, made.handler, raw).arrival
    staff.assign(made.desk, made.handler, arrival.id, [Kind.ACCESS])
    assert [each.case.language for each in standing.listed(made.desk)] == ["fr"]
    staff.state_language(made.desk, made.handler, arrival.id, Language.ITALIAN)
    assert [each.case.language for each in standing.listed(made.desk)] == ["it"]


# -- shown to people -----------------------------------------------------------------------


def test_a_terminal_gets_no_escape_and_no_direction_mark(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    at_the_desk(made, tmp_path, monkeypatch)
    nasty = "a\x1b[2J\u202eb [bold]c[/bold]"
    raw = eml(nasty, sender=f'"x\u202ey" <{SENDER}>')
    arrival = mails.take_mail(made.desk, made.handler, raw).arrival
    case = intake.open_request(
        made.desk, made.handler, Kind.ACCESS, channel="post", file=CaseFile(nasty, "", nasty)
    )
    for arguments in (["intake", "show", arrival.id], ["request", "show", case.id, "--file"]):
        capsys.readouterr()
        assert run(["--as", "handler", *arguments]) == 0
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert r"\u202e" in shown
        assert "[bold]c[/bold]" in shown
    assert visible("a\nb") == r"a\u000ab"


def test_only_a_handler_reads_what_came_in_and_it_is_audited(made: MadeDesk) -> None:
    arrival = mails.take_mail(made.desk, made.handler, eml()).arrival
    auditor = actors.add(made.desk, "auditor", Role.AUDITOR, "a secret of theirs", "dpo")
    with pytest.raises(Denied):
        staff.show(made.desk, auditor, arrival.id)
    shown = staff.show(made.desk, made.handler, arrival.id)
    assert shown.arrival.state is ArrivalState.WAITING
    assert taking.local(shown.arrival).startswith("2026-11-17T09:30")
