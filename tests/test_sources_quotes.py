"""Quotes in documents: found as they stand, in spite of what copying changes, nearly, and never with another number."""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from workbench.forms import QUOTES
from workbench.sources import (
    Page,
    SourceTable,
    SourceText,
    as_kept,
    check_quotes,
    find_all,
    find_quote,
    read_source,
    together,
)
from workbench.sources.grid import RawCell, lay_out
from workbench.sources.normal import normal


def document(*pages: str, flowing: bool = True, tables: tuple[SourceTable, ...] = ()) -> SourceText:
    named = tuple(Page(label=f"page {number}", text=text) for number, text in enumerate(pages, start=1))
    return SourceText(pages=named, tables=tables, flowing=flowing)


def table(*rows: str, label: str = "Table 1") -> SourceTable:
    grid = lay_out([[RawCell(text=cell) for cell in row.split("|")] for row in rows], header_rows=1)
    return SourceTable(
        label=label, caption="Pain", cells=grid.cells, rows=grid.rows, columns=grid.columns, header_rows=1
    )


PLAIN = "Mean pain fell from 6.4 (SD 1.2) to 4.1 (SD 1.5) after stimulation of the motor cortex, p < .001, n = 27."
TEXT = document("Nothing is said here about the matter at hand.", f"Before it. {PLAIN} After it, all went well.")


def test_a_quote_is_found_with_its_page_and_its_place() -> None:
    match = find_quote(TEXT, PLAIN)
    assert (match.found, match.page, match.similarity, match.text) == ("yes", "page 2", 100.0, PLAIN)
    assert TEXT.pages[1].text[match.start : match.end] == PLAIN
    assert not match.last_page


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("after stimu-\nlation of the cortex", "after stimulation of the cortex"),
        ("after stimulation of the cortex", "after stimu- lation of the cortex"),
        ("after rTMS-\ninduced change", "after rTMS-induced change"),
        ("ﬁbromyalgia and eﬀect", "fibromyalgia and effect"),
        ("fibro\u00admyalgia pain", "fibromyalgia pain"),
        ("“mild” pain – the patients’ own word", '"mild" pain - the patients\' own word'),
        ("change of −1.3 points", "change of -1.3 points"),
        ("a mean of 4·5 points", "a mean of 4.5 points"),
        ("LESS  PAIN\n\nthan sham", "less pain than sham"),
        ("Müller naïve", "Muller naive"),
        ("12.3\u00a0±\u20094.5 mm", "12.3 ± 4.5 mm"),
        ("p<0.05, n=27", "p < 0.05, n = 27"),
        ("10\u2009μV of it", "10 µV of it"),
        ("the pain¹² was", "the pain12 was"),
        ("VAS | 12.3 | 4.5", "12.3 4.5"),
        ("it was 12.3 4.5 there", "12.3 | 4.5"),
        ("The end of pain. Next", "“The end of pain.”"),
    ],
)
def test_what_copying_and_printing_change_does_not_matter(printed: str, typed: str) -> None:
    assert find_quote(document(f"Before it. {printed} after it."), typed).found == "yes"


@pytest.mark.parametrize(
    ("change", "missing", "instead"),
    [
        (("4.1", "4.7"), ("4.7",), ("4.1",)),
        (("6.4", "64"), ("64",), ("6.4",)),
        (("n = 27", "n = 28"), ("28",), ("27",)),
        (("n = 27.", "n = 2."), ("2",), ("27",)),
        (("p < .001", "p > .001"), ("> .001",), ("< .001",)),
        (("p < .001", "p < .01"), ("< .01",), ("< .001",)),
        (("6.4 (SD 1.2)", "6.4"), (), ("1.2",)),
        (("to 4.1", "to -4.1"), ("-4.1",), ("4.1",)),
        (("6.4 (SD 1.2) to 4.1", "4.1 (SD 1.2) to 6.4"), ("4.1", "6.4"), ("6.4", "4.1")),
    ],
)
def test_another_number_sign_or_comparison_is_not_found_and_named(
    change: tuple[str, str], missing: tuple[str, ...], instead: tuple[str, ...]
) -> None:
    quote = PLAIN.replace(*change)
    assert quote != PLAIN
    match = find_quote(TEXT, quote)
    assert (match.found, match.missing, match.instead) == ("no", missing, instead)
    assert match.page == "page 2", "the nearest place is shown"
    assert match.note.startswith("The numbers differ.")


