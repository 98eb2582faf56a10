"""The JSON Schema of each kind says the same as the form that the renderer asks for."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from privacy.errors import BadFacts
from privacy.terms import Language
from reports import letter
from reports.json_schema import schema_of
from reports.render import KINDS, report_of
from tests.reports.examples import example
from tests.rights.letters import papers

FOLDER = Path(letter.__file__).parent / "schemas"
ALL: dict[str, ModuleType] = {**{kind: report_of(kind) for kind in KINDS}, "letter": letter}


def data_of(kind: str) -> dict[str, Any]:
    if kind == "letter":
        return papers.data("extension", "EU_GDPR", Language.ENGLISH)
    return example(kind)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_the_schema_on_file_is_the_one_of_the_form_and_takes_its_data(kind: str) -> None:
    on_file = json.loads((FOLDER / f"{kind}.json").read_text())
    assert on_file == schema_of(ALL[kind]), "python -m tests.reports.catalogue writes it"
    jsonschema.Draft202012Validator.check_schema(on_file)
    jsonschema.validate(data_of(kind), on_file)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_form_and_schema_refuse_the_same_data(kind: str) -> None:
    report, validator = ALL[kind], jsonschema.Draft202012Validator(schema_of(ALL[kind]))
    for key in data_of(kind):
        wrongs: list[Any] = [None, 7.5, [[]], {"x": 1}]
        for wrong in wrongs:
            data = {**data_of(kind), key: wrong}
            if validator.is_valid(data):
                report.checked(data)
                continue
            with pytest.raises(BadFacts):
                report.checked(data)
    for data in ({**data_of(kind), "more": 1}, {}):
        assert not validator.is_valid(data)
        with pytest.raises(BadFacts):
            report.checked(data)
