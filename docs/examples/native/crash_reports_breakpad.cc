// Breakpad in the process itself: the dump and its annotations are written when the program crashes, and sent by its next start.
// A process that has just crashed is no place to open a connection in, and the next start can tell the person who sits there.
#include "crash_reports.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#if defined(_WIN32)
#include <windows.h>
#include "client/windows/handler/exception_handler.h"
#include "client/windows/sender/crash_report_sender.h"
#elif defined(__APPLE__)
#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/mac/handler/exception_handler.h"
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/linux/handler/exception_handler.h"
#include "common/linux/http_upload.h"
#endif

namespace {

// The annotations as they will stand in the file beside the dump: "key=value" lines. A fixed buffer, since a handler must not
// ask a heap that may be broken for memory.
constexpr size_t kMost = 8192;
char annotations[kMost];
size_t annotations_length = 0;
std::atomic_flag annotations_busy = ATOMIC_FLAG_INIT;

void Put(const char *key, const char *value) {
  while (annotations_busy.test_and_set(std::memory_order_acquire)) {
  }
  struct Release {
    ~Release() { annotations_busy.clear(std::memory_order_release); }
  } release;
  char line[1024];
  int length = std::snprintf(line, sizeof line, "%s=%s", key, value);
  if (length <= 0) return;
  if (static_cast<size_t>(length) >= sizeof line) length = sizeof line - 1;
  for (int i = 0; i < length; ++i)
    if (line[i] == '\n' || line[i] == '\r') line[i] = ' ';
  // The line of the same key goes first.
  const size_t name = std::strlen(key) + 1;
  for (char *at = annotations; at < annotations + annotations_length;) {
    char *end = static_cast<char *>(std::memchr(at, '\n', annotations + annotations_length - at)) + 1;
    if (std::strncmp(at, line, name) == 0) {
      std::memmove(at, end, annotations + annotations_length - end);
      annotations_length -= end - at;
    } else {
      at = end;
    }
  }
  if (annotations_length + length + 1 > kMost) return;
  std::memcpy(annotations + annotations_length, line, length);
  annotations_length += length;
  annotations[annotations_length++] = '\n';
}

google_breakpad::ExceptionHandler *handler = nullptr;

}  // namespace

#if defined(_WIN32)

namespace {

std::wstring Wide(const std::string &text) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring wide(length, L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), &wide[0], length);
  return wide;
}

bool WriteAnnotations(const wchar_t *folder, const wchar_t *id, void *, EXCEPTION_POINTERS *, MDRawAssertionInfo *, bool written) {
  wchar_t path[1024];
  if (!written || swprintf(path, 1024, L"%ls\\%ls.meta", folder, id) < 0) return false;
  const HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file != INVALID_HANDLE_VALUE) {
    DWORD count = 0;
    WriteFile(file, annotations, static_cast<DWORD>(annotations_length), &count, nullptr);
    CloseHandle(file);
  }
  return false;  // Windows goes on as without us: its dialogue, a debugger, the exit code.
}

}  // namespace

bool StartCrashReports(const CrashReports &options) {
  const std::wstring folder = Wide(options.folder);
  CreateDirectoryW(folder.c_str(), nullptr);
  handler = new google_breakpad::ExceptionHandler(folder, nullptr, WriteAnnotations, nullptr,
                                                  google_breakpad::ExceptionHandler::HANDLER_ALL);
  Put("prod", options.product.c_str());
  Put("ver", options.version.c_str());
  Put("platform", "Windows");
  for (const auto &one : options.annotations) Put(one.first.c_str(), one.second.c_str());
  return true;
}

#else

namespace {

void WriteBeside(const char *dump) {
  char path[1024];
  const size_t length = std::strlen(dump);
  if (length < 4 || length + 2 > sizeof path) return;
  std::memcpy(path, dump, length - 4);
  std::memcpy(path + length - 4, ".meta", 6);
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return;
  for (size_t done = 0; done < annotations_length;) {
    const ssize_t count = write(file, annotations + done, annotations_length - done);
    if (count <= 0) break;
    done += count;
  }
  close(file);
}

#if defined(__APPLE__)
bool WriteAnnotations(const char *folder, const char *id, void *, bool written) {
  char path[1024];
  if (written && std::snprintf(path, sizeof path, "%s/%s.dmp", folder, id) < static_cast<int>(sizeof path)) WriteBeside(path);
  return false;
}
const char kPlatform[] = "macOS";
#else
bool WriteAnnotations(const google_breakpad::MinidumpDescriptor &descriptor, void *, bool written) {
  if (written) WriteBeside(descriptor.path());
  return false;  // The signal goes on: the exit code, the core and other handlers stay.
}
const char kPlatform[] = "Linux";
#endif

}  // namespace

