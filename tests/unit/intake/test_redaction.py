"""Every redaction rule takes its secret and leaves its near miss. Secrets are put together at run time, so that none stands in the repository."""

import json
import random
import string
import time
from collections import Counter

import msgspec
import pytest

from hotwash.intake.redaction import _TEXT_FIELDS, redact_text, redact_transcript, table
from hotwash.intake.redaction_rules import RULES, looks_random
from hotwash.transcript import Event, PullRequest, ToolCall
from tests.unit.analysis import builders as b

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


def _random(size: int, alphabet: str = _ALNUM) -> str:
    """The same characters every time, mixed as a generator would mix them, a digit and a letter among the first."""
    return "a7" + "".join(random.Random(size).choices(alphabet, k=size - 2))


def _upper(size: int) -> str:
    return "".join(random.Random(size).choices(string.ascii_uppercase + "234567", k=size))


def _key_block(label: str) -> str:
    body = "\n".join(_random(64) for _ in range(6))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


# (rule, text before the secret, the secret, a text much like it that is none)
CASES: list[tuple[str, str, str, str]] = [
    ("private-key", "", _key_block("RSA " + "PRIVATE KEY"), 'grep -r "BEGIN RSA ' + 'PRIVATE KEY-----" .'),
    ("private-key", "", _key_block("OPENSSH PRIVATE" + " KEY").replace("\n", "\\n"), "-----BEGIN " + "PUBLIC KEY-----\nMIIB"),
    ("private-key", "cut off: ", "-----BEGIN EC PRIVATE" + " KEY-----\n" + _random(90), "the PRIVATE KEY is in the vault"),
    ("aws-access-key-id", "id ", "AKIA" + _upper(16), "AKIA" + "SHORT"),
    ("aws-secret-key", "aws_secret_access_key = ", _random(40), "aws_secret_access_key = var.aws_secret"),
    ("google-api-key", "?key=", "AIza" + _random(35), "AIza" + "short"),
    ("google-oauth-token", "", "ya29." + _random(60), "ya29." + "x"),
    ("google-client-secret", "", "GOCSPX-" + _random(28), "GOCSPX-" + "abc"),
    ("azure-storage-key", "AccountName=a;AccountKey=", _random(86) + "==", "AccountKey=" + "..."),
    ("azure-client-secret", "", _random(3) + "8Q~" + _random(34), "8Q~" + "short"),
    ("azure-signature", "https://a.blob.core.windows.net/c?sv=1&sig=", _random(43) + "%3D", "?sig=" + "none"),
    ("github-token", "", "ghp_" + _random(36), "ghp_" + "token_of_the_user"),
    ("github-token", "", "github_pat_" + _random(82), "github_pat_" + "prefix"),
    ("gitlab-token", "", "glpat-" + _random(20), "glob-" + "patterns-in-the-tree"),
    ("slack-token", "", "xoxb-" + _random(40), "xoxb-" + "token"),
    ("slack-webhook", "https://hooks.slack.com/services/", "T0000/B0000/" + _random(24), "https://hooks.slack.com/services/" + "T/B"),
    ("stripe-key", "", "sk_live_" + _random(24), "sk_live_" + "key"),
    ("anthropic-key", "", "sk-ant-" + "api03-" + _random(90), "sk-ant-" + "xxx"),
    ("openai-key", "", "sk-" + "proj-" + _random(60), "sk-" + "learn-contrib-with-a-very-long-name-that-goes-on"),
    ("openai-key", "", "sk-" + _random(48), "disk-" + _random(48)),
    ("huggingface-token", "", "hf_" + _random(34), "hf_" + "hub_download"),
    ("model-provider-key", "", "gsk_" + _random(52), "gsk_" + "client"),
    ("npm-token", "", "npm_" + _random(36), "npm_" + "config_registry"),
    ("pypi-token", "", "pypi-" + _random(80), "pypi-" + "attestations"),
    ("docker-token", "", "dckr_pat_" + _random(27), "dckr_pat_" + "x"),
    ("twilio-key", "", "SK" + _random(32, _HEX), "SK" + "0123"),
    ("sendgrid-key", "", "SG." + _random(22) + "." + _random(43), "SG." + "module.name"),
    ("telegram-token", "bot", "123456789:" + "AA" + _random(33), "12:" + "AA"),
    ("discord-token", "", "M" + _random(25) + "." + _random(6) + "." + _random(38), "Module.method.call"),
    ("discord-webhook", "https://discord.com/api/webhooks/123456789012345678/", _random(68), "https://discord.com/api/webhooks/" + "1"),
    ("databricks-token", "", "dapi" + _random(32, _HEX), "dapi" + "versions"),
    ("digitalocean-token", "", "dop_v1_" + _random(64, _HEX), "dop_v1_" + "x"),
    ("vault-token", "", "hvs." + _random(90), "hvs." + "read"),
    ("linear-key", "", "lin_api_" + _random(40), "lin_api_" + "client"),
    ("linear-key", "mcp__server", "_lin_api_" + _random(40), "colin_api_" + _random(40)),
    ("github-token", "fix/token", "_ghp_" + _random(36), "my_ghp_" + "token"),
    ("shopify-token", "", "shpat_" + _random(32, _HEX), "shpat_" + "x"),
    ("docker-auth", '"auth": "', _random(40), '"auth": "' + 'handled-by-the-helper"'),
    ("atlassian-token", "", "ATATT3" + _random(180), "ATATT3" + "x"),
    ("service-user-key", "", "cog_" + _random(43), "cog_" + "wheel"),
    ("jwt", "", "eyJ" + _random(20) + ".eyJ" + _random(60) + "." + _random(43), "eyJ" + "0eXAi only the head"),
    ("authorization-header", "Authorization: Bearer ", _random(32), "Authorization: Bearer " + "$SERVICE_TOKEN_FROM_ENV"),
    ("authorization-header", "-H 'x-api-key: ", _random(32), "x-api-key: " + "provided_by_the_user"),
    ("connection-string", "postgresql://app:", "hunter" + "22", "postgresql://app:" + "password@db/app"),
    ("connection-string", "redis://:", "s3cr3t" + "pass", "https://example.com:8080/a@b"),
    ("connection-string", "postgres:\\/\\/app:", "hunter" + "22", "postgres:\\/\\/db\\/app"),
    ("cookie", "Cookie: ", "session=" + _random(32), "Cookie: " + "theme=dark-mode-of-the-system"),
    ("password-option", "curl -u admin:", _random(16), "docker run -u 1000:1000 image1"),
    ("password-option", "tool --db-password ", _random(16), "tool --token " + "$TOKEN_OF_THE_USER"),
    ("password-option", "machine api.example login bob password ", _random(20), "the login and the password are in the vault"),
    ("password-option", "mysql -u root -h db -p", _random(12), "mysql -u root -p " + "database1"),
    ("password-option", "sshpass -p ", _random(12), "sshpass -p " + "$PASSWORD_OF_HOST"),
    ("age-key", "", "AGE-SECRET-KEY-1" + _upper(58), "AGE-SECRET-KEY-1" + "..."),
    ("secret-value", "DB_PASSWORD=", _random(18), "DB_PASSWORD=" + "${DB_PASSWORD_FROM_ENV}"),
    ("secret-value", '"client_secret": "', _random(32), "token = load_token_v2(user1)"),
    ("secret-value", 'export API_KEY=\\"', _random(24), "api_key = settings.openai2.api_key"),
    ("env-assignment", "DB_PASSWORD=", "hunter" + "2", "DB_PASSWORD=" + "changeme"),
    ("env-assignment", "export APP_SECRET='", "correct-horse-" + "battery", "APP_SECRET='" + "/run/secrets/app"),
    ("env-assignment", "TOKEN=", "Sup3r!" + "pw", "MAX_TOKEN=" + "100000 TOKEN=process.env.TOKEN"),
    ("secret-value", "SECRET_KEY_BASE: ", _random(40), "cache_key = " + _random(24)),
]
_AFTER = {"connection-string": "@db.internal/app", "docker-auth": '"}'}


