"""How texts are drawn: standard Markdown and Slack's own markup, hostile ones included."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace

HERE = Path(__file__).parent
DRAW = (HERE / "drawing.js").read_text().partition("\n")[2]
MEASURES = (HERE / "measures.js").read_text().partition("\n")[2].rstrip()
LINK = 'target="_blank" rel="noopener noreferrer"'
PRE = 'tabindex="0" aria-label="Code'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(browser: Browser) -> AsyncIterator[Page]:
    """A page whose modules draw texts."""
    async with FakeWorkspace().serve() as serving:
        page = await browser.new_page()
        await page.goto(serving.address)
        yield page
        await page.close()


async def draw(page: Page, how: str, text: Any) -> str:
    """Draw a text and return its HTML."""
    drawn: str = await page.evaluate(DRAW, [how, text])
    return drawn


def code(text: str, language: str = "") -> str:
    """A code block's HTML."""
    label = f"{PRE} in {language}" if language else PRE
    return (
        f'<div class="code" data-lang="{language}"><div class="bar">'
        f'<span class="language">{language or "text"}</span></div>'
        f'<pre {label}"><code>{text}</code></pre></div>'
    )


MARKDOWN = {
    "paragraphs and breaks": ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
    "headings": ("# A\n### B ###\n#c", "<h1>A</h1><h3>B</h3><p>#c</p>"),
    "underlined headings": ("A\n===\n\nB\n---", "<h1>A</h1><h2>B</h2>"),
    "a lone dash is no underline": ("A\n-", "<p>A<br>-</p>"),
    "rules": ("a\n\n---\n\n* * *", "<p>a</p><hr><hr>"),
    "emphasis": (
        "*a* **b** ***c*** _d_ ~~e~~",
        "<p><em>a</em> <strong>b</strong> <em><strong>c</strong></em> <em>d</em> <del>e</del></p>",
    ),
    "nested emphasis": ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    "no emphasis within words": (
        "snake_case_name 2*3*4 a * b",
        "<p>snake_case_name 2<em>3</em>4 a * b</p>",
    ),
    "open emphasis": ("**half", "<p>**half</p>"),
    "escapes": (r"\*not\* \_this\_ \`nor\`", "<p>*not* _this_ `nor`</p>"),
    "entities": ("&amp; &lt;b&gt; &#65; &#x42; &nope;", "<p>&amp; &lt;b&gt; A B &amp;nope;</p>"),
    "code spans": ("`a` ``b ` c`` ` d", "<p><code>a</code> <code>b ` c</code> ` d</p>"),
    "no marks in code": ("`**a** <b>`", "<p><code>**a** &lt;b&gt;</code></p>"),
    "fence": ("```py\nx = 1\n\n  y\n```\nafter", code("x = 1\n\n  y", "py") + "<p>after</p>"),
    "fence with tildes": ("~~~\n```\n~~~", code("```")),
    "half-open fence": ("text\n```js\nlet a", "<p>text</p>" + code("let a", "js")),
    "half-open fence, empty": ("```", code("")),
    "closing fence half typed": ("```js\nlet a\n``", code("let a", "js")),
    "fence within a fence": ("````\n```\nx\n```\n````", code("```\nx\n```")),
    "indented code": ("    a\n    b", code("a\nb")),
    "quote": ("> a\n> b\nc\n\nd", "<blockquote><p>a<br>b<br>c</p></blockquote><p>d</p>"),
    "nested quote": (
        "> a\n>> b",
        "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
    ),
    "list": ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    "ordered list": ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    "nested list": (
        "- a\n  - b\n    - c\n- d",
        "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
    ),
    "list indented by two in a numbered item": (
        "1. a\n  - b\n2. c",
        "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>",
    ),
    "numbered list from one": (
        "1. a\n2. b\nlazy\n3. c",
        "<ol><li>a</li><li>b<br>lazy</li><li>c</li></ol>",
    ),
    "paragraphs in an item": ("- a\n\n   b", '<ul class="loose"><li><p>a</p><p>b</p></li></ul>'),
    "loose list": ("- a\n\n- b", '<ul class="loose"><li><p>a</p></li><li><p>b</p></li></ul>'),
    "code in a list": (
        "1. a\n   ```sh\n   ls\n   ```\n2. b",
        f"<ol><li>a{code('ls', 'sh')}</li><li>b</li></ol>",
    ),
    "list after a paragraph": ("a\n- b", "<p>a</p><ul><li>b</li></ul>"),
    "year at a line's start": ("in\n1984. It", "<p>in<br>1984. It</p>"),
    "tasks": (
        "- [ ] a\n- [x] b",
        (
            '<ul><li class="todo"><span class="box" role="img" aria-label="to do"></span>a</li>'
            '<li class="todo"><span class="box done" role="img" aria-label="done">SVG</span>b</li>'
            "</ul>"
        ),
    ),
    "table": (
        "| a | b |\n|:-:|--:|\n| `x` | 1 \\| 2 |\n| y |",
        (
            '<div class="table" tabindex="0" role="region" aria-label="Table"><table><thead><tr>'
            '<th class="centre" scope="col">a</th><th class="right" scope="col">b</th></tr></thead>'
            '<tbody><tr><td class="centre"><code>x</code></td><td class="right">1 | 2</td></tr>'
            '<tr><td class="centre">y</td><td class="right"></td></tr></tbody></table></div>'
        ),
    ),
    "no table without its second line": ("| a | b |", "<p>| a | b |</p>"),
    "link": (
        '[a *b*](https://x.example/p(1)?q "T")',
        f'<p><a href="https://x.example/p(1)?q" title="T" {LINK}>a <em>b</em></a></p>',
    ),
    "bare address": (
        "see https://x.example/a_b. (http://y.example/)",
        (
            f'<p>see <a href="https://x.example/a_b" {LINK}>https://x.example/a_b</a>. '
            f'(<a href="http://y.example/" {LINK}>http://y.example/</a>)</p>'
        ),
    ),
    "address in brackets": (
        "<https://x.example>",
        f'<p><a href="https://x.example/" {LINK}>https://x.example</a></p>',
    ),
    "mail address": (
        "<a@b.example>",
        f'<p><a href="mailto:a@b.example" {LINK}>a@b.example</a></p>',
    ),
    "picture is a link": (
        "![cat](https://x.example/c.png)",
        f'<p><a href="https://x.example/c.png" {LINK}>cat</a></p>',
    ),
    "half-open link": (
        "[a](https://x",
        "<p>[a](" + f'<a href="https://x/" {LINK}>https://x</a></p>',
    ),
    "mentions": (
        "<@U0ADA> <@U0BEN> <@U9> <#C0GENERAL> <!here>",
        (
            '<p><span class="mention me">@Ada</span> <span class="mention">@Ben</span> '
            '<span class="mention">@U9</span> <a class="mention" href="#/C0GENERAL">#general</a> '
            '<span class="mention me">@here</span></p>'
        ),
    ),
    "emoji": (
        ":tada: and :nope: at 10:30:45",
        '<p><span class="emoji" role="img" aria-label="tada">🎉</span> and :nope: at 10:30:45</p>',
    ),
}

