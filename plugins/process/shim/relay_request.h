#pragma once

#include <cstddef>

#include "buffer.h"

namespace consort::shim {

// A request of the relay's protocol (relay.h).
class Call {
 public:
  struct Field {
    char* text;  // a NUL behind it, which is not counted
    std::size_t length;
  };
  static constexpr std::size_t most_fields = 16384;
  static constexpr std::size_t most_header = 256 << 10;
  static constexpr std::size_t most_bytes = 16 << 20;

  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  // Takes one request from the front of `input`. 1: there it is; 0: it is not all there yet; -1:
  // this is no request, and nothing behind it can be read.
  int take(Buffer& input);

  const char* id() const { return id_; }
  const char* op() const { return op_; }
  std::size_t count() const { return count_; }
  const Field& field(std::size_t index) const { return fields_[index]; }
  // "" where there is no such field.
  const char* text(std::size_t index) const { return index < count_ ? fields_[index].text : ""; }
  // False if it is no number.
  bool number(std::size_t index, std::uint64_t& value) const;

 private:
  char id_[24] = {};
  char op_[24] = {};
  char* block_ = nullptr;
  Field* fields_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace consort::shim
