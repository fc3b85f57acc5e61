#include "plugins/ssh/login.h"

#include <optional>
#include <vector>

#include "plugins/ssh/algorithms.h"
#include "plugins/ssh/deadline.h"
#include "plugins/ssh/identities.h"
#include "plugins/ssh/library.h"

namespace consort::ssh {
namespace {

// A connection to the agent. Its calls block this host's thread, and no other.
class Agent {
 public:
  explicit Agent(Session& session) : session_(session), agent_(libssh2_agent_init(session.raw())) {}
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent() {
    if (agent_ == nullptr) return;
    if (connected_) libssh2_agent_disconnect(agent_);
    libssh2_agent_free(agent_);
  }
  // An agent that does not tell its keys by then is of no use: to sign may take a person, to list
  // does not.
  bool connect(const std::string& socket, std::chrono::seconds patience) {
    if (agent_ == nullptr) return false;
    session_.wait_for_agent(patience);
    libssh2_agent_set_identity_path(agent_, socket.c_str());
    connected_ = libssh2_agent_connect(agent_) == 0;
    const bool told = connected_ && libssh2_agent_list_identities(agent_) == 0;
    session_.wait_for_agent(agent_patience);
    return told;
  }
  std::vector<libssh2_agent_publickey*> keys() {
    std::vector<libssh2_agent_publickey*> all;
    libssh2_agent_publickey* key = nullptr;
    while (libssh2_agent_get_identity(agent_, &key, key) == 0) all.push_back(key);
    return all;
  }
  LIBSSH2_AGENT* raw() { return agent_; }

 private:
  Session& session_;
  LIBSSH2_AGENT* agent_;
  bool connected_ = false;
};

class Login {
 public:
  Login(std::shared_ptr<Session> session, const Target& target, Prompts& prompts,
        std::chrono::seconds patience)
      : session_(std::move(session)), target_(target), prompts_(prompts), patience_(patience) {}

  Async<void> run() {
    const bool open = co_await ask_methods();
    if (open) co_return;
    const bool by_keys = accepted_.find("publickey") != std::string::npos;
    try {
      bool accepted = false;
      if (by_keys) accepted = co_await try_keys();
      if (accepted) co_return;
    } catch (const Error&) {
      if (session_->farewell().empty()) throw;
    }
    const std::string& farewell = session_->farewell();  // it has had enough of our keys
    if (!farewell.empty()) refuse("the host says: " + farewell);
    refuse("the host takes " + accepted_ + (by_keys ? "" : ", and only keys are used here"));
  }

 private:
  [[noreturn]] void refuse(const std::string& why) {
    std::string tried;
    for (const auto& one : tried_) tried += (tried.empty() ? "" : ", ") + one;
    throw Error(CONSORT_E_DENIED, "cannot log in to " + session_->host() + " as " + target_.user +
                                      ": tried " + (tried.empty() ? "no key" : tried) + "; " + why);
  }
  // What comes of a call; a host that does not answer it for so long is lost.
  Async<long> answer(std::function<long()> call, std::chrono::seconds patience) {
    const Deadline deadline(session_, patience);
    co_return co_await session_->repeat(std::move(call));
  }

  // True: it asks for nothing.
  Async<bool> ask_methods() {
    const char* list = nullptr;
    const std::function<long()> call = [&]() -> long {
      list = libssh2_userauth_list(session_->raw(), target_.user.data(),
                                   static_cast<unsigned>(target_.user.size()));
      return list != nullptr ? 0 : libssh2_session_last_errno(session_->raw());
    };
    const long result = co_await answer(call, patience_);
    if (list != nullptr) {
      accepted_ = list;
      co_return false;
    }
    if (libssh2_userauth_authenticated(session_->raw()) != 0) co_return true;
    throw Error(CONSORT_E_DENIED, "cannot log in to " + session_->host() + " as " + target_.user +
                                      ": " + session_->last_error() + " (" +
                                      std::to_string(result) + ")");
  }

  Async<bool> try_keys() {
    Agent agent(*session_);
    if (!target_.agent.empty() && !agent.connect(target_.agent, target_.timeout())) {
      tried_.push_back("the agent at " + target_.agent + ", which does not answer");
    }
    const auto keys = agent.keys();
    std::vector<std::string> blobs;
    for (const auto* key : keys) {
      blobs.emplace_back(reinterpret_cast<const char*>(key->blob), key->blob_len);
    }
    KeyFiles files = read_key_files(target_.identity_files, target_.identities_given);
    const auto host_keys = supported_algorithms(session_->raw(), LIBSSH2_METHOD_HOSTKEY);
    Attempts attempts =
        order_attempts(blobs, files.files, target_.identities_only, has_rsa_sha2(host_keys));
    for (const auto& attempt : attempts.order) {
      const bool accepted = attempt.file.empty()
                                ? co_await by_agent(agent, keys, blobs, attempt.agent_key)
                                : co_await by_file(attempt);
      if (accepted) co_return true;
      if (!session_->farewell().empty()) co_return false;
    }
    for (auto* left_out : {&files.skipped, &attempts.skipped}) {
      tried_.insert(tried_.end(), left_out->begin(), left_out->end());
    }
    co_return false;
  }

  Async<bool> by_agent(Agent& agent, const std::vector<libssh2_agent_publickey*>& keys,
                       const std::vector<std::string>& blobs, const std::string& wanted) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (blobs[i] != wanted) continue;
      const std::function<long()> call = [&]() -> long {
        return libssh2_agent_userauth(agent.raw(), target_.user.c_str(), keys[i]);
      };
      const long result = co_await answer(call, patience_ + agent_patience);
      if (result == 0) co_return true;
      const char* comment = keys[i]->comment != nullptr ? keys[i]->comment : "";
      tried_.push_back("the agent's key " + std::string(comment));
      co_return false;
    }
    co_return false;
  }

  Async<bool> by_file(const Attempt& attempt) {
    std::optional<std::string> passphrase;
    if (attempt.encrypted) {
      const std::string question = "Passphrase of " + attempt.file;
      passphrase = co_await prompts_.secret(session_->executor(), question);
      if (!passphrase) {
        tried_.push_back(attempt.file + ", which needs credentials: nobody gave its passphrase");
        co_return false;
      }
    }
    const std::function<long()> call = [&]() -> long {
      return libssh2_userauth_publickey_fromfile_ex(
          session_->raw(), target_.user.data(), static_cast<unsigned>(target_.user.size()), nullptr,
          attempt.file.c_str(), passphrase ? passphrase->c_str() : nullptr);
    };
    const long result = co_await answer(call, patience_);
    if (result == 0) co_return true;
    const bool wrong = passphrase && result == LIBSSH2_ERROR_FILE;
    tried_.push_back(attempt.file + (wrong ? ", with a wrong passphrase" : ""));
    co_return false;
  }

  std::shared_ptr<Session> session_;
  const Target& target_;
  Prompts& prompts_;
  const std::chrono::seconds patience_;
  std::string accepted_;
  std::vector<std::string> tried_;
};

}  // namespace

Async<void> log_in(std::shared_ptr<Session> session, const Target& target, Prompts& prompts,
                   std::chrono::seconds patience) {
  Login login(std::move(session), target, prompts, patience);
  co_await login.run();
}

}  // namespace consort::ssh
