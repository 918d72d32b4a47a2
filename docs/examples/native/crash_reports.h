// What the application calls; crash_reports_breakpad.cc and crash_reports_crashpad.cc are two ways to do it.
#pragma once

#include <map>
#include <string>

struct CrashReports {
  std::string url;      // The submit server: "http://localhost:8080/submit".
  std::string folder;   // Where dumps wait; made where it is missing. UTF-8.
  std::string handler;  // Crashpad: the path of crashpad_handler. Unused by Breakpad.
  std::string product;  // The annotation "prod".
  std::string version;  // The annotation "ver".
  std::map<std::string, std::string> annotations;  // Further ones, known at the start.
};

// Installs the handler; call it once, first in main. False where it cannot be installed: the program goes on without.
bool StartCrashReports(const CrashReports &options);

// Breakpad: sends what earlier runs have left, and gives how many arrived; call it at the start, in a thread of its own. Crashpad's
// handler sends by itself: nothing to do.
int SendCrashReports(const CrashReports &options);

// Sets an annotation of later crashes: what the program does just now. Short texts; cheap enough for every screen and task.
void AnnotateCrashes(const char *key, const char *value);
