"""PubMed's search syntax: what the local server finds, and what the client refuses to send."""

from __future__ import annotations

import functools
import gzip
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.eutils import EutilsError
from ingest.eutils.corpus import Corpus, NotEvaluated, parse_day
from ingest.eutils.query import TAGS, QuerySyntaxError, parse, translation
from ingest.eutils.strategy import strategy_faults, strategy_warnings
from tests.pubmed_documents import article, article_set, book
from tests.shared_data import shared

# The five real strategies, block by block (docs of the wire, section 6.4). RCT: Cochrane Highly Sensitive Search
# Strategy, sensitivity-maximising version (2008 revision), PubMed format; Cochrane Handbook 5.1, Box 6.4.a.
TMS = """("Transcranial Magnetic Stimulation"[mh] OR "transcranial magnetic stimulation"[tiab] OR rTMS[tiab]
       OR "repetitive TMS"[tiab] OR "theta burst"[tiab] OR iTBS[tiab] OR cTBS[tiab] OR "deep TMS"[tiab]
       OR dTMS[tiab])"""
NEUROPATHIC = """("Neuralgia"[mh] OR neuralg*[tiab] OR "neuropathic pain"[tiab] OR "nerve pain"[tiab]
       OR "Diabetic Neuropathies"[mh] OR "Phantom Limb"[mh] OR "phantom limb"[tiab]
       OR "Complex Regional Pain Syndromes"[mh] OR causalgia[tiab] OR radiculopath*[tiab])"""
FIBROMYALGIA = """("Fibromyalgia"[mh] OR fibromyalg*[tiab] OR "chronic widespread pain"[tiab])"""
MIGRAINE = """("Migraine Disorders"[mh] OR migrain*[tiab])"""
CENTRAL = """("central pain"[tiab] OR "central neuropathic pain"[tiab] OR "central post-stroke pain"[tiab]
       OR "central poststroke pain"[tiab] OR "post-stroke pain"[tiab] OR "poststroke pain"[tiab]
       OR "thalamic pain"[tiab] OR (("Stroke"[mh] OR "Spinal Cord Injuries"[mh] OR "Multiple Sclerosis"[mh])
       AND ("Pain"[mh] OR pain[tiab])))"""
PAIN_DEPRESSION = """(("Pain"[mh] OR pain*[tiab])
       AND ("Depressive Disorder"[mh] OR "Depression"[mh] OR depress*[tiab]))"""
RCT = """((randomized controlled trial[pt] OR controlled clinical trial[pt] OR randomized[tiab] OR placebo[tiab]
       OR drug therapy[sh] OR randomly[tiab] OR trial[tiab] OR groups[tiab]) NOT (animals[mh] NOT humans[mh]))"""
CONDITIONS = {
    "neuropathic pain": NEUROPATHIC,
    "fibromyalgia": FIBROMYALGIA,
    "migraine": MIGRAINE,
    "central pain": CENTRAL,
    "pain with depression": PAIN_DEPRESSION,
}
STRATEGIES = {name: f"{TMS} AND {block} AND {RCT}" for name, block in CONDITIONS.items()}


def corpus(*entries: str) -> Corpus:
    return Corpus.read([article_set(entries)])


def found(records: Corpus, query: str) -> list[int]:
    return sorted(int(pmid) for pmid in records.search(query)[0])


