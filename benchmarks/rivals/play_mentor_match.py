"""Run mentor-match on an instance: ``python play_mentor_match.py instance.npz answer.json``.

As its documentation says: one round of rules for each mentor a mentee can have, a rule that scores
a pair, and disqualifying rules for those who are full. A pair's score is what the mentor alone is
worth to the mentee, in whole thousandths.
"""

import json
import sys
import time

import numpy as np
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Disqualify, Rule


class PairScore(Rule):
    """Looks the score of a pair up."""

    def __init__(self, scores: np.ndarray) -> None:
        super().__init__()
        self.scores = scores

    def apply(self, match_object: object) -> int:
        """Return the score in thousandths."""
        return int(self.scores[match_object.mentee.number, match_object.mentor.number])

    def evaluate(self, match_object: object) -> bool:
        """Tell whether the pair is worth anything."""
        return self.apply(match_object) > 0


def main() -> None:
    """Read the instance, run the rounds, write pairs and seconds."""
    with np.load(sys.argv[1]) as instance:
        worth = instance["worth"]
        capacity, limit = instance["capacity"].tolist(), instance["limit"].tolist()
    start = time.process_time()
    mentees = [Mentee(grade=1, email=f"mentee{k}") for k in range(len(worth))]
    mentors = [Mentor(grade=2, email=f"mentor{k}") for k in range(worth.shape[1])]
    for people in (mentees, mentors):
        for number, person in enumerate(people):
            person.number = number
    rules = [
        PairScore(np.rint(1000 * worth)),
        Disqualify(lambda match: len(match.mentee.mentors) >= limit[match.mentee.number]),
        Disqualify(lambda match: len(match.mentor.mentees) >= capacity[match.mentor.number]),
    ]
    rounds = max(*limit, *capacity)
    process_data(mentors, mentees, [list(rules) for _ in range(rounds)])
    seconds = time.process_time() - start
    pairs = [(mentee.number, mentor.number) for mentee in mentees for mentor in mentee.mentors]
    with open(sys.argv[2], "w") as file:  # noqa: PTH123
        json.dump({"pairs": pairs, "seconds": seconds}, file)


if __name__ == "__main__":
    main()
