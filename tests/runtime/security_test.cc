#include "core/runtime/security.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/runtime/support.h"

namespace consort::runtime {
namespace {

using test::contains;
using test::make_folder;

std::string error_of(const std::filesystem::path& path, uid_t user = ::geteuid()) {
  const auto safe = secure_path(path, user);
  BOOST_REQUIRE(!safe);
  return safe.error().message();
}

struct Tree {
  Tree() {
    make_folder(temp / "folder");
    test::write(file, "x");
  }
  test::TempDir temp;
  std::filesystem::path file = temp / "folder/file";
};

BOOST_FIXTURE_TEST_SUITE(security, Tree)

BOOST_AUTO_TEST_CASE(ones_own_file_below_a_sticky_folder_is_safe) {
  const auto safe = secure_path(file, ::geteuid());
  BOOST_REQUIRE(safe);
  BOOST_TEST(*safe == file);
}

BOOST_AUTO_TEST_CASE(a_file_writable_by_others_is_refused_by_its_path) {
  ::chmod(file.c_str(), 0646);
  BOOST_TEST(error_of(file) == file.string() + " is writable by everybody: chmod o-w it");
  ::chmod(file.c_str(), 0664);
  BOOST_TEST(error_of(file) == file.string() + " is writable by its group: chmod g-w it");
}

BOOST_AUTO_TEST_CASE(a_folder_above_it_counts_too) {
  make_folder(temp / "folder", 0777);
  BOOST_TEST(contains(error_of(file), (temp / "folder").string() + " is writable by everybody"));
  make_folder(temp / "folder", 0775);
  BOOST_TEST(contains(error_of(file), (temp / "folder").string() + " is writable by its group"));
}

BOOST_AUTO_TEST_CASE(a_foreign_owner_is_refused) {
  if (::geteuid() != 0) return;  // only root can give a file away
  BOOST_REQUIRE(::chown((temp / "folder").c_str(), 4321, 0) == 0);
  BOOST_TEST(contains(error_of(file), (temp / "folder").string() + " belongs to user 4321"));
  BOOST_TEST(!!secure_path(file, 4321));  // for that user it is his own and root's
}

BOOST_AUTO_TEST_CASE(only_roots_sticky_folders_pass) {
  make_folder(temp / "folder", 01777);
  BOOST_TEST(!!secure_path(file, ::geteuid()) == (::geteuid() == 0));
  if (::geteuid() != 0) return;
  BOOST_REQUIRE(::chown((temp / "folder").c_str(), 4321, 0) == 0);
  BOOST_TEST(contains(error_of(file, 4321), "is writable by everybody"));
}

BOOST_AUTO_TEST_CASE(links_are_followed_and_what_they_lead_to_is_checked) {
  std::filesystem::create_symlink("folder", temp / "link");
  std::filesystem::create_symlink(temp / "link/../link/file", temp / "to-file");
  const auto safe = secure_path(temp / "to-file", ::geteuid());
  BOOST_REQUIRE(safe);
  BOOST_TEST(*safe == file);
  make_folder(temp / "folder", 0777);
  BOOST_TEST(contains(error_of(temp / "to-file"), (temp / "folder").string()));
}

BOOST_AUTO_TEST_CASE(a_link_of_somebody_else_is_refused) {
  if (::geteuid() != 0) return;
  std::filesystem::create_symlink(file, temp / "link");
  BOOST_REQUIRE(::lchown((temp / "link").c_str(), 4321, 0) == 0);
  BOOST_TEST(contains(error_of(temp / "link"), (temp / "link").string() + " belongs to user 4321"));
}

BOOST_AUTO_TEST_CASE(a_ring_of_links_ends) {
  std::filesystem::create_symlink("b", temp / "a");
  std::filesystem::create_symlink("a", temp / "b");
  BOOST_TEST(contains(error_of(temp / "a"), "Too many levels of symbolic links"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_not_absolute_is_an_error) {
  BOOST_TEST(contains(error_of(temp / "none"), "No such file"));
  BOOST_TEST(contains(error_of("relative"), "is not absolute"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
