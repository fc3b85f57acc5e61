#include "core/cli/config_lists.h"

#include <set>

#include "core/cli/table.h"

namespace consort::cli {
namespace {

class DependencyOrder {
 public:
  explicit DependencyOrder(const model::Project& project) : project_(project) {}

  std::vector<std::string> run() {
    for (const auto& [name, service] : project_.services) visit(name);
    return std::move(names_);
  }

 private:
  void visit(const std::string& name) {
    const auto service = project_.services.find(name);
    if (service == project_.services.end() || !seen_.insert(name).second) return;
    for (const auto& [other, link] : service->second.depends_on) visit(other);
    names_.push_back(name);
  }

  const model::Project& project_;
  std::set<std::string> seen_;
  std::vector<std::string> names_;
};

std::string image_of(const model::Project& project, const model::Service& service) {
  const auto* image = service.spec.if_contains("image");
  if (image && image->is_string()) return std::string(image->get_string());
  return service.spec.contains("build") ? project.name + '-' + service.name : std::string();
}

}  // namespace

std::vector<std::string> service_lines(const model::Project& project) {
  return DependencyOrder(project).run();
}

std::vector<std::string> image_lines(const model::Project& project,
                                     const std::vector<std::string>& services) {
  std::vector<std::string> lines;
  const std::set<std::string> wanted(services.begin(), services.end());
  for (const auto& [name, service] : project.services) {
    if (!wanted.empty() && !wanted.contains(name)) continue;
    if (std::string image = image_of(project, service); !image.empty()) {
      lines.push_back(std::move(image));
    }
  }
  return lines;
}

std::string variable_table(const config::UsedVariables& variables) {
  Table table({"NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"});
  for (const auto& [name, use] : variables) {
    table.add({name, use.required ? "true" : "false", use.standard, use.alternative});
  }
  return table.text();
}

std::vector<std::string> environment_lines(const config::Loaded& loaded) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : loaded.variables) lines.push_back(name + '=' + value);
  return lines;
}

}  // namespace consort::cli
