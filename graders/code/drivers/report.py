# What a driver says about the program: records on a descriptor of its own, each the run's nonce, a
# kind and a length on a line, and then that many bytes. graders/code/drivers.cpp reads them.
#
# The program can find the descriptor and the nonce if it looks for them, since it shares the
# interpreter. It gains nothing: a record says what a program answered, never whether that is right.

import json

REPORT_DESCRIPTOR = 3
REPORT_BYTES = 32 << 20  # of one record
VALUE_DEPTH = 100
PLAIN_TYPES = {bool, int, float, str, type(None)}


def frame_record(nonce, kind, payload=b""):
    return b"%s %s %d\n%s" % (nonce.encode(), kind, len(payload), payload)


def open_report(nonce):
    """Moves the descriptor out of the way of programs that count on 3, and returns send()."""
    write = os.write
    number = 16 + os.urandom(1)[0] % 40  # below the box's limit of 64
    os.dup2(REPORT_DESCRIPTOR, number, inheritable=False)
    os.close(REPORT_DESCRIPTOR)

    def send(kind, payload=b""):
        left = memoryview(frame_record(nonce, kind, payload))
        while left:
            left = left[write(number, left) :]

    return send


def nature_of(value):
    """How the value compares with values that were read from JSON.

    "value": as its own JSON text does; "unequal": to none of them, whatever it holds; "foreign": in
    a way that only its type knows.
    """
    level = [[value]]
    for _ in range(VALUE_DEPTH):
        deeper = []
        for group in level:
            if set(map(type, group)) <= PLAIN_TYPES:
                continue
            for item in group:
                if isinstance(item, dict):
                    if not all(isinstance(key, str) for key in item):
                        return "unequal"
                    deeper.append(list(item.values()))
                elif isinstance(item, list):
                    deeper.append(item)
                elif isinstance(item, (tuple, set, frozenset, bytes, bytearray)):
                    return "unequal"
                elif not isinstance(item, (int, float, str, type(None))):
                    return "foreign"
        if not deeper:
            return "value"
        level = deeper
    return "foreign"


def encode_value(value, dumps=json.dumps):
    """The record of a returned value. An outermost tuple counts as a list, as LiveCodeBench has it.

    Infinities and NaN are written as Python writes them, which no JSON reader takes for a number.
    """
    if isinstance(value, tuple):
        value = list(value)
    nature = nature_of(value)
    if nature == "unequal":
        return b"unequal", repr(type(value)).encode()
    if nature == "foreign":
        return b"foreign", repr(type(value)).encode()
    try:
        text = dumps(value).encode()
    except ValueError as error:  # an integer with more digits than may be written
        return b"unprintable", str(error).encode()
    if len(text) > REPORT_BYTES:
        return b"foreign", b"more than %d bytes" % REPORT_BYTES
    return b"value", text
