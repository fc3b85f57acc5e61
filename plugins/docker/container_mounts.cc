#include <consort/values.hpp>

#include <cstdlib>

#include "plugins/docker/container_body.h"

namespace consort::docker {
namespace {

std::string access_mode(const json::value& mount) {
  std::string mode = bool_at(mount, "read_only") ? "ro" : "rw";
  const json::value& bind = at(mount, "bind");
  for (const char* key : {"propagation", "selinux"}) {
    if (auto text = text_at(bind, key); !text.empty()) mode += "," + text;
  }
  return mode;
}

// A bind whose source the engine is to make where it is missing can only be said the old way.
bool as_bind(const json::value& mount) {
  const std::string source = text_at(mount, "source");
  const json::value& bind = at(mount, "bind");
  return text_at(mount, "type") == "bind" && source.find(':') == std::string::npos &&
         bool_at(bind, "create_host_path") && text_at(bind, "recursive").empty();
}

json::object bind_options(const Replica& replica, const json::value& bind) {
  json::object options;
  if (auto text = text_at(bind, "propagation"); !text.empty()) options["Propagation"] = text;
  const std::string recursive = text_at(bind, "recursive");
  if (recursive == "disabled") options["NonRecursive"] = true;
  if (recursive == "readonly") {
    require_api(replica, 44, "volumes: bind.recursive: readonly");
    options["ReadOnlyForceRecursive"] = true;
  }
  // Older engines never make more than the mount itself read-only.
  if (recursive == "writable" && replica.api_version >= 44) options["ReadOnlyNonRecursive"] = true;
  if (bool_at(bind, "create_host_path")) options["CreateMountpoint"] = true;
  return options;
}

json::object as_mount(const Replica& replica, const json::value& mount) {
  const std::string type = text_at(mount, "type");
  json::object out{{"Type", type}, {"Target", text_at(mount, "target")}};
  const std::string source = text_at(mount, "source");
  if (!source.empty()) {
    out["Source"] = type == "volume" ? resource_name(replica, "volumes", source) : source;
  }
  if (bool_at(mount, "read_only")) out["ReadOnly"] = true;
  if (auto options = bind_options(replica, at(mount, "bind")); !options.empty()) {
    out["BindOptions"] = std::move(options);
  }
  if (type == "image") {
    require_api(replica, 48, "volumes: a volume of type image");
    if (auto path = text_at(at(mount, "image"), "subpath"); !path.empty()) {
      require_api(replica, 49, "volumes: image.subpath");
      out["ImageOptions"] = json::object{{"Subpath", path}};
    }
  }
  if (const json::value& volume = at(mount, "volume"); volume.is_object()) {
    json::object options;
    if (bool_at(volume, "nocopy")) options["NoCopy"] = true;
    if (auto path = text_at(volume, "subpath"); !path.empty()) {
      require_api(replica, 45, "volumes: volume.subpath");
      options["Subpath"] = path;
    }
    if (const auto& labels = object_at(volume, "labels"); !labels.empty()) {
      options["Labels"] = labels;
    }
    if (!options.empty()) out["VolumeOptions"] = std::move(options);
  }
  if (const json::value& tmpfs = at(mount, "tmpfs"); tmpfs.is_object()) {
    json::object options;
    if (const auto size = to_bytes(at(tmpfs, "size")); size != 0) options["SizeBytes"] = size;
    if (const auto mode = integer_at(tmpfs, "mode"); mode != 0) options["Mode"] = mode;
    if (!options.empty()) out["TmpfsOptions"] = std::move(options);
  }
  return out;
}

std::uint32_t file_mode(const json::value& mode) {
  if (mode.is_null()) return 0444;
  if (const auto* text = mode.if_string()) {
    return static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 8));
  }
  return static_cast<std::uint32_t>(to_integer(mode));
}

