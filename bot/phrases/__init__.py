"""Everything that people read from the bot: short, in the second person, with the next step."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot import errors, offers
from bot.file_kinds import FileKind
from bot.mailbox import Thread, Usage
from bot.phrases import directories
from bot.requests import POLICY, Need, Request, RequestKind, RequestState, Wanted
from bot.states import WorkerState

_QUOTED = 80
"""How many characters of what somebody said are said back to them."""

STOPPED = "Stopped. Say something to go on from here."
INTERRUPTED = "Stopped for what was said next."
NOTHING_SAID = "Hello! Ask me something, or say `help` to see what I can do."
NO_ANSWER = "Copilot ended without saying anything. Ask again, perhaps in other words."
TOO_LONG = "This took longer than the operator allows, so I stopped. Ask for a smaller step."
FRESH_START = "This conversation starts afresh: what was said before is forgotten from here on."
RESET_ELSEWHERE = "Done: that thread starts afresh with the next message."
NOTHING_TO_STOP = "There is nothing to stop."
STOPPING = "Stopping."
RETRYING = "Trying again."
NOTHING_TO_RETRY = "That message is gone: please say it again."
ANSWERED_ALREADY = "That was answered already."
RETRY_LATER = "I could not read that message just now: press Retry again in a moment."
NOT_YOURS = "That conversation belongs to someone else."
NO_THREADS_HERE = (
    "You have no threads with me in this channel. Mention me to start one, "
    "or use this command in our direct message."
)
CHOOSE = "Choose one"
CHOOSE_THREAD = "Which of your threads here shall start afresh?"
CHOOSE_STOP = "Which of your threads here shall stop?"
CHOOSE_DESK = "Whose files do you want to see? Your threads here:"
DESK_EMPTY = "There are no files on the desk of this conversation."
FILES_ACTIONS = "Say `files`, `files get` and a name, or `files delete` and a name."
GET_A_FILE = "Get a file"
FILE_COMES = "Here it comes."
FILE_GONE = "That file is not there any more."
NOT_ALLOWED = (
    "You may not use me here. Ask whoever runs me to add you or this channel to my settings."
)
GIVEN_UP = "I tried this three times and was cut off each time. Retry, or ask for a smaller step."
ANSWER_NOW = "Answer now"
ANSWER_FREELY = "Choose one, or just write your answer here."
ANSWER_BY_CHOICE = "Choose one."
ANSWER_IN_WORDS = "Just write your answer here."
NOT_ASKED = "The question could not be shown to anyone. Go on without an answer."
"""What Copilot is told, not a person."""
QUESTION_OVER = "This question is not open any more."
REQUEST_EXPIRED = "Nobody answered that in time, so it is over. Ask me again if it still matters."
NOT_YOURS_TO_DECIDE = "That is for the person who was asked, or for an approver, to decide."
ONE_MORE = "Noted. Somebody else has to allow it as well."
CHOOSE_ANSWER = "Choose an answer"
FORM_TOO_LONG = "That is too long to be changed in a form: send it anew as a message."
WRITE_ANSWER = "Write an answer"
YOUR_ANSWER = "Your answer"
ALLOW_ONCE = "Allow once"
ALLOW_FOR_THREAD = "Allow for this thread"
DENY = "Deny"
DENY_WHY = "Deny and say why"
WHY = "Why not?"
NOTHING_WAITS = "Nothing waits for your decision."
NOBODY_ANSWERED = "Nobody answered in time. Go on without an answer."
NOBODY_DECIDED = "Nobody decided on this in time. Go on without it."
RULED_OUT = "The operator's rules do not permit this."
PERSON_DENIED = "The person denied this."
"""These four Copilot is told, not a person."""

SEE_FILES = "(only files)"
NO_FILES = "I take no files here: send what matters as text."
FILE_NOT_FETCHED = "It could not be fetched. Send it again in a moment."
FILE_NOT_KEPT = "It could not be put onto the desk. Send it under another name."
FILE_OF_NO_KIND = (
    "I cannot read this kind of file. Send it as text, PDF, an office document, or a picture "
    "(PNG, JPEG, GIF, WebP)."
)
FILE_WITHOUT_TEXT = "There is no text in it that I can read. Send it as text or as a picture."
DESK_FULL = "The desk of this thread is full: `files` lists what could be deleted."

HELP_ON_HELP = """\
**help** shows all commands.

