"""What waits for what: names that wait for themselves, and how long the longest chain of them is."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def circle(needs: Mapping[str, Collection[str]], start: str) -> tuple[str, ...]:
    """The shortest way from a name back to itself: (a, b, c) where a needs b, b needs c and c needs a; () for none."""
    before: dict[str, str] = {}
    waiting = [start]
    while waiting:
        later: list[str] = []
        for name in waiting:
            for need in needs.get(name, ()):
                if need == start:
                    way = [name]
                    while way[-1] != start:
                        way.append(before[way[-1]])
                    return tuple(reversed(way))
                if need not in before:
                    before[need] = name
                    later.append(need)
        waiting = later
    return ()


def steps(needs: Mapping[str, Collection[str]]) -> dict[str, int]:
    """For each name of `needs`, how many of them stand one upon the other up to it: 1 where it needs no other.

    Names that wait for themselves, and those that wait for such, are left out.
    """
    open_needs = {name: {need for need in wanted if need in needs} for name, wanted in needs.items()}
    needed_by: dict[str, list[str]] = {}
    for name, wanted in open_needs.items():
        for need in wanted:
            needed_by.setdefault(need, []).append(name)
    found = {name: 1 for name, wanted in open_needs.items() if not wanted}
    ready = list(found)
    while ready:
        done = ready.pop()
        for name in needed_by.get(done, ()):
            open_needs[name].discard(done)
            if not open_needs[name]:
                found[name] = 1 + max(found[need] for need in needs[name] if need in found)
                ready.append(name)
    return found