@pytest.mark.parametrize("quote", ["pain was 4.5", "4.5 points", "pain was -14", "a change of 0.5"])
def test_a_part_of_a_number_is_not_the_number(quote: str) -> None:
    text = document("The pain was 4.57 and 14.5 points, later pain was -14.5 with a change of 0.53 and of −0.5 again.")
    assert find_quote(text, quote).found == "no"


def test_near_words_are_nearly_found_where_the_numbers_agree() -> None:
    match = find_quote(TEXT, PLAIN.replace("stimulation", "the stimulation").replace("fell", "decreased"))
    assert match.found == "nearly"
    assert match.text == PLAIN.removesuffix(".") or match.text == PLAIN
    assert 85 <= match.similarity < 100


def test_another_sentence_is_not_found_and_a_short_one_is_not_looked_for() -> None:
    assert find_quote(TEXT, "The patients were recruited at two centres in Lyon and Paris.").found == "no"
    assert find_quote(TEXT, "- .").note == "The quote is too short to be found."
    assert find_quote(document(""), PLAIN).found == "no"


def test_a_quote_that_leaves_words_out_is_found_in_their_order() -> None:
    quote = "Mean pain fell … to 4.1 (SD 1.5) [...] n = 27"
    assert find_quote(TEXT, quote).found == "yes"
    turned = find_quote(TEXT, "n = 27 … Mean pain fell from 6.4")
    assert turned.found == "no"


def test_a_sentence_over_a_page_break_is_found_on_both_pages() -> None:
    first, second = "Mean pain in the active group fell from 6.4 to", "4.1 points, whereas sham made no difference."
    whole = document(f"Methods. {first}", f"{second} More.")
    match = find_quote(whole, f"{first} {second}")
    assert (match.found, match.place) == ("yes", "page 1 to page 2")
    with_head = document(f"Methods. {first}\n117", f"Doe et al.\nPain 2020\n{second} More.")
    match = find_quote(with_head, f"{first} {second}")
    assert (match.found, match.place, match.note) == ("yes", "page 1 to page 2", "It goes on on the next page.")
    figure = document(f"{first}\nFigure 1. Flow of patients.\n{second}")
    assert find_quote(figure, f"{first} {second}").found == "nearly"
    apart = SourceText(pages=with_head.pages, flowing=False)
    assert find_quote(apart, f"{first} {second}").found != "yes", "sections do not run on"


def test_cells_of_a_table_are_found_by_rows() -> None:
    printed = table("Outcome|rTMS|Sham", "VAS, week 4|4.1 ± 1.5|5.9 ± 1.4", "BDI|12|13")
    source = document("Text.", tables=(printed,))
    for quote in ("4.1 ± 1.5 | 5.9 ± 1.4", "VAS, week 4 | … | 5.9 ± 1.4", "VAS, week 4 | … | 5.9 ± 1.4\nBDI | … | 13"):
        match = find_quote(source, quote)
        assert (match.found, match.page) == ("yes", "Table 1"), quote
        assert match.text in printed.text
    for quote in (
        "VAS, week 4 | 5.9 ± 1.5",
        "5.9 ± 1.4 | 4.1 ± 1.5",
        "BDI | … | 13\nVAS, week 4 | … | 5.9 ± 1.4",
        "BDI | 1",
    ):
        assert find_quote(source, quote).found == "no", quote


def test_a_name_over_several_rows_belongs_to_each_of_them() -> None:
    first = [RawCell(text="VAS", rows=2), RawCell(text="week 4"), RawCell(text="4.1")]
    grid = lay_out([first, [RawCell(text="week 8"), RawCell(text="3.9")]])
    printed = SourceTable(label="Table 2", caption="", cells=grid.cells, rows=2, columns=3)
    assert find_quote(document("x", tables=(printed,)), "VAS | week 8 | 3.9").found == "yes"
    assert find_quote(document("x", tables=(printed,)), "VAS | week 8 | 4.1").found == "no"


def test_cells_in_the_running_text_of_a_pdf_are_nearly_found() -> None:
    source = document("Table 1\nOutcome rTMS Sham\nVAS, week 4 4.1 (1.5) 5.9 (1.4)", "More")
    assert find_quote(source, "VAS, week 4 | 4.1 (1.5)").found == "yes"
    assert find_quote(source, "VAS, week 4 | … | 5.9 (1.4)").found in ("yes", "nearly")
    assert find_quote(source, "VAS, week 4 | … | 5.9 (1.3)").found == "no"


