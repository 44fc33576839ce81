"""What can be chosen: buttons where there is little of it, a menu where there is much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.keys import SessionKey
from bot.messages import Button, Choice, Menu

FEW = 5
"""How many buttons look right under a message."""

MOST_ROWS = 5
"""How many menus and rows of buttons every platform has room for under a message."""

LONGEST_LABEL = 75
"""What every platform shows of a choice at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """How something is offered, for a `Post` or an `Answer`.

    Args:
        buttons: what can be pressed.
        menus: what can be chosen from.
    """

    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()

    def elsewhere(self, key: SessionKey, before: str = "") -> Offer:
        """The same where it does not stand in its own thread.

        Args:
            key: the thread that it acts on.
            before: what comes before its labels.
        """
        return Offer(
            buttons=tuple(
                replace(each, key=key, label=f"{before}{each.label}") for each in self.buttons
            ),
            menus=tuple(
                replace(each, key=key, label=f"{before}{each.label}") for each in self.menus
            ),
        )


def offered(
    action: str, choices: Sequence[Choice], *, label: str, key: SessionKey | None = None
) -> Offer:
    """Buttons for a few choices, a menu for more.

    Args:
        action: the verb of their presses.
        choices: what there is.
        label: what a menu says while nothing is chosen.
        key: the thread that they act on, where that is not the thread they stand in.
    """
    if len(choices) > FEW:
        return Offer(menus=(Menu(action=action, label=label, choices=tuple(choices), key=key),))
    return Offer(
        buttons=tuple(
            Button(action=action, value=each.value, label=each.label, key=each.key or key)
            for each in choices
        )
    )


def fitting(offers: Sequence[Offer]) -> int:
    """How many of the offers, from the first one on, can stand under one message.

    Args:
        offers: in their order.
    """
    menus, buttons = 0, 0
    for count, offer in enumerate(offers):
        menus, buttons = menus + len(offer.menus), buttons + len(offer.buttons)
        if menus + -(-buttons // FEW) > MOST_ROWS:
            return count
    return len(offers)


def pages(menu: Menu, most: int) -> Sequence[Menu]:
    """A menu as several, where a platform takes fewer choices in one.

    Args:
        menu: with any number of choices.
        most: how many choices one may have.
    """
    count = len(menu.choices)
    if count <= most:
        return (menu,) if count else ()
    return [
        replace(
            menu,
            label=f"{menu.label} ({start + 1}–{min(start + most, count)})",
            choices=menu.choices[start : start + most],
        )
        for start in range(0, count, most)
    ]


def are_long(choices: Sequence[str]) -> bool:
    """Whether some of the choices cannot be read on a button or in a menu."""
    return any(len(choice) > LONGEST_LABEL for choice in choices)


def labels(choices: Sequence[str]) -> Sequence[str]:
    """What buttons and menus say for choices; of long ones the number in a list comes first."""
    if not are_long(choices):
        return choices
    return [f"{number}. {choice}" for number, choice in enumerate(choices, 1)]
