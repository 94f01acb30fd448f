"""The order of reading: what is learned, what is added later, why a record stands where it does."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.record import Record
from tests.shared_data import shared
from workbench.cli import main
from workbench.ranking import Document, Index, RankingError, simulate, train
from workbench.ranking.documents import stem, terms
from workbench.ranking.labelled import read_labelled
from workbench.ranking.simulation import measures, start
from workbench.ranking.split import simulate_split

PAIN = [
    Document(key=f"pain{i}", title=f"Repetitive magnetic stimulation for pain, trial {i}", abstract="Sham coil. " * 3)
    for i in range(6)
]
KNEES = [
    Document(key=f"knee{i}", title=f"Knee replacement outcomes, cohort {i}", abstract="Surgery registry. " * 3)
    for i in range(6)
]


def test_unread_records_like_the_relevant_ones_come_first() -> None:
    index = Index([*KNEES, *PAIN])
    model = train(index, {"pain0": True, "knee0": False})
    unread = [item.key for item in (*KNEES[1:], *PAIN[1:])]
    assert {key[:4] for key in model.ranking(unread)[:5]} == {"pain"}
    assert (model.relevant, model.irrelevant, model.basis) == (1, 1, "votes")


def test_the_ranking_holds_every_record_once() -> None:
    model = train(Index([*KNEES, *PAIN]), {"pain0": True, "knee0": False})
    assert sorted(model.ranking()) == sorted(item.key for item in (*KNEES, *PAIN))


def test_before_there_are_votes_the_question_orders_them() -> None:
    index = Index([*KNEES, *PAIN])
    model = train(index, {}, question="Does repetitive magnetic stimulation relieve pain?")
    assert model.basis == "question"
    assert {key[:4] for key in model.ranking()[:6]} == {"pain"}


@pytest.mark.parametrize(("votes", "first"), [({"pain0": True}, "pain"), ({"knee0": False}, "pain")])
def test_votes_of_one_kind_alone_order_too(votes: dict[str, bool], first: str) -> None:
    model = train(Index([*KNEES, *PAIN]), votes)
    assert {key[:4] for key in model.ranking()[:5]} == {first}


def test_a_record_without_an_abstract_is_ranked_by_its_title() -> None:
    bare = Document(key="bare", title="Magnetic stimulation for pain")
    model = train(Index([*KNEES, *PAIN, bare]), {"pain0": True, "knee0": False})
    assert model.ranking().index("bare") < 7


def test_a_record_without_any_word_stands_between_and_breaks_nothing() -> None:
    empty = Document(key="empty", title="", abstract="—")
    model = train(Index([*KNEES, *PAIN, empty]), {"pain0": True, "knee0": False})
    assert model.reasons("empty") == ()
    assert "empty" in model.ranking()


def test_documents_added_later_give_the_same_order_as_all_at_once() -> None:
    together = Index([*KNEES, *PAIN])
    later = Index(KNEES[:2])
    later.matrix()  # worked out once before the others come
    assert later.add([*KNEES, *PAIN]) == 10
    assert later.add(PAIN) == 0
    votes = {"pain0": True, "pain1": True, "knee0": False}
    assert train(later, votes).ranking() == train(together, votes).ranking()


def test_a_model_says_so_when_new_words_came_after_it_was_trained() -> None:
    index = Index([*KNEES, *PAIN])
    model = train(index, {"pain0": True, "knee0": False})
    index.add([Document(key="new", title="Something entirely else")])
    with pytest.raises(RankingError, match="train again"):
        model.scores()


def test_a_vote_on_an_unknown_record_is_refused() -> None:
    with pytest.raises(RankingError, match="no document 'gone'"):
        train(Index(PAIN), {"gone": True})


def test_reasons_are_words_of_the_record_as_it_spells_them() -> None:
    index = Index([*KNEES, *PAIN])
    model = train(index, {"pain0": True, "pain1": True, "knee0": False, "knee1": False})
    reasons = model.reasons("pain3")
    assert reasons[0].weight == max(reason.weight for reason in reasons) > 0
    shown = {reason.term for reason in reasons}
    assert shown & {"magnetic stimulation", "stimulation", "repetitive magnetic", "pain"}
    assert "stimul" not in shown  # a stem is no word
    assert all(math.isfinite(reason.weight) for reason in reasons)


def test_index_terms_are_whole_terms_and_qualifiers_stay_with_their_heading() -> None:
    record = Record(
        source="pubmed", source_id="1", title="T", mesh=("Pain/*drug therapy", "*Humans"), keywords=("rTMS",)
    )
    document = Document.of("pubmed:1", record)
    assert terms(document)[2] == ["pain", "pain/drug therapy", "humans", "rtms"]


@pytest.mark.parametrize(
    ("word", "same"), [("stimulation", "stimulations"), ("treated", "treats"), ("randomized", "randomizes")]
)
def test_inflections_share_a_stem(word: str, same: str) -> None:
    assert stem(word) == stem(same)


def test_short_words_and_other_alphabets_stay_whole() -> None:
    assert [stem(word) for word in ("pains", "rtms", "мигрень", "疼痛")] == ["pain", "rtms", "мигрень", "疼痛"]


# --- measures ----------------------------------------------------------------------------------------------------


def test_a_perfect_order_saves_all_but_the_relevant() -> None:
    found = measures(np.array([True] * 10 + [False] * 90))
    assert found["recall10"] == 1
    assert found["read95"] == found["read100"] == 0.1
    assert found["atd"] == pytest.approx(0.055)
    assert found["wss95"] == pytest.approx(0.77)  # as asreview-insights counts


def test_measures_are_those_of_asreview_insights() -> None:
    # values of asreviewcontrib.insights (_wss, _recall, _average_time_to_discovery) on this order
    order = np.zeros(60, dtype=bool)
    order[[0, 2, 3, 9, 20, 41]] = True
    found = measures(order)
    assert found["wss95"] == pytest.approx(0.4166666666666667)
    assert found["recall10"] == pytest.approx(0.5)
    assert found["atd"] * 60 == pytest.approx(13.5)


@given(st.lists(st.booleans(), min_size=2, max_size=80).filter(any))
def test_measures_stay_in_their_ranges(order: list[bool]) -> None:
    found = measures(np.array(order))
    assert all(0 <= found[name] <= 1 for name in ("read95", "read100", "recall10", "atd"))
    assert found["read95"] <= found["read100"]
    assert -1 <= found["wss95"] <= 1


def test_a_simulation_finds_everything_and_repeats_itself() -> None:
    labels = [False] * 6 + [True] * 6
    once, again = simulate([*KNEES, *PAIN], labels), simulate([*KNEES, *PAIN], labels)
    assert (once.n, once.relevant) == (12, 6)
    assert once.atd == again.atd
    assert once.read100 <= 0.6


@pytest.mark.parametrize("labels", [[True] * 12, [False] * 12, [True] + [False] * 11])
def test_a_set_of_one_kind_cannot_be_simulated(labels: list[bool]) -> None:
    with pytest.raises(RankingError, match="two relevant and two irrelevant"):
        simulate([*KNEES, *PAIN], labels)


def test_a_seed_draws_one_of_each_kind() -> None:
    truth = np.array([False] * 6 + [True] * 6)
    drawn = {start(truth, seed) for seed in range(20)}
    assert all(truth[relevant] and not truth[other] for relevant, other in drawn)
    assert len(drawn) > 3
    assert start(truth, 7) == start(truth, 7)


# --- labelled tables and the command -----------------------------------------------------------------------------


def table(folder: Path, *labels: str) -> Path:
    rows = [*KNEES, *PAIN]
    file = folder / "labelled.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["record_id", "title", "abstract", "Kept"])
        writer.writerows(
            [row.key, row.title, f"{row.abstract}\nSecond line", label] for row, label in zip(rows, labels, strict=True)
        )
    return file


def test_a_table_is_read_with_its_labels_and_what_has_none_is_counted(tmp_path: Path) -> None:
    labelled = read_labelled(table(tmp_path, *["0"] * 5, "", *["1"] * 6), "kept")
    assert labelled.labels == (False,) * 5 + (True,) * 6
    assert labelled.unlabelled == 1
    assert labelled.documents[5].title == PAIN[0].title


@pytest.mark.parametrize(
    ("column", "last", "message"), [("nope", "1", "no column 'nope'"), ("Kept", "perhaps", "record 12: 'perhaps'")]
)
def test_a_missing_column_and_a_strange_label_are_named(tmp_path: Path, column: str, last: str, message: str) -> None:
    with pytest.raises(RankingError, match=message):
        read_labelled(table(tmp_path, *["0"] * 6, *["1"] * 5, last), column)


def test_simulate_prints_what_the_contract_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path, *["0"] * 6, *["1"] * 6)
    assert main(["simulate", str(file), "--label", "Kept", "--seeds", "2", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) >= {"n", "relevant", "wss95", "read95", "read100", "recall10", "atd", "seconds"}
    assert (printed["n"], printed["relevant"]) == (12, 6)
    assert main(["simulate", str(file), "--label", "gone"]) == 1
    assert "no column 'gone'" in capsys.readouterr().err


DATED = [("Pain coil", "1", 2000 + n) for n in range(6)] + [("Knee cohort", "0", 2000 + n) for n in range(6)]


def dated(folder: Path, rows: list[tuple[str, str, int | str]]) -> Path:
    file = folder / "dated.csv"
    lines = [[f"{title}, report {n} of many", "", kept, year] for n, (title, kept, year) in enumerate(rows)]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([["title", "abstract", "kept", "year"], *lines])
    return file


def test_a_split_by_date_learns_from_the_earlier_records_and_ranks_the_later_ones(tmp_path: Path) -> None:
    labelled = read_labelled(dated(tmp_path, DATED), "kept")
    assert labelled.years[:2] == (2000, 2001)
    found = simulate_split(labelled, "date")
    assert (found.split, found.split_by, found.split_learned, found.n, found.relevant) == ("date", "year", 6, 6, 3)
    assert found.read100 == found.read95 == 0.5  # the three relevant ones came first
    assert simulate_split(labelled, "date", share=0.75).n == 3


def test_the_years_decide_the_split_and_not_the_place_in_the_table(tmp_path: Path) -> None:
    early = [("Pain coil", "1", 1990), ("Knee cohort", "0", 1990)]
    late = [("Pain stent", "1", 2020), ("Knee stent", "0", 2020)]  # the first part knows no stents
    backwards = simulate_split(read_labelled(dated(tmp_path, [*late, *early]), "kept"), "date")
    assert (backwards.split_learned, backwards.n, backwards.relevant, backwards.read100) == (2, 2, 1, 0.5)


def test_records_without_a_year_are_counted_and_left_out_of_a_split_by_date(tmp_path: Path) -> None:
    rows: list[tuple[str, str, int | str]] = [*DATED, ("Pain coil", "1", "")]
    found = simulate_split(read_labelled(dated(tmp_path, rows), "kept"), "date")
    assert (found.split_undated, found.split_learned + found.n) == (1, 12)


def test_a_split_that_leaves_a_part_without_relevant_records_is_refused(tmp_path: Path) -> None:
    rows = [("Knee cohort", "0", 2000 + n) for n in range(6)] + [("Pain coil", "1", 2010 + n) for n in range(2)]
    labelled = read_labelled(dated(tmp_path, [*rows]), "kept")
    with pytest.raises(RankingError, match="the first part"):
        simulate_split(labelled, "date")
    with pytest.raises(RankingError, match="100%"):
        simulate_split(labelled, "random", share=1.0)


def test_a_table_without_years_or_pmids_has_no_dates_to_split_by(tmp_path: Path) -> None:
    rows: list[tuple[str, str, int | str]] = [(title, kept, "") for title, kept, _ in DATED]
    with pytest.raises(RankingError, match="years or of PMIDs"):
        simulate_split(read_labelled(dated(tmp_path, rows), "kept"), "date")


def test_pmids_stand_for_dates_where_there_are_no_years(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pmids.csv"
    rows = [
        [f"{title}, report {n} of many", "", kept, str(9_000 + year)] for n, (title, kept, year) in enumerate(DATED)
    ]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([["title", "abstract", "kept", "pmid"], *rows])
    assert main(["simulate", str(file), "--label", "kept", "--split", "date", "--first-part", "50", "--json"]) == 0
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert (printed["split"], printed["split_by"], printed["split_learned"]) == ("date", "PMID", 6)
    assert set(printed) >= {"n", "relevant", "wss95", "read95", "read100", "recall10", "atd", "seconds"}
    assert "the order of the PMIDs stands for that of publication" in said.err


def test_a_split_at_random_is_the_same_for_the_same_seeds(tmp_path: Path) -> None:
    labelled = read_labelled(dated(tmp_path, [*DATED]), "kept")
    once, again = (simulate_split(labelled, "random", seeds=(3, 5)) for _ in range(2))
    assert (once.atd, once.wss95, once.split_by) == (again.atd, again.wss95, "chance")


# --- replacing and dropping --------------------------------------------------------------------------------------


def test_a_document_given_anew_takes_the_place_of_the_one_before() -> None:
    index = Index([*KNEES, Document(key="late", title="Knee surgery"), *PAIN])
    index.put([Document(key="late", title="Magnetic stimulation for pain")])
    fresh = Index([*KNEES, *PAIN, Document(key="late", title="Magnetic stimulation for pain")])
    votes = {"pain0": True, "knee0": False}
    assert len(index) == len(fresh) == 13
    assert train(index, votes).ranking() == train(fresh, votes).ranking()
    assert index.matrix()[index.row("late")].nnz == fresh.matrix()[fresh.row("late")].nnz


def test_a_dropped_document_is_ranked_no_more_and_weighs_nothing() -> None:
    index, fresh = Index([*KNEES, *PAIN]), Index([*KNEES[1:], *PAIN])
    index.drop(["knee0", "unheard of"])
    assert "knee0" not in index
    votes = {"pain0": True, "knee1": False}
    ranked, scores = train(index, votes), train(fresh, votes)
    assert ranked.ranking() == scores.ranking()
    row, same = index.matrix()[index.row("pain1")], fresh.matrix()[fresh.row("pain1")]
    assert np.sort(row.data) == pytest.approx(np.sort(same.data))


def test_index_terms_named_in_the_question_count() -> None:
    terms_of = [
        Document(key="a", title="One", index_terms=("Transcranial Magnetic Stimulation",)),
        Document(key="b", title="Two"),
    ]
    model = train(Index(terms_of), {}, question="Does transcranial magnetic stimulation help?")
    assert model.ranking()[0] == "a"
    assert [reason.term for reason in model.reasons("a")] == ["transcranial magnetic stimulation"]


def test_words_that_tell_nothing_are_no_reasons_where_there_are_others() -> None:
    model = train(Index([*KNEES, *PAIN]), {"pain0": True, "pain1": True, "knee0": False})
    told = [reason.term for reason in model.reasons("pain3", most=50)]
    assert "stimulation" in told
    assert not {"for", "stimulation for", "for pain"} & set(told)
    assert len(told) == len(set(told))  # a word of the title is told once


def test_real_labelled_sets_are_read_whole() -> None:
    labelled = read_labelled(shared("data/screening/Cohen_2006_Triptans.csv.gz"), "label_abstract_screening")
    assert (len(labelled.documents), sum(labelled.labels)) == (671, 218)
    assert sum(not document.abstract for document in labelled.documents) == 77
    assert sum(bool(document.index_terms) for document in labelled.documents) > 600