- `help` and the name of a command says more about that one: `help reset`"""

HELP_ON_STATUS = """\
**status** says what I am doing in a conversation, what is chosen for it, what is left of the \
budgets, and what waits.

- your own messages that wait can be dropped, changed, or answered first
- in a channel it lists your threads there
- everybody may ask; only you see the answer"""

HELP_ON_STOP = """\
**stop** ends the answer that is being written. What is there stays.

- 🛑 as a reaction to the answer, or to what it answers, does so as well
- 🛑 to a message of yours that waits drops it
- in a channel you choose which of your threads shall stop
- what waits behind that answer is answered next"""

HELP_ON_RESET = """\
**reset** starts a conversation afresh: what was said before is forgotten from there on.

- in a channel you choose which of your threads starts afresh
- an answer that is being written is ended, and what waits is dropped"""

HELP_ON_FILES = """\
**files** lists what is on this conversation's desk: what you sent me, and what Copilot made.

- `files get report.md` puts a file here
- `files delete report.md` deletes it for good"""

HELP_ON_APPROVALS = """\
**approvals** lists what Copilot waits for you to decide, with its buttons.

- in a thread what is asked there, elsewhere all that you are asked
- what nobody decides in time, Copilot goes on without"""

DOING: dict[WorkerState, str] = {
    WorkerState.COLD: "at rest",
    WorkerState.OPENING: "getting ready",
    WorkerState.IDLE: "ready",
    WorkerState.RUNNING: "answering",
    WorkerState.WAITING: "waiting for an answer from you",
    WorkerState.STOPPING: "stopping",
    WorkerState.RECOVERING: "recovering",
}

_KINDS_OF_FILES: dict[FileKind, str] = {
    FileKind.TEXT: "Text files",
    FileKind.IMAGE: "Pictures",
    FileKind.DOCUMENT: "Documents",
    FileKind.ARCHIVE: "Archives",
}

_FAILURES: dict[type[errors.ThreadpilotError], str] = {
    errors.RuntimeMissing: (
        "The Copilot runtime is not installed: whoever runs me must run "
        "`threadpilot runtime install`."
    ),
    errors.RuntimeUnavailable: (
        "The Copilot runtime does not start: whoever runs me finds the reason in my log."
    ),
    errors.RuntimeLost: "The Copilot runtime went away while I was answering.",
    errors.DirectoryUnavailable: directories.NO_DIRECTORY,
    errors.SandboxMissing: directories.NO_SANDBOX,
    errors.SessionMissing: (
        "What was said here before could not be found: `reset` starts this conversation afresh."
    ),
    errors.NotSignedIn: (
        "I am not signed in to Copilot: whoever runs me must check `COPILOT_GITHUB_TOKEN` or "
        "`COPILOT_PROVIDER_API_KEY`."
    ),
    errors.ModelUnknown: (
        "The model that I was told to use is not known: whoever runs me must check `COPILOT_MODEL`."
    ),
    errors.ProviderUnreachable: (
        "I cannot reach the language model: try again in a while; whoever runs me can check "
        "the network and `COPILOT_PROVIDER_BASE_URL`."
    ),
    errors.ProviderLimited: (
        "The language model asks me to wait, or its quota is used up: try again in a while."
    ),
    errors.ProviderFailed: "The language model answered with an error: try again in a while.",
    errors.StoreFull: (
        "There is no space left where I keep conversations: whoever runs me must make room."
    ),
    errors.StoreNotWritable: (
        "I cannot write to my database: whoever runs me must check `DATABASE_URL` and who may "
        "write there."
    ),
    errors.StoreBusy: "My database is busy: try again in a moment.",
    errors.StoreDamaged: ("My database is damaged: whoever runs me must restore it from a backup."),
    errors.StoreError: "My database does not work: whoever runs me finds the reason in my log.",
    errors.CopilotError: "Copilot failed: whoever runs me finds the reason in my log.",
}

_KEPT = "Your message is kept."

_LONGEST_DETAIL = 1_200

_WANTS: dict[Need, str] = {
    Need.SHELL: "run a command",
    Need.READ: "read files",
    Need.WRITE: "change files",
    Need.URL: "fetch a page",
}

_ENDED: dict[RequestState, str] = {
    RequestState.ALLOWED: "Allowed once",
    RequestState.ALLOWED_FOR_THREAD: "Allowed for this thread",
    RequestState.DENIED: "Denied",
    RequestState.EXPIRED: "Nobody decided in time, so Copilot goes on without it",
    RequestState.WITHDRAWN: "Not needed any more",
}


def trouble(error: errors.ThreadpilotError) -> str:
    """What is wrong, and what to do."""
    for kind in type(error).__mro__:
        if kind in _FAILURES:
            return _FAILURES[kind]
    return "Something went wrong: whoever runs me finds the reason in my log."


def failure(error: errors.ThreadpilotError) -> str:
    """What a person is told of an error that kept their message from being answered."""
    return f"{trouble(error)} {_KEPT}"


def unsaved(error: errors.StoreError) -> str:
    """What a person is told whose message could not even be written down."""
    return f"{trouble(error)} Press Retry once that is mended."


def not_done(error: errors.ThreadpilotError) -> str:
    """What a person is told where something that they asked for could not be carried out."""
    return f"{trouble(error)} Ask me once more when that is mended."


def not_taken(reason: str, written: str) -> str:
    """What was written into a form came to nothing.

    Args:
        reason: why, a sentence.
        written: what it was.
    """
    quoted = "\n".join(f"> {line}" for line in written[:1_000].splitlines())
    return f"{reason}\n\nYou wrote:\n{quoted}"


def answer_hint(*, has_choices: bool, allows_text: bool) -> str:
    """How a question can be answered."""
    if not has_choices:
        return ANSWER_IN_WORDS
    return ANSWER_FREELY if allows_text else ANSWER_BY_CHOICE


def wanted(asked: Wanted) -> str:
    """What Copilot wants, in plain words, and why."""
    what = _WANTS.get(asked.need) or f"use the tool `{asked.tool}`"
    intention = " ".join(asked.intention.split())
    return f"**Copilot wants to {what}.**" + (f" {intention}" if intention else "")


def request_open(request: Request) -> str:
    """A request that waits for somebody."""
    if request.kind is RequestKind.QUESTION:
        hint = answer_hint(has_choices=bool(request.choices), allows_text=request.allows_text)
        return "\n\n".join(filter(None, (request.text, _listed(request.choices), f"_{hint}_")))
    until = f"{request.expires_at:%H:%M} UTC"
    hint = f"Until {until}; after that Copilot goes on without it."
    if request.needed > 1:
        has_one = "One has allowed it; somebody else has to as well."
        hint = f"{has_one if request.allowed_by else 'Two people have to allow it.'} {hint}"
    return "\n\n".join(filter(None, (request.text, _block(request.detail), f"_{hint}_")))


def _listed(choices: Sequence[str]) -> str:
    """Choices that are too long for buttons."""
    return "\n".join(offers.labels(choices)) if offers.are_long(choices) else ""


def request_closed(request: Request, by: str = "") -> str:
    """A request that is over: what was asked, and what became of it."""
    if request.kind is RequestKind.QUESTION:
        late = "Nobody answered in time." if request.state is RequestState.EXPIRED else ""
        said = request.answer or late
        return f"{request.text}\n\n*{said}*" if said else request.text
    person = "the operator's rules" if request.decided_by == POLICY else by
    ended = _ENDED.get(request.state, "") + (
        f" by {person}" if person and _is_decided(request) else ""
    )
    reason = f": {request.answer}" if request.answer else "."
    return "\n\n".join(filter(None, (request.text, _block(request.detail), f"*{ended}{reason}*")))


def told_of_denial(request: Request) -> str:
    """What Copilot is told of what it may not do."""
    if request.state is not RequestState.DENIED:
        return NOBODY_DECIDED if request.state is RequestState.EXPIRED else NOT_ASKED
    if request.decided_by == POLICY:
        return request.answer or RULED_OUT
    return request.answer or PERSON_DENIED


def waiting_request(number: int, request: Request) -> str:
    """A request in a list of those that wait."""
    return f"{number}. {request_asked(request)}"


def request_asked(request: Request) -> str:
    """What a request asks, where it does not stand in its thread."""
    return "\n\n".join(
        filter(None, (request.text, _listed(request.choices), _block(request.detail)))
    )


def _is_decided(request: Request) -> bool:
    return request.state not in {RequestState.EXPIRED, RequestState.WITHDRAWN}


def _block(detail: str) -> str:
    """Exactly what would be done, in a fence that it cannot close."""
    if not detail:
        return ""
    more = len(detail) - _LONGEST_DETAIL
    cut = f"\n… and {more} more characters" if more > 0 else ""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", detail)), default=0))
    return f"{fence}\n{detail[:_LONGEST_DETAIL]}{cut}\n{fence}"


def cut_off(tools: Sequence[str]) -> str:
    """A turn was cut off after a tool had begun whose effect cannot be taken back."""
    names = ", ".join(f"`{tool}`" for tool in tools)
    return (
        f"I was cut off after {names} had begun, so I do not repeat it by myself. Say how to go "
        "on, or press Retry to do all of it again."
    )


def file_line(path: str, size: int, age: timedelta) -> str:
    """A file in a list."""
    return f"`{path}` ({file_size(size)}, {ago(age)})"


def files_on_desk(lines: Sequence[str]) -> str:
    """What is on the desk."""
    shown = "\n".join(f"- {line}" for line in lines[:50])
    more = f"\n- … and {len(lines) - 50} more" if len(lines) > 50 else ""
    return f"On the desk of this conversation:\n\n{shown}{more}"


def get_file(path: str) -> str:
    """What the button says that puts a file into the thread."""
    return f"Get {path}" if len(path) <= 60 else f"Get …{path[-58:]}"


def files_kept(paths: Sequence[str]) -> str:
    """Files stay on the desk only."""
    named = ", ".join(f"`{path}`" for path in paths[:10])
    more = f" and {len(paths) - 10} more" if len(paths) > 10 else ""
    return (
        f"I could not put {named}{more} here: too large, too many, or not permitted. "
        "They are on the desk: `files` lists it, `files get` and a name tries again."
    )


def files_refused(refusals: Sequence[tuple[str, str]]) -> str:
    """Files that somebody sent were not taken in: the name of each, and why."""
    if all(why == NO_FILES for _, why in refusals):
        return NO_FILES
    named = [(name.replace("`", "'"), why) for name, why in refusals[:20]]
    lines = [f"- `{name}`: {why}" for name, why in named]
    if len(refusals) > len(lines):
        lines.append(f"- and {len(refusals) - len(lines)} more")
    return "I go on without what I could not take in:\n\n" + "\n".join(lines)


def too_many_files(most: int) -> str:
    """There are more files than may be."""
    if not most:
        return NO_FILES
    files = "one file" if most == 1 else f"{most} files"
    return f"I take {files} with a message. Send the others with the next one."


def too_fast(wait_s: float) -> str:
    """Somebody says more than the operator allows in a minute."""
    return (
        "That is more than I take from one person in a minute, so I did not take your last "
        f"message. Say it again in {max(1, math.ceil(wait_s))} s."
    )


def in_line(ahead: int) -> str:
    """A conversation waits for its turn."""
    if not ahead:
        return "next in line"
    return f"waiting its turn, {ahead} conversation{'s' if ahead > 1 else ''} before it"


def missed(text: str, count: int) -> str:
    """Messages were said while the bot was away, and are too old to be answered unasked."""
    line = " ".join(text.split())
    said = f"“{line if len(line) <= _QUOTED else line[: _QUOTED - 1] + '…'}”" if line else "this"
    more = f", and {count - 1} more before it" if count > 1 else ""
    return (
        f"I was away when you said {said}{more}. Press *{ANSWER_NOW}* if you still want an answer, "
        "or just say what matters now."
    )


def file_too_large(most: int) -> str:
    """A file has more bytes than it may have."""
    return f"It is larger than {file_size(most)}. Send the part of it that matters."


def file_kind_not_taken(kind: FileKind) -> str:
    """The operator does not want files of this kind."""
    return f"{_KINDS_OF_FILES[kind]} are not taken here. Ask whoever runs me, or send it as text."


def no_such_file(path: str) -> str:
    """There is no file of that name on the desk."""
    return f"There is no `{path}` on the desk. `files` lists what is there."


def file_deleted(path: str) -> str:
    """A file was taken off the desk."""
    return f"`{path}` is deleted from the desk."


def help_on_all(commands: Iterable[tuple[str, str]]) -> str:
    """What there is to say to the bot: each command's name, and what it does."""
    listed = "\n".join(f"- `{name}` — {summary}" for name, summary in commands)
    return (
        "*Mention me* in a channel: the thread becomes a conversation that remembers. "
        f"*Write to me directly* for a private one.\n\n{listed}\n\n"
        "In a channel or direct message these follow `/copilot`; in a thread, mention me and say "
        "the word. `help` and a command's name says more about that one."
    )


