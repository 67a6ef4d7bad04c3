"""OTLP traces and logs of agents."""

from hotwash.readers.otlp.reader import FORMAT as FORMAT
from hotwash.readers.otlp.reader import Otlp as Otlp
