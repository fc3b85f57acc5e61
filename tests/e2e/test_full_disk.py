"""A disk that is full stalls who writes: commands and doctor say so."""
import ctypes
import json
import os
import subprocess
import unittest

from harness import ProjectTest, main

NEWNS = 0x00020000


@unittest.skipUnless(os.geteuid() == 0, "needs root, to mount a small disk")
class FullDisk(ProjectTest):
    def setUp(self):
        super().setUp()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEWNS) != 0:  # what is mounted ends with this process
            self.skipTest("cannot have a mount namespace: " + os.strerror(ctypes.get_errno()))
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "disk", self.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state])

    def test_commands_and_doctor_tell_of_a_full_disk(self):
        self.file({"web": {"command": ["sleep", "1000"]}})
        self.up()
        self.assertNotIn("is full", self.consort("ps").err)
        filler = os.path.join(self.state, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        for words in (["ps"], ["logs"], ["up", "-d"]):
            told = self.consort(*words, check=False).err
            self.assertEqual(told.count(f"the disk of {self.project_state()} is full"), 1, told)
        checks = json.loads(self.consort("doctor", "--format", "json", check=False).out)
        self.assertIn("a service that writes waits while the disk is full", json.dumps(checks))
        os.remove(filler)
        self.assertNotIn("is full", self.consort("ps").err)


if __name__ == "__main__":
    main()