def unknown_command(name: str, commands: str) -> str:
    """There is no such command; `commands` says which there are."""
    return f"I do not know `{name}`. {commands}"


def steps(count: int, *, failed: int) -> str:
    """Tools that are counted instead of named."""
    told = f"{count} step{'s' if count > 1 else ''}"
    return f"{told}, {failed} of them failed" if failed else told


def newest_of_steps(title: str, count: int, *, failed: int) -> str:
    """The newest of several tools, and how many they are."""
    told = f"{title} · the newest of {count} more steps"
    return f"{told}, {failed} of them failed" if failed else told


def footer(usage: Usage) -> str:
    """Model, time and cost under an answer; empty where nothing is known."""
    if not usage.model:
        return ""
    parts = [usage.model, f"{usage.seconds:.1f} s"]
    if usage.cost:
        parts.append(f"{usage.cost:g} premium requests")
    return " · ".join(parts)


def thread_label(thread: Thread, age: timedelta) -> str:
    """A thread in a list."""
    title = thread.title or "Untitled conversation"
    return f"{title} ({ago(age)})"


def status(thread: Thread | None, *, working: str, age: timedelta | None) -> str:
    """How a conversation stands."""
    if thread is None:
        return "Nothing was said to me here yet. Mention me, or write to me directly, to begin."
    lines = [f"**{thread.title or 'This conversation'}**", "", f"- now: {working}"]
    if age is not None:
        lines.append(f"- last used: {ago(age)}")
    if thread.generation > 1:
        times = thread.generation - 1
        lines.append(f"- started afresh {times} time{'s' if times > 1 else ''}")
    return "\n".join(lines)


def statuses(labels: Sequence[str]) -> str:
    """A person's threads in a channel."""
    return "Your threads with me here:\n\n" + "\n".join(f"- {label}" for label in labels)


def file_size(size: int) -> str:
    """So many bytes."""
    if size < 1024:
        return f"{size} bytes" if size != 1 else "1 byte"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def ago(age: timedelta) -> str:
    """How long something is past."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"
