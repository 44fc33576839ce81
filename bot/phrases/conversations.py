"""What people read of their conversations: listed, continued, taken back, carried elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.defaults import Defaults
from bot.mailbox import KnownSession
from bot.phrases import ago
from bot.phrases.defaults import facts

_MOST_SHOWN = 5
_LONGEST_SHOWN = 500
_LONGEST_TITLE = 60

NOTHING_YET = "Nothing was said to me here yet, so there is nothing to do that with."
NO_SESSIONS = (
    "You have no conversations with me yet. Mention me, or write to me directly, to begin."
)
NO_OTHER_SESSIONS = "This conversation was never started afresh, so there is no older one."
NO_SUCH_SESSION = "There is no such conversation here: `sessions` lists yours."
SESSION_GONE = "That conversation is not there any more: `sessions` lists what is."
IS_CURRENT = "That is the conversation that goes on here already."
CHOOSE_SESSION = "Which conversation shall go on here?"
CHOOSE = "Choose a conversation"
RESUME_COMES = "Done: it goes on in its thread."
GIVE_TITLE = "Give it a title"
TITLE = "Title"
SAY_TITLE = "A title has words."
CHOOSE_THREAD = "Which of your threads here do you mean?"
COUNT_OR_NOTHING = "Say how many prompts, such as `2`, or nothing for the last one."
DELETE = "Delete"
DELETE_ALL = "Delete all of it"
NOT_YOURS_TO_DELETE = "Only people who have spoken in this conversation can delete it."
DELETING = "It is being deleted."
DELETED = (
    "Everything that I kept of this conversation is deleted. What stands here, stays; what you say "
    "next begins anew."
)
DELETED_OLDER = "That older conversation is deleted, with its files."
NOT_DELETED = "That conversation goes on here now, so it was not deleted. `delete` deletes it all."
TAKEN_BACK = "_This answer was taken back._"
NOTHING_TO_TAKE_BACK = "There is nothing to take back."
NOTHING_TO_SUM_UP = "There is nothing here that could be made smaller."
NOT_SMALLER = "This conversation is as small as it can be."
CUT_OFF = "I was interrupted in what you asked me to do. See what is there, and ask once more."
ERRAND_STOPPED = "Stopped: nothing was changed."
ERRAND_COMES = "I am on it: it comes here."
NO_THREADS = (
    "I cannot open another conversation here. `move` gives a code with which it goes on elsewhere."
)
NOT_OPENED = "I could not open a thread for it. See that I may write there, then ask once more."
NO_FILES_HERE = "I cannot put files here."
FORMATS = "Say `export`, `export markdown` or `export json`."
CODE_NOT_GOOD = (
    "That code is not good, or not any more. `move` gives another one where you want to go on from."
)
CODE_COMES = "I sum up what was said: the code comes to you alone."
CODE_NOT_TOLD = (
    "I could not tell you the code in private. Say that you take direct messages, then ask again."
)
CARRY_HERE = "Carry it here"
CARRY_THERE = "Carry it there"
CARRIED = "It goes on here from now on."
NOT_YOURS_TO_MOVE = "Only people who have spoken in this conversation can move it."
STARTED_AFRESH = "Say something to begin anew here; `resume` brings back what was moved."

HELP_ON_SESSIONS = """\
**sessions** lists your conversations with me, with title, place, age and what they took.

- only you see the list; direct messages are in nobody else's
- a button lets an older conversation go on in its thread"""

HELP_ON_RESUME = """\
**resume** lets an older conversation of a thread go on, from before it was started afresh.

- `resume 2` by its number, `resume herons` by its title; by itself it shows what there is
- the one that went on until now is kept, and can be resumed as well
- `resume` and a code of `move` goes on here with a conversation from elsewhere
- an answer that is being written is ended, and what waits is dropped"""

HELP_ON_FORK = """\
**fork** opens a new thread that knows all that was said in this one; both go on by themselves.

- `fork 2` leaves out your last two prompts and what came of them
- it comes after the answer that is being written"""

HELP_ON_RENAME = """\
**rename** gives a conversation a title of yours: `rename Herons of the north`.

- I do not change it any more by myself"""

HELP_ON_DELETE = """\
**delete** deletes what I keep of a conversation for good: what was said to me, what I remember, \
and its files. I ask before I do it.

- `delete 1` deletes an older conversation of this thread only
- what stands in the thread stays there; whoever runs me sees that it was deleted, not what"""

HELP_ON_REWIND = """\
**rewind** takes back your last prompt, and all that came of it: I forget it.

