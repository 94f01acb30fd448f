"""Commands that serve something: serve, demo, eutils-server."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.printing import say


def serve(arguments: argparse.Namespace) -> int:
    """`workbench serve`"""
    from workbench.review import load_review
    from workbench.store import Store
    from workbench.ui.launch import serve as serve_app

    folder = Path(arguments.review)
    review = load_review(folder)  # a fault in the review's files is told here rather than in the browser
    with Store.open(folder) as store:
        store.bind_review(review.key)
    return serve_app(folder, arguments.port)


def demo(arguments: argparse.Namespace) -> int:
    """`workbench demo`"""
    from workbench.demo.run import run_demo

    out = Path(arguments.out)
    report = run_demo(out, log=lambda line: print(line, flush=True))
    if arguments.no_serve:
        return 0
    from workbench.ui.launch import serve as serve_app

    say("Serving the app on the example; Ctrl-C ends it.")
    return serve_app(report.review, arguments.port)


def eutils_server(arguments: argparse.Namespace) -> int:
    """`workbench eutils-server FILE...`"""
    from ingest.eutils.server import main

    return main([*arguments.files, "--port", str(arguments.port)])