@pytest.fixture(scope="module")
def small() -> Corpus:
    return corpus(
        article(1, title="Deep TMS for Central Post-Stroke Pain", abstract="Sham-controlled. Groups of ten.",
                mesh=["Transcranial Magnetic Stimulation", "Stroke", "Humans", "Pain/drug therapy"],
                types=["Journal Article", "Randomized Controlled Trial"], published="2020/Mar/5", created="2020/3/7",
                authors=[("Lefaucheur", "JP"), ("Ångström", "B")], journal="Eur J Pain"),
        article(2, title="Migraineurs and their aura", abstract="No stimulation", keywords=["theta burst"],
                mesh=["Migraine with Aura", "Humans"], published="2019/Dec/31", created="2021/1/1"),
        article(3, title="Pain. Depression in mice", mesh=["Animals", "Mice", "Neuralgia, Postherpetic"],
                published="2021/01/15", created="2021/2/3"),
        article(4, title="A title without an abstract", published="1804/Jan/1", created="1999/12/31"),
        book(5, title="Neuralgias: a chapter"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pain[ti]", [1, 3]),
        ("PAIN[TI]", [1, 3]),
        ("pain[Title]", [1, 3]),
        ("pain[Title/Abstract]", [1, 3]),
        ("migrain*[tiab]", [2]),
        ("migraine[tiab]", []),  # a word is not its beginning
        ('"theta burst"[tiab]', [2]),  # authors' keywords are part of tiab
        ('"theta burst"[ti]', []),
        ('"post-stroke pain"[tiab]', [1]),
        ('"post stroke pain"[tiab]', [1]),  # a hyphen is a blank
        ('"poststroke pain"[tiab]', []),
        ('"central post stroke pai*"[tiab]', [1]),
        ('"centr* post-stro* pain"[tiab]', [1]),  # several asterisks, since 2024
        ("migrain*rs[tiab]", [2]),
        ("migrain*s their aura[tiab]", []),
        ("sham*con[tiab]", []),  # an asterisk stays within its word
        ("Migr* with Aura[mh]", [2]),
        ('"pain depression"[tiab]', [3]),  # punctuation between words is none
        ('"pain sham"[tiab]', []),  # but a phrase does not reach from the title into the abstract
        ("stimulation no[tiab]", [2]),  # words that are no phrase are all required
        ("deep pain", [1]),
        ("deep pain mice", []),
        ('"Pain"[mh]', [1, 3]),  # 3 by a narrower heading
        ('"Pain"[mh:noexp]', [1]),
        ('"pain/drug therapy"[mh]', [1]),
        ("drug therapy[sh]", [1]),
        ("Neuralgia[MeSH Terms]", [3]),
        ("neuralg*[tiab]", [5]),
        ('"Migraine Disorders"[mh]', [2]),
        ("animals[mh] NOT humans[mh]", [3]),
        ("randomized controlled trial[pt]", [1]),
        ("controlled clinical trial[pt]", [1]),  # the wider type finds the narrower
        ("clinical trial[pt]", [1]),
        ("randomized[pt]", []),  # a type is a whole, not a word
        ("Stroke[tw]", [1]),
        ("lefaucheur jp[au]", [1]),
        ("lefaucheur j[au]", [1]),
        ("lefaucheur[au]", [1]),
        ("lefau[au]", []),
        ("angstrom b[au]", [1]),  # accents do not matter
        ('"Eur J Pain"[ta]', [1]),
        ("english[la]", [1, 2, 3, 4, 5]),
        ("eng[la]", [1, 2, 3, 4, 5]),
        ("2[uid]", [2]),
        ("2[pmid] OR 4[uid]", [2, 4]),
        ("2:4[uid]", [2, 3, 4]),
        ("10.1000/i3[doi]", [3]),
        ("2020[dp]", [1]),
        ("2020/03[dp]", [1]),
        ("2019:2020[dp]", [1, 2]),
        ("1804[dp]", [4]),
        ("1805[dp]", []),
        ('"2021/01/01"[crdt] : "2021/02/03"[crdt]', [2, 3]),
        ('"2021/01/02"[crdt] : "3000"[crdt]', [3]),
        ("2021[crdt]", [2, 3]),
        ("2020/13[dp]", []),
        ("nothing*[tiab]", []),
    ],
)
def test_a_query_finds_what_pubmed_would(small: Corpus, query: str, expected: list[int]) -> None:
    assert found(small, query) == expected


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("pain[ti] OR migraineurs[ti] AND mice[ti]", "(pain[ti] OR migraineurs[ti]) AND mice[ti]"),
        ("mice[ti] AND migraineurs[ti] OR pain[ti]", "(mice[ti] AND migraineurs[ti]) OR pain[ti]"),
        ("pain[ti] NOT mice[ti] OR title[ti]", "(pain[ti] NOT mice[ti]) OR title[ti]"),
        ("pain[ti] mice[ti]", "pain[ti] AND mice[ti]"),
        ("((pain[ti]))", "pain[ti]"),
        ("(pain OR mice)[ti]", "pain OR mice"),  # a tag on a group is dropped
        ("pain[foo]", "pain[all]"),  # an unknown tag is dropped
    ],
)
def test_operators_go_from_left_to_right_and_misplaced_tags_are_dropped(small: Corpus, query: str, same: str) -> None:
    assert found(small, query) == found(small, same)
    assert found(small, query)


