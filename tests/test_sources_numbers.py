"""The numbers of a quote as they are printed, and whether an answer stands in its quote."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources import numbers_in, supports


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("4.5 ± 1.2", ["4.5", "1.2"]),
        ("4·5 (1·2)", ["4.5", "1.2"]),
        ("4,5 (1,2)", ["4.5", "1.2"]),
        ("p < .001", ["0.001"]),
        ("n = 27", ["27"]),
        ("−0.3 (95 % CI −1.3 to 0.7)", ["-0.3", "95", "-1.3", "0.7"]),
        ("–0.3; –1.3, 0.7", ["-0.3", "-1.3", "0.7"]),
        ("10–20 Hz", ["10", "20"]),
        ("-3.2 – 6.8", ["-3.2", "6.8"]),
        ("1,234 and 1\u2009234 and 12,345,678", ["1234", "1234", "12345678"]),
        ("(12.3, 4.5)", ["12.3", "4.5"]),
        ("12.3,4.5", ["12.3", "4.5"]),
        ("1,2,3", ["1", "2", "3"]),
        ("1.2e-3", ["0.0012"]),
        ("10³", ["10"]),
        ("35%", ["35"]),
        ("no number", []),
        ("M1 and SF-36", ["1", "36"]),
    ],
)
def test_numbers_are_read_as_they_are_printed(text: str, values: list[str]) -> None:
    found = numbers_in(text)
    assert [number.value for number in found] == [Decimal(value) for value in values]
    assert all(text[number.start : number.end] == number.text for number in found)


def test_what_stands_at_a_number_is_kept() -> None:
    p, n, share, coil = numbers_in("p <= .001, n = 27 (35 %) over M1")
    assert (p.relation, p.name) == ("≤", "p")
    assert (n.relation, n.name) == ("=", "n")
    assert share.percent
    assert not n.percent
    assert coil.attached
    assert numbers_in("1,234")[0].values == (Decimal(1234), Decimal("1.234"))


@pytest.mark.parametrize(
    ("quote", "value", "n"),
    [
        ("Mean pain was 4.5 ± 1.2", 4.5, None),
        ("4·5 (1·2)", 1.2, None),
        ("4,5", 4.5, None),
        ("fell by 2.3 points", -2.3, None),
        ("−2.3", 2.3, None),
        ("was 4.53", 4.5, None),
        ("was 4.55", 4.6, None),
        ("was 4.50", 4.5, None),
        ("27.4 years", 27, None),
        ("45% responded", 45, None),
        ("45% responded", 0.45, None),
        ("45 % of n = 20 patients", 9, None),
        ("45% responded", 9, 20),
        ("33.3% of 27", 9, None),
        ("9 of 20 patients", 45, None),
        ("9/20 (responders)", 0.45, None),
        ("twenty-seven patients", 27, None),
        ("Twelve patients", 12, None),
        ("1,234 pulses", 1234, None),
        ("p < .001", 0.001, None),
    ],
)
def test_an_answer_that_stands_in_its_quote_is_supported(quote: str, value: float, n: int | None) -> None:
    assert supports(quote, value, n=n)


@pytest.mark.parametrize(
    ("quote", "value", "n"),
    [
        ("Mean pain was 4.5 ± 1.2", 4.6, None),
        ("Mean pain was 4.5", 5, None),  # one figure is not what was printed
        ("Mean pain was 0.4", 0, None),
        ("over M1, SF-36", 36, None),
        ("over M1", 1, None),
        ("4.5", 45, None),
        ("45% of 20", 8, None),
        ("45% responded", 9, None),
        ("45% responded", 9, 21),
        ("was 4.5", 4.53, None),
        ("no number", 4.5, None),
        ("4.5", float("nan"), None),
        ("4.5", float("inf"), None),
    ],
)
def test_an_answer_that_does_not_stand_there_is_derived(quote: str, value: float, n: int | None) -> None:
    assert not supports(quote, value, n=n)


@given(st.decimals(min_value=-9999, max_value=9999, places=2), st.sampled_from(["{}", "was {} (SD", "({})", "= {};"]))
def test_every_printed_number_supports_itself(value: Decimal, around: str) -> None:
    for printed in (str(value), str(value).replace("-", "−"), str(value).replace(".", "·")):
        text = around.format(printed)
        assert supports(text, float(value)), text
        assert any(number.value == value for number in numbers_in(text)), text


@given(st.text(max_size=80), st.floats())
def test_any_text_and_any_answer_give_a_verdict(text: str, value: float) -> None:
    assert supports(text, value) in (True, False)
    for number in numbers_in(text):
        assert text[number.start : number.end] == number.text
