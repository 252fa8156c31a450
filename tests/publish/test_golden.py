from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256

import pytest

from aggregator.publish.document import Document
from aggregator.publish.validate import check_document
from tests.support.golden import FOLDER, documents

DIGEST = """
from hashlib import sha256
from tests.support.golden import documents
print(sha256(b"".join(d.body for d in documents())).hexdigest())
"""


@pytest.mark.case("B-06")
@pytest.mark.parametrize("document", documents(), ids=lambda document: document.path)
def test_documents_are_byte_for_byte_as_they_were(document: Document) -> None:
    assert document.body == (FOLDER / document.path).read_bytes()


def test_every_golden_file_is_still_written() -> None:
    kept = {place.relative_to(FOLDER).as_posix() for place in FOLDER.rglob("*") if place.is_file()}
    assert kept == {document.path for document in documents()}


@pytest.mark.case("B-37")
@pytest.mark.parametrize("document", documents(), ids=lambda document: document.path)
def test_golden_documents_have_neither_errors_nor_warnings(document: Document) -> None:
    assert check_document(document) == ()


@pytest.mark.case("B-06")
def test_bytes_depend_on_no_hash_seed_no_locale_and_no_time_zone() -> None:
    here = sha256(b"".join(document.body for document in documents())).hexdigest()
    for seed, zone in (("1", "Asia/Tokyo"), ("77", "America/St_Johns")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        made = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, capture_output=True, check=True, text=True
        )
        assert made.stdout.strip() == here