def test_the_page_that_was_said_is_preferred() -> None:
    source = document("Pain was 4.1 points.", "Pain was 4.1 points.")
    assert find_quote(source, "Pain was 4.1 points").page == "page 1"
    assert find_quote(source, "Pain was 4.1 points", page="page 2").page == "page 2"
    assert find_quote(source, "Pain was 4.1 points", page="p. 2-3").page == "page 1"


def test_a_search_finds_every_hit_in_order() -> None:
    source = document("One stimu-\nlation, one STIMULATION", "and stimulation", tables=(table("a|b", "stimulation|3"),))
    hits = find_all(source, "stimulation")
    assert [hit.page for hit in hits] == ["page 1", "page 1", "page 2", "Table 1"]
    assert hits[0].text == "stimu-\nlation"
    assert not find_all(source, "  ")


# --- properties -------------------------------------------------------------------------------------------------------

PIECES = re.findall(
    r"[^ ]+",
    "pain after stimulation ﬁbromyalgia 4.1 (SD 1.5) −0.3 p < .001 sham–rTMS n = 27 10³ 4·5 stimu-\nlation “mild” | "
    "35% Müller in\u00adtact a 1,234",
)
WORDS = st.lists(st.sampled_from(PIECES), min_size=4, max_size=30)


@given(st.text(max_size=60))
@example("ﬁ¨u")
def test_every_place_of_the_compared_text_lies_in_the_text(text: str) -> None:
    found = normal(text)
    last = 0
    for at in range(len(found.text)):
        start, end = found.start(at), found.end(at + 1)
        assert 0 <= start < end <= len(text)
        assert last <= start
        last = start
    assert normal(found.text.replace("^", "")).text.count("\x00") == found.text.count("\x00")


@given(WORDS, WORDS, WORDS)
@settings(max_examples=150, deadline=None)
def test_any_run_of_words_of_a_document_is_found_in_it(before: list[str], words: list[str], after: list[str]) -> None:
    assume(sum(letter.isalnum() for letter in "".join(words)) >= 3)
    quote = " ".join(words)
    edge = "x\n" if "|" in quote else "x"  # cells begin a line, or stand beside each other
    source = document(" ".join([*before, edge, quote, "y", *after]), flowing=False)
    match = find_quote(source, quote)
    assert match.found == "yes"
    assert normal(match.text.strip("\"'“”")).text == normal(quote.strip("\"'“” |\n")).text


