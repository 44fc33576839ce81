"""What can be chosen, as buttons and menus."""

from __future__ import annotations

from bot.keys import SessionKey
from bot.messages import Button, Choice, Menu
from bot.offers import FEW, Offer, fitting, labels, offered, pages

KEY = SessionKey(platform="fake", workspace="W", channel="C", thread="1")
OTHER = SessionKey(platform="fake", workspace="W", channel="C", thread="2")


def some(count: int) -> tuple[Choice, ...]:
    """So many choices."""
    return tuple(Choice(value=str(n), label=f"number {n}") for n in range(count))


def test_a_few_are_buttons_and_many_a_menu() -> None:
    """As many as look right are buttons; more are a menu, with the same presses."""
    few = (*some(FEW - 1), Choice(value="x", label="there", key=OTHER))
    buttons = offered("a", few, label="Which?", key=KEY).buttons
    assert [button.key for button in buttons] == [KEY] * (FEW - 1) + [OTHER]
    assert buttons[0] == Button(action="a", value="0", label="number 0", key=KEY)
    many = some(FEW + 1)
    assert offered("a", many, label="Which?", key=KEY) == Offer(
        menus=(Menu(action="a", label="Which?", choices=many, key=KEY),)
    )
    assert offered("a", (), label="Which?") == Offer()


def test_a_menu_is_parted_where_a_platform_takes_fewer() -> None:
    """Each part says which of them it has; nothing gets lost, and an empty menu is none."""
    menu = Menu(action="a", label="Which?", choices=some(7))
    parts = pages(menu, 3)
    assert [part.label for part in parts] == ["Which? (1–3)", "Which? (4–6)", "Which? (7–7)"]
    assert tuple(each for part in parts for each in part.choices) == menu.choices
    assert pages(menu, 7) == (menu,)
    assert pages(Menu(action="a", label="l", choices=()), 3) == ()


def test_what_fits_under_a_message() -> None:
    """Five rows: a menu takes one, five buttons take one."""
    menu = offered("a", some(9), label="Which?")
    buttons = offered("a", some(4), label="Which?")
    assert fitting([menu] * 7) == 5
    assert fitting([buttons] * 7) == 6
    assert fitting([menu, buttons, menu, menu, buttons, menu]) == 5
    assert fitting([]) == 0


def test_long_choices_are_numbered() -> None:
    """Only where one is too long to be read on a button."""
    assert labels(["a", "b"]) == ["a", "b"]
    assert labels(["a", "b" * 80]) == ["1. a", f"2. {'b' * 80}"]
