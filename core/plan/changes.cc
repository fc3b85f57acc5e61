#include "core/plan/changes.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/model/json.h"

namespace consort::plan {
namespace {

namespace json = boost::json;

bool left_out(const std::string& path) {
  static const std::set<std::string_view> keys{
      "depends_on", "profiles",      "replicas",  "scale",           "pull_policy",      "where",
      "spec",       "runtime_where", "key_where", "deploy.replicas", "healthcheck.where"};
  return keys.contains(path) || (path.starts_with("ports[") && path.ends_with(".where"));
}

void compare(const json::value* from, const json::value* to, const std::string& path,
             std::vector<std::string>& out) {
  if (left_out(path)) return;
  const auto* a = from ? from->if_object() : nullptr;
  const auto* b = to ? to->if_object() : nullptr;
  if (a && b) {
    std::set<std::string_view> keys;
    for (const auto& member : *a) keys.insert(member.key());
    for (const auto& member : *b) keys.insert(member.key());
    for (const auto key : keys) {
      compare(a->if_contains(key), b->if_contains(key),
              path.empty() ? std::string(key) : path + "." + std::string(key), out);
    }
    return;
  }
  const auto* x = from ? from->if_array() : nullptr;
  const auto* y = to ? to->if_array() : nullptr;
  const bool of_objects = x && y && x->size() == y->size() && !x->empty() &&
                          std::all_of(x->begin(), x->end(), [](auto& v) { return v.is_object(); });
  if (of_objects) {
    for (std::size_t i = 0; i < x->size(); ++i) {
      compare(&x->at(i), &y->at(i), path + "[" + std::to_string(i) + "]", out);
    }
    return;
  }
  if ((from == nullptr) != (to == nullptr) || (from && *from != *to)) out.push_back(path);
}

}  // namespace

std::vector<std::string> changes(const model::Service& from, const model::Service& to) {
  std::vector<std::string> paths;
  if (from.runtime != to.runtime) paths.push_back("runtime");
  // The file's own words first; the typed values only where those do not tell (a default changed,
  // a variable of an env_file).
  const json::value a = from.spec;
  const json::value b = to.spec;
  compare(&a, &b, "", paths);
  if (paths.empty()) {
    const json::value x = model::to_json(from);
    const json::value y = model::to_json(to);
    compare(&x, &y, "", paths);
  }
  std::set<std::string> seen;
  std::erase_if(paths, [&](const std::string& path) { return !seen.insert(path).second; });
  return paths;
}

}  // namespace consort::plan
