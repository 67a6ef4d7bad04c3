"""Changes one top-level list of strings in a TOML text and leaves every other byte as it is. The standard library reads TOML but does not
write it; every change is therefore read back and compared before it is given out."""

import json
import re
import tomllib

from hotwash.intake.hooks.jsontext import Malformed


def strings(text: str, key: str) -> tuple[str, ...] | None:
    """The list of strings at a top-level key; None where there is none. Raises Malformed."""
    value = _read(text).get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"{key} is no list of strings")
    return tuple(value)


def with_strings(text: str, key: str, value: tuple[str, ...] | None) -> str:
    """The text with this list at the key, or without the key for None. A new one comes first: top-level keys stand before all tables.
    Raises Malformed, also where the key stands in a way that cannot be changed safely."""
    before = _read(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    line = "" if value is None else f"{key} = [{', '.join(json.dumps(item, ensure_ascii=False) for item in value)}]"
    if key in before:
        start, end = _span(text, key, before[key])
        if not line and text[end : end + len(newline)] == newline:
            end += len(newline)
        changed = text[:start] + line + text[end:]
    elif line:
        changed = f"{line}{newline}{text}"
    else:
        return text
    wanted = {name: item for name, item in before.items() if name != key} | ({key: list(value)} if value is not None else {})
    if _read(changed) != wanted:
        raise Malformed(f"{key} stands in a form that cannot be changed safely; change it by hand")
    return changed


def _span(text: str, key: str, value: object) -> tuple[int, int]:
    """Where `key = …` stands: from the key to the end of its value's last line, which may have a comment. Raises Malformed."""
    for found in re.finditer(rf"^[ \t]*{re.escape(key)}[ \t]*=", text, re.MULTILINE):
        end = found.end()
        while end < len(text):
            line_end = text.find("\n", end)
            stop = len(text) if line_end < 0 else line_end
            end = stop + 1
            stop -= text[stop - 1 : stop] == "\r"
            try:
                if tomllib.loads(text[found.start() : stop]) == {key: value}:
                    return found.start(), stop
            except tomllib.TOMLDecodeError:
                continue  # the value goes on
    raise Malformed(f"{key} stands in a form that cannot be changed safely; change it by hand")


def _read(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(str(error)) from error
    except RecursionError as error:
        raise Malformed("nests too deep") from error
