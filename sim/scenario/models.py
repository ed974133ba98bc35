"""Walk through validated models: give their values paths, and find the nodes they came from."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from pydantic import BaseModel

from sim.scenario.quantity import Choice, Quantity
from sim.scenario.tree import Models, Node, Section, present


def with_paths(node: Any, path: str = "", done: Set[int] = frozenset()) -> Any:
    """Return a model in which every quantity and choice knows its path.

    Args:
        node: the model, or a part of it.
        path: its path.
        done: identities of parts whose quantities and choices know their paths already.
    """
    if id(node) in done:
        return node
    if isinstance(node, Quantity | Choice):
        return node.model_copy(update={"path": path})
    if isinstance(node, BaseModel):
        fields = type(node).model_fields.items()
        return node.model_copy(
            update={
                name: with_paths(getattr(node, name), _join(path, info.alias or name), done)
                for name, info in fields
            }
        )
    if isinstance(node, dict):
        return {key: with_paths(child, _join(path, key), done) for key, child in node.items()}
    return node


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def models_of(tree: Section, model: BaseModel) -> Models:
    """Return the models that the schema made of the sections and quantities below a tree.

    Args:
        tree: the tree.
        model: what the schema made of all of it.
    """
    return {id(node): (node, made) for node, made in _made(tree, model) if node is not tree}


def _made(node: Node, model: Any) -> Iterator[tuple[Node, Any]]:
    if isinstance(model, BaseModel):
        yield node, model
    if isinstance(node, Section):
        for key, child in present(node).items():
            part = model[key] if isinstance(model, dict) else getattr(model, key)
            yield from _made(child, part)
