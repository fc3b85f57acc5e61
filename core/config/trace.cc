#include "core/config/trace.h"

#include <algorithm>
#include <charconv>

#include "core/config/merge_lists.h"

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

// "ports[0].target": the path of the list, and the one below its item.
std::pair<std::string_view, std::optional<std::string_view>> split_at_item(std::string_view path) {
  const auto open = path.find('[');
  const auto close = path.find(']', open);
  if (close == std::string_view::npos) return {path, std::nullopt};
  return {path.substr(0, open), path.substr(close + 1)};
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

std::string Trace::identity(const Node& item) const {
  return item_key_ == ItemKey::none ? model::to_string(to_location(item.where))
                                    : item_key(item, item_key_);
}

void Trace::tell(const Node& root, std::string_view path, How how, std::string_view name,
                 Steps& steps) const {
  const auto [list, rest] = split_at_item(path);
  const Node* node = find_path(root, list);
  if (!node) return;
  if (!rest) {
    steps.push_back({step(*node, how, name)});
    return;
  }
  for (const auto& item : node->items) {
    const Node* value = find_path(item, *rest);
    if (value) steps.push_back({step(*value, how, name), identity(item), key_of(item.where)});
  }
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
  const std::string_view list = split_at_item(below_service_).first;
  if (!list.empty()) item_key_ = item_key_of_list(list.substr(1));
}

void Trace::laid_over(const ServiceId& id, const ServiceId& extended, const Node& base,
                      const Node& service) {
  if (below_service_.empty()) return;
  Steps steps;
  if (const auto chain = chains_.find(extended); chain != chains_.end()) {
    steps = chain->second;
    for (auto& [step, item, mark] : steps) {
      if (step.how != How::file) continue;
      step.how = How::extends;
      step.name = extended.name;
    }
  } else {
    tell(base, below_service_, How::extends, extended.name, steps);
  }
  tell(service, below_service_, How::file, {}, steps);
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
    steps_.push_back({{to_location(key.where), how, {}, std::nullopt, {}, false}});
  }
}

void Trace::merged(const Node& document) {
  for (const auto& [id, steps] : chains_) {
    if (!id.file.empty() || below(id.name) != std::optional(below_service_)) continue;
    steps_.insert(steps_.end(), steps.begin(), steps.end());
    return;
  }
  tell(document, path_, How::file, {}, steps_);
}

void Trace::variant(std::string_view service, const Node& block, std::string_view runtime) {
  const auto rest = below(service);
  if (rest && !rest->empty()) tell(block, *rest, How::variant, runtime, steps_);
}

void Trace::env_file_line(std::string_view service, std::string_view name, const std::string& value,
                          const Mark& where) {
  const auto rest = below(service);
  if (!rest || *rest != ".environment." + std::string(name)) return;
  env_files_.push_back({to_location(where), How::env_file, {}, value, {}, false});
}

Trace::Steps Trace::about(const Node& item) const {
  const auto is_here = [&](const Told& told) { return told.mark == key_of(item.where); };
  const std::string wanted = identity(item);
  auto same = std::find_if(steps_.begin(), steps_.end(),
                           [&](const Told& told) { return is_here(told) && told.item == wanted; });
  // What the key is made of may have become another text: a path is absolute in the end.
  if (same == steps_.end()) same = std::find_if(steps_.begin(), steps_.end(), is_here);
  const std::string kept = same == steps_.end() ? wanted : *same->item;
  Steps steps;
  std::copy_if(steps_.begin(), steps_.end(), std::back_inserter(steps),
               [&](const Told& told) { return !told.item || told.item == kept; });
  return steps;
}

Explanation Trace::finish(const Node& normal) const {
  Explanation explanation{path_, std::nullopt, env_files_};
  auto& steps = explanation.steps;
  const Node* node = find_path(normal, path_);
  const auto end_of_item = path_.find(']');
  if (end_of_item == std::string::npos) {
    for (const auto& told : steps_) steps.push_back(told.step);
  } else if (const Node* item = find_path(normal, path_.substr(0, end_of_item + 1))) {
    for (const auto& told : about(*item)) steps.push_back(told.step);
  }
  if (!node) return explanation;
  explanation.value = shown_value(*node).value_or("null");
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
