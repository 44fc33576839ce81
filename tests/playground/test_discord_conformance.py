"""What the playground's Discord says fits Discord's own description of its API.

The description is an OpenAPI document. It is not part of this project; the tests skip where it is
not at hand.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.discord.interactions import InteractionType
from playground.discord.record import ApiCall
from playground.discord.rest.server import ROUTES
from tests.playground.discord_api import Rest, identified

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "discord" / "openapi.json"

pytestmark = [
    pytest.mark.specs,
    pytest.mark.skipif(not SPEC.is_file(), reason="Discord's description is not at hand"),
]

# Fields that Discord sends although the description leaves them out, by the call or the field
# that has the object.
KNOWN_BEYOND = {
    # docs, message object: an application's messages tell what was used.
    "interaction_metadata": {"name", "command_type"},
    "triggering_interaction_metadata": {"name", "command_type"},
    # docs, reaction object: both spellings of burst reactions are sent.
    "reactions": {"burst_me", "burst_count"},
    # Roles have descriptions now.
    "roles": {"description"},
    "list_guild_roles": {"description"},
    "get_guild_role": {"description"},
    # docs, start thread in forum: "Returns a channel, with a nested message object".
    "create_thread": {"message"},
}

# Routes that Discord has and its description leaves out.
UNDESCRIBED = {"refresh_attachment_urls"}


class Described:
    """The description, and what in an answer does not fit it."""

    def __init__(self) -> None:
        self._spec = json.loads(SPEC.read_text())
        self._answers = {
            operation["operationId"]: operation["responses"]
            for path in self._spec["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict) and "operationId" in operation
        }

    @property
    def operations(self) -> set[str]:
        """The names of everything that can be called."""
        return set(self._answers)

    def statuses(self, operation: str) -> set[str]:
        """Return the statuses that are described for a call."""
        return set(self._answers[operation])

    def schema(self, operation: str, status: int) -> Any:
        """Return the schema of an answer, or ``None`` where it has no body."""
        answers = self._answers[operation]
        found = answers.get(str(status)) or answers.get("4XX")
        found = self._resolved(found)
        content = found.get("content", {}).get("application/json")
        return None if content is None else content["schema"]

    def problems(self, value: Any, schema: Any, where: str = "") -> Iterator[str]:
        """Yield what in a value does not fit a schema, and what it does not describe."""
        yield from self._misfits(value, schema, where)
        yield from self._beyond(value, schema, where)

    def _resolved(self, schema: Any) -> Any:
        while isinstance(schema, dict) and "$ref" in schema:
            target: Any = self._spec
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        return schema

    def _misfits(self, value: Any, schema: Any, where: str) -> Iterator[str]:
        schema = self._resolved(schema)
        for part in schema.get("allOf", ()):
            yield from self._misfits(value, part, where)
        for word in ("oneOf", "anyOf"):
            if word in schema and not any(self._fits(value, one) for one in schema[word]):
                yield f"{where}: {json.dumps(value)[:300]} fits none of {word}"
        kinds = schema.get("type")
        if kinds is not None and not _is_of(value, kinds):
            yield f"{where}: {value!r} is not {kinds}"
            return
        if "const" in schema and value != schema["const"]:
            yield f"{where}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        if isinstance(value, str):
            yield from _text_misfits(value, schema, where)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{where}: {value} is out of range"
        elif isinstance(value, list):
            yield from self._list_misfits(value, schema, where)
        elif isinstance(value, dict):
            yield from self._object_misfits(value, schema, where)

    def _list_misfits(self, value: list[Any], schema: Any, where: str) -> Iterator[str]:
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{where}: has {len(value)} entries"
        if schema.get("uniqueItems") and len({json.dumps(one) for one in value}) != len(value):
            yield f"{where}: has one entry twice"
        if "items" in schema:
            for number, one in enumerate(value):
                yield from self._misfits(one, schema["items"], f"{where}[{number}]")

    def _object_misfits(self, value: dict[str, Any], schema: Any, where: str) -> Iterator[str]:
        yield from (
            f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value
        )
        described = schema.get("properties", {})
        others = schema.get("additionalProperties")
        for name, one in value.items():
            if name in described:
                yield from self._misfits(one, described[name], f"{where}.{name}")
            elif isinstance(others, dict):
                yield from self._misfits(one, others, f"{where}.{name}")
            elif others is False:
                yield f"{where}.{name} is not allowed"

    def _fits(self, value: Any, schema: Any) -> bool:
        return next(self._misfits(value, schema, ""), None) is None

    def _beyond(self, value: Any, schema: Any, where: str) -> Iterator[str]:
        schemas = [one for one in self._alternatives(schema) if self._fits(value, one)]
        if isinstance(value, list):
            for one in value:
                inner = [part["items"] for part in schemas if "items" in part]
                if inner:
                    yield from self._beyond(one, {"anyOf": inner}, where)
        elif isinstance(value, dict):
            if any("additionalProperties" in one for one in schemas):
                return
            known: dict[str, list[Any]] = {}
            for one in schemas:
                for name, inner_schema in one.get("properties", {}).items():
                    known.setdefault(name, []).append(inner_schema)
            if not known:
                return
            last = re.sub(r"\[\d+\]", "", where).rpartition(".")[2]
            for name, one in value.items():
                if name in known:
                    yield from self._beyond(one, {"anyOf": known[name]}, f"{where}.{name}")
                elif name not in KNOWN_BEYOND.get(last, set()):
                    yield f"{where}.{name} is not described"

    def _alternatives(self, schema: Any) -> Iterator[Any]:
        schema = self._resolved(schema)
        yield schema
        for word in ("allOf", "oneOf", "anyOf"):
            for one in schema.get(word, ()):
                yield from self._alternatives(one)


def _is_of(value: Any, kinds: str | list[str]) -> bool:
    types: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if isinstance(value, bool) and kind != "boolean":
            continue
        if isinstance(value, types[kind]):
            return True
    return False


def _text_misfits(value: str, schema: Any, where: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{where}: {value!r} is too short or too long"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not look like {schema['pattern']}"
    if schema.get("format") == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield f"{where}: {value!r} is no time"
    if schema.get("format") == "uri" and not urlsplit(value).scheme:
        yield f"{where}: {value!r} is no address"


@cache
def _described() -> Described:
    return Described()


def _problems(call: ApiCall) -> list[str]:
    described = _described()
    if call.http_status < 400 and str(call.http_status) not in described.statuses(call.method):
        return [f"{call.http_status} is not described"]
    schema = described.schema(call.method, call.http_status)
    if schema is None or call.http_status == 204:
        return [] if schema is None and call.answer is None else ["204 has no body"]
    return [
        one
        for one in described.problems(_as_described(call.answer), schema, call.method)
        # The description has numbers for the codes inside a form's errors; Discord sends names.
        if not (call.code == 50035 and ".errors" in one)
    ]


def _as_described(value: Any) -> Any:
    """Return a value without what the description leaves out: media channels, forwarding."""
    if isinstance(value, list):
        return [_as_described(one) for one in value]
    if isinstance(value, dict):
        is_media = value.get("type") == 16 and "available_tags" in value
        is_forward = value.get("type") == 1 and value.keys() >= {"channel_id", "message_id"}
        return {name: _as_described(one) for name, one in value.items()} | (
            {"type": 15} if is_media else {"type": 0} if is_forward else {}
        )
    return value


def test_every_route_is_one_of_discords() -> None:
    """Names and addresses of the playground's routes are those of the description."""
    assert {route.name for route in ROUTES} - UNDESCRIBED <= _described().operations
    paths = json.loads(SPEC.read_text())["paths"]
    for route in ROUTES:
        if route.name in UNDESCRIBED:
            continue
        path = re.sub(r"\{\w+\}", "{}", route.path)
        known = {re.sub(r"\{\w+\}", "{}", one): one for one in paths}
        operation = paths[known[path]][route.http.lower()]
        assert operation["operationId"] == route.name


