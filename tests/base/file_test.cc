#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "core/base/private_directory.h"
#include "tests/base/temp_dir.h"

using namespace consort::base;
namespace fs = std::filesystem;
using consort::test::TempDir;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  BOOST_REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(an_fd_closes_what_it_owns_and_a_moved_one_does_not) {
  Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  {
    Fd second(std::move(first));
    BOOST_TEST(!first);
    BOOST_TEST(second.get() == number);
    BOOST_TEST(::fcntl(number, F_GETFD) != -1);
  }
  BOOST_TEST(::fcntl(number, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(reads_back_what_was_written_whole) {
  const TempDir dir;
  const std::string content("a\0b\n\xff", 5);
  BOOST_REQUIRE(write_file_atomic(dir / "f", content, 0600, true));
  const auto read = read_file(dir / "f");
  BOOST_REQUIRE(read);
  BOOST_TEST(*read == content);
  BOOST_TEST(mode_of(dir / "f") == 0600);
  BOOST_TEST(!fs::exists(dir / "f.new"));
}

BOOST_AUTO_TEST_CASE(replaces_a_file_and_not_what_a_link_points_to) {
  const TempDir dir;
  BOOST_REQUIRE(write_file_atomic(dir / "target", "old"));
  fs::create_symlink(dir / "target", dir / "link");
  BOOST_REQUIRE(write_file_atomic(dir / "link", "new"));
  BOOST_TEST(*read_file(dir / "target") == "old");
  BOOST_TEST(*read_file(dir / "link") == "new");
}

BOOST_AUTO_TEST_CASE(a_failed_write_keeps_the_old_file) {
  const TempDir dir;
  BOOST_REQUIRE(write_file_atomic(dir / "f", "old"));
  fs::create_directory(dir / "f.new");  // the temporary name is taken
  const auto written = write_file_atomic(dir / "f", "new");
  BOOST_REQUIRE(!written);
  BOOST_TEST(contains(written.error().message(), (dir / "f.new").string()));
  BOOST_TEST(*read_file(dir / "f") == "old");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_not_found_and_named) {
  const auto read = read_file("/nonexistent/x");
  BOOST_REQUIRE(!read);
  BOOST_TEST((read.error().kind() == ErrorKind::not_found));
  BOOST_TEST(read.error().message() == "cannot read /nonexistent/x: No such file or directory");
}

// A pipe without a writer would keep its reader for ever.
BOOST_AUTO_TEST_CASE(pipes_and_devices_are_read_for_those_alone_who_ask_for_them) {
  const TempDir dir;
  BOOST_REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  for (const std::string& path : {(dir / "pipe").string(), std::string("/dev/zero")}) {
    const auto read = read_file(path);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error().kind() == ErrorKind::invalid));
    BOOST_TEST(read.error().message() ==
               "cannot read " + path + ": it is not a regular file (a pipe or a device)");
  }
  BOOST_TEST(*read_file("/dev/null") == "");
  const Fd writer(::open((dir / "pipe").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  BOOST_TEST(!read_file(dir / "pipe"));

  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd reading(ends[0]);
  BOOST_REQUIRE(::write(ends[1], "text", 4) == 4);
  ::close(ends[1]);
  const auto read = read_file("/dev/fd/" + std::to_string(reading.get()), 100, Readable::streams);
  BOOST_REQUIRE(read);
  BOOST_TEST(*read == "text");
}

BOOST_AUTO_TEST_CASE(a_directory_or_a_too_large_file_is_refused) {
  const TempDir dir;
  BOOST_TEST(!read_file(dir.path()));
  BOOST_REQUIRE(write_file_atomic(dir / "f", std::string(100, 'x')));
  BOOST_TEST(read_file(dir / "f", 100).has_value());
  const auto read = read_file(dir / "f", 99);
  BOOST_REQUIRE(!read);
  BOOST_TEST((read.error().kind() == ErrorKind::invalid));
}

BOOST_AUTO_TEST_CASE(a_private_directory_is_made_with_its_parents) {
  const TempDir dir;
  BOOST_REQUIRE(ensure_private_directory(dir / "a/b/c"));
  BOOST_TEST(mode_of(dir / "a") == 0700);
  BOOST_TEST(mode_of(dir / "a/b/c") == 0700);
  BOOST_TEST(ensure_private_directory(dir / "a/b/c").has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_that_has_no_place_is_not_a_name_that_is_missing) {
  const auto made = ensure_private_directory("/proc/consort/shop");
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error().kind() == ErrorKind::unavailable));
  BOOST_TEST(contains(made.error().message(), "cannot create directory /proc/consort: "));
}

BOOST_AUTO_TEST_CASE(a_link_or_a_file_or_an_open_directory_is_not_private) {
  const TempDir dir;
  fs::create_directory(dir / "real");
  fs::create_symlink(dir / "real", dir / "link");
  BOOST_REQUIRE(write_file_atomic(dir / "file", ""));
  fs::create_directory(dir / "open");
  BOOST_REQUIRE(::chmod((dir / "open").c_str(), 0777) == 0);
  const std::pair<const char*, const char*> cases[] = {
      {"link", "symbolic link"}, {"file", "not a directory"}, {"open", "others may write"}};
  for (const auto& [name, why] : cases) {
    const auto made = ensure_private_directory(dir / name);
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().kind() == ErrorKind::denied));
    BOOST_TEST(contains(made.error().message(), (dir / name).string()));
    BOOST_TEST(contains(made.error().message(), why));
  }
}

BOOST_AUTO_TEST_CASE(a_check_makes_nothing) {
  const TempDir dir;
  const auto checked = check_private_directory(dir / "none");
  BOOST_REQUIRE(!checked);
  BOOST_TEST((checked.error().kind() == ErrorKind::not_found));
  BOOST_TEST(!fs::exists(dir / "none"));
  BOOST_TEST(check_private_directory(dir.path()).has_value());
}

BOOST_AUTO_TEST_CASE(a_private_directory_of_another_user_is_refused) {
  if (::geteuid() != 0) {
    std::cerr << "SKIPPED: only root can give a directory away\n";
    return;
  }
  const TempDir dir;
  fs::create_directory(dir / "theirs");
  BOOST_REQUIRE(::chown((dir / "theirs").c_str(), 65534, 65534) == 0);
  BOOST_REQUIRE(::chmod((dir / "theirs").c_str(), 0700) == 0);
  const auto made = ensure_private_directory(dir / "theirs");
  BOOST_REQUIRE(!made);
  BOOST_TEST(contains(made.error().message(), "another user"));
}

BOOST_AUTO_TEST_CASE(write_all_writes_more_than_a_pipe_holds_at_once_and_reports_a_failure) {
  const TempDir dir;
  const Fd fd(::open((dir / "f").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const std::string data(1 << 20, 'y');
  BOOST_REQUIRE(write_all(fd.get(), data));
  BOOST_TEST(read_file(dir / "f")->size() == data.size());
  const Fd read_only(::open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC));
  BOOST_TEST(!write_all(read_only.get(), "x"));
}

BOOST_AUTO_TEST_SUITE_END()
