"""What people say and do, as the core sees it: no platform's dictionaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.keys import SessionKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Someone on a platform.

    Args:
        id: the platform's id of the person.
        name: what others see; empty where the platform did not say.
        is_bot: true for programs, ourselves included.
    """

    id: str
    name: str = ""
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedFile:
    """A file that somebody put into a message, not fetched yet.

    Args:
        id: the platform's id of the file.
        name: what it is called; may hold anything that a person can type.
        type: the MIME type as the platform says; may be empty.
        size: bytes as the platform says; 0 where it does not.
        url: where the adapter of that platform fetches it; nothing else reads it.
    """

    id: str
    name: str
    type: str = ""
    size: int = 0
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingFile:
    """A file for a thread.

    Args:
        name: what it is called there.
        content: its bytes.
        title: a line about it; may be empty.
        nonce: names this sending, the same when it is tried again after a crash.
    """

    name: str
    content: bytes
    title: str = ""
    nonce: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomingMessage:
    """One utterance in a thread.

    Args:
        key: the thread that it belongs to, or would start.
        message_id: the platform's id of the message, the same however often it is delivered.
        author: who said it.
        text: readable text; the mention that called the bot is taken out.
        sent_at: when the platform took it (UTC); the order within a thread.
        mentions_bot: whether the bot is called by name.
        is_direct: whether it was said in a direct message.
        starts_thread: whether the message is the thread's own first one.
        thread_author: id of the person who began the thread, where the platform says so.
        files: what came with it.
    """

    key: SessionKey
    message_id: str
    author: Person
    text: str
    sent_at: datetime
    mentions_bot: bool = False
    is_direct: bool = False
    starts_thread: bool = False
    thread_author: str | None = None
    files: tuple[SharedFile, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageEdited:
    """A message was changed by its author.

    Args:
        message: the message as it reads now.
    """

    message: IncomingMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageDeleted:
    """A message was taken back.

    Args:
        key: the thread it was in.
        message_id: which one.
    """

    key: SessionKey
    message_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """`/copilot …`, or the same words said to the bot.

    Args:
        name: the subcommand, lower case; empty for none.
        argument: what follows it.
        author: who gave it.
        key: the thread it is about; None where the platform cannot tell (a channel).
        place: a key without thread: where it was typed.
        is_direct: whether it was typed in a direct message.
        request_id: the platform's id of this invocation, the same on redelivery.
    """

    name: str
    argument: str
    author: Person
    key: SessionKey | None
    place: SessionKey
    is_direct: bool
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """A button was pressed.

    Args:
        action: the verb of the button (`stop`, `retry`, `reset`, `answer`).
        value: what the button carries.
        key: the thread the button acts on.
        author: who pressed.
        request_id: the platform's id of this press, the same on redelivery.
        text: what was written into the form that the button opened; empty for one without.
    """

    action: str
    value: str
    key: SessionKey
    author: Person
    request_id: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """Something to press under a message.

    Args:
        action: the verb, as in `Press.action`.
        value: carried back by the press.
        label: what it says.
        key: the thread that it acts on, where that is not the thread it stands in.
        is_dangerous: shown as such where the platform can.
        asks: what the field of a form is called that opens when it is pressed; the press is
            brought once that is sent. Empty for a button that opens none. Where a platform's
            adapter opens no forms, the button is left out: nothing may need it.
    """

    action: str
    value: str
    label: str
    key: SessionKey | None = None
    is_dangerous: bool = False
    asks: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a command or a press says back, to that person only.

    Args:
        text: standard Markdown; empty to say nothing.
        buttons: what can be pressed next.
    """

    text: str = ""
    buttons: tuple[Button, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A message of the bot's own that is not a reply to a turn.

    Args:
        text: standard Markdown.
        buttons: what can be pressed under it.
    """

    text: str
    buttons: tuple[Button, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class PastMessage:
    """A message that was in the thread before.

    Args:
        message_id: the platform's id.
        author: who said it.
        text: readable text.
        sent_at: when (UTC).
        files: what came with it.
        is_ours: whether the bot itself said it.
    """

    message_id: str
    author: Person
    text: str
    sent_at: datetime
    files: tuple[SharedFile, ...] = ()
    is_ours: bool = False
