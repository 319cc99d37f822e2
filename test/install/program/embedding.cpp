// Uses OpenMP itself, trains with dlc, uses OpenMP again, and prints which
// OpenMP and LLVM libraries are mapped: embedding MODEL DATA.npz TRAINED.keras
#include "compiler/Compile.h"
#include "runtime/data/Reader.h"
#include "runtime/session/Session.h"

#include <cstdio>
#include <fstream>
#include <omp.h>
#include <set>
#include <string>

static int countThreads() {
  int threads = 0;
#pragma omp parallel reduction(+ : threads)
  threads += 1;
  return threads;
}

static void printMapped() {
  std::set<std::string> paths;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t path = line.find('/');
    size_t name = line.rfind('/');
    if (path == std::string::npos)
      continue;
    for (const char *library : {"/libgomp", "/libomp", "/libiomp"})
      if (line.compare(name, std::string(library).size(), library) == 0)
        paths.insert(line.substr(path));
  }
  for (const std::string &path : paths)
    std::printf("mapped %s\n", path.c_str());
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  std::printf("threads %d\n", countThreads());
  auto artifact = dlc::compile(argv[1]);
  if (!artifact) {
    std::fprintf(stderr, "%s\n", artifact.error().message().c_str());
    return 1;
  }
  auto session = dlc::Session::open(std::move(*artifact));
  auto dataset = dlc::data::readDataset(argv[2], {});
  if (!session || !dataset || !session->fit(*dataset) ||
      !session->save(argv[3]))
    return 1;
  std::printf("threads %d\n", countThreads());
  printMapped();
}
