"""BibTeX of every tool: strings, braces, names, LaTeX, inheritance, and damage that stays in its own entry."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.bibtex import looks_like_bibtex, names_of, read_bibtex
from ingest.formats.bibtex_entries import MAX_ENTRY
from ingest.formats.latex import as_latex, plain_text
from ingest.record import Record, Unreadable, UnsafeFile


def read(text: str | bytes) -> list[Record | Unreadable]:
    return list(read_bibtex(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def one(text: str) -> Record:
    (item,) = read(text)
    assert isinstance(item, Record), item
    return item


# Made-up entries in the ways of the tools that write them.
ZOTERO = r"""
@article{smith_rtms_2020,
	title = {{rTMS} for {Pain}: 50\% of patients},
	volume = {21},
	issn = {1526-5900},
	url = {https://pubmed.ncbi.nlm.nih.gov/12345678/},
	doi = {10.1000/a\_b},
	language = {eng},
	number = {3},
	journal = {The Journal of Pain},
	author = {Smith, Jane A. and van der Berg, Peter and {The Pain Group}},
	month = mar,
	year = {2020},
	note = {PMID: 12345678
PMCID: PMC7654321},
	keywords = {Humans, Pain, {rTMS}},
	pages = {100--110},
	abstract = {BACKGROUND: One.
METHODS: Two.},
}
"""
BIBLATEX = r"""
@article{smith2020,
  title        = {Repetitive stimulation},
  subtitle     = {a trial},
  author       = {Smith, Jane and others},
  journaltitle = {J Pain},
  date         = {2020-03-05},
  volume       = {21}, number = {3}, pages = {e5},
  eprint       = {12345678}, eprinttype = {pubmed}, langid = {english},
}
"""
WEB_OF_SCIENCE = r"""

@article{ WOS:000123456789,
Author = {Smith, Jane A. and Doe, Ann},
Title = {A trial of something that has a
   title over two lines},
Journal = {JOURNAL OF PAIN},
Year = {2020},
Volume = {21},
Number = {3, SI},
Pages = {100+},
Month = {MAR 5},
Abstract = {First line of text
   goes on here.},
Type = {Article},
Language = {English},
Article-Number = {e12},
DOI = {10.1000/x},
Keywords = {rTMS; pain},
Keywords-Plus = {BRAIN; CORTEX},
Times-Cited = {7},
Unique-ID = {WOS:000123456789},
}
"""
SCOPUS = r"""Scopus
EXPORT DATE: 05 March 2024

@ARTICLE{Smith2020100,
	author = {Smith, Jane A. and Doe, Ann},
	title = {A trial},
	year = {2020},
	journal = {Journal of Pain},
	volume = {21},
	number = {3},
	pages = {100 – 110},
	doi = {10.1000/x},
	url = {https://www.scopus.com/inward/record.uri?eid=2-s2.0-85012345678&doi=10.1000\%2fx&partnerID=40},
	author_keywords = {pain; rTMS},
	keywords = {brain; human},
	type = {Article},
	note = {Cited by: 7}
}
"""
SCHOLAR = """@article{smith2020trial,
  title={A trial},
  author={Smith, Jane A and Doe, Ann and others},
  journal={J Pain},
  volume={21},
  number={3},
  pages={100--110},
  year={2020},
  publisher={Elsevier}
}
"""
JABREF = r"""% Encoding: UTF-8

@String{jp = "The Journal of " # {Pain}}
@preamble{ "\newcommand{\noop}[1]{}" }

@Article{Smith2020,
  author    = {Jane A. Smith and Ann {Doe Roe}},
  title     = "A {{trial}} of " # {something},
  journal   = jp # { Supplement},
  year      = 2020,
  month     = {#mar#},
  groups    = {a},
}

@Comment{jabref-meta: databaseType:bibtex;}

@Comment{jabref-meta: grouping:
0 AllEntriesGroup:;
1 StaticGroup:a\;0\;1\;\;\;\;;
}
"""


def test_zotero_s_entry() -> None:
    record = one(ZOTERO)
    assert record.title == "rTMS for Pain: 50% of patients"
    assert record.authors == ("Smith Jane A.", "van der Berg Peter", "The Pain Group")
    assert (record.journal, record.year, record.published) == ("The Journal of Pain", 2020, "2020 Mar")
    assert (record.volume, record.issue, record.pages) == ("21", "3", "100-110")
    assert (record.doi, record.pmid, record.pmcid) == ("10.1000/a_b", "12345678", "PMC7654321")
    assert record.abstract == "BACKGROUND: One.\nMETHODS: Two."
    assert (record.keywords, record.language) == (("Humans", "Pain", "rTMS"), ("eng",))
    assert (record.source, record.position, record.raw) == ("bibtex", 1, ZOTERO.strip())


def test_biblatex_s_entry() -> None:
    record = one(BIBLATEX)
    assert record.title == "Repetitive stimulation: a trial"
    assert (record.authors, record.journal) == (("Smith Jane",), "J Pain")
    assert (record.year, record.published, record.pages, record.pmid) == (2020, "2020 Mar 5", "e5", "12345678")


def test_the_databases_entries() -> None:
    record = one(WEB_OF_SCIENCE)
    assert record.title == "A trial of something that has a title over two lines"
    assert record.abstract == "First line of text goes on here."
    assert (record.source_id, record.keywords) == ("WOS:000123456789", ("rTMS", "pain", "BRAIN", "CORTEX"))
    assert (record.published, record.publication_types, record.issue) == ("2020 MAR 5", ("Article",), "3, SI")
    record = one(SCOPUS)
    assert (record.source_id, record.pages) == ("2-s2.0-85012345678", "100-110")
    assert record.keywords == ("brain", "human", "pain", "rTMS")
    assert one(SCHOLAR).authors == ("Smith Jane A", "Doe Ann")


def test_strings_are_put_together_and_comments_are_no_entries() -> None:
    record = one(JABREF)
    assert record.title == "A trial of something"
    assert record.journal == "The Journal of Pain Supplement"
    assert record.authors == ("Smith Jane A.", "Doe Roe Ann")
    assert record.year == 2020


def test_comments_between_the_fields_are_passed_over() -> None:
    record = one("@online{k,\n % a\n title = % b\n {100% of it} % c, c\n , % d,\n year = {2024}\n % e\n}")
    assert (record.title, record.year, record.notes) == ("100% of it", 2024, ())


def test_an_entry_in_round_brackets_and_in_capitals() -> None:
    record = one("@ARTICLE (key, TITLE = {A (round) title}, Year = 2000)")
    assert (record.title, record.year) == ("A (round) title", 2000)


def test_a_child_inherits_from_its_parent_before_or_after_it() -> None:
    parent = "@proceedings{p, title={The Meeting}, year=2001, editor={Ed, A}}\n"
    child = "@inproceedings{%s, title={Child}, author={Doe, A}, crossref={P}}\n"
    for text, place in ((parent + child % "a", 1), (child % "a" + parent, 0)):
        items = read(text)
        record = items[place]
        assert isinstance(record, Record)
        assert (record.title, record.journal, record.year) == ("Child", "The Meeting", 2001)
        assert record.publication_types == ("Conference Paper",)
        assert [item.position for item in items] == [1, 2]
    orphan = one(child % "a")
    assert orphan.notes == ("the file has no entry 'p', which this one refers to",)


# ------------------------------------------------------------------------------------------------------------- damage

GOOD = "@article{good%d, title = {Good %d}, year = 2000}\n"


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        ("@article{bad, title = {Open {brace}, year = 2003}\n", "not closed: another entry begins in line 3"),
        ("@article{bad, title = {Closed} twice}, year = 2003}\n", "closed once too often"),
        ('@article{bad, title = "Open quote, year = 2003}\n', "quotation mark that opens the field title"),
        ('@article{bad, title = "A "quoted" word", year = 2003}\n', "In line 2, a comma was expected"),
        ("@article{bad, title {no equals sign}}\n", "equals sign"),
        ("@article{bad,\n title = {x},\n year = =}\n", "In line 4, the field year has no value"),
        ("@article{bad}\n", "no fields"),
        ("@article{}\n", "no fields"),
    ],
)
def test_damage_stays_in_its_entry(damaged: str, reason: str) -> None:
    items = read(GOOD % (1, 1) + damaged + GOOD % (3, 3) + GOOD % (4, 4))
    assert [type(item) for item in items] == [Record, Unreadable, Record, Record]
    bad = items[1]
    assert isinstance(bad, Unreadable)
    assert reason in bad.reason
    assert (bad.position, bad.line) == (2, 2)
    assert bad.raw == damaged.strip()


def test_a_missing_comma_between_two_fields_is_made_good_and_noted() -> None:
    record = one("@article{k,\n title = {T}\n year = 2000,\n}")
    assert (record.title, record.year) == ("T", 2000)
    assert record.notes == ("a comma is missing after the field title",)


@pytest.mark.parametrize(
    ("start", "notes"),
    [
        ("@article{\n", ()),  # EndNote's, where a reference has no label
        ("@article{ ,\n", ()),
        ("@article{key with blanks ,\n", ()),
        ("@article{key\n", ("a comma is missing after the citation key",)),
    ],
)
def test_an_entry_is_read_whatever_its_key_is_like(start: str, notes: tuple[str, ...]) -> None:
    record = one(f"{start}   author = {{Doe, A.}},\n   title = {{T}}\n}}")
    assert (record.title, record.authors, record.notes) == ("T", ("Doe A.",), notes)


def test_a_file_that_ends_within_an_entry_says_so() -> None:
    items = read(GOOD % (1, 1) + "@article{cut, title = {Half a ti")
    assert isinstance(items[1], Unreadable)
    assert "the file ends within it" in items[1].reason


def test_a_comment_that_is_never_closed_does_not_swallow_the_file_in_silence() -> None:
    items = read("@comment{ open\n" + GOOD % (1, 1))
    assert [type(item) for item in items] == [Unreadable]


def test_text_between_entries_and_addresses_are_no_entries() -> None:
    text = "Written by me@home (really) on {Monday}.\n\n" + GOOD % (1, 1) + "some words, 50% done\n" + GOOD % (2, 2)
    assert [item.title for item in read(text) if isinstance(item, Record)] == ["Good 1", "Good 2"]
    assert len(read(text)) == 2


def test_fields_given_twice_and_unknown_abbreviations_are_noted() -> None:
    record = one("@article{k, title={A}, title={B}, journal = jpain, year = 2000, month = sept}")
    assert (record.title, record.journal) == ("A", "jpain")
    assert len(record.notes) == 2


def test_entries_without_a_number_keep_their_key_wherever_they_stand() -> None:
    first, second = read(SCHOLAR + GOOD % (1, 1))
    again, other, third = read(GOOD % (1, 1) + GOOD % (1, 1) + SCHOLAR.replace("smith2020trial", "otherkey"))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(third, Record)
    assert isinstance(again, Record)
    assert isinstance(other, Record)
    assert third.key == first.key
    assert again.key == second.key
    assert other.key == f"{again.key} (entry 2)"


def test_abbreviations_that_double_themselves_are_refused() -> None:
    bomb = '@string{a0 = "' + "x" * 1000 + '"}\n'
    bomb += "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 60))
    with pytest.raises(UnsafeFile, match="abbreviations"):
        read(bomb)
    with pytest.raises(UnsafeFile, match="abbreviations"):
        read('@string{a = "' + "x" * 100_000 + '"}\n@article{k, title = ' + " # ".join(["a"] * 5_000) + "}")


def test_an_entry_without_end_does_not_take_the_memory() -> None:
    items = read("@article{k, title = {" + "x" * (2 * MAX_ENTRY) + "\n" + GOOD % (1, 1))
    assert isinstance(items[0], Unreadable)
    assert len(items[0].raw) <= 20_000
    assert isinstance(items[1], Record)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_line_ends_and_encodings(end: str, encoding: str) -> None:
    text = "@article{a,\n title = {Schmerz für Ärzte},\n year = 2000\n}\n@article{bad, title = {x\n}\n".replace(
        "\n", end
    )
    first, second = read(text.encode(encoding))
    assert isinstance(first, Record)
    assert (first.title, first.year) == ("Schmerz für Ärzte", 2000)
    assert isinstance(second, Unreadable)
    assert second.line == 5


@pytest.mark.parametrize(
    ("text", "is_bibtex"),
    [
        (ZOTERO, True),
        (SCOPUS, True),
        (WEB_OF_SCIENCE, True),
        (JABREF, True),
        ("% only a comment\n@string{a = {b}}", True),
        ("TY  - JOUR\nAB  - see @home(now)\n", False),
        ("title,year\n@article,2000\n", False),
        ("name@example.org, {braces}", False),
        ("", False),
    ],
)
def test_bibtex_is_known_by_its_entries(text: str, is_bibtex: bool) -> None:
    assert looks_like_bibtex(text) is is_bibtex


@given(text=st.text(max_size=300) | st.text(alphabet='@article{}",=#()key \n\\%', max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    items = read(text + "\n\n@article{last, title = {Last}, year = 2000}\n")
    assert [item.position for item in items] == list(range(1, len(items) + 1))
    assert items


@given(titles=st.lists(st.text(max_size=30), min_size=1, max_size=5), damage=st.text(alphabet="{}", max_size=3))
@settings(max_examples=150, deadline=None)
def test_every_entry_comes_out_whatever_its_neighbour_is_like(titles: list[str], damage: str) -> None:
    entries = "".join(
        f"@article{{k{n}, author = {{Doe}}, title = {{{as_latex(title)}}}}}\n" for n, title in enumerate(titles)
    )
    items = read(f"@article{{first, title = {{x{damage}}}, year = 2000}}\n{entries}")
    assert len(items) == len(titles) + 1
    assert all(isinstance(item, Record) for item in items[1:])


# -------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("latex", "names"),
    [
        ("Last, First", ("Last First",)),
        ("First Last", ("Last First",)),
        ("First von Last", ("von Last First",)),
        ("von Last, Jr., First", ("von Last First Jr.",)),
        ("Last, First AND First Last", ("Last First",)),
        ("{Barnes and Noble} and {The {Pain} Group, Inc.}", ("Barnes and Noble", "The Pain Group, Inc.")),
        ("Smith JA and Doe AB", ("Smith JA", "Doe AB")),
        ("Jean de la Fontaine", ("de la Fontaine Jean",)),
        (r"M{\"u}ller, Hans and {\O}stergaard, \AA ge", ("Müller Hans", "Østergaard Åge")),
        (r"Garc{\'{\i}}a-L{\'o}pez, Mar{\'\i}a", ("García-López María",)),
        ("World Health Organization", ("World Health Organization",)),
        ("Doe, A. and others", ("Doe A.",)),
        ("Anderson, Sandy\n  and Brand, Andy", ("Anderson Sandy", "Brand Andy")),
        ("Hans {Peter Meyer}", ("Peter Meyer Hans",)),
        ("Plato", ("Plato",)),
        (" and , and ", ()),
        ("", ()),
    ],
)
def test_names(latex: str, names: tuple[str, ...]) -> None:
    assert names_of(latex) == names


# -------------------------------------------------------------------------------------------------------------- LaTeX


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"{\"o}\'e{\`a}\^{\i}\~n\c{c}\v{s}\H{o}\k{a}\r{a}\u g\=a\.z", "öéàîñçšőąåğāż"),
        (r"\o stergaard \O{} x \ss{} \L\'od\'z", "østergaard Ø x ß Łódź"),
        (
            r"$\alpha$-band, 10 $\mu$V, $p \leq 0.05$, $x^{2}$, CO$_2$, 37$^{\circ}$C",
            "α-band, 10 μV, p ≤ 0.05, x^2, CO_2, 37°C",
        ),
        (r"50\% \& more \#1 \_ \$5 \{x\}", "50% & more #1 _ $5 {x}"),
        ("100% of patients", "100% of patients"),
        ("costs $5 and $10", "costs $5 and $10"),
        (
            r"\textit{Rattus} \emph{in vivo} H\textsubscript{2}O \textbf{x}\textsuperscript{2}",
            "Rattus in vivo H_2O x^2",
        ),
        ("1990--2000 --- ``quoted''~text", "1990–2000 — “quoted” text"),
        (r"\textless{}5 \textgreater{} \textasciitilde{} \textbackslash{}", "<5 > ~ \\"),
        (r"\unknowncommand{kept}", r"\unknowncommandkept"),
        ("C:\\", "C:\\"),
        (r"{\"", "¨"),
        ("", ""),
    ],
)
def test_latex_is_read_as_text(latex: str, text: str) -> None:
    assert plain_text(latex) == text


@given(text=st.text() | st.text(alphabet="\\{}$~^&%#_`'-\" ab\n"))
def test_text_written_as_latex_is_read_back(text: str) -> None:
    assert plain_text(as_latex(text)) == text
    assert as_latex(text).count("{") == as_latex(text).count("}")


@given(latex=st.text() | st.text(alphabet="\\{}$~^&%_`'-\" abcv\n"))
@settings(max_examples=300, deadline=None)
def test_any_latex_is_read_as_something(latex: str) -> None:
    plain_text(latex)


def test_an_entry_that_names_no_report_is_unreadable() -> None:
    nothing, book = read("@misc{a, publisher={Elsevier}}\n@book{b, title={A book}}\n")
    assert isinstance(nothing, Unreadable)
    assert "neither title" in nothing.reason
    assert isinstance(book, Record)
