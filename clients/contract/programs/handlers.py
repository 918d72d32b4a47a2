"""Small programs, one per handler of the Python library; started by python.test.ts."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
import mayday


def fail(message="deep inside"):
    secret_word = "hunter" + "2"
    amount = 12
    raise LookupError(message)


def thread():
    import threading
    worker = threading.Thread(target=fail, name="worker")
    worker.start()
    worker.join()
    print("main goes on")


def previous_hooks():
    import threading
    calls = []
    sys.excepthook = lambda *arguments: print("previous", arguments[0].__name__)
    threading.excepthook = lambda arguments: calls.append(arguments.exc_type.__name__)
    mayday.install()
    worker = threading.Thread(target=fail)
    worker.start()
    worker.join()
    print(calls)
    fail()


def task():
    import asyncio

    async def work():
        fail("in a task")

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: print("handled by", context["message"]))
        asyncio.ensure_future(work())
        await asyncio.sleep(0.05)
        import gc
        gc.collect()
        await asyncio.sleep(0.05)

    asyncio.run(main())
    print("loop goes on")


def unraisable():
    class Fragile:
        def __del__(self):
            fail("while it is collected")
    fragile = Fragile()
    del fragile
    print("goes on")


def ask(application, path="/orders/7", query="amount=3&api_key=hunter" "2"):
    """One request through a real wsgiref server."""
    import threading
    import urllib.error
    import urllib.request
    from wsgiref.simple_server import make_server, WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

        def get_stderr(self):
            return open(os.devnull, "w")

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    worker = threading.Thread(target=server.handle_request)
    worker.start()
    request = urllib.request.Request("http://127.0.0.1:%d%s?%s" % (server.server_port, path, query), headers={
        "Cookie": "sid=hunter" + "2; theme=dark", "Authorization": "Bearer hunter" + "2"})
    try:
        print("answer", urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as error:
        print("answer", error.code)
    worker.join()
    server.server_close()


def wsgi():
    def application(environ, start_response):
        with mayday.context(user={"id": 42}):
            fail("in a request")
    ask(mayday.WsgiMiddleware(application))


def wsgi_body():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"first"
        fail("in the body")
    ask(mayday.WsgiMiddleware(application))


def django():
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import Http404, HttpResponse
    from django.urls import path

    def order(request, number):
        fail("in a view")

    def missing(request):
        raise Http404("no such page")

    settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=sys.modules[__name__], LOGGING_CONFIG=None,
                       SECRET_KEY="x", MIDDLEWARE=["mayday.django_middleware"])
    global urlpatterns
    urlpatterns = [path("orders/<int:number>", order), path("missing", missing)]
    django.setup()
    application = get_wsgi_application()
    ask(application, "/missing")
    ask(application)


def django_async():
    import asyncio
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.urls import path

    async def order(request, number):
        fail("in an asynchronous view")

    settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=sys.modules[__name__], LOGGING_CONFIG=None,
                       SECRET_KEY="x", MIDDLEWARE=["mayday.django_middleware"])
    global urlpatterns
    urlpatterns = [path("orders/<int:number>", order)]
    django.setup()
    application = get_asgi_application()

    async def main():
        inbox = [{"type": "http.request", "body": b""}]

        async def receive():
            if inbox:
                return inbox.pop()
            await asyncio.sleep(60)

        async def send(message):
            if message["type"] == "http.response.start":
                print("answer", message["status"])

        await application({"type": "http", "method": "GET", "path": "/orders/7", "query_string": b"amount=3",
                           "headers": [(b"host", b"example.com")], "http_version": "1.1", "scheme": "http"}, receive, send)

    asyncio.run(main())


def flask():
    import flask
    application = flask.Flask(__name__)
    application.logger.disabled = True
    mayday.init_flask(application)

    @application.route("/orders/<int:number>")
    def order(number):
        fail("in a view")

    @application.route("/missing")
    def missing():
        flask.abort(404)

    ask(application, "/missing")
    ask(application)


def asgi():
    import asyncio

    async def application(scope, receive, send):
        fail("in a request")

    async def main():
        scope = {"type": "http", "method": "GET", "path": "/orders/7", "scheme": "http", "query_string": b"token=hunter" b"2&a=1",
                 "headers": [(b"host", b"example.com"), (b"cookie", b"sid=hunter" b"2")]}
        try:
            await mayday.AsgiMiddleware(application)(scope, None, None)
        except LookupError as error:
            print("raised on", error)

    asyncio.run(main())


def locals_on():
    mayday.install(locals=True)
    fail()


def hostile():
    """Everything in the report is as bad as it can be."""
    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError("no text")

        __repr__ = __str__

    class Node(dict):
        pass

    loop = Node()
    loop["self"] = loop
    data = {
        "loop": loop, "long": "x" * 10_000_000, "many": {str(n): "y" * 1000 for n in range(5000)},
        "bytes": b"\xff\x00", "nan": float("nan"), "huge": 10 ** 400, "surrogate": "\ud800", "object": Unprintable(),
        5: "number as key", "list": list(range(100000)), "password": "hunter" + "2", "url": "http://a:hunter" + "2@b/c",
    }
    mayday.install(locals=True, before_send=None)
    mayday.set_context(user=["not", "a", "map"], configuration=None, request={"odd": Unprintable()})

    def deep(n):
        local = "z" * 1000
        if n == 0:
            raise Unprintable()
        deep(n - 1)
    try:
        deep(800)
    except Unprintable as error:
        mayday.report(error, data)
    mayday.report("only a text", 5)
    mayday.report(None)
    mayday.report(object(), "text")
    mayday.install(before_send=lambda made: fail("in before_send"))
    mayday.report(ValueError("dropped"))
    mayday.install(before_send=lambda made: None)
    mayday.report(ValueError("dropped"))
    print("goes on")


def recursion():
    def forever():
        forever()
    try:
        forever()
    except RecursionError as error:
        mayday.report(error)
    print("goes on")


def group():
    if sys.version_info < (3, 11):
        print("no groups")
        return
    try:
        raise ExceptionGroup("two went wrong", [ValueError("one"), KeyError("two")])
    except ExceptionGroup as error:
        mayday.report(error)


def fork():
    mayday.report(ValueError("parent"))
    child = os.fork()
    if child == 0:
        mayday.report(KeyError("child"))
        mayday.flush()
        os._exit(0)
    os.waitpid(child, 0)


def stay():
    """A program that lives on, and whose end nobody sees."""
    import time
    mayday.report(ValueError("first"))
    time.sleep(0.7)
    mayday.report(KeyError("second"))
    time.sleep(2.5)
    os._exit(0)


def interrupted():
    raise KeyboardInterrupt()


def leave():
    sys.exit(3)


def twice():
    try:
        fail()
    except LookupError as error:
        mayday.report(error)
        raise


if __name__ == "__main__":
    if sys.argv[1] != "previous_hooks":
        mayday.install(version={"number": 7, "edition": "pro"})
    globals()[sys.argv[1]]()
