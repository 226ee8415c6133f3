"""Sets ``enabled`` of one source in the text of a config, and leaves everything else as it stands."""

from __future__ import annotations

from aggregator.config.layout import Layout, Node
from aggregator.config.rewrite import checked, in_brackets, inserted, owner_at, shared, values_of


def switched(text: str, place: int, index: int, enabled: bool) -> str:
    """``text`` with ``enabled: true`` or ``false`` at a source (0: the first) of the owner at ``place``.

    Raises:
        ConfigError: the source is written in a way in which nothing can be changed without changing something else.
    """
    layout, owner = owner_at(text, place)
    found = owner.get("sources")
    items = found[1].items if found is not None and found[1].kind == "list" else []
    if index >= len(items) or items[index].kind != "mapping":
        raise shared("sources")
    word = "true" if enabled else "false"
    wanted = values_of(text)
    wanted["owners"][place]["sources"][index]["enabled"] = enabled
    return checked(_written(layout, items[index], word), wanted, place, "sources")


def _written(layout: Layout, source: Node, word: str) -> str:
    text, said = layout.text, source.get("enabled")
    if said is not None:
        value = said[1]
        gap = "" if text[value.start - 1 : value.start].isspace() else " "
        return f"{text[: value.start]}{gap}{word}{text[value.end :]}"
    if source.flow:
        values = [value for _, value in source.pairs]
        return in_brackets(layout, source.inside, values, source.end, f"enabled: {word}")
    column = layout.column(source.pairs[0][0].start)
    at = layout.behind(source.pairs[-1][1].end, column)
    return inserted(layout, at, [f"{' ' * column}enabled: {word}"])
