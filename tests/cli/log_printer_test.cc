#include "core/cli/log_printer.h"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace consort::cli;

namespace {

std::string printed(LogPrinter& printer, const std::string& line) {
  const auto record = parse_log_record(line);
  BOOST_REQUIRE(record.has_value());
  return printer.print(*record);
}

constexpr char time_text[] = "2026-01-02T03:04:05.000000006Z";

std::string stdout_line(const std::string& replica, const std::string& text, char tag = 'F') {
  return replica + ' ' + time_text + " stdout " + tag + ' ' + text;
}

Terminal colourful() {
  Terminal terminal;
  terminal.is_terminal = true;
  terminal.colors = true;
  return terminal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_printer)

BOOST_AUTO_TEST_CASE(prefixes_line_up_when_the_names_are_known) {
  LogPrinter printer({});
  printer.expect("db-1");
  printer.expect("long-name-1");
  BOOST_TEST(printed(printer, stdout_line("db-1", "ready")) == "db-1         | ready\n");
  BOOST_TEST(printed(printer, stdout_line("long-name-1", "up")) == "long-name-1  | up\n");
}

BOOST_AUTO_TEST_CASE(parts_of_a_line_are_joined) {
  LogPrinter printer({});
  BOOST_TEST(printed(printer, stdout_line("web-1", "one ", 'P')) == "");
  BOOST_TEST(printed(printer, stdout_line("db-1", "between")) == "db-1  | between\n");
  BOOST_TEST(printed(printer, stdout_line("web-1", "line")) == "web-1  | one line\n");
}

BOOST_AUTO_TEST_CASE(the_parts_of_both_streams_are_kept_apart) {
  LogPrinter printer({});
  (void)printed(printer, stdout_line("web-1", "out ", 'P'));
  const std::string err = std::string("web-1 ") + time_text + " stderr F err";
  BOOST_TEST(printed(printer, err) == "web-1  | err\n");
  BOOST_TEST(printed(printer, stdout_line("web-1", "end")) == "web-1  | out end\n");
}

BOOST_AUTO_TEST_CASE(an_unfinished_line_is_shown_at_the_end) {
  LogPrinter printer({});
  (void)printed(printer, stdout_line("web-1", "password: ", 'P'));
  BOOST_TEST(printer.rest() == "web-1  | password: \n");
  BOOST_TEST(printer.rest() == "");
}

BOOST_AUTO_TEST_CASE(an_endless_line_is_shown_in_pieces) {
  LogPrinter printer({});
  const std::string piece(300'000, 'x');
  std::size_t shown = 0;
  for (int i = 0; i < 8; ++i) shown += printed(printer, stdout_line("web-1", piece, 'P')).size();
  BOOST_TEST(shown > 1'000'000U);
}

BOOST_AUTO_TEST_CASE(times_and_prefixes_are_a_choice) {
  LogPrinter timed({.prefix = false, .times = true, .terminal = {}});
  BOOST_TEST(printed(timed, stdout_line("web-1", "x")) == std::string(time_text) + " x\n");
  LogPrinter bare({.prefix = false, .terminal = {}});
  BOOST_TEST(printed(bare, stdout_line("web-1", "x")) == "x\n");
}

BOOST_AUTO_TEST_CASE(replicas_of_a_service_share_a_colour_and_services_do_not) {
  LogPrinter printer({.terminal = colourful()});
  const auto color = [&](const char* replica) {
    return printed(printer, stdout_line(replica, "x")).substr(0, 5);
  };
  BOOST_TEST(color("web-1") == color("web-2"));
  BOOST_TEST(color("web-1") != color("db-1"));
}

BOOST_AUTO_TEST_CASE(escapes_reach_a_file_but_not_a_terminal) {
  LogPrinter file({.prefix = false, .terminal = {}});
  BOOST_TEST(printed(file, stdout_line("web-1", "\x1b[2J")) == "\x1b[2J\n");
  LogPrinter screen({.prefix = false, .terminal = colourful()});
  BOOST_TEST(printed(screen, stdout_line("web-1", "\x1b[2J")) == "^[[2J\n");
}

BOOST_AUTO_TEST_CASE(a_carriage_return_before_the_newline_is_dropped) {
  LogPrinter printer({.prefix = false, .terminal = colourful()});
  BOOST_TEST(printed(printer, stdout_line("web-1", "dos\r")) == "dos\n");
}

BOOST_AUTO_TEST_CASE(json_has_the_parts_of_a_line) {
  LogPrinter printer({.json = true, .terminal = {}});
  const auto object =
      boost::json::parse(printed(printer, stdout_line("web-2", "say \"hi\""))).as_object();
  BOOST_TEST(object.at("service").as_string() == "web");
  BOOST_TEST(object.at("index").to_number<int>() == 2);
  BOOST_TEST(object.at("stream").as_string() == "stdout");
  BOOST_TEST(object.at("time").as_string() == time_text);
  BOOST_TEST(object.at("line").as_string() == "say \"hi\"");
}

BOOST_AUTO_TEST_SUITE_END()
