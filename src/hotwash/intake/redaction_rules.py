"""What a secret looks like: one rule a kind, in RE2's syntax (linear time, no look-around). The table is ours; the shapes are the providers'."""

import math
import re
from collections import Counter

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` may put its secret part into a group (its only one); else the whole match is the secret."""

    name: str
    hint: str
    """Stands in every match of `pattern`, and is short: counted repetitions are what makes an automaton of all rules slow (55 MB/s by patterns,
    ten times that by hints)."""
    pattern: str
    must_look_random: bool = False
    """The shape alone is not enough (an assignment, a header): the value must also look random."""
    must_be_literal: bool = False
    """The value must be one, and no placeholder, number, path, or name in code."""


# A name that says "secret". Not a bare `key`: `cache_key`, `primary_key` and `sort_key` are in every code base.
_TELLING_NAME = (
    r"(?i:secret|token|passw(?:or)?d|passwd|passphrase|pwd|credentials?"
    r"|(?:api|access|secret|private|signing|encryption|auth|account|master|service|client|license)[_-]?key)(?i:_[a-z0-9]{1,24}){0,2}"
)

_ENV_NAME = "(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(?:API|ACCESS|SECRET|PRIVATE|SIGNING|ENCRYPTION|MASTER)_?KEY)"

# Between a name and its value: `NAME=value`, `name: "value"`, and the same inside JSON in a string, up to three deep.
_ASSIGNS = r"\\{0,7}[\"']?\s{0,4}(?::=|=>|[:=])\s{0,4}\\{0,7}[\"']?"

# Where a token may begin: not within a word, but after an underscore, as in `mcp__<token>__run` or a branch's name.
_START = r"(?:\b|_)"

_KEY_LABEL = r"-----(?:BEGIN|END) [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"

RULES: tuple[Rule, ...] = (
    Rule(
        name="private-key",
        hint="PRIVATE KEY",
        # Line numbers and arrows may stand between the lines, where an agent printed the file; a block may be cut off. No two hyphens in
        # a row before its end: else each of many openings would be followed to the end of the text.
        pattern=_KEY_LABEL.replace("(?:BEGIN|END)", "BEGIN")
        + r"(?:(?:-?[A-Za-z0-9+/=\s\\:,.|→])*?-?"
        + _KEY_LABEL.replace("(?:BEGIN|END)", "END")
        + r"|(?:(?:\s|\\+[nr]|[0-9]+[→|])*[A-Za-z0-9+/=]{24,})+)",
    ),
    Rule(
        name="aws-access-key-id",
        hint=_START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]",
        pattern=_START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    ),
    Rule(
        name="aws-secret-key",
        hint="(?i:aws_?(?:secret_?)?(?:access_?)?key)",
        pattern=r"(?i:aws_?(?:secret_?)?(?:access_?)?key)" + _ASSIGNS + r"([A-Za-z0-9/+]{40})\b",
    ),
    Rule(name="google-api-key", hint="AIza", pattern=_START + r"AIza[A-Za-z0-9_-]{35}"),
    Rule(name="google-oauth-token", hint=r"ya29\.", pattern=_START + r"ya29\.[A-Za-z0-9_-]{20,}"),
    Rule(name="google-client-secret", hint="GOCSPX-", pattern=_START + r"GOCSPX-[A-Za-z0-9_-]{28}"),
    Rule(name="azure-storage-key", hint="(?i:accountkey=)", pattern=r"(?i:accountkey=)([A-Za-z0-9+/]{86}==)"),
    Rule(name="azure-client-secret", hint="[0-9]Q~", pattern=r"\b[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    Rule(name="azure-signature", hint="[?&]sig=", pattern=r"[?&]sig=([A-Za-z0-9%+/]{40,}(?:=|%3[Dd]))"),
    Rule(
        name="github-token",
        hint=_START + r"gh[pousr]_|github_pat_",
        pattern=_START + r"(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})",
    ),
    Rule(
        name="gitlab-token",
        hint=_START + r"gl[a-z]{2,5}-",
        pattern=_START + r"gl(?:pat|ptt|dt|rt|soat|cbt|ft|agent|imt|oas)-[A-Za-z0-9_-]{20,}",
    ),
    Rule(
        name="slack-token",
        hint=_START + r"xox[abeoprs]-|\bxapp-",
        pattern=_START + r"(?:xox[abeoprs]-[A-Za-z0-9-]{20,}|xapp-[0-9]-[A-Za-z0-9-]{20,})",
    ),
    Rule(
        name="slack-webhook",
        hint=r"hooks\.slack\.com",
        pattern=r"hooks\.slack\.com/(?:services|workflows)/([A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]{20,})",
    ),
    Rule(
        name="stripe-key",
        hint=_START + r"[sr]k_(?:live|test)_|whsec_",
        pattern=_START + r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,})",
    ),
    Rule(name="anthropic-key", hint="sk-ant-", pattern=_START + r"sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,}"),
    Rule(
        name="openai-key",
        hint=_START + r"sk-[A-Za-z0-9]",
        pattern=_START + r"sk-(?:(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{32,}|[A-Za-z0-9]{40,})",
    ),
    Rule(name="huggingface-token", hint=_START + r"hf_", pattern=_START + r"hf_[A-Za-z0-9]{30,}"),
    Rule(
        name="model-provider-key",
        hint=_START + r"(?:gsk_|xai-|pplx-|r8_)",
        pattern=_START + r"(?:gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{36,})",
    ),
    Rule(name="npm-token", hint=_START + r"npm_", pattern=_START + r"npm_[A-Za-z0-9]{36}\b"),
    Rule(name="pypi-token", hint=_START + r"pypi-", pattern=_START + r"pypi-[A-Za-z0-9_-]{60,}"),
    Rule(name="docker-token", hint="dckr_", pattern=r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{24,}"),
    Rule(name="twilio-key", hint=_START + r"SK[0-9a-f]", pattern=_START + r"SK[0-9a-f]{32}\b"),
    Rule(name="sendgrid-key", hint=_START + r"SG\.", pattern=_START + r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{40,46}"),
    Rule(name="telegram-token", hint="[0-9]:AA", pattern=r"(?:\b|bot)([0-9]{8,10}:AA[A-Za-z0-9_-]{33})"),
    Rule(
        name="discord-token",
        hint=r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]",
        pattern=r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b",
    ),
    Rule(name="discord-webhook", hint="api/webhooks/", pattern=r"discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/([A-Za-z0-9_-]{50,})"),
    Rule(name="databricks-token", hint=_START + r"dapi[0-9a-f]", pattern=_START + r"dapi[0-9a-f]{32}\b"),
    Rule(name="digitalocean-token", hint=_START + r"do[opr]_v1_", pattern=_START + r"do[opr]_v1_[0-9a-f]{64}\b"),
    Rule(name="vault-token", hint=_START + r"hv[sb]\.", pattern=_START + r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    Rule(name="linear-key", hint=_START + r"lin_(?:api|oauth)_", pattern=_START + r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    Rule(name="shopify-token", hint="shp(?:at|ca|pa|ss)_", pattern=_START + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    Rule(
        name="docker-auth",
        hint=r"auth\\*[\"']\s*:",
        pattern=r"[\"']auth\\{0,7}[\"']\s{0,4}:\s{0,4}\\{0,7}[\"']([A-Za-z0-9+/]{16,512}={0,2})\\{0,7}[\"']",
        must_look_random=True,
    ),
    Rule(name="atlassian-token", hint="ATATT3", pattern=_START + r"ATATT3[A-Za-z0-9_=-]{60,}"),
    Rule(name="service-user-key", hint=_START + r"cog_", pattern=_START + r"cog_[A-Za-z0-9_-]{32,}"),
    Rule(name="jwt", hint=_START + r"eyJ", pattern=_START + r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Rule(
        name="authorization-header",
        hint=r"(?i:authorization|bearer\s|x-api-key)",
        pattern=r"(?i:\b(?:authorization" + _ASSIGNS + r"(?:bearer|basic|token)\s|bearer\s|x-api-key" + _ASSIGNS + r"))"
        r"([A-Za-z0-9._~+/=-]{16,})",
        must_look_random=True,
    ),
    Rule(
        name="cookie",
        hint=r"(?i:cookie:)",
        pattern=r"(?i:\b(?:set-)?cookie:\s?)([^\r\n\"'\\]{20,})",
        must_look_random=True,
    ),
    Rule(
        name="password-option",
        hint=r"(?i:-u(?:ser)?\s|--[a-z-]*(?:password|passwd|passphrase|token|secret|key)\s|\spassword\s)",
        pattern=r"(?i:\B--?u(?:ser)?\s{1,4}[\"']?[^\s:\"'/]{1,64}:|\B--(?:[a-z]{1,24}-){0,2}(?:password|passwd|passphrase|token|secret|key)\s{1,4}[\"']?"
        r"|\blogin\s\S{1,64}\spassword\s)([^\s\"'\\$]{12,512})",
        must_look_random=True,
    ),
    Rule(
        name="password-option",
        # The password stands right after the letter for MySQL's programs, and with or without a blank for sshpass.
        hint=r"(?:sshpass|mysql|mariadb).*\s-p",
        pattern=r"\b(?:sshpass\s{1,4}-p\s?|(?:mysql|mariadb)[a-z-]{0,12}\b[^\n|;&]*?\s-p)[\"']?([^\s\"'\\$]{8,512})",
        must_look_random=True,
    ),
    Rule(name="age-key", hint="AGE-SECRET-KEY-1", pattern=_START + r"AGE-SECRET-KEY-1[A-Z0-9]{40,}"),
    Rule(
        name="connection-string",
        # The slashes may be escaped, as some writers of JSON do.
        hint=r"/[^\s:/@\"'<>`]*:[^\s:/@\"'<>`]*@",
        pattern=r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,30}:\\{0,7}/\\{0,7}/[^\s:/@\"'<>`]{0,128}:([^\s:/@\"'<>`$\[\]{}*]{4,256})@[A-Za-z0-9\[]",
    ),
    Rule(
        name="secret-value",
        hint=_TELLING_NAME + _ASSIGNS,
        # What follows must not go on as code: `token = load_token(…)` names a function.
        pattern=_TELLING_NAME + _ASSIGNS + r"([A-Za-z0-9+/_=.!@#%^&*~-]{12,512})(?:[^A-Za-z0-9+/_=.!@#%^&*~(\[{-]|$)",
        must_look_random=True,
    ),
    Rule(
        name="env-assignment",
        # As a shell or a file of settings writes it: capitals, no blank. There a password of words is one too; code, names and paths are not.
        hint=_ENV_NAME + "=",
        pattern=r"(?:\b|_)" + _ENV_NAME + r"=\\{0,7}[\"']?([^\s\"'`$<>(){}\[\]\\;,&|]{6,512})",
        must_be_literal=True,
    ),
)

