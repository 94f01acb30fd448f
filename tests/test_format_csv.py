"""Tables: which column is which field, in the files that databases and tools write, and what people may change."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.author_cells import names_of, separator_of
from ingest.formats.csv_table import Mapping, guess_mapping, read_csv
from ingest.formats.table_rows import MAX_SPOILT
from ingest.readers import read_records
from ingest.record import BrokenFile, Record, UnknownFormat, Unreadable
from tests.shared_data import shared


def one(text: str, mapping: Mapping | None = None) -> Record:
    (item,) = read_csv(io.BytesIO(text.encode()), mapping)
    assert isinstance(item, Record), item
    return item


# ruff: noqa: E501  (headers are one line in the files)
# Headers as the sources write them (2024-2026), one made-up row each.
SCOPUS = (
    '"Authors","Author full names","Author(s) ID","Title","Year","Source title","Volume","Issue","Art. No.","Page start",'
    '"Page end","Page count","Cited by","DOI","Link","Abstract","Author Keywords","Index Keywords","Language of Original '
    'Document","Document Type","Publication Stage","Open Access","Source","EID","PubMed ID"\n'
    '"Smith J.A.; van der Berg P.","Smith, Jane (1); van der Berg, P. (2)","1; 2","T","2020","J","1","2","e5","","","","3",'
    '"10.1000/x","https://x","A","rTMS; pain","brain; human","English","Article","Final","","Scopus","2-s2.0-1","123"\n'
)
WEB_OF_SCIENCE = (
    "PT\tAU\tAF\tTI\tSO\tLA\tDT\tDE\tID\tAB\tPY\tVL\tIS\tBP\tEP\tAR\tDI\tUT\tPM\n"
    "J\tSmith, J; Doe, A\tSmith, Jane; Doe, Ann\tT\tJ PAIN\tEnglish\tArticle\trTMS; pain\tBRAIN; CORTEX\tA\t2020\t1\t2\t3"
    "\t9\t\t10.1000/x\tWOS:0001\t123\n"
)
PUBMED = (
    "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI\n"
    '123,T,"Smith JA, van der Berg P.","J. 2020 Mar",Smith JA,J,2020,2020/03/05,PMC12,,10.1000/x\n'
)
ZOTERO = (
    '"Key","Item Type","Publication Year","Author","Title","Publication Title","ISBN","ISSN","DOI","Url","Abstract Note",'
    '"Date","Pages","Issue","Volume","Language","Extra","Manual Tags","Automatic Tags"\n'
    '"ABCD1234","journalArticle","2020","Smith, Jane A.; Doe, A.","T","J","","","10.1000/x","","A","2020-03-05","3-9","2",'
    '"1","en","PMID: 123\nPMCID: PMC12","rTMS; pain",""\n'
)
RAYYAN = (
    "key,title,year,month,day,journal,issn,volume,issue,pages,authors,url,language,publisher,location,abstract,notes,"
    "pubmed_id,pmc_id\nrayyan-1,T,2020,3,5,J,,1,2,3-9,Smith JA and Doe A and Roe B,,eng,,,A,,123,PMC12\n"
)
COVIDENCE = (
    "Title,Authors,Abstract,Published Year,Published Month,Journal,Volume,Issue,Pages,Accession Number,DOI,Ref,"
    'Covidence #,Study,Notes,Tags\nT,"Smith, J.A.; Doe, A.",A,2020,3,J,1,2,3-9,,10.1000/x,,#77,Smith 2020,,\n'
)
EMBASE = (
    '"TITLE","AUTHOR NAMES","SOURCE TITLE","PUBLICATION YEAR","VOLUME","ISSUE","FIRST PAGE","LAST PAGE","ABSTRACT","DOI",'
    '"EMTREE DRUG INDEX TERMS","PUI","MEDLINE PMID"\n"T","Smith J., Doe A., Roe B.C.","J","2020","1","2","3","9","A",'
    '"10.1000/x","","L1","123"\n'
)
LENS = (
    "Lens ID,Title,Date Published,Publication Year,Publication Type,Source Title,Author/s,Abstract,Volume,Issue Number,"
    "Start Page,End Page,Keywords,MeSH Terms,DOI,PMID,PMCID\n"
    "001-002,T,2020-03-05,2020,journal article,J,Jane A Smith; Ann Doe,A,1,2,3,9,rTMS; pain,Humans; Pain,10.1000/x,123,\n"
)
DIMENSIONS = (
    "\"About the data: Exported on Mar 05, 2024. Criteria: 'rTMS' in full data.\"\n"
    "Rank,Publication ID,DOI,PMID,PMCID,Title,Abstract,Source title,PubYear,Volume,Issue,Pagination,Authors\n"
    '500,pub.1,10.1000/x,123,PMC12,T,A,J,2020,1,2,3-9,"Smith, Jane; Doe, Ann"\n'
)
ASREVIEW = (
    "record_id,title,abstract,authors,year,doi,included\n5,T,A,\"['Smith, Jane', 'Doe, Ann']\",2020,10.1000/x,1\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            SCOPUS,
            {
                "authors": ("Smith J.A.", "van der Berg P."),
                "journal": "J",
                "pages": "e5",
                "pmid": "123",
                "source_id": "2-s2.0-1",
                "keywords": ("rTMS", "pain", "brain", "human"),
                "language": ("English",),
                "publication_types": ("Article",),
            },
        ),
        (
            WEB_OF_SCIENCE,
            {
                "authors": ("Smith J", "Doe A"),
                "journal": "J PAIN",
                "pages": "3-9",
                "pmid": "123",
                "source_id": "WOS:0001",
                "keywords": ("rTMS", "pain", "BRAIN", "CORTEX"),
                "publication_types": ("Article",),
            },
        ),
        (
            PUBMED,
            {
                "authors": ("Smith JA", "van der Berg P"),
                "pmid": "123",
                "pmcid": "PMC12",
                "source_id": "123",
                "year": 2020,
            },
        ),
        (
            ZOTERO,
            {
                "authors": ("Smith Jane A.", "Doe A."),
                "journal": "J",
                "year": 2020,
                "published": "2020-03-05",
                "pmid": "123",
                "pmcid": "PMC12",
                "source_id": "ABCD1234",
                "keywords": ("rTMS", "pain"),
            },
        ),
        (
            RAYYAN,
            {"authors": ("Smith JA", "Doe A", "Roe B"), "pages": "3-9", "pmid": "123", "pmcid": "PMC12"},
        ),
        (COVIDENCE, {"authors": ("Smith J.A.", "Doe A."), "year": 2020, "source_id": "#77"}),
        (EMBASE, {"authors": ("Smith J.", "Doe A.", "Roe B.C."), "pages": "3-9", "pmid": "123", "journal": "J"}),
        (LENS, {"authors": ("Jane A Smith", "Ann Doe"), "mesh": ("Humans", "Pain"), "published": "2020-03-05"}),
        (DIMENSIONS, {"authors": ("Smith Jane", "Doe Ann"), "pages": "3-9", "year": 2020, "source_id": "pub.1"}),
        (ASREVIEW, {"authors": ("Smith Jane", "Doe Ann"), "source_id": "5", "year": 2020}),
    ],
    ids=["Scopus", "WoS", "PubMed", "Zotero", "Rayyan", "Covidence", "Embase", "Lens", "Dimensions", "asreview"],
)
def test_the_tables_that_sources_write_are_mapped(text: str, expected: dict[str, object]) -> None:
    record = one(text)
    assert record.title == "T"
    assert {name: getattr(record, name) for name in expected} == expected


def test_a_mapping_says_what_it_found_and_what_it_leaves() -> None:
    mapping = guess_mapping(io.BytesIO(f"{ASREVIEW}6,U,B,Roe,2021,,0\n".encode("utf-16")))
    assert (mapping.separator, mapping.encoding, mapping.encoding_guessed) == (",", "utf-16", False)
    assert mapping.header == ("record_id", "title", "abstract", "authors", "year", "doi", "included")
    assert mapping.columns["authors"] == ("authors",)
    assert mapping.columns["source_id"] == ("record_id",)
    assert mapping.unused == ("included",)
    assert [row[1] for row in mapping.sample] == ["T", "U"]
    assert mapping.usable


def test_a_mapping_can_be_kept_as_json() -> None:
    mapping = guess_mapping(io.BytesIO(SCOPUS.encode()))
    assert Mapping.from_dict(json.loads(json.dumps(mapping.as_dict()))) == mapping
    for damaged in (
        {},
        {"separator": ","},
        {**mapping.as_dict(), "separator": ",,"},
        {**mapping.as_dict(), "columns": 5},
    ):
        with pytest.raises(ValueError, match=r"mapping|separator"):
            Mapping.from_dict(damaged)
    with pytest.raises(ValueError, match="no encoding"):
        Mapping.from_dict({**mapping.as_dict(), "encoding": "klingon"})


def test_what_a_person_says_about_the_columns_counts() -> None:
    text = "Nom de l'article;Qui;Année;Titre court\nT;Smith J;2020;Court\n"
    guess = guess_mapping(text)
    assert not guess.usable
    with pytest.raises(UnknownFormat, match=r"no column that is called title.*Nom de l'article, Qui"):
        list(read_csv(io.BytesIO(text.encode())))
    mapping = guess.with_columns({"title": "Nom de l'article", "authors": ("Qui",), "year": "Année", "journal": ()})
    record = one(text, mapping)
    assert (record.title, record.authors, record.year) == ("T", ("Smith J",), 2020)
    assert mapping.unused == ("Titre court",)
    with pytest.raises(ValueError, match="no column 'Nobody'"):
        guess.with_columns({"title": "Nobody"})
    with pytest.raises(ValueError, match="no field 'colour'"):
        guess.with_columns({"colour": "Qui"})


def test_a_mapping_serves_every_file_with_its_header_and_leaves_others_alone(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "mine.csv").write_text("Beitrag,Wer,title\nT,Smith J,short\n", encoding="utf-8")
    (folder / "other.csv").write_text("title,authors\nU,Roe R\n", encoding="utf-8")
    (folder / "plain.txt").write_text("Beitrag,Wer\nT,Smith J\n", encoding="utf-8")
    mapping = guess_mapping("Beitrag,Wer,title\n").with_columns({"title": "Beitrag", "authors": "Wer"})
    titles = {
        path.name: [item.title for item in read_records(path, mapping=mapping) if isinstance(item, Record)]
        for path in (folder / "mine.csv", folder / "other.csv")
    }
    assert titles == {"mine.csv": ["T"], "other.csv": ["U"]}
    with pytest.raises(UnknownFormat):
        read_records(folder / "plain.txt", mapping=mapping)
    simple = guess_mapping("Beitrag,Wer\n").with_columns({"title": "Beitrag"})
    assert [item.raw for item in read_records(folder / "plain.txt", mapping=simple)] == ["T,Smith J"]


def test_a_table_that_lacks_a_column_of_the_mapping_is_refused() -> None:
    mapping = guess_mapping("title,authors\n")
    with pytest.raises(UnknownFormat, match="no column 'authors'"):
        list(read_csv(io.BytesIO(b"title,year\nT,2000\n"), mapping))


def test_columns_of_one_name_are_told_apart() -> None:
    mapping = guess_mapping("title,Keywords,Keywords,,keywords (2)\n")
    assert mapping.header == ("title", "Keywords", "Keywords (2)", "column 4", "keywords (2)")
    chosen = mapping.with_columns({"title": "title", "keywords": ("Keywords", "Keywords (2)", "column 4")})
    assert one("title,Keywords,Keywords,,keywords (2)\nT,a;b,c,b;d,\n", chosen).keywords == ("a", "b", "c", "d")


def test_several_columns_of_one_value_give_the_first_that_is_not_empty() -> None:
    mapping = guess_mapping("title,A,B\n").with_columns({"title": "title", "journal": ("A", "B")})
    assert [
        item.journal
        for item in read_csv(io.BytesIO(b"title,A,B\nT,x,y\nU,,y\nV,NA,y\n"), mapping)
        if isinstance(item, Record)
    ] == ["x", "y", "y"]


@pytest.mark.parametrize(
    ("cell", "year", "published"),
    [
        ("2020", 2020, ""),
        ("2020.0", 2020, ""),
        ("20200305", 2020, "20200305"),
        ("5 Mar 2020", 2020, "5 Mar 2020"),
        ("2020-03-05", 2020, "2020-03-05"),
        ("in press", None, "in press"),
        ("12020", None, "12020"),
        ("NA", None, ""),
    ],
)
def test_years_in_dates(cell: str, year: int | None, published: str) -> None:
    record = one(f"title,year\nT,{cell}\n")
    assert (record.year, record.published) == (year, published)


def test_a_column_of_dois_is_known_by_what_it_holds() -> None:
    assert one("title,year,where\nT,2000,https://doi.org/10.1000/X\n").doi == "10.1000/x"


def test_the_raw_row_and_its_place_are_kept() -> None:
    first, second = read_csv(io.BytesIO(b'title,abstract\r\nT,"a\r\nb"\r\n\r\nU,\r\n'))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.raw, first.position) == ('T,"a\r\nb"', 1)
    assert (second.raw, second.position) == ("U,", 2)


def test_a_wide_row_is_unreadable_with_its_line_and_text() -> None:
    (item,) = read_csv(io.BytesIO(b"title,year\n\nLong,2000,and,more\n"))
    assert isinstance(item, Unreadable)
    assert (item.line, item.raw) == (3, "Long,2000,and,more")


def test_a_table_in_which_most_rows_are_spoilt_is_given_up() -> None:
    rows = "".join(f'"{n},x,2000\n' for n in range(3 * MAX_SPOILT))  # each closes the one before
    with pytest.raises(BrokenFile, match="cannot be read; the last begins in line"):
        list(read_csv(io.BytesIO(f"title,journal,year\n{rows}".encode())))


def test_the_labelled_set_s_authors_are_people() -> None:
    records = [item for item in read_records(shared("data/dedupe/diabetes/records.csv.gz")) if isinstance(item, Record)]
    assert sum(len(record.authors) > 1 for record in records) > 0.8 * len(records)
    assert max(len(name) for record in records for name in record.authors) < 200
    assert any("the file does not say its encoding; read as Windows-1252" in note for r in records for note in r.notes)


# ------------------------------------------------------------------------------------------------------------ authors


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Smith, J.A., Doe, B.", ("Smith J.A.", "Doe B.")),
        ("Smith JA, van der Berg P.", ("Smith JA", "van der Berg P")),
        ("Jane A Smith, Peter van der Berg, Roe R", ("Jane A Smith", "Peter van der Berg", "Roe R")),
        ("Smith, Jane; Doe, Ann;", ("Smith Jane", "Doe Ann")),
        ("Smith, Jane AND Doe, Ann", ("Smith Jane", "Doe Ann")),
        ("Jane Smith & Ann Doe", ("Jane Smith", "Ann Doe")),
        ("Smith, Jane\nDoe, Ann", ("Smith Jane", "Doe Ann")),
        ('["Marx, Karl"]', ("Marx Karl",)),
        (" ; , ;; ", ()),
        ("World Health Organization", ("World Health Organization",)),
        (
            "Adeli K.Lewis G. F.van der Berg P.McDonald-Øye A.",
            ("Adeli K.", "Lewis G. F.", "van der Berg P.", "McDonald-Øye A."),
        ),
        ("Müller Ä, Øster Ö", ("Müller Ä", "Øster Ö")),
    ],
)
def test_cells_of_names(cell: str, names: tuple[str, ...]) -> None:
    assert names_of(cell) == names


def test_what_joins_most_names_of_a_column_joins_all() -> None:
    cells = ["Doe, A; Roe, B", "Poe, C; Moe, D", "Society for Pain and Suffering", "Coe, E; Noe, F"]
    assert separator_of([cells[0], cells[1], cells[3]]) == ";"
    assert names_of(cells[2], ";") == ("Society for Pain and Suffering",)
    assert separator_of(["A B", "C D"]) == ""


@given(cell=st.text(max_size=60) | st.text(alphabet=" ,;|.&andA\n'[]\"", max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_cell_breaks_the_names(cell: str) -> None:
    for separator in ("", ";", "and", ",", "line"):
        assert all(name.strip() and "\n" not in name for name in names_of(cell, separator))


@given(text=st.text(max_size=200) | st.text(alphabet='a,;\t|"\n\rtile ', max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_mapping_and_none_of_its_rows_is_lost(text: str) -> None:
    mapping = guess_mapping(text)
    assert mapping.usable == ("title" in mapping.columns)
    lines = [line for line in text.replace('"', "").splitlines() if line.strip(",;|\t ")]
    table = "title,year\n" + "".join(f"{line}\n" for line in lines)
    items = list(read_csv(io.BytesIO(table.encode()), guess_mapping("title,year\n")))
    assert [item.position for item in items] == list(range(1, len(items) + 1))


def test_a_list_as_python_prints_it_is_its_items() -> None:
    assert one('title,keywords,year\nT,"[\'pain\', ""brain\'s"", \'a, b\']",2001\n').keywords == (
        "pain",
        "brain's",
        "a, b",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "Cancer (2004) 102:4 (253-258). Date of Publication: 25 Aug 2004",
            ("Cancer", 2004, "102", "4", "253-258", "25 Aug 2004"),
        ),
        ("Pain (2014). Date of Publication: 2014", ("Pain", 2014, "", "", "", "")),
        ("Journal of Pain (Official Journal)", ("Journal of Pain (Official Journal)", None, "", "", "", "")),
    ],
)
def test_the_source_column_of_embase_is_taken_apart(source: str, expected: tuple[object, ...]) -> None:
    record = one(f'Title,Author Names,Source\nT,Liu R.,"{source}"\n')
    assert (record.journal, record.year, record.volume, record.issue, record.pages, record.published) == expected


def test_a_comma_within_parentheses_divides_no_keywords() -> None:
    assert one('title,keywords,year\nT,"cyst (diagnosis, surgery), pain",2001\n').keywords == (
        "cyst (diagnosis, surgery)",
        "pain",
    )
