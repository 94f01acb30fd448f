"""What is shipped is what is tested: the wheel, installed elsewhere, runs the worked example and serves the app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.wheel, pytest.mark.xdist_group("app")]


def run(*args: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{args} failed:\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that holds the wheel; the libraries come from this one, so no registry is needed."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home / "venv", with_pip=False, symlinks=True)
    python = home / "venv" / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    libraries = Path(run(sys.executable, "-c", "import numpy; print(numpy.__path__[0])").stdout.strip()).parent
    # The editable install of this checkout is a .pth file in that folder: .pth files are read in site folders only,
    # and this one is added as a plain path, so the checkout itself cannot be imported from there.
    (site / "libraries.pth").write_text(f"{libraries}\n")
    found = run(python, "-c", "import workbench; print(workbench.__file__)", cwd=home).stdout
    assert str(home) in found, f"the installed wheel is not what is imported: {found}"
    return home


@pytest.fixture
def clean_environment(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("WORKBENCH_", "PYTHONPATH", "VIRTUAL_ENV")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(installed)
    return installed / "venv" / "bin" / "workbench"


def test_the_wheel_holds_every_part(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    forms = {
        f"extraction_forms/{path.relative_to(ROOT / 'extraction_forms')}"
        for path in (ROOT / "extraction_forms").rglob("*.yaml")
    }
    code = {
        str(p.relative_to(ROOT))
        for top in ("workbench", "ingest")
        for p in (ROOT / top).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert forms
    assert forms | code | {"streamlit_app.py"} <= names
    assert not {name for name in names if name.startswith(("tests", "docs", "tools"))}


def test_the_worked_example_runs_from_the_wheel(clean_environment: Path, tmp_path: Path) -> None:
    done = run(clean_environment, "demo", "--out", tmp_path / "example", "--no-serve", cwd=tmp_path)
    assert "must not be cited" in done.stdout
    analysed = run(
        clean_environment,
        "analyse",
        "--review",
        tmp_path / "example" / "review",
        "--json",
        cwd=tmp_path,
    )
    results = json.loads(analysed.stdout)
    assert {r["indication"] for r in results} >= {"neuropathic_pain", "migraine", "central_pain"}
    assert list((tmp_path / "example").rglob("*.svg"))


def test_the_app_is_served_from_the_wheel(clean_environment: Path, tmp_path: Path) -> None:
    review = tmp_path / "review"
    run(clean_environment, "init", review, cwd=tmp_path)
    server = subprocess.Popen(
        [clean_environment, "serve", "--review", review],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "http://127.0.0.1" in line:
                address = line[line.index("http://") :].split()[0]
                break
        else:
            pytest.fail("serve ended without printing an address")
        with urllib.request.urlopen(f"{address.rstrip('/')}/_stcore/health", timeout=30) as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        assert server.wait(30) is not None
        if server.stdout is not None:
            server.stdout.close()
