"""Parts that several reports share in their input documents."""

from __future__ import annotations

from typing import TypedDict


class Contact(TypedDict):
    """Who to write to: the controller, its data protection officer, an authority.

    `address` holds the lines of a postal address; texts may be empty.
    """

    name: str
    address: list[str]
    email: str
    phone: str
    website: str


class Marker(TypedDict):
    """What a reader must know before he believes a figure; all False on a real desk."""

    demo_desk: bool
    simulator: bool
    simulated_clock: bool


def marker_line(marker: Marker) -> str:
    """The line that stands on every page of a document that is not about real events."""
    said = []
    if marker["demo_desk"]:
        said.append("demo desk with made-up people")
    if marker["simulator"]:
        said.append("calls by the simulator, nobody was called")
    if marker["simulated_clock"]:
        said.append("simulated clock")
    return f"DEMONSTRATION: {'; '.join(said)}" if said else ""
