"""Programming problems for the embedded model: what to do with a list, a word or a number, in Python
and C++, put together from filters, mappings and reductions so that most combinations are rare.
"""

PYTHON = ("You will be given a question (problem specification) and will generate a correct Python "
          "program that matches the specification and passes all tests.\n\nQuestion: {problem}\n\n"
          "Read the inputs from stdin solve the problem and write the answer to stdout (do not "
          "directly test on the sample inputs). Enclose your code within delimiters as follows. "
          "Ensure that when the python program runs, it reads the inputs, runs the algorithm and "
          "writes output to STDOUT.\n```python\n# YOUR CODE HERE\n```\n\n")
CPP = ("Solve the following problem in C++17. The program reads standard input and writes standard "
       "output. Put it into one ```cpp block.\n\n{problem}")


class Filter:
    def __init__(self, words, python, cpp=None):
        self.words, self.python, self.cpp = words, python, cpp or python


def draw_filter(r):
    k, m = r.randint(2, 99), r.randint(2, 12)
    return r.choice([
        None,
        Filter("even", "x % 2 == 0"),
        Filter("odd", "x % 2 != 0"),
        Filter("positive", "x > 0"),
        Filter("negative", "x < 0"),
        Filter(f"greater than {k}", f"x > {k}"),
        Filter(f"less than {k}", f"x < {k}"),
        Filter(f"at least {k}", f"x >= {k}"),
        Filter(f"not equal to {k}", f"x != {k}"),
        Filter(f"divisible by {m}", f"x % {m} == 0"),
        Filter(f"not divisible by {m}", f"x % {m} != 0"),
    ])


def draw_mapping(r):
    """Words for one value, the expression."""
    k = r.randint(2, 50)
    return r.choice([
        None, None,
        ("squares", "x * x"),
        ("cubes", "x * x * x"),
        ("absolute values", "abs(x)"),
        (f"{k}-fold values", f"{k} * x"),
        (f"values increased by {k}", f"x + {k}"),
        (f"values decreased by {k}", f"x - {k}"),
    ])


REDUCTIONS = ["sum", "largest", "smallest", "count", "list"]


def list_problem(r, language):
    keep, mapping = draw_filter(r), draw_mapping(r)
    reduction = r.choice(REDUCTIONS)
    if reduction == "count":
        mapping = None
        keep = keep or Filter("even", "x % 2 == 0")
    numbers = "numbers" if keep is None else f"numbers that are {keep.words}"
    what = f"the {numbers}" if mapping is None else f"the {mapping[0]} of the {numbers}"
    task = {
        "sum": f"the sum of {what}",
        "largest": f"the largest of {what}, or 0 if there is none",
        "smallest": f"the smallest of {what}, or 0 if there is none",
        "count": f"how many of the numbers are {keep.words if keep else ''}",
        "list": f"{what} in their order, separated by spaces",
    }[reduction]
    question = ("The first line holds an integer n, the second line n integers. Print "
                f"{task}.")
    plan = ["read n and the numbers"]
    if keep:
        plan.append(f"keep x if {keep.python}")
    if mapping:
        plan.append(f"take {mapping[1]}")
    plan.append({"sum": "add up", "largest": "take the largest", "smallest": "take the smallest",
                 "count": "count", "list": "print all"}[reduction])
    thinking = ", ".join(plan).capitalize() + "."
    code = list_python if language == "python" else list_cpp
    return "list_" + reduction, question, thinking, code(keep, mapping, reduction)


def list_python(keep, mapping, reduction):
    value = mapping[1] if mapping else "x"
    test = f" if {keep.python}" if keep else ""
    last = {"sum": "print(sum(b))", "largest": "print(max(b, default=0))",
            "smallest": "print(min(b, default=0))", "count": "print(len(b))",
            "list": "print(*b)"}[reduction]
    return (f"n = int(input())\na = list(map(int, input().split()))\n"
            f"b = [{value} for x in a{test}]\n{last}\n")


def list_cpp(keep, mapping, reduction):
    value = mapping[1] if mapping else "x"
    test = f"        if (!({keep.cpp})) continue;\n" if keep else ""
    start = {"sum": "    long long s = 0;\n", "count": "    long long s = 0;\n",
             "largest": "    long long s = 0;\n    bool any = false;\n",
             "smallest": "    long long s = 0;\n    bool any = false;\n", "list": ""}[reduction]
    step = {
        "sum": f"        s += {value};\n",
        "count": "        s += 1;\n",
        "largest": f"        long long y = {value};\n        if (!any || y > s) s = y;\n        any = true;\n",
        "smallest": f"        long long y = {value};\n        if (!any || y < s) s = y;\n        any = true;\n",
        "list": f"        cout << {value} << \" \";\n",
    }[reduction]
    end = "    cout << endl;\n" if reduction == "list" else "    cout << s << endl;\n"
    return ("#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n    int n;\n"
            f"    cin >> n;\n{start}    for (int i = 0; i < n; i++) {{\n        long long x;\n"
            f"        cin >> x;\n{test}{step}    }}\n{end}}}\n")


