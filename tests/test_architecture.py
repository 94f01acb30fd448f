"""The rows of ARCHITECTURE.md, read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A module may import from its own row's own package and from lower rows only.
ROWS = {
    "ingest": 1.0,
    "workbench.effects": 1.0,
    "workbench.pooling": 1.1,
    "workbench.calculation": 1.2,
    "workbench.plausibility": 1.3,
    "workbench.review": 2.0,
    "workbench.screening": 2.1,
    "workbench.prisma": 2.2,
    "workbench.ranking": 2.0,
    "workbench.forms": 2.0,
    "workbench.extraction": 2.05,
    "workbench.risk_of_bias": 2.1,
    "workbench.sheets": 2.2,
    "workbench.full_texts": 2.3,
    "workbench.sources": 2.4,
    "workbench.pythonmeta_engine": 2.1,
    "workbench.synthesis": 2.5,
    "workbench.extraction_sheets": 2.6,
    "workbench.store": 3.0,
    "workbench.plots": 3.0,
    "workbench.reports": 3.1,
    "workbench.prioritising": 3.4,
    "workbench.refresh": 3.5,
    "workbench.results": 3.6,
    "workbench.ui": 4.0,
    "workbench.demo": 4.0,
    "workbench.cli": 5.0,
    "workbench.__main__": 5.1,
    "streamlit_app": 5.0,
}
# Row 2 is one level to a reader; the review's and the forms' definitions know each other's names.
PEERS = {("workbench.review", "workbench.forms"), ("workbench.forms", "workbench.review")}
ONLY_IN = {
    "sqlalchemy": ("workbench.store",),
    "alembic": ("workbench.store",),
    "streamlit": ("workbench.ui", "streamlit_app"),
    "matplotlib": ("workbench.plots", "workbench.pythonmeta_engine"),
    "PythonMeta": ("workbench.pythonmeta_engine",),
    "Bio": ("ingest",),
    "sklearn": ("workbench.ranking",),
    "pypdf": ("workbench.full_texts", "workbench.sources"),
    "pdfplumber": ("workbench.sources",),
    "openpyxl": ("workbench.extraction_sheets",),
}


def part_of(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] in ("ingest", "streamlit_app") else ".".join(parts[:2])


def modules() -> list[tuple[str, Path]]:
    files = [ROOT / "streamlit_app.py", *(ROOT / "ingest").rglob("*.py"), *(ROOT / "workbench").rglob("*.py")]
    names = []
    for path in files:
        parts = path.relative_to(ROOT).with_suffix("").parts
        names.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return names


def imports(module: str, path: Path) -> set[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*anchor, base]).rstrip(".")
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names if base in ("workbench", ""))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_go_downwards_only(module: str, path: Path) -> None:
    here = part_of(module)
    if here == "workbench":  # the package itself imports nothing
        assert not {name for name in imports(module, path) if name.startswith(("workbench.", "ingest"))}
        return
    assert here in ROWS, f"{here} has no row: give it one here and in ARCHITECTURE.md"
    for name in imports(module, path):
        there = part_of(name)
        if there in ROWS and there != here and (here, there) not in PEERS:
            assert ROWS[there] < ROWS[here], f"{module} imports {name}: upwards or sideways"
        owners = ONLY_IN.get(name.split(".")[0])
        assert owners is None or here in owners, f"{module} imports {name}, which belongs in {owners}"


def test_the_engine_needs_numpy_and_scipy_only() -> None:
    allowed = {"numpy", "scipy"} | set(sys.stdlib_module_names)
    for module, path in modules():
        if part_of(module) in ("workbench.effects", "workbench.pooling"):
            outside = {n for n in imports(module, path) if n.split(".")[0] not in allowed | {"workbench"}}
            assert not outside, f"{module} imports {outside}"


HEAVY = ("streamlit", "pandas", "matplotlib", "PythonMeta", "Bio", "sqlalchemy", "scipy", "numpy", "pydantic")


@pytest.mark.parametrize("code", ["import workbench, ingest", "import sys; sys.argv = ['workbench', '--help']; HELP"])
def test_starting_imports_nothing_heavy(code: str) -> None:
    """`import workbench` and `workbench --help` are quick because they load none of the big libraries."""
    code = code.replace(
        "HELP", "import contextlib; from workbench.cli import main\nwith contextlib.suppress(SystemExit): main()"
    )
    script = f"{code}\nimport sys\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
