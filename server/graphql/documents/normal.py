"""One text for all documents that ask the same thing, whatever their spelling: viewers who ask it share its answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    VariableDefinitionNode,
    Visitor,
    print_ast,
    visit,
)


def normal(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """The operation without its name, then the fragments that it needs, by their names.

    Spaces, commas, comments, descriptions and how strings are quoted do not matter, nor do other operations and the
    order of fragments. Everything else does: aliases, arguments and their order, directives, names of fragments.
    """
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    parts: list[Node] = [operation]
    needed: dict[str, FragmentDefinitionNode] = {}
    while parts:
        for name in _spread(parts.pop()) & fragments.keys() - needed.keys():
            needed[name] = fragments[name]
            parts.append(fragments[name])
    return " ".join(_spelled(each) for each in [operation, *(needed[name] for name in sorted(needed))])


def _spread(part: Node) -> set[str]:
    spreads = _Spreads()
    visit(part, spreads)
    return spreads.names


def _spelled(part: Node) -> str:
    plain: Node = visit(part, _Plain())
    return print_ast(plain, max_indent_depth=0)


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:  # noqa: ANN401 (keys and ancestors)
        self.names.add(node.name.value)


class _Plain(Visitor):
    """Leaves out what asks for nothing."""

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> Node:  # noqa: ANN401
        return replace(node, name=None, description=None)

    def leave_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Node:  # noqa: ANN401
        return replace(node, description=None)

    def leave_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Node:  # noqa: ANN401
        return replace(node, description=None)

    def leave_string_value(self, node: StringValueNode, *_: Any) -> Node:  # noqa: ANN401
        return replace(node, block=False)
