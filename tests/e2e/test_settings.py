"""The person's own settings (consort.toml): where they are read, how they are shown, and that each
one has its effect. Needs a supervisor only where the effect is one of the supervisor's."""
import json
import os
import pty
import shutil
import subprocess
import unittest

from harness import CONSORT, DEADLINE, ProjectTest

REFUSED = 3  # docs/exit-codes.md: the configuration cannot be accepted


class SettingsTest(ProjectTest):
    def setUp(self):
        super().setUp()
        self.config = os.path.join(self.dir, "config")
        os.makedirs(os.path.join(self.config, "consort"), 0o700)
        self.path = os.path.join(self.config, "consort", "consort.toml")
        self.env["XDG_CONFIG_HOME"] = self.config

    def settings(self, text):
        with open(self.path, "w") as file:
            file.write(text)
        os.chmod(self.path, 0o600)

    def shown(self, *args, check=True):
        answer = json.loads(self.consort(*args, "config", "--settings", "--format", "json", check=check).out)
        return {row["name"]: row for row in answer["settings"]}, answer["files"]


class Shown(SettingsTest):
    def test_without_files_everything_is_a_default_and_no_project_is_needed(self):
        rows, files = self.shown()
        self.assertEqual(rows["logs.max_files"], {"name": "logs.max_files", "value": 16, "origin": "default"})
        self.assertEqual([file["path"] for file in files], ["/etc/consort/consort.toml", self.path])
        self.assertEqual(files[1]["state"], "absent")

    def test_each_value_comes_with_its_place(self):
        self.settings("[output]\ncolor = \"never\"\n\n[runtimes.process]\nlog_max_files = 2\n")
        rows, files = self.shown()
        self.assertEqual(files[1]["state"], "read")
        self.assertEqual(rows["output.color"]["value"], "never")
        self.assertEqual(rows["output.color"]["origin"], {"file": self.path, "line": 2, "column": 9})
        self.assertEqual(rows["runtimes.process.log_max_files"]["origin"],
                         {"file": self.path, "line": 5, "column": 17})
        self.assertEqual(rows["runtimes.process.log_max_bytes"]["origin"], "default")
        self.assertRegex(self.consort("config", "--settings").out,
                         rf"output\.color +\"never\" +{self.path}:2:9\n")

    def test_home_is_used_without_xdg_config_home(self):
        del self.env["XDG_CONFIG_HOME"]
        self.env["HOME"] = self.dir
        _, files = self.shown()
        self.assertEqual(files[1]["path"], os.path.join(self.dir, ".config/consort/consort.toml"))


    def test_the_sample_of_the_documentation_can_be_pasted(self):
        with open(os.path.join(os.path.dirname(__file__), "../../docs/settings.md")) as file:
            sample = file.read().split("# ~/.config/consort/consort.toml\n")[1].split("\n## ")[0]
        self.settings("\n".join(line[4:] for line in sample.splitlines()) + "\n")
        rows, files = self.shown()
        self.assertEqual(files[1]["state"], "read")
        self.assertEqual(rows["logs.max_size"]["origin"]["file"], self.path)
        self.file({"web": {"image": "web"}})
        self.assertEqual(self.consort("config", "-q").err, "")


class Wrong(SettingsTest):
    def test_commands_that_read_the_project_refuse_and_name_every_place(self):
        self.settings("[log]\nmax_files = 3\n[output]\ncolor = \"pink\"\n")
        self.file({"web": {"command": "true"}})
        for command in (["config"], ["config", "--settings"], ["up", "-d"], ["plan"]):
            result = self.consort(*command, check=False)
            self.assertEqual(result.code, REFUSED, result)
            self.assertIn(f'{self.path}:1:2: cannot read the file: unknown key "log" (did you mean "logs"?)',
                          result.err)
            self.assertIn(f"{self.path}:4:9: cannot read output.color", result.err)
            self.assertIn("cannot use the settings: 2 errors", result.err)

    def test_commands_about_what_runs_go_on(self):
        self.file({"web": {"command": "sleep 1000"}})
        self.up()
        self.settings("broken\n")
        result = self.consort("ps")
        self.assertIn(f"{self.path}:1:", result.err)
        self.consort("down")

    def test_settings_of_a_runtime_are_checked_before_anything_starts(self):
        self.settings("[runtimes.process]\nlog_max_file = 2\nlog_max_bytes = 1\n")
        self.file({"web": {"command": "true"}})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, REFUSED, result)
        self.assertIn(f'{self.path}:2:1: cannot read runtimes.process: unknown key "log_max_file" (did you mean '
                      '"log_max_files"?)', result.err)
        self.assertIn(f"{self.path}:3:17: cannot read runtimes.process.log_max_bytes", result.err)
        self.assertFalse(os.path.exists(self.project_state()))

    def test_a_file_that_others_can_write_counts_for_nothing(self):
        self.settings("[logs]\nmax_files = 9\n")
        os.chmod(self.path, 0o666)
        result = self.consort("config", "--settings", "--format", "json")
        answer = json.loads(result.out)
        self.assertEqual(answer["files"][1]["state"], "refused")
        self.assertIn("is writable by everybody: chmod o-w it", answer["files"][1]["reason"])
        self.assertIn(f"not using the settings in {self.path}", result.err)
        self.assertEqual([row["origin"] for row in answer["settings"] if row["name"] == "logs.max_files"],
                         ["default"])


