# Errors that come again: thrown again, reported and then fatal, many different ones at once. Run by ../repeats.test.ts.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python"))
import mayday


def fail(depth):
    if depth > 0:
        fail(depth - 1)
    raise ValueError("at depth")


def inner():
    try:
        fail(0)
    except ValueError as error:
        mayday.report(error)
        raise


scenario = sys.argv[1]
mayday.install(exit_ms=0 if scenario == "no_wait" else 2000, tags={"shop": "north"}, ignore=["backend down"] if scenario == "ignored" else [])
if scenario == "fatal":
    inner()
elif scenario == "outward":
    try:
        inner()
    except ValueError as error:
        mayday.report(error)
elif scenario == "again":
    cached = ConnectionError("backend down")
    for _ in range(5):
        try:
            raise cached
        except ConnectionError as error:
            mayday.report(error)
elif scenario == "notes":
    for turn in range(60):
        mayday.breadcrumb("step %d" % turn, {"password": "hunter" + "2"}, "desk")
    try:
        fail(0)
    except ValueError as error:
        mayday.report(error)
elif scenario == "ignored":
    mayday.report(ConnectionError("the backend down again"))
elif scenario == "burst":
    for turn in range(80):
        try:
            fail(turn)
        except ValueError as error:
            mayday.report(error, {"turn": turn})
else:
    fail(0)
