#include "core/config/parse.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <utility>

#include "core/base/utf8.h"
#include "core/config/columns.h"
#include "core/config/scalar.h"
#include "core/config/yaml_faults.h"

namespace consort::config {
namespace {

struct ParseFailure {
  Mark where;
  std::string cause;
};

// Builds nodes from the parser's events, so that no second tree is made.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file, const ParseLimits& limits,
          Diagnostics& out)
      : file_(file), limits_(limits), out_(out), columns_(text) {}

  std::vector<Node> take() { return std::move(documents_); }
  // The document that is being read, as far as it has come.
  std::vector<Node> take_unfinished() { return {std::move(stack_.front().node)}; }
  std::size_t nodes() const { return nodes_; }

  // The parser counts bytes.
  Mark at(const YAML::Mark& mark) {
    if (mark.is_null()) return {&file_};
    const auto start = static_cast<std::size_t>(mark.pos - mark.column);
    return {&file_, mark.line + 1, columns_.of(start, static_cast<std::size_t>(mark.pos))};
  }

  YamlProgress progress() const {
    YamlProgress progress;
    for (const auto& frame : stack_) {
      (frame.node.is_map() ? progress.map : progress.sequence) = frame.node.where;
    }
    progress.scalar = last_scalar_;
    progress.quoted = last_is_quoted_;
    return progress;
  }

  void OnDocumentStart(const YAML::Mark&) override {
    stack_.clear();
    anchors_.clear();
    root_ = Node{};
  }

  void OnDocumentEnd() override { documents_.push_back(std::move(root_)); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.where = at(mark);
    add(std::move(node), anchor, "null");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make_scalar(value, at(mark));
    node.plain = tag == "?";
    last_scalar_ = node.where;
    last_is_quoted_ = !node.plain;
    node.tag = read_tag(tag);
    const bool own_tag = node.tag == Tag::reset || node.tag == Tag::replace;
    if ((own_tag && value.empty()) || tag == "tag:yaml.org,2002:null") node.kind = Kind::null;
    add(std::move(node), anchor, value);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto source = anchor < anchors_.size() ? anchors_[anchor] : Anchor{};
    if (!source.complete) throw ParseFailure{at(mark), "the alias stands inside its own anchor"};
    count(source.nodes, at(mark));
    Node copy = source.node;
    std::string key = copy.is_scalar() ? copy.text : std::string();
    place(std::move(copy), at(mark), key);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override {
    apply_merge_keys(stack_.back());
    close();
  }

 private:
  struct Anchor {
    Node node;
    std::size_t nodes = 0;
    bool complete = false;
  };
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    std::size_t first = 0;  // nodes counted before this one
    bool have_key = false;
    bool merging = false;       // the key is `<<`
    std::vector<Entry> merges;  // of `<<`
  };

  static Tag read_tag(const std::string& tag) {
    if (tag.size() < 2) return Tag::none;
    if (tag == "!reset") return Tag::reset;
    if (tag == "!override") return Tag::replace;
    if (tag == "tag:yaml.org,2002:str") return Tag::string;
    return Tag::none;
  }

