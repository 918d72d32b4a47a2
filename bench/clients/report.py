"""CPU of report() in the calling thread, in microseconds: report.py LIBRARY TIMES prints one JSON object, case -> microseconds."""

import importlib.util
import json
import sys
import tempfile
import time

library, times = sys.argv[1], int(sys.argv[2])
spec = importlib.util.spec_from_file_location("mayday", library)
mayday = importlib.util.module_from_spec(spec)
sys.modules["mayday"] = mayday
spec.loader.exec_module(mayday)
# Nobody listens there, and a pause after the first failure keeps the sender still.
mayday.install(url="http://127.0.0.1:9", product="bench", version="1.2.3", queue_dir=tempfile.mkdtemp(), exit_ms=0)
mayday.set_context(user={"id": "u-17"}, configuration={"port": 8000, "password": "x"})


def deep(levels, error):
    if levels:
        return deep(levels - 1, error)
    raise error


def raised(levels, error):
    try:
        deep(levels, error)
    except Exception as caught:
        return caught


def caused(levels):
    try:
        try:
            deep(levels, KeyError("root"))
        except KeyError as root:
            raise ValueError("the order cannot be read") from root
    except ValueError as caught:
        return caught


def distinct(number):
    # A kind of its own for each, so that none is a repeat of another.
    return raised(8, type("Error%d" % number, (Exception,), {})("order %d of %d cannot be placed" % (number, 3 * number)))


ENVIRON = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/orders/7", "QUERY_STRING": "amount=3&page=2", "HTTP_HOST": "shop.example",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml", "HTTP_COOKIE": "sid=1; theme=dark", "SERVER_NAME": "shop.example",
    "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
}


def request(number):
    def application(environ, start_response):
        deep(20, RuntimeError("order %d" % number))
    try:
        mayday.WsgiMiddleware(application)(dict(ENVIRON), None)
    except RuntimeError:
        pass


CASES = {
    "repeat of a handled error": (lambda number: raised(8, LookupError("order %d" % number)), mayday.report),
    "error with a cause, 60 frames": (lambda number: caused(60), mayday.report),
    "distinct errors": (distinct, mayday.report),
    "web request": (lambda number: number, request),
}

found = {}
for name, (make, run) in CASES.items():
    run(make(0))
    used = 0.0
    for number in range(1, times + 1):
        made = make(number)
        started = time.thread_time()
        run(made)
        used += time.thread_time() - started
    found[name] = used / times * 1e6
print(json.dumps(found))
