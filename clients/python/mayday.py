# SPDX-License-Identifier: Apache-2.0
"""Mayday crash reports for Python 3.8 and newer: one file, no dependencies.

    import mayday
    mayday.install(url="http://localhost:8080", product="my-app", version="1.2.3")

Reports uncaught errors (main thread, other threads, asyncio tasks, web requests) to a Mayday server, and those handed
to report(). It never raises, never waits for the network in report(), and changes nothing that the program prints.
"""

from __future__ import annotations

import atexit
import collections
import contextlib
import contextvars
import hashlib
import importlib
import json
import linecache
import logging
import math
import os
import platform
import random
import re
import sys
import tempfile
import threading
import time
import uuid
import weakref
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Iterable, Iterator, Mapping, TypeVar
from urllib.parse import parse_qsl, quote, unquote

fcntl: Any = None  # Windows has none.
with contextlib.suppress(ImportError):
    fcntl = importlib.import_module("fcntl")

if TYPE_CHECKING:
    from typing import Dict, List, Literal, Optional, Pattern, Sequence, Tuple, Type, Union

    _Made = Dict[str, Any]  # A report, before it is JSON.
    _BeforeSend = Callable[[_Made], Optional[_Made]]
    _Ignored = Union[str, Pattern[str], Type[BaseException]]
    _Ownership = Mapping[str, Sequence[Mapping[str, str]]]
    _Frames = List[Tuple[FrameType, int]]  # Innermost first.

_Future = TypeVar("_Future")

__version__ = "1.0.0"
__all__ = [
    "install", "report", "flush", "set_context", "context", "breadcrumb", "watch", "LoggingHandler",
    "WsgiMiddleware", "AsgiMiddleware", "django_middleware", "init_flask",
]

# Bounds. A report is at most MAX_BODY bytes; the queue at most QUEUE_FILES reports and QUEUE_BYTES bytes.
MAX_CAUSES = 10
MAX_LOCATIONS = 100
MAX_ENTRIES = 100
MAX_ITEMS = 50
MAX_DEPTH = 5
MAX_MESSAGE = 8192
MAX_STRING = 2048
MAX_SOURCE_LINE = 300
MAX_LOCAL = 500
MAX_BODY = 256 * 1024
MAX_ANSWER = 64 * 1024
MAX_SOURCE_FILE = 4 * 1024 * 1024
SOURCE_CONTEXT = 5
LOCALS_SECONDS = 0.5
MAX_PLACES = 2000
MAX_KNOWN_TEXT = 300
QUEUE_FILES = 50
QUEUE_BYTES = 5 * 1024 * 1024
QUEUE_SECONDS = 14 * 24 * 3600
TMP_SECONDS = 3600
MERGE_SECONDS = 60
FIRST_BACKOFF = 30
MAX_BACKOFF = 3600
# Before this time (2020) no clock can be right: the library did not exist.
EARLIEST_CLOCK = 1577836800
# A handled error may still turn out to be what the program dies of.
GRACE_SECONDS = 0.15

FILTERED = "[filtered]"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NEW_FILE = re.compile(r"^([0-9a-f]{16})\.(" + _UUID + r")\.new$")
_TRIED_FILE = re.compile(r"^(" + _UUID + r")\.json$")

_client: _Client | None = None
_busy = threading.local()
_scope: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("mayday_context", default=None)
_providers: list[Callable[[], dict[str, Any]]] = []
_breadcrumbs: collections.deque[dict[str, Any]] = collections.deque(maxlen=50)


# --- What an application calls -------------------------------------------------------------------------------------


def install(url: str | None = None, product: str | None = None, version: str | Mapping[str, str] | None = None,
            account: str | None = None, role: str | None = None, token: str | None = None, debug: bool | None = None,
            queue_dir: str | None = None, timeout_ms: float = 3000, locals: bool = False, ownership: _Ownership | None = None,
            secrets: Iterable[str] = (), before_send: _BeforeSend | None = None, hooks: bool = True, key: str | None = None,
            variables: Iterable[str] | None = None, exit_ms: float | None = None, environment_name: str | None = None,
            tags: Mapping[str, Any] | None = None, ignore: Iterable[_Ignored] = (), sample_rate: float | None = None,
            sessions: bool | None = None) -> bool:
    """Starts reporting. Calling it again changes the options. Returns whether reports will be sent."""
    global _client
    try:
        environment = os.environ
        role = _effective_role(environment, role, queue_dir or environment.get("MAYDAY_QUEUE_DIR"))
        if role == "disabled":
            _client = None
            return False
        if environment.get("MAYDAY_DEBUG"):
            debug = environment["MAYDAY_DEBUG"] not in ("0", "false", "no")
        client = _Client(
            url=url or environment.get("MAYDAY_URL"),
            account=account or environment.get("MAYDAY_ACCOUNT") or "default",
            product=product or environment.get("MAYDAY_PRODUCT"),
            version=version or environment.get("MAYDAY_VERSION"), role=role,
            environment_name=environment_name or environment.get("MAYDAY_ENVIRONMENT"),
            ignore=list(ignore), sample_rate=_number(sample_rate, environment.get("MAYDAY_SAMPLE_RATE"), 1, 1),
            token=token or environment.get("MAYDAY_TOKEN"),
            key=key or environment.get("MAYDAY_KEY"),
            debug=bool(debug),
            home=_home(queue_dir or environment.get("MAYDAY_QUEUE_DIR")),
            timeout=max(0.1, min(float(timeout_ms) / 1000, 60)), exit_wait=_number(exit_ms, environment.get("MAYDAY_EXIT_MS"), 2000, 60000) / 1000,
            locals_on=bool(locals), ownership=ownership,
            secrets=_Secrets(secrets), before_send=before_send,
            variables=_Variables(_names(environment.get("MAYDAY_VARIABLES")) + list(variables or ())),
        )
        previous = _client
        if previous is not None and previous.sender.queue and client.sender.queue and (
                previous.sender.queue.folder == client.sender.queue.folder):
            # One sender for one folder: two would send the same reports.
            client.sender, previous.sender.client = previous.sender, client
            client.context = previous.context
        if _is_on(environment.get("MAYDAY_SESSIONS"), sessions) and client.can_send:
            client.session = (previous.session if previous is not None else None) or _Session()
        if tags:
            client.context["tags"] = dict(client.context.get("tags") or {}, **tags)
        _client = client
        if hooks:
            _install_hooks()
        if client.session is not None and not client.session.told:
            client.sender.wake()
        client.sender.start_if_work_waits()
        return client.can_send
    except Exception:
        _client = None
        return False


def report(error: object = None, data: Mapping[str, Any] | None = None) -> str | None:
    """Reports an error (the one being handled when none is given) with a map of data. Returns the occurrence's id."""
    if error is None:
        error = sys.exc_info()[1]
    if error is None:
        return None
    return _report(error, data, "normal")


def flush(timeout_ms: float | None = None) -> bool:
    """Tries to send everything that waits, now. Returns whether nothing is left."""
    client = _client
    if client is None:
        return True
    try:
        return client.sender.drain(client.timeout if timeout_ms is None else timeout_ms / 1000, True)
    except Exception:
        return False


def breadcrumb(message: str, data: Mapping[str, Any] | None = None, category: str | None = None) -> None:
    """Notes what the program did; the last 50 of a thread or task and those of the program go with each report."""
    try:
        crumb: dict[str, Any] = {"time": _now(), "message": _text(message, MAX_STRING)}
        if category:
            crumb["category"] = _text(category, 100)
        if data:
            crumb["data"] = dict(data)
        _breadcrumbs.append(crumb)
    except Exception:
        pass


def set_context(**sections: Mapping[str, Any] | None) -> None:
    """Sets what every later report carries: user, account, configuration, request, host, tags (maps; None removes one)."""
    client = _client
    if client is None:
        return
    for name, value in sections.items():
        if value is None:
            client.context.pop(name, None)
        else:
            client.context[name] = value


class context:
    """`with mayday.context(user={...}):` is like set_context, for the thread or task inside only."""

    def __init__(self, **sections: Any) -> None:
        self._sections = sections
        self._mark: contextvars.Token[dict[str, Any] | None] | None = None

    def __enter__(self) -> context:
        self._mark = _scope.set(dict(_scope.get() or {}, **self._sections))
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        with contextlib.suppress(ValueError):  # A generator that was closed in another context.
            if self._mark is not None:
                _scope.reset(self._mark)
        return False


# --- Handlers for uncaught errors ----------------------------------------------------------------------------------

_hooks_installed = False


