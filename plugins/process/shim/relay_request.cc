#include "relay_request.h"

#include <stdlib.h>
#include <string.h>

#include "sys.h"

namespace consort::shim {
namespace {

// Cuts the next word off `at`; null at the end.
char* next_word(char*& at) {
  if (at == nullptr || *at == 0) return nullptr;
  char* word = at;
  char* space = strchr(at, ' ');
  if (space != nullptr) *space = 0;
  at = space == nullptr ? nullptr : space + 1;
  return word;
}

bool keep(const char* word, char* into, std::size_t size) {
  if (word == nullptr || *word == 0 || strlen(word) >= size) return false;
  memcpy(into, word, strlen(word) + 1);
  return true;
}

}  // namespace

Call::~Call() {
  free(block_);
  free(fields_);
}

int Call::take(Buffer& input) {
  auto* newline =
      input.size() == 0 ? nullptr : static_cast<char*>(memchr(input.data(), '\n', input.size()));
  if (newline == nullptr) return input.size() > most_header ? -1 : 0;
  const auto header_size = static_cast<std::size_t>(newline - input.data());
  Buffer header;
  header.add(input.data(), header_size);
  header.text();
  if (strlen(header.data()) != header_size || header_size > most_header) return -1;
  char* at = header.data();
  if (!keep(next_word(at), id_, sizeof id_) || !keep(next_word(at), op_, sizeof op_)) return -1;

  Buffer lengths;
  std::size_t total = 0;
  while (char* word = next_word(at)) {
    std::uint64_t length = 0;
    if (!parse_number(word, length) || length > most_bytes || ++count_ > most_fields) return -1;
    total += length;
    lengths.add(reinterpret_cast<const char*>(&length), sizeof length);
  }
  if (total > most_bytes) return -1;
  if (input.size() - header_size - 1 < total) {
    count_ = 0;
    return 0;
  }
  block_ = static_cast<char*>(malloc(total + count_ + 1));
  fields_ = static_cast<Field*>(calloc(count_ + 1, sizeof(Field)));
  if (block_ == nullptr || fields_ == nullptr) abort();
  const char* from = input.data() + header_size + 1;
  char* to = block_;
  for (std::size_t i = 0; i < count_; ++i) {
    std::uint64_t length = 0;
    memcpy(&length, lengths.data() + i * sizeof length, sizeof length);
    memcpy(to, from, length);
    to[length] = 0;
    fields_[i] = {to, length};
    from += length;
    to += length + 1;
  }
  input.drop_front(header_size + 1 + total);
  return 1;
}

bool Call::number(std::size_t index, std::uint64_t& value) const {
  return index < count_ && parse_number(fields_[index].text, value);
}

}  // namespace consort::shim
