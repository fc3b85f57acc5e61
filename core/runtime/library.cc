#include "core/runtime/library.h"

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/runtime/elf_exports.h"

namespace consort::runtime {

using base::Error;
using base::ErrorKind;

namespace {

std::string abi_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// dlerror's own words out of Boost.DLL's wrapping of them.
std::string loader_message(const std::exception& e) {
  const std::string what = e.what();
  const std::string before = "dlerror system message: ";
  const auto start = what.find(before);
  if (start == std::string::npos) return what;
  const auto from = start + before.size();
  const auto end = what.rfind(')');
  return what.substr(from, end == std::string::npos || end < from ? std::string::npos : end - from);
}

std::vector<std::string> sorted_features(const char* const* list) {
  std::vector<std::string> features;
  for (; list != nullptr && *list != nullptr; ++list) features.emplace_back(*list);
  std::sort(features.begin(), features.end());
  return features;
}

Error differs(std::string_view what, std::string_view plugin, std::string_view manifest) {
  return Error(ErrorKind::invalid, "the plugin says that its " + std::string(what) + " is '" +
                                       std::string(plugin) + "', its manifest says '" +
                                       std::string(manifest) + "': they are not of the same build");
}

}  // namespace

Result<void> check_abi(const Manifest& manifest, HostAbi abi) {
  const auto& needs = manifest.abi;
  if (needs.major == abi.major && needs.minor_needed <= abi.minor) return {};
  std::string message = "the plugin needs ABI " + abi_text(needs.major, needs.minor_needed);
  if (needs.minor_built > needs.minor_needed) {
    message += " (built for " + abi_text(needs.major, needs.minor_built) + ")";
  }
  message += ", this Consort has " + abi_text(abi.major, abi.minor) + ": ";
  message += needs.major < abi.major ? "update the plugin" : "update Consort";
  return Error(ErrorKind::unsupported, std::move(message));
}

Result<void> check_exports(const std::filesystem::path& library) {
  const auto symbols = exported_symbols(library);
  if (!symbols) return symbols.error();
  const std::string entry = CONSORT_ENTRY_SYMBOL;
  std::vector<std::string> extra;
  for (const std::string& symbol : *symbols) {
    if (symbol != entry) extra.push_back(symbol);
  }
  if (extra.size() == symbols->size()) {
    const auto other = std::find_if(extra.begin(), extra.end(), [](const std::string& symbol) {
      return symbol.starts_with("consort_runtime_entry_v");
    });
    return Error(ErrorKind::invalid,
                 library.string() + (other == extra.end()
                                         ? " is not a runtime plugin: it does not export " + entry
                                         : " is for another major of the ABI: it exports " +
                                               *other + ", not " + entry));
  }
  if (extra.empty()) return {};
  const std::size_t count = extra.size();
  extra.resize(std::min<std::size_t>(count, 3));
  return Error(
      ErrorKind::invalid,
      library.string() + " exports more than " + entry + ": " + base::join(extra, ", ") +
          (count > extra.size() ? " and " + std::to_string(count - extra.size()) + " more" : "") +
          "; link it with the SDK's version script");
}

Result<void> check_descriptor(const consort_entry* entry, const Manifest& manifest) {
  const auto incomplete = [](const char* what) {
    return Error(ErrorKind::invalid, std::string("the plugin's ") + what + " is incomplete");
  };
  if (entry == nullptr || !CONSORT_HAS(consort_entry, entry, create) ||
      entry->descriptor == nullptr || entry->create == nullptr) {
    return incomplete("entry");
  }
  if (entry->abi_major != manifest.abi.major) {
    return differs("ABI major", std::to_string(entry->abi_major),
                   std::to_string(manifest.abi.major));
  }
  const consort_descriptor* own = entry->descriptor();
  if (own == nullptr || !CONSORT_HAS(consort_descriptor, own, features) ||
      own->runtime == nullptr || own->version == nullptr) {
    return incomplete("descriptor");
  }
  if (own->runtime != manifest.runtime) return differs("name", own->runtime, manifest.runtime);
  if (own->version != manifest.version) return differs("version", own->version, manifest.version);
  if (own->minor_needed != manifest.abi.minor_needed) {
    return differs("needed ABI minor", std::to_string(own->minor_needed),
                   std::to_string(manifest.abi.minor_needed));
  }
  if (own->minor_built != manifest.abi.minor_built) {
    return differs("built ABI minor", std::to_string(own->minor_built),
                   std::to_string(manifest.abi.minor_built));
  }
  const auto features = sorted_features(own->features);
  auto declared = manifest.features;
  std::sort(declared.begin(), declared.end());
  if (features != declared) {
    return differs("list of features", base::join(features, " "), base::join(declared, " "));
  }
  return {};
}

Result<void> check_runtime_table(const consort_runtime& runtime) {
  const bool whole = CONSORT_HAS(consort_runtime, &runtime, destroy) && runtime.init != nullptr &&
                     runtime.start != nullptr && runtime.attach != nullptr &&
                     runtime.stop != nullptr && runtime.inspect != nullptr &&
                     runtime.remove != nullptr && runtime.destroy != nullptr;
  if (whole) return {};
  return Error(ErrorKind::invalid, "the plugin's table of functions is incomplete");
}

Result<const consort_entry*> load_library(const std::filesystem::path& library,
                                          const Manifest& manifest) {
  if (auto fits = check_abi(manifest); !fits) return fits.error();
  if (auto exports = check_exports(library); !exports) return exports.error();
  consort_runtime_entry_fn entry = nullptr;
  try {
    // Kept reachable, never destroyed: nothing that was loaded is unloaded.
    static auto& loaded = *new std::vector<boost::dll::shared_library>;
    loaded.emplace_back(library.string(),
                        boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    entry = loaded.back().get<const consort_entry*()>(CONSORT_ENTRY_SYMBOL);
  } catch (const std::exception& e) {
    return Error(ErrorKind::unavailable, "cannot load it: " + loader_message(e));
  }
  try {  // a plugin in C++ without the wrapper may breach the ABI
    const consort_entry* table = entry();
    if (auto same = check_descriptor(table, manifest); !same) return same.error();
    return table;
  } catch (...) {
    return Error(ErrorKind::invalid, "the plugin threw an exception when it was asked what it is");
  }
}

}  // namespace consort::runtime
