"""Models reached over HTTP by the protocols of OpenAI and Anthropic. The library that speaks them is loaded with the first request: it takes a
second, and is an extra."""

from hotwash.analysis.judge.model import Request
from hotwash.judging.endpoint import KEY_VARIABLES, Endpoint
from hotwash.judging.model import ModelUnusable, Reply


class ProviderModel:
    """A model of a provider, or of a server that speaks its protocol (Ollama, vLLM, a proxy)."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises ModelUnusable where the provider's own address would be asked without a key."""
        if endpoint.base_url is None and not endpoint.key:
            raise ModelUnusable(
                f"{endpoint.provider}:{endpoint.model} needs a key; put it into {KEY_VARIABLES[endpoint.provider]} or HOTWASH_ANALYSIS_API_KEY"
            )
        self.name = f"{endpoint.provider}:{endpoint.model}"
        self._endpoint = endpoint

    async def ask(self, request: Request, complaint: str | None) -> Reply:
        try:
            from hotwash.judging import calling  # not at the top: see the module's docstring
        except ModuleNotFoundError as error:
            raise missing_extra(self.name) from error
        return await calling.call(self._endpoint, request, complaint)


def missing_extra(name: str) -> ModelUnusable:
    """What is said where the library is not installed."""
    return ModelUnusable(f"{name} needs an extra package; run: pip install 'hotwash[llm]'")
