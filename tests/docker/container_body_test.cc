#include "plugins/docker/container_body.h"

#include <consort/values.hpp>

#include <boost/test/unit_test.hpp>
#include <fstream>

namespace consort::docker {
namespace {

Replica replica_of(const json::value* model = nullptr, int version = 41) {
  Replica replica;
  replica.project = "demo";
  replica.service = "web";
  replica.instance = "web-1-abcdef";
  replica.api_version = version;
  replica.model = model;
  return replica;
}

ContainerPlan plan_of(std::string_view service, const json::value* model = nullptr,
                      int version = 41) {
  return plan_container(replica_of(model, version), json::parse(service));
}

// The member of the body at a path such as "HostConfig.Memory", as text.
std::string member(const ContainerPlan& plan, std::string_view path) {
  json::value value(plan.body);
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const json::value next = at(value, path.substr(0, dot));
    value = next;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return json::serialize(value);
}

std::string refusal(std::string_view service, const json::value* model = nullptr) {
  try {
    plan_of(service, model);
  } catch (const Error& e) {
    return e.status() == CONSORT_E_INVALID ? e.what() : "another status";
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docker_container_body)

// One key of a service, and what it becomes.
BOOST_AUTO_TEST_CASE(each_key_becomes_what_the_engine_calls_it) {
  const struct {
    const char *service, *path, *expected;
  } cases[] = {
      {R"({"image":"a:1"})", "Image", R"("a:1")"},
      {R"({"build":{"context":"/x"}})", "Image", R"("demo-web")"},
      {R"({"command":["a","b c"]})", "Cmd", R"(["a","b c"])"},
      {R"({"command":null})", "Cmd", "null"},
      {R"({"entrypoint":[]})", "Entrypoint", "[]"},
      {R"({"environment":{"A":"1","B":null}})", "Env", R"(["A=1","B"])"},
      {R"({"hostname":"h"})", "Hostname", R"("h")"},
      {R"({"user":"1:2"})", "User", R"("1:2")"},
      {R"({"working_dir":"/w"})", "WorkingDir", R"("/w")"},
      {R"({"tty":true})", "Tty", "true"},
      {R"({"stdin_open":true})", "OpenStdin", "true"},
      {R"({"stop_signal":"SIGINT"})", "StopSignal", R"("SIGINT")"},
      {R"({})", "HostConfig.RestartPolicy", R"({"Name":"no"})"},
      {R"({"restart":"always"})", "HostConfig.RestartPolicy", R"({"Name":"no"})"},
      {R"({"init":true})", "HostConfig.Init", "true"},
      {R"({"read_only":true})", "HostConfig.ReadonlyRootfs", "true"},
      {R"({"privileged":true})", "HostConfig.Privileged", "true"},
      {R"({"cap_add":["NET_ADMIN"]})", "HostConfig.CapAdd", R"(["NET_ADMIN"])"},
      {R"({"security_opt":["a=b"]})", "HostConfig.SecurityOpt", R"(["a=b"])"},
      {R"({"group_add":[27,"x"]})", "HostConfig.GroupAdd", R"(["27","x"])"},
      {R"({"dns":["1.1.1.1"]})", "HostConfig.Dns", R"(["1.1.1.1"])"},
      {R"({"sysctls":{"net.core.somaxconn":"1"}})", "HostConfig.Sysctls",
       R"({"net.core.somaxconn":"1"})"},
      {R"({"extra_hosts":["a=1.2.3.4","b:5.6.7.8"]})", "HostConfig.ExtraHosts",
       R"(["a:1.2.3.4","b:5.6.7.8"])"},
      {R"({"network_mode":"host"})", "HostConfig.NetworkMode", R"("host")"},
      {R"({"network_mode":"service:db"})", "HostConfig.NetworkMode", R"("container:demo-db-1")"},
      {R"({"pid":"service:db"})", "HostConfig.PidMode", R"("container:demo-db-1")"},
      {R"({"ipc":"shareable"})", "HostConfig.IpcMode", R"("shareable")"},
      {R"({"runtime":"nvidia"})", "HostConfig.Runtime", R"("nvidia")"},
      {R"({"runtime":"container"})", "HostConfig.Runtime", "null"},
      {R"({"logging":{"driver":"local","options":{"max-size":"1m"}}})", "HostConfig.LogConfig",
       R"({"Type":"local","Config":{"max-size":"1m"}})"},
      {R"({"tmpfs":["/run:size=1m","/t"]})", "HostConfig.Tmpfs", R"({"/run":"size=1m","/t":""})"},
      {R"({"mem_limit":"67108864"})", "HostConfig.Memory", "67108864"},
      {R"({"shm_size":"64m"})", "HostConfig.ShmSize", "67108864"},
      {R"({"cpus":0.5})", "HostConfig.NanoCpus", "500000000"},
      {R"({"cpus":"1.5","deploy":{"resources":{"limits":{"cpus":"0.25"}}}})", "HostConfig.NanoCpus",
       "250000000"},
      {R"({"deploy":{"resources":{"limits":{"memory":"100","pids":7}}}})", "HostConfig.PidsLimit",
       "7"},
      {R"({"cpu_quota":"50ms"})", "HostConfig.CpuQuota", "50000"},
      {R"({"ulimits":{"nofile":{"soft":1,"hard":2},"nproc":3}})", "HostConfig.Ulimits",
       R"([{"Name":"nofile","Soft":1,"Hard":2},{"Name":"nproc","Soft":3,"Hard":3}])"},
      {R"({"devices":[{"source":"/dev/a","target":"/dev/b","permissions":"r"}]})",
       "HostConfig.Devices",
       R"([{"PathOnHost":"/dev/a","PathInContainer":"/dev/b","CgroupPermissions":"r"}])"},
      {R"({"devices":["vendor.com/class=x"]})", "HostConfig.DeviceRequests",
       R"([{"Driver":"cdi","DeviceIDs":["vendor.com/class=x"]}])"},
      {R"({"gpus":"all"})", "HostConfig.DeviceRequests",
       R"([{"Capabilities":[["gpu"]],"Count":-1}])"},
      {R"({"gpus":[{"count":2,"driver":"nvidia"}]})", "HostConfig.DeviceRequests",
       R"([{"Capabilities":[["gpu"]],"Driver":"nvidia","Count":2}])"},
      {R"({"volumes_from":["db:ro","container:x"]})", "HostConfig.VolumesFrom",
       R"(["demo-db-1:ro","x"])"},
      {R"({"healthcheck":{"test":["CMD","x"]}})", "Healthcheck", R"({"Test":["NONE"]})"},
      {R"({"healthcheck":{"disable":true}})", "Healthcheck", R"({"Test":["NONE"]})"},
      {R"({"healthcheck":{"interval":"2s","retries":3}})", "Healthcheck",
       R"({"Interval":2000000000,"Retries":3})"},
  };
  for (const auto& one : cases) {
    BOOST_TEST_INFO(one.service);
    BOOST_TEST(member(plan_of(one.service), one.path) == one.expected);
  }
}

BOOST_AUTO_TEST_CASE(ports_are_exposed_and_bound) {
  const auto plan = plan_of(R"({"ports":[
      {"target":80,"published":"8080","host_ip":"127.0.0.1","protocol":"tcp"},
      {"target":80,"published":"8081","protocol":"tcp"},
      {"target":53,"protocol":"udp"}],"expose":["99"]})");
  BOOST_TEST(member(plan, "ExposedPorts") == R"({"80/tcp":{},"53/udp":{},"99/tcp":{}})");
  BOOST_TEST(
      member(plan, "HostConfig.PortBindings") ==
      R"({"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"},{"HostIp":"","HostPort":"8081"}],)"
      R"("53/udp":[{"HostIp":"","HostPort":""}]})");
}

BOOST_AUTO_TEST_CASE(without_networks_it_is_on_the_projects) {
  const auto plan = plan_of(R"({})");
  BOOST_TEST(member(plan, "HostConfig.NetworkMode") == R"("demo_default")");
  BOOST_TEST(member(plan, "NetworkingConfig.EndpointsConfig") ==
             R"({"demo_default":{"Aliases":["demo-web-1","web"]}})");
}

BOOST_AUTO_TEST_CASE(older_engines_take_one_network_at_create_and_the_others_after_it) {
  const char* service = R"({"networks":{"a":null,"b":{"priority":9,"aliases":["x"],
      "ipv4_address":"10.0.0.2"}}})";
  const auto older = plan_of(service, nullptr, 43);
  BOOST_TEST(member(older, "HostConfig.NetworkMode") == R"("demo_b")");
  BOOST_TEST(member(older, "NetworkingConfig.EndpointsConfig") ==
             R"({"demo_b":{"Aliases":["demo-web-1","web","x"],)"
             R"("IPAMConfig":{"IPv4Address":"10.0.0.2"}}})");
  BOOST_REQUIRE(older.connect.size() == 1u);
  BOOST_TEST(older.connect[0].first == "demo_a");
  BOOST_TEST(plan_of(service, nullptr, 44).connect.empty());
}

