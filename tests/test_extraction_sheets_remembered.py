"""A mapping that was remembered is used again only where its columns are the same ones."""

from __future__ import annotations

import pytest

from tests.shared_data import shared
from workbench.extraction_sheets import Grid, SheetMapping, apply_mapping, find_table, propose_mapping, read_grid
from workbench.extraction_sheets.remembered import recalled
from workbench.forms import Form, load_forms, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review

LINES = (
    "study,year,country,intervention,control,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON",
    "Lind,2020,Norway,rTMS M1,sham coil,pain NRS,week 1,20,4.0,1.5,19,5.5,1.6",
    "Roe,2021,Peru,rTMS M1,sham coil,pain NRS,week 1,12,3.0,1.1,13,4.0,1.2",
)


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    folder = tmp_path_factory.mktemp("sheets") / "review"
    init_review(folder)
    return load_review(folder)


@pytest.fixture(scope="module")
def forms(review: ReviewDefinition) -> dict[str, Form]:
    return {name: form.resolve(review) for name, form in load_forms(shipped_forms()).items()}


def grid_of(*lines: str) -> Grid:
    return read_grid("\n".join(lines).encode(), "ours.csv")


def remembered(first: Grid, other: Grid, forms: dict[str, Form], review: ReviewDefinition) -> SheetMapping | None:
    """What was remembered of one sheet, for another."""
    table = find_table(other.sheets[0])
    if find_table(first.sheets[0]).headers != table.headers:
        return None
    return recalled(propose_mapping(first, forms, review), table, forms)


def test_a_remembered_mapping_fits_a_sheet_whose_columns_moved(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    first = grid_of(*LINES)
    second = grid_of(*(",".join(reversed(line.split(","))) for line in LINES))
    mapping = remembered(first, second, forms, review)
    assert mapping is not None
    ours = apply_mapping(first, propose_mapping(first, forms, review), forms)
    theirs = apply_mapping(second, mapping, forms)
    for one, two in zip(ours.results, theirs.results, strict=True):
        assert {key: one.answers[key] for key in one.cells} == {key: two.answers[key] for key in two.cells}
        assert one.cells["n_active"] != two.cells["n_active"]
    for trial, other in zip(ours.trials, theirs.trials, strict=True):
        assert trial.answers["country"] == other.answers["country"]


def test_moved_columns_that_only_their_order_tells_apart_are_not_read_as_remembered(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    first = grid_of("study,mean exp,mean exp,sd exp,mean con", "Lind,4,5,1,6", "Roe,4,5,1,6")
    moved = grid_of("study,sd exp,mean exp,mean exp,mean con", "Lind,1,5,4,6", "Roe,1,5,4,6")
    assert remembered(first, first, forms, review) is not None
    assert remembered(first, moved, forms, review) is None


def test_a_column_without_a_heading_is_known_by_its_place_alone(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    file = shared("data/nibs_neuropathic_ma/Dataset.xlsx")
    grid = read_grid(file.read_bytes(), file.name)
    mapping = propose_mapping(grid, forms, review)
    assert any(use.column == "column A" for use in mapping.uses)
    table = find_table(grid.sheets[0])
    assert recalled(mapping, table, forms) is not None
    fewer = SheetMapping.from_dict(mapping.as_dict() | {"columns": [*mapping.columns[1:], mapping.columns[0]]})
    assert recalled(fewer, table, forms) is None


def test_a_mapping_onto_what_the_forms_lost_is_not_used_again(forms: dict[str, Form], review: ReviewDefinition) -> None:
    grid = grid_of(*LINES)
    mapping, table = propose_mapping(grid, forms, review), find_table(grid.sheets[0])
    assert recalled(mapping, table, {name: form for name, form in forms.items() if name != "trial"}) is None
    assert recalled(mapping.with_constant("shoe_size", 42), table, forms) is None
    assert recalled(mapping.with_constant("trial.shoe_size", 42), table, forms) is None


def test_rows_that_were_left_out_of_one_sheet_are_not_left_out_of_another(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    grid = grid_of(*LINES)
    document = propose_mapping(grid, forms, review).as_dict() | {"left_out_rows": [2], "header_rows": [1]}
    mapping = recalled(SheetMapping.from_dict(document), find_table(grid.sheets[0]), forms)
    assert mapping is not None
    assert (mapping.left_out_rows, mapping.header_rows) == ((), None)
