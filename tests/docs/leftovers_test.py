"""Tests scripts/lib/leftovers.py: what the demo calls a proof must be able to fail."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "scripts/lib/leftovers.py"

# Listens, holds a file open for writing, has a child, says so, and waits for its stdin to end.
PROGRAM = """
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
held = open(sys.argv[1], "w")
child = subprocess.Popen(["sleep", "1000"])
print(listener.getsockname()[1], child.pid, flush=True)
sys.stdin.read()
child.kill()
child.wait()
"""


class Leftovers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.noted = self.folder / "noted"
        self.data = self.folder / "data"
        self.data.mkdir()

    def start(self, instance, held):
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, held], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, "CONSORT_INSTANCE_ID": instance}, text=True)
        self.addCleanup(program.stdout.close)
        self.addCleanup(self.end, program)
        port, child = program.stdout.readline().split()
        return program, port, child

    def end(self, program):
        if not program.stdin.closed:
            program.stdin.close()
        program.wait()

    def run_tool(self, *arguments):
        return subprocess.run([TOOL, *arguments], capture_output=True, text=True)

    def test_everything_that_is_still_there_is_named(self):
        held = self.folder / "outside"
        program, port, child = self.start("proj-web-1", held)
        self.assertEqual(self.run_tool("note", self.noted, "proj").returncode, 0)
        result = self.run_tool("check", self.noted, self.data, held)
        self.assertEqual(result.returncode, 1)
        for evidence in (f"but: {program.pid} ", f"but: {child} sleep 1000", f"but: port {port}",
                         f"but: {held}"):
            self.assertIn(evidence, result.stdout)
        self.assertNotIn("yes", result.stdout)

    def test_everything_that_has_gone_is_proven(self):
        held = self.folder / "outside"
        program, _, _ = self.start("proj-web-1", held)
        self.assertEqual(self.run_tool("note", self.noted, "proj").returncode, 0)
        self.end(program)
        held.unlink()
        result = self.run_tool("check", self.noted, self.data, held)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertNotIn("no ", result.stdout.replace("no process is", ""))

    def test_a_file_in_the_data_folder_may_stay(self):
        held = self.data / "table"
        program, _, _ = self.start("proj-web-1", held)
        self.assertEqual(self.run_tool("note", self.noted, "proj").returncode, 0)
        self.end(program)
        self.assertEqual(self.run_tool("check", self.noted, self.data).returncode, 0)

    def test_a_process_that_came_later_is_found_by_its_marker(self):
        first, _, _ = self.start("proj-web-1", self.data / "a")
        self.assertEqual(self.run_tool("note", self.noted, "proj").returncode, 0)
        self.end(first)
        second, _, _ = self.start("proj-web-2", self.data / "b")
        result = self.run_tool("check", self.noted, self.data)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"but: {second.pid} ", result.stdout)

    def test_an_id_of_any_form_is_remembered(self):
        first, _, _ = self.start("0c5e", self.data / "a")
        self.assertEqual(self.run_tool("note", self.noted, "proj", str(first.pid)).returncode, 0)
        self.end(first)
        second, _, _ = self.start("0c5e", self.data / "b")
        self.assertIn(f"but: {second.pid} ", self.run_tool("check", self.noted, self.data).stdout)

    def test_another_project_is_not_ours(self):
        self.start("project-web-1", self.data / "a")
        result = self.run_tool("note", self.noted, "proj")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot note proj: no process of it runs", result.stderr)


if __name__ == "__main__":
    unittest.main()
