#include <boost/test/unit_test.hpp>

#include "plugins/docker/engine.h"
#include "plugins/docker/json_view.h"
#include "plugins/docker/reference.h"

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_values)

BOOST_AUTO_TEST_CASE(durations_are_composes) {
  BOOST_TEST(to_nanoseconds("10s") == 10'000'000'000);
  BOOST_TEST(to_nanoseconds("1m30s") == 90'000'000'000);
  BOOST_TEST(to_nanoseconds("1h2m3s4ms5us") == 3723'004'005'000);
  BOOST_TEST(to_nanoseconds("1.5s") == 1'500'000'000);
  BOOST_TEST(to_nanoseconds("nonsense") == 0);
  BOOST_TEST(to_nanoseconds(nullptr) == 0);
}

BOOST_AUTO_TEST_CASE(sizes_are_composes) {
  BOOST_TEST(to_bytes("67108864") == 67108864);
  BOOST_TEST(to_bytes(67108864) == 67108864);
  BOOST_TEST(to_bytes("64m") == 64 << 20);
  BOOST_TEST(to_bytes("1gb") == 1 << 30);
  BOOST_TEST(to_bytes("1.5k") == 1536);
  BOOST_TEST(to_bytes("") == 0);
}

BOOST_AUTO_TEST_CASE(references_split_into_name_and_tag) {
  const struct {
    const char *image, *name, *tag;
  } cases[] = {
      {"busybox", "busybox", "latest"},
      {"busybox:1", "busybox", "1"},
      {"localhost:5000/a/b", "localhost:5000/a/b", "latest"},
      {"localhost:5000/a/b:v2", "localhost:5000/a/b", "v2"},
      {"a@sha256:12", "a", "sha256:12"},
  };
  for (const auto& one : cases) {
    const auto [name, tag] = split_reference(one.image);
    BOOST_TEST(name == one.name);
    BOOST_TEST(tag == one.tag);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_an_error_is_thrown_with_the_engines_words) {
  Reply reply;
  reply.status = 404;
  reply.body = json::object{{"message", "No such container: x"}};
  BOOST_CHECK_EXCEPTION(expect(reply, "cannot look"), Error, [](const Error& e) {
    return e.status() == CONSORT_E_NOT_FOUND &&
           std::string(e.what()) == "cannot look: No such container: x";
  });
  reply.status = 304;  // there already
  BOOST_CHECK_NO_THROW(expect(reply, "cannot look"));
}

BOOST_AUTO_TEST_CASE(what_goes_into_a_query_is_encoded) {
  BOOST_TEST(url_encode("a b/c=\"ä\"~") == "a%20b%2Fc%3D%22%C3%A4%22~");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
