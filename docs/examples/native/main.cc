// An order desk that crashes when it is asked to.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "crash_reports.h"

namespace {

struct Order {
  int amount;
};

void Deliver(volatile Order *order) { order->amount = 3; }

const char *Variable(const char *name, const char *otherwise) {
  const char *value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

}  // namespace

int main(int count, char **arguments) {
  CrashReports options;
  options.url = Variable("MAYDAY_SUBMIT", "http://localhost:8080/submit");
  options.folder = Variable("MAYDAY_DUMPS", "crash-reports");
  options.handler = Variable("MAYDAY_HANDLER", "crashpad_handler");
  options.product = "order-desk";
  options.version = "1.2.3";
  options.annotations["environment"] = "production";
  if (!StartCrashReports(options)) std::fprintf(stderr, "crashes will not be reported\n");
  std::printf("%d crashes of earlier runs were sent\n", SendCrashReports(options));
  AnnotateCrashes("step", "reading orders");
  AnnotateCrashes("step", "delivering");
  if (count > 1 && std::strcmp(arguments[1], "crash") == 0) Deliver(nullptr);
  std::puts("all delivered");
  return 0;
}
