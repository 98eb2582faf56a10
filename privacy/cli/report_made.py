"""What a kind of report is made from: its data, and the files that the data speak of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.desk import Desk


@dataclass(frozen=True)
class Gathered:
    """Data of a report in the form of its module, and its annexes by file name."""

    data: dict[str, Any]
    annexes: Mapping[str, bytes] = field(default_factory=dict)


def parties(desk: Desk) -> dict[str, Any]:
    """Marker, controller and data protection officer, as every report has them."""
    controller = desk.config.controller
    return {
        "marker": {
            "demo_desk": desk.config.demo,
            "simulator": False,
            "simulated_clock": desk.clock.simulated,
        },
        "controller": contact(controller.name, controller.contact),
        "dpo": contact("Data protection officer", controller.dpo_contact),
    }


def contact(name: str, line: str = "") -> dict[str, Any]:
    """Who to write to, from one line of settings: parts after commas are the address."""
    parts = [part.strip() for part in line.split(",") if part.strip()]
    mail = [part for part in parts if re.fullmatch(r"\S+@\S+", part)]
    return {
        "name": name,
        "address": [part for part in parts if part not in mail and part != name],
        "email": mail[0] if mail else "",
        "phone": "",
        "website": "",
    }