def word_problem(r, language):
    letter = r.choice("abcdefghijklmnopqrstuvwxyz")
    other = r.choice("abcdefghijklmnopqrstuvwxyz")
    k = r.randint(2, 9)
    tasks = [
        ("reversed", "Print it reversed.", "reverse", "s[::-1]",
         "    reverse(s.begin(), s.end());\n    cout << s << endl;\n"),
        ("count_letter", f"Print how often the letter {letter} is in it.", f"count {letter}",
         f"s.count(\"{letter}\")", f"    cout << count(s.begin(), s.end(), '{letter}') << endl;\n"),
        ("length", "Print its length.", "length", "len(s)", "    cout << s.size() << endl;\n"),
        ("repeat", f"Print it {k} times in a row.", f"repeat {k} times", f"s * {k}",
         f"    for (int i = 0; i < {k}; i++) cout << s;\n    cout << endl;\n"),
        ("sorted", "Print its letters in alphabetical order.", "sort", "\"\".join(sorted(s))",
         "    sort(s.begin(), s.end());\n    cout << s << endl;\n"),
        ("replace", f"Print it with every {letter} replaced by {other}.",
         f"replace {letter} by {other}", f"s.replace(\"{letter}\", \"{other}\")",
         f"    for (char& c : s) if (c == '{letter}') c = '{other}';\n    cout << s << endl;\n"),
        ("first", f"Print its first {k} letters.", f"first {k}", f"s[:{k}]",
         f"    cout << s.substr(0, {k}) << endl;\n"),
        ("without", f"Print it without the letter {letter}.", f"drop {letter}",
         f"s.replace(\"{letter}\", \"\")",
         f"    for (char c : s) if (c != '{letter}') cout << c;\n    cout << endl;\n"),
        ("palindrome", "Print YES if it reads the same backwards, else NO.", "compare with reverse",
         "\"YES\" if s == s[::-1] else \"NO\"",
         "    string t(s.rbegin(), s.rend());\n    cout << (s == t ? \"YES\" : \"NO\") << endl;\n"),
    ]
    name, task, plan, python, cpp = r.choice(tasks)
    question = f"The input is a word of lower-case letters. {task}"
    if language == "python":
        code = f"s = input().strip()\nprint({python})\n"
    else:
        code = ("#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n    string s;\n"
                f"    cin >> s;\n{cpp}}}\n")
    return "word_" + name, question, f"Read the word, {plan}.", code


def number_problem(r, language):
    a, b, m = r.randint(2, 99), r.randint(1, 99), r.randint(2, 99)
    names = "xyz"[:r.choice([1, 2, 3])]
    terms = {
        "x": [(f"{a} times x plus {b}", f"{a} * x + {b}"), (f"x squared plus {b}", f"x * x + {b}"),
              (f"the remainder of x divided by {m}", f"x % {m}"),
              (f"{a} times x squared", f"{a} * x * x")],
        "xy": [("x plus y", "x + y"), (f"{a} times x plus {b} times y", f"{a} * x + {b} * y"),
               ("the product of x and y", "x * y"), ("the larger of x and y", "max(x, y)"),
               ("the smaller of x and y", "min(x, y)"),
               (f"the remainder of x times y divided by {m}", f"x * y % {m}")],
        "xyz": [("x plus y plus z", "x + y + z"), ("x times y plus z", "x * y + z"),
                (f"x times y minus {a} times z", f"x * y - {a} * z"),
                ("the largest of x, y and z", "max(x, max(y, z))"),
                ("the smallest of x, y and z", "min(x, min(y, z))")],
    }[names]
    words, expression = r.choice(terms)
    listed = {"x": "a positive integer x", "xy": "two positive integers x and y",
              "xyz": "three positive integers x, y and z"}[names]
    question = f"The only line holds {listed}. Print {words}."
    if language == "python":
        left = ", ".join(names)
        read = f"{left} = map(int, input().split())\n" if len(names) > 1 else "x = int(input())\n"
        code = f"{read}print({expression})\n"
    else:
        code = ("#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n"
                f"    long long {', '.join(names)};\n    cin >> {' >> '.join(names)};\n"
                f"    cout << {expression} << endl;\n}}\n")
    return "number", question, f"Read {', '.join(names)}, print {expression}.", code


def write(r, language):
    """A problem: family, question, prompt, thinking and the reply with the program in a fence."""
    maker = r.choice([list_problem, list_problem, word_problem, number_problem])
    family, question, thinking, code = maker(r, language)
    prompt = (PYTHON if language == "python" else CPP).replace("{problem}", question)
    return family, question, prompt, thinking, f"```{language}\n{code}```"
