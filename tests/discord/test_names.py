"""Channels and emoji that Copilot names are shown as such, and nobody is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.names import with_names
from bot.messages import Post
from tests.contracts.chat import asked, done, replying
from tests.discord.stage import DiscordStage

CHANNELS = {"general": "<#20>", "v1.2": "<#21>", "café-日本": "<#22>", "my_channel": "<#23>"}


class Server:
    """A server with some channels and an emoji."""

    def channel(self, name: str) -> str:
        """One of them."""
        return CHANNELS.get(name, "")

    def emoji(self, name: str) -> str:
        """The only one."""
        return "<:party:30>" if name == "party" else ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see #general, please", "see <#20>, please"),
        ("in #general. Or #v1.2.", "in <#20>. Or <#21>."),
        ("(#general) **#my_channel**", "(<#20>) **<#23>**"),
        ("#café-日本!", "<#22>!"),
        ("# general", "# general"),
        ("#unknown #123", "#unknown #123"),
        ("a#general", "a#general"),
        ("https://example.org/#general", "https://example.org/#general"),
        ("[#general](https://example.org)", "[#general](https://example.org)"),
        ("<#20> \\#general \\:party:", "<#20> \\#general \\:party:"),
        ("hooray :party:!", "hooray <:party:30>!"),
        (":party::party:", "<:party:30><:party:30>"),
        ("<:party:30> 10:party:30 :smile:", "<:party:30> 10:party:30 :smile:"),
        ("`#general :party:` #general", "`#general :party:` <#20>"),
        ("```\n#general\n```\n#general", "```\n#general\n```\n<#20>"),
        ("@Ann <@1> @everyone", "@Ann <@1> @everyone"),
    ],
)
def test_what_is_named_is_shown(text: str, shown: str) -> None:
    """Names of channels and of the server's own emoji are written as Discord writes them."""
    assert with_names(text, Server(), 2_000) == shown


def test_a_name_for_which_there_is_no_room_stays() -> None:
    """A message has so many characters; what comes first is written first."""
    text = "#my_channel #general " + ":party:" * 2
    assert with_names(text, Server(), len(text) - 5) == "<#23> <#20> " + "<:party:30>" + ":party:"
    assert with_names(":party:", Server(), 8) == ":party:"


@given(st.text(st.sampled_from("#:`general.party_ \n<>[]/"), max_size=120), st.integers(0, 140))
def test_no_text_grows_past_its_limit(text: str, longest: int) -> None:
    """Whatever is written, the limit holds where it held before."""
    shown = with_names(text, Server(), longest)
    assert len(shown) <= max(longest, len(text))


async def test_a_reply_links_the_channels_that_its_reader_sees(stage: DiscordStage) -> None:
    """A channel that the person cannot see stays a name; the server's emoji are shown."""
    ada, discord = stage.discord.person("ada"), stage.discord
    ann = discord.person("ann")
    await ada.set_permissions("random", deny=["VIEW_CHANNEL"], who=ann.id)
    prompt = await asked(stage, "where?")
    await replying(stage, prompt).close(done("#general, #random or #nowhere :party: :wave: @Ben"))
    [message] = stage.messages(prompt.key)
    emojis = discord.guild.emojis
    assert message.content == (
        f"<#{discord.channel('general')}>, #random or #nowhere "
        f"{emojis['party'].written} {emojis['wave'].written} @Ben"
    )
    assert message.mentions.pinged == frozenset()
    by_ada = await stage.heard(await stage.say("ada", "where?", within=prompt.key))
    await replying(stage, by_ada, entry_id=8).close(done("#random"))
    assert stage.messages(prompt.key)[-1].content == f"<#{discord.channel('random')}>"


async def test_roles_decide_what_is_seen(stage: DiscordStage) -> None:
    """What everybody is denied and a role is allowed is linked for who has the role."""
    guild = stage.discord.guild
    ada = stage.discord.person("ada")
    team = next(role.id for role in guild.roles.values() if role.name == "team")
    await ada.set_permissions("random", deny=["VIEW_CHANNEL"], who=guild.id)
    await ada.set_permissions("random", allow=["VIEW_CHANNEL"], who=team)
    await ada.set_permissions("random", allow=["VIEW_CHANNEL"])
    link = f"<#{stage.discord.channel('random')}>"
    prompt = await asked(stage, "where?")
    await replying(stage, prompt).close(done("#random"))
    guild.set_roles(stage.person("ben").id, [])
    by_ben = await stage.heard(await stage.say("ben", "where?", within=prompt.key))
    await replying(stage, by_ben, entry_id=8).close(done("#random"))
    await stage.adapter.post(prompt.key, Post(text="#random, #general"))
    assert [each.content for each in stage.messages(prompt.key)] == [
        link,
        "#random",
        f"#random, <#{stage.discord.channel('general')}>",
    ]


async def test_who_may_not_write_in_a_channel_begins_nothing_there(stage: DiscordStage) -> None:
    """A channel that one sees and may not write in, or does not see, is none to go on in."""
    ada, channel = stage.discord.person("ada"), stage.adapter.channel
    prompt = await asked(stage, "where?")
    there = await channel(prompt.key, prompt.author, "#random")
    assert there is not None
    assert (there.channel, there.thread) == (stage.discord.channel("random"), "")
    for right in ("SEND_MESSAGES", "VIEW_CHANNEL"):
        await ada.set_permissions("random", deny=[right], who=prompt.author.id)
        await asked(stage, "and now?")  # by now the bot has heard of it
        assert await channel(prompt.key, prompt.author, "#random") is None
    direct = await asked(stage, "where?", is_direct=True)
    assert await channel(direct.key, direct.author, "#general") is None


async def test_in_a_direct_message_names_stay_names(stage: DiscordStage) -> None:
    """It belongs to no server, so nothing there has a name."""
    prompt = await asked(stage, "where?", is_direct=True)
    await replying(stage, prompt).close(done("#general :party:"))
    assert stage.seen(prompt.key)[0].text == "#general :party:"
