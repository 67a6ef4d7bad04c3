"""What kind of work a session was, by what was asked, which files changed and what was run."""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import PurePosixPath

from hotwash.analysis.facts import wording
from hotwash.analysis.facts.model import Facts
from hotwash.analysis.model import Classification, Role, SessionCategory
from hotwash.analysis.parts import languages

ASKED_WEIGHT = 3.0
"""The first request names the work; what follows mostly adds to it."""
TITLE_WEIGHT = 1.5
LATER_WEIGHT: dict[Role, float] = {"request": 1.2, "follow_up": 0.5, "correction": 0.5}
"""A later request may change the work, other messages only colour it; approvals and answers say nothing about its kind."""
AGENT_WEIGHT = 1.2
AGENT_OPENINGS = 3
"""The agent says what it sets out to do in its first messages, and what it did in its last."""
NAMED_WEIGHT = 2.0
"""A commit message, branch name or plan heading in the conventional form (`fix:`, `feat/…`) is the author's own classification."""
ISSUE_LINK_WEIGHT = 1.0
"""A link to an issue, given as the task, is a report of something broken more often than anything else."""
FILES_WEIGHT = 2.0
PRIOR: dict[SessionCategory, float] = {"feature_development": 0.8, "bug_fixing": 0.5}
"""What a session that changed code most likely was, when nothing else speaks."""

