"""Files that are made to cost more than they weigh: each is refused, in little memory."""
import os
import subprocess
import unittest

from harness import CONSORT, ProjectTest

MOST_MB = 200
SANITIZED = "__asan_init"  # it takes memory of its own
SERVICE = "services: {a: {image: a}}\n"


def aliases(first, value):
    """Ten levels, each with nine of the one before."""
    return f"x-0: &a0 {first}\n" + "".join(f"x-{i}: &a{i} {value(f'*a{i - 1}')}\n" for i in range(1, 10))


BOMBS = {
    "aliases": aliases("[a]", lambda a: f"[{', '.join([a] * 9)}]"),
    "maps": aliases("{a: b}", lambda a: "{" + ", ".join(f"k{i}: {a}" for i in range(9)) + "}"),
    "merge keys": "x-0: &a {" + ", ".join(f"k{i}: 1" for i in range(400)) + "}\nx-1: {<<: [" + "*a, " * 200_000 + "]}\n",
    "a chain of merge keys": "x-0: &a0 {k: 1}\n" + "".join(
        f"x-{i}: &a{i} {{<<: *a{i - 1}, k{i}: 1}}\n" for i in range(1, 20_000)),
    "an alias of itself": "x-a: &a [*a]\n",
    "brackets": "x-a: " + "[" * 100_000 + "]" * 100_000 + "\n",
    "braces": "x-a: " + "{a: " * 100_000 + "}" * 100_000 + "\n",
    "lists of lists": "x-a:\n  " + "- " * 100_000 + "\n",
    "nested variables": "services: {a: {image: '" + "${A:-" * 90 + "}" * 90 + "'}}\n",
    "a deep chain of variables": "services:\n  a:\n    image: " + "${A:-" * 100_000 + "}" * 100_000 + "\n",
    "many large texts": "services: {a: {image: a, labels: {" + ", ".join(f"l{i}: $V" for i in range(1000)) + "}}}\n",
    "services in a circle": "services: {a: {extends: b}, b: {extends: a}}\n",
    "files in a circle": "include: [compose.yaml]\n",
    "a chain of files": "include: [0.yaml]\n",
    "ranges of ports": SERVICE.replace("image: a", "image: a, ports: [" + "1-65535, " * 1000 + "]"),
    "an env_file of many services": "services:\n" + "".join(
        f"  s{i}: {{image: a, env_file: lines.env}}\n" for i in range(10_000)),
    "a large service again": "services:\n  b: {image: a, ports: [1-60000]}\n" + "".join(
        f"  s{i}: {{extends: b}}\n" for i in range(1000)),
}


class BombsTest(ProjectTest):
    def test_a_file_of_100_mb_is_not_read(self):
        os.truncate(self.write("compose.yaml", "x-a: b"), 100_000_000)
        self.check(*self.run_and_measure())

    def test_each_is_refused_in_little_memory(self):
        for i in range(100):
            self.write(f"{i}.yaml", f"include: [{i + 1}.yaml]\n")
        self.write("lines.env", "\n" * 1_000_000)
        for name, text in BOMBS.items():
            with self.subTest(name):
                self.write("compose.yaml", text)
                self.check(*self.run_and_measure())

    def run_and_measure(self):
        """Exit code, messages and the largest memory in MB."""
        out = os.path.join(self.work, "messages")
        actions = [(os.POSIX_SPAWN_OPEN, fd, out, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600) for fd in (1, 2)]
        env = {**self.env, "V": "x" * 100_000}
        pid = os.posix_spawn(CONSORT, [CONSORT, "-f", os.path.join(self.work, "compose.yaml"), "config"], env,
                             file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        with open(out, encoding="utf-8") as file:
            return os.waitstatus_to_exitcode(status), file.read(), usage.ru_maxrss / 1024

    def check(self, code, messages, memory):
        self.assertEqual(code, 3, messages[:2000])
        self.assertRegex(messages, r"cannot (read|include|extend|interpolate)")
        if subprocess.run(["grep", "-q", SANITIZED, CONSORT]).returncode:
            self.assertLess(memory, MOST_MB)


if __name__ == "__main__":
    unittest.main()
