#include <boost/json/parse.hpp>

#include "tests/api/fixture.h"

using namespace consort::api;
using namespace consort::api::testing;

namespace {

std::vector<std::string> lines_of(Client client, std::string_view target) {
  std::vector<std::string> lines;
  const auto ended = client.get_lines(target, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  BOOST_TEST(static_cast<bool>(ended));
  return lines;
}

json::object up_body() {
  UpRequest request;
  request.project.name = "shop";
  return to_json(request);
}

// The frames of `fd` up to the last one.
std::vector<ReceivedFrame> frames_of(int fd) {
  FrameParser parser;
  std::vector<ReceivedFrame> frames;
  for (;;) {
    auto frame = parser.next();
    BOOST_REQUIRE(frame);
    if (*frame) {
      frames.push_back(**frame);
    } else if (const auto more = receive_into(fd, parser); !more || !*more) {
      return frames;
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streams)

BOOST_FIXTURE_TEST_CASE(a_command_streams_its_events_and_then_its_outcome, Fixture) {
  std::vector<json::value> lines;
  const auto ended = Client(socket).post_lines("/v1/up", up_body(), [&](std::string_view line) {
    lines.push_back(json::parse(line));
    return true;
  });
  BOOST_REQUIRE(ended);
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].at("event").at("message").as_string() == "starting");
  BOOST_TEST(lines[1].at("event").at("message").as_string() == "running");
  BOOST_TEST(lines[2].at("outcome").at("actions").at(0).at("verb").as_string() == "create");
  BOOST_TEST(backend.last_up->project.name == "shop");
}

BOOST_FIXTURE_TEST_CASE(a_command_that_can_ask_is_counted_while_it_lasts, Fixture) {
  const auto up = [&](const char* target) {
    BOOST_TEST(!!Client(socket).post_lines(target, up_body(), [](auto) { return true; }));
    // Whatever is left of it is gone before the next answer.
    BOOST_TEST(!!Client(socket).get("/v1/services"));
  };
  up("/v1/up");
  BOOST_TEST(backend.askers_at_up == 0u);
  up("/v1/up?prompts=1");
  BOOST_TEST(backend.askers_at_up == 1u);
  BOOST_TEST(backend.askers == 0u);
  const auto wrong = Client(socket).post("/v1/up?prompts=maybe", up_body());
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().message() == "cannot read the request: prompts=maybe is not 0 or 1");
}

BOOST_FIXTURE_TEST_CASE(an_answer_reaches_the_backend, Fixture) {
  Client client(socket);
  BOOST_TEST(!!client.post("/v1/answer", to_json(AnswerRequest{3, "open sesame"})));
  BOOST_TEST(backend.answered.value() == "open sesame");
  BOOST_TEST(!!client.post("/v1/answer", to_json(AnswerRequest{3, std::nullopt})));
  BOOST_TEST(!backend.answered.has_value());
  const auto late = client.post("/v1/answer", to_json(AnswerRequest{4, "x"}));
  BOOST_REQUIRE(!late);
  BOOST_TEST((late.error().kind() == ErrorKind::not_found));
}

BOOST_FIXTURE_TEST_CASE(variables_of_the_client_come_with_its_posts, Fixture) {
  Client client(socket);
  client.tell_environment({{"SSH_AUTH_SOCK", "/run/a \"b\" \n\xc3\xa4"}});
  BOOST_TEST(!!client.get("/v1/services"));
  BOOST_TEST(backend.environment.empty());
  BOOST_TEST(!!client.post("/v1/plan", up_body()));
  BOOST_TEST(backend.environment.at("SSH_AUTH_SOCK") == "/run/a \"b\" \n\xc3\xa4");
}

BOOST_FIXTURE_TEST_CASE(a_command_that_fails_ends_its_stream_with_the_error, Fixture) {
  std::string last;
  const auto ended =
      Client(socket).post_lines("/v1/down", json::object(), [&](std::string_view line) {
        last = line;
        return true;
      });
  BOOST_REQUIRE(ended);
  BOOST_TEST(last ==
             R"({"error":{"kind":"conflict","message":"cannot stop web-1: it is frozen"}})");
}

BOOST_FIXTURE_TEST_CASE(a_command_that_throws_cuts_its_own_stream_only, Fixture) {
  const auto ended =
      Client(socket).post_lines("/v1/stop", json::object(), [](std::string_view) { return true; });
  BOOST_REQUIRE(!ended);
  BOOST_TEST(contains(ended.error().message(), "the connection ended before the answer did"));
  BOOST_TEST(contains(wait_for_log(), "a bug"));
  BOOST_TEST(static_cast<bool>(Client(socket).get("/v1/version")));
}

BOOST_FIXTURE_TEST_CASE(kept_events_are_given_after_the_cursor, Fixture) {
  on_server([&] {
    for (const char* text : {"one", "two", "three"}) backend.bus.publish("web", text);
    backend.bus.publish("db", "four");
  });
  BOOST_TEST(lines_of(Client(socket), "/v1/events").size() == 4u);
  const auto after = lines_of(Client(socket), "/v1/events?since=2&services=web");
  BOOST_REQUIRE(after.size() == 1u);
  BOOST_TEST(contains(after[0], R"("message":"three")"));
  BOOST_TEST(contains(after[0], R"("cursor":"cafe.3")"));
}

BOOST_FIXTURE_TEST_CASE(followed_events_come_as_they_happen, Fixture) {
  Flag first_came;
  std::vector<std::string> lines;
  auto reader = std::async(std::launch::async, [&] {
    return Client(socket).get_lines("/v1/events?since=0&follow=1", [&](std::string_view line) {
      lines.emplace_back(line);
      first_came.set();
      return lines.size() < 2;
    });
  });
  on_server([&] { backend.bus.publish("web", "one"); });
  BOOST_REQUIRE(first_came.wait());
  on_server([&] { backend.bus.publish("web", "two"); });
  BOOST_TEST(static_cast<bool>(reader.get()));
  BOOST_TEST(contains(lines.at(1), "two"));
}

BOOST_FIXTURE_TEST_CASE(logs_are_asked_for_as_the_query_says, Fixture) {
  const auto lines =
      lines_of(Client(socket),
               "/v1/logs?services=web,db&index=2&tail=5&since=2026-01-01T00:00:00Z&follow=1"
               "&until_ended=1");
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[2] == "web-1 2026-01-02T03:04:05.000000006Z stdout F line 3");
  const LogQuery& query = backend.log_query;
  BOOST_TEST(query.services.size() == 2u);
  BOOST_TEST(query.index == 2u);
  BOOST_TEST(query.tail.value() == 5u);
  BOOST_TEST(query.since.has_value());
  BOOST_TEST(!query.until.has_value());
  BOOST_TEST(query.follow);
  BOOST_TEST(query.until_ended);
}

