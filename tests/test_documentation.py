"""The documents cannot fall behind: every setting and form is described, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from workbench import review as models
from workbench.forms import shipped_forms

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
DERIVED = {"strategy_template"}  # made on load from `strategy`, written by nobody
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def model_fields() -> list[str]:
    found = {
        name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    }
    return sorted(found - DERIVED)


@pytest.mark.parametrize("name", model_fields())
def test_every_key_of_a_review_is_described(name: str) -> None:
    assert f"`{name}`" in SETTINGS or f"`{name}:" in SETTINGS


@pytest.mark.parametrize("path", sorted(shipped_forms().rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_form_and_block_is_described(path: Path) -> None:
    assert f"`{path.stem}`" in SETTINGS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_the_shipped_words_name_no_machine_path() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:work|root|home|tmp)/\w", page.read_text(encoding="utf-8")), page.name
