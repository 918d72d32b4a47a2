"""Programs for Python's frameworks and loggers, one per bridge: bridges.py SCENARIO SNIPPETS; started by python-bridges.test.ts."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
import mayday

# Spawned children import this module: without guarding, they install the library, too.
mayday.install(version="1.2.3")


def fail(message):
    raise LookupError(message)


def log():
    import logging
    import log as bridge
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.DEBUG)
    orders = logging.getLogger("shop.orders")
    orders.info("took order %d", 17)
    orders.debug("not noted")
    orders.error("no stock for %s", "tea", extra={"warehouse": 3})
    try:
        fail("raised and logged")
    except LookupError as error:
        orders.exception("could not place it")
        # On its way it passes a second hand.
        mayday.report(error)
    orders.info("goes on")


def log_queue():
    import logging
    import logging.handlers
    import queue
    records = queue.Queue()
    listener = logging.handlers.QueueListener(records, mayday.LoggingHandler())
    logging.getLogger().addHandler(logging.handlers.QueueHandler(records))
    listener.start()
    logging.error("through a queue")
    listener.stop()


def celery():
    folder = os.environ["MAYDAY_QUEUE_DIR"]
    broker = os.path.join(folder, "broker")
    os.makedirs(broker)
    with open(os.path.join(folder, "tasks.py"), "w") as file:
        file.write(
            "import sys; sys.path[:0] = %r\n"
            "import mayday; mayday.install(version='1.2.3')\n"
            "from celery import Celery\n"
            "import celery_bridge\n"
            "app = Celery('tasks', broker='filesystem://')\n"
            "app.conf.broker_transport_options = {'data_folder_in': %r, 'data_folder_out': %r, 'control_folder': %r}\n"
            "@app.task\n"
            "def place(order): raise LookupError('in a task')\n"
            "@app.task(bind=True, max_retries=1, default_retry_delay=0)\n"
            "def again(self): raise self.retry(exc=KeyError('tried twice'))\n"
            % ([path for path in sys.path if path], broker, broker, broker))
    environment = dict(os.environ, PYTHONPATH=folder)
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    subprocess.run([sys.executable, "-c", "import tasks; tasks.place.delay(17); tasks.again.delay()"], cwd=folder, env=environment, check=True)
    failed = 0
    for line in worker.stdout:
        failed += " raised unexpected" in line
        if failed == 2:
            break
    worker.terminate()
    worker.stdout.read()
    print("worker ended", worker.wait())


def uvloop():
    import asyncio
    import uvloop as other

    async def main():
        asyncio.ensure_future(late())
        await asyncio.sleep(0.05)
        import gc
        gc.collect()
        asyncio.get_running_loop().call_soon(fail, "in a callback")
        await asyncio.sleep(0.05)

    async def late():
        fail("in a task of uvloop")

    loop = other.new_event_loop()
    made = type(loop).call_exception_handler
    loop.run_until_complete(main())
    loop.close()
    print("loop goes on", made is type(loop).call_exception_handler)


def task_factory():
    import asyncio

    class Task(asyncio.Task):
        pass

    async def late():
        fail("in a task of a factory")

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coroutine, **named: Task(coroutine, loop=loop, **named))
        loop.create_task(late())
        await asyncio.sleep(0.05)
        if hasattr(asyncio, "eager_task_factory"):
            loop.set_task_factory(asyncio.eager_task_factory)
            loop.create_task(late())
        import gc
        gc.collect()
        await asyncio.sleep(0.05)

    asyncio.run(main())
    print("loop goes on", hasattr(asyncio, "eager_task_factory"))


def futures():
    from concurrent.futures import ThreadPoolExecutor
    import asyncio
    kept = []
    with ThreadPoolExecutor(2) as pool:
        pool.submit(fail, "nobody asks")
        kept.append(pool.submit(fail, "nobody asks at the end"))
        asked = pool.submit(fail, "somebody asks")
        try:
            asked.result()
        except LookupError:
            print("asked")
        told = pool.submit(fail, "somebody asks for the error")
        told.add_done_callback(lambda future: print(repr(future.exception())))

        async def main():
            try:
                await asyncio.get_running_loop().run_in_executor(pool, fail, "a loop asks")
            except LookupError:
                print("awaited")
        asyncio.run(main())


def watch():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        future = mayday.watch(pool.submit(fail, "watched"))
    print(repr(future.exception()))


def processes():
    import multiprocessing
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        child = context.Process(target=fail, args=("in a child of " + method,), name="child")
        child.start()
        child.join()
        print(method, child.exitcode)


def pool():
    import multiprocessing
    import pool_bridge
    with multiprocessing.get_context("fork").Pool(1) as workers:
        result = pool_bridge.start(workers, fail, "in a pool")
        result.wait()
        time.sleep(0.1)
    print("goes on")


def gunicorn():
    folder = os.environ["MAYDAY_QUEUE_DIR"]
    with open(os.path.join(folder, "site.py"), "w"):
        pass
    with open(os.path.join(folder, "slow_site.py"), "w") as file:
        file.write(
            "import time, mayday\n"
            "mayday.install(version='1.2.3')\n"
            "def wait_for_stock():\n"
            "    time.sleep(30)\n"
            "def application(environ, start_response):\n"
            "    wait_for_stock()\n")
    address = os.path.join(folder, "socket")
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([folder] + [path for path in sys.path if path]))
    os.remove(os.path.join(folder, "site.py"))
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", os.path.join(sys.argv[2], "gunicorn.conf.py"), "-b", "unix:" + address, "--timeout", "1",
         "slow_site:application"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout:
        if "Booting worker" in line:
            break
    import socket
    client = socket.socket(socket.AF_UNIX)
    client.connect(address)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    for line in server.stdout:
        if "WORKER TIMEOUT" in line:
            break
    client.settimeout(10)
    client.recv(1000)
    server.terminate()
    server.stdout.read()
    print("server ended", server.wait())


def base_exception():
    class Stop(BaseException):
        pass

    raise Stop("of its own kind")


def cancelled():
    import asyncio

    async def application(scope, receive, send):
        raise asyncio.CancelledError()

    try:
        asyncio.run(mayday.AsgiMiddleware(application)({"type": "http"}, None, None))
    except asyncio.CancelledError:
        print("cancelled")


def group():
    if sys.version_info < (3, 11):
        print("no groups")
        return
    try:
        try:
            raise OSError("disk")
        except OSError as cause:
            inner = ExceptionGroup("inner", [KeyError("two"), TypeError("three")])
            first = ValueError("one")
            first.__cause__ = cause
            raise ExceptionGroup("outer", [first, inner])
    except ExceptionGroup as error:
        mayday.report(error)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])
    globals()[sys.argv[1]]()