BOOST_FIXTURE_TEST_CASE(a_query_that_makes_no_sense_is_refused, Fixture) {
  for (const char* target :
       {"/v1/logs?tail=-1", "/v1/logs?since=yesterday", "/v1/logs?follow=maybe", "/v1/logs?index=x",
        "/v1/events?since=x", "/v1/wait?index=1"}) {
    const auto answer = Client(socket).get(target);
    BOOST_REQUIRE(!answer);
    BOOST_TEST((answer.error().kind() == ErrorKind::invalid), target);
  }
  const auto missing = Client(socket).get("/v1/logs?services=nope");
  BOOST_REQUIRE(!missing);
  BOOST_TEST((missing.error().kind() == ErrorKind::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_client_that_does_not_read_stalls_nobody_else, Fixture) {
  on_server([&] { backend.log_lines = ~std::uint64_t{0}; });
  const Fd stalled = connect();
  const std::string request = "GET /v1/logs HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_REQUIRE(::send(stalled.get(), request.data(), request.size(), 0) > 0);
  // Its first bytes are here and more follow without end: the server is writing to it.
  char byte;
  BOOST_REQUIRE(::recv(stalled.get(), &byte, 1, 0) == 1);
  for (int i = 0; i < 20; ++i) BOOST_TEST(static_cast<bool>(Client(socket).get("/v1/services")));
}

BOOST_AUTO_TEST_CASE(streams_beyond_the_limit_are_refused_with_the_cause) {
  const Fixture f(Limits{.followers = 1});
  const Fd first = f.connect();
  const std::string request = "GET /v1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_REQUIRE(::send(first.get(), request.data(), request.size(), 0) > 0);
  char byte;
  BOOST_REQUIRE(::recv(first.get(), &byte, 1, 0) == 1);  // the head: the stream is open
  const auto second = Client(f.socket).get("/v1/events?follow=1");
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().message() == "cannot answer: 1 streams are open already; close some");
  BOOST_TEST(static_cast<bool>(Client(f.socket).get("/v1/services")));
  // Commands and operations have places of their own.
  BOOST_TEST(static_cast<bool>(Client(f.socket).upgrade(
      "/v1/exec", json::object{{"service", "web"}, {"argv", json::array{"cat"}}})));
  bool ended = false;
  BOOST_TEST(static_cast<bool>(
      Client(f.socket).post_lines("/v1/start", json::object(), [&](std::string_view line) {
        ended = contains(line, "outcome");
        return true;
      })));
  BOOST_TEST(ended);
}

// No time passes for it to be long: any stall is.
BOOST_AUTO_TEST_CASE(a_follower_that_does_not_read_gives_up_its_place_to_one_who_comes) {
  Fixture f(Limits{.followers = 1, .stall = consort::base::Duration::zero()});
  f.on_server([&] { f.backend.log_lines = ~std::uint64_t{0}; });
  const Fd stalled = f.connect();
  const std::string request = "GET /v1/logs HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_REQUIRE(::send(stalled.get(), request.data(), request.size(), 0) > 0);
  char byte;
  BOOST_REQUIRE(::recv(stalled.get(), &byte, 1, 0) == 1);
  BOOST_TEST(static_cast<bool>(
      Client(f.socket).get_lines("/v1/logs", [](std::string_view) { return false; })));
  BOOST_TEST(contains(f.wait_for_log(), "hangs up on a client that does not read"));
  f.receive_all(stalled.get());  // comes to an end
}

BOOST_FIXTURE_TEST_CASE(a_client_that_goes_is_waited_for_no_longer, Fixture) {
  {
    const Fd waiting = connect();
    const std::string request = "GET /v1/wait?service=web HTTP/1.1\r\nHost: x\r\n\r\n";
    BOOST_REQUIRE(::send(waiting.get(), request.data(), request.size(), 0) > 0);
    BOOST_REQUIRE(backend.wait_began.wait());
  }
  BOOST_TEST(backend.wait_given_up.wait());
}

BOOST_FIXTURE_TEST_CASE(a_wait_answers_with_the_exit, Fixture) {
  auto waiting = std::async(std::launch::async,
                            [&] { return Client(socket).get("/v1/wait?service=web&index=1"); });
  BOOST_REQUIRE(backend.wait_began.wait());
  on_server([&] { backend.hold.cancel(); });
  const auto answer = waiting.get();
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->at("exit").at("code").as_int64() == 7);
}

