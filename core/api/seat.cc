#include "core/api/seat.h"

#include <algorithm>
#include <chrono>

namespace consort::api {

Seat::Seat(Shared& shared, Socket& socket, const Route& route) : shared_(shared) {
  const bool reads = route.method == "GET";
  if (route.span == Span::endless) {
    if (reads) {
      follow(socket);
    } else {
      count(shared_.commands, shared_.limits.commands, "commands");
    }
  } else if (!reads) {
    count(shared_.operations, shared_.limits.operations, "operations");
  }
}

Seat::~Seat() {
  if (follower_) std::erase(shared_.followers, &*follower_);
  if (counted_ != nullptr) --*counted_;
}

void Seat::follow(Socket& socket) {
  if (!make_room()) return;
  follower_.emplace(Follower{socket, std::nullopt, false});
  shared_.followers.push_back(&*follower_);
}

// Where all places are taken, the follower that has read nothing for longest gives up its own.
bool Seat::make_room() {
  const auto stays = [](const Follower* follower) { return !follower->dropped; };
  const auto open = static_cast<std::size_t>(std::ranges::count_if(shared_.followers, stays));
  if (open < shared_.limits.followers) return true;
  const auto now = std::chrono::steady_clock::now();
  Follower* longest = nullptr;
  for (Follower* one : shared_.followers) {
    if (one->dropped || !one->stalled_since) continue;
    if (now - *one->stalled_since < shared_.limits.stall) continue;
    if (longest == nullptr || *one->stalled_since < *longest->stalled_since) longest = one;
  }
  if (longest == nullptr) {
    refuse(open, "streams");
    return false;
  }
  longest->dropped = true;
  boost::system::error_code ignored;
  longest->socket.shutdown(Socket::shutdown_both, ignored);
  shared_.log("hangs up on a client that does not read what it asked to follow");
  return true;
}

void Seat::count(std::size_t& open, std::size_t most, const char* kind) {
  if (open >= most) return refuse(open, kind);
  counted_ = &++open;
}

void Seat::refuse(std::size_t open, const char* kind) {
  refusal_ = std::to_string(open) + ' ' + kind + " are open already; close some";
}

}  // namespace consort::api
