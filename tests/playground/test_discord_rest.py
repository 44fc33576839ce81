"""The playground's REST API, by raw calls: what it refuses, and how."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.server import DiscordOptions
from tests.playground.discord_api import Rest, identified


def _errors(answer: Any, *path: str) -> list[str]:
    node = answer["errors"]
    for step in path:
        node = node[step]
    return [one["code"] for one in node["_errors"]]


@pytest.mark.parametrize(
    ("http", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, 0),
        ("DELETE", "/users/@me", 405, 0),
        ("GET", "/channels/1", 404, 10003),
        ("GET", "/channels/{general}/messages/1", 404, 10008),
        ("GET", "/users/1", 404, 10013),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/guilds/{guild}/members/1", 404, 10007),
        ("GET", "/guilds/{guild}/roles/1", 404, 10011),
        ("GET", "/channels/{help}/messages", 400, 50008),
        ("PATCH", "/channels/{general}", 403, 50013),
        ("DELETE", "/channels/{general}", 403, 50013),
        ("POST", "/channels/{general}/messages", 400, 50006),
        ("POST", "/interactions/1/x/callback", 404, 10062),
        ("GET", "/webhooks/{app}/x/messages/@original", 404, 10015),
        ("GET", "/applications/{app}/commands/1", 404, 10063),
        ("GET", "/applications/1/commands", 403, 20012),
        ("PUT", "/channels/{general}/messages/1/reactions/x/@me", 404, 10008),
    ],
)
async def test_refusals_have_discords_codes(
    rest: Rest, world: PlaygroundDiscord, http: str, path: str, status: int, code: int
) -> None:
    """Each refusal has its HTTP status and JSON code."""
    path = path.format(
        general=world.channel("general"),
        help=world.channel("help"),
        guild=world.guild_id,
        app=world.application_id,
    )
    body: dict[str, Any] | None = None if http == "GET" else {}
    answer = await rest(http, path, body)
    assert (rest.status, answer["code"]) == (status, code), answer
    assert rest.headers["Content-Type"] == "application/json"


async def test_a_token_is_needed(rest: Rest) -> None:
    """Without the bot's token, or with another, nothing is answered."""
    for token in ("", "wrong"):
        answer = await rest("GET", "/users/@me", token=token)
        assert (rest.status, answer) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_a_body_that_is_no_json_is_refused(rest: Rest, world: PlaygroundDiscord) -> None:
    """The error says so."""
    path = f"/channels/{world.channel('general')}/messages"
    answer = await rest("POST", path, data="{")
    assert (rest.status, answer["code"]) == (400, 50109)


async def test_a_form_names_all_that_is_wrong_with_it(rest: Rest, world: PlaygroundDiscord) -> None:
    """Invalid Form Body has a tree of errors, with Discord's codes at the leaves."""
    answer = await rest.post(
        f"/channels/{world.channel('general')}/messages",
        content="x" * 2001,
        nonce="n" * 26,
        message_reference={"message_id": "abc"},
        embeds=[{"title": "t" * 257}],
        components=[
            {"type": 1, "components": [{"type": 2, "style": 9, "label": "l" * 81}]},
            {"type": 2},
        ],
    )
    assert (rest.status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    assert _errors(answer, "content") == ["BASE_TYPE_MAX_LENGTH"]
    assert _errors(answer, "nonce") == ["BASE_TYPE_MAX_LENGTH"]
    assert _errors(answer, "message_reference", "message_id") == ["NUMBER_TYPE_COERCE"]
    assert _errors(answer, "embeds", "0", "title") == ["BASE_TYPE_MAX_LENGTH"]
    assert _errors(answer, "components", "0", "components", "0", "style") == ["BASE_TYPE_CHOICES"]
    assert _errors(answer, "components", "0", "components", "0", "label")
    assert _errors(answer, "components", "0", "components", "0", "custom_id")
    assert _errors(answer, "components", "1", "type") == ["BASE_TYPE_CHOICES"]


async def test_custom_ids_are_unique_in_a_message(rest: Rest, world: PlaygroundDiscord) -> None:
    """Two components cannot share one."""
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "same"}
    answer = await rest.post(
        f"/channels/{world.channel('general')}/messages",
        components=[{"type": 1, "components": [button, button]}],
    )
    assert _errors(answer, "components") == ["COMPONENT_CUSTOM_ID_DUPLICATED"]


