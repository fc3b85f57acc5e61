#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "buffer.h"
#include "relay_instance.h"
#include "relay_request.h"
#include "sys.h"

// The relay (relay.h) as its parts know it: relay.cc is its loop, relay_serve.cc answers what can
// be answered at once, relay_start.cc, relay_follow.cc and relay_stop.cc what takes time.
namespace consort::shim {

// A piece of a log as it is answered, compressed or not.
struct Piece {
  LogPlace from;  // what was asked for
  std::size_t most = 0;
  bool packed = false;     // who asks takes LZ4
  LogPlace place;          // of the first byte that there is
  std::size_t length = 0;  // of the log; 0: it is not made yet
  bool compressed = false;
  Buffer bytes;
};

// An instance that somebody waits for: its folders and its shim are watched.
struct Watch {
  char* dir = nullptr;
  int folder = -1;  // inotify
  int log = -1;     // inotify
  int shim = 0;     // pid
  int pidfd = -1;
  int segment_fd = -1;
  std::uint32_t segment = 0;
  bool adopting = false;
  bool dirty = true;
  // The next piece while lines come fast: made before it is asked for, when nothing else is to do.
  Piece piece;
  bool ahead = false;  // it is to be made
  Watch* next = nullptr;
};

// A request that is answered later.
struct Pending {
  enum class Kind { start, follow, stop, result } kind = Kind::follow;
  char id[24] = {};
  Watch* watch = nullptr;
  int pipe = -1;  // start: what --detach says
  Buffer said;
  LogPlace place;
  std::size_t most = 0;
  bool packed = false;  // follow: who asks takes LZ4
  char known[16] = {};
  std::uint64_t signal = 0;
  std::uint64_t grace_ms = 0;
  std::uint64_t give_up_at = never;
  bool ordered = false;
  bool done = false;
  Pending* next = nullptr;
};

class Relay {
 public:
  int run();

 private:
  // relay.cc
  bool greet();
  void reply(const char* id, const char* status, const char* bytes, std::size_t length);
  void reply(const char* id, const char* status, const char* text) {
    reply(id, status, text, strlen(text));
  }
  void fail(const char* id, const char* what, const char* name, int error);
  void wait();
  void take_input();
  void take_events();
  void write_output();
  void look_at_pending();

  // relay_serve.cc
  void serve(const Call& call);
  bool serve_instance(const Call& call);
  bool serve_files(const Call& call);
  Pending& add(const Call& call, Pending::Kind kind);
  void command(const Call& call, const char* name, std::size_t numbers);
  void write_input(const Call& call);
  void stats(const Call& call);
  void remove(const Call& call);
  void list(const Call& call);

  // relay_start.cc. Each try_ function, here and below, answers if it can, and says whether.
  void start(const Call& call, bool run_it);
  bool try_start(Pending& pending);
  int launch(const char* dir, bool adopt);

  // relay_stop.cc
  void stop(const Call& call);
  bool try_stop(Pending& pending);
  bool try_result(Pending& pending);

  // relay_follow.cc
  void follow(const Call& call);
  bool try_follow(Pending& pending);
  void answer(const Pending& pending, const LogPlace& place, const char* word, const Buffer& bytes);
  bool make_piece(Watch& watch);
  void answer_piece(const Pending& pending);
  Watch* to_be_ahead() const;
  void work_ahead(Watch& watch);
  Condition look(Watch& watch, Buffer& exit);
  Watch* watch(const char* dir);
  void unwatch(const char* dir);

  Buffer root_;
  Buffer input_;
  Buffer output_;
  Buffer spare_;
  Buffer log_;  // kept as long as lines come one after the other
  Watch* watches_ = nullptr;
  Pending* pending_ = nullptr;
  int inotify_ = -1;
  bool open_ = true;
  std::uint64_t heard_at_ = 0;
};

}  // namespace consort::shim
