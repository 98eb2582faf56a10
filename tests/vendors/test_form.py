"""The offline form: what it holds, how a browser fills it, and what its file may say."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts, BadInput, RightsdeskError
from privacy.vendors import answering, contract, files, forming, received, remediation
from privacy.vendors import store as vendors
from privacy.vendors import sub_processors as subs
from privacy.vendors.answers import Answer, Ratio, Source, answered
from privacy.vendors.applying import hidden_by, known_of, scope_of
from privacy.vendors.clauses import Found
from privacy.vendors.expressions import (
    COMPARISONS,
    All,
    Check,
    Expression,
    Known,
    Not,
    Some,
    evaluate,
)
from privacy.vendors.form import form, tree
from privacy.vendors.months import after_months
from privacy.vendors.questionnaire import Question
from privacy.vendors.reading import base
from privacy.vendors.store import Vendor
from reports.vendor_form import page, source
from tests.browser import Browser, browser
from tests.desks import MadeDesk
from tests.vendors import cases

TODAY = date(2026, 11, 18)
HOSTILE = "</script><script>document.title='pwned'</script>\u2028<img src=x onerror=alert(1)>"


def made_form(**changes: Any) -> dict[str, Any]:
    return form(
        base(),
        **{
            "vendor_id": "vd-example1",
            "vendor_name": "Example Dialer Ltd",
            "controller": "Example Retail",
            "on": TODAY,
            "due_on": None,
            **changes,
        },
    )


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


# What a form may hold


def test_the_form_holds_no_weight_gate_score_or_test() -> None:
    held = set(re.findall(r'"([a-z_]+)":', json.dumps(made_form())))
    inner = {each.name for each in fields(Question)} - {
        *("id", "section", "ask", "form", "evidence", "why", "jurisdictions", "condition")
    }
    assert held & inner == set()
    text = page(made_form()).decode()
    for word in ("cdr_test", "contradicted", "fail_if_zero", "weight", "score", "evidence_cap"):
        assert f'"{word}' not in text
    for question in base().questions.values():
        assert question.ask in json.dumps(made_form())
        if question.cdr_test:
            assert question.cdr_test not in text


def test_a_form_for_one_vendor_holds_nothing_of_another_and_nothing_internal(
    made: MadeDesk,
) -> None:
    canaries = [_assessed(made, name) for name in ("First Dialer Ltd", "Second Dialer Ltd")]
    (mine, _), (_, other) = canaries
    document = forming.form_for(made.desk, made.dpo, mine.id, filled=True)
    text = page(document).decode()
    assert "First Dialer Ltd own word" in text
    for canary in (*other, "Second", "canary", "staff remark"):
        assert canary not in text, canary
    said = {each["question"] for each in document["answers"]}
    assert said == {"contract-03"}
    assert forming.form_for(made.desk, made.dpo, mine.id)["answers"] == []


def _assessed(made: MadeDesk, name: str) -> tuple[Vendor, tuple[str, ...]]:
    vendor = vendors.new(made.desk, made.dpo, name, contact={"person": f"{name} canary"})
    own = answered(base(), "contract-03", "yes", f"{name} own word", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [own], Source.FORM)
    staff = answered(base(), "contract-02", "no", f"{name} staff remark", by="controller")
    basis = answered(base(), "scope-04.separate_basis", "recorded", "canary", by="controller")
    answering.record(made.desk, made.dpo, vendor.id, [staff, basis], Source.TYPED)
    contract.look(made.desk, made.dpo, vendor.id, "gdpr-a", Found.MISSING, note=f"{name} canary")
    subs.add(made.desk, made.dpo, vendor.id, f"{name} canary sub", details={"contact": "canary"})
    with made.desk.reading() as db:
        assert remediation.of_vendor(db, vendor.id) == []
    return vendor, (vendor.id, name)


def test_what_a_name_holds_stays_text_and_the_policy_allows_the_page_s_own_script_alone(
    tab: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "form.html"
    path.write_bytes(page(made_form(vendor_name=HOSTILE, controller=HOSTILE)))
    before = len(tab.said), len(tab.asked)
    tab.open(path)
    assert tab.run("document.title").startswith("Questions for </script>")
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.getElementById('sheet').hidden") is False
    assert tab.said[before[0] :] == []
    assert tab.asked[before[1] :] == [path.as_uri()]
    policy = tab.run("document.querySelector('meta[http-equiv]').content")
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';"
        r" base-uri 'none'; form-action 'none'",
        policy,
    )
    tab.run(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); fetch('http://127.0.0.1:9/x').catch(() => 0)"
    )
    assert tab.run("window.ran") is None
    assert any("Content Security Policy" in said for said in tab.said[before[0] :])


def test_every_field_has_a_label_and_headings_stand_in_order(tab: Browser, tmp_path: Path) -> None:
    path = tmp_path / "form.html"
    path.write_bytes(page(made_form()))
    tab.open(path)
    unnamed = """[...document.querySelectorAll('input, textarea, button')].filter(
        (field) => !(field.labels && field.labels.length) && !field.textContent.trim()
            && !field.getAttribute('aria-label')).map((field) => field.outerHTML)"""
    assert tab.run(unnamed) == []
    groups = "[...document.querySelectorAll('fieldset')].every((f) => f.querySelector('legend'))"
    assert tab.run(groups) is True
    assert (
        tab.run(
            "new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size"
            " === document.querySelectorAll('[id]').length"
        )
        is True
    )
    assert tab.run("document.documentElement.lang") == "en"
    assert tab.run(CONTRAST) == []
    # By the keyboard alone: the order of the page, nothing taken out of it.
    assert tab.run("document.querySelectorAll('[tabindex]:not([tabindex=\"-1\"])').length") == 0


CONTRAST = """(() => {
  const light = (text) => {
    const parts = text.match(/[0-9.]+/g).map(Number);
    if (parts.length > 3 && parts[3] === 0) return null;
    const [r, g, b] = parts.map((part) => part / 255).map(
      (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const under = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = light(getComputedStyle(at).backgroundColor);
      if (found !== null) return found;
    }
    return 1;
  };
  return [...document.querySelectorAll('p, legend, label, a, button, summary, h1, h2, li')]
    .filter((node) => node.textContent.trim())
    .map((node) => [node.tagName, node.className, light(getComputedStyle(node).color), under(node)])
    .filter(([, , a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5);
})()"""


# The same meaning in Python and in the browser

REFS = (
    "scope-01",
    "scope-02",
    "scope-03",
    "abandon-01",
    "contract-02",
    "data-01",
    "security-01.report_on",
    "nothing-01",
)
KINDS = {
    "scope-01": "integer",
    "scope-02": "multi",
    "scope-03": "countries",
    "abandon-01": "number",
    "contract-02": "choice",
    "data-01": "ratio",
    "security-01.report_on": "date",
}
EACH = "const each = (one) => Conditions.evaluate(...one)"
AREAS = {"eea_uk": frozenset({"DE", "GB"}), "none": frozenset[str]()}


def _random_check(rng: random.Random) -> Check:
    op = rng.choice(("is", "includes", "outside", "older", *COMPARISONS))
    operand = {
        "is": rng.choice(("yes", "partly", "answered", "toString")),
        "includes": rng.choice(("predictive", "manual", "DE", "constructor")),
        "outside": rng.choice(("eea_uk", "none", "nowhere", "constructor")),
        "older": str(rng.choice((0, 1, 12, 13, 24, 999))),
    }.get(op, rng.choice(("0", "1000", "2.5", "2.500001", "999999999999", "0.1")))
    return Check(rng.choice(REFS), op, operand)


def _random_expression(rng: random.Random, depth: int = 0) -> Expression:
    kind = rng.choice(("check", "check", "not", "all", "some")) if depth < 4 else "check"
    if kind == "check":
        return _random_check(rng)
    if kind == "not":
        return Not(_random_expression(rng, depth + 1))
    parts = tuple(_random_expression(rng, depth + 1) for _ in range(rng.randint(2, 3)))
    return All(parts) if kind == "all" else Some(parts)


def _random_value(rng: random.Random, ref: str) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "scope-01": lambda: rng.choice((0, 999, 1000, 1001, 999_999_999_999)),
        "scope-02": lambda: tuple(rng.sample(("manual", "predictive", "preview"), 2)),
        "scope-03": lambda: tuple(rng.sample(("DE", "GB", "US", "US-CA", "IN"), 2)),
        "abandon-01": lambda: Decimal(rng.choice(("0", "0.1", "2.5", "2.50", "2.500001", "100"))),
        "contract-02": lambda: rng.choice(("yes", "partly", "no")),
        "data-01": lambda: Ratio(1, 2),
        "security-01.report_on": lambda: (
            TODAY - timedelta(days=rng.choice((0, 29, 31, 364, 365, 366, 730, 731)))
        ),
    }
    return made[ref]()


def _for_script(answers: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return list(value)
        if isinstance(value, Ratio):
            return {"numerator": value.numerator, "denominator": value.denominator}
        return value if isinstance(value, int | str) else str(value)

    return {
        "answers": {
            key: {"kind": KINDS[key], "value": plain(value)} for key, value in answers.items()
        },
        "areas": {key: sorted(codes) for key, codes in AREAS.items()},
        "on": TODAY.isoformat(),
    }


def test_conditions_mean_the_same_in_the_browser_as_in_python(tab: Browser) -> None:
    rng = random.Random(20261130)
    wanted, asked = [], []
    for _ in range(3_000):
        expression = _random_expression(rng)
        chosen = [ref for ref in KINDS if rng.random() < 0.7]
        answers = {ref: _random_value(rng, ref) for ref in chosen}
        wanted.append(evaluate(expression, Known(answers, AREAS, TODAY)))
        asked.append([tree(expression), _for_script(answers)])
    script = source("vendor-conditions.js")
    found = tab.run(f"(() => {{ {script}; {EACH}; return {json.dumps(asked)}.map(each); }})()")
    wrong = [n for n, (a, b) in enumerate(zip(wanted, found, strict=True)) if a is not b]
    assert wrong == [], (asked[wrong[0]], wanted[wrong[0]], found[wrong[0]])
    assert {True, False, None} == set(wanted)


def test_months_end_on_the_same_day_in_the_browser_as_in_python(tab: Browser) -> None:
    rng = random.Random(7)
    days = [date(1, 1, 1) + timedelta(days=rng.randrange(3_652_000)) for _ in range(400)]
    pairs = [(day, rng.choice((0, 1, 2, 11, 12, 13, 25, 999))) for day in days]
    script = source("vendor-conditions.js")
    checks = [
        [
            {"check": ["d-01", "older", str(months)]},
            {
                "answers": {"d-01": {"kind": "date", "value": day.isoformat()}},
                "areas": {},
                "on": on,
            },
        ]
        for day, months in pairs
        for end in (after_months(day, months),)
        for on in (
            end.isoformat(),
            (end if end == date.max else end + timedelta(days=1)).isoformat(),
        )
    ]
    found = tab.run(f"(() => {{ {script}; {EACH}; return {json.dumps(checks)}.map(each); }})()")
    for n, (day, months) in enumerate(pairs):
        last = after_months(day, months) == date.max
        assert found[2 * n : 2 * n + 2] == [False, not last], (day, months)


def test_the_same_questions_apply_in_the_browser_as_in_python(tab: Browser) -> None:
    rng = random.Random(11)
    questionnaire, wanted, asked = base(), [], []
    for _ in range(60):
        given_ = {
            key: each
            for key, each in cases.given().items()
            if rng.random() < 0.6 and key != "scope-03"
        }
        if rng.random() < 0.8:
            places = rng.sample(("DE", "GB", "US-CA", "US", "BR", "IN"), 2)
            given_["scope-03"] = answered(questionnaire, "scope-03", places, by="vendor")
        if rng.random() < 0.5:
            given_["scope-02"] = answered(questionnaire, "scope-02", ["manual"], by="vendor")
        scope, known = scope_of(questionnaire, given_), known_of(questionnaire, given_, TODAY)
        wanted.append(
            [hidden_by(questionnaire, q, scope, known) for q in questionnaire.questions.values()]
        )
        asked.append({key: _said(each) for key, each in given_.items()})
    document = made_form()
    script = source("vendor-conditions.js")
    found = tab.run(
        f"(() => {{ {script}; const form = {json.dumps(document)};"
        " const questions = form.sections.flatMap((s) => s.questions);"
        f" return {json.dumps(asked)}.map((answers) => questions.map((q) =>"
        f" Conditions.hiddenBy(form, q, {{answers, areas: form.areas, on: '{TODAY}'}}))); }})()"
    )
    assert found == wanted
    assert {"", "jurisdiction", "condition"} == {each for row in wanted for each in row}


def _said(answer: Answer) -> dict[str, Any]:
    form_ = base().form_of(answer.question)
    assert form_ is not None
    kind = "countries" if form_.countries else form_.kind.value
    return {"kind": kind, "value": answer.document()["value"]}


# Fill, save, import

FILL = """(answers) => {
  const set = (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };
  for (const {question, value, comment} of answers) {
    const box = [...document.querySelectorAll('.answer')].find((b) => b.dataset.id === question);
    if (typeof value === 'object' && !Array.isArray(value)) {
      set(box.querySelector('[data-part=numerator]'), value.numerator);
      set(box.querySelector('[data-part=denominator]'), value.denominator);
    } else if (box.querySelector('[data-part=value]')) {
      set(box.querySelector('[data-part=value]'), [].concat(value).join(' '));
    } else {
      for (const code of [].concat(value)) {
        [...box.querySelectorAll('input')].find((i) => i.value === code).click();
      }
    }
    const said = document.querySelector('#q-' + question.split('.')[0] + ' [data-part=comment]');
    if (comment) set(said, comment);
  }
}"""


def test_a_filled_form_is_saved_loaded_again_and_imported_whole(
    tab: Browser, made: MadeDesk, tmp_path: Path
) -> None:
    vendor = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None)
    path = tmp_path / "form.html"
    path.write_bytes(page(forming.form_for(made.desk, made.dpo, vendor.id)))
    saved = _filled_and_saved(tab, path, tmp_path)
    taken = received.take(made.desk, made.dpo, vendor.id, saved)
    wanted = {key: each for key, each in cases.given(CHANGES).items() if key not in HIDDEN}
    got = answering.read(made.desk, made.dpo, vendor.id)
    assert {k: v.value for k, v in got.items()} == {k: v.value for k, v in wanted.items()}
    assert got["contract-01"].comment == 'Clauses 1 to 4 <b>"signed"</b> – ünï'
    (kept,) = taken.evidence
    assert files.read(made.desk, made.dpo, kept) == ("dpa.pdf", b"%PDF evidence \x00\xff")
    # Once more: the same page loads what it saved and saves the same; a second import adds nothing.
    tab.open(path)
    again = tmp_path / "again.json"
    again.write_bytes(saved)
    tab.choose("#load", again)
    until(tab, "document.getElementById('said').textContent.startsWith('Loaded')")
    assert json.loads(_saved(tab)) == json.loads(saved)
    taken = received.take(made.desk, made.dpo, vendor.id, saved)
    assert (taken.questions, taken.evidence) == ((), ())
    assert tab.said == [said for said in tab.said if "Content Security Policy" in said]


CHANGES = {"scope-02": ["predictive"], "scope-03": ["GB", "US-CA"], "abandon-01": "2.4"}
HIDDEN = {
    key
    for key, question in base().questions.items()
    for given_ in (cases.given(CHANGES),)
    if hidden_by(base(), question, scope_of(base(), given_), known_of(base(), given_, TODAY))
}


def _filled_and_saved(tab: Browser, path: Path, folder: Path) -> bytes:
    tab.open(path)
    open_ = "document.querySelectorAll('.question:not([hidden])').length"
    assert tab.run(open_) == 72
    given_ = cases.given(CHANGES)
    comment = 'Clauses 1 to 4 <b>"signed"</b> – ünï'
    answers = [
        {**given_[key].document(), **({"comment": comment} if key == "contract-01" else {})}
        for key in given_
        if key.split(".")[0] not in HIDDEN
    ]
    tab.run(f"({FILL})({json.dumps(answers)})")
    assert tab.run(open_) == 72 - len(HIDDEN)
    progress = tab.run("document.getElementById('progress').textContent")
    assert progress.startswith(f"{72 - len(HIDDEN)} of {72 - len(HIDDEN)} ")
    proof = folder / "dpa.pdf"
    proof.write_bytes(b"%PDF evidence \x00\xff")
    tab.choose("#q-contract-01 [data-part=file]", proof)
    tab.run(
        "(() => { const box = document.getElementById('q-contract-01');"
        " box.querySelector('[data-part=from]').value = '2026-01-01';"
        " box.querySelector('[data-part=until]').value = '2027-12-31';"
        " box.querySelector('[data-attach]').click(); })()"
    )
    until(tab, "document.querySelectorAll('#q-contract-01 .files li').length === 1")
    # What is wrong is named and nothing is saved.
    field = "document.querySelector('[data-id=abandon-01] input')"
    tab.run(f"{field}.value = 'lots'")
    tab.run("document.querySelector('[data-save]').click()")
    assert tab.run("document.getElementById('fault-list').textContent").startswith("abandon-01:")
    assert tab.run(f"{field}.getAttribute('aria-invalid')") == "true"
    tab.run(f"{field}.value = '2.4'")
    return _saved(tab)


def _saved(tab: Browser) -> bytes:
    tab.run("document.querySelector('[data-save]').click()")
    guid = tab.wait("Browser.downloadWillBegin")["guid"]
    tab.wait("Browser.downloadProgress", guid=guid, state="completed")
    (path,) = tab._folder.glob("answers-*.json")
    content = path.read_bytes()
    path.unlink()
    return content


def until(tab: Browser, condition: str) -> None:
    """Until it holds, looked at by the page itself."""
    tab.run(
        "new Promise((done) => { const look = () => "
        f"{condition} ? done(1) : setTimeout(look, 20); look(); }})"
    )


# What a file may say


def good(**changes: Any) -> dict[str, Any]:
    content = b"evidence"
    return {
        "schema": "rightsdesk.vendor-answers/1",
        "vendor": "vd-1",
        "questionnaire_sha256": base().sha256,
        "answers": [{"question": "contract-02", "value": "yes"}],
        "evidence": [
            {
                "questions": ["contract-02"],
                "name": "dpa.pdf",
                "valid_from": "2026-01-01",
                "valid_until": "2027-01-01",
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "content": base64.b64encode(content).decode(),
            }
        ],
        **changes,
    }


def with_file(**changes: Any) -> dict[str, Any]:
    (file,) = good()["evidence"]
    return good(
        evidence=[{key: value for key, value in {**file, **changes}.items() if value != "GONE"}]
    )


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (good(schema="rightsdesk.vendor-answers/2"), "answers.schema"),
        (good(vendor="vd-2"), "answers.vendor"),
        (good(vendor=None), "answers.vendor"),
        (good(questionnaire_sha256="0" * 64), "answers.questionnaire_sha256"),
        (good(score=100), "answers.score"),
        (
            good(answers=[{"question": "scope-04.separate_basis", "value": "recorded"}]),
            "scope-04.separate_basis",
        ),
        (
            good(answers=[{"question": "contract-02", "value": "yes", "weight": 5}]),
            "answers[1].weight",
        ),
        (good(evidence={}), "answers.evidence"),
        (good(evidence=[[]]), "evidence[1]"),
        (with_file(name="../../etc/passwd"), "evidence[1].name"),
        (with_file(questions=[]), "evidence[1].questions"),
        (with_file(questions=["scope-99"]), "evidence[1].questions"),
        (with_file(valid_until="2025-01-01"), "evidence[1].valid_until"),
        (with_file(valid_from="soon"), "evidence[1].valid_from"),
        (with_file(content="%%%"), "evidence[1].content"),
        (with_file(content=base64.b64encode(b"other!!!").decode()), "evidence[1].content"),
        (with_file(sha256="x" * 64, content="GONE"), "evidence[1].sha256"),
        (with_file(size_bytes=True), "evidence[1].size_bytes"),
        (with_file(size_bytes=10**12, content="GONE"), "evidence[1].size_bytes"),
        (with_file(verified=True), "evidence[1].verified"),
    ],
)
def test_a_file_that_is_wrong_in_one_thing_is_refused_by_name(
    document: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadFacts) as refused:
        received.read(base(), json.dumps(document).encode(), "vd-1")
    assert refused.value.what == field
    assert "Nothing was" in str(refused.value.next)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff", b"{" * 10_000, b'{"a": 1, "a": 2}', b"1" * 5_000, b'{"schema": NaN'],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        received.read(base(), content, "vd-1")


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["questions", "name", "content", "sha256", "question", "value", "size_bytes"]
                )
                | st.text(max_size=5),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_a_file_gives_a_value_or_our_own_error(anything: Any) -> None:
    for document in (
        anything,
        good(answers=anything),
        good(evidence=anything),
        with_file(content=anything),
        good(answers=[anything]),
        good(evidence=[anything]),
    ):
        with contextlib.suppress(RightsdeskError):
            received.read(base(), json.dumps(document).encode(), "vd-1")


def test_a_wrong_file_saves_nothing_and_one_that_came_apart_is_found_by_its_digest(
    made: MadeDesk,
) -> None:
    vendor = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None)
    apart = with_file(content="GONE") | {"vendor": vendor.id}
    wrong = {
        **apart,
        "answers": [*apart["answers"], {"question": "contract-03", "value": "perhaps"}],
    }
    with pytest.raises(BadFacts):
        received.take(made.desk, made.dpo, vendor.id, json.dumps(wrong).encode())
    assert answering.read(made.desk, made.dpo, vendor.id) == {}
    content = json.dumps(apart).encode()
    taken = received.take(made.desk, made.dpo, vendor.id, content, {"0" * 64: b"other"})
    digest = hashlib.sha256(b"evidence").hexdigest()
    assert (taken.questions, taken.evidence, taken.awaited) == (("contract-02",), (), (digest,))
    taken = received.take(made.desk, made.dpo, vendor.id, content, {digest: b"evidence"})
    assert (taken.questions, len(taken.evidence), taken.awaited) == ((), 1, ())
    with made.desk.reading() as db:
        assert answering.sources(db, vendor.id)["contract-02"][0] == "form"
