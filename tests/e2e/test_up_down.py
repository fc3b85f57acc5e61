import json
import os
import signal
import subprocess

from harness import ProjectTest, alive, main

SLEEP = ["sh", "-c", "echo up; exec sleep 1000"]


class UpDown(ProjectTest):
    def test_services_start_in_order_of_their_conditions(self):
        self.file({
            "db": {"command": ["sh", "-c", "echo db >> order; touch ready; exec sleep 1000"],
                   "healthcheck": {"test": ["CMD", "test", "-e", "ready"], "interval": "100ms"}},
            "migrate": {"command": ["sh", "-c", "echo migrate >> order"],
                        "depends_on": {"db": {"condition": "service_healthy"}}},
            "web": {"command": ["sh", "-c", "echo web >> order; exec sleep 1000"],
                    "depends_on": {"migrate": {"condition": "service_completed_successfully"}}},
        })
        self.up("--wait")
        # That web runs is no sign yet that its shell has written.
        order = self.wait_for("the word of web", lambda: (lambda words: words if "web" in words else None)(
            open(os.path.join(self.work, "order")).read().split()))
        self.assertEqual(order, ["db", "migrate", "web"])
        ps = self.ps()
        self.assertEqual(ps["db-1"]["State"], "running")
        self.assertEqual(ps["db-1"]["Health"], "healthy")
        self.assertEqual((ps["migrate-1"]["State"], ps["migrate-1"]["ExitCode"]), ("exited", 0))
        self.assertEqual(ps["web-1"]["State"], "running")

    def test_down_leaves_nothing(self):
        self.file({"web": {"command": SLEEP}, "tree": {"command": ["sh", "-c", "setsid sleep 1000 & sleep 1000"]}})
        self.up()
        self.assertTrue(self.survivors())
        self.consort("down")
        self.assertEqual(self.survivors(), [])
        self.assertFalse(os.path.exists(self.project_state()))
        self.assertFalse(os.path.exists(os.path.join(self.runtime, "consort", self.name)))
        self.assertEqual(self.consort("ls", "-q").out.strip(), "")

    def test_down_of_named_services_leaves_the_others(self):
        self.file({"db": {"command": SLEEP}, "web": {"command": SLEEP, "depends_on": ["db"]},
                   "off": {"command": SLEEP, "profiles": ["more"]}})
        self.up()
        self.consort("down", "db")
        self.assertEqual(sorted(self.ps()), ["web-1"])
        self.consort("down", "db", "off")  # nothing to do, which is well
        unknown = self.consort("down", "web", "dbx", check=False)
        self.assertEqual(unknown.code, 4, unknown)
        self.assertIn("cannot take down dbx: there is no such service; did you mean db?", unknown.err)
        self.assertEqual(sorted(self.ps()), ["web-1"])
        self.up()
        self.assertEqual(sorted(self.ps()), ["db-1", "web-1"])
        self.consort("down", "web", "db")  # the last ones: the supervisor goes too
        self.assertEqual(self.survivors(), [])
        self.assertFalse(os.path.exists(self.project_state()))
        self.consort("down", "db")
        self.assertIn("there is no such service", self.consort("down", "dbx", check=False).err)

    def test_down_of_named_services_takes_orphans_along_when_asked(self):
        self.file({name: {"command": SLEEP} for name in ("a", "b", "old")})
        self.up()
        self.file({name: {"command": SLEEP} for name in ("a", "b")})
        self.consort("down", "--remove-orphans", "a")
        self.assertEqual(sorted(self.ps()), ["b-1"])

    def test_services_stop_in_reverse_order(self):
        trap = "trap 'echo %s >> order; exit 0' TERM; touch %s.up; while :; do sleep 0.05; done"
        self.file({"db": {"command": ["sh", "-c", trap % ("db", "db")]},
                   "web": {"command": ["sh", "-c", trap % ("web", "web")], "depends_on": ["db"]}})
        self.up()
        for name in ("db", "web"):
            self.wait_for("the trap of " + name, lambda: os.path.exists(os.path.join(self.work, name + ".up")))
        self.consort("down")
        self.assertEqual(open(os.path.join(self.work, "order")).read().split(), ["web", "db"])

    def test_logs_are_merged_and_whole(self):
        self.file({"a": {"command": ["sh", "-c", "echo one; echo two >&2; exec sleep 1000"]},
                   "b": {"command": ["sh", "-c", "echo three; exec sleep 1000"]}})
        self.up()
        self.wait_for("all lines", lambda: len(self.consort("logs").out.splitlines()) == 3)
        out = self.consort("logs", "--no-log-prefix", "a").out
        self.assertEqual(sorted(out.splitlines()), ["one", "two"])
        self.assertEqual(self.consort("logs", "--no-log-prefix", "--tail", "1", "b").out, "three\n")
        self.assertIn("a-1", self.consort("logs", "a").out)

    def test_a_stubborn_service_is_killed_after_its_grace(self):
        self.file({"web": {"command": ["sh", "-c", "trap '' TERM; touch up; while :; do sleep 0.05; done"],
                           "stop_grace_period": "300ms"}})
        self.up()
        self.wait_for("the trap", lambda: os.path.exists(os.path.join(self.work, "up")))
        self.consort("stop")
        row = self.replica("web-1")
        self.assertEqual(row["ExitCode"], 137)
        self.assertEqual(self.wait_for("no process", lambda: not row["Pid"] or not alive(row["Pid"])), True)

    def test_stop_start_restart_and_kill(self):
        self.file({"web": {"command": SLEEP}, "other": {"command": SLEEP}})
        self.up()
        first, other = self.replica("web-1")["Pid"], self.replica("other-1")["Pid"]
        self.consort("stop", "web")
        self.assertFalse(alive(first))
        self.assertIn(self.replica("web-1")["State"], ("stopped", "exited"))
        self.consort("start", "web")
        second = self.wait_state("web-1", "running")["Pid"]
        self.assertNotEqual(first, second)
        self.consort("restart", "web")
        third = self.wait_state("web-1", "running")["Pid"]
        self.assertNotEqual(second, third)
        self.consort("kill", "-s", "SIGKILL", "web")
        self.wait_for("web to be dead", lambda: not alive(third))
        self.assertEqual(self.replica("other-1")["Pid"], other)

    def test_up_again_attached_follows_and_ctrl_c_stops_in_order(self):
        self.file({"web": {"command": ["sh", "-c", "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.05; done"]}})
        process = self.spawn("up", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        seen = []
        for line in process.stdout:
            seen.append(line.decode())
            if "hello" in seen[-1]:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        self.assertIn("bye", "".join(seen) + rest.decode())
        self.assertIn(process.returncode, (0, 130))
        self.assertFalse([r for r in self.ps().values() if r["State"] == "running"])

    def test_wait_and_exit_code_from(self):
        self.file({"job": {"command": ["sh", "-c", "exit 7"]}, "web": {"command": SLEEP}})
        self.assertEqual(self.consort("up", "--exit-code-from", "job", check=False).code, 7)
        self.consort("down")
        self.up()
        self.assertEqual(self.consort("wait", "job", check=False).code, 7)

    def test_an_up_that_a_newer_one_overtakes_says_so(self):
        web = {"command": SLEEP, "healthcheck": {"test": ["CMD", "test", "-e", "well"], "interval": "20ms", "retries": 100000}}
        self.file({"web": web})
        first = self.spawn("up", "-d", "--wait")
        self.wait_state("web-1", "running")
        self.up()
        _, err = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 7, err)
        self.assertIn("a newer up has taken over", err.decode())

    def test_a_start_that_failed_points_at_the_output(self):
        self.file({"bad": {"command": ["sh", "-c", "echo why >&2; exit 3"]}, "web": {"command": SLEEP},
                   "after": {"command": SLEEP, "depends_on": {"bad": {"condition": "service_completed_successfully"}}}})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.err.splitlines()[-1], "consort logs bad shows what was written", result)

    def test_a_project_without_services_leaves_no_supervisor(self):
        for services, why in (
                ({"debug": {"command": SLEEP, "profiles": ["dev"]}},
                 "each of its services belongs to a profile that is not active (dev); activate one (--profile dev), "
                 "or name a service (debug)"),
                ({}, "it has no service; name one below services in its file")):
            self.file(services)
            for words in (["up", "-d"], ["up"], ["create"]):
                result = self.consort(*words, check=False)
                self.assertEqual(result.code, 3, result)
                self.assertEqual(result.err, f"error: cannot start project {self.name}: {why}\n")
                self.assertFalse(os.path.exists(self.project_state()))
        self.file({"web": {"command": SLEEP}})
        self.up("--quiet-pull", "-y")
        self.file({})
        self.up("--remove-orphans")
        self.assertFalse(os.path.exists(self.project_state()))

    def test_abort_on_container_failure(self):
        self.file({"bad": {"command": ["sh", "-c", "exit 3"]}, "web": {"command": SLEEP}})
        self.assertEqual(self.consort("up", "--abort-on-container-failure", check=False).code, 3)
        self.assertFalse([r for r in self.ps().values() if r["State"] == "running"])

    def test_scale_and_replicas(self):
        self.file({"web": {"command": SLEEP, "deploy": {"replicas": 3}}})
        self.up()
        self.assertEqual(sorted(self.ps()), ["web-1", "web-2", "web-3"])
        self.up("--scale", "web=1")
        self.assertEqual(sorted(self.ps()), ["web-1"])

    def test_profiles(self):
        self.file({"web": {"command": SLEEP}, "debug": {"command": SLEEP, "profiles": ["debug"]}})
        self.up()
        self.assertEqual(sorted(self.ps()), ["web-1"])
        self.consort("--profile", "debug", "up", "-d")
        self.assertEqual(sorted(self.ps()), ["debug-1", "web-1"])

    def test_orphans_are_named_and_removed_when_asked(self):
        self.file({"web": {"command": SLEEP}, "old": {"command": SLEEP}})
        self.up()
        self.file({"web": {"command": SLEEP}})
        result = self.up()
        self.assertIn("old", result.out + result.err)
        self.assertEqual(sorted(self.ps()), ["old-1", "web-1"])
        self.up("--remove-orphans")
        self.assertEqual(sorted(self.ps()), ["web-1"])

    def test_plan_and_an_unchanged_up(self):
        services = {"web": {"command": SLEEP, "environment": {"A": "1"}}, "other": {"command": SLEEP}}
        self.file(services)
        plan = json.loads(self.consort("plan", "--format", "json").out)
        self.assertEqual({a["service"]: a["verb"] for a in plan["actions"]}, {"web": "create", "other": "create"})
        self.up()
        before = self.ps()
        self.up()
        self.assertEqual({n: r["Pid"] for n, r in before.items()}, {n: r["Pid"] for n, r in self.ps().items()})
        services["web"]["environment"]["A"] = "2"
        self.file(services)
        text = self.consort("plan").out
        self.assertRegex(text, r"web.*environment")
        self.up()
        after = self.ps()
        self.assertNotEqual(before["web-1"]["Pid"], after["web-1"]["Pid"])
        self.assertEqual(before["other-1"]["Pid"], after["other-1"]["Pid"])
        self.up("--force-recreate", "other")
        self.assertNotEqual(before["other-1"]["Pid"], self.replica("other-1")["Pid"])

    def test_force_recreate_is_about_what_is_named_unless_deps_are_asked_for(self):
        self.file({"db": {"command": SLEEP}, "web": {"command": SLEEP, "depends_on": ["db"]}})
        self.up()
        pids = lambda: {name: row["Pid"] for name, row in self.ps().items()}
        first = pids()
        self.up("--force-recreate", "web")
        second = pids()
        self.assertEqual(first["db-1"], second["db-1"])
        self.assertNotEqual(first["web-1"], second["web-1"])
        self.assertRegex(self.consort("plan", "--always-recreate-deps", "web").out, "db-1.*forced")
        self.up("--always-recreate-deps", "web")
        third = pids()
        self.assertNotEqual(second["db-1"], third["db-1"])
        self.assertEqual(second["web-1"], third["web-1"])
        wrong = self.consort("up", "--always-recreate-deps", "--no-recreate", check=False)
        self.assertEqual(wrong.code, 2, wrong)

    def test_an_attached_up_shows_dependencies_when_asked(self):
        done = {"condition": "service_completed_successfully"}
        self.file({"db": {"command": ["echo", "from the database"]},
                   "web": {"command": ["echo", "from the web"], "depends_on": {"db": done}}})
        alone = self.consort("up", "web").out
        self.assertIn("from the web", alone)
        self.assertNotIn("from the database", alone)
        both = self.consort("up", "--attach-dependencies", "web").out
        self.assertIn("from the web", both)
        self.assertIn("from the database", both)
        for other in (("--attach", "web"), ("-d",)):
            self.assertEqual(self.consort("up", "--attach-dependencies", *other, "web", check=False).code, 2)

    def test_wait_fails_when_a_service_gets_unhealthy(self):
        self.file({"web": {"command": SLEEP, "healthcheck": {"test": ["CMD", "false"], "interval": "50ms", "retries": 2}},
                   "next": {"command": SLEEP, "depends_on": {"web": {"condition": "service_healthy"}}}})
        result = self.consort("up", "-d", "--wait", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertIn("unhealthy", result.out + result.err)
        self.assertNotEqual(self.ps()["next-1"]["State"], "running")

    def test_wait_timeout(self):
        self.file({"web": {"command": SLEEP, "healthcheck": {"test": ["CMD", "false"], "interval": "1h", "start_period": "1h"}}})
        result = self.consort("up", "-d", "--wait", "--wait-timeout", "1", check=False)
        self.assertEqual(result.code, 124, result)

    def test_restart_policy(self):
        self.file({"crash": {"command": ["sh", "-c", "echo run >> runs; exit 1"],
                             "deploy": {"restart_policy": {"condition": "on-failure", "delay": "0s", "max_attempts": 3}}}})
        self.up()
        self.wait_for("four runs", lambda: os.path.exists(os.path.join(self.work, "runs")) and
                      len(open(os.path.join(self.work, "runs")).readlines()) == 4)
        row = self.wait_state("crash-1", "exited", "failed")
        self.assertEqual((row["ExitCode"], row["Restarts"]), (1, 3))


if __name__ == "__main__":
    main()
