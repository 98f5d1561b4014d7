# One call of the function that the question asked for, its arguments from stdin, its result as a
# record. A process of its own for each test. The program finds nothing more to read.


def read_arguments():
    """One JSON value a line, however many digits it has: a long number is not the program's fault."""
    digits = getattr(sys, "get_int_max_str_digits", lambda: None)()
    if digits is not None:
        sys.set_int_max_str_digits(0)
    with open(0, "rb", buffering=0, closefd=False) as file:
        values = [json.loads(line) for line in file.read().decode("utf-8").split("\n")]
    if digits is not None:
        sys.set_int_max_str_digits(digits)
    return values


def run_function():
    """Entry: argv holds the function's name and the nonce of the report."""
    name, nonce = sys.argv[1:]
    source = read_program()
    code = compile_in_advance(source)
    module = become_main(prelude=True)
    begin_test(module, prelude=True)
    send = open_report(nonce)
    arguments = read_arguments()
    try:
        execute(code, source, module)
        owner = module.Solution() if hasattr(module, "Solution") else module
        value = getattr(owner, name)(*arguments)
        send(*encode_value(value))
    except SystemExit as error:
        if error.code in (None, 0):
            send(b"left")
        raise
    except Exception as error:
        leave_uncaught(error)
