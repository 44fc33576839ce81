"""Finds the route of an address, or says what is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from playground.discord.errors import DiscordError, not_found
from playground.discord.rest.call import Route


@dataclass(slots=True)
class _Node:
    fixed: dict[str, "_Node"] = field(default_factory=dict)
    named: "_Node | None" = None
    name: str = ""
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """A tree of routes.

    Args:
        routes: all of them.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node, names = self._root, []
            for step in route.path.strip("/").split("/"):
                if step.startswith("{"):
                    names.append(step[1:-1])
                    if node.named is None:
                        node.named = _Node()
                    node = node.named
                else:
                    node = node.fixed.setdefault(step, _Node())
            node.routes[route.http] = (route, tuple(names))

    def find(self, http: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and the ids in the address.

        Args:
            http: the HTTP method.
            path: the address, without the base.

        Raises:
            DiscordError: 404 where there is no such address, 405 where it has no such method.
        """
        node, given = self._walk(self._root, path.strip("/").split("/"), ())
        if node is None or not node.routes:
            raise not_found()
        found = node.routes.get(http)
        if found is None:
            raise DiscordError(405, 0, "405: Method Not Allowed")
        route, names = found
        return route, dict(zip(names, given, strict=True))

    def _walk(
        self, node: _Node, steps: list[str], given: tuple[str, ...]
    ) -> tuple[_Node | None, tuple[str, ...]]:
        if not steps:
            return node, given
        step, rest = steps[0], steps[1:]
        if step in node.fixed:
            found, ids = self._walk(node.fixed[step], rest, given)
            if found is not None and found.routes:
                return found, ids
        if node.named is not None and step:
            return self._walk(node.named, rest, (*given, step))
        return None, given
