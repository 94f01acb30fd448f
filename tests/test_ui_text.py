"""Text from outside is shown as its characters and never as markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tests.ui_review import HOSTILE_ABSTRACT, HOSTILE_TITLE, record
from workbench.ui import text


def test_markup_in_an_abstract_is_escaped() -> None:
    shown = text.abstract(HOSTILE_ABSTRACT)
    assert "<img" not in shown
    assert "<iframe" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt; **bold** $a$ and $b$ :smile:" in shown


def test_labelled_sections_of_an_abstract_become_headings() -> None:
    shown = text.abstract("BACKGROUND: Pain.\nMETHODS AND RESULTS: 10:1 odds.\nIt ends here: no label.")
    assert shown.count("<h4>") == 2
    assert "<h4>METHODS AND RESULTS</h4><p>10:1 odds.</p>" in shown
    assert "<p>It ends here: no label.</p>" in shown


def test_a_record_without_an_abstract_says_so() -> None:
    assert "No abstract" in text.abstract("  \n ")


@given(st.text())
def test_no_text_brings_a_tag_into_a_table_or_a_list_of_facts(given_text: str) -> None:
    table = text.table(("A", "B"), [(given_text, 1)], caption=given_text)
    listed = text.facts({given_text: given_text or "-"})
    ours = text.table(("A", "B"), [("", 1)], caption="")
    assert table.count("<") == ours.count("<")
    assert listed.count("<") == text.facts({"k": "v"}).count("<")


def test_our_own_markup_is_not_escaped_twice() -> None:
    assert text.table(("A",), [(Markup("<b>x</b>"),)], caption="c").count("<b>x</b>") == 1
    assert text.join(("<", Markup("<i>")), " · ") == "&lt; · <i>"


@pytest.mark.parametrize(
    ("given_label", "literal"),
    [
        ("**bold** $x$", r"\*\*bold\*\* \$x\$"),
        (":red[x] :smile:", r"\:red\[x\] \:smile:"),
        ("<b>", r"\<b\>"),
        ("1. first", r"1\. first"),
        ("12) twelfth", r"12\) twelfth"),
        ("- item", r"\- item"),
        ("two\nlines", "two lines"),
        # what Markdown leaves alone stays as it is, because the label is also read aloud
        ("Active arm: mean (SD), n_active 0-10", "Active arm: mean (SD), n_active 0-10"),
        ("5.3 Is the result likely", "5.3 Is the result likely"),
    ],
)
def test_a_label_shows_the_characters_it_was_given(given_label: str, literal: str) -> None:
    assert text.literal(given_label) == literal


@pytest.mark.parametrize("pmid", ["0", "12x", "1234567890", "", None, "1/../2"])
def test_no_link_to_pubmed_without_a_pmid(pmid: str | None) -> None:
    assert text.pubmed_address(pmid) is None


def test_links_are_built_from_sound_identifiers_only() -> None:
    links = text.record_links(record(27260638, doi='10.1000/a<b>"c'))
    assert "https://pubmed.ncbi.nlm.nih.gov/27260638/" in links
    assert "doi.org" not in links
    sound = text.record_links(record(1, doi="10.1016/s0304-3959(99)00200-x", pmcid="PMC123"))
    assert "https://doi.org/10.1016/s0304-3959(99)00200-x" in sound
    assert "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/" in sound
    assert sound.count('rel="noopener noreferrer"') == 3


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://doi.org/10.1016/j.jpain.2007.09.005.", "https://doi.org/10.1016/j.jpain.2007.09.005"),
        ("pmid: 27260638", "https://pubmed.ncbi.nlm.nih.gov/27260638/"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC4545735/", "https://pmc.ncbi.nlm.nih.gov/articles/PMC4545735/"),
        ("javascript:alert(1)", None),
        ("https://example.org/a", None),
        ("data:text/html,<script>", None),
    ],
)
def test_a_source_becomes_a_link_only_through_an_identifier(address: str, target: str | None) -> None:
    shown = text.source_place(address)
    assert (f'href="{target}"' in shown) if target else ("<a" not in shown)
    assert "<script>" not in shown


def test_characters_that_reorder_or_control_a_line_are_taken_out() -> None:
    assert text.clean("a\u202eb\x00c\x1b[31m\td") == "abc[31m\td"


def test_a_long_title_is_cut_at_a_word() -> None:
    assert text.one_line("alpha beta gamma delta", 14) == "alpha beta …"
    assert text.one_line(HOSTILE_TITLE, 500) == HOSTILE_TITLE


def test_sections_that_run_on_in_one_paragraph_get_their_headings_too() -> None:
    assert list(text.sections("Background: Pain lasts. Methods and design: Sham or rTMS. The results: none. END")) == [
        ("Background", "Pain lasts."),
        ("Methods and design", "Sham or rTMS. The results: none. END"),
    ]
    assert list(text.sections("AIM: To see. METHODS: We saw.\nPlain words.")) == [
        ("AIM", "To see."),
        ("METHODS", "We saw."),
        ("", "Plain words."),
    ]


def test_no_word_of_an_abstract_is_lost_between_its_headings() -> None:
    said = "It began. Results: 3 of 4. Conclusion: (see Results: above) done\nRESULTS: last"
    shown = " ".join(part for section in text.sections(said) for part in section)
    assert [word.strip(":") for word in said.split()] == [word.strip(":") for word in shown.split()]


def test_marked_words_of_an_abstract_are_escaped_by_the_marker_alone() -> None:
    shown = text.abstract("METHODS: a <b> c", lambda words: Markup("<mark>{}</mark>").format(words))
    assert "<p><mark>a &lt;b&gt; c</mark></p>" in shown