def _install_hooks() -> None:
    global _hooks_installed
    if _hooks_installed:
        return
    _hooks_installed = True

    previous_excepthook = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sent = None
        if _is_crash(error):
            sent = _report(error, None, "major", trace, "excepthook")
            _end_session("crashed")
        try:
            previous_excepthook(kind, error, trace)
        finally:
            if sent:
                _drain_at_exit()

    sys.excepthook = excepthook

    previous_threading_hook = threading.excepthook

    def threading_hook(args: Any) -> None:
        if _is_crash(args.exc_value):
            _report(args.exc_value, None, "major", args.exc_traceback, "threading")
        previous_threading_hook(args)

    threading.excepthook = threading_hook

    previous_unraisable_hook = sys.unraisablehook

    def unraisable_hook(args: Any) -> None:
        if _is_crash(args.exc_value):
            _report(args.exc_value, None, "normal", args.exc_traceback, "unraisable")
        previous_unraisable_hook(args)

    sys.unraisablehook = unraisable_hook

    _install_asyncio_hook()
    _install_futures_hook()
    _install_multiprocessing_hook()
    atexit.register(_drain_at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _install_asyncio_hook() -> None:
    # Every loop of the standard library passes uncaught errors of tasks and callbacks through this method.
    try:
        from asyncio import base_events
    except ImportError:
        return
    loop: Any = base_events.BaseEventLoop
    previous = loop.call_exception_handler

    def call_exception_handler(self: Any, context: dict[str, Any]) -> None:
        error = context.get("exception") if isinstance(context, dict) else None
        if _is_crash(error):
            _report(error, {"asyncio": context.get("message")}, "major", None, "asyncio")
        previous(self, context)

    loop.call_exception_handler = call_exception_handler
    # Loops of other makers (uvloop) are left as they are; what nobody caught they log where the standard library does.
    logging.getLogger("asyncio").addFilter(_AsyncioFilter())


class _AsyncioFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if _is_crash(error):
            _report(error, {"asyncio": _text(record.getMessage().split("\n")[0], 200)}, "major", None, "asyncio log")
        return True


class _Unread:
    """The error of a pool's future; it is lost when the future goes and nobody has asked for it."""

    waiting: weakref.WeakSet[_Unread] = weakref.WeakSet()

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
        _Unread.waiting.add(self)

    def read(self) -> None:
        self.error = None

    def tell(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            _report(error, {"future": "nobody asked for its result"}, "major", None, "future")

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # The interpreter may be half gone.
            self.tell()


def _install_futures_hook() -> None:
    # asyncio says it of its own futures; concurrent.futures keeps silent.
    from concurrent.futures import Future
    future: Any = Future
    set_exception, result, exception = future.set_exception, future.result, future.exception

    def noting_set_exception(self: Any, error: BaseException | None) -> None:
        set_exception(self, error)
        if _client is not None and _is_crash(error) and not getattr(self, "_mayday_read", False):
            self._mayday_unread = _Unread(error)

    def read(self: Any) -> None:
        self._mayday_read = True
        unread = getattr(self, "_mayday_unread", None)
        if unread is not None:
            unread.read()

    # Who waits has asked, also where the error comes only now.
    def reading_result(self: Any, timeout: float | None = None) -> Any:
        read(self)
        return result(self, timeout)

    def reading_exception(self: Any, timeout: float | None = None) -> BaseException | None:
        read(self)
        found: BaseException | None = exception(self, timeout)
        return found

    future.set_exception = noting_set_exception
    future.result = reading_result
    future.exception = reading_exception


def _install_multiprocessing_hook() -> None:
    # A child catches its own error, prints it and ends without atexit (before Python 3.13). A guard around its work would show in what is
    # printed, so the printing is where it is seen; that is put in place in the child alone.
    try:
        import traceback as traceback_module
        from multiprocessing import util
        from multiprocessing.process import BaseProcess, current_process, parent_process
    except ImportError:
        return
    traceback: Any = traceback_module
    print_exc = traceback.print_exc
    bootstrap = getattr(BaseProcess, "_bootstrap", None)

    def reporting_print_exc(*arguments: Any, **options: Any) -> None:
        error = sys.exc_info()[1]
        if sys._getframe(1).f_code is getattr(bootstrap, "__code__", None) and _is_crash(error):
            _report(error, None, "major", None, "multiprocessing")
            _drain_at_exit()
        print_exc(*arguments, **options)

    def in_child(_: object) -> None:
        traceback.print_exc = reporting_print_exc
        util.Finalize(None, _drain_at_exit, exitpriority=0)

    util.register_after_fork(_Unread, in_child)
    # A spawned child does not fork; while it imports the main module, it only says that it inherits.
    if parent_process() is not None or getattr(current_process(), "_inheriting", False):
        in_child(None)


def _end_session(status: str) -> None:
    client = _client
    if client is not None and client.session is not None:
        client.session.end(status)


def _drain_at_exit() -> None:
    client = _client
    if client is not None:
        _end_session("exited")
        try:
            for unread in list(_Unread.waiting):
                unread.tell()
            client.sender.drain(client.exit_wait, False)
        except Exception:
            pass


def _after_fork() -> None:
    client = _client
    for unread in list(_Unread.waiting):  # The parent tells them.
        unread.read()
    if client is not None:
        client.session = None  # The run is the parent's.
        client.sender = _Sender(client)


def _is_crash(error: object) -> bool:
    """Whether an error is a failure, and no wish to end a program, a task or a generator."""
    members = [error]
    for member in members:
        parts = getattr(member, "exceptions", None)
        if isinstance(member, Exception):
            return True
        if isinstance(member, BaseException) and isinstance(parts, tuple):  # BaseExceptionGroup
            members += parts[:1000 - len(members)] if len(members) < 1000 else ()
        elif isinstance(member, BaseException) and not isinstance(member, (SystemExit, KeyboardInterrupt, GeneratorExit)):
            # Cancellations of tasks and greenlets.
            if not any(kind.__module__.partition(".")[0] in ("asyncio", "trio", "curio", "greenlet") for kind in type(member).__mro__):
                return True
    return False


def watch(future: _Future) -> _Future:
    """Reports the error of a future or task as soon as it is done; returns the future."""
    done: Any = future
    done.add_done_callback(_report_future)
    return future


def _report_future(future: Any) -> None:
    with contextlib.suppress(Exception):
        if not future.cancelled():
            # Asking for it would end asyncio's own word on errors that nobody asks for.
            error = getattr(future, "_exception", None)
            if _is_crash(error):
                _report(error, None, "major", None, "watch")


# --- Logging ---------------------------------------------------------------------------------------------------------


class LoggingHandler(logging.Handler):
    """Reports what is logged from `level` on, and notes what is logged from `breadcrumbs` on for later reports.

        logging.getLogger().addHandler(mayday.LoggingHandler())
    """

    def __init__(self, level: int = logging.ERROR, breadcrumbs: int = logging.INFO) -> None:
        super().__init__(min(level, breadcrumbs))
        self.report_level = level

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if record.levelno < self.report_level:
                breadcrumb(record.getMessage(), None, record.name)
                return
            error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
            if error is not None and not _is_crash(error):
                return
            data = {name: value for name, value in record.__dict__.items() if name not in _RECORD}
            data.update({"logger": record.name, "level": record.levelname})
            if error is not None:
                data["message"] = record.getMessage()
            _report(_Logged(record) if error is None else error, data, "normal", None, ("logging", record.pathname, record.lineno))
        except Exception:
            pass


_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class _Logged:
    """A message without an error, and the place that logged it."""

    def __init__(self, record: logging.LogRecord) -> None:
        self.kind = "logging." + record.levelname
        self.message = record.getMessage()
        self.record = record

    def __str__(self) -> str:
        return self.message

    def frames(self, frame: FrameType | None) -> _Frames:
        # A record may come from another thread, through a queue.
        while frame is not None and (frame.f_code.co_filename, frame.f_lineno) != (self.record.pathname, self.record.lineno):
            frame = frame.f_back
        return _frames_above(frame)


# --- Web frameworks ------------------------------------------------------------------------------------------------


class WsgiMiddleware:
    """Reports errors that leave a WSGI application, and gives its reports the request. The errors are raised on."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with context(request=_Lazy(_request_of_wsgi, environ), environment=_Lazy(_variables_of_wsgi, environ)):
            try:
                body = self.application(environ, start_response)
            except BaseException as error:
                if _is_crash(error):
                    _report(error, None, "major", None, ("middleware", id(self)))
                raise
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(body, (list, tuple)) or isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
            return body
        return _WsgiBody(body, environ)


class _WsgiBody:
    # A body that is made while it is sent: its errors come from next().
    def __init__(self, body: Iterable[bytes], environ: dict[str, Any]) -> None:
        self._body = body
        self._environ = environ
        self._iterator: Iterator[bytes] | None = None

    def __iter__(self) -> _WsgiBody:
        return self

    def __next__(self) -> bytes:
        environ = self._environ
        with context(request=_Lazy(_request_of_wsgi, environ), environment=_Lazy(_variables_of_wsgi, environ)):
            try:
                if self._iterator is None:
                    self._iterator = iter(self._body)
                return next(self._iterator)
            except StopIteration:
                raise
            except BaseException as error:
                if _is_crash(error):
                    _report(error, None, "major", None, ("middleware", id(self)))
                raise

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


class AsgiMiddleware:
    """Reports errors that leave an ASGI application, and gives its reports the request. The errors are raised on."""

    def __init__(self, app: Callable[..., Awaitable[Any]]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope.get("type") not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        with context(request=_Lazy(_request_of_asgi, scope)):
            try:
                return await self.app(scope, receive, send)
            except BaseException as error:
                if _is_crash(error):
                    _report(error, None, "major", None, ("middleware", id(self)))
                raise


def django_middleware(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """For Django's MIDDLEWARE: "mayday.django_middleware". Reports what Django answers with 500."""
    got_request_exception: Any = importlib.import_module("django.core.signals").got_request_exception

    def on_exception(sender: object = None, request: Any = None, **_: Any) -> None:
        error = sys.exc_info()[1]
        if _is_crash(error):
            with context(**_django_context(request)):
                _report(error, None, "major", None, "django")

    got_request_exception.connect(on_exception, weak=False, dispatch_uid="mayday")
    try:
        is_async: Any = importlib.import_module("asgiref.sync").iscoroutinefunction
    except (ImportError, AttributeError):  # Before 3.6 asgiref marked functions as asyncio did.
        is_async = importlib.import_module("asyncio").iscoroutinefunction

    async def async_middleware(request: Any) -> Any:
        with context(**_django_context(request)):
            return await get_response(request)

    def middleware(request: Any) -> Any:
        with context(**_django_context(request)):
            return get_response(request)

    return async_middleware if is_async(get_response) else middleware


setattr(django_middleware, "sync_capable", True)
setattr(django_middleware, "async_capable", True)


def init_flask(app: Any) -> None:
    """Reports what a Flask application answers with 500. Reports made during a request carry the request."""
    previous = app.handle_exception

    def handle_exception(error: Exception) -> Any:
        if _is_crash(error):
            _report(error, None, "major", None, "flask")
        return previous(error)

    app.handle_exception = handle_exception
    if _flask_context not in _providers:
        _providers.append(_flask_context)


class _Lazy:
    """A section of the context that is computed only when a report is made."""

    def __init__(self, compute: Callable[[Any], dict[str, Any]], argument: Any) -> None:
        self.compute = compute
        self.argument = argument


def _request_of_wsgi(environ: dict[str, Any]) -> dict[str, Any]:
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), safe="/%:@,;=+!$&'()*~", encoding="latin-1")
    query = environ.get("QUERY_STRING", "")
    request = {
        "method": environ.get("REQUEST_METHOD"),
        "url": _url(environ.get("wsgi.url_scheme", "http") + "://" + host + path, query),
    }
    request.update(_prefixed("G_", parse_qsl(query, True, max_num_fields=1000)))
    request.update(_prefixed("C_", _cookies(environ.get("HTTP_COOKIE", ""))))
    return request


