"""The command that writes the risk of bias of all results: figures and tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.opening import opened
from workbench.cli.printing import print_json, print_table, say


def risk_of_bias(arguments: argparse.Namespace) -> int:
    """`workbench risk-of-bias [--out DIR] [--json]`"""
    from workbench.results import review_forms
    from workbench.results.files import write_file
    from workbench.results.risk_of_bias import answers_csv, appraised_results, risk_csv, risk_figure, risk_rows

    with opened(arguments) as (review, store):
        results = appraised_results(store, review, review_forms(Path(arguments.review), review))
    settled = [one for one in results if one.settled.usable]
    if arguments.out:
        out = Path(arguments.out)
        out.mkdir(parents=True, exist_ok=True)
        write_file(out / "risk-of-bias.csv", risk_csv(results))
        write_file(out / "risk-of-bias-answers.csv", answers_csv(results))
        if settled:
            from workbench.plots.render import render
            from workbench.plots.risk_of_bias import summary_layout, traffic_light_layout

            figure = risk_figure(results, review)
            for name, page in (("traffic-light", traffic_light_layout(figure)), ("summary", summary_layout(figure))):
                for ending in ("svg", "pdf", "png"):
                    render(page, out / f"risk-of-bias-{name}.{ending}")
        say(f"The risk of bias of {len(settled)} of {len(results)} results was written to {out}")
    if arguments.json:
        print_json({"results": list(risk_rows(results)[1])})
        return 0
    print(f"{len(settled)} of {len(results)} results are agreed or settled")
    if results:
        print_table(["study", "result", "state", "overall"], [_row(row) for row in risk_rows(results)[1]])
    return 0


def _row(row: dict[str, object]) -> list[object]:
    return [row["study"], row["result"], row["state"], row.get("overall", "")]