async def test_the_same_nonce_is_sent_once(rest: Rest, world: PlaygroundDiscord) -> None:
    """With enforce_nonce a repeated call answers with the message that is there."""
    path = f"/channels/{world.channel('general')}/messages"
    first = await rest.post(path, content="once", nonce="7", enforce_nonce=True)
    again = await rest.post(path, content="once", nonce="7", enforce_nonce=True)
    assert first["id"] == again["id"]
    assert first["nonce"] == "7"
    assert len(world.messages("general")) == 1
    other = await rest.post(path, content="once", nonce="7")
    assert other["id"] != first["id"]


async def test_nobody_is_pinged_when_mentions_are_off(rest: Rest, world: PlaygroundDiscord) -> None:
    """The text stays as it is; nobody is notified."""
    ann, general = world.person("ann"), world.channel("general")
    said = await ann.say("general", "hello")
    text = f"<@{ann.id}> <@&1100000000000000012> @everyone"
    answer = await rest.post(
        f"/channels/{general}/messages",
        content=text,
        allowed_mentions={"parse": [], "replied_user": False},
        message_reference={"message_id": said},
    )
    assert answer["content"] == text
    assert (answer["mentions"], answer["mention_roles"]) == ([], [])
    assert answer["mention_everyone"] is False
    assert world.replies("general")[0].mentions.pinged == frozenset()
    await rest.post(f"/channels/{general}/messages", content=text)
    assert world.replies("general")[1].mentions.pinged == {ann.id, world.person("ben").id}


async def test_replies_need_a_message_to_reply_to(rest: Rest, world: PlaygroundDiscord) -> None:
    """A missing one is refused, or left out where that was asked for."""
    path = f"/channels/{world.channel('general')}/messages"
    answer = await rest.post(path, content="x", message_reference={"message_id": "5"})
    assert _errors(answer, "message_reference") == ["REPLIES_UNKNOWN_MESSAGE"]
    reference = {"message_id": "5", "fail_if_not_exists": False}
    answer = await rest.post(path, content="x", message_reference=reference)
    assert (rest.status, answer["type"]) == (200, 0)


async def test_only_own_messages_are_edited(rest: Rest, world: PlaygroundDiscord) -> None:
    """Others' are neither edited nor deleted without the permission."""
    said = await world.person("ann").say("general", "mine")
    path = f"/channels/{world.channel('general')}/messages/{said}"
    assert (await rest.patch(path, content="yours"))["code"] == 50005
    assert (await rest.delete(path))["code"] == 50013


