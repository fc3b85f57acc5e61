"""The local network of edgeandnode, 21 services, from a folder beside the project or CONSORT_LOCAL_NETWORK. The
file is read where it is: its images are stand-ins, its ports those of a network namespace of this test's own."""
import os
import unittest

from engine import in_own_network, main, skip
from stack import StackTest

SOURCE = os.environ.get("CONSORT_SOURCE_DIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FOLDER = os.environ.get("CONSORT_LOCAL_NETWORK", os.path.join(SOURCE, "../shared/corpus/local-network"))


class LocalNetwork(StackTest):
    FILE = "docker-compose.yaml"

    def setUp(self):
        super().setUp()
        self.env["IISA_VERSION"] = "local"  # empty in its .env: whoever enables that profile sets it
        self.lay_out(FOLDER, ".env")

    def test_all_twenty_one_come_up_and_the_last_job_says_so(self):
        self.assertEqual(len(self.stand_ins), 21)
        self.stack("up", "-d", "--wait")
        self.check_up()
        self.assertEqual(self.logs("ready"), ["Local network ready"])
        self.check_gone()

    def test_mixed_with_two_processes(self):
        self.override("graph-node", "gateway")
        self.stack("up", "-d", "--wait", files=["override.yaml"])
        self.check_up(processes=("graph-node", "gateway"))
        self.assertIn("subgraph-deploy: met graph-node", self.logs("subgraph-deploy"))
        self.assertIn("gateway: met indexer-service", self.logs("gateway"))
        self.assertEqual(self.logs("ready"), ["Local network ready"])
        self.check_gone()


if __name__ == "__main__":
    if not os.path.isfile(os.path.join(FOLDER, LocalNetwork.FILE)):
        skip(f"there is no local network in {FOLDER} (set CONSORT_LOCAL_NETWORK)")
    in_own_network()
    main()