def _variables_of_wsgi(environ: dict[str, Any]) -> dict[str, Any]:
    # The CGI variables; the server interprets them. Some servers copy those of the process among them.
    return {"variables": {name: value for name, value in environ.items()
                          if isinstance(value, str) and _CGI_VARIABLE.match(name)}}


def _request_of_asgi(scope: dict[str, Any]) -> dict[str, Any]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", [])[:MAX_ENTRIES]}
    query = scope.get("query_string", b"").decode("latin-1")
    base = scope.get("scheme", "http") + "://" + headers.get("host", "")
    request = {
        "method": scope.get("method"),
        "url": _url(base + quote(scope.get("path", "")), query),
        "headers": headers,
    }
    request.update(_prefixed("G_", parse_qsl(query, True, max_num_fields=1000)))
    request.update(_prefixed("C_", _cookies(headers.get("cookie", ""))))
    return request


def _django_context(request: Any) -> dict[str, _Lazy]:
    if request is None:
        return {}
    meta = getattr(request, "META", None) or {}
    return {"request": _Lazy(_request_of_django, request), "environment": _Lazy(_variables_of_wsgi, meta)}


def _request_of_django(request: Any) -> dict[str, Any]:
    # Only what the application has read already: reading a body now could wait for the client.
    query = request.META.get("QUERY_STRING", "")
    found = {"method": request.method, "url": _url(request.build_absolute_uri(request.path), query)}
    found.update(_prefixed("G_", request.GET.items()))
    found.update(_prefixed("P_", getattr(request, "_post", {}).items()))
    found.update(_prefixed("C_", ((name, FILTERED) for name in request.COOKIES)))
    session = getattr(getattr(request, "session", None), "_session_cache", None)
    if isinstance(session, dict):
        found.update(_prefixed("S_", session.items()))
    match = getattr(request, "resolver_match", None)
    if match is not None:
        found["route"] = match.route
    return found


def _flask_context() -> dict[str, Any]:
    flask = sys.modules.get("flask")
    if flask is None or not flask.has_request_context():
        return {}
    request = flask.request
    found = {"method": request.method, "url": _url(request.base_url, request.query_string.decode("latin-1"))}
    if request.url_rule is not None:
        found["route"] = str(request.url_rule)
    found.update(_prefixed("G_", request.args.items()))
    form = request.__dict__.get("form")
    if form:
        found.update(_prefixed("P_", form.items()))
    found.update(_prefixed("C_", ((name, FILTERED) for name in request.cookies)))
    return {"request": found, "environment": _variables_of_wsgi(request.environ)}


