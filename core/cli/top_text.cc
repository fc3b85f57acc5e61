#include "core/cli/top_text.h"

#include <algorithm>

#include <boost/json/object.hpp>

#include "core/cli/table.h"
#include "core/cli/terminal.h"
#include "core/model/event.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

std::vector<std::string> texts(const json::value* list) {
  std::vector<std::string> all;
  if (list == nullptr || !list->is_array()) return all;
  for (const auto& one : list->get_array()) {
    all.emplace_back(one.is_string() ? std::string_view(one.get_string()) : std::string_view());
  }
  return all;
}

void add(Top& top, const json::object& replica) {
  TopEntry entry;
  if (const auto* service = replica.if_contains("service"); service && service->is_string()) {
    entry.service = std::string(service->get_string());
  }
  if (const auto* index = replica.if_contains("index"); index && index->is_int64()) {
    entry.index = static_cast<std::uint32_t>(index->get_int64());
  }
  if (const auto* problem = replica.if_contains("problem"); problem && problem->is_string()) {
    top.problems.push_back(to_string(model::ReplicaId{entry.service, entry.index}) + ": " +
                           std::string(problem->get_string()));
    return;
  }
  const auto titles = texts(replica.if_contains("titles"));
  for (const auto& title : titles) {
    if (std::ranges::find(top.titles, title) == top.titles.end()) top.titles.push_back(title);
  }
  const auto* processes = replica.if_contains("processes");
  if (processes == nullptr || !processes->is_array()) return;
  for (const auto& process : processes->get_array()) {
    const auto values = texts(&process);
    entry.values.clear();
    for (std::size_t i = 0; i < std::min(titles.size(), values.size()); ++i) {
      entry.values.emplace_back(titles[i], values[i]);
    }
    top.entries.push_back(entry);
  }
}

}  // namespace

Top read_top(const json::value& answer) {
  Top top;
  const auto* object = answer.if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains("top");
  if (list == nullptr || !list->is_array()) return top;
  for (const auto& replica : list->get_array()) {
    if (replica.is_object()) add(top, replica.get_object());
  }
  return top;
}

std::string top_table(const Top& top) {
  std::vector<std::string> head{"SERVICE", "#"};
  head.insert(head.end(), top.titles.begin(), top.titles.end());
  Table table(std::move(head));
  for (const auto& entry : top.entries) {
    std::vector<std::string> row{entry.service, std::to_string(entry.index)};
    for (const auto& title : top.titles) {
      const auto value =
          std::ranges::find(entry.values, title, [](const auto& v) { return v.first; });
      row.push_back(value == entry.values.end() ? "-" : harmless(value->second));
    }
    table.add(std::move(row));
  }
  return table.text();
}

json::array top_json(const Top& top) {
  json::array all;
  for (const auto& entry : top.entries) {
    json::object one{{"Service", entry.service}, {"Index", entry.index}};
    for (const auto& [title, value] : entry.values) one[title] = value;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace consort::cli
