#pragma once

// Finds and signals what a service has left behind outside its process group. Costs a walk over
// /proc, so it is only used when the shim still has children although the leader is gone, or at the
// end of the grace.

#include <sys/types.h>

namespace consort::shim {

struct TreeQuery {
  pid_t root = 0;    // its descendants belong to the tree, itself not
  pid_t member = 0;  // belongs to the tree itself, with its descendants; 0: none
  const char* mark =
      nullptr;           // "NAME=value" at the front of a member's environment; null: not looked at
  pid_t group = 0;       // only members of this process group; 0: all
  bool outside = false;  // only members that are not in that group
};

// Sends `signal` to each member that is not a zombie, by pidfd after a second look at who it is; 0
// only counts. The number of living members.
int signal_tree(const TreeQuery& query, int signal);

}  // namespace consort::shim