@pytest.mark.parametrize(("rule", "before", "secret", "near_miss"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_secret_goes_and_a_near_miss_stays(rule: str, before: str, secret: str, near_miss: str) -> None:
    """The secret is replaced, what stands around it is kept, and the rule is counted once."""
    after = _AFTER.get(rule, "\nthe end")
    counts: Counter[str] = Counter()
    assert redact_text(f"see {before}{secret}{after}", counts) == f"see {before}[REDACTED:{rule}]{after}"
    assert counts == {rule: 1}
    assert redact_text(near_miss) == near_miss


@pytest.mark.parametrize("mark", ["", "+", "-", " 12→"])
def test_a_key_goes_whole_however_its_lines_are_marked(mark: str) -> None:
    """An encrypted key has a head with single hyphens in it; a diff puts signs before the lines."""
    lines = ["-----BEGIN RSA PRIVATE" + " KEY-----", "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,A0", _random(64)]
    block = "\n".join(mark + line for line in [*lines, "-----END RSA PRIVATE" + " KEY-----"])
    assert redact_text(block + "!") == mark + "[REDACTED:private-key]!"


def test_many_openings_of_keys_are_read_in_no_time() -> None:
    text = ("-----BEGIN PRIVATE" + " KEY-----\n" + "A" * 30 + "\n") * 8_000
    started = time.process_time()
    assert "AAAA" not in redact_text(text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("by Ada <ada.l+git@mail.example.org>, 2026", "by Ada <[REDACTED:email]>, 2026"),
        ("a@example.org,b@example.org", "[REDACTED:email],[REDACTED:email]"),
        ("write to me@example.org.", "write to [REDACTED:email]."),
        ("mail: me@example.co.uk", "mail: [REDACTED:email]"),
        ("git clone git@example.org:team/repo.git", "git clone git@example.org:team/repo.git"),
        ("ssh://me@example.org/srv", "ssh://me@example.org/srv"),
        ("@app.route and left-pad@1.3.0", "@app.route and left-pad@1.3.0"),
    ],
)
def test_addresses_of_people_go_where_it_is_asked_for(text: str, clean: str) -> None:
    assert redact_text(text, rules=table(emails=True)) == clean
    assert redact_text(text) == text


def test_secrets_go_too_where_addresses_do() -> None:
    rule, before, secret, _ = CASES[0]
    assert f"[REDACTED:{rule}]" in redact_text(f"{before}{secret}{_AFTER.get(rule, '')} for me@example.org.", rules=table(emails=True))


def test_every_rule_has_a_case() -> None:
    assert {rule.name for rule in RULES} == {case[0] for case in CASES}


def test_redacting_twice_changes_nothing_more() -> None:
    text = "\n".join(f"{before}{secret}{_AFTER.get(rule, '')}" for rule, before, secret, _ in CASES)
    once = redact_text(text)
    assert redact_text(once) == once


@pytest.mark.parametrize(("rule", "before", "secret", "near_miss"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_secret_goes_however_often_json_has_escaped_it(rule: str, before: str, secret: str, near_miss: str) -> None:
    """An agent prints a file in a result in an argument; and what is redacted is still JSON."""
    text = f"{before}{secret}{_AFTER.get(rule, '')} the end"
    for _ in range(2):
        text = json.dumps(text)
        clean = redact_text(text)
        assert secret not in clean
        assert json.dumps(secret)[1:-1] not in clean
        assert "[REDACTED:" in clean
        json.loads(clean)
        assert redact_text(clean) == clean


def test_text_around_a_secret_may_be_in_any_script() -> None:
    """Offsets are counted in characters, not bytes."""
    token = "ghp_" + _random(36)
    assert redact_text(f"日本語 ключ {token} ✓ {token}é") == "日本語 ключ [REDACTED:github-token] ✓ [REDACTED:github-token]é"


def test_a_session_without_secrets_is_the_very_same_object() -> None:
    story = b.session(b.user("fix the test"), b.shell("pytest -q", "3 passed"), b.agent("done"))
    clean, counts = redact_transcript(story)
    assert clean is story
    assert counts == {}


def test_only_the_events_with_secrets_are_rebuilt() -> None:
    token = "ghp_" + _random(36)
    story = b.session(b.user("fix the test"), b.shell(f"curl -H 'PRIVATE-TOKEN: {token}'", f"token {token}"))
    clean, counts = redact_transcript(story)
    assert clean.events[0] is story.events[0]
    assert token not in repr(clean)
    assert counts == {"github-token": 3}  # command, the same in the arguments, output


def test_nested_arguments_are_walked_and_their_keys_stay() -> None:
    """A value under a telling key is a secret even where the value alone would not tell."""
    password = _random(16)
    arguments: dict[str, object] = {"env": [{"DB_PASSWORD": password, "count": 3}], "note": "x", "flag": None}
    clean, counts = redact_transcript(b.session(b.call("deploy", arguments=arguments)))
    call = clean.events[0]
    assert isinstance(call, ToolCall)
    assert call.arguments == {"env": [{"DB_PASSWORD": "[REDACTED:secret-value]", "count": 3}], "note": "x", "flag": None}
    assert counts == {"secret-value": 1}


def test_arguments_nested_deeper_than_any_agent_writes_are_dropped() -> None:
    value: object = "ghp_" + _random(36)
    for _ in range(500):
        value = [value]
    clean, _ = redact_transcript(b.session(b.call("deep", arguments={"a": value})))
    assert "ghp_" not in repr(clean.events)


def test_the_header_of_a_session_is_redacted_too() -> None:
    token = "ghp_" + _random(36)
    story = msgspec.structs.replace(
        b.session(b.user("go"), title=f"use {token}"),
        repository=f"https://x:{token}@github.com/a/b",
        pull_requests=(PullRequest(url=f"https://github.com/a/b/pull/1?t={token}"),),
    )
    clean, counts = redact_transcript(story)
    assert token not in repr(clean)
    assert counts["github-token"] == 3


@pytest.mark.parametrize("field", ["title", "cwd", "repository", "branch", "agent", "format_version"])
def test_no_field_of_the_header_keeps_a_secret(field: str) -> None:
    token = "ghp_" + _random(36)
    clean, counts = redact_transcript(msgspec.structs.replace(b.session(b.user("go")), **{field: f"x/{token}"}))
    assert getattr(clean, field) == "x/[REDACTED:github-token]"
    assert counts == {"github-token": 1}


def test_names_of_tools_and_keys_of_maps_hold_none_either() -> None:
    token = "ghp_" + _random(36)
    arguments: dict[str, object] = {token: 1, "tokens": {token: {"scopes": []}}, "list": [{token: "x"}]}
    clean, counts = redact_transcript(b.session(b.call(f"server/{token}", arguments=arguments)))
    assert token not in repr(clean.events)
    assert counts == {"github-token": 4}


def test_every_text_an_event_can_hold_is_redacted_or_meant_to_stay() -> None:
    """A new text field of an event must be listed for redaction or here."""
    kept = {"native_id", "model", "name", "child_native_id", "category", "status", "source", "what"}
    for kind in Event.__args__:
        strings = {f.name for f in msgspec.structs.fields(kind) if f.type is str or "str" in str(f.type)} - {"arguments"}
        assert strings - kept <= set(_TEXT_FIELDS.get(kind, ())), kind


@pytest.mark.parametrize(
    "value",
    ["a" * 20, "1234567890123", "snake_case_name_2", "CONSTANT_NAME_2", "module2.attr.name", "/etc/ssl/server1.key", "xxxxxxxx1111"],
)
def test_code_and_placeholders_do_not_look_random(value: str) -> None:
    assert not looks_random(value)
