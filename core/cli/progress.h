#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cli/terminal.h"
#include "core/model/event.h"

namespace consort::cli {

// What an operation is after: the words and the colours follow from it.
enum class Aim { running, ready, stopped, removed, created };

// How a replica stands with regard to the aim.
enum class Standing { working, done, warned, failed };

struct Step {
  Standing standing = Standing::working;
  std::string word;    // "Started"
  std::string detail;  // "exit code 1"
};
Step describe(const model::ReplicaStatus& status, Aim aim);

// Events of one operation -> what to show. Pure.
class Progress {
 public:
  explicit Progress(Aim aim) : aim_(aim) {}

  // Takes the event in; the plain line for it (" Service web-1  Started"), or nothing if it says
  // nothing new.
  std::optional<std::string> apply(const model::Event& event);

  // The table: a head line and a line per replica, at most `height` lines of at most `width`
  // columns. What is under way and what failed has precedence where not all fit.
  std::vector<std::string> table(const Terminal& terminal, std::size_t width,
                                 std::size_t height) const;

  bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    Step step;
    model::WallTime began{};
    model::WallTime changed{};
  };
  Aim aim_;
  std::map<model::ReplicaId, Row> rows_;
};

}  // namespace consort::cli
