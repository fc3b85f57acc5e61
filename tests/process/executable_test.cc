#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "plugins/process/executable.h"

namespace consort::process {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "consort-exec-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name, int mode) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << "#!/bin/sh\n";
    ::chmod((path / name).c_str(), static_cast<mode_t>(mode));
    return path / name;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(executable, Folder)

BOOST_AUTO_TEST_CASE(a_bare_name_is_the_first_executable_in_path) {
  file("a/tool", 0644);
  const std::string second = file("b/tool", 0755);
  const std::string search =
      (path / "none").string() + ":" + (path / "a").string() + ":" + (path / "b").string();
  BOOST_TEST(locate_executable("tool", "/", search).path == second);
}

BOOST_AUTO_TEST_CASE(a_slash_means_from_the_directory) {
  const std::string tool = file("bin/tool", 0755);
  BOOST_TEST(locate_executable("./bin/tool", path.string(), "").path == tool);
  BOOST_TEST(locate_executable("bin/tool", path.string(), "").path == tool);
  BOOST_TEST(locate_executable(tool, "/nowhere", "").path == tool);
}

BOOST_AUTO_TEST_CASE(the_error_says_what_is_wrong_with_the_file) {
  const std::string plain = file("plain", 0644);
  BOOST_TEST(locate_executable(plain, "/", "").error ==
             "cannot run " + plain + ": it is not executable (chmod +x)");
  BOOST_TEST(locate_executable(path.string(), "/", "").error ==
             "cannot run " + path.string() + ": it is a directory");
  const std::string missing = path / "missing";
  BOOST_TEST(locate_executable(missing, "/", "").error ==
             "cannot run " + missing + ": there is no such file");
  BOOST_TEST(locate_executable(plain, "/", "").code == 126);
  BOOST_TEST(locate_executable("plain", "/", path.string()).code == 126);
  BOOST_TEST(locate_executable(missing, "/", "").code == 127);
  BOOST_TEST(locate_executable("nope", "/", "/a:/b").code == 127);
  BOOST_TEST(locate_executable("nope", "/", "/a:/b").error ==
             "cannot run nope: no such program in PATH (/a:/b)");
  BOOST_TEST(locate_executable("plain", "/", path.string()).error ==
             "cannot run " + plain + ": it is not executable (chmod +x)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::process
