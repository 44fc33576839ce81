import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import ClientSession

from bot.errors import SettingsError
from bot.health import serve_health
from bot.numbers import Number


async def _fetch(port: int, path: str) -> tuple[int, str, str]:
    async with (
        ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text(), response.headers["Cache-Control"]


class Parts:
    def __init__(self, **parts: str) -> None:
        self.parts = parts

    async def __call__(self) -> Mapping[str, str]:
        """What it was told."""
        return self.parts


async def test_a_bot_whose_parts_are_ready_is_ready() -> None:
    """`/readyz` is 200 and names the parts when none has a reason against it."""
    async with serve_health("127.0.0.1", 0, ready=Parts(slack="", runtime="")) as port:
        status, body, cache = await _fetch(port, "/readyz")
    assert status == 200
    assert body == '{"ready": true, "parts": {"slack": "ok", "runtime": "ok"}}'
    assert cache == "no-store"


async def test_a_bot_with_a_part_that_is_not_ready_says_which_and_why() -> None:
    """`/readyz` is 503 with the reasons, asked anew each time, while `/healthz` stays 200."""
    ready = Parts(slack="is not connected", runtime="")
    async with serve_health("127.0.0.1", 0, ready=ready) as port:
        status, body, _ = await _fetch(port, "/readyz")
        assert status == 503
        assert body == '{"ready": false, "parts": {"slack": "is not connected", "runtime": "ok"}}'
        assert (await _fetch(port, "/healthz"))[:2] == (200, "ok\n")
        ready.parts["slack"] = ""
        assert (await _fetch(port, "/readyz"))[0] == 200


async def test_a_check_that_hangs_counts_as_not_ready() -> None:
    """`/readyz` answers 503 when the parts do not answer in time."""

    async def hang() -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    async with serve_health("127.0.0.1", 0, ready=hang, longest_check_s=0.01) as port:
        status, body, _ = await _fetch(port, "/readyz")
    assert status == 503
    assert "took longer than 0.01 seconds" in body


async def test_numbers_are_told_as_text() -> None:
    """`/metrics` has a line for each number, with what it is once above those of one name."""

    async def numbers() -> list[Number]:
        return [
            Number(name="up", help="Whether it is up.", value=True, labels={"part": "one"}),
            Number(name="up", help="Whether it is up.", value=False, labels={"part": "two"}),
            Number(name="oldest_seconds", help="How old.", value=12.5),
        ]

    async with serve_health("127.0.0.1", 0, ready=Parts(), numbers=numbers) as port:
        status, body, _ = await _fetch(port, "/metrics")
    assert status == 200
    assert body.splitlines() == [
        "# HELP threadpilot_up Whether it is up.",
        "# TYPE threadpilot_up gauge",
        'threadpilot_up{part="one"} 1',
        'threadpilot_up{part="two"} 0',
        "# HELP threadpilot_oldest_seconds How old.",
        "# TYPE threadpilot_oldest_seconds gauge",
        "threadpilot_oldest_seconds 12.5",
    ]


async def test_nothing_else_is_served() -> None:
    """Any other path is not found."""
    async with (
        serve_health("127.0.0.1", 0, ready=Parts()) as port,
        ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/") as response,
    ):
        assert response.status == 404


async def test_a_port_in_use_is_a_problem_of_the_settings() -> None:
    """A port that another program has is named with its variable, and how to mend it."""
    async with serve_health("127.0.0.1", 0, ready=Parts()) as port:
        with pytest.raises(SettingsError) as caught:
            async with serve_health("127.0.0.1", port, ready=Parts()):
                pass
    assert caught.value.problems == [
        (
            f"THREADPILOT_HTTP_PORT is {port}, which another program uses on 127.0.0.1: "
            "choose another port, or 0 for no health endpoint."
        )
    ]


async def test_an_address_of_another_machine_is_a_problem_of_the_settings() -> None:
    """An address that is not this machine's is named with its variable."""
    with pytest.raises(SettingsError, match=r"^THREADPILOT_HTTP_HOST is 192\.0\.2\.1"):
        async with serve_health("192.0.2.1", 0, ready=Parts()):
            pass


async def test_the_port_is_free_again_afterwards() -> None:
    """Once the context is left, the same port can be taken again."""
    async with serve_health("127.0.0.1", 0, ready=Parts()) as port:
        pass
    async with serve_health("127.0.0.1", port, ready=Parts()) as again:
        assert again == port
