"""Which programming languages a session worked in and which programs, frameworks and services it used, by the names people use for them."""

import re
from collections import Counter

from hotwash.analysis.facts.everyday import PLUMBING
from hotwash.analysis.facts.model import Facts
from hotwash.transcript import ToolCall

MAX_LANGUAGES = 5
MAX_TOOLS = 12
EDIT_WEIGHT = 6
"""A changed file says more about the language worked in than one that was only read."""
MIN_SHARE = 0.12
"""A language with less of the evidence was passed by, not worked in."""

LANGUAGE_OF_SUFFIX: dict[str, str] = {
    ".py": "Python", ".pyi": "Python", ".ipynb": "Python", ".go": "Go", ".ts": "TypeScript", ".tsx": "TypeScript", ".mts": "TypeScript", ".js": "JavaScript",
    ".jsx": "JavaScript", ".mjs": "JavaScript", ".cjs": "JavaScript", ".rs": "Rust", ".java": "Java", ".kt": "Kotlin", ".kts": "Kotlin", ".scala": "Scala",
    ".rb": "Ruby", ".php": "PHP", ".cs": "C#", ".fs": "F#", ".c": "C", ".h": "C", ".cc": "C++", ".cpp": "C++", ".cxx": "C++", ".hpp": "C++", ".m": "Objective-C",
    ".swift": "Swift", ".dart": "Dart", ".ex": "Elixir", ".exs": "Elixir", ".erl": "Erlang", ".hs": "Haskell", ".ml": "OCaml", ".clj": "Clojure", ".lua": "Lua",
    ".r": "R", ".jl": "Julia", ".pl": "Perl", ".zig": "Zig", ".nim": "Nim", ".sh": "Shell", ".bash": "Shell", ".zsh": "Shell", ".fish": "Shell", ".ps1": "PowerShell",
    ".sql": "SQL", ".html": "HTML", ".css": "CSS", ".scss": "CSS", ".less": "CSS", ".vue": "Vue", ".svelte": "Svelte", ".tf": "Terraform", ".proto": "Protocol Buffers",
    ".graphql": "GraphQL", ".sol": "Solidity", ".s": "Assembly", ".asm": "Assembly", ".v": "Verilog", ".md": "Markdown", ".mdx": "Markdown", ".rst": "reStructuredText",
    ".tex": "LaTeX", ".yml": "YAML", ".yaml": "YAML", ".json": "JSON", ".toml": "TOML", ".xml": "XML",
}  # fmt: skip
_NOT_CODE = {"Markdown", "reStructuredText", "YAML", "JSON", "TOML", "XML", "LaTeX"}
"""Written in, yes, but named only where the session changed such files."""
LANGUAGE_OF_TOOL: dict[str, str] = {
    "pytest": "Python", "unittest": "Python", "ruff": "Python", "mypy": "Python", "black": "Python", "pyright": "Python", "go test": "Go", "go build": "Go", "go vet": "Go",
    "gofmt": "Go", "golangci-lint": "Go", "cargo test": "Rust", "cargo build": "Rust", "cargo check": "Rust", "cargo clippy": "Rust", "tsc": "TypeScript", "rspec": "Ruby",
    "rubocop": "Ruby", "phpunit": "PHP", "dotnet test": "C#", "dotnet build": "C#", "maven": "Java", "swift test": "Swift",
}  # fmt: skip
NAME_OF_PROGRAM: dict[str, str] = {
    "docker": "Docker", "docker-compose": "Docker Compose", "kubectl": "Kubernetes", "helm": "Helm", "terraform": "Terraform", "aws": "AWS CLI", "gcloud": "Google Cloud CLI", "az": "Azure CLI",
    "node": "Node.js", "gradlew": "Gradle", "gradle": "Gradle", "mvn": "Maven", "mvnw": "Maven", "psql": "PostgreSQL", "redis-cli": "Redis", "sqlite3": "SQLite", "mysql": "MySQL",
    "pip3": "pip", "python3": "python", "cmake": "CMake",
}  # fmt: skip
_CMDLET = re.compile(r"[A-Z][a-z]+-[A-Z]")
"""PowerShell's own commands are plumbing too: `Get-Content`, `Select-Object`."""
WITH_SUBCOMMAND = frozenset({"go", "cargo", "dotnet"})
"""Named with their subcommand where it runs a check: `go test` says more than `go`."""
FRAMEWORK_WORDS: dict[str, str] = {
    "django": "Django", "flask": "Flask", "fastapi": "FastAPI", "sqlalchemy": "SQLAlchemy", "pydantic": "Pydantic", "numpy": "NumPy", "pandas": "pandas", "torch": "PyTorch", "tensorflow": "TensorFlow",
    "react": "React", "next.js": "Next.js", "vue": "Vue", "svelte": "Svelte", "angular": "Angular", "express": "Express", "vite": "Vite", "tailwind": "Tailwind CSS", "prisma": "Prisma",
    "playwright": "Playwright", "cobra": "cobra", "bubbletea": "Bubble Tea", "gin": "Gin", "tokio": "Tokio", "axum": "axum", "rails": "Rails", "laravel": "Laravel", "spring": "Spring", "sphinx": "Sphinx",
    "docusaurus": "Docusaurus", "biome": "Biome", "supabase": "Supabase", "postgres": "PostgreSQL", "redis": "Redis", "graphql": "GraphQL", "go-git": "go-git",
}  # fmt: skip


