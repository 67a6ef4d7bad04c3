"""Changes single places of a JSON text and leaves every other byte as it is, comments included where a program allows them."""

import json
import re
from collections.abc import Callable, Sequence

import msgspec

_BLANK = re.compile(r"[ \t\r\n]*")
_BLANK_OR_COMMENT = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DECODER = json.JSONDecoder()
_DEFAULT_INDENT = "  "
_MAX_DEPTH = 100
"""Settings nest five deep."""


class Malformed(ValueError):
    """The text is no JSON, or not of the shape that is needed. The words say where."""


class _Node(msgspec.Struct):
    """A value and where it stands: `text[start:end]`."""

    start: int
    end: int
    value: object
    """Of a scalar; None for the others."""
    members: "dict[str, _Member] | None" = None
    items: "list[_Member] | None" = None


class _Member(msgspec.Struct):
    """An entry of an object or array. `start` is where its key begins, or the value itself."""

    start: int
    node: _Node


class JsonText:
    """A JSON object as text. `comments`: `//`, `/* */` and commas before a closing bracket are allowed."""

    def __init__(self, text: str, *, comments: bool = False) -> None:
        self.text = text
        self._blank = _BLANK_OR_COMMENT if comments else _BLANK
        self._comments = comments
        start = self._skip(1 if text.startswith("\ufeff") else 0)
        self._root = self._parse(start, 0)
        if self._root.members is None or self._skip(self._root.end) != len(text):
            raise self._malformed(self._root.end, "is no JSON object")

    def items(self, *path: str) -> list[object]:
        """The values in the array at this path; none where it is missing. Raises Malformed where something else stands there."""
        node = self._find(path)
        if node is None:
            return []
        if node.items is None:
            raise self._malformed(node.start, f"{'.'.join(path)} is no list")
        return [_plain(member.node) for member in node.items]

    def appended(self, path: Sequence[str], value: object) -> str:
        """The text with a value at the end of the array at this path, which is made where it is missing. Raises Malformed."""
        node, depth = self._root, 0
        while depth < len(path) and node.members is not None and path[depth] in node.members:
            node, depth = node.members[path[depth]].node, depth + 1
        missing = list(path[depth:])
        if missing and node.members is None:
            raise self._malformed(node.start, f"{'.'.join(path[:depth])} is no object")
        if not missing and node.items is None:
            raise self._malformed(node.start, f"{'.'.join(path)} is no list")
        key = missing.pop(0) if missing else None
        new = value if key is None else _nested(missing, [value])
        return self._insert(node, key, new)

    def without(self, path: Sequence[str], is_ours: Callable[[object], bool]) -> str:
        """The text without these values of the array at the path, and without arrays and objects on the path that became empty by it."""
        node = self._find(path)
        if node is None or node.items is None:
            return self.text
        ours = [position for position, member in enumerate(node.items) if is_ours(_plain(member.node))]
        if not ours:
            return self.text
        if len(ours) < len(node.items):
            smaller = JsonText(self._cut(node, list(node.items), ours[-1]), comments=self._comments)
            return smaller.without(path, is_ours)
        depth = len(path)
        while depth > 1 and len((self._find(path[: depth - 1]) or self._root).members or {}) == 1:
            depth -= 1
        parent = self._find(path[: depth - 1]) or self._root
        members = parent.members or {}
        return self._cut(parent, list(members.values()), list(members).index(path[depth - 1]))

    def _find(self, path: Sequence[str]) -> _Node | None:
        node = self._root
        for key in path:
            if node.members is None or key not in node.members:
                return None
            node = node.members[key].node
        return node

    def _cut(self, parent: _Node, members: list[_Member], position: int) -> str:
        if position + 1 < len(members):
            start, end = members[position].start, members[position + 1].start
        elif position:
            start, end = members[position - 1].node.end, members[position].node.end
        else:
            start, end = parent.start + 1, parent.end - 1
        return self.text[:start] + self.text[end:]

    def _insert(self, node: _Node, key: str | None, value: object) -> str:
        newline = "\r\n" if "\r\n" in self.text else "\n"
        unit = self._indent_unit()
        members = list(node.members.values()) if node.members is not None else node.items or []
        if members and (indent := self._own_indent(members[-1].start)) is None:
            addition = f", {_encoded(key, value, None)}"  # the others stand on one line, and so does this one
            return self._after(members[-1].node.end, addition)
        if members:
            block = _encoded(key, value, unit).replace("\n", newline + (indent or ""))
            return self._after(members[-1].node.end, f",{newline}{indent}{block}")
        outer = self._line_indent(node.start)
        block = _encoded(key, value, unit).replace("\n", newline + outer + unit)
        inside = self.text[node.start + 1 : node.end - 1]
        kept = inside.rstrip() if inside.strip() else ""  # a comment
        return f"{self.text[: node.start + 1]}{kept}{newline}{outer}{unit}{block}{newline}{outer}{self.text[node.end - 1 :]}"

    def _after(self, end: int, addition: str) -> str:
        following = self._skip(end)
        if self.text[following : following + 1] == ",":  # a trailing comma, where comments are allowed
            return self.text[: following + 1] + addition[1:] + self.text[following + 1 :]
        return self.text[:end] + addition + self.text[end:]

    def _own_indent(self, start: int) -> str | None:
        """White space before a member that begins its line; None where it does not."""
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        return before if not before.strip() and "\n" in self.text[:start] else None

    def _line_indent(self, start: int) -> str:
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _indent_unit(self) -> str:
        found = re.search(r"\n([ \t]+)\S", self.text)
        return found[1] if found else _DEFAULT_INDENT

    def _skip(self, at: int) -> int:
        found = self._blank.match(self.text, at)
        return found.end() if found else at

    def _parse(self, at: int, depth: int) -> _Node:
        if depth > _MAX_DEPTH:
            raise self._malformed(at, "nests too deep")
        opening = self.text[at : at + 1]
        if opening == "{":
            return self._parse_object(at, depth)
        if opening == "[":
            return self._parse_array(at, depth)
        if opening == '"':
            string, end = self._string(at)
            return _Node(at, end, string)
        scalar = _SCALAR.match(self.text, at)
        if scalar is None:
            raise self._malformed(at, "is no JSON")
        return _Node(at, scalar.end(), json.loads(scalar[0]))

    def _parse_object(self, start: int, depth: int) -> _Node:
        members: dict[str, _Member] = {}

        def member(at: int) -> int:
            key, end = self._string(at)
            colon = self._skip(end)
            if self.text[colon : colon + 1] != ":":
                raise self._malformed(colon, "lacks a colon")
            node = self._parse(self._skip(colon + 1), depth + 1)
            members.pop(key, None)  # given twice: the last counts, as programs have it
            members[key] = _Member(at, node)
            return node.end

        return _Node(start, self._entries(start, "}", member), None, members=members)

    def _parse_array(self, start: int, depth: int) -> _Node:
        items: list[_Member] = []

        def item(at: int) -> int:
            node = self._parse(at, depth + 1)
            items.append(_Member(at, node))
            return node.end

        return _Node(start, self._entries(start, "]", item), None, items=items)

    def _entries(self, start: int, closing: str, entry: Callable[[int], int]) -> int:
        """Reads the entries after an opening bracket; where the closing one ends."""
        at = self._skip(start + 1)
        if self.text[at : at + 1] == closing:
            return at + 1
        while True:
            at = self._skip(entry(at))
            found = self.text[at : at + 1]
            if found == closing:
                return at + 1
            if found != ",":
                raise self._malformed(at, f"lacks a comma or {closing}")
            at = self._skip(at + 1)
            if self._comments and self.text[at : at + 1] == closing:
                return at + 1

    def _string(self, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            raise self._malformed(at, "lacks a quoted name")
        try:
            string, end = _DECODER.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise self._malformed(error.pos, "has a string that is cut off or broken") from error
        return str(string), end

    def _malformed(self, at: int, what: str) -> Malformed:
        return Malformed(f"line {self.text.count(chr(10), 0, at) + 1} {what}")


def _plain(node: _Node) -> object:
    if node.members is not None:
        return {key: _plain(member.node) for key, member in node.members.items()}
    if node.items is not None:
        return [_plain(member.node) for member in node.items]
    return node.value


def _nested(keys: list[str], value: object) -> object:
    for key in reversed(keys):
        value = {key: value}
    return value


def _encoded(key: str | None, value: object, indent: str | None) -> str:
    encoded = json.dumps(value, indent=indent, ensure_ascii=False)
    return encoded if key is None else f"{json.dumps(key, ensure_ascii=False)}: {encoded}"
