// Real Compose files, read where CONSORT_CORPUS says they are; without it there is nothing to read.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;
namespace fs = std::filesystem;

namespace {

const char* corpus() { return std::getenv("CONSORT_CORPUS"); }

boost::test_tools::assertion_result present(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(corpus() != nullptr);
  result.message() << "CONSORT_CORPUS is not set";
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(real_files, *boost::unit_test::precondition(present))

BOOST_AUTO_TEST_CASE(sample_stacks_are_read_without_an_error) {
  std::size_t read = 0;
  for (const auto& file :
       fs::recursive_directory_iterator(fs::path(corpus()) / "awesome-compose")) {
    const auto extension = file.path().extension();
    if (extension != ".yaml" && extension != ".yml") continue;
    Stack stack;
    stack.options.cwd = file.path().parent_path();
    stack.options.files = {file.path()};
    const auto result = config::load_project(stack.options);
    const auto* refused = std::get_if<config::Refused>(&result);
    BOOST_TEST(!refused, (refused ? config::to_string(refused->errors) : ""));
    ++read;
  }
  BOOST_TEST(read > 10u);
}

BOOST_AUTO_TEST_CASE(a_large_stack_is_read_with_its_environment) {
  Stack stack;
  stack.options.cwd = fs::path(corpus()) / "local-network";
  const auto project = stack.load().project;
  BOOST_TEST(project.services.size() > 10u);
  const auto& node = project.services.at("graph-node");
  BOOST_TEST((node.depends_on.at("postgres").condition == model::Condition::healthy));
  BOOST_TEST(node.ports.size() == 4u);
  BOOST_TEST(node.ports[0].published != 0);
}

BOOST_AUTO_TEST_CASE(one_override_moves_a_service_to_a_process) {
  Stack stack;
  stack.folder.write("move.yaml",
                     "services: {graph-node: {runtime: process, binary: ./graph-node}}\n");
  const auto base = fs::path(corpus()) / "local-network";
  stack.options.cwd = base;
  stack.options.files = {"docker-compose.yaml", stack.folder.path() / "move.yaml"};
  const auto node = stack.service("graph-node");
  BOOST_TEST(node.runtime == "process");
  BOOST_TEST(joined(node.argv) == "./graph-node");
  BOOST_TEST(node.working_dir == base.string());
  BOOST_TEST(node.healthcheck.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
