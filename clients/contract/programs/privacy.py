# Prints what the library makes of each of the privacy vectors, as JSON. Run by ../privacy.test.ts.
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python"))
import mayday


class Client:
    def __init__(self, more):
        self.secrets = mayday._Secrets(more)


def result(vector):
    client = Client(vector.get("more", ()))
    kind = vector.get("as", "value")
    if kind == "value":
        return mayday._Collector(client).clean(vector["in"])
    if kind == "cookies":
        return {name: client.secrets.hidden(value) for name, value in vector["in"].items()}
    return client.secrets.text(vector["in"], kind)


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([result(vector) for vector in json.load(file)]))