_WORDS: tuple[tuple[SessionCategory, float, str], ...] = (
    ("bug_fixing", 1.0, r"bugs?|fix(?:es|ed|ing)?|errors?|broken|crash(?:es|ed)?|regression|fail(?:s|ed|ing|ure)?|issue:|wrong|incorrect(?:ly)?|(?:pr |review )?(?:feedback|comments) (?:and|to|on)|(?:address|fix) .{0,30}(?:feedback|comments)|(?:low|medium|high) severity|lost|reset|doesn'?t work|not work(?:ing)?|traceback|exception|panic|debug|problem"),
    ("feature_development", 1.0, r"add(?:ing)?|implement(?:s|ing|ation)?|support(?:ing)?|create|new feature|feature|build|introduce|make it|allow|enable|develop|extend|should (?:also|show|return)|write a (?:program|script|tool|function|server)|adjust|(?:i|we) (?:do )?want (?:this|it|the) \w+ to|redesign|do the same for|hidden|option to"),
    ("refactoring_and_optimization", 1.0, r"refactor(?:ing)?|clean ?up|simplify|rename|restructure|reorgani[sz]e|extract|move .{1,40} (?:to|into)|dedup(?:licate)?|optimi[sz]e|performance|faster|speed ?up|dead code|split .{1,40} into|reuse|(?:can't|don't) we (?:re)?use|obsolete|duplicat(?:e|es|ed|ion)s?|get rid of|drop support"),
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
    (category, weight, re.compile(rf"(?<![\w:./-])(?:{words})(?![\w-])", re.IGNORECASE)) for category, weight, words in _WORDS
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
_HEADING = re.compile(r"^#{1,3} (fix|feat|feature|refactor|perf|docs?|tests?|ci|build)\b[: ]", re.IGNORECASE | re.MULTILINE)
_ISSUE_LINK = re.compile(r"https?://\S+/issues/\d+|\bissue #?\d+\b", re.IGNORECASE)
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
    for category, weight in (*_asked(facts), *_named(facts), *_linked(facts)):
        votes[category] += weight
    for category, factor in _plausibility(facts).items():
        votes[category] *= factor
    for category, weight in _by_files(facts):
        votes[category] += weight
    ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    named, tools = languages.languages(facts), languages.tools(facts)
    if not ranked or ranked[0][1] <= 0:
        return Classification(category="other", confidence=0.3, languages=named, tools=tools)
    best, runner_up = ranked[0][1], max(0.0, ranked[1][1]) if len(ranked) > 1 else 0.0
    return Classification(category=ranked[0][0], confidence=round(best / (best + runner_up + 0.5), 2), languages=named, tools=tools)


Votes = list[tuple[SessionCategory, float]]


def _asked(facts: Facts) -> Votes:
    """Votes of what was said: the first message most, the session's title and later messages less."""
    votes: Votes = []
    if facts.transcript.title:
        votes += _votes_of(facts.transcript.title, TITLE_WEIGHT)
    roles = {turn.seq: turn.role for turn in facts.turns}
    first = True
    for message in facts.messages:
        if first and len(wording.words(message.text[:400])) > 2:
            votes += _votes_of(message.text, ASKED_WEIGHT)
            first = False
        elif weight := LATER_WEIGHT.get(roles.get(message.seq, "other")):
            votes += _votes_of(message.text, weight)
    spoken = [message.text for message in facts.agent_messages]
    for text in (*spoken[:AGENT_OPENINGS], *spoken[AGENT_OPENINGS:][-1:]):
        votes += _votes_of(text, AGENT_WEIGHT)
    return votes


@lru_cache(maxsize=512)
def _votes_of(text: str, weight: float) -> tuple[tuple[SessionCategory, float], ...]:
    """One vote a category; words in the first sentence count double."""
    said = wording.prose(text)[:1_500]
    opening = (wording.sentences(text) or (said,))[0][:200]
    votes: Votes = []
    for category, category_weight, matcher in _MATCHERS:
        if matcher.search(opening):
            votes.append((category, weight * category_weight))
        elif matcher.search(said):
            votes.append((category, weight * category_weight / 2))
    return tuple(votes)


def _named(facts: Facts) -> Votes:
    """What the branch, the plan's heading and the session's own commit messages call the work, each kind once."""
    found: dict[SessionCategory, None] = {}
    if facts.transcript.branch and (match := _PREFIX.match(facts.transcript.branch)):
        found[_CONVENTIONAL[match[1].lower()]] = None
    if facts.messages and (match := _HEADING.search(facts.messages[0].text[:600])):
        found[_CONVENTIONAL[match[1].lower()]] = None
    for command in facts.commands:
        if any(program.name == "git" and program.subcommand == "commit" for program in command.programs):
            for match in _PREFIX.finditer((command.call.command or "")[:2_000]):
                found[_CONVENTIONAL[match[1].lower()]] = None
    return [(category, NAMED_WEIGHT / len(found)) for category in found]


def _linked(facts: Facts) -> Votes:
    first = facts.messages[0].text[:600] if facts.messages else ""
    return [("bug_fixing", ISSUE_LINK_WEIGHT)] if _ISSUE_LINK.search(first) else []


def _plausibility(facts: Facts) -> dict[SessionCategory, float]:
    """How far words can be believed, given which files changed: a review that rewrites code was a step of other work, a feature without an edit was talk."""
    share = _shares(facts)
    if not share:
        return {"feature_development": 0.5, "bug_fixing": 0.7, "refactoring_and_optimization": 0.5, "unit_test_generation": 0.5}
    factors: dict[SessionCategory, float] = {"research_and_exploration": 0.4, "code_review_and_analysis": 0.6}
    if share["doc"] < 0.5:
        factors["documentation_and_content"] = 0.5
    if share["ci"] < 0.3:
        factors["ci_cd_and_devops"] = 0.6
    if share["test"] < 0.5:
        factors["unit_test_generation"] = 0.5
    return factors


def _by_files(facts: Facts) -> Votes:
    """What the changed files say: only tests, only documents, only the pipeline; or nothing changed at all."""
    share = _shares(facts)
    if not share:
        return [("code_review_and_analysis", 1.0), ("research_and_exploration", 1.2)] if facts.calls else []
    votes: Votes = []
    if share["test"] > 0.9:
        votes.append(("unit_test_generation", FILES_WEIGHT))
    if share["doc"] > 0.9:
        votes.append(("documentation_and_content", FILES_WEIGHT))
    if share["ci"] > 0.5:
        votes.append(("ci_cd_and_devops", FILES_WEIGHT))
    if share["code"]:
        votes.extend(PRIOR.items())
    return votes


def _shares(facts: Facts) -> dict[str, float]:
    """The share of each kind of file among those changed; empty when none was."""
    paths = {edit.path.replace("\\", "/") for edit in facts.edits}
    kinds = Counter(_file_kind(path) for path in paths)
    return {kind: kinds[kind] / len(paths) for kind in ("ci", "test", "doc", "code")} if paths else {}


def _file_kind(path: str) -> str:
    if _CI_FILE.search(path):
        return "ci"
    if _TEST_FILE.search(path):
        return "test"
    return "doc" if _DOC_FILE.search(PurePosixPath(path).name) else "code"
