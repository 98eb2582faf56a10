"""Three hundred people who do not exist, for `rightsdesk demo`.

Numbers come from the ranges set aside for fiction: North America 555-01xx,
London 020 7946 0xxx (Ofcom), Berlin 030 23125 xxx (Bundesnetzagentur), France
01 99 00 xx xx (Arcep). E-mail addresses are under example.com, .net and .org
(RFC 2606). The same seed makes the same people.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from io import StringIO

PEOPLE = 300
FIRST = tuple(
    """
    Ada Ben Cleo Dario Edith Femi Greta Hugo Ines Jonas Karim Leila Milan Nadia Oscar Paula
    Quentin Rosa Samir Tilda Ugo Vera Wanda Xenia Yusuf Zora Amélie Björn Chloé Jürgen
    """.split()  # noqa: SIM905 - reads better than thirty quoted names
)
LAST = tuple(
    """
    Adler Bellamy Castell Dray Eastwick Fenwick Garland Hollis Ivarsson Jardine Kestrel Lomax
    Merrow Norcross Ostler Pemberley Quillfeather Ravensworth Sallow Thistlewood Underhill Vexley
    Wetherby Yarrow Zeller Müllerin Lefèvre Österwind Grünewald Béranger
    """.split()  # noqa: SIM905 - reads better than thirty quoted names
)
STREETS = ("Alder", "Beech", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")
HEADER = (
    "First Name",
    "Last Name",
    "Email",
    "Phone",
    "Street",
    "City",
    "State",
    "Postal Code",
    "Country",
)


@dataclass(frozen=True)
class Place:
    """Where a share of the people lives. `prefix` is completed by `digits` digits."""

    country: str
    state: str
    city: str
    postal_code: str
    prefix: str
    digits: int
    share: int


PLACES = (
    Place("US", "NY", "New York", "10001", "+121255501", 2, 30),
    Place("US", "FL", "Miami", "33130", "+130555501", 2, 30),
    Place("US", "TX", "Austin", "78701", "+151255501", 2, 30),
    Place("US", "CA", "San Francisco", "94103", "+141555501", 2, 40),
    Place("GB", "", "London", "SW1A 1AA", "+4420794600", 2, 50),
    Place("DE", "", "Berlin", "10115", "+493023125", 3, 70),
    Place("FR", "", "Paris", "75001", "+331990000", 2, 40),
    Place("CA", "ON", "Toronto", "M5V 2T6", "+141655501", 2, 10),
)


@dataclass(frozen=True)
class DemoPerson:
    """One row of the demo's contact list."""

    given: str
    family: str
    email: str
    phone: str
    street: str
    place: Place


def people(seed: int = 1) -> list[DemoPerson]:
    """The people, in a fixed order for a seed."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets: the same people each time
    found: list[DemoPerson] = []
    for place in PLACES:
        endings = chance.sample(range(10**place.digits), place.share)
        for ending in endings:
            given, family = chance.choice(FIRST), chance.choice(LAST)
            domain = chance.choice(("example.com", "example.net", "example.org"))
            found.append(
                DemoPerson(
                    given,
                    family,
                    f"person{len(found) + 1:03d}@{domain}",
                    f"{place.prefix}{ending:0{place.digits}d}",
                    f"{chance.randint(1, 199)} {chance.choice(STREETS)} Street",
                    place,
                )
            )
    return found


def as_csv(rows: list[DemoPerson]) -> str:
    """The contact list as a CSV; three rows at its end hold no number, as real lists do."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for person in rows:
        place = person.place
        writer.writerow(
            (
                person.given,
                person.family,
                person.email,
                person.phone,
                person.street,
                place.city,
                place.state,
                place.postal_code,
                place.country,
            )
        )
    for nothing in ("0", "+1", "911"):
        writer.writerow(("", "", "", nothing, "", "", "", "", ""))
    return text.getvalue()
