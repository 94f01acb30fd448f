"""Make the pictures of docs/scheduling.md: python tools/take_refresh_pictures.py [CHROMIUM]

Serves made-up records as PubMed would, starts a refresh from the app, and photographs the Searches view while it works
and after it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ingest.eutils import LocalServer
from ingest.eutils.faults import Fault
from ingest.eutils.replies import Reply
from workbench.review import init_review
from workbench.store import Reviewer, Store
from workbench.ui import launch

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000  # milliseconds
ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2026</Year></PubDate></JournalIssue><Title>Journal of made-up trials</Title>
</Journal><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>Ten hertz rTMS or sham, a randomized trial.
</AbstractText></Abstract><Language>eng</Language></Article></MedlineCitation><PubmedData><PublicationStatus>ppublish
</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>"""


def records(new: int = 0) -> bytes:
    """Made-up trials of two indications."""
    numbers = [*range(1200), *range(5000, 5000 + new)]
    listed = [ARTICLE.format(pmid=90_000_000 + n, title=f"rTMS in fibromyalgia, made-up trial {n}") for n in numbers]
    listed += [ARTICLE.format(pmid=91_000_000 + n, title=f"rTMS in migraine, made-up trial {n}") for n in range(40)]
    return f"<?xml version='1.0'?><PubmedArticleSet>{''.join(listed)}</PubmedArticleSet>".encode()


def at_rest(page: Page) -> None:
    page.wait_for_timeout(600)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
    page.wait_for_timeout(600)


def searches(page: Page, address: str) -> None:
    page.goto(f"{address}/records?reviewer=ada")
    page.get_by_role("radio", name="Searches").click()
    at_rest(page)


def take(page: Page, name: str) -> None:
    page.mouse.move(640, 5)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def photograph(page: Page, address: str, server: LocalServer, gate: threading.Event) -> None:
    searches(page, address)
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text("600 of 1 200").wait_for(timeout=PATIENCE)
    take(page, "refresh-at-work")
    gate.set()
    page.get_by_text("ended well").wait_for(timeout=PATIENCE)
    server.serve([records(new=3)])
    searches(page, address)
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text("ended well. 3 new records").wait_for(timeout=PATIENCE)
    at_rest(page)
    page.get_by_role("heading", name="Each search").scroll_into_view_if_needed()
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 420)
    at_rest(page)
    take(page, "searches")


def main() -> int:
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    if chromium is None:
        print(
            "Chromium was not found: name it, as in tools/take_refresh_pictures.py /usr/bin/chromium", file=sys.stderr
        )
        return 1
    gate = threading.Event()

    def hold(reply: Reply) -> Reply:
        gate.wait(PATIENCE / 1000)
        return reply

    with (
        tempfile.TemporaryDirectory() as temporary,
        LocalServer([records()], faults=[Fault("efetch", 4, hold)]) as server,
    ):
        folder = init_review(Path(temporary) / "review")
        with Store.open(folder) as store:
            store.add_reviewer(Reviewer(name="ada", display="Ada Example", role="lead"))
        os.environ |= {"WORKBENCH_EUTILS_URL": server.base_url, "NCBI_API_KEY": "0" * 36}
        port = launch.choose_port(None)
        app: subprocess.Popen[bytes] = launch.start(folder, port)
        try:
            launch.wait_until_it_answers(app, port)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                photograph(page, f"http://{launch.ADDRESS}:{port}", server, gate)
                browser.close()
        finally:
            launch.stop(app)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
