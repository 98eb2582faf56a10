"""The law of calls for commands that judge: apart from those that dial, which load a server."""

from __future__ import annotations

from privacy.gateway.decide import Law


def the_law() -> Law:
    """The law of calls as it is in the packs."""
    from privacy.law import calling

    return calling.answer