def test_a_typographic_asterisk_is_taken_literally(small: Corpus) -> None:
    assert found(small, "migrain∗[tiab]") == []


@pytest.mark.parametrize(
    "query", ["((pain", "pain)", "pain AND", "OR pain", "()", "", "   ", "pain OR AND mice", "[ti]"]
)
def test_what_pubmed_cannot_read_is_an_error_and_not_an_empty_set(small: Corpus, query: str) -> None:
    with pytest.raises(QuerySyntaxError):
        small.search(query)


@pytest.mark.parametrize("query", ['"a b"[tiab:~3]', "medline[sb]", "university[pl]", "a:b[ti]"])
def test_what_the_local_server_does_not_evaluate_it_says(small: Corpus, query: str) -> None:
    with pytest.raises(NotEvaluated):
        small.search(query)


def test_very_long_and_very_deep_queries_do_not_break_the_reader(small: Corpus) -> None:
    long = " OR ".join(f"word{n}[tiab]" for n in range(5000)) + " OR pain[ti]"
    assert found(small, long) == [1, 3]
    assert len(translation(parse(long))) > 100_000
    with pytest.raises(QuerySyntaxError, match="parentheses"):
        parse("(" * 5000 + "pain" + ")" * 5000)


def test_the_translation_names_the_fields_in_full() -> None:
    query = 'rTMS[tiab] AND (neuralg*[tiab] OR "Pain"[mh:noexp]) NOT ("2020"[crdt] : "2021"[crdt])'
    assert translation(parse(query)) == (
        '"rTMS"[Title/Abstract] AND (neuralg*[Title/Abstract] OR "Pain"[MeSH Terms:noexp])'
        ' NOT "2020"[Date - Create] : "2021"[Date - Create]'
    )
    # Reading the translation gives the same translation: it says what it means.
    assert translation(parse(translation(parse(query)))) == translation(parse(query))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024", (date(2024, 1, 1), date(2024, 12, 31))),
        ("2024/2", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2023/12", (date(2023, 12, 1), date(2023, 12, 31))),
        ("2024-02-29", (date(2024, 2, 29), date(2024, 2, 29))),
    ],
)
def test_an_incomplete_date_covers_all_its_days(text: str, days: tuple[date, date]) -> None:
    assert parse_day(text) == days


# What must hold for any records and terms

words = st.sampled_from(["pain", "stroke", "sham", "cortex", "motor", "trial"])
titles = st.lists(words, min_size=1, max_size=5).map(" ".join)
queries = st.recursive(
    words.map(lambda word: f"{word}[ti]"),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "NOT"]), inner).map(
        lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(titles=st.lists(titles, min_size=1, max_size=6), a=queries, b=queries)
def test_operators_are_the_operators_of_sets(titles: list[str], a: str, b: str) -> None:
    records = corpus(*(article(n, title=title) for n, title in enumerate(titles, start=1)))
    left, right = set(found(records, a)), set(found(records, b))
    assert set(found(records, f"({a}) AND ({b})")) == left & right
    assert set(found(records, f"({a}) OR ({b})")) == left | right
    assert set(found(records, f"({a}) NOT ({b})")) == left - right
    # And a translation finds what its query finds.
    assert found(records, translation(parse(f"({a}) NOT ({b})"))) == sorted(left - right)
    assert strategy_faults(f"({a}) NOT ({b})") == ()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='ab "[]():#*AND OR NOT tiab,/~:-&;“∗\n', max_size=60))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    faults = strategy_faults(text)
    strategy_warnings(text)
    try:
        translation(parse(text))
    except QuerySyntaxError:
        assert faults  # what PubMed cannot read is never sent


