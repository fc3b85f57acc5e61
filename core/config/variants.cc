#include "core/config/variants.h"

#include <algorithm>

#include "core/config/canonical.h"
#include "core/config/merge.h"
#include "core/config/paths.h"
#include "core/config/read.h"
#include "core/config/runtime_choice.h"

namespace consort::config {
namespace {

// Calls `with` on every block of every service, dressed as a document of one service, for what
// works on documents.
template <class With>
void each_block(Node& document, const With& with) {
  Entry* services = document.find("services");
  if (!services) return;
  for (auto& service : services->value.entries) {
    Entry* variants = service.value.find("variants");
    if (!variants) continue;
    for (auto& block : variants->value.entries) {
      if (!block.value.is_map()) continue;
      Node dressed = make_map(block.where);
      dressed.entries.push_back({"services", block.where, make_map(block.where)});
      Node& inner = dressed.entries[0].value;
      inner.entries.push_back({service.key, block.where, std::move(block.value)});
      with(dressed);
      block.value = std::move(inner.entries[0].value);
    }
  }
}

// What would choose the runtime again, or cannot be laid over a service.
constexpr std::string_view refused[] = {"runtime", "extends", "variants", "profiles"};

bool check_block(const Entry& block, const Path& path, const RuntimeSchemas& runtimes,
                 Diagnostics& out) {
  if (!runtimes.find(block.key)) {
    const auto names = runtimes.names();
    out.error(block.where, "cannot read " + path.to_string() + ": unknown runtime " +
                               quote(block.key) + suggestion(block.key, names) +
                               " (installed: " + runtimes.installed() + ")");
    return false;
  }
  if (block.value.is_null()) return true;
  if (!expect_map(block.value, path, out)) return false;
  bool good = true;
  for (const auto key : refused) {
    if (const Entry* entry = block.value.find(key)) {
      out.error(entry->where,
                "cannot read " + Path(path, key).to_string() + ": a variant cannot set it");
      good = false;
    }
  }
  return good;
}

void apply(Entry& service, const RuntimeSchemas& runtimes, Diagnostics& out, Trace* trace) {
  Entry* variants = service.value.find("variants");
  if (!variants || variants->value.is_null() || variants->value.broken) return;
  const Path services("services");
  const Path path(services, service.key);
  const Path variants_path(path, "variants");
  if (!expect_map(variants->value, variants_path, out)) return;
  const RuntimeInfo* chosen = runtime_of(service.value, runtimes);
  Node block;
  bool good = true;
  for (const auto& entry : variants->value.entries) {
    const Path block_path(variants_path, entry.key);
    if (!check_block(entry, block_path, runtimes, out)) {
      good = false;
    } else if (chosen && runtimes.find(entry.key) == chosen) {
      block = entry.value;
    }
  }
  variants->value.broken = !good;
  if (!block.is_map()) return;
  if (trace) trace->variant(service.key, block, chosen->name);
  merge_service(service.value, std::move(block), path, out);
}

}  // namespace

void canonicalize_variants(Node& document, Diagnostics& out, bool interpolated) {
  each_block(document, [&](Node& dressed) { canonicalize_document(dressed, out, interpolated); });
}

void resolve_variant_paths(Node& document, const std::filesystem::path& directory) {
  each_block(document, [&](Node& dressed) { resolve_paths(dressed, directory); });
}

void apply_variants(Node& merged, const RuntimeSchemas& runtimes, Diagnostics& out, Trace* trace) {
  Entry* services = merged.find("services");
  if (!services) return;
  for (auto& service : services->value.entries) apply(service, runtimes, out, trace);
}

}  // namespace consort::config
