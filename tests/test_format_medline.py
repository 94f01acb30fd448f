"""PubMed's text format: the same record as PubMed's XML gives, from every entry of every real export."""

from __future__ import annotations

import gzip
import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exports.medline import entry_of
from ingest.formats.medline import looks_like_medline, read_medline
from ingest.formats.pubmed_xml import read_pubmed_xml
from ingest.formats.ris import looks_like_ris
from ingest.record import Link, Record, Unreadable
from tests.shared_data import shared

FOLDER = "data/citation_exports/files"


def items(text: str | bytes) -> list[Record | Unreadable]:
    return list(read_medline(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def record(body: str, pmid: str = "1") -> Record:
    (one,) = items(f"PMID- {pmid}\nTI  - A title.\n{body}\nSO  - J. 2000.\n")
    assert isinstance(one, Record)
    return one


def content(name: str) -> bytes:
    data = shared(f"{FOLDER}/{name}").read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


COUNTS = {
    "biopython__pubmed_result1.txt": 1,
    "biopython__pubmed_result2.txt": 4,
    "biopython__pubmed_result3.txt": 1,
    "jabref__MedlinePlainImporterTestDOI.txt": 1,
    "jabref__MedlinePlainImporterTestMultipleEntries.txt": 7,  # two of them without a PMID, apart by a blank line
    "jabref__NbibImporterTest.nbib": 1,
    "revtools__restoration_pubmed.nbib.gz": 104,
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_entry_of_a_real_export_is_a_record(name: str) -> None:
    data = content(name)
    found = items(data)
    assert [type(item) for item in found] == [Record] * COUNTS[name]
    text = data.decode()
    marked = re.findall(r"(?m)^PMID ?- ?(\d+)", text)
    assert [item.pmid for item in found if isinstance(item, Record) and item.pmid] == marked
    assert all(item.raw in text for item in found)
    assert [item.position for item in found] == list(range(1, len(found) + 1))
    assert looks_like_medline(text[:65536])


def test_ris_that_quotes_a_line_of_pubmed_is_ris() -> None:
    text = "TY  - JOUR\nTI  - A\nN1  - taken from\nPMID- 12\nER  - \n"
    assert not looks_like_medline(text)
    assert looks_like_ris(text)
    assert looks_like_medline("\ufeff\n\nPMID- 12\nTI  - A\n")
    assert looks_like_medline("FAU - Doe, J\nOWN - NLM\nSTAT- MEDLINE\n")


def test_no_title_abstract_author_or_identifier_of_a_real_export_is_lost() -> None:
    text = content("revtools__restoration_pubmed.nbib.gz").decode()
    found = [item for item in items(text) if isinstance(item, Record)]
    assert not any(item.notes for item in found)
    for item, raw in zip(found, re.split(r"\n\n+(?=PMID)", text.strip()), strict=True):
        unwrapped = raw.replace("\n      ", " ")

        def printed(tag: str, entry: str = unwrapped) -> list[str]:
            return [re.sub(r"\s+", " ", value).strip() for value in re.findall(rf"(?m)^{tag:4}- (.*)$", entry)]

        assert [item.title] == printed("TI")
        assert item.abstract.replace("\n", " ") == "".join(printed("AB"))
        assert sorted(item.authors) == sorted([name.replace(", ", " ") for name in printed("FAU")] + printed("CN"))
        assert [item.journal] == printed("JT")
        assert [item.published] == printed("DP")
        assert list(item.mesh) == printed("MH")
        assert list(item.keywords) == list(dict.fromkeys(word.lstrip("*") for word in printed("OT")))
        assert list(item.publication_types) == printed("PT")
        assert item.doi == next(
            (i.removesuffix(" [doi]").lower() for i in printed("AID") if i.endswith("[doi]")), item.doi
        )
        assert [item.pmcid] == (printed("PMC") or [None])


SAMPLES: dict[tuple[str, int], dict[str, Any]] = {
    ("biopython__pubmed_result1.txt", 1): {
        "pmid": "12230038",
        "title": "The Bio* toolkits--a brief overview.",
        "authors": ("Mangalam Harry",),
        "journal": "Briefings in bioinformatics",
        "published": "2002 Sep",
        "volume": "3",
        "issue": "3",
        "pages": "296-302",
        "mesh": (
            *(
                "*Computational Biology",
                "Computer Systems",
                "Humans",
                "Internet",
                "*Programming Languages",
                "*Software",
            ),
            "User-Computer Interface",
        ),
        "language": ("eng",),
    },
    ("biopython__pubmed_result3.txt", 1): {
        "pmid": "23039619",
        "doi": "10.1118/1.4748329",
        "pages": "5795-813",
    },
    ("jabref__NbibImporterTest.nbib", 1): {
        "authors": ("Shruthi Basavaradhya Sahukar", "Vinodhkumar Palani", "Selvamani", "corporater"),
        "original_title": "title that is transliterated",
        "keywords": ("Biomarkers", "electrophoresis", "neoplasia", "spectrometry", "translation"),
        "doi": "10.4103/2277-9175.180636",
        "pages": "67",
    },
    ("jabref__MedlinePlainImporterTestMultipleEntries.txt", 1): {
        "notes": ("text after the entry that belongs to no field: 'This line should be omitted by the importer.'",),
        "pmcid": "PMC4513071",
    },
    ("jabref__MedlinePlainImporterTestMultipleEntries.txt", 2): {
        "source": "medline",
        "pmid": None,
        "authors": ("Some Editor", "Some test data"),
        "links": (
            Link(type="CommentOn", citation="First Comment"),
            Link(type="CommentIn", citation="Different Comment"),
        ),
    },
}


@pytest.mark.parametrize(("name", "position"), SAMPLES)
def test_a_real_entry_has_the_fields_that_a_person_reads_in_it(name: str, position: int) -> None:
    found = items(content(name))[position - 1]
    assert {field: getattr(found, field) for field in SAMPLES[name, position]} == SAMPLES[name, position]


def test_a_structured_abstract_has_a_paragraph_for_each_label() -> None:
    (found,) = items(content("biopython__pubmed_result3.txt"))
    assert isinstance(found, Record)
    labels = [paragraph.partition(":")[0] for paragraph in found.abstract.split("\n")]
    assert labels == ["PURPOSE", "METHODS", "RESULTS", "CONCLUSIONS"]


# --------------------------------------------------------------------------------------------- agreement with the XML


def test_records_of_pubmeds_xml_say_the_same_as_text_but_for_what_the_text_lacks() -> None:
    """No record is here in both kinds of file; so each of the XML is written as PubMed prints it, without our tag."""
    with shared("data/pubmed_xml_samples/efetch_2025_set.xml.gz").open("rb") as file:
        wanted = [item for item in read_pubmed_xml(file) if isinstance(item, Record)]
    assert len(wanted) == 77
    lacking = {"version", "notes"}
    for one in wanted:
        text = re.sub(r"XWB - .*\r\n", "", entry_of(one))
        (back,) = items(text)
        assert isinstance(back, Record)
        assert back.key == one.key
        for field, value in one.as_dict().items():
            if field == "abstract":
                assert back.abstract.replace("\n", " ") == one.abstract.replace("\n", " ")
            elif field == "links":
                assert [link.type for link in back.links] == [link.type for link in one.links]
                assert [link.pmid for link in back.links] == [link.pmid for link in one.links]
            elif field not in lacking:
                assert back.as_dict()[field] == value, (one.pmid, field)


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        *(("CIN", "CommentIn"), ("CON", "CommentOn"), ("EIN", "ErratumIn"), ("EFR", "ErratumFor")),
        *(("RIN", "RetractionIn"), ("ROF", "RetractionOf"), ("RPI", "RepublishedIn"), ("RPF", "RepublishedFrom")),
        *(
            ("UIN", "UpdateIn"),
            ("UOF", "UpdateOf"),
            ("ECI", "ExpressionOfConcernIn"),
            ("ECF", "ExpressionOfConcernFor"),
        ),
        *(("CRI", "CorrectedandRepublishedIn"), ("PRIN", "PartialRetractionIn"), ("SPIN", "SummaryForPatientsIn")),
        *(("RRI", "RetractedandRepublishedIn"), ("ORI", "OriginalReportIn")),
    ],
)
def test_a_link_has_pubmeds_type_the_citation_and_the_pmid(tag: str, kind: str) -> None:
    found = record(
        f"{tag:4}- Lancet. 2020 Feb 8;395(10222):391-393. doi: 10.1016/S0140-6736(20)30300-7. PMID:\n      32035533"
    )
    citation = "Lancet. 2020 Feb 8;395(10222):391-393. doi: 10.1016/S0140-6736(20)30300-7."
    assert found.links == (Link(type=kind, pmid="32035533", citation=citation),)
    assert found.retracted == (tag == "RIN")
    assert found.retraction_notice == (tag == "ROF")


def test_a_link_without_a_pmid_keeps_its_citation() -> None:
    assert record("RIN - J Pain. 2020 Feb;3(1):39").links == (
        Link(type="RetractionIn", citation="J Pain. 2020 Feb;3(1):39"),
    )
    assert record("EIN - J Pain. 2020 Feb;3(1):39. PMID: 5").links[0].citation == "J Pain. 2020 Feb;3(1):39"


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("PT  - Retracted Publication", "retracted", True),
        ("PT  - Retraction of Publication", "retraction_notice", True),
        ("PT  - Retraction Notice", "retraction_notice", True),
        ("FAU - van der Berg, Pieter\nAU  - van der Berg P", "authors", ("van der Berg Pieter",)),
        ("AU  - Smith JA\nAU  - Doe B", "authors", ("Smith JA", "Doe B")),
        ("FAU - Smith, John A Jr\nAU  - Smith JA Jr\nCN  - Pain, Work and Health Group", "authors",
         ("Smith John A Jr", "Pain, Work and Health Group")),
        ("FAU - Wang, Y\nAU  - Wang Y\nFAU - Wang, Y\nAU  - Wang Y", "authors", ("Wang Y", "Wang Y")),
        ("CN  - First Group\nFAU - Doe, B\nAU  - Doe B", "authors", ("First Group", "Doe B")),
        ("FIR - Investigator, An\nIR  - Investigator A", "authors", ()),
        ("FED - Editor, An\nED  - Editor A", "authors", ("Editor An",)),
        ("LID - e12 [pii]\nLID - 10.1000/ABC [doi]", "pages", "e12"),
        ("LID - e12 [pii]\nLID - 10.1000/ABC [doi]", "doi", "10.1000/abc"),
        ("DEP - 20190305", "year", 2019),
        ("DP  - 1998 Dec-1999 Jan", "year", 1998),
        ("DP  - 1998 Dec-1999 Jan", "published", "1998 Dec-1999 Jan"),
        ("OT  - *Pain\nOT  - pain relief", "keywords", ("Pain", "pain relief")),
        ("SI  - ClinicalTrials.gov/NCT01796392\nSI  - GENBANK/AF123456", "registry_ids", ("NCT01796392",)),
        ("AB  - UNLABELLED: Just text.", "abstract", "Just text."),
        ("OAB - Publisher: Abstract available from the publisher.", "abstract", ""),
        ("OAB - Publisher: A text.\nOABL- eng", "abstract", "A text."),
        ("OAB - Publisher: Ein Text.\nOABL- ger", "abstract", ""),
        ("AB  - one\n      IL-6 - two\n      TI  - three", "abstract", "one IL-6 - two TI - three"),
        ("AB  - lost its indentation\nIL-6 is here", "abstract", "lost its indentation IL-6 is here"),
    ],
)  # fmt: skip
def test_a_tag_fills_its_field(body: str, field: str, value: object) -> None:
    assert getattr(record(body), field) == value