# What the client refuses to send


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_five_strategies_are_without_fault(name: str) -> None:
    assert strategy_faults(STRATEGIES[name]) == ()
    assert strategy_warnings(STRATEGIES[name]) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        ("asthma[foo]", "[foo] is not a field"),
        ("asthma[tiabb]", "[tiabb] is not a field"),
        ("asthma[Title Abstract]", "is not a field"),
        ("(a OR b)[tiab]", "behind a group"),
        ("a[mh:~3]", "ignores '~3' on the field 'mh'"),
        ("a[ti:noexp]", "ignores 'noexp' on the field 'ti'"),
        ("a[mh:all]", "after the colon"),
        ("a b[tiab:~3]", "quotation marks before it"),
        ("neuralg∗[tiab]", "typographic asterisk"),
        ("“deep TMS”[tiab]", "typographic quotation mark"),
        ("Pain &amp; Symptom[ta]", "HTML entity"),
        ("((a[ti])", "parentheses do not match"),
        (")a[ti](", "parentheses do not match"),
        ('"deep TMS[tiab]', "no partner"),
        ("a[ti] OR", "ends where a term"),
        ("a[ti] or b[ti]", "'or' between terms has to be OR"),
        ("(a) and (b)", "'and' between terms has to be AND"),
        ("AND a[ti]", "AND"),
        ("a[ti] [ab]", "behind no term"),
        ("(((((a[ti])))", "parentheses"),
        ("(a[ti]))", "parentheses do not match"),
        ("   \n ", "empty"),
        ("‘deep TMS’[tiab]", "typographic apostrophe"),
        ("Parkinson’s[tiab]", "typographic apostrophe"),
        ("«deep TMS»[tiab]", "typographic quotation mark"),
        ("post–stroke[tiab]", "typographic dash"),
        ("2020—2024[dp]", "typographic dash"),
        ("non\u2011invasive[tiab]", "typographic dash"),
        ("neuralg＊[tiab]", "typographic asterisk"),
        ("（rTMS[tiab]）", "full-width"),
        ("rTMS\u00a0AND pain", "U+00A0"),
        ("rTMS\u200b[tiab]", "U+200B"),
        ("\ufeffrTMS[tiab]", "U+FEFF"),
        ("rTMS\x00[tiab]", "U+0000"),
        ("rTMS\x1b[31m", "U+001B"),
        ("rTMS\ud800", "U+D800"),
        ("rTMS\u2028AND pain", "U+2028"),
        ("Pain &AMP; Symptom[ta]", "HTML entity"),
        ("Pain &#38; Symptom[ta]", "HTML entity"),
        ("%22deep%20TMS%22", "percent signs"),
        ('"deep\nTMS"[tiab]', "broken over two lines"),
        ('""[tiab]', "nothing to search for"),
        ('" - "[tiab]', "nothing to search for"),
        ("*[tiab]", "nothing to search for"),
        ("rTM*[tiab]", "fewer than 4 letters"),
        ("*stroke[tiab]", "fewer than 4 letters"),
        ("the[tiab]", "does not index"),
        ("#1 AND pain[ti]", "somebody's session"),
        ("a[ti] & b[ti]", "'&' between terms has to be AND"),
        ("a[ti] || b[ti]", "'||' between terms has to be OR"),
        ("a[ti] Or b[ti]", "'Or' between terms has to be OR"),
        ("a[ti] and b[ti]", "'and' between terms has to be AND"),
        ("not (a[ti])", "'not' between terms has to be NOT"),
        ("pain adj3 chronic", "another database"),
        ("pain NEAR/3 chronic", "another database"),
        ("pain.ti,ab.", "Ovid"),
        ("exp Pain/", "Ovid"),
        ("(exp Transcranial Magnetic Stimulation/ OR rTMS[tiab])", "Ovid"),
        ("wom?n[tiab]", "wildcard of another database"),
        ("randomi$ed[tiab]", "wildcard of another database"),
        ("({TMS}) AND pain[ti]", "not filled in"),
        ('"2026/13/01"[crdt] : "3000"[crdt]', "'2026/13/01' is not a date"),
        ('"2026/01/32"[crdt]', "is not a date"),
        ("yesterday[dp]", "is not a date"),
        ("2024:2020[dp]", "ends before it begins"),
        ("2024/05/02:2024/05/01[dp]", "ends before it begins"),
        ("alpha:omega[ti]", "is a range"),
        ("rTMS: pain", "is a range"),
        ("one:two[uid]", "not one of numbers"),
    ],
)
def test_what_pubmed_would_pass_over_in_silence_is_named(text: str, named: str) -> None:
    assert any(named in fault for fault in strategy_faults(text)), strategy_faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "pain and depression[tiab]",  # a phrase that holds the word
        "rTMS",
        '"transcranial magnetic stimulation"[Title/Abstract]',
        "pain[MeSH Major Topic] AND 2020:2024[dp]",
        '"rTMS pain"[tiab:~4] AND "Pain"[mh:noexp]',
        '"2026/11/01"[crdt] : "2026/11/20"[crdt]',
        "medline[sb] NOT (animals[mh] NOT humans[mh])",
        "rTMS[tiab]\n  AND\tpain[tiab]\r\n",
        '"vaccin* schedul*"[tiab] OR organi*ation[tiab]',
        '"last 5 years"[dp]',
        "2024:2024/05[dp] OR 2020/05/01:2020[dp]",
        "0001/01/01:3000/12/31[dp]",
        "1:7500000[uid] AND 16354850[pmid]",
        '"Pain & Symptom Manage"[ta]',
        "Sjögren*[tiab] OR β-endorphin[tiab]",
        '"Pain: causes"[ti]',
        '"the pain clinic"[tiab] OR the pain clinic[tiab]',
        "NCT01234567[si] OR exposure[tiab] OR expert[tiab]",
        '"10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2"[aid]',
        "10.1016/j.pain.2009.10.011[aid]",
        'Exp Brain Res[ta] OR "J Pain"[jour] OR Clin Exp Rheumatol[Journal]',
        "randomized controlled trial [pt] AND humans[Filter] AND english[lang] AND hasabstract[text]",
        '"2010/01/01"[Date - Publication] : "3000"[Date - Publication] AND "clinical trial"[Publication Type]',
        '"Pain/therapy"[Mesh] OR "Pain/therapy"[majr:noexp] OR Therapy/Broad[filter]',
        'Smith J[au] OR "Smith J"[Author - First] OR Cochrane[cn]',
        "5-HT[tiab] OR C-fiber*[tiab] OR 10-Hz[tiab] OR N-of-1[tiab] OR CD4+ T cells[tiab] OR rTMS/sham[tiab]",
        "(rTMS[tiab]OR iTBS[tiab])AND(pain[tiab])NOT(animals[mh:noexp]NOT humans[mh:noexp])",
        "J Pain & Palliat Care Pharmacother[ta]",
        '"pain, chronic"[tiab:~0] OR "Parkinson\'s disease"[tiab]',
        "does not respond[tiab] OR hit or miss[tiab]",
        "(sham[ti]) AND ((pain[ti]) OR (mood[ti]))",
    ],
)
def test_honest_strategies_are_not_refused(text: str) -> None:
    assert strategy_faults(text) == ()