BOOST_AUTO_TEST_CASE(names_are_those_of_the_resources) {
  const json::value model = json::parse(R"({"resources":{
      "networks":{"default":{"name":"mine"}},"volumes":{"data":{"name":"store"},
      "far":{"external":true}}},"services":{"db":{"container_name":"the-db"}}})");
  const auto plan = plan_of(R"({"network_mode":"service:db","volumes":[
      {"type":"volume","source":"data","target":"/d"},
      {"type":"volume","source":"far","target":"/f","read_only":true},
      {"type":"volume","target":"/anonymous"}]})",
                            &model);
  BOOST_TEST(member(plan, "HostConfig.NetworkMode") == R"("container:the-db")");
  BOOST_TEST(member(plan, "HostConfig.Mounts") ==
             R"([{"Type":"volume","Target":"/d","Source":"store"},)"
             R"({"Type":"volume","Target":"/f","Source":"far","ReadOnly":true},)"
             R"({"Type":"volume","Target":"/anonymous"}])");
  BOOST_TEST(member(plan_of("{}", &model), "HostConfig.NetworkMode") == R"("mine")");
}

BOOST_AUTO_TEST_CASE(a_bind_that_may_be_made_is_a_bind_and_others_are_mounts) {
  const auto plan = plan_of(R"({"volumes":[
      {"type":"bind","source":"/a","target":"/b","read_only":true,
       "bind":{"create_host_path":true,"selinux":"z"}},
      {"type":"bind","source":"/c","target":"/d","bind":{"propagation":"rslave"}},
      {"type":"tmpfs","target":"/t","tmpfs":{"size":"1048576","mode":448}}]})");
  BOOST_TEST(member(plan, "HostConfig.Binds") == R"(["/a:/b:ro,z"])");
  BOOST_TEST(
      member(plan, "HostConfig.Mounts") ==
      R"([{"Type":"bind","Target":"/d","Source":"/c","BindOptions":{"Propagation":"rslave"}},)"
      R"({"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1048576,"Mode":448}}])");
}

