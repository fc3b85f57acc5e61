#include "plugins/docker/output_view.h"

namespace consort::docker {

Async<void> OutputView::open(const std::string& container) {
  json::value none = json::object();
  const std::string path = "/containers/" + container + "/attach?stream=1&stdout=1&stderr=1";
  co_await stream_.open(path, std::move(none));
}

Async<void> OutputView::run(std::shared_ptr<OutputView> view) {
  view->pump_.start();
  co_await view->pump_.over().wait();
}

}  // namespace consort::docker
