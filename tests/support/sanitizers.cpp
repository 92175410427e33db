// What the sanitizers are told, part of every test program.

#if defined(__SANITIZE_THREAD__)
/// The log's thread releases its logger inside libspdlog, which is not instrumented: the sanitizer
/// misses the count that orders this after our own release.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:process_next_msg_\n";
}
#endif
