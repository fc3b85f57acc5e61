#pragma once

#include <cstddef>
#include <cstdint>

namespace consort::shim {

// Bytes that grow. Only the relay uses the heap; without memory it ends, and nothing is lost by
// that.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  char* data() { return data_; }
  const char* data() const { return data_; }
  std::size_t size() const { return size_; }

  Buffer& add(const char* bytes, std::size_t length);
  Buffer& add(const char* text);
  Buffer& add(std::uint64_t number);
  // Room for `length` more bytes, and a NUL behind them; grew() says how many were put there.
  char* room(std::size_t length);
  void grew(std::size_t length) { size_ += length; }
  void drop_front(std::size_t length);
  void clear() { size_ = 0; }
  // Its memory too.
  void release();
  // The bytes as text: with a NUL behind them, which does not count.
  const char* text();

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// A copy on the heap.
char* copy_text(const char* text);

}  // namespace consort::shim
