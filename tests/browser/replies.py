"""A reply with everything in it, as Copilot writes it and as each platform gets it."""

from adapters.discord.dialect import DiscordDialect
from adapters.slack.dialect import SlackDialect
from bot import splitting

LINK = "https://docs.python.org/3/library/threading.html"
PICTURE = "https://example.com/a.png"
REPLY = f"""## What a lock costs

A **mutex** lets *one thread at a time* in, with `lock.acquire()`:

1. the first takes it
   - the others wait
     - in a line
2. the owner gives it back

```python
with lock:  # nobody else is in here
    total += amount * 1.5
```

| Kind | Owner | Cost |
|:-----|:-----:|-----:|
| Mutex | one thread | 25 ns |
| 信号量 | `nobody` | 140 ns |
| 🔒 Spinlock | a core | **5 ns** |

> Measured on one machine.

See [the documentation]({LINK}) and ![a picture]({PICTURE}).
"""

_LONGEST = 1_700


def in_slack(text: str = REPLY) -> str:
    """The Markdown that the bot sends to Slack."""
    return "\n\n".join(splitting.split(text, _LONGEST, dialect=SlackDialect(lambda _: "")))


def in_discord(text: str = REPLY) -> str:
    """The Markdown that the bot sends to Discord."""
    return "\n\n".join(splitting.split(text, _LONGEST, dialect=DiscordDialect()))