BOOST_AUTO_TEST_CASE(secrets_and_configs_are_mounted_or_written) {
  const json::value model = json::parse(R"({"resources":{
      "secrets":{"f":{"file":"/s"},"e":{"environment":"PASSWORD"}},
      "configs":{"c":{"content":"hello"}}},"environment":{"PASSWORD":"p"}})");
  const auto plan = plan_of(R"({"secrets":[{"source":"f"},
      {"source":"e","target":"/etc/pw","mode":"0400","uid":"7"}],
      "configs":[{"source":"c","target":"x.conf"}]})",
                            &model);
  BOOST_TEST(member(plan, "HostConfig.Mounts") ==
             R"([{"Type":"bind","Source":"/s","Target":"/run/secrets/f","ReadOnly":true}])");
  BOOST_REQUIRE(plan.files.size() == 2u);
  BOOST_TEST(plan.files[0].path == "/etc/pw");
  BOOST_TEST(plan.files[0].content == "p");
  BOOST_TEST(plan.files[0].mode == 0400u);
  BOOST_TEST(plan.files[0].uid == 7);
  BOOST_TEST(plan.files[1].path == "/x.conf");
  BOOST_TEST(plan.files[1].content == "hello");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_refused_by_name) {
  const json::value model = json::parse(
      R"({"resources":{"secrets":{"x":{"external":true},"e":{"environment":"NOPE"}}}})");
  BOOST_TEST(refusal(R"({"secrets":[{"source":"x"}]})", &model).find("swarm") != std::string::npos);
  BOOST_TEST(refusal(R"({"secrets":[{"source":"e"}]})", &model).find("NOPE") != std::string::npos);
  BOOST_TEST(refusal(R"({"read_only":true,"secrets":[{"source":"e"}]})", &model)
                 .find("read_only; give `file`") != std::string::npos);
  BOOST_TEST(refusal(R"({"expose":["80-79"]})") == R"(expose: "80-79" is no port)");
  BOOST_TEST(refusal(R"({"security_opt":["seccomp:/none.json"]})") ==
             "security_opt: there is no /none.json");
  BOOST_TEST(refusal(R"({"security_opt":["seccomp:/proc/version"]})").find("no seccomp profile") !=
             std::string::npos);
  BOOST_TEST(refusal(R"({"secrets":[{"source":"y"}]})", &model).find("not defined") !=
             std::string::npos);
}

// The table of docs/compose.md: "| `key` | core | process | remote | container |".
BOOST_AUTO_TEST_CASE(the_page_says_which_keys_are_refused) {
  std::ifstream page(std::string(CONSORT_SOURCE_DIR) + "/docs/compose.md");
  int keys = 0;
  bool here = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) here = line == "## Every key of a service";
    if (!here || !line.starts_with("| `")) continue;
    ++keys;
    const std::string key = line.substr(3, line.find('`', 3) - 3);
    const bool refused = refusal("{\"" + key + "\":true}").starts_with(key + " is not supported");
    BOOST_TEST(refused == line.ends_with("| refused |"), key);
  }
  BOOST_TEST(keys > 90);
}

