"""From a review's folder to its definition, with every fault of every file reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from workbench.forms.errors import Fault, SettingsError
from workbench.forms.model import Form, Key, Label, Strict
from workbench.forms.reading import read_forms
from workbench.forms.yaml_file import YamlFile, faults_of, read_yaml
from workbench.review.definition import (
    ANY_TIME,
    FORMS_FOR,
    Criterion,
    ExtractionPolicy,
    Indication,
    ModelChoice,
    OutcomeDefinition,
    Pico,
    RefreshPolicy,
    ReviewDefinition,
    ScreeningPolicy,
    SynthesisPolicy,
    TimeWindow,
    article,
)

REVIEW_FILE = "review.yaml"
OUTCOMES_FILE = "outcomes.yaml"
BLOCKS_FILE = "search_blocks.yaml"
INDICATIONS = "indications"
FORMS = "extraction_forms"


class ReviewError(SettingsError):
    """A review's folder that cannot be used; each fault names file and key."""


class _ReviewFile(Strict):
    """review.yaml"""

    key: Key
    title: Label
    example: bool = False
    notice: str = ""
    question: Pico
    eligibility: tuple[Criterion, ...] = ()
    indications: tuple[Key, ...] = Field(min_length=1)  # in the order shown
    screening: ScreeningPolicy
    extraction: ExtractionPolicy = ExtractionPolicy()
    model: ModelChoice = ModelChoice()
    synthesis: SynthesisPolicy = SynthesisPolicy()
    refresh: RefreshPolicy = RefreshPolicy()


class _OutcomesFile(Strict):
    """outcomes.yaml"""

    default_window: Key
    windows: tuple[TimeWindow, ...] = Field(min_length=1)
    outcomes: tuple[OutcomeDefinition, ...] = Field(min_length=1)


class _IndicationFile(Strict):
    """indications/<key>.yaml"""

    key: Key
    label: Label
    short: Label
    description: str = ""
    strategy: str = Field(min_length=1)
    forms: tuple[Key, ...] = Field(min_length=1)
    outcomes: tuple[Key, ...] = Field(min_length=1)
    primary_outcome: Key | None = None  # the first outcome where not given


def load_review(folder: Path) -> ReviewDefinition:
    """Read and check a review's folder. ReviewError lists everything wrong, each with file, line and key."""
    review, _, faults = _read(folder)
    if review is None or faults:
        raise ReviewError(faults)
    return review


def load_review_forms(folder: Path) -> dict[str, Form]:
    """The review's extraction forms by name, with its own indications and outcomes as options. ReviewError as above."""
    review, forms, faults = _read(folder)
    if review is None or faults:
        raise ReviewError(faults)
    return {name: form.resolve(review) for name, form in forms.items()}


def _read(folder: Path) -> tuple[ReviewDefinition | None, dict[str, Form], tuple[Fault, ...]]:
    if not (folder / REVIEW_FILE).is_file():
        message = f"is missing: there is no review in this folder ({folder}); 'workbench init' makes one"
        return None, {}, (Fault(file=REVIEW_FILE, message=message),)
    faults: list[Fault] = []
    settings_file, settings = _model(folder, REVIEW_FILE, _ReviewFile, faults)
    outcomes_file, outcomes = _model(folder, OUTCOMES_FILE, _OutcomesFile, faults)
    blocks = _search_blocks(folder, faults)
    forms, wrong = read_forms(folder / FORMS)
    faults.extend(wrong)
    sound_forms = forms if not wrong else None

    found: dict[str, Indication] = {}
    for path in sorted((folder / INDICATIONS).glob("*.yaml")):
        file, part = _model(folder, f"{INDICATIONS}/{path.name}", _IndicationFile, faults)
        if file is None or part is None:
            found.setdefault(path.stem, _UNREADABLE)
            continue
        if part.key != path.stem:
            faults.append(file.fault(("key",), f"must be the file's name, {path.stem!r} (it says {part.key!r})"))
        known = None if outcomes is None else {item.key: item for item in outcomes.outcomes}
        faults.extend(_indication_faults(file, part, known, sound_forms))
        strategy = _expanded(file, part.strategy, blocks, faults)
        primary = part.primary_outcome or part.outcomes[0]
        if primary not in part.outcomes:
            message = f'"{primary}" is not among the outcomes of this indication'
            faults.append(file.fault(("primary_outcome",), message))
            continue
        found[path.stem] = Indication(
            **part.model_dump(exclude={"strategy", "primary_outcome"}),
            strategy=strategy,
            strategy_template=" ".join(part.strategy.split()),
            primary_outcome=primary,
        )
    if settings_file is not None and settings is not None:
        faults.extend(_settings_faults(settings_file, settings, set(found)))
    if outcomes_file is not None and outcomes is not None:
        faults.extend(_outcomes_faults(outcomes_file, outcomes))
    if faults or settings is None or outcomes is None:
        return None, forms, tuple(faults)
    review = ReviewDefinition(
        **{name: getattr(settings, name) for name in _ReviewFile.model_fields if name != "indications"},
        indications=tuple(found[key] for key in settings.indications),
        outcomes=outcomes.outcomes,
        windows=outcomes.windows,
        default_window=outcomes.default_window,
    )
    return review, forms, ()