- `rewind 3` takes back the last three
- an answer that is being written is ended first, and counts"""

HELP_ON_COMPACT = """\
**compact** sums up what was said, so that a long conversation costs less and has room again.

- it comes after the answer that is being written, and `stop` ends it"""

HELP_ON_EXPORT = """\
**export** puts a conversation into its thread as files: Markdown to read, JSON for programs.

- `export markdown` or `export json` for one of them
- everybody in the thread sees them"""

HELP_ON_MOVE = """\
**move** gives you a code with which a conversation goes on elsewhere: in another channel, in our \
direct message, or on another platform. Say `resume` and the code there.

- `move summary` carries a summary of what was said, and nothing else of it
- `move #channel` carries it to a channel that you are in, after asking you
- the code is good once, for a quarter of an hour; whoever has it can go on with all that was said
- here the conversation starts afresh then; `resume` brings it back"""

HELP_ON_WHOAMI = """\
**whoami** says what I know of you: who you are to me, what you may do, and how much you used me.

- only you see it"""


def session_line(number: int, session: KnownSession, *, place: str, since: timedelta) -> str:
    """A session in a list.

    Args:
        number: its number in the list.
        session: what is known of it.
        place: where it is, as a link or in words.
        since: how long ago it was last active.
    """
    older = "" if session.is_current else ", from before it was started afresh"
    return f"{number}. **{session_title(session)}** in {place}{older}: {ago(since)}{took(session)}"


def generation_label(session: KnownSession, since: timedelta) -> str:
    """An older session of a thread, as something to choose."""
    return f"{session.generation}: {session_title(session)} ({ago(since)})"


def session_title(session: KnownSession) -> str:
    """What a session is called."""
    title = session.title
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 1]}…"
    return title or "Untitled conversation"


def took(session: KnownSession) -> str:
    """What a session took, as the end of a line; empty where nothing is known."""
    tokens = session.input_tokens + session.output_tokens
    parts = []
    if tokens:
        parts.append(f"{count_of(tokens)} tokens")
    if session.cost:
        parts.append(f"{session.cost:g} premium requests")
    return "".join(f", {part}" for part in parts)


def count_of(number: int) -> str:
    """A number that may be large, in short."""
    if number < 1_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1_000:.1f} k"
    return f"{number / 1_000_000:.1f} M"


def sessions(lines: Sequence[str], *, has_more: bool) -> str:
    """A person's sessions."""
    more = "\n\nThese are the newest." if has_more else ""
    return "Your conversations with me:\n\n" + "\n".join(lines) + more


def resume(number: int) -> str:
    """What the button says that lets a session of a list go on."""
    return f"Resume {number}"


def resumed(title: str) -> str:
    """An older conversation goes on."""
    named = f" **{title}**" if title else ""
    return f"The earlier conversation{named} goes on from here: what was said since is not in it."


def renamed(title: str) -> str:
    """A conversation has a person's title."""
    return f"This conversation is called **{title}** from now on."


def confirm_delete(title: str, older: int) -> str:
    """Whether all of a conversation shall be deleted."""
    named = f" **{title}**" if title else ""
    with_older = ""
    if older:
        with_older = " and its older one" if older == 1 else f" and its {older} older ones"
    return (
        f"Shall I delete this conversation{named}{with_older} for good: what was said to me, what "
        "I remember, and all files? This cannot be undone."
    )


def confirm_delete_older(session: KnownSession) -> str:
    """Whether an older session shall be deleted."""
    return (
        f"Shall I delete the older conversation **{session_title(session)}** for good, with its "
        "files? This cannot be undone."
    )


def taken_back(prompts: Sequence[str]) -> str:
    """Prompts were taken back."""
    count = "your last prompt" if len(prompts) == 1 else f"your last {len(prompts)} prompts"
    shown = prompts[-_MOST_SHOWN:]
    quoted = "\n>\n".join(_quoted(prompt) for prompt in shown)
    more = "" if len(shown) == len(prompts) else f" The newest {len(shown)}:"
    return f"I took back {count}, and what came of it.{more}\n\n{quoted}"


def compacted(before: int, after: int) -> str:
    """A session is smaller."""
    return (
        f"I summed up what was said: what I read with each prompt went from {count_of(before)} to "
        f"{count_of(after)} tokens."
    )


def forked(place: str, left_out: int) -> str:
    """A new thread goes on from here."""
    without = ""
    if left_out:
        without = (
            " without your last prompt"
            if left_out == 1
            else (f" without your last {left_out} prompts")
        )
    return f"A new thread goes on from here{without}: {place}"


