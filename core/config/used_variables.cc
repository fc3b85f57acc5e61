#include "core/config/used_variables.h"

#include "core/config/interpolate.h"

namespace consort::config {
namespace {

void add(UsedVariables& all, const VariableUse& use) {
  UsedVariable& known = all[use.name];
  using Operator = VariableUse::Operator;
  if (use.op == Operator::required) known.required = true;
  if (use.op == Operator::standard && known.standard.empty()) known.standard = use.argument;
  if (use.op == Operator::alternative && known.alternative.empty()) {
    known.alternative = use.argument;
  }
}

void collect(const Node& node, UsedVariables& all) {
  for (const auto& entry : node.entries) collect(entry.value, all);
  for (const auto& item : node.items) collect(item, all);
  if (node.text.find('$') == std::string::npos) return;
  // Set, so that nothing is missing.
  const Lookup lookup = [](std::string_view) { return std::optional<std::string>("set"); };
  Unset unset;
  std::vector<VariableUse> uses;
  (void)interpolate(node.text, lookup, unset, &uses);
  for (const auto& use : uses) add(all, use);
}

}  // namespace

UsedVariables used_variables(const Node& node) {
  UsedVariables all;
  collect(node, all);
  return all;
}

}  // namespace consort::config
