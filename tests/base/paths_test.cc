#include "core/base/paths.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <optional>
#include <string>

using namespace consort::base;

namespace {

// Sets or unsets a variable of this process and puts back what it was.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) {
    if (value != nullptr) {
      ::setenv(name_, value, 1);
    } else {
      ::unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(paths)

BOOST_AUTO_TEST_CASE(xdg_directories_come_first) {
  const Variable state("XDG_STATE_HOME", "/s");
  const Variable runtime("XDG_RUNTIME_DIR", "/r");
  const Roots roots = roots_from_environment();
  BOOST_TEST(roots.state == "/s/consort");
  BOOST_TEST(roots.runtime == "/r/consort");
}

BOOST_AUTO_TEST_CASE(a_relative_xdg_directory_is_ignored) {
  const Variable state("XDG_STATE_HOME", "s");
  const Variable runtime("XDG_RUNTIME_DIR", "r");
  const Variable home("HOME", "/home/me");
  const Roots roots = roots_from_environment();
  BOOST_TEST(roots.state == "/home/me/.local/state/consort");
  BOOST_TEST(roots.runtime.is_absolute());
}

BOOST_AUTO_TEST_CASE(without_a_home_the_state_is_in_var_tmp) {
  const Variable state("XDG_STATE_HOME", nullptr);
  const Variable home("HOME", nullptr);
  BOOST_TEST(roots_from_environment().state == "/var/tmp/consort-" + std::to_string(::geteuid()));
}

BOOST_AUTO_TEST_CASE(a_project_has_its_own_directories) {
  const ProjectPaths paths = project_paths({"/s", "/r"}, "shop");
  BOOST_TEST(paths.lock == "/s/shop/lock");
  BOOST_TEST(paths.store == "/s/shop/record");
  BOOST_TEST(paths.instances == "/s/shop/instances");
  BOOST_TEST(paths.socket == "/r/shop/api.sock");
}

BOOST_AUTO_TEST_SUITE_END()
