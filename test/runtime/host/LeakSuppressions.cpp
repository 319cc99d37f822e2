// What LeakSanitizer is to overlook.

/// libomp keeps what it allocated for its threads until the process ends.
extern "C" const char *__lsan_default_suppressions() {
  return "leak:libomp.so\n";
}
