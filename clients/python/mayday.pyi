# Types of mayday.py. Lies beside it, and in the package.
import logging
from re import Pattern
from types import TracebackType
from typing import Any, Awaitable, Callable, Dict, Iterable, Mapping, Optional, Sequence, Type, TypeVar, Union

__version__: str
__all__ = [
    "install", "report", "flush", "set_context", "context", "breadcrumb", "watch", "LoggingHandler",
    "WsgiMiddleware", "AsgiMiddleware", "django_middleware", "init_flask",
]

_Section = Optional[Mapping[str, Any]]
_Future = TypeVar("_Future")
_Role = str

def install(
    url: Optional[str] = ...,
    product: Optional[str] = ...,
    version: Union[str, Mapping[str, str], None] = ...,
    account: Optional[str] = ...,
    role: Optional[_Role] = ...,
    token: Optional[str] = ...,
    debug: Optional[bool] = ...,
    queue_dir: Optional[str] = ...,
    timeout_ms: float = ...,
    locals: bool = ...,
    ownership: Optional[Mapping[str, Sequence[Mapping[str, str]]]] = ...,
    secrets: Iterable[str] = ...,
    before_send: Optional[Callable[[Dict[str, Any]], Optional[Dict[str, Any]]]] = ...,
    hooks: bool = ...,
    key: Optional[str] = ...,
    variables: Optional[Iterable[str]] = ...,
    exit_ms: Optional[float] = ...,
    environment_name: Optional[str] = ...,
    tags: Optional[Mapping[str, Any]] = ...,
    ignore: Iterable[Union[str, "Pattern[str]", Type[BaseException]]] = ...,
    sample_rate: Optional[float] = ...,
    sessions: Optional[bool] = ...,
) -> bool: ...
def report(error: object = ..., data: Optional[Mapping[str, Any]] = ...) -> Optional[str]: ...
def flush(timeout_ms: Optional[float] = ...) -> bool: ...
def breadcrumb(message: str, data: Optional[Mapping[str, Any]] = ..., category: Optional[str] = ...) -> None: ...
def set_context(**sections: _Section) -> None: ...
def watch(future: _Future) -> _Future: ...

class context:
    def __init__(self, **sections: _Section) -> None: ...
    def __enter__(self) -> "context": ...
    def __exit__(self, *_: object) -> bool: ...

class LoggingHandler(logging.Handler):
    report_level: int
    def __init__(self, level: int = ..., breadcrumbs: int = ...) -> None: ...
    def emit(self, record: logging.LogRecord) -> None: ...

class WsgiMiddleware:
    application: Callable[..., Any]
    def __init__(self, application: Callable[..., Any]) -> None: ...
    def __call__(self, environ: Dict[str, Any], start_response: Callable[..., Any]) -> Any: ...

class AsgiMiddleware:
    app: Callable[..., Awaitable[Any]]
    def __init__(self, app: Callable[..., Awaitable[Any]]) -> None: ...
    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any: ...

def django_middleware(get_response: Callable[..., Any]) -> Callable[..., Any]: ...
def init_flask(app: Any) -> None: ...
