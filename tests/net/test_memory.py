"""A bomb over a real socket, in a process of its own, measured by the operating system."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard

from tests.support.server import Answer, ScriptedServer, answer

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
CAP = 20 * 2**20

PROGRAM = """
import asyncio, resource, sys
from aggregator.model.config import FetchSettings
from aggregator.net.client import HttpClient
from aggregator.net.message import HttpRequest

async def main():
    settings = FetchSettings(allow_networks=("127.0.0.0/8",), max_decoded=int(sys.argv[2]))
    async with HttpClient(settings) as client:
        print((await client.send(HttpRequest(url=sys.argv[1] + "/small"))).status)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print((await client.send(HttpRequest(url=sys.argv[1] + "/bomb"))).reason)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


def bomb(coding: str) -> bytes:
    """1 GiB of nothing (with brotli 64 MiB: its encoder is slow)."""
    block = bytes(2**20)
    if coding == "br":
        compressor = brotli.Compressor(quality=5)
        return b"".join([compressor.process(block) for _ in range(64)]) + bytes(compressor.finish())
    if coding == "zstd":
        frames = zstandard.ZstdCompressor().compressobj()
        return b"".join([frames.compress(block) for _ in range(1024)]) + frames.flush()
    members = zlib.compressobj(1, wbits=31)
    return b"".join([members.compress(block) for _ in range(1024)]) + members.flush()


def said(coding: str) -> Answer:
    return answer(200, bomb(coding), ("Content-Encoding", coding))


@pytest.mark.case("P-41")
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_bomb_takes_no_more_resident_memory_than_the_cap_and_eight_megabytes(coding: str) -> None:
    import asyncio

    async with ScriptedServer() as server:
        server.on("/small", answer(200, b"<x/>"))
        server.on("/bomb", said(coding))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            server.url(""),
            str(CAP),
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        output, _ = await process.communicate()
    status, reason, grown = output.decode().split()
    assert (status, reason) == ("200", "too-large")
    assert int(grown) * 1024 < CAP + 8 * 2**20
