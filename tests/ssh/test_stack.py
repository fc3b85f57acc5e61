"""The whole of it: three hosts, this one with PostgreSQL as a native process and two others with workers that use
it, a job that depends on the workers, a link that is cut for a while, and nothing left at the end."""
import glob
import os
import pwd
import subprocess

import hosts as h
from hosts import Hosts, RemoteTest, main, shim_files, skip

BIN = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)), None)
if BIN is None:
    skip("there is no PostgreSQL (package postgresql-15)")
HOSTS = Hosts("alpha", "beta")
ALPHA, BETA = HOSTS.alpha, HOSTS.beta

# Each worker puts numbers into the table, one after the other, and says each one once it is there. While the
# database cannot be reached it tries again; an insert that was done and not heard of is not done twice.
WORKER = """
i=0
while :; do
  i=$$((i+1))
  until psql -qAt -c "insert into work values ('$$NAME', $$i) on conflict do nothing"; do sleep 0.1; done
  echo $$i
done
"""


class Stack(RemoteTest):
    hosts = HOSTS

    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o711)  # PostgreSQL is another user
        os.chmod(self.work, 0o711)
        self.data = os.path.join(self.dir, "data")
        os.mkdir(self.data, 0o700)
        user = pwd.getpwnam("postgres")
        os.chown(self.data, user.pw_uid, user.pw_gid)
        self.port = h.harness.free_port()
        subprocess.run([f"{BIN}/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync"], check=True,
                       user="postgres", group="postgres", extra_groups=[], capture_output=True, cwd="/",
                       env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
        with open(os.path.join(self.data, "pg_hba.conf"), "a") as file:
            file.writelines(f"host all all {host.address}/32 trust\n" for host in HOSTS.all.values())

    def worker(self, host):
        return {"host": host.name, "command": ["sh", "-c", WORKER],
                "environment": {"NAME": host.name, "PGHOST": host.here, "PGPORT": str(self.port), "PGUSER": "postgres",
                                "PGCONNECT_TIMEOUT": "60", "PATH": f"{BIN}:/usr/bin:/bin"},
                "healthcheck": {"test": ["CMD-SHELL", f"test $$(psql -qAt -c \"select count(*) from work where worker = '{host.name}'\") -gt 0"],
                                "interval": "200ms", "timeout": "30s", "retries": 1000},
                "depends_on": {"schema": {"condition": "service_completed_successfully"}}}

    def query(self, text):
        return subprocess.run([f"{BIN}/psql", "-qAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", text],
                              check=True, capture_output=True, text=True).stdout.strip()

    def states(self):
        return {name: row["State"] for name, row in self.ps().items()}

    def test_three_hosts(self):
        ours = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres"}
        self.file({
            "db": {"binary": f"{BIN}/postgres", "user": "postgres", "working_dir": "/",
                   "args": ["-D", self.data, "-p", str(self.port), "-h", "*", "-k", self.data, "-F"],
                   "stop_signal": "SIGINT",
                   "healthcheck": {"test": ["CMD", f"{BIN}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                                   "interval": "100ms", "retries": 1000}},
            "schema": {"command": [f"{BIN}/psql", "-q", "-c", "create table work (worker text, number int, unique (worker, number))"],
                       "environment": ours, "depends_on": {"db": {"condition": "service_healthy"}}},
            "alpha": self.worker(ALPHA),
            "beta": self.worker(BETA),
            "report": {"command": [f"{BIN}/psql", "-qAt", "-c", "select count(distinct worker) from work"], "environment": ours,
                       "depends_on": {"alpha": {"condition": "service_healthy"}, "beta": {"condition": "service_healthy"}}},
        })
        self.up()
        self.wait_state("report-1", "exited")
        self.assertEqual(self.logs("report"), ["2"])
        expected = {"db-1": "running", "schema-1": "exited", "report-1": "exited", "alpha-1": "running", "beta-1": "running"}
        self.assertEqual(self.states(), expected)

        instance = self.replica("alpha-1")["Instance"]
        ALPHA.cut()
        self.wait_state("alpha-1", "unknown")
        self.assertEqual(self.states(), {**expected, "alpha-1": "unknown"})
        before = int(self.query("select max(number) from work where worker = 'beta'"))
        self.wait_for("beta to go on", lambda: int(self.query("select max(number) from work where worker = 'beta'")) > before)
        ALPHA.join()
        self.wait_state("alpha-1", "running")
        self.assertEqual(self.replica("alpha-1")["Instance"], instance)
        before = len(self.logs("alpha"))
        self.wait_for("alpha to go on", lambda: len(self.logs("alpha")) > before + 5)
        self.assertEqual(self.states(), expected)

        self.consort("stop", "alpha", "beta")
        for worker in ("alpha", "beta"):
            said = self.check_numbered(worker)
            stored = int(self.query(f"select count(*) from work where worker = '{worker}'"))
            self.assertIn(stored - said, (0, 1))  # one may be stored and not said when it is stopped
            self.assertGreater(said, 5)
        self.consort("down")
        self.assertEqual(self.survivors(), [])
        for host in (ALPHA, BETA):
            self.assertEqual(host.files(), shim_files(host))

    def test_down_purge_cache_leaves_no_file_on_any_host(self):
        self.file({"alpha": {"host": "alpha", "command": "sleep 1000"}, "beta": {"host": "beta", "command": "sleep 1000"}})
        self.up()
        self.consort("down", "--purge-cache")
        for host in (ALPHA, BETA):
            self.assertEqual(host.files(), [])


if __name__ == "__main__":
    main()
