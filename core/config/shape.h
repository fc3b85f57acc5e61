#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// What the file may hold at one place, and how it is read there: the Compose specification's schema
// with the types that Docker Compose gives to the values, as tables. They drive the checks, the
// canonical form and the JSON form of a document.
// Source: compose-spec.json and the types of compose-go 2.4 (Docker Compose 2.34); keys of later
// versions of the specification are in the tables too.

// The YAML types that are accepted.
enum Accepts : std::uint16_t {
  a_text = 1,
  a_whole = 2,
  a_real = 4,
  a_number = a_whole | a_real,
  a_boolean = 8,
  a_null = 16,
  a_list = 32,
  a_map = 64,
  a_time = 128,  // a date
};

// What a value is in canonical form, and how it is printed.
enum class Form : std::uint8_t {
  text,
  text_or_whole,  // a text; a whole number is its decimal figures
  any_text,       // a text; of any scalar
  maybe_text,     // the same, or null
  boolean,
  whole,
  real,      // in single precision
  bytes,     // a text of figures
  duration,  // a text: "1m30s"
  mode,      // of a file, octal
  port,      // a text; an integer is its decimal figures
  count,     // of devices: a number, "all" is -1
  list,
  map,
  object,   // a map with the keys of `fields`
  command,  // null, or a list of words
  limit,    // a number, or an object
  hosts,    // a map from names to lists of addresses; printed as a list NAME=ADDRESS
  keys,     // a map from names to paths; printed as a list NAME=PATH
  raw,      // as the file has it
};

// The short forms that stand for the canonical one.
enum class Short : std::uint8_t {
  none,
  pairs,     // [NAME=VALUE, NAME]
  names,     // [NAME]: a map of nulls
  needs,     // [NAME] of depends_on
  one,       // a text: a list of one
  context,   // a text of build: its context
  source,    // a text of a secret or config
  service,   // a text of extends
  path,      // a text of env_file
  ports,     // the whole list: an entry may stand for several ports
  volume,    // [SOURCE:]TARGET[:OPTIONS]
  device,    // SOURCE[:TARGET[:PERMISSIONS]]
  gpus,      // "all"
  hosts,     // [NAME=ADDRESS], [NAME:ADDRESS]
  keys,      // [NAME=PATH, default]
  words,     // a command line, without a shell
  test,      // a text of healthcheck.test: for the shell
  external,  // a map with a name
  host,      // [USER@]NAME[:PORT]
};

struct Field;

struct Shape {
  Form form = Form::raw;
  std::uint16_t accepts = a_text | a_number | a_boolean | a_null | a_list | a_map | a_time;
  Short brief = Short::none;
  const Shape* items = nullptr;        // of a list
  const Shape* values = nullptr;       // of a map with free names
  std::span<const Field> fields = {};  // of an object
  bool open = false;                   // an object: other keys are somebody else's to report
  bool names = false;                  // a map: its keys are names
  bool keep = false;                   // printed when it is false, 0 or empty too
  bool unique = false;                 // a list: each entry once
  bool hidden = false;                 // not printed
  std::string_view what = {};          // for messages: "a port"; empty: after the types
  std::string_view accepted = {};      // for messages: the accepted forms
  std::span<const std::string_view> words = {};  // a text: one of these
  bool (*valid)(std::string_view) = nullptr;     // a text: more that must hold
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

struct Field {
  std::string_view name;
  const Shape* shape;
  bool required = false;
  std::string_view printed = {};  // the name in JSON; with one it is printed where it is not set
};

const Field* find_field(const Shape& shape, std::string_view name);

// Of a whole document, and of one service of it.
extern const Shape document_shape;
extern const Shape service_shape;

// Of a part of the document, for the tables.
extern const Shape build_shape;
extern const Shape deploy_shape;
extern const Shape develop_shape;
extern const Shape device_requests_shape;
extern const Shape devices_shape;
extern const Shape hook_shape;
extern const Shape mounts_shape;
extern const Shape ports_shape;
extern const Shape network_shape;
extern const Shape volume_shape;
extern const Shape secret_shape;
extern const Shape config_shape;

// "a text", "a list or a map": what the shape accepts, for messages.
std::string describe(const Shape& shape);

// "{path, rate}", "{NAME: value}, [NAME=value, ...]": what may be written, for messages;
// empty where describe() says it all.
std::string accepted_forms(const Shape& shape);

inline bool accepts(const Shape& shape, unsigned types) { return (shape.accepts & types) != 0; }

}  // namespace consort::config