@given(WORDS, st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_figure_is_never_found(words: list[str], data: st.DataObject) -> None:
    printed = f"In the trial of Doe {' '.join(words)} and so it ended at 5.62 points."
    places = [found.start() for found in re.finditer("[0-9]", printed)]
    at = data.draw(st.sampled_from(places))
    figure = data.draw(st.sampled_from([each for each in "0123456789" if each != printed[at]]))
    changed = printed[:at] + figure + printed[at + 1 :]
    assert find_quote(document(printed), printed).found == "yes"
    assert find_quote(document(printed), changed).found == "no"


@given(WORDS, st.integers(0, 10))
@settings(max_examples=80, deadline=None)
def test_a_quote_that_was_set_otherwise_is_still_found(words: list[str], every: int) -> None:
    assume(sum(letter.isalnum() for letter in "".join(words)) >= 3)
    printed = " ".join(words)
    typed = re.sub(r"(?<=[a-z])(?=[a-z]{3})", "-\n" if every % 2 else "\u00ad", printed, count=every)
    typed = typed.replace("−", "-").replace("“", '"').replace("”", '"').replace("ﬁ", "fi").upper().replace(" ", "\n ")
    edge = "x\n" if "|" in printed else "x"
    assert find_quote(document(f"{edge} {printed} y"), typed).found == "yes"


@given(st.text(max_size=200), st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_verdict(text: str, quote: str) -> None:
    match = find_quote(document(text, text[::-1]), quote)
    assert match.found in ("yes", "no", "nearly")
    if match.page:
        page = text if match.page == "page 1" else text[::-1]
        assert 0 <= match.start <= match.end <= len(page)


# --- real articles ----------------------------------------------------------------------------------------------------


def test_sentences_of_real_articles_are_found_and_their_numbers_checked() -> None:
    """From each of some articles, passages with numbers: found as they are, never with another figure."""
    folder = shared("data/pain_rct_fulltext/nxml")
    checked = 0
    for path in sorted(folder.glob("*.gz"))[::4]:
        source = read_source(gzip.decompress(path.read_bytes()), "application/xml")
        page = max((each for each in source.pages if each.label != "References"), key=lambda each: len(each.text))
        for found in list(re.finditer(r"[^\n]{60}[0-9]\.[0-9]{2}[^\n]{60}", page.text))[:3]:
            quote = found.group().partition(" ")[2].rpartition(" ")[0].strip("0123456789.,·-−<> ")
            match = find_quote(source, quote, page=page.label)
            assert match.found == "yes"
            figure = next(re.finditer(r"[0-9]\.[0-9]{2}", quote), None)
            if figure is None:
                continue
            changed = quote[: figure.end() - 1] + str((int(figure.group()[-1]) + 5) % 10) + quote[figure.end() :]
            assert find_quote(source, changed).found == "no"
            checked += 1
    assert checked > 5


def real_articles() -> Iterator[SourceText]:
    for path in sorted(shared("data/pain_rct_fulltext/nxml").glob("*.gz")):
        yield read_source(gzip.decompress(path.read_bytes()), "application/xml")


def test_no_row_of_a_real_table_takes_the_numbers_of_the_next_one() -> None:
    """The name of each row of the 222 tables with the numbers of the row below it: 0 may be found."""
    tried, found = 0, []
    for source in real_articles():
        printed = {" | ".join(row).lower() for table in source.tables for row in table.grid()}
        for table in source.tables:
            rows = [row for row in table.grid()[table.header_rows :] if len(row) > 2 and len(row[0]) >= 12]
            for above, below in itertools.pairwise(rows):
                quote = " | ".join((above[0], *below[1:]))
                if sum(letter.isdigit() for letter in "".join(below[1:])) < 4 or quote.lower() in printed:
                    continue  # such a row is printed
                tried += 1
                asked = (quote, quote.replace(" | ", " ")) if tried % 4 == 0 else (quote,)
                found += [(table.label, each) for each in asked if find_quote(source, each).found != "no"]
    assert tried > 600
    assert not found


def test_no_real_row_is_found_with_two_cells_exchanged_or_one_left_out() -> None:
    tried, found = 0, []
    for source in real_articles():
        printed = {" | ".join(row).lower() for table in source.tables for row in table.grid()}
        for table in source.tables:
            rows = [row for row in table.grid()[table.header_rows :] if len(row) > 3 and len(row[0]) >= 6 and all(row)]
            for row in rows[:2]:
                changed = [" | ".join((row[0], row[2], row[1], *row[3:]))]
                if len({*row[1:4]}) == 3:
                    changed.append(" | ".join((*row[:2], *row[3:])))
                for quote in changed:
                    if quote.lower() not in printed and row[1] != row[2]:
                        tried += 1
                        found += [(table.label, quote)] if find_quote(source, quote).found != "no" else []
    assert tried > 200
    assert not found


def test_every_line_of_the_real_tables_and_sentences_of_the_texts_are_found() -> None:
    missed = []
    for source in real_articles():
        quotes = [line for table in source.tables for line in table.text.split("\n")]
        for page in source.pages:
            quotes += re.split(r"(?<=[.;]) +(?=[A-Z])|\n", page.text)[:12]
        missed += [
            quote for quote in quotes if len(re.sub(r"\W", "", quote)) > 9 and find_quote(source, quote).found != "yes"
        ]
    assert not missed


def test_two_halves_of_different_sentences_are_no_quote() -> None:
    source = document(
        "Pain intensity in the active group fell from 6.1 to 3.2 points on the VAS.\n\nDepression in the sham group "
        "did not change and stayed at 17.4 (SD 3.0) points.\n\nOther."
    )
    for quote in (
        "Pain intensity in the active group did not change and stayed at 17.4 (SD 3.0) points.",
        "Pain intensity in the active group fell from 17.4 (SD 3.0) points.",
    ):
        assert find_quote(source, quote).found == "no"


@pytest.mark.parametrize(
    ("between", "found"),
    [
        ("Figure 1. Flow of patients.", "nearly"),
        ("* Higher is worse.", "nearly"),
        ("Table 2: Pain by group, in points of the scale (n = 40), at\nthe end.", "nearly"),
        ("Figure 1 shows that the sham group got worse.", "no"),
        ("in the sham group, while the other one went on to", "no"),
        ("Figure 1. Flow.\nThe sham group went from 5.0 to 4.9.", "no"),
    ],
)
def test_only_a_caption_or_a_footnote_may_stand_within_a_sentence(between: str, found: str) -> None:
    first, second = "Mean pain in the active group fell from 6.4 to", "4.1 points, whereas sham made no difference."
    assert find_quote(document(f"{first}\n{between}\n{second}"), f"{first} {second}").found == found
    assert find_quote(document(f"{first} {between} {second}"), f"{first} {second}").found == "no"


@pytest.mark.parametrize(
    ("foot", "found"),
    [("117", "yes"), ("Doe et al. Pain 2020;12(3):45-67", "yes"), ("5.0 in the sham group and", "no")],
)
def test_only_running_heads_may_stand_at_a_page_end(foot: str, found: str) -> None:
    first, second = "Mean pain in the active group fell from 6.4 to", "4.1 points, whereas sham made no difference."
    assert find_quote(document(f"{first}\n{foot}", second), f"{first} {second}").found == found


def test_cells_that_are_left_out_have_their_ellipsis_and_columns_stay_columns() -> None:
    rows = ("Group|Baseline|Week 4|Week 8", "Active rTMS (n = 20)|5.9 (1.2)|4.1 (0.9)|3.9 (1.0)", "Sham||6.0 (1.1)|5.8")
    source = document("x", tables=(table(*rows),))
    for quote in (
        "Active rTMS (n = 20) | … | 4.1 (0.9)",
        "Group | … | Week 4\nActive rTMS (n = 20) | … | 4.1 (0.9)",
        "Group | … | Week 4\nSham | … | 6.0 (1.1)",
        "Group | … | Week 8\nSham | … | 5.8",
        rows[2].replace("|", " | "),
        "Sham | 6.0 (1.1) | 5.8",
        "\n".join(rows),
    ):
        assert find_quote(source, quote).found == "yes", quote
    for quote in (
        "Active rTMS (n = 20) | 4.1 (0.9)",
        "Group | Week 4\nActive rTMS (n = 20) | 5.9 (1.2)",
        "Group | … | Week 4\nActive rTMS (n = 20) | … | 3.9 (1.0)",
        "Group | Baseline\nSham | 6.0 (1.1)",
        "rTMS (n = 20) | 5.9 (1.2)",
        "rTMS (n = 20) 5.9 (1.2)",
        "Active rTMS (n = 20) … 6.0 (1.1)",
        "Active rTMS (n = 20) | … | 6.0 (1.1)",
    ):
        assert find_quote(source, quote).found == "no", quote


def test_rows_of_running_text_do_not_lend_each_other_numbers() -> None:
    source = document("Group Baseline Week 4\nActive rTMS 5.9 (1.2) 4.1 (0.9)\nSham rTMS 6.0 (1.1) 5.8 (1.3)", "More")
    assert find_quote(source, "Active rTMS | … | 4.1 (0.9)").found == "nearly"
    assert find_quote(source, "Active rTMS | 5.9 (1.2) | 4.1 (0.9)").found == "yes"
    for quote in ("Active rTMS | … | 6.0 (1.1)", "Active rTMS | 4.1 (0.9)", "Active rTMS | 6.0 (1.1) | 5.8 (1.3)"):
        assert find_quote(source, quote).found == "no", quote
    shifted = find_quote(source, "Group | … | Week 4\nActive rTMS | 5.9 (1.2)")
    assert shifted.found == "no"
    assert "columns" in shifted.note


def test_a_quote_is_compared_to_its_end_or_called_too_long() -> None:
    words = "word " * 1100
    source = document(f"{words}The mean was 4.5 points in all. {words * 4}")
    assert find_quote(source, f"{words}The mean was 4.5 points in all.").found == "yes"
    assert find_quote(source, f"{words}The mean was 9.9 points in all.").found == "no"
    longest = find_quote(source, f"{words * 4}x")
    assert longest.found == "no"
    assert "too long" in longest.note


CHANGED = [
    ("Thirty patients had a better night", "Eleven patients had a better night"),
    ("the pain did not improve in this arm", "the pain did improve in this arm"),
    ("We did not see any change of the pain in it", "We did see any change of the pain in it"),
    ("a change that is significant for all people", "a change that is insignificant for all people"),
    ("35% of them went on to the end of it", "35 points of them went on to the end of it"),
    ("SMD-0.5 in all the trials of it", "SMD 0.5 in all the trials of it"),
    ("SMD−5 in all the trials of it", "SMD 5 in all the trials of it"),
    ("p = 1.2 × 10⁻⁵ in all of the arms", "p = 1.2 × 10⁵ in all of the arms"),
    ("p = 1.2 × 10⁻⁵ in all of the arms", "p = 1.2 × 10-5 in all of the arms"),
    ("4.5 (SD 1.2) was the score in the arm", "4.5 (SE 1.2) was the score in the arm"),
    ("a dose of 5 mg was given to all", "a dose of 5 g was given to all"),
    ("a dose of 5 mg was given to all", "was a dose of 5 m"),
    ("score was 4.5 ± 1.2 in there", "score was 4.5 − 1.2 in there"),
    ("score was 4.5 ± 1.2 in there", "score was 4.5 1.2 in there"),
    ("mean ٤ points in the arm of all", "mean ٥ points in the arm of all"),
    ("VAS was 4① points in the arm", "VAS was 41 points in the arm"),
    ("2½ hours after the dose", "21/2 hours after the dose"),
    ("2½ hours after the dose", "2 hours after the dose"),
    ("range 0-10 in the score of all", "range 0 -10 in the score of all"),
    ("the active coil was held over the head", "the sham coil was held over the head"),
    ("pain fell in the left hand of everybody", "pain fell in the right hand of everybody"),
    ("pain fell in the hand of everybody", "pain rose in the hand of everybody"),
    ("the six-minute walk of all of them", "the eleven-minute walk of all of them"),
    ("change of the VAS was −0.5 points", "0.5 points"),
    ("p < 0.05 in both of the arms", "0.05 in both of the arms"),
    ("45% of them", "It was 45"),
    ("20 active and 19 sham patients finished it", "active 20 and 19 sham patients finished it"),
    ("phase III trial of the coil in pain", "phase II trial of the coil in pain"),
]


@pytest.mark.parametrize(("printed", "typed"), CHANGED)
def test_a_change_of_meaning_is_not_found_however_small(printed: str, typed: str) -> None:
    assert find_quote(document(f"Before it. It was {printed}. After it."), typed).found == "no"
    assert find_quote(document(f"Before it. It was {printed}. After it."), printed).found == "yes"


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("mean ４．５ points in the arm", "mean 4.5 points in the arm"),
        ("mean ٤٫٥ points in the arm", "mean 4.5 points in the arm"),
        ("score 4.5 +/- 1.2 in the arm", "score 4.5 ± 1.2 in the arm"),
        ("2½ hours after the dose", "2 1/2 hours after the dose"),
        ("SMD−0.5 in all the trials", "SMD-0.5 in all the trials"),
        ("n = 1\u2009234 people took part", "n = 1 234 people took part"),
        ("range −0.9 to −0.1 in all", "range –0.9 to –0.1 in all"),
    ],
)
def test_the_same_number_in_other_signs_is_found(printed: str, typed: str) -> None:
    assert find_quote(document(f"Before it. It was {printed}. After it."), typed).found == "yes"


