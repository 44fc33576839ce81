"""The operator's rules on permissions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.place import Place
from bot.policy import Policy, Rule, Ruling, read_policy
from bot.requests import Need, Wanted

_HERE = Place(platform="slack", channel="C1", person="U1")


def _shell(*commands: str, **more: object) -> Wanted:
    given: dict[str, object] = {"need": Need.SHELL, "tool": "bash", "commands": commands, **more}
    return Wanted(**given)  # type: ignore[arg-type]


def test_without_a_rule_people_are_asked() -> None:
    """What no rule speaks of is asked."""
    assert Policy().judge(_shell("ls"), _HERE).ruling is Ruling.ASK


def test_the_first_rule_that_matches_wins() -> None:
    """Later rules do not count where an earlier one matches."""
    policy = Policy(
        [
            Rule(decide=Ruling.DENY, command="git push*", reason="Pushing is done by people."),
            Rule(decide=Ruling.ALLOW, command="git *"),
        ]
    )
    assert policy.judge(_shell("git status"), _HERE).ruling is Ruling.ALLOW
    verdict = policy.judge(_shell("git push origin"), _HERE)
    assert verdict.ruling is Ruling.DENY
    assert verdict.reason == "Pushing is done by people."


def test_every_command_of_a_line_is_judged() -> None:
    """A line is allowed only where each of its commands is; one that is denied denies the line."""
    policy = Policy(
        [Rule(decide=Ruling.ALLOW, command="git *"), Rule(decide=Ruling.DENY, command="rm *")]
    )
    assert policy.judge(_shell("git status", "git diff"), _HERE).ruling is Ruling.ALLOW
    assert policy.judge(_shell("git status", "make"), _HERE).ruling is Ruling.ASK
    assert policy.judge(_shell("git status", "rm -rf /"), _HERE).ruling is Ruling.DENY


def test_a_command_that_writes_files_or_reaches_hosts_needs_that_allowed_too() -> None:
    """Allowing a command allows neither its redirections nor the hosts that it names."""
    policy = Policy([Rule(decide=Ruling.ALLOW, command="echo *")])
    redirected = _shell("echo a", paths=("/etc/passwd",), writes_files=True)
    assert policy.judge(redirected, _HERE).ruling is Ruling.ASK
    assert policy.judge(_shell("echo a", hosts=("evil.example",)), _HERE).ruling is Ruling.ASK
    both = Policy(
        [
            Rule(decide=Ruling.ALLOW, command="echo *"),
            Rule(decide=Ruling.ALLOW, path="/work/*"),
        ]
    )
    inside = _shell("echo a", paths=("/work/a",), writes_files=True)
    assert both.judge(inside, _HERE).ruling is Ruling.ALLOW


@pytest.mark.parametrize(
    ("rule", "ruling"),
    [
        (Rule(decide=Ruling.DENY, need=Need.URL), Ruling.DENY),
        (Rule(decide=Ruling.DENY, need=Need.SHELL), Ruling.ASK),
        (Rule(decide=Ruling.ALLOW, host="*.example.org"), Ruling.ALLOW),
        (Rule(decide=Ruling.ALLOW, host="example.org"), Ruling.ASK),
        (Rule(decide=Ruling.ALLOW, tool="web_*"), Ruling.ALLOW),
        (Rule(decide=Ruling.ALLOW, person="U1"), Ruling.ALLOW),
        (Rule(decide=Ruling.ALLOW, person="U2"), Ruling.ASK),
        (Rule(decide=Ruling.ASK_TWO, channel="C1"), Ruling.ASK_TWO),
        (Rule(decide=Ruling.ALLOW, platform="discord"), Ruling.ASK),
        (Rule(decide=Ruling.ALLOW, command="*"), Ruling.ASK),
    ],
)
def test_what_a_rule_can_name(rule: Rule, ruling: Ruling) -> None:
    """A rule matches by kind, tool, command, path, host, platform, channel and person."""
    wanted = Wanted(need=Need.URL, tool="web_fetch", hosts=("docs.example.org",))
    assert Policy([rule]).judge(wanted, _HERE).ruling is ruling


@given(
    st.lists(
        st.builds(
            Rule,
            decide=st.sampled_from(Ruling),
            command=st.sampled_from(["", "a", "a*", "b ?", "*"]),
            path=st.sampled_from(["", "/w/*", "/etc/*"]),
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from(["a", "ab", "b c", "d"]), max_size=4),
    st.lists(st.sampled_from(["/w/x", "/etc/y"]), max_size=2),
)
def test_more_to_do_is_never_judged_milder(
    rules: list[Rule], commands: list[str], paths: list[str]
) -> None:
    """Adding a command or a path to what is wanted never makes the verdict milder."""
    policy = Policy(rules)
    less = _shell("a", *commands, writes_files=True)
    more = _shell("a", *commands, "d", paths=tuple(paths), writes_files=True)
    assert policy.judge(more, _HERE).ruling >= policy.judge(less, _HERE).ruling


def test_a_file_of_rules(tmp_path: Path) -> None:
    """A policy file holds the rules in their order."""
    path = tmp_path / "policy.toml"
    path.write_text(
        '[[rule]]\ntool = "bash"\ncommand = "ls*"\ndecide = "allow"\n'
        '[[rule]]\nneed = "shell"\ndecide = "ask-two"\nreason = "Two people, please."\n'
    )
    policy = read_policy(path)
    assert policy.judge(_shell("ls -l"), _HERE).ruling is Ruling.ALLOW
    assert policy.judge(_shell("make"), _HERE).ruling is Ruling.ASK_TWO


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule = 1", "[[rule]]"),
        ("[other]\n", "other"),
        ('[[rule]]\ndecide = "perhaps"', "rule 1: decide must be one of"),
        ('[[rule]]\ndecide = "allow"\n[[rule]]\ndecide = "deny"\nhots = "x"', "rule 2: knows no"),
        ('[[rule]]\ndecide = "allow"\nneed = "fly"', "rule 1: need must be one of"),
        ("[[rule]]\ndecide = 3", "rule 1: decide must be a text"),
        ("[[rule", "is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    """What no rule can say is refused in one sentence that names the rule."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_policy(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is said to be missing, by the setting's name."""
    with pytest.raises(SettingsError, match=r"THREADPILOT_POLICY: .* cannot be read"):
        read_policy(tmp_path / "none.toml")
