#pragma once

#include <csignal>
#include <initializer_list>
#include <utility>
#include <vector>

#include "core/base/file.h"

namespace consort::cli {

// While it lives, these signals do nothing but make `fd()` readable, once for each that came.
// One object at a time in a process.
class Interrupts {
 public:
  explicit Interrupts(std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP});
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int fd() const { return read_.get(); }
  // Takes one signal off and returns its number; 0 if there is none.
  int take();
  // Takes all off; how many there were.
  int take_all();

 private:
  base::Fd read_, write_;
  std::vector<std::pair<int, struct sigaction>> before_;
};

// A descriptor that becomes readable, and stays so, when it is raised. Any thread.
class Flag {
 public:
  Flag();
  int fd() const { return fd_.get(); }
  void raise();

 private:
  base::Fd fd_;
};

}  // namespace consort::cli
