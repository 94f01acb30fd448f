"""Every combination of answers in every domain against decision tables written by hand from the published algorithms.

The tables are shaped otherwise than the rules of the package: their rows exclude each other, name whole paths through
a crib sheet's figure and know nothing of when a question is asked. So a wrong order of rules, a wrong condition for
asking and a wrong judgement all show. Source of parallel trials: guidance of RoB 2, 22 August 2019 (BMJ 366:l4898).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from workbench.risk_of_bias import (
    Because,
    Domain,
    Risk,
    RiskOfBiasError,
    Variant,
    propose,
    propose_overall,
    variant,
    variants,
)
from workbench.risk_of_bias.proposing import propose_domain

# One row: what each named question says (Y yes or probably yes, N no or probably no, ? no information, - not
# applicable), then the judgement. Questions that a row does not name may have any answer.
D1 = """
1.2 N                                  high
1.2 ?   1.3 Y                          high
1.2 ?   1.3 N?                         some
1.2 Y   1.3 Y                          some
1.2 Y   1.3 N?  1.1 N                  some
1.2 Y   1.3 N?  1.1 Y?                 low
"""
D2_DEVIATIONS = """
2.1 N   2.2 N                                          low
2.1 Y?               2.3 N                             low
2.1 N   2.2 Y?       2.3 N                             low
2.1 Y?               2.3 ?                             some
2.1 N   2.2 Y?       2.3 ?                             some
2.1 Y?               2.3 Y   2.4 N                     some
2.1 N   2.2 Y?       2.3 Y   2.4 N                     some
2.1 Y?               2.3 Y   2.4 Y?   2.5 Y            some
2.1 N   2.2 Y?       2.3 Y   2.4 Y?   2.5 Y            some
2.1 Y?               2.3 Y   2.4 Y?   2.5 N?           high
2.1 N   2.2 Y?       2.3 Y   2.4 Y?   2.5 N?           high
"""
D2_ANALYSIS = """
2.6 Y            low
2.6 N?  2.7 N    some
2.6 N?  2.7 Y?   high
"""
D2_ADHERING = """
2.1 N   2.2 N             2.4 N-   2.5 N-            low
2.1 N   2.2 N             2.4 Y?            2.6 Y    some
2.1 N   2.2 N             2.4 Y?            2.6 N?   high
2.1 N   2.2 N             2.4 N-   2.5 Y?   2.6 Y    some
2.1 N   2.2 N             2.4 N-   2.5 Y?   2.6 N?   high
2.1 Y?           2.3 Y-   2.4 N-   2.5 N-            low
2.1 Y?           2.3 Y-   2.4 Y?            2.6 Y    some
2.1 Y?           2.3 Y-   2.4 Y?            2.6 N?   high
2.1 Y?           2.3 Y-   2.4 N-   2.5 Y?   2.6 Y    some
2.1 Y?           2.3 Y-   2.4 N-   2.5 Y?   2.6 N?   high
2.1 Y?           2.3 N?                     2.6 Y    some
2.1 Y?           2.3 N?                     2.6 N?   high
2.1 N   2.2 Y?   2.3 Y-   2.4 N-   2.5 N-            low
2.1 N   2.2 Y?   2.3 Y-   2.4 Y?            2.6 Y    some
2.1 N   2.2 Y?   2.3 Y-   2.4 Y?            2.6 N?   high
2.1 N   2.2 Y?   2.3 Y-   2.4 N-   2.5 Y?   2.6 Y    some
2.1 N   2.2 Y?   2.3 Y-   2.4 N-   2.5 Y?   2.6 N?   high
2.1 N   2.2 Y?   2.3 N?                     2.6 Y    some
2.1 N   2.2 Y?   2.3 N?                     2.6 N?   high
"""
D3 = """
3.1 Y                               low
3.1 N?  3.2 Y                       low
3.1 N?  3.2 N   3.3 N               low
3.1 N?  3.2 N   3.3 Y?   3.4 N      some
3.1 N?  3.2 N   3.3 Y?   3.4 Y?     high
"""
D4 = """
4.1 Y                                        high
4.1 N?  4.2 Y                                high
4.1 N?  4.2 N   4.3 N                        low
4.1 N?  4.2 N   4.3 Y?   4.4 N               low
4.1 N?  4.2 N   4.3 Y?   4.4 Y?   4.5 N      some
4.1 N?  4.2 N   4.3 Y?   4.4 Y?   4.5 Y?     high
4.1 N?  4.2 ?   4.3 N                        some
4.1 N?  4.2 ?   4.3 Y?   4.4 N               some
4.1 N?  4.2 ?   4.3 Y?   4.4 Y?   4.5 N      some
4.1 N?  4.2 ?   4.3 Y?   4.4 Y?   4.5 Y?     high
"""
D5 = """
5.2 Y                     high
5.2 N?  5.3 Y             high
5.2 N   5.3 N   5.1 Y     low
5.2 N   5.3 N   5.1 N?    some
5.2 N   5.3 ?             some
5.2 ?   5.3 N?            some
"""
D5_CROSSOVER = """
5.4 Y                              high
5.4 N?  5.2 Y                      high
5.4 N?  5.2 N?  5.3 Y              high
5.4 N   5.2 N   5.3 N   5.1 Y      low
5.4 N   5.2 N   5.3 N   5.1 N?     some
5.4 N   5.2 N   5.3 ?              some
5.4 N   5.2 ?   5.3 N?             some
5.4 ?   5.2 N?  5.3 N?             some
"""
DS = """
S.3 N?                       high
S.3 Y   S.1 Y                low
S.3 Y   S.1 N?   S.2 Y       low
S.3 Y   S.1 N?   S.2 N?      some
"""
D1B = """
1b.1 Y                           low
1b.1 N?  1b.2 Y                  high
1b.1 N?  1b.2 N   1b.3 N?        low
1b.1 N?  1b.2 N   1b.3 Y         some
1b.1 N?  1b.2 ?   1b.3 N?        some
1b.1 N?  1b.2 ?   1b.3 Y         high
"""
D2_CLUSTER = """
2.1a N                 2.2 N                                        low
2.1a Y?   2.1b N       2.2 N                                        low
2.1a N                 2.2 Y?   2.3 N                               low
2.1a Y?   2.1b Y?               2.3 N                               low
2.1a Y?   2.1b N       2.2 Y?   2.3 N                               low
2.1a N                 2.2 Y?   2.3 ?                               some
2.1a Y?   2.1b Y?               2.3 ?                               some
2.1a Y?   2.1b N       2.2 Y?   2.3 ?                               some
2.1a N                 2.2 Y?   2.3 Y   2.4 N                       some
2.1a Y?   2.1b Y?               2.3 Y   2.4 N                       some
2.1a Y?   2.1b N       2.2 Y?   2.3 Y   2.4 N                       some
2.1a N                 2.2 Y?   2.3 Y   2.4 Y?   2.5 Y              some
2.1a Y?   2.1b Y?               2.3 Y   2.4 Y?   2.5 Y              some
2.1a Y?   2.1b N       2.2 Y?   2.3 Y   2.4 Y?   2.5 Y              some
2.1a N                 2.2 Y?   2.3 Y   2.4 Y?   2.5 N?             high
2.1a Y?   2.1b Y?               2.3 Y   2.4 Y?   2.5 N?             high
2.1a Y?   2.1b N       2.2 Y?   2.3 Y   2.4 Y?   2.5 N?             high
"""
D3_CLUSTER = """
3.1a Y   3.1b Y                                  low
3.1a N?              3.2 Y                       low
3.1a Y   3.1b N?     3.2 Y                       low
3.1a N?              3.2 N   3.3 N               low
3.1a Y   3.1b N?     3.2 N   3.3 N               low
3.1a N?              3.2 N   3.3 Y?   3.4 N      some
3.1a Y   3.1b N?     3.2 N   3.3 Y?   3.4 N      some
3.1a N?              3.2 N   3.3 Y?   3.4 Y?     high
3.1a Y   3.1b N?     3.2 N   3.3 Y?   3.4 Y?     high
"""
D4_CLUSTER = """
4.1 Y                                                     high
4.1 N?  4.2 Y                                             high
4.1 N?  4.2 N   4.3a N                                    low
4.1 N?  4.2 N   4.3a Y?  4.3b N                           low
4.1 N?  4.2 N   4.3a Y?  4.3b Y?  4.4 N                   low
4.1 N?  4.2 N   4.3a Y?  4.3b Y?  4.4 Y?   4.5 N          some
4.1 N?  4.2 N   4.3a Y?  4.3b Y?  4.4 Y?   4.5 Y?         high
4.1 N?  4.2 ?   4.3a N                                    some
4.1 N?  4.2 ?   4.3a Y?  4.3b N                           some
4.1 N?  4.2 ?   4.3a Y?  4.3b Y?  4.4 N                   some
4.1 N?  4.2 ?   4.3a Y?  4.3b Y?  4.4 Y?   4.5 N          some
4.1 N?  4.2 ?   4.3a Y?  4.3b Y?  4.4 Y?   4.5 Y?         high
"""
# How the two parts of domain 2 (assignment) give its judgement.
TOGETHER = {
    ("low", "low"): "low",
    ("low", "some"): "some",
    ("low", "high"): "high",
    ("some", "low"): "some",
    ("some", "some"): "some",
    ("some", "high"): "high",
    ("high", "low"): "high",
    ("high", "some"): "high",
    ("high", "high"): "high",
}
SAYS = {"Y": "Y", "PY": "Y", "PN": "N", "N": "N", "NI": "?", "NA": "-"}

# variant, domain, tables, number of combinations tried, and how many of them are low, some and high. The three numbers
# of D1 were also worked out by hand: 18 = 2 x 3 x 3 low, 60 = 2 x 25 + 2 x 5 high, and 47 = 125 - 78 others.
DOMAINS = [
    ("parallel-assignment", "D1", (D1,), 5**3, (18, 47, 60)),
    ("parallel-assignment", "D2", (D2_DEVIATIONS, D2_ANALYSIS), 5**7, None),
    ("parallel-adhering", "D2", (D2_ADHERING,), 5**3 * 6**3, None),
    ("parallel-assignment", "D3", (D3,), 5**3 * 4, None),
    ("parallel-assignment", "D4", (D4,), 5**5, None),
    ("parallel-assignment", "D5", (D5,), 5**3, (8, 37, 80)),
    ("crossover", "D1", (D1,), 5**3, (18, 47, 60)),
    ("crossover", "DS", (DS,), 5**3, None),
    ("crossover", "D2", (D2_DEVIATIONS, D2_ANALYSIS), 5**7, None),
    ("crossover", "D5", (D5_CROSSOVER,), 5**4, None),
    ("cluster", "D1", (D1.replace("1.", "1a."),), 5**3, (18, 47, 60)),
    ("cluster", "D1b", (D1B,), 5**3, None),
    ("cluster", "D2", (D2_CLUSTER, D2_ANALYSIS), 3**8, None),
    ("cluster", "D3", (D3_CLUSTER,), 5**4 * 4, None),
    ("cluster", "D4", (D4_CLUSTER,), 5**6, None),
    ("cluster", "D5", (D5,), 5**3, (8, 37, 80)),
]
ONE_OF_EACH = ("Y", "N", "NI")  # what the rules tell apart; enough where all five would be 390,625 combinations


def rows(table: str) -> list[tuple[dict[str, str], str]]:
    found = []
    for line in table.strip().splitlines():
        *words, judged = line.split()
        found.append((dict(zip(words[::2], words[1::2], strict=True)), judged))
    return found


def looked_up(table: list[tuple[dict[str, str], str]], answers: dict[str, str]) -> str:
    fitting = [judged for path, judged in table if all(SAYS[answers[key]] in says for key, says in path.items())]
    assert len(fitting) == 1, f"the table has {len(fitting)} rows for {answers}"
    return fitting[0]


@pytest.mark.parametrize(("name", "code", "tables", "expected", "split"), DOMAINS)
def test_every_combination_of_answers_is_judged_as_in_the_table(
    name: str, code: str, tables: tuple[str, ...], expected: int, split: tuple[int, int, int] | None
) -> None:
    domain = variant(name).domain(code)
    keys = [question.key for question in domain.questions]
    offered = [ONE_OF_EACH if len(keys) > 7 else question.answers for question in domain.questions]
    parts = [rows(table) for table in tables]
    counted: Counter[str] = Counter()
    for combination in product(*offered):
        answers = dict(zip(keys, combination, strict=True))
        judged = [looked_up(part, answers) for part in parts]
        wanted = judged[0] if len(judged) == 1 else TOGETHER[judged[0], judged[1]]
        proposed = propose_domain(domain, answers).risk
        assert proposed is not None
        assert proposed.split()[0] == wanted, answers
        counted[wanted] += 1
    assert sum(counted.values()) == expected
    if split is not None:
        assert (counted["low"], counted["some"], counted["high"]) == split


def test_the_tables_cover_every_domain_of_every_variant() -> None:
    tried = {(name, code) for name, code, *_ in DOMAINS}
    same = {("crossover", "D3"), ("crossover", "D4")} | {
        ("parallel-adhering", code) for code in ("D1", "D3", "D4", "D5")
    }
    assert tried | same == {(known.key, domain.code) for known in variants() for domain in known.domains}
    for name, code in same:  # the very domains that were tried in the parallel variant
        parallel = variant("parallel-assignment").domain(code)
        assert variant(name).domain(code).parts == parallel.parts
        assert [(q.key, q.answers, q.asked_if) for q in variant(name).domain(code).questions] == [
            (q.key, q.answers, q.asked_if) for q in parallel.questions
        ]


@pytest.mark.parametrize("known", variants(), ids=lambda known: known.key)
def test_probably_counts_as_yes_or_no_in_every_question(known: Variant) -> None:
    for question in known.questions:
        for rest in ONE_OF_EACH:
            base = {other.key: rest if rest in other.answers else "N" for other in known.questions}
            for surely, probably in (("Y", "PY"), ("N", "PN")):
                sure = propose(known, base | {question.key: surely})
                probable = propose(known, base | {question.key: probably})
                assert [one.risk for one in sure] == [one.risk for one in probable]


@pytest.mark.parametrize("number", [5, 6])
def test_overall_is_worked_out_for_every_combination_of_domains(number: int) -> None:
    for risks in product(Risk, repeat=number):
        found = propose_overall({f"D{place}": risk for place, risk in enumerate(risks)})
        some = sum(risk is Risk.SOME for risk in risks)
        if Risk.HIGH in risks:
            assert (found.risk, found.choices) == (Risk.HIGH, ())
        elif some == 0:
            assert (found.risk, found.choices) == (Risk.LOW, ())
        elif some == 1:
            assert (found.risk, found.choices) == (Risk.SOME, ())
        else:  # never high by itself: the reviewer must decide
            assert (found.risk, found.choices) == (None, (Risk.SOME, Risk.HIGH))
            assert "decide" in found.words


def test_overall_waits_for_every_domain() -> None:
    found = propose_overall({"D1": Risk.HIGH, "D2": None})
    assert (found.risk, found.missing) == (None, ("D2",))


def test_a_proposal_says_which_answers_led_to_it() -> None:
    d1 = propose(variant("parallel-assignment"), {"1.1": "Y", "1.2": "NI", "1.3": "PY"})[0]
    assert d1.risk is Risk.HIGH
    assert d1.because[0].answers == (("1.2", "NI"), ("1.3", "PY"))
    assert d1.words.startswith("1.2 no information, 1.3 probably yes: ")


def test_every_rule_can_hold_and_names_only_questions_of_its_domain() -> None:
    for known in variants():
        for domain in known.domains:
            keys = {question.key for question in domain.questions}
            held: set[str] = set()
            for combination in product(("Y", "N", "NI"), repeat=len(keys)):
                answers = dict(zip((q.key for q in domain.questions), combination, strict=True))
                answers = {k: a for k, a in answers.items() if not (k == "3.2" and a == "NI")}
                held.update(reason.text for reason in _all_reasons(domain, answers))
            for part in domain.parts:
                for rule in part.rules:
                    assert set(rule.when) <= keys
                    assert rule.because in held, f"{known.key} {domain.code}: never holds: {rule.because}"
            for question in domain.questions:
                assert {key for when in question.asked_if for key in when} <= keys


def _all_reasons(domain: Domain, answers: dict[str, str]) -> Iterator[Because]:
    for part in domain.parts:  # each part on its own, so that the milder one is seen too
        yield from propose_domain(domain.model_copy(update={"parts": [part]}), answers).because


def test_an_unknown_answer_or_question_is_refused() -> None:
    parallel = variant("parallel-assignment")
    with pytest.raises(RiskOfBiasError, match=r"1\.1 can be answered with Y, PY, PN, N, NI, not with 'yes'"):
        propose(parallel, {"1.1": "yes"})
    with pytest.raises(RiskOfBiasError, match=r"no question '9\.9'"):
        propose(parallel, {"9.9": "Y"})
    with pytest.raises(RiskOfBiasError, match=r"3\.2"):  # this one does not take "no information"
        propose(parallel, {"3.1": "N", "3.2": "NI"})
    with pytest.raises(RiskOfBiasError, match="not with 'NA'"):
        propose(parallel, {"1.1": "NA"})
    with pytest.raises(RiskOfBiasError, match="no variant 'stepped'"):
        variant("stepped")
    with pytest.raises(RiskOfBiasError, match="no version 99"):
        variants(99)
