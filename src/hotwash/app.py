"""The composition root: settings in; a running application out. Only the command line and tests import it."""

import contextlib
import dataclasses
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import HANDLED_SIGNALS

from hotwash.api import guard, server
from hotwash.api.fastpath import FastPath
from hotwash.api.heads import BoundedHead
from hotwash.api.ours import imports
from hotwash.demo import load as demo_sessions
from hotwash.errors import HotwashError
from hotwash.identity import service as identity
from hotwash.insights import jobs as insights_jobs
from hotwash.insights import pricing
from hotwash.insights.judged import StoredLedger
from hotwash.intake.otlp import service as telemetry
from hotwash.intake.redaction import redact_text
from hotwash.jobs.queue import Jobs
from hotwash.judging.judge import Judge
from hotwash.judging.opening import named_model, open_judge
from hotwash.kit import clock, lockfile, logs, private
from hotwash.services import Services
from hotwash.settings import InsightsSettings, JudgeSettings, ServerSettings, StoreSettings
from hotwash.store.blobs import DatabaseBlobs
from hotwash.store.engine import Database, open_database, sqlite_url
from hotwash.store.migrate import migrate
from hotwash.web.routes import router as pages_router

GRACE_S = 10
"""Seconds that open requests get to finish when the server stops."""

Announce = Callable[[str, str, Path, str | None], None]
"""Told once the server answers: its address, a login link, the data folder, and the demo organisation where there is one."""


class CannotServe(HotwashError):
    """The server cannot start here."""

    code = "cannot_serve"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Application:
    """Everything that makes up a server, not yet running."""

    asgi: FastPath
    services: Services

    def start(self) -> None:
        """Starts background jobs; those a crash left unfinished go on."""
        self.services.jobs.start()

    def stop(self) -> None:
        """Stops background jobs and closes the store. What is unfinished goes on at the next start."""
        if self.services.judge is not None:
            self.services.judge.stop()
        self.services.jobs.stop()
        self.asgi.close()
        self.services.db.close()


def build(
    store: StoreSettings, serving: ServerSettings, insights: InsightsSettings, *, base_url: str, judging: JudgeSettings | None = None
) -> Application:
    """Opens and migrates the store and wires everything to it. Raises a HotwashError where the store cannot be opened, or no model can be asked
    as it is set up."""
    url = store.database_url.get_secret_value() if store.database_url else sqlite_url(store.data_dir)
    db = open_database(url)
    migrate(db)
    services = Services(
        db=db,
        blobs=DatabaseBlobs(),
        jobs=Jobs(url, store.data_dir),
        base_url=base_url,
        data_dir=store.data_dir,
        max_upload_bytes=serving.max_upload_bytes,
        usd_per_acu=insights.usd_per_acu,
        size_thresholds=insights.size_thresholds,
        content=insights.content,
        redact_emails=insights.redact_emails,
        judge=_judge(judging, insights, db),
    )
    insights_jobs.register(services.jobs, db, services.blobs, services.judge)
    telemetry.register(services.jobs, db, services.blobs, services)
    asgi = server.create(
        services,
        hosts=guard.answered_hosts(serving.host, serving.public_url),
        public_url=serving.public_url,
        pages=(pages_router(services),),
    )
    return Application(asgi=asgi, services=services)


def _judge(settings: JudgeSettings | None, insights: InsightsSettings, db: Database) -> Judge | None:
    """The model that is set, unless no content may be shown to anybody."""
    named = named_model(settings) if settings is not None else None
    if settings is None or named is None or insights.content == "metrics":
        return None
    return open_judge(settings, named, StoredLedger(db), price=pricing.tariff, env=os.environ, redact=redact_text)


def serve(
    *, store: StoreSettings, server: ServerSettings, insights: InsightsSettings, judging: JudgeSettings, demo: bool, on_ready: Announce
) -> None:
    """Runs the server until it is told to stop (SIGINT, SIGTERM). Raises CannotServe where port or data folder are taken."""
    logs.configure()
    with _data_folder(store.data_dir), _bound(server.host, server.port) as listener:
        base_url = (server.public_url or _address(server.host, listener)).rstrip("/")
        application = build(store, server, insights, base_url=base_url, judging=judging)
        application.start()
        try:
            demo_org = demo_sessions.load_demo(application.services) if demo else None
            _run(application.asgi, listener, lambda: on_ready(base_url, _login_url(application.services), store.data_dir, demo_org))
        finally:
            application.stop()


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready and comes back after a signal, so that jobs are stopped in order: uvicorn itself would raise the
    signal again and end the process."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        previous = {number: signal.signal(number, self._stop) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)


def _run(asgi: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    config = uvicorn.Config(
        asgi,
        http=BoundedHead,
        lifespan="off",
        log_config=None,
        access_log=False,  # query strings may carry a login token
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    _Server(config, ready).run(sockets=[listener])


@contextlib.contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    """Holds the data folder: two servers on one would run each job twice."""
    try:
        private.make_folder(folder)
        with lockfile.held(folder / "server.lock") as ours:
            if not ours:
                raise CannotServe(f"Another Hotwash serves {folder}; stop it, or choose another folder with --data")
            imports.forget_interrupted(folder)
            yield
    except PermissionError as error:
        raise CannotServe(f"{folder} cannot be written; choose another folder with --data") from error


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes a free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(socket.SOMAXCONN)
    except socket.gaierror as error:
        raise CannotServe(f"{host} is not an address of this machine; choose another with --host") from error
    except OSError as error:
        reason = "is in use, perhaps by another Hotwash" if error.errno == errno.EADDRINUSE else f"cannot be bound ({error.strerror})"
        raise CannotServe(f"Port {port} on {host} {reason}; choose another with --port, or 0 for any free one") from error
    with listener:
        yield listener


def _address(host: str, listener: socket.socket) -> str:
    reachable = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 compared, not bound
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{listener.getsockname()[1]}"


def _login_url(services: Services) -> str:
    with services.db.write() as conn:
        return f"{services.base_url}/login?token={identity.login_token(conn, clock.now())}"
