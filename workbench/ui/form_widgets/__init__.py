"""An extraction form as widgets: one kind of field, one widget.

Empty, "not reported" and a value stay three things: number boxes start empty (empty is not zero), and each field has
its own "not reported" box; in a cell of a grid the words "not reported" (or "nr") say it. Widgets are keyed by what is
being filled in, so that nothing typed for one result can turn up in another. What is on screen is a copy: the page
saves each change at once and seeds the widgets from what is saved.
"""

from workbench.ui.form_widgets.answers_on_screen import collect, seed
from workbench.ui.form_widgets.keys import silent_key, value_key
from workbench.ui.form_widgets.problems import Problems, errors_of, problems_by_field, shown_problems
from workbench.ui.form_widgets.reading import shown_answer
from workbench.ui.form_widgets.sections import show_field, show_section
from workbench.ui.form_widgets.single import OnChange, rows

__all__ = [
    "OnChange",
    "Problems",
    "collect",
    "errors_of",
    "problems_by_field",
    "rows",
    "seed",
    "show_field",
    "show_section",
    "shown_answer",
    "shown_problems",
    "silent_key",
    "value_key",
]
