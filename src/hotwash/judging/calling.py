"""One call of a model over HTTP, through pydantic-ai: structured output, no tools, no retries of its own. Failures become ours, without the
provider's words: they may quote the transcript, or a part of the key."""

import re
from collections.abc import Iterator

from httpx2 import AsyncClient
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, UserPromptPart
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from hotwash.analysis.judge.model import Request
from hotwash.judging.endpoint import KEY_VARIABLES, Endpoint
from hotwash.judging.model import MAX_ANSWER_TOKENS, ModelUnusable, NoAnswer, PassingFailure, Reply
from hotwash.kit.outgoing import PASSING
from hotwash.transcript import Usage

PLACEHOLDER_KEY = "none"
"""The libraries want a key even where the server does not."""
PASSING_STATUSES = PASSING | {529}
"""529 is Anthropic's own for too much load."""
_UNAUTHENTICATED = frozenset({401, 403})
_NO_SUCH_MODEL = 404
_CODE = re.compile(r"[a-z0-9_.-]{1,60}", re.IGNORECASE)
_REFUSED = "content_filter"
_UNPREPARED = (TypeError, AttributeError, ValueError, LookupError, AssertionError)
"""How the library falls over JSON of another shape: it takes a server's word for its protocol."""


async def call(endpoint: Endpoint, request: Request, complaint: str | None) -> Reply:
    """One answer. Raises NoAnswer, PassingFailure, ModelUnusable."""
    try:
        async with _client(endpoint) as client, _model(endpoint, client) as model:
            response = await _asked(model, endpoint, request, complaint)
    except (ModelAPIError, UnexpectedModelBehavior, UserError) as error:
        raise _failure(endpoint, error) from error
    except _UNPREPARED as error:
        raise _not_of_protocol(endpoint, error) from error
    return _reply(endpoint, response)


async def _asked(model: LibraryModel, endpoint: Endpoint, request: Request, complaint: str | None) -> ModelResponse:
    takes_schema = bool(model.profile.get("supports_json_schema_output"))
    question = [UserPromptPart(text) for text in _question(request, complaint, with_schema=not takes_schema)]
    return await model_request(
        model,
        [ModelRequest(parts=[SystemPromptPart(request.system), *question])],
        model_settings=ModelSettings(
            max_tokens=MAX_ANSWER_TOKENS, timeout=endpoint.answer_s, request_timeout=endpoint.answer_s, max_retries=0
        ),
        model_request_parameters=_structured(request) if takes_schema else ModelRequestParameters(),
    )


def _client(endpoint: Endpoint) -> AsyncClient:
    """Follows no redirect: a session goes to the address that was set and to no other."""
    return AsyncClient(timeout=endpoint.answer_s, follow_redirects=False)


def _model(endpoint: Endpoint, client: AsyncClient) -> LibraryModel:
    key = endpoint.key or PLACEHOLDER_KEY
    if endpoint.provider == "anthropic":
        return AnthropicModel(endpoint.model, provider=AnthropicProvider(api_key=key, base_url=endpoint.base_url, http_client=client))
    if endpoint.base_url is None:
        return OpenAIChatModel(endpoint.model, provider=OpenAIProvider(api_key=key, http_client=client))
    return OpenAIChatModel(
        endpoint.model, provider=OpenAICompatibleProvider("custom", base_url=endpoint.base_url, api_key=key, http_client=client)
    )


def _structured(request: Request) -> ModelRequestParameters:
    return ModelRequestParameters(
        output_mode="native",
        output_object=OutputObjectDefinition(json_schema=dict(request.schema), name=request.schema_name, strict=True),
    )


def _question(request: Request, complaint: str | None, *, with_schema: bool) -> Iterator[str]:
    """What is said beside the system text. The schema in words is for models that take none."""
    yield request.as_text.removeprefix(request.system).lstrip() if with_schema else request.prompt
    if complaint is not None:
        yield f"Your last answer could not be used: {complaint}"


def _reply(endpoint: Endpoint, response: ModelResponse) -> Reply:
    usage = response.usage
    if response.finish_reason == _REFUSED:
        raise NoAnswer(f"{endpoint.provider}:{endpoint.model} refused to answer")
    if not usage.input_tokens and not usage.output_tokens:
        return Reply(text=response.text or "", usage=None)  # some servers of one's own do not tell, and nothing is answered for no tokens
    long_write = usage.cache_write_1h_tokens
    return Reply(
        text=response.text or "",
        usage=Usage(
            input=max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens),
            cache_read=usage.cache_read_tokens,
            cache_write_5m=usage.cache_write_tokens - long_write,
            cache_write_1h=long_write,
            output=usage.output_tokens,
        ),
    )


def _failure(endpoint: Endpoint, error: ModelAPIError | UnexpectedModelBehavior | UserError) -> Exception:
    """Ours for one of the library's. Most specific first."""
    name = f"{endpoint.provider}:{endpoint.model}"
    match error:
        case ModelRequestTimeout() | ModelTimeoutError():
            return PassingFailure(f"{name} did not answer within {endpoint.answer_s:.0f} s", may_be_billed=True)
        case ModelQuotaExceededError():
            return ModelUnusable(f"{name}: the account's credit or quota is used up; see to it at the provider")
        case ModelHTTPError(status_code=status) if status in _UNAUTHENTICATED:
            return ModelUnusable(f"{name} refuses the key ({status}); check {KEY_VARIABLES[endpoint.provider]} or HOTWASH_ANALYSIS_API_KEY")
        case ModelHTTPError(status_code=status) if status == _NO_SUCH_MODEL:
            return ModelUnusable(f"{name}: the server knows no such model or address (404); check HOTWASH_ANALYSIS_MODEL and _BASE_URL")
        case ModelHTTPError(status_code=status) if status in PASSING_STATUSES:
            return PassingFailure(f"{name} answered {_told(error)}", error.retry_after)
        case ModelHTTPError():
            return NoAnswer(f"{name} answered {_told(error)}")
        case ModelConnectionError():
            return PassingFailure(f"{name} cannot be reached, or broke off its answer; check the address and the network")
        case UserError():
            return ModelUnusable(f"{name} cannot be asked as it is set up ({type(error).__name__}); check HOTWASH_ANALYSIS_MODEL")
        case _:
            return _not_of_protocol(endpoint, error)


def _not_of_protocol(endpoint: Endpoint, error: Exception) -> PassingFailure:
    return PassingFailure(
        f"{endpoint.provider}:{endpoint.model} gave an answer that is not of its protocol ({type(error).__name__})", may_be_billed=True
    )


def _told(error: ModelHTTPError) -> str:
    """The status, and the provider's code where it is a plain word."""
    for code in (error.provider_error_code, error.provider_error_type):
        if code is not None and _CODE.fullmatch(code):
            return f"{error.status_code} ({code})"
    return str(error.status_code)
