"""A real discord.py against the playground."""

import asyncio
import io
from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord.discord import PlaygroundDiscord
from playground.discord.message import Message
from playground.server import DiscordOptions
from tests.playground.discord_bot import Bot, running


async def test_a_client_logs_in_and_sees_the_server(world: PlaygroundDiscord) -> None:
    """Login, READY and GUILD_CREATE give the client the bot, its server and the channels."""
    bot = Bot()
    async with running(bot, world):
        assert bot.user is not None
        assert str(bot.user.id) == world.bot_user_id
        assert str(bot.application_id) == world.application_id
        [guild] = bot.guilds
        assert {channel.name for channel in guild.channels} == {
            "general",
            "random",
            "news",
            "help",
            "gallery",
        }
        forum = discord.utils.get(guild.forums, name="help")
        assert forum is not None
        assert [tag.name for tag in forum.available_tags] == ["question", "solved"]
        general = discord.utils.get(guild.text_channels, name="general")
        assert general is not None
        assert general.permissions_for(guild.me).create_public_threads
        assert not general.permissions_for(guild.me).mention_everyone
    assert not world.connected()


async def test_a_mention_is_answered_in_a_thread_from_it(world: PlaygroundDiscord) -> None:
    """The thread has the message's id, and what is said in it arrives."""

    class Threading(Bot):
        async def answer(self, message: discord.Message) -> None:
            if isinstance(message.channel, discord.TextChannel):
                thread = await message.create_thread(name="a thread")
                await thread.send("hi")

    bot = Threading()
    ann = world.person("ann")
    async with running(bot, world):
        root = await ann.say("general", ann.mention("hello"))
        await world.until(lambda: world.replies(root))
        thread = world.thread(root)
        assert thread is not None
        assert thread.name == "a thread"
        assert thread.thread is not None
        assert thread.thread.message_count == 1
        assert bot.heard[0].mentions == [bot.user]
        await ann.say(root, "and more")
        _, heard = await bot.has_heard(2)
        assert isinstance(heard.channel, discord.Thread)
        assert heard.channel.parent is not None
        assert (heard.channel.id, heard.channel.parent.name) == (int(root), "general")


@pytest.mark.parametrize("discord_options", [DiscordOptions(limits=True)])
async def test_streaming_by_edits_at_the_limit_is_never_refused(world: PlaygroundDiscord) -> None:
    """A client that heeds the headers edits as fast as it may, without one 429."""

    class Streaming(Bot):
        async def answer(self, message: discord.Message) -> None:
            said = await message.channel.send("0")
            for number in range(1, 7):
                await said.edit(content=str(number))

    async with running(Streaming(), world):
        ann = world.person("ann")
        await ann.say("general", ann.mention("count"))
        await world.until(lambda: (found := world.replies("general")) and found[0].content == "6")
    assert world.record.calls(http_status=429) == []
    edits = world.record.calls("update_message")
    assert [call.usage.remaining for call in edits if call.usage] == [4, 3, 2, 1, 0, 4]


async def test_a_dropped_gateway_is_resumed_and_misses_nothing(world: PlaygroundDiscord) -> None:
    """What was said while the connection was gone is replayed, once."""
    bot, ann = Bot(), world.person("ann")
    async with running(bot, world):
        await ann.say("general", ann.mention("one"))
        await bot.has_heard(1)
        world.faults.turn_on("drop_gateway")
        await ann.say("general", ann.mention("two"))
        await ann.say("general", ann.mention("three"))
        heard = await bot.has_heard(3)
        assert [message.content[-5:].split()[-1] for message in heard] == ["one", "two", "three"]
    assert world.gateway.identified == 1


async def test_a_request_to_reconnect_is_followed(world: PlaygroundDiscord) -> None:
    """The client goes, comes back and resumes."""
    bot, ann = Bot(), world.person("ann")
    async with running(bot, world):
        world.faults.turn_on("reconnect")
        await world.until(lambda: world.gateway.resumed == 1)
        await ann.say("general", ann.mention("still there?"))
        await bot.has_heard(1)
    assert world.gateway.identified == 1


async def test_an_invalidated_session_begins_anew(world: PlaygroundDiscord) -> None:
    """After INVALID_SESSION the client identifies again; what was said meanwhile is lost."""
    bot, ann = Bot(), world.person("ann")
    async with running(bot, world):
        world.faults.turn_on("invalid_session", drop=True)
        await ann.say("general", ann.mention("lost"))
        await world.until(lambda: world.gateway.identified == 2 and world.connected())
        await ann.say("general", ann.mention("found"))
        assert [message.content[-5:] for message in await bot.has_heard(1)] == ["found"]


