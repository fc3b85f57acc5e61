#include "core/runtime/operations.h"

#include <boost/test/unit_test.hpp>

namespace consort::runtime {
namespace {

using std::chrono::seconds;
const base::SteadyTime start{};

struct Fixture {
  std::uint64_t add(seconds limit, std::string instance = "a", base::SteadyTime when = start) {
    return operations.add("start", std::move(instance), when, limit,
                          [this](Completion completion) { done.push_back(completion.message); });
  }
  static Completion saying(std::string message) {
    Completion completion;
    completion.message = std::move(message);
    return completion;
  }
  Operations operations;
  std::vector<std::string> done;
};

BOOST_FIXTURE_TEST_SUITE(operations, Fixture)

BOOST_AUTO_TEST_CASE(each_completes_once) {
  const auto id = add(seconds(1));
  BOOST_TEST(id != 0u);
  BOOST_TEST(operations.complete(id, saying("first")));
  BOOST_TEST(!operations.complete(id, saying("second")));
  BOOST_TEST(!operations.complete(id + 1, saying("never added")));
  BOOST_TEST(operations.was_added(id));
  BOOST_TEST(!operations.was_added(id + 1));
  BOOST_TEST(!operations.was_added(0));
  BOOST_TEST(done == std::vector<std::string>{"first"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_age_is_told_and_overdue_is_marked) {
  add(seconds(10));
  add(seconds(0), "b");
  auto list = operations.pending(start + seconds(10));
  BOOST_REQUIRE(list.size() == 2u);
  BOOST_TEST(list[0].overdue);
  BOOST_TEST(!list[1].overdue);  // no limit
  BOOST_TEST(to_string(list[0]) == "start of a has been pending for 10s");
  BOOST_TEST(!operations.first_overdue(start + seconds(9)));
  BOOST_TEST(operations.first_overdue(start + seconds(10))->instance == "a");
}

BOOST_AUTO_TEST_CASE(a_slow_one_is_told_once_and_again_after_progress) {
  const auto id = operations.add(
      "stop", "a", start, seconds(60), [](Completion) {}, seconds(5));
  BOOST_TEST((*operations.next_due(start) == start + seconds(5)));
  BOOST_TEST((*operations.next_due_of(id) == start + seconds(5)));
  BOOST_TEST(operations.take_slow(start + seconds(4)).empty());
  const auto slow = operations.take_slow(start + seconds(5));
  BOOST_REQUIRE(slow.size() == 1u);
  BOOST_TEST(slow[0].what == "stop");
  BOOST_TEST(operations.take_slow(start + seconds(9)).empty());
  BOOST_TEST((*operations.next_due_of(id) == start + seconds(60)));
  operations.postpone("a", start + seconds(10));
  BOOST_TEST(operations.take_slow(start + seconds(14)).empty());
  BOOST_TEST(operations.take_slow(start + seconds(15)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_next_due_is_the_earliest_that_is_not_past) {
  BOOST_TEST(!operations.next_due(start));
  add(seconds(0));
  BOOST_TEST(!operations.next_due(start));
  add(seconds(5));
  add(seconds(3));
  BOOST_TEST((*operations.next_due(start) == start + seconds(3)));
  BOOST_TEST((*operations.next_due(start + seconds(4)) == start + seconds(5)));
  BOOST_TEST(!operations.next_due(start + seconds(6)));
}

BOOST_AUTO_TEST_CASE(progress_gives_the_whole_limit_again) {
  add(seconds(5));
  operations.postpone("other", start + seconds(4));
  BOOST_TEST(!!operations.first_overdue(start + seconds(6)));
  operations.postpone("a", start + seconds(4));
  BOOST_TEST(!operations.first_overdue(start + seconds(8)));
  BOOST_TEST(!!operations.first_overdue(start + seconds(9)));
}

BOOST_AUTO_TEST_CASE(all_that_is_left_completes_together) {
  add(seconds(1));
  add(seconds(1));
  operations.complete_all(saying("shut down"));
  BOOST_TEST(operations.empty());
  BOOST_TEST(done.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