def _prefixed(prefix: str, pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if len(found) >= MAX_ENTRIES:
            break
        found[prefix + str(name)] = value
    return found


def _cookies(header: str) -> list[tuple[str, str]]:
    names = [pair.split("=", 1)[0].strip() for pair in header.split(";")[:MAX_ENTRIES]]
    return [(name, FILTERED) for name in names if name]


def _url(base: str, query: str) -> str:
    return base + ("?" + query if query else "")


# --- Making a report -----------------------------------------------------------------------------------------------


def _report(error: object, data: Mapping[str, Any] | None, severity: str, trace: TracebackType | None = None,
            handler: object = None) -> str | None:
    client = _client
    if client is None or getattr(_busy, "on", False):
        return None
    _busy.on = True
    try:
        caller = sys._getframe()
        known = _Seen.of(error)
        place = handler or _Seen.place(caller)
        if known is not None and place not in known.places:
            # The same error passes several handlers on its way out; it is one occurrence, and fatal when it ends the program.
            known.places.add(place)
            if severity == "major" and known.severity != "major":
                known.severity = severity
                client.sender.upgrade(known.fingerprint)
            return known.occurrence_id
        if client.is_ignored(error) or client.sample_rate < 1 and random.random() >= client.sample_rate:
            return None
        # At the same place again, it was raised again: a cached failure, say.
        made = _Collector(client).report(error, data, severity, trace, caller)
        if client.before_send is not None:
            changed = client.before_send(made)
            if not isinstance(changed, dict):
                return None
            made = changed
        fingerprint = _fingerprint(made)
        _Seen.mark(error, _Seen(place, severity, fingerprint, made.get("occurrence_id")))
        if client.session is not None:
            client.session.errors += 1
        client.sender.accept(made, fingerprint)
        return made.get("occurrence_id")
    except Exception as problem:
        client.say("could not report: " + _text(problem, 200))
        with contextlib.suppress(Exception):
            client.sender.drop("failed")
        return None
    finally:
        _busy.on = False


class _Seen:
    """What became of an error that was reported; it lives on the error itself, so that the library keeps no error alive."""

    def __init__(self, place: object, severity: str, fingerprint: str, occurrence_id: str | None) -> None:
        self.places = {place}
        self.severity = severity
        self.fingerprint = fingerprint
        self.occurrence_id = occurrence_id

    @staticmethod
    def of(error: object) -> _Seen | None:
        known = getattr(error, "_mayday_seen", None) if isinstance(error, BaseException) else None
        return known if isinstance(known, _Seen) else None

    @staticmethod
    def mark(error: Any, seen: _Seen) -> None:
        with contextlib.suppress(Exception):
            error._mayday_seen = seen

    @staticmethod
    def place(frame: FrameType | None) -> tuple[str, int] | None:
        while frame is not None and frame.f_code.co_filename == _OWN_FILE:
            frame = frame.f_back
        return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None


class _Client:
    """The options, and what lives as long as they do."""

    def __init__(self, url: str | None, account: str, product: str | None, version: str | Mapping[str, str] | None, role: str,
                 token: str | None, key: str | None, debug: bool, home: str | None, timeout: float, locals_on: bool,
                 ownership: _Ownership | None, secrets: _Secrets, before_send: _BeforeSend | None, variables: _Variables,
                 exit_wait: float, environment_name: str | None, ignore: list[_Ignored], sample_rate: float) -> None:
        self.url = url.rstrip("/") if isinstance(url, str) and re.match(r"https?://", url) else None
        self.account = account
        self.product = product
        self.can_send = bool(self.url and product)
        self.version = {"number": version} if isinstance(version, str) else version
        self.role = role
        self.token = token
        self.key = key
        self.debug = debug
        self.home = home if self.can_send else None
        self.timeout = timeout
        self.exit_wait = exit_wait
        self.locals_on = locals_on
        self.ownership = ownership if ownership is not None else _default_ownership()
        self.secrets = secrets
        self.before_send = before_send
        self.variables = variables
        self.environment_name = environment_name
        self.ignore = ignore
        self.sample_rate = sample_rate
        self.context: dict[str, Any] = {}
        self.session: _Session | None = None
        self.host_id = _installation_id(self.home)
        self.hostname = _uname().nodename
        self.runtime = _runtime()
        # What was found out about lines of the program, for _Collector.location().
        self.places: dict[tuple[int, int], tuple[CodeType, str, dict[str, Any]]] = {}
        self.sender = _Sender(self)
        if not self.can_send:
            self.say("nothing will be sent: set url (http://...) and product")

    def endpoint(self, dropped: dict[str, int]) -> str:
        query = ["debug=1"] if self.debug else []
        if dropped:
            query.append("dropped=" + ",".join("%s:%d" % entry for entry in sorted(dropped.items())))
        query += [name + "=" + quote(str(value), "") for name, value in (("token", self.token), ("key", self.key)) if value]
        return self.address("reports") + ("?" + "&".join(query) if query else "")

    def address(self, resource: str) -> str:
        return "%s/api/1/%s/products/%s/%s" % (self.url, quote(self.account, ""), quote(self.product or "", ""), resource)

    def is_ignored(self, error: object) -> bool:
        """Whether one of the ignored texts is in "kind: message", an expression is found in it, or the class is one of those."""
        if not self.ignore:
            return False
        text = "%s: %s" % (_kind(error), _message(error)) if isinstance(error, BaseException) else _text(error, MAX_MESSAGE)
        return any(isinstance(error, known) if isinstance(known, type) else
                   known.search(text) is not None if isinstance(known, re.Pattern) else str(known) in text for known in self.ignore)

    def say(self, text: str) -> None:
        if self.debug:
            try:
                sys.stderr.write("mayday: " + text + "\n")
                sys.stderr.flush()
            except Exception:
                pass


class _Session:
    """One run of the program, for crash-free rates. Its whole state is sent when it begins and when it ends."""

    def __init__(self) -> None:
        self.sid = str(uuid.uuid4())
        self.started = _now()
        self.status = "ok"
        self.errors = 0
        self.seq = 0
        self.told = False  # Whether the server has been told the state, or will not be.

    def end(self, status: str) -> None:
        if self.status == "ok":
            self.status = status
            self.told = False

    def body(self, client: _Client) -> bytes:
        self.told = True
        self.seq += 1
        made = {"sid": self.sid, "status": self.status, "errors": self.errors, "started": self.started, "seq": self.seq}
        version = client.version.get("number") if isinstance(client.version, dict) else None
        user = client.context.get("user")
        user = user.get("id") if isinstance(user, dict) else None
        for name, value in (("release", version), ("environment", client.environment_name), ("user", user)):
            if value is not None:
                made[name] = _text(value, 200)
        return _encode(made)


class _Collector:
    """Turns one error into one report. Every part may fail alone."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        self.locals_until = time.monotonic() + LOCALS_SECONDS

    def report(self, error: object, data: Mapping[str, Any] | None, severity: str, trace: TracebackType | None,
               caller: FrameType | None) -> _Made:
        client = self.client
        sections = self.sections()
        made = {
            "occurrence_id": str(uuid.uuid4()),
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "time": _now(),
            "language": "python",
            "client_version": __version__,
            "role": client.role,
            "severity": severity,
            "host": dict({"id": client.host_id, "hostname": client.hostname}, **sections.pop("host", {})),
            "data": self.clean(data if isinstance(data, dict) else {} if data is None else {"value": data}),
            "env": dict(client.runtime),
            "stacktrace": self.stacktrace(error, trace, caller),
        }
        if client.version:
            made["version"] = _texts(self.clean(client.version))
        variables = client.variables.sent()
        variables.update((sections.pop("environment", None) or {}).get("variables", {}))
        made["environment"] = {"variables": self.clean(variables, entries=4 * MAX_ENTRIES)} if variables else {}
        if client.environment_name:
            made["environment"]["name"] = _text(client.environment_name, 200)
        if not made["environment"]:
            del made["environment"]
        if client.sample_rate < 1:
            made["sample_rate"] = client.sample_rate
        if _breadcrumbs:
            made["breadcrumbs"] = [self.clean(crumb) for crumb in list(_breadcrumbs)]
        for name, value in sections.items():
            made[name] = _texts(value) if name in ("user", "account") else value
        if client.ownership:
            made["ownership"] = client.ownership
        return made

    def sections(self) -> dict[str, dict[str, Any]]:
        found = dict(self.client.context)
        for provider in list(_providers):
            try:
                found.update(provider())
            except Exception:
                pass
        found.update(_scope.get() or {})
        cleaned = {}
        for name, value in found.items():
            if name not in ("user", "account", "configuration", "request", "host", "environment", "tags"):
                continue
            try:
                value = value.compute(value.argument) if isinstance(value, _Lazy) else value
                # The variables are cleaned together with those of the process.
                cleaned[name] = value if name == "environment" else self.clean(value, entries=4 * MAX_ENTRIES)
            except Exception:
                pass
        return {name: value for name, value in cleaned.items() if isinstance(value, dict)}

    def stacktrace(self, error: object, trace: TracebackType | None, caller: FrameType | None) -> list[dict[str, Any]]:
        if isinstance(error, _Logged):
            record, frames = error.record, error.frames(caller)
            return [{"kind": error.kind, "message": self.string(error.message, MAX_MESSAGE), "locations": self.locations(frames) or [{
                "absolute_file": _cut(record.pathname, MAX_STRING), "method": _cut(record.funcName or "", MAX_STRING),
                "line": record.lineno}]}]
        if not isinstance(error, BaseException):
            message = error if isinstance(error, str) else _text(error, MAX_MESSAGE)
            return [{"kind": type(error).__name__, "message": self.string(message, MAX_MESSAGE),
                     "locations": self.locations(_frames_above(caller))}]
        chain = _causes(error)
        # A plain chain needs no words; a tree has the place of each item's parent, and what it is of it.
        is_tree = any(relation == "member" for _, _, relation in chain)
        found = []
        for index, (cause, parent, relation) in enumerate(chain):
            frames = _frames_of(trace if cause is error and trace is not None else cause.__traceback__)
            if cause is error:
                # Outside of the `try` that caught it, the traceback is silent; the stack is not.
                frames += _frames_above(frames[-1][0].f_back if frames else caller)
            item: dict[str, Any] = {
                "kind": _kind(cause),
                "message": self.string(_message(cause), MAX_MESSAGE),
                "locations": self.locations(frames),
            }
            if is_tree:
                item["data"] = {"id": index}
                if relation:
                    item["data"].update(
                        parent=next(at for at, known in enumerate(chain) if known[0] is parent), relation=relation)
            notes = getattr(cause, "__notes__", None)
            if notes:
                item.setdefault("data", {})["notes"] = self.clean(list(notes))
            found.append(item)
        return found

    def locations(self, frames: _Frames) -> list[dict[str, Any]]:
        if len(frames) > MAX_LOCATIONS:
            frames = frames[:MAX_LOCATIONS // 2] + frames[-MAX_LOCATIONS // 2:]
        return [self.location(frame, line) for frame, line in frames]

    def location(self, frame: FrameType, line: int) -> dict[str, Any]:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "")
        # The code object is kept with what is known of it, so that no other can get its id.
        known = self.client.places.get((id(code), line))
        if known is None or known[0] is not code or known[1] is not module:
            known = (code, module, self.place(frame, line))
            if len(self.client.places) >= MAX_PLACES:
                self.client.places.clear()
            self.client.places[id(code), line] = known
        # before_send may change what it gets.
        found = dict(known[2])
        if "source" in found:
            found["source"] = found["source"][:]
        if not hasattr(code, "co_qualname"):  # Before 3.11 it takes the frame to tell the class.
            try:
                name = _class_of(frame)
                if name:
                    found["class"] = _cut(name, MAX_STRING)
            except Exception:
                pass
        if self.client.locals_on:
            found["locals"] = self.locals(frame)
        return found

    def place(self, frame: FrameType, line: int) -> dict[str, Any]:
        """What every frame at this line of this code says."""
        code = frame.f_code
        found = {
            "absolute_file": _cut(os.path.abspath(code.co_filename)
                                  if not code.co_filename.startswith("<") else code.co_filename, MAX_STRING),
            "module": _cut(str(frame.f_globals.get("__name__", "")), MAX_STRING),
            "method": _cut(code.co_name, MAX_STRING),
            "line": line or 0,
        }
        if hasattr(code, "co_qualname"):
            name = _class_of(frame)
            if name:
                found["class"] = _cut(name, MAX_STRING)
        try:
            source = self.source(code.co_filename, frame.f_globals, line)
            if source:
                found["source"] = source
        except Exception:
            pass
        return found

    def source(self, filename: str, module_globals: dict[str, Any], line: int) -> list[str] | None:
        if not line or os.path.isfile(filename) and os.path.getsize(filename) > MAX_SOURCE_FILE:
            return None
        lines = linecache.getlines(filename, module_globals)
        if line > len(lines):
            return None
        wanted = range(line - 1 - SOURCE_CONTEXT, line + SOURCE_CONTEXT)
        return [self.client.secrets.source_line(lines[index].rstrip("\r\n")[:4 * MAX_SOURCE_LINE])
                if 0 <= index < len(lines) else "" for index in wanted]

    def locals(self, frame: FrameType) -> dict[str, Any]:
        found = {}
        for name, value in list(frame.f_locals.items())[:MAX_ITEMS]:
            if time.monotonic() > self.locals_until:
                break
            secrets = self.client.secrets
            found[_cut(name, 200)] = secrets.hidden(_representation(value, secrets.is_secret)) if secrets.is_secret(name) else (
                self.string(_representation(value, secrets.is_secret), MAX_LOCAL))
        return found

    def clean(self, value: Any, depth: int = 0, entries: int = MAX_ENTRIES) -> Any:
        """Plain JSON of bounded size, secrets filtered."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if abs(value) < 2 ** 53 else _text(value, MAX_STRING)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, (bytes, bytearray)):
            return self.string(bytes(value[:MAX_STRING]).decode("utf-8", "replace"))
        if isinstance(value, (dict, list, tuple, set, frozenset)) and depth >= MAX_DEPTH:
            return "[too deep]"
        if isinstance(value, dict):
            found = {}
            for key, item in list(value.items())[:entries]:
                name = _cut(key if isinstance(key, str) else _text(key, 200), 200)
                found[name] = self.named(name, item, depth)
            return found
        if isinstance(value, (list, tuple, set, frozenset)):
            items = list(value)[:MAX_ITEMS]
            if items and all(_is_pair(item) for item in items):
                return [[item[0], self.named(item[0], item[1], depth + 1)] for item in items]
            return self.arguments(items, depth)
        return self.string(_text(value, MAX_STRING))

    def named(self, name: str, item: Any, depth: int) -> Any:
        secrets = self.client.secrets
        if secrets.is_secret(name):
            return secrets.hidden(item)
        if isinstance(item, str) and name.endswith("QUERY_STRING"):
            return _cut(secrets.text(item[:4 * MAX_STRING], "query"), MAX_STRING)
        return self.clean(item, depth + 1)

    def arguments(self, items: list[Any], depth: int) -> list[Any]:
        """A list; where it is the arguments of a command, without the values of secret options."""
        secrets = self.client.secrets
        found = []
        before = ""
        for item in items:
            option = _ARGUMENT.match(item) if isinstance(item, str) else None
            name = option.group(1).lstrip("-") if option else ""
            if isinstance(item, str) and (before and not item.startswith("-") and secrets.is_secret(before)
                                          or before == "p" and _is_mixed(item)):
                found.append(secrets.hidden(item))
                before = ""
                continue
            if option and option.group(2) is not None and secrets.is_secret(name):
                found.append("%s=%s" % (_cut(option.group(1), 200), secrets.hidden(option.group(2))))
            else:
                found.append(self.clean(item, depth + 1))
            before = name if option and option.group(2) is None and item.startswith("-") else ""
        return found

    def string(self, text: str, limit: int = MAX_STRING) -> str:
        return _cut(self.client.secrets.any_text(str(text), 2 * limit), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit - 1] + "\u2026"


# --- Secrets: the rules of the server, which testdata/privacy-vectors.json shows by example --------------------------

_WORDS = frozenset(
    "password passwords passwd passphrase pwd pass pw secret secrets token tokens auth authorization authentication authenticate"
    " cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards cardnumber creditcard cvv cvc iban key"
    " keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf csrftoken jwt bearer otp mfa totp pin ssn"
    " signature dsn connectionstring mysqlpwd pgpassword sig".split())
_PAIRS = frozenset("ccnumber ccnum creditnumber".split())
# In running text "key" and "session" say too little.
_STRICT_WORDS = frozenset(
    "password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey privatekey credential credentials cookie"
    " csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd".split())
_STRICT_PAIRS = frozenset(
    "apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey masterkey signingkey encryptionkey"
    " ccnumber".split())
_HARMLESS = frozenset("public_key publickey auth_type key_type token_type".split())
_FOLDERS = ("PWD", "OLDPWD")
_GLUED = re.compile(r"passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$")
_CAMEL = re.compile(r"([a-z0-9])([A-Z])")
_NO_WORD = re.compile("[^a-z0-9\u0080-\uffff]+")

# Most texts end with one look for these words, in lower case; everything that is filtered has one of them, or digits or signs below.
_TELLING = (
    "pass", "pw", "secret", "token", "auth", "cookie", "key", "credential", "sess", "bearer", "basic ", "jwt", "cvv", "cvc", "eyj",
    "akia", "asia", "aiza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "sk-", "sk_", "rk_live", "pk_live",
    "sntry", "npm_", "-p")
# What a line of a program holds between quotes is text.
_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`")
_ESCAPED = re.compile(r"\\([\"'`\\])")
_CARDLIKE = re.compile(r"[3-6]\d{3}[\d -]{9}")
_QUERY = re.compile(r"([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#\s\"'<>\\)]{1,4000})")
_WHOLE_QUERY = re.compile(r"([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#]+)")
_CREDENTIALS = re.compile(r"(://[^/\s:@?#\"']{0,100}):([^/\s?#\"']{1,200})@")
_SLASHED_CREDENTIALS = re.compile(
    r"(://[^/\s:@?#\"']{0,100}):(?!\d{1,5}(?:[/?#]|$))(?=[^\s?#\"'@/]{0,200}/)([^\s?#\"'@]{1,200})@")
