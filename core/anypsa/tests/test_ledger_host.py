"""The ledger of a host: shared by objects, threads and processes; the kernel frees what a dead process held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from holding import Holding
from wires import PATIENCE

from anypsa.ledger import Admission, Claim, HostLedger, Wait, Window, digest
from anypsa.ledger.host import REST

HOUR = Window("scope", 1000, 3600.0)
CLAIM = Claim(("tickets",), 3, HOUR)
HOLDER = """
import sys, pathlib, time
from anypsa.ledger import Claim, HostLedger, Window
ledger = HostLedger(pathlib.Path(sys.argv[1]))
held = [ledger.admit(Claim(("tickets",), 3, Window("scope", 1000, 3600.0))) for _ in range(3)]
print(*[type(one).__name__ for one in held], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Holding, Holding]]:
    one, other = Holding(HostLedger(tmp_path)), Holding(HostLedger(tmp_path))
    yield one, other
    one.close()
    other.close()


def test_two_ledgers_on_one_folder_share_the_slots(two: tuple[Holding, Holding]) -> None:
    one, other = two
    held = [one.admit(CLAIM), other.admit(CLAIM), one.admit(CLAIM)]

    assert isinstance(other.admit(CLAIM), Wait)

    assert isinstance(held[0], Admission)
    one.release(held[0], 0.0)
    assert isinstance(other.admit(CLAIM), Admission)


def test_two_ledgers_on_one_folder_share_the_window(two: tuple[Holding, Holding]) -> None:
    one, other = two
    one.admit(CLAIM)

    assert other.used(HOUR) == 1


def test_two_ledgers_on_one_folder_share_refused_credentials(two: tuple[Holding, Holding]) -> None:
    one, other = two
    one.refuse(digest("secret"), 60.0)

    assert other.refused(digest("secret"))


def test_the_slots_of_a_killed_process_rest_for_a_while_and_are_free_then(tmp_path: Path) -> None:
    """Its requests are still under way at the vendor."""
    ahead = 0.0
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    ledger = Holding(HostLedger(tmp_path, lambda: time.monotonic() + ahead))
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().split() == ["Admission"] * 3
        ahead = REST + 1
        assert isinstance(ledger.admit(CLAIM), Wait)  # it lives, however long it holds them

        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(PATIENCE)

        ahead = 0.0
        assert isinstance(ledger.admit(CLAIM), Wait)
        ahead = REST + 1
        assert [type(ledger.admit(CLAIM)) for _ in range(4)] == [Admission] * 3 + [Wait]
    finally:
        holder.kill()
        holder.communicate()
        ledger.close()


def test_threads_over_two_ledgers_never_hold_more_than_the_slots(two: tuple[Holding, Holding]) -> None:
    lock, inside, most = threading.Lock(), 0, 0

    def work(ledger: Holding) -> None:
        nonlocal inside, most
        for _ in range(30):
            answer = ledger.admit(CLAIM)
            if isinstance(answer, Wait):
                continue
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
            ledger.release(answer, 0.0)

    threads = [threading.Thread(target=work, args=(two[number % 2],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert 1 <= most <= 3


def test_what_a_clock_of_before_the_last_reboot_wrote_is_forgotten(tmp_path: Path) -> None:
    before = HostLedger(tmp_path, clock=lambda: 9_000_000.0)
    held = before.admit(CLAIM)
    assert isinstance(held, Admission)
    before.release(held, 30.0)
    before.refuse(digest("secret"), 300.0)
    before.close()

    after = Holding(HostLedger(tmp_path, clock=lambda: 10.0))

    assert [type(after.admit(CLAIM)) for _ in range(3)] == [Admission] * 3
    assert after.used(HOUR) == 3
    assert not after.refused(digest("secret"))
    after.close()


def test_the_folder_is_its_owners_only_and_shows_no_key(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "ledger"
    ledger = Holding(HostLedger(folder))
    ledger.admit(Claim(("canary-key",), 3, HOUR))
    ledger.refuse("canary-credentials", 60.0)

    assert folder.stat().st_mode & 0o077 == 0
    assert not any("canary" in path.name or b"canary" in path.read_bytes() for path in folder.iterdir())
    ledger.close()


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    ledger = HostLedger(tmp_path)
    ledger.close()
    ledger.close()

    assert (tmp_path / "ledger.sqlite").exists()