def languages(facts: Facts) -> tuple[str, ...]:
    """Languages by how much of the session's files and checks speak for each, most first."""
    weight: Counter[str] = Counter()
    changed: set[str] = set()
    for edit in facts.edits:
        if name := _language(edit.path):
            weight[name] += EDIT_WEIGHT
            changed.add(name)
    for call in facts.calls:
        if call.path and (name := _language(call.path)):
            weight[name] += 1
    for check in facts.checks:
        if named := LANGUAGE_OF_TOOL.get(check.tool):
            weight[named] += 2
    for command in facts.commands:
        if any(program.name in ("python", "python3") and program.words for program in command.programs):
            weight["Python"] += 1
    for name in _NOT_CODE - changed:
        del weight[name]
    floor = MIN_SHARE * sum(weight.values())
    ranked = sorted(weight, key=lambda name: (-weight[name], name))
    return tuple(name for name in ranked if weight[name] >= floor or name in changed)[:MAX_LANGUAGES]


def tools(facts: Facts) -> tuple[str, ...]:
    """Programs, check tools, MCP servers and frameworks, most used first."""
    used: Counter[str] = Counter()
    for check in facts.checks:
        used[check.tool] += 2
    for command in facts.commands:
        for program in command.programs:
            if name := _program(program.name, program.subcommand):
                used[name] += 1
    for call in facts.calls:
        if server := _mcp_server(call):
            used[server] += 1
    for name in _frameworks(facts):
        used[name] += 1
    ranked = sorted(used, key=lambda name: (-used[name], name.lower()))
    return tuple(ranked[:MAX_TOOLS])


def _language(path: str) -> str | None:
    _, dot, suffix = path.rpartition(".")
    return LANGUAGE_OF_SUFFIX.get(f".{suffix.lower()}") if dot else None


def _program(name: str, subcommand: str | None) -> str | None:
    if (
        name in PLUMBING
        or not name
        or not name[0].isalpha()
        or "=" in name
        or _CMDLET.match(name)
        or len(name) > 30
        or name.endswith((".sh", ".py", ".js", ".rb"))
    ):
        return None
    if name in WITH_SUBCOMMAND:
        return f"{name} {subcommand}" if subcommand else name
    return NAME_OF_PROGRAM.get(name, name)


def _mcp_server(call: ToolCall) -> str | None:
    parts = call.name.split("__")
    if len(parts) < 3 or parts[0] != "mcp" or not parts[1]:
        return None
    return f"{parts[1].replace('_', ' ').removeprefix('claude ai ').removeprefix('plugin ')} MCP"


def _frameworks(facts: Facts) -> list[str]:
    """Frameworks named in what was asked or in lines that were written."""
    asked = " ".join(message.text[:2_000] for message in facts.messages[:3]).lower()
    imported = " ".join(
        line for edit in facts.edits for line in edit.added if line.startswith(("import ", "from ", "use ", "require", "#include"))
    )[:8_000].lower()
    seen = set((asked + " " + imported).replace("/", " ").replace('"', " ").replace("'", " ").replace(",", " ").replace("(", " ").split())
    return [name for word, name in FRAMEWORK_WORDS.items() if word in seen]
