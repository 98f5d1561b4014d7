"""Writes replies.jsonl: made-up replies to the quickstart questions, in the replay format.

    python3 tasks/quickstart/make_replies.py

No model had a part in them. They measure nothing: they are there so that a first run has something
to grade, with everything that replies of a reasoning model do (right and wrong, agreeing and not,
cut in the middle of thinking, empty, without a final answer). The same file comes out every time.
"""

import hashlib
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent
REPEATS = 16  # samples per question of protocol r1
MAX_TOKENS = 1024  # its token limit

# How often each question is answered right, and how the others go wrong: the slip, and where it
# leads. The first slip is the usual one.
QUICKSTART_AIME = [
    (0.85, [("Going from left to right, 38 + 14 = 52, and 52 times 6 is 312", "312"),
            ("14 times 6 is 74, and 38 more make 112", "112")]),
    (0.95, [("4x = 61 + 9 = 70, so x would be 17.5, and the whole part of that is 17", "17"),
            ("4x = 52, which is the number we want", "52")]),
    (0.60, [("7 times 35 is 246, and 250 - 246 leaves 4", "4"),
            ("7 times 34 is 238, and 250 - 238 is 12, so it must be 6", "6")]),
    (0.70, [("both are divisible by 3 and by 7, and that makes 21", "21"),
            ("both are divisible by 2 and by 7, and that makes 14", "14")]),
    (0.90, [("12 times 23 is 276, and the 7 are left over, so they do not count", "276"),
            ("12 times 23 is 262, and 7 more are 269", "269")]),
    (0.55, [("the sum is 30 times 29 over 2, which is 435", "435"),
            ("30 numbers of 15 on average make 450", "450")]),
    (0.80, [("10% is 64 and 5% is 30, together 94", "94"),
            ("15% is about a seventh, and 640 over 7 is near 90", "90")]),
    (0.30, [("half of 50 is 25 and half of 12 is 6, so it is 25 - 6 = 19", "19"),
            ("it is 50 - 12 = 38", "38")]),
    (0.50, [("the other side is 44 - 9 = 35, so the area is 9 times 35 = 315", "315"),
            ("the sides are 11 on average, so the area is 121", "121")]),
    (0.75, [("72 - 6 is 66, and 66 times 12 is 792", "792"),
            ("72 - 60 is 12", "12")]),
]
QUICKSTART_MATH = [
    (0.90, [("adding above and below gives 2 over 6", "\\frac{2}{6}"),
            ("the product of the two is 1 over 8", "\\frac{1}{8}")]),
    (0.65, [("3x = 7 - 3 = 4, so x is 4 over 3", "\\frac{4}{3}"),
            ("7x = 10, so x is 10 over 7", "\\frac{10}{7}")]),
    (0.95, [("dividing by 6 leaves 2 over 5", "\\frac{2}{5}"),
            ("18 and 30 are like 3 and 4", "\\frac{3}{4}")]),
    (0.60, [("50 is 4 times 5 or so, which leaves 2 before the root of 5", "2\\sqrt{5}"),
            ("50 is 25 times 2, so 25 stands before the root of 2", "25\\sqrt{2}")]),
    (0.85, [("the product 10 goes with x and the sum 7 stands alone", "x^2 + 10x + 7"),
            ("2 and 5 make 7 both times", "x^2 + 7x + 7")]),
    (0.35, [("4, 5 and 6 show that much, and 3 of 6 is a half", "\\frac{1}{2}"),
            ("4 of the 6 faces do, which is 2 over 3", "\\frac{2}{3}")]),
    (0.80, [("two pi times 3 is 6 pi", "6\\pi"),
            ("pi times the radius is 3 pi", "3\\pi")]),
    (0.55, [("it is the change in x over that in y, 4 over 6", "\\frac{2}{3}"),
            ("8 over 5 less 2 over 1 does not look right, but 5 over 4 does", "\\frac{5}{4}")]),
    (0.70, [("half of the differences 6 and 6 is 3 and 3", "(3, 3)"),
            ("the sums are 8 and 14", "(8, 14)")]),
    (0.50, [("2 to the third is 8, and the sign makes it -8", "-8"),
            ("2 times 3 is 6, and the sign turns it over", "\\frac{1}{6}")]),
]