  void count(std::size_t nodes, const Mark& where) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) {
      throw ParseFailure{where, "more than " + std::to_string(limits_.nodes) +
                                    " values after aliases are expanded"};
    }
  }

  void add(Node node, YAML::anchor_t anchor, const std::string& key) {
    const Mark where = node.where;
    count(1, where);
    if (anchor) remember(anchor, node, 1);
    place(std::move(node), where, key);
  }

  void remember(YAML::anchor_t anchor, const Node& node, std::size_t nodes) {
    held_ += nodes;
    if (held_ > limits_.nodes) {
      throw ParseFailure{node.where,
                         "anchors hold more than " + std::to_string(limits_.nodes) + " values"};
    }
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = {node, nodes, true};
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Mark where = at(mark);
    if (static_cast<int>(stack_.size()) >= limits_.depth) {
      throw ParseFailure{
          where, "values are nested more than " + std::to_string(limits_.depth) + " levels deep"};
    }
    if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().have_key) {
      throw ParseFailure{where, "a key must be a single word or string, not a map or a list"};
    }
    const std::size_t first = nodes_;
    count(1, where);
    Frame& frame = stack_.emplace_back();
    frame.node.kind = kind;
    frame.node.where = where;
    frame.node.tag = read_tag(tag);
    frame.anchor = anchor;
    frame.first = first;
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    if (frame.anchor) remember(frame.anchor, frame.node, nodes_ - frame.first);
    const Mark where = frame.node.where;
    place(std::move(frame.node), where, {});
  }

  void place(Node node, const Mark& where, const std::string& key) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& top = stack_.back();
    if (top.node.is_sequence()) {
      top.node.items.push_back(std::move(node));
    } else if (top.have_key) {
      Entry& entry = top.merging ? top.merges.back() : top.node.entries.back();
      entry.value = std::move(node);
      top.have_key = false;
    } else {
      if (!node.is_scalar()) {
        throw ParseFailure{where, "a key must be a single word or string, not " + describe(node)};
      }
      add_key(top, key, node.plain, where);
    }
  }

  void add_key(Frame& top, const std::string& key, bool plain, const Mark& where) {
    top.have_key = true;
    top.merging = plain && key == "<<";
    if (plain && !is_text(key)) {
      out_.error(where,
                 "cannot read the key " + key + ": it is no text (write " + quote(key) + ")");
    }
    if (top.merging) {
      if (!top.merges.empty()) {
        out_.error(where, "cannot read the key \"<<\": it is already set in line " +
                              std::to_string(top.merges.front().where.line) +
                              " (accepted: one, with a list of maps)");
      }
      top.merges.push_back({key, where, {}});
      return;
    }
    if (const Entry* earlier = top.node.find(key)) {
      out_.error(where, "cannot read the key " + quote(key) + ": it is already set in line " +
                            std::to_string(earlier->where.line));
    }
    top.node.entries.push_back({key, where, {}});
  }

  // Is this unquoted key a text to YAML, not a number, a boolean, a date or nothing?
  static bool is_text(const std::string& key) {
    static constexpr std::string_view suspects = "+-.~0123456789tTfFnN";
    if (key.empty()) return false;
    if (suspects.find(key[0]) == std::string_view::npos) return true;
    if (key == "~" || key == "null" || key == "Null" || key == "NULL") return false;
    Node node = make_scalar(key, {});
    node.plain = true;
    return read_scalar(node).type == ScalarType::text;
  }

  // YAML 1.1 merge keys: what the map does not set itself comes from the maps named by `<<`, the
  // first of them wins.
  void apply_merge_keys(Frame& frame) {
    for (auto& merge : frame.merges) {
      if (merge.value.is_map()) {
        merge_from(frame, merge.value, merge.where);
      } else if (merge.value.is_sequence()) {
        for (auto& item : merge.value.items) merge_from(frame, item, merge.where);
      } else {
        merge_from(frame, merge.value, merge.where);
      }
    }
  }

  static void merge_from(Frame& frame, Node& from, const Mark& where) {
    if (!from.is_map()) {
      throw ParseFailure{where, "\"<<\" takes a map or a list of maps, not " + describe(from)};
    }
    for (auto& entry : from.entries) {
      if (!frame.node.find(entry.key)) frame.node.entries.push_back(std::move(entry));
    }
  }

  const std::string& file_;
  const ParseLimits& limits_;
  Diagnostics& out_;
  Columns columns_;
  std::vector<Node> documents_;
  std::vector<Frame> stack_;
  std::vector<Anchor> anchors_;
  Node root_;
  Mark last_scalar_;
  bool last_is_quoted_ = false;
  std::size_t nodes_ = 0;
  std::size_t held_ = 0;  // nodes kept for anchors
};

