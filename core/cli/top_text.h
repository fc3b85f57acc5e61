#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

// GET /v1/top -> what `top` shows. Pure.
namespace consort::cli {

struct TopEntry {
  std::string service;
  std::uint32_t index = 0;
  std::vector<std::pair<std::string, std::string>> values;  // title, value
};

struct Top {
  std::vector<std::string> titles;  // of all entries, in the order of their first appearance
  std::vector<TopEntry> entries;
  std::vector<std::string> problems;  // "web-1: why its processes are not known"
};
Top read_top(const boost::json::value& answer);

// Runtimes may have different columns; what an entry has not is "-".
std::string top_table(const Top& top);
boost::json::array top_json(const Top& top);

}  // namespace consort::cli
