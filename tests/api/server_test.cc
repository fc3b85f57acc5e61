#include <fcntl.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/api/fixture.h"

using namespace consort::api;
using namespace consort::api::testing;

BOOST_AUTO_TEST_SUITE(server)

BOOST_FIXTURE_TEST_CASE(every_answer_tells_the_version_of_the_api, Fixture) {
  const std::string answer = ask("GET", "/v1/version");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(contains(answer, "\r\nConsort-Api: 1.0\r\n"));
  BOOST_TEST(contains(answer, R"("project":"shop")"));
  BOOST_TEST(contains(ask("GET", "/v1/nope"), "\r\nConsort-Api: 1.0\r\n"));
}

BOOST_FIXTURE_TEST_CASE(unknown_paths_and_wrong_methods_are_answered, Fixture) {
  BOOST_TEST(starts_with(ask("GET", "/v1/nope"), "HTTP/1.1 404 "));
  const std::string wrong = ask("DELETE", "/v1/services");
  BOOST_TEST(starts_with(wrong, "HTTP/1.1 405 "));
  BOOST_TEST(contains(wrong, "\r\nAllow: GET\r\n"));
  BOOST_TEST(contains(wrong, R"("kind":"invalid")"));
}

BOOST_FIXTURE_TEST_CASE(a_body_that_is_not_json_is_refused_with_the_cause, Fixture) {
  const std::string answer = ask("POST", "/v1/kill", "{\"services\":");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 400 "));
  BOOST_TEST(contains(answer, "cannot read the request: it is not JSON: "));
}

BOOST_FIXTURE_TEST_CASE(json_nested_too_deeply_is_refused, Fixture) {
  const std::string answer =
      ask("POST", "/v1/kill", std::string(100000, '[') + std::string(100000, ']'));
  BOOST_TEST(starts_with(answer, "HTTP/1.1 400 "));
}

BOOST_FIXTURE_TEST_CASE(what_is_not_http_is_refused, Fixture) {
  BOOST_TEST(starts_with(talk("\x16\x03\x01 hello there\r\n\r\n"), "HTTP/1.1 400 "));
  BOOST_TEST(starts_with(ask("GET", "/v1/%zz"), "HTTP/1.1 400 "));
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_limit_is_refused_before_it_is_read) {
  const Fixture f(Limits{.body = 1u << 20});
  const std::string answer =
      f.talk("POST /v1/up HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 413 "));
  BOOST_TEST(contains(answer, "the body is larger than 1 MiB"));
}

BOOST_AUTO_TEST_CASE(a_chunked_body_beyond_the_limit_is_refused) {
  const Fixture f(Limits{.body = 1u << 20});
  std::string chunk = "100000\r\n" + std::string(1u << 20, 'x') + "\r\n";
  const std::string answer = f.talk(
      "POST /v1/up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk);
  BOOST_TEST(starts_with(answer, "HTTP/1.1 413 "));
}

BOOST_FIXTURE_TEST_CASE(a_large_body_within_the_limit_is_taken, Fixture) {
  const std::string body = R"({"signal":"x","padding":")" + std::string(20u << 20, 'y') + "\"}";
  BOOST_TEST(starts_with(ask("POST", "/v1/kill", body), "HTTP/1.1 400 "));
  BOOST_TEST(contains(ask("POST", "/v1/kill", body), "cannot send x: no such signal"));
}

BOOST_FIXTURE_TEST_CASE(a_header_beyond_the_limit_is_refused, Fixture) {
  const std::string answer =
      ask("GET", "/v1/version", "", "X: " + std::string(20000, 'x') + "\r\n");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 431 "));
}

BOOST_AUTO_TEST_CASE(a_request_that_does_not_arrive_in_time_is_given_up) {
  const Fixture f(Limits{.request = std::chrono::milliseconds(50)});
  BOOST_TEST(starts_with(f.talk("GET /v1/vers"), "HTTP/1.1 408 "));
  BOOST_TEST(f.talk("") == "");
}