async def test_answers_fit_the_description(rest: Rest, world: PlaygroundDiscord) -> None:
    """Every route answers as described, in success and in refusal."""
    await _use_everything(rest, world)
    await _refuse_everything(rest, world)
    tried = {call.method for call in world.record.calls(ok=True)}
    assert {route.name for route in ROUTES} - tried == set()
    wrong = {
        f"{call.n} {call.method} {call.path}": problems
        for call in world.record.calls()
        if call.method in _described().operations and (problems := _problems(call))
    }
    assert wrong == {}


async def test_objects_in_events_fit_the_description(rest: Rest, world: PlaygroundDiscord) -> None:
    """Channels, threads, messages and members in events are the objects of the description."""
    schemas = json.loads(SPEC.read_text())["components"]["schemas"]
    described = _described()
    checked = {
        "MESSAGE_CREATE": ("MessageResponse", {"guild_id", "member", "channel_type"}),
        "MESSAGE_UPDATE": ("MessageResponse", {"guild_id", "member", "channel_type"}),
        "THREAD_CREATE": ("ThreadResponse", {"newly_created"}),
        "THREAD_UPDATE": ("ThreadResponse", set()),
        "CHANNEL_UPDATE": ("GuildChannelResponse", set()),
        "CHANNEL_CREATE": ("GuildChannelResponse", set()),
        "GUILD_MEMBER_UPDATE": ("GuildMemberResponse", {"guild_id"}),
    }
    async with identified(world):
        await _use_everything(rest, world)
        world.guild.set_roles(world.person("ben").id, [])
    seen, wrong = set(), {}
    for event in world.gateway.log:
        if event.name not in checked:
            continue
        seen.add(event.name)
        name, more = checked[event.name]
        data = {key: value for key, value in event.data.items() if key not in more}
        for user in data.get("mentions", ()):
            user.pop("member", None)
        problems = list(described.problems(_as_described(data), schemas[name]))
        if problems:
            wrong[json.dumps(event.data)] = problems
    assert wrong == {}
    assert seen == checked.keys()


