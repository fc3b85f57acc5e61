#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "sys.h"

namespace consort::shim {

Buffer::~Buffer() { free(data_); }

void Buffer::release() {
  free(data_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

char* Buffer::room(std::size_t length) {
  if (size_ + length + 1 > capacity_) {
    std::size_t wanted = capacity_ * 2;
    if (wanted < size_ + length + 1) wanted = size_ + length + 1;
    if (wanted < 256) wanted = 256;
    auto* grown = static_cast<char*>(realloc(data_, wanted));
    if (grown == nullptr) abort();
    data_ = grown;
    capacity_ = wanted;
  }
  return data_ + size_;
}

Buffer& Buffer::add(const char* bytes, std::size_t length) {
  memcpy(room(length), bytes, length);
  size_ += length;
  return *this;
}

Buffer& Buffer::add(const char* text) { return add(text, strlen(text)); }

Buffer& Buffer::add(std::uint64_t number) {
  char digits[24];
  return add(Text(digits, sizeof digits).add(number).c_str());
}

void Buffer::drop_front(std::size_t length) {
  size_ -= length;
  memmove(data_, data_ + length, size_);
}

const char* Buffer::text() {
  *room(0) = 0;
  return data_;
}

char* copy_text(const char* text) {
  char* copy = strdup(text);
  if (copy == nullptr) abort();
  return copy;
}

}  // namespace consort::shim