def test_mixed_operators_on_one_level_are_a_warning() -> None:
    assert strategy_faults("sham[ti] AND pain[ti] OR mood[ti]") == ()
    assert "left to right" in strategy_warnings("sham[ti] AND pain[ti] OR mood[ti]")[0]
    assert "left to right" in strategy_warnings("rTMS[ti] AND (sham[ti] AND pain[ti] OR mood[ti])")[0]
    assert strategy_warnings("sham[ti] AND (pain[ti] OR mood[ti]) AND rTMS[ti]") == ()


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("rTMS or TMS", "the operator is OR"),
        ("pain not acute[tiab]", "the operator is NOT"),
        ("rTMS[tiab] pain[tiab]", "side by side"),
        ('"deep TMS" "theta burst"', "side by side"),
        ("(rTMS[tiab]) (pain[tiab])", "side by side"),
    ],
)
def test_what_pubmed_runs_in_another_sense_than_was_probably_meant_is_a_warning(text: str, doubt: str) -> None:
    assert strategy_faults(text) == ()
    assert any(doubt in warning for warning in strategy_warnings(text))


def test_every_field_that_pubmed_lists_is_known_by_both_its_names() -> None:
    info = ElementTree.parse(shared("data/pubmed_xml_samples/wire/biopython_einfo2.xml"))
    names = [field.findtext(name) or "" for field in info.iter("Field") for name in ("Name", "FullName")]
    assert len(names) == 100
    assert {name for name in names if name.lower() not in TAGS} == set()


# The five strategies over real and invented records


@pytest.fixture(scope="module")
def real() -> Corpus:
    """Every real article and book of the two sample folders that is a complete document."""
    files = sorted(shared("data/pubmed_xml/files").iterdir())
    files += sorted(shared("data/pubmed_xml_samples").glob("*.xml*"))
    return Corpus.read(files)


