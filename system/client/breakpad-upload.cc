// The way of Breakpad's minidump_upload, by the library's own HTTPUpload: product, version, dump, address.
#include <cstdio>
#include <map>
#include <string>
#include "common/linux/http_upload.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  std::map<std::string, std::string> parameters = {{"prod", argv[1]}, {"ver", argv[2]}};
  std::map<std::string, std::string> files = {{"upload_file_minidump", argv[3]}};
  std::string body, error;
  long status = 0;
  const bool sent = google_breakpad::HTTPUpload::SendRequest(
      argv[4], parameters, files, "", "", "", &body, &status, &error);
  std::printf("%ld %s%s\n", status, body.c_str(), error.c_str());
  return sent ? 0 : 1;
}
