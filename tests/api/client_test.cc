#include <fcntl.h>

#include "tests/api/fixture.h"

using namespace consort::api;
using namespace consort::api::testing;

namespace {

// A listener that gives each connection in turn the next of `answers`, whatever it asks.
struct Impostor {
  explicit Impostor(std::vector<std::string> answers) {
    char name[] = "/tmp/consort-client-XXXXXX";
    directory = ::mkdtemp(name);
    socket = directory / "shop" / "api.sock";
    listener = std::move(*listen_privately(socket));
    const int flags = ::fcntl(listener.get(), F_GETFL);
    ::fcntl(listener.get(), F_SETFL, flags & ~O_NONBLOCK);
    thread = std::thread([this, answers = std::move(answers)] {
      for (const auto& answer : answers) {
        const Fd client(::accept(listener.get(), nullptr, nullptr));
        char buffer[65536];
        static_cast<void>(::recv(client.get(), buffer, sizeof buffer, 0));
        static_cast<void>(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
      }
    });
  }
  ~Impostor() {
    thread.join();
    std::filesystem::remove_all(directory);
  }
  std::filesystem::path directory, socket;
  Fd listener;
  std::thread thread;
};

std::string answer(std::string_view headers, std::string_view body) {
  return "HTTP/1.1 200 OK\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(no_supervisor_is_said_in_words) {
  const auto got = Client("/tmp/consort-nowhere/shop/api.sock").get("/v1/version");
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().kind() == ErrorKind::unavailable));
  BOOST_TEST(got.error().message() ==
             "no supervisor runs for project shop (nothing listens on "
             "/tmp/consort-nowhere/shop/api.sock)");
}

BOOST_FIXTURE_TEST_CASE(a_socket_that_others_could_have_put_there_is_not_used, Fixture) {
  for (const auto& [folder, mode, why] :
       {std::tuple(directory, 0777, "others may write to it"),
        std::tuple(directory / "shop", 0722, "others may write to it")}) {
    std::filesystem::permissions(folder, std::filesystem::perms(mode));
    const auto got = Client(socket).get("/v1/version");
    std::filesystem::permissions(folder, std::filesystem::perms(0700));
    BOOST_REQUIRE(!got);
    BOOST_TEST((got.error().kind() == ErrorKind::denied));
    BOOST_TEST(contains(got.error().message(), "directory " + folder.string() + ": " + why));
    BOOST_TEST(contains(got.error().message(), "set XDG_RUNTIME_DIR"));
  }
  std::filesystem::create_symlink(directory / "shop", directory / "link");
  const auto linked = Client(directory / "link" / "api.sock").get("/v1/version");
  BOOST_REQUIRE(!linked);
  BOOST_TEST(contains(linked.error().message(), "it is a symbolic link"));
}

// Another user who listens in a directory that is the client's own all the same.
BOOST_AUTO_TEST_CASE(a_server_of_another_user_is_sent_nothing,
                     *boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
                       return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
  char name[] = "/tmp/consort-client-XXXXXX";
  const std::filesystem::path directory = ::mkdtemp(name);
  std::filesystem::create_directory(directory / "shop");
  const auto socket = directory / "shop" / "api.sock";
  const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = socket_address(socket);
  BOOST_REQUIRE(
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
  BOOST_REQUIRE(::seteuid(65534) == 0);
  BOOST_REQUIRE(::listen(listener.get(), 4) == 0);  // who listens is who SO_PEERCRED names
  BOOST_REQUIRE(::seteuid(0) == 0);
  const auto got = Client(socket).post("/v1/up", json::object{{"secret", 1}});
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().kind() == ErrorKind::denied));
  BOOST_TEST(contains(got.error().message(), "belongs to another user (uid 65534"));
  const Fd accepted(::accept(listener.get(), nullptr, nullptr));
  char byte;
  BOOST_TEST(::recv(accepted.get(), &byte, 1, 0) == 0);
  std::filesystem::remove_all(directory);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_the_supervisor_is_the_clients_error, Fixture) {
  const auto got = Client(socket).post("/v1/kill", json::object{{"signal", "SIGNOPE"}});
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().kind() == ErrorKind::invalid));
  BOOST_TEST(got.error().message() == "cannot send SIGNOPE: no such signal");
  const auto missing = Client(socket).get("/v1/project");
  BOOST_REQUIRE(!missing);
  BOOST_TEST((missing.error().kind() == ErrorKind::not_found));
}

BOOST_AUTO_TEST_CASE(a_supervisor_of_another_api_is_named_with_what_to_do) {
  const Impostor other(
      {answer("Consort-Api: 2.0\r\n", "{}"),
       answer("Consort-Api: 2.0\r\n", R"({"version":"3.1.0","major":2,"pid":4711})")});
  const auto got = Client(other.socket).get("/v1/services");
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().kind() == ErrorKind::unsupported));
  BOOST_TEST(starts_with(got.error().message(),
                         "the supervisor of project shop (version 3.1.0, pid 4711) speaks API 2, "
                         "this consort (version "));
  BOOST_TEST(contains(got.error().message(), "run `consort supervisor restart`"));
}

BOOST_AUTO_TEST_CASE(a_newer_minor_is_fine) {
  const Impostor newer({answer("Consort-Api: 1.7\r\n", R"({"novel":1})")});
  BOOST_TEST(static_cast<bool>(Client(newer.socket).get("/v1/services")));
}

BOOST_AUTO_TEST_CASE(something_else_behind_the_socket_is_recognised) {
  const Impostor other({answer("", "{}"), "SSH-2.0-OpenSSH_9.2\r\n"});
  const auto got = Client(other.socket).get("/v1/services");
  BOOST_REQUIRE(!got);
  BOOST_TEST(contains(got.error().message(), "is no Consort supervisor"));
  const auto ssh = Client(other.socket).get("/v1/services");
  BOOST_REQUIRE(!ssh);
  BOOST_TEST(contains(ssh.error().message(), "it is not HTTP"));
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_dies_amid_its_answer_is_an_error) {
  const Impostor dying({"", "HTTP/1.1 200 OK\r\nConsort-Api: 1.0\r\nContent-Length: 10\r\n\r\n{}",
                        "HTTP/1.1 200 OK\r\nConsort-Api: 1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\na\nb\r\n"});
  for (int i = 0; i < 2; ++i) {
    const auto got = Client(dying.socket).get("/v1/services");
    BOOST_REQUIRE(!got);
    BOOST_TEST((got.error().kind() == ErrorKind::unavailable));
  }
  std::vector<std::string> lines;
  const auto ended = Client(dying.socket).get_lines("/v1/logs", [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  BOOST_TEST(!ended);
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0] == "a");
}

BOOST_AUTO_TEST_CASE(lines_cut_over_chunks_are_whole) {
  const Impostor cut(
      {"HTTP/1.1 200 OK\r\nConsort-Api: 1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2\r\nab\r\n5\r\nc\nde\n\r\n1\r\nf\r\n0\r\n\r\n"});
  std::vector<std::string> lines;
  BOOST_REQUIRE(Client(cut.socket).get_lines("/v1/logs", [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  }));
  const std::vector<std::string> expected{"abc", "de", "f"};
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_reader_is_interrupted_through_its_descriptor, Fixture) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const Fd read_end(ends[0]), write_end(ends[1]);
  BOOST_REQUIRE(::write(write_end.get(), "x", 1) == 1);
  const auto ended = Client(socket).get_lines(
      "/v1/events?follow=1", [](std::string_view) { return true; }, read_end.get());
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error().kind() == ErrorKind::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
