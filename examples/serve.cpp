// Answers requests from several threads with one session, with the runtime
// library alone: serve MODEL.dlc DATA.npz THREADS
// Each sample of the data is a request of its own, as from a client.
#include "runtime/data/Reader.h"
#include "runtime/session/Session.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

/// Sample `i` of `data` alone.
static dlc::Dataset takeSample(const dlc::Dataset &data, int64_t i) {
  dlc::Dataset one;
  for (const auto &[name, array] : data.x) {
    dlc::Shape shape = array.shape();
    size_t bytes = array.bytes() / size_t(shape[0]);
    shape[0] = 1;
    dlc::Tensor sample(array.dtype(), shape);
    std::memcpy(sample.data(), array.data() + size_t(i) * bytes, bytes);
    one.x.emplace_back(name, sample);
  }
  return one;
}

static dlc::Expected<double> serve(const char *model, const char *path,
                                   int threads) {
  dlc::data::DataSpec spec;
  spec.use = dlc::data::DataSpec::Use::Predict;
  auto data = dlc::data::readDataset(path, spec);
  if (!data)
    return dlc::Unexpected(data.error());
  // One thread of the processor for each answer: that many are worked on at
  // once.
  dlc::SessionOptions options;
  options.threads = 1;
  options.predictsAtOnce = threads;
  auto session = dlc::Session::open(std::filesystem::path(model), options);
  if (!session)
    return dlc::Unexpected(session.error());

  auto start = std::chrono::steady_clock::now();
  std::atomic<int64_t> next = 0;
  std::mutex mutex; // of the two below
  std::optional<dlc::Error> error;
  double sum = 0;
  auto work = [&] {
    for (int64_t i = next++; i < data->size(); i = next++) {
      auto answer = session->predict(takeSample(*data, i), 1);
      std::scoped_lock lock(mutex);
      if (!answer)
        error = answer.error();
      else
        sum += answer->front().second.as<float>()[0];
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back(work);
  for (std::thread &worker : workers)
    worker.join();
  if (error)
    return dlc::Unexpected(*error);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.0f answers a second\n", double(data->size()) / took.count());
  return sum / double(data->size());
}

int main(int argc, char **argv) {
  int threads = argc == 4 ? std::atoi(argv[3]) : 0;
  if (threads < 1) {
    std::fprintf(stderr, "usage: serve MODEL.dlc DATA.npz THREADS\n");
    return 2;
  }
  auto mean = serve(argv[1], argv[2], threads);
  if (!mean) {
    std::fprintf(stderr, "error: %s\n", mean.error().message().c_str());
    return 1;
  }
  std::printf("mean of the first output %.6f\n", *mean);
}
