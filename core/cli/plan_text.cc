#include "core/cli/plan_text.h"

#include "core/cli/table.h"
#include "core/model/event.h"

namespace consort::cli {

std::string plan_text(const std::vector<api::ActionReply>& actions) {
  Table table({"ACTION", "SERVICE", "WHY"});
  std::size_t changes = 0;
  std::size_t kept = 0;
  for (const auto& action : actions) {
    if (action.verb == "keep") {
      ++kept;
      continue;
    }
    if (action.verb != "orphan") ++changes;
    table.add({action.verb, to_string(model::ReplicaId{action.service, action.index}), action.why});
  }
  std::string text = table.empty() ? "" : table.text();
  text += changes == 0 ? "Nothing to do" : std::to_string(changes) + " to do";
  text += "; " + std::to_string(kept) + " unchanged.\n";
  return text;
}

}  // namespace consort::cli