BOOST_AUTO_TEST_CASE(what_the_engine_is_too_old_for_is_refused_or_told) {
  const char* name = R"({"networks":{"a":{"interface_name":"eth7"}}})";
  BOOST_TEST(
      refusal(name) ==
      "networks.a.interface_name needs Docker Engine 28.1 (API 1.49) or later; this engine's "
      "API is 1.41");
  const auto named = plan_of(name, nullptr, 49);
  BOOST_TEST(member(named, "NetworkingConfig.EndpointsConfig.demo_a.DriverOpts") ==
             R"({"com.docker.network.endpoint.ifname":"eth7"})");
  const char* told = R"({"annotations":{"a":"b"},"networks":{"a":{"gw_priority":1,
      "mac_address":"02:00:00:00:00:01"}}})";
  BOOST_TEST(plan_of(told).warnings.size() == 3u);
  BOOST_TEST(plan_of(told, nullptr, 48).warnings.empty());
  const char* mac = R"({"mac_address":"02:00:00:00:00:01"})";
  BOOST_TEST(member(plan_of(mac), "MacAddress") == R"("02:00:00:00:00:01")");
  BOOST_TEST(member(plan_of(mac, nullptr, 44), "MacAddress") == "null");
  BOOST_TEST(member(plan_of(mac, nullptr, 44),
                    "NetworkingConfig.EndpointsConfig.demo_default.MacAddress") ==
             R"("02:00:00:00:00:01")");
}

BOOST_AUTO_TEST_CASE(how_far_a_read_only_bind_reaches) {
  const auto bind = [](const char* how, int version) {
    return plan_of(std::string(R"({"volumes":[{"type":"bind","source":"/a","target":"/b",
        "read_only":true,"bind":{"create_host_path":true,"recursive":")") +
                       how + R"("}}]})",
                   nullptr, version);
  };
  const auto options = [&](const char* how, int version) {
    const json::value host = bind(how, version).body.at("HostConfig");
    return json::serialize(at(array_at(host, "Mounts").at(0), "BindOptions"));
  };
  BOOST_TEST(options("disabled", 41) == R"({"NonRecursive":true,"CreateMountpoint":true})");
  BOOST_TEST(options("writable", 41) == R"({"CreateMountpoint":true})");
  BOOST_TEST(options("writable", 44) == R"({"ReadOnlyNonRecursive":true,"CreateMountpoint":true})");
  BOOST_TEST(options("readonly", 44) ==
             R"({"ReadOnlyForceRecursive":true,"CreateMountpoint":true})");
  BOOST_CHECK_THROW(bind("readonly", 43), Error);
}

BOOST_AUTO_TEST_CASE(labels_are_composes) {
  const json::value model = json::parse(R"({"directory":"/p","files":["/p/a.yaml","/p/b.yaml"]})");
  const auto plan = plan_of(R"({"labels":{"a":"b"},"depends_on":{"db":{"condition":
      "service_healthy","restart":true}}})",
                            &model);
  const auto label = [&](const char* name) { return text_at(plan.body.at("Labels"), name); };
  BOOST_TEST(label("a") == "b");
  BOOST_TEST(label(labels::project) == "demo");
  BOOST_TEST(label(labels::service) == "web");
  BOOST_TEST(label(labels::number) == "1");
  BOOST_TEST(label(labels::one_off) == "False");
  BOOST_TEST(label(labels::directory) == "/p");
  BOOST_TEST(label(labels::files) == "/p/a.yaml,/p/b.yaml");
  BOOST_TEST(label(labels::depends_on) == "db:service_healthy:true");
  BOOST_TEST(label(labels::instance) == "web-1-abcdef");
  BOOST_TEST(label(labels::hash) == plan.hash);
}

BOOST_AUTO_TEST_CASE(the_hash_is_of_what_the_container_is_and_not_of_the_instance) {
  const json::value service = json::parse(R"({"image":"a"})");
  Replica replica = replica_of();
  const auto first = plan_container(replica, service).hash;
  replica.instance = "web-1-other";
  BOOST_TEST(plan_container(replica, service).hash == first);
  BOOST_TEST(plan_of(R"({"image":"b"})").hash != first);
}

BOOST_AUTO_TEST_CASE(containers_have_composes_names) {
  Replica replica = replica_of();
  BOOST_TEST(container_name(replica, json::parse("{}")) == "demo-web-1");
  BOOST_TEST(container_name(replica, json::parse(R"({"container_name":"x"})")) == "x");
  replica.one_off = true;
  BOOST_TEST(container_name(replica, json::parse("{}")) == "demo-web-run-abcdef");
  BOOST_TEST(container_name(replica, json::parse(R"({"container_name":"x"})")) == "x");  // --name
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
