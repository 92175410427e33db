// sitegate: reads the command line, wires the parts, runs one command.

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "auth/password.hpp"
#include "config/load_settings.hpp"
#include "gateway/build_info.hpp"
#include "gateway/gateway.hpp"
#include "gateway/import_command.hpp"
#include "gateway/trust_command.hpp"

namespace {

using namespace sitegate;  // the one .cpp in which everything meets

constexpr int kFailed = 1;

struct Loaded {
  Settings settings;
  Materials materials;
};

int report(const Problems& problems) {
  std::cerr << problems.to_string() << problems.size()
            << (problems.size() == 1 ? " problem" : " problems") << " in the configuration\n";
  return kFailed;
}

/// The configuration and all that it names, or all problems at once on standard error.
std::optional<Loaded> load(const std::string& file) {
  Problems problems;
  auto settings = read_settings(file, problems);
  auto materials = load_materials(settings, problems);
  if (problems.empty() && materials)
    return Loaded{std::move(settings), std::move(*materials)};
  report(problems);
  return std::nullopt;
}

/// Until `delay` has passed, or a second signal says not to wait for it.
void keep_serving(const sigset_t& ending, std::chrono::milliseconds delay) {
  const auto until = std::chrono::steady_clock::now() + delay;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        until - std::chrono::steady_clock::now());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const ::timespec time{seconds.count(), (left - seconds).count()};
    if (left.count() <= 0 || sigtimedwait(&ending, nullptr, &time) > 0)
      return;
  }
}

int serve(const std::string& file) {
  auto loaded = load(file);
  if (!loaded)
    return kFailed;
  // Signals are for this thread alone; the others inherit the mask.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto delay = loaded->settings.drain.delay;
  Gateway gateway(std::move(loaded->settings), std::move(loaded->materials));
  if (const auto started = gateway.start(); !started) {
    std::cerr << "sitegate cannot start: " << started.error().detail << '\n';
    return kFailed;
  }
  int signal = 0;
  sigwait(&ending, &signal);
  gateway.drain();
  keep_serving(ending, delay);
  gateway.stop();
  gateway.wait();
  return 0;
}

int check(const std::string& file) {
  if (!load(file))
    return kFailed;
  std::cout << file << ": no problems\n";
  return 0;
}

int show_trust(const std::string& file) {
  const auto loaded = load(file);
  if (!loaded)
    return kFailed;
  Problems problems;
  const auto trust = describe_trust(loaded->settings, problems);
  if (!trust)
    return report(problems);
  std::cout << *trust;
  return 0;
}

int hash_standard_input() {
  std::string password;
  std::getline(std::cin, password);
  if (password.empty()) {
    std::cerr << "give the password on standard input, one line that is not empty\n";
    return kFailed;
  }
  std::cout << hash_password(password) << '\n';
  return 0;
}

int import(const std::string& file, const std::string& tasks, bool skip_invalid) {
  Problems problems;
  const auto settings = load_settings(file, problems);
  return settings ? import_command(*settings, tasks, skip_invalid) : report(problems);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("sitegate: one door to the tasks of several sites");
  app.set_version_flag("--version", "sitegate " + std::string(build_info().version));
  app.require_subcommand(1);
  std::string config;
  std::string tasks;
  bool skip_invalid = false;
  const auto command = [&](CLI::App& parent, const char* name, const char* what) {
    auto* added = parent.add_subcommand(name, what);
    added->add_option("--config", config, "the configuration file (YAML)")->required();
    return added;
  };
  const auto* serving = command(app, "serve", "Serve until SIGTERM or SIGINT");
  const auto* checking = command(app, "check", "Report every problem of a configuration");
  auto* importing = command(app, "import", "Put tasks from a file into the local store");
  importing->add_option("tasks", tasks, "NDJSON: one task a line")->required();
  importing->add_flag("--skip-invalid", skip_invalid, "leave invalid lines out");
  auto* trust = app.add_subcommand("trust", "Pairing with another site");
  trust->require_subcommand(1);
  const auto* showing =
      command(*trust, "show", "Print what the other site enters to pair with this one (YAML)");
  const auto* hashing =
      app.add_subcommand("hash-password", "Hash a password from standard input for the users file");
  CLI11_PARSE(app, argc, argv);
  // A file that reaches its limit (ulimit -f) is a write that fails, like a full disk, and no end.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    if (*serving)
      return serve(config);
    if (*checking)
      return check(config);
    if (*importing)
      return import(config, tasks, skip_invalid);
    if (*showing)
      return show_trust(config);
    if (*hashing)
      return hash_standard_input();
  } catch (const std::exception& thrown) {
    std::cerr << "sitegate failed: " << thrown.what() << '\n';
  }
  return kFailed;
}
