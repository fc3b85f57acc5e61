#include "core/config/assemble.h"

#include "core/config/extends.h"
#include "core/config/include.h"
#include "core/config/merge.h"

namespace consort::config {

Node assemble(std::vector<OpenedFile> files, const Scope& scope, Documents& documents) {
  const Assemble again = [&](std::vector<OpenedFile> included, const Scope& inner) {
    return assemble(std::move(included), inner, documents);
  };
  Node merged;
  for (auto& file : files) {
    const Scope of_file{scope.directory, scope.variables, &file.path, scope.included_by};
    for (auto& document : file.documents) {
      const TaggedKeys tagged = documents.prepare(document, of_file);
      apply_extends(document, tagged, of_file, documents);
      if (documents.trace()) {
        documents.trace()->tagged(tagged);
        documents.trace()->merged(document);
      }
      drop_tagged(merged, tagged);
      apply_include(document, of_file, documents, again);
      merge_document(merged, std::move(document), documents.out());
    }
  }
  return merged;
}

}  // namespace consort::config
