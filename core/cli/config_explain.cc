#include "core/cli/config_explain.h"

#include <algorithm>

#include "core/config/diagnostic.h"

namespace consort::cli {
namespace {

using config::ExplainedStep;
using config::ExplainedVariable;

std::string text_of(const ExplainedVariable& variable) {
  const std::string name = "$" + variable.name;
  switch (variable.from) {
    case ExplainedVariable::From::environment:
      return name + " is " + config::quote(variable.value) + " in the environment";
    case ExplainedVariable::From::file:
      return name + " is " + config::quote(variable.value) + " by " +
             model::to_string(variable.where);
    case ExplainedVariable::From::standard:
      return name + " is not set, its default is " + config::quote(variable.value);
    case ExplainedVariable::From::alternative:
      return name + " is set, which gives " + config::quote(variable.value);
    case ExplainedVariable::From::nothing:
      break;
  }
  return name + " is not set";
}

std::string text_of(const ExplainedStep& step) {
  using How = ExplainedStep::How;
  if (step.how == How::reset) return "!reset: what was before is dropped";
  if (step.how == How::replaced) return "!override: what was before is dropped";
  std::string text = step.value ? config::quote(*step.value) : "no value";
  if (step.how == How::extends) text += ", of the extended service " + step.name;
  if (step.how == How::variant) text += ", of the variant " + step.name;
  if (step.how == How::env_file) text += ", of an env_file";
  for (const auto& variable : step.variables) text += "; " + text_of(variable);
  return text;
}

}  // namespace

std::string explanation_text(const config::Explanation& explanation) {
  std::string text = explanation.path;
  text += explanation.value ? " is " + config::quote(*explanation.value) : " has no value";
  if (explanation.steps.empty()) {
    return text + (explanation.value ? "; no file says so, it is a default\n" : "\n");
  }
  std::size_t width = 0;
  for (const auto& step : explanation.steps) {
    width = std::max(width, model::to_string(step.where).size());
  }
  text += '\n';
  for (const auto& step : explanation.steps) {
    std::string where = model::to_string(step.where);
    where.resize(width, ' ');
    text += (step.wins ? "* " : "  ") + where + "  " + text_of(step) + '\n';
  }
  return text;
}

}  // namespace consort::cli
