"""Checks every DKIM signature of a message with dkimpy: verify.py MESSAGE ZONE. ZONE holds `name text` lines."""

import sys

import dkim

records = {}
for line in open(sys.argv[2]):
    name, text = line.strip().split(" ", 1)
    records[name + "."] = text.encode()


def look_up(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return records.get(name.rstrip(".") + ".")


message = open(sys.argv[1], "rb").read()
check = dkim.DKIM(message)
count = sum(1 for name, _ in check.headers if name.lower() == b"dkim-signature")
for index in range(count):
    try:
        good = dkim.DKIM(message).verify(idx=index, dnsfunc=look_up)
    except dkim.DKIMException:
        good = False
    print("good" if good else "bad")
