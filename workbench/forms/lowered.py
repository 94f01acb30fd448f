"""A form whose version was lowered: its file stands below a version under which answers were given.

Answers of the higher version are not answers to the lower one (28 days are not 28 weeks), so the form is refused until
it has a version above all that were used.
"""

from __future__ import annotations

from pathlib import Path

from workbench.forms.errors import Fault
from workbench.forms.model import Form
from workbench.forms.yaml_file import read_yaml

FOLDER = "extraction_forms"
"""What the folder of a review's forms is called, where a message must name it and no folder is at hand."""


def lowered_fault(form: Form, highest: int, folder: Path | None = None) -> Fault:
    """What is wrong with a form below the version `highest`, at the line of its version (with the forms' folder)."""
    name = f"{FOLDER if folder is None else folder.name}/{form.form}.yaml"
    file = None if folder is None else read_yaml(folder / f"{form.form}.yaml", name)[0]
    message = (
        f"version {form.version} stands in the file, but answers were given under version {highest}: "
        f"raise it to {highest + 1}"
    )
    return Fault(file=name, place="version", line=None if file is None else file.line(("version",)), message=message)