BOOST_FIXTURE_TEST_CASE(closing_ends_what_has_no_end, Fixture) {
  auto follower = std::async(std::launch::async, [&] {
    return Client(socket).get_lines("/v1/events?since=0&follow=1",
                                    [](std::string_view) { return true; });
  });
  auto waiter =
      std::async(std::launch::async, [&] { return Client(socket).get("/v1/wait?service=web"); });
  BOOST_REQUIRE(backend.wait_began.wait());
  close();
  BOOST_TEST(!waiter.get());
  BOOST_TEST(!follower.get());  // cut, not ended
}

BOOST_FIXTURE_TEST_CASE(frames_go_both_ways_and_the_exit_comes_last, Fixture) {
  ExecRequest request;
  request.service = "web";
  request.argv = {"cat"};
  const auto fd = Client(socket).upgrade("/v1/exec", to_json(request));
  BOOST_REQUIRE(fd);
  BOOST_REQUIRE(send_frame(fd->get(), Frame::resize, encode_size({24, 80})));
  BOOST_REQUIRE(send_frame(fd->get(), Frame::stdin_data, std::string("a\0b", 3)));
  BOOST_REQUIRE(send_frame(fd->get(), Frame::stdin_end, ""));
  const auto frames = frames_of(fd->get());
  BOOST_REQUIRE(frames.size() == 3u);
  BOOST_TEST(frames[0].payload == "24x80");
  BOOST_TEST(frames[1].payload == std::string("a\0b", 3));
  BOOST_TEST((frames[2].type == Frame::exit));
  BOOST_TEST(decode_exit(frames[2].payload).value() == 3);
}

