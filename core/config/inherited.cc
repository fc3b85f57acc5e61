#include "core/config/inherited.h"

namespace consort::config {
namespace {

template <class Each>
void each_entry(Node& document, std::string_view section, const Each& each) {
  Entry* entry = document.find(section);
  if (!entry) return;
  for (auto& inner : entry->value.entries) each(inner.value);
}

}  // namespace

void resolve_inherited(Node& document, const Lookup& variables) {
  each_entry(document, "services", [&](Node& service) {
    Entry* environment = service.find("environment");
    if (!environment) return;
    for (auto& entry : environment->value.entries) {
      if (!entry.value.is_null()) continue;
      if (auto value = variables(entry.key)) {
        entry.value = make_scalar(std::move(*value), entry.where);
      }
    }
  });
  each_entry(document, "configs", [&](Node& config) {
    const Entry* name = config.find("environment");
    if (!name || !name->value.is_scalar()) return;
    if (auto value = variables(name->value.text)) {
      const Mark where = name->value.where;
      config.erase("content");
      config.entries.push_back({"content", where, make_scalar(std::move(*value), where)});
    }
  });
}

}  // namespace consort::config
