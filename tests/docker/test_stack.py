"""The stack of files/stack: what a system of containers needs of Compose, all in one file."""
import os
import unittest

from engine import in_own_network, main
from stack import StackTest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files", "stack")


class Stack(StackTest):
    def setUp(self):
        super().setUp()
        self.lay_out(FOLDER, "env")

    def test_every_service_comes_up_in_its_order_and_all_goes(self):
        self.stack("up", "-d", "--wait")
        self.check_up()
        self.assertEqual(self.logs("ready"), ["All is up"])
        self.check_gone()

    def test_two_services_moved_to_processes_meet_the_containers_at_published_ports(self):
        self.override("indexer", "gateway")
        self.stack("up", "-d", "--wait", files=["override.yaml"])
        self.check_up(processes=("indexer", "gateway"))
        self.assertIn("payer: met gateway", self.logs("payer"))
        self.assertIn("gateway: met queue", self.logs("gateway"))
        self.check_gone()


if __name__ == "__main__":
    in_own_network()
    main()