async def _use_everything(rest: Rest, world: PlaygroundDiscord) -> None:
    await _use_people_and_places(rest, world)
    await _use_messages(rest, world)
    await _use_threads(rest, world)
    await _use_commands(rest, world)
    await _use_interactions(rest, world)


async def _use_people_and_places(rest: Rest, world: PlaygroundDiscord) -> None:
    ann, bot_role = world.person("ann"), world.guild.roles
    guild, app = world.guild_id, world.application_id
    await rest.get("/users/@me")
    await rest.get(f"/users/{ann.id}")
    await rest.get("/users/@me/guilds")
    await rest.get("/oauth2/applications/@me")
    await rest.get("/applications/@me")
    await rest.get(f"/applications/{app}/emojis")
    await rest.get("/gateway")
    await rest.get("/gateway/bot")
    await rest.post("/users/@me/channels", recipient_id=ann.id)
    await rest.get(f"/channels/{ann.dm}")
    await rest.get(f"/guilds/{guild}", with_counts="true")
    await rest.get(f"/guilds/{guild}/channels")
    await rest.get(f"/guilds/{guild}/members", limit="10")
    await rest.get(f"/guilds/{guild}/members/search", query="an", limit="5")
    await rest.get(f"/guilds/{guild}/members/{ann.id}")
    await rest.get(f"/guilds/{guild}/roles")
    for role in bot_role:
        await rest.get(f"/guilds/{guild}/roles/{role}")
    _make_admin(world)
    made = await rest.post(f"/guilds/{guild}/channels", name="made here", topic="x")
    await rest.patch(f"/channels/{made['id']}", name="renamed", rate_limit_per_user=5)
    overwrite = f"/channels/{made['id']}/permissions/{ann.id}"
    await rest.put(overwrite, {"type": 1, "allow": "0", "deny": "2048"})
    await rest.get(f"/channels/{made['id']}")
    await rest.delete(overwrite)
    await rest.delete(f"/channels/{made['id']}")
    for name in ("help", "gallery", "news"):
        await rest.get(f"/channels/{world.channel(name)}")


