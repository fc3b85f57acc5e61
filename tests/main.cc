#define BOOST_TEST_MODULE consort
#include <boost/test/unit_test.hpp>
