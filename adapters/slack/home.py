"""The page of one's own as the app's Home tab.

https://docs.slack.dev/surfaces/app-home/: a view has 100 blocks, and no `markdown` blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adapters.slack import phrases
from adapters.slack.buttons import button_blocks, menu_blocks, plain
from adapters.slack.events import is_direct_channel
from adapters.slack.mrkdwn import escaped
from adapters.slack.sections import context, section, section_of
from bot.home import Home, HomeItem
from bot.keys import SessionKey

MOST_BLOCKS = 100

_LONGEST_HEADING = 150
_LONGEST_TITLE = 200


def home_view(home: Home, address_of: Callable[[SessionKey], str]) -> dict[str, Any]:
    """The view of a page.

    Args:
        home: what is on it.
        address_of: where a thread is; empty where that is not known.
    """
    blocks: list[dict[str, Any]] = [section(home.notice)] if home.notice else []
    number = 0
    for part in home.sections:
        if blocks:
            blocks.append({"type": "divider"})
        blocks.append({"type": "header", "text": plain(part.title, _LONGEST_HEADING)})
        if part.text:
            blocks.append(section(part.text))
        for menu in part.menus:
            if menu.key is not None:
                number += 1
                blocks += menu_blocks((menu,), menu.key, item=number)
        for item in part.items:
            number += 1
            blocks += _item(item, number, address_of(item.key))
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def thread_address(workspace_url: str, key: SessionKey) -> str:
    """Where a thread is shown; empty where the workspace's own address is not known.

    Args:
        workspace_url: with a slash at the end.
        key: the thread.
    """
    if not workspace_url:
        return ""
    channel = f"{workspace_url}archives/{key.channel}"
    return f"{channel}/p{key.thread.replace('.', '')}" if key.thread else channel


def _item(item: HomeItem, number: int, address: str) -> Iterator[dict[str, Any]]:
    title = escaped(item.title[:_LONGEST_TITLE])
    if title:
        yield section_of(f"*<{escaped(address)}|{title}>*" if address else f"*{title}*")
    if item.text:
        yield section(item.text)
    place = phrases.DIRECT if is_direct_channel(item.key.channel) else f"<#{item.key.channel}>"
    if address and not title:
        place = f"<{escaped(address)}|{phrases.SHOW_THREAD}> · {place}"
    yield context(" · ".join(filter(None, (place, escaped(item.small)))))
    yield from menu_blocks(item.menus, item.key, item=number)
    yield from button_blocks(item.buttons, item.key, item=number)
