#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/explain.h"
#include "core/config/interpolate.h"
#include "core/config/merge_rules.h"
#include "core/config/node.h"
#include "core/config/tags.h"
#include "core/config/variables.h"

namespace consort::config {

// A service of a document, or of an extended file.
struct ServiceId {
  std::string file;  // empty: of the document
  std::string name;
  auto operator<=>(const ServiceId&) const = default;
};

// Watches one value while a project is read. Nobody watches, and nothing is paid, unless a person
// asks where a value comes from.
class Trace {
 public:
  // `path`: "services.web.environment.PORT", "services.web.ports[0]".
  explicit Trace(std::string path) : path_(std::move(path)) {}

  // The steps of reading, in their order.
  void interpolated(const Mark& where, std::vector<VariableUse> uses, const Variables& variables);
  // A document's services, before any is completed.
  void extending(const Node& services);
  // `service` is laid over `base`, which is what `extended` has become.
  void laid_over(const ServiceId& id, const ServiceId& extended, const Node& base,
                 const Node& service);
  void tagged(const TaggedKeys& keys);
  void merged(const Node& document);
  void variant(std::string_view service, const Node& block, std::string_view runtime);
  void env_file_line(std::string_view service, std::string_view name, const std::string& value,
                     const Mark& where);

  // The whole story, given the project in normal form.
  Explanation finish(const Node& normal) const;

  const std::string& path() const { return path_; }

 private:
  using MarkKey = std::tuple<const std::string*, int, int>;
  // An item's place in a list says nothing before all lists are merged: until then every item of
  // the list is told.
  struct Told {
    ExplainedStep step;
    std::optional<std::string> item = {};  // what tells it from the others of its list
    MarkKey mark = {};                     // of the item
  };
  using Steps = std::vector<Told>;
  static MarkKey key_of(const Mark& mark) { return {mark.file, mark.line, mark.column}; }

  // The part of the path below services.NAME; nullopt: it is not below it.
  std::optional<std::string_view> below(std::string_view service) const;
  bool is_below_tag(const TaggedKey& key) const;
  ExplainedStep step(const Node& node, ExplainedStep::How how, std::string_view name = {}) const;
  void tell(const Node& root, std::string_view path, ExplainedStep::How how, std::string_view name,
            Steps& steps) const;
  std::string identity(const Node& item) const;
  // Leaves the steps about one item of the list.
  Steps about(const Node& item) const;

  const std::string path_;
  std::string_view below_service_;  // the same for the service that is watched
  std::map<MarkKey, std::vector<ExplainedVariable>> variables_;
  ItemKey item_key_ = ItemKey::none;   // of the list that is watched
  std::map<ServiceId, Steps> chains_;  // of services that extend
  std::vector<ExplainedStep> env_files_;
  Steps steps_;
};

// The value at a path. Keys may hold dots: the longest that fits is tried first.
const Node* find_path(const Node& node, std::string_view path);

}  // namespace consort::config
