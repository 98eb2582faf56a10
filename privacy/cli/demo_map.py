"""The demo's data map, and a signed impact assessment of its calls: made up, and said to be."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

from privacy.cli.demo_desk import DemoDesk
from privacy.datamap import store as maps
from privacy.datamap.assessments import store

FILE = "retail.toml"
OPEN_DIGEST = "0" * 64
SAMPLE_REVIEW = "review_on = 2027-11-20"
REVIEW_AFTER_DAYS = 365


def keep(demo: DemoDesk) -> str:
    """Accept the sample map, write its assessment, sign it, and name it in the map; its id.

    The handler writes; the data protection officer advises and signs, as the second person.
    """
    desk = demo.desk
    retail = files("privacy.datamap").joinpath(FILE).read_text("utf-8")
    digest = maps.begin(desk, demo.handler, FILE, retail.encode()).digest
    sample = files("privacy.datamap.assessments").joinpath("sample.toml").read_text("utf-8")
    day = store.today(desk) + timedelta(days=REVIEW_AFTER_DAYS)
    text = sample.replace(OPEN_DIGEST, digest).replace(
        SAMPLE_REVIEW, f"review_on = {day.isoformat()}"
    )
    made = store.new(desk, demo.handler, text)
    store.advise(desk, demo.dpo, made, "for_with_conditions", "Lists must be gone by January.")
    store.sign(desk, demo.dpo, made, store.one(desk, made).digest)
    named = retail.replace('dpia = "needed"', f'dpia = "done"\nassessment = "{made}"')
    maps.replace_file(desk, demo.handler, FILE, named.encode())
    return made
