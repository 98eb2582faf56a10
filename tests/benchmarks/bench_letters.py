"""Letters a minute: composed, as mail, and as PDF in two processes.

Every letter has other facts; kinds, laws and languages go round. A PDF is PDF/A-3a with
its data attached. Processes are spawned, as they would be for a print run; what they load
first is timed apart.
Run: `.venv/bin/python -m tests.benchmarks bench_letters`.
"""

from __future__ import annotations

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import cycle, islice
from multiprocessing import get_context

import pikepdf

from privacy.rights.letters import catalogue, compose, printing, sample
from privacy.rights.letters.store import Addressee
from privacy.rights.letters.text import LetterText
from privacy.rights.letters.words import READY, words_of
from privacy.settings import Controller, DeskConfig
from privacy.terms import Language
from reports import mass
from reports.mass import Letter, letter_pdf
from reports.render import PLAIN

LETTERS = 200
COMPOSED = 4000
PROCESSES = 2
KINDS = ("acknowledgement", "extension", "refusal", "erasure_confirmation", "access_answer")
LAWS = ("EU_GDPR", "UK_GDPR", "US_CA", "US_VA")
ON = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
TO = Addressee("Kim Sample", "", ("Birkenweg 4", "20095 Hamburg"))
CONFIG = DeskConfig(
    "d-x",
    controller=Controller(
        name="Example Retail", contact="privacy@example.com", address="Musterstraße 1;10115 Berlin"
    ),
)
Wanted = tuple[int, str, str, str]


def wanted(count: int) -> list[Wanted]:
    """What to write: number, kind, law, language."""
    every = [(kind, law, lang.value) for kind in KINDS for law in LAWS for lang in READY]
    return [(number, *each) for number, each in enumerate(islice(cycle(every), count))]


def text(one: Wanted) -> LetterText:
    number, kind, law, language = one
    found, words = catalogue.catalogue(), words_of(Language(language))
    facts = sample.facts(found, words, law, ON, "DE-BE")
    facts.update(reference=f"rq-{number}", person_name=f"Kim Sample {number}")
    return compose.compose(kind, law, facts, words, found)


def twice(one: LetterText) -> LetterText:
    """The letter with its paragraphs again and again, until it fills two pages."""
    return replace(one, paragraphs=one.paragraphs * 3)


def pdf(one: Wanted) -> tuple[int, float]:
    """Bytes of one letter's PDF, and the processor's time for it in seconds."""
    began = time.process_time()
    made = letter_pdf(Letter(printing.data_of(CONFIG, text(one), TO), AT, PLAIN))
    return len(made), time.process_time() - began


def pages_of(pdf_bytes: bytes) -> int:
    with pikepdf.Pdf.open(BytesIO(pdf_bytes)) as opened:
        return len(opened.pages)


def run_mass() -> None:
    """Two-page letters by the pool that a print run takes, opened to the last file."""
    texts = [twice(text(one)) for one in wanted(LETTERS)]
    tasks = [
        (str(n), Letter(printing.data_of(CONFIG, each, TO), AT, PLAIN))
        for n, each in enumerate(texts)
    ]
    list(mass.made(letter_pdf, tasks[:40]))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    made = [each.content for each in mass.made(letter_pdf, tasks)]
    took_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    pages = sum(pages_of(each) for each in made if each) / len(made)
    print(
        f"letters of {pages:.1f} pages by the pool, start included: "
        f"{len(made) / took_s * 60:,.0f} a minute; {cpu_s / len(made) * 1000:.0f} ms of a core "
        f"each, or {60 * mass.PROCESSES / (cpu_s / len(made)):,.0f} a minute on two idle cores; "
        f"{after.ru_maxrss / 1024:.0f} MiB a process"
    )


def run() -> None:
    list(map(text, wanted(len(KINDS) * len(LAWS) * len(READY))))
    began = time.perf_counter()
    mails = [text(one).mail() for one in wanted(COMPOSED)]
    took_s = time.perf_counter() - began
    print(f"letters as mail, one core: {len(mails) / took_s * 60:,.0f} a minute")
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
    with pool:
        list(pool.map(pdf, wanted(40), chunksize=5))
        began = time.perf_counter()
        made = list(pool.map(pdf, wanted(LETTERS), chunksize=10))
        took_s = time.perf_counter() - began
    each_kib = sum(size for size, _ in made) / len(made) / 1024
    each_ms = sum(cpu_s for _, cpu_s in made) / len(made) * 1000
    print(
        f"letters of one page, {PROCESSES} processes: {len(made) / took_s * 60:,.0f} a minute, "
        f"{each_kib:.0f} KiB and {each_ms:.0f} ms of a processor each"
    )
    run_mass()


if __name__ == "__main__":
    run()
