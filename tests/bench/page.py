"""What the playground's page takes for each piece of a long reply that streams in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from playwright.async_api import async_playwright

from tests.bench.result import Judged, Result, middle, spread
from tests.browser.fake_workspace import FakeWorkspace

LENGTH = 20_000
"""Characters of the reply at which an update is measured."""

_PIECE = 40
_MEASURED = 100
_CHANNEL = "C0GENERAL"
_LIMIT_MS = 16.7
"""One picture of a screen that shows sixty a second."""

_SECTION = """## Part {n}

A **mutex** is a lock that lets *one thread at a time* into a `critical section`, see
[the documentation](https://docs.example.com/{n}) and the list of those who wait:

1. the first takes it
   - in a queue
   - or by spinning
2. the next ones wait

```python
def deposit(account: Account, amount: int = {n}) -> None:
    with lock:  # nobody else is in here
        account.total += amount * 1.5
```

| Kind | Owner | Cost |
| :--- | :---: | ---: |
| Mutex | one thread | 25 ns |
| Semaphore | nobody | 140 ns |

"""

# Each message of the socket is timed: what the page does with it, and the layout that follows.
_TIMING = """
const listen = WebSocket.prototype.addEventListener;
window.took = [];
WebSocket.prototype.addEventListener = function (kind, heard, ...rest) {
  const timed = (event) => {
    const began = performance.now();
    heard.call(this, event);
    const done = performance.now();
    document.body.offsetHeight;
    window.took.push({ script: done - began, layout: performance.now() - done });
  };
  return listen.call(this, kind, kind === "message" ? timed : heard, ...rest);
};
"""


def _pieces() -> Iterator[str]:
    text = "".join(_SECTION.format(n=n) for n in range(LENGTH // len(_SECTION) + 1))[:LENGTH]
    for end in range(_PIECE, LENGTH + 1, _PIECE):
        yield text[:end]


async def measure() -> list[Result]:
    """Measure in headless Chromium, where there is one."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return []
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with FakeWorkspace().serve() as workspace, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page()
        await page.add_init_script(_TIMING)
        await page.goto(workspace.address)
        await page.locator("#main h1").wait_for()
        root = workspace.keep(_CHANNEL, user="U0ADA", text="what is a mutex?")
        await page.goto(f"{workspace.address}/#/{_CHANNEL}/{root['ts']}")
        await page.get_by_test_id("thread-composer").wait_for()
        said = await workspace.say_as_bot(_CHANNEL, thread_ts=root["ts"], streaming=True)
        for text in _pieces():
            await workspace.change(said, markdown=text, streaming=True)
        told = LENGTH // _PIECE
        await page.wait_for_function("(told) => window.took.length > told", arg=told)
        took = (await page.evaluate("window.took"))[-_MEASURED:]
        await browser.close()
    script = [each["script"] for each in took]
    layout = [each["layout"] for each in took]
    return [
        Result(
            name="page: a piece of a reply of 20,000 characters",
            unit="ms",
            value=middle([one + other for one, other in zip(script, layout, strict=True)]),
            limit=_LIMIT_MS,
            judged=Judged.VALUE_AT_MOST,
            note=f"the last {_MEASURED} pieces of {_PIECE} characters; script {spread(script)} ms,"
            f" layout that it has not asked for {spread(layout)} ms",
        )
    ]