async def _use_messages(rest: Rest, world: PlaygroundDiscord) -> None:
    ann, general = world.person("ann"), world.channel("general")
    said = await ann.say("general", ann.mention("hello <@&1100000000000000012> @everyone"))
    path = f"/channels/{general}/messages"
    await rest.post(f"/channels/{general}/typing")
    reply = await rest.post(
        path,
        content="hi",
        nonce="n1",
        enforce_nonce=True,
        message_reference={"message_id": said},
        embeds=[{"title": "t", "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}}],
        components=[
            {
                "type": 1,
                "components": [
                    {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
                    {"type": 2, "style": 5, "label": "See", "url": "https://example.org"},
                ],
            },
            {
                "type": 1,
                "components": [
                    {
                        "type": 3,
                        "custom_id": "pick",
                        "options": [{"label": "a", "value": "a", "description": "A"}],
                    }
                ],
            },
        ],
    )
    one = f"{path}/{reply['id']}"
    await rest.patch(one, content="hi again")
    await rest.get(one)
    await rest.put(f"{one}/reactions/👍/@me")
    await ann.react("general", reply["id"], "👍")
    await rest.get(f"{one}/reactions/👍")
    await rest.get(path, limit="10")
    await rest.put(f"{path}/pins/{reply['id']}")
    await rest.get(f"{path}/pins")
    await rest.delete(f"{path}/pins/{reply['id']}")
    await rest.delete(f"{one}/reactions/👍/@me")
    await rest.delete(f"{one}/reactions/👍/{ann.id}")
    await rest.put(f"{one}/reactions/👍/@me")
    await rest.delete(f"{one}/reactions/👍")
    await rest.delete(f"{one}/reactions")
    upload = await ann.upload("a.png", _PNG)
    look = await ann.say("general", "look", files=[upload], reply_to=reply["id"])
    await rest.get(path, limit="1")
    await ann.forward("general", look, "general")
    await ann.stick("general", "hello there")
    await ann.start_poll("general", "which?", ["this", "that"])
    await ann.speak("general", await ann.upload("voice-message.ogg", b"OggS"), 1.5)
    message = world.message(look)
    assert message is not None
    world.guild.unfurl(message, [{"type": "link", "title": "A page", "url": "https://a.example"}])
    await rest.get(path, limit="5")
    urls = [attachment.signed_url for attachment in message.attachments]
    await rest.post("/attachments/refresh-urls", attachment_urls=urls)
    await rest.delete(one)
    await rest.get(path)
    gone = [(await rest.post(path, content=text))["id"] for text in ("a", "b")]
    await rest.post(f"{path}/bulk-delete", messages=gone)
    await rest.post(f"/channels/{ann.dm}/messages", content="in private")


async def _use_threads(rest: Rest, world: PlaygroundDiscord) -> None:
    ann, general = world.person("ann"), world.channel("general")
    said = await ann.say("general", "to be discussed")
    thread = await rest.post(f"/channels/{general}/messages/{said}/threads", name="discussion")
    await rest.get(f"/channels/{general}/messages/{said}")
    path = f"/channels/{thread['id']}"
    await ann.say(thread["id"], "so")
    await rest.get(f"{path}/messages")
    await rest.put(f"{path}/thread-members/{ann.id}")
    await rest.get(f"{path}/thread-members")
    await rest.get(f"{path}/thread-members/{ann.id}")
    await rest.delete(f"{path}/thread-members/{ann.id}")
    await rest.delete(f"{path}/thread-members/@me")
    await rest.put(f"{path}/thread-members/@me")
    await rest.patch(path, name="renamed", auto_archive_duration=60)
    await rest.get(f"/guilds/{world.guild_id}/threads/active")
    await rest.patch(path, archived=True, locked=True)
    for kind in (11, 12):
        made = await rest.post(f"/channels/{general}/threads", name="loose", type=kind)
        await rest.patch(f"/channels/{made['id']}", archived=True)
    await rest.get(f"/channels/{general}/messages", limit="3")
    await rest.get(f"/channels/{general}/threads/archived/public")
    await rest.get(f"/channels/{general}/threads/archived/private")
    await rest.get(f"/channels/{general}/users/@me/threads/archived/private")
    forum = world.channel("help")
    tag = world.guild.channels[forum].tags[0].id
    post = await rest.post(
        f"/channels/{forum}/threads",
        name="a post",
        applied_tags=[tag],
        message={"content": "first"},
    )
    await rest.get(f"/channels/{post['id']}")
    news = await ann.say("news", "read this")
    await rest.post(f"/channels/{world.channel('news')}/messages/{news}/threads", name="n")


async def _use_commands(rest: Rest, world: PlaygroundDiscord) -> None:
    app, guild = world.application_id, world.guild_id
    for path in (f"/applications/{app}/commands", f"/applications/{app}/guilds/{guild}/commands"):
        commands = await rest.put(path, _COMMANDS)
        await rest.get(path)
        one = f"{path}/{commands[0]['id']}"
        await rest.get(one)
        await rest.patch(one, description="other words")
        made = await rest.post(path, name="extra", description="more")
        await rest.delete(f"{path}/{made['id']}")


async def _use_interactions(rest: Rest, world: PlaygroundDiscord) -> None:
    ann, app = world.person("ann"), world.application_id
    general = world.guild.channels[world.channel("general")]
    async with identified(world) as (wire, _):
        for callback in (
            {"type": 4, "data": {"content": "now", "flags": 64}},
            {"type": 5},
            {"type": 9, "data": _MODAL},
        ):
            asked = asyncio.ensure_future(ann.command("copilot", "status"))
            event = await wire.event("INTERACTION_CREATE")
            path = f"/interactions/{event['id']}/{event['token']}/callback"
            await rest("POST", path, callback, params={"with_response": "true"}, token="")
            used = await asked
            if callback["type"] == 9:
                continue
            hook = f"/webhooks/{app}/{event['token']}"
            await rest.get(f"{hook}/messages/@original")
            await rest.patch(f"{hook}/messages/@original", content="edited")
            more = await rest.post(hook, content="more")
            await rest.get(f"{hook}/messages/{more['id']}")
            await rest.patch(f"{hook}/messages/{more['id']}", content="yet more")
            await rest.delete(f"{hook}/messages/{more['id']}")
            await rest.delete(f"{hook}/messages/@original")
            assert used.type is InteractionType.COMMAND
        [modal] = world.modals(ann.id)
        asked = asyncio.ensure_future(ann.submit(modal, {"why": "so"}))
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
        data = {"content": "x", "components": [{"type": 1, "components": [button]}]}
        await rest("POST", path, {"type": 4, "data": data}, params={"with_response": "true"})
        shown = (await asked).original
        assert shown is not None
        asked = asyncio.ensure_future(ann.press(shown, "Go"))
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        update = {"type": 7, "data": {"content": "y"}}
        await rest("POST", path, update, params={"with_response": "true"})
        await asked
        asked = asyncio.ensure_future(ann.press(shown, "Go"))
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        await rest.post(path, type=6)
        await asked
        assert shown.id in general.messages
        await rest.get(f"/channels/{general.id}/messages")


async def _refuse_everything(rest: Rest, world: PlaygroundDiscord) -> None:
    general = world.channel("general")
    await rest("GET", "/users/@me", token="wrong")
    await rest.get("/channels/1")
    await rest.get("/channels/x")
    await rest.get(f"/channels/{general}/messages/1")
    await rest.post(f"/channels/{general}/messages", content="x" * 2001, embeds=[{"title": 1}])
    await rest.post(f"/channels/{general}/messages", content="")
    await rest.post("/interactions/1/x/callback", type=5)
    await rest.get(f"/webhooks/{world.application_id}/x/messages/@original")
    world.faults.turn_on("rate_limit", calls=1)
    await rest.get("/users/@me")


def _make_admin(world: PlaygroundDiscord) -> None:
    admin = next(role.id for role in world.guild.roles.values() if role.name == "admin")
    world.guild.set_roles(world.bot_user_id, [admin])


_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x02\0\0\0\x03" + b"\x08\x02\0\0\0"
_MODAL = {
    "custom_id": "why",
    "title": "Why?",
    "components": [
        {
            "type": 1,
            "components": [{"type": 4, "custom_id": "why", "style": 1, "label": "Why"}],
        }
    ],
}
_COMMANDS = [
    {
        "type": 1,
        "name": "copilot",
        "description": "Copilot",
        "integration_types": None,
        "options": [
            {"type": 1, "name": "status", "description": "How it is"},
            {
                "type": 1,
                "name": "model",
                "description": "Choose",
                "options": [
                    {"type": 3, "name": "name", "description": "N", "autocomplete": True},
                    {
                        "type": 4,
                        "name": "times",
                        "description": "T",
                        "min_value": 1,
                        "max_value": 3,
                    },
                    {
                        "type": 3,
                        "name": "mode",
                        "description": "M",
                        "choices": [{"name": "A", "value": "a"}],
                    },
                    {"type": 6, "name": "who", "description": "W"},
                ],
            },
        ],
    },
    {"type": 3, "name": "Ask Copilot about this"},
]
