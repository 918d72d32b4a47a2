// Which native frames are of a run-time: C and C++ libraries, sanitizers, the code that reports a crash, the start of a
// process or thread, the kernel's own way to die. They never name a bug where another frame stands below them.

const FUNCTIONS = new RegExp(
  '^(?:' +
    [
      // Sanitizers and fuzzers
      String.raw`_{0,3}(?:interceptor|asan|hwasan|msan|tsan|ubsan|lsan|sanitizer|memprof|sanitizer_cov|dfsan)_`,
      String.raw`__(?:asan|hwasan|msan|tsan|ubsan|lsan|sanitizer|interception|xray)::`,
      String.raw`__(?:interceptor|wrap|sanitizer)_?\w*$|wrap_\w+$|(?:__)?interceptor_\w+$|asan_\w+$|MemAccess`,
      String.raw`fuzzer::|HonggfuzzRun|HonggfuzzMain|HF_\w+|centipede::|fuzztest::|testing::(?:internal::|UnitTest::|TestInfo::|TestSuite::|TestCase::|Test::Run)|RUN_ALL_TESTS$|HandleOnePc$|Fuzzer(?:Driver|Main)|fuzzer_run|FuzzerTestOneInput`,
      String.raw`(?:ScopedUnwind|CollectStack|BufferedStackTrace|StackTrace::|backtrace(?:_symbols(?:_fd)?)?$)`,
      // How a process ends itself
      String.raw`(?:__GI_|__)?(?:raise|abort|gsignal|kill|tgkill|syscall|pthread_kill|_exit|exit|quick_exit)(?:@.*)?$`,
      String.raw`__(?:pthread_kill(?:_implementation|_internal)?|kill|restore_rt|kernel_\w+|sigreturn\w*|libc_fatal|fortify_fail|stack_chk_fail|assert\w*|chk_fail|abort_msg|libc_message)(?:_\w+)?$|_assert\w*$|__?assert_rtn$|abort_message$|abort_report_np$|panic_?abort$`,
      String.raw`std::(?:__\w+::)?(?:terminate|__terminate|unexpected|_?rethrow_exception|__throw_\w+|__\w*verbose_abort)|__cxxabiv1::|__cxa_|__gnu_cxx::__verbose_terminate_handler|_Unwind_|__gxx_|_CxxThrowException|objc_exception_\w+|__exceptionPreprocess|_objc_terminate|demangling_terminate_handler|__objc_fatal`,
      String.raw`malloc_printerr|_int_(?:free|malloc|realloc)|malloc_consolidate|sysmalloc|unlink_chunk|tcache_\w+|munmap_chunk`,
      // Memory and strings
      String.raw`(?:__GI_|__libc_|__)?(?:mem|str|wcs|wmem|bcopy|bzero|bcmp)[a-z]{1,10}(?:_(?:sse|avx|evex|erms|unaligned|generic|neon|isoc|chk)[\w]*|_chk)?$|\w*mem(?:cpy|move|set|cmp)[\w.-]*$`,
      String.raw`operator (?:new|delete)|(?:__libc_|__)?(?:malloc|calloc|realloc|free|valloc|memalign|posix_memalign|aligned_alloc|reallocarray)$|_?(?:malloc|free|calloc|realloc)_(?:dbg|base)$|xmalloc$|je_\w+$|tc_\w+$`,
      // Starts of processes and threads
      String.raw`_?main\.cold$|__libc_start|_start$|start$|start_thread$|thread_start$|_pthread_(?:start|body|wqthread)$|clone3?$|__clone3?$|__start_thread|__pthread_start|_dl_\w+|__rust_\w+|rust_begin_unwind|std::(?:panicking|sys_common|rt|sys)::|core::panicking`,
      String.raw`BaseThreadInitThunk|RtlUserThreadStart|_{0,3}RtlUserThreadStart|(?:__scrt_)?common_main_seh|__scrt_\w+|invoke_main|(?:w?main|w?WinMain)CRTStartup|__tmainCRTStartup|_?beginthread\w*|thread_start<|KiUser\w+Dispatcher\w*|Rtl(?:Raise|Dispatch)Exception|RaiseException|UnhandledExceptionFilter|_purecall|_invalid_parameter\w*|NtTerminateProcess|TerminateProcess|_invoke_watson`,
      // Code that reports: Chromium, glog, absl, V8, Mozilla
      String.raw`base::debug::|logging::(?:LogMessage|CheckError|NotReached|RawCheck|ErrnoLogMessage|LogMessageFatal|\(anonymous)|google::(?:LogMessage|LogDestination|DumpStackTraceAndExit|glog_internal|logging_internal)|absl::(?:\w+::)?(?:log_internal|raw_log_internal|raw_logging_internal|base_internal)|v8::base::(?:debug::|OS::Abort)|V8_Fatal|V8_Dcheck|v8::internal::V8::FatalProcessOutOfMemory|v8::Utils::ReportApiFailure|v8::internal::Isolate::PushStackTraceAndDie|node::(?:Abort|OnFatalError|OOMErrorHandler|Assert|DumpBacktrace|AppendExceptionLine)|MOZ_Crash|MOZ_Assert|MOZ_ReportAssertionFailure|NS_DebugBreak|mozalloc_\w+|WTFCrash\w*|WTFReportBacktrace|qt_message_\w+|QMessageLogger::|qFatal|qt_assert\w*|g_log\w*|g_assertion_message\w*|g_abort|__android_log_assert|android::base::(?:LogMessage|DefaultAborter|SetAborter)|art::Runtime::Abort|crashpad::|google_breakpad::`,
      String.raw`art_(?:quick|jni)_\w+|artQuickGeneric\w+|artInterpreter\w+|art::(?:interpreter|ArtMethod|jit|ClassLinker)`,
      // Other run-times seen from outside
      String.raw`swift_(?:release|retain|unknown|dynamicCast|getWitness|allocObject)\w*$|_swift_\w+|Swift runtime|\$ss\d+_assertionFailure|_assertionFailure|(?:closure #\d|function signature specialization) .*(?:assertion|fatal)\w*Failure|_swift_stdlib_\w+|Swift\.|objc_(?:msgSend|release|retain|autorelease)\w*$|_dispatch_\w+|dispatch_\w+$|__CF\w+|CFRunLoop\w+|GSEventRunModal|UIApplicationMain|NSApplicationMain`,
      String.raw`\w*BreakIntoDebugger|CrashTrampolineAsm|Rust_?panic\w*$|rust_panic\w*$|_\$LT\$std\.\.|core::(?:fmt|result|option|panic)::|std::io::\w+::|std::panic|alloc::`,
      // A JVM's own classes, in its reports of native crashes
      String.raw`(?:java|javax|jdk|sun|com\.sun)\.\w`,
      String.raw`<signal handler called>|\[vdso\]|__kernel_vsyscall`,
    ].join('|') +
    ')',
);
const KERNEL =
  /^(?:__)?(?:dump_stack(?:_lvl)?|show_stack(?:_lvl)?|dump_backtrace|print_address_description\S*|print_report|kasan_\w+|__kasan_\w+|kmsan_\w+|check_memory_region\w*|__asan_\w+|__msan_\w+|_?_?warn\S*|warn_slowpath\w*|__warn\w*|report_bug|handle_bug|exc_\w+|asm_exc_\w+|die|die_addr|oops_\w+|no_context|__bad_area\w*|bad_area\w*|do_user_addr_fault|__do_page_fault|do_page_fault|page_fault\w*|__do_kernel_fault|do_translation_fault|do_mem_abort|el[01]t?_\w+|do_trap\w*|do_error_trap|do_invalid_op|do_general_protection|general_protection|invalid_op|bust_spinlocks|panic|vpanic|nmi_panic|entry_\w+|do_syscall_\w+|x64_sys_call|ret_from_(?:fork|exception|syscall)\w*|kthread|worker_thread|process_one_work|end_report\w*|object_err|slab_err|bug_at\w*|BUG_func|refcount_warn_saturate|kernel_text_address|unwind_\w+|save_stack\w*|stack_trace_\w+|arch_\w*stack\w*|check_bytes_and_report|__x64_sys_\w+|__se_sys_\w+|__do_sys_\w+|__ia32_sys_\w+|invoke_syscall\w*|el0_\w+|lockdep_\w+|rcu_\w*stall\w*|watchdog\w*|sched_show_task|handle_IPI|kfree|kmem_cache_\w+|__kmalloc\w*|memcpy\w*|memset\w*|_copy_(?:from|to)_user|copy_user\w*|rep_(?:movs|stos)\w*|_raw_(?:spin|read|write)_\w+|debug_\w+|__debug_\w+)(?:\.[\w.]+)?$/;
