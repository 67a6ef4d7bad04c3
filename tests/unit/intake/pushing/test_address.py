"""Where to push to, and with which key."""

from pathlib import Path

import pytest

from hotwash.intake.pushing import address


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://h.example.com/", "https://h.example.com"),
        (" http://127.0.0.1:8765 ", "http://127.0.0.1:8765"),
        ("https://h.example.com/hotwash/", "https://h.example.com/hotwash"),
    ],
)
def test_an_address_is_used_without_its_last_slash(given: str, used: str) -> None:
    assert address.server_url(given) == used


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ftp://h",
        "file:///etc/passwd",
        "h.example.com",
        "https://",
        "http://[::1",
        "https://me:secret@h",
        "https://h/?a=b",
        "https://h:99999",
    ],
)
def test_other_addresses_are_refused_and_passwords_not_repeated(given: str) -> None:
    with pytest.raises(address.BadAddress) as refused:
        address.server_url(given)
    assert "secret" not in refused.value.sentence


@pytest.mark.parametrize(
    "url", ["https://h.example.com", "http://localhost:1", "http://127.0.0.1", "http://[::1]:8765", "http://hotwash.localhost"]
)
def test_tls_and_this_machine_expose_nothing(url: str) -> None:
    assert not address.is_exposed(url)


@pytest.mark.parametrize("url", ["http://h.example.com", "http://10.0.0.2", "http://0.0.0.0", "http://localhost.example.com"])
def test_clear_text_over_a_network_is_exposed(url: str) -> None:
    assert address.is_exposed(url)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text("cog_secret\n")
    file.chmod(mode)
    with pytest.raises(address.BadAddress, match="chmod 600") as refused:
        address.read_token(file)
    assert "cog_secret" not in refused.value.sentence
    file.chmod(0o600)
    assert address.read_token(file) == "cog_secret"


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"caf\xc3\xa9", b"x" * 5000])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(address.BadAddress):
        address.read_token(file)