async def test_missing_permissions_are_named_by_their_codes(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """What the bot cannot see is 50001, what it may not do is 50013."""
    ada, general = world.person("ada"), world.channel("general")
    path = f"/channels/{general}/messages"
    said = await ada.say("general", "root")
    await ada.set_permissions("general", deny=["SEND_MESSAGES", "CREATE_PUBLIC_THREADS"])
    assert (await rest.post(path, content="x"))["code"] == 50013
    assert (await rest.post(f"{path}/{said}/threads", name="x"))["code"] == 50013
    await ada.set_permissions("general", deny=["READ_MESSAGE_HISTORY"])
    assert await rest.get(path) == []
    answer = await rest.post(path, content="x", message_reference={"message_id": said})
    assert answer["code"] == 160002
    await ada.set_permissions("general", deny=["VIEW_CHANNEL"])
    assert (await rest.post(path, content="x"))["code"] == 50001


async def test_a_message_has_one_thread(rest: Rest, world: PlaygroundDiscord) -> None:
    """A second one is refused; the thread has the message's id."""
    general = world.channel("general")
    said = await world.person("ann").say("general", "root")
    path = f"/channels/{general}/messages/{said}/threads"
    thread = await rest.post(path, name="t" * 100, rate_limit_per_user=None)
    assert (rest.status, thread["id"], thread["type"]) == (201, said, 11)
    assert thread["member"]["user_id"] == world.bot_user_id
    assert (await rest.post(path, name="again"))["code"] == 160004
    assert _errors(await rest.post(path, name="t" * 101), "name") == ["BASE_TYPE_BAD_LENGTH"]
    [starter] = await rest.get(f"/channels/{thread['id']}/messages")
    assert (starter["type"], starter["referenced_message"]["id"]) == (21, said)


async def test_archived_and_locked_threads_refuse(rest: Rest, world: PlaygroundDiscord) -> None:
    """Edits in an archived thread are 50083, messages in a locked one 160005 or 50083."""
    ada = world.person("ada")
    thread = await ada.start_thread("general", "talk")
    path = f"/channels/{thread}/messages"
    said = await rest.post(path, content="one")
    await ada.archive_thread(thread)
    assert (await rest.patch(f"{path}/{said['id']}", content="two"))["code"] == 50083
    assert (await rest.put(f"{path}/{said['id']}/reactions/👍/@me"))["code"] == 50083
    await rest.post(path, content="opens it again")
    assert rest.status == 200
    await ada.lock_thread(thread)
    assert (await rest.post(path, content="x"))["code"] == 160005
    await ada.archive_thread(thread)
    assert (await rest.post(path, content="x"))["code"] == 50083
    assert (await rest.patch(f"/channels/{thread}", archived=False))["code"] == 50013


async def test_a_deleted_channel_is_unknown(rest: Rest, world: PlaygroundDiscord) -> None:
    """With all its threads."""
    ada, general = world.person("ada"), world.channel("general")
    thread = await ada.start_thread("general", "talk")
    await ada.delete_channel("general")
    for channel in (general, thread):
        assert (await rest.post(f"/channels/{channel}/messages", content="x"))["code"] == 10003


async def test_files_are_sent_kept_and_replaced(rest: Rest, world: PlaygroundDiscord) -> None:
    """Files come as parts of a form; an edit keeps those that it names."""
    path = f"/channels/{world.channel('general')}/messages"
    payload = {
        "content": "two",
        "attachments": [{"id": 0, "description": "the first"}, {"id": 1}],
    }
    said = await rest("POST", path, data=_form(payload, one=b"1", two=b"22"))
    assert [one["size"] for one in said["attachments"]] == [1, 2]
    assert said["attachments"][0]["description"] == "the first"
    kept = said["attachments"][1]
    payload = {"attachments": [{"id": kept["id"]}, {"id": 0}]}
    edited = await rest("PATCH", f"{path}/{said['id']}", data=_form(payload, three=b"333"))
    assert [one["filename"] for one in edited["attachments"]] == ["two", "three"]
    assert edited["content"] == "two"
    async with rest.session.get(edited["attachments"][1]["url"]) as answer:
        assert await answer.read() == b"333"
    async with rest.session.get(kept["url"].partition("?")[0]) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("discord_options", [DiscordOptions(limits=False, largest_file=10)])
async def test_a_file_that_is_too_large_is_refused(rest: Rest, world: PlaygroundDiscord) -> None:
    """The code is 40005, the status 413."""
    path = f"/channels/{world.channel('general')}/messages"
    answer = await rest("POST", path, data=_form({}, big=b"x" * 11))
    assert (rest.status, answer["code"]) == (413, 40005)


async def test_history_goes_every_way(rest: Rest, world: PlaygroundDiscord) -> None:
    """Newest first, before, after or around a message, so many at a time."""
    ann, path = world.person("ann"), f"/channels/{world.channel('general')}/messages"
    ids = [await ann.say("general", str(number)) for number in range(6)]

    async def asked(**query: str) -> str:
        return "".join(one["content"] for one in await rest.get(path, **query))

    assert await asked() == "543210"
    assert await asked(limit="2") == "54"
    assert await asked(before=ids[3], limit="2") == "21"
    assert await asked(after=ids[1], limit="2") == "32"
    assert await asked(around=ids[3], limit="3") == "432"
    answer = await rest.get(path, limit="101")
    assert _errors(answer, "limit") == ["NUMBER_TYPE_MAX"]


async def test_a_command_must_be_well_made(rest: Rest, world: PlaygroundDiscord) -> None:
    """Names, descriptions, options and their order are checked, all at once."""
    path = f"/applications/{world.application_id}/commands"
    option = {"type": 3, "name": "o", "description": "d"}
    answer = await rest.put(
        path,
        [
            {"name": "Bad Name", "description": "d"},
            {"name": "a", "description": ""},
            {
                "name": "b",
                "description": "d",
                "options": [option, {**option, "name": "p", "required": True}],
            },
            {"name": "c", "description": "d", "options": [{**option, "type": 1}, option]},
            {"name": "Menu", "type": 3, "description": "none please"},
        ],
    )
    assert "STRING_TYPE_REGEX" in _errors(answer, "0", "name")
    assert _errors(answer, "1", "description") == ["BASE_TYPE_REQUIRED"]
    assert _errors(answer, "2", "options", "1", "required")
    assert _errors(answer, "3", "options")
    assert _errors(answer, "4", "description")
    twice = [{"name": "a", "description": "d"}] * 2
    assert _errors(await rest.put(path, twice), "1", "name") == [
        "APPLICATION_COMMANDS_DUPLICATE_NAME"
    ]
    many = [{"name": f"c{number}", "description": "d"} for number in range(101)]
    assert (await rest.put(path, many))["code"] == 30032


async def test_an_interaction_is_answered_once_and_in_time(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """A second answer is 40060, one of the wrong kind 50035, one too late 10062."""
    app, ann = world.application_id, world.person("ann")
    await rest.put(f"/applications/{app}/commands", [{"name": "go", "description": "d"}])
    async with identified(world) as (wire, _):
        asked = asyncio.ensure_future(ann.command("go"))
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        hook = f"/webhooks/{app}/{event['token']}"
        assert (await rest.post(hook, content="early"))["code"] == 10015
        assert _errors(await rest.post(path, type=7), "type") == ["BASE_TYPE_CHOICES"]
        assert (await rest.post(path, type=4, data={}))["code"] == 50006
        assert await rest.post(path, type=5, data={"flags": 64}) == ""
        assert rest.status == 204
        assert (await rest.post(path, type=5))["code"] == 40060
        used = await asked
        assert (used.state, used.is_ephemeral) == ("deferred", True)
        assert (await rest.get(f"{hook}/messages/@original"))["flags"] == 64 | 128
        assert (await rest.patch(f"{hook}/messages/@original", content="done"))["flags"] == 64
        used.until = 0.0
        late = await rest.post(hook, content="late")
        assert (rest.status, late["code"]) == (401, 50027)
        with pytest.raises(Exception, match="did not respond"):
            await ann.command("go")
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        assert (await rest.post(path, type=5))["code"] == 10062


async def test_an_answer_in_a_deleted_channel_is_refused(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """The channel of an interaction can go before the answer comes."""
    app, ann = world.application_id, world.person("ann")
    await rest.put(f"/applications/{app}/commands", [{"name": "go", "description": "d"}])
    async with identified(world) as (wire, _):
        asked = asyncio.ensure_future(ann.command("go", channel="random"))
        event = await wire.event("INTERACTION_CREATE")
        await rest.post(f"/interactions/{event['id']}/{event['token']}/callback", type=5)
        await asked
        await world.person("ada").delete_channel("random")
        answer = await rest.post(f"/webhooks/{app}/{event['token']}", content="x")
        assert answer["code"] == 10003


async def test_a_person_reads_why_something_is_not_possible(world: PlaygroundDiscord) -> None:
    """People are held to Discord's rules as well."""
    ann, ben = world.person("ann"), world.person("ben")
    said = await ann.say("general", "x")
    with pytest.raises(Exception, match="one's own"):
        await ben.edit("general", said, "y")
    with pytest.raises(Exception, match="2000 characters"):
        await ann.say("general", "x" * 2001)
    with pytest.raises(Exception, match="posts only"):
        await ann.say("help", "x")
    with pytest.raises(Exception, match="cannot see"):
        await ann.say(ben.dm, "x")
    with pytest.raises(Exception, match="no command"):
        await ann.command("nothing")
    with pytest.raises(Exception, match="MANAGE_CHANNELS"):
        await ann.delete_channel("general")


def _form(payload: dict[str, Any], **files: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(payload))
    for number, (name, content) in enumerate(files.items()):
        form.add_field(f"files[{number}]", content, filename=name)
    return form
