import tomllib

import pytest

from matcher.config.locate import before_equals, key_lines, line_of, split_key

TEXT = '''# a comment with [a.header] in it
name = 1
"x = y" = 'q # no comment'
[columns]   # what the form asks
"What [would] # you = like" = "contexts"
list = [ 1, # one ]
  2,
  {a = 1}]
text = """
[not.a.table]
x = "1" = ''
"""
[[features]]
name = "a"
[[features]]

 name = "b"
shape = [[0,1],
[1,1]]
[features.sub]
z.k = 3
[tune]
[[tune.explore]]
key = "x"'''


def test_lines_are_those_a_person_sees() -> None:
    """Strings, comments, arrays and blocks over several lines do not shift any line."""
    tomllib.loads(TEXT)
    assert key_lines(TEXT) == {
        ("name",): 2,
        ("x = y",): 3,
        ("columns",): 4,
        ("columns", "What [would] # you = like"): 5,
        ("columns", "list"): 6,
        ("columns", "text"): 9,
        ("features",): 13,
        ("features", 0): 13,
        ("features", 0, "name"): 14,
        ("features", 1): 15,
        ("features", 1, "name"): 17,
        ("features", 1, "shape"): 18,
        ("features", 1, "sub"): 20,
        ("features", 1, "sub", "z"): 21,
        ("features", 1, "sub", "z", "k"): 21,
        ("tune",): 22,
        ("tune", "explore"): 23,
        ("tune", "explore", 0): 23,
        ("tune", "explore", 0, "key"): 24,
    }


def test_a_key_inside_an_inline_value_takes_the_line_around_it() -> None:
    """The depth tells how far the path was found."""
    lines = key_lines(TEXT)
    assert line_of(("columns", "list", 2, "a"), lines) == (2, 6)
    assert line_of(("nowhere", "at", "all"), lines) == (0, 0)


@pytest.mark.parametrize(
    ("dotted", "path"),
    [("a.b", ("a", "b")), ('a."b.c"', ("a", "b.c")), (" a . b ", ("a", "b")), ("'x'", ("x",))],
)
def test_dotted_keys_split_as_toml_says(dotted: str, path: tuple[str, ...]) -> None:
    """Quotes protect dots."""
    assert split_key(dotted) == path


@pytest.mark.parametrize("broken", ["", "a..b", "a b", "a\nb", "a = 1\nb", '"a'])
def test_what_is_no_key_is_refused(broken: str) -> None:
    """Nothing but one key passes, so a value cannot smuggle in a second one."""
    with pytest.raises(tomllib.TOMLDecodeError):
        split_key(broken)


def test_the_key_ends_at_the_first_equals_outside_quotes() -> None:
    """A quoted column title may hold the sign itself."""
    assert before_equals('columns."a = b" = "c = d"') == 'columns."a = b"'
