#include "core/config/trace.h"

#include <algorithm>
#include <charconv>

namespace consort::config {
namespace {

using How = ExplainedStep::How;
using From = ExplainedVariable::From;

// What a value is, in a word.
std::optional<std::string> shown_value(const Node& node) {
  if (node.is_null()) return std::nullopt;
  if (node.is_map()) return "a map of " + std::to_string(node.entries.size());
  if (node.is_sequence()) return "a list of " + std::to_string(node.items.size());
  return node.text;
}

ExplainedVariable explain(const VariableUse& use, const Variables& variables) {
  ExplainedVariable explained{use.name, From::nothing, {}, use.value.value_or("")};
  const Variable* variable = variables.find(use.name);
  if (variable) {
    explained.where = to_location(variable->where);
    explained.from = variable->where.line > 0 ? From::file : From::environment;
  }
  if (use.took_argument) {
    explained.from =
        use.op == VariableUse::Operator::alternative ? From::alternative : From::standard;
    explained.value = use.argument;
  }
  return explained;
}

const Node* find_item(const Node& node, std::string_view path) {
  std::size_t index = 0;
  const char* const end = path.data() + path.size();
  const auto [after, error] = std::from_chars(path.data() + 1, end, index);
  if (error != std::errc() || after == end || *after != ']' || index >= node.items.size()) {
    return nullptr;
  }
  return find_path(node.items[index], {after + 1, static_cast<std::size_t>(end - after - 1)});
}

}  // namespace

const Node* find_path(const Node& node, std::string_view path) {
  if (path.empty()) return &node;
  if (path.starts_with('[')) return find_item(node, path);
  if (path.starts_with('.')) path.remove_prefix(1);
  const Node* found = nullptr;
  std::size_t longest = 0;
  for (const auto& entry : node.entries) {
    for (const std::string_view key : {std::string_view(entry.key), entry.written}) {
      if (key.empty() || key.size() <= longest || !path.starts_with(key)) continue;
      const std::string_view rest = path.substr(key.size());
      if (!rest.empty() && rest[0] != '.' && rest[0] != '[') continue;
      if (const Node* inner = find_path(entry.value, rest)) {
        found = inner;
        longest = key.size();
      }
    }
  }
  return found;
}

std::optional<std::string_view> Trace::below(std::string_view service) const {
  static constexpr std::string_view services = "services.";
  std::string_view path = path_;
  if (!path.starts_with(services)) return std::nullopt;
  path.remove_prefix(services.size());
  if (!path.starts_with(service)) return std::nullopt;
  path.remove_prefix(service.size());
  if (!path.empty() && path[0] != '.') return std::nullopt;
  return path;
}

ExplainedStep Trace::step(const Node& node, How how, std::string_view name) const {
  ExplainedStep step{to_location(node.where), how, std::string(name), shown_value(node), {}, false};
  if (const auto found = variables_.find(key_of(node.where)); found != variables_.end()) {
    step.variables = found->second;
  }
  return step;
}

void Trace::interpolated(const Mark& where, std::vector<VariableUse> uses,
                         const Variables& variables) {
  auto& explained = variables_[key_of(where)];
  explained.clear();
  for (const auto& use : uses) explained.push_back(explain(use, variables));
}

void Trace::extending(const Node& services) {
  chains_.clear();
  below_service_ = {};
  std::size_t longest = 0;
  for (const auto& entry : services.entries) {
    const auto rest = below(entry.key);
    if (!rest || entry.key.size() < longest) continue;
    longest = entry.key.size();
    below_service_ = *rest;
  }
}

void Trace::laid_over(const ServiceId& id, const ServiceId& extended, const Node& base,
                      const Node& service) {
  if (in_list() || below_service_.empty()) return;
  Steps steps;
  if (const auto chain = chains_.find(extended); chain != chains_.end()) {
    steps = chain->second;
    for (auto& step : steps) {
      if (step.how != How::file) continue;
      step.how = How::extends;
      step.name = extended.name;
    }
  } else if (const Node* node = find_path(base, below_service_)) {
    steps.push_back(step(*node, How::extends, extended.name));
  }
  if (const Node* node = find_path(service, below_service_)) {
    steps.push_back(step(*node, How::file));
  }
  chains_[id] = std::move(steps);
}

bool Trace::is_below_tag(const TaggedKey& key) const {
  std::string tagged;
  for (const auto& part : key.path) tagged += (tagged.empty() ? "" : ".") + part;
  if (!path_.starts_with(tagged)) return false;
  return path_.size() == tagged.size() || path_[tagged.size()] == '.' ||
         path_[tagged.size()] == '[';
}

void Trace::tagged(const TaggedKeys& keys) {
  for (const auto& key : keys) {
    if (!is_below_tag(key)) continue;
    const How how = key.tag == Tag::reset ? How::reset : How::replaced;
    steps_.push_back({to_location(key.where), how, {}, std::nullopt, {}, false});
  }
}

void Trace::merged(const Node& document) {
  if (in_list()) return;
  for (const auto& [id, steps] : chains_) {
    if (!id.file.empty() || below(id.name) != std::optional(below_service_)) continue;
    steps_.insert(steps_.end(), steps.begin(), steps.end());
    return;
  }
  if (const Node* node = find_path(document, path_)) steps_.push_back(step(*node, How::file));
}

void Trace::variant(std::string_view service, const Node& block, std::string_view runtime) {
  const auto rest = below(service);
  if (!rest || rest->empty() || in_list()) return;
  if (const Node* node = find_path(block, *rest)) {
    steps_.push_back(step(*node, How::variant, runtime));
  }
}

void Trace::env_file_line(std::string_view service, std::string_view name, const std::string& value,
                          const Mark& where) {
  const auto rest = below(service);
  if (!rest || *rest != ".environment." + std::string(name)) return;
  env_files_.push_back({to_location(where), How::env_file, {}, value, {}, false});
}

Explanation Trace::finish(const Node& normal) const {
  Explanation explanation{path_, std::nullopt, env_files_};
  auto& steps = explanation.steps;
  steps.insert(steps.end(), steps_.begin(), steps_.end());
  const Node* node = find_path(normal, path_);
  if (!node) return explanation;
  explanation.value = shown_value(*node).value_or("null");
  if (in_list() && node->where.line > 0) {
    steps.push_back(step(*node, How::file));
  }
  const model::Location where = to_location(node->where);
  const auto is_here = [&](const ExplainedStep& step) {
    return step.where.file == where.file && step.where.line == where.line &&
           step.where.column == where.column;
  };
  auto winner = std::find_if(steps.rbegin(), steps.rend(), is_here);
  if (winner == steps.rend()) {
    winner = std::find_if(steps.rbegin(), steps.rend(), [&](const ExplainedStep& step) {
      return step.value && (!node->is_scalar() || step.value == explanation.value);
    });
  }
  if (winner != steps.rend()) winner->wins = true;
  return explanation;
}

}  // namespace consort::config
