#include <boost/test/unit_test.hpp>

#include "core/cli/attach.h"

using namespace consort::cli;
using namespace consort::model;

namespace {

ReplicaStatus ended(const char* service, int code) {
  ReplicaStatus status;
  status.id = {service, 1};
  status.state = State::exited;
  status.last_exit = ExitInfo{};
  status.last_exit->code = code;
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(abort_of_an_attached_up)

BOOST_AUTO_TEST_CASE(without_the_options_nothing_aborts) {
  BOOST_TEST(!abort_for(ended("web", 1), {}).stop_all);
}

BOOST_AUTO_TEST_CASE(on_exit_any_end_aborts_with_its_code) {
  AttachOptions options;
  options.abort_on_exit = true;
  BOOST_TEST(abort_for(ended("web", 3), options).stop_all);
  BOOST_TEST(abort_for(ended("web", 3), options).code == 3);
  BOOST_TEST(abort_for(ended("web", 0), options).stop_all);
}

BOOST_AUTO_TEST_CASE(on_exit_a_one_shot_that_others_wait_for_may_end_well) {
  AttachOptions options;
  options.abort_on_exit = true;
  options.one_shots = {"migrate"};
  BOOST_TEST(!abort_for(ended("migrate", 0), options).stop_all);
  BOOST_TEST(abort_for(ended("migrate", 1), options).stop_all);
}

BOOST_AUTO_TEST_CASE(on_failure_only_a_failure_aborts) {
  AttachOptions options;
  options.abort_on_failure = true;
  BOOST_TEST(!abort_for(ended("web", 0), options).stop_all);
  BOOST_TEST(abort_for(ended("web", 9), options).code == 9);
}

BOOST_AUTO_TEST_CASE(a_signal_counts_as_a_shell_shows_it) {
  AttachOptions options;
  options.abort_on_failure = true;
  ReplicaStatus killed = ended("web", 0);
  killed.last_exit->code.reset();
  killed.last_exit->signal = 9;
  BOOST_TEST(abort_for(killed, options).code == 137);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_a_failure) {
  AttachOptions options;
  options.abort_on_failure = true;
  ReplicaStatus failed;
  failed.state = State::failed;
  BOOST_TEST(abort_for(failed, options).stop_all);
  BOOST_TEST(abort_for(failed, options).code == 1);
}

BOOST_AUTO_TEST_CASE(what_is_going_to_be_started_again_has_not_ended) {
  AttachOptions options;
  options.abort_on_exit = true;
  ReplicaStatus restarting = ended("web", 1);
  restarting.state = State::backoff;
  BOOST_TEST(!abort_for(restarting, options).stop_all);
}

BOOST_AUTO_TEST_SUITE_END()
