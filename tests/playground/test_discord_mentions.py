"""Who is mentioned and notified, and what a person's typing becomes."""

from typing import Any

import pytest

from playground.discord.form import Form
from playground.discord.mentions import find_mentions, read_allowed_mentions
from playground.discord.message import Mentions
from playground.discord.typed import encode
from playground.discord.users import Member, User

_USERS = {
    number: User(id=number, username=name, global_name=None, color="000000")
    for number, name in (("1", "ann"), ("2", "ben"), ("3", "ada"))
}
_MEMBERS = {
    number: Member(user=user, roles=["9"] if number != "3" else [])
    for number, user in _USERS.items()
}


def _found(text: str, allowed: dict[str, Any] | None = None, **more: Any) -> Mentions:
    form = Form({} if allowed is None else {"allowed_mentions": allowed})
    options: dict[str, Any] = {
        "author": "3",
        "replied_to": None,
        "may_everyone": False,
        "audience": list(_USERS),
        **more,
    }
    read = read_allowed_mentions(form)
    form.check()
    return find_mentions(text, allowed=read, user=_USERS.get, members=_MEMBERS, **options)


def test_everything_is_mentioned_where_nothing_is_said() -> None:
    """Users and roles are, unknown ones are not, and nobody notifies themselves."""
    found = _found("<@1> <@!2> <@3> <@4> <@&9>")
    assert [user.id for user in found.users] == ["1", "2", "3"]
    assert found.roles == ("9",)
    assert found.pinged == {"1", "2"}


def test_everyone_needs_the_permission() -> None:
    """Without it the words are words."""
    assert not _found("@everyone").everyone
    assert _found("@everyone", may_everyone=True).pinged == {"1", "2"}
    assert not _found("@everyone", {"parse": ["users"]}, may_everyone=True).everyone


def test_nothing_is_mentioned_where_nothing_may_be() -> None:
    """An empty list of kinds turns all off, the author of the message replied to included."""
    found = _found("<@1> <@&9> @everyone", {"parse": []}, replied_to=_USERS["2"])
    assert found == Mentions()


def test_lists_name_who_may_be_mentioned() -> None:
    """Only those listed are; a kind and a list of it exclude each other."""
    found = _found("<@1> <@2>", {"users": ["2"], "replied_user": True}, replied_to=_USERS["1"])
    assert {user.id for user in found.users} == {"1", "2"}
    with pytest.raises(Exception, match="Invalid Form Body"):
        _found("", {"parse": ["users"], "users": ["2"]})
    with pytest.raises(Exception, match="Invalid Form Body"):
        _found("", {"parse": ["planets"]})


def test_code_mentions_nobody() -> None:
    """What stands in code is shown as it is."""
    assert _found("`<@1>` ```\n<@2>\n```").users == ()


def test_what_is_typed_gets_ids() -> None:
    """Names, roles and channels become references; the rest stays."""
    typed = "@ann, ask @team in #help. `@ann` https://x.org/@ann @nobody <b>"
    assert encode(typed, {"ann": "1"}, {"team": "9"}, {"help": "5"}) == (
        "<@1>, ask <@&9> in <#5>. `@ann` https://x.org/@ann @nobody <b>"
    )
