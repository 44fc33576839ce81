"""What somebody sends cannot act in a browser: how files and the page are answered."""

import aiohttp
import pytest

from playground.server import serve
from playground.slack.options import PlaygroundOptions

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<script>alert(1)</script>"
SENT = [("a.svg", SVG), ("a.html", HTML), ("a.xhtml", HTML), ('"><b>.txt', HTML), ("a.pdf", HTML)]


@pytest.mark.parametrize(("name", "content"), SENT, ids=[name for name, _ in SENT])
async def test_files_run_nowhere(name: str, content: bytes) -> None:
    """On either platform a document comes as a download, in a sandbox, as nothing else."""
    async with serve(options=PlaygroundOptions(limits=False)) as playground:
        slack, discord = playground.slack, playground.discord
        base = playground.url.rstrip("/")
        ann, ben = slack.person("ann"), discord.person("ben")
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type="image/png")
        async with aiohttp.ClientSession() as client:
            async with client.post(f"{base}/page/upload?as={ann.id}", data=form) as answer:
                address = base + (await answer.json())["file"]["url"]
            said = await ben.say("general", "look", files=[await ben.upload(name, content)])
            message = discord.message(said)
            assert message is not None
            for url in (address, message.attachments[0].signed_url):
                async with client.get(url) as served:
                    assert await served.read() == content
                    headers = served.headers
                assert headers["Content-Disposition"].startswith("attachment")
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Content-Security-Policy"].startswith("sandbox;")


async def test_the_page_is_framed_by_nobody() -> None:
    """Another site cannot put the page into a frame of its own."""
    async with (
        serve() as playground,
        aiohttp.ClientSession() as client,
        client.get(playground.url) as served,
    ):
        assert served.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
