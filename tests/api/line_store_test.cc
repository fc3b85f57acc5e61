#include "core/daemon/line_store.h"

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "core/record/segments.h"
#include "tests/base/temp_dir.h"

namespace consort::daemon {
namespace {

struct Fixture {
  // How many files are kept of 20 lines of an instance of this service.
  std::size_t files(const std::string& service) {
    const std::string instance = "web-1-" + std::to_string(++count);
    BOOST_REQUIRE(!!directories.create(instance));
    lines.open(instance, boost::json::parse(service).as_object());
    runtime::Line line;
    line.bytes = "0123456789";
    std::size_t stored = 0;
    const std::vector<runtime::Line> all(20, line);
    BOOST_REQUIRE(lines.write(instance, all, stored) == runtime::LineStore::Stored::yes);
    lines.close(instance);
    return record::list_segments(record::log_directory(directories.path(instance))).size();
  }
  test::TempDir temp;
  boost::asio::io_context core;
  Directories directories{core.get_executor(), temp.path()};
  PushedLines lines{core.get_executor(), directories};
  int count = 0;
};

BOOST_FIXTURE_TEST_SUITE(line_store, Fixture)

BOOST_AUTO_TEST_CASE(a_services_logging_options_rotate_its_output) {
  lines.rotate_at({.max_bytes = 0, .max_files = 0});
  BOOST_TEST(files("{}") == 1u);
  BOOST_TEST(files(R"({"logging": {"options": {"max-size": "100", "max-file": "3"}}})") == 3u);
  lines.rotate_at({.max_bytes = 100, .max_files = 2});
  BOOST_TEST(files("{}") == 2u);
  BOOST_TEST(files(R"({"logging": {"options": {"max-file": "4"}}})") == 4u);
  BOOST_TEST(files(R"({"logging": {"options": {"max-size": "1m"}}})") == 1u);
  BOOST_TEST(files(R"({"logging": {"options": {"max-size": "-1"}}})") == 1u);
  BOOST_TEST(files(R"({"logging": {"driver": "local"}})") == 2u);
  BOOST_TEST(files(R"({"logging": {"options": {"max-size": "much"}}})") == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::daemon
