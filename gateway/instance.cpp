#include "gateway/instance.hpp"

#include "contract/task_id.hpp"
#include "gateway/listening.hpp"
#include "gateway/state_file.hpp"

namespace sitegate {

std::optional<CertificateInUse> Instance::shown_to_callers() const {
  for (const auto& [use, site, certificate] : certificates)
    if (use == "callers")
      return certificate;
  return std::nullopt;
}

std::vector<NamedCertificate> own_certificates(const Settings& settings,
                                               const Materials& materials) {
  std::vector<NamedCertificate> certificates;
  for (std::size_t i = 0; i < settings.listeners.size(); ++i)
    if (const auto own = own_certificate(materials.listeners[i].get()))
      certificates.push_back({std::string(name_of(settings.listeners[i].kind)), {}, *own});
  for (std::size_t i = 0; i < settings.sites.size(); ++i)
    if (const auto own = own_certificate(materials.sites[i].context.get()))
      certificates.push_back({"identity", settings.sites[i].name, *own});
  return certificates;
}

Result<std::string> instance_id_in(const std::filesystem::path& state_directory) {
  const auto file = state_directory / "instance-id";
  SITEGATE_TRY(auto text, read_or_make(file, [] { return random_uuid() + '\n'; }));
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  if (const auto id = TaskId::parse(text))
    return id->to_string();
  return state_file_error(
      file,
      "does not hold the id of this gateway (a UUID); restore it from a backup, or remove "
      "it, and this gateway will be another one to its clients");
}

}  // namespace sitegate
