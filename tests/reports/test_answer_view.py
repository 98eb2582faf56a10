"""The access answer as a page: opens in a browser from a file, asks for nothing, runs nothing."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import BadFacts
from reports import access_answer, wording
from reports.answer_view import view
from tests.needed import need
from tests.reports.examples import ACCESS

TAGS = (
    "html head meta title style body main h1 h2 h3 p div nav ul li a table thead tbody tr th td"
    " bdi br strong code footer"
)
PAYLOADS = (
    "<script>document.title='pwned'</script>",
    "<img src='{base}/img' onerror=\"document.title='pwned'\">",
    "</style><style>*{{background:url({base}/css)}}</style>",
    '"><link rel=stylesheet href={base}/link><iframe src={base}/frame></iframe>',
    "</title><meta http-equiv=refresh content='0;url={base}/refresh'>",
    "<svg onload=\"fetch('{base}/fetch')\"><base href={base}/>",
    "{{{{ 7 * 191 }}}}{{% raw %}}{{{{ data }}}}",
    "line\r\nbreak\u2028\u202eover\u2066x",
    "javascript:alert(1)",
)


def injected(base: str) -> dict[str, Any]:
    """The example with every payload in every text that may be anything."""
    data = copy.deepcopy(ACCESS)
    data["language"] = "en"
    payload = " ".join(each.format(base=base) for each in PAYLOADS)
    _inject(data, data, payload)
    return data


def _inject(root: dict[str, Any], node: Any, payload: str) -> int:
    changed = 0
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(value, dict | list):
            changed += _inject(root, value, payload)
        elif isinstance(value, str):
            node[key] = f"{value} {payload}"
            try:
                access_answer.checked(root)
                changed += 1
            except BadFacts:
                node[key] = value
    return changed


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs


def tags(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    return parser


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that should never be asked anything, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def browsed(page: Path, folder: Path) -> tuple[str, str]:
    """The page as the browser has it after loading, and what its console said."""
    program = shutil.which("chromium")
    need(program is not None, "chromium is missing")
    assert program is not None
    done = subprocess.run(
        [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-extensions",
            "--no-first-run",
            f"--user-data-dir={folder / 'profile'}",
            "--enable-logging=stderr",
            "--virtual-time-budget=2000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-500:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, "\n".join(console)


@pytest.mark.serial
def test_a_browser_asks_for_nothing_and_runs_nothing(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    base, asked = listener
    page = tmp_path / "answer.html"
    page.write_bytes(view(injected(base)))
    shown, console = browsed(page, tmp_path)
    assert asked == []
    assert console == "", "no violation of its own policy, no error"
    assert "<title>Answer to your request for access" in shown
    assert set(tags(shown).seen).isdisjoint({"script", "img", "link", "iframe", "svg", "base"})
    # The same payload without the policy and the escaping does ask: the listener hears.
    hostile = tmp_path / "hostile.html"
    hostile.write_text(" ".join(each.format(base=base) for each in PAYLOADS[:2]))
    shown, _ = browsed(hostile, tmp_path)
    assert asked
    assert "pwned" in shown


def test_what_is_injected_in_any_field_stays_text() -> None:
    page = view(injected("http://127.0.0.1:9")).decode()
    found = tags(page)
    assert set(found.seen) <= set(TAGS.split())
    names = {name for name, _ in found.attributes}
    assert not any(name.startswith("on") or name in ("style", "src") for name in names)
    assert {value for name, value in found.attributes if name == "href"} == {
        f"#s{n}" for n in range(1, 13)
    }
    assert "1337" not in page, "no template ran"
    assert "\u202e" not in page
    assert "\u2028" not in page
    assert "[U+202E]" in page
    assert found.seen.count("style") == 1
    assert found.seen.count("meta") == 4


def test_the_policy_forbids_everything_but_the_page_s_own_style() -> None:
    metas = r'<meta (?:http-equiv|name)="([\w-]+)" content="([^"]+)"'
    found = dict(re.findall(metas, view(_en()).decode()))
    policy = found["Content-Security-Policy"].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert found["referrer"] == "no-referrer"


def _en() -> dict[str, Any]:
    return {**ACCESS, "language": "en"}


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_page_has_headings_in_order_tables_with_heads_and_its_language(language: str) -> None:
    page = view({**ACCESS, "language": language}).decode()
    assert f'<html lang="{language}">' in page
    levels = [int(tag[1]) for tag in tags(page).seen if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in re.findall(r"<table>(.*?)</table>", page, re.DOTALL):
        assert 'scope="' in table
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_language_has_every_word_with_the_same_values(language: str) -> None:
    english, other = wording.words("en"), wording.words(language)
    fields = re.compile(r"\{(\w+)\}")
    assert other._words.keys() == english._words.keys()
    for key, text in english._words.items():
        assert sorted(fields.findall(text)) == sorted(fields.findall(other._words[key])), key
    assert other._counts.keys() == english._counts.keys()
    german = wording.words("de")
    if language != "en":
        assert other._codes.keys() == german._codes.keys()
        assert other._says.keys() == german._says.keys()
        assert [p.pattern for p, _ in other._patterns] == [p.pattern for p, _ in german._patterns]
        for (pattern, text), _ in zip(other._patterns, german._patterns, strict=True):
            assert set(fields.findall(text)) <= set(pattern.groupindex)


def test_a_language_that_is_not_known_reads_english() -> None:
    assert wording.words("xx").language == "en"
