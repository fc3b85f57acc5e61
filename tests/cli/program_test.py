"""Drives the program itself, against no supervisor and against a fake one.

  program_test.py PATH-OF-CONSORT SOURCE-DIRECTORY [unittest arguments]
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

from fake_supervisor import (EXIT, RESIZE, SIGNAL, STDIN_DATA, STDIN_END, STDOUT_DATA, STDERR_DATA, ERROR,
                             Events, Logs, Supervisor, replica)

CONSORT, SOURCE = sys.argv[1], sys.argv[2]
DEADLINE = 60


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="consort-cli-")
        self.addCleanup(self.temporary.cleanup)
        self.dir = os.path.realpath(self.temporary.name)
        self.work = os.path.join(self.dir, "shop")
        for name in ("state", "run", "shop", "home"):
            os.mkdir(os.path.join(self.dir, name), 0o700)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("COMPOSE_", "CONSORT", "NO_COLOR"))}
        self.env.update(XDG_STATE_HOME=os.path.join(self.dir, "state"), HOME=os.path.join(self.dir, "home"),
                        XDG_RUNTIME_DIR=os.path.join(self.dir, "run"), TERM="xterm",
                        XDG_CONFIG_HOME=os.path.join(self.dir, "home", ".config"))

    def write(self, text, name="consort.yaml"):
        with open(os.path.join(self.work, name), "w") as file:
            file.write(text)

    def popen(self, *arguments, **options):
        process = subprocess.Popen([CONSORT, *arguments], cwd=options.pop("cwd", self.work), env=self.env,
                                   stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_it(self, *arguments, code=0, stdin=None, **options):
        process = self.popen(*arguments, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                             **options)
        out, err = process.communicate(stdin, timeout=DEADLINE)
        self.out, self.err = out.decode(), err.decode()
        if code is not None:
            self.assertEqual(process.returncode, code, f"{arguments}\n{self.out}\n{self.err}")
        return self.out


class WithoutSupervisor(Case):
    def test_no_command_shows_the_help_and_is_a_usage_error(self):
        self.assertIn("Commands:", self.run_it(code=2))

    def test_help_in_every_form(self):
        for line in (["help", "up"], ["up", "--help"], ["up", "-h"], ["--help", "up"]):
            self.assertIn("Usage: consort up", self.run_it(*line))
        self.assertIn("Commands:", self.run_it("--help"))

    def test_what_a_terminal_would_obey_is_shown_in_messages(self):
        self.write('services:\n  a: {command: a, environment: {"k\\e]0;t\\a": [1]}}\n')
        self.run_it("config", code=3)
        self.assertIn("k^[]0;t^G", self.err)
        self.assertNotIn("\x1b", self.err)
        self.run_it("up\x1b[2J\u202e", code=2)
        self.assertIn("up^[[2J<U+202E>", self.err)
        self.write("services: {a: {command: a}}\n")
        self.run_it("start", "a\x1b[2J", code=None)
        self.assertIn("a^[[2J", self.err)
        self.assertNotIn("\x1b", self.err)

    def test_a_file_may_come_through_a_pipe_and_the_standard_input(self):
        text = b"services: {a: {command: a}}\n"
        self.assertEqual(self.run_it("-f", "-", "config", "--services", stdin=text), "a\n")
        self.assertEqual(self.run_it("-f", "/dev/stdin", "config", "--services", stdin=text), "a\n")
        self.write("services: {a: {command: a}}\n")
        self.assertEqual(self.run_it("--env-file", "/dev/stdin", "config", "--format", "json", stdin=b"A=b\n")[0], "{")

    def test_every_listed_command_has_help(self):
        names = [line.split("  ")[1] for line in self.run_it("--help").split("Commands:\n")[1].split("\n\n")[0]
                 .splitlines()]
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertIn(f"Usage: consort {name}", self.run_it(*name.split(), "--help"))

    def test_a_wrong_command_line_is_code_2_and_says_what_is_right(self):
        self.run_it("pss", code=2)
        self.assertIn('did you mean "ps"?', self.err)
        self.run_it("up", "--detatch", code=2)
        self.assertIn("did you mean --detach?", self.err)
        self.run_it("up", "--scale", "web", code=2)
        self.run_it("up", "-d", "--abort-on-container-exit", code=2)
        self.run_it("logs", "--since", "yesterday", code=2)
        self.run_it("kill", "-s", "SIGNOTHING", code=2)

    def test_version(self):
        version = self.run_it("version", "--short").strip()
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertIn(version, self.run_it("--version"))
        self.assertEqual(json.loads(self.run_it("version", "--format", "json"))["version"], version)

    def test_an_invalid_file_is_code_3_with_every_problem_at_its_place(self):
        self.write("services:\n  web:\n    comand: run\n    replicas: many\n")
        for command in (["up", "-d"], ["config"], ["plan"], ["run", "web"]):
            self.run_it(*command, code=3)
            self.assertIn("consort.yaml:3:5: cannot", self.err)
            self.assertIn("consort.yaml:4:15: cannot", self.err)
            self.assertIn("2 errors", self.err)
        self.assertEqual(os.listdir(self.env["XDG_STATE_HOME"]), [], "nothing was started")

    def test_config_can_be_read_again(self):
        self.write("name: shop\nservices:\n  web:\n    command: [sh, -c, 'echo $$HOME \"yes\"']\n"
                   "    environment: {A: 'on', B: '1', C: \"x: y #z\"}\n")
        once = self.run_it("config")
        again = self.run_it("-f", "-", "config", stdin=once.encode())
        self.assertEqual(once, again)
        self.assertIn("$$HOME", once)
        as_json = json.loads(self.run_it("config", "--format", "json"))
        self.assertEqual(as_json["services"]["web"]["environment"]["A"], "on")

    def test_config_lists(self):
        self.write("services:\n  web: {command: run}\n  dev: {command: run, profiles: [debug]}\n")
        self.assertEqual(self.run_it("config", "--services").split(), ["web"])
        self.assertEqual(self.run_it("--profile", "debug", "config", "--services").split(), ["dev", "web"])
        self.assertRegex(self.run_it("config", "--hash", "web"), r"^web [0-9a-f]{32}\n$")
        self.run_it("config", "--hash", "wbe", code=4)
        self.assertIn("did you mean web?", self.err)
        self.assertEqual(self.run_it("config", "-q"), "")

    def test_what_does_not_run_is_code_4_or_nothing(self):
        self.write("services:\n  web: {command: run}\n")
        self.run_it("logs", code=4)
        self.assertIn("nothing of project shop runs", self.err)
        self.run_it("exec", "web", "true", code=4)
        self.assertIn("web", self.err)
        self.run_it("stop", "wbe", code=4)
        self.assertIn("did you mean web?", self.err)
        self.run_it("supervisor", "status", code=5)
        self.run_it("down")
        self.assertEqual(self.run_it("ps", "--format", "json"), "")
        self.assertEqual(json.loads(self.run_it("ls", "--format", "json")), [])

    def test_a_name_that_is_none_is_refused(self):
        self.run_it("-p", "No Name", "ps", code=3)
        self.assertIn("cannot use", self.err)

    def test_plan_needs_no_supervisor_where_nothing_runs(self):
        self.write("services:\n  web: {command: run, depends_on: [db]}\n  db: {command: run}\n")
        actions = json.loads(self.run_it("plan", "--format", "json"))["actions"]
        self.assertEqual([action["service"] for action in actions], ["db", "web"])
        self.assertIn("2 to do", self.run_it("plan"))
        self.assertEqual(os.listdir(self.env["XDG_STATE_HOME"]), [])

    def test_completion_knows_commands_options_and_services(self):
        self.write("services:\n  web: {command: run}\n  worker: {command: run}\n  db: {command: run}\n")
        words = lambda *line: [text.split("\t")[0] for text in self.run_it("__complete", "--", *line).splitlines()]
        self.assertEqual(words("up", "w"), ["web", "worker"])
        self.assertEqual(words("exec", "d"), ["db"])
        self.assertIn("--detach", words("up", "--de"))
        self.assertEqual(words("rest"), ["restart"])
        self.write("services: [", "broken.yaml")
        self.assertEqual(words("-f", "broken.yaml", "up", "w"), [])

    def test_the_bash_completion_works_in_bash(self):
        self.write("services:\n  web: {command: run}\n")
        script = self.run_it("completion", "bash")
        ask = script + ('\nconsort() { "$CONSORT" "$@"; }\nCOMP_WORDS=(consort up we); COMP_CWORD=2\n_consort\n'
                        'printf "%s\\n" "${COMPREPLY[@]}"\n')
        done = subprocess.run(["bash", "-c", ask], cwd=self.work, env={**self.env, "CONSORT": CONSORT},
                              capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual((done.stdout, done.stderr), ("web\n", ""))

    def test_the_manual_page_is_the_one_in_the_tree(self):
        with open(os.path.join(SOURCE, "docs/man/consort.1")) as page:
            self.assertEqual(self.run_it("help", "--man"), page.read())

    def test_doctor_judges_this_machine(self):
        process = self.popen("doctor", "--format", "json")
        out, _ = process.communicate(timeout=DEADLINE)
        report = json.loads(out)
        missing = [check for check in report["machine"] if check["verdict"] == "missing"]
        problems = [runtime for runtime in report["runtimes"] if runtime["problems"]]
        fit = not missing and not problems and bool(report["runtimes"])
        self.assertEqual(process.returncode, 0 if fit else 1)
        self.assertIn("pidfd", [check["name"] for check in report["machine"]])

    def test_runtimes_shows_what_each_can_when_asked(self):
        short = self.run_it("runtimes").splitlines()
        self.assertEqual(short[0].split(), ["NAME", "VERSION", "ABI", "STATE", "LIBRARY"])
        long = self.run_it("runtimes", "--verbose").splitlines()
        self.assertEqual(long[0].split(), ["NAME", "VERSION", "ABI", "STATE", "LIBRARY", "ALIASES", "FEATURES"])
        self.assertEqual(len(short), len(long))

    def test_runtimes_lists_a_broken_one_with_its_reason(self):
        plugins = os.path.join(self.dir, "plugins")
        os.mkdir(plugins)
        with open(os.path.join(plugins, "odd.runtime.json"), "w") as file:
            file.write("{")
        rows = json.loads(self.run_it("--plugin-dir", plugins, "runtimes", "--format", "json"))
        odd = next(row for row in rows if row["name"] == "odd")
        self.assertEqual(odd["state"], "refused")
        self.assertTrue(odd["reason"])


class WithSupervisor(Case):
    def setUp(self):
        super().setUp()
        self.write("services:\n  web: {command: run, depends_on: [db]}\n  db: {command: run}\n")
        self.fake = Supervisor(self.env["XDG_RUNTIME_DIR"], "shop", self.work)
        self.addCleanup(self.fake.close)
        self.events, self.logs = Events(), Logs()
        self.fake.on("GET /v1/events", self.events.stream)
        self.fake.on("GET /v1/logs", self.logs.stream)
        self.addCleanup(self.events.close)
        self.addCleanup(self.logs.close)

    def outcome(self, *failures):
        return {"outcome": {"actions": [], "failures": [
            {"service": service, "index": 1, "message": message} for service, message in failures]}}

    def change(self, service, state, **more):
        """Sets how a replica stands and tells about it."""
        status = replica(service, state, **more)
        self.fake.replicas = [old for old in self.fake.replicas if old["service"] != service] + [status]
        self.events.publish(status)
        return self.events.all[-1]

    # -- listings
    def test_ps_shows_what_stands_how(self):
        self.fake.replicas = [
            replica("web", health="healthy", ports=["127.0.0.1:8080->80/tcp"]),
            replica("job", "exited", code=3), replica("bad", "failed", reason="cannot start it")]
        table = self.run_it("ps")
        self.assertRegex(table, r'web-1 +process +"run web" +web +Up .* \(healthy\) +127.0.0.1:8080->80/tcp')
        self.assertNotIn("job-1", table)
        self.assertIn("Failed: cannot start it", table)
        rows = [json.loads(line) for line in self.run_it("ps", "-a", "--format", "json").splitlines()]
        self.assertEqual({row["Name"]: row["ExitCode"] for row in rows}, {"web-1": 0, "job-1": 3, "bad-1": 0})
        self.assertEqual(self.run_it("ps", "-aq").split(), ["bad-1-id", "job-1-id", "web-1-id"])
        self.assertEqual(self.run_it("ps", "--services", "--status", "exited").split(), ["job"])
        self.assertEqual(self.run_it("ps", "--filter", "status=dead", "--services").split(), ["bad"])
        self.run_it("ps", "--status", "asleep", code=2)
        self.run_it("ps", "nosuch", code=4)

    def test_a_second_supervisor_is_refused(self):
        self.run_it("supervisor", "run", "--project", "shop", code=7)
        self.assertIn(f"pid {os.getpid()}", self.err)

    def test_ls_shows_the_pid(self):
        self.fake.replicas = [replica("web"), replica("db")]
        rows = json.loads(self.run_it("ls", "--format", "json", cwd=self.dir))
        self.assertEqual([(row["Name"], row["Status"], row["pid"]) for row in rows],
                         [("shop", "running(2)", os.getpid())])
        self.assertIn(str(os.getpid()), self.run_it("ls"))

    def test_logs_are_printed_and_the_query_passed_on(self):
        self.logs.write("web-1", 1, "one ", tag="P")
        self.logs.write("web-1", 2, "line")
        self.logs.write("db-1", 3, "ready", stream="stderr")
        self.fake.replicas = [replica("web"), replica("db")]
        self.assertEqual(self.run_it("logs"), "web-1  | one line\ndb-1   | ready\n")
        self.assertEqual(self.run_it("logs", "--no-log-prefix", "web"), "one line\n")
        self.run_it("logs", "-n", "5", "--index", "1", "--since", "2026-01-02T03:04:05Z", "web", "db")
        self.assertEqual(self.fake.requests[-1][2], {"services": "web,db", "tail": "5", "index": "1",
                                                     "since": "2026-01-02T03:04:05.000000000Z"})
        row = json.loads(self.run_it("logs", "--format", "json", "db"))
        self.assertEqual((row["service"], row["stream"], row["line"]), ("db", "stderr", "ready"))

    def test_a_stopped_log_reader_ends_quietly(self):
        for number in range(20000):
            self.logs.write("web-1", number, "x" * 100)
        done = subprocess.run(f"{CONSORT} logs | head -n 1", shell=True, cwd=self.work, env=self.env,
                              capture_output=True, timeout=DEADLINE)
        self.assertEqual((done.stdout.count(b"\n"), done.stderr), (1, b""))

    def test_port(self):
        self.fake.replicas = [replica("web", ports=["127.0.0.1:8080->80/tcp", "0.0.0.0:53->53/udp"])]
        self.assertEqual(self.run_it("port", "web", "80"), "127.0.0.1:8080\n")
        self.assertEqual(self.run_it("port", "--protocol", "udp", "web", "53"), "0.0.0.0:53\n")
        self.run_it("port", "web", "81", code=4)
        self.run_it("port", "--index", "2", "web", "80", code=4)

    def test_stats_are_two_readings_apart(self):
        readings = iter(range(10))

        def stats(_):
            number = next(readings)
            return {"stats": [{"service": "web", "index": 1, "instance": "i", "at_ns": 10**9 * (number + 1),
                               "cpu_ns": 25 * 10**7 * number, "memory_bytes": 2**20, "pids": 3}]}
        self.fake.on("GET /v1/stats", stats)
        row = json.loads(self.run_it("stats", "--no-stream", "--format", "json"))
        self.assertEqual((row["CPUPerc"], row["MemUsage"], row["PIDs"]), ("25.00%", "1MiB", 3))

    def test_stats_warn_once_of_a_runtime_that_does_not_measure(self):
        why = "runtime minimal does not measure what its services use"
        self.fake.on("GET /v1/stats", lambda _: {"stats": [
            {"service": service, "index": 1, "instance": service, "error": why} for service in ("db", "web")]})
        rows = self.run_it("stats", "--no-stream").splitlines()
        self.assertEqual([row.split()[:2] for row in rows[1:]], [["db-1", "-"], ["web-1", "-"]])
        self.assertEqual(self.err, f"warning: {why}\n")

    def test_events_as_json(self):
        self.change("web", "running")
        events = self.run_it("events", "--json", "--since", "2026-01-01", "--until", "2026-02-01")
        self.assertEqual([json.loads(line)["service"] for line in events.splitlines()], ["web"])

    def test_version_of_the_supervisor(self):
        self.assertEqual(json.loads(self.run_it("-p", "shop", "version", "--format", "json"))["supervisor"]["pid"],
                         os.getpid())

    def test_another_api_is_refused_with_both_numbers(self):
        self.fake.major = 9
        self.run_it("ps", code=8)
        self.assertIn("API 9", self.err)

    def test_a_broken_file_does_not_keep_from_stopping(self):
        self.write("services: [")
        self.fake.on("POST /v1/down", lambda _: iter([self.outcome()]))
        self.fake.pid = 0  # whose end would be waited for
        self.run_it("down")
        self.assertIn("consort.yaml:1:", self.err)
        self.assertEqual(len(self.fake.bodies("/v1/down")), 1)
        self.run_it("-p", "shop", "ps")
        self.assertEqual(self.err, "")

    # -- operations
    def test_stop_passes_services_and_timeout_on_and_shows_plain_progress(self):
        self.fake.on("POST /v1/stop", lambda _: iter([
            {"event": self.change("web", "stopping")}, {"event": self.change("web", "stopped")}, self.outcome()]))
        self.run_it("stop", "-t", "3", "web")
        body = self.fake.bodies("/v1/stop")[0]
        self.assertEqual((body["services"], body["timeout_ms"]), (["web"], 3000))
        self.assertEqual(self.err, " Service web-1  Stopping\n Service web-1  Stopped\n")
        self.assertEqual(self.run_it("--progress", "quiet", "stop"), "")
        self.assertEqual(self.err, "")

    def test_failures_of_an_operation_are_code_1(self):
        self.fake.on("POST /v1/start", lambda _: iter([self.outcome(("web", "cannot start web-1: no such file"))]))
        self.run_it("start", code=1)
        self.assertIn("cannot start web-1: no such file", self.err)

    def test_errors_have_the_code_of_their_kind(self):
        for kind, code in (("failed", 1), ("invalid", 3), ("not_found", 4), ("unavailable", 5), ("denied", 6),
                           ("conflict", 7), ("unsupported", 8)):
            self.fake.on("POST /v1/kill", lambda _, kind=kind: (400, {"kind": kind, "message": f"cannot: {kind}"}))
            self.run_it("kill", "web", code=code)
            self.assertIn(f"cannot: {kind}", self.err)

    def test_kill_sends_the_signal_by_name(self):
        self.fake.on("POST /v1/kill", lambda _: {"actions": [], "failures": []})
        for given, name in (("hup", "SIGHUP"), ("SIGUSR1", "SIGUSR1"), ("15", "SIGTERM")):
            self.run_it("kill", "-s", given, "web")
            self.assertEqual(self.fake.bodies("/v1/kill")[-1]["signal"], name)

    def test_a_connection_that_breaks_off_is_no_success(self):
        self.fake.on("POST /v1/stop", lambda _: iter([{"event": self.change("web", "stopping")}]))
        self.run_it("stop", code=5)

    def test_wait_ends_with_the_services_code(self):
        self.fake.replicas = [replica("web"), replica("db")]
        process = self.popen("wait", "web")
        self.fake.wait_for("/v1/services")
        self.fake.wait_for("/v1/services")
        self.change("db", "exited", code=1)
        self.change("web", "exited", code=42)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual((process.returncode, out), (42, b"42\n"), err)

    # -- up
    def test_up_detached(self):
        self.fake.on("POST /v1/up", lambda _: iter([{"event": self.change("db", "running")}, self.outcome()]))
        self.run_it("up", "-d", "--scale", "web=3", "--force-recreate", "--remove-orphans")
        body = self.fake.bodies("/v1/up")[0]
        self.assertEqual((body["scale"], body["force_recreate"], body["remove_orphans"], body["wait"]),
                         ({"web": 3}, True, True, "started"))
        self.assertEqual(body["project"]["host_environment"]["HOME"], self.env["HOME"])
        self.assertIn(" Service db-1  Started", self.err)

    def test_up_wait_that_takes_too_long_is_124(self):
        def up(request):
            threading.Event().wait(request[3]["wait_timeout_ms"] / 1000 + 0.05)
            yield self.outcome(("web", "is not healthy yet"))
        self.fake.on("POST /v1/up", up)
        self.run_it("up", "--wait", "--wait-timeout", "0.1", code=124)
        self.assertEqual(self.fake.bodies("/v1/up")[0]["wait"], "ready")

    def test_a_running_project_of_this_name_elsewhere_is_left_alone(self):
        self.fake.directory = self.dir
        for command in (["up", "-d"], ["plan"], ["run", "web"]):
            self.run_it(*command, code=7)
            self.assertIn(self.dir, self.err)
            self.assertIn("-p NAME", self.err)
        self.assertEqual(self.fake.bodies("/v1/up"), [])

    def test_a_project_of_another_folder_is_not_changed_from_here(self):
        self.fake.directory = self.dir
        self.fake.on("POST /v1/stop", lambda _: iter([self.outcome()]))
        for command in ("down", "stop", "start", "restart", "kill"):
            self.run_it(command, code=7)
            self.assertIn(f"runs from {self.dir}", self.err)
            self.assertIn("-p shop", self.err)
            self.assertEqual(self.fake.bodies(f"/v1/{command}"), [])
        self.run_it("ps")
        self.run_it("-p", "shop", "stop")
        self.env["COMPOSE_PROJECT_NAME"] = "shop"
        self.run_it("stop")
        self.assertEqual(len(self.fake.bodies("/v1/stop")), 2)

    def attach(self, *options, **popen):
        """An attached up that has come up: db and web run."""
        def up(_):
            self.logs.write("db-1", 1, "db starts")
            yield {"event": self.change("db", "running")}
            yield {"event": self.change("web", "running")}
            self.logs.write("web-1", 2, "web starts")
            yield self.outcome()
        self.fake.on("POST /v1/up", up)
        process = self.popen("up", *options, **popen)
        return process

    def stops(self, code=143):
        """Makes the fake stop everything on /v1/stop, with last words in the logs."""
        def stop(_):
            for service in ("web", "db"):
                yield {"event": self.change(service, "stopping")}
                self.logs.write(f"{service}-1", 1000, f"{service} says goodbye")
                yield {"event": self.change(service, "stopped", code=code)}
            yield self.outcome()
        self.fake.on("POST /v1/stop", stop)

    def watching(self):
        """Waits until the attached up follows the events."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            request = self.fake.arrived.get(timeout=DEADLINE)
            if request[1] == "/v1/events" and request[2].get("follow") == "1":
                return
        self.fail("the events are not followed")

    def test_an_attached_up_shows_the_logs_and_ends_with_the_services(self):
        process = self.attach()
        self.watching()
        self.logs.write("web-1", 3, "serving")
        self.logs.write("web-1", 4, "last words")
        self.change("web", "exited", code=0)
        self.logs.write("db-1", 5, "bye")
        self.change("db", "exited", code=0)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(sorted(out.decode().splitlines()),
                         ["db-1   | bye", "db-1   | db starts", "web-1  | last words", "web-1  | serving",
                          "web-1  | web starts"])
        self.assertIn(b"web-1 exited with code 0", err)

    def test_no_line_is_missed_or_doubled_when_many_come_at_the_end(self):
        process = self.attach()
        self.watching()
        for number in range(5000):
            self.logs.write("web-1", 10 + number // 7, f"line {number}")
        self.change("web", "exited", code=0)
        self.change("db", "exited", code=0)
        out, _ = process.communicate(timeout=DEADLINE)
        lines = [line.split("| ")[1] for line in out.decode().splitlines() if "line" in line]
        self.assertEqual(lines, [f"line {number}" for number in range(5000)])

    def test_ctrl_c_stops_in_order_and_is_130(self):
        self.stops()
        process = self.attach("-t", "7")
        self.watching()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 130, err)
        body = self.fake.bodies("/v1/stop")[0]
        self.assertEqual((body["services"], body["timeout_ms"]), (["db", "web"], 7000))
        self.assertIn(b"web says goodbye", out)
        self.assertIn(b"db says goodbye", out)
        self.assertIn(b" Service web-1  Stopped", err)
        self.assertEqual(self.fake.bodies("/v1/kill"), [])

    def test_a_second_ctrl_c_kills(self):
        killed = threading.Event()

        def stop(request):
            if request[3].get("timeout_ms") != 0:
                yield {"event": self.change("web", "stopping")}
                killed.wait(DEADLINE)
            for service in ("web", "db"):
                yield {"event": self.change(service, "stopped", code=137)}
            yield self.outcome()

        def kill(_):
            killed.set()
            return {"actions": [], "failures": []}
        self.fake.on("POST /v1/stop", stop)
        self.fake.on("POST /v1/kill", kill)
        process = self.attach()
        self.watching()
        process.send_signal(signal.SIGINT)
        self.fake.wait_for("/v1/stop")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(self.fake.bodies("/v1/kill")[0]["signal"], "SIGKILL")

    def test_ctrl_c_while_it_comes_up_stops_too(self):
        begun = threading.Event()

        def up(_):
            yield {"event": self.change("db", "starting")}
            begun.set()
            threading.Event().wait(DEADLINE)
        self.fake.on("POST /v1/up", up)
        self.stops()
        process = self.popen("up")
        self.assertTrue(begun.wait(DEADLINE))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(len(self.fake.bodies("/v1/stop")), 1)

    def test_abort_on_exit_stops_the_rest_with_the_first_ones_code(self):
        self.stops()
        process = self.attach("--abort-on-container-exit")
        self.watching()
        self.change("web", "exited", code=5)
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 5, err)
        self.assertEqual(len(self.fake.bodies("/v1/stop")), 1)

    def test_abort_on_failure_lets_a_good_end_pass(self):
        self.stops()
        process = self.attach("--abort-on-container-failure")
        self.watching()
        self.change("db", "exited", code=0)
        self.change("web", "exited", code=6)
        process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 6)

    def test_exit_code_from_is_that_services_code_whoever_ended_first(self):
        self.stops(code=9)
        process = self.attach("--exit-code-from", "db")
        self.watching()
        self.change("web", "exited", code=5)
        process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 9)
        self.run_it("up", "--exit-code-from", "dbb", code=4)

    def test_up_that_fails_says_what_and_shows_the_output(self):
        def up(_):
            self.logs.write("web-1", 1, "cannot bind")
            yield {"event": self.change("web", "exited", code=1)}
            yield self.outcome(("web", "web-1 exited (1)"))
        self.fake.on("POST /v1/up", up)
        out = self.run_it("up", code=1)
        self.assertIn("web-1  | cannot bind", out)
        self.assertIn("web-1 exited (1)", self.err)

    def test_attach_and_no_attach_choose_the_output(self):
        process = self.attach("--no-attach", "db")
        self.watching()
        self.change("web", "exited", code=0)
        self.change("db", "exited", code=0)
        out, _ = process.communicate(timeout=DEADLINE)
        self.assertEqual(out, b"web-1  | web starts\n")

    # -- exec and run
    def test_exec_connects_the_streams_and_passes_the_code_on(self):
        def command(request, frames):
            data = b""
            while True:
                kind, payload = frames.read()
                if kind == STDIN_END:
                    break
                self.assertEqual(kind, STDIN_DATA)
                data += payload
            frames.write(STDOUT_DATA, data.upper())
            frames.write(STDERR_DATA, b"oops")
            frames.exit(17)
        self.fake.on("POST /v1/exec", command)
        out = self.run_it("exec", "-T", "-e", "A=1", "-w", "/tmp", "-u", "nobody", "web", "sh", "-c", "x y",
                          stdin=b"hello" * 50000, code=17)
        self.assertEqual((out, self.err), ("HELLO" * 50000, "oops"))
        body = self.fake.bodies("/v1/exec")[0]
        self.assertEqual((body["service"], body["argv"], body["environment"], body["working_dir"], body["user"],
                          body["tty"]), ("web", ["sh", "-c", "x y"], ["A=1"], "/tmp", "nobody", False))

    def test_exec_that_both_sides_fill_does_not_hang(self):
        size = 8 << 20

        def command(_, frames):
            got = threading.Thread(target=lambda: [None for _ in iter(frames.read, (STDIN_END, b""))])
            for _ in range(size // 65536):
                frames.write(STDOUT_DATA, b"o" * 65536)
            got.start()
            got.join(DEADLINE)
            frames.exit(0)
        self.fake.on("POST /v1/exec", command)
        self.assertEqual(len(self.run_it("exec", "-T", "web", "cat", stdin=b"i" * size)), size)

    def test_an_error_frame_is_the_error(self):
        self.fake.on("POST /v1/exec", lambda _, frames: frames.write(
            ERROR, json.dumps({"kind": "unsupported", "message": "cannot exec: no exec here"}).encode()))
        self.run_it("exec", "-T", "web", "true", code=8)
        self.assertIn("cannot exec: no exec here", self.err)

    def test_exec_passes_signals_on(self):
        ready = threading.Event()
        got = []

        def command(_, frames):
            while True:
                kind, payload = frames.read()
                ready.set()  # the first frame comes when signals are caught
                if kind == SIGNAL:
                    got.append(payload)
                    return frames.exit(143)
        self.fake.on("POST /v1/exec", command)
        process = self.popen("exec", "-T", "web", "sleep", "9")
        self.assertTrue(ready.wait(DEADLINE))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
        self.assertEqual((process.returncode, got), (143, [b"SIGTERM"]))

    def silent_exec(self, signals):
        """An exec whose runtime says nothing; an event for each of `signals` signals that it is passed."""
        ready, passed = threading.Event(), [threading.Event() for _ in range(signals)]
        over = threading.Event()
        self.addCleanup(over.set)

        def command(_, frames):
            left = iter(passed)
            while (frame := frames.read()) is not None:
                ready.set()
                if frame[0] == SIGNAL:
                    next(left).set()
            over.wait(DEADLINE)
        self.fake.on("POST /v1/exec", command)
        return ready, passed

    def test_a_second_signal_ends_an_exec_that_never_answers(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            ready, passed = self.silent_exec(2)
            process = self.popen("exec", "-T", "web", "sleep", "9")
            self.assertTrue(ready.wait(DEADLINE))
            process.send_signal(number)
            self.assertTrue(passed[0].wait(DEADLINE))  # the first one is the command's
            self.assertIsNone(process.poll())
            process.send_signal(number)
            _, err = process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode, 130, err)
            self.assertIn(b"did not answer", err)

    def test_a_second_ctrl_c_ends_an_exec_on_a_terminal_that_never_answers(self):
        ready, _ = self.silent_exec(0)
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        self.addCleanup(os.close, side)
        before = termios.tcgetattr(side)
        process = subprocess.Popen([CONSORT, "exec", "web", "sh"], cwd=self.work, env=self.env, stdin=side,
                                   stdout=side, stderr=side, start_new_session=True)
        self.addCleanup(process.kill)
        self.assertTrue(ready.wait(DEADLINE))
        os.write(main, b"\x03")
        os.write(main, b"\x03")
        self.assertEqual(process.wait(DEADLINE), 130)
        self.assertEqual(termios.tcgetattr(side), before)

    def test_interrupts_that_the_command_answers_are_its_own(self):
        ready = threading.Event()

        def command(_, frames):
            count = 0
            while (frame := frames.read()) is not None:
                ready.set()
                if frame[0] == SIGNAL:
                    count += 1
                    frames.write(STDOUT_DATA, b"%d\n" % count)
                    if count == 4:
                        return frames.exit(5)
        self.fake.on("POST /v1/exec", command)
        process = self.popen("exec", "-T", "web", "repl")
        self.assertTrue(ready.wait(DEADLINE))
        for count in range(1, 5):
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.stdout.readline(), b"%d\n" % count)
        self.assertEqual(process.wait(DEADLINE), 5)

    def test_a_signal_ends_what_waits_for_an_answer(self):
        over = threading.Event()
        self.addCleanup(over.set)
        for path, words in (("GET /v1/stats", ["stats"]), ("POST /v1/down", ["down"]), ("POST /v1/kill", ["kill"])):
            for number in (signal.SIGINT, signal.SIGTERM):
                self.fake.on(path, lambda _: (over.wait(DEADLINE), {})[1])
                process = self.popen(*words)
                self.fake.wait_for(path.split()[1], DEADLINE)
                process.send_signal(number)
                process.communicate(timeout=DEADLINE)
                self.assertIn(process.returncode, (130, -number), words)

    def test_a_supervisor_that_does_not_answer_is_named_and_ls_goes_on(self):
        other = Supervisor(self.env["XDG_RUNTIME_DIR"], "other", self.dir)
        self.addCleanup(other.close)
        over = threading.Event()
        self.addCleanup(over.set)
        self.fake.on("GET /v1/version", lambda _: (over.wait(DEADLINE), {})[1])
        for words in (["ps"], ["down"], ["supervisor", "stop"]):
            self.run_it(*words, code=5)
            self.assertIn(f"the supervisor of project shop (pid {os.getpid()}) does not answer", self.err)
            self.assertIn("kill -KILL", self.err)
        rows = {row["Name"]: row for row in json.loads(self.run_it("ls", "-a", "--format", "json"))}
        self.assertEqual(rows["shop"]["Status"], "does not answer")
        self.assertEqual(rows["other"]["pid"], os.getpid())

    def test_exec_on_a_terminal_is_raw_sized_and_restored(self):
        ready, resized = threading.Event(), threading.Event()
        seen = {"keys": b"", "sizes": []}

        def command(request, frames):
            seen["request"] = request[3]
            while True:
                kind, payload = frames.read()
                if kind == RESIZE:
                    seen["sizes"].append(struct.unpack(">HH", payload))
                    (resized if len(seen["sizes"]) > 1 else ready).set()
                elif kind == STDIN_DATA:
                    seen["keys"] += payload
                    if payload.endswith(b"q"):
                        frames.write(STDOUT_DATA, b"bye")
                        return frames.exit(3)
        self.fake.on("POST /v1/exec", command)
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        before = termios.tcgetattr(side)
        process = subprocess.Popen([CONSORT, "exec", "web", "sh"], cwd=self.work, env=self.env, stdin=side,
                                   stdout=side, stderr=side, start_new_session=True)
        self.assertTrue(ready.wait(DEADLINE))
        request = seen["request"]
        self.assertEqual((request["tty"], request["rows"], request["columns"]), (True, 30, 100))
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process.send_signal(signal.SIGWINCH)
        self.assertTrue(resized.wait(DEADLINE))
        self.assertEqual(seen["sizes"], [(30, 100), (40, 120)])
        os.write(main, b"\x03q")  # Ctrl-C is a key for the service
        self.assertEqual(process.wait(DEADLINE), 3)
        self.assertEqual(seen["keys"], b"\x03q")
        self.assertEqual(termios.tcgetattr(side), before)
        os.close(side)

    def test_run_sends_the_project_and_its_one_offs_are_removed(self):
        self.fake.on("POST /v1/run", lambda _, frames: frames.exit(4))
        self.run_it("run", "--rm", "--no-deps", "-T", "web", "--flag", "of the command", code=4)
        body = self.fake.bodies("/v1/run")[0]
        self.assertEqual((body["service"], body["argv"], body["remove"], body["no_deps"], body["detach"]),
                         ("web", ["--flag", "of the command"], True, True, False))
        self.assertEqual(body["project"]["name"], "shop")
        self.fake.on("POST /v1/run", lambda _: {"replica": replica("web", one_off=True)})
        self.assertEqual(self.run_it("run", "-d", "web"), "web-1-id\n")

    # -- on a terminal
    def test_progress_on_a_terminal_is_a_table_painted_in_place(self):
        self.fake.on("POST /v1/up", lambda _: iter([
            {"event": self.change("db", "starting")}, {"event": self.change("db", "running")}, self.outcome()]))
        main, side = pty.openpty()
        process = subprocess.Popen([CONSORT, "up", "-d"], cwd=self.work, env=self.env, stdin=side, stdout=side,
                                   stderr=side, start_new_session=True)
        os.close(side)
        shown = b""
        while select.select([main], [], [], DEADLINE)[0]:
            try:
                more = os.read(main, 65536)
            except OSError:
                break
            if not more:
                break
            shown += more
        self.assertEqual(process.wait(DEADLINE), 0)
        os.close(main)
        self.assertIn(b"\x1b[2A\x1b[J", shown)
        self.assertIn("✔".encode(), shown)
        self.assertIn(b"1/1", shown)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
