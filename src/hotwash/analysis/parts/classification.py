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
LEAD_SURENESS = 0.7
"""“Refactor the …” says what is wanted more surely than any word that follows."""
SAID_CHARS = 1_500
OPENING_CHARS = 160
TITLE_WEIGHT = 1.5
LATER_WEIGHT: dict[Role, float] = {"request": 1.2, "follow_up": 0.5, "correction": 0.5}
"""A later request may change the work, other messages only colour it; approvals and answers say nothing about its kind."""
MESSAGES = 20
"""Messages of the person that are read; by then the work has a kind."""
AGENT_WEIGHT = 1.2
AGENT_OPENINGS = 3
"""The agent says what it sets out to do in its first messages, and what it did in its last."""
NAMED_WEIGHT = 1.5
"""A commit message, branch name or plan heading in the conventional form (`fix:`, `feat/…`) is the author's own classification."""
ISSUE_LINK_WEIGHT = 1.0
"""A link to an issue, given as the task, is a report of something broken more often than anything else."""
FILES_WEIGHT = 2.0
PROBE_CONFIDENCE = 0.8
PRIOR: dict[SessionCategory, float] = {"feature_development": 0.8, "bug_fixing": 0.5}
"""What a session that changed code most likely was, when nothing else speaks."""

_WORDS: tuple[tuple[SessionCategory, str, str], ...] = (
    ("bug_fixing",
     r"bugs?|debug|crash(?:es|ed)?|regression|broken|breaks?|traceback|exception|panic|(?:doesn'?t|does not|not|isn'?t|never) (?:actually )?work(?:ing|s)?|(?:get|getting|see|seeing|this|following) (?:\w+ ){0,2}(?:errors?|warnings?|failures?)|fails?|failed|failing"
     r"|root cause|fix(?:es|ed|ing)?|(?:address|look at) .{0,30}(?:feedback|comments)|(?:low|medium|high) severity|lost|resets?|incorrect(?:ly)?|hotfix|troubleshoot|(?:for ever|forever|endlessly)",
     r"errors?|wrong|issue|problem|unexpected(?:ly)?|conflicts?|missing|resolve[ds]?"),
    ("feature_development",
     r"implement(?:s|ing)?|add(?:ing)? (?:a|an|the|support|\w+ )|new (?:feature|command|option|flag|endpoint|page|segment)|support (?:for )?\w+|feature|(?:i|we) (?:do )?want (?:this|it|the|a) \w+ to|redesign|extend|do the same for|make (?:it|this|them|the) \w+",
     r"create|build|introduce|allow|enable|develop|write a (?:program|script|tool|function|server)|should (?:also|show|return)|adjust|option to|hidden|friendl(?:y|ier)|plan"),
    ("refactoring_and_optimization",
     r"refactor(?:ing|ed)?|clean(?:ing|ed)? ?up|simplif(?:y|ied)|restructur(?:e|ing)|reorgani[sz]e|dead code|dedup(?:licate)?|optimi[sz](?:e|ing|ation)|speed ?up|mov(?:e|ed|ing) (?:\w+\.\w+|.{1,40} (?:in)?to)|get rid of|(?:can'?t|don'?t|could) we (?:just )?(?:re)?use|obsolete",
     r"renam(?:e|ed|ing)|extract|faster|performance|reuse|duplicat(?:e|es|ed|ion)s?|modify|consolidat(?:e|ion)|drop support|remov(?:e|ed|ing)|split"),
    ("documentation_and_content",
     r"docs|documentation|readme(?:\.md)?|changelog|docstrings?|agents\.md|claude\.md|tutorial|blog|poems?|release notes|write-?up|spelling|typo",
     r"document|guide|comments? only|instructions|content|text"),
    ("code_review_and_analysis",
     r"review(?:ing|ed)?|/review|audit|stale|ready to merge|double[- ]check|what do you think|look over|triage",
     r"analy[sz](?:e|ing|is)|assess|evaluate|explain|check|pull request|prs?|compare"),
    ("ci_cd_and_devops",
     r"github actions?|\S{0,80}/actions/runs/\d+|ci/cd|ci|workflow (?:file|run)|pipelines?|deploy(?:ment|ing|ed)?|docker(?:file)?|kubernetes|helm|terraform|go ?releaser|release (?:artifacts?|process|pipeline|workflow)|git hooks?|pre-?push|pre-?commit|npm publish|publish to \w+|nginx|systemd|squash(?:ed|ing)?|rebas(?:e|ed|ing)|cherry-?pick(?:ed|ing)?|(?:force|forced)[- ]push(?:ed|ing)?|(?:work-in-progress|wip) commits",
     r"release|push|branch protection|merge this|runner|artifacts?|publish"),
    ("unit_test_generation",
     r"(?:add|write|create|more|missing|generate|improve) (?:\w+ ){0,3}tests?|test coverage|coverage|unit tests?|e2e test(?:ing|s)?|test(?:ing)? framework",
     r"tests?"),
    ("migrations_and_upgrades",
     r"migrat(?:e|es|ion|ing)|upgrad(?:e|es|ing)|bump|update (?:the )?(?:dependenc|version|package)\w*|port(?:ing)? (?:\w+ ){0,3}(?:to|from)|convert .{1,40} to",
     r"deprecat(?:ed|ion)|v?\d+ to v?\d+|legacy"),
    ("code_quality_and_security",
     r"security|vulnerabilit(?:y|ies)|advisor(?:y|ies)|cves?|injection|arbitrary (?:os )?(?:commands?|code)|code quality|static analysis|hardening|hash(?:es)? crack\w*|exploit",
     r"lint(?:ing|er)?|secrets?|sanitiz\w+|type errors?|unsafe|untrusted"),
    ("data_and_automation",
     r"csv|\S{1,80}\.(?:csv|parquet|xlsx|ndjson)|back-?fill(?:ed|ing)?|(?:import|export|sync)(?:ing)? (?:the |all )?(?:data|records|events|rows|customers|orders)|dataset|data ?frame|scrap(?:e|ing)|etl|spreadsheet|parquet|sql query|train(?:ing)? (?:a |the )?model|process (?:the )?(?:data|files?)|crawl",
     r"automat(?:e|ion)|batch|data|query"),
    ("research_and_exploration",
     r"investigate|research|explore|find out|brainstorm|feasib\w+|is it possible|can it be|help me understand|how (?:does|do|is|are) .{1,60}(?:work|decide)\w*|what (?:does|happens|would happen)|alternatives|proposals?|competitors?",
     r"how (?:does|do|can|could|would)|why (?:does|do|is|are)|what (?:is|are|was)|understand|options? for|where (?:is|are|does|do)|wonder"),
)  # fmt: skip
"""Words that name a kind of work, and words that only hint at it."""


