"""Makes pictures fit for models, apart from the bot's own process."""

from __future__ import annotations

from adapters.apart.process import Apart, Broken, Limits, OutOfTime, Refused
from bot.errors import DocumentUnreadable
from bot.ports import Image

_LIMITS = Limits(seconds=20, memory=1024 * 1024 * 1024, answer=16 * 1024 * 1024)


class PictureFitter:
    """Makes pictures small, upright and free of what they say besides."""

    def __init__(self) -> None:
        self._apart = Apart("adapters.documents.pictures", _LIMITS)

    async def fit(self, image: Image) -> Image:
        """A picture as models take it: JPEG or PNG, 1,568 pixels at the longest side.

        Raises:
            DocumentUnreadable: it is no picture, damaged, too large, or in a format that cannot be
                read; says so in a sentence.
        """
        try:
            answer = await self._apart.work({}, image.content)
        except Refused as exc:
            raise DocumentUnreadable(str(exc)) from exc
        except (OutOfTime, Broken) as exc:
            raise DocumentUnreadable(
                "The picture is damaged or too large to be read: send a smaller one."
            ) from exc
        return Image(name=image.name, type=str(answer.told["type"]), content=answer.content)