/** Folders of what comes with the system. */
const SYSTEM =
  /^(?:\/usr\/lib|\/lib(?:64|32|x32)?\/|\/system\/|\/apex\/|\/vendor\/|\/System\/|\/usr\/grte\/|[a-z]:\\windows\\)/i;
const SYSTEM_NAMES =
  /^(?:ntdll|kernel32|kernelbase|ucrtbased?|msvcr\d{0,3}d?|msvcp\d{0,3}d?|vcruntime\d{3}d?|user32|win32u|gdi32|libc|libc-[\d.]+|libpthread\S*|ld-\S+|libstdc\+\+|libgcc_s|libm|libdl|libart|linker(?:64)?|libclang_rt\S*|libsystem_\w+|libdyld|dyld|libobjc\S*|libdispatch|libc\+\+(?:abi)?|CoreFoundation|Foundation|UIKit(?:Core)?|AppKit|HIToolbox|GraphicsServices|QuartzCore|libswift\w+|clang_rt\S*|node|UnityPlayer|UnityFramework|mono-2\.0\S*|libmonobdwgc\S*|GameAssembly)(?:\.\w{1,6}){0,4}$/i;
const LIBRARY_FILES =
  /[\\/](?:compiler-rt|libsanitizer|libFuzzer|libfuzzer|glibc[^\\/]*|sysdeps|llvm-project[\\/]compiler-rt|libstdc\+\+-v3|third_party[\\/](?:libFuzzer|honggfuzz|fuzztest|centipede|googletest))[\\/]|[\\/][Ff]uzzer[\\/]Fuzzer\w{1,40}\.(?:cpp|h|def)$|[\\/]rustc[\\/]|^\/rustc\/|asan_(?:interceptors|malloc|new_delete)\w*\.(?:cc|cpp|h|inc)|vg_replace_\w+\.c$|[\\/]include[\\/]c\+\+[\\/]|[\\/]vctools[\\/]crt[\\/]/;

/** Whether a frame is the run-time's. */
export function isForeignCode(frame: {
  readonly function: string | null;
  readonly module: string | null;
  readonly file: string | null;
}): boolean {
  const { function: called, module, file } = frame;
  if (called !== null && (FUNCTIONS.test(called) || KERNEL.test(called))) return true;
  if (file !== null && LIBRARY_FILES.test(file)) return true;
  if (module === null) return false;
  return (
    SYSTEM.test(module) ||
    SYSTEM_NAMES.test(module.slice(Math.max(module.lastIndexOf('/'), module.lastIndexOf('\\')) + 1))
  );
}
