"""What an error line is a symptom of. One table for the four kinds that show in error lines, so that a line belongs to one kind only."""

import re
from functools import lru_cache
from typing import Literal

import msgspec

SymptomKind = Literal["environment", "access", "service", "tool_use"]


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    kind: SymptomKind
    cause: str
    """Stable name of the cause, for the fingerprint."""
    label: str
    """A few words; `{}` takes what the line names."""
    pattern: re.Pattern[str]
    """Group 1, where there is one, is the thing the line names."""
    of_edits: bool = False
    """A refused edit: what counts is the file, not the reason of each refusal."""
    of_paths: bool = False
    """A guessed path: each costs its own call and no more, whichever tool was asked."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    symptom: Symptom
    subject: str
    """What the line names: a program, a module, a host; empty where it names nothing."""

    @property
    def label(self) -> str:
        return self.symptom.label.format(self.subject).strip(" :")

    @property
    def cause(self) -> str:
        return f"{self.symptom.cause} {self.subject}".strip()


def _symptom(kind: SymptomKind, cause: str, label: str, pattern: str, *, of_edits: bool = False, of_paths: bool = False) -> Symptom:
    return Symptom(kind=kind, cause=cause, label=label, pattern=re.compile(pattern, re.IGNORECASE), of_edits=of_edits, of_paths=of_paths)


SYMPTOMS: tuple[Symptom, ...] = (
    # the agent's own call
    _symptom("tool_use", "edit text not found", "edit text not found", r"string to replace not found|no match found for|old_str(?:ing)?\b.* (?:not found|did not appear)|failed to find expected lines|could not find the string|invalid context \d+", of_edits=True),
    _symptom("tool_use", "edit text not unique", "edit text matches several places", r"found \d+ matches of the string to replace|multiple occurrences of old_str|not unique in the file", of_edits=True),
    _symptom("tool_use", "file not read before edit", "file edited before it was read", r"file has not been read yet|must (?:first )?read the file|use your read tool first", of_edits=True),
    _symptom("tool_use", "file changed since read", "edit of a file that changed since it was read", r"file has been (?:unexpectedly )?modified since", of_edits=True),
    _symptom("tool_use", "invalid tool arguments", "tool called with invalid arguments", r"inputvalidationerror|invalid (?:tool )?(?:arguments|parameters)|(?:required|unexpected) parameter|does not match (?:the )?schema|failed to parse function arguments"),
    _symptom("tool_use", "file too large to read", "file too large to read at once", r"exceeds maximum allowed (?:tokens|size)|file content \(.*\) exceeds"),
    _symptom("tool_use", "unknown option", "{}: unknown option", r"(?:([\w-]+): )?(?:unknown|unrecognized|invalid|illegal) (?:option|flag|argument|shorthand flag|command)"),
    _symptom("tool_use", "shell syntax error", "broken shell syntax", r"syntax error near unexpected token|unexpected eof while looking for|parse error near|unterminated quoted string|unmatched [\"'`]"),
    _symptom("tool_use", "reply in a form the harness refuses", "reply in a form the harness refuses", r"please always provide exactly one action|your output was not formatted correctly|exactly one (?:bash )?(?:code block|action|command)"),
    _symptom("tool_use", "path does not exist", "path that does not exist", r"<tool_use_error>(?:file|path) does not exist|: can't read [\w./~@+-]+: no such file|\bcd: [^:\n]+: no such file or directory|^(?:[\w/]*\brg|grep|cat|head|tail): .*: no such file or directory", of_paths=True),
    # refused
    _symptom("access", "ssh key refused", "SSH key refused", r"permission denied \(publickey"),
    _symptom("access", "git credentials missing", "git has no credentials", r"could not read (?:username|password) for|terminal prompts disabled|support for password authentication was removed"),
    _symptom("access", "not logged in", "{} not logged in", r"(?:run|try) `?(gh|az|gcloud|aws|npm|docker|vercel|fly) (?:auth )?login|not logged in(?:to)?\b|please (?:run|log ?in)\b.*\blogin|authentication required"),
    _symptom("access", "bad credentials", "credentials refused", r"bad credentials|invalid (?:api[- _]?key|token|credentials|password)|authentication failed|\b401\b.*unauthorized|unauthorized\b.*\b401\b"),
    _symptom("access", "forbidden", "access forbidden", r"\b403\b.*forbidden|forbidden\b.*\b403\b|resource not accessible by|insufficient (?:permissions?|scopes?)|must have (?:admin|push|write) (?:rights|access)|permission to \S+ denied"),
    _symptom("access", "sandbox", "refused by the sandbox", r"sandbox (?:denied|error|violation)|blocked by (?:the )?sandbox|read-only file system|seccomp|landlock"),
    _symptom("access", "policy", "refused by policy", r"permission to use .* (?:has been )?denied|blocked by (?:policy|hook|permission)|requires approval|was blocked\. for security|not allowed to (?:access|run|use)"),
    _symptom("access", "permission denied", "permission denied", r"permission denied|\beacces\b|operation not permitted|\beperm\b"),
    # outside services
    _symptom("service", "rate limit", "rate limit", r"\brate.?limit|too many requests|\b429\b|quota exceeded|usage limit"),
    _symptom("service", "host not resolved", "{} not reachable", r"could not resolve (?:host:? ?)?([\w.-]*)|temporary failure in name resolution|\benotfound\b|name or service not known"),
    _symptom("service", "server error", "service answers with a server error", r"\b50[234]\b[ :]+(?:bad gateway|service|gateway|unavailable)|(?:bad gateway|service unavailable|gateway time-?out)|\boverloaded_error\b|\b529\b"),
    _symptom("service", "network timeout", "network timeout", r"\betimedout\b|request failed after \d+ retries|connection timed out|i/o timeout|tls handshake timeout|operation timed out|read timed out|network is unreachable|\beconnreset\b|connection reset by peer"),
    # the machine
    _symptom("environment", "command not found", "{}: command not found", r"command not found: ([\w./+-]+)|([\w./+-]+): command not found\b(?!:)|sh: (?:line )?\d+: ([\w./+-]+): not found\b|executable file not found in \$path|'?([\w.-]+)'? is not recognized as"),
    _symptom("environment", "python module missing", "Python module {} missing", r"no module named '?([\w.]+)"),
    _symptom("environment", "node module missing", "Node module {} missing", r"cannot find (?:module|package) '([@\w/-]+)'"),
    _symptom("environment", "docker not running", "Docker daemon not running", r"cannot connect to the docker daemon|docker daemon is not running|failed to connect to the docker api"),
    _symptom("environment", "shared library missing", "shared library {} missing", r"cannot open shared object file|([\w.+-]+\.so[\w.]*): cannot open|library not (?:found|loaded)"),
    _symptom("environment", "package not found", "package {} not found", r"unable to locate package (\S+)|no matching distribution found for (\S+)|could not find a version that satisfies|\be404\b"),
    _symptom("environment", "package cannot be installed", "packages cannot be installed", r"subprocess-exited-with-error|failed (?:to build|building) (?:wheel|installable wheels)|resolutionimpossible|unsatisfiableerror|\beresolve\b"),
    _symptom("environment", "version unsupported", "unsupported version", r"unsupported engine|requires python ?[<>=\d]|requires go >= ?[\d.]+|requires node|toolchain not available|unsupported class file major version"),
    _symptom("environment", "port in use", "port already in use", r"\beaddrinuse\b|address already in use|port \d+ is already"),
    _symptom("environment", "disk full", "disk full", r"no space left on device|\benospc\b"),
    _symptom("environment", "out of memory", "out of memory", r"out of memory|heap out of memory|cannot allocate memory|\boom\b"),
    _symptom("environment", "externally managed python", "system Python refuses packages", r"externally-managed-environment"),
    _symptom("environment", "local service not running", "local service not running", r"connection refused|\beconnrefused\b"),
)  # fmt: skip
"""First match wins: the more telling lines stand first."""

MAX_LINE_CHARS = 600


@lru_cache(maxsize=8192)
def diagnose(line: str) -> Diagnosis | None:
    """What an error line is a symptom of; None when it belongs to none of the four kinds."""
    part = line[:MAX_LINE_CHARS]
    for symptom in SYMPTOMS:
        match = symptom.pattern.search(part)
        if match is not None:
            subject = next((g for g in match.groups() if g), "")
            return Diagnosis(symptom=symptom, subject=subject.strip("'\"`:,."))
    return None
