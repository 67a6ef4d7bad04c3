"""Sessions from telemetry: OTLP over HTTP, a durable inbox, and jobs that put sessions together from it."""
