#include "tests/api/fixture.h"

using namespace consort::api;
using namespace consort::api::testing;
namespace fs = std::filesystem;

namespace {

struct Directory {
  Directory() {
    char name[] = "/tmp/consort-listen-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Directory() { fs::remove_all(path); }
  fs::path path;
};

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  BOOST_REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listener)

BOOST_AUTO_TEST_CASE(the_socket_and_its_directory_are_private) {
  const Directory directory;
  const fs::path socket = directory.path / "made" / "api.sock";
  BOOST_REQUIRE(listen_privately(socket));
  BOOST_TEST(mode_of(socket) == 0600u);
  BOOST_TEST(mode_of(socket.parent_path()) == 0700u);
  BOOST_TEST(std::distance(fs::directory_iterator(socket.parent_path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced) {
  const Directory directory;
  const fs::path socket = directory.path / "shop" / "api.sock";
  BOOST_REQUIRE(listen_privately(socket));  // closed at once: stale
  BOOST_TEST(!Client(socket).get("/v1/version"));
  const auto listener = listen_privately(socket);
  BOOST_REQUIRE(listener);
  const auto address = socket_address(socket);
  const Fd client(::socket(AF_UNIX, SOCK_STREAM, 0));
  BOOST_TEST(
      ::connect(client.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
}

BOOST_AUTO_TEST_CASE(a_path_too_long_for_a_socket_says_so) {
  const Directory directory;
  const auto listener = listen_privately(directory.path / std::string(100, 'x') / "api.sock");
  BOOST_REQUIRE(!listener);
  BOOST_TEST(contains(listener.error().message(), "bytes long and at most 107 are possible"));
  BOOST_TEST(contains(listener.error().message(), "XDG_RUNTIME_DIR"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_others_may_write_is_refused) {
  const Directory directory;
  fs::permissions(directory.path, fs::perms(0777));
  const auto listener = listen_privately(directory.path / "shop" / "api.sock");
  BOOST_REQUIRE(!listener);
  BOOST_TEST(contains(listener.error().message(), "others may write to it"));
}

BOOST_AUTO_TEST_CASE(the_projects_own_directory_is_looked_at_too) {
  const Directory directory;
  fs::create_directory(directory.path / "shop");
  fs::permissions(directory.path / "shop", fs::perms(0770));
  const auto listener = listen_privately(directory.path / "shop" / "api.sock");
  BOOST_REQUIRE(!listener);
  BOOST_TEST(contains(listener.error().message(), (directory.path / "shop").string() + ": others"));
  BOOST_TEST(contains(listener.error().message(), "set XDG_RUNTIME_DIR"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_a_symbolic_link_is_refused) {
  const Directory directory;
  fs::create_directory(directory.path / "real");
  fs::create_symlink("real", directory.path / "link");
  const auto listener = listen_privately(directory.path / "link" / "shop" / "api.sock");
  BOOST_REQUIRE(!listener);
  BOOST_TEST(contains(listener.error().message(), "symbolic link"));
}

BOOST_AUTO_TEST_SUITE_END()