_UNREADABLE = Indication(
    key="unreadable", label="-", short="-", strategy="-", forms=("x",), outcomes=("x",), primary_outcome="x"
)
"""Stands for an indication whose file has faults, so that they are not followed by "there is no such indication"."""

_M = TypeVar("_M", bound=Strict)


def _model(folder: Path, name: str, model: type[_M], faults: list[Fault]) -> tuple[YamlFile | None, _M | None]:
    file, wrong = read_yaml(folder / name, name)
    faults.extend(wrong)
    if file is None:
        return None, None
    if not isinstance(file.data, dict):
        faults.append(file.fault((), "must hold settings: keys with values"))
        return file, None
    try:
        return file, model.model_validate(file.data)
    except ValidationError as error:
        faults.extend(faults_of(error, file, of=model))
        return file, None


def _repeated(keys: list[str]) -> Iterator[int]:
    """Positions of keys that were there before."""
    return (position for position, key in enumerate(keys) if key in keys[:position])


def _settings_faults(file: YamlFile, settings: _ReviewFile, found: set[str]) -> Iterator[Fault]:
    for position, key in enumerate(settings.indications):
        if key not in found:
            yield file.fault(("indications", position), f'there is no file {INDICATIONS}/{key}.yaml for "{key}"')
    for position in _repeated(list(settings.indications)):
        yield file.fault(("indications", position), "is listed twice")
    for key in sorted(found - set(settings.indications)):
        yield file.fault(("indications",), f'{INDICATIONS}/{key}.yaml is there, but "{key}" is not listed')
    for position in _repeated([item.key for item in settings.eligibility]):
        yield file.fault(("eligibility", position, "key"), "another criterion has this key")
    for position in _repeated([item.key for item in settings.screening.exclusion_reasons]):
        yield file.fault(("screening", "exclusion_reasons", position, "key"), "another reason has this key")


def _indication_faults(
    file: YamlFile,
    part: _IndicationFile,
    outcomes: Mapping[str, OutcomeDefinition] | None,
    forms: Mapping[str, Form] | None,
) -> Iterator[Fault]:
    for position in _repeated(list(part.outcomes)):
        yield file.fault(("outcomes", position), "is listed twice")
    if forms is not None:
        for position, name in enumerate(part.forms):
            if name not in forms:
                there = ", ".join(forms) or "none"
                yield file.fault(("forms", position), f'there is no form "{name}" in {FORMS}/ (there: {there})')
    if outcomes is None:
        return
    for position, key in enumerate(part.outcomes):
        if key not in outcomes:
            yield file.fault(("outcomes", position), f'"{key}" is not an outcome in {OUTCOMES_FILE}')
        elif forms is not None and all(name in forms for name in part.forms):
            kind = outcomes[key].kind
            if not any(forms[name].kind in FORMS_FOR[kind] for name in part.forms):
                message = f'none of this indication\'s forms can record "{key}", {article(kind)} outcome'
                yield file.fault(("outcomes", position), message)


