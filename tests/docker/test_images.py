"""`consort pull`, `build` and `images`, against a registry on this machine."""
import json
import os
import unittest

from engine import BUSYBOX, IMAGE, DockerTest, main
from registry import Registry
from terminal import Terminal


def busybox_files(mark):
    return {"bin/sleep": (open(BUSYBOX, "rb").read(), 0o755), "mark": (mark.encode(), 0o644)}


class ImagesTest(DockerTest):
    def setUp(self):
        super().setUp()
        self.registry = Registry()

    def tearDown(self):
        super().tearDown()
        self.registry.close()
        for image in self.engine.get("/images/json"):
            for tag in image["RepoTags"] or []:
                if tag.startswith((self.registry.host, f"{self.name}-")):
                    self.engine.call("DELETE", f"/images/{tag}?force=1")

    def image_id(self, name):
        status, image = self.engine.call("GET", f"/images/{name}/json")
        return image["Id"] if status == 200 else None


class Pull(ImagesTest):
    def test_pull_gets_what_the_file_names_and_starts_nothing(self):
        one, two = (self.registry.put(f"{name}:1", busybox_files(name)) for name in ("one", "two"))
        self.file({"a": {"image": one}, "b": {"image": two, "depends_on": ["a"]}, "same": {"image": two},
                   "native": {"runtime": "process", "command": "true"},
                   "built": {"build": {"context": ".", "dockerfile_inline": f"FROM {IMAGE}"}},
                   "fixed": {"image": "never:1", "pull_policy": "never"}})
        result = self.consort("pull")
        self.assertTrue(self.image_id(one) and self.image_id(two), result)
        self.assertIn(f"a: pulled {one}", result.err)
        self.assertIn("built: nothing to pull", result.err)
        self.assertIn("fixed: not pulled", result.err)
        self.assertEqual(self.registry.pulls["two:1"], 1)  # of two services, once
        self.assertEqual(self.engine.containers(self.name), [])
        self.assertEqual(json.loads(self.consort("ls", "-a", "--format", "json").out), [])

    def test_on_a_terminal_each_pull_has_a_bar(self):
        files = {name: {**busybox_files(name), "large": (os.urandom(6_000_000), 0o644)} for name in ("one", "two")}
        one, two = (self.registry.put(f"{name}:1", files[name]) for name in files)
        self.file({"a": {"image": one}, "b": {"image": two}})
        self.registry.open.clear()
        terminal = Terminal(self, "pull", columns=100)
        bar = rf"[ab]: pulling {self.registry.host}/(one|two):1 \[=* +\] +\d+ %\s+"
        terminal.expect(bar + bar)
        self.registry.open.set()
        self.assertEqual(terminal.end(), 0)
        for service, image in (("a", one), ("b", two)):
            self.assertIn(f"{service}: pulled {image}", terminal.text)

    def test_only_the_named_ones_and_with_include_deps_what_they_depend_on(self):
        one, two = (self.registry.put(f"{name}:1", busybox_files(name)) for name in ("one", "two"))
        self.file({"a": {"image": one}, "b": {"image": two, "depends_on": ["a"]}})
        self.consort("pull", "b")
        self.assertEqual((self.image_id(one) is None, self.image_id(two) is None), (True, False))
        self.consort("pull", "--include-deps", "b")
        self.assertIsNotNone(self.image_id(one))

    def test_quiet_says_nothing_and_policy_missing_pulls_nothing_twice(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.file({"a": {"image": one}})
        self.assertEqual(self.consort("pull", "-q").err, "")
        before = dict(self.registry.pulls)
        self.assertIn(f"a: {one} is there", self.consort("pull", "--policy", "missing").err)
        self.assertEqual(self.registry.pulls, before)
        self.registry.put("one:1", busybox_files("newer"))
        was = self.image_id(one)
        self.consort("pull")
        self.assertNotEqual(self.image_id(one), was)

    def test_what_cannot_be_pulled_is_named_with_its_place_and_the_rest_is_pulled(self):
        one = self.registry.put("one:1", busybox_files("one"))
        missing = f"{self.registry.host}/none:1"
        self.file({"a": {"image": one}, "bad": {"image": missing}})
        result = self.consort("pull", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot pull bad: .*none:1")
        self.assertIsNotNone(self.image_id(one))
        self.assertEqual(self.consort("pull", "--ignore-pull-failures", check=False).code, 0)
        self.file({"bad": {"image": missing, "build": {"context": ".", "dockerfile_inline": f"FROM {IMAGE}"}}})
        self.assertIn("`consort build bad` builds it", self.consort("pull", check=False).err)
        self.assertEqual(self.consort("pull", "--ignore-buildable").code, 0)

    def test_an_unknown_service_and_no_engine(self):
        self.file({"web": {"image": IMAGE}})
        result = self.consort("pull", "wbe", check=False)
        self.assertEqual(result.code, 4, result)
        self.assertIn("did you mean web?", result.err)
        result = self.consort("pull", check=False, env={"DOCKER_HOST": f"unix://{self.dir}/none"})
        self.assertEqual(result.code, 5, result)
        self.assertIn("cannot reach the engine", result.err)

    def test_a_running_project_goes_on(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.file({"a": {"image": one}})
        self.up()
        container, supervisor = self.container("a")["Id"], self.supervisor_pid()
        self.registry.put("one:1", busybox_files("newer"))
        self.consort("pull")
        self.assertEqual((self.container("a")["Id"], self.supervisor_pid()), (container, supervisor))
        self.assertNotEqual(self.container("a")["Image"], self.image_id(one))


class Build(ImagesTest):
    def test_build_shows_the_output_and_takes_arguments(self):
        self.file({"app": {"build": {"context": ".", "args": {"WHAT": "file"}, "dockerfile_inline":
                                     f"FROM {IMAGE}\nARG WHAT\nRUN echo it is $$WHAT > /what; cat /what\n"},
                           "command": "sleep 1000"},
                   "plain": {"image": IMAGE}})
        result = self.consort("build")
        self.assertIn("app: it is file\n", result.err)
        self.assertIn(f"app: built {self.name}-app", result.err)
        self.assertEqual(self.consort("build", "-q").err, "")
        self.assertIn("app: it is mine\n", self.consort("build", "--build-arg", "WHAT=mine").err)
        self.assertIn("app: it is theirs\n",
                      self.consort("build", "--build-arg", "WHAT", env={"WHAT": "theirs"}).err)
        self.assertNotIn("Using cache", self.consort("build", "--no-cache").err)
        self.assertIn("Using cache", self.consort("build").err)

    def test_dependencies_are_built_when_asked(self):
        build = {"context": ".", "dockerfile_inline": f"FROM {IMAGE}"}
        self.file({"base": {"build": build}, "app": {"build": build, "depends_on": ["base"]}})
        self.consort("build", "app")
        self.assertIsNone(self.image_id(f"{self.name}-base"))
        self.consort("build", "--with-dependencies", "app")
        self.assertIsNotNone(self.image_id(f"{self.name}-base"))

    def test_a_failing_step_is_shown_with_its_place_and_the_code(self):
        self.file({"app": {"build": {"context": ".", "dockerfile_inline": f"FROM {IMAGE}\nRUN echo because; exit 5\n"}}})
        result = self.consort("build", "-q", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot build app: ")
        self.assertIn("because", result.err)
        self.assertIn("5", result.err)
        self.file({"app": {"build": "./none"}})
        self.assertIn("none", self.consort("build", check=False).err)

    def test_nothing_to_build(self):
        self.file({"plain": {"image": IMAGE}})
        self.assertIn("nothing to build", self.consort("build").err)


class Images(ImagesTest):
    def test_images_lists_what_containers_were_made_of(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.file({"a": {"image": one}, "b": {"image": one}, "native": {"runtime": "process", "command": "sleep 1000"}})
        self.assertEqual(self.consort("images", "-q").out, "")
        self.up()
        rows = json.loads(self.consort("images", "--format", "json").out)
        self.assertEqual([row["ContainerName"] for row in rows], [f"{self.name}-a-1", f"{self.name}-b-1"])
        row = rows[0]
        self.assertEqual((row["Repository"], row["Tag"]), (f"{self.registry.host}/one", "1"))
        self.assertEqual(row["ID"], self.image_id(one))
        self.assertGreater(row["Size"], 100_000)
        self.assertTrue(row["Platform"].startswith("linux/"), row)
        self.assertEqual(self.consort("images", "-q").out, row["ID"].split(":")[1] + "\n")
        table = self.consort("images", "b").out.splitlines()
        self.assertEqual(table[0].split(), "CONTAINER REPOSITORY TAG PLATFORM IMAGE ID SIZE CREATED".split())
        self.assertEqual([line.split()[0] for line in table[1:]], [f"{self.name}-b-1"])
        self.consort("stop", "-t", "0", "a")
        self.assertEqual(len(json.loads(self.consort("images", "--format", "json").out)), 2)


if __name__ == "__main__":
    main()
