// Wrong files that Docker Compose refuses too, and what is said of each: the place, the path of the
// key, the cause and what is accepted. A changed message is changed in
// tests/config/refused/messages as well.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;
namespace fs = std::filesystem;

namespace {

const fs::path folder = CONSORT_SOURCE_DIR "/tests/config/refused";

std::vector<fs::path> files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path().filename());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> errors_of(const fs::path& file) {
  Stack stack;
  stack.options.cwd = folder;
  stack.options.files = {file};
  stack.options.environment = {{"COMPOSE_PROJECT_NAME", "refused"}};
  const auto result = config::load_project(stack.options);
  const auto* refused = std::get_if<config::Refused>(&result);
  BOOST_REQUIRE_MESSAGE(refused, file << " is accepted");
  std::vector<std::string> lines;
  for (const auto& error : refused->errors) {
    BOOST_TEST(error.where.file == file.string());
    BOOST_TEST((error.where.line > 0 && error.where.column > 0), "no place: " << error.text);
    lines.push_back(to_string(error));
  }
  return lines;
}

std::vector<std::string> expected() {
  std::vector<std::string> lines;
  std::ifstream file(folder / "messages");
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refused)

BOOST_AUTO_TEST_CASE(every_wrong_file_is_refused_with_its_place_and_cause) {
  BOOST_TEST(files().size() > 100u);
  std::vector<std::string> said;
  for (const auto& file : files()) {
    for (auto& line : errors_of(file)) said.push_back(std::move(line));
  }
  BOOST_TEST(said == expected(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
