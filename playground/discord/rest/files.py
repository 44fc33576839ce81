"""The route that gives old addresses of files new life.

Discord's documents leave it out; its own client and many bots use it.
"""

from urllib.parse import urlsplit

from playground.discord.rest.call import Call, Route
from playground.payload import Payload

_MOST = 50


def _refresh(call: Call) -> Payload:
    form = call.form()
    given = [str(one) for one in form.items("attachment_urls", at_most=_MOST, of=str)]
    form.check()
    guild = call.guild
    known = {file.url: file for file in guild.attachments.values()}
    refreshed = []
    for original in given:
        file = known.get(urlsplit(original)._replace(query="", fragment="").geturl())
        refreshed.append(
            {"original": original, "refreshed": original if file is None else file.signed_url}
        )
    return {"refreshed_urls": refreshed}


ROUTES = (
    Route(
        http="POST",
        path="/attachments/refresh-urls",
        name="refresh_attachment_urls",
        handle=_refresh,
    ),
)