def _whole_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:./-])(?:{words})(?![\w-])")  # searched in lower case, which is twice as fast as ignoring it


_MATCHERS = tuple((category, _whole_words(naming), _whole_words(hinting)) for category, naming, hinting in _WORDS)
_LEAD: dict[SessionCategory, str] = {
    "bug_fixing": "fix debug resolve address troubleshoot",
    "feature_development": "add implement create build introduce support extend enable make",
    "refactoring_and_optimization": "refactor rename move simplify clean reuse extract split consolidate optimize drop",
    "code_review_and_analysis": "review audit",
    "research_and_exploration": "investigate research explore explain compare",
    "migrations_and_upgrades": "upgrade migrate bump port",
    "documentation_and_content": "document",
    "ci_cd_and_devops": "deploy release publish",
}
_CATEGORY_OF_VERB = {verb: category for category, verbs in _LEAD.items() for verb in verbs.split()}
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
_REVIEW_COMMAND = re.compile(r"\s*/(?:[\w-]+:)?(?:code-)?review\b", re.IGNORECASE)
"""A session begun by the command for reviews is one, whatever the review led to."""
_REVIEW_ASKED = re.compile(
    r"\breview (?:of )?(?:the|these|this|my|all)(?: \w+)? (?:changes|pr|pull request|branch|diff)\b(?![^.\n]*\b(?:fix|address)\b)",
    re.IGNORECASE,
)
_PROBE = re.compile(r"\W*(?:reply|respond|answer|say|print|echo)\b[^.\n]{0,40}\b(?:with|only|exactly)\b", re.IGNORECASE)
"""Asks for an answer of given words, to see whether the agent lives."""
_WRAPPED = re.compile(r"<(\w{0,20}(?:description|issue|task|query|problem)\w{0,20})>(.{20,}?)</\1>", re.DOTALL | re.IGNORECASE)
"""Where a harness marks the task within its own rules, what is marked is the task."""
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
    if not facts.calls and facts.messages and _PROBE.search(wording.prose(facts.messages[0].text)):
        return Classification(category="other", confidence=PROBE_CONFIDENCE)
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
    for message in facts.messages[:MESSAGES]:
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
    """One vote a category, surer for words that name the work than for words that hint at it, and surer in the opening; and one for the verb it opens with."""
    wrapped = _WRAPPED.search(text[: wording.SCANNED_CHARS])
    prose = wording.PLAN_INTRODUCED.sub("", wording.prose(wrapped[2] if wrapped is not None else text), count=1)
    said = prose[:SAID_CHARS].lower()
    votes: Votes = []
    for category, naming, hinting in _MATCHERS:
        if named := naming.search(said):
            votes.append((category, weight * (1.0 if named.start() < OPENING_CHARS else 0.6)))
        elif hinted := hinting.search(said):
            votes.append((category, weight * (0.4 if hinted.start() < OPENING_CHARS else 0.2)))
    verb = wording.words(wording.gist(prose, OPENING_CHARS))[:1]
    if verb and (category_of_verb := _CATEGORY_OF_VERB.get(verb[0])):
        votes.append((category_of_verb, weight * LEAD_SURENESS))
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
        return {
            "documentation_and_content": 0.4,
            "feature_development": 0.5,
            "bug_fixing": 0.7,
            "refactoring_and_optimization": 0.5,
            "unit_test_generation": 0.5,
        }
    first = facts.messages[0].text[:SAID_CHARS] if facts.messages else ""
    reviewed = _REVIEW_COMMAND.match(first) is not None or _REVIEW_ASKED.search(first) is not None
    factors: dict[SessionCategory, float] = {"research_and_exploration": 0.4, "code_review_and_analysis": 1.0 if reviewed else 0.6}
    if share["doc"] < 0.5:
        factors["documentation_and_content"] = 0.5
    if share["ci"] < 0.3:
        factors["ci_cd_and_devops"] = 0.85
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
