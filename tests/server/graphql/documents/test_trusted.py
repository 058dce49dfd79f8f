"""Documents that are named instead of sent: an allow-list from a file, and what clients have sent before."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.graphql.documents.trusted import MAX_FILE_BYTES, Trusted, TrustedError, read_trusted
from server.graphql.operations import Asked
from tests.server.graphql.documents.asking import documents, meters, refusal, told

NAME = "{ serverInfo { name } }"
TWO = "query One { serverInfo { name } } query Two { serverInfo { version } }"
HASH = sha256(NAME.encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path):
    def write(content: object) -> Path:
        path = tmp_path / "trusted.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


@pytest.fixture
def trusted(file) -> Trusted:
    return read_trusted(file({"name-1": NAME, f"sha256:{sha256(TWO.encode()).hexdigest()}": TWO, HASH: NAME}))


def hashed(named: object, text: str | None = None, version: object = 1) -> Asked:
    return Asked(text, extensions={"persistedQuery": {"version": version, "sha256Hash": named}})


def test_a_trusted_document_is_answered_by_its_id(trusted):
    known = documents(trusted)
    assert known.operation(Asked(None, document_id="name-1")).normal == NAME
    two = Asked(None, document_id=f"sha256:{sha256(TWO.encode()).hexdigest()}", operation_name="Two")
    assert known.operation(two).name == "Two"
    assert (meters(known).documents_known, meters(known).documents_new) == (2, 0)


@pytest.mark.parametrize("name", ["", "nobody", "sha256:" + "0" * 64, "sha256:", "\ud800", "x" * 10_000])
def test_an_unknown_id_is_told(trusted, name):
    refused = refusal(documents(trusted), None, document_id=name)
    assert (refused.errors[0].extensions, refused.status) == ({"code": "PERSISTED_QUERY_NOT_FOUND"}, 400)
    assert len(refused.errors[0].message) < 150


def test_a_document_and_an_id_at_once_are_a_bad_request(trusted):
    assert told(documents(trusted), NAME, document_id="name-1") == {"code": "BAD_REQUEST"}


def test_other_documents_are_answered_too_unless_only_trusted_ones_are(trusted):
    assert documents(trusted).operation(Asked("{ __typename }")).normal == "{ __typename }"
    closed = documents(Trusted(trusted.path, trusted.texts, only=True))

    refused = refusal(closed, "{ __typename }")

    assert (refused.errors[0].extensions, refused.status) == ({"code": "PERSISTED_QUERY_ONLY"}, 403)
    assert closed.operation(Asked(None, document_id="name-1")).normal == NAME


def test_with_only_trusted_documents_their_text_and_their_hash_work_and_no_other(trusted):
    closed = documents(Trusted(trusted.path, trusted.texts, only=True))
    assert closed.operation(Asked(NAME)).normal == NAME
    assert closed.operation(hashed(HASH)).normal == NAME
    assert closed.operation(hashed(HASH, NAME)).normal == NAME
    assert closed.operation(Asked(TWO, operation_name="Two", extensions={"persistedQuery": None})).name == "Two"
    other = sha256(b"{ __typename }").hexdigest()
    for asked in (hashed(other), hashed(other, "{ __typename }"), Asked("{ serverInfo {name } }")):
        extensions = told(closed, asked.query, extensions=asked.extensions)
        assert extensions == {"code": "PERSISTED_QUERY_ONLY"}
    assert told(closed, None, document_id=f"sha256:{other}") == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    assert meters(closed).documents_new == 0


def test_trusted_documents_are_not_forgotten_when_many_others_come(trusted):
    known = documents(trusted, cached_documents=1)
    for alias in "abc":
        known.operation(Asked(f"{{ {alias}: __typename }}"))
    assert known.operation(Asked(None, document_id="name-1")).normal == NAME


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not JSON that can be used: Expecting value: line 1 column 1"),
        (b'{"a": "{ __typename }",}', "is not JSON that can be used: "),
        (b'{"a": "{ __typename }", "a": "{ __typename }"}', "'a' is there twice"),
        (b"\xff", "is not UTF-8 text"),
        (b"[" * 100_000, "is not JSON that can be used: "),
        (b" " * (MAX_FILE_BYTES + 1), "larger than 10,000,000 bytes"),
        ([], "must be an object from ids to documents"),
        ({}, "must be an object from ids to documents"),
        (None, "must be an object from ids to documents"),
        ({"a": 7}, "document 'a': must be a document, as a string"),
        ({"": NAME}, "document '': an id has 1 to 256 characters"),
        ({"x" * 257: NAME}, "an id has 1 to 256 characters"),
        ({f"sha256:{'0' * 64}": NAME}, f"is not the document of this id; its own would be sha256:{HASH}"),
        ({"ok": NAME, "bad": "{"}, "document 'bad': Syntax Error: Expected Name, found <EOF>."),
        ({"bad": "{ nothing }"}, "document 'bad': Cannot query field 'nothing' on type 'Query'."),
        ({"bad": ""}, "document 'bad': Syntax Error"),
        ({"bad": "{" + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(31)) + "}"}, "31 aliases"),
        ({"\ud800\n": "{"}, "document '\\ud800\\n': Syntax Error"),
    ],
)
def test_r44_a_file_that_cannot_be_used_is_told_in_one_line_with_the_place(file, content, says):
    path = file(content)
    with pytest.raises(TrustedError) as refused:
        documents(read_trusted(path))
    assert str(refused.value).startswith(f"documents.trusted = '{path}': ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("path", ["/no/such/file", "/"])
def test_r44_a_file_that_cannot_be_read_is_told(path):
    with pytest.raises(TrustedError, match="cannot be read"):
        read_trusted(Path(path))


def test_without_a_file_nothing_is_trusted():
    assert read_trusted(None) == Trusted()


def test_a_hash_that_nobody_sent_yet_is_answered_as_apollos_clients_expect():
    refused = refusal(documents(), None, extensions=hashed(HASH).extensions)
    assert refused.errors[0].message == "PersistedQueryNotFound"
    assert (refused.errors[0].extensions, refused.status) == ({"code": "PERSISTED_QUERY_NOT_FOUND"}, 200)


def test_a_document_is_known_by_its_hash_once_it_was_sent_with_it():
    known = documents()
    first = known.operation(hashed(HASH, NAME))

    assert known.operation(hashed(HASH)) is first
    assert known.operation(Asked(NAME)) is first
    assert known.operation(Asked(None, document_id=f"sha256:{HASH}")) is first
    assert (meters(known).documents_new, meters(known).documents_known) == (1, 3)


def test_a_document_that_was_sent_without_its_hash_is_not_known_by_it():
    known = documents()
    known.operation(Asked(NAME))
    assert told(known, None, extensions=hashed(HASH).extensions)["code"] == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_looks_like_a_hash_is_a_text():
    known = documents()
    known.operation(hashed(HASH, NAME))
    assert told(known, f"sha256:{HASH}")["code"] == "GRAPHQL_PARSE_FAILED"


def test_hashes_are_forgotten_like_documents():
    known = documents(cached_documents=2)
    known.operation(hashed(HASH, NAME))
    for alias in "ab":
        known.operation(Asked(f"{{ {alias}: __typename }}"))
    assert told(known, None, extensions=hashed(HASH).extensions)["code"] == "PERSISTED_QUERY_NOT_FOUND"


def test_nothing_is_known_under_the_hash_of_another_document():
    known = documents()
    other = sha256(b"{ __typename }").hexdigest()
    for text in (NAME, "{ __typename } ", "\ud800"):
        assert told(known, text, extensions=hashed(other).extensions)["code"] == "BAD_REQUEST"
    assert told(known, None, extensions=hashed(other).extensions)["code"] == "PERSISTED_QUERY_NOT_FOUND"


def test_a_document_that_is_refused_is_not_known_by_its_hash():
    known = documents()
    named = sha256(b"{ nothing }").hexdigest()
    assert told(known, "{ nothing }", extensions=hashed(named).extensions)["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert told(known, None, extensions=hashed(named).extensions)["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "given",
    [
        {"version": 2, "sha256Hash": HASH},
        {"version": True, "sha256Hash": HASH},
        {"version": "1", "sha256Hash": HASH},
        {"sha256Hash": HASH},
        {"version": 1},
        {"version": 1, "sha256Hash": None},
        {"version": 1, "sha256Hash": HASH.upper()},
        {"version": 1, "sha256Hash": HASH[1:]},
        {"version": 1, "sha256Hash": HASH + "\n"},
        {"version": 1, "sha256Hash": [HASH]},
        [HASH],
        HASH,
        1,
        False,
    ],
)
def test_what_is_no_hash_is_a_bad_request(given: Any):
    for text in (None, NAME):
        assert told(documents(), text, extensions={"persistedQuery": given}) == {"code": "BAD_REQUEST"}