HOSTILE = {
    "script": ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    "handler": ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    "script link": ("[x](javascript:alert(1))", "<p>x (javascript:alert(1))</p>"),
    "script link in disguise": ("[x](JaVaScRiPt:alert(1))", "<p>x (JaVaScRiPt:alert(1))</p>"),
    "script link by entity": (
        "[x](javascript&#58;alert(1))",
        "<p>x (javascript&amp;#58;alert(1))</p>",
    ),
    "data link": ("[x](data:text/html,<b>)", "<p>x (data:text/html,&lt;b&gt;)</p>"),
    "file link": ("[x](file:///etc/hosts)", "<p>x (file:///etc/hosts)</p>"),
    "relative link": ("[x](/page/upload)", "<p>x (/page/upload)</p>"),
    "scheme-less link": ("[x](//evil.example)", "<p>x (//evil.example)</p>"),
    "script in brackets": ("<javascript:alert(1)>", "<p>&lt;javascript:alert(1)&gt;</p>"),
    "attribute in an address": (
        '[x](https://a.example/"onclick="b)',
        f'<p><a href="https://a.example/%22onclick=%22b" {LINK}>x</a></p>',
    ),
    "attribute in a title": (
        "[x](https://a.example/ '\"onclick=\"')",
        f'<p><a href="https://a.example/" title="&quot;onclick=&quot;" {LINK}>x</a></p>',
    ),
    "markup as language": ('```"><b>\nx\n```', None),
    "script picture": ("![x](javascript:alert(1))", "<p>x</p>"),
    "link in a link": (
        "[a [b](https://b.example) c](https://a.example)",
        (
            f'<p>[a <a href="https://b.example/" {LINK}>b</a> c]('
            f'<a href="https://a.example/" {LINK}>https://a.example</a>)</p>'
        ),
    ),
    "zero byte": ("a\0b", "<p>a\ufffdb</p>"),
}

