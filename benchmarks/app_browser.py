"""Reviewers in a real Chromium: a key is pressed, and the page itself notes when it was and when the next title stood.

The clocks are in the page (a listener for the key, an observer of the document, the socket's messages), so what
the driver needs to press a key and to ask for the figures is no part of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000  # milliseconds to wait for an answer
AT_REST = 300  # milliseconds after which what belongs to a press has arrived
CLOCKS = r"""
(() => {
  const seen = window.seen = {};
  const begin = () => Object.assign(seen, {
    key: 0, sent: 0, last: 0, shown: 0, painted: 0, server: 0, bytes: 0, largest: 0, messages: 0});
  begin();
  window.record = () => {
    const title = document.querySelector('.wb-title');
    const found = title && /invented record number (\d+)/.exec(title.textContent);
    return found ? Number(found[1]) : null;
  };
  let before = null;
  document.addEventListener('keydown', () => {
    begin();
    before = window.record();
    seen.key = performance.now();
  }, true);
  const send = WebSocket.prototype.send;
  const known = new WeakSet();
  WebSocket.prototype.send = function (data) {
    if (!known.has(this)) {
      known.add(this);
      this.addEventListener('message', event => {
        const size = event.data.byteLength ?? event.data.size ?? event.data.length;
        seen.last = performance.now();
        seen.bytes += size;
        seen.messages += 1;
        seen.largest = Math.max(seen.largest, size);
      });
    }
    if (seen.key && !seen.sent) seen.sent = performance.now();
    return send.apply(this, arguments);
  };
  new MutationObserver(() => {
    if (!seen.key || seen.shown) return;
    const now = window.record();
    if (now === null || now === before) return;
    seen.shown = performance.now();
    seen.server = seen.last;
    requestAnimationFrame(() => setTimeout(() => { seen.painted = performance.now(); }, 0));
  }).observe(document, {subtree: true, childList: true, characterData: true});
})();
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one press of a key led to; seconds."""

    shown: float  # from the key to the next record's title in the document
    painted: float  # from the key to the frame after that
    before_sending: float  # from the key to the message to the server
    server: float  # from the message to the last one that came before the title stood
    received: int  # bytes, before compression
    largest: int
    messages: int


class BrowserSession:
    """One reviewer's window."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)[:300]))

    async def load(self, address: str) -> None:
        """Open the page and wait for a record."""
        await self._page.goto(address)
        await self._page.wait_for_function("() => window.record() !== null", timeout=PATIENCE)
        await self._page.wait_for_timeout(1_000)

    async def record(self) -> int | None:
        """The number of the record on the page."""
        found = await self._page.evaluate("() => window.record()")
        return None if found is None else int(found)

    async def press(self, key: str) -> Seen:
        """Press a key and wait for another record."""
        await self._page.keyboard.press(key)
        await self._page.wait_for_function("() => window.seen.painted > 0", timeout=PATIENCE)
        await self._page.wait_for_timeout(AT_REST)
        seen = await self._page.evaluate("() => window.seen")
        return Seen(
            shown=(seen["shown"] - seen["key"]) / 1000,
            painted=(seen["painted"] - seen["key"]) / 1000,
            before_sending=(seen["sent"] - seen["key"]) / 1000,
            server=(seen["server"] - seen["sent"]) / 1000,
            received=seen["bytes"],
            largest=seen["largest"],
            messages=seen["messages"],
        )


@contextlib.asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    """One browser for all windows."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


async def window(browser: Browser) -> BrowserSession:
    """A window of its own, with nothing kept from other ones."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(CLOCKS)
    return BrowserSession(await context.new_page())