_OPTION = re.compile(r"(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})(?!-)([^\s\"'`;|&]{1,400})")
# mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
_SHORT_OPTION = re.compile(
    r"(^|\s)(-p[ \t]{0,3})(?![-./~])(?=\S{0,60}[A-Za-z])(?=\S{0,60}\d)([^\s\"'`;|&]{4,400})")
_ASSIGNED = re.compile(r"([\"'`]?)([A-Za-z_][\w.-]{0,60})([\"'`]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})")
_HEADER_LINE = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]{0,4000})$", re.M)
_HEADER = re.compile(r"^(?:(?:proxy-)?authorization|(?:set-)?cookie2?)$", re.I)
_TOKENS = [re.compile(pattern, flags) for pattern, flags in (
    (r"\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?", re.A),
    # "Basic validation" is prose: a credential has a digit, a sign or padding in it.
    (r"\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}", re.I | re.A),
    (r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b", re.A),
    (r"\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b", re.A),
    (r"\bsk-[A-Za-z0-9_-]{20,200}\b", re.A),
    (r"\bxox[abprs]-[A-Za-z0-9-]{10,200}\b", re.A),
    (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", re.A),
    (r"\bAIza[\w-]{35}\b", re.A),
    (r"\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}", re.A),
    (r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?", re.A),
)]
_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d){9,12}(?![\w-]|\.\d)", re.A)
_MIXED = re.compile(r"^(?=[^\s\"'`]{0,60}[A-Za-z])(?=[^\s\"'`]{0,60}\d)[^\s\"'`()\[\]{}<>]{6,}")
_NO_LITERAL = re.compile(r"^(?:null|none|nil|undefined|true|false|=.*)$", re.I | re.S)
_WORD = re.compile(r"[^\s,;&)}\]\"']{1,4000}")
_ARGUMENT = re.compile(r"^(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=(.*))?$", re.S)
_MAX_INNER_JSON = 64 * 1024


class _Secrets:
    """Tells secrets by their names and by what texts show; `more` are the application's own (parts of) names."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self.more = [str(name).lower() for name in more if str(name)]
        self._known: dict[str, bool] = {}
        self._lines: dict[str, str] = {}
        self._texts: dict[str, str] = {}  # The same short texts come with each report: names, headers, variables.

    def is_secret(self, name: str) -> bool:
        known = self._known.get(name)
        if known is None:
            if len(self._known) > 5000:
                self._known.clear()
            known = self._known[name] = self._has(name, _WORDS, _PAIRS)
        return known

    def is_secret_in_text(self, name: str) -> bool:
        return self._has(name, _STRICT_WORDS, _STRICT_PAIRS)

    def _has(self, name: str, single: frozenset[str], pairs: frozenset[str]) -> bool:
        lower = name[:200].lower()
        if lower in _HARMLESS or name in _FOLDERS:
            return False
        words = [word for word in _NO_WORD.split(_CAMEL.sub(r"\1 \2", name[:200]).lower()) if word]
        for index, word in enumerate(words):
            plain = word.rstrip("0123456789")
            if plain in single or _GLUED.search(plain) or word + (words[index + 1] if index + 1 < len(words) else "") in pairs:
                return True
        return any(own in lower for own in self.more)

    def hidden(self, value: Any) -> Any:
        """What stands in the place of a secret; nothing, yes and no, and an empty text are none."""
        return value if value is None or isinstance(value, bool) or value == "" or value == {} else FILTERED

    def source_line(self, line: str) -> str:
        """A line of a program, in which only literals are values; the same lines come again and again."""
        found = self._lines.get(line)
        if found is None:
            if len(self._lines) > 2000:
                self._lines.clear()
            found = self._lines[line] = _cut(self.text(line, "source"), MAX_SOURCE_LINE)
        return found

    def any_text(self, text: str, limit: int) -> str:
        """A text; one that is JSON itself is looked into."""
        if len(text) <= limit and len(text) <= MAX_KNOWN_TEXT:
            known = self._texts.get(text)
            if known is None:
                if len(self._texts) > 2000:
                    self._texts.clear()
                known = self._texts[text] = self._any_text(text, limit)
            return known
        return self._any_text(text, limit)

    def _any_text(self, text: str, limit: int) -> str:
        if 4 <= len(text) <= _MAX_INNER_JSON and text.lstrip()[:1] in ("{", "["):
            try:
                parsed = json.loads(text)
                after = self._json(parsed, 0)
                return text if after == parsed else json.dumps(after, ensure_ascii=False, separators=(",", ":"))
            except (ValueError, RecursionError):
                pass
        return self.text(text[:limit])

    def _json(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.any_text(value, MAX_MESSAGE)
        if depth > 20:
            return FILTERED if isinstance(value, (dict, list)) else value
        if isinstance(value, dict):
            return {name: self.hidden(item) if self.is_secret(name) else self._json(item, depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            if value and all(_is_pair(item) for item in value):
                return [[name, self.hidden(item) if self.is_secret(name) else self._json(item, depth + 1)] for name, item in value]
            return [self._json(item, depth + 1) for item in value]
        return value

    def text(self, text: str, kind: str = "text", level: int = 0) -> str:
        """A text without its secrets. `kind`: text, query (a=b&c=d) or source (a line of a program)."""
        if kind != "query" and not _is_telling(text):
            return text

        def query(match: re.Match[str]) -> str:
            mark, name, value = match.groups()
            if value == FILTERED:
                return match.group()
            if self.is_secret(unquote(name)):
                return mark + name + "=" + FILTERED
            if level == 2 or "%" not in value:
                return match.group()
            plain = unquote(value)
            inner = self.text(plain, "text", level + 1)
            return match.group() if inner == plain else mark + name + "=" + FILTERED.join(
                quote(part, "~()*!.'-_") for part in inner.split(FILTERED))

        out = _WHOLE_QUERY.sub(query, "&" + text)[1:] if kind == "query" else _QUERY.sub(query, text)
        for pattern in (_CREDENTIALS, _SLASHED_CREDENTIALS):
            out = pattern.sub(lambda match: match.group() if FILTERED in match.group(2) else match.group(1) + ":" + FILTERED + "@", out)
        for pattern in _TOKENS:
            out = pattern.sub(lambda match: match.group() if FILTERED in match.group() else FILTERED, out)
        out = _CARD.sub(lambda match: FILTERED if _is_card(match.group()) else match.group(), out)
        if kind == "text":
            out = _HEADER_LINE.sub(self._header, out)
        out = self._assigned(out, kind == "source")
        if kind == "text":
            out = _OPTION.sub(self._option, out)
            out = _SHORT_OPTION.sub(
                lambda match: match.group() if FILTERED in match.group(3) else match.group(1) + match.group(2) + FILTERED, out)
        if kind == "source":
            out = _LITERAL.sub(lambda match: self._literal(match.group(), level), out)
        return out

    def _literal(self, literal: str, level: int) -> str:
        mark = literal[0]
        plain = _ESCAPED.sub(r"\1", literal[1:-1])
        after = self.text(plain, "text", level)
        return literal if after == plain else mark + after.replace(mark, "\\" + mark) + mark

    def _header(self, match: re.Match[str]) -> str:
        name, value = match.groups()
        told = _HEADER.match(name) or "-" in name and self.is_secret_in_text(name)
        return name + ": " + FILTERED if told and not value.startswith(FILTERED) else match.group()

    def _option(self, match: re.Match[str]) -> str:
        before, dashes, name, gap, value = match.groups()
        return before + dashes + name + gap + FILTERED if FILTERED not in value and self.is_secret(name) else match.group()

    def _assigned(self, text: str, literals_only: bool) -> str:
        parts = []
        done = 0
        match = _ASSIGNED.search(text)
        while match:
            at = match.end()
            opened, name, closed, operator = match.groups()
            is_prose = ":" in operator and "=" not in operator and not opened and not closed
            # `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
            if self.is_secret_in_text(name) and (not is_prose or _MIXED.match(text[at:at + 100])):
                start, end = _value_at(text, at, literals_only)
                if end > start and text[start:end] != FILTERED:
                    parts += [text[done:start], FILTERED]
                    done = at = max(at, end)
            match = _ASSIGNED.search(text, at)
        return "".join(parts) + text[done:]


def _value_at(text: str, at: int, literals_only: bool) -> tuple[int, int]:
    """Where the value that begins here stands: a quoted literal, else what comes before the next space or separator."""
    if text.startswith(FILTERED, at):
        return at, at
    mark = text[at:at + 1]
    if mark and mark in "\"'`":
        end = at + 1
        while end < len(text) and end - at < 4000 and text[end] != mark:
            end += 2 if text[end] == "\\" else 1
        return at + 1, min(end, len(text))
    match = None if literals_only else _WORD.match(text, at)
    return match.span() if match and not _NO_LITERAL.match(match.group()) else (at, at)


def _is_telling(text: str) -> bool:
    lower = text.lower()
    return ("=" in text and ("?" in text or "&" in text or ";" in text) or "://" in text and "@" in text
            or any(word in lower for word in _TELLING) or _CARDLIKE.search(text) is not None)


def _is_pair(value: Any) -> bool:
    return (isinstance(value, (list, tuple)) and len(value) == 2 and isinstance(value[0], str) and len(value[0]) <= 100
            and not value[0].startswith("-") and not re.search(r"\s", value[0]))


def _is_mixed(text: str) -> bool:
    return len(text) >= 4 and text[0] not in "-./~" and bool(re.search("[A-Za-z]", text)) and bool(re.search("[0-9]", text))


def _is_card(text: str) -> bool:
    # The check digit of ISO/IEC 7812 (Luhn).
    digits = [int(digit) for digit in text if digit.isdigit()]
    return sum(digit if index % 2 == 0 else digit * 2 - 9 * (digit > 4) for index, digit in enumerate(reversed(digits))) % 10 == 0


# What tells where a program runs and how it was started. All others are left out: every secret of a service may be one.
_SENT_VARIABLES = frozenset(
    "LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST"
    " K_SERVICE K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME"
    " AWS_EXECUTION_ENV FLY_REGION FLY_APP_NAME MAYDAY_PRODUCT MAYDAY_ACCOUNT MAYDAY_ROLE MAYDAY_VERSION MAYDAY_ENVIRONMENT"
    " NODE_ENV APP_ENV APP_DEBUG RAILS_ENV RACK_ENV DJANGO_SETTINGS_MODULE FLASK_ENV FLASK_DEBUG ENVIRONMENT"
    " ASPNETCORE_ENVIRONMENT DOTNET_ENVIRONMENT DOTNET_VERSION SPRING_PROFILES_ACTIVE JAVA_HOME JAVA_VERSION VIRTUAL_ENV"
    " CONDA_DEFAULT_ENV PYTHONPATH PYTHONHASHSEED PYTHON_VERSION RUBY_VERSION RUBY_ENGINE GEM_HOME PHP_VERSION"
    " NODE_VERSION".split())
_CGI_VARIABLE = re.compile(
    r"^(?:HTTP_\w+|HTTPS|REQUEST_\w+|QUERY_STRING|SERVER_\w+|REMOTE_\w+|SCRIPT_\w+|PATH_INFO|PATH_TRANSLATED|DOCUMENT_\w+"
    r"|CONTENT_\w+|CONTEXT_\w+|GATEWAY_INTERFACE|AUTH_TYPE|REDIRECT_(?:STATUS|URL|QUERY_STRING)|PHP_SELF)$", re.A)


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


class _Variables:
    """Which variables of the process are sent; `more` names further ones, `X_*` and `*` many at once."""

    def __init__(self, more: Iterable[str]) -> None:
        self.names = _SENT_VARIABLES | {str(name) for name in more if not str(name).endswith("*")}
        self.starts = ("LC_",) + tuple(str(name)[:-1] for name in more if str(name).endswith("*"))
        self._allowed: dict[bytes, str] = {}

    def allows(self, name: str) -> bool:
        return name in self.names or name.startswith(self.starts)

    def sent(self) -> dict[str, str]:
        """The variables as they are now."""
        environb: Any = getattr(os, "environb", None)
        if environb is None:  # Windows
            return {name: value for name, value in os.environ.items() if self.allows(name)}
        # As bytes: os.environ would decode every name and value, those of a shell are some kilobytes.
        found = {}
        for name, value in environb.items():
            allowed = self._allowed.get(name)
            if allowed is None:
                text = os.fsdecode(name)
                allowed = text if self.allows(text) else ""
                if len(self._allowed) < 1000:
                    self._allowed[name] = allowed
            if allowed:
                found[allowed] = os.fsdecode(value)
        return found


def _texts(section: Any) -> Any:
    # The API wants these as strings, also where an application counts its users with integers.
    return {name: str(value) if name in _TEXT_KEYS and isinstance(value, (int, float)) else value
            for name, value in section.items()} if isinstance(section, dict) else section


_TEXT_KEYS = ("id", "name", "email", "url", "number", "revision", "build", "edition")


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else kind.__module__ + "." + kind.__qualname__


def _message(error: BaseException) -> str:
    return _text(error, MAX_MESSAGE)


def _text(value: object, limit: int) -> str:
    try:
        return str(value)[:limit]
    except Exception:
        return "<unprintable %s>" % type(value).__name__


def _representation(value: Any, is_secret: Callable[[str], bool]) -> str:
    # A map shows its keys' secrets filtered, as everywhere.
    try:
        if isinstance(value, dict):
            value = {key: FILTERED if isinstance(key, str) and is_secret(key) else item
                     for key, item in list(value.items())[:MAX_ITEMS]}
        elif isinstance(value, (str, bytes, list, tuple)):
            value = value[:MAX_LOCAL]
        return repr(value)[:MAX_LOCAL]
    except Exception:
        return "<unprintable %s>" % type(value).__name__


_OWN_FILE = _kind.__code__.co_filename


def _causes(error: BaseException) -> list[tuple[BaseException, BaseException | None, str | None]]:
    """The error, what caused it and the members of groups, root cause first: (error, its parent, what it is of that)."""
    found: list[tuple[BaseException, BaseException | None, str | None]] = []

    def add(item: BaseException | None, parent: BaseException | None, relation: str | None) -> None:
        if item is None or len(found) >= MAX_CAUSES or any(known[0] is item for known in found):
            return
        found.append((item, parent, relation))
        members = getattr(item, "exceptions", None)  # ExceptionGroup
        if isinstance(members, tuple):
            # The list is turned: the first member, which names the crash, comes first.
            for member in reversed(members[:MAX_CAUSES]):
                if isinstance(member, BaseException):
                    add(member, item, "member")
        if item.__cause__ is not None or item.__suppress_context__:
            add(item.__cause__, item, "cause")
        else:
            add(item.__context__, item, "context")

    add(error, None, None)
    found.reverse()
    return found


def _frames_of(trace: TracebackType | None) -> _Frames:
    frames: _Frames = []
    while trace is not None:
        place = (trace.tb_frame, trace.tb_lineno)
        # An error that is raised again and again at one place gathers that place in its trace.
        if trace.tb_frame.f_code.co_filename != _OWN_FILE and not (frames and frames[-1] == place):
            frames.append(place)
        trace = trace.tb_next
    frames.reverse()
    return frames


def _frames_above(frame: FrameType | None) -> _Frames:
    frames: _Frames = []
    while frame is not None and len(frames) < 10 * MAX_LOCATIONS:
        if frame.f_code.co_filename != _OWN_FILE:
            frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return frames


def _class_of(frame: FrameType) -> str | None:
    code = frame.f_code
    qualified = getattr(code, "co_qualname", None)  # 3.11
    if qualified is not None:
        outer = qualified.rpartition(".")[0]
        return None if outer.endswith("<locals>") else outer or None
    if code.co_argcount == 0:
        return None
    first = frame.f_locals.get(code.co_varnames[0])
    owner = first if isinstance(first, type) else type(first)
    for kind in owner.__mro__:
        member = kind.__dict__.get(code.co_name)
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        if getattr(function, "__code__", None) is code:
            return kind.__qualname__
    return None


def _now() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".%03dZ" % (now % 1 * 1000)


def _is_on(variable: str | None, given: bool | None) -> bool:
    return variable not in ("0", "false", "no") if variable else bool(given)


def _number(given: float | None, variable: str | None, default: float, most: float) -> float:
    try:
        return min(float(most), max(0.0, float(given if given is not None else variable or default)))
    except (TypeError, ValueError):
        return float(default)


def _uname() -> Any:
    # platform.uname() starts a process in Python 3.8.
    if hasattr(os, "uname"):
        return os.uname()
    return _Uname(platform.system(), platform.node(), platform.release(), "", platform.machine())


_Uname = collections.namedtuple("_Uname", "sysname nodename release version machine")


def _runtime() -> dict[str, str]:
    system = _uname()
    return {
        "python_version": platform.python_version(),
        "python_implementation": platform.python_implementation(),
        "os_kernel_name": system.sysname,
        "os_kernel_version": system.release,
        "cpu_arch": system.machine,
    }


def _default_ownership() -> _Ownership | None:
    """The program's own folder is the application's; installed packages and the standard library are not."""
    paths: list[dict[str, str]] = []
    try:
        import sysconfig
        for name in ("purelib", "platlib", "stdlib", "platstdlib"):
            folder = sysconfig.get_paths().get(name, "")
            rule = {"absolute_path": folder, "kind": "external"}
            if folder and rule not in paths:
                paths.append(rule)
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        folder = os.path.dirname(os.path.abspath(main)) if main else os.getcwd()
        paths.insert(0, {"absolute_path": os.path.abspath(__file__), "kind": "external"})
        paths.append({"absolute_path": folder, "kind": "application"})
    except Exception:
        pass
    return {"paths": paths} if paths else None


# --- Installation and folders --------------------------------------------------------------------------------------


def _effective_role(environment: Mapping[str, str], role: str | None, queue_dir: str | None) -> str:
    if environment.get("MAYDAY_DISABLED", "") not in ("", "0", "false", "no"):
        return "disabled"
    candidates = [environment.get("MAYDAY_ROLE"), _role_file(queue_dir), role, "customer"]
    named = [candidate for candidate in candidates if candidate in ("customer", "tester", "disabled")]
    return "disabled" if "disabled" in named else named[0]


def _role_file(queue_dir: str | None) -> str | None:
    try:
        with open(os.path.join(queue_dir or os.path.expanduser("~/.mayday"), "role"), "rb") as file:
            return file.read(100).decode("ascii", "replace").strip()
    except Exception:
        return None


def _home(queue_dir: str | None) -> str | None:
    """A folder that only this user can read, or None."""
    fallback = "mayday-%s" % (os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user"))
    candidates = [queue_dir] if queue_dir else [
        os.path.expanduser("~/.mayday"), os.path.join(tempfile.gettempdir(), fallback)]
    for folder in candidates:
        try:
            os.makedirs(folder, 0o700, exist_ok=True)
            # In a shared temporary folder somebody else may have made it first.
            if hasattr(os, "getuid") and not queue_dir and os.lstat(folder).st_uid != os.getuid():
                continue
            if os.access(folder, os.W_OK):
                return os.path.abspath(folder)
        except OSError:
            continue
    return None


def _installation_id(home: str | None) -> str:
    fresh = str(uuid.uuid4())
    if home is None:
        return fresh
    path = os.path.join(home, "installation-id")
    for _ in range(2):
        try:
            with open(path, "rb") as file:
                known = file.read(100).decode("ascii", "replace").strip()
            if re.match("^" + _UUID + "$", known):
                return known
            os.unlink(path)
        except OSError:
            pass
        try:
            # Written whole and linked into place, so that two first starts agree on one id.
            _write(path + "." + fresh + ".tmp", (fresh + "\n").encode())
            try:
                os.link(path + "." + fresh + ".tmp", path)
            except (AttributeError, NotImplementedError):
                os.rename(path + "." + fresh + ".tmp", path)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(path + "." + fresh + ".tmp")
        except OSError:
            pass
    return fresh


def _write(path: str, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)


def _folder_name(name: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", str(name))[:100]
    return name if name.strip(".") else "_"


# --- The queue and the sender --------------------------------------------------------------------------------------


def _fingerprint(made: _Made) -> str:
    """The same for repeats of one error: kinds and locations, not messages."""
    parts = []
    for item in made.get("stacktrace", []):
        parts.append(str(item.get("kind")))
        for place in item.get("locations", []):
            parts.append("%s:%s:%s" % (place.get("absolute_file"), place.get("method"), place.get("line")))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _body(made: _Made) -> bytes | None:
    """The JSON of a report, without its less important parts where it is too large."""
    body = _encode(made)
    if len(body) <= MAX_BODY:
        return body
    made = json.loads(body.decode("utf-8"))
    places = [place for item in made["stacktrace"] for place in item["locations"]]

    def drop(name: str) -> None:
        for place in places:
            place.pop(name, None)

    def shorten() -> None:
        for item in made["stacktrace"]:
            item["locations"] = item["locations"][:10]

    def drop_sections() -> None:
        made["data"] = {}
        for name in ("request", "environment", "configuration", "ownership", "breadcrumbs"):
            made.pop(name, None)

    steps: list[Callable[[], None]] = [lambda: drop("locals"), lambda: drop("source"), drop_sections, shorten]
    for step in steps:
        step()
        body = _encode(made)
        if len(body) <= MAX_BODY:
            break
    return body if len(body) <= MAX_BODY else None


def _encode(made: _Made) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"), default=lambda value: _text(value, MAX_STRING)
                      ).encode("utf-8", "replace")


class _Queue:
    """Reports on disk; see the contract's README for names and rules. Every method may raise OSError."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._made = False
        self._known: dict[str, tuple[float, str, int]] = {}  # What waiting() found last.
        self._counting = threading.RLock()
        self._unsaved: dict[str, int] = {}  # Dropped reports by reason that are in no file yet.
        self._saved_at = -1.0

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def put(self, name: str, body: bytes) -> None:
        if not self._made:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            self._made = True
        temporary = self.path("%s.%s.tmp" % (name, os.urandom(4).hex()))
        try:
            _write(temporary, body)
            self._known.pop(name, None)
            os.replace(temporary, self.path(name))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def waiting(self, anew: bool = True) -> list[tuple[float, str, int]]:
        """Times, names and sizes of the reports, oldest first, after dropping what is too old. `anew`: asks the disk for all of them."""
        now = time.time()
        found = []
        before, known = self._known, {}
        try:
            names = os.listdir(self.folder)
        except OSError:
            return []
        for name in names:
            entry = None if anew else before.get(name)
            if entry is not None and now - entry[0] < QUEUE_SECONDS:
                known[name] = entry
                found.append(entry)
                continue
            path = self.path(name)
            try:
                stat = os.stat(path)
                changed = stat.st_mtime
                if changed > now + 60 or changed < EARLIEST_CLOCK:
                    os.utime(path, (now, now))
                    changed = now
                if name.endswith(".tmp"):
                    if now - changed > TMP_SECONDS:
                        os.unlink(path)
                elif _NEW_FILE.match(name) or _TRIED_FILE.match(name):
                    if now - changed > QUEUE_SECONDS:
                        os.unlink(path)
                        self.drop("expired")
                    else:
                        known[name] = (changed, name, stat.st_size)
                        found.append(known[name])
            except OSError:
                continue
        self._known = known
        return sorted(found)

    def make_room(self, size: int, is_fatal: bool) -> bool:
        """Whether there is room for one more; the first of each kind stay, and what lies here from earlier goes."""
        files = self.waiting(anew=False)
        total = sum(entry[2] for entry in files) + size
        while files and (len(files) >= QUEUE_FILES or total > QUEUE_BYTES):
            old = [entry for entry in files if is_fatal or _TRIED_FILE.match(entry[1]) and time.time() - entry[0] > MERGE_SECONDS]
            self.drop("queue_full")
            if not old:
                return False
            files.remove(old[0])
            total -= old[0][2]
            self.remove(old[0][1])
        return True

    def drop(self, reason: str, count: int = 1) -> None:
        """Counts a report that will never be sent; what is counted goes with the next one that is."""
        with self._counting:
            self._unsaved[reason] = self._unsaved.get(reason, 0) + count
            if time.monotonic() - self._saved_at > 0.5:
                self.save_dropped({})

    def save_dropped(self, sent: dict[str, int]) -> dict[str, int]:
        """What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run."""
        with self._counting:
            self._saved_at = time.monotonic()
            before = {}
            try:
                with open(self.path("dropped"), "rb") as file:
                    read = json.loads(file.read(4000).decode("utf-8"))
                before = {str(reason): int(count) for reason, count in read.items()}
            except (OSError, ValueError, TypeError, AttributeError):
                pass
            after = dict(before)
            for reason, count in self._unsaved.items():
                after[reason] = after.get(reason, 0) + count
            for reason, count in sent.items():
                after[reason] = after.get(reason, 0) - count
            after = {reason: count for reason, count in after.items() if count > 0}
            try:
                if not after:
                    self.remove("dropped")
                elif after != before:
                    self.put("dropped", json.dumps(after).encode())
                self._unsaved = {}
            except OSError:
                pass
            return after

    def find_untried(self, fingerprint: str) -> str | None:
        try:
            names = os.listdir(self.folder)
        except OSError:
            return None
        return next((name for name in names if name.startswith(fingerprint) and _NEW_FILE.match(name)), None)

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[bytes | None]:
        """The report's bytes where this process alone has it, else None; the lock ends with the process, however that ends."""
        if fcntl is None:  # Windows removes no file that is open.
            yield self.read(name)
            return
        try:
            file = open(self.path(name), "r+b")
        except OSError:
            yield None
            return
        with file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            except OSError:
                pass  # A file system without locks: the server recognises a retry.
            # Read through this handle: closing another one would end the lock.
            yield self.parse(name, file.read(2 * MAX_BODY))

    def read(self, name: str) -> bytes | None:
        """The report's bytes; None where the file is gone, or was no report and is removed."""
        try:
            with open(self.path(name), "rb") as file:
                body = file.read(2 * MAX_BODY)
        except OSError:
            return None
        return self.parse(name, body)

    def parse(self, name: str, body: bytes) -> bytes | None:
        try:
            if isinstance(json.loads(body.decode("utf-8")), dict):
                return body
        except ValueError:
            pass
        self.remove(name)
        return None

    def claim(self, name: str) -> str | None:
        """Marks a report as tried. Returns its new name, or None where another process was faster."""
        match = _NEW_FILE.match(name)
        if not match:
            return name
        tried = match.group(2) + ".json"
        try:
            os.rename(self.path(name), self.path(tried))
            return tried
        except OSError:
            return None

    def remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self.path(name))

    def not_before(self) -> tuple[float, int]:
        """Seconds since 1970 before which nothing is tried, and how many failures led to it."""
        try:
            with open(self.path("state.json"), "rb") as file:
                state = json.loads(file.read(1000).decode("utf-8"))
            until = float(state["not_before"]) / 1000
            return (until if until <= time.time() + MAX_BACKOFF else 0), max(0, int(state["failures"]))
        except (OSError, ValueError, TypeError, KeyError):
            return 0, 0

    def failed(self, retry_after: int | None) -> None:
        failures = self.not_before()[1] + 1
        pause = min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 20))
        if retry_after is not None:
            pause = min(MAX_BACKOFF, max(pause, retry_after))
        state = {"failures": failures, "not_before": int((time.time() + pause) * 1000)}
        with contextlib.suppress(OSError):
            self.put("state.json", json.dumps(state).encode())

    def succeeded(self) -> None:
        self.remove("state.json")


