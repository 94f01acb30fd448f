"""Which sections of a form are shared with other forms: written once as a block, and included by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.forms.model import Form, Section
from workbench.forms.yaml_text import left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A section that is written as an include."""

    block: str  # the block's name: its file is blocks/<name>.yaml
    without: tuple[str, ...] = ()  # labels of the block's fields that this form leaves out


def shared_sections(form: Form, blocks: Mapping[str, Section]) -> dict[str, Shared]:
    """Key of a section -> the block it is included from, for those that are."""
    found: dict[str, Shared] = {}
    for section in form.sections:
        for name, block in blocks.items():
            lacking = left_out(section, block)
            if lacking is not None:
                labels = tuple(field.label for field in block.fields if field.key in lacking)
                found[section.key] = Shared(block=name, without=labels)
                break
    return found


def shared_with(block: str, forms: Mapping[str, Form], blocks: Mapping[str, Section], *, but: str) -> tuple[str, ...]:
    """Titles of the other forms that include a block. but: the name of the form that asks."""
    return tuple(
        form.title
        for name, form in forms.items()
        if name != but and any(item.block == block for item in shared_sections(form, blocks).values())
    )


def no_longer_shared(old: Form, new: Form, blocks: Mapping[str, Section]) -> dict[str, str]:
    """Sections that were included and will stand in the form itself: title -> the block's name.

    From then on a change of the block does not reach this form any more.
    """
    before, after = shared_sections(old, blocks), shared_sections(new, blocks)
    return {
        section.title: before[section.key].block
        for section in new.sections
        if section.key in before and section.key not in after
    }