BOOST_FIXTURE_TEST_CASE(a_connection_is_kept_for_the_next_request, Fixture) {
  const std::string answers = talk(
      "GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /v1/nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  BOOST_TEST(starts_with(answers, "HTTP/1.1 200 "));
  BOOST_TEST(contains(answers, "HTTP/1.1 404 "));
}

BOOST_FIXTURE_TEST_CASE(a_client_of_another_major_is_told_so, Fixture) {
  const std::string answer = ask("GET", "/v1/services", "", "Consort-Api: 2.0\r\n");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 426 "));
  BOOST_TEST(contains(answer, R"("kind":"unsupported")"));
  BOOST_TEST(contains(answer, "the supervisor of project shop (version 9.8.7, pid "));
  BOOST_TEST(contains(answer, "speaks API 1, its client speaks 2"));
  BOOST_TEST(starts_with(ask("GET", "/v1/version", "", "Consort-Api: 2.0\r\n"), "HTTP/1.1 200 "));
  BOOST_TEST(starts_with(ask("GET", "/v1/services", "", "Consort-Api: 1.9\r\n"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_throws_costs_its_request_only, Fixture) {
  const std::string answer = ask("POST", "/v1/kill", R"({"signal":"throw"})");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 500 "));
  BOOST_TEST(contains(wait_for_log(), "a bug"));
  BOOST_TEST(starts_with(ask("GET", "/v1/version"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(another_user_is_hung_up_on_and_logged, Fixture,
                        *boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
                          return boost::test_tools::assertion_result(::geteuid() == 0);
                        })) {
  // Even where the files would let it in, its uid does not.
  const passwd* nobody = ::getpwnam("nobody");
  BOOST_REQUIRE(nobody != nullptr);
  for (auto path : {directory, socket.parent_path()}) {
    BOOST_REQUIRE(::chmod(path.c_str(), 0755) == 0);
  }
  BOOST_REQUIRE(::chmod(socket.c_str(), 0666) == 0);
  const uid_t uid = nobody->pw_uid;
  const auto address = *socket_address(socket);
  const pid_t child = ::fork();
  if (child == 0) {  // async-signal-safe calls only: the parent has threads
    if (::setuid(uid) != 0) ::_exit(100);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      ::_exit(101);
    static constexpr char text[] = "GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n";
    static_cast<void>(::send(fd, text, sizeof text - 1, MSG_NOSIGNAL));
    char byte;
    ::_exit(::recv(fd, &byte, 1, 0) > 0 ? 102 : 0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == 0);
  BOOST_TEST(wait_for_log() == "refused a connection of uid " + std::to_string(uid) + " (pid " +
                                   std::to_string(child) + ")");
  BOOST_TEST(starts_with(ask("GET", "/v1/version"), "HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(only_the_owner_and_root_may_use_it) {
  BOOST_TEST(may_use({::geteuid(), 1}));
  BOOST_TEST(may_use({0, 1}));
  BOOST_TEST(!may_use({::geteuid() + 1, 1}));
}

BOOST_AUTO_TEST_CASE(too_many_connections_are_turned_away_with_the_cause) {
  const Fixture f(Limits{.connections = 2});
  const Fd first = f.connect(), second = f.connect();
  const std::string answer = f.talk("");
  BOOST_TEST(starts_with(answer, "HTTP/1.1 503 "));
  BOOST_TEST(contains(answer, "too many connections are open"));
}

// While it lives, no descriptor above those that are open can be opened.
struct NoDescriptors {
  NoDescriptors() {
    const Fd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{static_cast<rlim_t>(lowest.get()), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

BOOST_FIXTURE_TEST_CASE(out_of_descriptors_it_answers_some_clients_and_tells_the_others, Fixture) {
  const auto address = *socket_address(socket);
  std::vector<Fd> clients;
  for (int i = 0; i < 9; ++i)
    clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n";
  {
    const NoDescriptors none;
    for (const Fd& client : clients) {  // each stays open
      BOOST_REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address),
                              sizeof address) == 0);
      static_cast<void>(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL));
      char head[13] = {};
      BOOST_REQUIRE(::recv(client.get(), head, 12, MSG_WAITALL) == 12);
      BOOST_TEST(std::string_view(head) ==
                 (&client == &clients.back() ? "HTTP/1.1 503" : "HTTP/1.1 200"));
    }
    BOOST_TEST(contains(receive_all(clients.back().get()), "out of file descriptors"));
    BOOST_TEST(contains(wait_for_log(), "has run out of descriptors"));
  }
  clients.clear();
  BOOST_TEST(starts_with(ask("GET", "/v1/version"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(who_was_not_accepted_yet_is_not_cut_off_when_it_listens_anew, Fixture) {
  Fd waiting;
  on_server([&] {  // where nothing is accepted meanwhile
    waiting = connect();
    BOOST_REQUIRE(::unlink(socket.c_str()) == 0);
    auto listener = listen_privately(socket);
    BOOST_REQUIRE(listener);
    server->listen_on(std::move(*listener));
  });
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  BOOST_REQUIRE(::send(waiting.get(), request.data(), request.size(), 0) > 0);
  BOOST_TEST(starts_with(receive_all(waiting.get()), "HTTP/1.1 200 "));
  BOOST_TEST(starts_with(ask("GET", "/v1/version"), "HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(it_can_listen_anew_and_keeps_its_connections, Fixture) {
  const Fd kept = connect();
  BOOST_REQUIRE(::unlink(socket.c_str()) == 0);
  auto listener = listen_privately(socket);
  BOOST_REQUIRE(listener);
  on_server([&] { server->listen_on(std::move(*listener)); });
  BOOST_TEST(starts_with(ask("GET", "/v1/version"), "HTTP/1.1 200 "));
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  BOOST_REQUIRE(::send(kept.get(), request.data(), request.size(), 0) > 0);
  BOOST_TEST(starts_with(receive_all(kept.get()), "HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_SUITE_END()
