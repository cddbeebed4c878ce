"""Run a stable-matching package: ``python play_stable.py PACKAGE instance.npz answer.json``.

PACKAGE is matching or algmatch. Hospitals are mentors with their places, residents mentees; both
sides rank each other by what the mentor alone is worth to the mentee. Neither package has
many-to-many matching, so rounds are played, each without the pairs of the rounds before, until
nobody can have another mentor.
"""

import json
import sys
import threading
import time

import numpy as np

Places = dict[int, int]


def play_matching(residents: dict, hospitals: dict, places: Places) -> list[tuple[int, int]]:
    """Play one round with `matching`."""
    from matching.games import HospitalResident

    game = HospitalResident.create_from_dictionaries(residents, hospitals, places)
    found = game.solve(optimal="resident")
    return [(who.name, hospital.name) for hospital, people in found.items() for who in people]


def play_algmatch(residents: dict, hospitals: dict, places: Places) -> list[tuple[int, int]]:
    """Play one round with `algmatch`, which numbers from 1."""
    from algmatch import HR

    mentees, mentors = sorted(residents), sorted(hospitals)
    row = {name: k + 1 for k, name in enumerate(mentees)}
    column = {name: k + 1 for k, name in enumerate(mentors)}
    instance = {
        "residents": {row[i]: [column[j] for j in residents[i]] for i in mentees},
        "hospitals": {
            column[j]: {"capacity": places[j], "preferences": [row[i] for i in hospitals[j]]}
            for j in mentors
        },
    }
    found = HR(dictionary=instance, optimised_side="residents").get_stable_matching()
    return [
        (mentees[int(r[1:]) - 1], mentors[int(h[1:]) - 1])
        for r, h in found["resident_sided"].items()
        if h
    ]


def rounds(worth: np.ndarray, capacity: np.ndarray, limit: np.ndarray, play: object) -> list:
    """Play rounds until no mentee gets another mentor."""
    left, free, taken = limit.copy(), capacity.copy(), np.zeros(worth.shape, dtype=bool)
    pairs: list[tuple[int, int]] = []
    while True:
        allowed = (left > 0)[:, None] & (free > 0) & ~taken & (worth > 0)
        rows, columns = np.flatnonzero(allowed.any(1)), np.flatnonzero(allowed.any(0))
        if len(rows) == 0:
            return pairs
        residents = {int(i): _ranking(worth[i], allowed[i]) for i in rows}
        hospitals = {int(j): _ranking(worth[:, j], allowed[:, j]) for j in columns}
        found = play(residents, hospitals, {j: int(free[j]) for j in hospitals})
        if not found:
            return pairs
        for i, j in found:
            taken[i, j] = True
            left[i] -= 1
            free[j] -= 1
        pairs += found


def _ranking(worth: np.ndarray, allowed: np.ndarray) -> list[int]:
    order = np.argsort(-worth, kind="stable")
    return [int(k) for k in order if allowed[k]]


def main() -> None:
    """Give the package the stack that it needs, and let it play."""
    sys.setrecursionlimit(1_000_000)  # `matching` copies its players by deep recursion
    threading.stack_size(512 * 2**20)
    worker = threading.Thread(target=play_from_files)
    worker.start()
    worker.join()


def play_from_files() -> None:
    """Read the instance, play, write pairs and seconds, in a thread with a deep stack."""
    play = {"matching": play_matching, "algmatch": play_algmatch}[sys.argv[1]]
    with np.load(sys.argv[2]) as instance:
        worth, capacity, limit = (instance[name] for name in ("worth", "capacity", "limit"))
    start = time.process_time()
    pairs = rounds(worth, capacity, limit, play)
    seconds = time.process_time() - start
    with open(sys.argv[3], "w") as file:  # noqa: PTH123
        json.dump({"pairs": [[int(i), int(j)] for i, j in pairs], "seconds": seconds}, file)


if __name__ == "__main__":
    main()