// `kind`: "secrets" or "configs". From a file: mounted. From a value: written before the start.
void add_grants(const Replica& replica, const json::value& service, const std::string& kind,
                json::array& mounts, ContainerPlan& plan) {
  for (const auto& grant : array_at(service, kind)) {
    const std::string source = grant.is_string() ? to_text(grant) : text_at(grant, "source");
    static const json::value none;
    const json::value& given =
        replica.model != nullptr ? at(*replica.model, "resources", kind, source) : none;
    std::string target = text_at(grant, "target");
    if (target.empty()) target = (kind == "secrets" ? "/run/secrets/" : "/") + source;
    if (!target.starts_with("/")) target = (kind == "secrets" ? "/run/secrets/" : "/") + target;
    const std::string what = kind + ": " + source;
    if (auto file = text_at(given, "file"); !file.empty()) {
      mounts.push_back(
          json::object{{"Type", "bind"}, {"Source", file}, {"Target", target}, {"ReadOnly", true}});
      for (const char* key : {"uid", "gid", "mode"}) {
        if (at(grant, key).is_null()) continue;
        plan.warnings.push_back(what + ": " + key +
                                " does nothing: a file is mounted with those that it has");
      }
      continue;
    }
    if (bool_at(service, "read_only")) {
      throw Error(CONSORT_E_INVALID, what +
                                         " is no file, and nothing can be written into a "
                                         "container that is read_only; give `file`");
    }
    File file;
    file.path = target;
    file.mode = file_mode(at(grant, "mode"));
    file.uid = integer_at(grant, "uid");
    file.gid = integer_at(grant, "gid");
    if (const auto& content = at(given, "content"); content.is_string()) {
      file.content = to_text(content);
    } else if (auto name = text_at(given, "environment"); !name.empty()) {
      const json::value& value = at(*replica.model, "environment", name);
      if (value.is_null()) {
        throw Error(CONSORT_E_INVALID, what + " is the variable " + name +
                                           ", which is not set; set it, or give `file`");
      }
      file.content = to_text(value);
    } else if (bool_at(given, "external")) {
      throw Error(CONSORT_E_INVALID,
                  what + " is external, which only a swarm has; give `file` or `environment`");
    } else {
      throw Error(CONSORT_E_INVALID, what + " is not defined at the top level");
    }
    plan.files.push_back(std::move(file));
  }
}

json::object tmpfs_of(const json::value& service) {
  json::object all;
  const auto add = [&](const json::value& entry) {
    const std::string text = to_text(entry);
    const std::size_t colon = std::min(text.find(':'), text.size());
    all[text.substr(0, colon)] = text.substr(std::min(colon + 1, text.size()));
  };
  if (const auto& one = at(service, "tmpfs"); one.is_string()) add(one);
  for (const auto& entry : array_at(service, "tmpfs")) add(entry);
  return all;
}

json::array volumes_from(const Replica& replica, const json::value& service) {
  json::array all;
  for (const auto& entry : array_at(service, "volumes_from")) {
    std::string text = to_text(entry);
    constexpr std::string_view container = "container:";
    if (text.starts_with(container)) {
      all.emplace_back(text.substr(container.size()));
      continue;
    }
    const std::size_t colon = std::min(text.find(':'), text.size());
    all.emplace_back(container_of_service(replica, text.substr(0, colon)) + text.substr(colon));
  }
  return all;
}

}  // namespace

void add_mounts(const Replica& replica, const json::value& service, ContainerPlan& plan) {
  json::object& host = plan.body["HostConfig"].as_object();
  json::array binds, mounts;
  for (const auto& mount : array_at(service, "volumes")) {
    if (as_bind(mount)) {
      binds.emplace_back(text_at(mount, "source") + ":" + text_at(mount, "target") + ":" +
                         access_mode(mount));
    } else {
      mounts.push_back(as_mount(replica, mount));
    }
  }
  if (bool_at(service, "use_api_socket")) {
    throw Error(CONSORT_E_INVALID, "use_api_socket is not supported; mount the socket yourself");
  }
  for (const char* kind : {"secrets", "configs"}) {
    add_grants(replica, service, kind, mounts, plan);
  }
  if (!binds.empty()) host["Binds"] = std::move(binds);
  if (!mounts.empty()) host["Mounts"] = std::move(mounts);
  if (auto tmpfs = tmpfs_of(service); !tmpfs.empty()) host["Tmpfs"] = std::move(tmpfs);
  if (auto from = volumes_from(replica, service); !from.empty()) {
    host["VolumesFrom"] = std::move(from);
  }
}

}  // namespace consort::docker
