"""The page's files: what can be seen of them without a browser."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "playground" / "page"
MODULES = sorted((PAGE / "js").rglob("*.js"))
STYLES = sorted((PAGE / "css").rglob("*.css"))
INDEX = (PAGE / "index.html").read_text()


def names(paths: list[Path]) -> list[str]:
    """Paths as a test's ids."""
    return [path.relative_to(PAGE).as_posix() for path in paths]


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_imports_are_there(module: Path) -> None:
    """Each module imports files that exist, by relative paths, and nothing from elsewhere."""
    for imported in re.findall(r'(?:^|\s)(?:import|from)\s+"([^"]+)"', module.read_text()):
        assert imported.startswith(("./", "../"))
        assert (module.parent / imported).is_file()


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_text_never_becomes_markup(module: Path) -> None:
    """No module has a way to turn text into markup or code."""
    text = module.read_text()
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "srcdoc",
        "eval(",
        "new Function",
    ):
        assert way not in text


@pytest.mark.parametrize("module", MODULES, ids=names(MODULES))
def test_module_says_what_it_is_for(module: Path) -> None:
    """Each module begins with a comment that says what it is for."""
    assert module.read_text().startswith("/**")


def test_index_is_fit_for_a_strict_policy() -> None:
    """The page holds no inline script, style or handler, and a policy that refuses them."""
    assert not re.search(r"<script(?![^>]*\bsrc=)", INDEX)
    assert not re.search(r"<style|\sstyle=|\son\w+=", INDEX)
    assert "default-src 'none'" in INDEX
    assert "unsafe" not in INDEX


def test_index_names_files_that_exist() -> None:
    """Every file that the page loads is there, and comes from the page's own server."""
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', INDEX)
    assert addresses
    for address in addresses:
        assert address.startswith("/static/")
        assert (PAGE / address.removeprefix("/static/")).is_file()


def test_every_module_is_fetched_at_once() -> None:
    """All modules are preloaded: none waits until another has been read."""
    preloaded = set(re.findall(r'modulepreload" href="/static/([^"]+)"', INDEX))
    types_only = {"js/nodes.js", "js/platforms/platform.js"}
    assert preloaded == set(names(MODULES)) - types_only - {"js/main.js"}


def test_nothing_comes_from_elsewhere() -> None:
    """No style or module loads a font, an image or a script from another server."""
    for path in [*STYLES, *MODULES]:
        for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`)]*", path.read_text()):
            assert "www.w3.org" in address, path.name


def test_styles_use_names_that_exist() -> None:
    """Each custom property that a style refers to is defined in one of them."""
    css = "\n".join(path.read_text() for path in STYLES)
    defined = set(re.findall(r"(--[\w-]+)\s*:", css)) | {"--avatar", "--stripe"}
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= defined


def test_icons_asked_for_are_drawn() -> None:
    """Each icon that a module asks for is one that the page has."""
    icons = set(re.findall(r"^  (\w+): \"[Mm]", (PAGE / "js/icon.js").read_text(), re.MULTILINE))
    asked = {
        name
        for module in MODULES
        for found in re.findall(r"""\bicon\("(\w+)"|icon: "(\w+)\"""", module.read_text())
        for name in found
        if name
    }
    assert asked <= icons
