"""The example's own settings: what a team would change in the template's files, changed the same way.

The files stay as readable as they were; every change brings the reason with it as a remark.
"""

from __future__ import annotations

import re
from pathlib import Path

from workbench.demo.errors import DemoError

DATA = Path(__file__).resolve().parent / "data"
TITLE = "Worked example, not to be cited: rTMS for chronic pain, by indication"
NOTICE = (
    "Worked example, not to be cited. The trials are real, but were chosen because their numbers could be read; the "
    "reviewers who screened and extracted them are invented."
)
_FILTER = re.compile(r"^strategy: (.*) AND \{RCT\}(.*)$", re.M)
_WITHOUT_FILTER = (
    r"# Worked example: without the filter for randomised trials, {RCT}, as search_blocks.yaml explains.\n"
    r"strategy: \1\2"
)
_COMPARATOR = re.compile(r"(?<=\n)    exclude: >-\n(?:      .*\n)*?      .*out of the pools.*\n")
_NARROWER = """\
    # Worked example: narrower than the template's, so that its exclusions at full text can be followed.
    exclude: >-
      Another treatment (botulinum toxin, exercise) or no treatment. Trials that add rTMS to what both arms have,
      without sham, and comparisons of doses are kept and marked, and stay out of the pools by "synthesis" below
"""


def mark_as_example(folder: Path) -> None:
    """Change a fresh review of the template rtms-pain into the example's.

    Can be repeated after an interruption: `example: true` is written last. DemoError if a file is not as expected.
    """
    (folder / "search_blocks.yaml").write_bytes((DATA / "search_blocks.yaml").read_bytes())
    for path in sorted((folder / "indications").glob("*.yaml")):
        _replace(path, _FILTER, _WITHOUT_FILTER, unless="# Worked example")
    review = folder / "review.yaml"
    _replace(review, _COMPARATOR, _NARROWER, unless="# Worked example: narrower")
    _replace(review, re.compile(r"^title: .*$", re.M), f'title: "{TITLE}"', unless=TITLE)
    _replace(review, re.compile(r"^notice: .*$", re.M), f'notice: "{NOTICE}"', unless=NOTICE)
    _replace(review, re.compile(r"^example: .*$", re.M), "example: true", unless="\nexample: true")


def _replace(path: Path, pattern: re.Pattern[str], replacement: str, *, unless: str) -> None:
    text = path.read_text(encoding="utf-8")
    if unless in text:
        return
    changed, count = pattern.subn(replacement, text)
    if count != 1:
        raise DemoError(
            f"{path.name} is not as the template rtms-pain has it: the example's settings could not be made"
        )
    path.write_text(changed, encoding="utf-8")
