"""The child process in which PythonMeta runs: jobs as JSON on standard input, answers as JSON on standard output.

Run as a file by `workbench.pythonmeta_engine`; standard library and PythonMeta only, so that it starts quickly.
PythonMeta 1.26 is imported here and nowhere else, because importing it sets the root logger, opens `meta.log` inside
its own installation and loads pylab. Its pooling functions are plain Python: only its figures and its Egger test need
matplotlib and statsmodels, which we never call, so empty modules stand in for them. Nothing is written to disk.

A job: {"measure", "algorithm": "IV" | "MH" | "Peto", "random": bool, "rows": [[numbers]]}; rows are `e1 n1 e2 n2` or
`m1 sd1 n1 m2 sd2 n2`. An answer: {"estimate", "se", "q", "tau2", "weights"} on the analysis scale, or {"error"}.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import math
import sys
import types
from typing import Any

_NOT_NEEDED = (
    "statsmodels",
    "statsmodels.api",
    "statsmodels.formula",
    "statsmodels.formula.api",
    "matplotlib",
    "matplotlib.pyplot",
    "pylab",
)


def load_pythonmeta() -> Any:
    """PythonMeta, imported without its side effects."""
    for name in _NOT_NEEDED:
        module = types.ModuleType(name)
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    setattr(sys.modules["pylab"], "gca", None)  # noqa: B010 (a module has no such attribute to assign)
    # logging.basicConfig does nothing, and opens no file, once the root logger has a handler.
    logging.getLogger().addHandler(logging.NullHandler())
    import PythonMeta

    return PythonMeta


def compute(pythonmeta: Any, job: dict[str, Any]) -> dict[str, Any]:
    """One analysis. Studies are named S0001, S0002, ...: PythonMeta drops numeric and short names without a word."""
    names = [f"S{number:04d}" for number in range(1, len(job["rows"]) + 1)]
    lines = [",".join([name, *map(repr, row)]) for name, row in zip(names, job["rows"], strict=True)]
    kind = "CATE" if job["measure"] in ("OR", "RR", "RD") else "CONT"
    data = pythonmeta.Data()
    data.datatype = kind
    studies = data.getdata(lines)
    meta = pythonmeta.Meta()
    meta.datatype = kind
    meta.effect = job["measure"]
    meta.algorithm = job["algorithm"]
    meta.models = "Random" if job["random"] else "Fixed"
    results = meta.meta(studies, nosubgrp=True)
    if [row[0] for row in results[1:]] != names:
        return {"error": "PythonMeta did not use every study it was given"}
    total = results[0]
    estimate = math.log(total[1]) if job["measure"] in ("OR", "RR") else float(total[1])
    answer = {"estimate": estimate, "se": float(total[6]), "q": float(total[7])}
    answer["tau2"] = float(total[12]) if job["random"] else 0.0
    if not all(map(math.isfinite, answer.values())):
        return {"error": "PythonMeta gave no finite result"}
    return {**answer, "weights": [float(row[2]) for row in results[1:]]}


def main() -> None:
    """Answer every job; a job that fails becomes an answer that says why."""
    jobs = json.load(sys.stdin)
    answers = []
    # What PythonMeta prints must not mix with the answers.
    with contextlib.redirect_stdout(sys.stderr):
        pythonmeta = load_pythonmeta()
        for job in jobs:
            try:
                answers.append(compute(pythonmeta, job))
            except Exception as error:  # noqa: BLE001 (PythonMeta raises bare Exception, and division by zero)
                answers.append({"error": f"{type(error).__name__}: {error}"})
    version = importlib.metadata.version("PythonMeta")
    json.dump({"version": version, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
