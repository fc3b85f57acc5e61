// What becomes of every key of a service: the table in docs/compose.md, row by row, against what is
// said of a service that has the key.
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>

#include "core/base/text.h"
#include "core/config/service_keys.h"
#include "core/config/unused_keys.h"

using namespace consort;
using namespace consort::config;
namespace json = boost::json;

namespace {

const std::string source = CONSORT_SOURCE_DIR;

struct Row {
  std::string core, process, remote, container;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" `*");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" `*") + 1 - first);
}

// "| `key` * | core | process | remote | container |"
std::map<std::string, Row> documented() {
  std::map<std::string, Row> rows;
  std::ifstream page(source + "/docs/compose.md");
  bool here = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) here = line == "## Every key of a service";
    const auto cells = base::split(line, '|');
    if (!here || !line.starts_with("| `") || cells.size() < 6) continue;
    rows[trimmed(cells[1])] = {trimmed(cells[2]), trimmed(cells[3]), trimmed(cells[4]),
                               trimmed(cells[5])};
  }
  return rows;
}

RuntimeInfo installed(const std::string& manifest) {
  std::ifstream file(source + "/plugins/" + manifest);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const json::value value = json::parse(text);
  const auto& object = value.as_object();
  RuntimeInfo info;
  info.name = std::string(object.at("runtime").as_string());
  info.service_schema = object.at("service_schema").as_object();
  return info;
}

// "warning", "noted", or "" where nothing is said.
std::string said(const std::string& key, const std::string& runtime, bool has_image) {
  static const std::vector<RuntimeInfo> manifests{installed("process/process.runtime.json"),
                                                  installed("ssh/remote.runtime.json"),
                                                  installed("docker/container.runtime.json")};
  static const RuntimeSchemas runtimes(manifests);
  static const std::string file = "f.yaml";
  Entry service{"a", {&file, 1, 1}, make_map({&file, 2, 1})};
  service.value.entries.push_back({key, {&file, 3, 1}, make_scalar("x", {&file, 3, 4})});
  if (has_image && key != "image") {
    service.value.entries.push_back({"image", {&file, 4, 1}, make_scalar("i", {&file, 4, 4})});
  }
  Diagnostics out;
  report_unused_keys(service, Path("a"), runtime, runtimes, false, out);
  for (const auto& warning : out.take(Severity::warning, {file})) {
    if (warning.where.line == 3) return "warning";
    if (warning.text.find(quote(key)) != std::string::npos) return "noted";
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unused_keys)

BOOST_AUTO_TEST_CASE(the_page_has_every_key_and_no_other) {
  const auto rows = documented();
  BOOST_TEST(rows.size() == service_keys().size());
  for (const auto& key : service_keys()) BOOST_TEST(rows.contains(std::string(key.name)), key.name);
}

BOOST_AUTO_TEST_CASE(every_key_is_honoured_or_answered_as_the_page_says) {
  for (const auto& [key, row] : documented()) {
    BOOST_TEST_CONTEXT(key) {
      for (const auto& [runtime, use] :
           {std::pair("process", row.process), {"remote", row.remote}}) {
        BOOST_TEST_CONTEXT(runtime) {
          const bool answered = use == "warning" || use == "noted";
          BOOST_TEST(said(key, runtime, true) == (answered ? use : ""));
          BOOST_TEST((!answered || !said(key, runtime, false).empty()));
          BOOST_TEST((answered || !use.empty() || !row.core.empty()), "nobody reads it");
        }
      }
      const bool of_others = row.container == "warning" || row.container == "noted";
      BOOST_TEST(said(key, "container", true) == (of_others ? row.container : ""));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_answer_has_a_reason) {
  for (const auto& key : service_keys()) {
    const bool reasoned = key.use != KeyUse::runtime && key.use != KeyUse::image;
    const bool used = key.name == "logging";  // by all
    BOOST_TEST((reasoned || used || !key.why_not.empty()), key.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
