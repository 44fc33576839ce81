"""A page of one's own that a platform shows of the bot: what is on it. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.keys import SessionKey
from bot.messages import Button, Menu


def own_page(platform: str, workspace: str, person: str) -> SessionKey:
    """What a press on one's page acts on where that is no thread: oneself.

    Args:
        platform: as in `SessionKey.platform`.
        workspace: as in `SessionKey.workspace`.
        person: whose page.
    """
    return SessionKey(platform=platform, workspace=workspace, channel=person)


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeItem:
    """Something on the page: a conversation, or what waits for an answer.

    Args:
        key: the thread that it is about: linked, and its place named, where the platform can.
        title: what it is called, plain text; may be empty.
        text: more of it, standard Markdown; may be empty.
        small: a few facts, plain text; may be empty.
        buttons: what can be pressed; each names the thread that it acts on.
        menus: what can be chosen from, likewise.
    """

    key: SessionKey
    title: str = ""
    text: str = ""
    small: str = ""
    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeSection:
    """A part of the page.

    Args:
        title: its heading, plain text.
        text: what stands under the heading, standard Markdown; may be empty.
        menus: what can be chosen from; each names the thread that it acts on, or `own_page`.
        items: what is in it.
    """

    title: str
    text: str = ""
    menus: tuple[Menu, ...] = ()
    items: tuple[HomeItem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """The whole page, for one person alone.

    Args:
        sections: its parts, in their order.
        notice: what came of the last press on it, standard Markdown; may be empty.
    """

    sections: tuple[HomeSection, ...] = ()
    notice: str = ""
