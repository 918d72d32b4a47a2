"""The sample application of the Python client: an order desk that fails in the way its first argument says."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import mayday


class OrderError(Exception):
    pass


class Desk:
    def read_amount(self, text):
        return int(text)

    def read(self, text):
        try:
            return self.read_amount(text)
        except ValueError as error:
            raise OrderError("the order cannot be read") from error


def take_order():
    return Desk().read("twelve")


def report_order():
    try:
        take_order()
    except OrderError as error:
        mayday.report(error, {"order": 17, "password": "hunter" + "2"})


def main(scenario):
    mayday.install(version="1.2.3")
    mayday.set_context(user={"id": "u-17"}, configuration={"port": 8000, "password": "hunter" + "2"})
    if scenario == "crash":
        print("taking an order")
        take_order()
    elif scenario == "report":
        report_order()
        print("still running")
    elif scenario == "repeat":
        for _ in range(25):
            report_order()
        print("still running")
    elif scenario == "flush":
        mayday.flush()
        print("flushed")
    elif scenario == "idle":
        print("idle")
    else:
        sys.exit("unknown scenario: " + scenario)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "crash")
