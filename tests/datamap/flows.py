"""Data maps and assessments of tests: accepted, written, advised on."""

from __future__ import annotations

from pathlib import Path

from privacy.actors import Actor
from privacy.datamap import store as maps
from privacy.datamap.assessments import store
from tests.desks import MadeDesk

HERE = Path(__file__).parent
KAUFHAUS = (HERE / "kaufhaus.toml").read_bytes()
OPEN_DIGEST = "0" * 64
GOOD = {"position": "for", "words": "The measures suffice."}


def accepted(made: MadeDesk, content: bytes = KAUFHAUS, by: Actor | None = None) -> str:
    """Accept a map of one file; the digest of the version."""
    return maps.replace_file(made.desk, by or made.handler, "kaufhaus.toml", content).digest


def written(made: MadeDesk, name: str = "dpia", by: Actor | None = None) -> str:
    """An accepted map and an assessment of it that is whole; its id."""
    digest = accepted(made)
    text = (HERE / f"{name}.toml").read_text("utf-8").replace(OPEN_DIGEST, digest)
    return store.new(made.desk, by or made.handler, text)


def advised(made: MadeDesk, name: str = "dpia", position: str = "for") -> str:
    """The same, and the data protection officer has advised on it."""
    made_id = written(made, name)
    store.advise(made.desk, made.dpo, made_id, position, "The measures suffice.")
    return made_id