def forked_from(place: str, title: str) -> str:
    """What a new thread begins with."""
    named = f" **{title}**" if title else " a conversation"
    return f"This goes on from{named} in {place}. Say something: I know what was said there."


def move_code(code: str, minutes: int) -> str:
    """How to go on elsewhere."""
    return (
        f"Say `resume {code}` where this shall go on: in another channel, in our direct message, "
        f"or on another platform.\n\nThe code is good once, for {minutes} minutes. Whoever can "
        "read that place can then ask me about all that was said here: keep the code to yourself."
    )


def summary_code(code: str, minutes: int) -> str:
    """How to go on elsewhere with a summary."""
    return (
        f"Say `resume {code}` where this shall go on. The code is good once, for {minutes} "
        "minutes, and carries a summary of what was said: not the words themselves, no files."
    )


def handed_over(summary: str) -> str:
    """What Copilot is told where a summary goes on; a person may read it as well."""
    return (
        "A conversation that was held elsewhere goes on here. This is what it came to:\n\n"
        f"{summary}\n\nSay in one sentence what it was about, and ask how to go on."
    )


def confirm_carry(title: str) -> str:
    """Whether a private conversation shall go on where others read."""
    named = f" **{title}**" if title else ""
    return (
        f"The conversation{named} was private. Here everybody can ask me about all that was said "
        "in it. Shall it go on here?"
    )


def confirm_carry_to(title: str, channel: str) -> str:
    """Whether a conversation shall go on in a channel."""
    named = f" **{title}**" if title else ""
    return (
        f"Shall the conversation{named} go on in {channel}? Everybody there can ask me about all "
        "that was said in it."
    )


def no_channel(named: str) -> str:
    """There is no such channel for that person."""
    return f"I know of no channel {named} in which both of us may write."


def begun_with(title: str) -> str:
    """What the thread begins with in which a conversation goes on."""
    return (
        f"The conversation **{title}** goes on here." if title else "A conversation goes on here."
    )


def came_from(title: str, place: str) -> str:
    """A conversation came from elsewhere."""
    named = f" **{title}**" if title else ""
    return (
        f"The conversation{named} came from {place} and goes on here: I know what was said there."
    )


def went_to(place: str) -> str:
    """A conversation went elsewhere."""
    return f"This conversation goes on in {place}. {STARTED_AFRESH}"


def who_one_is(
    *,
    name: str,
    id_: str,
    platform: str,
    roles: Sequence[str],
    defaults: Defaults,
    sessions: int,
    tokens: int,
    cost: float,
) -> str:
    """What the bot knows of a person.

    Args:
        name: what others see; may be empty.
        id_: the platform's id of them.
        platform: its short name.
        roles: what they may do.
        defaults: what they chose for the conversations that they begin.
        sessions: how many conversations they have.
        tokens: what those took.
        cost: in the provider's premium requests.
    """
    begins = " and ".join(facts(defaults))
    lines = [
        f"**{name or id_}** on {PLATFORMS.get(platform, platform)} (`{id_}`)",
        "",
        *(f"- {role}" for role in roles),
        *([f"- what you begin has {begins}"] if begins else []),
        f"- conversations with me: {sessions}",
    ]
    if tokens or cost:
        costs = f", {cost:g} premium requests" if cost else ""
        lines.append(f"- what they took: {count_of(tokens)} tokens{costs}")
    return "\n".join(lines)


PLATFORMS = {"slack": "Slack", "discord": "Discord"}
"""What the platforms are called."""

MAY_USE = "you may use me"
MAY_DECIDE_ALL = "you may decide what others are asked: you are an approver"
MAY_RAISE = "you may raise budgets, and see what each person has spent: you are an administrator"
DIRECT_MESSAGE = "our direct message"


def files_not_sent(names: Sequence[str]) -> str:
    """A conversation was written down, but not put into the thread."""
    named = ", ".join(f"`{name}`" for name in names)
    return f"I could not put {named} here: too large, or not permitted."


def a_thread_on(platform: str) -> str:
    """A place without a link."""
    return f"a thread on {PLATFORMS.get(platform, platform)}"


def link(label: str, address: str) -> str:
    """A place with a link."""
    return f"[{label}]({address})"


def _quoted(prompt: str) -> str:
    words = prompt.strip()
    shown = words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"
    return "\n".join(f"> {line}" for line in shown.splitlines()) or "> …"
