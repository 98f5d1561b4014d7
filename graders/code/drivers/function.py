# One call of the function that the question asked for, its arguments from a file, its result as a
# record. A process of its own for each test.

ARGUMENTS = "/box/arguments"


def read_arguments():
    """One JSON value a line, however many digits it has: a long number is not the program's fault."""
    digits = getattr(sys, "get_int_max_str_digits", lambda: None)()
    if digits is not None:
        sys.set_int_max_str_digits(0)
    with open(ARGUMENTS, encoding="utf-8") as file:
        values = [json.loads(line) for line in file.read().split("\n")]
    if digits is not None:
        sys.set_int_max_str_digits(digits)
    return values


def run_function():
    """Entry: argv holds the function's name and the nonce of the report."""
    name, nonce = sys.argv[1:]
    send = open_report(nonce)
    arguments = read_arguments()
    source = read_program()
    module = become_main(prelude=True)
    try:
        exec(compile(source, PROGRAM, "exec", dont_inherit=True), vars(module))
        owner = module.Solution() if hasattr(module, "Solution") else module
        value = getattr(owner, name)(*arguments)
        send(*encode_value(value))
    except SystemExit as error:
        if error.code in (None, 0):
            send(b"left")
        raise
    except Exception as error:
        leave_uncaught(error)