class _Sender:
    """Puts reports into the queue at once and sends them from a thread of its own."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        folder = client.home and client.product and os.path.join(
            client.home, "queue", _folder_name(client.account), _folder_name(client.product))
        self.queue = _Queue(folder) if folder else None
        self.lock = threading.Condition()
        self.thread: threading.Thread | None = None
        self.memory: list[bytes] = []  # Bodies that could not be written to disk.
        # fingerprint -> [name, report, count, when it was written]: repeats that wait for the end of their minute
        self.held: dict[str, list[Any]] = {}
        self.sent_at: dict[str, float] = {}  # fingerprint -> when it was last sent (monotonic seconds)
        self.wanted = 0  # Rounds that somebody asked for; `done` follows.
        self.done = 0
        self.force = False
        self.release = False
        self.soon = False  # Whether a report is too fresh to be sent.
        self.active = False  # Whether a round is under way.
        self.in_flight = False
        self.counted = False  # Whether the request in flight was counted as a failure already.
        self.exit_until: float | None = None

    def start_if_work_waits(self) -> None:
        if self.client.can_send and self.queue is not None and self.queue.waiting():
            self.wake()

    def accept(self, made: _Made, fingerprint: str) -> None:
        if self.client.debug:
            self.client.say("report:\n" + json.dumps(made, indent=1, default=str))
        if not self.client.can_send:
            return
        with self.lock:
            if not self.merge(fingerprint, made):
                body = _body(made)
                if body is None:
                    self.drop("too_large")
                    return
                name = "%s.%s.new" % (fingerprint, made["occurrence_id"])
                try:
                    if self.queue is None:
                        raise OSError("no folder")
                    if not self.queue.make_room(len(body), made.get("severity") == "major"):
                        return
                    self.queue.put(name, body)
                    if self.is_recent(fingerprint):
                        self.hold(fingerprint, name, made)
                except OSError:
                    if len(self.memory) < QUEUE_FILES:
                        self.memory.append(body)
                    else:
                        self.drop("queue_full")
        self.wake()

    def drop(self, reason: str) -> None:
        if self.queue is not None:
            self.queue.drop(reason)

    def upgrade(self, fingerprint: str) -> None:
        """A report that was handled turned out to be what ended the program."""
        with self.lock:
            held = self.held.get(fingerprint)
            if held is not None:
                held[1]["severity"] = "major"
            if self.queue is None:
                return
            name = self.queue.find_untried(fingerprint)
            body = self.queue.read(name) if name else None
            if name and body:
                made = json.loads(body.decode("utf-8"))
                made["severity"] = "major"
                with contextlib.suppress(OSError):
                    self.queue.put(name, _encode(made))

    def merge(self, fingerprint: str, made: _Made) -> bool:
        """Whether the report became a repeat of one that has not been tried yet."""
        if self.queue is None:
            return False
        held = self.held.get(fingerprint)
        if held is not None and os.path.exists(self.queue.path(held[0])):
            held[2] += 1
            # Often enough that a kill loses few, seldom enough for a loop that fails a thousand times a second.
            if time.monotonic() - held[3] > 0.5:
                self.write_count(held)
            return True
        name = self.queue.find_untried(fingerprint)
        body = self.queue.read(name) if name else None
        if not name or not body:
            return False
        known = json.loads(body.decode("utf-8"))
        count = known.get("count", 1)
        held = [name, known, count + 1 if isinstance(count, int) else 2, 0]
        self.write_count(held)
        if len(self.held) < QUEUE_FILES:
            self.held[fingerprint] = held
        return True

    def hold(self, fingerprint: str, name: str, made: _Made) -> None:
        if len(self.held) < QUEUE_FILES:
            self.held[fingerprint] = [name, made, made.get("count", 1), time.monotonic()]

    def write_count(self, held: list[Any]) -> None:
        held[3] = time.monotonic()
        held[1]["count"] = held[2]
        body = _body(held[1])
        if body is not None and self.queue is not None:
            with contextlib.suppress(OSError):
                self.queue.put(held[0], body)

    def is_recent(self, fingerprint: str) -> bool:
        sent = self.sent_at.get(fingerprint)
        return sent is not None and time.monotonic() - sent < MERGE_SECONDS

    def wake(self) -> None:
        with self.lock:
            self.wanted += 1
            if self.thread is None or not self.thread.is_alive():
                try:
                    self.thread = threading.Thread(target=self.run, name="mayday", daemon=True)
                    self.thread.start()
                except RuntimeError:
                    self.thread = None  # The interpreter is ending: the queue keeps the report.
                    self.done = self.wanted
            self.lock.notify_all()

    def drain(self, seconds: float, force: bool) -> bool:
        """Waits until what can be sent has been tried, at most so long. Returns whether nothing is left."""
        if not self.client.can_send:
            return True
        if self.queue is not None and self.queue._unsaved:
            self.queue.save_dropped({})
        until = time.monotonic() + seconds
        if not force:
            # An uncaught error and the end that follows it share one wait.
            self.exit_until = until = min(until, self.exit_until or until)
        with self.lock:
            session = self.client.session
            untold = session is not None and not session.told
            if force or untold or self.held or self.memory or self.soon or self.active or self.done < self.wanted:
                self.release = True
                self.force = self.force or force
                self.wake()
                goal = self.wanted
                while self.done < goal and time.monotonic() < until:
                    self.lock.wait(max(0.001, until - time.monotonic()))
            if not force and self.done < self.wanted and self.in_flight and not self.counted and self.queue:
                # The program ends while the server is silent: the next start shall not wait for it again.
                self.counted = True
                self.queue.failed(None)
        return not self.memory and not (self.queue and self.queue.waiting())

    def run(self) -> None:
        _busy.on = True
        while True:
            with self.lock:
                goal = self.wanted
                self.active = True
                force, self.force = self.force, False
                release, self.release = self.release, False
            pause: float = MAX_BACKOFF
            try:
                pause = self.round(force, release)
            except Exception as problem:
                self.client.say("could not send: " + _text(problem, 200))
            with self.lock:
                self.done = max(self.done, goal)
                self.active = False
                self.lock.notify_all()
                if self.wanted == self.done:
                    self.lock.wait(pause)
                    if self.wanted == self.done and pause == MAX_BACKOFF and not self.held:
                        self.thread = None
                        return

    def round(self, force: bool, release: bool) -> float:
        """Sends what may be sent. Returns the seconds until there may be more."""
        self.ping()
        with self.lock:
            bodies, self.memory = self.memory, []
        for body in bodies:
            self.post(body)
        if self.queue is None:
            return MAX_BACKOFF
        self.soon = False
        for changed, name, _ in self.queue.waiting():
            until = self.queue.not_before()[0]
            if until > time.time() and not force:
                return max(0.1, until - time.time())
            with self.lock:
                match = _NEW_FILE.match(name)
                fingerprint = match and match.group(1)
                if fingerprint and not release and not force and self.is_recent(fingerprint):
                    continue
                if fingerprint and not release and not force and 0 <= time.time() - changed < GRACE_SECONDS:
                    self.soon = True
                    continue
                held = self.held.pop(fingerprint, None) if fingerprint else None
                if held is not None and held[0] == name and held[1].get("count", 1) != held[2]:
                    self.write_count(held)
                tried = self.queue.claim(name)
                if fingerprint and tried:
                    if len(self.sent_at) > 1000:
                        self.sent_at.clear()
                    self.sent_at[fingerprint] = time.monotonic()
            if not tried:
                continue
            with self.queue.locked(tried) as found:
                if not found:
                    continue
                outcome, retry_after = self.post(found)
                if outcome == "done":
                    self.queue.remove(tried)
                    self.queue.succeeded()
            if outcome == "later":
                with self.lock:
                    if not self.counted:
                        self.queue.failed(retry_after)
                return max(0.1, self.queue.not_before()[0] - time.time())
        with self.lock:
            return GRACE_SECONDS if self.soon else MERGE_SECONDS if self.held else MAX_BACKOFF

    def ping(self) -> None:
        """Tells the state of the session, once; a state that does not arrive is not told again."""
        session = self.client.session
        if session is None or session.told:
            return
        body = session.body(self.client)
        if self.queue is not None and self.queue.not_before()[0] > time.time():
            return
        outcome, retry_after = self.post(body, self.client.address("session"))
        if outcome == "later" and self.queue is not None:
            with self.lock:
                if not self.counted:
                    self.queue.failed(retry_after)

    def post(self, body: bytes, address: str | None = None) -> tuple[str, int | None]:
        """Posts one body: ("done" | "later", seconds the server wants us to wait)."""
        import urllib.error
        import urllib.request

        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                return None

        client = self.client
        until = time.monotonic() + client.timeout
        status, text, retry_after, dropped = 0, b"", None, {}
        with self.lock:
            self.in_flight, self.counted = True, False
        try:
            dropped = self.queue.save_dropped({}) if self.queue is not None and address is None else {}
            request = urllib.request.Request(address or client.endpoint(dropped), data=body, method="POST", headers={
                "Content-Type": "application/json", "User-Agent": "mayday-python/" + __version__})
            try:
                answer = urllib.request.build_opener(NoRedirect).open(request, timeout=client.timeout)
            except urllib.error.HTTPError as error:
                answer = error
            with contextlib.closing(answer):
                status = answer.getcode()
                retry = answer.headers.get("Retry-After", "")
                retry_after = int(retry) if re.match(r"^[0-9]{1,6}$", retry) else None
                while len(text) < MAX_ANSWER and time.monotonic() < until:
                    chunk = answer.read1(MAX_ANSWER) if hasattr(answer, "read1") else answer.read(MAX_ANSWER)
                    if not chunk:
                        break
                    text += chunk
            client.say("server said %s %s" % (status, text.decode("utf-8", "replace")[:2000]))
        except Exception as problem:
            client.say("server said nothing: " + _text(problem, 200))
        finally:
            self.in_flight = False
        if 200 <= status < 300 and b"response=ok" in text.strip().split(b"&"):
            if dropped and self.queue is not None:
                self.queue.save_dropped(dropped)
            return "done", None
        if status in (400, 413, 422) or address and 400 <= status < 500 and status != 429:
            return "done", None
        return "later", retry_after
