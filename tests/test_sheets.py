"""Sheets of effects: what is read, what is refused and how, and the JSON that others rely on."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metafor_reference import close, escalc_columns, reference, scalar
from workbench.cli import main
from workbench.effects import MEASURES
from workbench.sheets import SheetError, effects_json, parse_sheet, pool_json, read_sheet

TABLE = "study,ai,n1i,ci,n2i\nAronson,4,123,11,139\nFerguson,6,306,29,303\nRosenthal,3,231,11,220\n"
GIVEN = "slab,yi,vi\nA,0.1,0.04\nB,0.5,0.09\nC,-0.2,0.05\n"
KEYS = {
    *(
        "k",
        "estimate",
        "se",
        "ci_low",
        "ci_high",
        "statistic",
        "p",
        "pi_low",
        "pi_high",
        "tau2",
        "tau2_low",
        "tau2_high",
    ),
    *("tau2_high", "i2", "h2", "q", "q_df", "q_p", "method", "ci", "measure", "studies"),
}


def sheet_of(columns: dict[str, Any], **more: Any) -> str:
    columns = {name: list(values) for name, values in {**more, **columns}.items()}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(
            ["NA" if value != value else repr(value) if isinstance(value, float) else value for value in row]
        )
    return out.getvalue()


def test_effects_have_the_shape_of_the_contract() -> None:
    rows = effects_json(parse_sheet(TABLE), "RR")
    assert [set(row) for row in rows] == [{"label", "yi", "vi"}] * 3
    assert [row["label"] for row in rows] == ["Aronson", "Ferguson", "Rosenthal"]
    # trials 1 to 3 of dat.bcg
    stored = reference("dat.bcg")["escalc"]["RR"]
    assert all(close(row["yi"], stored["yi"][i]) and close(row["vi"], stored["vi"][i]) for i, row in enumerate(rows))


@pytest.mark.parametrize("fit", ["REML/knha", "DL/z", "EE/z", "PM/knha"])
def test_a_pool_has_the_shape_of_the_contract_and_metafors_numbers(fit: str) -> None:
    method, ci = fit.split("/")
    columns = escalc_columns("dat.bcg")
    sheet = parse_sheet(sheet_of({name: values.astype(int) for name, values in columns.items()}))
    document = pool_json(sheet, "RR", method=method, ci=ci)
    assert set(document) >= KEYS
    theirs = reference("dat.bcg")["pool"]["RR"]["fits"][fit]
    for name, stored in {"estimate": "beta", "se": "se", "ci_low": "ci_lb", "tau2": "tau2", "q_p": "QEp"}.items():
        assert close(document[name], scalar(theirs[stored])), name
    assert set(document["studies"][0]) == {"label", "yi", "vi", "weight"}
    assert sum(study["weight"] for study in document["studies"]) == pytest.approx(100)
    assert document["method"] == ("CE" if method == "EE" else method)
    assert document["ci"] == {"z": "wald", "knha": "hksj"}[ci]
    assert document["cross_check"]["agrees"] is True
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_given_effects_need_no_measure() -> None:
    document = pool_json(parse_sheet(GIVEN))
    assert document["k"] == 3
    assert document["measure"] is None
    assert "cross_check" not in document
    errors = (
        GIVEN.replace("vi", "sei").replace("0.04", "0.2").replace("0.09", "0.3").replace("0.05", "0.223606797749979")
    )
    assert pool_json(parse_sheet(errors))["estimate"] == pytest.approx(document["estimate"])
    assert pool_json(parse_sheet(GIVEN), "log OR")["measure"] == "log OR"


def test_values_that_do_not_exist_are_null() -> None:
    document = pool_json(parse_sheet("slab,yi,vi\nA,0.1,0.04\n"))
    assert document["k"] == 1
    for name in ("tau2", "i2", "q", "pi_low", "ci_low", "p"):
        assert document[name] is None
    assert any("One study" in note for note in document["notes"])
    json.dumps(document, allow_nan=False)


def test_rows_without_numbers_stay_with_the_reason() -> None:
    text = TABLE + "Empty,NA,100,,100\nDouble zero,0,50,0,50\n"
    document = pool_json(parse_sheet(text), "OR", drop00=True)
    assert document["k"] == 3
    assert [study["label"] for study in document["studies"]][3:] == ["Empty", "Double zero"]
    assert [study["weight"] for study in document["studies"]][3:] == [None, None]
    reasons = {item["label"]: (item["line"], item["reason"]) for item in document["excluded"]}
    assert reasons["Empty"] == (5, "no number in ai, ci")
    assert reasons["Double zero"] == (6, "the measure is not defined for these numbers")


@pytest.mark.parametrize("method", ["MH", "Peto"])
def test_tables_can_be_pooled_without_inverse_variance(method: str) -> None:
    columns = escalc_columns("dat.bcg")
    sheet = parse_sheet(sheet_of({name: values.astype(int) for name, values in columns.items()}))
    theirs = reference("dat.bcg")["mh_peto"]["Peto" if method == "Peto" else "MH/OR"]
    document = pool_json(sheet, "OR", method=method)
    assert close(document["estimate"], scalar(theirs["beta"]))
    assert document["method"] == method
    assert document["measure"] == "OR"
    assert document["cross_check"]["agrees"] is True


class TestEmptyCells:
    ONE_EMPTY = "One empty,0,40,5,40\n"
    DOUBLES = "No event,0,50,0,50\nOnly events,20,20,30,30\n"

    @pytest.mark.parametrize("measure", ["OR", "RR"])
    def test_a_study_without_information_on_a_ratio_is_named(self, measure: str) -> None:
        document = pool_json(parse_sheet(TABLE + self.ONE_EMPTY + self.DOUBLES), measure, check=False)
        assert document["k"] == 6
        added, double = document["notes"][-2:]
        assert added.startswith("1/2 was added to the cells of 3 studies (One empty, No event, Only events)")
        assert double.startswith("2 studies (No event, Only events): no event, or nothing but events, in both arms.")
        assert "the analyses of a review leave it out" in double
        dropped = pool_json(parse_sheet(TABLE + self.ONE_EMPTY + self.DOUBLES), measure, check=False, drop00=True)
        assert dropped["k"] == 4
        assert "1 study (One empty)" in dropped["notes"][-1]

    def test_a_risk_difference_tells_of_the_half_but_keeps_double_zeros_as_evidence(self) -> None:
        notes = pool_json(parse_sheet(TABLE + self.DOUBLES), "RD", check=False)["notes"]
        assert [note for note in notes if "1/2 was added to the cells of 2 studies" in note]
        assert not [note for note in notes if "leave it out" in note]

    @pytest.mark.parametrize("measure", ["OR", "RR", "RD", "AS"])
    def test_nothing_is_said_where_nothing_was_added(self, measure: str) -> None:
        assert not any("added" in note for note in pool_json(parse_sheet(TABLE), measure, check=False)["notes"])
        if measure == "AS":
            text = TABLE + self.ONE_EMPTY
            assert not any("added" in note for note in pool_json(parse_sheet(text), "AS", check=False)["notes"])

    @pytest.mark.parametrize("method", ["MH", "Peto"])
    def test_methods_that_pool_tables_as_they_are_say_so(self, method: str) -> None:
        notes = pool_json(parse_sheet(TABLE + self.ONE_EMPTY), "OR", method=method, check=False)["notes"]
        assert any("not for the pooled estimate" in note for note in notes)
        without = pool_json(parse_sheet(TABLE), "OR", method=method, check=False)
        double = pool_json(parse_sheet(TABLE + "No event,0,50,0,50\n"), "OR", method=method, check=False)
        # what the note claims
        assert double["estimate"] == pytest.approx(without["estimate"], rel=1e-14)
        assert any("adds nothing to the pooled ratio" in note for note in double["notes"])

    def test_rates_too(self) -> None:
        text = "study,x1i,t1i,x2i,t2i\nA,0,100,4,90\nB,3,80,5,85\nC,0,50,0,60\n"
        notes = pool_json(parse_sheet(text), "IRR")["notes"]
        assert any("2 studies (A, C)" in note for note in notes)
        assert any(note.startswith("1 study (C)") for note in notes)


class TestSettings:
    MEANS = "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,3,1,10,4,1,12\nB,3,2,20,4,2,19\nC,5,2,20,4,2,19\n"

    def test_scale_tells_logarithms_from_the_measure_itself(self) -> None:
        assert pool_json(parse_sheet(TABLE), "OR", check=False)["scale"] == "log"
        assert pool_json(parse_sheet(TABLE), "RD", check=False)["scale"] == "natural"
        assert pool_json(parse_sheet(GIVEN), "RR")["scale"] == "log"
        assert pool_json(parse_sheet(GIVEN))["scale"] is None

    def test_one_sentence_says_how_it_was_computed(self) -> None:
        assert pool_json(parse_sheet(self.MEANS), "SMD", check=False)["settings"] == (
            "Random effects, restricted maximum likelihood (REML); 95% confidence interval: "
            "Hartung-Knapp-Sidik-Jonkman, t with k-1 degrees of freedom; 95% prediction interval: t with 2 degrees of "
            "freedom; SMD: Hedges' g (exact J), variance 1/n1 + 1/n2 + g²/2N (metafor's LS)."
        )
        assert pool_json(parse_sheet(TABLE), "OR", method="MH", level=90, check=False)["settings"] == (
            "Common effect, Mantel-Haenszel; 90% confidence interval: Wald (normal); no prediction interval; ratios "
            "pooled as logarithms."
        )

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"prediction": "hts"}, "prediction interval: t with 1 degree of freedom"),
            ({"ci": "wald"}, "prediction interval: normal"),
            ({"vtype": "UB"}, "unbiased variance"),
            ({"vtype": "RevMan"}, "Hedges' g (approximate J)"),
            ({"correction": "none"}, "Cohen's d"),
            ({"method": "DL", "ci": "wald", "engine": "pythonmeta"}, "(RevMan 5); computed with PythonMeta."),
        ],
    )
    def test_settings_follow_what_was_asked_for(self, options: dict[str, Any], said: str) -> None:
        assert said in pool_json(parse_sheet(self.MEANS), "SMD", check=False, **options)["settings"]

    def test_given_effects_and_one_study_are_said(self) -> None:
        alone = pool_json(parse_sheet("slab,yi,vi\nA,0.1,0.04\n"))["settings"]
        assert "no confidence interval for one study; no prediction interval; effects as given in the file." in alone

    def test_a_narrow_hartung_knapp_interval_reaches_the_notes(self) -> None:
        text = "slab,yi,vi\nA,-0.25,0.08\nB,-0.24,0.08\nC,-0.26,0.08\n"
        notes = pool_json(parse_sheet(text))["notes"]
        # by hand: -0.25 -+ 1.959964 sqrt(0.08 / 3)
        assert any("narrower than Wald's" in note and "-0.5701 to 0.07006" in note for note in notes)


class TestPythonMetaEngine:
    def test_it_computes_where_it_can(self) -> None:
        own = pool_json(parse_sheet(TABLE), "OR", method="DL", ci="wald")
        other = pool_json(parse_sheet(TABLE), "OR", method="DL", ci="wald", engine="pythonmeta")
        assert other["engine"] == "pythonmeta"
        for name in ("estimate", "se", "tau2", "q", "p", "ci_low"):
            assert other[name] == pytest.approx(own[name], rel=1e-9, abs=1e-12)
        # it has no prediction interval and no interval of tau2: none is borrowed
        assert other["pi_low"] is None
        assert other["tau2_high"] is None

    @pytest.mark.parametrize(
        ("text", "options", "said"),
        [
            (TABLE, {"measure": "OR"}, "Wald intervals only"),
            (TABLE, {"measure": "OR", "ci": "wald"}, "does not offer REML"),
            (GIVEN, {"method": "DL", "ci": "wald"}, "arm data only"),
        ],
    )
    def test_it_says_where_it_cannot(self, text: str, options: dict[str, Any], said: str) -> None:
        document = pool_json(parse_sheet(text), engine="pythonmeta", **options)
        assert document["engine"] == "workbench"
        assert any(said in note for note in document["notes"])

    def test_rows_it_cannot_take_are_listed(self) -> None:
        text = TABLE + "Double zero,0,50,0,50\n"
        document = pool_json(parse_sheet(text), "OR", method="CE", ci="wald", engine="pythonmeta")
        assert document["k"] == 3
        assert document["excluded"][0]["label"] == "Double zero"
        assert document["studies"][3]["weight"] is None

    def test_standardised_differences_show_the_effects_it_used(self) -> None:
        text = "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nA,3,1,10,4,1,12\nB,3,2,20,4,2,19\n"
        document = pool_json(parse_sheet(text), "SMD", method="CE", ci="wald", engine="pythonmeta")
        first, second = document["studies"]
        total = first["yi"] / first["vi"] + second["yi"] / second["vi"]
        assert document["estimate"] == pytest.approx(total / (1 / first["vi"] + 1 / second["vi"]), rel=1e-9)


class TestReading:
    def test_separators_byte_order_marks_and_blank_lines(self, tmp_path: Path) -> None:
        for number, text in enumerate(
            [
                TABLE,
                TABLE.replace(",", ";"),
                TABLE.replace(",", "\t"),
                TABLE.replace("\n", "\r\n"),
                "\n" + TABLE + "\n\n",
            ]
        ):
            for encoding in ("utf-8", "utf-8-sig"):
                path = tmp_path / f"{number}-{encoding}.csv"
                path.write_bytes(text.encode(encoding))
                assert effects_json(read_sheet(path), "RR") == effects_json(parse_sheet(TABLE), "RR")

    def test_a_sheet_saved_by_an_old_program_keeps_its_accents(self, tmp_path: Path) -> None:
        path = tmp_path / "old.csv"
        path.write_bytes("slab,yi,vi\nHäuser,1,1\n".encode("cp1252"))
        assert read_sheet(path).labels == ("Häuser",)

    @pytest.mark.parametrize(
        ("heading", "labels"),
        [
            ("slab,author,yi,vi", ("S1", "S2")),
            ("author,trial_arm,yi,vi", ("S1", "S2")),
            ("year,country,yi,vi", ("x", "y")),
        ],
    )
    def test_where_labels_come_from(self, heading: str, labels: tuple[str, str]) -> None:
        first = "1999" if heading.startswith("year") else "S1"
        second = "2001" if heading.startswith("year") else "S2"
        assert parse_sheet(f"{heading}\n{first},x,1,1\n{second},y,2,1\n").labels == labels

    def test_rows_without_a_label_are_numbered(self) -> None:
        assert parse_sheet("yi,vi\n1,1\n2,1\n").labels == ("Study 1", "Study 2")
        assert parse_sheet("slab,yi,vi\n,1,1\nB,2,1\n").labels == ("Study 1", "B")

    def test_a_label_may_hold_separators_quotes_and_line_breaks(self) -> None:
        sheet = parse_sheet('slab,yi,vi\n"O\'Connell, N. ""2018""\nupdate",1,1\nB,x,1\n')
        assert sheet.labels[0] == 'O\'Connell, N. "2018"\nupdate'
        with pytest.raises(SheetError, match=r"line 4 \(B\), column yi"):
            pool_json(sheet)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("study;yi;vi\nA;0,3;0,1\n", r"line 2 \(A\), column yi: '0,3' is not a number. Write decimal points"),
            ("study,yi,vi\nA,0,3,0,1\n", "line 2: 5 cells under 3 columns. A decimal comma"),
            ("study,yi,vi\nA,abc,1\n", r"line 2 \(A\), column yi: 'abc' is not a number"),
            ("study,yi,vi\nA,inf,1\n", "not a number that can be used"),
            ("study,yi,vi\nA,1,0\n", r"line 2 \(A\), column vi: .* above 0"),
            ("study,yi,sei\nA,1,-1\n", r"column sei: .* above 0"),
            ("study,yi,vi\nA,NA,1\n", "no row gives an effect"),
            ("study,yi,yi,vi\nA,1,1,1\n", "column yi stands there twice"),
            ('study,yi,vi\n"A,1,1\n', "line 2: unexpected end of data"),
            ("", "is empty"),
            ("yi,vi\n", "no rows"),
            ("one column\nA\n", "one column only"),
            ("a\x00b,c\n", "not a text file"),
            ("study,a,b\nA,1,2\n", "holds no effects"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(self, text: str, said: str) -> None:
        with pytest.raises(SheetError, match=said):
            pool_json(parse_sheet(text))

    def test_impossible_arm_data_name_the_study(self) -> None:
        text = "study,m1i,sd1i,n1i,m2i,sd2i,n2i\nTrial 1,3,0,10,4,1,12\n"
        with pytest.raises(SheetError, match=r"sd1i must be above 0 \(line 2: Trial 1\)"):
            effects_json(parse_sheet(text), "MD")
        with pytest.raises(SheetError, match=r"line 2: Trial 1"):
            pool_json(parse_sheet(text), "MD")

    def test_missing_columns_are_named(self) -> None:
        with pytest.raises(SheetError, match=r"SMD needs the columns .* missing: m1i, sd1i, m2i, sd2i"):
            effects_json(parse_sheet(TABLE), "SMD")

    @pytest.mark.parametrize(
        "options", [{"method": "XX"}, {"ci": "XX"}, {"level": 0.9}, {"engine": "other"}, {"measure": "XX"}]
    )
    def test_unknown_options_are_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(SheetError, match=r"known|percent"):
            pool_json(parse_sheet(TABLE), **{"measure": "OR", **options})

    def test_a_missing_or_oversized_file_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SheetError, match="No such file"):
            read_sheet(tmp_path / "none.csv")
        monkeypatch.setattr("workbench.sheets.LARGEST", 10)
        path = tmp_path / "large.csv"
        path.write_text(TABLE, encoding="utf-8")
        with pytest.raises(SheetError, match="larger than"):
            read_sheet(path)


@pytest.mark.parametrize(
    ("dataset", "measure"),
    [
        ("dat.normand1999", "SMD"),
        ("dat.hart1999", "IRR"),
        ("dat.molloy2014", "ZCOR"),
        ("dat.pritz1997", "PLO"),
        ("made.arm_a", "MN"),
        ("made.paired_a", "MC"),
    ],
)
def test_every_kind_of_column_of_the_contract(dataset: str, measure: str) -> None:
    assert measure in MEASURES
    sheet = parse_sheet(sheet_of({name: values.tolist() for name, values in escalc_columns(dataset).items()}))
    stored = reference(dataset)["escalc"][measure]
    for row, yi, vi in zip(effects_json(sheet, measure), stored["yi"], stored["vi"], strict=True):
        assert close(row["yi"], yi)
        assert close(row["vi"], vi)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@given(text=st.one_of(st.text(max_size=200), st.text(",;\n\"'yiv1.-e0N", max_size=60).map("slab,yi,vi\n".__add__)))
def test_any_text_is_read_or_refused_with_a_message(text: str) -> None:
    # any other exception fails the test
    with contextlib.suppress(SheetError):
        json.dumps(pool_json(parse_sheet(text)), allow_nan=False)


@given(labels=st.lists(cells, min_size=1, max_size=5))
def test_labels_come_back_as_written(labels: list[str]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["slab", "yi", "vi"])
    writer.writerows([label, "1", "1"] for label in labels)
    read = parse_sheet(out.getvalue()).labels
    expected = tuple(label.strip() or f"Study {number}" for number, label in enumerate(labels, 1))
    assert read == expected


def test_the_terminal_heads_logarithms_as_such_and_gives_the_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bcg.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "given.csv").write_text("slab,yi,vi\nA,5,0.01\nB,5.1,0.01\n", encoding="utf-8")
    assert main(["pool", str(tmp_path / "bcg.csv"), "--measure", "OR", "--method", "CE"]) == 0
    document = pool_json(parse_sheet(TABLE), "OR", method="CE", ci="wald")
    said = capsys.readouterr().out
    ratio, low, high = (math.exp(document[name]) for name in ("estimate", "ci_low", "ci_high"))
    assert "yi (log OR)" in said
    assert f"as OR: {ratio:.4f} ({low:.4f} to {high:.4f})" in said
    assert document["settings"] in said
    assert main(["pool", str(tmp_path / "given.csv"), "--method", "CE"]) == 0
    said = capsys.readouterr().out
    assert "p < 0.001" in said
    assert "None" not in said