OPENINGS = [
    "Okay, let me see what is asked here.",
    "Alright, this looks short, but I should be careful.",
    "Let me read that again and then work it out.",
    "Hmm, first I want to be sure what is given.",
]
CHECKS = [
    "Let me check that once more. Yes, it comes out the same.",
    "Wait, did I drop anything? Going over it again, no.",
    "That seems plausible, and the size is about right.",
]
DITHERS = [
    "Wait, maybe I should start over and look at it from the other side.",
    "Hmm, that would give something else, so one of the two must be off.",
    "But if I do it the first way, I come back to where I was.",
    "Let me go through the numbers again, one by one.",
]
CLOSINGS = [
    "The answer is $\\boxed{%s}$.",
    "**Final answer**\n\n$\\boxed{%s}$",
    "So we get\n\n\\[\\boxed{%s}\\]",
    "Therefore the result is \\boxed{%s}.",
]
PROMPT_END = "\nPlease reason step by step, and put your final answer within \\boxed{}."


def draw(*key):
    """A number in [0, 1) that depends on the key alone."""
    digest = hashlib.sha256("\n".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def pick(items, *key):
    return items[int(draw(*key) * len(items))]


def tokens_of(text):
    """Stands in for a tokenizer: a word, or one other character, with the blanks before it."""
    return re.findall(r"\s*(?:\w+|[^\w\s])", text)


def without_box(solution):
    start = solution.rindex("\\boxed{")
    end = solution.rindex("}")
    return solution[:start] + solution[start + len("\\boxed{"):end] + solution[end + 1:]


def spell(answer, key):
    """Equal answers in another spelling, as models write them."""
    if draw(*key, "spelling") < 0.3:
        return answer.replace("\\frac", "\\dfrac")
    return answer


def endless(key, worked):
    """Thinking that comes to no end before the limit."""
    text = "<think>\n" + pick(OPENINGS, *key, "opening") + " " + worked
    turn = 0
    while len(tokens_of(text)) < MAX_TOKENS:
        text += " " + pick(DITHERS, *key, "dither", turn)
        turn += 1
    return "".join(tokens_of(text)[:MAX_TOKENS])


def thinking(key, worked, answer):
    parts = [pick(OPENINGS, *key, "opening"), worked]
    if draw(*key, "guess") < 0.25:
        parts.append("So \\boxed{%s}, I would say, before checking." % answer)
    if draw(*key, "checks") < 0.7:
        parts.append(pick(CHECKS, *key, "check"))
    return "<think>\n" + "\n".join(parts) + "\n</think>\n\n"


def reply(key, row, ease, slips):
    """The text of one reply, and how it ended."""
    fate = draw(*key, "fate")
    worked = without_box(row["solution"])
    if fate < 0.010:
        return "", "stop"
    if fate < 0.045:
        return endless(key, worked), "length"
    answer = row["answer"]
    if draw(*key, "right") >= ease:
        slip, answer = slips[0] if draw(*key, "slip") < 0.75 else slips[1]
        worked = "As I see it, " + slip + "."
    if fate < 0.065:
        return thinking(key, worked, answer) + "It can be worked out as described above.", "stop"
    closing = pick(CLOSINGS, *key, "closing") % spell(answer, key)
    return thinking(key, worked, answer) + worked + "\n\n" + closing, "stop"


def main():
    with open(FOLDER / "replies.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for task, id_field, plan in [("quickstart-aime", "id", QUICKSTART_AIME),
                                     ("quickstart-math", "unique_id", QUICKSTART_MATH)]:
            questions = (FOLDER / (task.replace("-", "_") + ".jsonl")).read_text("utf-8")
            for line, (ease, slips) in zip(questions.splitlines(), plan, strict=True):
                row = json.loads(line)
                for repeat in range(REPEATS):
                    text, finish = reply((task, row[id_field], repeat), row, ease, slips)
                    out.write(json.dumps({
                        "task": task,
                        "question_id": str(row[id_field]),
                        "repeat": repeat,
                        "text": text,
                        "finish_reason": finish,
                        "prompt_tokens": len(tokens_of(row["problem"] + PROMPT_END)),
                        "completion_tokens": len(tokens_of(text)),
                    }) + "\n")


main()
