"""`--strict`: what a runtime cannot honour is refused before anything starts."""
import os
import unittest

from harness import ProjectTest

REFUSED = 3  # docs/exit-codes.md: the file cannot be accepted


class StrictTest(ProjectTest):
    def test_a_key_that_the_runtime_cannot_honour_is_an_error(self):
        path = self.write("consort.yaml", f"name: {self.name}\nservices:\n  web:\n    command: sleep 1000\n"
                                          "    cap_add: [NET_ADMIN]\n")
        place = f"{os.path.basename(path)}:5:5: "
        loose = self.consort("config", "-q")
        self.assertIn("warning: " + place, loose.err)
        for command in (["--strict", "config", "-q"], ["up", "-d", "--strict"]):
            strict = self.consort(*command, check=False)
            self.assertEqual(strict.code, REFUSED, strict)
            self.assertIn(place, strict.err)
            self.assertIn("cap_add", strict.err)
        self.assertFalse(os.path.exists(self.project_state()), "nothing was started")

    def test_keys_that_it_honours_are_fine(self):
        self.file({"web": {"command": "true", "image": "nginx", "runtime": "process", "stop_signal": "SIGINT"}})
        self.consort("--strict", "config", "-q")


if __name__ == "__main__":
    unittest.main()
