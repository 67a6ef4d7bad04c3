"""What kind of work a session was, by what was asked, which files changed and what was run."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import Classification, SessionCategory
from hotwash.analysis.parts import languages

ASKED_WEIGHT = 3.0
"""The first request names the work; what follows mostly adds to it."""
LATER_WEIGHT = 0.8
COMMIT_WEIGHT = 2.0
"""A commit message or branch name in the conventional form is the author's own classification."""
FILES_WEIGHT = 2.5

_WORDS: tuple[tuple[SessionCategory, float, str], ...] = (
    ("bug_fixing", 1.0, r"bugs?|fix(?:es|ed|ing)?|errors?|broken|crash(?:es|ed)?|regression|fail(?:s|ed|ing|ure)?|issue:|wrong|incorrect(?:ly)?|doesn'?t work|not work(?:ing)?|traceback|exception|panic|debug|problem"),
    ("feature_development", 1.0, r"add(?:ing)?|implement(?:s|ing|ation)?|support(?:ing)?|create|new feature|feature|build|introduce|make it|allow|enable|develop|extend|should (?:also|show|return)|write a (?:program|script|tool|function|server)"),
    ("refactoring_and_optimization", 1.0, r"refactor(?:ing)?|clean ?up|simplify|rename|restructure|reorgani[sz]e|extract|move .{1,40} (?:to|into)|dedup(?:licate)?|optimi[sz]e|performance|faster|speed ?up|dead code|split .{1,40} into"),
    ("documentation_and_content", 1.2, r"docs?|documentation|readme|changelog|docstrings?|guide|tutorial|blog|write-?up|comments? only|spelling|typo|release notes"),
    ("code_review_and_analysis", 1.3, r"/review|review(?:ing)?|pull request|pr #?\d+|audit|analy[sz]e|assess|explain (?:the|this|how)|what do you think|look over|double[- ]check|stale or ready"),
    ("ci_cd_and_devops", 1.2, r"ci|ci/cd|github actions?|workflow (?:file|run)|pipeline|deploy(?:ment|ing)?|docker(?:file)?|kubernetes|helm|terraform|release (?:process|pipeline|workflow)|goreleaser|git hooks?|pre-?push|pre-?commit|push (?:origin|to)|nginx|systemd"),
    ("unit_test_generation", 1.3, r"(?:add|write|create|more|missing|generate|improve) (?:\w+ ){0,3}tests?|test coverage|coverage|unit tests?|e2e tests?"),
    ("migrations_and_upgrades", 1.3, r"migrat(?:e|es|ion|ing)|upgrad(?:e|es|ing)|bump|update (?:the )?(?:dependenc|version|package)\w*|port(?:ing)? (?:\w+ ){0,3}(?:to|from)|deprecat(?:ed|ion)|convert .{1,40} to"),
    ("code_quality_and_security", 1.2, r"security|vulnerabilit(?:y|ies)|advisor(?:y|ies)|cves?|lint(?:ing|er)?|secrets?|hardening|sanitiz|injection|code quality|static analysis|type errors?|hash(?:es)? crack|crack"),
    ("data_and_automation", 1.1, r"csv|dataset|data ?frame|scrap(?:e|ing)|etl|spreadsheet|parquet|sql query|automat(?:e|ion)|batch|train(?:ing)? (?:a |the )?model|extract (?:the )?data|process (?:the )?(?:data|files?)|crawl"),
    ("research_and_exploration", 1.2, r"how (?:does|do|can|could|would|is|are)|why (?:does|do|is|are)|what (?:is|are|does|happens|would)|investigate|research|explore|find out|compare|understand|brainstorm|feasib\w+|options? for|is it possible|where (?:is|are|does|do)"),
)  # fmt: skip
_MATCHERS: tuple[tuple[SessionCategory, float, re.Pattern[str]], ...] = tuple(
    (category, weight, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)) for category, weight, words in _WORDS
)
_CONVENTIONAL: dict[str, SessionCategory] = {
    "fix": "bug_fixing",
    "bugfix": "bug_fixing",
    "hotfix": "bug_fixing",
    "feat": "feature_development",
    "feature": "feature_development",
    "refactor": "refactoring_and_optimization",
    "perf": "refactoring_and_optimization",
    "docs": "documentation_and_content",
    "doc": "documentation_and_content",
    "test": "unit_test_generation",
    "tests": "unit_test_generation",
    "ci": "ci_cd_and_devops",
    "build": "ci_cd_and_devops",
}
_PREFIX = re.compile(
    r"(?:^|[\"'\n(/])(fix|bugfix|hotfix|feat|feature|refactor|perf|docs?|tests?|ci|build)(?:\([\w./, -]{1,40}\))?!?[:/]", re.IGNORECASE
)
_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|e2e)/|(?:_test\.\w+|\.(?:test|spec)\.\w+|(?:^|/)test_\w+\.py|_spec\.rb|Tests?\.(?:java|cs|kt))$"
)
_DOC_FILE = re.compile(r"(?:\.(?:md|mdx|rst|adoc|txt)|(?:^|/)(?:README|CHANGELOG|LICENSE)[^/]*)$", re.IGNORECASE)
_CI_FILE = re.compile(
    r"(?:^|/)(?:\.github/|\.gitlab-ci|\.circleci/|Jenkinsfile|Dockerfile|docker-compose|\.goreleaser|k8s/|helm/|terraform/|Makefile$|\.husky/|\.pre-commit|mise\.toml)"
)


