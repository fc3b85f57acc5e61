// Who follows an instance: its log, its state, and what tells of a change of either.
#include <fcntl.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <initializer_list>
#include <new>

#include "protocol.h"
#include "relay_state.h"

namespace consort::shim {

namespace {

constexpr std::size_t most_log = 1 << 20;
// Below this there is nothing to gain: it goes as one packet anyway.
constexpr std::size_t least_packed = 1024;

}  // namespace

void Relay::follow(const Call& call) {
  std::uint64_t segment = 0, offset = 0, most = 0;
  if (!call.number(1, segment) || !call.number(2, offset) || !call.number(3, most)) {
    return reply(call.id(), "failed", "follow needs numbers");
  }
  Pending& p = add(call, Pending::Kind::follow);
  p.watch = watch(call.text(0));
  p.watch->dirty = true;
  p.place = {static_cast<std::uint32_t>(segment), offset};
  p.most = most < 65536 ? 65536 : most > most_log ? most_log : most;
  strncpy(p.known, call.text(4), sizeof p.known - 1);
  p.packed = strcmp(call.text(5), "lz4") == 0;
}

void Relay::answer(const Pending& p, const LogPlace& place, const char* word, const Buffer& bytes) {
  Buffer text;
  text.add(place.segment).add(" ").add(place.offset).add(" ").add(word).add("\n");
  output_.add(p.id).add(" ok ").add(text.size() + bytes.size()).add("\n");
  output_.add(text.data(), text.size());
  if (bytes.size() != 0) output_.add(bytes.data(), bytes.size());
}

// Compressed where that makes it smaller: whatever the network, encrypting costs more. False: there
// is nothing yet.
bool Relay::make_piece(Watch& w) {
  Piece& piece = w.piece;
  if (piece.length != 0) return true;
  piece.place = piece.from;
  log_.clear();
  if (!read_log(w.dir, piece.place, piece.most, log_, w.segment_fd, w.segment)) return false;
  piece.length = log_.size();
  piece.bytes.clear();
  int size = 0;
  if (piece.packed && log_.size() >= least_packed) {
    const int length = static_cast<int>(log_.size());
    size = LZ4_compress_default(log_.data(), piece.bytes.room(log_.size()), length, length);
  }
  piece.compressed = size > 0;
  if (piece.compressed) {
    piece.bytes.grew(static_cast<std::size_t>(size));
  } else {
    piece.bytes.add(log_.data(), log_.size());
  }
  return true;
}

void Relay::answer_piece(const Pending& p) {
  Piece& piece = p.watch->piece;
  char word[32] = "data";
  if (piece.compressed) Text(word, sizeof word).add("lz4 ").add(piece.length);
  answer(p, piece.place, word, piece.bytes);
  // It goes on where this was all that may be answered at once, but for the end of a line.
  p.watch->ahead = piece.length > piece.most / 2;
  if (!p.watch->ahead) piece.bytes.release();
  piece.from = {piece.place.segment, piece.place.offset + piece.length};
  piece.length = 0;
}

Watch* Relay::to_be_ahead() const {
  Watch* w = watches_;
  while (w != nullptr && !w->ahead) w = w->next;
  return w;
}

void Relay::work_ahead(Watch& w) {
  w.ahead = false;
  make_piece(w);
}

// An orphan gets a new shim; until then it is as it was.
Condition Relay::look(Watch& w, Buffer& exit) {
  int shim = 0;
  const Condition condition = look_at(w.dir, exit, shim);
  if (shim != 0 && (w.pidfd < 0 || w.shim != shim)) {
    if (w.pidfd >= 0) close(w.pidfd);
    w.shim = shim;
    w.pidfd = pidfd_open(shim);
    if (w.pidfd >= 0) fcntl(w.pidfd, F_SETFD, FD_CLOEXEC);
    w.adopting = false;
  }
  if (condition == Condition::orphaned && !w.adopting) {
    w.adopting = true;
    const int said = launch(w.dir, true);
    if (said >= 0) close(said);
  }
  return condition;
}

bool Relay::try_follow(Pending& p) {
  Watch& w = *p.watch;
  if (w.log < 0) {
    Buffer log;
    log.add(w.dir).add("/").add(log_directory);
    w.log = inotify_add_watch(inotify_, log.text(), IN_MODIFY | IN_CREATE);
  }
  Piece& piece = w.piece;
  if (piece.from != p.place || piece.most != p.most || piece.packed != p.packed) {
    piece.from = p.place;
    piece.most = p.most;
    piece.packed = p.packed;
    piece.length = 0;
  }
  if (make_piece(w)) {
    answer_piece(p);
    return true;
  }
  Buffer exit;
  const Condition condition = look(w, exit);
  // What it wrote just before that.
  if (make_piece(w)) {
    answer_piece(p);
    return true;
  }
  const char* word = word_of(condition);
  if (strcmp(word, p.known) == 0) return false;
  answer(p, p.place, word, exit);
  return true;
}

Watch* Relay::watch(const char* dir) {
  for (Watch* w = watches_; w != nullptr; w = w->next) {
    if (strcmp(w->dir, dir) == 0) {
      w->dirty = true;
      return w;
    }
  }
  auto* made = ::new (malloc(sizeof(Watch))) Watch;
  made->dir = copy_text(dir);
  made->folder = inotify_add_watch(inotify_, dir, IN_MOVED_TO | IN_CREATE);
  made->next = watches_;
  watches_ = made;
  return made;
}

// Who waits for it is answered.
void Relay::unwatch(const char* dir) {
  for (Watch** at = &watches_; *at != nullptr; at = &(*at)->next) {
    Watch* w = *at;
    if (strcmp(w->dir, dir) != 0) continue;
    for (Pending* p = pending_; p != nullptr; p = p->next) {
      if (p->watch == w) p->watch = nullptr;
    }
    if (w->folder >= 0) inotify_rm_watch(inotify_, w->folder);
    if (w->log >= 0) inotify_rm_watch(inotify_, w->log);
    for (const int fd : {w->pidfd, w->segment_fd}) {
      if (fd >= 0) close(fd);
    }
    *at = w->next;
    free(w->dir);
    w->~Watch();
    free(w);
    return;
  }
}

}  // namespace consort::shim
