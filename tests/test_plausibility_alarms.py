"""How often the rules speak: on data that people keep, where most numbers are right, a warning must be rare.

The numbers here are counts of warnings, each looked at by hand (docs/plausibility.md says how many were worth it).
An upper bound keeps a new rule, or a looser one, from flooding reviewers; a lower one shows that the rules still run.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.plausibility_rows import cochrane_answers, cochrane_rows, codes, entered, found, review_of
from tests.trial_answers import Bench, row_range, trial_rows

TRAPS = {
    *("T051", "T052", "T062", "T063"),  # standard errors typed as SDs
    *("T011", "T012", "T013", "T014", "T015"),  # p smaller than d allows
}
# not in the list of traps, and odd all the same, looked at by hand
ODD = {
    "U070": "20 people in both arms, and the design does not say crossover",
    "U082": "t(134) in a crossover of 17",
}


@pytest.fixture(scope="session")
def review_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("alarms") / "review"


def numeric(row_id: str) -> bool:
    _, answers = entered(row_id)
    return any(key in answers for key in ("mean_active", "events_active", "estimate", "n_active"))


def test_no_other_row_of_the_rtms_trials_raises_a_warning_while_typing():
    asked = [row_id for row_id in trial_rows() if numeric(row_id)]
    assert len(asked) == 142
    warned = {row_id for row_id in asked if any(item.level != "info" for item in found(entered(row_id)[1]))}
    assert warned == TRAPS | ODD.keys()


def test_no_row_of_the_neuropathic_data_set_is_doubted_without_reason(review_folder):
    bench = Bench(review_folder)
    review_of(bench, [(row_id, *entered(row_id)) for row_id in row_range(46, 74)])
    raised = {
        code: {contrast.result for contrast in bench.contrasts() if contrast.flag(code)}
        for code in ("numbers_repeated", "people_do_not_add_up", "estimate_contradicts_itself", "impossible_for_scale")
    }
    # 5.5 ± 1.14 stands at two times of one arm, the mean between them at no other: a copy, or nobody changed at all
    assert raised == {
        "numbers_repeated": {"T054", "T060"},
        "people_do_not_add_up": set(),
        "estimate_contradicts_itself": set(),
        "impossible_for_scale": set(),
    }


def test_warnings_on_the_cochrane_rows_while_typing_are_rare():
    raised: Counter[str] = Counter()
    rows, warned = 0, 0
    for row in cochrane_rows():
        made = cochrane_answers(row)
        if made is None:
            continue
        rows += 1
        here = {finding.code for finding in found(made[1]) if finding.level != "info"}
        raised.update(here)
        warned += bool(here)
    assert rows == 1163
    # about one row in eighty; every one of them was looked at
    assert 10 <= warned <= 16, raised
    allowed = {
        "spread_looks_like_se": 8,  # an SD under a third of the other arm's: 3 fit as standard errors, one nearly
        "spread_looks_like_half_width": 2,  # both fit the other arm as half intervals
        "numbers_repeated": 3,  # one mean and SD in both arms
        "sd_impossible_for_scale": 1,  # 53 on a scale of 100 with a mean of 30
    }
    assert all(count <= allowed.get(code, 0) for code, count in raised.items()), raised
    # the printed effects belong to the arms: none of 1,163 intervals, differences and ratios is doubted
    assert not {code for code in raised if "contradicts" in code or "difference" in code or "interval" in code}


def test_warnings_on_the_cochrane_rows_in_a_review_are_rare(review_folder):
    bench = Bench(review_folder)
    for number, row in enumerate(cochrane_rows()):
        made = cochrane_answers(row)
        if made is not None:
            bench.add(f"{row['Study']} {row['file']}", f"r{number}", *made)
    contrasts = bench.contrasts()
    raised = Counter(flag.code for contrast in contrasts for flag in contrast.flags if flag.level == "warning")
    allowed = {
        "implausibly_large": 20,  # arms 3 to 34 SDs apart: standard errors kept as SDs, in surgery and anaesthesia
        "spread_looks_like_se": 12,  # under a third of the other trials' on the same scale
        "people_do_not_add_up": 6,  # one shared control that the reviewers had halved
        "numbers_repeated": 5,
        "impossible_for_scale": 1,
    }
    assert all(count <= allowed.get(code, 0) for code, count in raised.items()), raised
    assert sum(raised.values()) >= 30
    marked = {contrast.id for contrast in contrasts if any(flag.level == "warning" for flag in contrast.flags)}
    assert len(marked) / len(contrasts) < 0.04


@pytest.mark.parametrize("row_id", sorted(ODD))
def test_what_is_odd_beside_the_listed_traps_is_named(row_id):
    assert codes(entered(row_id)[1]) <= {"crossover_as_parallel", "df_do_not_fit"}
