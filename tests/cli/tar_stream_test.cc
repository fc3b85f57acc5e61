#include "core/cli/tar_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/file.h"

namespace fs = std::filesystem;
using namespace consort;
using namespace consort::cli;

namespace {

// A folder of its own, from which the test's working directory is put back.
struct Place {
  Place() {
    char name[] = "/tmp/consort-tar-XXXXXX";
    root = ::mkdtemp(name);
    fs::create_directories(root / "out");
  }
  ~Place() {
    fs::current_path(before);
    fs::remove_all(root);
  }
  void write(const fs::path& name, const std::string& text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
  std::string read(const fs::path& name) const {
    std::ifstream file(root / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Through a file: as large as it gets.
  base::Result<void> copy(const std::string& from, const std::string& as, const std::string& to,
                          PackOptions options = {}) const {
    const base::Fd file(::open((root / "tar").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
    if (auto packed = pack((root / from).string(), as, options, file.get()); !packed) return packed;
    ::lseek(file.get(), 0, SEEK_SET);
    return unpack(file.get(), (root / "out").string(), to, false);
  }

  const fs::path before = fs::current_path();
  fs::path root;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tar_stream)

BOOST_AUTO_TEST_CASE(a_folder_comes_out_under_another_name) {
  const Place place;
  place.write("in/one", "1");
  place.write("in/sub/two", std::string(200'000, '2'));
  fs::create_symlink("one", place.root / "in/link");
  ::chmod((place.root / "in/one").c_str(), 0640);
  BOOST_TEST(!!place.copy("in", "a", "b"));
  BOOST_TEST(place.read("out/b/one") == "1");
  BOOST_TEST(place.read("out/b/sub/two") == std::string(200'000, '2'));
  BOOST_TEST(fs::read_symlink(place.root / "out/b/link") == "one");
  BOOST_TEST((fs::status(place.root / "out/b/one").permissions() == fs::perms(0640)));
}

BOOST_AUTO_TEST_CASE(only_what_is_in_it_where_it_has_no_name) {
  const Place place;
  place.write("in/one", "1");
  BOOST_TEST(!!place.copy("in", "a", ""));
  BOOST_TEST(place.read("out/one") == "1");
}

BOOST_AUTO_TEST_CASE(a_file_and_a_link_to_it) {
  const Place place;
  place.write("file", "x");
  fs::create_symlink("file", place.root / "link");
  BOOST_TEST(!!place.copy("file", "a", "as-file"));
  BOOST_TEST(!!place.copy("link", "a", "as-link"));
  BOOST_TEST(!!place.copy("link", "a", "followed", {true, false}));
  BOOST_TEST(place.read("out/as-file") == "x");
  BOOST_TEST(fs::is_symlink(place.root / "out/as-link"));
  BOOST_TEST((!fs::is_symlink(place.root / "out/followed") && place.read("out/followed") == "x"));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_outside_of_the_folder) {
  const Place place;
  place.write("in/sub/file", "x");
  fs::create_directories(place.root / "outside");
  fs::create_directories(place.root / "out/b");
  fs::create_directory_symlink(place.root / "outside", place.root / "out/b/sub");
  (void)place.copy("in", "a", "b");
  BOOST_TEST(fs::is_empty(place.root / "outside"));
  BOOST_TEST(!place.copy("in", "a/../../outside", "b"));
  BOOST_TEST(fs::is_empty(place.root / "outside"));
}

BOOST_AUTO_TEST_CASE(what_is_no_archive_and_what_is_not_there) {
  const Place place;
  place.write("file", "no archive at all");
  const base::Fd file(::open((place.root / "file").c_str(), O_RDONLY));
  BOOST_TEST(!unpack(file.get(), (place.root / "out").string(), "x", false));
  BOOST_TEST(!unpack(file.get(), (place.root / "none").string(), "x", false));
  BOOST_TEST(!place.copy("none", "a", "b"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_is_told_apart) {
  const Place place;
  place.write("file", std::string(1'000'000, 'x'));
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  ::signal(SIGPIPE, SIG_IGN);
  const auto packed = pack((place.root / "file").string(), "a", {}, ends[1]);
  ::signal(SIGPIPE, SIG_DFL);
  ::close(ends[1]);
  BOOST_REQUIRE(!packed);
  BOOST_TEST((packed.error().kind() == base::ErrorKind::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
