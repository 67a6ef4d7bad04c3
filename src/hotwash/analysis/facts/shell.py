"""Command lines taken apart: which programs ran, with which words, and whose failure the exit code can show.

A tolerant splitter, not a shell: quotes, heredocs, pipes, lists, substitutions and the usual wrappers. It never raises and is linear in the
length of the command, because transcripts hold anything.
"""

import re
from functools import lru_cache

import msgspec

from hotwash.analysis.facts.model import Program

MAX_COMMAND_CHARS = 20_000
"""Only the start of a longer command is parsed: what follows is data (generated scripts), not programs a person would look at."""
MAX_PROGRAMS = 200
MAX_NESTING = 3
"""Depth of `bash -c "bash -c …"` that is followed."""
MAX_WRAPPERS = 16
"""Of programs that run another (`sudo env timeout 5 …`) before one command. Real ones have three at most."""

_TOKEN = re.compile(
    r"""
      (?P<space>(?:[ \t\r]|\\\n)++)
    | (?P<comment>(?<![^\s;|&(])\#[^\n]*+)
    | (?P<heredoc><<-?[ \t]*+(?P<quote>['"]?)(?P<mark>[\w.-]++)(?P=quote))
    | (?P<redirect>\d*+(?:&>>|&>|>>|>\||>&|<<<|<&|<>|>|<)[ \t]*+)
    | (?P<open>\$\(\(?+|`|<\(|>\(|\()
    | (?P<close>\)++)
    | (?P<list>&&|\|\||;;&?|\|&|;|\||&|\n)
    | (?P<word>(?:[^\s'"\\;|&()<>`$]++|'[^']*+'|"(?:[^"\\]++|\\.)*+"|\\.|\$(?!\()['"]?+)++)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""'([^']*+)'|"((?:[^"\\]++|\\.)*+)"|\\(.)|([^'"\\]++)""", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*+\+?=")
_BLOCK_WORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "time", "fi", "done", "esac"})
_HEADER_WORDS = frozenset({"for", "case", "select", "function", "in"})
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})

