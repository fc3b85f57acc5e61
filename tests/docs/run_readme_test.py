"""Tests run_readme.py: a document that does not tell the truth must fail."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import run_readme  # noqa: E402

TOOL = pathlib.Path(run_readme.__file__)


class Matching(unittest.TestCase):
    def test_equal_lines_match(self):
        self.assertTrue(run_readme.says(["a  b", "c"], ["a b  ", "c"]))

    def test_a_different_line_does_not(self):
        self.assertFalse(run_readme.says(["a"], ["b"]))

    def test_a_missing_or_added_line_does_not(self):
        self.assertFalse(run_readme.says(["a", "b"], ["a"]))
        self.assertFalse(run_readme.says(["a"], ["a", "b"]))

    def test_dots_stand_for_text_within_one_line_only(self):
        self.assertTrue(run_readme.says(["pid ... up"], ["pid 17 is up"]))
        self.assertFalse(run_readme.says(["pid ... up"], ["pid", "up"]))

    def test_a_line_of_dots_stands_for_any_number_of_lines(self):
        self.assertTrue(run_readme.says(["a", "...", "c"], ["a", "c"]))
        self.assertTrue(run_readme.says(["a", "...", "c"], ["a", "b", "b", "c"]))
        self.assertFalse(run_readme.says(["a", "...", "c"], ["a", "b"]))

    def test_other_characters_mean_themselves(self):
        self.assertFalse(run_readme.says(["a.c (x)"], ["abc (x)"]))
        self.assertTrue(run_readme.says(["a.c (x)"], ["a.c (x)"]))


class Documents(unittest.TestCase):
    def run_document(self, text):
        with tempfile.TemporaryDirectory() as folder:
            document = pathlib.Path(folder, "doc.md")
            document.write_text(text)
            return subprocess.run([sys.executable, TOOL, document, folder, "0.2"], capture_output=True, text=True)

    def test_files_are_written_and_cd_holds(self):
        result = self.run_document(
            "```yaml\n# sub/a.yaml\nx: 1\n```\n```console\n$ cd sub\n$ cat a.yaml\n# sub/a.yaml\nx: 1\n```\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 commands do what the text says", result.stdout)

    def test_a_command_that_fails_fails_the_document(self):
        result = self.run_document("```console\n$ echo cause; false\n```\n")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("line 2: exit code 1", result.stderr)
        self.assertIn("cause", result.stderr)

    def test_other_output_fails_the_document(self):
        self.assertNotEqual(self.run_document("```console\n$ echo a\nb\n```\n").returncode, 0)

    def test_a_document_without_commands_fails(self):
        self.assertNotEqual(self.run_document("```sh\nscripts/demo\n```\n").returncode, 0)

    def test_a_block_marked_no_run_is_not_run(self):
        self.assertEqual(self.run_document("```console no-run\n$ false\n```\n```console\n$ true\n```\n").returncode, 0)

    def test_a_process_that_is_left_fails_the_document(self):
        result = self.run_document("```console\n$ sleep 1000 >/dev/null 2>&1 &\n$ true\n```\n")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("this still runs: sleep 1000", result.stderr)


if __name__ == "__main__":
    unittest.main()
