#include "core/config/canonical.h"

#include <algorithm>

#include "core/config/canonical_forms.h"
#include "core/config/check.h"
#include "core/config/lists.h"
#include "core/config/shape.h"

namespace consort::config {
namespace {

class Canonicalizer {
 public:
  Canonicalizer(Diagnostics& out, bool interpolated) : forms_{out, interpolated, 0} {}

  int ports() const { return forms_.ports; }

  void run(Node& node, const Shape& shape, const Path& path) {
    if (node.broken || node.tag == Tag::reset || node.is_null()) return;
    expand(node, shape, path);
    if (node.is_sequence() && shape.items) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        run(node.items[i], *shape.items, Path(path, i));
      }
    } else if (node.is_map()) {
      const Field* external = find_field(shape, "external");
      if (external && external->shape->brief == Short::external) {
        canonicalize_external(node, path, forms_);
      }
      for (auto& entry : node.entries) {
        const Field* field = find_field(shape, entry.key);
        const Shape* below = field ? field->shape : shape.values;
        if (below) run(entry.value, *below, Path(path, entry.shown()));
      }
    }
  }

 private:
  void expand(Node& node, const Shape& shape, const Path& path) {
    switch (shape.brief) {
      case Short::none:
      case Short::external:
        return;
      case Short::pairs:
        if (shape.values->form == Form::maybe_text) check_variables(node, path);
        return list_to_map(node);
      case Short::names:
        return names_to_map(node);
      case Short::needs:
        return depends_on_to_map(node);
      case Short::one:
        return one_to_list(node, shape);
      case Short::context:
        return text_to_map(node, "context");
      case Short::source:
        return text_to_map(node, "source");
      case Short::service:
        return text_to_map(node, "service");
      case Short::path:
        return text_to_map(node, "path");
      case Short::ports:
        return canonicalize_ports(node, path, forms_);
      case Short::volume:
        return canonicalize_volume(node, path, forms_);
      case Short::device:
        return canonicalize_device(node, path, forms_);
      case Short::gpus:
        return canonicalize_gpus(node);
      case Short::hosts:
        return canonicalize_hosts(node, path, forms_);
      case Short::keys:
        return canonicalize_ssh(node, path, forms_);
      case Short::words:
        return canonicalize_command(node, path, forms_);
      case Short::test:
        return canonicalize_test(node);
      case Short::host:
        return canonicalize_host(node, path, forms_);
    }
  }

  // The names of variables in a list.
  void check_variables(const Node& list, const Path& path) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      if (!item.is_scalar() || item.broken) continue;
      const std::string name = item.text.substr(0, item.text.find('='));
      if (!name.empty() && name.back() != ' ' && name.back() != '\t') continue;
      forms_.out.error(item.where, "cannot read " + Path(path, i).to_string() + ": " +
                                       (name.empty() ? "the name is empty"
                                                     : quote(name) + " ends with a blank") +
                                       " (accepted: NAME=value, NAME)");
    }
  }

  // Also one map where a list of maps is meant.
  static void one_to_list(Node& node, const Shape& shape) {
    if (!node.is_scalar() && !(node.is_map() && accepts(*shape.items, a_map))) return;
    Node list;
    list.kind = Kind::sequence;
    list.where = node.where;
    list.tag = node.tag;
    node.tag = Tag::none;
    list.items.push_back(std::move(node));
    node = std::move(list);
  }

  Forms forms_;
};

}  // namespace

int canonicalize_document(Node& document, Diagnostics& out, bool interpolated) {
  CheckRules rules;
  rules.values = true;
  rules.interpolated = interpolated;
  check_shape(document, document_shape, Path(), rules, out);
  Canonicalizer canonicalizer(out, interpolated);
  canonicalizer.run(document, document_shape, Path());
  return canonicalizer.ports();
}

}  // namespace consort::config
