"""Source code on the page: its colours, its columns, and how it grows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import BOT, GENERAL, FakeGuild
from tests.browser.fake_workspace import FakeWorkspace
from tests.browser.page_host import PageHost

CHANNEL = "C0GENERAL"
READ = """async ([language, text]) => {
  const { languageOf, readLine } = await import("/static/js/highlight.js");
  let within = "";
  return text.split("\\n").map((line) => {
    const read = readLine(languageOf(language), line, within);
    within = read.within;
    return read.tokens.map(({ kind, v }) => (kind ? `[${kind} ${v}]` : v)).join("");
  }).join("\\n");
}"""
GROW = """async ([language, texts]) => {
  const { CodeText } = await import("/static/js/code.js");
  const code = new CodeText(language);
  return texts.map((text) => {
    const fresh = new CodeText(language);
    code.show(text);
    fresh.show(text);
    return [code.element.textContent, code.element.innerHTML === fresh.element.innerHTML];
  });
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(browser: Browser, host: PageHost) -> AsyncIterator[Page]:
    """A page whose modules read code."""
    page = await browser.new_page()
    await page.goto(f"{host.address}/static/icon.svg")
    yield page
    await page.close()


COLOURS = {
    "python": (
        "py",
        "@a.b\ndef f(n=1_0):\n  return f'a'",
        "[meta @a.b]\n[keyword def] [title f](n=[number 1_0]):\n  [keyword return] [string f'a']",
    ),
    "a string over lines": (
        "python",
        '"""a\nif b""" + if',
        '[string """a]\n[string if b"""] + [keyword if]',
    ),
    "a comment over lines": (
        "ts",
        "/* a\nb */ let c = d(`e`)",
        "[comment /* a]\n[comment b */] [keyword let] c = [title d]([string `e`])",
    ),
    "json": (
        "json",
        '{"a": "b", "c": [-1, true]}',
        '{[property "a"]: [string "b"], [property "c"]: [[number -1], [keyword true]]}',
    ),
    "yaml": ("yml", "- a: 'b' # c", "- [property a]: [string 'b'] [comment # c]"),
    "shell": ("bash", "cd $A && ls -l", "[builtin cd] [meta $A] && [builtin ls] [property -l]"),
    "html": (
        "html",
        "<a href='b'>c</a>",
        "[tag <a] [property href]=[string 'b'][tag >]c[tag </a>]",
    ),
    "diff": ("diff", "@@\n+a\n-b\n c", "[meta @@]\n[inserted +a]\n[deleted -b]\n c"),
    "sql in capitals": ("SQL", "SELECT 1 -- a", "[keyword SELECT] [number 1] [comment -- a]"),
    "numbers in names": ("js", "a1 1a", "a1 [number 1a]"),
    "no language": ("", "if x: # y", "if x: # y"),
    "an unknown one": ("brainfuck", "+- if", "+- if"),
}


@pytest.mark.parametrize(("language", "text", "told"), COLOURS.values(), ids=COLOURS.keys())
async def test_colours(reader: Page, language: str, text: str, told: str) -> None:
    """Words, strings, numbers and comments of the languages that people post are told apart."""
    assert await reader.evaluate(READ, [language, text]) == told


ODD = [
    "`a${b}` 'c\\' \"d\\\" \\",
    "/* /* */ */ <!-- --> ''' \"\"\"",
    "<a href='b'>c</a> &amp; {{d}}",
    "1.5e10_000x 0xFFg ...1 -.5",
    "漢字 = '한국어' # 🎉👩‍👩‍👧 \u202e\u0000",
    "\t\r \u2028x",
    "",
]
LANGUAGES = "py js c java go rust sh sql json yaml html css ruby diff text"


async def test_every_letter_stays(reader: Page) -> None:
    """Whatever is taken for code, all of it is shown, and what grew is as what is drawn at once."""
    whole = "\n".join([*ODD, *reversed(ODD)])
    texts = [whole[:end] for end in range(0, len(whole) + 1, 3)] + [whole, "x", whole, ""]
    for language in LANGUAGES.split():
        drawn = await reader.evaluate(GROW, [language, texts])
        assert [text for text, _ in drawn] == texts, language
        assert all(is_same for _, is_same in drawn), language


async def test_wide_characters_take_two_cells(guild: FakeGuild, open_page: OpenPage) -> None:
    """In a table of fixed width the columns stand in line, whatever script and font there are."""
    rows = [
        "Kind      Cost",
        "자물쇠    1 ns",
        "自旋锁    2 ns",
        "🔒👩‍👩‍👧 ab   3 ns",
        "ａｂ      4 ns",
    ]
    guild.keep(GENERAL, BOT, "```\n{}\n```".format("\n".join(rows)))
    page = await open_page(guild.address, f"#/discord/{GENERAL}")
    code = page.locator("pre code")
    await expect(code).to_contain_text("4 ns")
    lefts = await code.evaluate(
        """code => {
          const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
          const lefts = [];
          while (walker.nextNode()) {
            const text = walker.currentNode.data;
            for (const match of text.matchAll(/Cost|\\d ns/g)) {
              const range = document.createRange();
              range.setStart(walker.currentNode, match.index);
              range.setEnd(walker.currentNode, match.index + 1);
              lefts.push(range.getBoundingClientRect().left);
            }
          }
          return lefts;
        }"""
    )
    assert len(lefts) == len(rows)
    assert max(lefts) - min(lefts) < 0.5
    family = await code.evaluate("code => getComputedStyle(code).fontFamily")
    assert "monospace" in family


GROWING = """# Plan

- first **one**
- second, which
"""


async def test_what_is_selected_stays_while_a_list_grows(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A list, a paragraph and a table that go on keep their elements, and a selection in them."""
    page = await open_page(workspace.address)
    message = await workspace.say_as_bot(CHANNEL, markdown=GROWING, streaming=True)
    await expect(page.locator("#main .prose li")).to_have_count(2)
    await page.locator("#main .prose li").first.evaluate("e => getSelection().selectAllChildren(e)")
    text = f"{GROWING.rstrip()} goes on\n  - and below\n- third\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    await workspace.change(message, markdown=text)
    await expect(page.locator("#main td")).to_have_count(2)
    await page.locator("#main tr").last.evaluate("e => e.dataset.seen = 'yes'")
    await workspace.change(message, markdown=f"{text}\n| 3 | 4 |\n\nDone", streaming=False)
    await expect(page.locator("#main p").last).to_have_text("Done")
    assert await page.evaluate("getSelection().toString()") == "first one"
    await expect(page.locator("#main tr").nth(1)).to_have_attribute("data-seen", "yes")
