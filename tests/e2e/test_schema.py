"""`consort schema`: what editors are told of the file."""
import json
import os
import unittest

from harness import ProjectTest

class SchemaTest(ProjectTest):
    def test_it_names_the_runtimes_that_are_found(self):
        folder = os.path.join(self.dir, "runtimes")
        os.mkdir(folder, 0o700)
        manifest = {"manifest": 1, "runtime": "odd", "aliases": ["strange"], "version": "1", "library": "odd.so",
                    "abi": {"major": 1, "minor_needed": 0, "minor_built": 0},
                    "service_schema": {"properties": {"oddity": {"type": "integer", "description": "How odd"}}}}
        with open(os.path.join(folder, "odd.runtime.json"), "w") as file:
            json.dump(manifest, file)
        schema = json.loads(self.consort("--plugin-dir", folder, "schema").out)
        keys = schema["definitions"]["service"]["properties"]
        self.assertEqual(keys["oddity"]["description"], "Runtime odd: How odd")
        names = schema["definitions"]["runtime"]["anyOf"][0]["enum"]
        for name in ("process", "native", "container", "docker", "remote", "ssh", "odd", "strange"):
            self.assertIn(name, names)
        self.assertIn("ports", keys)
        self.assertNotIn("oddity", self.consort("schema").out)

    def test_it_goes_into_a_file(self):
        path = os.path.join(self.dir, "schema.json")
        self.assertEqual(self.consort("schema", "-o", path).out, "")
        with open(path) as file:
            self.assertEqual(file.read(), self.consort("schema").out)

    def test_it_is_completed(self):
        self.assertIn("schema\t", self.consort("__complete", "--", "sch").out)
        self.assertIn("--settings\t", self.consort("__complete", "--", "config", "--set").out)
        self.assertIn("--strict\t", self.consort("__complete", "--", "--str").out)


if __name__ == "__main__":
    unittest.main()
