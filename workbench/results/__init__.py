"""From the store's facts to pooled results, figures and files; what the app shows and the commands print.

analyse_review(folder, store, review)  -> AnalysisResult per indication and outcome
forest_figure(result, ...)             -> the figure as values; `workbench.plots` lays it out and draws it
write_results(out, store, review, ...) -> figures, tables, pages and JSON in a folder
review_flow(store, review)             -> the PRISMA 2020 flow, of one indication or of an update where asked
flow_figure(flow, review), flow_csv    -> its figure as values, its table as a file
trace(store, row)                      -> from one effect back to the searches that found its report
"""

from workbench.results.analysis import (
    analyse_review,
    in_work,
    outside_settings,
    results_json,
    review_contrasts,
    review_forms,
)
from workbench.results.figures import combined, forest_figure, sheet_figure
from workbench.results.flow import prisma_counts, report_facts, review_flow
from workbench.results.flow_figure import flow_figure
from workbench.results.flow_table import flow_csv
from workbench.results.tracing import Trace, trace
from workbench.results.writing import write_figure, write_results

__all__ = [
    "Trace",
    "analyse_review",
    "combined",
    "flow_csv",
    "flow_figure",
    "forest_figure",
    "in_work",
    "outside_settings",
    "prisma_counts",
    "report_facts",
    "results_json",
    "review_contrasts",
    "review_flow",
    "review_forms",
    "sheet_figure",
    "trace",
    "write_figure",
    "write_results",
]
