"""``files.*``: uploads in two steps, and what is known of a file."""

import secrets

from playground.payload import Payload
from playground.slack.blocks import check_message_blocks
from playground.slack.channels import Channel
from playground.slack.errors import SlackError, missing_field
from playground.slack.files import LARGEST_SNIPPET, File, FileState
from playground.slack.limits import TIER_3, TIER_4
from playground.slack.web_api.call import Announced, Call, Method
from playground.slack.web_api.chat import root_for
from playground.slack.workspace import Content


def _get_upload_url(call: Call) -> Payload:
    name = call.args.need("filename")
    length = call.args.need("length")
    snippet_type = call.args.text("snippet_type")
    if not length.isdecimal() or int(length) == 0:
        raise SlackError("invalid_arguments", messages=["[ERROR] invalid value: length"])
    if snippet_type and int(length) > LARGEST_SNIPPET:
        raise SlackError("snippet_too_large")
    if int(length) > call.largest_file:
        raise SlackError("file_upload_size_restricted")
    ticket = secrets.token_urlsafe(18)
    announced = Announced(
        file_id=call.workspace.new_id("F"),
        name=name,
        length=int(length),
        alt_text=call.args.text("alt_txt"),
        snippet_type=snippet_type or None,
    )
    call.uploads.announced[ticket] = announced
    return {"upload_url": f"{call.base_url}/upload/v1/{ticket}", "file_id": announced.file_id}


def _complete_upload(call: Call) -> Payload:
    given = call.args.items("files")
    if not given:
        raise missing_field("files")
    by_id = {announced.file_id: announced for announced in call.uploads.announced.values()}
    for one in given:
        if one.get("id") not in by_id or one["id"] not in call.uploads.received:
            raise SlackError("file_not_found")
    targets = _targets(call)
    comment = call.args.text("initial_comment") or ""
    blocks = None if comment else call.args.items("blocks", "invalid_blocks")
    if any(block.get("type") == "markdown" for block in blocks or ()):
        # Slack takes such blocks in messages, and fails over them here.
        raise SlackError("internal_error")
    files = [_keep(call, by_id[one["id"]], one.get("title")) for one in given]
    if targets and call.faults.for_share():
        targets = []
    for channel in targets:
        call.workspace.post(
            channel,
            Content(
                text=comment,
                blocks=None if blocks is None else check_message_blocks(blocks),
                files=tuple(files),
            ),
            root=root_for(call, channel),
            subtype="file_share",
        )
    return {"files": [file.payload() for file in files]}


def _targets(call: Call) -> list[Channel]:
    ids = (call.args.text("channel_id") or call.args.text("channels") or "").split(",")
    targets = []
    for channel_id in filter(None, ids):
        channel = call.workspace.channels.get(channel_id)
        if channel is None:
            raise SlackError("channel_not_found")
        if call.bot not in channel.members:
            raise SlackError("not_in_channel")
        targets.append(channel)
    return targets


def _keep(call: Call, announced: Announced, title: str | None) -> File:
    tickets = [
        ticket for ticket, one in call.uploads.announced.items() if one.file_id == announced.file_id
    ]
    for ticket in tickets:
        del call.uploads.announced[ticket]
    return call.workspace.add_file(
        announced.name,
        call.uploads.received.pop(announced.file_id),
        call.bot,
        base_url=call.base_url,
        file_id=announced.file_id,
        title=title,
        alt_text=announced.alt_text,
        snippet_type=announced.snippet_type,
    )


def _info(call: Call) -> Payload:
    return {"file": _file(call).info_payload()}


def _delete(call: Call) -> Payload:
    file = _file(call)
    if file.user != call.bot:
        raise SlackError("cant_delete_file")
    call.workspace.delete_file(file)
    return {}


def _file(call: Call) -> File:
    file = call.workspace.files.get(call.args.need("file"))
    if file is None:
        raise SlackError("file_not_found")
    if file.state is FileState.DELETED:
        raise SlackError("file_deleted")
    return file


METHODS = {
    "files.getUploadURLExternal": Method(
        handle=_get_upload_url, tier=TIER_4, scopes=("files:write",)
    ),
    "files.completeUploadExternal": Method(
        handle=_complete_upload, tier=TIER_4, scopes=("files:write",)
    ),
    "files.info": Method(handle=_info, tier=TIER_4, scopes=("files:read",)),
    "files.delete": Method(handle=_delete, tier=TIER_3, scopes=("files:write",)),
}
