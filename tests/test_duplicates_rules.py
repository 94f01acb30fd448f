"""What the rules say of pairs: which are one report, which are not, and which a person is asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.duplicates import Verdict, find_duplicates, judge
from ingest.record import Link
from tests.duplicate_records import TITLE, record

SAME, UNSURE, DIFFERENT = Verdict.SAME, Verdict.UNSURE, Verdict.DIFFERENT

# ------------------------------------------------------------------------------------------------ what is one report


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"source": "embase", "title": TITLE.upper().replace(":", " -") + "."},
        {"title": f"{TITLE.replace('sham-', 'Sham ')} [see comment]"},
        {"title": TITLE.replace("neuropathic", "neuropatic")},
        {"journal": "Eur J Pain"},
        {"journal": "European journal of pain (London, England)"},
        {"authors": ("Lemaire A", "Okafor C", "Yamada K")},
        {"authors": ("Lemaire, A.; Okafor, C.; Yamada, K.",)},
        {"pages": "512-20"},
        {"pages": "512-20", "volume": "19(4)", "issue": ""},
        {"pages": "", "volume": "", "issue": "", "doi": None},
        {"year": 2014},  # electronic and printed year
        {"title": f"RETRACTED: {TITLE}"},
        {"title": f"{TITLE} [Erratum appears in Eur J Pain. 2016;20(1):1]"},
    ],
)  # fmt: skip
def test_entries_of_one_article_are_the_same(other: dict[str, Any]) -> None:
    assert judge(record(), record(**other))[0] is SAME
    assert judge(record(**other), record())[0] is SAME


def test_markup_and_greek_letters_do_not_hide_a_title() -> None:
    pairs = [
        (
            "Effect of H<sub>2</sub>O and β-endorphin in chronic pain",
            "Effect of H_2O and beta-endorphin in chronic pain",
        ),
        ("Müller’s sign in Łódź: a naïve study of pain", "Muller's sign in Lodz: a naive study of pain"),
        ("Phase II trial of rTMS: part 2 of the results", "Phase 2 trial of rTMS: Part II of the results"),
    ]
    for ours, theirs in pairs:
        assert judge(record(title=ours), record(title=theirs))[0] is SAME, ours


# --------------------------------------------------------------------------------------------- what must not be joined


@pytest.mark.parametrize(
    "other",
    [
        {"title": f"Erratum: {TITLE}", "pages": "1011"},
        {"title": f"Corrigendum to '{TITLE}'"},
        {"title": f"{TITLE}: Erratum"},
        {"title": f"Correction to: {TITLE}"},
        {"title": TITLE, "publication_types": ("Published Erratum",)},
        {"title": f"Retraction: {TITLE}"},
        {"title": f"Retraction notice to {TITLE}"},
        {"title": TITLE, "retraction_notice": True},
        {"title": f"Expression of concern: {TITLE}"},
        {"title": f"Comment on {TITLE}", "authors": ("Novak P",)},
        {"title": f"Re: {TITLE}", "authors": ("Novak P",)},
        {"title": f"Reply to: {TITLE}"},
        {"title": f"{TITLE}: authors' reply"},
        {"title": f"{TITLE}: study protocol", "year": 2013, "volume": "17", "pages": "1-9"},
        {"title": f"{TITLE}. Part II", "pages": "521-530"},
        {"title": TITLE.replace("pain:", "pain in 2016:"), "year": 2016, "volume": "20"},
        {"year": 2018, "volume": "22", "pages": "100-110"},  # an update under the same title
        {"journal": "Brain Stimulation", "volume": "8", "pages": "1"},  # the same title elsewhere
        {"journal": "Clinical Neurophysiology", "volume": "126", "issue": "Suppl 1", "pages": "S67"},  # the meeting
        {"title": TITLE.replace("neuropathic pain", "fibromyalgia")},
        {"title": TITLE.replace("sham-controlled trial", "systematic review"), "pages": "600-612"},
        {"links": (Link(type="CommentOn", pmid="11"),), "pmid": "12"},
        {"pmid": "12", "pages": "1-2", "volume": "20"},
    ],
)
def test_related_publications_are_never_joined(other: dict[str, Any]) -> None:
    for first, second in ((record(pmid="11"), record(**other)), (record(**other), record(pmid="11"))):
        assert judge(first, second)[0] is not SAME
        assert find_duplicates([first, second]).groups == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Pain in men after stroke: a cohort study of rTMS", "Pain in women after stroke: a cohort study of rTMS"),
        (
            "Intra-articular injection for pain of the knee joint",
            "Inter-articular injection for pain of the knee joint",
        ),
        ("Hypotension during treatment of chronic pain states", "Hypertension during treatment of chronic pain states"),
        ("Maternal effects on chronic pain in later life", "Paternal effects on chronic pain in later life"),
        ("Opioid agonist therapy in chronic pain states", "Opioid antagonist therapy in chronic pain states"),
        ("Afferent pathways in migraine with aura in adults", "Efferent pathways in migraine with aura in adults"),
        (
            "Low frequency rTMS in migraine: a trial of 20 people",
            "Low frequency rTMS in migraine: a trial of 40 people",
        ),
        ("Diabetic neuropathy: type I patients and their pain", "Diabetic neuropathy: type II patients and their pain"),
        ("Treated neuralgia in primary care: a cohort study", "Untreated neuralgia in primary care: a cohort study"),
    ],
)
def test_one_telling_word_keeps_two_abstracts_of_one_page_apart(ours: str, theirs: str) -> None:
    """Meeting abstracts: one group, one page, one supplement, and titles that differ in a syllable."""
    place = {"journal": "Pain", "volume": "12", "issue": "Suppl 1", "pages": "S67"}
    assert judge(record(title=ours, **place), record(title=theirs, **place))[0] is not SAME


def test_a_meeting_s_abstract_is_not_joined_to_the_paper_whose_pages_are_missing() -> None:
    meeting = record(issue="Suppl 1", pages="S67")
    assert judge(meeting, record(pages="", issue=""))[0] is UNSURE
    assert judge(record(title=f"{TITLE} [abstract]", pages=""), record())[0] is UNSURE


def test_a_shared_doi_with_clearly_different_titles_is_a_question() -> None:
    first = record(doi="10.1000/x")
    second = record(
        doi="10.1000/x", title="Opioids after knee surgery in the elderly", authors=("Novak P",), pages="77"
    )
    result = find_duplicates([first, second])
    assert result.groups == ()
    assert [(one.pair, one.reasons) for one in result.unsure] == [((0, 1), ("same DOI, but the titles differ",))]


def test_a_doi_that_many_titles_bear_says_nothing() -> None:
    titles = ("Opioids after surgery", "Migraine in adolescents", "Sleep and fibromyalgia", "Spinal cord stimulation")
    abstracts = [
        record(title=title, doi="10.1000/supplement", authors=(f"Author{n} P",), pages=f"S{n}")
        for n, title in enumerate(titles)
    ]
    result = find_duplicates(abstracts)
    assert (result.groups, result.unsure) == ((), ())


def test_a_shared_pmid_with_another_title_is_a_question() -> None:
    assert judge(record(pmid="1"), record(pmid="1"))[0] is SAME
    assert judge(record(pmid="1"), record(pmid="1", title="Something else about pain entirely"))[0] is UNSURE


def test_an_update_of_a_review_keeps_title_doi_and_number_and_is_a_question() -> None:
    """As with PMIDs 11034741 and 11406024 (Cochrane CD002020, 2000 issue 4 and 2001 issue 2), their PMIDs unknown."""
    review: dict[str, Any] = {"journal": "Cochrane Database Syst Rev", "volume": "", "pages": "CD000001"}
    first = record(**review, year=2000, issue="4", doi="10.1000/cd000001")
    second = record(**review, year=2001, issue="2", doi="10.1000/cd000001")
    assert judge(first, second)[0] is UNSURE
    assert judge(replace(first, doi=None), replace(second, doi=None))[0] is UNSURE


def test_everything_alike_under_two_pmids_is_a_question() -> None:
    assert judge(record(pmid="1"), record(pmid="2"))[0] is UNSURE


def test_a_record_with_gaps_does_not_join_two_papers() -> None:
    """One entry without volume and page fits both; both can not be it."""
    first = record(source_id="a", volume="19", issue="4", pages="512-520")
    second = record(source_id="b", volume="19", issue="9", pages="900-910")
    gaps = record(source_id="c", volume="", issue="", pages="")
    assert judge(first, gaps)[0] is SAME
    assert judge(second, gaps)[0] is SAME
    for records in ([first, second, gaps], [gaps, first, second], [first, gaps, second]):
        result = find_duplicates(records)
        joined = [{records[index].source_id for index in group} for group in result.groups]
        assert joined == []
        assert len(result.unsure) == 3  # the two papers share title and volume: a question too


# -------------------------------------------------------------------------------------- what other databases print


@pytest.mark.parametrize(
    "other",
    [
        {"title": TITLE.replace("neuropathic", "enuropathic")},  # a misspelling that other rules take for another word
        {"title": f'"{TITLE}"'},
        {"title": TITLE.replace("pain:", "pain [corrected]:")},
        {"title": f"{TITLE}... includes discussion"},
        {"title": f"{TITLE} <ORIGINAL> Stimulation magnetique transcranienne repetee pour la douleur neuropathique"},
        {"title": "[Treating neuropathic pain with repetitive magnetic stimulation. A trial with sham control]"},
        {"title": TITLE.split(":")[0]},
        {"authors": (), "title": f"[{TITLE}]"},
        {"doi": "10.1000/wrong"},  # beside the right one
        {"year": 2018},  # of the online version, in the same volume and on the same pages
        {"pages": "512"},
        {"pages": "510-518"},  # preliminary pages
        {"pages": "e1512"},
        {"pages": "1-9"},  # how long it is
        {"issue": "101676033, 9801774"},  # a catalogue number of the journal
        {"volume": "2015"},
        {"volume": "", "issue": "", "pages": "", "year": 2015},
        {"journal": "Douleur = European Journal of Pain"},
        {"journal": "EUROPEAN JOURNAL OF PAIN-LONDON"},
        {"authors": ("Lemaire A",)},
        {"authors": ("Lemaire Anne; Okafor Chidi; Yamada Ken",)},
    ],
)  # fmt: skip
def test_one_paper_as_two_sources_print_it_is_joined(other: dict[str, Any]) -> None:
    first = record(doi="10.1000/right") if "doi" in other else record()
    for pair in ((first, record(**other)), (record(**other), first)):
        assert judge(*pair)[0] is SAME, judge(*pair)


@pytest.mark.parametrize(
    "other",
    [
        {"title": TITLE.replace("neuropathic pain", "fibromyalgia")},  # one page, and another word
        {"title": TITLE.replace("sham-controlled", "placebo-controlled")},
        {"title": f"{TITLE}, part 2"},
        {"volume": "20", "year": 2016},
        {"issue": "Suppl 1", "pages": "S67", "abstract": "a" * 300},
        {"issue": "9", "pages": ""},
        {"pages": "", "authors": ("Novak P",)},
        {"journal": "medRxiv", "volume": "", "issue": "", "pages": "", "doi": "10.1101/2015.01.01.15000001"},
        {"authors": ("Novak P",)},
        {"doi": "10.1000/wrong", "pages": "", "issue": ""},
        {"pmid": "99"},
    ],
)
def test_doubtful_pairs_are_left_to_a_person_or_apart(other: dict[str, Any]) -> None:
    first = record(pmid="98", doi="10.1000/right", abstract="b" * 300)
    for pair in ((first, record(**other)), (record(**other), first)):
        assert judge(*pair)[0] is not SAME, judge(*pair)


def test_a_shared_doi_outweighs_a_lost_subtitle_but_not_another_title() -> None:
    first = record(doi="10.1000/x", volume="", pages="")
    assert judge(first, record(doi="10.1000/x", title=TITLE.split(":")[0]))[0] is SAME
    assert judge(first, record(doi="10.1000/x", title="Opioids after knee surgery in the elderly"))[0] is UNSURE
    assert judge(first, record(doi="10.1000/x", title=f"Erratum: {TITLE}"))[0] is UNSURE


def test_sibling_abstracts_under_one_doi_are_a_question() -> None:
    place: dict[str, Any] = {"doi": "10.1000/section", "journal": "Pain", "volume": "12", "issue": "Suppl 1"}
    first = record(title="Maternal effects on chronic pain in later life of the child", pages="S67", **place)
    second = record(title="Paternal effects on chronic pain in later life of the child", pages="S67", **place)
    assert judge(first, second)[0] is UNSURE


def test_a_shared_pmid_is_not_believed_where_year_and_page_are_others() -> None:
    assert judge(record(pmid="1"), record(pmid="1", year=2019, volume="23", pages="77-90"))[0] is UNSURE


def test_versions_of_a_review_in_one_year_are_one_and_of_two_years_a_question() -> None:
    review: dict[str, Any] = {"journal": "Cochrane Database Syst Rev", "volume": "", "issue": "", "pages": "CD001876"}
    first = record(**review)
    assert judge(first, record(**{**review, "pages": ""}))[0] is SAME
    assert judge(first, record(**review, title=TITLE.replace("neuropathic", "chronic neuropathic")))[0] is SAME
    assert judge(first, record(**review, year=2018))[0] is UNSURE
    assert judge(record(**{**review, "issue": "1"}), record(**{**review, "issue": "9"}))[0] is UNSURE


def test_the_abstract_of_a_meeting_is_joined_to_an_entry_of_it_that_gives_no_page() -> None:
    abstract = record(title=f"{TITLE} [Abstract]", issue="", pages="A4912")
    assert judge(abstract, record(issue="", pages=""))[0] is SAME
    assert judge(abstract, record(issue="", pages="512-520"))[0] is not SAME
    assert judge(abstract, record(issue="", pages="", year=2016, volume="20"))[0] is not SAME


@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE} (vol 18, pg 512, 2014)",
        f"{TITLE} (Vol. 18, p 512, 2014)",
        f"Author Correction: {TITLE}",
        f"Commentary: {TITLE}",
        f"Discussion: {TITLE}",
        f"WITHDRAWN: {TITLE}",
        f"{TITLE}: protocol for a randomised trial",
        f"Response to: {TITLE}",
    ],
)
def test_titles_that_name_another_publication_are_no_article_of_that_title(title: str) -> None:
    assert judge(record(), record(title=title))[0] is DIFFERENT
    assert judge(record(title=title), record(title=title))[0] is SAME


def test_comments_without_names_under_different_dois_are_different() -> None:
    comment: dict[str, Any] = {"title": "Comment on egusphere-2022-498 and its data", "authors": (), "journal": ""}
    gaps: dict[str, Any] = {"volume": "", "issue": "", "pages": ""}
    first, second = (record(**comment, **gaps, doi=f"10.5194/{name}") for name in ("rc1", "rc2"))
    assert judge(first, second)[0] is DIFFERENT


def test_a_column_of_running_numbers_is_no_issue() -> None:
    """A list sorted by title numbers its lines where the issue should be."""
    others = [
        record(
            source_id=f"o{n}",
            title=f"{name} of chronic pain in adults and in children",
            issue=str(200 + n),
            volume=str(n),
        )
        for n, name in enumerate(f"Survey{chr(97 + n % 26)}{n}" for n in range(60))
    ]
    first, second = record(issue="711", pages=""), record(issue="712", doi=None)
    assert judge(first, second)[0] is UNSURE
    assert find_duplicates([first, second, *others]).groups == ((0, 1),)
    monthly = [replace(other, issue=str(n % 12 + 1)) for n, other in enumerate(others)]
    assert find_duplicates([first, second, *monthly]).groups == ()


def test_an_article_number_with_its_year_apart_still_says_one_printing() -> None:
    first = record(pages="142923", year=2020)
    assert judge(first, record(pages="142923", year=2022))[0] is SAME
    assert judge(first, record(pages="142923", year=2022, volume="21"))[0] is not SAME


@pytest.mark.parametrize("gaps", [{"pages": "", "volume": "", "issue": ""}, {"pages": "", "issue": ""}])
@pytest.mark.parametrize("kind", ["Conference Abstract", "Meeting Abstract", "Abstract"])
def test_an_abstract_by_its_type_is_not_joined_to_a_paper_for_want_of_pages(kind: str, gaps: dict[str, Any]) -> None:
    paper = record(doi="10.1/paper", publication_types=("Article",))
    assert judge(paper, record(publication_types=("Article",), **gaps))[0] is SAME
    assert judge(paper, record(publication_types=(kind,), **gaps))[0] is UNSURE
    assert judge(record(publication_types=(kind,), **gaps), paper)[0] is UNSURE


def test_one_abstract_under_two_types_is_the_same_where_the_page_agrees() -> None:
    of_embase = record(publication_types=("Conference Abstract",), pages="S45", volume="19 Suppl 1")
    assert judge(of_embase, record(publication_types=("Article",), pages="S45", volume="19 Suppl 1"))[0] is SAME


def test_a_preprint_by_its_type_is_a_question_even_where_the_abstract_is_equal() -> None:
    abstract = (
        "Sixty people with chronic pain had ten sessions over the motor cortex, and fewer of them hurt after it. " * 2
    )
    paper = record(abstract=abstract, publication_types=("Journal Article",))
    gaps: dict[str, Any] = {"journal": "", "volume": "", "issue": "", "pages": "", "abstract": abstract}
    assert judge(paper, record(**gaps))[0] is SAME
    assert judge(paper, record(publication_types=("Preprint",), **gaps))[0] is UNSURE