BOOST_FIXTURE_TEST_CASE(input_larger_than_a_frame_arrives_whole, Fixture) {
  ExecRequest request;
  request.service = "web";
  request.argv = {"cat"};
  const auto fd = Client(socket).upgrade("/v1/exec", to_json(request));
  BOOST_REQUIRE(fd);
  const std::string big(3 * frame_limit + 7, 'z');
  auto sender = std::async(std::launch::async, [&] {
    return send_frame(fd->get(), Frame::stdin_data, big) &&
           send_frame(fd->get(), Frame::stdin_end, "");
  });
  std::string back;
  for (const auto& frame : frames_of(fd->get())) {
    if (frame.type == Frame::stdout_data) back += frame.payload;
  }
  BOOST_TEST(sender.get());
  BOOST_TEST((back == big));
}

BOOST_FIXTURE_TEST_CASE(a_frame_beyond_the_limit_ends_the_connection, Fixture) {
  ExecRequest request;
  request.service = "web";
  request.argv = {"cat"};
  const auto fd = Client(socket).upgrade("/v1/exec", to_json(request));
  BOOST_REQUIRE(fd);
  const auto header = frame_header(Frame::stdin_data, frame_limit + 1);
  BOOST_REQUIRE(::send(fd->get(), header.data(), header.size(), 0) == 5);
  BOOST_TEST(frames_of(fd->get()).empty());
}

BOOST_FIXTURE_TEST_CASE(an_upgraded_client_that_goes_ends_its_command, Fixture) {
  RunRequest request;
  request.project.name = "shop";
  request.service = "job";
  BOOST_REQUIRE(Client(socket).upgrade("/v1/run", to_json(request)));  // closed at once
  BOOST_TEST(backend.run_ended.wait());
}

BOOST_FIXTURE_TEST_CASE(frames_without_an_upgrade_are_refused, Fixture) {
  const auto answer = Client(socket).post(
      "/v1/exec", json::object{{"service", "web"}, {"argv", json::array{"cat"}}});
  BOOST_REQUIRE(!answer);
  BOOST_TEST(contains(answer.error().message(), "Upgrade: consort-stream"));
}

BOOST_FIXTURE_TEST_CASE(a_bad_upgrade_request_is_an_error_and_no_stream, Fixture) {
  const auto fd = Client(socket).upgrade("/v1/exec", json::object{{"service", "web"}});
  BOOST_REQUIRE(!fd);
  BOOST_TEST(fd.error().message() == "cannot read the request: argv is not a command");
}

BOOST_FIXTURE_TEST_CASE(a_detached_run_answers_with_its_replica, Fixture) {
  RunRequest request;
  request.project.name = "shop";
  request.service = "job";
  request.detach = true;
  const auto answer = Client(socket).post("/v1/run", to_json(request));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->at("replica").at("service").as_string() == "job");
}

BOOST_AUTO_TEST_SUITE_END()