def test_every_real_sample_file_can_be_served(real: Corpus) -> None:
    # 483 distinct PMIDs by the folder's README; the second folder adds its own. Every one is searchable.
    assert len(real) >= 483
    assert any(record.is_book for record in real.records)
    assert all(record.index["all"] for record in real.records)
    for record in real.records:
        assert ElementTree.fromstring(record.xml).tag in ("PubmedArticle", "PubmedBookArticle")


def plain(text: str) -> str:
    """An independent reading of "words": lower case, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def has(term: str) -> Callable[[Iterable[str]], bool]:
    """An independent matcher of one [tiab] term: whole words, any punctuation between them."""
    parts = [re.escape(word) for word in re.findall(r"[a-z0-9]+", term.lower())]
    end = "" if term.endswith("*") else r"(?![^\W_])"
    pattern = re.compile(r"(?<![^\W_])" + r"[\W_]+".join(parts) + end)
    return lambda texts: any(pattern.search(plain(text)) for text in texts)


@functools.cache
def tiab_texts(xml: bytes) -> list[str]:
    root = ElementTree.fromstring(xml)
    paths = [
        "MedlineCitation/Article/ArticleTitle",
        "MedlineCitation/Article/Abstract/AbstractText",
        "MedlineCitation/OtherAbstract/AbstractText",
        "MedlineCitation/KeywordList/Keyword",
    ]
    return [" ".join("".join(e.itertext()).split()) for path in paths for e in root.iterfind(path)]


TIAB_TERMS = sorted(
    {
        quoted or plain_word
        for quoted, plain_word in re.findall(
            r'(?:"([^"]+)"|([\w*-]+))\[tiab\]', " ".join([TMS, RCT, *CONDITIONS.values()])
        )
    }
)


@pytest.mark.parametrize("term", TIAB_TERMS)
def test_a_title_abstract_term_finds_the_real_records_that_hold_it(real: Corpus, term: str) -> None:
    matches = has(term)
    expected = {r.pmid for r in real.records if not r.is_book and matches(tiab_texts(r.xml))}
    books = {r.pmid for r in real.records if r.is_book}
    asked = f'"{term}"[tiab]' if " " in term else f"{term}[tiab]"
    assert real.search(asked)[0] - books == expected


def test_the_terms_above_do_occur_in_the_real_records(real: Corpus) -> None:
    """The comparison above would hold for an index that finds nothing, too."""
    hits = {term: len(real.search(f'"{term}"[tiab]')[0]) for term in TIAB_TERMS}
    assert sum(count > 0 for count in hits.values()) >= 8
    assert all(hits[term] > 3 for term in ("groups", "randomly", "trial", "pain*"))


@pytest.fixture(scope="module")
def stimulation() -> Corpus:
    """587 real records on transcranial magnetic stimulation, as XML; their source kept no MeSH."""
    lines = gzip.decompress(shared("data/tms_pubmed_records/records.jsonl.gz").read_bytes()).splitlines()
    facts = [json.loads(line) for line in lines]
    return Corpus.read(
        [article_set(article(f["PMID"], title=f["Title"] or "", abstract=f["Abstract"] or "") for f in facts)]
    )


def expected_by_hand(texts: list[str], condition: str) -> bool:
    """The strategies without their MeSH arms, written a second time."""

    def any_of(*terms: str) -> bool:
        return any(has(term)(texts) for term in terms)

    tms = any_of("transcranial magnetic stimulation", "rTMS", "repetitive TMS", "theta burst", "iTBS", "cTBS",
                 "deep TMS", "dTMS")  # fmt: skip
    rct = any_of("randomized", "placebo", "randomly", "trial", "groups")
    match condition:
        case "neuropathic pain":
            right = any_of("neuralg*", "neuropathic pain", "nerve pain", "phantom limb", "causalgia", "radiculopath*")
        case "fibromyalgia":
            right = any_of("fibromyalg*", "chronic widespread pain")
        case "migraine":
            right = any_of("migrain*")
        case "central pain":
            right = any_of("central pain", "central neuropathic pain", "central post-stroke pain", "thalamic pain",
                           "central poststroke pain", "post-stroke pain", "poststroke pain")  # fmt: skip
        case _:
            right = any_of("pain*") and any_of("depress*")
    return tms and right and rct


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_strategies_find_in_587_real_records_what_a_second_reading_finds(stimulation: Corpus, name: str) -> None:
    assert len(stimulation) == 587
    expected = {r.pmid for r in stimulation.records if expected_by_hand(tiab_texts(r.xml), name)}
    assert stimulation.search(STRATEGIES[name])[0] == expected


def test_the_strategies_do_find_some_of_the_real_records(stimulation: Corpus) -> None:
    counts = {name: len(stimulation.search(strategy)[0]) for name, strategy in STRATEGIES.items()}
    assert sum(count > 0 for count in counts.values()) >= 3, counts


def test_no_real_sample_is_on_stimulation_but_the_conditions_occur(real: Corpus) -> None:
    # "No article here is on TMS" (README of the samples).
    first = Corpus.read(sorted(shared("data/pubmed_xml/files").iterdir()))
    assert {name: len(first.search(strategy)[0]) for name, strategy in STRATEGIES.items()} == dict.fromkeys(
        STRATEGIES, 0
    )
    assert real.search(RCT)[0]
    assert real.search(PAIN_DEPRESSION)[0] <= real.search("pain*[tiab] OR Pain[mh]")[0]


def test_the_strategies_reach_records_by_their_headings_alone() -> None:
    rct = ["Randomized Controlled Trial"]
    tms = "Transcranial Magnetic Stimulation"
    records = corpus(
        article(1, title="One", mesh=[tms, "Humans", "Neuralgia, Postherpetic"], types=rct),
        article(2, title="Two", mesh=[tms, "Humans", "Fibromyalgia"], types=rct),
        article(3, title="Three", mesh=[tms, "Humans", "Migraine without Aura"], types=rct),
        article(4, title="Four", mesh=[tms, "Humans", "Spinal Cord Injuries", "Chronic Pain"], types=rct),
        article(5, title="Five", mesh=[tms, "Humans", "Back Pain", "Depressive Disorder, Major"], types=rct),
        article(6, title="Six", mesh=[tms, "Animals", "Rats", "Fibromyalgia"], types=rct),  # animals only
        article(7, title="Seven", mesh=[tms, "Humans", "Fibromyalgia"]),  # no trial
        article(8, title="Eight", mesh=["Humans", "Fibromyalgia"], types=rct),  # no stimulation
        article(9, title="Nine", mesh=[tms, "Humans", "Stroke"], types=rct),  # stroke without pain
        article(10, title="rTMS for fibromyalgia: a trial"),  # new: no headings yet
    )
    assert {name: found(records, strategy) for name, strategy in STRATEGIES.items()} == {
        "neuropathic pain": [1],
        "fibromyalgia": [2, 10],
        "migraine": [3],
        "central pain": [4],
        "pain with depression": [5],
    }


# What can be served


def test_of_several_versions_the_highest_is_served_and_withdrawn_records_go() -> None:
    old, new = article(1, title="Old"), article(1, title="New").replace('PMID Version="1">1<', 'PMID Version="2">1<')
    assert Corpus.read([article_set([new, old])]).by_pmid["1"].title == "New"
    later = Corpus.read([article_set([article(1), article(2)]), article_set([article(2, title="B")], deleted=[1])])
    assert later.everything == {"2"}
    assert later.by_pmid["2"].title == "B"


def test_encodings_and_compression_are_undone() -> None:
    document = article_set([article(1, title="Schmerz für Ältere")]).decode()
    latin = document.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    wide = document.replace("UTF-8", "UTF-16").encode("utf-16")
    for data in (document.encode(), latin, wide, gzip.compress(latin), b"\xef\xbb\xbf" + document.encode()):
        served = Corpus.read([data])
        assert found(served, "für[ti] AND altere[ti]") == [1]
        assert "Schmerz für Ältere" in served.by_pmid["1"].xml.decode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not closed",
        article_set([article(1)])[:-40],
        gzip.compress(article_set([article(1)]))[:-9],
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        article_set([article(1)]).replace(b"<MedlineCitation", b"<Medline").replace(b"</MedlineCitation", b"</Medline"),
    ],
)
def test_a_damaged_file_is_refused_whole(data: bytes) -> None:
    with pytest.raises(EutilsError, match="cannot be served"):
        Corpus.read([data])
