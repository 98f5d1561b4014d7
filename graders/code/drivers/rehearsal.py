# What every test does, done beforehand by the warm interpreter, which calls rehearse() before it
# forks. A test's process shares all memory that it does not write to, and of what the interpreter
# does for the first time it takes notes: where types keep their methods, names of arguments,
# addresses of library functions. Done here, it is done once for all.
#
# The programs of the rehearsal are ours, and have a module each: of what they define nothing stays.

REHEARSED_CALL = """
class Solution:
    def answer(self, numbers: List[int], words: List[str], rows: List[List[int]]) -> int:
        seen, best = {}, 0
        for place, number in enumerate(numbers):
            seen[number] = seen.get(number, 0) + place
            best = max(best, min(seen[number], len(words)))
        first = sorted(set(numbers)) + [sum(row) for row in rows]
        return best + len(first)
"""
REHEARSED_ARGUMENTS = b'[3, 1, 2]\n["a", "bc"]\n[[1, 2], [3]]'

REHEARSED_PROGRAM = """
def answer():
    count = int(input())
    numbers = list(map(int, input().split()))
    rest = [line.strip() for line in sys.stdin]
    words = sorted(set(rest))
    print(count, sum(numbers), *words)
    print("\\n".join(str(number) for number in numbers))
    return count
answer()
"""
REHEARSED_INPUT = b"3\n1 2 3\nab\ncd\n"


def rehearse_call(module):
    source = REHEARSED_CALL.encode()
    execute(compile_in_advance(source), source, module)
    value = call_function(module, "answer", decode_arguments(REHEARSED_ARGUMENTS))
    frame_record("rehearsal", *encode_value(value))


def rehearse_program(module):
    streams = sys.stdin, sys.stdout
    with open(os.memfd_create("stdin"), "w+") as given, open(os.memfd_create("stdout"), "w") as taken:
        given.buffer.write(REHEARSED_INPUT)
        given.seek(0)
        sys.stdin, sys.stdout = module.stdin, module.stdout = given, taken
        try:
            source = REHEARSED_PROGRAM.encode()
            execute(compile_in_advance(source), source, module)
            taken.flush()
        finally:
            sys.stdin, sys.stdout = streams


def rehearse():
    for part in (rehearse_call, rehearse_program):
        module = new_main_module()
        vars(module).update(vars(PREPARED_MAIN))
        part(module)
    PREPARED_MAIN.random.seed()  # as it does by itself in every new process