// Reads as far as the value of the first key, if that is `name` and begins its line: then the map
// goes on to the end of the document. After any other map the parser takes up a new document
// without a mark.
class NameBuilder : public Builder {
 public:
  using Builder::Builder;
  struct Read {};
  struct NotFirst {};

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool first = !have_key_ && value == "name" && mark.column == 0;
    if (!in_map_ || (!have_key_ && !first) || tag.size() > 1) throw NotFirst();
    Builder::OnScalar(mark, tag, anchor, value);
    if (std::exchange(have_key_, true)) throw Read();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    if (std::exchange(in_map_, true) || style != YAML::EmitterStyle::Block) throw NotFirst();
    Builder::OnMapStart(mark, tag, anchor, style);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    throw NotFirst();
  }
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { throw NotFirst(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { throw NotFirst(); }
  void OnMapEnd() override { throw NotFirst(); }
  void OnDocumentEnd() override { throw NotFirst(); }

 private:
  bool in_map_ = false;
  bool have_key_ = false;
};

// Where more brackets are open than any file has. The parser would hold all of a line before it
// tells of the first; in texts and comments brackets are open too, but never so many.
std::optional<Mark> too_many_brackets(std::string_view text, const std::string& file) {
  constexpr int most = 10'000;
  Mark here{&file, 1, 0};
  int open = 0;
  for (const char c : text) {
    if (base::begins_character(c)) ++here.column;
    if (c == '\n') {
      ++here.line;
      here.column = 0;
    } else if (c == '[' || c == '{') {
      if (++open > most) return here;
    } else if ((c == ']' || c == '}') && open > 0) {
      --open;
    }
  }
  return std::nullopt;
}

// Reads from the text itself, without a copy.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

std::optional<std::vector<Node>> parse_yaml(std::string_view text, const std::string& file,
                                            Diagnostics& out, const ParseLimits& limits,
                                            ParseUse* use) {
  if (text.size() > limits.bytes) {
    out.error({&file},
              "cannot read the file: it is larger than " + std::to_string(limits.bytes) + " bytes");
    return std::nullopt;
  }
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    out.error({&file}, "cannot read the file: it is not text (byte " + std::to_string(zero + 1) +
                           " is zero)");
    return std::nullopt;
  }
  if (const auto where = too_many_brackets(text, file)) {
    out.error(*where, "cannot read the file: values are nested more than " +
                          std::to_string(limits.depth) + " levels deep");
    return std::nullopt;
  }
  const std::size_t before = out.errors();
  Builder builder(base::without_bom(text), file, limits, out);
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (const auto fault = find_unclosed_quote(text, builder.progress())) {
      out.error(fault->where, "cannot read the file as YAML: " + fault->cause);
    }
  } catch (const ParseFailure& failure) {
    out.error(failure.where, "cannot read the file: " + failure.cause);
  } catch (const YAML::Exception& error) {
    const auto fault =
        explain_yaml_fault(text, builder.progress(), builder.at(error.mark), error.msg);
    out.error(fault.where, "cannot read the file as YAML: " + fault.cause);
  } catch (const std::exception& error) {
    out.error({&file}, std::string("cannot read the file as YAML: ") + error.what());
  }
  if (use) use->nodes = builder.nodes();
  if (out.errors() != before) return std::nullopt;
  return builder.take();
}

std::optional<std::vector<Node>> parse_leading_name(std::string_view text,
                                                    const std::string& file) {
  constexpr std::string_view next_document = "\n---", end_of_document = "\n...";
  if (text.find(next_document) != text.npos || text.find(end_of_document) != text.npos ||
      text.find('\0') != text.npos || too_many_brackets(text, file)) {
    return std::nullopt;
  }
  Diagnostics untold;
  const ParseLimits limits;
  NameBuilder builder(base::without_bom(text), file, limits, untold);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
  } catch (const NameBuilder::Read&) {
    return builder.take_unfinished();
  } catch (const NameBuilder::NotFirst&) {
  } catch (const ParseFailure&) {
  } catch (const std::exception&) {  // the parser's
  }
  return std::nullopt;
}

}  // namespace consort::config
