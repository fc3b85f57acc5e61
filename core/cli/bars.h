#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consort::cli {

// How far several things have come that a runtime tells of: "web: pulling app:1 40 %". Each has a
// bar until something else is told of the same service. Pure.
class Bars {
 public:
  // True: it is how far something has come, and shown by lines() from now on. False: it is a
  // message; the bar of its service is taken away.
  bool take(std::string_view message);
  void clear() { bars_.clear(); }
  bool empty() const { return bars_.empty(); }
  // At most as many columns wide, in the order in which they began.
  std::vector<std::string> lines(std::size_t width) const;

 private:
  struct Bar {
    std::string what;
    int percent;
  };
  std::vector<Bar> bars_;
};

}  // namespace consort::cli