def classify(facts: Facts) -> Classification:
    """Category with a confidence from its margin over the runner-up (0.5: no evidence at all speaks for it over another), languages, tools."""
    votes: defaultdict[SessionCategory, float] = defaultdict(float)
    requests = [message.text for message in facts.messages]
    for category, weight in _asked(requests[:1]):
        votes[category] += ASKED_WEIGHT * weight
    for category, weight in _asked(requests[1:]):
        votes[category] += LATER_WEIGHT * weight
    for category in _conventional(facts):
        votes[category] += COMMIT_WEIGHT
    for category, weight in _by_files(facts):
        votes[category] += FILES_WEIGHT * weight
    ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    named, tools = languages.languages(facts), languages.tools(facts)
    if not ranked or ranked[0][1] <= 0:
        return Classification(category="other", confidence=0.3, languages=named, tools=tools)
    best, runner_up = ranked[0][1], max(0.0, ranked[1][1]) if len(ranked) > 1 else 0.0
    return Classification(category=ranked[0][0], confidence=round(best / (best + runner_up + 0.5), 2), languages=named, tools=tools)


def _asked(texts: Iterable[str]) -> list[tuple[SessionCategory, float]]:
    """Votes of what was said. Each message votes once for a category; words in its first sentence count double."""
    votes: list[tuple[SessionCategory, float]] = []
    for text in texts:
        said = wording.prose(text)[:1_500]
        opening = (wording.sentences(text) or (said,))[0][:200]
        for category, weight, matcher in _MATCHERS:
            if matcher.search(opening):
                votes.append((category, weight))
            elif matcher.search(said):
                votes.append((category, weight / 2))
    return votes


def _conventional(facts: Facts) -> list[SessionCategory]:
    """What the branch and the session's own commit messages call the work, each kind once."""
    found: dict[SessionCategory, None] = {}
    if facts.transcript.branch and (match := _PREFIX.match(facts.transcript.branch)):
        found[_CONVENTIONAL[match[1].lower()]] = None
    for command in facts.commands:
        if any(program.name == "git" and program.subcommand == "commit" for program in command.programs):
            for match in _PREFIX.finditer((command.call.command or "")[:2_000]):
                found[_CONVENTIONAL[match[1].lower()]] = None
    return list(found)


def _by_files(facts: Facts) -> list[tuple[SessionCategory, float]]:
    """What the changed files say: only tests, only documents, only the pipeline; and sessions that changed nothing."""
    paths = {edit.path.replace("\\", "/") for edit in facts.edits}
    if not paths:
        return [("code_review_and_analysis", 0.5), ("research_and_exploration", 0.6), ("bug_fixing", -0.6), ("feature_development", -0.8)]
    kinds = Counter(_file_kind(path) for path in paths)
    share = {kind: count / len(paths) for kind, count in kinds.items()}
    votes: list[tuple[SessionCategory, float]] = []
    if share.get("test", 0) > 0.9:
        votes.append(("unit_test_generation", 1.0))
    if share.get("doc", 0) > 0.9:
        votes.append(("documentation_and_content", 1.0))
    if share.get("ci", 0) > 0.5:
        votes.append(("ci_cd_and_devops", 1.0))
    created = sum(edit.kind == "create" and _file_kind(edit.path) == "code" for edit in facts.edits)
    if created >= 2:
        votes.append(("feature_development", 0.8))
    return votes


def _file_kind(path: str) -> str:
    if _CI_FILE.search(path):
        return "ci"
    if _TEST_FILE.search(path):
        return "test"
    return "doc" if _DOC_FILE.search(PurePosixPath(path).name) else "code"
