#include "plugins/docker/output_pump.h"

#include <unistd.h>

#include <cerrno>

#include "plugins/docker/nonblocking.h"

namespace consort::docker {

OutputPump::OutputPump(Engine& engine, Hijack& stream, bool tty, Fd out, Fd err, bool with_reader)
    : engine_(engine),
      stream_(stream),
      frames_(tty),
      out_(std::move(out)),
      err_(std::move(err)),
      with_reader_(with_reader),
      over_(engine.reactor()) {
  for (const Fd* fd : {&out_, &err_}) {
    if (*fd) make_nonblocking(*fd);
  }
}

OutputPump::~OutputPump() {
  for (const Fd* fd : {&out_, &err_}) {
    if (*fd) engine_.reactor().unwatch(fd->get());
  }
}

void OutputPump::start() {
  look_after_reader();
  if (with_reader_) {
    stream_.on_closed([this] {
      if (!holds()) over_.set();
    });
  }
  stream_.start([this](std::string_view bytes) {
    frames_.put(bytes);
    pass();
  });
  if (with_reader_ && stream_.closed().is_set() && !holds()) over_.set();
}

// A pipe is never readable at its other end: what is told is that its reader has gone.
void OutputPump::look_after_reader() {
  if (!with_reader_) return;
  engine_.reactor().watch(out_.get(), CONSORT_READABLE, [this](std::uint32_t) { over_.set(); });
}

// False: no room.
bool OutputPump::write_held() {
  while (!held_.empty() && *held_for_) {
    const ssize_t written = ::write(held_for_->get(), held_.data(), held_.size());
    if (written > 0) {
      held_.erase(0, static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      held_.clear();
      if (with_reader_) break;  // which is told of it
      engine_.reactor().unwatch(held_for_->get());
      held_for_->reset();
    }
  }
  return true;
}

void OutputPump::pass() {
  for (;;) {
    const bool waited = held_for_ != nullptr;
    if (!waited) {
      const auto frame = frames_.take_bytes();
      if (!frame) break;
      held_ = frame->bytes;
      held_for_ = frame->stream == CONSORT_STDERR ? &err_ : &out_;
    }
    if (!write_held()) {
      stream_.pause();
      if (waited) return;
      engine_.reactor().watch(held_for_->get(), CONSORT_WRITABLE,
                              [this](std::uint32_t) { pass(); });
      return;
    }
    if (waited && *held_for_) {
      engine_.reactor().unwatch(held_for_->get());
      look_after_reader();
    }
    held_.clear();
    held_for_ = nullptr;
  }
  if (stream_.closed().is_set()) {
    over_.set();
  } else {
    stream_.resume();
  }
}

}  // namespace consort::docker
