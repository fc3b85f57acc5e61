#include "core/runtime/search_path.h"

#include <boost/test/unit_test.hpp>

namespace consort::runtime {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> strings(const SearchInputs& inputs) {
  std::vector<std::string> list;
  for (const fs::path& path : search_path(inputs)) list.push_back(path.string());
  return list;
}
SearchInputs everything() {
  return {.plugin_dirs = {"/dev/one", "relative/two", "/dev/three/"},
          .environment_path = "/env/a:env/b::/env/c",
          .data_home = "/home/me/.local/share",
          .privileged = false,
          .executable = "/opt/consort/bin/consort"};
}
std::size_t place(const std::vector<std::string>& list, const std::string& folder) {
  const auto it = std::find(list.begin(), list.end(), folder);
  BOOST_TEST((it != list.end()), folder << " is not in the list");
  return static_cast<std::size_t>(it - list.begin());
}

BOOST_AUTO_TEST_SUITE(search_order)

BOOST_AUTO_TEST_CASE(the_nearer_to_the_user_comes_first) {
  const auto list = strings(everything());
  const std::vector<std::string> order{"/dev/one",
                                       "/dev/three",
                                       "/env/a",
                                       "/env/c",
                                       "/home/me/.local/share/consort/runtimes",
                                       "/opt/consort/lib/consort/runtimes",
                                       "/usr/local/lib/consort/runtimes",
                                       "/usr/lib/consort/runtimes"};
  for (std::size_t i = 1; i < order.size(); ++i) {
    BOOST_TEST(place(list, order[i - 1]) < place(list, order[i]));
  }
}

BOOST_AUTO_TEST_CASE(relative_folders_are_left_out) {
  for (const std::string& folder : strings(everything())) BOOST_TEST(folder.front() == '/');
}

BOOST_AUTO_TEST_CASE(a_privileged_process_trusts_no_environment) {
  SearchInputs inputs = everything();
  inputs.privileged = true;
  for (const std::string& folder : strings(inputs)) {
    BOOST_TEST(folder.find("/env") == std::string::npos);
    BOOST_TEST(folder.find("/home") == std::string::npos);
  }
  BOOST_TEST(strings(inputs).front() == "/dev/one");  // the command line is its own
}

BOOST_AUTO_TEST_CASE(each_folder_comes_once) {
  SearchInputs inputs = everything();
  inputs.executable = "/usr/bin/consort";
  inputs.plugin_dirs = {"/usr/lib/consort/runtimes/"};
  auto list = strings(inputs);
  BOOST_TEST(list.front() == "/usr/lib/consort/runtimes");
  BOOST_TEST(std::count(list.begin(), list.end(), "/usr/lib/consort/runtimes") == 1);
}

BOOST_AUTO_TEST_CASE(nothing_known_leaves_the_system_folders) {
  const auto list = strings({});
  BOOST_TEST(list.front() == "/usr/local/lib/consort/runtimes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
