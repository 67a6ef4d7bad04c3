"""The neutral record of one session, whatever agent wrote it: events, usage, coverage. Frozen values, no I/O."""

from hotwash.transcript.coverage import Coverage as Coverage
from hotwash.transcript.events import AgentMessage as AgentMessage
from hotwash.transcript.events import Category as Category
from hotwash.transcript.events import Event as Event
from hotwash.transcript.events import Instruction as Instruction
from hotwash.transcript.events import InstructionSource as InstructionSource
from hotwash.transcript.events import Lifecycle as Lifecycle
from hotwash.transcript.events import LifecycleKind as LifecycleKind
from hotwash.transcript.events import Reasoning as Reasoning
from hotwash.transcript.events import ToolCall as ToolCall
from hotwash.transcript.events import ToolStatus as ToolStatus
from hotwash.transcript.events import UsageReport as UsageReport
from hotwash.transcript.events import UserMessage as UserMessage
from hotwash.transcript.transcript import Origin as Origin
from hotwash.transcript.transcript import PullRequest as PullRequest
from hotwash.transcript.transcript import ReadWarning as ReadWarning
from hotwash.transcript.transcript import Transcript as Transcript
from hotwash.transcript.usage import Usage as Usage