MRKDWN = {
    "marks": (
        "*b* _i_ ~s~ `c`",
        "<p><strong>b</strong> <em>i</em> <del>s</del> <code>c</code></p>",
    ),
    "no marks within words": ("2*3*4 snake_case_x a ~ b", "<p>2*3*4 snake_case_x a ~ b</p>"),
    "marks in marks": ("*a _b_*", "<p><strong>a <em>b</em></strong></p>"),
    "lines and paragraphs": ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
    "quote": ("&gt; a\n&gt; b\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
    "code block": ("x ```a &lt;b&gt;``` y", "<p>x </p>" + code("a &lt;b&gt;") + "<p> y</p>"),
    "open code block": ("```a", "<p>```a</p>"),
    "link": (
        "<https://x.example|the *site*>",
        f'<p><a href="https://x.example/" {LINK}>the *site*</a></p>',
    ),
    "address": (
        "<https://x.example/?a=1&amp;b=2>",
        f'<p><a href="https://x.example/?a=1&amp;b=2" {LINK}>https://x.example/?a=1&amp;b=2</a></p>',
    ),
    "mentions": (
        "<@U0ADA> <#C0GENERAL|general> <!channel>",
        (
            '<p><span class="mention me">@Ada</span> '
            '<a class="mention" href="#/C0GENERAL">#general</a> '
            '<span class="mention me">@channel</span></p>'
        ),
    ),
    "date": ("<!date^1790000000^{date}|tomorrow>", "<p>tomorrow</p>"),
    "escaped": ("&lt;script&gt; &amp;amp;", "<p>&lt;script&gt; &amp;amp;</p>"),
    "hostile link": ("<javascript:alert(1)|click>", "<p>&lt;javascript:alert(1)|click&gt;</p>"),
    "hostile markup": ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    "no Markdown": ("**a** # b [c](https://d.example)", None),
}

TAILS = {
    "a **b": "a **b**",
    "a **b*": "a **b**",
    "a **b** c": "a **b** c",
    "a *b **c": "a *b **c***",
    "a `b": "a `b`",
    "a **": "a ",
    "- **one": "- **one**",
    "* item": "* item",
    "see [the do": "see [the do",
    "see [": "see ",
    "see [the docs](https://x.ex": "see the docs",
    "one **two\nthree": "one **two\nthree",
    "```\na **b": "```\na **b",
    "snake_case": "snake_case",
    "2 * 3": "2 * 3",
    "**": "**",
}


@pytest.mark.parametrize(("text", "drawn"), MARKDOWN.values(), ids=MARKDOWN.keys())
async def test_markdown(reader: Page, text: str, drawn: str) -> None:
    """Standard Markdown is drawn as what it means."""
    html = await draw(reader, "readMarkdown", text)
    assert html == drawn


@pytest.mark.parametrize(("text", "drawn"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_markdown(reader: Page, text: str, drawn: str | None) -> None:
    """Nothing in a text becomes markup, a handler or an address with another scheme."""
    html = await draw(reader, "readMarkdown", text)
    if drawn is not None:
        assert html == drawn
    await nothing_active(reader, html)


@pytest.mark.parametrize(("text", "drawn"), MRKDWN.values(), ids=MRKDWN.keys())
async def test_mrkdwn(reader: Page, text: str, drawn: str | None) -> None:
    """Slack's own markup is drawn as Slack draws it."""
    html = await draw(reader, "readText", text)
    if drawn is not None:
        assert html == drawn
    else:
        assert "<strong>" not in html
        assert "<h1>" not in html
    await nothing_active(reader, html)


@pytest.mark.parametrize(("text", "settled"), TAILS.items(), ids=TAILS.keys())
async def test_tail_of_a_stream(reader: Page, text: str, settled: str) -> None:
    """While a text is being written, what its last line leaves open is closed."""
    assert await draw(reader, "tail", text) == settled


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "*a " * 8_000,
        "`" * 12_000 + " " + "`" * 11_999,
        ">" * 12_000,
        "- " * 6_000,
        "# " + " " * 12_000 + "x",
        "http://" + ")" * 12_000,
        "<" * 12_000,
        "](" * 6_000,
        "| a " * 3_000 + "\n" + "|-" * 3_000,
        "**a" * 4_000 + "b**" * 4_000,
    ],
    ids=[
        "brackets",
        "stars",
        "ticks",
        "quotes",
        "lists",
        "spaces",
        "parens",
        "angles",
        "targets",
        "table",
        "pairs",
    ],
)
async def test_no_text_hangs_the_page(reader: Page, text: str) -> None:
    """The longest text that a message may have is drawn, however it is built."""
    assert await draw(reader, "readMarkdown", text)
    assert await draw(reader, "readText", text)
    assert await draw(reader, "tail", text)


STREAMED = """# A *b*

c **d** [e](https://f.example) `g` 日本語 :tada:
and so on,
| no | table
h
---

1. i
   - j **k**
     - l

2. loose

3. m
- [x] done
- [ ] not yet
> quoted
lazily
> - n
>
> o

```py
'''p
q'''
def r(s): # 漢字
    return "t"
```
| u | v |
|:--|--:|
| w | **x** |
| `y` | z

    indented

***

- 1
2. two
	tab
~~~
open"""


async def test_a_text_streamed_letter_by_letter_ends_the_same(reader: Page) -> None:
    """However a text arrives, what is drawn is what would be drawn at once, after each letter."""
    streamed = await draw(reader, "streamed", STREAMED)
    assert streamed == await draw(reader, "readMarkdown", STREAMED)


async def test_code_is_copied(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A code block names its language and copies its text, to the letter."""
    workspace.keep("C0GENERAL", bot_id="B0BOT", text="", markdown="```py\na = '<b>'\n```")
    page = await open_page(workspace.address)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(page.locator(".language")).to_have_text("py")
    copy = page.get_by_role("button", name="Copy code")
    await copy.click()
    await expect(copy).to_contain_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "a = '<b>'"


async def nothing_active(page: Page, html: str) -> None:
    """Check that drawn HTML holds nothing that could act."""
    bad: list[str] = await page.evaluate(f"(html) => ({MEASURES}).active(html)", html)
    assert bad == []
