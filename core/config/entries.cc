#include "core/config/entries.h"

#include <functional>
#include <utility>

#include "core/config/node.h"

namespace consort::config {
namespace {

constexpr std::size_t small = 16;  // up to here a search is as fast

std::size_t hash(std::string_view key) { return std::hash<std::string_view>()(key); }

}  // namespace

Entries::Entries() = default;
Entries::Entries(const Entries&) = default;
Entries::Entries(Entries&&) noexcept = default;
Entries& Entries::operator=(const Entries&) = default;
Entries& Entries::operator=(Entries&&) noexcept = default;
Entries::~Entries() = default;

std::size_t Entries::size() const { return all_.size(); }
Entry* Entries::begin() { return all_.data(); }
Entry* Entries::end() { return all_.data() + all_.size(); }
const Entry* Entries::begin() const { return all_.data(); }
const Entry* Entries::end() const { return all_.data() + all_.size(); }
Entry& Entries::operator[](std::size_t i) { return all_[i]; }
const Entry& Entries::operator[](std::size_t i) const { return all_[i]; }
Entry& Entries::back() { return all_.back(); }

const Entry* Entries::find(std::string_view key) const {
  if (slots_.empty()) {
    for (const auto& entry : all_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash(key) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const Entry& entry = all_[slots_[at] - 1];
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Entry* Entries::find(std::string_view key) {
  return const_cast<Entry*>(std::as_const(*this).find(key));
}

void Entries::reserve(std::size_t size) { all_.reserve(size); }

void Entries::push_back(Entry entry) {
  all_.push_back(std::move(entry));
  if (all_.size() * 2 > slots_.size()) return index_all();
  index(all_.size() - 1);
}

void Entries::rename(Entry& entry, std::string_view key) {
  entry.key = key;
  index_all();
}

std::size_t Entries::erase_if(const std::function<bool(Entry&)>& is_out) {
  const std::size_t erased = std::erase_if(all_, is_out);
  if (erased > 0) index_all();
  return erased;
}

void Entries::index(std::size_t i) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash(all_[i].key) & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if (all_[slots_[at] - 1].key == all_[i].key) return;  // the first is found
  }
  slots_[at] = static_cast<std::uint32_t>(i + 1);
}

// A slot in four is taken then; at one in two it is done again.
void Entries::index_all() {
  slots_.clear();
  if (all_.size() <= small) return;
  std::size_t size = small * 4;
  while (size < all_.size() * 4) size *= 2;
  slots_.resize(size);
  for (std::size_t i = 0; i < all_.size(); ++i) index(i);
}

}  // namespace consort::config
