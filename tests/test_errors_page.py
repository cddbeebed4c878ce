import re
from pathlib import Path

CODE = re.compile(r"\b[EWICS]_[A-Z][A-Z_]*[A-Z]\b")


def codes_in_source(root: Path) -> set[str]:
    """Return every code that stands as a literal in the package."""
    quoted = re.compile(rf"""["']({CODE.pattern})["']""")
    files = (root / "src").rglob("*.py")
    return {code for path in files for code in quoted.findall(path.read_text("utf-8"))}


def codes_on_page(root: Path) -> set[str]:
    """Return the codes that have a row of their own on the page."""
    page = (root / "docs" / "errors.md").read_text("utf-8")
    return set(re.findall(rf"^\| `({CODE.pattern})` \|", page, re.MULTILINE))


def test_every_code_is_explained(root: Path) -> None:
    """Whoever meets a code finds its meaning and remedy."""
    assert codes_in_source(root) - codes_on_page(root) == set()


def test_every_explained_code_exists(root: Path) -> None:
    """The page promises no check that the code does not make."""
    mentioned = {
        code
        for path in (root / "src").rglob("*.py")
        for code in CODE.findall(path.read_text("utf-8"))
    }
    assert codes_on_page(root) - mentioned == set()
