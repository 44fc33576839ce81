"""Raw Web API calls, without an SDK in between."""

from typing import Any

import aiohttp

from playground.slack.slack import PlaygroundSlack


class Caller:
    """Calls methods and returns what came back.

    Args:
        slack: where.
        session: the HTTP client.
    """

    def __init__(self, slack: PlaygroundSlack, session: aiohttp.ClientSession) -> None:
        self._slack = slack
        self.session = session
        self.headers: dict[str, str] = {}
        self.status = 0

    async def __call__(self, method: str, *, token: str | None = None, **args: Any) -> Any:
        """Call a method with JSON arguments, as the bot unless a token is given."""
        return await self.send(method, token=token, json=args)

    async def send(self, method: str, *, token: str | None = None, **request: Any) -> Any:
        """Call a method with the request as given; an empty token sends none."""
        token = self._slack.bot_token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self._slack.api_url + method
        async with self.session.post(url, headers=headers, **request) as answer:
            self.headers, self.status = dict(answer.headers), answer.status
            if answer.content_type != "application/json":
                return await answer.text()
            return await answer.json()