def _outcomes_faults(file: YamlFile, part: _OutcomesFile) -> Iterator[Fault]:
    windows = {window.key for window in part.windows} | {ANY_TIME}
    for position in _repeated([ANY_TIME, *(window.key for window in part.windows)]):
        yield file.fault(("windows", position - 1, "key"), f'another window has this key ("{ANY_TIME}" is built in)')
    for position in range(1, len(part.windows)):
        before, here = part.windows[position - 1], part.windows[position]
        if before.to_day is None or here.from_day < before.to_day:
            message = f'begins before "{before.key}" ends: windows must follow each other and must not overlap'
            yield file.fault(("windows", position, "from_day"), message)
    if part.default_window not in windows:
        yield file.fault(("default_window",), f'"{part.default_window}" is not one of the windows')
    for position in _repeated([item.key for item in part.outcomes]):
        yield file.fault(("outcomes", position, "key"), "another outcome has this key")
    for position, outcome in enumerate(part.outcomes):
        if outcome.window is not None and outcome.window not in windows:
            yield file.fault(("outcomes", position, "window"), f'"{outcome.window}" is not one of the windows')
        for number, threshold in enumerate(outcome.thresholds):
            if threshold.instrument and outcome.instrument(threshold.instrument) is None:
                message = f'"{threshold.instrument}" is not an instrument of this outcome'
                yield file.fault(("outcomes", position, "thresholds", number, "instrument"), message)


# --- search strategies -----------------------------------------------------------------------------------------

_BLOCK_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
_BLOCK_USE = re.compile(r"\{([^{}]*)\}")


def _search_blocks(folder: Path, faults: list[Fault]) -> dict[str, str] | None:
    """Block name -> query; None if the file has faults. A review whose strategies use no blocks needs no such file."""
    if not (folder / BLOCKS_FILE).exists():
        return {}
    file, wrong = read_yaml(folder / BLOCKS_FILE, BLOCKS_FILE)
    faults.extend(wrong)
    if file is None:
        return None
    if not isinstance(file.data, dict):
        faults.append(file.fault((), "must hold named blocks: NAME: query"))
        return None
    blocks: dict[str, str] = {}
    for name, query in file.data.items():
        if not _BLOCK_NAME.match(name):
            faults.append(file.fault((name,), "a block's name is written in capitals, digits and underscores"))
        elif not isinstance(query, str) or not query.strip():
            faults.append(file.fault((name,), "must be a query, as text"))
        elif "{" in query or "}" in query:
            faults.append(file.fault((name,), "a block cannot use other blocks: write the query out"))
        else:
            problem = _unbalanced(query)
            if problem:
                faults.append(file.fault((name,), problem))
            blocks[name] = " ".join(query.split())
    return blocks


def _expanded(file: YamlFile, strategy: str, blocks: Mapping[str, str] | None, faults: list[Fault]) -> str:
    """The query that is sent: each {NAME} replaced by its block in parentheses, spaces and line ends made single."""
    if blocks is None:
        return strategy

    def block(match: re.Match[str]) -> str:
        name = match.group(1).strip()
        if name not in blocks:
            known = ", ".join(sorted(blocks)) or "none"
            faults.append(file.fault(("strategy",), f'there is no block "{name}" in {BLOCKS_FILE} (there: {known})'))
            return "()"
        query = blocks[name]
        return query if _is_wrapped(query) else f"({query})"

    query = " ".join(_BLOCK_USE.sub(block, strategy).split())
    problem = "has a brace without its partner" if "{" in query or "}" in query else _unbalanced(query)
    if problem:
        faults.append(file.fault(("strategy",), problem))
    return query


def _depths(query: str) -> Iterator[tuple[str, int, bool]]:
    """Each character with the depth of parentheses after it, and whether it stands inside quotation marks."""
    depth, quoted = 0, False
    for character in query:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
        yield character, depth, quoted


def _unbalanced(query: str) -> str:
    """What is wrong with the parentheses or quotation marks; "" if nothing."""
    states = list(_depths(query))
    if any(depth < 0 for _, depth, _ in states):
        return "closes a parenthesis that was not opened"
    _, depth, quoted = states[-1] if states else ("", 0, False)
    if quoted:
        return "has a quotation mark without its partner"
    return "opens a parenthesis that is not closed" if depth else ""


def _is_wrapped(query: str) -> bool:
    """Whether the first parenthesis closes with the last character."""
    return query.startswith("(") and all(depth > 0 for _, depth, _ in list(_depths(query))[:-1])


def settings_files(folder: Path) -> tuple[Path, ...]:
    """The files that make up a review's definition, those that are there."""
    named = (folder / name for name in (REVIEW_FILE, OUTCOMES_FILE, BLOCKS_FILE))
    listed = (*sorted((folder / INDICATIONS).glob("*.yaml")), *sorted((folder / FORMS).rglob("*.yaml")))
    return tuple(path for path in (*named, *listed) if path.is_file())
