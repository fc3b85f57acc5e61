#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace consort::config {

struct Entry;  // node.h

// The entries of a map, in the order of its file. However many there are, a key is found without
// a search; keys are unique, but for what a parser reports as a fault: there the first is found.
// An entry's key is changed by rename() alone.
class Entries {
 public:
  Entries();
  Entries(const Entries&);
  Entries(Entries&&) noexcept;
  Entries& operator=(const Entries&);
  Entries& operator=(Entries&&) noexcept;
  ~Entries();

  bool empty() const { return all_.empty(); }
  std::size_t size() const;
  Entry* begin();
  Entry* end();
  const Entry* begin() const;
  const Entry* end() const;
  Entry& operator[](std::size_t i);
  const Entry& operator[](std::size_t i) const;
  Entry& back();

  // nullptr: it is not there.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);

  void reserve(std::size_t size);
  void push_back(Entry entry);
  void rename(Entry& entry, std::string_view key);
  // Returns how many there were.
  std::size_t erase_if(const std::function<bool(Entry&)>& is_out);

 private:
  void index(std::size_t i);
  void index_all();

  std::vector<Entry> all_;
  // Open addressing: places in `all_` from 1, 0 is free. Empty while the map is small.
  std::vector<std::uint32_t> slots_;
};

}  // namespace consort::config