class Effect(SettingsTest):
    def test_plugin_paths_are_searched_after_plugin_dir(self):
        for folder in ("first", "second"):
            os.makedirs(os.path.join(self.dir, folder), 0o700)
            with open(os.path.join(self.dir, folder, "odd.runtime.json"), "w") as file:
                file.write("{}")
        self.settings(f'[plugins]\npaths = ["{self.dir}/second"]\n')
        rows = json.loads(self.consort("--plugin-dir", f"{self.dir}/first", "runtimes", "--format", "json").out)
        odd = [(row["manifest"], row["state"]) for row in rows if row["name"] == "odd"]
        self.assertEqual([os.path.dirname(manifest) for manifest, _ in odd],
                         [f"{self.dir}/first", f"{self.dir}/second"])
        self.assertEqual(odd[1][1], "shadowed")

    def test_the_supervisor_searches_the_plugin_paths_too(self):
        installed = [row for row in json.loads(self.consort("runtimes", "--format", "json").out)
                     if row["name"] == "process" and row["state"] == "usable"][0]
        own = os.path.join(self.dir, "runtimes")
        os.mkdir(own, 0o700)
        folder = os.path.dirname(installed["library"])
        for name in ("libconsort-process.so", "process.runtime.json"):
            shutil.copy(os.path.join(folder, name), own)
        shutil.copy(os.path.join(folder, "../consort-shim"), self.dir)
        self.settings(f'[plugins]\npaths = ["{own}"]\n')
        self.file({"web": {"command": "sleep 1000"}})
        self.up()
        pid = int(json.loads(self.consort("supervisor", "status", "--format", "json").out)["pid"])
        with open(f"/proc/{pid}/maps") as maps:
            self.assertIn(f"{own}/libconsort-process.so", maps.read())

    def test_the_default_runtime_is_that_of_services_that_name_none(self):
        self.settings('[defaults]\nimage_runtime = "native"\n')
        self.file({"web": {"image": "nginx", "command": "true"}})
        self.up("--wait")
        self.assertEqual(self.replica("web-1")["Runtime"], "process")

    def logs_of(self, services, settings):
        """How many log files are left of a service that writes 400 KiB, by the service's name."""
        self.settings(settings)
        text = "i=0; while [ $$i -lt 4000 ]; do echo " + "x" * 60 + "; i=$$((i+1)); done"
        self.file({name: {"entrypoint": ["sh", "-c"], "command": [text], **more} for name, more in services.items()})
        self.up()
        self.consort("wait", *services)
        counts = {}
        root = os.path.join(self.project_state(), "instances")
        for name in services:
            instance = self.replica(f"{name}-1")["Instance"]
            counts[name] = len([f for f in os.listdir(os.path.join(root, instance, "log")) if f.endswith(".log")])
        return counts

    def test_log_retention_is_for_services_without_logging_options(self):
        own = {"logging": {"options": {"max-size": "100m"}}}
        self.assertEqual(self.logs_of({"plain": {}, "own": own}, '[logs]\nmax_size = "64k"\nmax_files = 2\n'),
                         {"plain": 2, "own": 1})

    def test_a_runtimes_own_settings_go_before_log_retention(self):
        self.assertEqual(self.logs_of({"plain": {}}, '[logs]\nmax_size = "64k"\nmax_files = 2\n'
                                                     "[runtimes.process]\nlog_max_files = 4\n"), {"plain": 4})

    def test_changed_settings_of_a_loaded_runtime_wait_for_a_new_supervisor(self):
        self.settings("[runtimes.process]\nlog_max_files = 4\n")
        self.file({"web": {"command": "sleep 1000"}})
        self.up()
        log = os.path.join(self.project_state(), "supervisor.log")
        note = "runtime process keeps the settings that it was loaded with"
        self.up()
        self.assertNotIn(note, open(log).read())
        self.settings("[runtimes.process]\nlog_max_files = 5\n")
        self.up()
        self.assertIn(note, open(log).read())
        self.consort("supervisor", "restart")
        size = os.path.getsize(log)
        facts = {runtime["name"]: runtime["facts"]
                 for runtime in json.loads(self.consort("doctor", "--format", "json", check=False).out)["runtimes"]}
        self.assertIn("5 files", facts["process"]["log rotation"])
        self.up()
        self.assertNotIn(note, open(log).read()[size:])

    def colors(self, *args, settings="", **env):
        """Whether colours are used on a terminal."""
        self.settings(settings)
        main, side = pty.openpty()
        try:
            base = {key: value for key, value in self.env.items() if key not in ("NO_COLOR", "COMPOSE_ANSI")}
            self.write("consort.yaml", "services: {web: {comand: x}}\n")
            subprocess.run([CONSORT, *args, "config"], cwd=self.work, env={**base, "TERM": "xterm", **env},
                           stdin=subprocess.DEVNULL, stdout=side, stderr=side, timeout=DEADLINE, check=False)
            os.set_blocking(main, False)
            return "\x1b[31m" in os.read(main, 1 << 16).decode()
        finally:
            os.close(main)
            os.close(side)
            os.unlink(os.path.join(self.work, "consort.yaml"))

    def test_colours_are_chosen_in_order(self):
        always, never = '[output]\ncolor = "always"\n', '[output]\ncolor = "never"\n'
        self.assertTrue(self.colors())
        self.assertFalse(self.colors(NO_COLOR="1"))
        self.assertFalse(self.colors(settings=never))
        self.assertTrue(self.colors(settings=always, NO_COLOR="1"))
        self.assertTrue(self.colors(settings=always, TERM="dumb"))
        self.assertFalse(self.colors(settings=always, COMPOSE_ANSI="never"))
        self.assertTrue(self.colors(settings=never, COMPOSE_ANSI="always"))
        self.assertFalse(self.colors("--ansi", "never", settings=always, COMPOSE_ANSI="always"))
        self.assertTrue(self.colors("--ansi", "auto", settings=never))


if __name__ == "__main__":
    unittest.main()
