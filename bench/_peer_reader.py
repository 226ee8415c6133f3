"""The same three rounds by lemon24/reader, in the environment that `bench.polling` makes for it; knows nothing of ours.

python _peer_reader.py ADDRESS FEEDS FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import time
import urllib.request

from reader import make_reader


def main(address: str, feeds: int, folder: str) -> None:
    """Poll in each turn."""
    reader = make_reader(f"{folder}/reader.db")
    for number in range(feeds):
        reader.add_feed(f"{address}/feed/{number}")
    for turn, name in enumerate(("cold", "unchanged", "changed")):
        urllib.request.urlopen(f"{address}/turn/{turn}").close()
        cpu, wall = time.process_time(), time.perf_counter()
        results = reader.update_feeds_iter(workers=1, scheduled=False)
        failed = sum(isinstance(result.value, Exception) for result in results)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"turn": name, "cpu": cpu, "wall": wall, "mb": peak, "failed": failed}), flush=True)
    reader.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
