"""Embeds: what Discord takes and what it makes of them.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from urllib.parse import urlsplit

from playground.discord.form import Form
from playground.payload import Payload

MOST = 10
_LONGEST_IN_ALL = 6000
_SCHEMES = ("http", "https", "attachment")


def read_embeds(form: Form) -> list[Payload]:
    """Return a message's embeds as Discord keeps them.

    Args:
        form: the message.
    """
    embeds = []
    length = 0
    for index, given in enumerate(form.items("embeds", at_most=MOST)):
        embed, its_length = _embed(form.part(given, "embeds", index))
        embeds.append(embed)
        length += its_length
    if length > _LONGEST_IN_ALL:
        form.wrong(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {_LONGEST_IN_ALL}",
        )
    return embeds


def _embed(form: Form) -> tuple[Payload, int]:
    embed: Payload = {"type": "rich"}
    texts = [
        form.text("title", at_most=256),
        form.text("description", at_most=4096),
    ]
    for name, text in zip(("title", "description"), texts, strict=True):
        if text:
            embed[name] = text
    url = form.text("url", at_most=2048)
    if url and _is_address(form, "url", url):
        embed["url"] = url
    if form.body.get("timestamp"):
        embed["timestamp"] = str(form.body["timestamp"])
    if form.body.get("color") is not None:
        embed["color"] = form.number("color", at_most=0xFFFFFF)
    for name, inner_name, at_most in (("footer", "text", 2048), ("author", "name", 256)):
        given = form.body.get(name)
        if isinstance(given, dict):
            inner = form.part(given, name)
            text = inner.text(inner_name, at_most=at_most, at_least=1, required=True)
            texts.append(text)
            embed[name] = {key: value for key, value in given.items() if value is not None}
    for name in ("image", "thumbnail"):
        given = form.body.get(name)
        url = str(given.get("url") or "") if isinstance(given, dict) else ""
        if url and _is_address(form, (name, "url"), url):
            embed[name] = {"url": url}
    fields = []
    for index, given in enumerate(form.items("fields", at_most=25)):
        inner = form.part(given, "fields", index)
        title = inner.text("name", at_most=256, at_least=1, required=True)
        value = inner.text("value", at_most=1024, at_least=1, required=True)
        texts += [title, value]
        fields.append({"name": title, "value": value, "inline": bool(given.get("inline"))})
    if fields:
        embed["fields"] = fields
    return embed, sum(len(text) for text in texts if text)


def _is_address(form: Form, at: str | tuple[str, ...], url: str) -> bool:
    if urlsplit(url).scheme in _SCHEMES:
        return True
    form.wrong(
        at,
        "URL_TYPE_INVALID_SCHEME",
        f'Scheme "{urlsplit(url).scheme}" is not supported. '
        "Scheme must be one of ('http', 'https').",
    )
    return False