async def test_direct_messages_arrive_and_are_answered(world: PlaygroundDiscord) -> None:
    """A direct message needs no mention, and its answer stays between the two."""

    class Echo(Bot):
        async def answer(self, message: discord.Message) -> None:
            assert isinstance(message.channel, discord.DMChannel)
            await message.reply(f"you said {message.content}")

    async with running(Echo(), world):
        ann = world.person("ann")
        said = await ann.say("dm", "hello")
        await world.until(lambda: world.replies(ann.dm))
    [reply] = world.replies(ann.dm)
    assert reply.content == "you said hello"
    assert reply.reference is not None
    assert reply.reference["message_id"] == said
    assert reply.mentions.pinged == {ann.id}


async def test_a_bot_writes_first_to_a_person(world: PlaygroundDiscord) -> None:
    """A direct message can be opened; one that a person does not want is refused."""
    bot, ben = Bot(), world.person("ben")
    async with running(bot, world):
        user = await bot.fetch_user(int(ben.id))
        await user.send("hello")
        ben.close_dm()
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("again")
        assert refused.value.code == 50007
    assert [message.content for message in world.messages(ben.dm)] == ["hello"]


async def test_a_forum_post_is_a_thread_with_its_first_message(world: PlaygroundDiscord) -> None:
    """A post and its first message share an id; posts of the bot work the same."""

    class Helping(Bot):
        async def answer(self, message: discord.Message) -> None:
            assert isinstance(message.channel, discord.Thread)
            assert isinstance(message.channel.parent, discord.ForumChannel)
            await message.channel.send("have you tried to turn it off?")

    bot = Helping()
    async with running(bot, world):
        ann = world.person("ann")
        post = await ann.start_post("help", "It is broken", ann.mention("what now?"))
        await world.until(lambda: world.replies(post))
        assert bot.heard[0].id == bot.heard[0].channel.id == int(post)
        forum = bot.get_channel(int(world.channel("help")))
        assert isinstance(forum, discord.ForumChannel)
        made = await forum.create_thread(name="Rules", content="be kind")
        assert made.thread.id == made.message.id
    assert [thread.name for thread in world.threads("help")] == ["It is broken", "Rules"]


async def test_files_go_up_and_come_down(world: PlaygroundDiscord) -> None:
    """Attachments travel both ways by the CDN, byte for byte."""

    class Copying(Bot):
        async def answer(self, message: discord.Message) -> None:
            [given] = message.attachments
            content = await given.read()
            file = discord.File(io.BytesIO(content), filename="a copy.bin", description="the same")
            await message.channel.send("here", file=file)

    content = bytes(range(256)) * 20
    async with running(Copying(), world):
        ann = world.person("ann")
        upload = await ann.upload("data.bin", content)
        await ann.say("dm", "copy this", files=[upload])
        await world.until(lambda: world.replies(ann.dm))
    [attachment] = world.replies(ann.dm)[0].attachments
    assert attachment.content == content
    assert (attachment.filename, attachment.description) == ("a_copy.bin", "the same")


async def test_history_members_and_threads_are_fetched(world: PlaygroundDiscord) -> None:
    """What the client asks for over REST agrees with what people see."""
    ann, bot = world.person("ann"), Bot()
    ids = [await ann.say("general", f"number {number}") for number in range(5)]
    await ann.start_thread("general", "old", ids[0])
    await ann.archive_thread(ids[0])
    async with running(bot, world):
        general = await bot.fetch_channel(int(world.channel("general")))
        assert isinstance(general, discord.TextChannel)
        before = discord.Object(id=int(ids[3]))
        history = [one.content async for one in general.history(before=before, limit=2)]
        assert history == ["number 2", "number 1"]
        oldest = [one.content async for one in general.history(oldest_first=True, limit=2)]
        assert oldest == ["number 0", "number 1"]
        old = [thread async for thread in general.archived_threads()]
        assert [thread.name for thread in old] == ["old"]
        member = await bot.guilds[0].fetch_member(int(ann.id))
        assert member.display_name == "Ann Archer"
        assert "@everyone" in [role.name for role in await bot.guilds[0].fetch_roles()]


