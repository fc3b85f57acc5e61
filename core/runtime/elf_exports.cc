#include "core/runtime/elf_exports.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/base/file.h"

namespace consort::runtime {

using base::Error;
using base::ErrorKind;

namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

constexpr int native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr std::uint64_t max_table = 64u << 20;  // bytes; real ones are far below

// `size` bytes of the file; shorter where it ends.
std::string read_at(int fd, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(std::min(size, max_table), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + filled, bytes.size() - filled,
                              static_cast<off_t>(offset + filled));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    filled += static_cast<std::size_t>(n);
  }
  bytes.resize(filled);
  return bytes;
}

// The i-th T of a table of them; none beyond its end.
template <class T>
std::optional<T> element(std::string_view table, std::size_t i) {
  if (i >= table.size() / sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, table.data() + i * sizeof(T), sizeof value);
  return value;
}

std::optional<Header> header_of(int fd) {
  return element<Header>(read_at(fd, 0, sizeof(Header)), 0);
}

// Null if it is a shared library that this program could load.
const char* why_not_loadable(const std::optional<Header>& header) {
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return "it is not an ELF file";
  if (header->e_ident[EI_CLASS] != native_class) return "it is for a machine of another word size";
  static const auto own = header_of(base::Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)).get());
  if (own && own->e_machine != header->e_machine) return "it is for another kind of processor";
  if (header->e_type != ET_DYN) return "it is an ELF file of another type";
  if (header->e_shentsize != sizeof(Section)) return "it has no section table";
  return nullptr;
}

bool is_exported(const Symbol& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_name != 0 && binding != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

// Put there by linkers, not by the plugin.
bool is_linkers_own(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"_init", "_fini",  "_edata",
                                                  "_end",  "_etext", "__bss_start"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> exports_in(std::string_view symbols, std::string_view names) {
  std::vector<std::string> found;
  for (std::size_t i = 0; const auto symbol = element<Symbol>(symbols, i); ++i) {
    if (!is_exported(*symbol) || symbol->st_name >= names.size()) continue;
    std::string_view name = names.substr(symbol->st_name);
    name = name.substr(0, name.find('\0'));
    if (!is_linkers_own(name)) found.emplace_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(const std::filesystem::path& library) {
  const base::Fd fd(::open(library.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return base::system_error("open", library, errno);
  const auto not_a_library = [&](const std::string& why) {
    return Error(ErrorKind::invalid, library.string() + " is not a shared library: " + why);
  };
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::system_error("open", library, errno);
  if (!S_ISREG(info.st_mode)) return not_a_library("it is not a regular file");

  const auto header = header_of(fd.get());
  if (const char* why = why_not_loadable(header)) return not_a_library(why);
  const std::string sections =
      read_at(fd.get(), header->e_shoff, std::uint64_t{header->e_shnum} * sizeof(Section));
  for (std::size_t i = 0; const auto symbols = element<Section>(sections, i); ++i) {
    if (symbols->sh_type != SHT_DYNSYM) continue;
    const auto names = element<Section>(sections, symbols->sh_link);
    if (!names) break;
    return exports_in(read_at(fd.get(), symbols->sh_offset, symbols->sh_size),
                      read_at(fd.get(), names->sh_offset, names->sh_size));
  }
  return not_a_library("it has no dynamic symbol table");
}

}  // namespace consort::runtime
