"""What turns WeasyPrint's PDF/A-3a into one that is PDF/UA-1 as well, and reads better.

WeasyPrint writes one standard a file, so the second is declared here, with the
extension schema that PDF/A asks for. The finisher then gives table heads their
scope, takes page headers and footers out of the spoken text, and names each
attachment once. Importing this module loads WeasyPrint.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import pydyf

UA_IDENTIFICATION = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that this file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def declare_ua(metadata: Any) -> None:
    """Make WeasyPrint's metadata name PDF/UA-1 inside the same RDF block as PDF/A-3a.

    The block is written plain, so that a program that knows no PDF finds it.
    """
    plain, include = metadata.generate_rdf_metadata, metadata.include_in_pdf

    def with_ua(self: Any, variant: str, version: int, conformance: str) -> bytes:
        block: bytes = plain(variant, version, conformance)
        head, end, rest = block.rpartition(b"</rdf:RDF>")
        return head + UA_IDENTIFICATION + end + rest

    metadata.generate_rdf_metadata = MethodType(with_ua, metadata)
    metadata.include_in_pdf = lambda *given: include(*given[:-1], False)


def finish(document: Any, pdf: Any) -> None:
    """WeasyPrint's finisher: mend the tags and the list of attachments before writing."""
    _name_attachments_once(pdf)
    reached = _give_scope(pdf)
    _make_furniture_artifacts(pdf, reached)
    _map_every_glyph(pdf)


def _map_every_glyph(pdf: Any) -> None:
    """Give a glyph without a character of its own one that is neither seen nor spoken.

    A letter of Arabic may be drawn as two glyphs, a body and its dots; the body stands for the
    letter, and WeasyPrint maps the other one to nothing, which PDF/A does not allow (ISO
    19005-3, 6.2.11.7). A zero-width joiner does not part the word.
    """
    for found in pdf.objects:
        stream = getattr(found, "stream", None)
        if isinstance(stream, list) and b"begincmap" in stream:
            found.stream = [
                line[:-2] + b"<200d>" if isinstance(line, bytes) and line.endswith(b" <>") else line
                for line in stream
            ]


def _name_attachments_once(pdf: Any) -> None:
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _object(pdf: Any, reference: Any) -> Any:
    """The object that `12 0 R` names."""
    return pdf.objects[int(str(_text(reference)).split()[0])]


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def _give_scope(pdf: Any) -> set[int]:
    """Set the scope of each table head; return the numbers of all elements in the tree."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    reached: set[int] = set()
    waiting = [(_object(pdf, kid), "") for kid in root["K"]]
    while waiting:
        element, group = waiting.pop()
        reached.add(element.number)
        kind = element.get("S", "")
        if kind in ("/THead", "/TBody"):
            group = kind
        if kind == "/TH":
            element["A"]["Scope"] = "/Column" if group == "/THead" else "/Row"
        for kid in element.get("K", ()):
            if not isinstance(kid, int):
                waiting.append((_object(pdf, kid), group))
    return reached


def _make_furniture_artifacts(pdf: Any, reached: set[int]) -> None:
    """Marked content that hangs on no element of the tree is page furniture: say so."""
    tree = _object(pdf, _object(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])
    slots_of = dict(zip(tree["Nums"][::2], tree["Nums"][1::2], strict=True))
    for reference in pdf.pages["Kids"][::3]:
        page = pdf.objects[reference]
        slots = slots_of[page["StructParents"]]
        loose = {
            index for index, slot in enumerate(slots) if int(_text(slot).split()[0]) not in reached
        }
        for index in loose:
            slots[index] = "null"
        _rewrite(_object(pdf, page["Contents"]).stream, loose)


def _rewrite(stream: list[Any], loose: set[int]) -> None:
    """Turn the marks of the given content ids into pagination artifacts."""
    for index, operator in enumerate(stream):
        if operator != b"BDC" or index < 2:
            continue
        properties = stream[index - 1]
        if isinstance(properties, dict) and properties.get("MCID") in loose:
            stream[index - 2] = "/Artifact"
            stream[index - 1] = pydyf.Dictionary({"Type": "/Pagination"})