def test_a_title_that_is_not_available_gives_way_to_the_original() -> None:
    (one,) = items("PMID- 1\nTI  - [Not Available].\nTT  - Schmerz\n")
    assert isinstance(one, Record)
    assert (one.title, one.original_title) == ("Schmerz", "Schmerz")


def test_an_entry_with_a_pmid_is_a_pubmed_record_and_two_copies_have_one_key() -> None:
    first, second = items("PMID- 0012\nTI  - A\n\nPMID- 12\nTI  - A\n")
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.key == second.key == "pubmed:12"


# ----------------------------------------------------------------------------------------------------- damaged files

WHOLE = "PMID- {0}\nTI  - Title {0}\nDP  - 2000\nSO  - J. 2000.\n\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_do_not_matter(end: str, encoding: str) -> None:
    text = (WHOLE.format(1) + WHOLE.format(2)).replace("\n", end)
    assert [item.title for item in items(text.encode(encoding)) if isinstance(item, Record)] == ["Title 1", "Title 2"]


def test_lines_with_blank_ones_between_them_stay_one_entry() -> None:
    text = (WHOLE.format(1) + WHOLE.format(2)).replace("\n", "\n\n")
    assert [item.title for item in items(text) if isinstance(item, Record)] == ["Title 1", "Title 2"]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_every_entry_that_began_and_reports_the_last(data: st.DataObject) -> None:
    text = content("biopython__pubmed_result2.txt").decode()
    cut = text[: data.draw(st.integers(0, len(text)))]
    found, whole = items(cut), items(text)
    begun = len(re.findall(r"(?m)^PMID- ", cut))
    assert len(found) in (begun, begun + 1)
    assert found[:-1] == whole[: max(0, len(found) - 1)]
    if len(found) > 1 and "\nSO  - " not in str(found[-1].raw):
        assert isinstance(found[-1], Unreadable)
        assert "ends in the middle" in found[-1].reason


def test_an_entry_with_nothing_in_it_is_unreadable() -> None:
    first, second = items("PMID- none\nOWN - NLM\nSTAT- MEDLINE\nSO  - x.\n\nPMID- 2\nTI  - A\nSO  - x.\n")
    assert isinstance(first, Unreadable)
    assert "only OWN, PMID, SO, STAT" in first.reason
    assert isinstance(second, Record)
