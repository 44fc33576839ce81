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
        was_missed: whether it was looked for, after a time in which events may have been missed.
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
    was_missed: bool = False


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
        message_id: the message that says it; empty where it was typed as a command.
        would_begin: the thread that this message would begin, where it stands in none.
    """

    name: str
    argument: str
    author: Person
    key: SessionKey | None
    place: SessionKey
    is_direct: bool
    request_id: str
    message_id: str = ""
    would_begin: SessionKey | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """A button was pressed, something was chosen from a menu, or a form was sent.

    Args:
        action: the verb of the button, menu or form (`stop`, `retry`, `reset`, `answer`).
        value: what it carries; of a menu what the choice does.
        key: the thread it acts on.
        author: who pressed.
        request_id: the platform's id of this press, the same on redelivery.
        text: what was written into the form that was sent; None where none was.
    """

    action: str
    value: str
    key: SessionKey
    author: Person
    request_id: str
    text: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """Something to press under a message.

    Args:
        action: the verb, as in `Press.action`.
        value: carried back by the press.
        label: what it says.
        key: the thread that it acts on, where that is not the thread it stands in.
        is_dangerous: shown as such where the platform can.
    """

    action: str
    value: str
    label: str
    key: SessionKey | None = None
    is_dangerous: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Something to choose from a menu.

    Args:
        value: carried back by the press; what is too long for the platform is left out.
        label: what it says; cut where it is too long.
        key: the thread that it acts on, where that is not the menu's.
        description: a few words in small; may be empty.
    """

    value: str
    label: str
    key: SessionKey | None = None
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Menu:
    """Many things to choose one from, under a message: choosing is a press.

    More than a platform takes in one menu are shown in several.

    Args:
        action: the verb, as in `Press.action`.
        label: what it says while nothing is chosen.
        choices: what there is, in this order, each value once for each thread.
        key: the thread that it acts on, where that is not the thread it stands in.
    """

    action: str
    label: str
    choices: tuple[Choice, ...]
    key: SessionKey | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A field to write into, opened for one person: what is sent is a press with a text.

    All that its press needs is in it, so that it can be sent after any restart. A press of the
    same action and value without a text is a wish to have it opened.

    Args:
        action: the verb, as in `Press.action`.
        value: carried back by the press.
        title: what it is for, at most 24 characters; longer ones are cut.
        field: what the field is called, at most 45 characters.
        key: the thread that it acts on, where that is not the thread of the press or command.
        about: what is written about, standard Markdown; may be empty.
        prefill: what stands in the field at first. Where the platform takes no text as long as
            that, the form is not opened, and who wanted it is told so.
        is_multiline: whether the field has several lines.
        is_required: whether it may not be left empty.
        most: how many characters can be written; fewer where the platform takes fewer.
        send: what the button says that sends it, where the platform lets us choose.
    """

    action: str
    value: str
    title: str
    field: str
    key: SessionKey | None = None
    about: str = ""
    prefill: str = ""
    is_multiline: bool = False
    is_required: bool = True
    most: int = 3_000
    send: str = "Send"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a command or a press says back, to that person only.

    Args:
        text: standard Markdown; empty to say nothing.
        buttons: what can be pressed next.
        menus: what can be chosen next.
        form: what opens for them instead. Where none can be opened, as for a command that was said
            in words, there is a button that does.
        is_refused: whether nothing came of what was asked; said in a form that was sent, where the
            platform can, so that what was written stays.
    """

    text: str = ""
    buttons: tuple[Button, ...] = field(default=())
    menus: tuple[Menu, ...] = field(default=())
    form: Form | None = None
    is_refused: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.text or self.buttons or self.menus or self.form)

    @property
    def as_post(self) -> Post:
        """What it says as a message: a button stands for the form."""
        buttons, text = self.buttons, self.text
        if self.form is not None:
            form = self.form
            opening = Button(action=form.action, value=form.value, label=form.title, key=form.key)
            buttons, text = (*buttons, opening), text or form.about or form.title
        return Post(text=text, buttons=buttons, menus=self.menus)


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A message of the bot's own that is not a reply to a turn.

    Args:
        text: standard Markdown.
        buttons: what can be pressed under it.
        menus: what can be chosen from under it.
    """

    text: str
    buttons: tuple[Button, ...] = field(default=())
    menus: tuple[Menu, ...] = field(default=())


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
