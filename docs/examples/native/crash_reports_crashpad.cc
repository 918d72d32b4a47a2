// Crashpad: a handler process of its own writes the dump and sends it at once, also while the program is too broken to do
// anything. The same calls serve Windows, macOS and Linux.
#include "crash_reports.h"

#include <vector>

#include "base/files/file_path.h"
#include "client/annotation.h"
#include "client/crash_report_database.h"
#include "client/crashpad_client.h"
#include "client/crashpad_info.h"
#include "client/settings.h"
#include "client/simple_string_dictionary.h"

#if defined(_WIN32)
#include <windows.h>
#endif

namespace {

base::FilePath PathOf(const std::string &text) {
#if defined(_WIN32)
  const int length = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring wide(length, L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), &wide[0], length);
  return base::FilePath(wide);
#else
  return base::FilePath(text);
#endif
}

// The handler reads it from the memory of the crashed process.
crashpad::SimpleStringDictionary *Later() {
  static auto *const found = new crashpad::SimpleStringDictionary();
  return found;
}

}  // namespace

bool StartCrashReports(const CrashReports &options) {
  const base::FilePath folder = PathOf(options.folder);
  const auto database = crashpad::CrashReportDatabase::Initialize(folder);
  // Without this nothing is ever sent. Ask the person first where the law or your promise wants it.
  if (!database || !database->GetSettings()->SetUploadsEnabled(true)) return false;
  crashpad::CrashpadInfo::GetCrashpadInfo()->set_simple_annotations(Later());
  std::map<std::string, std::string> annotations = options.annotations;
  annotations["prod"] = options.product;
  annotations["ver"] = options.version;
#if defined(_WIN32)
  annotations["platform"] = "Windows";
#elif defined(__APPLE__)
  annotations["platform"] = "macOS";
#else
  annotations["platform"] = "Linux";
#endif
  // A handler sends at most one report an hour unless it is told that others may follow; Mayday throttles by itself.
  const std::vector<std::string> arguments{"--no-rate-limit"};
  static auto *const client = new crashpad::CrashpadClient();
  return client->StartHandler(PathOf(options.handler), folder, folder, options.url, annotations, arguments,
                              /*restartable=*/true, /*asynchronous_start=*/false);
}

int SendCrashReports(const CrashReports &) { return 0; }

void AnnotateCrashes(const char *key, const char *value) { Later()->SetKeyValue(key, value); }
