"""The questions that the embedded model is trained on: each family writes a question, the working
that leads to its answer, and the answer, from a random generator.

A question is held out, never trained on, when the SHA-256 of its text begins with a hexadecimal 0
(one in sixteen), or when it stands in one of the quickstart sets of tasks/quickstart.
"""

import glob
import hashlib
import json
import math
import os
from dataclasses import dataclass
from random import Random

import programs

HERE = os.path.dirname(os.path.abspath(__file__))

# The prompts of proctor's protocol r1 (tasks/protocols.cpp), byte for byte.
BOXED = ("{problem}\nPlease reason step by step, and put your final answer within \\boxed{}.")
CHOICE = ("Answer the following multiple choice question. The last line of your response should be "
          "of the following format: 'Answer: $LETTER' (without quotes) where LETTER is one of ABCD. "
          "Think step by step before answering.\n\n{problem}")


@dataclass
class Example:
    kind: str      # "aime", "math", "choice", "python", "cpp"
    family: str
    question: str  # what is hashed for the held-out rule
    prompt: str    # the user's turn
    thinking: str
    reply: str
    answer: str

    def target(self):
        """What the model is to write after the template's <think>\\n."""
        return self.thinking + "\n</think>\n\n" + self.reply


def quickstart_texts():
    texts = set()
    for path in glob.glob(os.path.join(HERE, "../../../tasks/quickstart/quickstart_*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            texts.update(json.loads(line)["problem"] for line in lines)
    return texts


QUICKSTART = quickstart_texts()


def held_out(question):
    return question in QUICKSTART or hashlib.sha256(question.encode()).hexdigest()[0] == "0"


# Working as in a pupil's column arithmetic: a line for each pair of digits, from the right, so that
# every step is a fact that a small model can know.

def digits_from_right(n, count):
    return [n // 10 ** place % 10 for place in range(count)]


def add(a, b):
    if a < 0 or b < 0 or a < 10 and b < 10:
        return f"{a}{b:+}={a + b}"
    lines, carry, width = [], 0, max(len(str(a)), len(str(b)))
    for x, y in zip(digits_from_right(a, width), digits_from_right(b, width)):
        lines.append(f"{x}+{y}+{carry}={x + y + carry}")
        carry = (x + y + carry) // 10
    return f"{a}+{b}\n" + "\n".join(lines) + f"\n={a + b}"


def subtract(a, b):
    if b < 0 or a < b or a < 10:
        return f"{a}{-b:+}={a - b}" if b else f"{a}-0={a}"
    lines, borrow, width = [], 0, len(str(a))
    for x, y in zip(digits_from_right(a, width), digits_from_right(b, width)):
        lent = 10 if x < y + borrow else 0
        lines.append(f"{x + lent}-{y}-{borrow}={x + lent - y - borrow}")
        borrow = lent // 10
    return f"{a}-{b}\n" + "\n".join(lines) + f"\n={a - b}"


def times(a, b):
    """a times b, each below 1000: digit by digit, then tens and ones of the smaller factor."""
    if a < b:
        a, b = b, a
    if a < 10 or b < 2:
        return f"{a}*{b}={a * b}"
    if b >= 10:
        tens, ones = b // 10, b % 10
        if ones == 0:
            return f"{times(a, tens)}\n{a}*{b}={a * b}"
        return f"{times(a, tens)}\n{times(a, ones)}\n{add(a * tens * 10, a * ones)}"
    lines, carry = [], 0
    for x in digits_from_right(a, len(str(a))):
        lines.append(f"{x}*{b}+{carry}={x * b + carry}")
        carry = (x * b + carry) // 10
    return f"{a}*{b}\n" + "\n".join(lines) + f"\n={a * b}"


def divide(n, d):
    """Long division, digit by digit; ends with the quotient and the remainder."""
    lines, rest = [], 0
    for digit in str(n):
        rest = rest * 10 + int(digit)
        q = rest // d
        if q or lines:
            lines.append(f"{rest}={q}*{d}+{rest - q * d}")
        rest -= q * d
    lines = lines or [f"{n}=0*{d}+{n}"]
    return f"{n}/{d}\n" + "\n".join(lines) + f"\n={n // d} rest {n % d}"


def euclid(a, b):
    lines = []
    while b:
        lines.append(f"{a}={a // b}*{b}+{a % b}")
        a, b = b, a % b
    return "\n".join(lines) + f"\ngcd {a}"


def fraction(n, d):
    """In LaTeX and lowest terms, whole numbers plainly."""
    if d < 0:
        n, d = -n, -d
    g = math.gcd(n, d)
    n, d = n // g, d // g
    if d == 1:
        return str(n)
    return f"-\\frac{{{-n}}}{{{d}}}" if n < 0 else f"\\frac{{{n}}}{{{d}}}"


def reduce(n, d):
    sign = "-" if n < 0 else ""
    n = abs(n)
    if d == 1 or n == 0:
        return f"{sign}{n}/{d}={sign}{n // d}"
    g = math.gcd(n, d)
    lowest = f"{sign}{n // g}" if d == g else f"{sign}{n // g}/{d // g}"
    return f"{euclid(max(n, d), min(n, d))}\n{sign}{n}/{d}={lowest}"


def signed(b):
    return f"+ {b}" if b >= 0 else f"- {-b}"


# AIME-like: answers are integers from 0 to 999. Each returns question, working, answer.

def sum_of_two(r):
    a, b = r.randint(2, 799), r.randint(2, 199)
    return f"Compute ${a} + {b}$.", add(a, b), a + b


def difference(r):
    a = r.randint(20, 999)
    b = r.randint(2, a)
    return f"Compute ${a} - {b}$.", subtract(a, b), a - b


def product(r):
    a = r.randint(2, 99)
    b = r.randint(2, min(99, 999 // a)) if a < 50 else r.randint(2, 9)
    return f"Compute ${a} \\cdot {b}$.", times(a, b), a * b


def sum_and_product(r):
    a, b, c = r.randint(2, 99), r.randint(2, 99), r.randint(2, 9)
    return (f"Compute ${a} + {b} \\cdot {c}$.", f"{times(b, c)}\n{add(a, b * c)}", a + b * c)


def two_products(r):
    a, b, c, d = (r.randint(2, 15) for _ in range(4))
    if a * b < c * d:
        a, b, c, d = c, d, a, b
    return (f"Evaluate ${a} \\cdot {b} - {c} \\cdot {d}$.",
            f"{times(a, b)}\n{times(c, d)}\n{subtract(a * b, c * d)}", a * b - c * d)


def linear_equation(r):
    a, x = r.randint(2, 12), r.randint(2, 60)
    b = r.randint(1, 60)
    if r.random() < 0.5 and a * x > b:
        right = a * x - b
        return (f"Solve ${a}x - {b} = {right}$ for $x$.",
                f"{add(right, b)}\n{a}x={a * x}\n{divide(a * x, a)}\nx={x}", x)
    right = a * x + b
    return (f"Solve ${a}x + {b} = {right}$ for $x$.",
            f"{subtract(right, b)}\n{a}x={a * x}\n{divide(a * x, a)}\nx={x}", x)


def remainder(r):
    n, d = r.randint(20, 499), r.randint(3, 12)
    return (f"What is the remainder when ${n}$ is divided by ${d}$?", divide(n, d), n % d)


def common_divisor(r):
    g = r.randint(2, 15)
    a, b = g * r.randint(2, 9), g * r.randint(2, 9)
    a, b = max(a, b), min(a, b)
    first, second = (a, b) if r.random() < 0.5 else (b, a)
    return (f"Find the greatest common divisor of ${first}$ and ${second}$.", euclid(a, b),
            math.gcd(a, b))


def packing(r):
    size, boxes = r.randint(3, 24), r.randint(3, 40)
    left = r.randint(1, size - 1)
    thing = r.choice(["pencils", "apples", "books", "eggs", "stamps", "bottles"])
    holder = r.choice(["boxes", "bags", "crates"])
    return (f"A shop packs {thing} in {holder} of ${size}$. It fills ${boxes}$ {holder} and has "
            f"${left}$ {thing} left over. How many {thing} are there in all?",
            f"{times(boxes, size)}\n{add(boxes * size, left)}", boxes * size + left)


def sum_to(r):
    n = r.randint(4, 32)
    return (f"Find the sum of all integers from $1$ to ${n}$.",
            f"{n}*{n + 1}/2\n{times(n, n + 1)}\n{divide(n * (n + 1), 2)}", n * (n + 1) // 2)


def percent(r):
    p = r.choice([5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90])
    n = r.randint(1, 49) * 20
    return (f"What is ${p}\\%$ of ${n}$?",
            f"{n}/10={n // 10}\n{divide(n // 10, 2)}\n{p}/5={p // 5}\n{times(n // 20, p // 5)}", n * p // 100)


def sum_and_difference(r):
    x = r.randint(3, 99)
    y = r.randint(1, x - 1)
    larger = r.random() < 0.5
    s, d = x + y, x - y
    working = f"{add(s, d)}\n{divide(s + d, 2)}" if larger else f"{subtract(s, d)}\n{divide(s - d, 2)}"
    return (f"Two numbers have the sum ${s}$ and the difference ${d}$. What is the "
            f"{'larger' if larger else 'smaller'} one?", working, x if larger else y)


def rectangle(r):
    a, b = r.randint(2, 30), r.randint(2, 30)
    return (f"A rectangle has perimeter ${2 * (a + b)}$, and one of its sides is ${a}$ long. What is "
            f"its area?", f"{divide(2 * (a + b), 2)}\n{subtract(a + b, a)}\n{times(a, b)}", a * b)


def multiples(r):
    n, k = r.randint(20, 499), r.randint(3, 12)
    return (f"How many multiples of ${k}$ are there from $1$ to ${n}$?", divide(n, k), n // k)


def function_twice(r):
    a, b, x = r.randint(2, 9), r.randint(1, 15), r.randint(1, 9)
    y = a * x + b
    return (f"Let $f(x) = {a}x + {b}$. Find $f(f({x}))$.",
            f"{times(a, x)}\n{add(a * x, b)}\n{times(a, y)}\n{add(a * y, b)}", a * y + b)


def nth_term(r):
    a, d, n = r.randint(1, 40), r.randint(2, 15), r.randint(5, 40)
    return (f"An arithmetic sequence begins ${a}, {a + d}, {a + 2 * d}, \\dots$ What is its term "
            f"number ${n}$?",
            f"{a + d}-{a}={d}\n{n}-1={n - 1}\n{times(d, n - 1)}\n{add(a, d * (n - 1))}", a + d * (n - 1))


def digit_sum(r):
    n = r.randint(100, 99999)
    digits = [int(d) for d in str(n)]
    steps, total = [], digits[0]
    for digit in digits[1:]:
        steps.append(f"{total}+{digit}={total + digit}")
        total += digit
    return f"Find the sum of the digits of ${n}$.", "\n".join(steps), total


def last_digit(r):
    a, n = r.randint(2, 9), r.randint(3, 12)
    steps, digit = [], a
    for exponent in range(2, n + 1):
        digit = digit * a % 10
        steps.append(f"{exponent}: {digit}")
    return f"What is the last digit of ${a}^{{{n}}}$?", f"1: {a}\n" + "\n".join(steps), digit


AIME = [sum_of_two, difference, product, sum_and_product, two_products, linear_equation, remainder,
        common_divisor, packing, sum_to, percent, sum_and_difference, rectangle, multiples,
        function_twice, nth_term, digit_sum, last_digit]


# MATH-like: answers in LaTeX.

def lowest_terms(r):
    g, n, d = r.randint(2, 9), r.randint(1, 8), r.randint(2, 9)
    n, d = n * g, d * g
    return (f"Write $\\frac{{{n}}}{{{d}}}$ in lowest terms.",
            reduce(n, d), fraction(n, d))


def fraction_sum(r):
    a, b, c, d = r.randint(1, 5), r.randint(2, 7), r.randint(1, 5), r.randint(2, 7)
    minus = r.random() < 0.4 and a * d > c * b
    left, right, bottom = a * d, c * b, b * d
    total = left - right if minus else left + right
    sign = "-" if minus else "+"
    step = subtract(left, right) if minus else add(left, right)
    return (f"Compute $\\frac{{{a}}}{{{b}}} {sign} \\frac{{{c}}}{{{d}}}$.",
            f"{times(a, d)}\n{times(c, b)}\n{times(b, d)}\n{step}\n{reduce(total, bottom)}", fraction(total, bottom))


def fraction_product(r):
    a, b, c, d = r.randint(1, 7), r.randint(2, 7), r.randint(1, 7), r.randint(2, 7)
    if r.random() < 0.5:
        return (f"Compute $\\frac{{{a}}}{{{b}}} \\cdot \\frac{{{c}}}{{{d}}}$.",
                f"{times(a, c)}\n{times(b, d)}\n{reduce(a * c, b * d)}",
                fraction(a * c, b * d))
    return (f"Compute $\\frac{{{a}}}{{{b}}} \\div \\frac{{{c}}}{{{d}}}$.",
            f"{times(a, d)}\n{times(b, c)}\n{reduce(a * d, b * c)}",
            fraction(a * d, b * c))


def linear_both_sides(r):
    a, c = r.randint(3, 9), r.randint(2, 8)
    if a <= c:
        a, c = c + 1, a
    b, d = r.randint(-9, 9) or 1, r.randint(-9, 9) or 2
    left, right = a - c, d - b
    return (f"Solve ${a}x {signed(b)} = {c}x {signed(d)}$ for $x$.",
            f"{a}-{c}={left}\n{d}{-b:+}={right}\n{left}x={right}\n{reduce(right, left)}",
            fraction(right, left))


def square_root(r):
    k, m = r.randint(2, 7), r.choice([2, 3, 5, 6, 7])
    return (f"Simplify $\\sqrt{{{k * k * m}}}$.", f"{k * k * m}={k * k}*{m}\n{k * k}={k}*{k}",
            f"{k}\\sqrt{{{m}}}")


def expand(r):
    a, b = r.randint(-9, 9) or 3, r.randint(-9, 9) or 5
    s, p = a + b, a * b
    middle = "" if s == 0 else f" {'+' if s > 0 else '-'} {'' if abs(s) == 1 else abs(s)}x"
    return (f"Expand $(x {signed(a)})(x {signed(b)})$.",
            f"{a}{b:+}={s}\n{a}*{b}={p}", f"x^2{middle} {signed(p)}")


def slope(r):
    x1, y1 = r.randint(0, 9), r.randint(0, 9)
    x2, y2 = x1 + r.randint(1, 9), r.randint(0, 15)
    dy, dx = y2 - y1, x2 - x1
    return (f"Find the slope of the line through $({x1}, {y1})$ and $({x2}, {y2})$.",
            f"{y2}-{y1}={dy}\n{x2}-{x1}={dx}\n{reduce(dy, dx)}", fraction(dy, dx))


def midpoint(r):
    x1, y1 = r.randint(-4, 8), r.randint(-4, 8)
    x2, y2 = x1 + 2 * r.randint(1, 4), y1 + 2 * r.randint(-3, 4)
    mx, my = (x1 + x2) // 2, (y1 + y2) // 2
    return (f"Find the midpoint of the segment from $({x1}, {y1})$ to $({x2}, {y2})$.",
            f"{x1}{x2:+}={x1 + x2}\n{x1 + x2}/2={mx}\n{y1}{y2:+}={y1 + y2}\n{y1 + y2}/2={my}",
            f"\\left( {mx}, {my} \\right)")


def negative_power(r):
    a, n = r.choice([(a, n) for a in range(2, 13) for n in range(1, 6) if a ** n < 300])
    steps, value = [], a
    for _ in range(n - 1):
        steps.append(times(value, a))
        value *= a
    return (f"Evaluate ${a}^{{-{n}}}$.", "\n".join(steps or [f"{a}^1={a}"]),
            f"\\frac{{1}}{{{value}}}")


def die(r):
    k = r.randint(1, 5)
    more = r.random() < 0.5
    sides = r.choice([6, 6, 8, 10, 12, 20])
    word = {6: "six", 8: "eight", 10: "ten", 12: "twelve", 20: "twenty"}[sides]
    hits = sides - k if more else k
    k = k if more else k + 1
    return (f"A fair {word}-sided die is rolled once. What is the probability that it shows "
            f"{'more' if more else 'less'} than ${k}$?",
            (f"{sides}-{k}={hits}" if more else f"{k}-1={hits}") + f"\n{reduce(hits, sides)}",
            fraction(hits, sides))


def marbles(r):
    a, b = r.randint(1, 12), r.randint(1, 12)
    first, second = r.sample(["red", "blue", "green", "white", "black"], 2)
    return (f"A bag holds ${a}$ {first} and ${b}$ {second} marbles. One is drawn at random. What is "
            f"the probability that it is {first}?", f"{add(a, b)}\n{reduce(a, a + b)}",
            fraction(a, a + b))


def circle(r):
    n = r.randint(2, 12)
    if r.random() < 0.5:
        return (f"What is the area of a circle of radius ${n}$? Give the answer in terms of $\\pi$.",
                f"{n}*{n}={n * n}", f"{n * n}\\pi")
    return (f"What is the circumference of a circle of radius ${n}$? Give the answer in terms of "
            f"$\\pi$.", f"{n}*2={n * 2}", f"{2 * n}\\pi")


def proportion(r):
    a, b, c = r.randint(2, 7), r.randint(2, 7), r.randint(2, 7)
    return (f"Solve $\\frac{{x}}{{{a}}} = \\frac{{{b}}}{{{c}}}$ for $x$.",
            f"{times(a, b)}\n{reduce(a * b, c)}", fraction(a * b, c))


MATH = [lowest_terms, fraction_sum, fraction_product, linear_both_sides, square_root, expand, slope,
        midpoint, negative_power, die, marbles, circle, proportion]


# GPQA-like: school science with four options. Each returns question, working, answer, distractors.

def near(r, value, extra=()):
    """Three wrong values: slips first, neighbours then."""
    pool = [v for v in extra if v != value and v >= 0]
    r.shuffle(pool)
    wrong = []
    for v in pool + [value + step for step in r.sample([-10, -3, -2, -1, 1, 2, 3, 10], 8)]:
        if v != value and v >= 0 and v not in wrong:
            wrong.append(v)
    return wrong[:3]


def speed(r):
    v, t = r.randint(3, 40), r.randint(3, 25)
    who = r.choice(["A car", "A train", "A cyclist", "A bird"])
    return (f"{who} moves at {v} m/s for {t} s. How far does it get?", times(v, t),
            v * t, near(r, v * t, [v + t, v * t + v]), " m")


def newton(r):
    m, a = r.randint(2, 30), r.randint(2, 12)
    if r.random() < 0.5:
        return (f"Which force accelerates a body of {m} kg at {a} m/s^2?", times(m, a),
                m * a, near(r, m * a, [m + a, m * a + m]), " N")
    return (f"A force of {m * a} N acts on a body of {m} kg. What is its acceleration?",
            divide(m * a, m), a, near(r, a, [m]), " m/s^2")


def ohm(r):
    i, resistance = r.randint(2, 15), r.randint(2, 40)
    if r.random() < 0.5:
        return (f"A current of {i} A flows through a resistor of {resistance} ohm. What is the "
                f"voltage across it?", times(i, resistance), i * resistance,
                near(r, i * resistance, [i + resistance]), " V")
    return (f"A voltage of {i * resistance} V lies across a resistor of {resistance} ohm. What "
            f"current flows?", divide(i * resistance, resistance), i,
            near(r, i, [resistance]), " A")


ELEMENTS = ["hydrogen", "helium", "lithium", "beryllium", "boron", "carbon", "nitrogen", "oxygen",
            "fluorine", "neon", "sodium", "magnesium", "aluminium", "silicon", "phosphorus",
            "sulfur", "chlorine", "argon", "potassium", "calcium"]


def neutrons(r):
    z = r.randint(2, 20)
    n = z + r.randint(0, 6)
    return (f"How many neutrons are in a nucleus of {ELEMENTS[z - 1]}-{z + n}?",
            f"{ELEMENTS[z - 1]} {z}\n{subtract(z + n, z)}", n, near(r, n, [z, z + n]), "")


def ion(r):
    z, charge = r.randint(3, 20), r.randint(1, 2)
    positive = r.random() < 0.5
    electrons = z - charge if positive else z + charge
    step = subtract(z, charge) if positive else add(z, charge)
    return (f"How many electrons has an ion of {ELEMENTS[z - 1]} with charge "
            f"{'+' if positive else '-'}{charge}?", f"{ELEMENTS[z - 1]} {z}\n{step}", electrons,
            near(r, electrons, [z, z + charge, z - charge]), "")


def half_life(r):
    n, t, left = r.randint(2, 3), r.randint(2, 12), r.randint(2, 25)
    start = left * 2 ** n
    steps, value = [], start
    for _ in range(n):
        steps.append(divide(value, 2))
        value //= 2
    return (f"A sample of {start} g has a half-life of {t} h. How much is left after {n * t} h?",
            f"{divide(n * t, t)}\n" + "\n".join(steps), left,
            near(r, left, [left * 2, left * 4, start // 3]), " g")


def wave(r):
    f, length = r.randint(2, 40), r.randint(2, 20)
    return (f"A wave of {f} Hz has a wavelength of {length} m. How fast does it travel?",
            times(f, length), f * length, near(r, f * length, [f + length]), " m/s")


def genetics(r):
    cross, parts = r.choice([("Aa and Aa", (1, 4)), ("Aa and aa", (2, 4)), ("AA and aa", (0, 4))])
    total = r.randint(3, 40) * 4
    count = total // 4 * parts[0]
    return (f"Parents {cross} have {total} offspring. How many of them are expected to be aa?",
            f"{parts[0]} of 4\n{divide(total, 4)}\n{times(total // 4, parts[0])}", count,
            near(r, count, [total // 4, total // 2, total * 3 // 4, 0]), "")


CHOICE_FAMILIES = [speed, newton, ohm, neutrons, ion, half_life, wave, genetics]


def choice_example(r, family):
    question, working, answer, wrong, unit = family(r)
    options = [answer] + wrong
    r.shuffle(options)
    letter = "ABCD"[options.index(answer)]
    listed = "\n".join(f"{l}) {v}{unit}" for l, v in zip("ABCD", options))
    problem = f"{question}\n\n{listed}"
    # The options one by one, as copying and comparing is easier than finding a letter by its value.
    looked_at = [f"{l}) {v} {'yes' if v == answer else 'no'}" for l, v in zip("ABCD", options)]
    looked_at = looked_at[:"ABCD".index(letter) + 1]
    return Example("choice", family.__name__, question, CHOICE.replace("{problem}", problem),
                   working + "\n" + "\n".join(looked_at), f"Answer: {letter}", letter)


def boxed_example(r, kind, family):
    while True:
        question, working, answer = family(r)
        if kind != "aime" or 0 <= answer <= 999:
            break
    return Example(kind, family.__name__, question, BOXED.replace("{problem}", question), working,
                   f"The answer is $\\boxed{{{answer}}}$.", str(answer))


def program_example(r, language):
    family, question, prompt, thinking, reply = programs.write(r, language)
    return Example(language, family, question, prompt, thinking, reply, "")


# How often each kind is drawn.
MIX = [("aime", 0.40), ("math", 0.34), ("choice", 0.12), ("python", 0.07), ("cpp", 0.07)]


def draw(r, kind=None, family=None):
    if kind is None:
        kind = r.choices([k for k, _ in MIX], [w for _, w in MIX])[0]
    if kind == "aime":
        return boxed_example(r, kind, family or r.choice(AIME))
    if kind == "math":
        return boxed_example(r, kind, family or r.choice(MATH))
    if kind == "choice":
        return choice_example(r, family or r.choice(CHOICE_FAMILIES))
    return program_example(r, kind)


def training_examples(seed, count):
    """`count` examples, none of them held out; the same for the same seed."""
    r = Random(seed)
    examples = []
    while len(examples) < count:
        example = draw(r)
        if not held_out(example.question):
            examples.append(example)
    return examples


def held_out_examples(seed, kind, count):
    """`count` different held-out questions of a kind, the same for the same seed."""
    r = Random(f"held out {seed} {kind}")
    seen, examples = set(), []
    while len(examples) < count:
        example = draw(r, kind)
        if held_out(example.question) and example.question not in seen:
            seen.add(example.question)
            examples.append(example)
    return examples
