#pragma once
// The sites that we ask (`sites`), and as whom (`identity`). A part of load_settings.

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

/// As whom we speak to sites; before them.
void read_identity(YamlMap& root, Settings& settings);

/// Fills `settings.sites`, sorted by name. `settings.site` must have been read.
void read_sites(YamlMap& root, Settings& settings);

/// `public_url`: shown to callers, never dialled.
void read_public_url(YamlMap& map, std::string& url, std::string_view meaning);

/// The name of a site under `sites` or `peers`: of the grammar, and not our own.
void check_name(const LocatedText& name, const SiteSettings& local, Problems& problems);

}  // namespace sitegate