TELLING_NAME = re.compile(f"(?:.*[^A-Za-z0-9]|.*_)?{_TELLING_NAME}", re.DOTALL)
"""Matches the whole of a name, such as a key in a tool call's arguments, that says its value is a secret."""

# Bits a character. Random values of a dozen characters have more than this; repeated patterns (`xxxxxxxx1111`) have less.
_LEAST_ENTROPY = 3.0

# Passwords in examples and templates. Redacting them would only hide what a document says.
_PLACEHOLDER = re.compile(
    r"^(?:password|passwd|pass|pwd|secret|token|changeme|user|username)$|your[-_]|example|placeholder|x{4,}|\.\.\.", re.I
)

# Code and paths that follow a name such as `token`: an attribute, a snake_case or kebab-case name, a file.
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[a-z]+\d{0,2}(?:[_-][a-z]*\d{0,2})*|[A-Z]+\d?(?:_[A-Z]*\d?)*|\.{0,2}/.*|~/.*")


EMAIL = Rule(
    name="email",
    hint="@",
    # Not the address of a repository (`git@host:path`), and not a user in an address with a path behind it (`ssh://me@host/path`).
    pattern=r"\b([A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[^A-Za-z0-9:/@-]|[:/]?$|[:/][\s\"'])",
)
"""No secret, so taken out only where it is asked for (`HOTWASH_REDACT_EMAILS`): commits and authors are full of them."""


def is_placeholder(value: str) -> bool:
    """A value that stands for a secret without being one."""
    return _PLACEHOLDER.search(value) is not None


# What is assigned to a telling name without being its secret: a number, a path, an attribute or constant in code, a word for nothing.
_NO_LITERAL = re.compile(r"\d*|\.{0,2}/.*|~/.*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Z]+\d?(?:_[A-Z]*\d?)*|(?i:undefined)")


def is_literal(value: str) -> bool:
    """Whether a value stands for itself."""
    return not is_placeholder(value) and _NO_LITERAL.fullmatch(value) is None


def looks_random(value: str) -> bool:
    """Whether a value is likely to be a key or a generated password: letters and digits, high entropy, neither code nor a path."""
    if not any(c.isdigit() for c in value) or not any(c.isalpha() for c in value):
        return False
    if _CODE.fullmatch(value) or is_placeholder(value):
        return False
    size = len(value)
    entropy = -sum(n / size * math.log2(n / size) for n in Counter(value).values())
    return entropy >= _LEAST_ENTROPY