_WRAPPERS: dict[str, frozenset[str]] = {
    # wrapper: its options that take a value
    "sudo": frozenset({"-u", "-g", "-C", "-h", "-p", "--user", "--group"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "gtimeout": frozenset({"-k", "-s"}),
    "xargs": frozenset({"-I", "-n", "-P", "-L", "-d", "-s", "-a"}),
    "nice": frozenset({"-n"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "nohup": frozenset(),
    "command": frozenset(),
    "exec": frozenset(),
    "builtin": frozenset(),
    "npx": frozenset({"-p", "--package", "-w", "--workspace"}),
    "bunx": frozenset(),
    "pnpx": frozenset(),
    "uvx": frozenset({"--from", "--with", "-p", "--python"}),
}
"""Programs that run another one, which is the one that matters."""

_RUNNERS: dict[tuple[str, str], frozenset[str]] = {
    ("uv", "run"): frozenset({"--with", "--extra", "--group", "--python", "-p", "--project", "--directory", "--package", "--env-file"}),
    ("poetry", "run"): frozenset(),
    ("pipenv", "run"): frozenset(),
    ("hatch", "run"): frozenset(),
    ("pdm", "run"): frozenset(),
    ("rye", "run"): frozenset(),
    ("pnpm", "exec"): frozenset(),
    ("pnpm", "dlx"): frozenset(),
    ("yarn", "dlx"): frozenset(),
    ("yarn", "exec"): frozenset(),
    ("npm", "exec"): frozenset(),
    ("bundle", "exec"): frozenset(),
    ("mise", "exec"): frozenset(),
    ("mise", "x"): frozenset(),
}
"""Subcommands that run another program."""

_WITH_SUBCOMMAND = frozenset(
    """apt apt-get ant az aws bazel biome brew buf bun bundle cargo composer conda deno docker docker-compose dotnet flutter fly gcloud gh git
    glab go golangci-lint gradle gradlew hatch helm just kubectl lerna make mise mix moon mvn mvnw nix npm nx pip pip3 playwright pnpm podman
    poetry pre-commit rails rake rustup ruff sbt svn swift systemctl task terraform turbo uv vercel wrangler yarn zig cypress pdm""".split()  # noqa: SIM905 - words in a line read better than a quoted word a line
)
_SUBCOMMAND_VALUE_OPTIONS: dict[str, frozenset[str]] = {
    "git": frozenset({"-C", "-c", "--git-dir", "--work-tree"}),
    "make": frozenset({"-C", "-f", "-j"}),
    "npm": frozenset({"--prefix", "-w", "--workspace"}),
    "pnpm": frozenset({"-C", "--dir", "-F", "--filter"}),
    "yarn": frozenset({"--cwd"}),
    "docker": frozenset({"-H", "--context"}),
    "mvn": frozenset({"-f", "-pl"}),
    "gh": frozenset({"-R", "--repo"}),
    "kubectl": frozenset({"-n", "--namespace", "--context"}),
    "just": frozenset({"-f", "-d"}),
    "mise": frozenset({"-C", "--cd"}),
}


class CommandLine(msgspec.Struct, frozen=True, kw_only=True):
    programs: tuple[Program, ...] = ()
    piped: bool = False
    """The line ends in a pipe (without `pipefail`), so its exit code is that of the last program alone."""


@lru_cache(maxsize=4096)
def parse_command(command: str) -> CommandLine:
    """The programs of a command line in order of appearance. Commands that make no sense give what can be told."""
    return _parse(command[:MAX_COMMAND_CHARS], 0)


class _Segment:
    """Words of one simple command while the line is scanned, and the operator that ended it."""

    __slots__ = ("ended_by", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.ended_by = ""


def _parse(text: str, depth: int) -> CommandLine:
    segments = _split(text)
    hidden = _hidden(segments)
    strict_pipes = any("pipefail" in s.words for s in segments)
    programs: list[Program] = []
    for segment, is_hidden in zip(segments, hidden, strict=True):
        programs.extend(_as_hidden(p) if is_hidden else p for p in _programs(segment.words, depth))
        if len(programs) >= MAX_PROGRAMS:
            break
    ending = [s for s in segments if s.words]
    piped = len(ending) > 1 and ending[-2].ended_by in ("|", "|&") and not strict_pipes
    return CommandLine(programs=tuple(programs), piped=piped)


def _as_hidden(program: Program) -> Program:
    return program if program.hidden else msgspec.structs.replace(program, hidden=True)


def _split(text: str) -> list[_Segment]:
    """Simple commands with the operator after each. Substitutions become segments of their own, before the command that holds them."""
    done: list[_Segment] = []
    stack: list[_Segment] = []
    current = _Segment()
    heredocs: list[str] = []
    position, end, skip_word = 0, len(text), False
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            break
        position = token.end()
        kind = token.lastgroup
        if kind == "word":
            if not skip_word:
                current.words.append(_unquote(token.group()))
            skip_word = False
        elif kind == "mark" or kind == "heredoc":
            heredocs.append(token.group("mark"))
        elif kind == "redirect":
            skip_word = True
        elif kind == "open":
            stack.append(current)
            current = _Segment()
        elif kind == "close":
            current.ended_by = ")"
            done.append(current)
            current = stack.pop() if stack else _Segment()
        elif kind == "list":
            operator = token.group()
            skip_word = False
            current.ended_by = operator
            done.append(current)
            current = _Segment()
            if operator == "\n" and heredocs:
                position = _after_heredocs(text, position, heredocs)
                heredocs = []
    done.append(current)
    done.extend(reversed(stack))
    return [s for s in done if s.words]


def _after_heredocs(text: str, position: int, marks: list[str]) -> int:
    """Where the command goes on after the bodies of its heredocs; the end where one is not closed."""
    for mark in marks:
        closing = re.compile(r"^\t*" + re.escape(mark) + r"[ \t]*$", re.MULTILINE).search(text, position)
        if closing is None:
            return len(text)
        position = closing.end() + 1
    return position


def _unquote(word: str) -> str:
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    return "".join(single or double.replace('\\"', '"') or escaped or plain for single, double, escaped, plain in _QUOTED.findall(word))


def _hidden(segments: list[_Segment]) -> list[bool]:
    """For each segment, whether its failure would leave the line's exit code at zero. `set -e` makes every failure show."""
    stops_at_failure = any(s.words[0] == "set" and any(w.startswith("-") and "e" in w for w in s.words[1:]) for s in segments)
    hidden = [False] * len(segments)
    shows = True
    for index in range(len(segments) - 1, -1, -1):
        operator = segments[index].ended_by if index < len(segments) - 1 else ""
        if operator in ("|", "|&", ")", "&"):
            hidden[index] = True
            continue
        if operator == "||" or (operator in (";", "\n", ";;") and not stops_at_failure):
            shows = False
        hidden[index] = not shows
    return hidden


def _programs(words: list[str], depth: int, wrappers: int = 0) -> list[Program]:
    """The program of a simple command, behind assignments, block words and wrappers; those of a `sh -c` script."""
    index = 0
    while index < len(words) and (words[index] in _BLOCK_WORDS or _ASSIGNMENT.match(words[index])):
        index += 1
    if index >= len(words) or words[index] in _HEADER_WORDS:
        return []
    name = _base_name(words[index])
    rest = words[index + 1 :]
    if wrappers == MAX_WRAPPERS:
        return [_program(name, rest)]
    if name in _WRAPPERS:
        wrapped = _past_options(rest, _WRAPPERS[name], numbers=name.endswith(("timeout", "nice")))
        return _programs(wrapped, depth, wrappers + 1) or [Program(name=name)]
    if name in _SHELLS and depth < MAX_NESTING:
        for at, word in enumerate(rest[:-1]):
            if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
                return list(_parse(rest[at + 1], depth + 1).programs)
    if rest and (name, rest[0]) in _RUNNERS:
        behind = _programs(_past_options(rest[1:], _RUNNERS[(name, rest[0])]), depth, wrappers + 1)
        if behind:
            return behind
    if name.startswith("python") and len(rest) > 1 and rest[0] == "-m":
        return [_program(rest[1], rest[2:])]
    return [_program(name, rest)]


def _past_options(words: list[str], with_value: frozenset[str], *, numbers: bool = False) -> list[str]:
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--":
            return words[index + 1 :]
        if word.startswith("-"):
            index += 2 if word in with_value else 1
        elif (numbers and word[:1].isdigit()) or _ASSIGNMENT.match(word):
            index += 1
        else:
            break
    return words[index:]


def _program(name: str, words: list[str]) -> Program:
    if name not in _WITH_SUBCOMMAND:
        return Program(name=name, words=tuple(words))
    with_value = _SUBCOMMAND_VALUE_OPTIONS.get(name, frozenset())
    index = 0
    while index < len(words):
        if words[index].startswith("-"):
            index += 2 if words[index] in with_value else 1
        elif _ASSIGNMENT.match(words[index]):
            index += 1
        else:
            return Program(name=name, subcommand=words[index], words=tuple(words[:index] + words[index + 1 :]))
    return Program(name=name, words=tuple(words))


def _base_name(word: str) -> str:
    name = word.rstrip("/").rpartition("/")[2]
    return name.removesuffix(".exe")
