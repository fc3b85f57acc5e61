#include "core/base/text.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "core/base/utf8.h"

namespace consort::base {
namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t most_candidates = 10'000;

// Optimal string alignment distance.
std::size_t edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, 2 * longest_word>, longest_word + 1> d;
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
  const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  std::string_view best;
  std::size_t best_edits = limit + 1;
  if (word.size() > longest_word) return {};
  if (candidates.size() > most_candidates) candidates = candidates.first(most_candidates);
  for (const auto candidate : candidates) {
    const std::size_t a = word.size(), b = candidate.size();
    if (std::max(a, b) - std::min(a, b) >= best_edits) continue;  // so many at least
    if (const std::size_t n = edits(word, candidate); n < best_edits) {
      best = candidate;
      best_edits = n;
    }
  }
  return std::string(best);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t start = 0;;) {
    const std::size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string joined;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) joined += separator;
    joined += parts[i];
  }
  return joined;
}

std::string visible(std::string_view text, std::string_view kept) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    if (c.code < 0x80 && kept.find(text[0]) != std::string_view::npos) {
      shown += text[0];
    } else if (c.code < 0x20 || c.code == 0x7F) {
      shown += '^';
      shown += static_cast<char>(c.code ^ 0x40);
    } else if (c.code >= 0x80 && c.code < 0xA0) {  // what ESC and a letter are in one
      shown += "^[";
      shown += static_cast<char>(c.code - 0x40);
    } else if (c.valid &&
               ((c.code >= 0x202A && c.code <= 0x202E) || (c.code >= 0x2066 && c.code <= 0x2069))) {
      static constexpr char digits[] = "0123456789ABCDEF";
      shown += "<U+20";
      shown += digits[c.code >> 4 & 15];
      shown += digits[c.code & 15];
      shown += '>';
    } else {
      shown += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return shown;
}

std::string random_hex(std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string bytes(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t n = ::getrandom(bytes.data() + have, size - have, 0);
    if (n > 0) have += static_cast<std::size_t>(n);
  }
  std::string hex;
  hex.reserve(2 * size);
  for (const char byte : bytes) {
    hex += digits[static_cast<unsigned char>(byte) >> 4];
    hex += digits[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

}  // namespace consort::base
