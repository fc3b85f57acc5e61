#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/api/connection.h"
#include "core/api/routes.h"

namespace consort::api {

// A place among the answers that last, of the route's kind (Limits), for as long as this lives.
// What reads something that is there already needs none. On the server's thread.
class Seat {
 public:
  Seat(Shared& shared, Socket& socket, const Route& route);
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  // "" where there was a place, else why not.
  const std::string& refusal() const { return refusal_; }
  // What tells the others whether this client reads; none where it follows nothing.
  Follower* follower() { return follower_ ? &*follower_ : nullptr; }

 private:
  void follow(Socket& socket);
  bool make_room();
  void count(std::size_t& open, std::size_t most, const char* kind);
  void refuse(std::size_t open, const char* kind);

  Shared& shared_;
  std::optional<Follower> follower_;
  std::size_t* counted_ = nullptr;
  std::string refusal_;
};

}  // namespace consort::api
