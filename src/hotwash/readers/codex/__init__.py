"""Codex CLI: rollout files of all versions, and the stream of `codex exec --json`."""

from hotwash.readers.codex.exec_json import CodexExec as CodexExec
from hotwash.readers.codex.rollout import Codex as Codex
