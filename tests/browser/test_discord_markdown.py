"""How Discord's Markdown is drawn, hostile texts included."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.fake_guild import FakeGuild

HERE = Path(__file__).parent
MEASURES = (HERE / "measures.js").read_text().partition("\n")[2].rstrip()
DRAW = """async (text) => {
  const { parseDiscord } = await import("/static/js/platforms/discord_text.js");
  const { Prose } = await import("/static/js/prose.js");
  const prose = new Prose({
    person: (id) => ({ 1: "Ada" })[id] ?? null,
    channel: (id) => ({ 3: "general" })[id] ?? null,
    handle: (id) => ({ 1: "ada" })[id] ?? null,
    isMe: (id) => id === "1",
    address: (id) => `#/discord/${id}`,
  });
  prose.show(parseDiscord(text));
  for (const token of prose.element.querySelectorAll("[class^=tok-]")) {
    token.replaceWith(...token.childNodes);
  }
  for (const bar of prose.element.querySelectorAll(".bar")) bar.remove();
  for (const time of prose.element.querySelectorAll("time")) time.removeAttribute("title");
  return prose.element.innerHTML;
}"""
LINK = 'target="_blank" rel="noopener noreferrer"'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(browser: Browser) -> AsyncIterator[Page]:
    """A page whose modules draw texts."""
    async with FakeGuild().serve() as serving:
        page = await browser.new_page(locale="en-GB", timezone_id="UTC")
        await page.goto(f"{serving.address}/#/discord/dm")
        yield page
        await page.close()


def code(text: str, language: str = "") -> str:
    """A code block's HTML."""
    label = f"Code in {language}" if language else "Code"
    return (
        f'<div class="code" data-lang="{language}">'
        f'<pre tabindex="0" aria-label="{label}"><code>{text}</code></pre></div>'
    )


TEXTS: dict[str, tuple[str, str | None]] = {
    "breaks": ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
    "emphasis": (
        "*a* _b_ **c** ***d*** ~~e~~",
        "<p><em>a</em> <em>b</em> <strong>c</strong> <strong><em>d</em></strong> <del>e</del></p>",
    ),
    "underlined": ("__a__ __*b*__", "<p><u>a</u> <u><em>b</em></u></p>"),
    "nested": ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    "no emphasis": ("a * b * c snake_case_name **half", None),
    "escapes": (r"\*not\* \_this\_ ¯\_(ツ)_/¯", "<p>*not* _this_ ¯_(ツ)_/¯</p>"),
    "code": ("`**a** <b>` ``b ` c``", "<p><code>**a** &lt;b&gt;</code> <code>b ` c</code></p>"),
    "headings": ("# A\n### B\n#### C\n#d", "<h1>A</h1><h3>B</h3><p>#### C<br>#d</p>"),
    "small print": ("-# gpt-5 · **2 s**", '<p class="small">gpt-5 · <strong>2 s</strong></p>'),
    "quote": ("> a\n> b\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
    "quote to the end": (">>> a\nb\n\nc", "<blockquote><p>a<br>b</p><p>c</p></blockquote>"),
    "no quote": (">a", "<p>&gt;a</p>"),
    "list": (
        "- a\n- b\n  - c\n* d",
        "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
    ),
    "numbers": ("2. a\n3. b", '<ol start="2"><li>a</li><li>b</li></ol>'),
    "fence": ("a\n```py\nx = 1\n```\nb", "<p>a</p>" + code("x = 1", "py") + "<p>b</p>"),
    "fence in a line": ("```x```", code("x")),
    "open fence": ("```py\nx", "<p>```py<br>x</p>"),
    "no table": ("| a |\n|---|\n| b |", "<p>| a |<br>|---|<br>| b |</p>"),
    "no rule": ("a\n---", "<p>a<br>---</p>"),
    "links": (
        "[a](https://b.example) <https://c.example> https://d.example.",
        (
            f'<p><a href="https://b.example/" {LINK}>a</a> '
            f'<a href="https://c.example/" {LINK}>https://c.example</a> '
            f'<a href="https://d.example/" {LINK}>https://d.example</a>.</p>'
        ),
    ),
    "other schemes": (
        "[a](javascript:alert(1)) <javascript:x>",
        "<p>[a](javascript:alert(1)) &lt;javascript:x&gt;</p>",
    ),
    "mentions": (
        "<@1> <@!2> <#3> @everyone",
        (
            '<p><span class="mention me">@Ada</span> <span class="mention">@unknown-user</span> '
            '<a class="mention" href="#/discord/3">#general</a> '
            '<span class="mention me">@everyone</span></p>'
        ),
    ),
    "times": (
        "<t:0:D> <t:0:t>",
        (
            '<p><time class="stamp" datetime="1970-01-01T00:00:00.000Z">1 January 1970</time> '
            '<time class="stamp" datetime="1970-01-01T00:00:00.000Z">00:00</time></p>'
        ),
    ),
    "commands": (
        "</copilot help:51>",
        '<p><span class="mention command">/copilot help</span></p>',
    ),
    "emoji": (
        ":tada: :nope: 10:30:00",
        '<p><span class="emoji" role="img" aria-label="tada">🎉</span> :nope: 10:30:00</p>',
    ),
    "spoiler": (
        "||it was *he*||",
        (
            '<p><button class="spoiler" type="button" aria-label="Spoiler: press to show" '
            'aria-expanded="false"><span class="hidden">it was <em>he</em></span></button></p>'
        ),
    ),
    "markup": ("<b>x</b> &amp;", "<p>&lt;b&gt;x&lt;/b&gt; &amp;amp;</p>"),
}


@pytest.mark.parametrize("name", TEXTS)
async def test_text(reader: Page, name: str) -> None:
    """What Discord reads as markup is drawn so; all else is text."""
    text, expected = TEXTS[name]
    assert await reader.evaluate(DRAW, text) == (expected or f"<p>{text}</p>")


async def test_spoilers_open(reader: Page) -> None:
    """A spoiler shows what it hides once it is pressed."""
    shown = await reader.evaluate(
        """async () => {
          const { Prose } = await import("/static/js/prose.js");
          const prose = new Prose({});
          prose.show([{ t: "p", c: [{ t: "spoiler", c: [{ t: "text", v: "he" }] }] }]);
          prose.element.querySelector("button").click();
          return prose.element.innerHTML;
        }"""
    )
    assert shown == '<p><span class="spoiler shown">he</span></p>'


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        '[x](https://a.example/"onmouseover=alert(1))',
        "<t:99999999999999:F> <t:999999999999:F>",
        "</copilot <b>:1>",
        "```<script>alert(1)</script>```",
        "||<svg/onload=alert(1)>||",
    ],
)
async def test_nothing_in_a_text_acts(reader: Page, text: str) -> None:
    """No text becomes an element or an address that acts."""
    html = await reader.evaluate(DRAW, text)
    assert await reader.evaluate(f"({MEASURES}).active({html!r})") == []


HOSTILE = (
    "*" * 2000,
    "_" * 2000,
    "||" * 1000,
    "**a " * 500,
    "> " * 1000,
    "- " * 1000,
    "[" * 2000,
    "`" * 1999,
    "*a* " * 500,
    "* a" * 600,
    "\n".join(" " * depth + "- x" for depth in range(60)),
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_texts_end(reader: Page, text: str) -> None:
    """A text of a message's length is drawn, whatever it is made of."""
    assert await reader.evaluate(DRAW, text)