bool StartCrashReports(const CrashReports &options) {
  mkdir(options.folder.c_str(), 0700);
  if (access(options.folder.c_str(), W_OK) != 0) return false;
#if defined(__APPLE__)
  handler = new google_breakpad::ExceptionHandler(options.folder, nullptr, WriteAnnotations, nullptr, true, nullptr);
#else
  handler = new google_breakpad::ExceptionHandler(google_breakpad::MinidumpDescriptor(options.folder), nullptr, WriteAnnotations,
                                                  nullptr, true, -1);
#endif
  Put("prod", options.product.c_str());
  Put("ver", options.version.c_str());
  Put("platform", kPlatform);
  for (const auto &one : options.annotations) Put(one.first.c_str(), one.second.c_str());
  return true;
}

#endif

namespace {

using Fields = std::map<std::string, std::string>;

// Posts the form, and says whether the report is done with: taken, or such that it will never be.
#if defined(_WIN32)
bool Post(const std::string &url, const Fields &fields, const std::filesystem::path &dump) {
  std::map<std::wstring, std::wstring> parameters;
  for (const auto &one : fields) parameters[Wide(one.first)] = Wide(one.second);
  const std::map<std::wstring, std::wstring> files{{L"upload_file_minidump", dump.wstring()}};
  google_breakpad::CrashReportSender sender(L"");
  std::wstring answer;
  return sender.SendCrashReport(Wide(url), parameters, files, &answer) != google_breakpad::RESULT_FAILED;
}
#elif defined(__APPLE__)
bool Post(const std::string &url, const Fields &fields, const std::filesystem::path &dump) {
  CURL *const curl = curl_easy_init();
  if (curl == nullptr) return false;
  curl_mime *const form = curl_mime_init(curl);
  for (const auto &one : fields) {
    curl_mimepart *const part = curl_mime_addpart(form);
    curl_mime_name(part, one.first.c_str());
    curl_mime_data(part, one.second.data(), one.second.size());
  }
  curl_mimepart *const part = curl_mime_addpart(form);
  curl_mime_name(part, "upload_file_minidump");
  curl_mime_filedata(part, dump.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  long status = 0;
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_mime_free(form);
  curl_easy_cleanup(curl);
  return status == 200 || status == 400;
}
#else
bool Post(const std::string &url, const Fields &fields, const std::filesystem::path &dump) {
  long status = 0;
  std::string answer, error;
  const std::map<std::string, std::string> files{{"upload_file_minidump", dump.string()}};
  google_breakpad::HTTPUpload::SendRequest(url, fields, files, "", "", "", &answer, &status, &error);
  return status == 200 || status == 400;
}
#endif

}  // namespace

int SendCrashReports(const CrashReports &options) {
  int sent = 0;
  std::error_code problem;
#if defined(_WIN32)
  const std::filesystem::path folder = Wide(options.folder);
#else
  const std::filesystem::path folder = options.folder;
#endif
  for (const auto &entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::filesystem::path dump = entry.path();
    if (dump.extension() != ".dmp") continue;
    std::filesystem::path beside = dump;
    beside.replace_extension(".meta");
    // Where the program died before it could write them, product and version of this run are the best guess.
    Fields fields{{"prod", options.product}, {"ver", options.version}};
    std::ifstream lines(beside);
    for (std::string line; std::getline(lines, line);) {
      const size_t at = line.find('=');
      if (at != std::string::npos) fields[line.substr(0, at)] = line.substr(at + 1);
    }
    lines.close();
    if (!Post(options.url, fields, dump)) break;  // No server just now: the next start tries again.
    std::filesystem::remove(dump, problem);
    std::filesystem::remove(beside, problem);
    ++sent;
  }
  return sent;
}

void AnnotateCrashes(const char *key, const char *value) { Put(key, value); }