# --- the quotes of an extraction --------------------------------------------------------------------------------------


def test_the_quotes_of_an_extraction_are_checked_by_path() -> None:
    texts = {"text-1": TEXT, "": together([("doe.pdf", TEXT), ("Abstract", document("Less pain, 3.3 points."))])}
    answers = {
        "quote": "Mean pain fell from 6.4 (SD 1.2) to 4.1",
        "page": "page 2",
        QUOTES: {
            "mean_active": {"quote": "to 4.1 (SD 1.5) after stimulation", "page": "page 2", "full_text": "text-1"},
            "arms[sham].n": {"quote": "n = 28", "page": "", "full_text": "text-1"},
            "": {"quote": "Less pain, 3.3 points", "full_text": ""},
            "gone": {"quote": "Less pain", "full_text": "not there"},
            "empty": {"quote": " "},
            "odd": "no quote",
        },
    }
    found = check_quotes(texts.get, answers)
    assert {path: match.found for path, match in found.items()} == {
        "quote": "yes",
        "mean_active": "yes",
        "arms[sham].n": "no",
        "": "yes",
    }
    assert found[""].page == "Abstract, page 1"
    assert [as_kept(each) for each in (*found.values(), None)] == ["yes", "yes", "no", "yes", "unchecked"]
    assert check_quotes(texts.get, {}) == {}
    assert together([]) is None
