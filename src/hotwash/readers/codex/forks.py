"""Which records of a forked or spawned Codex session are copies of another session's. Such a file begins with the other's history, whose
outer timestamps may be rewritten to the moment of the fork; its turns keep their ids and start times, and those tell it apart."""

import re

from hotwash.kit.clock import parse_time

_FORK_WRITING_S = 5.0
"""Seconds after the header in which the history is copied. What is stamped later is the session's own, whatever its turn says."""
_CLOCK_SLACK_S = 1.0
"""Start times of turns are whole seconds, the header's time is not."""
_UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class CopiedHistory:
    """Whether the record at hand is a copy. Inactive until a header says that there may be copies, and for good once own work begins."""

    def __init__(self) -> None:
        self.active = False
        self._created_at: float | None = None
        self._own_work_began = False

    def expect(self, created_at: float | None) -> None:
        """The header names a session that this one was forked from or spawned by. `created_at`: when this one began, Unix seconds."""
        if not self._own_work_began:
            self.active, self._created_at = True, created_at

    def admits(self, kind: str, payload: dict[str, object], at: float | None) -> bool:
        """Whether this record, which is no header, is the session's own. From the first one on all are."""
        if not self.active:
            self._own_work_began = True
            return True
        if self._is_own_turn(kind, payload) or self._is_late(at):
            self.active, self._own_work_began = False, True
        return not self.active

    def _is_own_turn(self, kind: str, payload: dict[str, object]) -> bool:
        if kind != "event_msg" or payload.get("type") != "task_started":
            return False
        times = [time for time in (parse_time(payload.get("started_at")), _created(payload.get("turn_id"))) if time is not None]
        return self._created_at is not None and bool(times) and min(times) >= self._created_at - _CLOCK_SLACK_S

    def _is_late(self, at: float | None) -> bool:
        return at is not None and (self._created_at is None or at > self._created_at + _FORK_WRITING_S)


def _created(turn_id: object) -> float | None:
    """Unix seconds at which a UUIDv7 was made."""
    match = _UUID7.fullmatch(turn_id) if isinstance(turn_id, str) else None
    return int(match[1] + match[2], 16) / 1000 if match else None
