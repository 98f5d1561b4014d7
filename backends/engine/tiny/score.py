"""What the embedded model scores on held-out questions of each kind, for MODEL_CARD.md.

    python3 score.py PROCTOR [--questions N] [--samples N] [--seed N]

Replies come from `PROCTOR model generate tiny` with the sampling of protocol r1. A boxed answer, a
letter or a program counts when it is the reference's to the character: programs are not run here.
"""

import argparse
import collections
import json
import subprocess

import questions


def replies(proctor, prompt, samples, seed):
    lines = subprocess.run(
        [proctor, "model", "generate", "tiny", "-", "--samples", str(samples), "--seed", str(seed),
         "--temperature", "0.6", "--top-p", "0.95", "--max-tokens", "1024", "--json"],
        input=prompt, capture_output=True, check=True, text=True).stdout.splitlines()
    return [json.loads(line)["text"].split("</think>")[-1].strip() for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proctor")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| kind | questions | pass@1 | cons@%d |\n| --- | --- | --- | --- |" % options.samples)
    families = collections.defaultdict(list)
    for kind, _ in questions.MIX:
        right, agreed = 0.0, 0.0
        for example in questions.held_out_examples(options.seed, kind, options.questions):
            given = replies(options.proctor, example.prompt, options.samples, options.seed)
            share = given.count(example.reply) / len(given)
            votes = collections.Counter(given).most_common()
            leaders = [reply for reply, count in votes if count == votes[0][1]]
            right += share
            agreed += leaders.count(example.reply) / len(leaders)
            families[kind, example.family].append(share)
        print(f"| {kind} | {options.questions} | {100 * right / options.questions:.1f} "
              f"| {100 * agreed / options.questions:.1f} |", flush=True)
    for (kind, family), shares in sorted(families.items()):
        print(f"{kind:7} {family:20} {100 * sum(shares) / len(shares):5.1f} of {len(shares)}")


if __name__ == "__main__":
    main()