async def test_reactions_edits_and_deletions_are_told(world: PlaygroundDiscord) -> None:
    """The client hears what becomes of messages."""
    ann, bot = world.person("ann"), Bot()
    told: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    @bot.event
    async def on_raw_reaction_add(event: discord.RawReactionActionEvent) -> None:
        told.put_nowait(("reaction", event.emoji.name, event.user_id))

    @bot.event
    async def on_raw_message_edit(event: discord.RawMessageUpdateEvent) -> None:
        told.put_nowait(("edit", event.data["content"]))

    @bot.event
    async def on_raw_message_delete(event: discord.RawMessageDeleteEvent) -> None:
        told.put_nowait(("delete", event.message_id))

    async with running(bot, world):
        said = await ann.say("general", "first")
        await ann.react("general", said, "👀")
        await ann.edit("general", said, "second")
        await ann.delete("general", said)
        assert await told.get() == ("reaction", "👀", int(ann.id))
        assert await told.get() == ("edit", "second")
        assert await told.get() == ("delete", int(said))


# commands, components and modals


class Copilot(Bot):
    """A bot with a command group, context menus, a view and a modal."""

    def __init__(self) -> None:
        super().__init__()
        self.syncs = True
        group = app_commands.Group(name="copilot", description="Talk to Copilot")

        @group.command(description="Say how it is")
        async def status(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("all well", ephemeral=True)

        @group.command(description="Think for a while")
        async def think(interaction: discord.Interaction) -> None:
            await interaction.response.defer(thinking=True)
            await interaction.followup.send("thought")
            await interaction.followup.send("and more")
            await interaction.edit_original_response(content="thought well")

        @group.command(description="Choose a model")
        @app_commands.describe(name="the model", times="how often")
        async def model(
            interaction: discord.Interaction,
            name: str,
            times: app_commands.Range[int, 1, 3] = 1,
            who: discord.Member | None = None,
        ) -> None:
            whom = "nobody" if who is None else who.display_name
            await interaction.response.send_message(f"{name} {times} {whom}")

        @model.autocomplete("name")
        async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            known = ["gpt-5", "gpt-5-mini", "claude"]
            return [
                app_commands.Choice(name=name.upper(), value=name)
                for name in known
                if name.startswith(typed)
            ]

        @group.command(description="Show buttons")
        async def buttons(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("pick", view=Buttons())

        @group.command(description="Never answer")
        async def sulk(interaction: discord.Interaction) -> None:
            del interaction

        self.tree.add_command(group)

        @self.tree.context_menu(name="Ask Copilot about this")
        async def ask(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"about: {message.content}", ephemeral=True)


class Buttons(discord.ui.View):
    """Buttons with ids that stay."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Stop", style=discord.ButtonStyle.danger, custom_id="stop")
    async def stop_it(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Change the message."""
        await interaction.response.edit_message(content="stopped", view=None)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Acknowledge, and change the message afterwards."""
        await interaction.response.defer()
        await interaction.edit_original_response(content="later it is")

    @discord.ui.button(label="Explain", custom_id="explain")
    async def explain(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Open a modal."""
        await interaction.response.send_modal(Reason())

    @discord.ui.select(
        custom_id="color",
        options=[discord.SelectOption(label=one) for one in ("red", "blue")],
    )
    async def color(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        """Answer for one person only."""
        await interaction.response.send_message(f"{select.values[0]} it is", ephemeral=True)


class Reason(discord.ui.Modal, title="Why?"):
    """A modal with one field."""

    reason: discord.ui.TextInput[Any] = discord.ui.TextInput(
        label="Reason", custom_id="reason", min_length=3
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Answer with what was written."""
        await interaction.response.send_message(f"because {self.reason.value}")


async def test_commands_are_synced_and_keep_their_ids(world: PlaygroundDiscord) -> None:
    """A second sync of the same commands changes nothing."""
    bot = Copilot()
    async with running(bot, world):
        first = [command.id for command in await bot.tree.fetch_commands()]
        await bot.tree.sync()
        assert [command.id for command in await bot.tree.fetch_commands()] == first
    assert [command.name for command in world.commands.all()] == [
        "copilot",
        "Ask Copilot about this",
    ]


async def test_a_slash_command_is_answered_for_one_person(world: PlaygroundDiscord) -> None:
    """An ephemeral answer is seen by who asked, and told to nobody else."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        used = await ann.command("copilot", "status")
        assert (used.state, used.content, used.is_ephemeral) == ("answered", "all well", True)
        assert world.messages("general") == []
        assert [one.content for one in world.ephemerals(ann.id)] == ["all well"]
        assert world.ephemerals(world.person("ben").id) == []
        in_private = await ann.command("copilot", "status", channel="dm")
        assert in_private.content == "all well"


async def test_a_deferred_command_shows_that_it_thinks(world: PlaygroundDiscord) -> None:
    """The first follow-up takes the place of the thinking message; others come after it."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        used = await ann.command("copilot", "think")
        assert used.original is not None
        await world.until(lambda: used.content == "thought well")
    assert used.state == "answered"
    assert [one.content for one in world.messages("general")] == ["thought well", "and more"]
    original, followup = world.messages("general")
    assert not original.is_loading
    assert original.interaction is not None
    assert original.interaction["name"] == "copilot think"
    assert followup.reference is not None
    assert followup.reference["message_id"] == original.id


async def test_options_are_checked_and_resolved(world: PlaygroundDiscord) -> None:
    """Values arrive as the client's types, people as members."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        used = await ann.command(
            "copilot", "model", {"name": "gpt-5", "times": 2, "who": "ben"}, channel="random"
        )
        assert used.content == "gpt-5 2 Ben Baker"
        with pytest.raises(Exception, match="out of range"):
            await ann.command("copilot", "model", {"name": "gpt-5", "times": 9})
        with pytest.raises(Exception, match="name is required"):
            await ann.command("copilot", "model")


async def test_an_option_completes_itself(world: PlaygroundDiscord) -> None:
    """Autocomplete offers what the bot knows for what is typed so far."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        offered = await ann.autocomplete("copilot", "model", "name", "gpt")
    assert offered == [
        {"name": "GPT-5", "value": "gpt-5"},
        {"name": "GPT-5-MINI", "value": "gpt-5-mini"},
    ]


async def test_a_context_menu_sees_the_message_it_is_used_on(world: PlaygroundDiscord) -> None:
    """The message is resolved for the bot, whoever wrote it."""
    ann, ben = world.person("ann"), world.person("ben")
    async with running(Copilot(), world):
        said = await ben.say("general", "what is a mutex?")
        used = await ann.context_menu("Ask Copilot about this", "general", said)
    assert used.content == "about: what is a mutex?"


async def test_buttons_change_the_message_they_stand_on(world: PlaygroundDiscord) -> None:
    """A button is answered by an update, at once or after a deferral."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        shown = await _shown(world)
        await ann.press(shown, "Later")
        await world.until(lambda: shown.content == "later it is")
        await ann.press(shown, "stop")
        assert (shown.content, shown.components) == ("stopped", [])
        with pytest.raises(Exception, match="no button"):
            await ann.press(shown, "stop")


async def test_persistent_buttons_work_after_a_restart(world: PlaygroundDiscord) -> None:
    """A new process that knows the custom ids takes over the old one's buttons."""
    async with running(Copilot(), world):
        shown = await _shown(world)
    again = Copilot()
    again.add_view(Buttons())
    async with running(again, world):
        await world.person("ann").press(shown, "stop")
    assert shown.content == "stopped"


async def test_a_menu_and_a_modal_carry_values(world: PlaygroundDiscord) -> None:
    """What was chosen or written reaches the bot."""
    ann = world.person("ann")
    async with running(Copilot(), world):
        shown = await _shown(world)
        chosen = await ann.select(shown, "color", ["blue"])
        assert chosen.content == "blue it is"
        await ann.press(shown, "explain")
        [modal] = world.modals(ann.id)
        assert modal.title == "Why?"
        with pytest.raises(Exception, match="takes 3 to"):
            await ann.submit(modal, {"reason": "no"})
        submitted = await ann.submit(modal, {"reason": "it is late"})
        assert submitted.content == "because it is late"
        assert world.modals(ann.id) == []


async def test_a_bot_that_does_not_answer_fails_for_the_person(world: PlaygroundDiscord) -> None:
    """After the time that Discord gives, the person reads that nothing came."""
    async with running(Copilot(), world):
        with pytest.raises(Exception, match="did not respond"):
            await world.person("ann").command("copilot", "sulk")


async def _shown(world: PlaygroundDiscord) -> Message:
    used = await world.person("ann").command("copilot", "buttons")
    assert used.original is not None
    return used.original
